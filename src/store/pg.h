/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store/pg.h -- what the parts of the PostgreSQL backend know of each other.
 *
 * A lane is one connection in pipeline mode.  What is sent together, up to a
 * Sync, is a segment: one transaction of the server, whose end is the answer to
 * the Sync.  Only then is anything told.
 *
 *	batch -> parts (an item each) -> segments -> the server
 *	answers -> parts; the Sync's answer: all of the segment is committed, or
 *	nothing: then each part is sent again alone, to see whose fault it was
 */
#ifndef SOTER_STORE_PG_H
#define SOTER_STORE_PG_H

#include <libpq-fe.h>

#include "store/inside.h"

#define STORE_PG_JOINED	   64	/* parts of one transaction */
#define STORE_PG_TRIES	   10	/* of a part that a server sends back */
#define STORE_PG_BACK_MIN  50	/* ms until the next connection is tried ... */
#define STORE_PG_BACK_MAX  2000 /* ... doubled up to this */
#define STORE_PG_STATEMENT 5000 /* ms that the server gives a statement */
#define STORE_PG_SILENCE   7000 /* ms without an answer: it is lost */

/* Statements of a lane: those of store/sql.h, and for groups those that fail
 * instead of changing nothing. */
enum store_pg_variant {
	STORE_PG_QUIET,
	STORE_PG_STRICT,
	STORE_PG_VARIANTS,
};

/* ---- connections (pgconn.c) ---------------------------------------------- */

/** Begin to connect; NULL: no memory.  Never prints what the server notes. */
PGconn *store_pg_start(const char *url);

/**
 * Connect, waiting.
 *
 * SOTER_E_BUSY  not within ms.
 */
SOTER_MUST_CHECK enum soter_rc store_pg_connect(PGconn **out, const char *url,
    unsigned ms);

/** What an SQLSTATE means; NULL is a connection that is lost. */
enum soter_rc store_pg_rc(const char *sqlstate);

enum soter_rc store_pg_result_rc(const PGresult *result);

/** Run statements without parameters, waiting; outside of a pipeline. */
SOTER_MUST_CHECK enum soter_rc store_pg_run(PGconn *conn, const char *sql);

/** One number. */
SOTER_MUST_CHECK enum soter_rc store_pg_number(PGconn *conn, const char *sql,
    int64_t *out);

/** The 8 bytes of a number in binary form. */
int64_t store_pg_int64(const PGresult *result, int row, int column);

struct soter_span store_pg_bytes(const PGresult *result, int row, int column);

/* ---- schema (pgschema.c) ------------------------------------------------- */

/* First of each connection: limits, and that a commit is one. */
extern const char store_pg_settings[];

/* The schema, one row. */
extern const char store_pg_schema[];

/** SOTER_OK if this program knows this schema. */
enum soter_rc store_pg_check_schema(int64_t schema);

SOTER_MUST_CHECK enum soter_rc store_pg_create_at(const char *where,
    unsigned schema);
SOTER_MUST_CHECK enum soter_rc store_pg_migrate(const char *where,
    unsigned *from, unsigned *to);

/** Make the tables of a schema in the transaction that is open. */
SOTER_MUST_CHECK enum soter_rc store_pg_fill(PGconn *conn, unsigned schema);

/* ---- a lane -------------------------------------------------------------- */

enum store_pg_state {
	STORE_PG_DOWN, /* until retry_ms */
	STORE_PG_CONNECTING,
	STORE_PG_CHECKING,
	STORE_PG_READY,
};

enum store_pg_segment_type {
	STORE_PG_CHECK,	  /* settings and schema */
	STORE_PG_PREPARE, /* one statement */
	STORE_PG_WORK,
};

struct store_pg_segment {
	struct store_pg_segment *next;
	enum store_pg_segment_type type;
	uint64_t sent_ms;
	struct store_part *first, **end; /* by next */

	/* Which answer comes next. */
	struct store_part *at;
	unsigned statement; /* of the part */
	unsigned answers;   /* of all */

	bool is_failed;
	bool is_sent_back;    /* another transaction was in the way */
	bool is_other_server; /* one that may not write */
	enum soter_rc rc;
};

struct store_pg_store {
	struct soter_store store;
	char *url;
};

struct store_pg_lane {
	struct soter_lane lane;
	const char *url; /* borrowed from the store */
	PGconn *conn;
	uint32_t watched; /* events of its descriptor */
	enum store_pg_state state;
	enum soter_rc why;		/* what is said while it is not ready */
	PostgresPollingStatusType next; /* while it connects */
	uint64_t retry_ms, connect_end_ms, heard_ms;
	unsigned back_off_ms;
	bool is_running;
	bool is_broken; /* something could not be sent: answers would not fit */
	struct store_pg_segment *first, **end; /* sent, not answered */
	bool is_prepared[STORE_PG_VARIANTS][STORE_SQLS][SOTER_KIND_END];
	bool is_accept_prepared;
};

/** Connect, waiting for up to ms. */
void store_pg_lane_connect(struct soter_lane *lane, unsigned ms);

/** SOTER_OK if the lane is ready; else why not. */
enum soter_rc store_pg_lane_why(const struct soter_lane *lane);

enum soter_rc store_pg_lane_open(struct soter_lane **out,
    struct soter_store *store);
void store_pg_lane_close(struct soter_lane *lane);
void store_pg_begin(struct soter_lane *lane, struct store_job *job);
void store_pg_run_lane(struct soter_lane *lane);
void store_pg_expire(struct soter_lane *lane, struct store_job *job);
uint64_t store_pg_deadline(const struct soter_lane *lane);
void store_pg_forget(struct store_job *job);

/* ---- sending (pgsend.c) -------------------------------------------------- */

/** Send settings and question for the schema. */
SOTER_MUST_CHECK enum soter_rc store_pg_send_check(struct store_pg_lane *l);

/**
 * Send all parts of a job that are undecided.  What cannot be sent for want of
 * memory is decided.
 */
void store_pg_send_job(struct store_pg_lane *l, struct store_job *job);

/** Send a part alone. */
void store_pg_send_alone(struct store_pg_lane *l, struct store_part *part);

/* ---- what is under way (pglane.c)
 * ---------------------------------------------- */

/** A part has its verdict; a job whose last part it was ends. */
void store_pg_part_end(struct store_part *part, enum soter_rc verdict);

/** One less to wait for; the job ends with the last. */
void store_pg_job_less(struct store_job *job);

#endif
