/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store/sql.h -- the SQL of both databases: one text for SQLite and PostgreSQL
 * wherever both take it.
 *
 * Each kind is a table soter_NAME (key, version, value) with key as its primary
 * key.  Bytes and 64-bit integers only, no sequences, one key per statement.
 * Parameters, by name: $1 the key, $2 a version, $3 a value; of a scan: $1 keys
 * are behind this, $2 from this on, $3 before this, $4 how many.
 */
#ifndef SOTER_STORE_SQL_H
#define SOTER_STORE_SQL_H

#include "store/store.h"

#define STORE_SQL_MAX 600 /* bytes of a statement, with its NUL */

enum store_sql {
	STORE_SQL_WRITE, /* + enum soter_write_op: a row with the version, if
			    it took place */
	STORE_SQL_GET = SOTER_WRITE_OPS, /* version, value */
	STORE_SQL_SCAN,			 /* key, version, value */
	STORE_SQL_COUNT,
	STORE_SQL_ALL, /* key, version, value of every record, in order */
	STORE_SQL_ADD, /* a record as it is, that must not be there */
	STORE_SQL_TABLE,
	STORE_SQLS,
};

/* How the two databases spell what they do not spell alike. */
struct store_sql_dialect {
	const char *bytes, *integer;
	const char *table_end; /* behind CREATE TABLE (...) */
};

extern const struct store_sql_dialect store_sql_sqlite, store_sql_postgresql;

/** Write the text of a statement for the table of a kind. */
void store_sql_text(char out[STORE_SQL_MAX], unsigned statement,
    enum soter_store_kind kind, const struct store_sql_dialect *dialect);

/** What a write that changed no row means; SOTER_OK for those that may. */
enum soter_rc store_sql_refusal(enum soter_write_op op);

/**
 * The first key, of one more byte than any key has, that no key with this
 * prefix reaches: $3 of a scan.
 */
void store_sql_end(struct soter_writer *w, struct soter_span prefix);

#endif
