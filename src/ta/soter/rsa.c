/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/soter/rsa.h"
#include "ta/code.h"

#define BITS	 (8 * SOTER_RSA_LEN)
#define EXPONENT 65537
#define PSS	 TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256

static const uint8_t exponent[3] = { 1, 0, 1 };

enum soter_rc
ta_rsa_digest(uint8_t out[TA_SHA256_LEN], struct soter_span in)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	size_t n = TA_SHA256_LEN;
	TEE_Result result;

	TRY(ta_code_of_gp(
	    TEE_AllocateOperation(&op, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0)));
	result = TEE_DigestDoFinal(op, in.p, in.n, out, &n);
	TEE_FreeOperation(op);
	return (ta_code_of_gp(result));
}

/* ---- keys -------------------------------------------------------------- */

static enum soter_rc
allocate(TEE_ObjectHandle *out)
{
	return (ta_code_of_gp(
	    TEE_AllocateTransientObject(TEE_TYPE_RSA_KEYPAIR, BITS, out)));
}

/* Before a key is stored: what is extractable then stays so. */
static enum soter_rc
restrict_usage(TEE_ObjectHandle key)
{
	return (ta_code_of_gp(
	    TEE_RestrictObjectUsage1(key, TEE_USAGE_SIGN | TEE_USAGE_VERIFY)));
}

enum soter_rc
ta_rsa_make(TEE_ObjectHandle *out)
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	TEE_Attribute e;
	struct soter_key numbers;
	enum soter_rc rc;

	TEE_InitRefAttribute(&e, TEE_ATTR_RSA_PUBLIC_EXPONENT, exponent,
	    sizeof(exponent));
	TRY(allocate(&key));
	rc = ta_code_of_gp(TEE_GenerateKey(key, BITS, &e, 1));
	if (rc == SOTER_OK)
		rc = restrict_usage(key);
	if (rc == SOTER_OK)
		rc = ta_rsa_public(&numbers, key);
	if (rc != SOTER_OK) {
		TEE_FreeTransientObject(key);
		return (rc);
	}
	*out = key;
	return (SOTER_OK);
}

enum soter_rc
ta_rsa_copy(TEE_ObjectHandle *out, TEE_ObjectHandle from)
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	enum soter_rc rc;

	TRY(allocate(&key));
	rc = ta_code_of_gp(TEE_CopyObjectAttributes1(key, from));
	if (rc == SOTER_OK)
		rc = restrict_usage(key);
	if (rc != SOTER_OK) {
		TEE_FreeTransientObject(key);
		return (rc);
	}
	*out = key;
	return (SOTER_OK);
}

enum soter_rc
ta_rsa_public(struct soter_key *out, TEE_ObjectHandle key)
{
	uint8_t e[8];
	size_t n = SOTER_RSA_LEN, e_n = sizeof(e);

	TRY(ta_code_of_gp(TEE_GetObjectBufferAttribute(key,
	    TEE_ATTR_RSA_MODULUS, out->n, &n)));
	TRY(ta_code_of_gp(TEE_GetObjectBufferAttribute(key,
	    TEE_ATTR_RSA_PUBLIC_EXPONENT, e, &e_n)));
	if (n != SOTER_RSA_LEN || out->n[0] < 0x80 ||
	    !soter_span_equal(soter_span(e, e_n),
		soter_span(exponent, sizeof(exponent))))
		return (SOTER_E_CORRUPT);
	out->alg = SOTER_ALG_RSA;
	out->e = EXPONENT;
	out->n_len = n;
	return (SOTER_OK);
}

enum soter_rc
ta_rsa_load(TEE_ObjectHandle *out, const uint8_t modulus[SOTER_RSA_LEN])
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	TEE_Attribute numbers[2];
	enum soter_rc rc;

	TEE_InitRefAttribute(&numbers[0], TEE_ATTR_RSA_MODULUS, modulus,
	    SOTER_RSA_LEN);
	TEE_InitRefAttribute(&numbers[1], TEE_ATTR_RSA_PUBLIC_EXPONENT,
	    exponent, sizeof(exponent));
	TRY(ta_code_of_gp(
	    TEE_AllocateTransientObject(TEE_TYPE_RSA_PUBLIC_KEY, BITS, &key)));
	rc = ta_code_of_gp(TEE_PopulateTransientObject(key, numbers, 2));
	if (rc != SOTER_OK) {
		TEE_FreeTransientObject(key);
		return (rc);
	}
	*out = key;
	return (SOTER_OK);
}

/* ---- signatures -------------------------------------------------------- */

/* An operation with its key; free with TEE_FreeOperation(). */
static enum soter_rc
begin(TEE_OperationHandle *out, uint32_t mode, TEE_ObjectHandle key)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	enum soter_rc rc;

	TRY(ta_code_of_gp(TEE_AllocateOperation(&op, PSS, mode, BITS)));
	rc = ta_code_of_gp(TEE_SetOperationKey(op, key));
	if (rc != SOTER_OK) {
		TEE_FreeOperation(op);
		return (rc);
	}
	*out = op;
	return (SOTER_OK);
}

enum soter_rc
ta_rsa_sign(uint8_t sig[SOTER_SIG_LEN], TEE_ObjectHandle key,
    struct soter_span text)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	TEE_Attribute salt;
	uint8_t digest[TA_SHA256_LEN];
	size_t n = SOTER_SIG_LEN;
	enum soter_rc rc;

	/* Without this attribute some TEEs take 32. */
	TEE_InitValueAttribute(&salt, TEE_ATTR_RSA_PSS_SALT_LENGTH,
	    SOTER_TA_SALT, 0);
	TRY(ta_rsa_digest(digest, text));
	TRY(begin(&op, TEE_MODE_SIGN, key));
	rc = ta_code_of_gp(TEE_AsymmetricSignDigest(op, &salt, 1, digest,
	    sizeof(digest), sig, &n));
	TEE_FreeOperation(op);
	if (rc == SOTER_OK && n != SOTER_SIG_LEN)
		rc = SOTER_E_OTHERS;
	return (rc);
}

enum soter_rc
ta_rsa_verify(TEE_ObjectHandle key, uint32_t salt_len, struct soter_span text,
    struct soter_span sig)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	TEE_Attribute salt;
	uint8_t digest[TA_SHA256_LEN];
	TEE_Result result;

	TEE_InitValueAttribute(&salt, TEE_ATTR_RSA_PSS_SALT_LENGTH, salt_len,
	    0);
	TRY(ta_rsa_digest(digest, text));
	TRY(begin(&op, TEE_MODE_VERIFY, key));
	result = TEE_AsymmetricVerifyDigest(op, &salt, 1, digest,
	    sizeof(digest), sig.p, sig.n);
	TEE_FreeOperation(op);
	if (result == TEE_ERROR_SIGNATURE_INVALID)
		return (SOTER_E_SIGNATURE);
	return (ta_code_of_gp(result));
}

enum soter_rc
ta_rsa_check(TEE_ObjectHandle key)
{
	static const struct soter_span text = { (const uint8_t *)"check", 5 };
	uint8_t sig[SOTER_SIG_LEN];

	TRY(ta_rsa_sign(sig, key, text));
	return (ta_rsa_verify(key, SOTER_TA_SALT, text,
	    soter_span(sig, sizeof(sig))));
}
