/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every backend wants checked before it sees a batch, and the list of the
 * jobs under way.  An item that is refused here has its rc, and the backend
 * passes over it.
 */
#include <stdlib.h>

#include "store/inside.h"

/* ---- open and close ------------------------------------------------------ */

enum soter_rc
soter_lane_open(struct soter_lane **out, struct soter_store *store)
{
	struct soter_lane *lane = NULL;
	enum soter_rc rc;

	if (atomic_fetch_add(&store->lanes, 1) >= SOTER_STORE_LANES_MAX) {
		rc = SOTER_E_LIMIT;
		goto out;
	}
	if ((rc = store->ops->lane_open(&lane, store)) != SOTER_OK)
		goto out;
	*out = lane;
out:
	if (rc != SOTER_OK)
		atomic_fetch_sub(&store->lanes, 1);
	return (rc);
}

void
soter_lane_close(struct soter_lane **lane)
{
	struct soter_store *store;

	if (*lane == NULL)
		return;
	store = (*lane)->store;
	store->ops->lane_close(*lane);
	atomic_fetch_sub(&store->lanes, 1);
	*lane = NULL;
}

int
soter_lane_fd(const struct soter_lane *lane)
{
	return (lane->fd);
}

size_t
soter_lane_pending(const struct soter_lane *lane)
{
	return (lane->pending);
}

uint64_t
soter_lane_deadline(const struct soter_lane *lane)
{
	const struct store_ops *ops = lane->store->ops;
	uint64_t end = UINT64_MAX, other;

	/* One whose time is over is waited for: its end wakes the lane. */
	for (const struct store_job *job = lane->first; job != NULL;
	     job = job->next)
		if (!job->is_over) {
			end = job->end_ms;
			break;
		}
	other = ops->deadline == NULL ? UINT64_MAX : ops->deadline(lane);
	return (other < end ? other : end);
}

void
soter_lane_run(struct soter_lane *lane)
{
	const struct store_ops *ops = lane->store->ops;
	uint64_t now;

	ops->run(lane);
	if (lane->first == NULL)
		return;
	now = soter_store_now_ms();
	for (struct store_job *job = lane->first, *next;
	     job != NULL && job->end_ms <= now; job = next) {
		next = job->next;
		if (job->is_over)
			continue;
		job->is_over = true;
		ops->expire(lane, job);
		next = lane->first; /* a done may have changed the list */
	}
}

/* ---- jobs ---------------------------------------------------------------- */

enum soter_store_place
store_group_place(const struct soter_group *group)
{
	return (soter_kind_row(group->writes[0].kind)->place);
}

enum soter_rc *
store_job_rc(struct store_job *job, size_t i)
{
	switch (job->type) {
	case STORE_GET:
		return (&job->get->gets[i].rc);
	case STORE_WRITE:
		return (&job->write->groups[i].rc);
	case STORE_ACCEPT:
		return (&job->accept->accepts[i].rc);
	default:
		return (&job->look->rc);
	}
}

void
store_job_decide(struct store_job *job, enum soter_rc rc)
{
	for (size_t i = 0; i < job->n; i++)
		if (*store_job_rc(job, i) == STORE_UNDECIDED)
			*store_job_rc(job, i) = rc;
}

/* Almost always at the end: most jobs have the same time limit. */
static void
list_add(struct soter_lane *lane, struct store_job *job)
{
	struct store_job *after = lane->last;

	while (after != NULL && after->end_ms > job->end_ms)
		after = after->prev;
	job->prev = after;
	job->next = after == NULL ? lane->first : after->next;
	*(job->next == NULL ? &lane->last : &job->next->prev) = job;
	*(after == NULL ? &lane->first : &after->next) = job;
	lane->pending += job->n;
}

static void
list_remove(struct soter_lane *lane, struct store_job *job)
{
	*(job->next == NULL ? &lane->last : &job->next->prev) = job->prev;
	*(job->prev == NULL ? &lane->first : &job->prev->next) = job->next;
	lane->pending -= job->n;
}

static void
call_done(const struct store_job *job)
{
	switch (job->type) {
	case STORE_GET:
		job->get->done(job->get);
		break;
	case STORE_WRITE:
		job->write->done(job->write);
		break;
	case STORE_ACCEPT:
		job->accept->done(job->accept);
		break;
	default:
		job->look->is_done = true;
		break;
	}
}

void
store_job_tell(struct store_job *job)
{
	list_remove(job->lane, job);
	job->is_told = true;
	call_done(job);
}

void
store_job_free(struct store_job *job)
{
	job->lane->store->ops->forget(job);
	free(job);
}

void
store_job_end(struct store_job *job)
{
	store_job_tell(job);
	store_job_free(job);
}

/* The job of a batch whose items are checked; begins it, or says why not. */
static void
begin(struct soter_lane *lane, const struct store_job *like, uint64_t end_ms)
{
	struct store_job *job, local = *like;
	enum soter_rc refused = SOTER_OK;

	local.lane = lane;
	if (local.n > SOTER_STORE_BATCH_MAX)
		refused = SOTER_E_LIMIT;
	else if (local.n > SOTER_STORE_PENDING_MAX - lane->pending)
		refused = SOTER_E_BUSY;
	for (size_t i = 0; i < local.n; i++)
		if (*store_job_rc(&local, i) == STORE_UNDECIDED)
			local.left++;
	job = refused != SOTER_OK || local.left == 0
	    ? NULL
	    : calloc(1, sizeof(*job) + local.n * sizeof(job->part[0]));
	if (job == NULL) {
		store_job_decide(&local,
		    refused != SOTER_OK ? refused : SOTER_E_NOMEM);
		call_done(&local);
		return;
	}
	*job = local;
	job->end_ms =
	    end_ms != 0 ? end_ms : soter_store_now_ms() + SOTER_STORE_MS;
	list_add(lane, job);
	lane->store->ops->begin(lane, job);
}

/* ---- what is refused ----------------------------------------------------- */

static enum soter_rc
check_key(enum soter_store_kind kind, struct soter_span key)
{
	const struct soter_kind_row *row = soter_kind_row(kind);

	if (row == NULL || key.n == 0)
		return (SOTER_E_ARGUMENT);
	return (key.n > row->key_max ? SOTER_E_LIMIT : STORE_UNDECIDED);
}

static enum soter_rc
check_value(enum soter_store_kind kind, struct soter_span value)
{
	return (value.n > soter_kind_row(kind)->value_max ? SOTER_E_LIMIT
							  : STORE_UNDECIDED);
}

static bool
may_write(const struct soter_lane *lane, enum soter_store_kind kind)
{
	switch (lane->store->mode) {
	case SOTER_STORE_READ_WRITE:
		return (true);
	case SOTER_STORE_ROOTS_READ_ONLY:
		return (kind != SOTER_KIND_ROOTS);
	default:
		return (false);
	}
}

static enum soter_rc
check_write(const struct soter_lane *lane, const struct soter_write *x)
{
	bool is_put = (unsigned)x->op < SOTER_DELETE;
	enum soter_rc rc = check_key(x->kind, x->key);

	if (rc == STORE_UNDECIDED && is_put)
		rc = check_value(x->kind, x->value);
	if ((unsigned)x->op >= SOTER_WRITE_OPS || !may_write(lane, x->kind) ||
	    (x->op == SOTER_PUT_AT && x->at == 0))
		return (SOTER_E_ARGUMENT);
	return (rc);
}

static enum soter_rc
check_group(const struct soter_lane *lane, struct soter_group *group)
{
	group->failed = 0;
	if (group->n == 0)
		return (SOTER_E_ARGUMENT);
	if (group->n > SOTER_STORE_GROUP_MAX)
		return (SOTER_E_LIMIT);
	for (size_t i = 0; i < group->n; i++) {
		const struct soter_write *x = &group->writes[i];
		enum soter_rc rc = check_write(lane, x);

		/* Two places have two commits: not all or nothing. */
		if (rc == STORE_UNDECIDED &&
		    soter_kind_row(x->kind)->place != store_group_place(group))
			rc = SOTER_E_ARGUMENT;
		if (rc != STORE_UNDECIDED) {
			group->failed = i;
			return (rc);
		}
	}
	return (STORE_UNDECIDED);
}

static enum soter_rc
check_accept(const struct soter_lane *lane, struct soter_accept *x)
{
	static const enum soter_store_kind kinds[] = { SOTER_KIND_CHALLENGES,
		SOTER_KIND_COUNTERS, SOTER_KIND_DECISIONS };
	const struct soter_span keys[] = { x->challenge, x->counter,
		x->decision };

	x->before = soter_span(NULL, 0);
	if (!may_write(lane, SOTER_KIND_DECISIONS))
		return (SOTER_E_ARGUMENT);
	for (size_t i = 0; i < SOTER_COUNT(kinds); i++) {
		enum soter_rc rc = check_key(kinds[i], keys[i]);

		if (rc != STORE_UNDECIDED)
			return (rc);
	}
	return (check_value(SOTER_KIND_DECISIONS, x->decision_is));
}

/* ---- the four kinds of batches ------------------------------------------- */

void
soter_lane_get(struct soter_lane *lane, struct soter_get_batch *batch)
{
	const struct store_job like = { .type = STORE_GET,
		.get = batch,
		.n = batch->n };

	for (size_t i = 0; i < batch->n; i++) {
		struct soter_get *x = &batch->gets[i];

		x->value = soter_span(NULL, 0);
		x->version = 0;
		x->rc = check_key(x->kind, x->key);
	}
	begin(lane, &like, batch->end_ms);
}

void
soter_lane_write(struct soter_lane *lane, struct soter_write_batch *batch)
{
	const struct store_job like = { .type = STORE_WRITE,
		.write = batch,
		.n = batch->n };

	for (size_t i = 0; i < batch->n; i++)
		batch->groups[i].rc = check_group(lane, &batch->groups[i]);
	begin(lane, &like, batch->end_ms);
}

void
soter_lane_accept(struct soter_lane *lane, struct soter_accept_batch *batch)
{
	const struct store_job like = { .type = STORE_ACCEPT,
		.accept = batch,
		.n = batch->n };

	for (size_t i = 0; i < batch->n; i++)
		batch->accepts[i].rc = check_accept(lane, &batch->accepts[i]);
	begin(lane, &like, batch->end_ms);
}

void
store_lane_look(struct soter_lane *lane, struct store_look *look)
{
	const struct store_job like = {
		.type = look->scan == NULL ? STORE_COUNT : STORE_SCAN,
		.look = look,
		.n = 1,
	};
	const struct soter_scan *scan = look->scan;

	look->rc = soter_kind_row(look->kind) == NULL ? SOTER_E_ARGUMENT
						      : STORE_UNDECIDED;
	if (scan != NULL && scan->limit == 0)
		look->rc = SOTER_E_ARGUMENT;
	if (scan != NULL &&
	    (scan->limit > SOTER_STORE_SCAN_MAX ||
		scan->prefix.n > SOTER_STORE_KEY_MAX ||
		scan->after.n > SOTER_STORE_KEY_MAX))
		look->rc = SOTER_E_LIMIT;
	begin(lane, &like, look->end_ms);
}
