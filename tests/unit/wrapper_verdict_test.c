/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/verdict.h: a TEE that is away, busy or out of memory says
 * nothing of a key.  Each reason of that kind, at each call of the core that
 * looks for a key or makes one: no key goes that was good, and as soon as the
 * TEE is back everything is as it was.
 */
#include "device/wrapper/run.h"
#include "device/wrapper/verdict.h"
#include "tests/unit/wrapper.h"

static const enum soter_rc reasons[] = {
	SOTER_E_NO_SERVICE,
	SOTER_E_SERVICE_CLOSED,
	SOTER_E_SERVICE_ANSWER,
	SOTER_E_TIME,
	SOTER_E_CANCELLED,
	SOTER_E_NOMEM,
	SOTER_E_STORAGE,
	SOTER_E_FULL,
	SOTER_E_SERVICE,
	SOTER_E_TEE_COMMUNICATION,
	SOTER_E_TEE_NOMEM,
	SOTER_E_IS_AUTHING,
	SOTER_E_ACCESS,
	SOTER_E_NOT_ENABLED,
	SOTER_E_SECURITY_STATE,
	SOTER_E_ATTK_NOT_PROVISIONED,
	SOTER_E_RPMB_NOT_PROVISIONED,
};

enum act { ASK, ASK_ANEW, KEY, KEY_ANEW, KEY_AND_ASK };

static struct soter_answer
prepare(struct rig *r, enum act act, struct soter_task_result *result)
{
	static const unsigned flags[] = { [ASK_ANEW] = SOTER_AUTO_DELETE,
		[KEY_ANEW] = SOTER_AUTO_DELETE,
		[KEY_AND_ASK] = SOTER_AUTO_PREPARE_ASK };

	return (act == ASK || act == ASK_ANEW
		? soter_wrapper_prepare_ask(r->w, flags[act], 0, result)
		: soter_wrapper_prepare_authkey(r->w, RIG_SCENE, flags[act], 0,
		      result));
}

/* Initialised, with ASK, the AuthKey of RIG_SCENE, and another one. */
static void
begin(struct rig *r)
{
	rig_new(r);
	CHECK(rig_ready(r));
	fakecore_put(&r->device, r->other);
}

static bool
has_all(const struct rig *r)
{
	return (r->device.has_ask && fakecore_has(&r->device, r->kname) &&
	    fakecore_has(&r->device, r->other));
}

/* ---- looking for a key --------------------------------------------------- */

static const struct {
	const char *what;
	enum fakecore_op op;
	enum act act;
	int code; /* of the step; 2 where the service is not there */
} looks[] = {
	{ "ASK: is it there?", FAKE_HAS_ASK, ASK, SOTER_CORE_ASK_GENERATE },
	{ "ASK: is it good?", FAKE_GET_ASK, ASK, SOTER_CORE_ASK_GENERATE },
	{ "ASK anew: is one there?", FAKE_HAS_ASK, ASK_ANEW,
	    SOTER_CORE_ASK_GENERATE },
	{ "AuthKey: is an ASK there?", FAKE_HAS_ASK, KEY, SOTER_CORE_NO_ASK },
	{ "AuthKey: is the ASK good?", FAKE_IS_ASK_VALID, KEY,
	    SOTER_CORE_NO_ASK },
	{ "AuthKey and ASK: is an ASK there?", FAKE_HAS_ASK, KEY_AND_ASK,
	    SOTER_CORE_NO_ASK },
	{ "AuthKey and ASK: is the ASK good?", FAKE_IS_ASK_VALID, KEY_AND_ASK,
	    SOTER_CORE_NO_ASK },
	{ "AuthKey: is it there?", FAKE_HAS_AUTHKEY, KEY,
	    SOTER_CORE_AUTHKEY_GENERATE },
	{ "AuthKey: is it good?", FAKE_GET_AUTHKEY, KEY,
	    SOTER_CORE_AUTHKEY_GENERATE },
	{ "AuthKey anew: is one there?", FAKE_HAS_AUTHKEY, KEY_ANEW,
	    SOTER_CORE_AUTHKEY_GENERATE },
};

static void
test_look(struct rig *r, size_t i, enum soter_rc reason)
{
	struct soter_task_result result;
	enum act act = looks[i].act;

	check_row("%s %s", looks[i].what, soter_rc_word(reason));
	fakecore_fail(&r->device, looks[i].op, reason);
	prepare(r, act, &result);
	CHECK(result.answer.code ==
	    (wrapper_run_is_gone(reason) ? SOTER_CORE_NOT_SUPPORTED
					 : looks[i].code));
	CHECK_RC(result.answer.rc, reason);
	CHECK(has_all(r) && result.removed == 0);
	CHECK(!rig_said(r, "removal"));

	fakecore_fail(&r->device, looks[i].op, SOTER_OK);
	CHECK(rig_authorise(r, 0, NULL).code == SOTER_CORE_OK);
	CHECK(act == ASK_ANEW || act == KEY_ANEW ||
	    prepare(r, act, NULL).code == SOTER_CORE_OK);
	CHECK(r->device.calls[FAKE_GENERATE_ASK] == 0);
	CHECK(r->device.calls[FAKE_GENERATE_AUTHKEY] == 0);
}

/* ---- making one ---------------------------------------------------------- */

/* The old one has gone, as the app wished; no other does. */
static void
test_make(enum soter_rc reason)
{
	struct soter_task_result result;
	struct rig r;

	check_row("AuthKey anew: made. %s", soter_rc_word(reason));
	begin(&r);
	fakecore_fail(&r.device, FAKE_GENERATE_AUTHKEY, reason);
	prepare(&r, KEY_ANEW, &result);
	CHECK(result.answer.code == SOTER_CORE_AUTHKEY_GENERATE);
	CHECK_RC(result.answer.rc, reason);
	CHECK(result.removed == SOTER_REMOVED_AUTHKEY);
	CHECK(r.device.has_ask && fakecore_has(&r.device, r.other));
	CHECK(rig_removed(&r, "AUTHKEY_GONE"));
	rig_free(&r);
}

/* ---- init ---------------------------------------------------------------- */

static void
test_init(enum soter_rc reason)
{
	struct wrapper_status s;
	struct rig r;

	check_row("init: is an ASK there? %s", soter_rc_word(reason));
	begin(&r);
	CHECK_RC(wrapper_status_open(&s, r.status_dir), SOTER_OK);
	CHECK_RC(wrapper_status_set(&s, r.other, WRAPPER_KEY_MADE, false),
	    SOTER_OK);
	wrapper_status_close(&s);
	rig_restart(&r);
	fakecore_fail(&r.device, FAKE_HAS_ASK, reason);
	CHECK(soter_wrapper_init(r.w, 0, NULL).code == SOTER_CORE_OK);
	CHECK(has_all(&r) && !rig_said(&r, "removal"));
	fakecore_fail(&r.device, FAKE_HAS_ASK, SOTER_OK);
	rig_restart(&r);
	CHECK(soter_wrapper_init(r.w, 0, NULL).code == SOTER_CORE_OK);
	CHECK(!fakecore_has(&r.device, r.other));
	CHECK(r.device.has_ask && fakecore_has(&r.device, r.kname));
	rig_free(&r);
}

/* ---- authorise ----------------------------------------------------------- */

static const struct {
	enum fakecore_op op;
	int code;
} uses[] = {
	{ FAKE_HAS_AUTHKEY, SOTER_PROCESS_NO_AUTHKEY },
	{ FAKE_INIT_SIGN, SOTER_PROCESS_INIT_SIGN },
	{ FAKE_AUTH_BEGIN, SOTER_PROCESS_AUTH_BEGIN },
	{ FAKE_FINISH_SIGN, SOTER_PROCESS_SIGN },
};

static void
test_use(struct rig *r, size_t i, enum soter_rc reason)
{
	struct soter_answer a;
	int code = uses[i].code;

	if (reason == SOTER_E_CANCELLED && code != SOTER_PROCESS_NO_AUTHKEY)
		code = SOTER_PROCESS_CANCELLED;
	if (wrapper_run_is_gone(reason) && code == SOTER_PROCESS_NO_AUTHKEY)
		code = SOTER_CORE_NOT_SUPPORTED;
	check_row("authorise, %d, three times: %s", uses[i].code,
	    soter_rc_word(reason));
	fakecore_fail(&r->device, uses[i].op, reason);
	for (int n = 0; n < 3; n++) {
		a = rig_authorise(r, 0, NULL);
		CHECK(a.code == code);
		CHECK_RC(a.rc, reason);
	}
	CHECK(has_all(r) && !rig_said(r, "removal"));
	fakecore_fail(&r->device, uses[i].op, SOTER_OK);
	CHECK(rig_authorise(r, 0, NULL).code == SOTER_CORE_OK);
}

/* ---- neither dead nor well ----------------------------------------------- */

/* Once it is not believed; the app may say that the key goes. */
static void
test_suspect(void)
{
	struct soter_task_result result;
	struct rig r;

	check_row("the TEE gives no reason: nothing goes");
	begin(&r);
	fakecore_fail(&r.device, FAKE_GET_AUTHKEY, SOTER_E_OTHERS);
	prepare(&r, KEY, &result);
	CHECK(result.answer.code == SOTER_CORE_AUTHKEY_GENERATE);
	CHECK_RC(result.answer.rc, SOTER_E_OTHERS);
	CHECK(has_all(&r) && result.removed == 0);

	check_row("and with auto delete: that one");
	fakecore_fail(&r.device, FAKE_GET_AUTHKEY, SOTER_OK);
	fakecore_fail(&r.device, FAKE_HAS_AUTHKEY, SOTER_E_OTHERS);
	CHECK(prepare(&r, KEY_ANEW, &result).code == SOTER_CORE_OK);
	CHECK(result.removed == SOTER_REMOVED_AUTHKEY && has_all(&r));
	rig_free(&r);
}

int
main(void)
{
	for (size_t n = 0; n < SOTER_COUNT(reasons); n++) {
		struct rig r;

		begin(&r);
		for (size_t i = 0; i < SOTER_COUNT(looks); i++)
			test_look(&r, i, reasons[n]);
		for (size_t i = 0; i < SOTER_COUNT(uses); i++)
			test_use(&r, i, reasons[n]);
		rig_free(&r);
		test_make(reasons[n]);
		test_init(reasons[n]);
	}
	test_suspect();
	return (check_done());
}
