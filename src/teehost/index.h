/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/index.h -- the list of all objects of one storage, in memory and as
 * the bytes of an index slot.
 *
 *	offset  size  field
 *	0       8     "SOTERix1"
 *	8       4     n, length of all this in bytes, little-endian
 *	12      32    the anchor's value that this index extends
 *	44      n-44  a blob (teehost/blob.h), these 44 bytes authenticated:
 *	        8     the version that the next object gets
 *	        4     number of records
 *	        93 *  records, strictly ascending by id
 *
 * and a record:
 *
 *	0       1     length of the id
 *	1       64    id, zero behind its end
 *	65      8     version
 *	73      4     size of the object
 *	77      16    tag of its file
 *
 * Bytes behind n belong to nobody.  Records have one size, so that a renamed or
 * overwritten object makes no index longer.
 */
#ifndef SOTER_TEEHOST_INDEX_H
#define SOTER_TEEHOST_INDEX_H

#include "teehost/anchor.h"
#include "teehost/blob.h"
#include "teehost/store.h"

#define TEEHOST_RECORD_LEN     (1 + TEEHOST_OBJECT_ID_MAX + 8 + 4 + 16)
#define TEEHOST_INDEX_HEAD_LEN (8 + 4 + TEEHOST_ANCHOR_LEN)
#define TEEHOST_INDEX_FIXED_LEN \
	(TEEHOST_INDEX_HEAD_LEN + TEEHOST_BLOB_EXTRA + 8 + 4)
#define TEEHOST_INDEX_LEN(n)  (TEEHOST_INDEX_FIXED_LEN + (n)*TEEHOST_RECORD_LEN)
#define TEEHOST_INDEX_LEN_MAX TEEHOST_INDEX_LEN(TEEHOST_OBJECTS_MAX)

struct teehost_record {
	uint8_t id[TEEHOST_OBJECT_ID_MAX];
	uint8_t id_n;
	uint32_t size;
	uint64_t version;
	uint8_t tag[TEEHOST_BLOB_TAG_LEN];
};

/* All zero is an empty one. */
struct teehost_index {
	struct teehost_record *records; /* owned, sorted by id */
	size_t n, cap;
	uint64_t next_version;
};

/** The record's id, borrowed from it. */
struct soter_span teehost_record_id(const struct teehost_record *record);

/**
 * Where is the id, or where would it stand?  true if it is there.
 */
bool teehost_index_find(const struct teehost_index *index, struct soter_span id,
    size_t *at);

/**
 * Put a record in place of the one with its id, or in its place in the order.
 * SOTER_E_LIMIT, SOTER_E_NOMEM: then nothing changed.
 */
SOTER_MUST_CHECK enum soter_rc teehost_index_set(struct teehost_index *index,
    const struct teehost_record *record);

/** Take the id out, if it is there. */
void teehost_index_unset(struct teehost_index *index, struct soter_span id);

/** SOTER_E_NOMEM. */
SOTER_MUST_CHECK enum soter_rc teehost_index_copy(struct teehost_index *out,
    const struct teehost_index *index);

void teehost_index_wipe(struct teehost_index *index);

/**
 * Append the bytes of a slot.
 *
 * prev  the anchor's value that the index extends.
 *
 * SOTER_E_NOSPACE, SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_index_write(struct soter_writer *w,
    const struct teehost_index *index, const uint8_t key[TEEHOST_KEY_LEN],
    const uint8_t prev[TEEHOST_ANCHOR_LEN]);

/**
 * The bytes of a slot that are the index, and what it claims to extend: nothing
 * is verified.  Both borrowed from slot.
 *
 * SOTER_E_SHORT, SOTER_E_FORMAT, SOTER_E_LIMIT.
 */
SOTER_MUST_CHECK enum soter_rc teehost_index_claimed(struct soter_span slot,
    struct soter_span *bytes, struct soter_span *prev);

/**
 * Open the bytes that teehost_index_claimed() gave.
 *
 * SOTER_E_CORRUPT  not written under this key, or by another program.
 * SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_index_parse(struct teehost_index *out,
    const uint8_t key[TEEHOST_KEY_LEN], struct soter_span bytes);

#endif
