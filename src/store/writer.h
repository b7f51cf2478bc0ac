/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store/writer.h -- the one thread of a process that writes to a place of a
 * directory: it takes all groups that wait, and commits them together.
 *
 *	queue -> begin (waits for other processes) -> take -> each group ->
 *commit
 *	-> the lanes are told
 *
 * A job is taken only once the transaction has begun: until then its lane may
 * still withdraw it.  Nothing is told before the commit: what was refused may
 * have been refused because of something that is not committed either.
 */
#ifndef SOTER_STORE_WRITER_H
#define SOTER_STORE_WRITER_H

#include "store/inside.h"

/* What a place does.  All calls come from the writer's thread. */
struct store_place_ops {
	enum soter_store_place place;

	/*
	 * Begin a transaction.  SOTER_E_BUSY: another process writes; it waited
	 * for a while, and will be called again.
	 */
	enum soter_rc (*begin)(void *self);

	/*
	 * Do one.  A verdict of store_is_verdict() leaves the transaction as if
	 * the group had not been there; anything else has spoilt it.
	 */
	enum soter_rc (
	    *group)(void *self, struct soter_group *group, size_t *failed);

	/* The same.  before: memory of its own, or NULL. */
	enum soter_rc (
	    *accept)(void *self, struct soter_accept *x, void **before);

	/* The transaction has ended, whatever comes. */
	enum soter_rc (*commit)(void *self);
	void (*abort)(void *self);

	/* After a transaction ended with rc: is it worth doing it again? */
	bool (*mend)(void *self, enum soter_rc rc);
};

struct store_writer;

/** Is it an answer, rather than a failure? */
bool store_is_verdict(enum soter_rc rc);

/**
 * Start the thread.
 *
 * ended  called by the thread when a place has answered all of a job.
 */
SOTER_MUST_CHECK enum soter_rc store_writer_start(struct store_writer **out,
    const struct store_place_ops *ops, void *self,
    void (*ended)(struct store_job *job, enum soter_store_place place));

/** Finish what is queued, and stop.  NULL in, nothing happens. */
void store_writer_stop(struct store_writer **writer);

void store_writer_queue(struct store_writer *writer, struct store_job *job);

/** Take a job back.  false: it has begun, and `ended` was or will be called. */
bool store_writer_withdraw(struct store_writer *writer, struct store_job *job);

#endif
