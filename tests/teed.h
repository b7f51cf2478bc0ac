/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/teed.h -- soter-teed as it runs on a machine, with the test TA, in a
 * folder that is gone afterwards.
 *
 *	struct teed t;
 *
 *	teed_new(&t, program, module);
 *	teed_add(&t, TEED_OTHER, TEED_CONF);	more TAs, the same code
 *	teed_start(&t);
 *	... TEEC_InitializeContext(t.socket, &context) ...
 *	teed_end(&t);
 *
 * As root it becomes a user without a name.  What a test cannot do anything
 * about ends the program.
 */
#ifndef SOTER_TESTS_TEED_H
#define SOTER_TESTS_TEED_H

#include <sys/types.h>

#include "teec/tee_client_api.h"
#include "tests/folder.h"
#include "tests/ta/testta.h"
#include "wire/teemsg.h"

#define TEED_USER  54321 /* whom it becomes */
#define TEED_GROUP 54322 /* who may connect */

#define TEED_CONF                           \
	"gpd.ta.singleInstance bool true\n" \
	"gpd.ta.multiSession bool true\n"   \
	"gpd.ta.instanceKeepAlive bool true\n"

struct teed {
	struct folder folder;
	const char *program, *module;
	char socket[160], tas[160], state[160], log[160];
	const char *options[8]; /* more of them, up to a NULL */
	int is_plain;		/* root becomes the user before it starts it */
	pid_t pid;
};

/** Folders, and the test TA under its own UUID with TEED_CONF. */
void teed_new(struct teed *t, const char *program, const char *module);

/** The test TA once more, or another .conf for it. */
void teed_add(struct teed *t, const char *uuid, const char *conf);

/** Start it and wait until it listens; false if it ended instead. */
int teed_start(struct teed *t);

/** Stop it with a signal; its exit status, or -signal. */
int teed_stop(struct teed *t, int signal);

/** Stop it if it runs, remove the folder. */
void teed_end(struct teed *t);

/** Everything it has written to its log so far; static. */
const char *teed_log(const struct teed *t);

/** The process of a TA, by the first eight digits of its UUID; 0: none. */
pid_t teed_ta(const struct teed *t, const char *digits);

/** The number behind NAME in /proc/PID/status; 0 if it is not there. */
unsigned long teed_status(pid_t pid, const char *name);

/** Wait until a process is gone; false after ten seconds. */
int teed_gone(pid_t pid);

/** A session to the test TA, without parameters. */
TEEC_Result teed_open(TEEC_Context *context, TEEC_Session *session);

/** The same, when the places of those who have gone are free again. */
TEEC_Result teed_open_soon(TEEC_Context *context, TEEC_Session *session);

/** A UUID of a text, as the client API wants it. */
TEEC_UUID teed_uuid(const char *text);

/** A call without parameters. */
TEEC_Result teed_call(TEEC_Session *session, uint32_t command);

/* ---- a client that does not keep to the rules ---------------------------- */

/** A connection to the socket, or -1. */
int teed_connect(const struct teed *t);

/** The HELLO of a client that wants the test TA. */
struct soter_teemsg teed_hello(void);

/** Send a message, or all of it but the last bytes. */
int teed_send(int fd, const struct soter_teemsg *x, size_t but);

/** Connect, say HELLO, open a session, take the answer; -1 if that fails. */
int teed_session(const struct teed *t);

/**
 * Receive until the other end is closed or says nothing more for ms.
 * How many bytes came; *is_closed: it was the end.
 */
size_t teed_drain(int fd, int ms, int *is_closed);

#endif
