/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One connection, and what is under way in it.
 *
 *	DOWN -- retry_ms --> CONNECTING --> CHECKING --> READY
 *	  ^                      |              |          |
 *	  +----------------------+--------------+----------+  lost, or silent
 *
 * While it is not READY everything is refused at once: whoever asks has others
 * to serve.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "store/pg.h"

static struct store_pg_lane *
lane_of(struct soter_lane *lane)
{
	return ((struct store_pg_lane *)lane);
}

/* ---- the descriptor ------------------------------------------------------ */

/* The lane's own descriptor watches the connection's, which comes and goes. */
static void
watch(struct store_pg_lane *l, uint32_t events)
{
	struct epoll_event event = { .events = events };
	int fd = PQsocket(l->conn);

	if (l->watched == events || fd < 0)
		return;
	if (epoll_ctl(l->lane.fd, EPOLL_CTL_MOD, fd, &event) == 0 ||
	    epoll_ctl(l->lane.fd, EPOLL_CTL_ADD, fd, &event) == 0)
		l->watched = events;
}

/* While it connects, libpq may change the descriptor at any step. */
static void
watch_connecting(struct store_pg_lane *l)
{
	l->watched = 0;
	watch(l, l->next == PGRES_POLLING_READING ? EPOLLIN : EPOLLOUT);
}

static void
unwatch(struct store_pg_lane *l)
{
	int fd = l->conn == NULL ? -1 : PQsocket(l->conn);

	l->watched = 0;
	if (fd >= 0)
		epoll_ctl(l->lane.fd, EPOLL_CTL_DEL, fd, NULL);
}

/* ---- parts and jobs that end --------------------------------------------- */

static void
publish_get(struct store_job *job, size_t i)
{
	struct soter_get *x = &job->get->gets[i];
	const PGresult *result = job->part[i].memory;

	if (x->rc != SOTER_OK)
		return;
	if (PQntuples(result) != 1) {
		x->rc = SOTER_E_NOTFOUND;
		return;
	}
	x->version = (uint64_t)store_pg_int64(result, 0, 0);
	x->value = store_pg_bytes(result, 0, 1);
}

static enum soter_rc
publish_scan(struct soter_scan *scan, const PGresult *result)
{
	for (int row = 0; row < PQntuples(result); row++) {
		const struct soter_record record = {
			.key = store_pg_bytes(result, row, 0),
			.version = (uint64_t)store_pg_int64(result, row, 1),
			.value = store_pg_bytes(result, row, 2),
		};

		scan->found++;
		TRY(scan->each(scan->context, &record));
	}
	return (SOTER_OK);
}

static void
publish_look(struct store_look *look, const PGresult *result)
{
	if (look->rc != SOTER_OK)
		return;
	if (look->scan != NULL)
		look->rc = publish_scan(look->scan, result);
	else
		look->count = (uint64_t)store_pg_int64(result, 0, 0);
}

static void
publish(struct store_job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		enum soter_rc *rc = store_job_rc(job, i);
		const struct store_part *part = &job->part[i];

		if (*rc != STORE_UNDECIDED)
			continue;
		*rc = part->verdict;
		if (job->type == STORE_GET)
			publish_get(job, i);
		else if (job->type == STORE_WRITE)
			job->write->groups[i].failed = part->failed;
		else if (job->type == STORE_ACCEPT && *rc == SOTER_E_EXISTS)
			job->accept->accepts[i].before =
			    store_pg_bytes(part->memory, 0, 2);
		else if (job->type == STORE_SCAN || job->type == STORE_COUNT)
			publish_look(job->look, part->memory);
	}
}

void
store_pg_job_less(struct store_job *job)
{
	if (--job->left > 0)
		return;
	if (!job->is_told) {
		publish(job);
		store_job_tell(job);
	}
	store_job_free(job);
}

void
store_pg_part_end(struct store_part *part, enum soter_rc verdict)
{
	part->verdict = verdict;
	store_pg_job_less(part->job);
}

void
store_pg_forget(struct store_job *job)
{
	for (size_t i = 0; i < job->n; i++)
		PQclear(job->part[i].memory);
}

/* ---- a connection that is lost ------------------------------------------- */

/* What nobody answered any more: a change may have taken place. */
static enum soter_rc
lost_rc(const struct store_job *job)
{
	return (job->type == STORE_WRITE || job->type == STORE_ACCEPT
		? SOTER_E_OUTCOME
		: SOTER_E_BUSY);
}

/* Jittered: a thousand lanes do not come back in one moment. */
static void
back_off(struct store_pg_lane *l)
{
	l->back_off_ms *= 2;
	if (l->back_off_ms < STORE_PG_BACK_MIN)
		l->back_off_ms = STORE_PG_BACK_MIN;
	if (l->back_off_ms > STORE_PG_BACK_MAX)
		l->back_off_ms = STORE_PG_BACK_MAX;
	l->retry_ms = soter_store_now_ms() + l->back_off_ms / 2 +
	    store_birth() % l->back_off_ms;
}

static void
lose(struct store_pg_lane *l, enum soter_rc why)
{
	struct store_pg_segment *segment = l->first, *next;

	unwatch(l);
	PQfinish(l->conn);
	l->conn = NULL;
	l->state = STORE_PG_DOWN;
	l->why = why;
	l->first = NULL;
	l->end = &l->first;
	back_off(l);
	/* From here on a done may begin something: it is refused at once. */
	for (; segment != NULL; segment = next) {
		next = segment->next;
		for (struct store_part *part = segment->first, *after;
		     part != NULL; part = after) {
			after = part->next;
			store_pg_part_end(part, lost_rc(part->job));
		}
		free(segment);
	}
}

/* ---- one answer ---------------------------------------------------------- */

static void
check_answer(struct store_pg_segment *segment, const PGresult *result)
{
	/* The settings come first, the schema last. */
	if (segment->answers++ == 0)
		return;
	segment->rc = PQntuples(result) != 1
	    ? SOTER_E_NOTFOUND
	    : store_pg_check_schema(store_pg_int64(result, 0, 0));
	segment->is_failed = segment->rc != SOTER_OK;
}

/* The write that an answer is about; NULL if nobody waits for it any more. */
static struct soter_write *
write_of(const struct store_part *part, unsigned k)
{
	const struct store_job *job = part->job;

	if (job->is_told || job->type != STORE_WRITE)
		return (NULL);
	return (&job->write->groups[part - job->part].writes[k]);
}

static void
write_answer(struct store_part *part, unsigned k, const PGresult *result)
{
	struct soter_write *x = write_of(part, k);

	if (x == NULL)
		return;
	x->version = 0;
	if (PQntuples(result) == 0)
		part->verdict = store_sql_refusal(x->op);
	else if (x->op < SOTER_DELETE)
		x->version = (uint64_t)store_pg_int64(result, 0, 0);
}

static void
accept_answer(struct store_part *part, const PGresult *result)
{
	if (!PQgetisnull(result, 0, 2))
		part->verdict = SOTER_E_EXISTS;
	else if (store_pg_int64(result, 0, 0) == 0)
		part->verdict = SOTER_E_NOTFOUND;
	else if (store_pg_int64(result, 0, 1) == 0)
		part->verdict = SOTER_E_REPLAY;
}

/* Takes the result over. */
static void
work_answer(struct store_pg_segment *segment, PGresult *result)
{
	struct store_part *part = segment->at;
	unsigned k = segment->statement++;

	if (k == 0)
		part->verdict = SOTER_OK;
	if (part->job->type == STORE_WRITE)
		write_answer(part, k, result);
	else if (part->job->type == STORE_ACCEPT)
		accept_answer(part, result);
	if (segment->statement == part->statements) {
		segment->at = part->next;
		segment->statement = 0;
	}
	PQclear(part->memory);
	part->memory = result;
}

/*
 * A database or table that is not there is no record that is not there: whoever
 * asks must not take it for an answer.
 */
static enum soter_rc
of_store(enum soter_rc rc)
{
	return (rc == SOTER_E_NOTFOUND ? SOTER_E_STORAGE : rc);
}

/* The first error of a segment; what follows it was not done. */
static void
error_answer(struct store_pg_segment *segment, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	struct store_part *part = segment->at;
	const struct soter_write *x =
	    part == NULL ? NULL : write_of(part, segment->statement);

	if (segment->is_failed)
		return;
	segment->is_failed = true;
	segment->rc = segment->type == STORE_PG_WORK
	    ? of_store(store_pg_rc(state))
	    : store_pg_rc(state);
	if (segment->type != STORE_PG_WORK || state == NULL)
		return;
	segment->is_other_server = strcmp(state, "25006") == 0;
	/* Nobody but an accept inserts what may be there (pgsend.c). */
	segment->is_sent_back =
	    segment->rc == SOTER_E_CONFLICT || segment->rc == SOTER_E_EXISTS;
	if (strcmp(state, "22012") == 0 && x != NULL) {
		segment->rc = store_sql_refusal(x->op);
		part->failed = segment->statement;
	}
}

/* ---- a segment that ends ------------------------------------------------- */

static bool
has_one_part(const struct store_pg_segment *segment)
{
	return (segment->first != NULL && segment->first->next == NULL);
}

/* All of it was undone: each part again, alone, unless it was. */
static void
send_again(struct store_pg_lane *l, const struct store_pg_segment *segment)
{
	bool is_alone = has_one_part(segment);

	for (struct store_part *part = segment->first, *next; part != NULL;
	     part = next) {
		next = part->next;
		if (part->job->is_told || l->state != STORE_PG_READY)
			store_pg_part_end(part, SOTER_E_BUSY);
		else if (is_alone && !segment->is_sent_back)
			store_pg_part_end(part, segment->rc);
		else if (part->tries++ >= STORE_PG_TRIES)
			store_pg_part_end(part, SOTER_E_BUSY);
		else
			store_pg_send_alone(l, part);
	}
}

/*
 * A challenge that was gone may have been taken by a copy of the same decision,
 * too late for the statement to see it: a second look does.
 */
static void
end_parts(struct store_pg_lane *l, const struct store_pg_segment *segment)
{
	for (struct store_part *part = segment->first, *next; part != NULL;
	     part = next) {
		next = part->next;
		if (part->job->type == STORE_ACCEPT && !part->job->is_told &&
		    part->verdict == SOTER_E_NOTFOUND && part->tries == 0 &&
		    l->state == STORE_PG_READY) {
			part->tries++;
			store_pg_send_alone(l, part);
		} else
			store_pg_part_end(part, part->verdict);
	}
}

static void
end_segment(struct store_pg_lane *l)
{
	struct store_pg_segment *segment = l->first;

	l->first = segment->next;
	if (l->first == NULL)
		l->end = &l->first;
	if (segment->type == STORE_PG_WORK) {
		if (segment->is_failed)
			send_again(l, segment);
		else
			end_parts(l, segment);
		if (segment->is_other_server)
			l->is_broken = true;
	} else if (segment->is_failed)
		lose(l, segment->rc);
	else if (segment->type == STORE_PG_CHECK) {
		l->state = STORE_PG_READY;
		l->why = SOTER_OK;
		l->back_off_ms = 0;
	}
	free(segment);
}

static void
take(struct store_pg_lane *l, PGresult *result)
{
	struct store_pg_segment *segment = l->first;

	switch (PQresultStatus(result)) {
	case PGRES_PIPELINE_SYNC:
		PQclear(result);
		end_segment(l);
		return;
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		if (segment->type == STORE_PG_WORK && segment->at != NULL) {
			work_answer(segment, result);
			return;
		}
		if (segment->type == STORE_PG_CHECK)
			check_answer(segment, result);
		break;
	case PGRES_PIPELINE_ABORTED:
		break;
	default:
		error_answer(segment, result);
		break;
	}
	PQclear(result);
}

/* ---- run ----------------------------------------------------------------- */

/* Two answers of nothing in a row: nothing more has arrived. */
static void
take_answers(struct store_pg_lane *l)
{
	bool was_nothing = false;

	while (l->conn != NULL && l->first != NULL && !PQisBusy(l->conn)) {
		PGresult *result = PQgetResult(l->conn);

		if (result == NULL && was_nothing)
			return;
		was_nothing = result == NULL;
		if (result != NULL) {
			l->heard_ms = soter_store_now_ms();
			take(l, result);
		}
	}
}

static void
flush(struct store_pg_lane *l)
{
	int left = PQflush(l->conn);

	if (left < 0)
		l->is_broken = true;
	watch(l, left > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static bool
is_silent(const struct store_pg_lane *l, uint64_t now)
{
	return (l->first != NULL &&
	    now >= l->first->sent_ms + STORE_PG_SILENCE &&
	    now >= l->heard_ms + STORE_PG_SILENCE);
}

static void
run_connected(struct store_pg_lane *l)
{
	uint64_t now = soter_store_now_ms();
	bool is_open;

	if (!l->is_broken) {
		is_open = PQconsumeInput(l->conn) == 1;
		/* Its last answers first. */
		take_answers(l);
		if (l->conn == NULL)
			return;
		if (!is_open || PQstatus(l->conn) == CONNECTION_BAD)
			l->is_broken = true;
	}
	if (l->is_broken || is_silent(l, now) ||
	    (l->state == STORE_PG_CHECKING && now >= l->connect_end_ms))
		lose(l, SOTER_E_BUSY);
	else
		flush(l);
}

static void
start(struct store_pg_lane *l)
{
	l->conn = store_pg_start(l->url);
	l->is_broken = false;
	l->next = PGRES_POLLING_WRITING;
	l->connect_end_ms = soter_store_now_ms() + SOTER_STORE_MS;
	l->state = STORE_PG_CONNECTING;
	memset(l->is_prepared, 0, sizeof(l->is_prepared));
	l->is_accept_prepared = false;
	if (l->conn == NULL || PQstatus(l->conn) == CONNECTION_BAD)
		lose(l, SOTER_E_BUSY);
	else
		watch_connecting(l);
}

static void
connected(struct store_pg_lane *l)
{
	l->heard_ms = soter_store_now_ms();
	l->state = STORE_PG_CHECKING;
	l->watched = 0;
	if (PQsetnonblocking(l->conn, 1) != 0 ||
	    PQenterPipelineMode(l->conn) != 1 ||
	    store_pg_send_check(l) != SOTER_OK)
		lose(l, SOTER_E_BUSY);
	else
		run_connected(l);
}

/* libpq wants to be asked only when its descriptor is ready. */
static void
run_connecting(struct store_pg_lane *l)
{
	struct pollfd fd = { .fd = PQsocket(l->conn),
		.events = l->next == PGRES_POLLING_READING ? POLLIN : POLLOUT };

	if (poll(&fd, 1, 0) > 0)
		l->next = PQconnectPoll(l->conn);
	if (l->next == PGRES_POLLING_OK)
		connected(l);
	else if (l->next == PGRES_POLLING_FAILED ||
	    soter_store_now_ms() >= l->connect_end_ms)
		lose(l, SOTER_E_BUSY);
	else
		watch_connecting(l);
}

static void
run(struct store_pg_lane *l)
{
	if (l->is_running)
		return;
	l->is_running = true;
	if (l->state == STORE_PG_DOWN && soter_store_now_ms() >= l->retry_ms)
		start(l);
	if (l->state == STORE_PG_CONNECTING)
		run_connecting(l);
	else if (l->state != STORE_PG_DOWN)
		run_connected(l);
	l->is_running = false;
}

void
store_pg_run_lane(struct soter_lane *lane)
{
	run(lane_of(lane));
}

uint64_t
store_pg_deadline(const struct soter_lane *lane)
{
	const struct store_pg_lane *l = (const struct store_pg_lane *)lane;
	uint64_t heard;

	if (l->state == STORE_PG_DOWN)
		return (l->retry_ms);
	if (l->is_broken)
		return (0);
	if (l->state != STORE_PG_READY)
		return (l->connect_end_ms);
	if (l->first == NULL)
		return (UINT64_MAX);
	heard =
	    l->first->sent_ms > l->heard_ms ? l->first->sent_ms : l->heard_ms;
	return (heard + STORE_PG_SILENCE);
}

/* ---- jobs ---------------------------------------------------------------- */

void
store_pg_begin(struct soter_lane *lane, struct store_job *job)
{
	struct store_pg_lane *l = lane_of(lane);

	/* Whoever only asks now and then brings it on, too. */
	if (l->first == NULL || l->state != STORE_PG_READY || l->is_broken)
		run(l);
	if (l->state != STORE_PG_READY || l->is_broken) {
		store_job_decide(job,
		    l->why != SOTER_OK ? of_store(l->why) : SOTER_E_BUSY);
		store_job_end(job);
		return;
	}
	store_pg_send_job(l, job);
	flush(l);
}

/* The answers are still to come: the job stays, its batch does not. */
void
store_pg_expire(struct soter_lane *lane, struct store_job *job)
{
	(void)lane;
	store_job_decide(job, lost_rc(job));
	store_job_tell(job);
}

/* ---- open and close ------------------------------------------------------ */

void
store_pg_lane_connect(struct soter_lane *lane, unsigned ms)
{
	struct store_pg_lane *l = lane_of(lane);
	uint64_t end = soter_store_now_ms() + ms, now;

	run(l);
	while ((l->state == STORE_PG_CONNECTING ||
		   l->state == STORE_PG_CHECKING) &&
	    (now = soter_store_now_ms()) < end) {
		struct pollfd fd = { .fd = lane->fd, .events = POLLIN };

		poll(&fd, 1, (int)(end - now));
		run(l);
	}
}

enum soter_rc
store_pg_lane_why(const struct soter_lane *lane)
{
	return (((const struct store_pg_lane *)lane)->why);
}

enum soter_rc
store_pg_lane_open(struct soter_lane **out, struct soter_store *store)
{
	struct store_pg_lane *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return (SOTER_E_NOMEM);
	l->lane.store = store;
	l->url = ((struct store_pg_store *)store)->url;
	l->why = SOTER_E_BUSY;
	l->end = &l->first;
	l->lane.fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->lane.fd < 0) {
		free(l);
		return (SOTER_E_STORAGE);
	}
	store_pg_lane_connect(&l->lane, SOTER_STORE_MS);
	*out = &l->lane;
	return (SOTER_OK);
}

void
store_pg_lane_close(struct soter_lane *lane)
{
	struct store_pg_lane *l = lane_of(lane);

	lose(l, SOTER_E_BUSY);
	close(lane->fd);
	free(l);
}
