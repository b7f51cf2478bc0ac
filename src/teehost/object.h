/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/object.h -- the file of one object.
 *
 *	offset  size  field
 *	0       8     "SOTERob1"
 *	8       44+n  a blob (teehost/blob.h) of the object's n bytes
 *
 * Version, size and id are authenticated with it, and make the file's name:
 * the first 16 bytes of an HMAC-SHA-256 in hex.
 */
#ifndef SOTER_TEEHOST_OBJECT_H
#define SOTER_TEEHOST_OBJECT_H

#include "teehost/disk.h"
#include "teehost/index.h"

#define TEEHOST_OBJECT_NAME_LEN 32 /* characters */

struct teehost_object_name {
	char text[TEEHOST_OBJECT_NAME_LEN + 1];
};

/* Where they lie, and under which keys. */
struct teehost_objects {
	struct teehost_disk *disk; /* borrowed */
	uint8_t object_key[TEEHOST_KEY_LEN];
	uint8_t name_key[TEEHOST_KEY_LEN];
};

/** The file of a record.  SOTER_E_ENGINE. */
SOTER_MUST_CHECK enum soter_rc teehost_object_name(
    const struct teehost_objects *o, const struct teehost_record *record,
    struct teehost_object_name *name);

/** Could it be the name of an object's file, of any record? */
bool teehost_object_is_name(const char *name);

/**
 * Write an object into a file that nothing names yet, durably.
 *
 * record  id, size and version of it; receives the tag.
 * name    receives the file's name.
 *
 * After an error there is no such file, as far as it could be removed.
 * SOTER_E_FULL, SOTER_E_STORAGE, SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_object_write(
    const struct teehost_objects *o, struct teehost_record *record,
    struct soter_span bytes, struct teehost_object_name *name);

/**
 * Read the object of a record; free its record->size bytes with
 * teehost_store_free().
 *
 * SOTER_E_CORRUPT  there is no such file, or another one than the index means.
 * SOTER_E_STORAGE, SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_object_read(
    const struct teehost_objects *o, const struct teehost_record *record,
    uint8_t **out);

#endif
