/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/store.h -- the secure storage of one TA: named objects, each written
 * whole, each change one atomic and durable step.
 *
 * Every object is a file of its own under AES-256-GCM; an index names them all,
 * with the digest of each; the anchor (teehost/anchor.h) decides which index
 * counts.  So one object put back, or a whole directory, is seen.  A change is
 *
 *	1. the object's new file, synced, and the directory
 *	2. the index, in the one of two slots that is not in use, in place,
 *	   synced
 *	3. the anchor's step: from here on it counts
 *	4. the old file is removed
 *
 * and a crash leaves either the old state or the new one.  The bytes are in
 * docs/storage.md, teehost/index.h, object.h and blob.h.
 */
#ifndef SOTER_TEEHOST_STORE_H
#define SOTER_TEEHOST_STORE_H

#include "teehost/anchor.h"
#include "teehost/disk.h"
#include "teehost/sealer.h"

#define TEEHOST_OBJECT_ID_MAX 64
#define TEEHOST_OBJECT_MAX    (1024 * 1024) /* bytes of one object */
#define TEEHOST_OBJECTS_MAX   4096	    /* objects of one TA */

struct teehost_store;

/**
 * Open the storage of one TA, empty at first.
 *
 * disk, anchor  borrowed.
 * key           the TA's, copied.
 *
 * SOTER_E_ROLLBACK  anchor and files do not belong together: the files are
 *                   older, or gone, or the anchor is.  Nothing is removed.
 * SOTER_E_CORRUPT   the index that counts does not open under this key.
 * SOTER_E_STORAGE   cannot be read; or somebody else has it open.
 * SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_store_open(struct teehost_store **out,
    struct teehost_disk *disk, struct teehost_anchor *anchor,
    const uint8_t key[TEEHOST_KEY_LEN]);

void teehost_store_close(struct teehost_store **store);

/**
 * Read an object.
 *
 * id       1 to TEEHOST_OBJECT_ID_MAX bytes.
 * out, n   its bytes in memory of its own: free with teehost_store_free(),
 *          which wipes.
 * version  a number that is never used twice in this storage, the same until
 *          the object changes: the key of a cache.  May be NULL.
 *
 * SOTER_E_NOTFOUND
 * SOTER_E_CORRUPT   changed or replaced; nothing is removed.
 * SOTER_E_STORAGE, SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc teehost_store_get(struct teehost_store *store,
    struct soter_span id, uint8_t **out, size_t *n, uint64_t *version);

void teehost_store_free(uint8_t *bytes, size_t n);

/** The object's version without reading it.  SOTER_E_NOTFOUND. */
SOTER_MUST_CHECK enum soter_rc teehost_store_version(
    struct teehost_store *store, struct soter_span id, uint64_t *version);

/**
 * Write an object whole.  On SOTER_OK it would survive a power cut; after an
 * error the old state is there.  Only where the anchor fails and cannot even
 * say whether its step took place, nobody knows: then this and every later call
 * gives SOTER_E_STORAGE, and the next open finds the old state or the new one.
 *
 * SOTER_E_EXISTS    it is there and overwrite is false.
 * SOTER_E_LIMIT     too long, or too many objects.
 * SOTER_E_ARGUMENT  an id that is empty or too long.
 * SOTER_E_FULL, SOTER_E_STORAGE, SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_store_put(struct teehost_store *store,
    struct soter_span id, struct soter_span bytes, bool overwrite);

/** As put, and needs no room on the disk.  SOTER_E_NOTFOUND. */
SOTER_MUST_CHECK enum soter_rc teehost_store_remove(struct teehost_store *store,
    struct soter_span id);

/**
 * As put: the object is sealed anew under its new name, with a new version.
 * SOTER_E_NOTFOUND; SOTER_E_EXISTS if `to` is there; SOTER_E_CORRUPT.
 */
SOTER_MUST_CHECK enum soter_rc teehost_store_rename(struct teehost_store *store,
    struct soter_span from, struct soter_span to);

/**
 * Object number i, in the order of ids, while nothing changes.
 *
 * id  receives the name, borrowed until the next change.
 * n   receives the object's size.
 *
 * false behind the last.
 */
bool teehost_store_list(struct teehost_store *store, size_t i,
    struct soter_span *id, size_t *n);

#endif
