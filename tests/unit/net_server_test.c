/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an app can do with its loop, and what a server says that cannot begin.
 * What clients do is in tests/hostile/net_test.py.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/server.h"
#include "tests/check.h"

/* ---- a client
 * ------------------------------------------------------------------ */

static int
dial(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval patience = { 30, 0 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return (fd);
}

/* The status of one request on a connection of its own; 0: none. */
static int
ask(uint16_t port, const char *path)
{
	char text[512];
	int fd = dial(port), n, status = 0;
	ssize_t got;

	n = snprintf(text, sizeof(text),
	    "GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", path);
	CHECK(send(fd, text, (size_t)n, MSG_NOSIGNAL) == n);
	got = recv(fd, text, sizeof(text) - 1, MSG_WAITALL);
	if (got > 12) {
		text[got] = '\0';
		status = atoi(text + 9);
	}
	close(fd);
	return (status);
}

/* ---- a server in a thread
 * ------------------------------------------------------- */

struct rig {
	struct net_server *server;
	pthread_t thread;
	enum soter_rc rc;
	atomic_int ready;
};

static void
on_ready(void *context)
{
	struct rig *rig = context;

	atomic_store(&rig->ready, 1);
}

static void *
run(void *context)
{
	struct rig *rig = context;

	rig->rc = net_server_run(rig->server);
	atomic_store(&rig->ready, 1);
	return (NULL);
}

static void
start(struct rig *rig, const struct net_listener *listeners, size_t n,
    unsigned loops)
{
	const struct net_options o = { .listeners = listeners,
		.n_listeners = n,
		.loops = loops,
		.keeps_signals = true,
		.ready = on_ready,
		.context = rig };
	struct net_error error;

	memset(rig, 0, sizeof(*rig));
	CHECK_RC(net_server_open(&rig->server, &o, &error), SOTER_OK);
	CHECK(pthread_create(&rig->thread, NULL, run, rig) == 0);
	while (atomic_load(&rig->ready) == 0)
		usleep(1000);
}

static void
stop(struct rig *rig, enum soter_rc want)
{
	net_server_stop(rig->server);
	net_server_stop(rig->server);
	pthread_join(rig->thread, NULL);
	CHECK_RC(rig->rc, want);
	net_server_close(&rig->server);
	CHECK(rig->server == NULL);
}

/* ---- an app that counts its threads
 * ---------------------------------------------- */

struct counts {
	atomic_int begun, ended, asked;
	int fails_at; /* this thread_begin() fails; 0: none */
};

static enum soter_rc
count_begin(void *context, struct net_loop *loop, void **state)
{
	struct counts *c = context;

	if (atomic_fetch_add(&c->begun, 1) + 1 == c->fails_at)
		return (SOTER_E_STORAGE);
	if (net_loop_number(loop) >= net_loop_count(loop))
		return (SOTER_E_ARGUMENT);
	*state = c;
	return (SOTER_OK);
}

static void
count_turn(void *state, struct net_request *const *requests, size_t n)
{
	const struct net_answer a = { .status = 200 };
	struct counts *c = state;

	for (size_t i = 0; i < n; i++) {
		atomic_fetch_add(&c->asked, 1);
		net_answer(requests[i], &a);
	}
}

static void
count_end(void *state)
{
	struct counts *c = state;

	atomic_fetch_add(&c->ended, 1);
}

static const struct net_app counting = { .name = "counting",
	.thread_begin = count_begin,
	.turn = count_turn,
	.thread_end = count_end };

static void
test_threads(void)
{
	struct counts one = { 0 }, two = { 0 }, bad = { .fails_at = 2 };
	const struct net_listener listeners[] = {
		{ .app = &counting, .context = &one },
		{ .at = "127.0.0.1:0", .app = &counting, .context = &one },
		{ .app = &counting, .context = &two },
	};
	const struct net_listener failing = { .app = &counting,
		.context = &bad };
	struct rig rig;

	check_row("listeners with one app and context share a state per loop");
	start(&rig, listeners, 3, 2);
	CHECK(ask(net_server_port(rig.server, 0), "/") == 200);
	CHECK(ask(net_server_port(rig.server, 1), "/") == 200);
	CHECK(ask(net_server_port(rig.server, 2), "/") == 200);
	CHECK(net_server_port(rig.server, 3) == 0);
	stop(&rig, SOTER_OK);
	CHECK(one.begun == 2 && one.ended == 2 && one.asked == 2);
	CHECK(two.begun == 2 && two.ended == 2 && two.asked == 1);

	check_row("a thread that cannot begin: the server does not, and the "
		  "others end");
	start(&rig, &failing, 1, 3);
	pthread_join(rig.thread, NULL);
	CHECK_RC(rig.rc, SOTER_E_STORAGE);
	CHECK(bad.begun == 3 && bad.ended == 2);
	net_server_close(&rig.server);
}

/* ---- watches and timers
 * ------------------------------------------------------------ */

struct tricks {
	struct net_loop *loop;
	int fds[3], quiet[3];
	char log[32];
	struct net_request *request;
	uint64_t timer;
	unsigned wrong; /* in the thread of the loop: no CHECK there */
};

#define WANT(condition) t->wrong += !(condition)

static void
note(struct tricks *t, char c)
{
	size_t n = strlen(t->log);

	if (n + 1 < sizeof(t->log))
		t->log[n] = c;
}

static void
finish(void *context)
{
	struct tricks *t = context;
	const struct net_answer a = { .status = 200 };

	note(t, 'f');
	net_answer(t->request, &a);
}

static void
never(void *context)
{
	note(context, '!');
}

static void
seen_again(void *context, unsigned events)
{
	struct tricks *t = context;

	note(t, events == NET_READABLE ? 'c' : '?');
}

/*
 * All three are readable in one turn.  Whichever is seen first ends the others
 * and watches what is never readable in their places: the events that wait are
 * not for these.
 */
static void
seen(void *context, unsigned events)
{
	struct tricks *t = context;
	uint64_t n;

	note(t, events == NET_READABLE ? 's' : '?');
	WANT(read(t->fds[0], &n, sizeof(n)) == sizeof(n));
	for (size_t i = 0; i < 3; i++)
		net_loop_unwatch(t->loop, t->fds[i]);
	for (size_t i = 0; i < 3; i++)
		WANT(net_loop_watch(t->loop, t->quiet[i], NET_READABLE,
			 seen_again, t) == SOTER_OK);
	net_loop_timer_cancel(t->loop, t->timer);
	WANT(net_loop_timer(t->loop, 30, finish, t, NULL) == SOTER_OK);
}

static void
test_limits(struct tricks *t)
{
	int fds[NET_WATCHES_MAX + 1];
	uint64_t ids[NET_TIMERS_MAX + 1];

	for (size_t i = 0; i <= NET_WATCHES_MAX; i++) {
		fds[i] = eventfd(0, EFD_CLOEXEC);
		WANT(
		    net_loop_watch(t->loop, fds[i], NET_READABLE, seen_again,
			t) == (i < NET_WATCHES_MAX ? SOTER_OK : SOTER_E_LIMIT));
	}
	for (size_t i = 0; i <= NET_WATCHES_MAX; i++) {
		net_loop_unwatch(t->loop, fds[i]);
		close(fds[i]);
	}
	for (size_t i = 0; i <= NET_TIMERS_MAX; i++)
		WANT(net_loop_timer(t->loop, 5000, never, t, &ids[i]) ==
		    (i < NET_TIMERS_MAX ? SOTER_OK : SOTER_E_LIMIT));
	for (size_t i = 0; i < NET_TIMERS_MAX; i++)
		net_loop_timer_cancel(t->loop, ids[i]);
	net_loop_timer_cancel(t->loop, 0);
	WANT(net_loop_watch(t->loop, -1, NET_READABLE, seen, t) ==
	    SOTER_E_ARGUMENT);
	WANT(net_loop_watch(t->loop, 9999, NET_READABLE, seen, t) ==
	    SOTER_E_ARGUMENT);
}

static enum soter_rc
tricks_begin(void *context, struct net_loop *loop, void **state)
{
	struct tricks *t = context;

	t->loop = loop;
	*state = t;
	test_limits(t);
	return (SOTER_OK);
}

static void
tricks_turn(void *state, struct net_request *const *requests, size_t n)
{
	struct tricks *t = state;
	uint64_t one = 1;

	WANT(n == 1);
	t->request = requests[0];
	WANT(net_loop_timer(t->loop, 20, never, t, &t->timer) == SOTER_OK);
	for (size_t i = 0; i < 3; i++) {
		WANT(net_loop_watch(t->loop, t->fds[i], NET_READABLE, seen,
			 t) == SOTER_OK);
		WANT(write(t->fds[i], &one, sizeof(one)) == sizeof(one));
	}
}

static const struct net_app tricky = { .name = "tricky",
	.thread_begin = tricks_begin,
	.turn = tricks_turn };

static void
test_loop(void)
{
	struct tricks t = { .fds = { eventfd(0, 0), eventfd(0, 0),
				eventfd(0, 0) },
		.quiet = { eventfd(0, 0), eventfd(0, 0), eventfd(0, 0) } };
	const struct net_listener listener = { .app = &tricky, .context = &t };
	struct rig rig;

	check_row("a watch or timer that was ended is not called any more");
	start(&rig, &listener, 1, 1);
	CHECK(ask(net_server_port(rig.server, 0), "/") == 200);
	stop(&rig, SOTER_OK);
	CHECK(strcmp(t.log, "sf") == 0);
	CHECK(t.wrong == 0);
	for (size_t i = 0; i < 3; i++) {
		close(t.fds[i]);
		close(t.quiet[i]);
	}
}

/* ---- requests that nobody answers
 * ---------------------------------------------------- */

static void
lazy_turn(void *state, struct net_request *const *requests, size_t n)
{
	(void)state;
	(void)requests;
	(void)n;
}

static void
test_unanswered(void)
{
	static const struct net_app lazy = { .name = "lazy",
		.turn = lazy_turn };
	const struct net_listener listener = { .app = &lazy };
	const struct net_options o = { .listeners = &listener,
		.n_listeners = 1,
		.limits = { .stop_ms = 1, .app_ms = 50 },
		.keeps_signals = true };
	struct net_error error;
	struct rig rig = { 0 };
	int fd;

	check_row("requests without an answer end with the server");
	CHECK_RC(net_server_open(&rig.server, &o, &error), SOTER_OK);
	CHECK(pthread_create(&rig.thread, NULL, run, &rig) == 0);
	fd = dial(net_server_port(rig.server, 0));
	CHECK(send(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", 27, 0) == 27);
	CHECK(ask(net_server_port(rig.server, 0), "/") == 503);
	stop(&rig, SOTER_OK);
	close(fd);
}

/* ---- what cannot begin
 * ----------------------------------------------------------------- */

static void
test_refused(void)
{
	static const struct net_app huge = { .name = "huge",
		.body_max = NET_BODY_TOP + 1 };
	static const struct net_tls no_key = { .certificate =
						   "tests/vectors/README.md" };
	static const struct net_tls no_pem = { .certificate =
						   "tests/vectors/README.md",
		.key = "none" };
	static const struct net_tls no_ca = { .client_ca = "tests/none" };
	static const struct net_tls no_folder = { .state = "tests/none" };
	static const struct {
		const char *what;
		struct net_listener listener;
		size_t n;
		unsigned loops;
		enum soter_rc want;
		const char *why;
	} rows[] = {
		{ "no listener", { .app = &counting }, 0, 1, SOTER_E_ARGUMENT,
		    "listeners" },
		{ "too many loops", { .app = &counting }, 1, NET_LOOPS_MAX + 1,
		    SOTER_E_ARGUMENT, "loops" },
		{ "no app", { .at = NULL }, 1, 1, SOTER_E_ARGUMENT, "app" },
		{ "a body that is too large", { .app = &huge }, 1, 1,
		    SOTER_E_ARGUMENT, "body" },
		{ "a certificate without a key",
		    { .app = &counting, .tls = &no_key }, 1, 1,
		    SOTER_E_TLS_FILE, "key" },
		{ "a certificate that is none",
		    { .app = &counting, .tls = &no_pem }, 1, 1,
		    SOTER_E_TLS_FILE, "README" },
		{ "a CA file that is not there",
		    { .app = &counting, .tls = &no_ca }, 1, 1, SOTER_E_TLS_FILE,
		    "tests/none" },
		{ "a folder that is not there",
		    { .app = &counting, .tls = &no_folder }, 1, 1,
		    SOTER_E_TLS_FILE, "tests/none" },
		{ "a name as address",
		    { .app = &counting, .at = "localhost:1" }, 1, 1,
		    SOTER_E_ARGUMENT, "localhost:1" },
		{ "a port that is too high",
		    { .app = &counting, .at = "127.0.0.1:65536" }, 1, 1,
		    SOTER_E_ARGUMENT, "65536" },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		const struct net_options o = { .listeners = &rows[i].listener,
			.n_listeners = rows[i].n,
			.loops = rows[i].loops };
		struct net_server *server = NULL;
		struct net_error error = { "" };

		check_row("%s", rows[i].what);
		CHECK_RC(net_server_open(&server, &o, &error), rows[i].want);
		CHECK(server == NULL);
		CHECK(strstr(error.text, rows[i].why) != NULL);
	}
}

int
main(void)
{
	test_refused();
	test_threads();
	test_loop();
	test_unanswered();
	return (check_done());
}
