/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libsoter-core against a service that does what a row says: answers each code,
 * lies, stalls, goes away.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/check.h"
#include "tests/service.h"

#define SOMEBODY 65534 /* whom root becomes where root's rights would do */

/* ---- codes --------------------------------------------------------------- */

static struct soter_answer
call(struct soter_core *core, enum soter_core_op op, unsigned ms)
{
	struct soter_core_signed s;
	struct soter_device_state state;
	char id[SOTER_CORE_DEVICE_ID_MAX];
	uint64_t session;
	uint32_t number;
	unsigned left;

	switch (op) {
	case SOTER_CORE_IS_SUPPORTED:
		return (soter_core_is_supported(core, ms));
	case SOTER_CORE_GENERATE_ASK:
		return (soter_core_generate_ask(core, ms));
	case SOTER_CORE_REMOVE_ASK:
		return (soter_core_remove_ask(core, ms));
	case SOTER_CORE_HAS_ASK:
		return (soter_core_has_ask(core, ms));
	case SOTER_CORE_IS_ASK_VALID:
		return (soter_core_is_ask_valid(core, ms));
	case SOTER_CORE_GET_ASK:
		return (soter_core_get_ask(core, ms, &s));
	case SOTER_CORE_GENERATE_AUTHKEY:
		return (soter_core_generate_authkey(core, "pay", ms));
	case SOTER_CORE_REMOVE_AUTHKEY:
		return (soter_core_remove_authkey(core, "pay", false, ms));
	case SOTER_CORE_HAS_AUTHKEY:
		return (soter_core_has_authkey(core, "pay", ms));
	case SOTER_CORE_IS_AUTHKEY_VALID:
		return (soter_core_is_authkey_valid(core, "pay", false, ms));
	case SOTER_CORE_GET_AUTHKEY:
		return (soter_core_get_authkey(core, "pay", ms, &s));
	case SOTER_CORE_INIT_SIGN:
		return (soter_core_init_sign(core, "pay",
		    soter_text("challenge"), ms, &session));
	case SOTER_CORE_FINISH_SIGN:
		return (soter_core_finish_sign(core, 7, ms, &s));
	case SOTER_CORE_CANCEL_SIGN:
		return (soter_core_cancel_sign(core, 7, ms));
	case SOTER_CORE_STATE:
		return (soter_core_state(core, ms, &state));
	case SOTER_CORE_AUTH_BEGIN:
		return (soter_core_auth_begin(core, 7, SOTER_FINGER, ms));
	case SOTER_CORE_AUTH_STEP:
		return (soter_core_auth_step(core, 7, ms, &left));
	case SOTER_CORE_AUTH_CANCEL:
		return (soter_core_auth_cancel(core, 7, ms));
	case SOTER_CORE_DEVICE_ID:
		return (soter_core_device_id(core, ms, id));
	case SOTER_CORE_VERSION:
		return (soter_core_version(core, ms, &number));
	case SOTER_CORE_SELFTEST:
		return (soter_selftest(core, ms, NULL));
	}
	abort();
}

/* What each operation says when the TEE says -16, and when it says -5. */
static const struct {
	const char *name;
	enum soter_core_op op;
	int failure, no_ask;
} operations[] = {
	{ "isNativeSupportSoter", SOTER_CORE_IS_SUPPORTED, 2, 2 },
	{ "generateAppGlobalSecureKey", SOTER_CORE_GENERATE_ASK, 4, 4 },
	{ "removeAppGlobalSecureKey", SOTER_CORE_REMOVE_ASK, 5, 5 },
	{ "hasAppGlobalSecureKey", SOTER_CORE_HAS_ASK, -1, 3 },
	{ "isAppGlobalSecureKeyValid", SOTER_CORE_IS_ASK_VALID, -1, 3 },
	{ "getAppGlobalSecureKeyModel", SOTER_CORE_GET_ASK, -1, 3 },
	{ "generateAuthKey", SOTER_CORE_GENERATE_AUTHKEY, 6, 3 },
	{ "removeAuthKey", SOTER_CORE_REMOVE_AUTHKEY, 7, 7 },
	{ "hasAuthKey", SOTER_CORE_HAS_AUTHKEY, -1, -1 },
	{ "isAuthKeyValid", SOTER_CORE_IS_AUTHKEY_VALID, -1, -1 },
	{ "getAuthKeyModel", SOTER_CORE_GET_AUTHKEY, -1, -1 },
	{ "initSigh", SOTER_CORE_INIT_SIGN, -1, -1 },
	{ "finishSign", SOTER_CORE_FINISH_SIGN, -1, -1 },
	{ "cancelSign", SOTER_CORE_CANCEL_SIGN, -1, -1 },
	{ "state", SOTER_CORE_STATE, -1, -1 },
	{ "authBegin", SOTER_CORE_AUTH_BEGIN, -1, -1 },
	{ "authStep", SOTER_CORE_AUTH_STEP, -1, -1 },
	{ "authCancel", SOTER_CORE_AUTH_CANCEL, -1, -1 },
	{ "getDeviceId", SOTER_CORE_DEVICE_ID, -1, -1 },
	{ "getVersion", SOTER_CORE_VERSION, -1, -1 },
	{ "selftest", SOTER_CORE_SELFTEST, 2, 2 },
};

static void
codes(struct soter_core *core)
{
	for (size_t i = 0; i < SOTER_COUNT(operations); i++) {
		struct soter_answer a;

		check_row("%s: its code, and the TEE's beside it",
		    operations[i].name);
		service_says(ANSWER, -16, NULL, 0);
		a = call(core, operations[i].op, 0);
		CHECK(a.code == operations[i].failure);
		CHECK_RC(a.rc, SOTER_E_TEE_ARGUMENT);
		CHECK(soter_answer_tee(a) == -16);
		service_says(ANSWER, -5, NULL, 0);
		a = call(core, operations[i].op, 0);
		CHECK(a.code == operations[i].no_ask);
		CHECK_RC(a.rc, SOTER_E_ASK_NOT_READY);
		CHECK(soter_answer_tee(a) == -5);
		CHECK(strcmp(soter_core_text(a.code), "unknown") != 0);
	}
	check_row("a code that there is not has no text");
	CHECK(strcmp(soter_core_text(8), "unknown") == 0);
}

static void
arguments(struct soter_core *core)
{
	char kname[129] = "";
	uint64_t session = 9;
	int32_t numbers[4];
	size_t n;

	check_row("arguments that make no sense: 1, and nothing is asked");
	memset(kname, 'k', 128);
	service_says(ANSWER, 0, NULL, 0);
	service.requests = 0;
	CHECK(soter_core_generate_authkey(core, NULL, 0).code == 1);
	CHECK(soter_core_generate_authkey(core, "", 0).code == 1);
	CHECK(soter_core_generate_authkey(core, kname, 0).code == 1);
	CHECK(soter_core_remove_authkey(core, "", true, 0).code == 1);
	CHECK(soter_core_has_authkey(core, "", 0).code == 1);
	CHECK(soter_core_get_authkey(core, "", 0, NULL).code == 1);
	CHECK(
	    soter_core_init_sign(core, "", soter_text("c"), 0, &session).code ==
	    1);
	CHECK(
	    soter_core_init_sign(core, "k", soter_text(""), 0, &session).code ==
	    1);
	CHECK(soter_core_init_sign(core, "k",
		  soter_span(kname, SOTER_TA_CHALLENGE_MAX + 1), 0, &session)
		  .code == 1);
	CHECK(soter_core_auth_begin(core, 1, (enum soter_modality_kind)9, 0)
		  .code == 1);
	CHECK(soter_core_extra(core, "", 0, numbers, &n).code == 1);
	CHECK(session == 9 && service.requests == 0);
}

/* ---- lies ---------------------------------------------------------------- */

#define KEY    SERVICE_KEY
#define RESULT SERVICE_RESULT

static const char *const not_keys[] = {
	"{\"pub_key\":\"x\",\"cpu_id\":\"d\",\"counter\":1}",
	"{\"cpu_id\":\"d\",\"counter\":1,\"uid\":\"1\"}",
	"{\"pub_key\":\"x\",\"cpu_id\":\"\",\"counter\":1,\"uid\":\"1\"}",
	"{\"pub_key\":\"x\",\"cpu_id\":\"d\",\"counter\":-1,\"uid\":\"1\"}",
	KEY "x",
	"nonsense",
};

static void
says_signed(const char *json)
{
	static uint8_t bytes[1024];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	if (service_export(&w, json) != SOTER_OK)
		abort();
	service_says(ANSWER, 0, bytes, w.len);
}

static void
exports(struct soter_core *core)
{
	struct soter_core_signed s;

	check_row("a key and a result: as they are, and what they claim");
	says_signed(KEY);
	CHECK(soter_core_get_ask(core, 0, &s).code == 0);
	CHECK(strcmp(s.json, KEY) == 0 && s.json_n == strlen(KEY));
	CHECK(strlen(s.signature) == 344 && s.signature[343] == '=');
	CHECK(s.claimed_counter == 41 && s.claimed_salt_len == 20 &&
	    s.claimed_fid == 0);
	CHECK(strcmp(s.claimed_cpu_id, "d") == 0 &&
	    strcmp(s.claimed_uid, "10115") == 0);
	says_signed(RESULT);
	CHECK(soter_core_finish_sign(core, 1, 0, &s).code == 0);
	CHECK(strcmp(s.json, RESULT) == 0);
	CHECK(s.claimed_counter == 42 && s.claimed_salt_len == 32 &&
	    s.claimed_fid == 23131700000);
}

static void
bodies(struct soter_core *core)
{
	struct soter_core_signed s;
	uint64_t session = 9;
	uint32_t number = 9;
	char id[SOTER_CORE_DEVICE_ID_MAX] = "?";

	check_row(
	    "exports that cannot be read: nothing is written, and it is said");
	memset(&s, 0xa5, sizeof(s));
	for (size_t i = 0; i < SOTER_COUNT(not_keys); i++) {
		says_signed(not_keys[i]);
		CHECK_RC(soter_core_get_ask(core, 0, &s).rc,
		    SOTER_E_UNREADABLE);
	}
	says_signed(KEY);
	CHECK_RC(soter_core_finish_sign(core, 1, 0, &s).rc, SOTER_E_UNREADABLE);
	says_signed(RESULT);
	CHECK_RC(soter_core_get_authkey(core, "k", 0, &s).rc,
	    SOTER_E_UNREADABLE);
	service_says(ANSWER, 0, "\xff\xff\xff\xff", 4);
	CHECK_RC(soter_core_is_ask_valid(core, 0).rc, SOTER_E_UNREADABLE);
	CHECK_RC(soter_core_get_ask(core, 0, &s).rc, SOTER_E_UNREADABLE);
	CHECK_RC(soter_core_finish_sign(core, 1, 0, &s).rc, SOTER_E_UNREADABLE);
	CHECK(
	    (unsigned char)s.json[0] == 0xa5 && s.claimed_uid[0] == s.json[0]);

	check_row("bodies that are none: nothing is written");
	service_says(ANSWER, 0, "\0\0\0\0\0\0\0\0", 8);
	CHECK_RC(call(core, SOTER_CORE_INIT_SIGN, 0).rc,
	    SOTER_E_SERVICE_ANSWER);
	service_says(ANSWER, 0, "\0\0\0\0\0\0\0\x80", 8);
	CHECK_RC(
	    soter_core_init_sign(core, "k", soter_text("c"), 0, &session).rc,
	    SOTER_E_SERVICE_ANSWER);
	service_says(ANSWER, 0, "1", 1);
	CHECK_RC(soter_core_version(core, 0, &number).rc,
	    SOTER_E_SERVICE_ANSWER);
	service_says(ANSWER, 0, "", 0);
	CHECK_RC(soter_core_version(core, 0, &number).rc,
	    SOTER_E_SERVICE_ANSWER);
	CHECK_RC(soter_core_device_id(core, 0, id).rc, SOTER_E_SERVICE_ANSWER);
	service_says(ANSWER, 0, "a\0b", 3);
	CHECK_RC(soter_core_device_id(core, 0, id).rc, SOTER_E_SERVICE_ANSWER);
	CHECK(session == 9 && number == 9 && id[0] == '?');
	service_says(ANSWER, 0, "\x80\0\0\0", 4);
	CHECK_RC(soter_core_list(core, 0, NULL, NULL).rc,
	    SOTER_E_SERVICE_ANSWER);
}

static void
missed(struct soter_core *core)
{
	unsigned left = 9;

	check_row("a miss: how many are left until the freeze");
	service_does(service_device);
	service.bad_code = soter_ta_code(SOTER_E_MISS);
	service.bad_call = SOTER_DEV_AUTH_STEP;
	CHECK_RC(soter_core_auth_step(core, 1, 0, &left).rc, SOTER_E_MISS);
	CHECK(left == SOTER_MISSES_MAX - 3);
	CHECK_RC(soter_core_auth_step(core, 1, 0, NULL).rc, SOTER_E_MISS);

	check_row("and 0 if nobody says");
	service_says(ANSWER, soter_ta_code(SOTER_E_MISS), NULL, 0);
	CHECK_RC(soter_core_auth_step(core, 1, 0, &left).rc, SOTER_E_MISS);
	CHECK(left == 0);
	service.bad_call = 0;
}

static const struct {
	const char *what;
	enum manner manner;
	enum soter_rc want;
} lies[] = {
	{ "the answer of another call", SERIAL, SOTER_E_SERVICE_ANSWER },
	{ "a reply of 4 GiB", LENGTH_4_GIB, SOTER_E_SERVICE_ANSWER },
	{ "a reply of 7 bytes", LENGTH_SHORT, SOTER_E_SERVICE_ANSWER },
	{ "a code above 0", CODE_STRANGE, SOTER_E_SERVICE_ANSWER },
	{ "a body behind an error", CODE_AND_BODY, SOTER_E_SERVICE_ANSWER },
	{ "a body that the call has not", BODY_LONG, SOTER_E_SERVICE_ANSWER },
	{ "half a reply and the end", HALF_END, SOTER_E_SERVICE_ANSWER },
	{ "half a reply", HALF, SOTER_E_TIME },
	{ "a byte at a time", DRIP, SOTER_E_TIME },
	{ "no reply", SILENT, SOTER_E_TIME },
	{ "a reply too late", LATE, SOTER_E_TIME },
	{ "the end", HANG_UP, SOTER_E_NO_SERVICE },
	{ "the answer twice", TWICE, SOTER_OK },
};

/* Each is a call of its own; the next one is not harmed. */
static void
told_lies(struct soter_core *core)
{
	for (size_t i = 0; i < SOTER_COUNT(lies); i++) {
		struct soter_answer a;

		check_row("the service sends %s", lies[i].what);
		service_says(lies[i].manner, 0, NULL, 0);
		a = soter_core_generate_ask(core, 120);
		CHECK(a.code == (lies[i].want == SOTER_OK ? 0 : 4));
		CHECK_RC(a.rc, lies[i].want);
		service_says(ANSWER, -6, NULL, 0);
		a = soter_core_has_authkey(core, "pay", 0);
		CHECK_RC(a.rc, SOTER_E_AUTH_KEY_NOT_READY);
		if (lies[i].manner == LATE) /* now it comes */
			service_pause(250);
		CHECK_RC(soter_core_has_ask(core, 0).rc,
		    SOTER_E_AUTH_KEY_NOT_READY);
	}
}

/* ---- connections --------------------------------------------------------- */

static void
kept(void)
{
	struct soter_core *core = service_core(50);

	check_row("one connection for calls one after the other");
	service_says(ANSWER, 0, NULL, 0);
	service.accepted = 0;
	for (int i = 0; i < 20; i++)
		CHECK(soter_core_has_ask(core, 0).code == 0);
	CHECK(service.accepted == 1);

	check_row("a service that was started anew is found again");
	service_stop();
	service_start();
	CHECK(soter_core_has_ask(core, 0).code == 0);
	service_says(HANG_UP, 0, NULL, 0);
	CHECK_RC(soter_core_has_ask(core, 0).rc, SOTER_E_NO_SERVICE);
	service_says(ANSWER, 0, NULL, 0);
	CHECK(soter_core_has_ask(core, 0).code == 0);

	check_row("a child does not use what its parent does");
	service.accepted = 0;
	pid_t pid = fork();

	if (pid == 0) {
		bool ok = soter_core_has_ask(core, 0).code == 0;

		soter_core_free(&core);
		_exit(ok ? 0 : 1);
	}
	int status = 1;

	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(service.accepted == 1);
	/* The end of the child's core is not that of ours. */
	CHECK(soter_core_has_ask(core, 0).code == 0);
	CHECK(service.accepted == 1);
	soter_core_free(&core);
	CHECK(core == NULL);
}

static void *
start_later(void *arg)
{
	(void)arg;
	service_pause(300);
	service_start();
	return (NULL);
}

static void
absent(void)
{
	struct soter_core *core = service_core(60);
	pthread_t later;

	check_row("nobody there: no longer than it says, and it says why");
	service_stop();
	CHECK_RC(soter_core_has_ask(core, 0).rc, SOTER_E_NO_SERVICE);
	CHECK_RC(call(core, SOTER_CORE_IS_SUPPORTED, 0).rc, SOTER_E_NO_SERVICE);
	CHECK(call(core, SOTER_CORE_IS_SUPPORTED, 0).code == 2);

	check_row("while it rests each call tries once");
	service_start();
	service_says(ANSWER, 0, NULL, 0);
	CHECK(soter_core_has_ask(core, 0).code == 0);
	soter_core_free(&core);

	check_row("a service that is just starting is waited for");
	core = service_core(0);
	service_stop();
	CHECK(pthread_create(&later, NULL, start_later, NULL) == 0);
	CHECK(soter_core_has_ask(core, 0).code == 0);
	pthread_join(later, NULL);
	soter_core_free(&core);

	check_row(
	    "and after a rest not, unless the app comes to the foreground");
	core = service_core(4000);
	service_stop();
	CHECK_RC(soter_core_has_ask(core, 60).rc, SOTER_E_NO_SERVICE);
	CHECK(pthread_create(&later, NULL, start_later, NULL) == 0);
	CHECK_RC(soter_core_has_ask(core, 0).rc, SOTER_E_NO_SERVICE);
	soter_core_retry(core);
	pthread_join(later, NULL);
	CHECK(soter_core_has_ask(core, 0).code == 0);
	soter_core_free(&core);
}

/* As somebody to whom the place is closed, whoever runs the test. */
static void
closed(const char *what, const char *path, mode_t mode)
{
	struct soter_core *core = service_core(0);
	const uid_t me = geteuid();

	check_row("%s is closed: that is the trouble, and is said", what);
	CHECK(chmod(path, 0) == 0);
	CHECK(me != 0 || seteuid(SOMEBODY) == 0);
	CHECK_RC(soter_core_has_ask(core, 0).rc, SOTER_E_SERVICE_CLOSED);
	CHECK_RC(soter_core_has_ask(core, 0).rc, SOTER_E_SERVICE_CLOSED);
	CHECK(call(core, SOTER_CORE_IS_SUPPORTED, 0).code == 2);
	CHECK(seteuid(me) == 0);
	CHECK(chmod(path, mode) == 0);
	CHECK(soter_core_has_ask(core, 0).code == 0);
	soter_core_free(&core);
}

static void
paths(void)
{
	static const char *const wrong[] = { "relative",
		"/tmp/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };

	check_row("a path that no socket has");
	for (size_t i = 0; i < SOTER_COUNT(wrong); i++) {
		const struct soter_core_options o = { wrong[i], 0 };
		struct soter_core *core = NULL;

		CHECK_RC(soter_core_new(&core, &o), SOTER_E_ARGUMENT);
		CHECK(core == NULL);
	}
	soter_core_free(&(struct soter_core *){ NULL });

	service_says(ANSWER, 0, NULL, 0);
	CHECK(chmod(service.folder.path, 0711) == 0);
	closed("the socket", service.at.sun_path, 0777);
	closed("its folder", service.folder.path, 0700);
}

/* ---- many at once -------------------------------------------------------- */

#define THREADS 32

static void *
echo(void *arg)
{
	struct soter_core *core = arg;
	unsigned wrong = 0;

	for (unsigned i = 0; i < 40; i++) {
		uint8_t challenge[8];
		struct soter_span span = soter_span(challenge, 8);
		uint64_t want = ((uint64_t)(uintptr_t)&wrong + i) >> 1, got = 0;

		for (size_t k = 0; k < 8; k++)
			challenge[k] = (uint8_t)(want >> (8 * k));
		if (soter_core_init_sign(core, "k", span, 0, &got).code != 0 ||
		    got != want)
			wrong++;
	}
	return ((void *)(uintptr_t)wrong);
}

static void
crowd(void)
{
	struct soter_core *core = service_core(0);
	pthread_t threads[THREADS];

	check_row("%d threads at once: each gets its own answer", THREADS);
	service_says(ECHO, 0, NULL, 0);
	service.accepted = 0;
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, echo, core) == 0);
	for (int i = 0; i < THREADS; i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		CHECK(wrong == NULL);
	}
	CHECK(service.accepted <= 8);
	soter_core_free(&core);
}

/* ---- without waiting ----------------------------------------------------- */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned done;
	struct soter_answer last;
	uint64_t session;
} told = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER };

static void
done(void *context, const struct soter_core_outcome *outcome)
{
	pthread_mutex_lock(&told.lock);
	told.done += context == &told;
	told.last = outcome->answer;
	if (outcome->answer.code == 0)
		told.session = outcome->session;
	pthread_cond_signal(&told.changed);
	pthread_mutex_unlock(&told.lock);
}

static void
wait_told(unsigned n)
{
	pthread_mutex_lock(&told.lock);
	while (told.done < n)
		pthread_cond_wait(&told.changed, &told.lock);
	pthread_mutex_unlock(&told.lock);
}

static void
asynchronous(void)
{
	struct soter_core *core = service_core(0);
	struct soter_core_call x = { .op = SOTER_CORE_INIT_SIGN,
		.kname = "k",
		.challenge = soter_text("12345678") };
	unsigned begun = 0;

	check_row("a call that is begun, and told when it ended");
	service_says(ECHO, 0, NULL, 0);
	CHECK_RC(soter_core_start(core, &x, done, &told), SOTER_OK);
	wait_told(1);
	CHECK(told.last.code == 0 && told.session == 0x3837363534333231);
	x.op = SOTER_CORE_GENERATE_AUTHKEY;
	service_says(ANSWER, -5, NULL, 0);
	CHECK_RC(soter_core_start(core, &x, done, &told), SOTER_OK);
	wait_told(2);
	CHECK(told.last.code == 3);

	check_row("one that takes too long is told when its time is over");
	service_says(SILENT, 0, NULL, 0);
	x.ms = 50;
	CHECK_RC(soter_core_start(core, &x, done, &told), SOTER_OK);
	wait_told(3);
	CHECK_RC(told.last.rc, SOTER_E_TIME);

	check_row("no more than 64 wait; the end tells all of them");
	x.ms = 60000;
	/* Four are in their threads, once these have come that far. */
	while (begun < 68)
		if (soter_core_start(core, &x, done, &told) == SOTER_OK)
			begun++;
		else
			service_pause(1);
	CHECK_RC(soter_core_start(core, &x, done, &told), SOTER_E_LIMIT);
	soter_core_free(&core);
	CHECK(told.done == 3 + begun);
	CHECK_RC(told.last.rc, SOTER_E_CANCELLED);
}

static void *
wait_long(void *arg)
{
	struct soter_answer a = soter_core_generate_ask(arg, 60000);

	return (a.rc == SOTER_E_CANCELLED ? arg : NULL);
}

static void
ended(void)
{
	struct soter_core *core = service_core(0), *mine = core;
	pthread_t thread;
	void *ok = NULL;

	check_row("the end of a core ends calls of other threads");
	service_says(SILENT, 0, NULL, 0);
	service_anew();
	CHECK(pthread_create(&thread, NULL, wait_long, core) == 0);
	while (service.requests == 0)
		service_pause(5);
	soter_core_free(&core);
	pthread_join(thread, &ok);
	CHECK(ok == mine);
}

int
main(void)
{
	struct soter_core *core;

	alarm(120); /* a call that does not return is the worst of all */
	service_open();
	core = service_core(0);
	codes(core);
	arguments(core);
	exports(core);
	bodies(core);
	missed(core);
	told_lies(core);
	soter_core_free(&core);
	kept();
	absent();
	paths();
	crowd();
	asynchronous();
	ended();
	service_close();
	return (check_done());
}
