/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each code of d.7, and each state of d.6 it is given in.  The test fails if a
 * code is neither reached nor among those that docs/device.md says cannot be.
 */
#include "tests/unit/wrapper.h"

/* Codes that nothing here can give, and docs/device.md says why. */
static const int never[] = {
	SOTER_PROCESS_AUTHKEY_EXPIRED, /* keys have no time */
	SOTER_PROCESS_CONTEXT,	       /* no activity that goes away */
	SOTER_PROCESS_FINGERPRINT,     /* 1017 says it for both kinds */
};

static const int all[] = {
#define CODE(name, number, text) number,
	SOTER_PROCESS_CODES(CODE)
};

static bool reached[SOTER_COUNT(all)];

static bool
was_given(int code)
{
	for (size_t i = 0; i < SOTER_COUNT(all); i++)
		if (all[i] == code)
			reached[i] = true;
	return (true);
}

static void
check_answer(struct soter_answer a, int code, enum soter_rc rc)
{
	CHECK(a.code == code);
	CHECK_RC(a.rc, rc);
	if (a.code == code)
		was_given(code);
}

/* ---- init ---------------------------------------------------------------- */

static const struct {
	const char *what;
	const char *salt, *ask_name;
	size_t scenes_n;
	enum fakecore_op fails;
	enum soter_rc with;
	bool has_no_sensor, has_no_server, says_no;
	enum soter_rc support;
	int code;
	enum soter_rc rc;
} inits[] = {
	{ "all is well", "", NULL, 2, 0, SOTER_OK, false, false, false,
	    SOTER_OK, 0, SOTER_OK },
	{ "nobody to ask", "", NULL, 2, 0, SOTER_OK, false, true, false,
	    SOTER_OK, 0, SOTER_OK },
	{ "a salt of 16 characters, more bytes",
	    "\xc3\xa4"
	    "123456789012345",
	    NULL, 2, 0, SOTER_OK, false, false, false, SOTER_OK, 0, SOTER_OK },
	{ "a salt of 17", "12345678901234567", NULL, 2, 0, SOTER_OK, false,
	    false, false, SOTER_OK, 0, SOTER_OK },
	{ "no scene", "", NULL, 0, 0, SOTER_OK, false, false, false, SOTER_OK,
	    SOTER_PROCESS_SCENES, SOTER_E_ARGUMENT },
	{ "a salt with a line feed", "a\nb", NULL, 2, 0, SOTER_OK, false, false,
	    false, SOTER_OK, SOTER_PROCESS_SALT, SOTER_E_ARGUMENT },
	{ "a salt that is no UTF-8", "a\xff", NULL, 2, 0, SOTER_OK, false,
	    false, false, SOTER_OK, SOTER_PROCESS_SALT, SOTER_E_ARGUMENT },
	{ "the ASK's name: 24", "", "123456789012345678901234", 2, 0, SOTER_OK,
	    false, false, false, SOTER_OK, 0, SOTER_OK },
	{ "the ASK's name: 25", "", "1234567890123456789012345", 2, 0, SOTER_OK,
	    false, false, false, SOTER_OK, SOTER_PROCESS_ASK_NAME,
	    SOTER_E_LIMIT },
	{ "no service", "", NULL, 2, FAKE_IS_SUPPORTED, SOTER_E_NO_SERVICE,
	    false, false, false, SOTER_OK, SOTER_CORE_NOT_SUPPORTED,
	    SOTER_E_NO_SERVICE },
	{ "no root", "", NULL, 2, FAKE_IS_SUPPORTED,
	    SOTER_E_ATTK_NOT_PROVISIONED, false, false, false, SOTER_OK,
	    SOTER_CORE_NOT_SUPPORTED, SOTER_E_ATTK_NOT_PROVISIONED },
	{ "no answer about the state", "", NULL, 2, FAKE_STATE,
	    SOTER_E_TEE_COMMUNICATION, false, false, false, SOTER_OK,
	    SOTER_CORE_NOT_SUPPORTED, SOTER_E_TEE_COMMUNICATION },
	{ "no sensor", "", NULL, 2, 0, SOTER_OK, true, false, false, SOTER_OK,
	    SOTER_CORE_NOT_SUPPORTED, SOTER_E_SENSOR },
	{ "the server says no", "", NULL, 2, 0, SOTER_OK, false, false, true,
	    SOTER_OK, SOTER_CORE_NOT_SUPPORTED, SOTER_E_UPLOAD_REFUSED },
	{ "the server does not answer", "", NULL, 2, 0, SOTER_OK, false, false,
	    false, SOTER_E_NETWORK, SOTER_PROCESS_SUPPORT, SOTER_E_NETWORK },
};

static void
test_inits(void)
{
	for (size_t i = 0; i < SOTER_COUNT(inits); i++) {
		struct soter_task_result result;
		struct rig r;

		check_row("init: %s", inits[i].what);
		rig_begin(&r, NULL);
		r.salt = inits[i].salt;
		r.ask_name = inits[i].ask_name;
		r.scenes_n = inits[i].scenes_n;
		r.is_alone = inits[i].has_no_server;
		r.server.is_supported = !inits[i].says_no;
		r.server.support = inits[i].support;
		if (inits[i].has_no_sensor)
			r.device.modalities = 0;
		fakecore_fail(&r.device, inits[i].fails, inits[i].with);
		rig_start(&r);
		check_answer(soter_wrapper_init(r.w, 0, &result), inits[i].code,
		    inits[i].rc);
		CHECK(result.answer.code == inits[i].code);
		CHECK(soter_wrapper_is_supported(r.w) == (inits[i].code == 0));
		if (inits[i].support != SOTER_OK)
			CHECK(r.server.asked == SOTER_TRIES);
		if (inits[i].code == 0)
			CHECK(result.support ==
			    (inits[i].has_no_server ? SOTER_SUPPORT_FINGER
						    : SOTER_SUPPORT_BOTH));
		rig_free(&r);
	}
}

/* An init that said 2 or 1002 can be tried again; one that said 0 cannot. */
static void
test_init_again(void)
{
	struct rig r;

	check_row("after a 2: the tasks say 2, and why; init again: 0");
	rig_new(&r);
	fakecore_fail(&r.device, FAKE_IS_SUPPORTED,
	    SOTER_E_ATTK_NOT_PROVISIONED);
	check_answer(soter_wrapper_init(r.w, 0, NULL), SOTER_CORE_NOT_SUPPORTED,
	    SOTER_E_ATTK_NOT_PROVISIONED);
	check_answer(soter_wrapper_prepare_ask(r.w, 0, 0, NULL),
	    SOTER_CORE_NOT_SUPPORTED, SOTER_E_ATTK_NOT_PROVISIONED);
	check_answer(soter_wrapper_prepare_authkey(r.w, RIG_SCENE, 0, 0, NULL),
	    SOTER_CORE_NOT_SUPPORTED, SOTER_E_ATTK_NOT_PROVISIONED);
	check_answer(rig_authorise(&r, 0, NULL), SOTER_CORE_NOT_SUPPORTED,
	    SOTER_E_ATTK_NOT_PROVISIONED);
	check_answer(soter_wrapper_remove_all(r.w, 0), 0, SOTER_OK);
	fakecore_fail(&r.device, FAKE_IS_SUPPORTED, SOTER_OK);
	check_answer(soter_wrapper_init(r.w, 0, NULL), 0, SOTER_OK);

	check_row("and once more: 1028");
	check_answer(soter_wrapper_init(r.w, 0, NULL), SOTER_PROCESS_ALREADY,
	    SOTER_E_EXISTS);
	CHECK(soter_wrapper_is_supported(r.w));
	rig_free(&r);
}

static void
test_not_init(void)
{
	struct rig r;

	check_row("before init: 1008");
	rig_new(&r);
	check_answer(soter_wrapper_prepare_ask(r.w, 0, 0, NULL),
	    SOTER_PROCESS_NOT_INIT, SOTER_E_ARGUMENT);
	check_answer(soter_wrapper_prepare_authkey(r.w, RIG_SCENE, 0, 0, NULL),
	    SOTER_PROCESS_NOT_INIT, SOTER_E_ARGUMENT);
	check_answer(rig_authorise(&r, 0, NULL), SOTER_PROCESS_NOT_INIT,
	    SOTER_E_ARGUMENT);
	check_answer(soter_wrapper_remove_authkey(r.w, RIG_SCENE, 0),
	    SOTER_PROCESS_NOT_INIT, SOTER_E_ARGUMENT);
	check_answer(soter_wrapper_remove_all(r.w, 0), SOTER_PROCESS_NOT_INIT,
	    SOTER_E_ARGUMENT);
	CHECK(r.device.calls[FAKE_REMOVE_ASK] == 0);

	check_row("a scene that was not named: 1009");
	CHECK(soter_wrapper_init(r.w, 0, NULL).code == 0);
	check_answer(soter_wrapper_prepare_authkey(r.w, 77, 0, 0, NULL),
	    SOTER_PROCESS_NO_SCENE, SOTER_E_ARGUMENT);
	check_answer(soter_wrapper_remove_authkey(r.w, 77, 0),
	    SOTER_PROCESS_NO_SCENE, SOTER_E_ARGUMENT);
	check_answer(soter_wrapper_authorise(r.w,
			 &(struct soter_authorisation){ .scene = 77 }, 0, NULL),
	    SOTER_PROCESS_NO_SCENE, SOTER_E_ARGUMENT);
	rig_free(&r);
}

/* ---- prepare ------------------------------------------------------------- */

static const struct {
	const char *what;
	enum fakecore_op fails;
	enum soter_rc with, ask, authkey;
	unsigned flags;
	int code;
	enum soter_rc rc;
} prepares[] = {
	{ "no ASK, and none wanted", 0, SOTER_OK, SOTER_OK, SOTER_OK, 0,
	    SOTER_CORE_NO_ASK, SOTER_E_ASK_NOT_READY },
	{ "the ASK cannot be made", FAKE_GENERATE_ASK, SOTER_E_OTHERS, SOTER_OK,
	    SOTER_OK, SOTER_AUTO_PREPARE_ASK, SOTER_CORE_ASK_GENERATE,
	    SOTER_E_OTHERS },
	{ "the AuthKey cannot be made", FAKE_GENERATE_AUTHKEY, SOTER_E_OTHERS,
	    SOTER_OK, SOTER_OK, SOTER_AUTO_PREPARE_ASK,
	    SOTER_CORE_AUTHKEY_GENERATE, SOTER_E_OTHERS },
	{ "the ASK is refused", 0, SOTER_OK, SOTER_E_UPLOAD_REFUSED, SOTER_OK,
	    SOTER_AUTO_PREPARE_ASK, SOTER_PROCESS_UPLOAD_ASK,
	    SOTER_E_UPLOAD_REFUSED },
	{ "the AuthKey is refused", 0, SOTER_OK, SOTER_OK,
	    SOTER_E_UPLOAD_REFUSED, SOTER_AUTO_PREPARE_ASK,
	    SOTER_PROCESS_UPLOAD_AUTHKEY, SOTER_E_UPLOAD_REFUSED },
	{ "the AuthKey cannot be exported", FAKE_GET_AUTHKEY, SOTER_E_OTHERS,
	    SOTER_OK, SOTER_OK, SOTER_AUTO_PREPARE_ASK,
	    SOTER_PROCESS_NO_AUTHKEY, SOTER_E_OTHERS },
	{ "the service is gone", FAKE_HAS_ASK, SOTER_E_NO_SERVICE, SOTER_OK,
	    SOTER_OK, SOTER_AUTO_PREPARE_ASK, SOTER_CORE_NOT_SUPPORTED,
	    SOTER_E_NO_SERVICE },
	{ "the service is closed to the app", FAKE_HAS_ASK,
	    SOTER_E_SERVICE_CLOSED, SOTER_OK, SOTER_OK, SOTER_AUTO_PREPARE_ASK,
	    SOTER_CORE_NOT_SUPPORTED, SOTER_E_SERVICE_CLOSED },
};

static void
test_prepares(void)
{
	for (size_t i = 0; i < SOTER_COUNT(prepares); i++) {
		struct rig r;

		check_row("prepare: %s", prepares[i].what);
		rig_new(&r);
		CHECK(soter_wrapper_init(r.w, 0, NULL).code == 0);
		r.server.ask = prepares[i].ask;
		r.server.authkey = prepares[i].authkey;
		fakecore_fail(&r.device, prepares[i].fails, prepares[i].with);
		check_answer(soter_wrapper_prepare_authkey(r.w, RIG_SCENE,
				 prepares[i].flags, 0, NULL),
		    prepares[i].code, prepares[i].rc);
		rig_free(&r);
	}
}

/* ---- authorise ----------------------------------------------------------- */

static const struct {
	const char *state, *what;
	enum fakecore_op fails;
	enum soter_rc with;
	const char *sees, *challenge; /* NULL: the server's */
	enum soter_rc challenged, uploaded;
	bool is_empty, is_alone, has_no_key, has_nothing, is_frozen, by_face;
	int code;
	enum soter_rc rc;
} authorisations[] = {
	{ .state = "UPL", .what = "all is well", .sees = "m" },
	{ .state = "UPL",
	    .what = "nobody to send it to",
	    .sees = "m",
	    .challenge = "c",
	    .is_alone = true },
	{ .state = "PRE",
	    .what = "no AuthKey",
	    .has_no_key = true,
	    .code = SOTER_PROCESS_NO_AUTHKEY,
	    .rc = SOTER_E_AUTH_KEY_NOT_READY },
	{ .state = "PRE",
	    .what = "nobody to ask",
	    .is_alone = true,
	    .code = SOTER_PROCESS_NO_NETWORK,
	    .rc = SOTER_E_ARGUMENT },
	{ .state = "PRE",
	    .what = "nothing enrolled",
	    .has_nothing = true,
	    .code = SOTER_PROCESS_NO_BIOMETRIC,
	    .rc = SOTER_E_NOT_ENROLLED },
	{ .state = "PRE",
	    .what = "frozen",
	    .is_frozen = true,
	    .code = SOTER_PROCESS_FINGERPRINT_LOCKED,
	    .rc = SOTER_E_FROZEN },
	{ .state = "CHAL",
	    .what = "no challenge comes",
	    .challenged = SOTER_E_NETWORK,
	    .code = SOTER_PROCESS_CHALLENGE,
	    .rc = SOTER_E_NETWORK },
	{ .state = "CHAL",
	    .what = "the server gives none",
	    .challenged = SOTER_E_UPLOAD_REFUSED,
	    .code = SOTER_PROCESS_CHALLENGE,
	    .rc = SOTER_E_UPLOAD_REFUSED },
	{ .state = "CHAL",
	    .what = "it is empty",
	    .is_empty = true,
	    .code = SOTER_PROCESS_CHALLENGE,
	    .rc = SOTER_E_CHALLENGE_NULL },
	{ .state = "CHAL",
	    .what = "the given one is empty",
	    .challenge = "",
	    .code = SOTER_PROCESS_CHALLENGE,
	    .rc = SOTER_E_CHALLENGE_NULL },
	{ .state = "CHAL",
	    .what = "it is no UTF-8",
	    .challenge = "a\xc3",
	    .code = SOTER_PROCESS_CHALLENGE,
	    .rc = SOTER_E_JSON_TEXT },
	{ .state = "INIT",
	    .what = "the TEE will not",
	    .fails = FAKE_INIT_SIGN,
	    .with = SOTER_E_IS_AUTHING,
	    .code = SOTER_PROCESS_INIT_SIGN,
	    .rc = SOTER_E_IS_AUTHING },
	{ .state = "AUTH",
	    .what = "the sensor does not start",
	    .fails = FAKE_AUTH_BEGIN,
	    .with = SOTER_E_IS_AUTHING,
	    .code = SOTER_PROCESS_AUTH_BEGIN,
	    .rc = SOTER_E_IS_AUTHING },
	{ .state = "AUTH",
	    .what = "frozen since",
	    .fails = FAKE_AUTH_BEGIN,
	    .with = SOTER_E_FROZEN,
	    .code = SOTER_PROCESS_FINGERPRINT_LOCKED,
	    .rc = SOTER_E_FROZEN },
	{ .state = "AUTH",
	    .what = "a face is enrolled, no finger",
	    .fails = FAKE_AUTH_BEGIN,
	    .with = SOTER_E_NOT_ENROLLED,
	    .code = SOTER_PROCESS_NO_FINGERPRINT,
	    .rc = SOTER_E_NOT_ENROLLED },
	{ .state = "AUTH",
	    .what = "a finger is enrolled, no face",
	    .fails = FAKE_AUTH_BEGIN,
	    .with = SOTER_E_NOT_ENROLLED,
	    .by_face = true,
	    .code = SOTER_PROCESS_NO_BIOMETRIC,
	    .rc = SOTER_E_NOT_ENROLLED },
	{ .state = "AUTH",
	    .what = "another's face",
	    .sees = "..xm",
	    .by_face = true,
	    .code = SOTER_PROCESS_BIOMETRIC,
	    .rc = SOTER_E_MISS },
	{ .state = "UPL",
	    .what = "another's finger, then the right one",
	    .sees = "..x.xm" },
	{ .state = "AUTH",
	    .what = "the sensor breaks",
	    .sees = ".!",
	    .code = SOTER_PROCESS_BIOMETRIC,
	    .rc = SOTER_E_SENSOR },
	{ .state = "AUTH",
	    .what = "the system cancels",
	    .sees = ".c",
	    .code = SOTER_PROCESS_CANCELLED,
	    .rc = SOTER_E_CANCELLED },
	{ .state = "AUTH",
	    .what = "one miss too many",
	    .sees = ".x.f",
	    .code = SOTER_PROCESS_BIOMETRIC_LOCKED,
	    .rc = SOTER_E_FROZEN },
	{ .state = "SIGN",
	    .what = "the result cannot be read",
	    .sees = "m",
	    .fails = FAKE_FINISH_SIGN,
	    .with = SOTER_E_UNREADABLE,
	    .code = SOTER_PROCESS_SIGN,
	    .rc = SOTER_E_UNREADABLE },
	{ .state = "SIGN",
	    .what = "the key is dead",
	    .sees = "m",
	    .fails = FAKE_FINISH_SIGN,
	    .with = SOTER_E_KEY_BLOB,
	    .code = SOTER_PROCESS_SIGNATURE,
	    .rc = SOTER_E_KEY_BLOB },
	{ .state = "UPL",
	    .what = "the server refuses the result",
	    .sees = "m",
	    .uploaded = SOTER_E_UPLOAD_REFUSED,
	    .code = SOTER_PROCESS_UPLOAD_RESULT,
	    .rc = SOTER_E_UPLOAD_REFUSED },
	{ .state = "UPL",
	    .what = "the server does not answer",
	    .sees = "m",
	    .uploaded = SOTER_E_NETWORK,
	    .code = SOTER_PROCESS_UPLOAD_RESULT,
	    .rc = SOTER_E_NETWORK },
};

static const char *const states[] = { "PRE", "CHAL", "INIT", "AUTH", "SIGN",
	"UPL" };
static bool state_reached[SOTER_COUNT(states)];

static void
set_up(struct rig *r, size_t i)
{
	r->is_alone = authorisations[i].is_alone;
	rig_restart(r);
	CHECK(rig_ready(r));
	if (authorisations[i].has_no_key)
		r->device.keys_n = 0;
	if (authorisations[i].has_nothing)
		r->device.enrolled = 0;
	if (authorisations[i].is_frozen)
		r->device.freeze_ms = 12345;
	if (authorisations[i].is_empty)
		r->server.text = "";
	r->device.modalities = SOTER_SUPPORT_BOTH;
	r->device.sees =
	    authorisations[i].sees == NULL ? "m" : authorisations[i].sees;
	r->server.challenge = authorisations[i].challenged;
	r->server.result = authorisations[i].uploaded;
	fakecore_fail(&r->device, authorisations[i].fails,
	    authorisations[i].with);
}

static void
test_authorisation(size_t i)
{
	struct soter_task_result result;
	struct soter_authorisation what = { .scene = RIG_SCENE,
		.challenge = authorisations[i].challenge,
		.modality = authorisations[i].by_face ? SOTER_FACE : 0 };
	char line[80];
	struct rig r;

	check_row("authorise, %s: %s", authorisations[i].state,
	    authorisations[i].what);
	rig_new(&r);
	set_up(&r, i);
	check_answer(soter_wrapper_authorise(r.w, &what, 0, &result),
	    authorisations[i].code, authorisations[i].rc);
	snprintf(line, sizeof(line), "authorise in %s: %d, ",
	    authorisations[i].state, authorisations[i].code);
	CHECK(rig_said(&r, line));
	for (size_t s = 0; s < SOTER_COUNT(states); s++)
		if (strcmp(states[s], authorisations[i].state) == 0)
			state_reached[s] = true;
	/* Whatever the end, nothing stays taken, and no half answer goes out.
	 */
	CHECK(r.device.session == 0 && !r.device.is_looking);
	CHECK((result.is_signed.json_n > 0) == (result.answer.code == 0));
	CHECK(result.freeze_ms ==
	    (authorisations[i].is_frozen ? 12345u
		    : result.answer.code == SOTER_PROCESS_BIOMETRIC_LOCKED
		    ? 30000u
		    : 0u));
	rig_free(&r);
}

static void
test_long_challenge(void)
{
	static char text[SOTER_TA_CHALLENGE_MAX + 2];
	struct soter_authorisation what = { .scene = RIG_SCENE,
		.challenge = text };
	struct rig r;

	check_row("a challenge as long as the TEE takes it");
	rig_new(&r);
	CHECK(rig_ready(&r));
	memset(text, 'c', SOTER_TA_CHALLENGE_MAX);
	check_answer(soter_wrapper_authorise(r.w, &what, 0, NULL), 0, SOTER_OK);

	check_row("one byte longer, given and from the server");
	text[SOTER_TA_CHALLENGE_MAX] = 'c';
	check_answer(soter_wrapper_authorise(r.w, &what, 0, NULL),
	    SOTER_PROCESS_CHALLENGE, SOTER_E_LIMIT);
	r.server.text = text;
	check_answer(rig_authorise(&r, 0, NULL), SOTER_PROCESS_CHALLENGE,
	    SOTER_E_LIMIT);
	rig_free(&r);
}

/* ---- of the queue -------------------------------------------------------- */

static void
keep(void *answer, const struct soter_task_result *result)
{
	*(struct soter_answer *)answer = result->answer;
}

static struct rig *queue_rig;
static struct soter_answer inner;

/* On the wrapper's thread, while a task runs. */
static void
while_it_runs(void *context, enum soter_auth_event event, unsigned left)
{
	(void)context;
	(void)left;
	if (event == SOTER_AUTH_TOUCH) {
		inner = rig_authorise(queue_rig, 0, NULL);
		soter_wrapper_decline(queue_rig->w);
	}
}

static void
test_queue(void)
{
	struct soter_answer answer = { 9, SOTER_OK };
	struct soter_task task = { .kind = (enum soter_task_kind)99 };
	struct soter_authorisation what = { .scene = RIG_SCENE,
		.event = while_it_runs };
	struct rig r;

	check_row("a task that there is not: 1001");
	rig_new(&r);
	CHECK(rig_ready(&r));
	CHECK_RC(soter_wrapper_start(r.w, &task, keep, &answer), SOTER_OK);
	CHECK(soter_wrapper_remove_authkey(r.w, 77, 0).code != 0);
	check_answer(answer, SOTER_PROCESS_PURPOSE, SOTER_E_ARGUMENT);

	check_row("two at a time: 1023; the user chose another way: 1029");
	queue_rig = &r;
	r.device.sees = ".";
	check_answer(soter_wrapper_authorise(r.w, &what, 0, NULL),
	    SOTER_PROCESS_NEGATIVE, SOTER_E_CANCELLED);
	check_answer(inner, SOTER_PROCESS_RUNNING, SOTER_E_IS_AUTHING);
	rig_free(&r);
}

/* ---- all of them --------------------------------------------------------- */

static bool
can_never_be(int code)
{
	for (size_t i = 0; i < SOTER_COUNT(never); i++)
		if (never[i] == code)
			return (true);
	return (false);
}

/* Each has a text of its own. */
static void
test_code_texts(void)
{
	static const struct {
		int code;
		const char *text;
	} texts[] = {
#define TEXT(name, number, text) { number, text },
		SOTER_CORE_CODES(TEXT) SOTER_PROCESS_CODES(TEXT)
	};

	check_row("texts");
	for (size_t i = 0; i < SOTER_COUNT(texts); i++)
		CHECK(strcmp(soter_process_text(texts[i].code),
			  texts[i].text) == 0);
	CHECK(strcmp(soter_process_text(1000), "unknown") == 0);
	CHECK(strcmp(soter_process_text(1030), "unknown") == 0);
	CHECK(strcmp(soter_process_text(8), "unknown") == 0);
}

static void
test_all(void)
{
	static char docs[65536];
	FILE *f = fopen("docs/device.md", "r");
	char line[32];

	if (f == NULL || fread(docs, 1, sizeof(docs) - 1, f) == 0)
		abort();
	fclose(f);
	for (size_t i = 0; i < SOTER_COUNT(all); i++) {
		check_row("%d: %s", all[i],
		    can_never_be(all[i]) ? "never, and the docs say why"
					 : "reached");
		CHECK(reached[i] != can_never_be(all[i]));
		snprintf(line, sizeof(line), "| %d | never: ", all[i]);
		CHECK((strstr(docs, line) != NULL) == can_never_be(all[i]));
	}
	for (size_t s = 0; s < SOTER_COUNT(states); s++) {
		check_row("state %s: reached", states[s]);
		CHECK(state_reached[s]);
	}
}

int
main(void)
{
	test_inits();
	test_init_again();
	test_not_init();
	test_prepares();
	for (size_t i = 0; i < SOTER_COUNT(authorisations); i++)
		test_authorisation(i);
	test_long_challenge();
	test_queue();
	test_code_texts();
	test_all();
	return (check_done());
}
