/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/changing.h"

#define APPLICATION_ID	0x534f5452 /* "SOTR": whose file it is */
#define BUSY_MS		200 /* wait for another process, before asking again */
#define JOURNAL_MAX	67108864 /* bytes kept for the WAL */
#define READ_BUSY_TRIES 25

#define TEXT_(x)	#x
#define TEXT(x)		TEXT_(x)

struct statement {
	sqlite3_stmt *stmt;
	int index[5]; /* of $1 to $4; SQLite numbers by appearance */
};

struct store_changing {
	sqlite3 *db;
	unsigned schema;
	struct statement statements[STORE_SQLS][SOTER_KIND_END];
	sqlite3_stmt *mark, *release, *undo; /* a group's savepoint */
};

/* ---- results ------------------------------------------------------------- */

static enum soter_rc
rc_of(sqlite3 *db, int result)
{
	switch (result & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return (SOTER_OK);
	case SQLITE_FULL:
		return (SOTER_E_FULL);
	case SQLITE_NOMEM:
		return (SOTER_E_NOMEM);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return (SOTER_E_BUSY);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return (SOTER_E_CORRUPT);
	case SQLITE_TOOBIG:
		return (SOTER_E_LIMIT);
	case SQLITE_IOERR:
		if (result == SQLITE_IOERR_NOMEM)
			return (SOTER_E_NOMEM);
		if (result == SQLITE_IOERR_SHMSIZE ||
		    store_errno(sqlite3_system_errno(db)) == SOTER_E_FULL)
			return (SOTER_E_FULL);
		return (SOTER_E_STORAGE);
	default:
		return (SOTER_E_STORAGE);
	}
}

static enum soter_rc
run_sql(sqlite3 *db, const char *sql)
{
	return (rc_of(db, sqlite3_exec(db, sql, NULL, NULL, NULL)));
}

/* One number, of a pragma or a count. */
static enum soter_rc
number_of(sqlite3 *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *stmt = NULL;
	enum soter_rc rc;

	rc = rc_of(db, sqlite3_prepare_v2(db, sql, -1, &stmt, NULL));
	if (rc != SOTER_OK)
		return (rc);
	if ((rc = rc_of(db, sqlite3_step(stmt))) == SOTER_OK)
		*out = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return (rc);
}

/* ---- statements ---------------------------------------------------------- */

static enum soter_rc
prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
	return (rc_of(db,
	    sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out,
		NULL)));
}

/* Made when it is needed first. */
static enum soter_rc
statement(struct store_changing *c, unsigned which, enum soter_store_kind kind,
    struct statement **out)
{
	static const char *const names[5] = { NULL, "$1", "$2", "$3", "$4" };
	struct statement *s = &c->statements[which][kind];
	char text[STORE_SQL_MAX];

	if (s->stmt == NULL) {
		store_sql_text(text, which, kind, &store_sql_sqlite);
		TRY(prepare(c->db, text, &s->stmt));
		for (int i = 1; i < 5; i++)
			s->index[i] =
			    sqlite3_bind_parameter_index(s->stmt, names[i]);
	}
	*out = s;
	return (SOTER_OK);
}

/* Borrowed until the statement is reset.  NULL would be no value at all. */
static enum soter_rc
bind_bytes(struct store_changing *c, const struct statement *s, int name,
    struct soter_span bytes)
{
	if (s->index[name] == 0)
		return (SOTER_OK);
	return (rc_of(c->db,
	    sqlite3_bind_blob(s->stmt, s->index[name],
		bytes.n == 0 ? (const void *)"" : bytes.p, (int)bytes.n,
		SQLITE_STATIC)));
}

static enum soter_rc
bind_number(struct store_changing *c, const struct statement *s, int name,
    uint64_t number)
{
	if (s->index[name] == 0)
		return (SOTER_OK);
	return (rc_of(c->db,
	    sqlite3_bind_int64(s->stmt, s->index[name], (int64_t)number)));
}

static struct soter_span
column_bytes(sqlite3_stmt *stmt, int column)
{
	const void *p = sqlite3_column_blob(stmt, column);

	return (soter_span(p, (size_t)sqlite3_column_bytes(stmt, column)));
}

/* It has said its last word: what it said is the result of its last step. */
static void
rest(struct statement *s)
{
	sqlite3_reset(s->stmt);
	sqlite3_clear_bindings(s->stmt);
}

/* ---- schema -------------------------------------------------------------- */

static enum soter_rc
add_tables(struct store_changing *c, unsigned since)
{
	for (unsigned kind = 1; kind < SOTER_KIND_END; kind++) {
		const struct soter_kind_row *row = soter_kind_row(kind);
		char text[STORE_SQL_MAX];

		if (row->since != since || row->place != SOTER_STORE_CHANGING)
			continue;
		store_sql_text(text, STORE_SQL_TABLE, kind, &store_sql_sqlite);
		TRY(run_sql(c->db, text));
	}
	return (SOTER_OK);
}

static enum soter_rc
set_schema(struct store_changing *c, unsigned schema)
{
	char text[60];

	snprintf(text, sizeof(text), "PRAGMA user_version = %u", schema);
	return (run_sql(c->db, text));
}

enum soter_rc
store_changing_migrate(struct store_changing *c, unsigned to)
{
	enum soter_rc rc = run_sql(c->db, "BEGIN IMMEDIATE");
	int64_t now = 0;

	if (rc != SOTER_OK)
		return (rc);
	/* Somebody else may have done it meanwhile. */
	if ((rc = number_of(c->db, "PRAGMA user_version", &now)) != SOTER_OK)
		goto out;
	for (unsigned next = (unsigned)now + 1; next <= to; next++)
		if ((rc = add_tables(c, next)) != SOTER_OK)
			goto out;
	if ((unsigned)now < to && (rc = set_schema(c, to)) != SOTER_OK)
		goto out;
	rc = run_sql(c->db, "COMMIT");
out:
	if (rc != SOTER_OK)
		store_changing_ops.abort(c);
	else
		c->schema = (unsigned)now < to ? to : (unsigned)now;
	return (rc);
}

unsigned
store_changing_schema(const struct store_changing *c)
{
	return (c->schema);
}

static enum soter_rc
read_schema(struct store_changing *c)
{
	int64_t application = 0, schema = 0;

	TRY(number_of(c->db, "PRAGMA application_id", &application));
	TRY(number_of(c->db, "PRAGMA user_version", &schema));
	if (application == 0 && schema == 0)
		return (SOTER_E_NOTFOUND);
	if (application != APPLICATION_ID || schema < 1 || schema > INT32_MAX)
		return (SOTER_E_CORRUPT);
	c->schema = (unsigned)schema;
	return (SOTER_OK);
}

/* ---- open and close ------------------------------------------------------ */

static enum soter_rc
connect_to(struct store_changing **out, const char *path, int flags)
{
	struct store_changing *c = calloc(1, sizeof(*c));
	enum soter_rc rc;

	if (c == NULL)
		return (SOTER_E_NOMEM);
	rc = rc_of(NULL,
	    sqlite3_open_v2(path, &c->db,
		flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL));
	if (rc == SOTER_OK && sqlite3_threadsafe() == 0)
		rc = SOTER_E_STORAGE;
	if (rc != SOTER_OK) {
		store_changing_close(&c);
		return (rc);
	}
	sqlite3_busy_timeout(c->db, BUSY_MS);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	*out = c;
	return (SOTER_OK);
}

/* For its owner alone; what lies beside it gets the same mode. */
static enum soter_rc
make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return (store_errno(errno));
	close(fd);
	return (SOTER_OK);
}

/* The WAL is part of the file once it was made; the rest is each one's own. */
static enum soter_rc
set_durable(struct store_changing *c)
{
	int64_t level = 0;

	TRY(run_sql(c->db,
	    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	    " PRAGMA journal_size_limit = " TEXT(
		JOURNAL_MAX) ";"
			     " PRAGMA cell_size_check = ON"));
	TRY(number_of(c->db, "PRAGMA synchronous", &level));
	return (level >= 2 ? SOTER_OK : SOTER_E_STORAGE);
}

enum soter_rc
store_changing_open(struct store_changing **out, const char *path,
    bool is_read_only)
{
	struct store_changing *c = NULL;
	struct stat st;
	enum soter_rc rc;

	if (stat(path, &st) != 0)
		return (store_errno(errno));
	rc = connect_to(&c, path,
	    is_read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
	if (rc != SOTER_OK)
		return (rc);
	/* Another process may be closing, or recovering after a crash. */
	for (int i = 0; i < READ_BUSY_TRIES; i++)
		if ((rc = read_schema(c)) != SOTER_E_BUSY)
			break;
	if (rc == SOTER_OK && !is_read_only)
		rc = set_durable(c);
	if (rc == SOTER_OK) {
		*out = c;
		c = NULL;
	}
	store_changing_close(&c);
	return (rc);
}

enum soter_rc
store_changing_create(struct store_changing **out, const char *path,
    unsigned schema, bool is_bulk)
{
	struct store_changing *c = NULL;
	enum soter_rc rc;

	TRY(make_file(path));
	rc = connect_to(&c, path, SQLITE_OPEN_READWRITE);
	if (rc != SOTER_OK)
		return (rc);
	rc = run_sql(c->db,
	    is_bulk ? "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF"
		    : "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
	if (rc == SOTER_OK)
		rc = run_sql(c->db,
		    "PRAGMA application_id = " TEXT(APPLICATION_ID));
	if (rc == SOTER_OK)
		rc = store_changing_migrate(c, schema);
	if (rc == SOTER_OK) {
		*out = c;
		c = NULL;
	}
	store_changing_close(&c);
	return (rc);
}

void
store_changing_close(struct store_changing **connection)
{
	struct store_changing *c = *connection;

	if (c == NULL)
		return;
	for (unsigned i = 0; i < STORE_SQLS; i++)
		for (unsigned kind = 0; kind < SOTER_KIND_END; kind++)
			sqlite3_finalize(c->statements[i][kind].stmt);
	sqlite3_finalize(c->mark);
	sqlite3_finalize(c->release);
	sqlite3_finalize(c->undo);
	sqlite3_close(c->db);
	free(c);
	*connection = NULL;
}

/* ---- read ---------------------------------------------------------------- */

enum soter_rc
store_changing_read_begin(struct store_changing *c)
{
	return (run_sql(c->db, "BEGIN"));
}

void
store_changing_read_end(struct store_changing *c)
{
	enum soter_rc rc = run_sql(c->db, "COMMIT");

	(void)rc; /* nothing was written */
}

enum soter_rc
store_changing_get(struct store_changing *c, enum soter_store_kind kind,
    struct soter_span key, struct store_arena *arena, size_t *at, size_t *n,
    uint64_t *version)
{
	struct statement *s;
	enum soter_rc rc;
	int step;

	TRY(statement(c, STORE_SQL_GET, kind, &s));
	if ((rc = bind_bytes(c, s, 1, key)) != SOTER_OK)
		goto out;
	step = sqlite3_step(s->stmt);
	if (step == SQLITE_ROW) {
		struct soter_span value = column_bytes(s->stmt, 1);

		if ((rc = store_arena_add(arena, value, at)) == SOTER_OK) {
			*n = value.n;
			*version = (uint64_t)sqlite3_column_int64(s->stmt, 0);
		}
	} else
		rc =
		    step == SQLITE_DONE ? SOTER_E_NOTFOUND : rc_of(c->db, step);
out:
	rest(s);
	return (rc);
}

/* Steps through rows of (key, version, value). */
static enum soter_rc
each_row(struct store_changing *c, sqlite3_stmt *stmt,
    enum soter_rc (*each)(void *, const struct soter_record *), void *context,
    size_t *found)
{
	for (;;) {
		int step = sqlite3_step(stmt);
		struct soter_record record;

		if (step == SQLITE_DONE)
			return (SOTER_OK);
		if (step != SQLITE_ROW)
			return (rc_of(c->db, step));
		record = (struct soter_record){
			.key = column_bytes(stmt, 0),
			.version = (uint64_t)sqlite3_column_int64(stmt, 1),
			.value = column_bytes(stmt, 2),
		};
		(*found)++;
		TRY(each(context, &record));
	}
}

enum soter_rc
store_changing_scan(struct store_changing *c, struct soter_scan *scan)
{
	uint8_t bytes[SOTER_STORE_KEY_MAX + 1];
	struct soter_writer end = soter_writer(bytes, sizeof(bytes));
	struct statement *s;
	enum soter_rc rc;

	store_sql_end(&end, scan->prefix);
	TRY(statement(c, STORE_SQL_SCAN, scan->kind, &s));
	if ((rc = bind_bytes(c, s, 1, scan->after)) == SOTER_OK &&
	    (rc = bind_bytes(c, s, 2, scan->prefix)) == SOTER_OK &&
	    (rc = bind_bytes(c, s, 3, soter_written(&end))) == SOTER_OK &&
	    (rc = bind_number(c, s, 4, scan->limit)) == SOTER_OK)
		rc = each_row(c, s->stmt, scan->each, scan->context,
		    &scan->found);
	rest(s);
	return (rc);
}

enum soter_rc
store_changing_count(struct store_changing *c, enum soter_store_kind kind,
    uint64_t *count)
{
	char text[STORE_SQL_MAX];
	int64_t n;

	store_sql_text(text, STORE_SQL_COUNT, kind, &store_sql_sqlite);
	TRY(number_of(c->db, text, &n));
	*count = (uint64_t)n;
	return (SOTER_OK);
}

enum soter_rc
store_changing_all(struct store_changing *c, enum soter_store_kind kind,
    enum soter_rc (*each)(void *, const struct soter_record *), void *context)
{
	struct statement *s;
	enum soter_rc rc;
	size_t found = 0;

	TRY(statement(c, STORE_SQL_ALL, kind, &s));
	rc = each_row(c, s->stmt, each, context, &found);
	rest(s);
	return (rc);
}

/* ---- write --------------------------------------------------------------- */

static enum soter_rc
begin(void *self)
{
	struct store_changing *c = self;

	return (run_sql(c->db, "BEGIN IMMEDIATE"));
}

/*
 * An error while the journal is synced says nothing about what is on the disk:
 * a restart may find the commit there.
 */
static enum soter_rc
commit(void *self)
{
	struct store_changing *c = self;
	int result = sqlite3_exec(c->db, "COMMIT", NULL, NULL, NULL);
	enum soter_rc rc = rc_of(c->db, result);

	if (rc == SOTER_OK)
		return (rc);
	store_changing_ops.abort(c);
	return (rc == SOTER_E_STORAGE || rc == SOTER_E_CORRUPT ? SOTER_E_OUTCOME
							       : rc);
}

static void
abort_it(void *self)
{
	struct store_changing *c = self;
	enum soter_rc rc;

	if (sqlite3_get_autocommit(c->db) == 0) {
		rc = run_sql(c->db, "ROLLBACK");
		(void)rc; /* else SQLite did it itself */
	}
}

static bool
mend(void *self, enum soter_rc rc)
{
	(void)self;
	(void)rc;
	return (false);
}

/* One statement that changes one row or none. */
static enum soter_rc
change(struct store_changing *c, unsigned which, enum soter_store_kind kind,
    struct soter_span key, uint64_t version, struct soter_span value,
    bool *is_changed, uint64_t *now)
{
	struct statement *s;
	enum soter_rc rc;
	int step;

	TRY(statement(c, which, kind, &s));
	if ((rc = bind_bytes(c, s, 1, key)) != SOTER_OK ||
	    (rc = bind_number(c, s, 2, version)) != SOTER_OK ||
	    (rc = bind_bytes(c, s, 3, value)) != SOTER_OK)
		goto out;
	step = sqlite3_step(s->stmt);
	*is_changed = step == SQLITE_ROW;
	if (*is_changed) {
		*now = (uint64_t)sqlite3_column_int64(s->stmt, 0);
		step = sqlite3_step(s->stmt);
	}
	rc = rc_of(c->db, step);
out:
	rest(s);
	/* A damaged file is no verdict on one record. */
	return (rc == SOTER_E_CORRUPT ? SOTER_E_STORAGE : rc);
}

static enum soter_rc
write_one(struct store_changing *c, struct soter_write *x)
{
	bool is_changed = false, is_put = x->op < SOTER_DELETE;
	uint64_t version = x->op == SOTER_PUT_AT ? x->at : store_birth();

	x->version = 0;
	TRY(change(c, STORE_SQL_WRITE + x->op, x->kind, x->key, version,
	    x->value, &is_changed, &version));
	if (!is_changed)
		return (store_sql_refusal(x->op));
	x->version = is_put ? version : 0;
	return (SOTER_OK);
}

static enum soter_rc
write_all(struct store_changing *c, struct soter_group *group, size_t *failed)
{
	for (size_t i = 0; i < group->n; i++) {
		*failed = i;
		TRY(write_one(c, &group->writes[i]));
	}
	*failed = 0;
	return (SOTER_OK);
}

static enum soter_rc
step_it(struct store_changing *c, sqlite3_stmt **stmt, const char *sql)
{
	enum soter_rc rc;

	if (*stmt == NULL)
		TRY(prepare(c->db, sql, stmt));
	rc = rc_of(c->db, sqlite3_step(*stmt));
	sqlite3_reset(*stmt);
	return (rc);
}

static enum soter_rc
write_group(void *self, struct soter_group *group, size_t *failed)
{
	struct store_changing *c = self;
	enum soter_rc rc;

	if (group->n == 1) /* a statement is atomic by itself */
		return (write_all(c, group, failed));
	*failed = 0;
	TRY(step_it(c, &c->mark, "SAVEPOINT one"));
	rc = write_all(c, group, failed);
	if (!store_is_verdict(rc))
		return (rc);
	if (rc != SOTER_OK)
		TRY(step_it(c, &c->undo, "ROLLBACK TO one"));
	TRY(step_it(c, &c->release, "RELEASE one"));
	return (rc);
}

/* A decision that was made before, in memory of its own. */
static enum soter_rc
find_before(struct store_changing *c, struct soter_accept *x, void **before)
{
	struct store_arena arena = { NULL, 0, 0 };
	uint64_t version;
	size_t at, n;
	enum soter_rc rc;

	rc = store_changing_get(c, SOTER_KIND_DECISIONS, x->decision, &arena,
	    &at, &n, &version);
	if (rc == SOTER_OK) {
		x->before = soter_span(arena.p, n);
		*before = arena.p;
		return (SOTER_E_EXISTS);
	}
	store_arena_free(&arena);
	if (rc == SOTER_E_NOTFOUND)
		return (SOTER_OK);
	return (rc == SOTER_E_CORRUPT ? SOTER_E_STORAGE : rc);
}

/*
 * Nothing has to be undone: each step that says no comes before those that
 * must not happen then, and no other writer comes between.
 */
static enum soter_rc
accept_one(void *self, struct soter_accept *x, void **before)
{
	struct store_changing *c = self;
	struct soter_span none = soter_span(NULL, 0);
	uint8_t count[8];
	uint64_t now;
	bool is_changed;

	for (int i = 0; i < 8; i++)
		count[i] = (uint8_t)(x->count >> (56 - 8 * i));
	TRY(find_before(c, x, before));
	TRY(change(c, SOTER_DELETE_PRESENT, SOTER_KIND_CHALLENGES, x->challenge,
	    0, none, &is_changed, &now));
	if (!is_changed)
		return (SOTER_E_NOTFOUND);
	TRY(change(c, SOTER_PUT_ABOVE, SOTER_KIND_COUNTERS, x->counter,
	    store_birth(), soter_span(count, sizeof(count)), &is_changed,
	    &now));
	if (!is_changed)
		return (SOTER_E_REPLAY);
	return (change(c, SOTER_PUT_ABSENT, SOTER_KIND_DECISIONS, x->decision,
	    store_birth(), x->decision_is, &is_changed, &now));
}

const struct store_place_ops store_changing_ops = {
	.place = SOTER_STORE_CHANGING,
	.begin = begin,
	.group = write_group,
	.accept = accept_one,
	.commit = commit,
	.abort = abort_it,
	.mend = mend,
};

enum soter_rc
store_changing_add(struct store_changing *c, enum soter_store_kind kind,
    const struct soter_record *record)
{
	struct statement *s;
	enum soter_rc rc;

	TRY(statement(c, STORE_SQL_ADD, kind, &s));
	if ((rc = bind_bytes(c, s, 1, record->key)) == SOTER_OK &&
	    (rc = bind_number(c, s, 2, record->version)) == SOTER_OK &&
	    (rc = bind_bytes(c, s, 3, record->value)) == SOTER_OK)
		rc = rc_of(c->db, sqlite3_step(s->stmt));
	rest(s);
	return (rc);
}

/* ---- copies -------------------------------------------------------------- */

/* The bulk's journal was in memory; WAL is part of the file. */
enum soter_rc
store_changing_settle(struct store_changing *c)
{
	TRY(run_sql(c->db,
	    "PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL"));
	return (run_sql(c->db, "PRAGMA wal_checkpoint(TRUNCATE)"));
}

enum soter_rc
store_changing_copy(struct store_changing *c, const char *path)
{
	struct store_changing *to = NULL;
	sqlite3_backup *copy;
	enum soter_rc rc;
	int result;

	TRY(make_file(path));
	rc = connect_to(&to, path, SQLITE_OPEN_READWRITE);
	if (rc != SOTER_OK)
		return (rc);
	if ((rc = run_sql(to->db, "PRAGMA synchronous = FULL")) != SOTER_OK)
		goto out;
	copy = sqlite3_backup_init(to->db, "main", c->db, "main");
	if (copy == NULL) {
		rc = rc_of(to->db, sqlite3_extended_errcode(to->db));
		goto out;
	}
	/* In one step: others write into the WAL meanwhile, it sees one state.
	 */
	do {
		result = sqlite3_backup_step(copy, -1);
	} while ((result & 0xff) == SQLITE_BUSY);
	rc = rc_of(to->db, result);
	result = sqlite3_backup_finish(copy);
	if (rc == SOTER_OK)
		rc = rc_of(to->db, result);
out:
	store_changing_close(&to);
	return (rc);
}

static int
is_ok(void *context, int columns, char **texts, char **names)
{
	bool *is_whole = context;

	(void)names;
	*is_whole =
	    columns == 1 && texts[0] != NULL && strcmp(texts[0], "ok") == 0;
	return (0);
}

enum soter_rc
store_changing_verify(struct store_changing *c)
{
	bool is_whole = false;
	int result = sqlite3_exec(c->db, "PRAGMA integrity_check(1)", is_ok,
	    &is_whole, NULL);

	TRY(rc_of(c->db, result));
	return (is_whole ? SOTER_OK : SOTER_E_CORRUPT);
}
