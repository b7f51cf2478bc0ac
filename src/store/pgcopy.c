/* SPDX-License-Identifier: BSD-3-Clause */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/copy.h"
#include "store/pg.h"

/* A copy of everything takes as long as it takes; a silent server does not. */
#define COPY_SILENCE 600000 /* ms */
#define NO_LIMIT     "SET statement_timeout = 0"

/* ---- out ----------------------------------------------------------------- */

/* The next result; NULL behind the last. */
static enum soter_rc
next_result(PGconn *conn, PGresult **out)
{
	while (PQisBusy(conn)) {
		struct pollfd fd = { .fd = PQsocket(conn), .events = POLLIN };

		if (poll(&fd, 1, COPY_SILENCE) <= 0 ||
		    PQconsumeInput(conn) != 1)
			return (SOTER_E_BUSY);
	}
	*out = PQgetResult(conn);
	return (SOTER_OK);
}

static enum soter_rc
take_row(const PGresult *result, enum soter_store_kind kind,
    store_each_fn *each, void *context)
{
	const struct soter_record record = {
		.key = store_pg_bytes(result, 0, 0),
		.version = (uint64_t)store_pg_int64(result, 0, 1),
		.value = store_pg_bytes(result, 0, 2),
	};

	return (each(context, kind, &record));
}

/* Row by row: a kind need not fit into the memory. */
static enum soter_rc
read_kind(PGconn *conn, enum soter_store_kind kind, store_each_fn *each,
    void *context)
{
	char text[STORE_SQL_MAX];
	enum soter_rc rc = SOTER_OK;

	store_sql_text(text, STORE_SQL_ALL, kind, &store_sql_postgresql);
	if (PQsendQueryParams(conn, text, 0, NULL, NULL, NULL, NULL, 1) != 1 ||
	    PQsetSingleRowMode(conn) != 1)
		return (SOTER_E_BUSY);
	while (rc == SOTER_OK) {
		PGresult *result = NULL;

		if ((rc = next_result(conn, &result)) != SOTER_OK ||
		    result == NULL)
			break;
		rc = store_pg_result_rc(result);
		if (rc == SOTER_OK && PQntuples(result) == 1)
			rc = take_row(result, kind, each, context);
		PQclear(result);
	}
	return (rc);
}

static enum soter_rc
read_kinds(PGconn *conn, store_each_fn *each, void *context)
{
	int64_t schema = 0;

	TRY(store_pg_run(conn, store_pg_settings));
	TRY(store_pg_run(conn, NO_LIMIT));
	TRY(store_pg_run(conn,
	    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
	TRY(store_pg_number(conn, store_pg_schema, &schema));
	TRY(store_pg_check_schema(schema));
	for (unsigned kind = 1; kind < SOTER_KIND_END; kind++)
		TRY(read_kind(conn, kind, each, context));
	return (SOTER_OK);
}

static enum soter_rc
read_all(const char *where, store_each_fn *each, void *context)
{
	PGconn *conn = NULL;
	enum soter_rc rc;

	TRY(store_pg_connect(&conn, where, SOTER_STORE_MS));
	rc = read_kinds(conn, each, context);
	PQfinish(conn); /* and with it the transaction */
	return (rc);
}

/* ---- in ------------------------------------------------------------------ */

struct store_sink {
	PGconn *conn;
	enum soter_store_kind kind; /* whose COPY is open; 0: none */
	uint8_t bytes[40 + SOTER_STORE_KEY_MAX + SOTER_STORE_VALUE_MAX];
};

static void
sink_close(struct store_sink **sink)
{
	if (*sink == NULL)
		return;
	PQfinish((*sink)->conn);
	free(*sink);
	*sink = NULL;
}

/* A store that is there must be of this schema, and empty. */
static enum soter_rc
check_empty(PGconn *conn)
{
	for (unsigned kind = 1; kind < SOTER_KIND_END; kind++) {
		char text[STORE_SQL_MAX];
		int64_t count = 0;
		enum soter_rc rc;

		snprintf(text, sizeof(text),
		    "SELECT version FROM soter_%s LIMIT 1",
		    soter_kind_row(kind)->name);
		rc = store_pg_number(conn, text, &count);
		if (rc != SOTER_E_NOTFOUND)
			return (rc == SOTER_OK ? SOTER_E_EXISTS : rc);
	}
	return (SOTER_OK);
}

static enum soter_rc
prepare(PGconn *conn)
{
	int64_t schema = 0;
	enum soter_rc rc;

	TRY(store_pg_run(conn, store_pg_settings));
	TRY(store_pg_run(conn, NO_LIMIT));
	rc = store_pg_number(conn, store_pg_schema, &schema);
	if (rc == SOTER_E_NOTFOUND) {
		TRY(store_pg_run(conn, "BEGIN"));
		return (store_pg_fill(conn, SOTER_STORE_SCHEMA));
	}
	TRY(rc);
	TRY(store_pg_check_schema(schema));
	TRY(store_pg_run(conn, "BEGIN"));
	return (check_empty(conn));
}

static enum soter_rc
sink_open(struct store_sink **out, const char *where)
{
	struct store_sink *s = calloc(1, sizeof(*s));
	enum soter_rc rc;

	if (s == NULL)
		return (SOTER_E_NOMEM);
	if ((rc = store_pg_connect(&s->conn, where, SOTER_STORE_MS)) !=
		SOTER_OK ||
	    (rc = prepare(s->conn)) != SOTER_OK) {
		sink_close(&s);
		return (rc);
	}
	*out = s;
	return (SOTER_OK);
}

static enum soter_rc
put_data(struct store_sink *s, const void *bytes, size_t n)
{
	return (PQputCopyData(s->conn, bytes, (int)n) == 1 ? SOTER_OK
							   : SOTER_E_BUSY);
}

/* What the server thought of all rows of a kind. */
static enum soter_rc
end_kind(struct store_sink *s)
{
	enum soter_rc rc = SOTER_OK;
	PGresult *result;

	if (s->kind == 0)
		return (SOTER_OK);
	s->kind = 0;
	TRY(put_data(s, "\xff\xff", 2));
	if (PQputCopyEnd(s->conn, NULL) != 1)
		return (SOTER_E_BUSY);
	while ((result = PQgetResult(s->conn)) != NULL) {
		if (rc == SOTER_OK)
			rc = store_pg_result_rc(result);
		PQclear(result);
	}
	return (rc);
}

/* PostgreSQL documentation, COPY, binary format: signature, flags, extension.
 */
static enum soter_rc
begin_kind(struct store_sink *s, enum soter_store_kind kind)
{
	static const char head[] = "PGCOPY\n\377\r\n\0"
				   "\0\0\0\0"
				   "\0\0\0\0";
	char text[STORE_SQL_MAX];

	TRY(end_kind(s));
	snprintf(text, sizeof(text),
	    "COPY soter_%s (key, version, value) FROM STDIN (FORMAT binary)",
	    soter_kind_row(kind)->name);
	TRY(store_pg_run(s->conn, text));
	s->kind = kind;
	return (put_data(s, head, sizeof(head) - 1));
}

static size_t
put_field(uint8_t *out, const void *bytes, size_t n)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(n >> (24 - 8 * i));
	soter_copy(out + 4, bytes, n);
	return (4 + n);
}

static enum soter_rc
sink_add(struct store_sink *s, enum soter_store_kind kind,
    const struct soter_record *record)
{
	uint8_t version[8];
	size_t n = 2;

	if (kind != s->kind)
		TRY(begin_kind(s, kind));
	for (int i = 0; i < 8; i++)
		version[i] = (uint8_t)(record->version >> (56 - 8 * i));
	s->bytes[0] = 0;
	s->bytes[1] = 3; /* fields */
	n += put_field(s->bytes + n, record->key.p, record->key.n);
	n += put_field(s->bytes + n, version, sizeof(version));
	n += put_field(s->bytes + n, record->value.p, record->value.n);
	return (put_data(s, s->bytes, n));
}

static enum soter_rc
sink_finish(struct store_sink *s)
{
	enum soter_rc rc;

	TRY(end_kind(s));
	rc = store_pg_run(s->conn, "COMMIT");
	return (rc == SOTER_E_BUSY ? SOTER_E_OUTCOME : rc);
}

const struct store_copy_ops store_pg_copy = {
	.read_all = read_all,
	.sink_open = sink_open,
	.sink_add = sink_add,
	.sink_finish = sink_finish,
	.sink_close = sink_close,
};
