/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/authorise.c: the twice rule of d.5, which takes all keys, and
 * what the user is told.  Each code: wrapper_codes_test.c.
 */
#include "tests/unit/wrapper.h"

/* ---- the same error twice ------------------------------------------------ */

/* One authorisation: where it fails, and why; SOTER_OK: it does not. */
struct go {
	enum fakecore_op op;
	enum soter_rc rc;
};

#define GOES_MAX 4
#define SIGN(rc)                               \
	{                                      \
		FAKE_FINISH_SIGN, SOTER_E_##rc \
	}
#define BEGIN(rc)                            \
	{                                    \
		FAKE_INIT_SIGN, SOTER_E_##rc \
	}
#define SENSOR(rc)                            \
	{                                     \
		FAKE_AUTH_BEGIN, SOTER_E_##rc \
	}
#define LOOK(rc)                             \
	{                                    \
		FAKE_AUTH_STEP, SOTER_E_##rc \
	}
#define WELL                         \
	{                            \
		FAKE_STATE, SOTER_OK \
	}

static const struct {
	const char *what;
	size_t n;
	struct go goes[GOES_MAX];
	bool is_removed; /* at the last one, and not before */
} twice[] = {
	{ "1018 twice", 2, { SIGN(OTHERS), SIGN(OTHERS) }, true },
	{ "1007 twice", 2, { BEGIN(OTHERS), BEGIN(OTHERS) }, true },
	{ "1015 twice", 2, { SENSOR(OTHERS), SENSOR(OTHERS) }, true },
	{ "an unreadable result twice", 2,
	    { SIGN(UNREADABLE), SIGN(UNREADABLE) }, true },
	{ "an answer that is none", 3,
	    { SIGN(SERVICE_ANSWER), SIGN(SERVICE_ANSWER),
		SIGN(SERVICE_ANSWER) },
	    false },
	{ "once", 1, { SIGN(OTHERS) }, false },
	{ "another reason", 2, { SIGN(OTHERS), SIGN(TEE_DIGEST) }, false },
	{ "another reason between", 3,
	    { SIGN(OTHERS), SIGN(TEE_DIGEST), SIGN(OTHERS) }, false },
	{ "another code", 2, { SIGN(OTHERS), BEGIN(OTHERS) }, false },
	{ "another code between", 3,
	    { SIGN(OTHERS), BEGIN(OTHERS), SIGN(OTHERS) }, false },
	{ "a code between that does not count", 3,
	    { SIGN(OTHERS), LOOK(OTHERS), SIGN(OTHERS) }, true },
	{ "a success between", 3, { SIGN(OTHERS), WELL, SIGN(OTHERS) }, false },
	{ "a busy sensor", 4,
	    { SENSOR(IS_AUTHING), SENSOR(IS_AUTHING), SENSOR(IS_AUTHING),
		SENSOR(IS_AUTHING) },
	    false },
	{ "no service", 3,
	    { BEGIN(NO_SERVICE), BEGIN(NO_SERVICE), BEGIN(NO_SERVICE) },
	    false },
	{ "a service that is slow", 3, { SIGN(TIME), SIGN(TIME), SIGN(TIME) },
	    false },
	{ "a match that came too late", 3,
	    { SIGN(VERIFICATION_FAILED), SIGN(VERIFICATION_FAILED),
		SIGN(VERIFICATION_FAILED) },
	    false },
	{ "a session that ran out", 3,
	    { SIGN(SESSION_OUT_OF_TIME), SIGN(SESSION_OUT_OF_TIME),
		SIGN(SESSION_OUT_OF_TIME) },
	    false },
};

static struct soter_answer
authorise(struct rig *r, struct go go, struct soter_task_result *result)
{
	struct soter_answer a;

	fakecore_fail(&r->device, go.op, go.rc);
	r->device.sees = "m";
	a = rig_authorise(r, 0, result);
	fakecore_fail(&r->device, go.op, SOTER_OK);
	CHECK_RC(a.rc, go.rc);
	return (a);
}

static void
test_twice(size_t i)
{
	struct soter_task_result result;
	struct rig r;

	check_row("twice: %s", twice[i].what);
	rig_new(&r);
	CHECK(rig_ready(&r));
	for (size_t n = 0; n < twice[i].n; n++) {
		bool is_last = n + 1 == twice[i].n;

		authorise(&r, twice[i].goes[n], &result);
		CHECK(r.device.has_ask == !(twice[i].is_removed && is_last));
		CHECK((result.removed == SOTER_REMOVED_ASK) ==
		    (twice[i].is_removed && is_last));
	}
	CHECK(rig_removed(&r, "TWICE") == twice[i].is_removed);
	rig_free(&r);
}

static void
test_after_twice(void)
{
	static const struct go sign = SIGN(OTHERS);
	struct rig r;

	check_row("it begins anew: one more is the first");
	rig_new(&r);
	CHECK(rig_ready(&r));
	authorise(&r, sign, NULL);
	authorise(&r, sign, NULL);
	CHECK(!r.device.has_ask);
	CHECK(rig_status(&r, r.w->ask_name) == 9); /* no row is left */
	CHECK(soter_wrapper_prepare_authkey(r.w, RIG_SCENE,
		  SOTER_AUTO_PREPARE_ASK, 0, NULL)
		  .code == 0);
	authorise(&r, sign, NULL);
	CHECK(r.device.has_ask);

	check_row("the service goes meanwhile: the next one tries again");
	fakecore_fail(&r.device, FAKE_REMOVE_ASK, SOTER_E_NO_SERVICE);
	authorise(&r, sign, NULL);
	CHECK(r.device.has_ask);
	fakecore_fail(&r.device, FAKE_REMOVE_ASK, SOTER_OK);
	authorise(&r, sign, NULL);
	CHECK(!r.device.has_ask);
	rig_free(&r);
}

/* ---- a dead key ---------------------------------------------------------- */

static void
test_dead(void)
{
	static const enum soter_rc reasons[] = { SOTER_E_KEY_BLOB,
		SOTER_E_AUTH_KEY_NOT_READY, SOTER_E_NO_AUTH_KEY_MATCHED };
	struct soter_task_result result;

	for (size_t i = 0; i < SOTER_COUNT(reasons); i++) {
		struct rig r;

		check_row("the key is dead: %s", soter_rc_word(reasons[i]));
		rig_new(&r);
		CHECK(rig_ready(&r));
		fakecore_put(&r.device, r.other);
		CHECK(authorise(&r, (struct go){ FAKE_FINISH_SIGN, reasons[i] },
			  &result)
			  .code == SOTER_PROCESS_SIGNATURE);
		CHECK(result.removed == SOTER_REMOVED_AUTHKEY);
		CHECK(r.device.has_ask && fakecore_has(&r.device, r.other));
		CHECK(!fakecore_has(&r.device, r.kname));
		CHECK(rig_status(&r, r.kname) == 9);
		CHECK(rig_authorise(&r, 0, NULL).code ==
		    SOTER_PROCESS_NO_AUTHKEY);
		rig_free(&r);
	}
}

/* ---- what the user is told ----------------------------------------------- */

static void
test_events(void)
{
	struct soter_task task = { .kind = SOTER_TASK_AUTHORISE,
		.scene = 77,
		.authorisation = { .scene = RIG_SCENE } };
	struct soter_authorisation silent = { .scene = RIG_SCENE };
	struct rig r;

	check_row("touch, miss, miss, match");
	rig_new(&r);
	CHECK(rig_ready(&r));
	r.device.sees = ".x...x.m";
	CHECK(rig_authorise(&r, 0, NULL).code == 0);
	CHECK(strcmp(r.events, "txxm") == 0);
	CHECK(r.left == SOTER_MISSES_MAX - 2);

	check_row("nobody listens");
	r.device.sees = ".x.m";
	CHECK(soter_wrapper_authorise(r.w, &silent, 0, NULL).code == 0);

	check_row("a face's miss is told, too");
	silent.modality = SOTER_FACE;
	silent.event = rig_event;
	silent.context = &r;
	r.device.modalities = SOTER_SUPPORT_BOTH;
	r.device.sees = ".x.m";
	r.events_n = 0;
	memset(r.events, 0, sizeof(r.events));
	CHECK(soter_wrapper_authorise(r.w, &silent, 0, NULL).code ==
	    SOTER_PROCESS_BIOMETRIC);
	CHECK(strcmp(r.events, "tx") == 0);
	CHECK(!r.device.is_looking && r.device.session == 0);

	check_row("the scene of a task is that of its authorisation");
	CHECK_RC(soter_wrapper_start(r.w, &task, NULL, NULL), SOTER_OK);
	soter_wrapper_remove_authkey(r.w, 77, 0);
	CHECK(rig_said(&r, "authorise in UPL: 0, ok"));
	rig_free(&r);
}

/* The same time as an AuthKey that another process makes anew. */
static void
test_half_made(void)
{
	struct wrapper_status s;
	struct soter_answer a;
	struct rig r;

	check_row("an AuthKey that the server does not have yet: 1006");
	rig_new(&r);
	CHECK(rig_ready(&r));
	CHECK_RC(wrapper_status_open(&s, r.status_dir), SOTER_OK);
	CHECK_RC(wrapper_status_set(&s, r.kname, WRAPPER_KEY_MADE, false),
	    SOTER_OK);
	a = rig_authorise(&r, 0, NULL);
	CHECK(a.code == SOTER_PROCESS_NO_AUTHKEY);
	CHECK_RC(a.rc, SOTER_E_AUTH_KEY_NOT_READY);
	CHECK_RC(wrapper_status_forget(&s, r.kname), SOTER_OK);
	CHECK(rig_authorise(&r, 0, NULL).code == 0);
	wrapper_status_close(&s);
	rig_free(&r);
}

int
main(void)
{
	for (size_t i = 0; i < SOTER_COUNT(twice); i++)
		test_twice(i);
	test_after_twice();
	test_dead();
	test_events();
	test_half_made();
	return (check_done());
}
