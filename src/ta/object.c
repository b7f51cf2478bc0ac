/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/object.h"
#include "ta/code.h"

#define READ_FLAGS   TEE_DATA_FLAG_ACCESS_READ
#define WRITE_FLAGS  TEE_DATA_FLAG_ACCESS_WRITE
#define REMOVE_FLAGS TEE_DATA_FLAG_ACCESS_WRITE_META

#define DAMAGED_MAX  4096 /* objects; more than any TA has */

struct ta_object_id
ta_object_id(const char *text, struct soter_span hex)
{
	static const char digits[] = "0123456789abcdef";
	struct ta_object_id id = { .n = 0 };
	struct soter_writer w = soter_writer(id.p, sizeof(id.p));
	enum soter_rc rc = soter_write(&w, soter_text(text));

	for (size_t i = 0; i < hex.n && rc == SOTER_OK; i++) {
		const uint8_t two[2] = { (uint8_t)digits[hex.p[i] >> 4],
			(uint8_t)digits[hex.p[i] & 15] };

		rc = soter_write(&w, soter_span(two, 2));
	}
	id.n = w.len;
	return (id);
}

enum soter_rc
ta_object_open(TEE_ObjectHandle *out, uint32_t storage,
    const struct ta_object_id *id)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;

	TRY(ta_code_of_gp(TEE_OpenPersistentObject(storage, id->p, id->n,
	    READ_FLAGS, &object)));
	*out = object;
	return (SOTER_OK);
}

/* What is open is there: "not found" would say that it may be made anew. */
static enum soter_rc
read_some(TEE_ObjectHandle object, void *to, size_t max, size_t *n)
{
	enum soter_rc rc =
	    ta_code_of_gp(TEE_ReadObjectData(object, to, max, n));

	return (rc == SOTER_E_NOTFOUND ? SOTER_E_CORRUPT : rc);
}

enum soter_rc
ta_object_data(TEE_ObjectHandle object, struct soter_writer *w)
{
	size_t n = 0, more = 0;
	uint8_t behind;

	TRY(read_some(object, w->p + w->len, w->cap - w->len, &n));
	TRY(read_some(object, &behind, 1, &more));
	if (more != 0)
		return (SOTER_E_CORRUPT);
	w->len += n;
	return (SOTER_OK);
}

enum soter_rc
ta_object_read(uint32_t storage, const struct ta_object_id *id,
    struct soter_writer *w)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	enum soter_rc rc;

	TRY(ta_object_open(&object, storage, id));
	rc = ta_object_data(object, w);
	TEE_CloseObject(object);
	return (rc);
}

enum soter_rc
ta_object_write(uint32_t storage, const struct ta_object_id *id,
    TEE_ObjectHandle key, struct soter_span data)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	enum soter_rc rc;

	/*
	 * With a handle to fill: without one the key would become the stored
	 * object.
	 */
	rc = ta_code_of_gp(TEE_CreatePersistentObject(storage, id->p, id->n,
	    READ_FLAGS | TEE_DATA_FLAG_OVERWRITE, key, data.p, data.n,
	    &object));
	/* OP-TEE's answer where an RPMB was never given its key. */
	if (rc == SOTER_E_NOTFOUND)
		rc = SOTER_E_RPMB_NOT_PROVISIONED;
	if (rc == SOTER_OK)
		TEE_CloseObject(object);
	return (rc);
}

/* SOTER_E_NOTFOUND, SOTER_E_CORRUPT: there is none to be changed. */
static enum soter_rc
update(uint32_t storage, const struct ta_object_id *id, struct soter_span data)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_ObjectInfo info;
	enum soter_rc rc;

	TRY(ta_code_of_gp(TEE_OpenPersistentObject(storage, id->p, id->n,
	    WRITE_FLAGS, &object)));
	rc = ta_code_of_gp(TEE_GetObjectInfo1(object, &info));
	if (rc == SOTER_OK && info.dataSize > data.n)
		rc = SOTER_E_LIMIT;
	if (rc == SOTER_OK && data.n > 0)
		rc = ta_code_of_gp(TEE_WriteObjectData(object, data.p, data.n));
	TEE_CloseObject(object);
	return (rc);
}

enum soter_rc
ta_object_update(uint32_t storage, const struct ta_object_id *id,
    struct soter_span data)
{
	enum soter_rc rc = update(storage, id, data);

	if (rc == SOTER_E_NOTFOUND || rc == SOTER_E_CORRUPT)
		return (ta_object_write(storage, id, TEE_HANDLE_NULL, data));
	return (rc);
}

enum soter_rc
ta_object_remove(uint32_t storage, const struct ta_object_id *id)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	enum soter_rc rc;

	rc = ta_code_of_gp(TEE_OpenPersistentObject(storage, id->p, id->n,
	    REMOVE_FLAGS, &object));
	/* A damaged one cannot be opened, only replaced; then it goes. */
	if (rc == SOTER_E_CORRUPT)
		rc = ta_code_of_gp(TEE_CreatePersistentObject(storage, id->p,
		    id->n, REMOVE_FLAGS | TEE_DATA_FLAG_OVERWRITE,
		    TEE_HANDLE_NULL, NULL, 0, &object));
	if (rc == SOTER_E_NOTFOUND)
		return (SOTER_OK);
	if (rc != SOTER_OK)
		return (rc);
	return (ta_code_of_gp(TEE_CloseAndDeletePersistentObject1(object)));
}

void
ta_object_discard(uint32_t storage, const struct ta_object_id *id)
{
	enum soter_rc ignored = ta_object_remove(storage, id);

	(void)ignored;
}

/* Some TEEs stop at a damaged object, without its name, and go on behind it. */
static enum soter_rc
walk(TEE_ObjectEnumHandle walker, struct soter_span prefix,
    struct ta_object_id *ids, size_t max, size_t *n)
{
	struct ta_object_id id;
	size_t damaged = 0;
	enum soter_rc rc;

	for (*n = 0;;) {
		id.n = sizeof(id.p);
		rc = ta_code_of_gp(
		    TEE_GetNextPersistentObject(walker, NULL, id.p, &id.n));
		if (rc == SOTER_E_CORRUPT && damaged++ < DAMAGED_MAX)
			id.n = 0;
		else if (rc != SOTER_OK)
			return (rc);
		if (!soter_span_starts(soter_span(id.p, id.n), prefix))
			continue;
		if (*n < max)
			ids[*n] = id;
		(*n)++;
	}
}

enum soter_rc
ta_object_list(uint32_t storage, struct soter_span prefix,
    struct ta_object_id *ids, size_t max, size_t *n)
{
	TEE_ObjectEnumHandle walker = TEE_HANDLE_NULL;
	size_t count = 0;
	enum soter_rc rc;

	TRY(ta_code_of_gp(TEE_AllocatePersistentObjectEnumerator(&walker)));
	rc =
	    ta_code_of_gp(TEE_StartPersistentObjectEnumerator(walker, storage));
	if (rc == SOTER_OK)
		rc = walk(walker, prefix, ids, max, &count);
	TEE_FreePersistentObjectEnumerator(walker);

	/* The end; an empty storage may say so at the start already. */
	if (rc != SOTER_E_NOTFOUND)
		return (rc);
	*n = count;
	return (SOTER_OK);
}
