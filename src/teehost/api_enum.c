/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API 5.8: which objects there are.
 *
 * The names are those at the start; one that was removed since is left out, so
 * a TA may remove while it walks.
 */
#include <stdlib.h>

#include "teehost/gpobject.h"

struct name {
	size_t n;
	uint8_t p[TEEHOST_OBJECT_ID_MAX];
};

struct object_enum {
	struct teehost_handle handle;
	bool started;
	struct name *names;
	size_t n, at;
};

static void
forget(struct object_enum *e)
{
	free(e->names);
	e->names = NULL;
	e->n = e->at = 0;
	e->started = false;
}

void
teehost_enum_release(void *handle)
{
	forget(handle);
}

static struct object_enum *
get(TEE_ObjectEnumHandle handle, const char *why)
{
	return (teehost_handle_get(TEEHOST_IS_OBJECT_ENUM, handle, why));
}

TEE_Result
TEE_AllocatePersistentObjectEnumerator(TEE_ObjectEnumHandle *objectEnumerator)
{
	struct object_enum *e;

	teehost_must(objectEnumerator != NULL,
	    "TEE_AllocatePersistentObjectEnumerator: NULL");
	e = teehost_handle_new(TEEHOST_IS_OBJECT_ENUM, sizeof(*e));
	if (e == NULL)
		return (TEE_ERROR_OUT_OF_MEMORY);
	*objectEnumerator = teehost_handle_out(e);
	return (TEE_SUCCESS);
}

void
TEE_FreePersistentObjectEnumerator(TEE_ObjectEnumHandle objectEnumerator)
{
	if (objectEnumerator != TEE_HANDLE_NULL)
		teehost_handle_free(get(objectEnumerator,
		    "TEE_FreePersistentObjectEnumerator: handle"));
}

void
TEE_ResetPersistentObjectEnumerator(TEE_ObjectEnumHandle objectEnumerator)
{
	if (objectEnumerator != TEE_HANDLE_NULL)
		forget(get(objectEnumerator,
		    "TEE_ResetPersistentObjectEnumerator: handle"));
}

TEE_Result
TEE_StartPersistentObjectEnumerator(TEE_ObjectEnumHandle objectEnumerator,
    uint32_t storageID)
{
	struct teehost_store *store = teehost_self()->setup.store;
	struct object_enum *e = get(objectEnumerator,
	    "TEE_StartPersistentObjectEnumerator: handle");
	struct soter_span id;
	size_t n = 0, bytes;

	forget(e);
	if (storageID != TEE_STORAGE_PRIVATE)
		return (TEE_ERROR_ITEM_NOT_FOUND);
	while (teehost_store_list(store, n, &id, &bytes))
		n++;
	if (n == 0)
		return (TEE_ERROR_ITEM_NOT_FOUND);
	e->names = calloc(n, sizeof(e->names[0]));
	if (e->names == NULL)
		return (TEE_ERROR_OUT_OF_MEMORY);
	for (; e->n < n && teehost_store_list(store, e->n, &id, &bytes);
	     e->n++) {
		soter_copy(e->names[e->n].p, id.p, id.n);
		e->names[e->n].n = id.n;
	}
	e->started = true;
	return (TEE_SUCCESS);
}

/* About an object that may be open or not. */
static enum soter_rc
tell(TEE_ObjectInfo *info, struct soter_span id)
{
	struct teehost_instance *self = teehost_self();
	struct teehost_stored *s = teehost_stored_find(self, id);
	struct teehost_gpobject o = { 0 };
	bool was_open = s != NULL;

	if (!was_open)
		TRY(teehost_stored_load(&s, self, id));
	o.stored = s;
	o.head = &s->head;
	teehost_gpobject_tell(info, &o);
	if (!was_open)
		teehost_stored_free(&s, self);
	return (SOTER_OK);
}

TEE_Result
TEE_GetNextPersistentObject(TEE_ObjectEnumHandle objectEnumerator,
    TEE_ObjectInfo *objectInfo, void *objectID, size_t *objectIDLen)
{
	struct teehost_store *store = teehost_self()->setup.store;
	struct object_enum *e =
	    get(objectEnumerator, "TEE_GetNextPersistentObject: handle");
	TEE_ObjectInfo info = { .objectType = TEE_TYPE_CORRUPTED_OBJECT };
	enum soter_rc rc = SOTER_OK;
	struct soter_span id;
	uint64_t version;

	teehost_must(objectID != NULL && objectIDLen != NULL,
	    "TEE_GetNextPersistentObject: NULL");
	do {
		if (e->at >= e->n)
			return (TEE_ERROR_ITEM_NOT_FOUND);
		id = soter_span(e->names[e->at].p, e->names[e->at].n);
		e->at++;
	} while (teehost_store_version(store, id, &version) != SOTER_OK);

	/* A damaged one has a name, too: the TA may want to remove it. */
	if (objectInfo != NULL) {
		rc = tell(&info, id);
		*objectInfo = info;
	}
	soter_copy(objectID, id.p, id.n);
	*objectIDLen = id.n;
	return (teehost_result(rc));
}
