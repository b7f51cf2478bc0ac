/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/pss_maker.h -- EMSA-PSS encoding with every lie one can tell.
 */
#ifndef SOTER_TESTS_PSS_MAKER_H
#define SOTER_TESTS_PSS_MAKER_H

#include "tests/unit/rsa_maker.h"

#define PSS_EM	 256
#define PSS_HASH 32
#define PSS_DB	 (PSS_EM - PSS_HASH - 1)

/* All zero is an honest encoding with an empty salt. */
struct pss_shape {
	size_t salt_len;
	const char *text_hash; /* of 32 bytes; NULL: SHA256 */
	const char *hash;      /* the one that makes H; of 32 bytes */
	const char *mgf_hash;  /* of any length */
	uint8_t prefix;	       /* instead of the 8 zero bytes */
	bool no_prefix;
	bool other_salt; /* in DB than in H */
	bool zero_salt;
	uint8_t salt_0;	   /* first byte of the salt, if not 0 */
	uint8_t mgf_first; /* first counter */
	bool mgf_little;   /* counter's last byte first */
	bool no_mgf;
	bool no_one, one_is_set; /* another byte than 01 before the salt */
	uint8_t one;
	bool pad_is_set; /* a byte of DB is changed */
	size_t pad_at;
	uint8_t pad;
	uint8_t h; /* xored to a byte of H */
	size_t h_at;
	uint8_t trailer; /* if not bc */
	bool top_bit;	 /* of EM */
};

/* Hash up to three parts; the length of the hash. */
static inline size_t
pss_hash(const char *name, uint8_t out[EVP_MAX_MD_SIZE], struct soter_span a,
    struct soter_span b, struct soter_span c)
{
	EVP_MD *md = EVP_MD_fetch(NULL, name == NULL ? "SHA256" : name, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned n;

	MUST(md && ctx && EVP_DigestInit_ex2(ctx, md, NULL));
	MUST(EVP_DigestUpdate(ctx, a.p, a.n));
	MUST(EVP_DigestUpdate(ctx, b.p, b.n));
	MUST(EVP_DigestUpdate(ctx, c.p, c.n));
	MUST(EVP_DigestFinal_ex(ctx, out, &n));
	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
	return (n);
}

static inline void
pss_mask(const struct pss_shape *s, uint8_t *db, const uint8_t *h)
{
	uint8_t mask[EVP_MAX_MD_SIZE], counter[4] = { 0 };
	size_t n, last = s->mgf_little ? 0 : 3;

	counter[last] = s->mgf_first;
	for (size_t at = 0; at < PSS_DB; at += n, counter[last]++) {
		n = pss_hash(s->mgf_hash, mask, soter_span(h, PSS_HASH),
		    soter_span(counter, 4), soter_span(NULL, 0));
		for (size_t i = 0; i < n && at + i < PSS_DB; i++)
			db[at + i] ^= mask[i];
	}
}

static inline void
pss_encode(const struct pss_shape *s, uint8_t em[PSS_EM],
    struct soter_span text)
{
	uint8_t prefix[8], hash[EVP_MAX_MD_SIZE], h[EVP_MAX_MD_SIZE];
	uint8_t *salt = em + PSS_DB - s->salt_len;

	MUST(s->salt_len < PSS_DB);
	memset(em, 0, PSS_EM);
	memset(prefix, s->prefix, sizeof(prefix));
	MUST(RAND_bytes(salt, (int)s->salt_len) == 1);
	if (s->zero_salt)
		memset(salt, 0, s->salt_len);
	if (s->salt_0 != 0)
		salt[0] = s->salt_0;

	MUST(pss_hash(s->text_hash, hash, text, soter_span(NULL, 0),
		 soter_span(NULL, 0)) == PSS_HASH);
	MUST(pss_hash(s->hash, h,
		 soter_span(prefix, s->no_prefix ? 0 : sizeof(prefix)),
		 soter_span(hash, PSS_HASH),
		 soter_span(salt, s->salt_len)) == PSS_HASH);

	h[s->h_at] ^= s->h;
	if (s->other_salt)
		salt[0] ^= 1;
	if (!s->no_one)
		salt[-1] = s->one_is_set ? s->one : 0x01;
	if (s->pad_is_set)
		em[s->pad_at] = s->pad;
	if (!s->no_mgf)
		pss_mask(s, em, h);
	em[0] &= 0x7f;
	if (s->top_bit)
		em[0] |= 0x80;
	memcpy(em + PSS_DB, h, PSS_HASH);
	em[PSS_EM - 1] = s->trailer != 0 ? s->trailer : 0xbc;
}

/* Encode and sign. */
static inline void
pss_sign(const struct rsa_maker *r, const struct pss_shape *s, uint8_t *sig,
    struct soter_span text)
{
	uint8_t em[PSS_EM];
	int tries = 0;

	/* With the top bit set it may not be below n: take another salt. */
	do {
		pss_encode(s, em, text);
		MUST(tries++ < 1000);
	} while (!rsa_fits(r, em));
	rsa_sign(r, sig, em);
}

#endif
