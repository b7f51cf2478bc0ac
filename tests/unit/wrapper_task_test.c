/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/task.c: the queue, those who wait, and those who leave.  At
 * each call of the core and of the server the task is cancelled, or is held
 * there until its caller's time is over: the caller comes back, and what was
 * half-made goes.
 */
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/wrapper.h"

#define SHORT_MS 60 /* a caller in a hurry */

static struct rig rig;

/* When the worker has done what was put in before. */
static void
settle(struct rig *r)
{
	CHECK(soter_wrapper_remove_authkey(r->w, 77, 0).code ==
	    SOTER_PROCESS_NO_SCENE);
}

/* A key is there with the status 0, or it is not there. */
static bool
is_whole(struct rig *r)
{
	int ask = rig_status(r, r->w->ask_name);
	int authkey = rig_status(r, r->kname);

	return ((!r->device.has_ask || ask == 0) &&
	    (!fakecore_has(&r->device, r->kname) || authkey == 0) &&
	    (r->device.has_ask || r->device.keys_n == 0) &&
	    r->device.session == 0 && !r->device.is_looking);
}

/* ---- the way of a task that is not disturbed ----------------------------- */

static void
test_whole_way(void)
{
	struct rig r;
	struct soter_task_result result;

	check_row("init, prepare, authorise");
	rig_new(&r);
	CHECK(!soter_wrapper_is_supported(r.w));
	CHECK(soter_wrapper_init(r.w, 0, &result).code == 0);
	CHECK_RC(result.answer.rc, SOTER_OK);
	CHECK(result.support == SOTER_SUPPORT_BOTH);
	CHECK(soter_wrapper_is_supported(r.w));
	CHECK(soter_wrapper_prepare_authkey(r.w, RIG_SCENE,
		  SOTER_AUTO_PREPARE_ASK, 0, &result)
		  .code == 0);
	CHECK(strstr(result.is_signed.json, r.kname) != NULL);
	CHECK(result.removed == 0);
	CHECK(r.device.has_ask && fakecore_has(&r.device, r.kname));
	CHECK(is_whole(&r));
	r.device.sees = "..x.m";
	CHECK(rig_authorise(&r, 0, &result).code == 0);
	CHECK(strstr(result.is_signed.json, "signed") != NULL);
	CHECK(strcmp(r.events, "txm") == 0);
	CHECK(is_whole(&r));
	CHECK(r.server.asked == 5);

	check_row("what is there is given again, and not uploaded again");
	CHECK(
	    soter_wrapper_prepare_authkey(r.w, RIG_SCENE, 0, 0, &result).code ==
	    0);
	CHECK(strstr(result.is_signed.json, r.kname) != NULL);
	CHECK(soter_wrapper_prepare_ask(r.w, 0, 0, &result).code == 0);
	CHECK(strstr(result.is_signed.json, "ask") != NULL);
	CHECK(r.server.asked == 5 && result.removed == 0);
	CHECK(r.device.calls[FAKE_GENERATE_ASK] == 1);
	CHECK(r.device.calls[FAKE_GENERATE_AUTHKEY] == 1);
	rig_free(&r);
}

static void
test_tries(void)
{
	struct rig r;

	check_row("a server that answers at the third try");
	rig_new(&r);
	CHECK(soter_wrapper_init(r.w, 0, NULL).code == 0);
	r.server.asked = 0;
	r.server.ask = SOTER_E_NETWORK;
	r.server.recovers = SOTER_TRIES - 1;
	CHECK(soter_wrapper_prepare_ask(r.w, 0, 0, NULL).code == 0);
	CHECK(r.server.asked == SOTER_TRIES);

	check_row("one that never does");
	r.server.recovers = 0;
	r.server.asked = 0;
	CHECK(soter_wrapper_prepare_ask(r.w, SOTER_AUTO_DELETE, 0, NULL).code ==
	    SOTER_PROCESS_UPLOAD_ASK);
	CHECK(r.server.asked == SOTER_TRIES);

	check_row("one that refuses is not asked again");
	r.server.ask = SOTER_E_UPLOAD_REFUSED;
	r.server.asked = 0;
	CHECK(soter_wrapper_prepare_ask(r.w, 0, 0, NULL).code ==
	    SOTER_PROCESS_UPLOAD_ASK);
	CHECK(r.server.asked == 1);
	rig_free(&r);
}

/* ---- disturbed at each call ---------------------------------------------- */

/* Calls, in the order of prepare AuthKey with its ASK, and of authorise. */
static const enum fakecore_op prepare_ops[] = { FAKE_HAS_ASK, FAKE_HAS_AUTHKEY,
	FAKE_GENERATE_ASK, FAKE_GET_ASK, FAKE_GENERATE_AUTHKEY,
	FAKE_GET_AUTHKEY };
static const enum fakecore_op authorise_ops[] = { FAKE_HAS_AUTHKEY, FAKE_STATE,
	FAKE_INIT_SIGN, FAKE_AUTH_BEGIN, FAKE_AUTH_STEP, FAKE_FINISH_SIGN };

#define FAKECORE_NAME(name) #name,
static const char *const op_names[] = { FAKECORE_OPS(FAKECORE_NAME) };

static enum fakecore_op disturbed;
static _Atomic bool is_armed;
static sem_t held, gate;

static void
cancel_there(enum fakecore_op op)
{
	bool yes = true;

	if (op == disturbed &&
	    atomic_compare_exchange_strong(&is_armed, &yes, false))
		soter_wrapper_cancel(rig.w);
}

static void
decline_there(enum fakecore_op op)
{
	bool yes = true;

	if (op == disturbed &&
	    atomic_compare_exchange_strong(&is_armed, &yes, false))
		soter_wrapper_decline(rig.w);
}

static void
hold_there(enum fakecore_op op)
{
	bool yes = true;

	if (op == disturbed &&
	    atomic_compare_exchange_strong(&is_armed, &yes, false)) {
		sem_post(&held);
		sem_wait(&gate);
	}
}

static void
disturb(enum fakecore_op op, void (*how)(enum fakecore_op op))
{
	disturbed = op;
	is_armed = true;
	fakecore_lock();
	fakecore->before = how;
	fakecore_unlock();
}

static void
disturb_no_more(void)
{
	fakecore_lock();
	fakecore->before = NULL;
	fakecore_unlock();
}

/* Prepare from nothing. */
static struct soter_answer
prepare(unsigned ms, struct soter_task_result *result)
{
	return (soter_wrapper_prepare_authkey(rig.w, RIG_SCENE,
	    SOTER_AUTO_PREPARE_ASK, ms, result));
}

/* After a disturbance everything can be done, and nothing is orphaned. */
static void
check_afterwards(void)
{
	disturb_no_more();
	settle(&rig);
	CHECK(is_whole(&rig));
	CHECK(prepare(0, NULL).code == 0);
	CHECK(rig_authorise(&rig, 0, NULL).code == 0);
}

/* Calls that come behind this one. */
static unsigned
calls_behind(enum fakecore_op op, bool is_prepare)
{
	const enum fakecore_op *ops = is_prepare ? prepare_ops : authorise_ops;
	size_t n =
	    is_prepare ? SOTER_COUNT(prepare_ops) : SOTER_COUNT(authorise_ops);
	unsigned calls = 0;

	while (n > 0 && ops[n - 1] != op)
		calls += fakecore->calls[ops[--n]];
	return (calls);
}

static void
test_cancel(enum fakecore_op op, bool is_prepare)
{
	struct soter_task_result result;
	struct soter_answer a;

	check_row("cancelled at %s of %s", op_names[op],
	    is_prepare ? "prepare" : "authorise");
	rig_new(&rig);
	CHECK(is_prepare ? soter_wrapper_init(rig.w, 0, NULL).code == 0
			 : rig_ready(&rig));
	disturb(op, cancel_there);
	a = is_prepare ? prepare(0, &result) : rig_authorise(&rig, 0, &result);
	CHECK(!is_armed);
	CHECK(a.code == SOTER_PROCESS_CANCELLED);
	CHECK_RC(a.rc, SOTER_E_CANCELLED);
	CHECK(result.is_signed.json_n == 0);
	CHECK(calls_behind(op, is_prepare) == 0);
	check_afterwards();
	rig_free(&rig);
}

static void
test_decline(void)
{
	check_row("the user chose another way: 1029 while the sensor looks");
	rig_new(&rig);
	CHECK(rig_ready(&rig));
	rig.device.sees = ".";
	disturb(FAKE_AUTH_STEP, decline_there);
	CHECK(rig_authorise(&rig, 0, NULL).code == SOTER_PROCESS_NEGATIVE);
	rig.device.sees = "m";
	check_afterwards();

	check_row("but not for other tasks");
	CHECK(soter_wrapper_remove_all(rig.w, 0).code == 0);
	disturb(FAKE_GENERATE_ASK, decline_there);
	CHECK(prepare(0, NULL).code == 0);
	CHECK(!is_armed);
	rig_free(&rig);
}

/*
 * The core does not come back: the caller does.  What belongs to him is not
 * touched afterwards.
 */
static void
test_late(enum fakecore_op op, bool is_prepare)
{
	struct soter_task_result result, before;
	struct soter_answer a;
	unsigned events;

	check_row("held at %s of %s until the caller has gone", op_names[op],
	    is_prepare ? "prepare" : "authorise");
	rig_new(&rig);
	CHECK(is_prepare ? soter_wrapper_init(rig.w, 0, NULL).code == 0
			 : rig_ready(&rig));
	rig.device.sees = "xm";
	disturb(op, hold_there);
	a = is_prepare ? prepare(SHORT_MS, &result)
		       : rig_authorise(&rig, SHORT_MS, &result);
	CHECK(a.code == SOTER_PROCESS_CANCELLED);
	CHECK_RC(a.rc, SOTER_E_TIME);
	CHECK(result.answer.code == SOTER_PROCESS_CANCELLED);
	before = result;
	events = rig.events_n;
	/* On a slow machine its time may be over before it came there. */
	if (!is_armed) {
		/* It is still in there: the kind is taken. */
		sem_wait(&held);
		a = is_prepare ? prepare(0, NULL)
			       : rig_authorise(&rig, 0, NULL);
		CHECK(a.code == SOTER_PROCESS_RUNNING);
		sem_post(&gate);
	}
	disturb_no_more();
	settle(&rig);
	CHECK(memcmp(&result, &before, sizeof(result)) == 0);
	CHECK(rig.events_n == events);
	check_afterwards();
	rig_free(&rig);
}

/* Another thread of the app. */
static void *
cancel_held(void *nothing)
{
	sem_wait(&held);
	soter_wrapper_cancel(rig.w);
	return (nothing);
}

static void
test_cancel_held(void)
{
	pthread_t other;

	check_row("cancelled while the core does not come back: 1020, soon");
	rig_new(&rig);
	CHECK(rig_ready(&rig));
	disturb(FAKE_INIT_SIGN, hold_there);
	CHECK(pthread_create(&other, NULL, cancel_held, NULL) == 0);
	/* If it were not soon, it would be a minute. */
	CHECK(rig_authorise(&rig, 0, NULL).code == SOTER_PROCESS_CANCELLED);
	pthread_join(other, NULL);
	CHECK(rig_authorise(&rig, 0, NULL).code == SOTER_PROCESS_RUNNING);
	sem_post(&gate);
	check_afterwards();
	rig_free(&rig);
}

struct told {
	_Atomic bool has_begun, has_ended;
};

static void
slow_event(void *context, enum soter_auth_event event, unsigned left)
{
	struct told *told = context;
	struct timespec time = { .tv_nsec = 6 * SHORT_MS * 1000000L };

	(void)event;
	(void)left;
	told->has_begun = true;
	nanosleep(&time, NULL);
	told->has_ended = true;
}

static void
test_slow_event(void)
{
	struct told told = { false, false };
	struct soter_authorisation what = { .scene = RIG_SCENE,
		.event = slow_event,
		.context = &told };

	check_row("a caller does not leave while his own function runs");
	rig_new(&rig);
	CHECK(rig_ready(&rig));
	soter_wrapper_authorise(rig.w, &what, SHORT_MS, NULL);
	CHECK(told.has_ended == told.has_begun);
	check_afterwards();
	rig_free(&rig);
}

/* What a task removed whose caller had gone, the next one says. */
static void
test_removed_later(void)
{
	struct soter_task_result result;

	check_row("removed after the caller had gone: the next task says it");
	rig_new(&rig);
	CHECK(soter_wrapper_init(rig.w, 0, NULL).code == 0);
	disturb(FAKE_GET_ASK, hold_there);
	CHECK(prepare(1000, &result).code == SOTER_PROCESS_CANCELLED);
	CHECK(result.removed == 0);
	if (CHECK(!is_armed)) {
		sem_wait(&held);
		sem_post(&gate);
	}
	disturb_no_more();
	CHECK(soter_wrapper_init(rig.w, 0, &result).code ==
	    SOTER_PROCESS_ALREADY);
	CHECK(result.removed == SOTER_REMOVED_ASK);
	CHECK(soter_wrapper_init(rig.w, 0, &result).code ==
	    SOTER_PROCESS_ALREADY);
	CHECK(result.removed == 0);
	rig_free(&rig);
}

/* ---- a server that hangs ------------------------------------------------- */

static void
test_late_server(void)
{
	struct soter_task_result result;

	check_row("the server takes the key after the caller has gone");
	rig_new(&rig);
	CHECK(soter_wrapper_init(rig.w, 0, NULL).code == 0);
	rig.server.hang_ms = 600;
	CHECK(soter_wrapper_prepare_ask(rig.w, 0, 300, &result).code ==
	    SOTER_PROCESS_CANCELLED);
	settle(&rig);
	CHECK(rig.device.has_ask && is_whole(&rig));
	rig.server.hang_ms = 0;
	CHECK(soter_wrapper_prepare_ask(rig.w, 0, 0, &result).code == 0);
	CHECK(result.removed == 0);

	check_row("the server cannot be asked, and says so too late");
	rig.server.hang_ms = 600;
	rig.server.ask = SOTER_E_NETWORK;
	CHECK(soter_wrapper_prepare_ask(rig.w, SOTER_AUTO_DELETE, 300, &result)
		  .code == SOTER_PROCESS_CANCELLED);
	settle(&rig);
	CHECK(!rig.device.has_ask && is_whole(&rig));
	rig_free(&rig);
}

/* ---- without waiting ----------------------------------------------------- */

struct completion {
	struct soter_answer answer;
	unsigned times;
	unsigned order;
	sem_t done;
};

static _Atomic unsigned order;

static void
complete(void *completion, const struct soter_task_result *result)
{
	struct completion *c = completion;

	c->answer = result->answer;
	c->times++;
	c->order = ++order;
	sem_post(&c->done);
}

static void
start(enum soter_task_kind kind, struct completion *c)
{
	struct soter_task task = { .kind = kind,
		.scene = RIG_SCENE,
		.flags = SOTER_AUTO_PREPARE_ASK,
		.authorisation = { .scene = RIG_SCENE } };

	*c = (struct completion){ .times = 0 };
	sem_init(&c->done, 0, 0);
	CHECK_RC(soter_wrapper_start(rig.w, &task, complete, c), SOTER_OK);
}

static void
test_start(void)
{
	struct completion init, key, pay, again;

	check_row("three tasks, one after the other");
	rig_new(&rig);
	order = 0;
	start(SOTER_TASK_INIT, &init);
	start(SOTER_TASK_PREPARE_AUTHKEY, &key);
	start(SOTER_TASK_AUTHORISE, &pay);
	sem_wait(&pay.done);
	CHECK(init.answer.code == 0 && key.answer.code == 0);
	CHECK(pay.answer.code == 0);
	CHECK(init.order == 1 && key.order == 2 && pay.order == 3);

	check_row("a second one of a kind: 1023, before those that wait");
	order = 0;
	disturb(FAKE_INIT_SIGN, hold_there);
	start(SOTER_TASK_AUTHORISE, &pay);
	sem_wait(&held);
	start(SOTER_TASK_PREPARE_AUTHKEY, &key);
	start(SOTER_TASK_AUTHORISE, &again);
	sem_post(&gate);
	sem_wait(&key.done);
	CHECK(pay.answer.code == 0 && key.answer.code == 0);
	CHECK(again.answer.code == SOTER_PROCESS_RUNNING);
	CHECK(pay.order == 1 && again.order == 2 && key.order == 3);
	CHECK(pay.times == 1 && key.times == 1 && again.times == 1);

	check_row("cancelled while they wait: they never begin");
	disturb(FAKE_INIT_SIGN, hold_there);
	start(SOTER_TASK_AUTHORISE, &pay);
	sem_wait(&held);
	start(SOTER_TASK_REMOVE_ALL, &key);
	soter_wrapper_cancel(rig.w);
	sem_post(&gate);
	sem_wait(&key.done);
	CHECK(pay.answer.code == SOTER_PROCESS_CANCELLED);
	CHECK(key.answer.code == SOTER_PROCESS_CANCELLED);
	CHECK(rig.device.has_ask);
	rig_free(&rig);
}

/* ---- inside a completion, or an event ------------------------------------ */

static struct completion first, second;

static void
start_second(void *context, const struct soter_task_result *result)
{
	struct soter_task task = { .kind = SOTER_TASK_AUTHORISE,
		.authorisation = { .scene = RIG_SCENE } };

	first.answer = result->answer;
	/* Its own kind is free already. */
	if (soter_wrapper_start(context, &task, complete, &second) != SOTER_OK)
		abort();
}

static void
free_it(void *context, const struct soter_task_result *result)
{
	(void)result;
	soter_wrapper_free(&rig.w);
	sem_post(context);
}

static struct soter_answer waited;

static void
wait_inside(void *context, enum soter_auth_event event, unsigned left)
{
	(void)context;
	(void)left;
	if (event == SOTER_AUTH_TOUCH)
		waited = soter_wrapper_prepare_ask(rig.w, 0, 0, NULL);
}

static void
test_inside(void)
{
	struct soter_task task = { .kind = SOTER_TASK_AUTHORISE,
		.authorisation = { .scene = RIG_SCENE } };
	struct soter_authorisation what = { .scene = RIG_SCENE,
		.event = wait_inside };
	sem_t freed;

	check_row("a completion begins another task of its kind");
	rig_new(&rig);
	CHECK(rig_ready(&rig));
	second = (struct completion){ .times = 0 };
	sem_init(&second.done, 0, 0);
	CHECK_RC(soter_wrapper_start(rig.w, &task, start_second, rig.w),
	    SOTER_OK);
	sem_wait(&second.done);
	CHECK(first.answer.code == 0 && second.answer.code == 0);

	check_row("to wait on the wrapper's own thread is refused");
	CHECK(soter_wrapper_authorise(rig.w, &what, 0, NULL).code == 0);
	CHECK(waited.code == SOTER_CORE_PARAM);
	CHECK_RC(waited.rc, SOTER_E_ARGUMENT);

	check_row("a completion releases the wrapper");
	sem_init(&freed, 0, 0);
	CHECK_RC(soter_wrapper_start(rig.w, &task, free_it, &freed), SOTER_OK);
	sem_wait(&freed);
	CHECK(rig.w == NULL);
	rig_free(&rig);
}

/* ---- release ------------------------------------------------------------- */

static void
test_free(void)
{
	struct completion pay, key;

	check_row("release: what runs cleans up, what waits ends");
	rig_new(&rig);
	CHECK(rig_ready(&rig));
	rig.device.sees = ".";
	disturb(FAKE_AUTH_STEP, hold_there);
	start(SOTER_TASK_AUTHORISE, &pay);
	start(SOTER_TASK_PREPARE_AUTHKEY, &key);
	sem_wait(&held);
	sem_post(&gate);
	soter_wrapper_free(&rig.w);
	CHECK(pay.times == 1 && key.times == 1);
	CHECK(pay.answer.code == SOTER_PROCESS_CANCELLED);
	CHECK(key.answer.code == SOTER_PROCESS_CANCELLED);
	CHECK(rig.device.session == 0 && !rig.device.is_looking);
	rig_free(&rig);

	check_row("release while the core does not come back");
	rig_new(&rig);
	CHECK(soter_wrapper_init(rig.w, 0, NULL).code == 0);
	disturb(FAKE_GENERATE_ASK, hold_there);
	start(SOTER_TASK_PREPARE_AUTHKEY, &key);
	sem_wait(&held);
	soter_wrapper_free(&rig.w); /* after SOTER_RELEASE_MS */
	CHECK(rig.w == NULL && key.times == 0);
	sem_post(&gate);
	sem_wait(&key.done);
	CHECK(key.answer.code == SOTER_PROCESS_CANCELLED);
	CHECK(!rig.device.has_ask);
	rig_free(&rig);
}

/* An app that pays again and again: each completion begins the next one. */
#define AGAIN_MAX 100

static struct again {
	struct soter_wrapper *w;
	unsigned stopped; /* 1020 */
	enum soter_rc started;
	sem_t begun;
} again;

static void
begin_again(void *nothing, const struct soter_task_result *result)
{
	struct soter_task task = { .kind = SOTER_TASK_AUTHORISE,
		.authorisation = { .scene = RIG_SCENE } };

	(void)nothing;
	again.stopped += result->answer.code == SOTER_PROCESS_CANCELLED;
	if (again.stopped < AGAIN_MAX)
		again.started =
		    soter_wrapper_start(again.w, &task, begin_again, NULL);
	sem_post(&again.begun);
}

static void
test_free_again(void)
{
	struct soter_task task = { .kind = SOTER_TASK_AUTHORISE,
		.authorisation = { .scene = RIG_SCENE } };

	check_row("release while each completion begins the next task");
	rig_new(&rig);
	CHECK(rig_ready(&rig));
	again = (struct again){ .w = rig.w };
	sem_init(&again.begun, 0, 0);
	CHECK_RC(soter_wrapper_start(rig.w, &task, begin_again, NULL),
	    SOTER_OK);
	sem_wait(&again.begun);
	soter_wrapper_free(&rig.w);
	CHECK(again.stopped <= 1);
	CHECK_RC(again.started, SOTER_E_CANCELLED);
	rig_free(&rig);
}

/* ---- in a child of the app ----------------------------------------------- */

static void
never(void *context, const struct soter_task_result *result)
{
	(void)context;
	(void)result;
	abort();
}

/* The exit status of a child: 0 if nothing there waits, or does anything. */
static int
use_in_child(void)
{
	struct soter_authorisation what = { .scene = RIG_SCENE };
	struct soter_task task = { .kind = SOTER_TASK_REMOVE_ALL };
	struct soter_task_result result = { .removed = 9 };
	struct soter_answer answers[6];

	/* Nobody else would come to an end that does not come. */
	alarm(60);
	answers[0] = soter_wrapper_init(rig.w, 0, NULL);
	answers[1] = soter_wrapper_prepare_ask(rig.w, 0, 0, NULL);
	answers[2] = prepare(0, NULL);
	answers[3] = soter_wrapper_authorise(rig.w, &what, 0, &result);
	answers[4] = soter_wrapper_remove_authkey(rig.w, RIG_SCENE, 0);
	answers[5] = soter_wrapper_remove_all(rig.w, 0);
	for (size_t i = 0; i < SOTER_COUNT(answers); i++)
		if (answers[i].code != SOTER_CORE_PARAM ||
		    answers[i].rc != SOTER_E_FORKED)
			return (1);
	if (result.answer.rc != SOTER_E_FORKED || result.removed != 0)
		return (2);
	if (soter_wrapper_start(rig.w, &task, never, NULL) != SOTER_E_FORKED)
		return (3);
	soter_wrapper_cancel(rig.w);
	soter_wrapper_decline(rig.w);
	soter_wrapper_free(&rig.w);
	return (rig.w == NULL ? 0 : 4);
}

static void
check_child(void)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0)
		_exit(use_in_child());
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	CHECK(status == 0);
}

static void
test_fork(void)
{
	struct completion pay, key;

	check_row("in a child: an answer at once, while nothing runs");
	rig_new(&rig);
	CHECK(rig_ready(&rig));
	check_child();

	check_row("in a child of the moment when the queue was locked");
	pthread_mutex_lock(&rig.w->tasks.lock);
	check_child();
	pthread_mutex_unlock(&rig.w->tasks.lock);

	check_row("in a child, while one task runs and one waits");
	disturb(FAKE_INIT_SIGN, hold_there);
	start(SOTER_TASK_AUTHORISE, &pay);
	sem_wait(&held);
	start(SOTER_TASK_PREPARE_AUTHKEY, &key);
	check_child();
	sem_post(&gate);
	sem_wait(&key.done);
	CHECK(pay.answer.code == 0 && key.answer.code == 0);
	CHECK(pay.times == 1 && key.times == 1);
	check_afterwards();
	rig_free(&rig);
}

/* ---- whose signals ------------------------------------------------------- */

static void
look_at_mask(void *mask, const struct soter_task_result *result)
{
	(void)result;
	pthread_sigmask(SIG_BLOCK, NULL, mask);
}

static void
test_signals(void)
{
	struct soter_task task = { .kind = SOTER_TASK_INIT };
	sigset_t mine, its;

	check_row("signals come to the app's threads");
	sigemptyset(&its);
	rig_new(&rig);
	CHECK_RC(soter_wrapper_start(rig.w, &task, look_at_mask, &its),
	    SOTER_OK);
	soter_wrapper_free(&rig.w);
	pthread_sigmask(SIG_BLOCK, NULL, &mine);
	CHECK(
	    sigismember(&its, SIGTERM) == 1 && sigismember(&its, SIGINT) == 1);
	CHECK(sigismember(&mine, SIGTERM) == 0);
	rig_free(&rig);
}

/* ---- many at once -------------------------------------------------------- */

#define THREADS 4
#define ROUNDS	40

static _Atomic unsigned answers[3]; /* done, refused, cancelled */

static void *
hammer(void *seed)
{
	uint32_t x = (uint32_t)(uintptr_t)seed;

	for (int i = 0; i < ROUNDS; i++) {
		struct soter_authorisation what = { .scene = RIG_SCENE };
		struct soter_answer a;

		x = x * 1103515245u + 12345u;
		switch (x >> 16 & 7) {
		case 0:
			soter_wrapper_cancel(rig.w);
			continue;
		case 1:
			a = soter_wrapper_remove_authkey(rig.w, RIG_SCENE, 0);
			break;
		case 2:
		case 3:
			a = prepare(x >> 20 & 1 ? 0 : 5, NULL);
			break;
		default:
			a = soter_wrapper_authorise(rig.w, &what,
			    x >> 20 & 1 ? 0 : 5, NULL);
		}
		answers[a.code == SOTER_PROCESS_RUNNING	    ? 1
			: a.code == SOTER_PROCESS_CANCELLED ? 2
							    : 0]++;
	}
	return (NULL);
}

static void
test_many(void)
{
	pthread_t threads[THREADS];

	check_row("threads that begin, cancel and leave");
	rig_new(&rig);
	CHECK(rig_ready(&rig));
	for (size_t i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, hammer,
			  (void *)(uintptr_t)(i + 1)) == 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK(answers[0] > 0);
	soter_wrapper_cancel(rig.w);
	settle(&rig);
	check_afterwards();
	rig_free(&rig);
}

int
main(void)
{
	sem_init(&held, 0, 0);
	sem_init(&gate, 0, 0);
	test_whole_way();
	test_tries();
	for (size_t i = 0; i < SOTER_COUNT(prepare_ops); i++)
		test_cancel(prepare_ops[i], true);
	for (size_t i = 0; i < SOTER_COUNT(authorise_ops); i++)
		test_cancel(authorise_ops[i], false);
	test_decline();
	for (size_t i = 0; i < SOTER_COUNT(prepare_ops); i++)
		test_late(prepare_ops[i], true);
	for (size_t i = 0; i < SOTER_COUNT(authorise_ops); i++)
		test_late(authorise_ops[i], false);
	test_cancel_held();
	test_slow_event();
	test_removed_later();
	test_late_server();
	test_start();
	test_inside();
	test_free();
	test_free_again();
	test_fork();
	test_signals();
	test_many();
	return (check_done());
}
