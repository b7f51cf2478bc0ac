/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "store/sql.h"

const struct store_sql_dialect store_sql_sqlite = { "BLOB", "INTEGER",
	" STRICT, WITHOUT ROWID" };
const struct store_sql_dialect store_sql_postgresql = { "BYTEA", "BIGINT", "" };

/* @ stands for the table.  Both databases compare bytes as memcmp() does. */
static const char *const texts[STORE_SQLS] = {
	[SOTER_PUT] = "INSERT INTO @ (key, version, value) VALUES ($1, $2, $3)"
		      " ON CONFLICT (key) DO UPDATE SET"
		      " version = @.version + 1, value = excluded.value"
		      " RETURNING version",
	[SOTER_PUT_ABSENT] = "INSERT INTO @ (key, version, value)"
			     " VALUES ($1, $2, $3)"
			     " ON CONFLICT (key) DO NOTHING RETURNING version",
	[SOTER_PUT_AT] = "UPDATE @ SET version = version + 1, value = $3"
			 " WHERE key = $1 AND version = $2 RETURNING version",
	[SOTER_PUT_ABOVE] = "INSERT INTO @ (key, version, value)"
			    " VALUES ($1, $2, $3)"
			    " ON CONFLICT (key) DO UPDATE SET"
			    " version = @.version + 1, value = excluded.value"
			    " WHERE length(@.value) = length(excluded.value)"
			    " AND @.value < excluded.value RETURNING version",
	[SOTER_DELETE] = "DELETE FROM @ WHERE key = $1 RETURNING version",
	[SOTER_DELETE_PRESENT] = "DELETE FROM @ WHERE key = $1"
				 " RETURNING version",
	[STORE_SQL_GET] = "SELECT version, value FROM @ WHERE key = $1",
	[STORE_SQL_SCAN] = "SELECT key, version, value FROM @ WHERE key > $1"
			   " AND key >= $2 AND key < $3 ORDER BY key LIMIT $4",
	[STORE_SQL_COUNT] = "SELECT count(*) FROM @",
	[STORE_SQL_ALL] = "SELECT key, version, value FROM @ ORDER BY key",
	[STORE_SQL_ADD] = "INSERT INTO @ (key, version, value)"
			  " VALUES ($1, $2, $3)",
	[STORE_SQL_TABLE] = "CREATE TABLE @ (key %b NOT NULL PRIMARY KEY,"
			    " version %i NOT NULL, value %b NOT NULL)%e",
};

static void
append(struct soter_writer *w, const char *text)
{
	enum soter_rc rc = soter_write(w, soter_text(text));

	(void)rc; /* the longest text is a fraction of STORE_SQL_MAX */
}

void
store_sql_text(char out[STORE_SQL_MAX], unsigned statement,
    enum soter_store_kind kind, const struct store_sql_dialect *dialect)
{
	struct soter_writer w = soter_writer(out, STORE_SQL_MAX - 1);

	for (const char *c = texts[statement]; *c != '\0'; c++) {
		char one[2] = { *c, '\0' };

		if (*c == '@') {
			append(&w, "soter_");
			append(&w, soter_kind_row(kind)->name);
		} else if (*c == '%') {
			c++;
			append(&w,
			    *c == 'b'	    ? dialect->bytes
				: *c == 'i' ? dialect->integer
					    : dialect->table_end);
		} else
			append(&w, one);
	}
	out[w.len] = '\0';
}

enum soter_rc
store_sql_refusal(enum soter_write_op op)
{
	static const enum soter_rc refusals[SOTER_WRITE_OPS] = {
		[SOTER_PUT_ABSENT] = SOTER_E_EXISTS,
		[SOTER_PUT_AT] = SOTER_E_CONFLICT,
		[SOTER_PUT_ABOVE] = SOTER_E_CONFLICT,
		[SOTER_DELETE_PRESENT] = SOTER_E_NOTFOUND,
	};

	return (refusals[op]);
}

void
store_sql_end(struct soter_writer *w, struct soter_span prefix)
{
	static const uint8_t last[SOTER_STORE_KEY_MAX + 1] = { 0 };
	enum soter_rc rc;

	/* The prefix with its last byte that can grow grown by one... */
	while (prefix.n > 0 && prefix.p[prefix.n - 1] == 0xff)
		prefix.n--;
	rc = soter_write(w, prefix.n > 0 ? prefix : soter_span(last, w->cap));
	(void)rc;
	if (prefix.n > 0)
		w->p[w->len - 1]++;
	else /* ... or, where none can, behind every key. */
		memset(w->p, 0xff, w->len);
}
