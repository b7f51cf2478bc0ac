/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API 6.7 to 6.9: signatures, derivation, randomness.
 */
#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "teehost/gpobject.h"
#include "teehost/operation.h"
#include "teehost/rsa.h"

#define DERIVED_MAX 512 /* bytes: TEE_TYPE_GENERIC_SECRET */
#define RANDOM_STEP ((size_t)1 << 20)

/* ---- signatures -------------------------------------------------------- */

/*
 * Without an attribute the salt is as long as the hash: what v1.3 says, and
 * OP-TEE does; v1.1 said 20.
 */
static struct teehost_rsa_scheme
scheme_of(const struct teehost_operation *op, const TEE_Attribute *params,
    uint32_t n, const char *why)
{
	struct teehost_rsa_scheme x = {
		.pss = op->algorithm->pss,
		.md = op->algorithm->md,
		.salt_len = op->algorithm->digest_n,
	};

	teehost_must(params != NULL || n == 0, why);
	for (uint32_t i = 0; i < n; i++) {
		teehost_must(x.pss &&
			params[i].attributeID == TEE_ATTR_RSA_PSS_SALT_LENGTH,
		    why);
		x.salt_len = params[i].content.value.a;
	}
	return (x);
}

static bool
is_salt_too_long(const struct teehost_operation *op,
    const struct teehost_rsa_scheme *scheme)
{
	return (scheme->pss &&
	    scheme->salt_len >
		teehost_rsa_salt_max(op->key, op->algorithm->digest_n));
}

TEE_Result
TEE_AsymmetricSignDigest(TEE_OperationHandle operation,
    const TEE_Attribute *params, uint32_t paramCount, const void *digest,
    size_t digestLen, void *signature, size_t *signatureLen)
{
	static const char why[] = "TEE_AsymmetricSignDigest";
	struct teehost_operation *op = teehost_operation_get_keyed(operation,
	    TEE_OPERATION_ASYMMETRIC_SIGNATURE, TEE_MODE_SIGN, why);
	struct teehost_rsa_scheme scheme =
	    scheme_of(op, params, paramCount, why);
	size_t n = (op->key->bits + 7) / 8, room;

	teehost_must(digest != NULL && digestLen == op->algorithm->digest_n,
	    "TEE_AsymmetricSignDigest: digest");
	teehost_must(!is_salt_too_long(op, &scheme),
	    "TEE_AsymmetricSignDigest: salt");
	teehost_must(signatureLen != NULL, why);
	room = *signatureLen;
	*signatureLen = n;
	if (signature == NULL || room < n)
		return (TEE_ERROR_SHORT_BUFFER);
	teehost_engine_must(teehost_rsa_sign(op->key, &scheme,
				soter_span(digest, digestLen), signature,
				n) == SOTER_OK,
	    why);
	return (TEE_SUCCESS);
}

TEE_Result
TEE_AsymmetricVerifyDigest(TEE_OperationHandle operation,
    const TEE_Attribute *params, uint32_t paramCount, const void *digest,
    size_t digestLen, const void *signature, size_t signatureLen)
{
	static const char why[] = "TEE_AsymmetricVerifyDigest";
	struct teehost_operation *op = teehost_operation_get_keyed(operation,
	    TEE_OPERATION_ASYMMETRIC_SIGNATURE, TEE_MODE_VERIFY, why);
	struct teehost_rsa_scheme scheme =
	    scheme_of(op, params, paramCount, why);
	enum soter_rc rc;

	teehost_must(digest != NULL && digestLen == op->algorithm->digest_n,
	    "TEE_AsymmetricVerifyDigest: digest");
	teehost_must(signature != NULL || signatureLen == 0, why);
	if (is_salt_too_long(op, &scheme) ||
	    signatureLen != (op->key->bits + 7) / 8)
		return (TEE_ERROR_SIGNATURE_INVALID);
	rc = teehost_rsa_verify(op->key, &scheme, soter_span(digest, digestLen),
	    soter_span(signature, signatureLen));
	teehost_engine_must(rc == SOTER_OK || rc == SOTER_E_SIGNATURE, why);
	return (rc == SOTER_OK ? TEE_SUCCESS : TEE_ERROR_SIGNATURE_INVALID);
}

/* ---- derivation -------------------------------------------------------- */

struct hkdf {
	struct soter_span salt, info;
	enum teehost_md md;
	uint32_t n; /* bytes to derive */
};

static struct soter_span
bytes_of(const TEE_Attribute *x, const char *why)
{
	teehost_must(
	    x->content.ref.buffer != NULL || x->content.ref.length == 0, why);
	return (soter_span(x->content.ref.buffer, x->content.ref.length));
}

static enum teehost_md
md_of(const TEE_Attribute *x, const char *why)
{
	const struct teehost_algorithm *row =
	    teehost_algorithm_find(x->content.value.a);

	teehost_must(row != NULL && row->class == TEE_OPERATION_DIGEST, why);
	return (row->md);
}

static struct hkdf
hkdf_of(const TEE_Attribute *params, uint32_t count, const char *why)
{
	struct hkdf x = { .md = TEEHOST_MD_SHA256 };

	teehost_must(params != NULL, why);
	for (uint32_t i = 0; i < count; i++) {
		switch (params[i].attributeID) {
		case TEE_ATTR_HKDF_SALT:
			x.salt = bytes_of(&params[i], why);
			break;
		case TEE_ATTR_HKDF_INFO:
			x.info = bytes_of(&params[i], why);
			break;
		case TEE_ATTR_HKDF_HASH_ALGORITHM:
			x.md = md_of(&params[i], why);
			break;
		case TEE_ATTR_KDF_KEY_SIZE:
			x.n = params[i].content.value.a;
			break;
		default:
			teehost_panic(TEE_ERROR_BAD_PARAMETERS, why);
		}
	}
	return (x);
}

static enum soter_rc
hkdf(uint8_t *out, const struct hkdf *x, struct soter_span secret)
{
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(teehost_self()->engine->hkdf);
	const char *md = teehost_engine_md_name(x->md);
	OSSL_PARAM params[5], *p = params;
	enum soter_rc rc = SOTER_E_NOMEM;

	if (ctx == NULL)
		return (rc);
	*p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
	    (char *)(uintptr_t)md, 0);
	*p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
	    (void *)(uintptr_t)secret.p, secret.n);
	if (x->salt.n > 0)
		*p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT,
		    (void *)(uintptr_t)x->salt.p, x->salt.n);
	if (x->info.n > 0)
		*p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
		    (void *)(uintptr_t)x->info.p, x->info.n);
	*p = OSSL_PARAM_construct_end();
	rc = EVP_KDF_derive(ctx, out, x->n, params) == 1 ? SOTER_OK
							 : SOTER_E_ENGINE;
	EVP_KDF_CTX_free(ctx);
	return (rc);
}

void
TEE_DeriveKey(TEE_OperationHandle operation, const TEE_Attribute *params,
    uint32_t paramCount, TEE_ObjectHandle derivedKey)
{
	static const char why[] = "TEE_DeriveKey";
	struct teehost_operation *op = teehost_operation_get_keyed(operation,
	    TEE_OPERATION_KEY_DERIVATION, TEE_MODE_DERIVE, why);
	struct teehost_gpobject *to =
	    teehost_gpobject_get_empty(derivedKey, why);
	const struct hkdf x = hkdf_of(params, paramCount, why);
	const struct teehost_type *type = teehost_type_find(to->head->type);
	uint8_t okm[DERIVED_MAX];
	const struct teehost_attr attr = { TEE_ATTR_SECRET_VALUE,
		soter_span(okm, x.n) };
	enum soter_rc rc;

	teehost_must(x.n > 0 && x.n <= sizeof(okm) &&
		x.n <= to->head->max_bits / 8 &&
		x.n <= 255 * teehost_algorithm_md_size(x.md),
	    "TEE_DeriveKey: size");
	rc = hkdf(okm, &x, teehost_operation_secret(op));
	if (rc == SOTER_OK)
		rc = teehost_material_new(&to->own.material, type, &attr, 1);
	soter_wipe(okm, sizeof(okm));
	teehost_must(rc != SOTER_E_ARGUMENT,
	    "TEE_DeriveKey: no size of this type");
	teehost_engine_must(rc == SOTER_OK, why);
}

/* ---- randomness -------------------------------------------------------- */

void
TEE_GenerateRandom(void *randomBuffer, size_t randomBufferLen)
{
	uint8_t *to = randomBuffer;

	teehost_must(to != NULL || randomBufferLen == 0, "TEE_GenerateRandom");
	for (size_t at = 0; at < randomBufferLen; at += RANDOM_STEP) {
		size_t left = randomBufferLen - at;
		int n = (int)(left < RANDOM_STEP ? left : RANDOM_STEP);

		teehost_engine_must(RAND_priv_bytes(to + at, n) == 1,
		    "TEE_GenerateRandom");
	}
}
