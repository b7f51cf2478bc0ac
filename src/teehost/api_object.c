/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API 5.5 and 5.6: any object, and objects in memory.
 */
#include "teehost/gpobject.h"
#include "teehost/rsa.h"

#include <openssl/rand.h>

#define USAGE_ALL 0xffffffff

/* ---- handles ----------------------------------------------------------- */

struct teehost_gpobject *
teehost_gpobject_get(TEE_ObjectHandle handle, const char *why)
{
	return (teehost_handle_get(TEEHOST_IS_OBJECT, handle, why));
}

static bool
is_ready(const struct teehost_gpobject *o)
{
	return (o->stored != NULL || o->head->material != NULL);
}

struct teehost_gpobject *
teehost_gpobject_get_ready(TEE_ObjectHandle handle, const char *why)
{
	struct teehost_gpobject *o = teehost_gpobject_get(handle, why);

	teehost_must(is_ready(o), why);
	return (o);
}

/* One in memory. */
static struct teehost_gpobject *
get_transient(TEE_ObjectHandle handle, const char *why)
{
	struct teehost_gpobject *o = teehost_gpobject_get(handle, why);

	teehost_must(o->stored == NULL, why);
	return (o);
}

struct teehost_gpobject *
teehost_gpobject_get_empty(TEE_ObjectHandle handle, const char *why)
{
	struct teehost_gpobject *o = get_transient(handle, why);

	teehost_must(!is_ready(o), why);
	return (o);
}

void
teehost_gpobject_release(void *handle)
{
	struct teehost_gpobject *o = handle;

	teehost_material_drop(&o->own.material);
	teehost_stored_drop(&o->stored, teehost_self());
}

/* ---- 5.5 --------------------------------------------------------------- */

void
teehost_gpobject_tell(TEE_ObjectInfo *info, const struct teehost_gpobject *o)
{
	const struct teehost_material *m = o->head->material;

	*info = (TEE_ObjectInfo){
		.objectType = o->head->type,
		.objectSize = m == NULL ? 0 : m->bits,
		.maxObjectSize = o->head->max_bits,
		.objectUsage = o->head->usage,
		.dataSize = o->stored == NULL ? 0 : o->stored->data_n,
		.dataPosition = o->position,
		.handleFlags = o->flags |
		    (o->stored == NULL ? 0 : TEE_HANDLE_FLAG_PERSISTENT) |
		    (is_ready(o) ? TEE_HANDLE_FLAG_INITIALIZED : 0),
	};
}

TEE_Result
TEE_GetObjectInfo1(TEE_ObjectHandle object, TEE_ObjectInfo *objectInfo)
{
	struct teehost_gpobject *o =
	    teehost_gpobject_get(object, "TEE_GetObjectInfo1: handle");

	teehost_must(objectInfo != NULL, "TEE_GetObjectInfo1: NULL");
	teehost_gpobject_tell(objectInfo, o);
	return (TEE_SUCCESS);
}

void
TEE_GetObjectInfo(TEE_ObjectHandle object, TEE_ObjectInfo *objectInfo)
{
	TEE_GetObjectInfo1(object, objectInfo);
}

/* "can never add a usage"; in storage the restriction is durable. */
TEE_Result
TEE_RestrictObjectUsage1(TEE_ObjectHandle object, uint32_t objectUsage)
{
	struct teehost_gpobject *o =
	    teehost_gpobject_get(object, "TEE_RestrictObjectUsage1: handle");
	struct teehost_head head = *o->head;
	enum soter_rc rc = SOTER_OK;

	head.usage &= objectUsage;
	if (o->stored != NULL && head.usage != o->head->usage)
		rc = teehost_stored_save(o->stored, teehost_self(), &head,
		    soter_span(o->stored->data, o->stored->data_n), true);
	if (rc == SOTER_OK)
		o->head->usage = head.usage;
	return (teehost_result(rc));
}

void
TEE_RestrictObjectUsage(TEE_ObjectHandle object, uint32_t objectUsage)
{
	TEE_Result result = TEE_RestrictObjectUsage1(object, objectUsage);

	if (result != TEE_SUCCESS)
		teehost_panic(result, "TEE_RestrictObjectUsage");
}

/* "panic if bit 28 of the attribute is not set and the key is not extractable"
 */
static void
check_readable(const struct teehost_gpobject *o, uint32_t attribute)
{
	teehost_must((attribute & TEE_ATTR_FLAG_PUBLIC) != 0 ||
		(o->head->usage & TEE_USAGE_EXTRACTABLE) != 0,
	    "TEE_GetObject..Attribute: the key is not extractable");
}

TEE_Result
TEE_GetObjectBufferAttribute(TEE_ObjectHandle object, uint32_t attributeID,
    void *buffer, size_t *size)
{
	struct teehost_gpobject *o = teehost_gpobject_get_ready(object,
	    "TEE_GetObjectBufferAttribute: handle");
	struct soter_span value = soter_span(NULL, 0);
	size_t room;

	teehost_must(size != NULL && (attributeID & TEE_ATTR_FLAG_VALUE) == 0,
	    "TEE_GetObjectBufferAttribute: arguments");
	check_readable(o, attributeID);
	if (o->head->material != NULL)
		value = teehost_material_attr(o->head->material, attributeID);
	if (value.n == 0)
		return (TEE_ERROR_ITEM_NOT_FOUND);
	room = *size;
	*size = value.n;
	if (buffer == NULL || value.n > room)
		return (TEE_ERROR_SHORT_BUFFER);
	soter_copy(buffer, value.p, value.n);
	return (TEE_SUCCESS);
}

/* None of our types has one. */
TEE_Result
TEE_GetObjectValueAttribute(TEE_ObjectHandle object, uint32_t attributeID,
    uint32_t *a, uint32_t *b)
{
	struct teehost_gpobject *o = teehost_gpobject_get_ready(object,
	    "TEE_GetObjectValueAttribute: handle");

	(void)a;
	(void)b;
	teehost_must((attributeID & TEE_ATTR_FLAG_VALUE) != 0,
	    "TEE_GetObjectValueAttribute: not a value");
	check_readable(o, attributeID);
	return (TEE_ERROR_ITEM_NOT_FOUND);
}

void
TEE_CloseObject(TEE_ObjectHandle object)
{
	if (object != TEE_HANDLE_NULL)
		teehost_handle_free(
		    teehost_gpobject_get(object, "TEE_CloseObject: handle"));
}

/* ---- 5.6 --------------------------------------------------------------- */

TEE_Result
TEE_AllocateTransientObject(TEE_ObjectType objectType, uint32_t maxObjectSize,
    TEE_ObjectHandle *object)
{
	const struct teehost_type *type = teehost_type_find(objectType);
	struct teehost_gpobject *o;

	teehost_must(object != NULL, "TEE_AllocateTransientObject: NULL");
	if (type == NULL || !teehost_type_takes(type, maxObjectSize))
		return (TEE_ERROR_NOT_SUPPORTED);
	o = teehost_handle_new(TEEHOST_IS_OBJECT, sizeof(*o));
	if (o == NULL)
		return (TEE_ERROR_OUT_OF_MEMORY);
	o->own =
	    (struct teehost_head){ objectType, maxObjectSize, USAGE_ALL, NULL };
	o->head = &o->own;
	*object = teehost_handle_out(o);
	return (TEE_SUCCESS);
}

void
TEE_FreeTransientObject(TEE_ObjectHandle object)
{
	if (object != TEE_HANDLE_NULL)
		teehost_handle_free(
		    get_transient(object, "TEE_FreeTransientObject: handle"));
}

void
TEE_ResetTransientObject(TEE_ObjectHandle object)
{
	struct teehost_gpobject *o;

	if (object == TEE_HANDLE_NULL)
		return;
	o = get_transient(object, "TEE_ResetTransientObject: handle");
	teehost_material_drop(&o->own.material);
	o->own.usage = USAGE_ALL;
}

void
TEE_InitRefAttribute(TEE_Attribute *attr, uint32_t attributeID,
    const void *buffer, size_t length)
{
	teehost_must(attr != NULL && (attributeID & TEE_ATTR_FLAG_VALUE) == 0,
	    "TEE_InitRefAttribute: arguments");
	attr->attributeID = attributeID;
	attr->content.ref.buffer = (void *)(uintptr_t)buffer;
	attr->content.ref.length = length;
}

void
TEE_InitValueAttribute(TEE_Attribute *attr, uint32_t attributeID, uint32_t a,
    uint32_t b)
{
	teehost_must(attr != NULL && (attributeID & TEE_ATTR_FLAG_VALUE) != 0,
	    "TEE_InitValueAttribute: arguments");
	attr->attributeID = attributeID;
	attr->content.value.a = a;
	attr->content.value.b = b;
}

/*
 * "panic if an attribute is not defined for the type, or too big for the
 * object"
 */
static struct teehost_attr
attr_of(const struct teehost_gpobject *o, const TEE_Attribute *x)
{
	static const char why[] = "TEE_PopulateTransientObject: attribute";
	const struct teehost_type *type = teehost_type_find(o->head->type);

	teehost_must(type != NULL && teehost_type_has(type, x->attributeID) &&
		(x->attributeID & TEE_ATTR_FLAG_VALUE) == 0,
	    why);
	teehost_must(
	    x->content.ref.buffer != NULL || x->content.ref.length == 0, why);
	teehost_must(x->content.ref.length <= (o->head->max_bits + 7) / 8, why);
	return ((struct teehost_attr){ x->attributeID,
	    soter_span(x->content.ref.buffer, x->content.ref.length) });
}

/* "panic if a mandatory attribute is missing" */
static void
check_complete(const struct teehost_type *type,
    const struct teehost_attr *attrs, size_t n)
{
	for (size_t i = 0; i < type->n; i++) {
		bool has = type->attrs[i].need != TEEHOST_MUST;

		for (size_t j = 0; j < n; j++)
			has = has || attrs[j].id == type->attrs[i].id;
		teehost_must(has, "TEE_PopulateTransientObject: incomplete");
	}
}

TEE_Result
TEE_PopulateTransientObject(TEE_ObjectHandle object, const TEE_Attribute *attrs,
    uint32_t attrCount)
{
	static const char why[] = "TEE_PopulateTransientObject: arguments";
	struct teehost_gpobject *o = teehost_gpobject_get_empty(object, why);
	const struct teehost_type *type = teehost_type_find(o->head->type);
	struct teehost_attr x[TEEHOST_ATTRS_MAX];
	struct teehost_material *m = NULL;
	enum soter_rc rc;

	teehost_must(attrs != NULL && attrCount <= TEEHOST_ATTRS_MAX, why);
	for (uint32_t i = 0; i < attrCount; i++)
		x[i] = attr_of(o, &attrs[i]);
	check_complete(type, x, attrCount);

	rc = teehost_material_new(&m, type, x, attrCount);
	if (rc == SOTER_OK && m->bits > o->head->max_bits) {
		teehost_material_drop(&m);
		rc = SOTER_E_ARGUMENT;
	}
	if (rc == SOTER_E_ARGUMENT)
		return (TEE_ERROR_BAD_PARAMETERS);
	if (rc == SOTER_OK)
		o->own.material = m;
	return (teehost_result(rc));
}

/* "the usage of the destination becomes the intersection of both" */
TEE_Result
TEE_CopyObjectAttributes1(TEE_ObjectHandle destObject,
    TEE_ObjectHandle srcObject)
{
	struct teehost_gpobject *to = teehost_gpobject_get_empty(destObject,
	    "TEE_CopyObjectAttributes1: destination");
	struct teehost_gpobject *from = teehost_gpobject_get_ready(srcObject,
	    "TEE_CopyObjectAttributes1: source");
	struct teehost_material *m = NULL;
	enum soter_rc rc;

	teehost_must(from->head->material != NULL &&
		from->head->material->bits <= to->head->max_bits,
	    "TEE_CopyObjectAttributes1: does not fit");
	rc = teehost_material_as(&m, from->head->material,
	    teehost_type_find(to->head->type));
	teehost_must(rc != SOTER_E_ARGUMENT,
	    "TEE_CopyObjectAttributes1: other type");
	if (rc != SOTER_OK)
		return (teehost_result(rc));
	to->own.material = m;
	to->own.usage &= from->head->usage;
	return (TEE_SUCCESS);
}

void
TEE_CopyObjectAttributes(TEE_ObjectHandle destObject,
    TEE_ObjectHandle srcObject)
{
	TEE_Result result = TEE_CopyObjectAttributes1(destObject, srcObject);

	if (result != TEE_SUCCESS)
		teehost_panic(result, "TEE_CopyObjectAttributes");
}

/* ---- TEE_GenerateKey --------------------------------------------------- */

static enum soter_rc
generate_secret(struct teehost_material **out, const struct teehost_type *type,
    uint32_t bits)
{
	uint8_t bytes[512];
	const struct teehost_attr x = { TEE_ATTR_SECRET_VALUE,
		soter_span(bytes, bits / 8) };
	enum soter_rc rc = SOTER_E_ENGINE;

	if (x.value.n <= sizeof(bytes) &&
	    RAND_priv_bytes(bytes, (int)x.value.n) == 1)
		rc = teehost_material_new(out, type, &x, 1);
	soter_wipe(bytes, sizeof(bytes));
	return (rc);
}

/* The public exponent that the TA wants, or none. */
static struct soter_span
exponent_of(const struct teehost_gpobject *o, const TEE_Attribute *params,
    uint32_t n)
{
	if (n == 0)
		return (soter_span(NULL, 0));
	teehost_must(params != NULL && n == 1 &&
		o->head->type == TEE_TYPE_RSA_KEYPAIR &&
		params->attributeID == TEE_ATTR_RSA_PUBLIC_EXPONENT &&
		params->content.ref.buffer != NULL,
	    "TEE_GenerateKey: attributes");
	return (
	    soter_span(params->content.ref.buffer, params->content.ref.length));
}

TEE_Result
TEE_GenerateKey(TEE_ObjectHandle object, uint32_t keySize,
    const TEE_Attribute *params, uint32_t paramCount)
{
	struct teehost_gpobject *o = teehost_gpobject_get_empty(object,
	    "TEE_GenerateKey: not an empty transient object");
	const struct teehost_type *type = teehost_type_find(o->head->type);
	struct soter_span e = exponent_of(o, params, paramCount);
	enum soter_rc rc;

	teehost_must(type->type != TEE_TYPE_RSA_PUBLIC_KEY,
	    "TEE_GenerateKey: a public key alone");
	teehost_must(keySize <= o->head->max_bits &&
		teehost_type_takes(type, keySize),
	    "TEE_GenerateKey: size");
	if (type->type == TEE_TYPE_RSA_KEYPAIR)
		rc = teehost_rsa_generate(&o->own.material, type, keySize, e);
	else
		rc = generate_secret(&o->own.material, type, keySize);
	if (rc == SOTER_E_ARGUMENT)
		return (TEE_ERROR_BAD_PARAMETERS);
	/* No key is better than a weak one. */
	if (rc == SOTER_E_ENGINE)
		teehost_panic(TEE_ERROR_GENERIC, "TEE_GenerateKey: failed");
	return (teehost_result(rc));
}
