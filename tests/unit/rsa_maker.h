/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/rsa_maker.h -- private keys for tests, and an OpenSSL that runs
 * out of memory on command.
 *
 * The padding is left to the caller, so that every lie can be signed.
 */
#ifndef SOTER_TESTS_RSA_MAKER_H
#define SOTER_TESTS_RSA_MAKER_H

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "base/key.h"
#include "tests/check.h"

/* For what cannot fail unless the machine does. */
#define MUST(c)                                                             \
	do {                                                                \
		if (!(c)) {                                                 \
			printf("Bail out! %s:%d: %s\n", __FILE__, __LINE__, \
			    #c);                                            \
			exit(1);                                            \
		}                                                           \
	} while (0)

struct rsa_maker {
	BIGNUM *n, *e, *d;
	BN_CTX *ctx;
	struct soter_key pub;
};

static inline void
rsa_numbers(struct soter_key *out, const BIGNUM *n)
{
	*out = (struct soter_key){ .alg = SOTER_ALG_RSA, .e = 65537 };
	out->n_len = (size_t)BN_num_bytes(n);
	MUST(out->n_len <= sizeof(out->n));
	BN_bn2bin(n, out->n);
}

/* A fresh key of as many bits: primes of 1024 bits, which are found quickly. */
static inline void
rsa_make(struct rsa_maker *r, int bits)
{
	BIGNUM *phi = BN_new(), *p = BN_new();

	r->ctx = BN_CTX_new();
	r->n = BN_new();
	r->e = BN_new();
	r->d = BN_new();
	MUST(phi && p && r->ctx && r->n && r->e && r->d);
	MUST(BN_set_word(r->e, 65537));
	do {
		MUST(BN_one(r->n) && BN_one(phi));
		for (int i = 0; i < bits / 1024; i++) {
			MUST(
			    BN_generate_prime_ex(p, 1024, 0, NULL, NULL, NULL));
			MUST(BN_mul(r->n, r->n, p, r->ctx));
			MUST(BN_sub_word(p, 1) && BN_mul(phi, phi, p, r->ctx));
		}
	} while (BN_num_bits(r->n) != bits ||
	    BN_mod_inverse(r->d, r->e, phi, r->ctx) == NULL);
	rsa_numbers(&r->pub, r->n);
	BN_free(phi);
	BN_free(p);
}

static inline void
rsa_drop(struct rsa_maker *r)
{
	BN_free(r->n);
	BN_free(r->e);
	BN_free(r->d);
	BN_CTX_free(r->ctx);
}

/* out = number, as many bytes as the modulus. */
static inline void
rsa_put(const struct rsa_maker *r, uint8_t *out, const BIGNUM *number)
{
	MUST(BN_bn2binpad(number, out, (int)r->pub.n_len) > 0);
}

/* Is em, as a number, below the modulus? */
static inline bool
rsa_fits(const struct rsa_maker *r, const uint8_t *em)
{
	return (memcmp(em, r->pub.n, r->pub.n_len) < 0);
}

/* The private operation: sig = em^d mod n. */
static inline void
rsa_sign(const struct rsa_maker *r, uint8_t *sig, const uint8_t *em)
{
	BIGNUM *x = BN_bin2bn(em, (int)r->pub.n_len, NULL);

	MUST(x != NULL && rsa_fits(r, em));
	MUST(BN_mod_exp(x, x, r->d, r->n, r->ctx));
	rsa_put(r, sig, x);
	BN_free(x);
}

/* The same public key as OpenSSL holds it. */
static inline EVP_PKEY *
rsa_evp(const struct rsa_maker *r)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params;
	EVP_PKEY *pkey = NULL;

	MUST(ctx && bld);
	MUST(OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, r->n));
	MUST(OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, r->e));
	MUST((params = OSSL_PARAM_BLD_to_param(bld)) != NULL);
	MUST(EVP_PKEY_fromdata_init(ctx) == 1);
	MUST(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) == 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	return (pkey);
}

/* Counts down at each of OpenSSL's allocations; the one that meets 0 fails. */
static _Thread_local long memory_left = -1;

static inline bool
memory_is_out(void)
{
	return (memory_left >= 0 && memory_left-- == 0);
}

static inline void *
memory_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return (memory_is_out() ? NULL : malloc(n));
}

static inline void *
memory_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return (memory_is_out() ? NULL : realloc(p, n));
}

static inline void
memory_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* Before any other call of OpenSSL. */
static inline void
memory_hook(void)
{
	MUST(CRYPTO_set_mem_functions(memory_malloc, memory_realloc,
		 memory_free) == 1);
}

/*
 * Run a call once for each of its allocations, which then fails: it must say
 * SOTER_E_ENGINE and leave its output untouched, or do without and be right.
 * The rounds end when no allocation was left to fail.
 */
#define CHECK_MEMORY(call, right, untouched)                             \
	do {                                                             \
		long round_ = 0, failed_ = 0;                            \
		enum soter_rc rc_;                                       \
		do {                                                     \
			memory_left = round_++;                          \
			rc_ = (call);                                    \
			if (memory_left >= 0)                            \
				break;                                   \
			failed_ += rc_ != SOTER_OK;                      \
			CHECK(rc_ == SOTER_OK || rc_ == SOTER_E_ENGINE); \
			CHECK(rc_ == SOTER_OK ? (right) : (untouched));  \
		} while (round_ < 1000);                                 \
		memory_left = -1;                                        \
		CHECK(rc_ == SOTER_OK && (right));                       \
		CHECK(failed_ > 0);                                      \
	} while (0)

#endif
