/* SPDX-License-Identifier: BSD-3-Clause */
#include <poll.h>
#include <string.h>

#include "store/pg.h"

/* ---- what an error means ------------------------------------------------- */

/* The first that matches: a whole SQLSTATE, or its class. */
static const struct {
	const char *state;
	enum soter_rc rc;
} states[] = {
	{ "23505", SOTER_E_EXISTS },   /* unique_violation */
	{ "40003", SOTER_E_OUTCOME },  /* completion unknown */
	{ "40", SOTER_E_CONFLICT },    /* serialization, deadlock */
	{ "57014", SOTER_E_BUSY },     /* the statement's time is over */
	{ "57P", SOTER_E_BUSY },       /* shutting down, starting */
	{ "55P03", SOTER_E_BUSY },     /* lock_not_available */
	{ "25006", SOTER_E_BUSY },     /* a replica that may not write */
	{ "53100", SOTER_E_FULL },     /* disk_full */
	{ "53", SOTER_E_BUSY },	       /* connections, memory */
	{ "08", SOTER_E_BUSY },	       /* connection */
	{ "3D000", SOTER_E_NOTFOUND }, /* no such database */
	{ "3F000", SOTER_E_NOTFOUND }, /* no such schema */
	{ "42P01", SOTER_E_NOTFOUND }, /* no such table */
	{ "42P07", SOTER_E_EXISTS },   /* duplicate_table */
	{ "42710", SOTER_E_EXISTS },   /* duplicate_object */
	{ "XX001", SOTER_E_CORRUPT },  /* data_corrupted */
	{ "XX002", SOTER_E_CORRUPT },  /* index_corrupted */
};

enum soter_rc
store_pg_rc(const char *sqlstate)
{
	if (sqlstate == NULL)
		return (SOTER_E_BUSY);
	for (size_t i = 0; i < SOTER_COUNT(states); i++)
		if (strncmp(sqlstate, states[i].state,
			strlen(states[i].state)) == 0)
			return (states[i].rc);
	return (SOTER_E_STORAGE);
}

enum soter_rc
store_pg_result_rc(const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_COPY_IN:
	case PGRES_COPY_OUT:
	case PGRES_SINGLE_TUPLE:
		return (SOTER_OK);
	default:
		return (
		    store_pg_rc(PQresultErrorField(result, PG_DIAG_SQLSTATE)));
	}
}

/* ---- connect ------------------------------------------------------------- */

/* Notices may quote values; a library prints nothing. */
static void
ignore(void *context, const PGresult *notice)
{
	(void)context;
	(void)notice;
}

/* What the URL says goes before what stands in front of it. */
PGconn *
store_pg_start(const char *url)
{
	static const char *const names[] = { "application_name",
		"connect_timeout", "dbname", NULL };
	const char *const values[] = { "soter", "5", url, NULL };
	PGconn *conn = PQconnectStartParams(names, values, 1);

	if (conn != NULL)
		PQsetNoticeReceiver(conn, ignore, NULL);
	return (conn);
}

enum soter_rc
store_pg_connect(PGconn **out, const char *url, unsigned ms)
{
	uint64_t end = soter_store_now_ms() + ms, now;
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;
	PGconn *conn = store_pg_start(url);

	if (conn == NULL)
		return (SOTER_E_NOMEM);
	if (PQstatus(conn) == CONNECTION_BAD)
		next = PGRES_POLLING_FAILED;
	while (next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED &&
	    (now = soter_store_now_ms()) < end) {
		struct pollfd fd = { .fd = PQsocket(conn),
			.events =
			    next == PGRES_POLLING_READING ? POLLIN : POLLOUT };

		if (poll(&fd, 1, (int)(end - now)) > 0)
			next = PQconnectPoll(conn);
	}
	if (next != PGRES_POLLING_OK) {
		PQfinish(conn);
		return (SOTER_E_BUSY);
	}
	*out = conn;
	return (SOTER_OK);
}

/* ---- run and read -------------------------------------------------------- */

enum soter_rc
store_pg_run(PGconn *conn, const char *sql)
{
	PGresult *result = PQexec(conn, sql);
	enum soter_rc rc = store_pg_result_rc(result);

	PQclear(result);
	return (rc);
}

int64_t
store_pg_int64(const PGresult *result, int row, int column)
{
	struct soter_span bytes = store_pg_bytes(result, row, column);
	uint64_t number = 0;

	for (size_t i = 0; i < bytes.n; i++)
		number = number << 8 | bytes.p[i];
	return ((int64_t)number);
}

struct soter_span
store_pg_bytes(const PGresult *result, int row, int column)
{
	return (soter_span(PQgetvalue(result, row, column),
	    (size_t)PQgetlength(result, row, column)));
}

enum soter_rc
store_pg_number(PGconn *conn, const char *sql, int64_t *out)
{
	PGresult *result =
	    PQexecParams(conn, sql, 0, NULL, NULL, NULL, NULL, 1);
	enum soter_rc rc = store_pg_result_rc(result);

	if (rc == SOTER_OK && PQntuples(result) == 1)
		*out = store_pg_int64(result, 0, 0);
	else if (rc == SOTER_OK)
		rc = SOTER_E_NOTFOUND;
	PQclear(result);
	return (rc);
}
