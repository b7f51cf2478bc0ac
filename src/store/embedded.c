/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A directory: LMDB for what lasts, SQLite for what changes, one thread for
 * each that commits for all lanes.  Gets read here and now, in the lane's own
 * thread.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/changing.h"
#include "store/embedded.h"
#include "store/fresh.h"
#include "store/lasting.h"
#include "store/writer.h"

struct embedded {
	struct soter_store store;
	struct embedded *next; /* of this process' open ones */
	dev_t dev;
	ino_t ino;
	char changing_path[STORE_PATH_MAX + 40];
	struct store_lasting *lasting;
	struct store_changing *changing; /* the writer's; NULL: read-only */
	struct store_writer *writers[SOTER_STORE_PLACES];
};

struct embedded_lane {
	struct soter_lane lane;
	struct store_lasting_reader *lasting;
	struct store_changing *changing;
	struct store_arena spare;

	pthread_mutex_t lock;
	struct store_job *ended, **ended_end;
};

static struct embedded *
embedded_of(struct soter_store *store)
{
	return ((struct embedded *)store);
}

static struct embedded_lane *
lane_of(struct soter_lane *lane)
{
	return ((struct embedded_lane *)lane);
}

/* ---- once in a process --------------------------------------------------- */

/*
 * The locks of LMDB and SQLite are the process': closing one handle of a file
 * drops them for all.  SQLite knows that of itself, LMDB does not.
 */
static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static struct embedded *open_ones;

static enum soter_rc
note_open(struct embedded *e)
{
	enum soter_rc rc = SOTER_OK;

	pthread_mutex_lock(&open_lock);
	for (const struct embedded *x = open_ones; x != NULL; x = x->next)
		if (x->dev == e->dev && x->ino == e->ino)
			rc = SOTER_E_ARGUMENT;
	if (rc == SOTER_OK) {
		e->next = open_ones;
		open_ones = e;
	}
	pthread_mutex_unlock(&open_lock);
	return (rc);
}

static void
note_closed(struct embedded *e)
{
	pthread_mutex_lock(&open_lock);
	for (struct embedded **at = &open_ones; *at != NULL; at = &(*at)->next)
		if (*at == e) {
			*at = e->next;
			break;
		}
	pthread_mutex_unlock(&open_lock);
}

/* ---- create, migrate ----------------------------------------------------- */

enum soter_rc
store_embedded_create_at(const char *where, unsigned schema)
{
	struct store_changing *changing = NULL;
	struct store_lasting *lasting = NULL;
	struct store_fresh fresh;
	enum soter_rc rc;

	if ((rc = store_fresh_begin(&fresh, where)) != SOTER_OK)
		goto out;
	rc = store_lasting_open(&lasting, fresh.roots, STORE_LASTING_CREATE,
	    STORE_LASTING_MAP);
	if (rc != SOTER_OK ||
	    (rc = store_lasting_migrate(lasting, schema)) != SOTER_OK ||
	    (rc = store_changing_create(&changing, fresh.changing, schema,
		 false)) != SOTER_OK)
		goto out;
	store_changing_close(&changing);
	store_lasting_close(&lasting);
	rc = store_fresh_finish(&fresh);
out:
	store_changing_close(&changing);
	store_lasting_close(&lasting);
	store_fresh_end(&fresh);
	return (rc);
}

static enum soter_rc
create(const char *where)
{
	return (store_embedded_create_at(where, SOTER_STORE_SCHEMA));
}

/* The paths of the two files; SOTER_E_NOTFOUND unless there is a store. */
static enum soter_rc
find_files(const char *where, char roots[], char changing[], struct stat *st)
{
	struct stat file;

	if (strlen(where) > STORE_PATH_MAX)
		return (SOTER_E_ARGUMENT);
	snprintf(roots, STORE_PATH_MAX + 40, "%s/%s", where,
	    STORE_LASTING_FILE);
	snprintf(changing, STORE_PATH_MAX + 40, "%s/%s", where,
	    STORE_CHANGING_FILE);
	if (stat(where, st) != 0 || stat(changing, &file) != 0)
		return (store_errno(errno));
	/* Without the roots it is half a store, which is none to work with. */
	if (stat(roots, &file) != 0)
		return (errno == ENOENT ? SOTER_E_CORRUPT : store_errno(errno));
	return (SOTER_OK);
}

/* Nobody else in this process has it open, or will. */
static enum soter_rc
note_new(struct embedded **out, const char *where, char roots[])
{
	struct embedded *e = calloc(1, sizeof(*e));
	struct stat st;
	enum soter_rc rc;

	if (e == NULL)
		return (SOTER_E_NOMEM);
	rc = find_files(where, roots, e->changing_path, &st);
	if (rc == SOTER_OK) {
		e->dev = st.st_dev;
		e->ino = st.st_ino;
		rc = note_open(e);
	}
	if (rc != SOTER_OK) {
		free(e);
		return (rc);
	}
	*out = e;
	return (SOTER_OK);
}

static void
note_free(struct embedded *e)
{
	note_closed(e);
	free(e);
}

static unsigned
lower(unsigned a, unsigned b)
{
	return (a < b ? a : b);
}

static enum soter_rc
check_schema(unsigned lasting, unsigned changing)
{
	if (lasting > SOTER_STORE_SCHEMA || changing > SOTER_STORE_SCHEMA)
		return (SOTER_E_SCHEMA);
	if (lasting < SOTER_STORE_SCHEMA || changing < SOTER_STORE_SCHEMA)
		return (SOTER_E_SCHEMA_OLDER);
	return (SOTER_OK);
}

/* Both files may be at different ones, if it was interrupted before. */
static enum soter_rc
migrate(const char *where, unsigned *from, unsigned *to)
{
	struct embedded *e;
	char roots[STORE_PATH_MAX + 40];
	enum soter_rc rc;

	TRY(note_new(&e, where, roots));
	if ((rc = store_lasting_open(&e->lasting, roots, STORE_LASTING_WRITE,
		 STORE_LASTING_MAP)) != SOTER_OK ||
	    (rc = store_changing_open(&e->changing, e->changing_path, false)) !=
		SOTER_OK)
		goto out;
	rc = check_schema(store_lasting_schema(e->lasting),
	    store_changing_schema(e->changing));
	if (rc != SOTER_OK && rc != SOTER_E_SCHEMA_OLDER)
		goto out;
	*from = lower(store_lasting_schema(e->lasting),
	    store_changing_schema(e->changing));
	if ((rc = store_lasting_migrate(e->lasting, SOTER_STORE_SCHEMA)) ==
	    SOTER_OK)
		rc = store_changing_migrate(e->changing, SOTER_STORE_SCHEMA);
	*to = SOTER_STORE_SCHEMA;
out:
	store_changing_close(&e->changing);
	store_lasting_close(&e->lasting);
	note_free(e);
	return (rc);
}

enum soter_rc
store_embedded_files_open(struct store_embedded_files *files, const char *where)
{
	struct embedded *e = NULL;
	char roots[STORE_PATH_MAX + 40];
	enum soter_rc rc;

	*files = (struct store_embedded_files){ .note = NULL };
	if ((rc = note_new(&e, where, roots)) != SOTER_OK)
		return (rc);
	files->note = e;
	TRY(store_lasting_open(&files->lasting, roots, STORE_LASTING_READ,
	    STORE_LASTING_MAP));
	TRY(store_changing_open(&files->changing, e->changing_path, true));
	return (check_schema(store_lasting_schema(files->lasting),
	    store_changing_schema(files->changing)));
}

void
store_embedded_files_close(struct store_embedded_files *files)
{
	store_changing_close(&files->changing);
	store_lasting_close(&files->lasting);
	if (files->note != NULL)
		note_free(files->note);
	files->note = NULL;
}

/* ---- jobs that end ------------------------------------------------------- */

/* Called by a writer, or by the lane for a place that never began. */
static void
answered(struct store_job *job, enum soter_store_place place)
{
	struct embedded_lane *l = lane_of(job->lane);
	uint64_t one = 1;

	pthread_mutex_lock(&l->lock);
	job->waiting &= ~(1u << place);
	if (job->waiting == 0) {
		ssize_t n;

		job->ended_next = NULL;
		*l->ended_end = job;
		l->ended_end = &job->ended_next;
		n = write(l->lane.fd, &one, sizeof(one));
		(void)n; /* it cannot be full */
	}
	pthread_mutex_unlock(&l->lock);
}

static void
publish(struct store_job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		enum soter_rc *rc = store_job_rc(job, i);

		if (*rc != STORE_UNDECIDED)
			continue;
		*rc = job->part[i].verdict;
		if (job->type == STORE_WRITE)
			job->write->groups[i].failed = job->part[i].failed;
	}
	store_job_end(job);
}

static void
run(struct soter_lane *lane)
{
	struct embedded_lane *l = lane_of(lane);
	struct store_job *job, *next;
	uint64_t count;
	ssize_t n;

	pthread_mutex_lock(&l->lock);
	job = l->ended;
	l->ended = NULL;
	l->ended_end = &l->ended;
	n = read(lane->fd, &count, sizeof(count));
	(void)n; /* there may be nothing */
	pthread_mutex_unlock(&l->lock);
	for (; job != NULL; job = next) {
		next = job->ended_next;
		publish(job);
	}
}

/* ---- open and close ------------------------------------------------------ */

static enum soter_rc
start_writer(struct embedded *e, enum soter_store_place place)
{
	bool is_lasting = place == SOTER_STORE_LASTING;

	return (store_writer_start(&e->writers[place],
	    is_lasting ? &store_lasting_ops : &store_changing_ops,
	    is_lasting ? (void *)e->lasting : (void *)e->changing, answered));
}

static enum soter_rc
open_files(struct embedded *e, const char *roots, enum soter_store_mode mode,
    size_t map)
{
	TRY(store_lasting_open(&e->lasting, roots,
	    mode == SOTER_STORE_READ_WRITE ? STORE_LASTING_WRITE
					   : STORE_LASTING_READ,
	    map));
	TRY(store_changing_open(&e->changing, e->changing_path,
	    mode == SOTER_STORE_READ_ONLY));
	TRY(check_schema(store_lasting_schema(e->lasting),
	    store_changing_schema(e->changing)));
	if (mode == SOTER_STORE_READ_WRITE)
		TRY(start_writer(e, SOTER_STORE_LASTING));
	if (mode != SOTER_STORE_READ_ONLY)
		TRY(start_writer(e, SOTER_STORE_CHANGING));
	return (SOTER_OK);
}

static void
close_it(struct soter_store *store)
{
	struct embedded *e = embedded_of(store);

	for (int i = 0; i < SOTER_STORE_PLACES; i++)
		store_writer_stop(&e->writers[i]);
	store_changing_close(&e->changing);
	store_lasting_close(&e->lasting);
	note_free(e);
}

enum soter_rc
store_embedded_open_map(struct soter_store **out, const char *where,
    enum soter_store_mode mode, size_t map)
{
	char roots[STORE_PATH_MAX + 40];
	struct embedded *e;
	enum soter_rc rc;

	TRY(note_new(&e, where, roots));
	if ((rc = open_files(e, roots, mode, map)) != SOTER_OK) {
		close_it(&e->store);
		return (rc);
	}
	e->store.ops = &store_embedded;
	e->store.mode = mode;
	*out = &e->store;
	return (SOTER_OK);
}

static enum soter_rc
open_it(struct soter_store **out, const char *where, enum soter_store_mode mode)
{
	return (store_embedded_open_map(out, where, mode, STORE_LASTING_MAP));
}

static void
lane_free(struct embedded_lane *l)
{
	store_changing_close(&l->changing);
	store_lasting_reader_close(&l->lasting);
	store_arena_free(&l->spare);
	pthread_mutex_destroy(&l->lock);
	if (l->lane.fd >= 0)
		close(l->lane.fd);
	free(l);
}

static enum soter_rc
lane_open(struct soter_lane **out, struct soter_store *store)
{
	struct embedded *e = embedded_of(store);
	struct embedded_lane *l = calloc(1, sizeof(*l));
	enum soter_rc rc;

	if (l == NULL)
		return (SOTER_E_NOMEM);
	pthread_mutex_init(&l->lock, NULL);
	l->ended_end = &l->ended;
	l->lane.store = store;
	l->lane.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (l->lane.fd < 0)
		rc = SOTER_E_STORAGE;
	else if ((rc = store_lasting_reader_open(&l->lasting, e->lasting)) ==
	    SOTER_OK)
		rc = store_changing_open(&l->changing, e->changing_path, true);
	if (rc != SOTER_OK) {
		lane_free(l);
		return (rc);
	}
	*out = &l->lane;
	return (SOTER_OK);
}

static void
lane_close(struct soter_lane *lane)
{
	while (lane->first != NULL) {
		struct pollfd fd = { .fd = lane->fd, .events = POLLIN };

		poll(&fd, 1, -1);
		run(lane);
	}
	lane_free(lane_of(lane));
}

/* ---- reads --------------------------------------------------------------- */

static enum soter_rc
read_begin(struct embedded_lane *l, enum soter_store_place place)
{
	return (place == SOTER_STORE_LASTING
		? store_lasting_read_begin(l->lasting)
		: store_changing_read_begin(l->changing));
}

static void
read_end(struct embedded_lane *l, enum soter_store_place place)
{
	if (place == SOTER_STORE_LASTING)
		store_lasting_read_end(l->lasting);
	else
		store_changing_read_end(l->changing);
}

static enum soter_rc
get_one(struct embedded_lane *l, struct soter_get *x, struct store_arena *arena,
    size_t *at)
{
	return (soter_kind_row(x->kind)->place == SOTER_STORE_LASTING
		? store_lasting_get(l->lasting, x->kind, x->key, arena, at,
		      &x->value.n, &x->version)
		: store_changing_get(l->changing, x->kind, x->key, arena, at,
		      &x->value.n, &x->version));
}

/* The gets of one place, in one state of it. */
static void
get_place(struct embedded_lane *l, struct store_job *job,
    enum soter_store_place place, struct store_arena *arena)
{
	enum soter_rc begun = STORE_UNDECIDED;

	for (size_t i = 0; i < job->n; i++) {
		struct soter_get *x = &job->get->gets[i];

		if (x->rc != STORE_UNDECIDED ||
		    soter_kind_row(x->kind)->place != place)
			continue;
		if (begun == STORE_UNDECIDED)
			begun = read_begin(l, place);
		job->part[i].verdict = begun == SOTER_OK
		    ? get_one(l, x, arena, &job->part[i].failed)
		    : begun;
	}
	if (begun == SOTER_OK)
		read_end(l, place);
}

static void
run_get(struct embedded_lane *l, struct store_job *job)
{
	/* Taken: a done may begin the next batch. */
	struct store_arena arena = l->spare;

	arena.len = 0;
	l->spare = (struct store_arena){ NULL, 0, 0 };
	for (unsigned place = 0; place < SOTER_STORE_PLACES; place++)
		get_place(l, job, place, &arena);
	for (size_t i = 0; i < job->n; i++) {
		struct soter_get *x = &job->get->gets[i];

		if (x->rc != STORE_UNDECIDED)
			continue;
		x->rc = job->part[i].verdict;
		/* Where all values are empty, there is no arena. */
		if (x->rc != SOTER_OK)
			x->value = soter_span(NULL, 0);
		else if (x->value.n == 0)
			x->value = SOTER_SPAN("");
		else
			x->value = soter_span(arena.p + job->part[i].failed,
			    x->value.n);
	}
	store_job_end(job);
	if (l->spare.p == NULL)
		l->spare = arena;
	else
		store_arena_free(&arena);
}

static enum soter_rc
look(struct embedded_lane *l, struct store_look *x)
{
	if (soter_kind_row(x->kind)->place == SOTER_STORE_LASTING)
		return (x->scan != NULL
			? store_lasting_scan(l->lasting, x->scan)
			: store_lasting_count(l->lasting, x->kind, &x->count));
	return (x->scan != NULL
		? store_changing_scan(l->changing, x->scan)
		: store_changing_count(l->changing, x->kind, &x->count));
}

static void
run_look(struct embedded_lane *l, struct store_job *job)
{
	struct store_look *x = job->look;
	enum soter_store_place place = soter_kind_row(x->kind)->place;

	x->rc = read_begin(l, place);
	if (x->rc == SOTER_OK) {
		x->rc = look(l, x);
		read_end(l, place);
	}
	store_job_end(job);
}

/* ---- writes -------------------------------------------------------------- */

static enum soter_store_place
place_of(const struct store_job *job, size_t i)
{
	return (job->type == STORE_WRITE
		? store_group_place(&job->write->groups[i])
		: SOTER_STORE_CHANGING);
}

static void
begin(struct soter_lane *lane, struct store_job *job)
{
	struct embedded *e = embedded_of(lane->store);
	unsigned places = 0;

	if (job->type == STORE_GET) {
		run_get(lane_of(lane), job);
		return;
	}
	if (job->type == STORE_SCAN || job->type == STORE_COUNT) {
		run_look(lane_of(lane), job);
		return;
	}
	for (size_t i = 0; i < job->n; i++)
		if (*store_job_rc(job, i) == STORE_UNDECIDED)
			places |= 1u << place_of(job, i);
	/* From the first queue on a writer may answer. */
	job->waiting = places;
	for (unsigned place = 0; place < SOTER_STORE_PLACES; place++)
		if (places & 1u << place)
			store_writer_queue(e->writers[place], job);
}

/* What no writer has taken yet never happens. */
static void
expire(struct soter_lane *lane, struct store_job *job)
{
	struct embedded *e = embedded_of(lane->store);
	bool is_withdrawn[SOTER_STORE_PLACES] = { false };

	for (unsigned place = 0; place < SOTER_STORE_PLACES; place++)
		if (e->writers[place] != NULL)
			is_withdrawn[place] =
			    store_writer_withdraw(e->writers[place], job);
	for (size_t i = 0; i < job->n; i++)
		if (*store_job_rc(job, i) == STORE_UNDECIDED &&
		    is_withdrawn[place_of(job, i)])
			job->part[i].verdict = SOTER_E_BUSY;
	for (unsigned place = 0; place < SOTER_STORE_PLACES; place++)
		if (is_withdrawn[place])
			answered(job, place);
}

static void
forget(struct store_job *job)
{
	if (job->type == STORE_ACCEPT)
		for (size_t i = 0; i < job->n; i++)
			free(job->part[i].memory);
}

const struct store_ops store_embedded = {
	.name = "embedded",
	.create = create,
	.migrate = migrate,
	.open = open_it,
	.close = close_it,
	.lane_open = lane_open,
	.lane_close = lane_close,
	.begin = begin,
	.run = run,
	.expire = expire,
	.forget = forget,
};
