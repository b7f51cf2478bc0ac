/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * generate.h -- the generator of tests/vectors: its parts and what they share.
 *
 * Everything comes out of one seed text, so two runs write the same bytes on
 * any machine.  The private keys are therefore public: class "test", worth
 * nothing, for ever.  README.md beside this file is the recipe; the code only
 * carries it out.
 *
 * A generator has nobody to return an error to: whatever fails ends the run
 * (gen_die), before a wrong vector can be published.
 */
#ifndef SOTER_TESTS_VECTORS_GENERATE_H
#define SOTER_TESTS_VECTORS_GENERATE_H

#include <openssl/bn.h>

#include "base/key.h"
#include "base/span.h"
#include "wire/limits.h"

#define GEN_SEED     "OpenSOTER test vectors 1"
#define GEN_TEXT_MAX (20 * 1024) /* bytes: a little above SOTER_SIGNED_MAX */
#define GEN_NAME_MAX 96

/* ------------------------------------------------------------------------- */
/* gen_text.c: bytes that grow, and the stream they come from                 */
/* ------------------------------------------------------------------------- */

struct gen_text {
	size_t n;
	uint8_t p[GEN_TEXT_MAX];
};

/* Say what went wrong and end the run. */
__attribute__((noreturn, format(printf, 1, 2))) void gen_die(const char *format,
    ...);

/* End the run unless a writer of src/wire succeeded. */
#define GEN_OK(expr)                                                      \
	do {                                                              \
		enum soter_rc gen_rc_ = (expr);                           \
		if (gen_rc_ != SOTER_OK)                                  \
			gen_die("%s: %s", #expr, soter_rc_word(gen_rc_)); \
	} while (0)

struct soter_span gen_span(const struct gen_text *t);
struct soter_writer gen_writer(struct gen_text *t);
void gen_set(struct gen_text *t, struct soter_span bytes);
void gen_add(struct gen_text *t, struct soter_span bytes);
void gen_add_text(struct gen_text *t, const char *s);
void gen_insert(struct gen_text *t, size_t at, struct soter_span bytes);

/* Replace; the run ends if from does not occur (once: exactly once). */
void gen_replace_once(struct gen_text *t, struct soter_span from,
    struct soter_span to);
void gen_replace_all(struct gen_text *t, struct soter_span from,
    struct soter_span to);
void gen_replace_text(struct gen_text *t, const char *from, const char *to);

/*
 * gen_members.c: change one member of a JSON object and leave every other byte
 * as it was.  value is the literal, with its quotes if it is a string.
 */
void gen_member_set(struct gen_text *t, const char *name,
    struct soter_span value);
void gen_member_drop(struct gen_text *t, const char *name);
void gen_member_add(struct gen_text *t, const char *name,
    struct soter_span value);
void gen_members_sort(struct gen_text *t);

/* printf into a buffer of GEN_NAME_MAX; the run ends if it does not fit. */
__attribute__((format(printf, 2, 3))) void gen_name(char out[GEN_NAME_MAX],
    const char *format, ...);

/* The stream of a label: SHA-256(seed 0 label 0 be32(i)) for i = 0, 1, ... */
struct gen_stream {
	char label[GEN_NAME_MAX];
	uint32_t next;
	size_t used;
	uint8_t block[32];
};

void gen_stream_start(struct gen_stream *s, const char *label);
void gen_stream_read(struct gen_stream *s, uint8_t *out, size_t n);

/* n bytes of the label's stream in lower-case hex; out holds 2n + 1. */
void gen_stream_hex(char *out, const char *label, size_t n);

/* ------------------------------------------------------------------------- */
/* gen_rsa.c: keys and signatures                                            */
/* ------------------------------------------------------------------------- */

struct gen_rsa {
	char name[GEN_NAME_MAX];
	size_t len; /* bytes of the modulus */
	BIGNUM *n, *d;
	struct soter_key key;
};

/* The key of that name; made, and written to keys/, at its first use. */
const struct gen_rsa *gen_key(const char *name);

/* A prime from a stream: top two bits set, p - 1 prime to 65537. */
void gen_prime(BIGNUM *p, struct gen_stream *s, unsigned bits);

/* The numbers of a public key for src/wire. */
void gen_numbers(struct soter_key *out, const BIGNUM *n, uint32_t e);

/* em^d mod n; both key->len bytes. */
void gen_private(uint8_t *out, const struct gen_rsa *key, const uint8_t *em);

/* How a PSS padding is made; the first member is all an honest one needs. */
struct gen_pss {
	size_t salt_len;
	uint8_t trailer;   /* 0: the right one, 0xbc */
	uint8_t separator; /* 0: the right one, 0x01 */
	bool mgf_sha1;	   /* masked by MGF1 with SHA-1 */
	bool hash_sha1;	   /* SHA-1 throughout */
	bool dirty_zeros;  /* one of the zero octets is not */
	bool top_bit;	   /* the unused top bit is set */
	bool small;	   /* s + n still fits 256 bytes */
};

/* Sign; the salt comes from the stream "salt/LABEL/ATTEMPT". */
void gen_pss_sign(uint8_t sig[SOTER_SIG_LEN], const struct gen_rsa *key,
    struct soter_span text, const struct gen_pss *how, const char *label);

/* How a PKCS#1 v1.5 padding is made. */
enum gen_pkcs1 {
	GEN_PKCS1_HONEST,
	GEN_PKCS1_GARBAGE, /* short padding, garbage behind the hash */
	GEN_PKCS1_NO_NULL, /* DigestInfo without the NULL parameter */
	GEN_PKCS1_TYPE_2,  /* block type 2 */
};

/* out: key->len bytes. */
void gen_pkcs1_sign(uint8_t *out, const struct gen_rsa *key,
    struct soter_span text, enum gen_pkcs1 how);

/* ------------------------------------------------------------------------- */
/* gen_out.c: files and the manifest                                         */
/* ------------------------------------------------------------------------- */

#define GEN_LIST_MAX 4

/* One row of manifest.jsonl. */
struct gen_case {
	char name[GEN_NAME_MAX];
	const char *link; /* "ask", "authkey", "result" */
	char signed_file[GEN_NAME_MAX];
	char sig_file[GEN_NAME_MAX]; /* empty: a blob or a chain */
	const char *key;	     /* a key's name, or a file; NULL: roots */
	enum soter_rc want;
	enum soter_hint hints[GEN_LIST_MAX]; /* up to the first 0 */
	const char *why;

	/* What the verifier expects. */
	const char *challenge; /* may be NULL, as the rest */
	int64_t counter_above; /* -1: none */
	const char *uid, *cpu_id;
	const char *cls;		/* NULL: "test" */
	const char *fids[GEN_LIST_MAX]; /* up to the first NULL */
	const char *deny[GEN_LIST_MAX]; /* KIND=NAME or KIND=NAME=VERSION */
	const char *also[GEN_LIST_MAX]; /* other keys for the diagnosis */
};

void gen_out_open(const char *folder);
void gen_out_close(void);
void gen_file(const char *path, struct soter_span bytes);
void gen_manifest(const struct gen_case *c);

/* ------------------------------------------------------------------------- */
/* gen_good.c: objects as genuine phones sign them                           */
/* ------------------------------------------------------------------------- */

/* An object and everything that makes it valid: lies are made from copies. */
struct gen_object {
	struct gen_case c;
	struct gen_text text;
	const char *signer;
	size_t salt_len; /* used; what the text announces is in the text */
	char challenge[GEN_NAME_MAX];
};

/* Another name and file names: NAME.json, NAME.sig. */
__attribute__((format(printf, 2, 3))) void gen_rename(struct gen_object *o,
    const char *format, ...);

/* Sign the text, write both files and the manifest's row. */
void gen_put(const struct gen_object *o);

/* A copy of a good object, by its name in the manifest. */
void gen_take(struct gen_object *o, const char *name);

/* Keep an object for gen_take(). */
void gen_keep(const struct gen_object *o);

/* Beside .json and .sig: .b64, .bin, and their rows. */
void gen_put_forms(const struct gen_object *o);

/* The device id of a test device: 'a', 'b', ... */
const char *gen_cpu_id(char device);

void gen_key_text(struct gen_text *out, const struct soter_key *key,
    const char *cpu_id, uint64_t counter, const char *uid, int32_t salt_len);
void gen_huawei_key_text(struct gen_text *out, const struct soter_key *key,
    const char *cpu_id, uint64_t counter, const char *uid, int32_t salt_len);

void gen_good(void);
void gen_forms(void); /* gen_forms.c: other legal spellings */

/* ------------------------------------------------------------------------- */
/* gen_cert.c, gen_attest.c: certificates                                    */
/* ------------------------------------------------------------------------- */

void gen_der(struct gen_text *out, uint8_t identifier, struct soter_span body);

/* What a key attestation can say, one list of values per line. */
enum gen_fact {
	GEN_ATTEST_LEVEL,
	GEN_KEYMASTER_LEVEL,
	GEN_SOFT_PURPOSE,
	GEN_SOFT_DIGEST,
	GEN_SOFT_PADDING,
	GEN_SOFT_ORIGIN,
	GEN_TEE_PURPOSE,
	GEN_TEE_ALGORITHM,
	GEN_TEE_SIZE,
	GEN_TEE_DIGEST,
	GEN_TEE_PADDING,
	GEN_TEE_EXPONENT,
	GEN_TEE_ORIGIN,
	GEN_FACTS
};

struct gen_values {
	size_t n; /* 0: the tag is absent; see empty */
	uint32_t v[2];
	bool empty; /* there, but an empty set */
};

struct gen_attest {
	struct gen_values fact[GEN_FACTS];
	const char *package;  /* attestationApplicationId; NULL: none */
	struct gen_text text; /* the challenge: SOTER's JSON */
};

/* The KeyDescription of a genuine phone around this text. */
void gen_attest_honest(struct gen_attest *a, struct soter_span text);
void gen_attest_write(struct gen_text *der, const struct gen_attest *a);

struct gen_cert {
	struct gen_text der;
};

enum gen_leaf_lie {
	GEN_LEAF_HONEST,
	GEN_LEAF_NO_ATTESTATION,
	GEN_LEAF_TWO_ATTESTATIONS,
	GEN_LEAF_TORN_ATTESTATION,
	GEN_LEAF_SHA1_ALGORITHM,
	GEN_LEAF_PSS_SIGNATURE,
};

/* All a chain is made from; a lie changes one member.  Texts are key names. */
struct gen_chain {
	const char *root, *ca, *device, *leaf;
	const char *ca_signer, *device_signer, *leaf_signer;
	const char *device_cn;		    /* NULL: none */
	const struct soter_key *leaf_key;   /* NULL: that of leaf */
	const struct soter_key *device_key; /* NULL: that of device */
	struct gen_attest attest;
	enum gen_leaf_lie leaf_lie;
	enum gen_pkcs1 padding; /* of the leaf's signature */
};

void gen_chain_honest(struct gen_chain *x);
void gen_chain_certs(struct gen_cert out[SOTER_CHAIN_CERTS],
    const struct gen_chain *x);

/* The JSON around n certificates, copies (text from `,"cpu_id"` on) behind. */
void gen_chain_text(struct gen_text *out, const struct gen_cert *const *certs,
    size_t n, const char *copies);

/* gen_chain.c: the chain's own folder */
#define GEN_COPIES_MAX 200

void gen_chain_object(struct gen_object *o, const char *file);
void gen_chain_make(struct gen_object *o, const struct gen_chain *x);
void gen_chain_put(const struct gen_object *o);
void gen_chain_copies(char out[GEN_COPIES_MAX], const char *cpu_id);
void gen_chain_good(void);
void gen_chain_lies(void); /* gen_chain_lies.c */

/* ------------------------------------------------------------------------- */
/* The other lies                                                            */
/* ------------------------------------------------------------------------- */

void gen_confusion(void);
void gen_json_lies(void);
void gen_rule_lies(void);    /* owner, challenge, counter, swaps */
void gen_roots(void);	     /* roots.jsonl, and ASKs under it */
void gen_padding_lies(void); /* salts and PSS paddings */
void gen_key_lies(void);     /* weak and broken public keys */
void gen_damage(void);	     /* what happens on the way */
void gen_blob_lies(void);

#endif
