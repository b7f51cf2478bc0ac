/* SPDX-License-Identifier: BSD-3-Clause */
/*
 *	   new		start/wait	  thread		thread
 *	task ----> queued ----------> running ------------> done
 *	      |      | stop		 | stop, time		 | copied, or
 *	      |      v			 v			 v the caller
 *	      |    it never begins    it cleans up		   has left
 *	      +--> refused: 1023
 *
 * The lock guards the queue and the tasks' marks; it is held for some
 * instructions at a time, never while anything of ours or the app's runs.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device/clock.h"
#include "device/wrapper/run.h"
#include "device/wrapper/task.h"

/* ---- who still needs it -------------------------------------------------- */

/* With the lock held. */
static void
put_task(struct wrapper_task *task)
{
	if (--task->refs > 0)
		return;
	soter_wipe(task, sizeof(*task));
	free(task);
}

static void
free_wrapper(struct soter_wrapper *w)
{
	soter_core_free(&w->core);
	pthread_cond_destroy(&w->tasks.changed);
	pthread_mutex_destroy(&w->tasks.lock);
	free(w->model);
	free(w->status_dir);
	free(w);
}

bool
wrapper_task_is_forked(const struct soter_wrapper *w)
{
	return (w->pid != getpid());
}

/*
 * The lock, and who waits for it, are as they were when fork() copied them: it
 * may be held by a thread that is not here, with a queue half changed, which is
 * then left alone.  To destroy the condition would be to wait for that thread.
 */
void
wrapper_task_forget(struct soter_wrapper *w)
{
	struct wrapper_tasks *q = &w->tasks;
	struct wrapper_task *task;

	/* In a function of the app's that the thread had called: its stack is
	 * what this one stands on. */
	if (pthread_equal(pthread_self(), q->thread))
		return;
	if (pthread_mutex_trylock(&q->lock) == 0) {
		while ((task = q->first) != NULL) {
			q->first = task->next;
			soter_wipe(task, sizeof(*task));
			free(task);
		}
		pthread_mutex_unlock(&q->lock);
	}
	soter_core_free(&w->core);
	free(w->model);
	free(w->status_dir);
	free(w);
}

/* Unlock, and let go of the wrapper. */
static void
leave(struct soter_wrapper *w)
{
	bool is_last = --w->tasks.refs == 0;

	pthread_mutex_unlock(&w->tasks.lock);
	if (is_last)
		free_wrapper(w);
}

/* ---- the thread ---------------------------------------------------------- */

/* With the lock held.  The kind is free from here on. */
static void
end_task(struct wrapper_tasks *q, struct wrapper_task *task)
{
	q->running = NULL;
	if (task->is_left) {
		q->unseen |= task->result.removed;
	} else {
		task->result.removed |= q->unseen;
		q->unseen = 0;
	}
	task->is_done = true;
	pthread_cond_broadcast(&q->changed);
}

/* With the lock held, which is given up meanwhile. */
static void
work_one(struct soter_wrapper *w, struct wrapper_task *task)
{
	struct wrapper_tasks *q = &w->tasks;

	q->first = task->next;
	q->running = task;
	pthread_mutex_unlock(&q->lock);
	if (!task->is_refused)
		wrapper_run_task(w, task);
	pthread_mutex_lock(&q->lock);
	end_task(q, task);
	if (task->done != NULL) {
		pthread_mutex_unlock(&q->lock);
		task->done(task->context, &task->result);
		pthread_mutex_lock(&q->lock);
	}
	put_task(task);
}

static void *
work(void *wrapper)
{
	struct soter_wrapper *w = wrapper;
	struct wrapper_tasks *q = &w->tasks;

	pthread_mutex_lock(&q->lock);
	while (!q->is_closing || q->first != NULL) {
		if (q->first == NULL)
			pthread_cond_wait(&q->changed, &q->lock);
		else
			work_one(w, q->first);
	}
	q->is_ended = true;
	pthread_cond_broadcast(&q->changed);
	leave(w);
	return (NULL);
}

/* Signals are for the app's threads. */
static int
start_thread(struct soter_wrapper *w)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&w->tasks.thread, NULL, work, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return (error);
}

enum soter_rc
wrapper_task_open(struct soter_wrapper *w)
{
	struct wrapper_tasks *q = &w->tasks;
	pthread_condattr_t monotonic;

	if (pthread_condattr_init(&monotonic) != 0)
		return (SOTER_E_NOMEM);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&q->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&q->lock, NULL);
	q->refs = 2;
	w->pid = getpid();
	if (start_thread(w) == 0)
		return (SOTER_OK);
	pthread_cond_destroy(&q->changed);
	pthread_mutex_destroy(&q->lock);
	return (SOTER_E_NOMEM);
}

/* ---- stopping ------------------------------------------------------------ */

/* With the lock held. */
static void
stop_task(struct wrapper_task *task, enum wrapper_stop why)
{
	int goes_on = WRAPPER_GOES_ON;

	if (atomic_compare_exchange_strong(&task->stop, &goes_on, (int)why))
		task->stopped_ms = device_clock_ms();
}

/* With the lock held.  kind: NULL for all. */
static void
stop_tasks(struct wrapper_tasks *q, enum wrapper_stop why,
    const enum soter_task_kind *kind)
{
	if (q->running != NULL &&
	    (kind == NULL || q->running->what.kind == *kind))
		stop_task(q->running, why);
	for (struct wrapper_task *t = q->first; t != NULL; t = t->next)
		if (kind == NULL || t->what.kind == *kind)
			stop_task(t, why);
	pthread_cond_broadcast(&q->changed);
}

void
wrapper_task_stop(struct soter_wrapper *w, enum wrapper_stop why)
{
	pthread_mutex_lock(&w->tasks.lock);
	stop_tasks(&w->tasks, why, NULL);
	pthread_mutex_unlock(&w->tasks.lock);
}

void
wrapper_task_stop_kind(struct soter_wrapper *w, enum wrapper_stop why,
    enum soter_task_kind kind)
{
	pthread_mutex_lock(&w->tasks.lock);
	stop_tasks(&w->tasks, why, &kind);
	pthread_mutex_unlock(&w->tasks.lock);
}

void
wrapper_task_close(struct soter_wrapper *w)
{
	struct wrapper_tasks *q = &w->tasks;
	struct timespec limit =
	    device_clock_at(device_clock_ms() + SOTER_RELEASE_MS);
	bool is_own, is_joined;

	pthread_mutex_lock(&q->lock);
	is_own = pthread_equal(pthread_self(), q->thread);
	q->is_closing = true;
	stop_tasks(q, WRAPPER_STOP_CANCEL, NULL);
	/* A completion that ends its own wrapper cannot wait for itself. */
	while (!is_own && !q->is_ended &&
	    pthread_cond_timedwait(&q->changed, &q->lock, &limit) == 0)
		;
	is_joined = q->is_ended;
	if (!is_joined)
		pthread_detach(q->thread);
	pthread_mutex_unlock(&q->lock);
	if (is_joined)
		pthread_join(q->thread, NULL);
	pthread_mutex_lock(&q->lock);
	leave(w);
}

/* ---- putting in, and waiting --------------------------------------------- */

enum soter_rc
wrapper_task_new(struct wrapper_task **out, const struct soter_task *what)
{
	struct wrapper_task *task = calloc(1, sizeof(*task));
	unsigned ms = what->ms == 0 ? SOTER_TASK_MS : what->ms;
	unsigned reserve =
	    ms / 8 < WRAPPER_RESERVE_MS ? ms / 8 : WRAPPER_RESERVE_MS;
	const char *challenge = what->authorisation.challenge;

	if (task == NULL)
		return (SOTER_E_NOMEM);
	task->what = *what;
	task->what.ms = ms;
	task->ends_ms = device_clock_ms() + ms - reserve;
	task->refs = 1;
	if (what->kind == SOTER_TASK_AUTHORISE && challenge != NULL) {
		strncpy(task->challenge, challenge,
		    sizeof(task->challenge) - 1);
		task->what.authorisation.challenge = task->challenge;
	}
	*out = task;
	return (SOTER_OK);
}

/* With the lock held. */
static bool
is_busy(const struct wrapper_tasks *q, enum soter_task_kind kind)
{
	if (q->running != NULL && q->running->what.kind == kind &&
	    !q->running->is_refused)
		return (true);
	for (struct wrapper_task *t = q->first; t != NULL; t = t->next)
		if (t->what.kind == kind && !t->is_refused)
			return (true);
	return (false);
}

/* With the lock held. */
static void
put_in(struct wrapper_tasks *q, struct wrapper_task *task)
{
	struct wrapper_task **at = &q->first;

	/* What is said at once does not wait for those that work. */
	while (*at != NULL && (!task->is_refused || (*at)->is_refused))
		at = &(*at)->next;
	task->next = *at;
	*at = task;
	if (q->is_closing)
		stop_task(task, WRAPPER_STOP_CANCEL);
	pthread_cond_broadcast(&q->changed);
}

/* With the lock held: wait until it is done, or its caller's time is over. */
static void
wait_for(struct wrapper_tasks *q, struct wrapper_task *task, uint64_t ends_ms)
{
	while (!task->is_done) {
		uint64_t limit = ends_ms;
		struct timespec at;

		if (atomic_load(&task->stop) != WRAPPER_GOES_ON &&
		    task->stopped_ms + WRAPPER_CANCEL_MS < limit)
			limit = task->stopped_ms + WRAPPER_CANCEL_MS;
		if (device_clock_ms() >= limit)
			break;
		at = device_clock_at(limit);
		pthread_cond_timedwait(&q->changed, &q->lock, &at);
	}
	if (task->is_done)
		return;
	task->is_left = true;
	/* The app's own function, which may use what the caller owns. */
	while (task->in_event)
		pthread_cond_wait(&q->changed, &q->lock);
}

static const struct soter_answer busy = { SOTER_PROCESS_RUNNING,
	SOTER_E_IS_AUTHING };
static const struct soter_answer unknown = { SOTER_PROCESS_UPLOAD_RESULT,
	SOTER_E_NO_ANSWER };

/* On the thread itself, a wait would be for ever. */
static struct soter_answer
refuse(struct soter_task_result *result, struct soter_answer answer)
{
	if (result != NULL)
		*result = (struct soter_task_result){ .answer = answer,
			.support = SOTER_SUPPORT_UNDEFINED };
	return (answer);
}

struct soter_answer
wrapper_task_wait(struct soter_wrapper *w, struct wrapper_task *task,
    struct soter_task_result *result)
{
	struct wrapper_tasks *q = &w->tasks;
	uint64_t ends_ms = device_clock_ms() + task->what.ms;
	struct soter_answer answer;

	pthread_mutex_lock(&q->lock);
	if (pthread_equal(pthread_self(), q->thread) ||
	    is_busy(q, task->what.kind)) {
		answer = is_busy(q, task->what.kind)
		    ? busy
		    : (struct soter_answer){ SOTER_CORE_PARAM,
			      SOTER_E_ARGUMENT };
		put_task(task);
		pthread_mutex_unlock(&q->lock);
		return (refuse(result, answer));
	}
	task->refs++;
	q->refs++;
	put_in(q, task);
	wait_for(q, task, ends_ms);
	if (task->is_done) {
		answer = task->result.answer;
		if (result != NULL)
			*result = task->result;
	} else {
		answer = task->is_sent ? unknown : wrapper_run_stopped(task);
		refuse(result, answer);
	}
	put_task(task);
	leave(w);
	return (answer);
}

enum soter_rc
wrapper_task_start(struct soter_wrapper *w, struct wrapper_task *task)
{
	struct wrapper_tasks *q = &w->tasks;
	bool is_closing;

	pthread_mutex_lock(&q->lock);
	is_closing = q->is_closing;
	if (is_closing) {
		/* Else completions that begin tasks would never let it end. */
		put_task(task);
	} else {
		if (is_busy(q, task->what.kind)) {
			task->is_refused = true;
			refuse(&task->result, busy);
		}
		put_in(q, task);
	}
	pthread_mutex_unlock(&q->lock);
	return (is_closing ? SOTER_E_CANCELLED : SOTER_OK);
}

/* ---- for the machines ---------------------------------------------------- */

enum soter_rc
wrapper_task_check(const struct wrapper_task *task)
{
	if (atomic_load(&task->stop) != WRAPPER_GOES_ON)
		return (SOTER_E_CANCELLED);
	return (device_clock_ms() < task->ends_ms ? SOTER_OK : SOTER_E_TIME);
}

unsigned
wrapper_task_left_ms(const struct wrapper_task *task)
{
	uint64_t now = device_clock_ms();

	return (now < task->ends_ms ? (unsigned)(task->ends_ms - now) : 1);
}

enum soter_rc
wrapper_task_sleep(struct soter_wrapper *w, struct wrapper_task *task,
    unsigned ms)
{
	uint64_t until = device_clock_ms() + ms;
	enum soter_rc rc;

	if (until > task->ends_ms)
		until = task->ends_ms;
	pthread_mutex_lock(&w->tasks.lock);
	while ((rc = wrapper_task_check(task)) == SOTER_OK &&
	    device_clock_ms() < until) {
		struct timespec at = device_clock_at(until);

		pthread_cond_timedwait(&w->tasks.changed, &w->tasks.lock, &at);
	}
	pthread_mutex_unlock(&w->tasks.lock);
	return (rc);
}

enum soter_rc
wrapper_task_send(struct soter_wrapper *w, struct wrapper_task *task)
{
	enum soter_rc rc;

	pthread_mutex_lock(&w->tasks.lock);
	rc = wrapper_task_check(task);
	if (rc == SOTER_OK && task->is_left)
		rc = SOTER_E_TIME;
	task->is_sent = rc == SOTER_OK;
	pthread_mutex_unlock(&w->tasks.lock);
	return (rc);
}

void
wrapper_task_unsend(struct soter_wrapper *w, struct wrapper_task *task)
{
	pthread_mutex_lock(&w->tasks.lock);
	task->is_sent = false;
	pthread_mutex_unlock(&w->tasks.lock);
}

void
wrapper_task_event(struct soter_wrapper *w, struct wrapper_task *task,
    enum soter_auth_event event, unsigned left)
{
	const struct soter_authorisation *a = &task->what.authorisation;

	if (a->event == NULL)
		return;
	pthread_mutex_lock(&w->tasks.lock);
	task->in_event = !task->is_left;
	pthread_mutex_unlock(&w->tasks.lock);
	if (!task->in_event)
		return;
	a->event(a->context, event, left);
	pthread_mutex_lock(&w->tasks.lock);
	task->in_event = false;
	pthread_cond_broadcast(&w->tasks.changed);
	pthread_mutex_unlock(&w->tasks.lock);
}
