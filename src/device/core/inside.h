/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/core/inside.h -- what the files of libsoter-core share.
 */
#ifndef SOTER_DEVICE_CORE_INSIDE_H
#define SOTER_DEVICE_CORE_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "soter/core.h"
#include "wire/devmsg.h"
#include "wire/tacmd.h"

#define CORE_CONNECTIONS 8 /* calls of one core at once; more wait */
#define CORE_THREADS	 4 /* of soter_core_start() */
#define CORE_WAITING	 64
#define CORE_CONNECT_MS	 3000 /* d.1 */

struct core_job;

struct soter_core {
	struct sockaddr_un at;
	unsigned connect_ms;
	_Atomic(pid_t) pid; /* whose threads and connections these are */
	int stop;	    /* can be read when the core ends */

	pthread_mutex_t lock; /* for what follows, and never while waiting */
	pthread_cond_t changed;
	bool is_ending;
	size_t users;		    /* functions that have not returned */
	size_t calls;		    /* of these, with a connection */
	int idle[CORE_CONNECTIONS]; /* connections that wait for a call */
	size_t idle_n;
	bool has_kept; /* a connection that no call uses any more */
	int kept;
	uint32_t serial;
	unsigned failures; /* to connect, since the last success */
	uint64_t rest_ms;  /* until then a call tries once, and does not wait */

	/* soter_core_start() */
	struct core_job *first, **last;
	size_t waiting, threads, free_threads;
	pthread_t ids[CORE_THREADS];
	bool has_clock; /* the thread that ends jobs which wait too long */
	pthread_t clock;
};

/* ---- link.c -------------------------------------------------------------- */

/** As device_clock_ms(); a test or a fuzz target has a clock of its own. */
uint64_t core_now_ms(void);

/** How long poll() may wait until then. */
int core_poll_ms(uint64_t end_ms);

/* A reply: x borrows from bytes. */
struct core_reply {
	struct soter_dev_reply x;
	uint8_t bytes[SOTER_DEV_REPLY_MAX];
};

/**
 * One request and its reply, before end_ms.  What the service says is no error
 * here: see out->x.code.
 *
 * x  without its serial.
 *
 * SOTER_E_ARGUMENT        x is nothing that can be asked.
 * SOTER_E_NO_SERVICE      nobody there, or it goes away.
 * SOTER_E_SERVICE_CLOSED  this user may not connect.
 * SOTER_E_SERVICE_ANSWER  it sent something else than an answer.
 * SOTER_E_TIME, SOTER_E_CANCELLED, SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc core_link_call(struct soter_core *core,
    const struct soter_dev_request *x, uint64_t end_ms, struct core_reply *out);

/** Close what is idle. */
void core_link_close(struct soter_core *core);

/* ---- connect.c ----------------------------------------------------------- */

/**
 * A new connection, by the rules of d.1.
 * SOTER_E_NO_SERVICE, SOTER_E_SERVICE_CLOSED, SOTER_E_CANCELLED, SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc core_connect(struct soter_core *core,
    uint64_t end_ms, int *fd);

/* ---- signed.c ------------------------------------------------------------ */

/** Read an export blob; verifies nothing.  Errors of wire/. */
SOTER_MUST_CHECK enum soter_rc core_signed_read(struct soter_core_signed *out,
    struct soter_span blob, bool is_result);

/* ---- answer.c ------------------------------------------------------------ */

/** The code of d.2 for what came of an operation. */
struct soter_answer core_answer(enum soter_core_op op, enum soter_rc rc);

/* ---- core.c -------------------------------------------------------------- */

/**
 * A function of the app's begins, and has returned: soter_core_free() waits for
 * it.  In a process that fork() made, the core begins anew.
 */
void core_begin(struct soter_core *core);
void core_finish(struct soter_core *core);

/** When a call ends that begins now. */
uint64_t core_end(unsigned ms, unsigned otherwise);

/** What is left of that, at least 1. */
unsigned core_left(uint64_t end_ms);

/**
 * One call of the service: errors of core_link_call(), and what it says.
 * body: copied; may be NULL if the call has none.
 */
SOTER_MUST_CHECK enum soter_rc core_call(struct soter_core *core,
    const struct soter_dev_request *x, uint64_t end_ms,
    struct soter_writer *body);

/**
 * A call that brings something signed: a key, or the result of SIGN_FINISH.
 * As core_call(), and SOTER_E_UNREADABLE for bytes that are no such thing.
 */
SOTER_MUST_CHECK enum soter_rc core_fetch(struct soter_core *core,
    const struct soter_dev_request *x, uint64_t end_ms,
    struct soter_core_signed *out);

/* ---- async.c ------------------------------------------------------------- */

/** Tell waiting jobs that they are cancelled, and wait for the threads. */
void core_async_end(struct soter_core *core);

/** Forget the jobs of another process, and its threads. */
void core_async_forget(struct soter_core *core, bool is_whole);

#endif
