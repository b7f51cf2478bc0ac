/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store/copy.h -- all records of a store out, and all records into a new one:
 * what backup, restore, dump and load are made of, for each backend.
 *
 * Records come and go in rising (kind, key), with their versions.
 */
#ifndef SOTER_STORE_COPY_H
#define SOTER_STORE_COPY_H

#include "store/store.h"

typedef enum soter_rc store_each_fn(void *context, enum soter_store_kind kind,
    const struct soter_record *record);

struct store_sink;

struct store_copy_ops {
	/**
	 * Give every record to each; what each returns ends it.
	 *
	 * SOTER_E_NOTFOUND, SOTER_E_SCHEMA, SOTER_E_SCHEMA_OLDER,
	 * SOTER_E_CORRUPT, SOTER_E_BUSY, SOTER_E_STORAGE, SOTER_E_NOMEM.
	 */
	enum soter_rc (
	    *read_all)(const char *where, store_each_fn *each, void *context);

	/**
	 * Begin a store that is not there before finish.
	 *
	 * SOTER_E_EXISTS and the others of soter_store_load().
	 */
	enum soter_rc (*sink_open)(struct store_sink **out, const char *where);
	enum soter_rc (*sink_add)(struct store_sink *sink,
	    enum soter_store_kind kind, const struct soter_record *record);
	/* It is there, and durable. */
	enum soter_rc (*sink_finish)(struct store_sink *sink);
	/* What was not finished was never there.  NULL: nothing happens. */
	void (*sink_close)(struct store_sink **sink);
};

extern const struct store_copy_ops store_embedded_copy, store_pg_copy;

/** Those of a place; NULL if it is none. */
const struct store_copy_ops *store_copy_ops_of(const char *where);

/**
 * Copy a directory that may be in use into another one, page by page, and read
 * all of the copy before it counts.
 */
SOTER_MUST_CHECK enum soter_rc store_embedded_backup(const char *where,
    const char *to);

#endif
