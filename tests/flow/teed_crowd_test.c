/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many clients at once, and very many one after the other: each gets its share,
 * those that stall keep nobody waiting, and nothing is left behind.
 *
 * Arguments: soter-teed, the test TA's module.
 */
#include <dirent.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "tests/check.h"
#include "tests/teed.h"

#define CLIENTS	   100
#define OTHERS	   3		 /* connections of another user */
#define BUSY_MAX   8		 /* calls of one client while a hundred wait */
#define UID_MAX	   128		 /* sessions of one user */
#define MIB	   (1024 * 1024) /* bytes */
#define FDS_MAX	   1024		 /* descriptors of a process, ever */
#define UID_MEMORY 16		 /* MiB of large requests of one user */
#define ROOM_KIB   1024		 /* memory may grow by so much */

/* ---- at once --------------------------------------------------------------
 */

struct client {
	TEEC_Context *context;
	pthread_t thread;
	unsigned calls;
	TEEC_Result result;
	int is_echoed;
};

static pthread_barrier_t all_are_in;
static atomic_uint calls_left;
static atomic_int is_over;
static atomic_uint busy_calls;

static TEEC_Result
echo(TEEC_Session *s, const uint8_t *in, uint8_t *out, size_t n)
{
	TEEC_Operation op = { 0 };

	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
	    TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE);
	op.params[0].tmpref.buffer = (void *)(uintptr_t)in;
	op.params[0].tmpref.size = n;
	op.params[1].tmpref = (TEEC_TempMemoryReference){ out, n };
	return (TEEC_InvokeCommand(s, TESTTA_ECHO, &op, NULL));
}

static void *
run(void *arg)
{
	struct client *me = arg;
	uint8_t in[300], out[300];
	TEEC_Session s;

	memset(in, (int)(me->calls + 1), sizeof(in));
	me->result = teed_open(me->context, &s);
	pthread_barrier_wait(&all_are_in);
	if (me->result != TEEC_SUCCESS)
		return (NULL);
	me->is_echoed = 1;
	while (!is_over) {
		memset(out, 0, sizeof(out));
		me->result = echo(&s, in, out, sizeof(in));
		if (me->result != TEEC_SUCCESS)
			break;
		me->is_echoed &= memcmp(in, out, sizeof(in)) == 0;
		if (atomic_fetch_sub(&calls_left, 1) == 1)
			is_over = 1;
		me->calls++;
	}
	TEEC_CloseSession(&s);
	return (NULL);
}

/* Half of a request, and then nothing. */
static int
stalling(const struct teed *t)
{
	static uint8_t bytes[MIB];
	struct soter_teemsg x = { .kind = SOTER_TEEMSG_INVOKE,
		.serial = 2,
		.command = TESTTA_ECHO,
		.types = SOTER_TEEMSG_MEMREF_IN };
	int fd = teed_session(t);

	x.params[0].there = true;
	x.params[0].size = sizeof(bytes);
	x.params[0].data = soter_span(bytes, sizeof(bytes));
	if (fd >= 0)
		(void)teed_send(fd, &x, sizeof(bytes) / 2);
	return (fd);
}

/* Asks for a megabyte and never takes it. */
static int
never_reading(const struct teed *t)
{
	struct soter_teemsg x = { .kind = SOTER_TEEMSG_INVOKE,
		.serial = 2,
		.command = TESTTA_ANY,
		.types = SOTER_TEEMSG_MEMREF_OUT };
	int fd = teed_session(t);

	x.params[0].there = true;
	x.params[0].size = MIB;
	if (fd >= 0)
		(void)teed_send(fd, &x, 0);
	return (fd);
}

static void
at_once(const struct teed *t, TEEC_Context *c)
{
	static struct client clients[CLIENTS];
	unsigned want = check_slow() ? 5000 : 50000, least = UINT32_MAX,
		 most = 0;
	int bad[3];

	check_row("%d clients, one with half a request, one that never reads",
	    CLIENTS);
	calls_left = want;
	CHECK(pthread_barrier_init(&all_are_in, NULL, CLIENTS) == 0);
	bad[0] = stalling(t);
	bad[1] = never_reading(t);
	bad[2] = teed_connect(t);
	CHECK(bad[0] >= 0 && bad[1] >= 0 && bad[2] >= 0);
	for (int i = 0; i < CLIENTS; i++) {
		clients[i].context = c;
		CHECK(pthread_create(&clients[i].thread, NULL, run,
			  &clients[i]) == 0);
	}
	for (int i = 0; i < CLIENTS; i++) {
		CHECK(pthread_join(clients[i].thread, NULL) == 0);
		CHECK(clients[i].result == TEEC_SUCCESS);
		CHECK(clients[i].is_echoed);
		least = clients[i].calls < least ? clients[i].calls : least;
		most = clients[i].calls > most ? clients[i].calls : most;
	}
	printf("# %u calls, of one client %u to %u\n", want, least, most);
	for (int i = 0; i < 3; i++)
		close(bad[i]);
}

/* ---- fairness -------------------------------------------------------------
 */

/* The number of a call among all that the TA has served. */
static uint32_t
read_number(int fd)
{
	uint8_t bytes[SOTER_TEEMSG_HEAD_MAX];
	struct soter_teemsg x;

	if (recv(fd, bytes, sizeof(bytes), MSG_WAITALL) !=
		(ssize_t)sizeof(bytes) ||
	    soter_teemsg_parse(&x, soter_span(bytes, sizeof(bytes))) !=
		SOTER_OK ||
	    x.result != TEEC_SUCCESS)
		return (0);
	return (x.params[0].b);
}

static void *
never_resting(void *arg)
{
	TEEC_Session s;
	TEEC_Context *c = arg;

	if (teed_open(c, &s) != TEEC_SUCCESS)
		return (NULL);
	while (!is_over && teed_call(&s, TESTTA_ANY) == TEEC_SUCCESS)
		atomic_fetch_add(&busy_calls, 1);
	TEEC_CloseSession(&s);
	return (NULL);
}

/*
 * While one call holds the TA up, a hundred clients ask, and one that asks
 * again as soon as it has its answer.  The TA numbers the calls.
 */
static void
in_order(const struct teed *t, TEEC_Context *c)
{
	const struct soter_teemsg ask = { .kind = SOTER_TEEMSG_INVOKE,
		.serial = 2,
		.command = TESTTA_COUNT,
		.types = SOTER_TEEMSG_VALUE_OUT };
	const struct soter_teemsg hold = { .kind = SOTER_TEEMSG_INVOKE,
		.serial = 2,
		.command = TESTTA_UNTIL_CANCEL };
	const struct soter_teemsg let_go = { .kind = SOTER_TEEMSG_CANCEL,
		.serial = 2 };
	uint32_t first = UINT32_MAX, last = 0;
	int holder = teed_session(t), fds[CLIENTS];
	pthread_t busy;

	check_row("who waits is served before a busy client is once more");
	is_over = 0;
	for (int i = 0; i < CLIENTS; i++)
		fds[i] = teed_session(t);
	CHECK(pthread_create(&busy, NULL, never_resting, c) == 0);
	while (busy_calls < BUSY_MAX)
		sched_yield();
	CHECK(teed_send(holder, &hold, 0));
	for (int i = 0; i < CLIENTS; i++)
		CHECK(teed_send(fds[i], &ask, 0));
	CHECK(teed_send(holder, &let_go, 0));
	for (int i = 0; i < CLIENTS; i++) {
		uint32_t number = read_number(fds[i]);

		CHECK(number > 0);
		first = number < first ? number : first;
		last = number > last ? number : last;
		close(fds[i]);
	}
	is_over = 1;
	CHECK(pthread_join(busy, NULL) == 0);
	close(holder);
	printf("# %d calls within %u\n", CLIENTS, last - first + 1);
	CHECK(last - first < CLIENTS + BUSY_MAX);
}

/* A session of another user, opened from here. */
static int
session_of(const struct teed *t, uid_t uid)
{
	int fd;

	if (setegid(TEED_GROUP) != 0 || seteuid(uid) != 0)
		return (-1);
	fd = teed_session(t);
	if (seteuid(0) != 0 || setegid(0) != 0)
		abort();
	return (fd);
}

/* A hundred connections of one user wait; then some of another come. */
static void
by_user(const struct teed *t)
{
	const struct soter_teemsg ask = { .kind = SOTER_TEEMSG_INVOKE,
		.serial = 2,
		.command = TESTTA_COUNT,
		.types = SOTER_TEEMSG_VALUE_OUT };
	const struct soter_teemsg hold = { .kind = SOTER_TEEMSG_INVOKE,
		.serial = 2,
		.command = TESTTA_UNTIL_CANCEL };
	const struct soter_teemsg let_go = { .kind = SOTER_TEEMSG_CANCEL,
		.serial = 2 };
	uint32_t first = UINT32_MAX, number[OTHERS];
	int holder, others[OTHERS], fds[CLIENTS];

	if (geteuid() != 0) {
		check_skip("users take turns", "only root can become another");
		return;
	}
	check_row("users take turns, however many connections one has");
	holder = teed_session(t);
	for (int i = 0; i < CLIENTS; i++)
		fds[i] = teed_session(t);
	for (int i = 0; i < OTHERS; i++)
		others[i] = session_of(t, 1000);
	CHECK(teed_send(holder, &hold, 0));
	for (int i = 0; i < CLIENTS; i++)
		CHECK(teed_send(fds[i], &ask, 0));
	for (int i = 0; i < OTHERS; i++)
		CHECK(teed_send(others[i], &ask, 0));
	CHECK(teed_send(holder, &let_go, 0));
	for (int i = 0; i < OTHERS; i++) {
		number[i] = read_number(others[i]);
		close(others[i]);
	}
	for (int i = 0; i < CLIENTS; i++) {
		uint32_t one = read_number(fds[i]);

		first = one < first ? one : first;
		close(fds[i]);
	}
	close(holder);
	for (int i = 0; i < OTHERS; i++)
		CHECK(number[i] > 0 && number[i] < first + 2 * OTHERS);
}

/* ---- limits ---------------------------------------------------------------
 */

static size_t
open_many(TEEC_Context *c, TEEC_Session *list, size_t n, TEEC_Result *last)
{
	size_t i = 0;

	while (i < n && (*last = teed_open(c, &list[i])) == TEEC_SUCCESS)
		i++;
	return (i);
}

/* In a child: another user, who has a share of its own. */
static int
other_user(const char *path)
{
	gid_t group = TEED_GROUP;
	TEEC_Context c;
	TEEC_Session s;

	if (setgroups(1, &group) != 0 || setgid(1000) != 0 || setuid(1000) != 0)
		return (10);
	if (TEEC_InitializeContext(path, &c) != TEEC_SUCCESS)
		return (11);
	return (teed_open(&c, &s) == TEEC_SUCCESS ? 0 : 12);
}

static void
limits(const struct teed *t, TEEC_Context *c)
{
	static TEEC_Session list[UID_MAX + 2];
	TEEC_Result last = TEEC_SUCCESS;
	size_t n;

	check_row("one user has %d sessions with a TA, and not one more",
	    UID_MAX);
	n = open_many(c, list, SOTER_COUNT(list), &last);
	CHECK(n == UID_MAX);
	CHECK(last == TEEC_ERROR_BUSY);
	CHECK(teed_call(&list[0], TESTTA_ANY) == TEEC_SUCCESS);
	CHECK(teed_call(&list[n - 1], TESTTA_ANY) == TEEC_SUCCESS);
	if (geteuid() == 0) {
		int status = -1;
		pid_t child;

		/* Before the fork: both would close the row before this. */
		check_row("another user still gets one");
		child = fork();
		if (child == 0)
			_exit(other_user(t->socket));
		waitpid(child, &status, 0);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	check_row("one closed, one opened");
	TEEC_CloseSession(&list[--n]);
	CHECK(teed_open(c, &list[n]) == TEEC_SUCCESS);
	for (size_t i = 0; i <= n; i++)
		TEEC_CloseSession(&list[i]);
	CHECK(open_many(c, list, SOTER_COUNT(list), &last) == UID_MAX);
	for (size_t i = 0; i < UID_MAX; i++)
		TEEC_CloseSession(&list[i]);
}

/* A request of 4 MiB that is whole but for its last byte. */
static int
large_stalling(const struct teed *t)
{
	static uint8_t bytes[MIB];
	struct soter_teemsg x = { .kind = SOTER_TEEMSG_INVOKE,
		.serial = 2,
		.command = TESTTA_ANY,
		.types = 0x5555 };
	struct timeval soon = { .tv_usec = 200000 };
	int fd = teed_session(t);

	for (size_t i = 0; i < 4; i++) {
		x.params[i].there = true;
		x.params[i].size = sizeof(bytes);
		x.params[i].data = soter_span(bytes, sizeof(bytes));
	}
	/* Those for which there is no memory are not read any further. */
	if (fd >= 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon)) == 0)
		(void)teed_send(fd, &x, 1);
	return (fd);
}

static void
memory(const struct teed *t, TEEC_Context *c)
{
	static uint8_t big[MIB], back[MIB];
	pid_t ta = teed_ta(t, "e85ec501");
	unsigned long before = teed_status(ta, "VmData");
	TEEC_Session s;
	int fds[10];

	check_row("a user's half requests hold %d MiB at most", UID_MEMORY);
	for (size_t i = 0; i < SOTER_COUNT(fds); i++) {
		fds[i] = large_stalling(t);
		CHECK(fds[i] >= 0);
	}
	CHECK(teed_open(c, &s) == TEEC_SUCCESS);
	CHECK(teed_call(&s, TESTTA_ANY) == TEEC_SUCCESS);
	if (!check_slow())
		CHECK(teed_status(ta, "VmData") <
		    before + (UID_MEMORY + 2) * 1024);
	check_row("when they are gone the memory is there again");
	for (size_t i = 0; i < SOTER_COUNT(fds); i++)
		close(fds[i]);
	memset(big, 7, sizeof(big));
	CHECK(echo(&s, big, back, sizeof(big)) == TEEC_SUCCESS);
	CHECK(memcmp(big, back, sizeof(big)) == 0);
	if (!check_slow())
		CHECK(teed_status(ta, "VmData") < before + ROOM_KIB);
	TEEC_CloseSession(&s);
}

/* ---- one after the other ---------------------------------------------------
 */

struct use {
	unsigned long ta, manager, ta_fds, manager_fds;
};

/* How many files a process has open. */
static unsigned long
files_of(pid_t pid)
{
	char path[64];
	unsigned long n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);
	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return (n);
}

static struct use
use_of(const struct teed *t)
{
	pid_t ta = teed_ta(t, "e85ec501");

	return ((struct use){ teed_status(ta, "VmRSS"),
	    teed_status(t->pid, "VmRSS"), files_of(ta), files_of(t->pid) });
}

static void
check_use(const struct use *before, const struct use *after)
{
	printf("# KiB of the TA %lu to %lu, of the manager %lu to %lu\n",
	    before->ta, after->ta, before->manager, after->manager);
	CHECK(before->ta > 0 && before->manager > 0);
	/* Only root may look at files of a process that is locked down. */
	CHECK(geteuid() != 0 || before->ta_fds > 2);
	/* Places for descriptors grow in steps, by how many came at once. */
	CHECK(after->ta_fds <= FDS_MAX && after->manager_fds <= FDS_MAX);
	if (check_slow())
		return; /* a sanitizer keeps what was freed */
	CHECK(after->ta < before->ta + ROOM_KIB);
	CHECK(after->manager < before->manager + ROOM_KIB);
}

static void
in_turn(const struct teed *t, TEEC_Context *c, int n)
{
	uint8_t in[100] = { 1 }, out[100];
	struct use before, after;
	TEEC_Session s;
	int failed = 0;

	check_row("%d sessions, one after the other", n);
	before = use_of(t);
	for (int i = 0; i < n; i++) {
		if (teed_open(c, &s) != TEEC_SUCCESS ||
		    echo(&s, in, out, sizeof(in)) != TEEC_SUCCESS) {
			failed++;
			continue;
		}
		TEEC_CloseSession(&s);
	}
	CHECK(failed == 0);
	after = use_of(t);
	check_use(&before, &after);
}

/* Those that go away at every point before a session is open. */
static void
abandoned(const struct teed *t, TEEC_Context *c, int n)
{
	const struct soter_teemsg hello = teed_hello();
	const struct soter_teemsg open = { .kind = SOTER_TEEMSG_OPEN,
		.serial = 1 };
	struct use before, after;
	TEEC_Session s;

	check_row("%d clients that go away before they are in", n);
	before = use_of(t);
	for (int i = 0; i < n; i++) {
		int fd = teed_connect(t);

		if (fd < 0)
			break;
		if (i % 4 > 0)
			teed_send(fd, &hello, i % 4 == 1 ? 10 : 0);
		if (i % 4 == 3)
			teed_send(fd, &open, 0);
		close(fd);
	}
	CHECK(teed_open_soon(c, &s) == TEEC_SUCCESS);
	CHECK(teed_call(&s, TESTTA_ANY) == TEEC_SUCCESS);
	TEEC_CloseSession(&s);
	after = use_of(t);
	check_use(&before, &after);
}

int
main(int argc, char **argv)
{
	int many = check_slow() || check_is("short") ? 1000 : 10000;
	struct teed t;
	TEEC_Context c;

	if (argc != 3)
		return (2);
	teed_new(&t, argv[1], argv[2]);
	if (geteuid() == 0) {
		t.options[0] = "--group";
		t.options[1] = "54322";
	}
	check_row("soter-teed starts");
	CHECK(teed_start(&t));
	CHECK(TEEC_InitializeContext(t.socket, &c) == TEEC_SUCCESS);
	at_once(&t, &c);
	in_order(&t, &c);
	by_user(&t);
	limits(&t, &c);
	memory(&t, &c);
	in_turn(&t, &c, many);
	abandoned(&t, &c, many);
	check_row("it was one process all the time, and it ends in order");
	CHECK(strstr(teed_log(&t), "ended;") == NULL);
	TEEC_FinalizeContext(&c);
	CHECK(teed_stop(&t, SIGTERM) == 0);
	if (check_state.failed_rows > 0)
		fprintf(stderr, "%s", teed_log(&t));
	teed_end(&t);
	return (check_done());
}
