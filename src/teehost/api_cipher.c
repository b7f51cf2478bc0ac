/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API 6.4 and 6.6: AES, alone and authenticated (GCM).
 */
#include <stdlib.h>

#include "teehost/operation.h"

#define STEP ((size_t)1 << 20) /* OpenSSL counts in int */

/* ---- shared ------------------------------------------------------------ */

static enum soter_rc
feed(struct teehost_operation *op, struct soter_span in, uint8_t *out,
    size_t *got)
{
	size_t total = 0;
	int n = 0;

	for (size_t at = 0; at < in.n; at += STEP) {
		size_t step = in.n - at < STEP ? in.n - at : STEP;

		if (EVP_CipherUpdate(op->cipher,
			out == NULL ? NULL : out + total, &n, in.p + at,
			(int)step) != 1)
			return (SOTER_E_ENGINE);
		total += (size_t)n;
	}
	if (got != NULL)
		*got = total;
	return (SOTER_OK);
}

static bool
is_apart(struct soter_span in, const uint8_t *out)
{
	uintptr_t a = (uintptr_t)in.p, b = (uintptr_t)out;
	size_t room = in.n + TEEHOST_AES_BLOCK;

	return (out == NULL || (a > b ? a - b : b - a) >= room);
}

/*
 * OpenSSL refuses buffers that overlap in part, and a block that waits makes
 * equal ones overlap in part.
 */
enum soter_rc
teehost_cipher_feed(struct teehost_operation *op, struct soter_span in,
    uint8_t *out, size_t *got)
{
	uint8_t *copy;
	enum soter_rc rc;

	if (in.n == 0) {
		if (got != NULL)
			*got = 0;
		return (SOTER_OK);
	}
	if (is_apart(in, out))
		return (feed(op, in, out, got));
	copy = malloc(in.n);
	if (copy == NULL)
		return (SOTER_E_NOMEM);
	soter_copy(copy, in.p, in.n);
	rc = feed(op, soter_span(copy, in.n), out, got);
	soter_wipe(copy, in.n);
	free(copy);
	return (rc);
}

static const EVP_CIPHER *
cipher_of(const struct teehost_operation *op)
{
	return (teehost_engine_cipher(teehost_self()->engine,
	    op->algorithm->cipher, op->key->bits));
}

static int
is_encrypt(const struct teehost_operation *op)
{
	return (op->mode == TEE_MODE_ENCRYPT ? 1 : 0);
}

/* An operation of either mode whose key is set. */
static struct teehost_operation *
get_keyed(TEE_OperationHandle handle, uint32_t class, const char *why)
{
	struct teehost_operation *op =
	    teehost_operation_get(handle, class, why);

	teehost_must_state(op->key != NULL, why);
	return (op);
}

/* ---- ciphers ----------------------------------------------------------- */

static bool
is_stream(const struct teehost_operation *op)
{
	return (op->algorithm->cipher == TEEHOST_CIPHER_CTR);
}

void
TEE_CipherInit(TEE_OperationHandle operation, const void *IV, size_t IVLen)
{
	static const char why[] = "TEE_CipherInit";
	struct teehost_operation *op =
	    get_keyed(operation, TEE_OPERATION_CIPHER, why);
	size_t want =
	    op->algorithm->cipher == TEEHOST_CIPHER_ECB ? 0 : TEEHOST_AES_BLOCK;

	teehost_must(IVLen == want && (IV != NULL || want == 0),
	    "TEE_CipherInit: IV");
	teehost_operation_rewind(op);
	teehost_engine_must(EVP_CipherInit_ex2(op->cipher, cipher_of(op),
				teehost_operation_secret(op).p, IV,
				is_encrypt(op), NULL) == 1 &&
		EVP_CIPHER_CTX_set_padding(op->cipher, 0) == 1,
	    why);
	op->begun = true;
	op->state = TEE_OPERATION_STATE_ACTIVE;
}

/* Bytes that come out when n go in. */
static size_t
comes_out(const struct teehost_operation *op, size_t n)
{
	size_t all = op->waiting + n;

	return (is_stream(op) ? n : all - all % TEEHOST_AES_BLOCK);
}

static TEE_Result
cipher_update(struct teehost_operation *op, const void *src, size_t n,
    void *dest, size_t *dest_n, const char *why)
{
	size_t room, want, got = 0;
	enum soter_rc rc;

	teehost_must(dest_n != NULL && (src != NULL || n == 0), why);
	teehost_must(n <= SIZE_MAX - op->waiting, why);
	room = *dest_n;
	want = comes_out(op, n);
	*dest_n = want;
	if (room < want || (dest == NULL && want > 0))
		return (TEE_ERROR_SHORT_BUFFER);
	rc = teehost_cipher_feed(op, soter_span(src, n),
	    dest == NULL ? op->digest : dest, &got);
	if (rc == SOTER_E_NOMEM)
		return (TEE_ERROR_OUT_OF_MEMORY);
	teehost_engine_must(rc == SOTER_OK && got == want, why);
	if (!is_stream(op))
		op->waiting = (op->waiting + n) % TEEHOST_AES_BLOCK;
	return (TEE_SUCCESS);
}

TEE_Result
TEE_CipherUpdate(TEE_OperationHandle operation, const void *srcData,
    size_t srcLen, void *destData, size_t *destLen)
{
	static const char why[] = "TEE_CipherUpdate";

	return (cipher_update(
	    teehost_operation_get_begun(operation, TEE_OPERATION_CIPHER, why),
	    srcData, srcLen, destData, destLen, why));
}

/* "panic if the input is not a multiple of the block and there is no padding"
 */
TEE_Result
TEE_CipherDoFinal(TEE_OperationHandle operation, const void *srcData,
    size_t srcLen, void *destData, size_t *destLen)
{
	static const char why[] = "TEE_CipherDoFinal";
	struct teehost_operation *op =
	    teehost_operation_get_begun(operation, TEE_OPERATION_CIPHER, why);
	TEE_Result result;

	teehost_must(is_stream(op) ||
		(op->waiting + srcLen) % TEEHOST_AES_BLOCK == 0,
	    "TEE_CipherDoFinal: no whole number of blocks");
	if (destLen == NULL) {
		teehost_must(srcLen == 0, why);
		teehost_operation_rewind(op);
		return (TEE_SUCCESS);
	}
	result = cipher_update(op, srcData, srcLen, destData, destLen, why);
	if (result == TEE_SUCCESS)
		teehost_operation_rewind(op);
	return (result);
}

/* ---- GCM --------------------------------------------------------------- */

static bool
is_tag_length(uint32_t bits)
{
	return (bits >= 96 && bits <= 128 && bits % 8 == 0);
}

TEE_Result
TEE_AEInit(TEE_OperationHandle operation, const void *nonce, size_t nonceLen,
    uint32_t tagLen, size_t AADLen, size_t payloadLen)
{
	static const char why[] = "TEE_AEInit";
	struct teehost_operation *op =
	    get_keyed(operation, TEE_OPERATION_AE, why);

	(void)AADLen; /* CCM only */
	(void)payloadLen;
	teehost_must(nonce != NULL && nonceLen > 0, "TEE_AEInit: nonce");
	teehost_must_state(!op->begun, "TEE_AEInit: it has begun already");
	if (!is_tag_length(tagLen) || nonceLen > EVP_MAX_IV_LENGTH * 8)
		return (TEE_ERROR_NOT_SUPPORTED);
	teehost_operation_rewind(op);
	teehost_engine_must(EVP_CipherInit_ex2(op->cipher, cipher_of(op), NULL,
				NULL, is_encrypt(op), NULL) == 1 &&
		EVP_CIPHER_CTX_ctrl(op->cipher, EVP_CTRL_AEAD_SET_IVLEN,
		    (int)nonceLen, NULL) == 1 &&
		EVP_CipherInit_ex2(op->cipher, NULL,
		    teehost_operation_secret(op).p, nonce, is_encrypt(op),
		    NULL) == 1,
	    why);
	op->tag_n = tagLen / 8;
	op->begun = true;
	op->state = TEE_OPERATION_STATE_ACTIVE;
	return (TEE_SUCCESS);
}

void
TEE_AEUpdateAAD(TEE_OperationHandle operation, const void *AADdata,
    size_t AADdataLen)
{
	static const char why[] = "TEE_AEUpdateAAD";
	struct teehost_operation *op =
	    teehost_operation_get_begun(operation, TEE_OPERATION_AE, why);

	teehost_must(AADdata != NULL || AADdataLen == 0, why);
	teehost_must_state(!op->has_payload, "TEE_AEUpdateAAD: too late");
	teehost_engine_must(teehost_cipher_feed(op,
				soter_span(AADdata, AADdataLen), NULL,
				NULL) == SOTER_OK,
	    why);
}

/* The payload, or the last of it. */
static TEE_Result
ae_update(struct teehost_operation *op, const void *src, size_t n, void *dest,
    size_t *dest_n, const char *why)
{
	size_t room;
	enum soter_rc rc;

	teehost_must(src != NULL || n == 0, why);
	teehost_must(dest_n != NULL || n == 0, why);
	room = dest_n == NULL ? 0 : *dest_n;
	if (dest_n != NULL)
		*dest_n = n;
	if (room < n || (dest == NULL && n > 0))
		return (TEE_ERROR_SHORT_BUFFER);
	rc = teehost_cipher_feed(op, soter_span(src, n), dest, NULL);
	if (rc == SOTER_E_NOMEM)
		return (TEE_ERROR_OUT_OF_MEMORY);
	teehost_engine_must(rc == SOTER_OK, why);
	op->has_payload = true;
	return (TEE_SUCCESS);
}

TEE_Result
TEE_AEUpdate(TEE_OperationHandle operation, const void *srcData, size_t srcLen,
    void *destData, size_t *destLen)
{
	static const char why[] = "TEE_AEUpdate";

	return (ae_update(
	    teehost_operation_get_begun(operation, TEE_OPERATION_AE, why),
	    srcData, srcLen, destData, destLen, why));
}

/* An operation of this mode that has begun. */
static struct teehost_operation *
get_mode(TEE_OperationHandle handle, uint32_t mode, const char *why)
{
	struct teehost_operation *op =
	    teehost_operation_get_begun(handle, TEE_OPERATION_AE, why);

	teehost_must(op->mode == mode, why);
	return (op);
}

TEE_Result
TEE_AEEncryptFinal(TEE_OperationHandle operation, const void *srcData,
    size_t srcLen, void *destData, size_t *destLen, void *tag, size_t *tagLen)
{
	static const char why[] = "TEE_AEEncryptFinal";
	struct teehost_operation *op =
	    get_mode(operation, TEE_MODE_ENCRYPT, why);
	uint8_t rest[TEEHOST_AES_BLOCK];
	size_t room;
	TEE_Result result;
	int n = 0;

	teehost_must(tagLen != NULL, why);
	room = *tagLen;
	*tagLen = op->tag_n;
	if (tag == NULL || room < op->tag_n)
		return (TEE_ERROR_SHORT_BUFFER);
	result = ae_update(op, srcData, srcLen, destData, destLen, why);
	if (result != TEE_SUCCESS)
		return (result);
	teehost_engine_must(EVP_CipherFinal_ex(op->cipher, rest, &n) == 1 &&
		EVP_CIPHER_CTX_ctrl(op->cipher, EVP_CTRL_AEAD_GET_TAG,
		    (int)op->tag_n, tag) == 1,
	    why);
	teehost_operation_rewind(op);
	return (TEE_SUCCESS);
}

TEE_Result
TEE_AEDecryptFinal(TEE_OperationHandle operation, const void *srcData,
    size_t srcLen, void *destData, size_t *destLen, void *tag, size_t tagLen)
{
	static const char why[] = "TEE_AEDecryptFinal";
	struct teehost_operation *op =
	    get_mode(operation, TEE_MODE_DECRYPT, why);
	uint8_t rest[TEEHOST_AES_BLOCK];
	TEE_Result result;
	bool good;
	int n = 0;

	teehost_must(tag != NULL, why);
	result = ae_update(op, srcData, srcLen, destData, destLen, why);
	if (result != TEE_SUCCESS)
		return (result);
	good = tagLen == op->tag_n &&
	    EVP_CIPHER_CTX_ctrl(op->cipher, EVP_CTRL_AEAD_SET_TAG, (int)tagLen,
		tag) == 1 &&
	    EVP_CipherFinal_ex(op->cipher, rest, &n) == 1;
	teehost_operation_rewind(op);
	/* What nobody vouches for, nobody should use. */
	if (!good && srcLen > 0)
		soter_wipe(destData, srcLen);
	return (good ? TEE_SUCCESS : TEE_ERROR_MAC_INVALID);
}
