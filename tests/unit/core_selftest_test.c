/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter_selftest() on devices of which one thing does not work: it says which,
 * and the app's keys are what they were before.
 */
#include "tests/check.h"
#include "tests/service.h"

#define OTHERS (-10)

/* Each call that fails; the step that says so. */
static const struct {
	const char *what;
	enum soter_dev_call call;
	int code;
	enum soter_selftest_step step;
	enum soter_rc want; /* of that step */
} faults[] = {
	{ "the service does not answer", SOTER_DEV_VERSION_GET, OTHERS,
	    SOTER_SELFTEST_SERVICE, SOTER_E_OTHERS },
	{ "the TEE does not answer", SOTER_DEV_STATE, -18, SOTER_SELFTEST_TEE,
	    SOTER_E_TEE_COMMUNICATION },
	{ "its engine does not work", SOTER_DEV_SELF_TEST, OTHERS,
	    SOTER_SELFTEST_ENGINE, SOTER_E_OTHERS },
	{ "nobody knows of the ASK", SOTER_DEV_ASK_HAS, -25, SOTER_SELFTEST_ASK,
	    SOTER_E_KEY_BLOB },
	{ "no ASK can be exported", SOTER_DEV_ASK_EXPORT, OTHERS,
	    SOTER_SELFTEST_ASK, SOTER_E_OTHERS },
	{ "no AuthKey can be made", SOTER_DEV_AUTHKEY_GENERATE, -11,
	    SOTER_SELFTEST_AUTHKEY, SOTER_E_TEE_NOMEM },
	{ "no AuthKey can be exported", SOTER_DEV_AUTHKEY_EXPORT, OTHERS,
	    SOTER_SELFTEST_AUTHKEY, SOTER_E_OTHERS },
	{ "no signature can be begun", SOTER_DEV_SIGN_INIT, OTHERS,
	    SOTER_SELFTEST_SESSION, SOTER_E_OTHERS },
	{ "a signature ends with another fault", SOTER_DEV_SIGN_FINISH, -1000,
	    SOTER_SELFTEST_SESSION, SOTER_E_TEE_UNKNOWN },
	{ "an AuthKey cannot be removed", SOTER_DEV_AUTHKEY_REMOVE, OTHERS,
	    SOTER_SELFTEST_REMOVE, SOTER_E_OTHERS },
};

static void
device(bool has_ask)
{
	service.has_ask = has_ask;
	service.has_authkey = false;
	service.bad_call = 0;
	service.signs_untouched = false;
	for (size_t i = 0; i < SERVICE_CALLS; i++)
		service.asked[i] = 0;
	service_does(service_device);
}

/* Every step before `bad` is fine; those behind it were not tried. */
static void
check_steps(const struct soter_selftest_result *x, unsigned bad)
{
	for (unsigned i = 0; i < SOTER_SELFTEST_N; i++) {
		if (i < bad || (i == SOTER_SELFTEST_REMOVE && i != bad))
			CHECK_RC(x->steps[i], SOTER_OK);
		else if (i > bad)
			CHECK_RC(x->steps[i], SOTER_E_CANCELLED);
	}
}

/* An ASK that was there is there, and nobody wrote in its place. */
static void
check_keys(bool had_ask)
{
	CHECK(!service.has_authkey || service.bad_call != 0);
	CHECK(service.has_ask == had_ask);
	if (!had_ask)
		return;
	CHECK(service.asked[SOTER_DEV_ASK_GENERATE] == 0);
	CHECK(service.asked[SOTER_DEV_REMOVE_ALL] == 0);
}

static void
fault(struct soter_core *core, size_t i, bool has_ask)
{
	struct soter_selftest_result x;
	struct soter_answer a;

	check_row("%s; the app has %s ASK", faults[i].what,
	    has_ask ? "an" : "no");
	device(has_ask);
	service.bad_code = faults[i].code;
	service.bad_call = faults[i].call;
	a = soter_selftest(core, 0, &x);
	/* Removing all goes well where removing one does not. */
	if (faults[i].step == SOTER_SELFTEST_REMOVE && !has_ask) {
		CHECK(a.code == 0);
	} else {
		CHECK(a.code == 2);
		CHECK_RC(a.rc, faults[i].want);
		CHECK_RC(x.steps[faults[i].step], faults[i].want);
		check_steps(&x, faults[i].step);
	}
	check_keys(has_ask);
}

static void
good(struct soter_core *core, bool has_ask)
{
	struct soter_selftest_result x;

	check_row("all is well; the app has %s ASK", has_ask ? "an" : "no");
	device(has_ask);
	CHECK(soter_selftest(core, 0, &x).code == 0);
	check_steps(&x, SOTER_SELFTEST_N);
	check_keys(has_ask);
	CHECK(service.asked[SOTER_DEV_SIGN_CANCEL] == 1);
	CHECK(soter_selftest(core, 0, NULL).code == 0);
}

static void
untouched(struct soter_core *core)
{
	struct soter_selftest_result x;
	struct soter_answer a;

	check_row("a TEE that signs without a touch is the worst of all");
	device(true);
	service.signs_untouched = true;
	a = soter_selftest(core, 0, &x);
	CHECK(a.code == 2);
	CHECK_RC(a.rc, SOTER_E_SECURITY_STATE);
	check_steps(&x, SOTER_SELFTEST_SESSION);
	CHECK(!service.has_authkey);
}

static void
stalled(struct soter_core *core)
{
	struct soter_selftest_result x;

	check_row("a key that is made too slowly: time is left to clean up");
	device(false);
	service.mute = SOTER_DEV_AUTHKEY_GENERATE;
	CHECK_RC(soter_selftest(core, 4000, &x).rc, SOTER_E_TIME);
	check_steps(&x, SOTER_SELFTEST_AUTHKEY);
	CHECK(!service.has_ask);

	check_row("a service that falls silent: no longer than it says");
	device(false);
	service.mute = SOTER_DEV_STATE;
	CHECK_RC(soter_selftest(core, 50, &x).rc, SOTER_E_TIME);
	service.mute = 0;
}

static void
texts(void)
{
	check_row("each step has a text, and no other number");
	for (unsigned i = 0; i < SOTER_SELFTEST_N; i++)
		CHECK(strcmp(soter_selftest_text(i), "unknown") != 0);
	CHECK(strcmp(soter_selftest_text(SOTER_SELFTEST_N), "unknown") == 0);
}

int
main(void)
{
	struct soter_core *core;

	alarm(120); /* a call that does not return is the worst of all */
	service_open();
	core = service_core(0);
	good(core, true);
	good(core, false);
	for (size_t i = 0; i < SOTER_COUNT(faults); i++) {
		fault(core, i, true);
		fault(core, i, false);
	}
	untouched(core);
	stalled(core);
	texts();
	soter_core_free(&core);
	service_close();
	return (check_done());
}
