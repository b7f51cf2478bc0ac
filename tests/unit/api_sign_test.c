/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API 6.7: RSA.  What the TEE signs, our own verifier
 * (crypto/pss.h, crypto/pkcs1.h) must accept, and the other way round; and a
 * key that is opened again is the same key.
 */
#include <openssl/bn.h>

#include "crypto/pkcs1.h"
#include "crypto/pss.h"
#include "soter/verify.h"
#include "tests/unit/api.h"
#include "tests/unit/pss_maker.h"

#define PSS   TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256
#define PKCS1 TEE_ALG_RSASSA_PKCS1_V1_5_SHA256

static const char text[] = "what is signed";
static uint8_t digest[32], sig[256]; /* of `text` */
static TEE_ObjectHandle key;	     /* of the row that runs */

/* ---- helpers ----------------------------------------------------------- */

static void
make_digest(void)
{
	CHECK_RC(soter_sha256(digest, SOTER_SPAN("what is signed")), SOTER_OK);
}

static TEE_ObjectHandle
generate(void)
{
	TEE_ObjectHandle x = TEE_HANDLE_NULL;

	CHECK(TEE_AllocateTransientObject(TEE_TYPE_RSA_KEYPAIR, 2048, &x) ==
	    TEE_SUCCESS);
	CHECK(TEE_GenerateKey(x, 2048, NULL, 0) == TEE_SUCCESS);
	return (x);
}

static size_t
attribute(TEE_ObjectHandle from, uint32_t id, uint8_t out[512])
{
	size_t n = 512;

	CHECK(TEE_GetObjectBufferAttribute(from, id, out, &n) == TEE_SUCCESS);
	return (n);
}

/* Our verifier's view of a key of the TEE. */
static struct soter_pubkey *
public_of(TEE_ObjectHandle from)
{
	struct soter_key numbers = { .alg = SOTER_ALG_RSA, .e = 65537 };
	struct soter_pubkey *out = NULL;
	uint8_t bytes[512];

	CHECK(attribute(from, TEE_ATTR_RSA_PUBLIC_EXPONENT, bytes) == 3 &&
	    memcmp(bytes, "\1\0\1", 3) == 0);
	numbers.n_len = attribute(from, TEE_ATTR_RSA_MODULUS, bytes);
	CHECK(numbers.n_len == 256);
	memcpy(numbers.n, bytes, 256);
	CHECK_RC(soter_pubkey_make(&out, &numbers), SOTER_OK);
	return (out);
}

static TEE_OperationHandle
rsa_op(uint32_t algorithm, uint32_t mode, TEE_ObjectHandle with)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;

	CHECK(TEE_AllocateOperation(&op, algorithm, mode, 2048) == TEE_SUCCESS);
	CHECK(TEE_SetOperationKey(op, with) == TEE_SUCCESS);
	return (op);
}

/* salt < 0: no attribute. */
static TEE_Result
sign_with(TEE_ObjectHandle with, uint32_t algorithm, int salt)
{
	TEE_OperationHandle op = rsa_op(algorithm, TEE_MODE_SIGN, with);
	TEE_Attribute x;
	size_t n = sizeof(sig);
	TEE_Result result;

	TEE_InitValueAttribute(&x, TEE_ATTR_RSA_PSS_SALT_LENGTH, (uint32_t)salt,
	    0);
	result = TEE_AsymmetricSignDigest(op, &x, salt < 0 ? 0 : 1, digest, 32,
	    sig, &n);
	TEE_FreeOperation(op);
	CHECK(n == sizeof(sig));
	return (result);
}

static TEE_Result
verify(TEE_ObjectHandle with, uint32_t algorithm, int salt, size_t n)
{
	TEE_OperationHandle op = rsa_op(algorithm, TEE_MODE_VERIFY, with);
	TEE_Attribute x;
	TEE_Result result;

	TEE_InitValueAttribute(&x, TEE_ATTR_RSA_PSS_SALT_LENGTH, (uint32_t)salt,
	    0);
	result = TEE_AsymmetricVerifyDigest(op, &x, salt < 0 ? 0 : 1, digest,
	    32, sig, n);
	TEE_FreeOperation(op);
	return (result);
}

/* ---- both ways --------------------------------------------------------- */

static void
tee_signs(void)
{
	static const int salts[] = { -1, 0, 1, 20, 32, 222 };
	struct soter_pubkey *pub;

	make_digest();
	key = generate();
	pub = public_of(key);
	for (size_t i = 0; i < SOTER_COUNT(salts); i++) {
		size_t salt = salts[i] < 0 ? 32 : (size_t)salts[i];

		CHECK(sign_with(key, PSS, salts[i]) == TEE_SUCCESS);
		CHECK_RC(soter_pss_verify(pub, soter_text(text),
			     soter_span(sig, 256), salt),
		    SOTER_OK);
		CHECK(verify(key, PSS, salts[i], 256) == TEE_SUCCESS);
		CHECK(verify(key, PSS, 21, 256) == TEE_ERROR_SIGNATURE_INVALID);
	}
	CHECK(sign_with(key, PKCS1, -1) == TEE_SUCCESS);
	CHECK_RC(
	    soter_pkcs1_verify(pub, soter_text(text), soter_span(sig, 256)),
	    SOTER_OK);
	CHECK(verify(key, PKCS1, -1, 256) == TEE_SUCCESS);
	CHECK(verify(key, PSS, 32, 256) == TEE_ERROR_SIGNATURE_INVALID);
	soter_pubkey_free(&pub);
	TEE_FreeTransientObject(key);
}

static void
tee_refuses(void)
{
	key = generate();
	CHECK(sign_with(key, PSS, 32) == TEE_SUCCESS);
	for (size_t at = 0; at < 256; at += 15) {
		sig[at] ^= 1;
		CHECK(verify(key, PSS, 32, 256) == TEE_ERROR_SIGNATURE_INVALID);
		sig[at] ^= 1;
	}
	CHECK(verify(key, PSS, 32, 255) == TEE_ERROR_SIGNATURE_INVALID);
	CHECK(verify(key, PSS, 32, 0) == TEE_ERROR_SIGNATURE_INVALID);
	/* -1, -2 and -3 are special salts of OpenSSL, which take any. */
	for (int salt = 1; salt < 6; salt++) {
		TEE_OperationHandle op = rsa_op(PSS, TEE_MODE_VERIFY, key);
		TEE_Attribute x;

		TEE_InitValueAttribute(&x, TEE_ATTR_RSA_PSS_SALT_LENGTH,
		    (uint32_t)-salt, 0);
		CHECK(TEE_AsymmetricVerifyDigest(op, &x, 1, digest, 32, sig,
			  256) == TEE_ERROR_SIGNATURE_INVALID);
		TEE_FreeOperation(op);
	}
	CHECK(verify(key, PSS, 32, 256) == TEE_SUCCESS);
	TEE_FreeTransientObject(key);
}

/* A public key that somebody else made, and what that one signed. */
static void
tee_verifies(void)
{
	struct rsa_maker maker;
	struct pss_shape honest = { .salt_len = 20 };
	uint8_t n[256], e[3] = { 1, 0, 1 };
	TEE_Attribute x[2];

	rsa_make(&maker, 2048);
	pss_sign(&maker, &honest, sig, soter_text(text));
	memcpy(n, maker.pub.n, sizeof(n));
	TEE_InitRefAttribute(&x[0], TEE_ATTR_RSA_MODULUS, n, sizeof(n));
	TEE_InitRefAttribute(&x[1], TEE_ATTR_RSA_PUBLIC_EXPONENT, e, sizeof(e));
	CHECK(TEE_AllocateTransientObject(TEE_TYPE_RSA_PUBLIC_KEY, 2048,
		  &key) == TEE_SUCCESS);
	CHECK(TEE_PopulateTransientObject(key, x, 2) == TEE_SUCCESS);
	CHECK(verify(key, PSS, 20, 256) == TEE_SUCCESS);
	CHECK(verify(key, PSS, 32, 256) == TEE_ERROR_SIGNATURE_INVALID);
	digest[0] ^= 1;
	CHECK(verify(key, PSS, 20, 256) == TEE_ERROR_SIGNATURE_INVALID);
	digest[0] ^= 1;
	TEE_FreeTransientObject(key);
	rsa_drop(&maker);
}

/* ---- keys -------------------------------------------------------------- */

static const uint32_t ids[] = { TEE_ATTR_RSA_MODULUS,
	TEE_ATTR_RSA_PUBLIC_EXPONENT, TEE_ATTR_RSA_PRIVATE_EXPONENT,
	TEE_ATTR_RSA_PRIME1, TEE_ATTR_RSA_PRIME2, TEE_ATTR_RSA_EXPONENT1,
	TEE_ATTR_RSA_EXPONENT2, TEE_ATTR_RSA_COEFFICIENT };

/* The first n numbers of a key make another object. */
static TEE_ObjectHandle
copy_numbers(TEE_ObjectHandle from, size_t n)
{
	static uint8_t bytes[SOTER_COUNT(ids)][512];
	TEE_ObjectHandle to = TEE_HANDLE_NULL;
	TEE_Attribute x[SOTER_COUNT(ids)];

	for (size_t i = 0; i < n; i++)
		TEE_InitRefAttribute(&x[i], ids[i], bytes[i],
		    attribute(from, ids[i], bytes[i]));
	CHECK(TEE_AllocateTransientObject(n == 2 ? TEE_TYPE_RSA_PUBLIC_KEY
						 : TEE_TYPE_RSA_KEYPAIR,
		  2048, &to) == TEE_SUCCESS);
	CHECK(TEE_PopulateTransientObject(to, x, (uint32_t)n) == TEE_SUCCESS);
	return (to);
}

static void
from_numbers(void)
{
	TEE_ObjectHandle whole, short_one, public_one;

	key = generate();
	whole = copy_numbers(key, 8);
	short_one = copy_numbers(key, 3);
	public_one = copy_numbers(key, 2);
	CHECK(sign_with(whole, PSS, 32) == TEE_SUCCESS);
	CHECK(verify(public_one, PSS, 32, 256) == TEE_SUCCESS);
	CHECK(sign_with(short_one, PSS, 32) == TEE_SUCCESS);
	CHECK(verify(public_one, PSS, 32, 256) == TEE_SUCCESS);
	TEE_FreeTransientObject(whole);
	TEE_FreeTransientObject(short_one);
	TEE_FreeTransientObject(public_one);
	TEE_FreeTransientObject(key);
}

static void
public_from_pair(void)
{
	TEE_ObjectHandle public_one = TEE_HANDLE_NULL;
	TEE_ObjectInfo info;
	uint8_t bytes[512];
	size_t n = sizeof(bytes);

	key = generate();
	CHECK(TEE_RestrictObjectUsage1(key,
		  TEE_USAGE_SIGN | TEE_USAGE_VERIFY) == TEE_SUCCESS);
	CHECK(TEE_AllocateTransientObject(TEE_TYPE_RSA_PUBLIC_KEY, 2048,
		  &public_one) == TEE_SUCCESS);
	CHECK(TEE_CopyObjectAttributes1(public_one, key) == TEE_SUCCESS);
	TEE_GetObjectInfo1(public_one, &info);
	CHECK(info.objectSize == 2048 &&
	    info.objectUsage == (TEE_USAGE_SIGN | TEE_USAGE_VERIFY));
	CHECK(sign_with(key, PSS, 32) == TEE_SUCCESS);
	CHECK(verify(public_one, PSS, 32, 256) == TEE_SUCCESS);
	/* Nothing private came along. */
	TEE_FreeTransientObject(key);
	CHECK(attribute(public_one, TEE_ATTR_RSA_MODULUS, bytes) == 256);
	TEE_FreeTransientObject(public_one);

	key = generate();
	CHECK(TEE_AllocateTransientObject(TEE_TYPE_RSA_PUBLIC_KEY, 2048,
		  &public_one) == TEE_SUCCESS);
	CHECK(TEE_CopyObjectAttributes1(public_one, key) == TEE_SUCCESS);
	CHECK(TEE_GetObjectBufferAttribute(public_one,
		  TEE_ATTR_RSA_PRIVATE_EXPONENT, bytes,
		  &n) == TEE_ERROR_ITEM_NOT_FOUND);
	TEE_FreeTransientObject(public_one);
	TEE_FreeTransientObject(key);
}

static void
generated(void)
{
	static const uint8_t three[] = { 3 }, even[] = { 1, 0, 0 };
	TEE_Attribute x;
	uint8_t bytes[512];
	BIGNUM *n, *p, *q, *r;
	BN_CTX *ctx = BN_CTX_new();
	size_t length;

	/* n is p times q, and neither is the other */
	key = generate();
	length = attribute(key, TEE_ATTR_RSA_MODULUS, bytes);
	n = BN_bin2bn(bytes, (int)length, NULL);
	length = attribute(key, TEE_ATTR_RSA_PRIME1, bytes);
	p = BN_bin2bn(bytes, (int)length, NULL);
	length = attribute(key, TEE_ATTR_RSA_PRIME2, bytes);
	q = BN_bin2bn(bytes, (int)length, NULL);
	r = BN_new();
	CHECK(BN_mul(r, p, q, ctx) == 1 && BN_cmp(r, n) == 0 &&
	    BN_cmp(p, q) != 0);
	BN_free(n);
	BN_clear_free(p);
	BN_clear_free(q);
	BN_free(r);
	BN_CTX_free(ctx);
	TEE_FreeTransientObject(key);

	CHECK(TEE_AllocateTransientObject(TEE_TYPE_RSA_KEYPAIR, 2048, &key) ==
	    TEE_SUCCESS);
	TEE_InitRefAttribute(&x, TEE_ATTR_RSA_PUBLIC_EXPONENT, even,
	    sizeof(even));
	CHECK(TEE_GenerateKey(key, 2048, &x, 1) == TEE_ERROR_BAD_PARAMETERS);
	TEE_InitRefAttribute(&x, TEE_ATTR_RSA_PUBLIC_EXPONENT, three,
	    sizeof(three));
	CHECK(TEE_GenerateKey(key, 1024, &x, 1) == TEE_SUCCESS);
	CHECK(attribute(key, TEE_ATTR_RSA_PUBLIC_EXPONENT, bytes) == 1 &&
	    bytes[0] == 3);
	TEE_FreeTransientObject(key);
}

/* ---- the key cache ----------------------------------------------------- */

#define READ   TEE_DATA_FLAG_ACCESS_READ
#define META   TEE_DATA_FLAG_ACCESS_WRITE_META
#define KEYS_N 80 /* more than the cache holds */

static void
store(const char *name, TEE_ObjectHandle from)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;

	CHECK(TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, name,
		  strlen(name), META | TEE_DATA_FLAG_OVERWRITE, from, NULL, 0,
		  &o) == TEE_SUCCESS);
	TEE_CloseObject(o);
}

/* Does what the stored key signs verify under this one? */
static bool
stored_is(const char *name, TEE_ObjectHandle as)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;

	CHECK(TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, name, strlen(name),
		  READ, &o) == TEE_SUCCESS);
	CHECK(sign_with(o, PSS, 20) == TEE_SUCCESS);
	TEE_CloseObject(o);
	return (verify(as, PSS, 20, 256) == TEE_SUCCESS);
}

static void
remove_stored(const char *name)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;

	CHECK(TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, name, strlen(name),
		  META, &o) == TEE_SUCCESS);
	CHECK(TEE_CloseAndDeletePersistentObject1(o) == TEE_SUCCESS);
}

/* Keys that are kept decoded; none whose object is gone. */
static size_t
kept(void)
{
	return (teehost_instance_use(teehost_current()).keys);
}

/* The same name again and again, with one key and then another. */
static void
cache_follows(void)
{
	TEE_ObjectHandle a = generate(), b = generate();

	store("k", a);
	CHECK(stored_is("k", a));
	CHECK(stored_is("k", a));
	CHECK(kept() == 1);
	store("k", b);
	CHECK(stored_is("k", b));
	CHECK(!stored_is("k", a));
	CHECK(kept() == 1);
	store("k", TEE_HANDLE_NULL);
	CHECK(kept() == 0);
	store("k", b);
	remove_stored("k");
	CHECK(kept() == 0);
	store("k", a);
	CHECK(stored_is("k", a));
	remove_stored("k");
	TEE_FreeTransientObject(a);
	TEE_FreeTransientObject(b);
}

static void
cache_is_full(void)
{
	TEE_ObjectHandle a = generate(), b = generate();
	char name[16];

	for (int i = 0; i < KEYS_N; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		store(name, i % 2 ? a : b);
	}
	for (int i = 0; i < KEYS_N; i++) {
		snprintf(name, sizeof(name), "k%d", i * 7 % KEYS_N);
		CHECK(stored_is(name, i * 7 % KEYS_N % 2 ? a : b));
	}
	for (int i = 0; i < KEYS_N; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		remove_stored(name);
	}
	TEE_FreeTransientObject(a);
	TEE_FreeTransientObject(b);
}

/* A restriction holds for a cached key, too. */
static void
cache_keeps_usage(void)
{
	TEE_ObjectHandle a = generate(), o = TEE_HANDLE_NULL;
	TEE_ObjectInfo info;

	store("k", a);
	CHECK(stored_is("k", a));
	CHECK(TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, "k", 1, READ, &o) ==
	    TEE_SUCCESS);
	CHECK(TEE_RestrictObjectUsage1(o, TEE_USAGE_VERIFY) == TEE_SUCCESS);
	TEE_CloseObject(o);
	CHECK(TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, "k", 1, READ, &o) ==
	    TEE_SUCCESS);
	TEE_GetObjectInfo1(o, &info);
	CHECK(info.objectUsage == TEE_USAGE_VERIFY);
	TEE_CloseObject(o);
	TEE_FreeTransientObject(a);
}

/* ---- panics ------------------------------------------------------------ */

static void
p_salt(void)
{
	sign_with(generate(), PSS, 223);
}

static void
p_digest_length(void)
{
	TEE_OperationHandle op = rsa_op(PSS, TEE_MODE_SIGN, generate());
	size_t n = sizeof(sig);

	TEE_AsymmetricSignDigest(op, NULL, 0, digest, 31, sig, &n);
}

static void
p_sign_with_verify(void)
{
	TEE_OperationHandle op = rsa_op(PSS, TEE_MODE_VERIFY, generate());
	size_t n = sizeof(sig);

	TEE_AsymmetricSignDigest(op, NULL, 0, digest, 32, sig, &n);
}

static void
p_sign_with_public(void)
{
	rsa_op(PSS, TEE_MODE_SIGN, copy_numbers(generate(), 2));
}

static void
p_cached_usage(void)
{
	TEE_ObjectHandle o = TEE_HANDLE_NULL;

	CHECK(TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, "k", 1, READ, &o) ==
	    TEE_SUCCESS);
	rsa_op(PSS, TEE_MODE_SIGN, o);
}

static void
p_no_key(void)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	size_t n = sizeof(sig);

	CHECK(TEE_AllocateOperation(&op, PSS, TEE_MODE_SIGN, 2048) ==
	    TEE_SUCCESS);
	TEE_AsymmetricSignDigest(op, NULL, 0, digest, 32, sig, &n);
}

static void
p_salt_for_pkcs1(void)
{
	sign_with(generate(), PKCS1, 20);
}

static void
p_not_a_key(void)
{
	static const uint8_t n[256] = { 0x80, [255] = 1 }, e[] = { 3 };
	TEE_ObjectHandle o = TEE_HANDLE_NULL;
	TEE_Attribute x[3];

	TEE_InitRefAttribute(&x[0], TEE_ATTR_RSA_MODULUS, n, sizeof(n));
	TEE_InitRefAttribute(&x[1], TEE_ATTR_RSA_PUBLIC_EXPONENT, e, sizeof(e));
	TEE_InitRefAttribute(&x[2], TEE_ATTR_RSA_PRIVATE_EXPONENT, e,
	    sizeof(e));
	CHECK(TEE_AllocateTransientObject(TEE_TYPE_RSA_KEYPAIR, 2048, &o) ==
	    TEE_SUCCESS);
	CHECK(TEE_PopulateTransientObject(o, x, 3) == TEE_SUCCESS);
	/* "signs" with the numbers, whatever they are: no harm to the host */
	CHECK(sign_with(o, PSS, 32) == TEE_SUCCESS);
	TEE_Panic(0x1234);
}

static const struct api_panic panics[] = {
	{ "a salt that does not fit", p_salt, "SignDigest: salt" },
	{ "a digest of another length", p_digest_length, "SignDigest: digest" },
	{ "an operation to verify shall sign", p_sign_with_verify,
	    "TEE_AsymmetricSignDigest" },
	{ "a public key shall sign", p_sign_with_public, "another type" },
	{ "a restricted key shall sign, cached or not", p_cached_usage,
	    "may not be used" },
	{ "no key is set", p_no_key, "TEE_AsymmetricSignDigest" },
	{ "a salt for PKCS#1", p_salt_for_pkcs1, "TEE_AsymmetricSignDigest" },
	{ "numbers that are no key", p_not_a_key, "TEE_Panic" },
};

int
main(void)
{
	api_begin();
	check_row("what the TEE signs, our verifier takes, with every salt");
	CHECK(api_runs(tee_signs));
	check_row("the TEE refuses a signature that was changed");
	CHECK(api_runs(tee_refuses));
	check_row("the TEE verifies what somebody else signed");
	CHECK(api_runs(tee_verifies));
	check_row("keys from their numbers, with and without CRT");
	CHECK(api_runs(from_numbers));
	check_row("a public key from a key pair");
	CHECK(api_runs(public_from_pair));
	check_row("a generated key is one; the exponent can be chosen");
	CHECK(api_runs(generated));
	check_row("a cached key is never another object's");
	CHECK(api_runs(cache_follows));
	check_row("more keys than the cache holds");
	CHECK(api_runs(cache_is_full));
	check_row("a restriction in storage holds for a cached key");
	CHECK(api_runs(cache_keeps_usage));
	api_panic_rows(panics, SOTER_COUNT(panics));
	api_end();
	return (check_done());
}
