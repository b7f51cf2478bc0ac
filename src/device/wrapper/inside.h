/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/inside.h -- what a wrapper is made of.
 *
 *	wrapper.c	what an app calls
 *	task.c		the queue, the thread, and those who wait
 *	run.c		one task, from its kind to its answer
 *	init.c prepare.c authorise.c	the machines of d.3, d.5 and d.6
 *	removal.c	the table of d.5, and its hand
 *	verdict.c	what a reason says of a key
 *	upload.c	the app's server, some times
 *	status.c names.c model.c text.c	see there
 */
#ifndef SOTER_DEVICE_WRAPPER_INSIDE_H
#define SOTER_DEVICE_WRAPPER_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "device/wrapper/names.h"
#include "device/wrapper/status.h"
#include "soter/wrapper.h"
#include "wire/limits.h"

#define WRAPPER_TASK_KINDS (SOTER_TASK_REMOVE_ALL + 1)

#define WRAPPER_CANCEL_MS  350 /* then the caller gets its 1020 (d.6) */
#define WRAPPER_RESERVE_MS                                                  \
	1000		      /* of a task's time: for cleaning up, at most \
			       */
#define WRAPPER_CLEAN_MS 3000 /* for one call that cleans up; ours */
#define WRAPPER_LOCK_MS	 3000 /* for the other process of this app; ours */
#define WRAPPER_POLL_MS	 10   /* between two looks at the sensor; ours */
#define WRAPPER_PAUSE_MS 200  /* before the second try; then fourfold; ours */

/* Why a task should end. */
enum wrapper_stop {
	WRAPPER_GOES_ON,
	WRAPPER_STOP_CANCEL,   /* 1020 */
	WRAPPER_STOP_NEGATIVE, /* 1029 */
};

/* One task; of its maker, then of the queue and of whoever waits for it. */
struct wrapper_task {
	struct soter_task what; /* its challenge is the one below */
	char challenge[SOTER_TA_CHALLENGE_MAX + 2]; /* one more: too long */
	uint64_t ends_ms; /* when it has to begin to clean up */
	_Atomic int stop; /* enum wrapper_stop */

	/* Under the queue's lock. */
	struct wrapper_task *next;
	unsigned refs;
	uint64_t stopped_ms;
	bool is_refused; /* 1023: only its completion is left to be called */
	bool is_done;
	bool is_left;			 /* the caller has gone */
	bool in_event;			 /* the caller's function runs */
	bool is_sent;			 /* a result: the server may have it */
	struct soter_task_result result; /* the thread's until is_done */

	void (*done)(void *context, const struct soter_task_result *result);
	void *context;
};

/* The queue and its thread. */
struct wrapper_tasks {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool is_closing, is_ended;
	unsigned refs; /* of the wrapper: owner, thread, each who waits */
	struct wrapper_task *first, *running;
	unsigned unseen; /* removed by tasks whose caller had gone */
};

/* What came of init, for those who ask without a lock. */
enum wrapper_state {
	WRAPPER_NOT_INIT,
	WRAPPER_SUPPORTED,
	WRAPPER_UNSUPPORTED,
};

struct soter_wrapper {
	/* Never changes. */
	pid_t pid; /* whose the thread is */
	struct soter_core *core;
	struct soter_network network;
	int32_t scenes[SOTER_SCENES_MAX];
	size_t scenes_n;
	bool is_salt_bad, is_ask_name_bad;
	char salt[WRAPPER_SALT_BYTES];
	uint32_t uid;
	char ask_name[SOTER_KNAME_MAX + 1];
	char *model, *status_dir;
	void (*log)(void *context, const char *line);
	void *log_context;

	_Atomic int state; /* enum wrapper_state */
	struct wrapper_tasks tasks;

	/* The thread's alone. */
	enum soter_rc unsupported;	/* why */
	struct soter_answer last_error; /* of the twice rule (d.5) */
};

/* One task under way; of the thread. */
struct wrapper_run {
	struct soter_wrapper *w;
	struct wrapper_task *task;
	struct soter_task_result *out;
	const char *state; /* where the machine is, for the log */
	struct wrapper_status status;
	char kname[SOTER_KNAME_MAX + 1];
	uint64_t session;  /* 0: none */
	bool is_looking;   /* the sensor */
	bool may_be_known; /* to the server: the key in out */
	char challenge[SOTER_TA_CHALLENGE_MAX + 2];
};

#endif
