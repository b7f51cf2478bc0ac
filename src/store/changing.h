/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store/changing.h -- SQLite: one connection, to write or to read.
 *
 * WAL with synchronous=FULL: readers see the state before or after a commit
 * while it is written, and a commit has returned from its fsync.
 * A connection is used by one thread at a time.
 */
#ifndef SOTER_STORE_CHANGING_H
#define SOTER_STORE_CHANGING_H

#include "store/arena.h"
#include "store/writer.h"

#define STORE_CHANGING_FILE "store.sqlite"

struct store_changing;

/**
 * SOTER_E_NOTFOUND  there is no such file, or no store in it yet.
 * SOTER_E_CORRUPT   it is no database, or another program's.
 * SOTER_E_BUSY, SOTER_E_STORAGE, SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc store_changing_open(struct store_changing **out,
    const char *path, bool is_read_only);

/**
 * Make an empty file that is there, or not, a database of that schema, 0 to
 * SOTER_STORE_SCHEMA, and open it to write.
 *
 * is_bulk  commits are not durable before store_changing_settle(): for a file
 *          that does not count before its end.
 */
SOTER_MUST_CHECK enum soter_rc store_changing_create(
    struct store_changing **out, const char *path, unsigned schema,
    bool is_bulk);

void store_changing_close(struct store_changing **c);

/** The schema of the file; always at least 1. */
unsigned store_changing_schema(const struct store_changing *c);

/** Forward to `to`, in one transaction. */
SOTER_MUST_CHECK enum soter_rc store_changing_migrate(struct store_changing *c,
    unsigned to);

/* ---- read ---------------------------------------------------------------- */

/* Between these two, everything that is read is one state. */
SOTER_MUST_CHECK enum soter_rc store_changing_read_begin(
    struct store_changing *c);
void store_changing_read_end(struct store_changing *c);

/** at: where in arena the value begins, n: its length. */
SOTER_MUST_CHECK enum soter_rc store_changing_get(struct store_changing *c,
    enum soter_store_kind kind, struct soter_span key,
    struct store_arena *arena, size_t *at, size_t *n, uint64_t *version);

SOTER_MUST_CHECK enum soter_rc store_changing_scan(struct store_changing *c,
    struct soter_scan *scan);

SOTER_MUST_CHECK enum soter_rc store_changing_count(struct store_changing *c,
    enum soter_store_kind kind, uint64_t *count);

/** Every record of a kind, in order of keys. */
SOTER_MUST_CHECK enum soter_rc store_changing_all(struct store_changing *c,
    enum soter_store_kind kind,
    enum soter_rc (*each)(void *context, const struct soter_record *record),
    void *context);

/* ---- write --------------------------------------------------------------- */

extern const struct store_place_ops store_changing_ops;

/** Add a record as it is; within begin and commit of the table above. */
SOTER_MUST_CHECK enum soter_rc store_changing_add(struct store_changing *c,
    enum soter_store_kind kind, const struct soter_record *record);

/** After a bulk: one durable file, without a journal beside it. */
SOTER_MUST_CHECK enum soter_rc store_changing_settle(struct store_changing *c);

/** Copy the database while others write: into a file that is not there. */
SOTER_MUST_CHECK enum soter_rc store_changing_copy(struct store_changing *c,
    const char *path);

/** Are all pages and indexes whole?  SOTER_E_CORRUPT. */
SOTER_MUST_CHECK enum soter_rc store_changing_verify(struct store_changing *c);

#endif
