/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "store/writer.h"

struct store_writer {
	const struct store_place_ops *ops;
	void *self;
	void (*ended)(struct store_job *job, enum soter_store_place place);
	pthread_t thread;

	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct store_job *first, **end; /* queue, by queue_next[place] */
	bool is_ending;
};

bool
store_is_verdict(enum soter_rc rc)
{
	switch (rc) {
	case SOTER_OK:
	case SOTER_E_EXISTS:
	case SOTER_E_CONFLICT:
	case SOTER_E_NOTFOUND:
	case SOTER_E_REPLAY:
	case SOTER_E_CORRUPT:
		return (true);
	default:
		return (false);
	}
}

/* ---- the transaction ----------------------------------------------------- */

/* Is item i for this place, and was it not refused at once? */
static bool
is_ours(const struct store_writer *w, struct store_job *job, size_t i)
{
	if (*store_job_rc(job, i) != STORE_UNDECIDED)
		return (false);
	return (job->type == STORE_ACCEPT
		? w->ops->place == SOTER_STORE_CHANGING
		: store_group_place(&job->write->groups[i]) == w->ops->place);
}

static enum soter_rc
do_item(struct store_writer *w, struct store_job *job, size_t i)
{
	struct store_part *part = &job->part[i];

	if (job->type == STORE_WRITE) {
		part->verdict = w->ops->group(w->self, &job->write->groups[i],
		    &part->failed);
		return (part->verdict);
	}
	free(part->memory); /* of a transaction that is done again */
	part->memory = NULL;
	part->verdict =
	    w->ops->accept(w->self, &job->accept->accepts[i], &part->memory);
	return (part->verdict);
}

static enum soter_rc
do_jobs(struct store_writer *w, struct store_job *jobs)
{
	for (struct store_job *job = jobs; job != NULL;
	     job = job->queue_next[w->ops->place])
		for (size_t i = 0; i < job->n; i++) {
			enum soter_rc rc = SOTER_OK;

			if (is_ours(w, job, i))
				rc = do_item(w, job, i);
			if (!store_is_verdict(rc)) {
				w->ops->abort(w->self);
				return (rc);
			}
		}
	return (w->ops->commit(w->self));
}

/*
 * rc is that of the commit: each has its own verdict if it is SOTER_OK, else
 * all have rc, also those that were refused: by what, is undone.
 */
static void
tell(struct store_writer *w, struct store_job *jobs, enum soter_rc rc)
{
	enum soter_store_place place = w->ops->place;

	for (struct store_job *job = jobs, *next; job != NULL; job = next) {
		next = job->queue_next[place];
		for (size_t i = 0; i < job->n; i++)
			if (is_ours(w, job, i) && rc != SOTER_OK) {
				job->part[i].verdict = rc;
				job->part[i].failed = 0;
			}
		w->ended(job, place);
	}
}

/* ---- the queue ----------------------------------------------------------- */

/* Enough for a good commit, and not more than fits into the memory. */
static struct store_job *
take(struct store_writer *w)
{
	struct store_job *jobs, *last = NULL;
	size_t n = 0;

	pthread_mutex_lock(&w->lock);
	jobs = w->first;
	for (struct store_job *job = jobs;
	     job != NULL && n < SOTER_STORE_BATCH_MAX;
	     job = job->queue_next[w->ops->place]) {
		n += job->n;
		last = job;
	}
	if (last != NULL) {
		w->first = last->queue_next[w->ops->place];
		last->queue_next[w->ops->place] = NULL;
	}
	if (w->first == NULL)
		w->end = &w->first;
	pthread_mutex_unlock(&w->lock);
	return (jobs);
}

/* False: to end, and nothing is left. */
static bool
wait_for_work(struct store_writer *w)
{
	bool has_work;

	pthread_mutex_lock(&w->lock);
	while (w->first == NULL && !w->is_ending)
		pthread_cond_wait(&w->wake, &w->lock);
	has_work = w->first != NULL;
	pthread_mutex_unlock(&w->lock);
	return (has_work);
}

/* Jobs that were taken, until they are committed or cannot be. */
static void
commit_jobs(struct store_writer *w, struct store_job *jobs)
{
	enum soter_rc rc;

	for (;;) {
		rc = do_jobs(w, jobs);
		if (rc == SOTER_OK || !w->ops->mend(w->self, rc))
			break;
		while ((rc = w->ops->begin(w->self)) == SOTER_E_BUSY)
			;
		if (rc != SOTER_OK)
			break;
	}
	tell(w, jobs, rc);
}

static void *
write_for_ever(void *context)
{
	struct store_writer *w = context;

	while (wait_for_work(w)) {
		enum soter_rc rc = w->ops->begin(w->self);
		struct store_job *jobs;

		/* Who has no time to wait for other processes withdraws. */
		if (rc == SOTER_E_BUSY)
			continue;
		if ((jobs = take(w)) == NULL) {
			if (rc == SOTER_OK)
				w->ops->abort(w->self);
		} else if (rc == SOTER_OK)
			commit_jobs(w, jobs);
		else if (w->ops->mend(w->self, rc) &&
		    (rc = w->ops->begin(w->self)) == SOTER_OK)
			commit_jobs(w, jobs);
		else
			tell(w, jobs, rc);
	}
	return (NULL);
}

void
store_writer_queue(struct store_writer *w, struct store_job *job)
{
	pthread_mutex_lock(&w->lock);
	job->queue_next[w->ops->place] = NULL;
	*w->end = job;
	w->end = &job->queue_next[w->ops->place];
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

bool
store_writer_withdraw(struct store_writer *w, struct store_job *job)
{
	struct store_job **at = &w->first;
	bool is_queued;

	pthread_mutex_lock(&w->lock);
	while (*at != NULL && *at != job)
		at = &(*at)->queue_next[w->ops->place];
	is_queued = *at == job;
	if (is_queued) {
		*at = job->queue_next[w->ops->place];
		if (*at == NULL)
			w->end = at;
	}
	pthread_mutex_unlock(&w->lock);
	return (is_queued);
}

/* ---- start and stop ------------------------------------------------------ */

/* Signals are for the program's own threads. */
static int
create_thread(struct store_writer *w)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&w->thread, NULL, write_for_ever, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return (error);
}

enum soter_rc
store_writer_start(struct store_writer **out, const struct store_place_ops *ops,
    void *self, void (*ended)(struct store_job *, enum soter_store_place))
{
	struct store_writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return (SOTER_E_NOMEM);
	w->ops = ops;
	w->self = self;
	w->ended = ended;
	w->end = &w->first;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	if (create_thread(w) != 0) {
		pthread_cond_destroy(&w->wake);
		pthread_mutex_destroy(&w->lock);
		free(w);
		return (SOTER_E_NOMEM);
	}
	*out = w;
	return (SOTER_OK);
}

void
store_writer_stop(struct store_writer **writer)
{
	struct store_writer *w = *writer;

	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->is_ending = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
	*writer = NULL;
}
