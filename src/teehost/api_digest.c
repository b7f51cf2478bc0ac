/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API 6.3 and 6.5: digests and MACs.
 */
#include <openssl/core_names.h>
#include <openssl/crypto.h>

#include "teehost/operation.h"

/* ---- digests ----------------------------------------------------------- */

bool
teehost_digest_begin(struct teehost_operation *op)
{
	return (EVP_DigestInit_ex2(op->md,
		    teehost_self()->engine->md[op->algorithm->md], NULL) == 1);
}

static void
digest_add(struct teehost_operation *op, const void *chunk, size_t n,
    const char *why)
{
	teehost_must(chunk != NULL || n == 0, why);
	teehost_must_state(
	    op->state != TEE_OPERATION_STATE_EXTRACTING || n == 0, why);
	if (n > 0)
		teehost_engine_must(EVP_DigestUpdate(op->md, chunk, n) == 1,
		    why);
}

/* Have the whole digest in op->digest. */
static void
digest_end(struct teehost_operation *op, const char *why)
{
	unsigned n = 0;

	if (op->state == TEE_OPERATION_STATE_EXTRACTING)
		return;
	teehost_engine_must(EVP_DigestFinal_ex(op->md, op->digest, &n) == 1 &&
		n == op->algorithm->digest_n,
	    why);
	op->digest_at = 0;
	op->state = TEE_OPERATION_STATE_EXTRACTING;
}

/* What is left of it, as far as there is room. */
static void
digest_take(struct teehost_operation *op, void *to, size_t *n)
{
	size_t left = op->algorithm->digest_n - op->digest_at;

	if (*n > left)
		*n = left;
	soter_copy(to, op->digest + op->digest_at, *n);
	op->digest_at += *n;
}

void
TEE_DigestUpdate(TEE_OperationHandle operation, const void *chunk,
    size_t chunkSize)
{
	static const char why[] = "TEE_DigestUpdate";
	struct teehost_operation *op =
	    teehost_operation_get(operation, TEE_OPERATION_DIGEST, why);

	teehost_must_state(op->state != TEE_OPERATION_STATE_EXTRACTING, why);
	digest_add(op, chunk, chunkSize, why);
	op->state = TEE_OPERATION_STATE_ACTIVE;
}

TEE_Result
TEE_DigestDoFinal(TEE_OperationHandle operation, const void *chunk,
    size_t chunkLen, void *hash, size_t *hashLen)
{
	static const char why[] = "TEE_DigestDoFinal";
	struct teehost_operation *op =
	    teehost_operation_get(operation, TEE_OPERATION_DIGEST, why);

	teehost_must(hashLen != NULL, why);
	if (op->state != TEE_OPERATION_STATE_EXTRACTING &&
	    *hashLen < op->algorithm->digest_n) {
		*hashLen = op->algorithm->digest_n;
		return (TEE_ERROR_SHORT_BUFFER);
	}
	teehost_must(hash != NULL || *hashLen == 0, why);
	digest_add(op, chunk, chunkLen, why);
	digest_end(op, why);
	digest_take(op, hash, hashLen);
	teehost_operation_rewind(op);
	return (TEE_SUCCESS);
}

TEE_Result
TEE_DigestExtract(TEE_OperationHandle operation, void *hash, size_t *hashLen)
{
	static const char why[] = "TEE_DigestExtract";
	struct teehost_operation *op =
	    teehost_operation_get(operation, TEE_OPERATION_DIGEST, why);

	teehost_must(hashLen != NULL && (hash != NULL || *hashLen == 0), why);
	digest_end(op, why);
	digest_take(op, hash, hashLen);
	return (TEE_SUCCESS);
}

/* ---- MACs -------------------------------------------------------------- */

static bool
mac_begin(struct teehost_operation *op)
{
	const struct soter_span key = teehost_operation_secret(op);
	const EVP_CIPHER *cipher;
	OSSL_PARAM params[2];
	const char *name;

	if (op->algorithm->md != TEEHOST_MD_NONE) {
		name = teehost_engine_md_name(op->algorithm->md);
		params[0] = OSSL_PARAM_construct_utf8_string(
		    OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)name, 0);
	} else {
		cipher = teehost_engine_cipher(teehost_self()->engine,
		    op->algorithm->cipher, op->key->bits);
		name = cipher == NULL ? "" : EVP_CIPHER_get0_name(cipher);
		params[0] = OSSL_PARAM_construct_utf8_string(
		    OSSL_MAC_PARAM_CIPHER, (char *)(uintptr_t)name, 0);
	}
	params[1] = OSSL_PARAM_construct_end();
	return (EVP_MAC_init(op->mac, key.p, key.n, params) == 1);
}

/* Neither HMAC nor CMAC has an IV. */
void
TEE_MACInit(TEE_OperationHandle operation, const void *IV, size_t IVLen)
{
	static const char why[] = "TEE_MACInit";
	struct teehost_operation *op = teehost_operation_get_keyed(operation,
	    TEE_OPERATION_MAC, TEE_MODE_MAC, why);

	(void)IV;
	(void)IVLen;
	teehost_operation_rewind(op);
	teehost_engine_must(mac_begin(op), why);
	op->begun = true;
	op->state = TEE_OPERATION_STATE_ACTIVE;
}

static void
mac_add(struct teehost_operation *op, const void *chunk, size_t n,
    const char *why)
{
	teehost_must(chunk != NULL || n == 0, why);
	if (n > 0)
		teehost_engine_must(EVP_MAC_update(op->mac, chunk, n) == 1,
		    why);
}

/* The whole MAC; the operation has its key and has not begun. */
static void
mac_end(struct teehost_operation *op, uint8_t mac[EVP_MAX_MD_SIZE],
    const char *why)
{
	size_t n = 0;

	teehost_engine_must(EVP_MAC_final(op->mac, mac, &n, EVP_MAX_MD_SIZE) ==
		    1 &&
		n == op->algorithm->digest_n,
	    why);
	teehost_operation_rewind(op);
}

void
TEE_MACUpdate(TEE_OperationHandle operation, const void *chunk,
    size_t chunkSize)
{
	static const char why[] = "TEE_MACUpdate";

	mac_add(teehost_operation_get_begun(operation, TEE_OPERATION_MAC, why),
	    chunk, chunkSize, why);
}

TEE_Result
TEE_MACComputeFinal(TEE_OperationHandle operation, const void *message,
    size_t messageLen, void *mac, size_t *macLen)
{
	static const char why[] = "TEE_MACComputeFinal";
	struct teehost_operation *op =
	    teehost_operation_get_begun(operation, TEE_OPERATION_MAC, why);
	uint8_t whole[EVP_MAX_MD_SIZE];
	size_t room;

	teehost_must(macLen != NULL, why);
	room = *macLen;
	*macLen = op->algorithm->digest_n;
	if (mac == NULL || room < *macLen)
		return (TEE_ERROR_SHORT_BUFFER);
	mac_add(op, message, messageLen, why);
	mac_end(op, whole, why);
	soter_copy(mac, whole, *macLen);
	soter_wipe(whole, sizeof(whole));
	return (TEE_SUCCESS);
}

TEE_Result
TEE_MACCompareFinal(TEE_OperationHandle operation, const void *message,
    size_t messageLen, const void *mac, size_t macLen)
{
	static const char why[] = "TEE_MACCompareFinal";
	struct teehost_operation *op =
	    teehost_operation_get_begun(operation, TEE_OPERATION_MAC, why);
	uint8_t whole[EVP_MAX_MD_SIZE];
	bool same;

	teehost_must(mac != NULL || macLen == 0, why);
	mac_add(op, message, messageLen, why);
	mac_end(op, whole, why);
	same = macLen == op->algorithm->digest_n &&
	    CRYPTO_memcmp(mac, whole, macLen) == 0;
	soter_wipe(whole, sizeof(whole));
	return (same ? TEE_SUCCESS : TEE_ERROR_MAC_INVALID);
}
