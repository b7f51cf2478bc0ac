/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API 6.2: operations.
 */
#include "teehost/gpobject.h"
#include "teehost/operation.h"

/* ---- handles ----------------------------------------------------------- */

static struct teehost_operation *
get(TEE_OperationHandle handle, const char *why)
{
	return (teehost_handle_get(TEEHOST_IS_OPERATION, handle, why));
}

struct teehost_operation *
teehost_operation_get(TEE_OperationHandle handle, uint32_t class,
    const char *why)
{
	struct teehost_operation *op = get(handle, why);

	teehost_must(op->algorithm->class == class, why);
	return (op);
}

struct teehost_operation *
teehost_operation_get_begun(TEE_OperationHandle handle, uint32_t class,
    const char *why)
{
	struct teehost_operation *op =
	    teehost_operation_get(handle, class, why);

	teehost_must_state(op->begun, why);
	return (op);
}

struct teehost_operation *
teehost_operation_get_keyed(TEE_OperationHandle handle, uint32_t class,
    uint32_t mode, const char *why)
{
	struct teehost_operation *op =
	    teehost_operation_get(handle, class, why);

	teehost_must(op->mode == mode, why);
	teehost_must_state(op->key != NULL, why);
	return (op);
}

void
teehost_operation_release(void *handle)
{
	struct teehost_operation *op = handle;

	teehost_material_drop(&op->key);
	EVP_MD_CTX_free(op->md);
	EVP_MAC_CTX_free(op->mac);
	EVP_CIPHER_CTX_free(op->cipher);
	soter_wipe(op->digest, sizeof(op->digest));
}

struct soter_span
teehost_operation_secret(const struct teehost_operation *op)
{
	return (teehost_material_attr(op->key, TEE_ATTR_SECRET_VALUE));
}

/* ---- 6.2.1, 6.2.2 ------------------------------------------------------ */

/* What the class calculates with; false: out of memory. */
static bool
make_contexts(struct teehost_operation *op)
{
	struct teehost_engine *engine = teehost_self()->engine;

	switch (op->algorithm->class) {
	case TEE_OPERATION_DIGEST:
		op->md = EVP_MD_CTX_new();
		return (op->md != NULL && teehost_digest_begin(op));
	case TEE_OPERATION_MAC:
		op->mac = EVP_MAC_CTX_new(op->algorithm->md == TEEHOST_MD_NONE
			? engine->cmac
			: engine->hmac);
		return (op->mac != NULL);
	case TEE_OPERATION_CIPHER:
	case TEE_OPERATION_AE:
		op->cipher = EVP_CIPHER_CTX_new();
		return (op->cipher != NULL);
	default:
		return (true);
	}
}

static bool
is_key_size(const struct teehost_algorithm *algorithm, uint32_t bits)
{
	return (algorithm->class == TEE_OPERATION_DIGEST ||
	    teehost_type_takes(teehost_type_find(algorithm->key_type), bits));
}

TEE_Result
TEE_AllocateOperation(TEE_OperationHandle *operation, uint32_t algorithm,
    uint32_t mode, uint32_t maxKeySize)
{
	const struct teehost_algorithm *row = teehost_algorithm_find(algorithm);
	struct teehost_operation *op;
	uint32_t usage;

	teehost_must(operation != NULL, "TEE_AllocateOperation: NULL");
	if (row == NULL || !teehost_algorithm_usage(row, mode, &usage) ||
	    !is_key_size(row, maxKeySize))
		return (TEE_ERROR_NOT_SUPPORTED);
	op = teehost_handle_new(TEEHOST_IS_OPERATION, sizeof(*op));
	if (op == NULL)
		return (TEE_ERROR_OUT_OF_MEMORY);
	op->algorithm = row;
	op->mode = mode;
	op->max_bits = maxKeySize;
	op->usage = usage;
	if (!make_contexts(op)) {
		teehost_handle_free(op);
		return (TEE_ERROR_OUT_OF_MEMORY);
	}
	*operation = teehost_handle_out(op);
	return (TEE_SUCCESS);
}

void
TEE_FreeOperation(TEE_OperationHandle operation)
{
	if (operation != TEE_HANDLE_NULL)
		teehost_handle_free(
		    get(operation, "TEE_FreeOperation: handle"));
}

/* ---- 6.2.3, 6.2.4 ------------------------------------------------------ */

static uint32_t
handle_state(const struct teehost_operation *op)
{
	bool digest = op->algorithm->class == TEE_OPERATION_DIGEST;

	return ((digest || op->key != NULL ? TEE_HANDLE_FLAG_KEY_SET : 0) |
	    (digest || op->begun ? TEE_HANDLE_FLAG_INITIALIZED : 0) |
	    (op->state == TEE_OPERATION_STATE_EXTRACTING
		    ? TEE_HANDLE_FLAG_EXTRACTING
		    : 0));
}

static uint32_t
digest_length(const struct teehost_operation *op)
{
	return (op->algorithm->class == TEE_OPERATION_AE
		? (uint32_t)op->tag_n
		: op->algorithm->digest_n);
}

void
TEE_GetOperationInfo(TEE_OperationHandle operation,
    TEE_OperationInfo *operationInfo)
{
	const struct teehost_operation *op =
	    get(operation, "TEE_GetOperationInfo: handle");

	teehost_must(operationInfo != NULL, "TEE_GetOperationInfo: NULL");
	*operationInfo = (TEE_OperationInfo){
		.algorithm = op->algorithm->id,
		.operationClass = op->algorithm->class,
		.mode = op->mode,
		.digestLength = digest_length(op),
		.maxKeySize = op->max_bits,
		.keySize = op->key == NULL ? 0 : op->key->bits,
		.requiredKeyUsage = op->usage,
		.handleState = handle_state(op),
	};
}

TEE_Result
TEE_GetOperationInfoMultiple(TEE_OperationHandle operation,
    TEE_OperationInfoMultiple *operationInfoMultiple, size_t *operationSize)
{
	static const char why[] = "TEE_GetOperationInfoMultiple: arguments";
	const struct teehost_operation *op = get(operation, why);
	TEE_OperationInfoMultiple *x = operationInfoMultiple;
	uint32_t keys = op->algorithm->class == TEE_OPERATION_DIGEST ? 0 : 1;
	size_t need = sizeof(*x) + keys * sizeof(x->keyInformation[0]);

	teehost_must(operationSize != NULL, why);
	if (x == NULL || *operationSize < need) {
		*operationSize = need;
		return (TEE_ERROR_SHORT_BUFFER);
	}
	*operationSize = need;
	*x = (TEE_OperationInfoMultiple){
		.algorithm = op->algorithm->id,
		.operationClass = op->algorithm->class,
		.mode = op->mode,
		.digestLength = digest_length(op),
		.maxKeySize = op->max_bits,
		.handleState = handle_state(op),
		.operationState = op->state,
		.numberOfKeys = keys,
	};
	if (keys > 0)
		x->keyInformation[0] = (TEE_OperationInfoKey){
			op->key == NULL ? 0 : op->key->bits,
			op->usage,
		};
	return (TEE_SUCCESS);
}

/* ---- 6.2.5 to 6.2.7 ---------------------------------------------------- */

void
teehost_operation_rewind(struct teehost_operation *op)
{
	op->state = TEE_OPERATION_STATE_INITIAL;
	op->begun = false;
	op->has_payload = false;
	op->waiting = op->digest_at = 0;
	soter_wipe(op->digest, sizeof(op->digest));
	if (op->cipher != NULL)
		EVP_CIPHER_CTX_reset(op->cipher);
	if (op->algorithm->class == TEE_OPERATION_DIGEST)
		teehost_engine_must(teehost_digest_begin(op),
		    "a digest cannot begin");
}

void
TEE_ResetOperation(TEE_OperationHandle operation)
{
	struct teehost_operation *op =
	    get(operation, "TEE_ResetOperation: handle");

	teehost_must_state((handle_state(op) & TEE_HANDLE_FLAG_KEY_SET) != 0,
	    "TEE_ResetOperation: no key is set");
	teehost_operation_rewind(op);
}

/* A public key verifies; its key pair does both. */
static bool
is_key_of(const struct teehost_operation *op, uint32_t type)
{
	return (type == op->algorithm->key_type ||
	    (op->mode == TEE_MODE_VERIFY && type == TEE_TYPE_RSA_PUBLIC_KEY));
}

TEE_Result
TEE_SetOperationKey(TEE_OperationHandle operation, TEE_ObjectHandle key)
{
	static const char why[] = "TEE_SetOperationKey: key";
	struct teehost_operation *op =
	    get(operation, "TEE_SetOperationKey: handle");
	struct teehost_gpobject *o;

	teehost_must(op->algorithm->class != TEE_OPERATION_DIGEST, why);
	teehost_must_state(!op->begun,
	    "TEE_SetOperationKey: the operation has begun");
	if (key == TEE_HANDLE_NULL) {
		teehost_material_drop(&op->key);
		return (TEE_SUCCESS);
	}
	o = teehost_gpobject_get_ready(key, why);
	teehost_must(o->head->material != NULL && is_key_of(op, o->head->type),
	    "TEE_SetOperationKey: a key of another type");
	teehost_must((o->head->usage & op->usage) == op->usage,
	    "TEE_SetOperationKey: the key may not be used for this");
	teehost_must(o->head->material->bits <= op->max_bits,
	    "TEE_SetOperationKey: the key is too large");
	teehost_material_drop(&op->key);
	op->key = teehost_material_hold(o->head->material);
	return (TEE_SUCCESS);
}

/* None of our algorithms takes two keys. */
TEE_Result
TEE_SetOperationKey2(TEE_OperationHandle operation, TEE_ObjectHandle key1,
    TEE_ObjectHandle key2)
{
	(void)get(operation, "TEE_SetOperationKey2: handle");
	(void)key1;
	(void)key2;
	teehost_panic(TEE_ERROR_BAD_PARAMETERS,
	    "TEE_SetOperationKey2: the algorithm takes one key");
}

/* ---- 6.2.8, 6.2.9 ------------------------------------------------------ */

static bool
copy_contexts(struct teehost_operation *to,
    const struct teehost_operation *from)
{
	if (from->md != NULL && EVP_MD_CTX_copy_ex(to->md, from->md) != 1)
		return (false);
	if (from->cipher != NULL && from->begun &&
	    EVP_CIPHER_CTX_copy(to->cipher, from->cipher) != 1)
		return (false);
	if (from->mac != NULL && from->begun) {
		EVP_MAC_CTX *copy = EVP_MAC_CTX_dup(from->mac);

		if (copy == NULL)
			return (false);
		EVP_MAC_CTX_free(to->mac);
		to->mac = copy;
	}
	return (true);
}

void
TEE_CopyOperation(TEE_OperationHandle dstOperation,
    TEE_OperationHandle srcOperation)
{
	struct teehost_operation *to =
	    get(dstOperation, "TEE_CopyOperation: destination");
	const struct teehost_operation *from =
	    get(srcOperation, "TEE_CopyOperation: source");

	teehost_must(to->algorithm == from->algorithm && to->mode == from->mode,
	    "TEE_CopyOperation: another algorithm or mode");
	teehost_must(from->key == NULL || from->key->bits <= to->max_bits,
	    "TEE_CopyOperation: the key is too large");
	if (to == from)
		return;
	teehost_material_drop(&to->key);
	if (from->key != NULL)
		to->key = teehost_material_hold(from->key);
	to->state = from->state;
	to->begun = from->begun;
	to->has_payload = from->has_payload;
	to->waiting = from->waiting;
	to->tag_n = from->tag_n;
	to->digest_at = from->digest_at;
	soter_copy(to->digest, from->digest, sizeof(to->digest));
	teehost_engine_must(copy_contexts(to, from), "TEE_CopyOperation");
}

TEE_Result
TEE_IsAlgorithmSupported(uint32_t algId, uint32_t element)
{
	return (teehost_algorithm_find(algId) != NULL &&
		    element == TEE_CRYPTO_ELEMENT_NONE
		? TEE_SUCCESS
		: TEE_ERROR_NOT_SUPPORTED);
}
