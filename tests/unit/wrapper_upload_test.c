/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/upload.c: a server that takes what was sent, and whose answer
 * is lost.  It refuses the same bytes as a replay when they come again, as
 * every server has to (V8, V11): a payment that it made must not come back as
 * one that it refused.
 */
#include <semaphore.h>

#include "tests/unit/wrapper.h"

/* The server: what it tells for each request, the last one for ever. */
static struct {
	enum soter_rc says[4];
	unsigned requests;
	uint64_t counter; /* the highest accepted */
	unsigned taken;
	unsigned longest_ms; /* that a try was given */
	void (*meanwhile)(void);
} shop;

static struct rig rig;

/* SOTER_E_NETWORK never comes there; a counter that is not new is a replay. */
static enum soter_rc
serve(const struct soter_core_signed *x, unsigned ms)
{
	size_t n = shop.requests < SOTER_COUNT(shop.says)
	    ? shop.requests
	    : SOTER_COUNT(shop.says) - 1;
	enum soter_rc rc = shop.says[n];

	shop.requests++;
	if (ms > shop.longest_ms)
		shop.longest_ms = ms;
	if (shop.meanwhile != NULL)
		shop.meanwhile();
	if (rc == SOTER_E_NETWORK)
		return (rc);
	if (rc == SOTER_OK && x->claimed_counter <= shop.counter)
		return (SOTER_E_UPLOAD_REFUSED);
	if (x->claimed_counter > shop.counter)
		shop.taken++;
	shop.counter = x->claimed_counter;
	return (rc);
}

static enum soter_rc
take_key(void *context, const struct soter_core_signed *ask, unsigned ms)
{
	(void)context;
	return (serve(ask, ms));
}

static enum soter_rc
take(void *context, int32_t scene, const struct soter_core_signed *x,
    unsigned ms)
{
	(void)context;
	(void)scene;
	return (serve(x, ms));
}

/* A wrapper with keys, and this server for what comes then. */
static void
begin(void)
{
	rig_new(&rig);
	CHECK(rig_ready(&rig));
	rig.w->network.upload_ask = take_key;
	rig.w->network.upload_authkey = take;
	rig.w->network.upload_result = take;
	memset(&shop, 0, sizeof(shop));
}

/* When the worker has done what was put in before. */
static void
settle(void)
{
	CHECK(soter_wrapper_remove_authkey(rig.w, 77, 0).code ==
	    SOTER_PROCESS_NO_SCENE);
}

/* ---- a result ------------------------------------------------------------ */

static const struct {
	const char *what;
	enum soter_rc says[4];
	unsigned requests, taken;
	int code;
	enum soter_rc rc;
} results[] = {
	{ "taken", { SOTER_OK }, 1, 1, 0, SOTER_OK },
	{ "refused", { SOTER_E_UPLOAD_REFUSED }, 1, 1,
	    SOTER_PROCESS_UPLOAD_RESULT, SOTER_E_UPLOAD_REFUSED },
	{ "the server is reached at the third try",
	    { SOTER_E_NETWORK, SOTER_E_NETWORK, SOTER_OK }, 3, 1, 0, SOTER_OK },
	{ "it is never reached",
	    { SOTER_E_NETWORK, SOTER_E_NETWORK, SOTER_E_NETWORK,
		SOTER_E_NETWORK },
	    SOTER_TRIES, 0, SOTER_PROCESS_UPLOAD_RESULT, SOTER_E_NETWORK },
	{ "taken, the answer is lost: not once more",
	    { SOTER_E_NO_ANSWER, SOTER_OK }, 1, 1, SOTER_PROCESS_UPLOAD_RESULT,
	    SOTER_E_NO_ANSWER },
	{ "taken, the answer comes too late", { SOTER_E_TIME, SOTER_OK }, 1, 1,
	    SOTER_PROCESS_UPLOAD_RESULT, SOTER_E_NO_ANSWER },
	{ "reached at the second try, and lost",
	    { SOTER_E_NETWORK, SOTER_E_NO_ANSWER, SOTER_OK }, 2, 1,
	    SOTER_PROCESS_UPLOAD_RESULT, SOTER_E_NO_ANSWER },
	{ "a reason that nobody has thought of", { SOTER_E_NOMEM, SOTER_OK }, 1,
	    1, SOTER_PROCESS_UPLOAD_RESULT, SOTER_E_NO_ANSWER },
};

static void
test_result(size_t i)
{
	struct soter_task_result result;

	check_row("result: %s", results[i].what);
	begin();
	memcpy(shop.says, results[i].says, sizeof(shop.says));
	rig_authorise(&rig, 0, &result);
	CHECK(result.answer.code == results[i].code);
	CHECK_RC(result.answer.rc, results[i].rc);
	CHECK(shop.requests == results[i].requests);
	CHECK(shop.taken == results[i].taken);
	CHECK((result.is_signed.json_n > 0) == (results[i].code == 0));
	/* Nobody gives up early on a payment that may have been made. */
	CHECK(shop.longest_ms > SOTER_TASK_MS / 2);
	rig_free(&rig);
}

/* ---- stopped meanwhile --------------------------------------------------- */

#define SHORT_MS 300

static sem_t held, gate, done;

static void
cancel(void)
{
	soter_wrapper_cancel(rig.w);
}

/* Longer than the task has time. */
static void
until_late(void)
{
	struct timespec time = { .tv_nsec = 2 * SHORT_MS * 1000000L };

	nanosleep(&time, NULL);
}

static const struct {
	const char *what;
	void (*meanwhile)(void);
	unsigned ms;
	enum soter_rc says;
	int code;
	enum soter_rc rc;
} stops[] = {
	{ "cancelled, and lost", cancel, 0, SOTER_E_NO_ANSWER,
	    SOTER_PROCESS_UPLOAD_RESULT, SOTER_E_NO_ANSWER },
	{ "cancelled, and taken", cancel, 0, SOTER_OK, 0, SOTER_OK },
	{ "cancelled before it came there", cancel, 0, SOTER_E_NETWORK,
	    SOTER_PROCESS_CANCELLED, SOTER_E_CANCELLED },
	{ "the time is over, and it is lost", until_late, SHORT_MS,
	    SOTER_E_NO_ANSWER, SOTER_PROCESS_UPLOAD_RESULT, SOTER_E_NO_ANSWER },
	{ "the time is over, and it is taken", until_late, SHORT_MS, SOTER_OK,
	    0, SOTER_OK },
	{ "the time is over before it came there", until_late, SHORT_MS,
	    SOTER_E_NETWORK, SOTER_PROCESS_CANCELLED, SOTER_E_TIME },
};

static void
keep(void *answer, const struct soter_task_result *result)
{
	*(struct soter_answer *)answer = result->answer;
	sem_post(&done);
}

static void
test_stop(size_t i)
{
	struct soter_task task = { .kind = SOTER_TASK_AUTHORISE,
		.ms = stops[i].ms,
		.authorisation = { .scene = RIG_SCENE } };
	struct soter_answer a;

	check_row("while it is sent: %s", stops[i].what);
	begin();
	shop.says[0] = stops[i].says;
	shop.meanwhile = stops[i].meanwhile;
	CHECK_RC(soter_wrapper_start(rig.w, &task, keep, &a), SOTER_OK);
	sem_wait(&done);
	/* On a slow machine the time may be over before it is sent at all. */
	if (shop.requests == 0) {
		CHECK(stops[i].ms == SHORT_MS);
		CHECK(a.code == SOTER_PROCESS_CANCELLED);
	} else {
		CHECK(a.code == stops[i].code);
		CHECK_RC(a.rc, stops[i].rc);
		CHECK(shop.requests == 1);
	}
	rig_free(&rig);
}

/* ---- the caller leaves --------------------------------------------------- */

static void
hold(void)
{
	sem_post(&held);
	sem_wait(&gate);
}

static void *
cancel_held(void *nothing)
{
	sem_wait(&held);
	soter_wrapper_cancel(rig.w);
	return (nothing);
}

static void
test_leave_cancelled(void)
{
	pthread_t other;
	struct soter_answer a;

	check_row("cancelled, and the server does not come back");
	begin();
	shop.meanwhile = hold;
	CHECK(pthread_create(&other, NULL, cancel_held, NULL) == 0);
	a = rig_authorise(&rig, 0, NULL);
	pthread_join(other, NULL);
	CHECK(a.code == SOTER_PROCESS_UPLOAD_RESULT);
	CHECK_RC(a.rc, SOTER_E_NO_ANSWER);
	sem_post(&gate);
	settle();
	CHECK(shop.taken == 1);
	rig_free(&rig);
}

static void
test_leave_late(void)
{
	struct soter_answer a;

	check_row("the time is over, and the server does not come back");
	begin();
	shop.meanwhile = hold;
	a = rig_authorise(&rig, SHORT_MS, NULL);
	if (a.code == SOTER_PROCESS_UPLOAD_RESULT) {
		CHECK_RC(a.rc, SOTER_E_NO_ANSWER);
		sem_wait(&held);
		sem_post(&gate);
	} else {
		CHECK(a.code == SOTER_PROCESS_CANCELLED);
	}
	settle();
	CHECK(shop.taken == (a.code == SOTER_PROCESS_UPLOAD_RESULT));
	rig_free(&rig);
}

/* He was told that nothing was sent: so be it. */
static void
hold_at_sign(enum fakecore_op op)
{
	if (op == FAKE_FINISH_SIGN)
		hold();
}

static void
test_leave_before(void)
{
	struct soter_answer a;
	pthread_t other;

	check_row("cancelled, and left before it would have been sent");
	begin();
	rig.device.before = hold_at_sign;
	CHECK(pthread_create(&other, NULL, cancel_held, NULL) == 0);
	a = rig_authorise(&rig, 0, NULL);
	pthread_join(other, NULL);
	CHECK(a.code == SOTER_PROCESS_CANCELLED);
	sem_post(&gate);
	settle();
	CHECK(shop.requests == 0);
	rig_free(&rig);
}

/* ---- keys ---------------------------------------------------------------- */

/* A key may go up again: exported anew, for the counter's sake (V16). */
static void
test_key(bool is_ask)
{
	const char *what = is_ask ? "ASK" : "AuthKey";
	enum fakecore_op get = is_ask ? FAKE_GET_ASK : FAKE_GET_AUTHKEY;
	struct soter_task_result result;
	struct soter_answer a;

	check_row("%s: taken, the answer is lost: again, with a new counter",
	    what);
	begin();
	shop.says[0] = SOTER_E_NO_ANSWER;
	a = is_ask
	    ? soter_wrapper_prepare_ask(rig.w, SOTER_AUTO_DELETE, 0, &result)
	    : soter_wrapper_prepare_authkey(rig.w, RIG_SCENE, SOTER_AUTO_DELETE,
		  0, &result);
	CHECK(a.code == SOTER_CORE_OK);
	CHECK(shop.requests == 2 && shop.taken == 2);
	CHECK(rig.device.calls[get] == 2);
	CHECK(result.is_signed.claimed_counter == shop.counter);
	CHECK(rig.device.calls[is_ask ? FAKE_GENERATE_ASK
				      : FAKE_GENERATE_AUTHKEY] == 1);

	check_row("%s: the server was not reached: the same again", what);
	shop.requests = rig.device.calls[get] = 0;
	shop.says[0] = SOTER_E_NETWORK;
	a = is_ask
	    ? soter_wrapper_prepare_ask(rig.w, SOTER_AUTO_DELETE, 0, NULL)
	    : soter_wrapper_prepare_authkey(rig.w, RIG_SCENE, SOTER_AUTO_DELETE,
		  0, NULL);
	CHECK(a.code == SOTER_CORE_OK);
	CHECK(shop.requests == 2 && rig.device.calls[get] == 1);
	rig_free(&rig);
}

int
main(void)
{
	sem_init(&held, 0, 0);
	sem_init(&gate, 0, 0);
	sem_init(&done, 0, 0);
	for (size_t i = 0; i < SOTER_COUNT(results); i++)
		test_result(i);
	for (size_t i = 0; i < SOTER_COUNT(stops); i++)
		test_stop(i);
	test_leave_cancelled();
	test_leave_late();
	test_leave_before();
	test_key(true);
	test_key(false);
	return (check_done());
}
