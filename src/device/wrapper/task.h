/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/task.h -- the queue of tasks, its one thread, and those who
 * wait.
 *
 * A task's outputs are its own; they are copied to a caller who is still there.
 * One who leaves at the end of his time is never written to, and his functions
 * are not called any more.
 */
#ifndef SOTER_DEVICE_WRAPPER_TASK_H
#define SOTER_DEVICE_WRAPPER_TASK_H

#include "device/wrapper/inside.h"

/** Start the thread, with a reference for it and one for the caller.
 * SOTER_E_NOMEM. */
SOTER_MUST_CHECK enum soter_rc wrapper_task_open(struct soter_wrapper *w);

/** Cancel all, wait as soter_wrapper_free() says, and let go. */
void wrapper_task_close(struct soter_wrapper *w);

/** Is this a process that fork() made?  The thread is the parent's, and so is
 * the lock: nothing here but the next function may be called. */
bool wrapper_task_is_forked(const struct soter_wrapper *w);

/** There: release the memory, and wait for nobody. */
void wrapper_task_forget(struct soter_wrapper *w);

/** A task that is in no queue yet.  SOTER_E_NOMEM. */
SOTER_MUST_CHECK enum soter_rc wrapper_task_new(struct wrapper_task **out,
    const struct soter_task *what);

/** Put it into the queue and wait.  The task is taken over. */
struct soter_answer wrapper_task_wait(struct soter_wrapper *w,
    struct wrapper_task *task, struct soter_task_result *result);

/** Put it into the queue, with its completion.  The task is taken over.
 * SOTER_E_CANCELLED: the wrapper is being closed; no completion. */
SOTER_MUST_CHECK enum soter_rc wrapper_task_start(struct soter_wrapper *w,
    struct wrapper_task *task);

/** Stop all tasks, or those of one kind. */
void wrapper_task_stop(struct soter_wrapper *w, enum wrapper_stop why);
void wrapper_task_stop_kind(struct soter_wrapper *w, enum wrapper_stop why,
    enum soter_task_kind kind);

/* For the machines, on the thread. */

/** SOTER_OK: it goes on.  SOTER_E_CANCELLED, SOTER_E_TIME: it should end. */
enum soter_rc wrapper_task_check(const struct wrapper_task *task);

/** What is left of its time, at least 1. */
unsigned wrapper_task_left_ms(const struct wrapper_task *task);

/** Sleep, unless it is stopped or its time ends meanwhile: SOTER_OK, or
 * wrapper_task_check(). */
enum soter_rc wrapper_task_sleep(struct soter_wrapper *w,
    struct wrapper_task *task, unsigned ms);

/**
 * A result goes to the app's server now: a caller who leaves from here on is
 * told that it may have been taken.
 *
 * SOTER_E_CANCELLED, SOTER_E_TIME  the task should end, or he has left already
 *                                  and was told that nothing was sent: nothing
 *                                  may be.
 */
SOTER_MUST_CHECK enum soter_rc wrapper_task_send(struct soter_wrapper *w,
    struct wrapper_task *task);

/** It did not come there, or was refused. */
void wrapper_task_unsend(struct soter_wrapper *w, struct wrapper_task *task);

/** Tell the caller, if he is still there. */
void wrapper_task_event(struct soter_wrapper *w, struct wrapper_task *task,
    enum soter_auth_event event, unsigned left);

#endif
