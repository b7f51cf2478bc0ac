/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API 5.9: the data of an object in storage.
 */
#include <stdlib.h>

#include "teehost/gpobject.h"

/* An object in storage that was opened with this access. */
static struct teehost_gpobject *
get(TEE_ObjectHandle handle, uint32_t access, const char *why)
{
	struct teehost_gpobject *o = teehost_gpobject_get(handle, why);

	teehost_must(o->stored != NULL && (o->flags & access) == access, why);
	return (o);
}

TEE_Result
TEE_ReadObjectData(TEE_ObjectHandle object, void *buffer, size_t size,
    size_t *count)
{
	struct teehost_gpobject *o = get(object, TEE_DATA_FLAG_ACCESS_READ,
	    "TEE_ReadObjectData: not open for reading");
	size_t left = 0;

	teehost_must(count != NULL && (buffer != NULL || size == 0),
	    "TEE_ReadObjectData: arguments");
	if (o->position < o->stored->data_n)
		left = o->stored->data_n - o->position;
	*count = size < left ? size : left;
	if (*count > 0)
		soter_copy(buffer, o->stored->data + o->position, *count);
	o->position += *count;
	return (TEE_SUCCESS);
}

/*
 * Make the data n bytes long, with `bytes` at position `at`, in storage and
 * then in memory.
 */
static enum soter_rc
change(struct teehost_stored *s, size_t n, size_t at, struct soter_span bytes)
{
	size_t old_n = s->data_n;
	uint8_t *data;
	enum soter_rc rc;

	if (n > TEEHOST_OBJECT_MAX)
		return (SOTER_E_LIMIT);
	data = calloc(1, n + 1);
	if (data == NULL)
		return (SOTER_E_NOMEM);
	soter_copy(data, s->data, old_n < n ? old_n : n);
	if (bytes.n > 0)
		soter_copy(data + at, bytes.p, bytes.n);
	rc = teehost_stored_save(s, teehost_self(), &s->head,
	    soter_span(data, n), true);
	if (rc == SOTER_OK) {
		uint8_t *old = s->data;

		s->data = data;
		s->data_n = n;
		data = old;
		n = old_n;
	}
	soter_wipe(data, n);
	free(data);
	return (rc);
}

TEE_Result
TEE_WriteObjectData(TEE_ObjectHandle object, const void *buffer, size_t size)
{
	struct teehost_gpobject *o = get(object, TEE_DATA_FLAG_ACCESS_WRITE,
	    "TEE_WriteObjectData: not open for writing");
	size_t end;
	enum soter_rc rc;

	teehost_must(buffer != NULL || size == 0,
	    "TEE_WriteObjectData: arguments");
	if (size == 0)
		return (TEE_SUCCESS);
	if (size > TEE_DATA_MAX_POSITION - o->position)
		return (TEE_ERROR_OVERFLOW);
	end = o->position + size;
	rc =
	    change(o->stored, end > o->stored->data_n ? end : o->stored->data_n,
		o->position, soter_span(buffer, size));
	if (rc == SOTER_OK)
		o->position = end;
	return (teehost_result(rc));
}

TEE_Result
TEE_TruncateObjectData(TEE_ObjectHandle object, size_t size)
{
	struct teehost_gpobject *o = get(object, TEE_DATA_FLAG_ACCESS_WRITE,
	    "TEE_TruncateObjectData: not open for writing");

	return (
	    teehost_result(change(o->stored, size, 0, soter_span(NULL, 0))));
}

TEE_Result
TEE_SeekObjectData(TEE_ObjectHandle object, intmax_t offset, TEE_Whence whence)
{
	struct teehost_gpobject *o =
	    get(object, 0, "TEE_SeekObjectData: handle");
	size_t from = 0;

	teehost_must(whence <= TEE_DATA_SEEK_END, "TEE_SeekObjectData: whence");
	if (whence == TEE_DATA_SEEK_CUR)
		from = o->position;
	else if (whence == TEE_DATA_SEEK_END)
		from = o->stored->data_n;
	/* from is at most TEE_DATA_MAX_POSITION: nothing wraps. */
	if (offset > (intmax_t)TEE_DATA_MAX_POSITION - (intmax_t)from)
		return (TEE_ERROR_OVERFLOW);
	/* "before the beginning: the beginning" */
	o->position =
	    offset < -(intmax_t)from ? 0 : (size_t)((intmax_t)from + offset);
	return (TEE_SUCCESS);
}
