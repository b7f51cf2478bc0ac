/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store/lasting.h -- LMDB: what is written once and read always.
 *
 * A record's value is stored as
 *
 *	0   8  version, big-endian
 *	8   4  CRC-32C of key, version and value, big-endian
 *	12  n  value
 *
 * The map is written to by write(2) alone (no WRITEMAP): a stray pointer cannot
 * change it.  Each commit syncs.  The map is larger than the file, and grows;
 * nobody reads while it does.
 */
#ifndef SOTER_STORE_LASTING_H
#define SOTER_STORE_LASTING_H

#include "store/arena.h"
#include "store/writer.h"

#define STORE_LASTING_FILE "roots.lmdb"
#define STORE_LASTING_LOCK STORE_LASTING_FILE "-lock"

/* Of address space, not of the disk. */
#define STORE_LASTING_MAP  ((size_t)64 * 1024 * 1024 * 1024)

struct store_lasting;
struct store_lasting_reader; /* of one lane */

enum store_lasting_mode {
	STORE_LASTING_READ,
	STORE_LASTING_WRITE,
	STORE_LASTING_CREATE, /* the file is empty or not there */
	STORE_LASTING_BULK,   /* the same; not durable before _settle() */
};

/**
 * map  bytes of address space to begin with: STORE_LASTING_MAP.
 *
 * SOTER_E_NOTFOUND  no such file, or no store in it.
 * SOTER_E_CORRUPT   it is no LMDB file, or another program's.
 * SOTER_E_STORAGE   it cannot be read; the lock file cannot be written: a
 *                   reader that nobody sees would read pages that are used
 * anew. SOTER_E_FULL, SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc store_lasting_open(struct store_lasting **out,
    const char *path, enum store_lasting_mode mode, size_t map);

/** Readers must be closed, no transaction open. */
void store_lasting_close(struct store_lasting **l);

/** 0 in a file that was just created. */
unsigned store_lasting_schema(const struct store_lasting *l);

SOTER_MUST_CHECK enum soter_rc store_lasting_migrate(struct store_lasting *l,
    unsigned to);

/* ---- read ---------------------------------------------------------------- */

SOTER_MUST_CHECK enum soter_rc store_lasting_reader_open(
    struct store_lasting_reader **out, struct store_lasting *l);
void store_lasting_reader_close(struct store_lasting_reader **r);

/* Between these two is one state, and the map does not grow: do not wait. */
SOTER_MUST_CHECK enum soter_rc store_lasting_read_begin(
    struct store_lasting_reader *r);
void store_lasting_read_end(struct store_lasting_reader *r);

SOTER_MUST_CHECK enum soter_rc store_lasting_get(struct store_lasting_reader *r,
    enum soter_store_kind kind, struct soter_span key,
    struct store_arena *arena, size_t *at, size_t *n, uint64_t *version);

SOTER_MUST_CHECK enum soter_rc store_lasting_scan(
    struct store_lasting_reader *r, struct soter_scan *scan);

SOTER_MUST_CHECK enum soter_rc store_lasting_count(
    struct store_lasting_reader *r, enum soter_store_kind kind,
    uint64_t *count);

/* ---- write --------------------------------------------------------------- */

extern const struct store_place_ops store_lasting_ops;

/** Add a record as it is, in rising keys; within begin and commit. */
SOTER_MUST_CHECK enum soter_rc store_lasting_add(struct store_lasting *l,
    enum soter_store_kind kind, const struct soter_record *record);

/** Between transactions: a map of twice the size that is in use. */
SOTER_MUST_CHECK enum soter_rc store_lasting_make_room(struct store_lasting *l);

/** After a bulk: durable. */
SOTER_MUST_CHECK enum soter_rc store_lasting_settle(struct store_lasting *l);

/** Copy one state into a file that is not there; durable. */
SOTER_MUST_CHECK enum soter_rc store_lasting_copy(struct store_lasting *l,
    const char *path);

#endif
