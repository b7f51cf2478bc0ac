/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/run.h -- one task, from its kind to its answer, and what the
 * machines have in common.
 */
#ifndef SOTER_DEVICE_WRAPPER_RUN_H
#define SOTER_DEVICE_WRAPPER_RUN_H

#include "device/wrapper/inside.h"

/* A step: code 0 goes on to the next one, anything else ends the task. */
struct wrapper_step {
	const char *state; /* that it belongs to, for the log */
	struct soter_answer (*run)(struct wrapper_run *run);
};

static inline struct soter_answer
wrapper_run_answer(int code, enum soter_rc rc)
{
	return ((struct soter_answer){ code, rc });
}

#define WRAPPER_OK wrapper_run_answer(SOTER_CORE_OK, SOTER_OK)

/** Run it; its result is written. */
void wrapper_run_task(struct soter_wrapper *w, struct wrapper_task *task);

/** Steps in their order, a stop looked for before each. */
struct soter_answer wrapper_run_steps(struct wrapper_run *run,
    const struct wrapper_step *steps, size_t n);

/** What a task that is to end answers: 1020 or 1029, and why. */
struct soter_answer wrapper_run_stopped(const struct wrapper_task *task);

/**
 * The code for a call of the core that failed: that of a stop if there is one;
 * 2 if the device service is gone; else the given one.  Its reason stays.
 */
struct soter_answer wrapper_run_failed(const struct wrapper_run *run, int code,
    struct soter_answer core);

/** Did the core say so because the device service is not there? */
bool wrapper_run_is_gone(enum soter_rc rc);

/**
 * Open the status file and lock it, within the task's time and WRAPPER_LOCK_MS.
 *
 * SOTER_E_WAITING      another process is at work.
 * SOTER_E_STATUS_FILE, SOTER_E_CANCELLED, SOTER_E_TIME.
 */
enum soter_rc wrapper_run_lock(struct wrapper_run *run);

/** 1008, then 1009 for a scene that was not named; then its kname is there. */
struct soter_answer wrapper_run_is_init(struct wrapper_run *run);
struct soter_answer wrapper_run_is_supported(struct wrapper_run *run); /* 2 */
struct soter_answer wrapper_run_has_scene(struct wrapper_run *run);

/** A line for the app's log. */
void wrapper_run_log(const struct soter_wrapper *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The machines; each in the file of its name. */
struct soter_answer wrapper_init(struct wrapper_run *run);
struct soter_answer wrapper_prepare_ask(struct wrapper_run *run);
struct soter_answer wrapper_prepare_authkey(struct wrapper_run *run);
struct soter_answer wrapper_authorise(struct wrapper_run *run);

#endif
