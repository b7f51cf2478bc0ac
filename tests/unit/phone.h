/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/phone.h -- a phone that signs whatever the test wants: keys, PSS
 * with any salt length, key and result JSON.
 */
#ifndef SOTER_TESTS_PHONE_H
#define SOTER_TESTS_PHONE_H

#include "soter/verify.h"
#include "crypto/hash.h"
#include "tests/unit/rsa_maker.h"
#include "wire/keyjson.h"
#include "wire/result.h"

#define PHONE_CPU_ID "0123456789abcdef0123456789abcdef"
#define PHONE_UID    "10115"

/* A signed object in its own memory. */
struct phone_object {
	uint8_t text[SOTER_SIGNED_MAX + 64];
	size_t text_n;
	uint8_t sig[SOTER_SIG_LEN];
};

static inline struct soter_signed
phone_signed(const struct phone_object *o)
{
	return ((struct soter_signed){ soter_span(o->text, o->text_n),
	    soter_span(o->sig, sizeof(o->sig)) });
}

static inline void
phone_hash(uint8_t *out, const void *a, size_t a_n, const void *b, size_t b_n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	MUST(ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1);
	MUST(EVP_DigestUpdate(ctx, a, a_n) == 1);
	MUST(EVP_DigestUpdate(ctx, b, b_n) == 1);
	MUST(EVP_DigestFinal_ex(ctx, out, NULL) == 1);
	EVP_MD_CTX_free(ctx);
}

/* RFC 8017 9.1.1 for 2047 bits, with a salt of one repeated byte. */
static inline void
phone_sign(struct phone_object *o, const struct rsa_maker *key, size_t salt_len)
{
	uint8_t em[256] = { 0 }, m[8 + 32 + 222] = { 0 }, block[32],
		c[4] = { 0 };

	phone_hash(m + 8, o->text, o->text_n, NULL, 0);
	memset(m + 40, 0x5a, salt_len);
	phone_hash(em + 223, m, 40 + salt_len, NULL, 0);
	em[222 - salt_len] = 1;
	memset(em + 223 - salt_len, 0x5a, salt_len);
	for (size_t at = 0; at < 223; at++) {
		if (at % 32 == 0) {
			c[3] = (uint8_t)(at / 32);
			phone_hash(block, em + 223, 32, c, 4);
		}
		em[at] ^= block[at % 32];
	}
	em[0] &= 0x7f;
	em[255] = 0xbc;
	rsa_sign(key, o->sig, em);
}

static inline void
phone_text(struct phone_object *o, struct soter_span text)
{
	MUST(text.n <= sizeof(o->text));
	memcpy(o->text, text.p, text.n);
	o->text_n = text.n;
}

/* A key JSON for `key`, signed by `signer`. */
static inline void
phone_key(struct phone_object *o, const struct rsa_maker *signer,
    const struct rsa_maker *key, uint64_t counter, int32_t announced,
    size_t salt_len)
{
	struct soter_writer w = soter_writer(o->text, sizeof(o->text));
	struct soter_key_json x = { .key = key->pub,
		.cpu_id = PHONE_CPU_ID,
		.uid = PHONE_UID,
		.counter = counter,
		.salt_len = announced };

	MUST(soter_key_json_write(&w, &x) == SOTER_OK);
	o->text_n = w.len;
	phone_sign(o, signer, salt_len);
}

/* What an ordinary result says; a test changes what it lies about. */
static inline struct soter_result_json
phone_result_json(uint64_t counter)
{
	return ((struct soter_result_json){ .fid = "4711",
	    .counter = counter,
	    .tee_n = "simulated-tee",
	    .tee_v = "1",
	    .fp_n = "simulated-sensor",
	    .fp_v = "2",
	    .cpu_id = PHONE_CPU_ID,
	    .uid = PHONE_UID,
	    .salt_len = -1 });
}

static inline void
phone_result(struct phone_object *o, const struct rsa_maker *signer,
    const struct soter_result_json *x, const char *challenge, size_t salt_len)
{
	struct soter_writer w = soter_writer(o->text, sizeof(o->text));

	MUST(soter_result_json_write(&w, x, soter_text(challenge)) == SOTER_OK);
	o->text_n = w.len;
	phone_sign(o, signer, salt_len);
}

static inline struct soter_attk *
phone_root(const struct rsa_maker *key, const char *device_id, uint32_t version,
    enum soter_class cls, enum soter_root_status status)
{
	struct soter_attk_record record = { .device_id = soter_text(device_id),
		.attk_version = version,
		.key = soter_span(key->pub.n, key->pub.n_len),
		.cls = cls,
		.status = status };
	struct soter_attk *attk = NULL;

	MUST(soter_attk_new(&attk, &record) == SOTER_OK);
	return (attk);
}

#endif
