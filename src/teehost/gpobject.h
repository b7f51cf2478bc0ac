/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/gpobject.h -- objects: in memory (GP "transient"), and in storage
 * ("persistent").
 *
 * What lies in storage under one name is in memory once while it is open,
 * however many handles there are: each handle has its flags and its position,
 * all share the head and the data.
 */
#ifndef SOTER_TEEHOST_GPOBJECT_H
#define SOTER_TEEHOST_GPOBJECT_H

#include "teehost/inside.h"
#include "teehost/material.h"

/* What every object has. */
struct teehost_head {
	uint32_t type, max_bits, usage;
	struct teehost_material *material; /* NULL: none, or not yet */
};

/*
 * One object of the storage that is open.  In storage:
 *
 *	offset  size  field
 *	0       4     TEEHOST_STORED_FORMAT
 *	4       4     type
 *	8       4     largest size in bits
 *	12      4     usage
 *	16      m     material: a count, and of each attribute number, length
 *	              and bytes; a count of 0 for TEE_TYPE_DATA
 *	16+m    n     data, to the end
 */
struct teehost_stored {
	struct teehost_stored *next;
	size_t refs; /* handles */
	uint8_t id[TEEHOST_OBJECT_ID_MAX];
	size_t id_n;
	struct teehost_head head;
	uint8_t *data; /* owned */
	size_t data_n;
};

#define TEEHOST_STORED_FORMAT 0x316f5047 /* "GPo1" */

struct teehost_gpobject {
	struct teehost_handle handle;
	struct teehost_head *head;     /* own, or the stored one's */
	struct teehost_head own;       /* in memory */
	struct teehost_stored *stored; /* in storage; NULL: in memory */
	uint32_t flags;		       /* TEE_DATA_FLAG_, in storage */
	size_t position;
};

/* ---- api_object.c ------------------------------------------------------ */

/** An object by its handle; panics if it is none. */
struct teehost_gpobject *teehost_gpobject_get(TEE_ObjectHandle handle,
    const char *why);

/** The same, with its attributes; panics if it has none yet. */
struct teehost_gpobject *teehost_gpobject_get_ready(TEE_ObjectHandle handle,
    const char *why);

/** An object in memory without attributes, which are about to come. */
struct teehost_gpobject *teehost_gpobject_get_empty(TEE_ObjectHandle handle,
    const char *why);

/** Tell about an object; position and flags are of this handle. */
void teehost_gpobject_tell(TEE_ObjectInfo *info,
    const struct teehost_gpobject *o);

/* ---- stored.c ---------------------------------------------------------- */

/** The open object of this name, or NULL. */
struct teehost_stored *teehost_stored_find(struct teehost_instance *self,
    struct soter_span id);

/**
 * Make one in memory, listed, without a handle.
 *
 * head  the material is held once more.
 *
 * SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc teehost_stored_new(struct teehost_stored **out,
    struct teehost_instance *self, struct soter_span id,
    const struct teehost_head *head, struct soter_span data);

/**
 * Read one from storage, listed, without a handle.
 * Errors of teehost_store_get(); SOTER_E_CORRUPT also if the content is none.
 */
SOTER_MUST_CHECK enum soter_rc teehost_stored_load(struct teehost_stored **out,
    struct teehost_instance *self, struct soter_span id);

/**
 * Make storage hold this head and this data under the object's name, in one
 * step; the object itself is left as it is.  Errors of teehost_store_put().
 */
SOTER_MUST_CHECK enum soter_rc teehost_stored_save(
    const struct teehost_stored *s, struct teehost_instance *self,
    const struct teehost_head *head, struct soter_span data, bool overwrite);

/** One handle less; the last one frees what is in memory. */
void teehost_stored_drop(struct teehost_stored **s,
    struct teehost_instance *self);

/** Unlist and free one that has no handle. */
void teehost_stored_free(struct teehost_stored **s,
    struct teehost_instance *self);

#endif
