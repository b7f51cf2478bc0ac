/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The asynchronous form: a row of jobs, and threads that are made when there
 * are jobs and none is free.  Once all are busy, one more ends the jobs whose
 * time is over while they wait.  No lock is held while a call runs or `done` is
 * called.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "device/clock.h"
#include "device/core/inside.h"

struct core_job {
	struct core_job *next;
	struct soter_core_call call; /* points into what follows */
	uint64_t end_ms;
	void (*done)(void *context, const struct soter_core_outcome *outcome);
	void *context;
	char kname[SOTER_KNAME_MAX + 1];
	uint8_t challenge[SOTER_TA_CHALLENGE_MAX];
};

/* ---- what each operation is ---------------------------------------------- */

#define LEFT (core_left(job->end_ms))

static struct soter_answer
run_key(struct soter_core *core, const struct core_job *job,
    struct soter_core_outcome *out)
{
	const char *kname = job->call.kname;

	switch (job->call.op) {
	case SOTER_CORE_GENERATE_ASK:
		return (soter_core_generate_ask(core, LEFT));
	case SOTER_CORE_REMOVE_ASK:
		return (soter_core_remove_ask(core, LEFT));
	case SOTER_CORE_HAS_ASK:
		return (soter_core_has_ask(core, LEFT));
	case SOTER_CORE_IS_ASK_VALID:
		return (soter_core_is_ask_valid(core, LEFT));
	case SOTER_CORE_GET_ASK:
		return (soter_core_get_ask(core, LEFT, &out->is_signed));
	case SOTER_CORE_GENERATE_AUTHKEY:
		return (soter_core_generate_authkey(core, kname, LEFT));
	case SOTER_CORE_REMOVE_AUTHKEY:
		return (soter_core_remove_authkey(core, kname, job->call.flag,
		    LEFT));
	case SOTER_CORE_HAS_AUTHKEY:
		return (soter_core_has_authkey(core, kname, LEFT));
	case SOTER_CORE_IS_AUTHKEY_VALID:
		return (soter_core_is_authkey_valid(core, kname, job->call.flag,
		    LEFT));
	case SOTER_CORE_GET_AUTHKEY:
		return (
		    soter_core_get_authkey(core, kname, LEFT, &out->is_signed));
	default:
		return ((
		    struct soter_answer){ SOTER_CORE_PARAM, SOTER_E_ARGUMENT });
	}
}

static struct soter_answer
run(struct soter_core *core, const struct core_job *job,
    struct soter_core_outcome *out)
{
	const struct soter_core_call *x = &job->call;

	switch (x->op) {
	case SOTER_CORE_IS_SUPPORTED:
		return (soter_core_is_supported(core, LEFT));
	case SOTER_CORE_INIT_SIGN:
		return (soter_core_init_sign(core, x->kname, x->challenge, LEFT,
		    &out->session));
	case SOTER_CORE_FINISH_SIGN:
		return (soter_core_finish_sign(core, x->session, LEFT,
		    &out->is_signed));
	case SOTER_CORE_CANCEL_SIGN:
		return (soter_core_cancel_sign(core, x->session, LEFT));
	case SOTER_CORE_STATE:
		return (soter_core_state(core, LEFT, &out->state));
	case SOTER_CORE_AUTH_BEGIN:
		return (
		    soter_core_auth_begin(core, x->session, x->modality, LEFT));
	case SOTER_CORE_AUTH_STEP:
		return (
		    soter_core_auth_step(core, x->session, LEFT, &out->left));
	case SOTER_CORE_AUTH_CANCEL:
		return (soter_core_auth_cancel(core, x->session, LEFT));
	case SOTER_CORE_DEVICE_ID:
		return (soter_core_device_id(core, LEFT, out->device_id));
	case SOTER_CORE_VERSION:
		return (soter_core_version(core, LEFT, &out->number));
	case SOTER_CORE_SELFTEST:
		return (soter_selftest(core, LEFT, &out->selftest));
	default:
		return (run_key(core, job, out));
	}
}

/* ---- threads ------------------------------------------------------------- */

static void
finish(struct soter_core *core, struct core_job *job, bool is_ending)
{
	struct soter_core_outcome out = { 0 };

	if (is_ending)
		out.answer = core_answer(job->call.op, SOTER_E_CANCELLED);
	else if (core_now_ms() >= job->end_ms)
		out.answer = core_answer(job->call.op, SOTER_E_TIME);
	else
		out.answer = run(core, job, &out);
	job->done(job->context, &out);
	free(job);
}

/* With the lock: the first job that ends by then. */
static struct core_job *
take(struct soter_core *core, uint64_t by_ms)
{
	struct core_job **at = &core->first, *job;

	while (*at != NULL && (*at)->end_ms > by_ms)
		at = &(*at)->next;
	job = *at;
	if (job == NULL)
		return (NULL);
	*at = job->next;
	if (*at == NULL)
		core->last = at;
	core->waiting--;
	return (job);
}

/* The next job; NULL: there will be none. */
static struct core_job *
next(struct soter_core *core, bool *is_ending)
{
	struct core_job *job;

	pthread_mutex_lock(&core->lock);
	core->free_threads++;
	while (core->first == NULL && !core->is_ending)
		pthread_cond_wait(&core->changed, &core->lock);
	core->free_threads--;
	job = take(core, UINT64_MAX);
	*is_ending = core->is_ending;
	pthread_mutex_unlock(&core->lock);
	return (job);
}

static void *
work(void *arg)
{
	struct soter_core *core = arg;
	struct core_job *job;
	bool is_ending;

	while ((job = next(core, &is_ending)) != NULL)
		finish(core, job, is_ending);
	return (NULL);
}

/* With the lock: until the first job that waits is overdue, or more come. */
static void
sleep_until_due(struct soter_core *core)
{
	uint64_t end = UINT64_MAX;
	struct timespec t;

	for (struct core_job *job = core->first; job != NULL; job = job->next)
		if (job->end_ms < end)
			end = job->end_ms;
	t = device_clock_at(end);
	if (end == UINT64_MAX)
		pthread_cond_wait(&core->changed, &core->lock);
	else
		(void)pthread_cond_timedwait(&core->changed, &core->lock, &t);
}

/* All other threads are at work, so this one keeps the time for who waits. */
static void *
keep_time(void *arg)
{
	struct soter_core *core = arg;
	struct core_job *job;

	pthread_mutex_lock(&core->lock);
	while (!core->is_ending) {
		job = take(core, core_now_ms());
		if (job == NULL) {
			sleep_until_due(core);
			continue;
		}
		pthread_mutex_unlock(&core->lock);
		finish(core, job, false);
		pthread_mutex_lock(&core->lock);
	}
	pthread_mutex_unlock(&core->lock);
	return (NULL);
}

/* Signals are the app's, and for threads that it knows. */
static bool
start_thread(struct soter_core *core, pthread_t *id, void *(*what)(void *core))
{
	sigset_t all, before;
	bool ok;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ok = pthread_create(id, NULL, what, core) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return (ok);
}

/* With the lock.  One thread more if all are busy; none at all is an error. */
static enum soter_rc
need_thread(struct soter_core *core)
{
	if (core->free_threads > core->waiting)
		return (SOTER_OK);
	if (core->threads < CORE_THREADS &&
	    start_thread(core, &core->ids[core->threads], work))
		core->threads++;
	else if (core->threads > 0 && !core->has_clock)
		core->has_clock = start_thread(core, &core->clock, keep_time);
	return (core->threads > 0 ? SOTER_OK : SOTER_E_NOMEM);
}

void
core_async_end(struct soter_core *core)
{
	for (size_t i = 0; i < core->threads; i++)
		pthread_join(core->ids[i], NULL);
	if (core->has_clock)
		pthread_join(core->clock, NULL);
}

void
core_async_forget(struct soter_core *core, bool is_whole)
{
	struct core_job *job;

	while (is_whole && (job = take(core, UINT64_MAX)) != NULL)
		free(job);
	core->first = NULL;
	core->last = &core->first;
	core->waiting = core->threads = core->free_threads = 0;
	core->has_clock = false;
}

/* ---- a job --------------------------------------------------------------- */

static enum soter_rc
job_new(struct core_job **out, const struct soter_core_call *call)
{
	const size_t kname_n = soter_text(call->kname).n;
	struct core_job *job;

	if ((unsigned)call->op > SOTER_CORE_SELFTEST ||
	    kname_n > SOTER_KNAME_MAX ||
	    call->challenge.n > SOTER_TA_CHALLENGE_MAX)
		return (SOTER_E_ARGUMENT);
	job = calloc(1, sizeof(*job));
	if (job == NULL)
		return (SOTER_E_NOMEM);
	job->call = *call;
	soter_copy(job->kname, call->kname, kname_n);
	soter_copy(job->challenge, call->challenge.p, call->challenge.n);
	job->call.kname = job->kname;
	job->call.challenge.p = job->challenge;
	*out = job;
	return (SOTER_OK);
}

static bool
makes_key(enum soter_core_op op)
{
	return (op == SOTER_CORE_GENERATE_ASK ||
	    op == SOTER_CORE_GENERATE_AUTHKEY || op == SOTER_CORE_SELFTEST);
}

enum soter_rc
soter_core_start(struct soter_core *core, const struct soter_core_call *call,
    void (*done)(void *context, const struct soter_core_outcome *outcome),
    void *context)
{
	struct core_job *job = NULL;
	enum soter_rc rc = done == NULL ? SOTER_E_ARGUMENT : SOTER_OK;

	if (rc == SOTER_OK)
		rc = job_new(&job, call);
	if (rc != SOTER_OK)
		return (rc);
	core_begin(core);
	job->end_ms = core_end(call->ms,
	    makes_key(call->op) ? SOTER_CORE_KEY_MS : SOTER_CORE_MS);
	job->done = done;
	job->context = context;
	pthread_mutex_lock(&core->lock);
	rc = core->is_ending		    ? SOTER_E_CANCELLED
	    : core->waiting == CORE_WAITING ? SOTER_E_LIMIT
					    : need_thread(core);
	if (rc == SOTER_OK) {
		*core->last = job;
		core->last = &job->next;
		core->waiting++;
		pthread_cond_broadcast(&core->changed);
		job = NULL;
	}
	pthread_mutex_unlock(&core->lock);
	core_finish(core);
	free(job);
	return (rc);
}
