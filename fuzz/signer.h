/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz/signer.h -- a key that signs fast, so that a harness gets past the
 * signature with whatever text the fuzzer has made.
 *
 * Its modulus is the product of the sixteen largest primes below 2^128 that
 * suit the exponent 65537: no key policy can see that, and one signature takes
 * sixteen short exponentiations.  Nothing here is random, the salt neither: an
 * input does the same in every run.
 */
#ifndef SOTER_FUZZ_SIGNER_H
#define SOTER_FUZZ_SIGNER_H

#include <openssl/bn.h>

#include "base/key.h"
#include "crypto/hash.h"
#include "fuzz/fuzz.h"

#define SIGNER_SALT_MAX 222

/* Each prime is 2^128 minus one of these. */
static const BN_ULONG signer_below[] = { 159, 173, 233, 237, 275, 357, 675, 713,
	797, 1193, 1305, 1407, 1409, 1419, 1479, 1487 };

#define SIGNER_PRIMES (sizeof(signer_below) / sizeof(signer_below[0]))

static struct {
	BN_CTX *ctx;
	BIGNUM *n;
	BIGNUM *p[SIGNER_PRIMES];
	BIGNUM *d[SIGNER_PRIMES];    /* 1/65537 modulo p - 1 */
	BIGNUM *unit[SIGNER_PRIMES]; /* 1 modulo p, 0 modulo the others */
} signer;

static inline BIGNUM *
signer_number(BN_ULONG value)
{
	BIGNUM *x = BN_new();

	MUST(x != NULL && BN_set_word(x, value));
	return (x);
}

static inline void
signer_prime(size_t i, const BIGNUM *e)
{
	BIGNUM *p = signer_number(1), *p_less_1;

	MUST(BN_lshift(p, p, 128) && BN_sub_word(p, signer_below[i]));
	MUST(BN_check_prime(p, signer.ctx, NULL) == 1);
	MUST((p_less_1 = BN_dup(p)) != NULL && BN_sub_word(p_less_1, 1));
	signer.p[i] = p;
	signer.d[i] = BN_mod_inverse(NULL, e, p_less_1, signer.ctx);
	MUST(signer.d[i] != NULL && BN_mul(signer.n, signer.n, p, signer.ctx));
	BN_free(p_less_1);
}

static inline void
signer_unit(size_t i)
{
	BIGNUM *rest = BN_new(), *inverse;

	MUST(rest && BN_div(rest, NULL, signer.n, signer.p[i], signer.ctx));
	inverse = BN_mod_inverse(NULL, rest, signer.p[i], signer.ctx);
	MUST(inverse != NULL && BN_mul(rest, rest, inverse, signer.ctx));
	signer.unit[i] = rest;
	BN_free(inverse);
}

/* The modulus; makes the key at the first call. */
static inline void
signer_modulus(uint8_t n[SOTER_RSA_LEN])
{
	if (signer.ctx == NULL) {
		BIGNUM *e = signer_number(65537);

		MUST((signer.ctx = BN_CTX_new()) != NULL);
		signer.n = signer_number(1);
		for (size_t i = 0; i < SIGNER_PRIMES; i++)
			signer_prime(i, e);
		for (size_t i = 0; i < SIGNER_PRIMES; i++)
			signer_unit(i);
		BN_free(e);
	}
	MUST(BN_bn2binpad(signer.n, n, SOTER_RSA_LEN) == SOTER_RSA_LEN);
}

/* em^d mod n */
static inline void
signer_private(uint8_t out[SOTER_RSA_LEN], const uint8_t em[SOTER_RSA_LEN])
{
	BIGNUM *m = BN_bin2bn(em, SOTER_RSA_LEN, NULL);
	BIGNUM *sum = signer_number(0), *part = BN_new();

	MUST(m != NULL && part != NULL && BN_cmp(m, signer.n) < 0);
	for (size_t i = 0; i < SIGNER_PRIMES; i++) {
		MUST(BN_mod(part, m, signer.p[i], signer.ctx));
		MUST(BN_mod_exp(part, part, signer.d[i], signer.p[i],
		    signer.ctx));
		MUST(BN_mul(part, part, signer.unit[i], signer.ctx));
		MUST(BN_add(sum, sum, part));
	}
	MUST(BN_mod(sum, sum, signer.n, signer.ctx));
	MUST(BN_bn2binpad(sum, out, SOTER_RSA_LEN) == SOTER_RSA_LEN);
	BN_free(m);
	BN_free(sum);
	BN_free(part);
}

/* p[0..n) ^= MGF1(hash) */
static inline void
signer_mask(uint8_t *p, size_t n, const uint8_t hash[SOTER_SHA256_LEN])
{
	uint8_t in[SOTER_SHA256_LEN + 4] = { 0 }, block[SOTER_SHA256_LEN];

	soter_copy(in, hash, SOTER_SHA256_LEN);
	for (size_t i = 0; i < n; i++) {
		in[SOTER_SHA256_LEN + 3] = (uint8_t)(i / SOTER_SHA256_LEN);
		if (i % SOTER_SHA256_LEN == 0)
			MUST(soter_sha256(block, soter_span(in, sizeof(in))) ==
			    SOTER_OK);
		p[i] ^= block[i % SOTER_SHA256_LEN];
	}
}

/* Sign (RFC 8017 9.1.1) with a salt of zeros; at most SIGNER_SALT_MAX. */
static inline void
signer_sign(uint8_t sig[SOTER_RSA_LEN], struct soter_span text, size_t salt_len)
{
	uint8_t in[8 + SOTER_SHA256_LEN + SIGNER_SALT_MAX] = { 0 };
	uint8_t em[SOTER_RSA_LEN] = { 0 }, *hash = em + 223;

	MUST(salt_len <= SIGNER_SALT_MAX && signer.ctx != NULL);
	MUST(soter_sha256(in + 8, text) == SOTER_OK);
	MUST(soter_sha256(hash,
		 soter_span(in, 8 + SOTER_SHA256_LEN + salt_len)) == SOTER_OK);
	em[222 - salt_len] = 1;
	signer_mask(em, 223, hash);
	em[0] &= 0x7f;
	em[255] = 0xbc;
	signer_private(sig, em);
}

#endif
