/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "store/pg.h"

#define TEXT_(x) #x
#define TEXT(x)	 TEXT_(x)

/*
 * A database whose commits do not wait for its disk would lose what was
 * acknowledged; one whose commits wait for its replicas, too, may.
 */
const char store_pg_settings[] = "SELECT set_config('statement_timeout', '" TEXT(
    STORE_PG_STATEMENT) "',"
			" false), set_config('synchronous_commit',"
			" CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'"
			" ELSE current_setting('synchronous_commit') END, false),"
			" set_config('default_transaction_isolation', 'read committed', false)";

const char store_pg_schema[] = "SELECT version FROM soter_schema WHERE id = 1";

enum soter_rc
store_pg_check_schema(int64_t schema)
{
	if (schema > SOTER_STORE_SCHEMA)
		return (SOTER_E_SCHEMA);
	return (schema < SOTER_STORE_SCHEMA ? SOTER_E_SCHEMA_OLDER : SOTER_OK);
}

static enum soter_rc
add_tables(PGconn *conn, unsigned from, unsigned to)
{
	char text[STORE_SQL_MAX];

	for (unsigned kind = 1; kind < SOTER_KIND_END; kind++) {
		unsigned since = soter_kind_row(kind)->since;

		if (since <= from || since > to)
			continue;
		store_sql_text(text, STORE_SQL_TABLE, kind,
		    &store_sql_postgresql);
		TRY(store_pg_run(conn, text));
	}
	return (SOTER_OK);
}

enum soter_rc
store_pg_fill(PGconn *conn, unsigned schema)
{
	char text[120];

	TRY(store_pg_run(conn,
	    "CREATE TABLE soter_schema"
	    " (id BIGINT NOT NULL PRIMARY KEY, version BIGINT NOT NULL)"));
	TRY(add_tables(conn, 0, schema));
	snprintf(text, sizeof(text),
	    "INSERT INTO soter_schema (id, version) VALUES (1, %u)", schema);
	return (store_pg_run(conn, text));
}

/* An answer that was lost with the connection may have been a yes. */
static enum soter_rc
finish(PGconn *conn, enum soter_rc rc)
{
	if (rc != SOTER_OK)
		return (rc);
	rc = store_pg_run(conn, "COMMIT");
	return (rc == SOTER_E_BUSY ? SOTER_E_OUTCOME : rc);
}

static enum soter_rc
begin(PGconn **conn, const char *where)
{
	enum soter_rc rc;

	TRY(store_pg_connect(conn, where, SOTER_STORE_MS));
	rc = store_pg_run(*conn, store_pg_settings);
	if (rc == SOTER_OK)
		rc = store_pg_run(*conn, "BEGIN");
	return (rc);
}

enum soter_rc
store_pg_create_at(const char *where, unsigned schema)
{
	PGconn *conn = NULL;
	enum soter_rc rc;

	if ((rc = begin(&conn, where)) == SOTER_OK)
		rc = finish(conn, store_pg_fill(conn, schema));
	PQfinish(conn);
	return (rc);
}

static enum soter_rc
forward(PGconn *conn, unsigned *from, unsigned *to)
{
	int64_t schema = 0;
	char text[120];
	enum soter_rc rc;

	/* Who else migrates waits here. */
	TRY(store_pg_number(conn,
	    "SELECT version FROM soter_schema WHERE id = 1 FOR UPDATE",
	    &schema));
	*from = (unsigned)schema;
	*to = SOTER_STORE_SCHEMA;
	rc = store_pg_check_schema(schema);
	if (rc != SOTER_E_SCHEMA_OLDER)
		return (rc);
	TRY(add_tables(conn, *from, *to));
	snprintf(text, sizeof(text),
	    "UPDATE soter_schema SET version = %u WHERE id = 1", *to);
	return (store_pg_run(conn, text));
}

enum soter_rc
store_pg_migrate(const char *where, unsigned *from, unsigned *to)
{
	PGconn *conn = NULL;
	enum soter_rc rc;

	if ((rc = begin(&conn, where)) == SOTER_OK)
		rc = finish(conn, forward(conn, from, to));
	PQfinish(conn);
	return (rc);
}
