/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API 5.7: objects in storage.
 *
 * A name, a key and its data are one object of teehost/store.h, and each change
 * is one atomic step of it: there is no moment at which a key lies in storage
 * without its data.
 */
#include "teehost/keycache.h"
#include "teehost/gpobject.h"

#define OPEN_FLAGS                                                           \
	((uint32_t)(TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE | \
	    TEE_DATA_FLAG_ACCESS_WRITE_META | TEE_DATA_FLAG_SHARE_READ |     \
	    TEE_DATA_FLAG_SHARE_WRITE))
#define CREATE_FLAGS (OPEN_FLAGS | TEE_DATA_FLAG_OVERWRITE)

/* ---- names and flags --------------------------------------------------- */

/*
 * Differs: GP permits a name of 0 bytes.
 */
static struct soter_span
name(const void *id, size_t n, const char *why)
{
	teehost_must(id != NULL && n > 0 && n <= TEEHOST_OBJECT_ID_MAX, why);
	return (soter_span(id, n));
}

/* 5.7.1: all handles of an object must agree to share what any of them does. */
static bool
may_share(uint32_t a, uint32_t b, uint32_t access, uint32_t share)
{
	return (((a | b) & access) == 0 || (a & b & share) != 0);
}

static bool
may_both(uint32_t a, uint32_t b)
{
	return (((a | b) & TEE_DATA_FLAG_ACCESS_WRITE_META) == 0 &&
	    may_share(a, b, TEE_DATA_FLAG_ACCESS_READ,
		TEE_DATA_FLAG_SHARE_READ) &&
	    may_share(a, b, TEE_DATA_FLAG_ACCESS_WRITE,
		TEE_DATA_FLAG_SHARE_WRITE));
}

static bool
may_open(const struct teehost_stored *s, uint32_t flags)
{
	struct teehost_gpobject *o = NULL;

	while ((o = teehost_handle_next(TEEHOST_IS_OBJECT, o)) != NULL)
		if (o->stored == s && !may_both(o->flags, flags))
			return (false);
	return (true);
}

/* Let a handle be one of s. */
static void
attach(struct teehost_gpobject *o, struct teehost_stored *s, uint32_t flags)
{
	teehost_material_drop(&o->own.material);
	o->stored = s;
	o->head = &s->head;
	o->flags = flags;
	o->position = 0;
	s->refs++;
}

/* ---- opening ----------------------------------------------------------- */

TEE_Result
TEE_OpenPersistentObject(uint32_t storageID, const void *objectID,
    size_t objectIDLen, uint32_t flags, TEE_ObjectHandle *object)
{
	struct teehost_instance *self = teehost_self();
	struct soter_span id = name(objectID, objectIDLen,
	    "TEE_OpenPersistentObject: name of 1 to 64 bytes");
	struct teehost_gpobject *o;
	struct teehost_stored *s;
	enum soter_rc rc = SOTER_OK;

	teehost_must(object != NULL && (flags & ~OPEN_FLAGS) == 0,
	    "TEE_OpenPersistentObject: arguments");
	*object = TEE_HANDLE_NULL;
	if (storageID != TEE_STORAGE_PRIVATE)
		return (TEE_ERROR_ITEM_NOT_FOUND);
	s = teehost_stored_find(self, id);
	if (s != NULL && !may_open(s, flags))
		return (TEE_ERROR_ACCESS_CONFLICT);
	o = teehost_handle_new(TEEHOST_IS_OBJECT, sizeof(*o));
	if (o == NULL)
		return (TEE_ERROR_OUT_OF_MEMORY);
	if (s == NULL)
		rc = teehost_stored_load(&s, self, id);
	if (rc != SOTER_OK) {
		teehost_handle_free(o);
		return (teehost_result(rc));
	}
	attach(o, s, flags);
	*object = teehost_handle_out(o);
	return (TEE_SUCCESS);
}

/* ---- creating ---------------------------------------------------------- */

/* What the new object takes over from `attributes`; NULL: data alone. */
static struct teehost_head
head_of(const struct teehost_gpobject *from)
{
	struct teehost_head head = { TEE_TYPE_DATA, 0, 0xffffffff, NULL };

	if (from == NULL)
		return (head);
	head = *from->head;
	/* 5.5: the largest size of a stored object is its size. */
	if (head.material != NULL)
		head.max_bits = head.material->bits;
	return (head);
}

/*
 * Who becomes the handle of the new object: a new one if the TA asks for one;
 * else the transient object that the attributes came from; else nobody.
 */
static enum soter_rc
pick_handle(struct teehost_gpobject **out, bool wanted,
    struct teehost_gpobject *from)
{
	if (!wanted) {
		*out = from != NULL && from->stored == NULL ? from : NULL;
		return (SOTER_OK);
	}
	*out = teehost_handle_new(TEEHOST_IS_OBJECT, sizeof(**out));
	return (*out == NULL ? SOTER_E_NOMEM : SOTER_OK);
}

static enum soter_rc
create(struct teehost_stored **out, struct teehost_instance *self,
    struct soter_span id, const struct teehost_head *head,
    struct soter_span data, bool overwrite)
{
	struct teehost_stored *s = NULL;
	enum soter_rc rc;

	if (data.n > TEEHOST_OBJECT_MAX)
		return (SOTER_E_LIMIT);
	rc = teehost_stored_new(&s, self, id, head, data);
	if (rc == SOTER_OK)
		rc = teehost_stored_save(s, self, head, data, overwrite);
	if (rc != SOTER_OK)
		teehost_stored_free(&s, self);
	*out = s;
	return (rc);
}

TEE_Result
TEE_CreatePersistentObject(uint32_t storageID, const void *objectID,
    size_t objectIDLen, uint32_t flags, TEE_ObjectHandle attributes,
    const void *initialData, size_t initialDataLen, TEE_ObjectHandle *object)
{
	struct teehost_instance *self = teehost_self();
	struct soter_span id = name(objectID, objectIDLen,
	    "TEE_CreatePersistentObject: name of 1 to 64 bytes");
	struct teehost_gpobject *from = NULL, *o = NULL;
	struct teehost_stored *s = NULL;
	struct teehost_head head;
	enum soter_rc rc;

	teehost_must((flags & ~CREATE_FLAGS) == 0 &&
		(initialData != NULL || initialDataLen == 0),
	    "TEE_CreatePersistentObject: arguments");
	if (attributes != TEE_HANDLE_NULL)
		from = teehost_gpobject_get_ready(attributes,
		    "TEE_CreatePersistentObject: attributes");
	if (object != NULL)
		*object = TEE_HANDLE_NULL;
	if (storageID != TEE_STORAGE_PRIVATE)
		return (TEE_ERROR_ITEM_NOT_FOUND);
	/* One that is open may not be replaced under its handles. */
	if (teehost_stored_find(self, id) != NULL)
		return (TEE_ERROR_ACCESS_CONFLICT);

	rc = pick_handle(&o, object != NULL, from);
	if (rc != SOTER_OK)
		return (teehost_result(rc));
	head = head_of(from);
	rc =
	    create(&s, self, id, &head, soter_span(initialData, initialDataLen),
		(flags & TEE_DATA_FLAG_OVERWRITE) != 0);
	if (rc != SOTER_OK) {
		if (object != NULL)
			teehost_handle_free(o);
		return (teehost_result(rc));
	}
	if (o == NULL) {
		teehost_stored_free(&s, self);
		return (TEE_SUCCESS);
	}
	attach(o, s, flags & OPEN_FLAGS);
	if (object != NULL)
		*object = teehost_handle_out(o);
	return (TEE_SUCCESS);
}

/* ---- removing, renaming ------------------------------------------------ */

static struct teehost_gpobject *
get_meta(TEE_ObjectHandle handle, const char *why)
{
	struct teehost_gpobject *o = teehost_gpobject_get(handle, why);

	teehost_must(o->stored != NULL &&
		(o->flags & TEE_DATA_FLAG_ACCESS_WRITE_META) != 0,
	    why);
	return (o);
}

/* The handle is closed whatever the answer. */
TEE_Result
TEE_CloseAndDeletePersistentObject1(TEE_ObjectHandle object)
{
	struct teehost_instance *self = teehost_self();
	struct teehost_gpobject *o;
	struct soter_span id;
	uint64_t version;
	enum soter_rc rc;

	if (object == TEE_HANDLE_NULL)
		return (TEE_SUCCESS);
	o = get_meta(object, "TEE_CloseAndDeletePersistentObject1: handle");
	id = soter_span(o->stored->id, o->stored->id_n);
	if (teehost_store_version(self->setup.store, id, &version) == SOTER_OK)
		teehost_keycache_forget(self->keys, version);
	rc = teehost_store_remove(self->setup.store, id);
	teehost_handle_free(o);
	return (teehost_result(rc));
}

void
TEE_CloseAndDeletePersistentObject(TEE_ObjectHandle object)
{
	TEE_Result result = TEE_CloseAndDeletePersistentObject1(object);

	if (result != TEE_SUCCESS)
		teehost_panic(result, "TEE_CloseAndDeletePersistentObject");
}

TEE_Result
TEE_RenamePersistentObject(TEE_ObjectHandle object, const void *newObjectID,
    size_t newObjectIDLen)
{
	struct teehost_instance *self = teehost_self();
	struct teehost_stored *s =
	    get_meta(object, "TEE_RenamePersistentObject: handle")->stored;
	struct soter_span id = name(newObjectID, newObjectIDLen,
	    "TEE_RenamePersistentObject: name of 1 to 64 bytes");
	enum soter_rc rc;

	rc = teehost_store_rename(self->setup.store, soter_span(s->id, s->id_n),
	    id);
	if (rc != SOTER_OK)
		return (teehost_result(rc));
	soter_copy(s->id, id.p, id.n);
	s->id_n = id.n;
	return (TEE_SUCCESS);
}
