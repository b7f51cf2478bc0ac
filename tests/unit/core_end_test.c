/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When something ends under libsoter-core: the core while calls wait, the
 * process by fork(), the service before or behind a request, the time of a call
 * that has not begun.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "device/core/inside.h"
#include "tests/check.h"
#include "tests/service.h"

/* ---- a request, once ----------------------------------------------------- */

static void
taken(void)
{
	struct soter_core *core = service_core(0);
	unsigned removed;

	check_row("a service that ends before it reads: asked again, once");
	service_says(ANSWER, 0, NULL, 0);
	CHECK(soter_core_has_ask(core, 0).code == 0);
	service.unread = 1;
	service.requests = service.accepted = 0;
	CHECK(soter_core_remove_authkey(core, "k", false, 0).code == 0);
	CHECK(service.requests == 1 && service.accepted == 1);
	service.unread = 1;
	soter_core_free(&core);
	core = service_core(0);
	CHECK(soter_core_remove_authkey(core, "k", false, 0).code == 0);
	CHECK(service.requests == 2);

	check_row("a service that never reads: not asked for ever");
	service.unread = 1000;
	service.accepted = 0;
	CHECK_RC(soter_core_remove_authkey(core, "k", false, 0).rc,
	    SOTER_E_NO_SERVICE);
	CHECK(service.accepted <= 2);
	service.unread = 0;

	check_row("a request that the service has taken is not sent again");
	CHECK(soter_core_has_ask(core, 0).code == 0);
	removed = service.asked[SOTER_DEV_AUTHKEY_REMOVE];
	service_says(HANG_UP, 0, NULL, 0);
	CHECK_RC(soter_core_remove_authkey(core, "k", false, 0).rc,
	    SOTER_E_NO_SERVICE);
	CHECK(service.asked[SOTER_DEV_AUTHKEY_REMOVE] == removed + 1);

	check_row("connections that died while they rested are not used");
	service_says(ANSWER, 0, NULL, 0);
	CHECK(soter_core_has_ask(core, 0).code == 0);
	service_stop();
	service_start();
	service.accepted = 0;
	CHECK(soter_core_has_ask(core, 0).code == 0);
	CHECK(service.accepted == 1);
	soter_core_free(&core);
}

/* How many connections the service has; again and again, so that it is known.
 */
static bool
stays_connected(size_t want)
{
	bool is_so = false;

	for (int i = 0; i < 100; i++) {
		size_t n = 0;

		for (size_t k = 0; k < SERVICE_PEERS; k++)
			n += service.peers[k] != 0;
		if (n == 0)
			return (false);
		is_so = n == want;
		service_pause(2);
	}
	return (is_so);
}

/* What a process has begun at the service ends with its last connection. */
static void
late(void)
{
	struct soter_core *core;

	service_anew();
	core = service_core(0);
	check_row("a call whose time is over: the process stays connected");
	service_says(SILENT, 0, NULL, 0);
	CHECK_RC(soter_core_has_ask(core, 20).rc, SOTER_E_TIME);
	CHECK(stays_connected(1));
	CHECK_RC(soter_core_has_ask(core, 20).rc, SOTER_E_TIME);
	CHECK(stays_connected(1));

	check_row("and no longer by that one, once another one has answered");
	service_says(ANSWER, 0, NULL, 0);
	service.accepted = 0;
	CHECK(soter_core_has_ask(core, 0).code == 0);
	CHECK(stays_connected(1));
	CHECK(soter_core_has_ask(core, 0).code == 0);
	CHECK(service.accepted == 1);
	service_says(SERIAL, 0, NULL, 0);
	CHECK_RC(soter_core_has_ask(core, 0).rc, SOTER_E_SERVICE_ANSWER);
	CHECK(stays_connected(1));
	service_says(ANSWER, 0, NULL, 0);
	soter_core_free(&core);
}

/* Fill the queue of who waits to be let in, so that a connect would wait. */
static void
crowded(void)
{
	struct soter_core *core = service_core(100);
	int fds[20], n = 0;

	check_row("a queue that is full: no longer than it says");
	service_stop();
	service_listen(1);
	while (n < 20) {
		fds[n] = socket(AF_UNIX,
		    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (connect(fds[n++], (struct sockaddr *)&service.at,
			sizeof(service.at)) != 0)
			break;
	}
	CHECK(n < 20);
	CHECK_RC(soter_core_has_ask(core, 60000).rc, SOTER_E_NO_SERVICE);
	CHECK_RC(soter_core_has_ask(core, 1).rc, SOTER_E_NO_SERVICE);

	check_row("let in and not spoken to: no longer than it says");
	while (n > 0)
		close(fds[--n]);
	close(service.listener);
	unlink(service.at.sun_path);
	service_listen(20);
	soter_core_retry(core);
	CHECK_RC(soter_core_has_ask(core, 50).rc, SOTER_E_TIME);
	close(service.listener);
	unlink(service.at.sun_path);
	service_start();
	soter_core_free(&core);
}

/* ---- the end of a core --------------------------------------------------- */

#define CROWD 20 /* more than may talk at once */

static _Atomic unsigned cancelled;

static void *
wait_long(void *arg)
{
	struct soter_answer a;

	a = soter_core_generate_ask(arg, 100000);
	cancelled += a.rc == SOTER_E_CANCELLED && a.code == 4;
	return (NULL);
}

static void *
test_long(void *arg)
{
	struct soter_selftest_result x;

	cancelled += soter_selftest(arg, 100000, &x).rc == SOTER_E_CANCELLED;
	return (NULL);
}

/*
 * Until so many have begun, and so many of them have asked: nobody may begin
 * when the core ends, and one who waits for a place is seen nowhere else.
 */
static void
wait_begun(struct soter_core *core, unsigned n, unsigned requests)
{
	size_t users;

	do {
		service_pause(1);
		pthread_mutex_lock(&core->lock);
		users = core->users;
		pthread_mutex_unlock(&core->lock);
	} while (users < n || service.requests < requests);
}

/* wanted: so many requests come through; the others wait for a place. */
static void
end_with(const char *what, void *(*run)(void *core), unsigned n,
    unsigned wanted)
{
	struct soter_core *core = service_core(0);
	pthread_t threads[CROWD];

	check_row("the end of a core: %s", what);
	cancelled = 0;
	service_anew();
	for (unsigned i = 0; i < n; i++)
		CHECK(pthread_create(&threads[i], NULL, run, core) == 0);
	wait_begun(core, n, wanted);
	soter_core_free(&core);
	for (unsigned i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	CHECK(cancelled == n);
}

static void
ends(void)
{
	service_says(SILENT, 0, NULL, 0);
	end_with("calls, and calls that wait for a place", wait_long, CROWD,
	    CORE_CONNECTIONS);
	/* One that has made an ASK, which it would remove. */
	service_does(service_device);
	service.mute = SOTER_DEV_AUTHKEY_GENERATE;
	end_with("a self-test", test_long, 1, 6);
	service.mute = 0;
}

/* ---- without waiting ----------------------------------------------------- */

static struct {
	_Atomic unsigned n, late, strange;
	_Atomic bool has_signals;
} told;

static void
done(void *context, const struct soter_core_outcome *outcome)
{
	sigset_t now;

	pthread_sigmask(SIG_SETMASK, NULL, &now);
	if (sigismember(&now, SIGTERM) == 0)
		told.has_signals = true;
	told.strange += context != &told;
	told.late += outcome->answer.rc == SOTER_E_TIME;
	told.n++;
}

static void
wait_told(unsigned n)
{
	while (told.n < n)
		service_pause(1);
}

static void
overdue(void)
{
	struct soter_core *core = service_core(0);
	struct soter_core_call x = { .op = SOTER_CORE_HAS_ASK, .ms = 100000 };

	check_row("a call whose time is over before it began is told so");
	service_says(SILENT, 0, NULL, 0);
	service_anew();
	for (unsigned i = 0; i < 4; i++)
		CHECK_RC(soter_core_start(core, &x, done, &told), SOTER_OK);
	while (service.requests < 4)
		service_pause(1);
	x.ms = 100000;
	CHECK_RC(soter_core_start(core, &x, done, &told), SOTER_OK);
	x.ms = 30;
	for (unsigned i = 0; i < 3; i++)
		CHECK_RC(soter_core_start(core, &x, done, &told), SOTER_OK);
	wait_told(3);
	CHECK(told.late == 3 && service.requests == 4);
	x.ms = 10;
	CHECK_RC(soter_core_start(core, &x, done, &told), SOTER_OK);
	wait_told(4);
	CHECK(told.late == 4);
	soter_core_free(&core);
	CHECK(told.n == 9 && told.late == 4);

	check_row("signals of the app are not for the core's threads");
	CHECK(!told.has_signals && told.strange == 0);

	check_row("a call without a completion, or of no operation");
	core = service_core(0);
	CHECK_RC(soter_core_start(core, &x, NULL, NULL), SOTER_E_ARGUMENT);
	x.op = (enum soter_core_op)99;
	CHECK_RC(soter_core_start(core, &x, done, &told), SOTER_E_ARGUMENT);
	x.op = (enum soter_core_op) - 1;
	CHECK_RC(soter_core_start(core, &x, done, &told), SOTER_E_ARGUMENT);
	soter_core_free(&core);
	CHECK(told.n == 9);
}

/* ---- fork() -------------------------------------------------------------- */

/* The child of a process whose core has calls and jobs under way. */
static int
child(struct soter_core *core, bool calls)
{
	const struct soter_core_call x = { .op = SOTER_CORE_HAS_ASK };

	alarm(20);
	if (calls) {
		told.n = 0;
		service_says(ANSWER, 0, NULL, 0);
		if (soter_core_has_ask(core, 0).code != 0)
			return (2);
		if (soter_core_start(core, &x, done, &told) != SOTER_OK)
			return (3);
		wait_told(1);
	}
	soter_core_free(&core);
	return (0);
}

static void
forked(bool calls)
{
	struct soter_core *core = service_core(0);
	const struct soter_core_call x = { .op = SOTER_CORE_HAS_ASK,
		.ms = 100000 };
	pthread_t threads[CROWD];
	int status = -1;
	pid_t pid;

	check_row("fork() while calls are under way: the child %s",
	    calls ? "calls, and frees the core" : "frees the core");
	service_says(SILENT, 0, NULL, 0);
	cancelled = 0;
	told.n = 0;
	service_anew();
	for (unsigned i = 0; i < CROWD; i++)
		CHECK(pthread_create(&threads[i], NULL, wait_long, core) == 0);
	for (unsigned i = 0; i < 6; i++)
		CHECK_RC(soter_core_start(core, &x, done, &told), SOTER_OK);
	wait_begun(core, CROWD + CORE_THREADS, CORE_CONNECTIONS);
	pid = fork();
	if (pid == 0)
		_exit(child(core, false));
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	if (calls) {
		service_says(ANSWER, 0, NULL, 0);
		pid = fork();
		if (pid == 0)
			_exit(child(core, true));
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	}
	CHECK(cancelled == 0 && told.n == 0);
	soter_core_free(&core);
	for (unsigned i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
	CHECK(cancelled == CROWD && told.n == 6);
}

int
main(void)
{
	alarm(120); /* a call that does not return is the worst of all */
	service_open();
	taken();
	late();
	crowded();
	ends();
	overdue();
	forked(false);
	forked(true);
	service_close();
	return (check_done());
}
