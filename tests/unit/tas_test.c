/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The manager's view of the TAs' processes, which the test plays: what one that
 * was taken over asks for keeps the others waiting for a bounded time.
 */
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tee_internal_api.h>

#include "teehost/conn.h"
#include "teehost/control.h"
#include "teehost/tas.h"
#include "tests/check.h"

#define TAS 3
#define NOW 500000 /* ms */

/* ---- anchors that take note ---------------------------------------------- */

static struct {
	size_t ta[2000]; /* whose, in the order in which they came */
	size_t n;
} steps;

struct anchor {
	struct teehost_anchor anchor;
	size_t ta;
};

static enum soter_rc
note(struct teehost_anchor *anchor)
{
	steps.ta[steps.n++] = ((struct anchor *)anchor)->ta;
	return (SOTER_OK);
}

static enum soter_rc
anchor_read(struct teehost_anchor *anchor, uint8_t value[TEEHOST_ANCHOR_LEN])
{
	memset(value, 0, TEEHOST_ANCHOR_LEN);
	return (note(anchor));
}

static enum soter_rc
anchor_extend(struct teehost_anchor *anchor,
    const uint8_t digest[TEEHOST_ANCHOR_LEN])
{
	(void)digest;
	return (note(anchor));
}

static struct teehost_anchor_ops anchor_ops = { .name = "test",
	.read = anchor_read,
	.extend = anchor_extend };
static struct anchor anchors[TAS];

/* ---- the rig --------------------------------------------------------------
 */

static struct teehost_tas tas;
static struct teehost_catalog catalog;
static int starter; /* the test's end */

/* One process, and what it was sent. */
static struct process {
	int fd;
	uint32_t serial, adopted;
} processes[TAS];

static void
must(int ok, const char *what)
{
	if (!ok) {
		perror(what);
		abort();
	}
}

static void
begin(uint32_t protection)
{
	int pair[2];

	memset(&tas, 0, sizeof(tas));
	memset(&catalog, 0, sizeof(catalog));
	memset(&steps, 0, sizeof(steps));
	anchor_ops.protection = protection;
	for (size_t i = 0; i < TAS; i++) {
		struct teehost_entry *e = &catalog.list[i];

		anchors[i] = (struct anchor){ { &anchor_ops }, i };
		e->uuid[0] = (uint8_t)(i + 1);
		e->object = e->conf = e->storage = open("/dev/null", O_RDONLY);
		e->anchor = &anchors[i].anchor;
		must(e->object >= 0, "open");
		processes[i] = (struct process){ .fd = -1 };
	}
	catalog.n = TAS;
	must(teehost_control_pair(pair) == SOTER_OK, "socketpair");
	starter = pair[1];
	tas.catalog = &catalog;
	tas.starter = pair[0];
	tas.epoll = epoll_create1(EPOLL_CLOEXEC);
	tas.now_ms = NOW;
}

static void
end(void)
{
	for (size_t i = 0; i < TAS; i++) {
		close(processes[i].fd);
		if (tas.list[i].state != TEEHOST_TA_ABSENT)
			close(tas.list[i].control);
		close(catalog.list[i].object);
	}
	for (size_t i = 0; i < tas.waiting.n; i++)
		close(tas.waiting.list[i].fd);
	close(tas.starter);
	close(tas.epoll);
	close(starter);
}

/* A client for a TA: the client's end of its connection. */
static int
client(size_t ta, uint32_t uid)
{
	const TEE_Identity who = { .login = TEE_LOGIN_USER };
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0,
	    "socketpair");
	teehost_tas_adopt(&tas, ta, pair[0], &who, uid);
	return (pair[1]);
}

/* Was a client refused?  Then with what. */
static uint32_t
told(int fd)
{
	uint8_t bytes[SOTER_TEEMSG_HEAD_MAX];
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	struct soter_teemsg x;

	if (n <= 0 ||
	    soter_teemsg_parse(&x, soter_span(bytes, (size_t)n)) != SOTER_OK)
		return (TEE_SUCCESS);
	return (x.result);
}

/* The starter was told to start a process: this is its socket; -1 if not. */
static int
started(void)
{
	struct soter_teectl x;
	struct teehost_fds fds;

	if (teehost_control_receive(starter, &x, &fds, false) != SOTER_OK)
		return (-1);
	return (teehost_fds_take(&fds, 0));
}

static void
say(size_t ta, struct soter_teectl x)
{
	must(teehost_control_send(processes[ta].fd, &x, NULL, 0, false) ==
		SOTER_OK,
	    "send");
}

/* The manager hears everything that a process has said. */
static void
heard(size_t ta)
{
	for (int i = 0; i < 32; i++)
		if (tas.list[ta].state != TEEHOST_TA_ABSENT)
			teehost_tas_event(&tas, ta, EPOLLIN);
}

/* The process that the starter was told of is this TA, and ready. */
static int
run(size_t ta)
{
	struct soter_teectl x;
	struct teehost_fds fds;
	int fd = started();

	if (fd < 0)
		return (0);
	processes[ta] = (struct process){ .fd = fd };
	for (int i = 0; i < 2; i++) {
		must(teehost_control_receive(fd, &x, &fds, false) == SOTER_OK,
		    "setup");
		teehost_fds_close(&fds);
	}
	say(ta, (struct soter_teectl){ .kind = SOTER_TEECTL_READY });
	heard(ta);
	return (tas.list[ta].state == TEEHOST_TA_RUNNING);
}

/* Everybody's process, with a client each. */
static void
run_all(void)
{
	for (size_t i = 0; i < TAS; i++) {
		close(client(i, 1000));
		must(run(i), "run");
	}
}

static void
ask(size_t ta, enum soter_teectl_kind kind)
{
	say(ta,
	    (struct soter_teectl){ .kind = kind,
		.serial = ++processes[ta].serial });
	heard(ta);
}

/* Is there an answer to this process?  Clients are passed over. */
static int
is_answered(size_t ta)
{
	struct soter_teectl x;
	struct teehost_fds fds;

	while (teehost_control_receive(processes[ta].fd, &x, &fds, false) ==
	    SOTER_OK) {
		teehost_fds_close(&fds);
		if (x.kind == SOTER_TEECTL_ANSWER)
			return (1);
	}
	return (0);
}

/* ---- anchors --------------------------------------------------------------
 */

static void
one_in_a_turn(void)
{
	check_row("a TA that asks for many steps at once gets one in a turn");
	begin(0);
	run_all();
	for (int i = 0; i < 20; i++)
		say(0,
		    (struct soter_teectl){ .kind = SOTER_TEECTL_ANCHOR_EXTEND,
			.serial = 1 });
	heard(0);
	CHECK(steps.n == 0);
	CHECK(teehost_tas_wait(&tas) == 0);
	teehost_tas_turn(&tas);
	CHECK(steps.n == 1 && is_answered(0));

	check_row("and no more than it waits for");
	teehost_tas_turn(&tas);
	CHECK(steps.n == 1);
	CHECK(teehost_tas_wait(&tas) == -1);

	check_row("a client that comes meanwhile has none done for it");
	for (int i = 0; i < 10; i++)
		say(0,
		    (struct soter_teectl){ .kind = SOTER_TEECTL_ANCHOR_EXTEND,
			.serial = 2 });
	close(client(0, 1000));
	CHECK(steps.n == 1);
	end();
}

static void
in_turn(void)
{
	size_t of[TAS] = { 0 };

	check_row("a TA that asks again and again: the others get as much");
	begin(0);
	run_all();
	for (size_t i = 0; i < TAS; i++)
		ask(i, SOTER_TEECTL_ANCHOR_EXTEND);
	for (int i = 0; i < 30; i++) {
		teehost_tas_turn(&tas);
		ask(0, SOTER_TEECTL_ANCHOR_EXTEND);
		ask(steps.ta[steps.n - 1], SOTER_TEECTL_ANCHOR_EXTEND);
	}
	for (size_t i = 0; i < steps.n; i++)
		of[steps.ta[i]]++;
	CHECK(of[0] == 10 && of[1] == 10 && of[2] == 10);

	check_row("what a dead process has asked for is not done");
	close(processes[0].fd);
	processes[0].fd = -1;
	heard(0);
	steps.n = 0;
	for (int i = 0; i < 3; i++)
		teehost_tas_turn(&tas);
	CHECK(steps.n == 2 && steps.ta[0] != 0 && steps.ta[1] != 0);
	end();
}

static void
spend(size_t ta, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ask(ta, SOTER_TEECTL_ANCHOR_EXTEND);
		teehost_tas_turn(&tas);
		(void)is_answered(ta);
	}
}

static void
budget(void)
{
	check_row("a TPM: %d steps in a row, then one each %d ms",
	    TEEHOST_STEPS_MAX, TEEHOST_STEP_MS);
	begin(1000);
	run_all();
	spend(0, TEEHOST_STEPS_MAX + 1);
	CHECK(steps.n == TEEHOST_STEPS_MAX);
	CHECK(teehost_tas_wait(&tas) == TEEHOST_STEP_MS);
	tas.now_ms += TEEHOST_STEP_MS - 1;
	teehost_tas_turn(&tas);
	CHECK(steps.n == TEEHOST_STEPS_MAX);
	tas.now_ms++;
	CHECK(teehost_tas_wait(&tas) == 0);
	teehost_tas_turn(&tas);
	CHECK(steps.n == TEEHOST_STEPS_MAX + 1 && is_answered(0));

	check_row("another TA has a budget of its own");
	spend(1, 1);
	CHECK(steps.n == TEEHOST_STEPS_MAX + 2);

	check_row("reading costs nothing");
	ask(0, SOTER_TEECTL_ANCHOR_READ);
	teehost_tas_turn(&tas);
	CHECK(steps.n == TEEHOST_STEPS_MAX + 3 && is_answered(0));

	check_row("a process that starts anew has no more than the last one");
	close(processes[0].fd);
	heard(0);
	close(client(0, 1000));
	CHECK(run(0));
	spend(0, 1);
	CHECK(steps.n == TEEHOST_STEPS_MAX + 3);
	end();

	check_row("a file does not wear out");
	begin(0);
	run_all();
	spend(0, TEEHOST_STEPS_MAX + 1);
	CHECK(steps.n == TEEHOST_STEPS_MAX + 1);
	end();
}

/* ---- clients that wait -----------------------------------------------------
 */

/* Clients of a uid come until one is refused: how many were not. */
static size_t
crowd(size_t ta, uint32_t uid, int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fds[i] = client(ta, uid);
		if (told(fds[i]) == TEE_ERROR_BUSY) {
			close(fds[i]);
			return (i);
		}
	}
	return (n);
}

/* The uid of the next client that a process was sent; 0: none. */
static uint32_t
sent_uid(size_t ta)
{
	struct soter_teectl x;
	struct teehost_fds fds;

	if (teehost_control_receive(processes[ta].fd, &x, &fds, false) !=
		SOTER_OK ||
	    x.kind != SOTER_TEECTL_ADOPT)
		return (0);
	teehost_fds_close(&fds);
	processes[ta].adopted++;
	return (x.number);
}

static void
say_adopted(size_t ta)
{
	say(ta,
	    (struct soter_teectl){ .kind = SOTER_TEECTL_ADOPTED,
		.number = processes[ta].adopted });
	heard(ta);
}

static void
waiting(void)
{
	static int fds[TEEHOST_WAITING_MAX];
	size_t n, users = 0;

	check_row("a user has %d clients that wait, and another one gets in",
	    TEEHOST_WAITING_UID_MAX);
	begin(0);
	n = crowd(0, 1, fds, TEEHOST_WAITING_MAX);
	CHECK(n == TEEHOST_WAITING_UID_MAX);
	n += crowd(1, 1, fds + n, 10);
	CHECK(n == TEEHOST_WAITING_UID_MAX);
	n += crowd(0, 2, fds + n, 1);
	CHECK(n == TEEHOST_WAITING_UID_MAX + 1);

	check_row("nine users who take what they get leave room for ten more");
	for (uint32_t uid = 2; uid <= 9; uid++)
		n += crowd(0, uid, fds + n, TEEHOST_WAITING_MAX - n);
	for (uint32_t uid = 11; uid <= 20; uid++)
		users += crowd(0, uid, fds + n + users, 1);
	CHECK(users == 10);
	n += users;
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	end();
}

static void
sent_in_turn(void)
{
	static int fds[TEEHOST_WAITING_UID_MAX];
	size_t many, of[3] = { 0 };
	int last;

	check_row("a client behind a hundred of another user is sent second");
	begin(0);
	many = crowd(0, 1, fds, 100);
	last = client(0, 2);
	CHECK(many == 100);
	CHECK(run(0));
	CHECK(sent_uid(0) == 1 && sent_uid(0) == 2);

	check_row("%d are on their way, and the next when they have arrived",
	    TEEHOST_WAITING_SENT_MAX);
	for (size_t i = 2; i < TEEHOST_WAITING_SENT_MAX; i++)
		CHECK(sent_uid(0) == 1);
	CHECK(sent_uid(0) == 0);
	close(client(0, 2));
	CHECK(sent_uid(0) == 0);
	say_adopted(0);
	CHECK(tas.waiting.n == 86);
	CHECK(sent_uid(0) == 1 && sent_uid(0) == 2 && sent_uid(0) == 1);

	check_row("a process that dies: they all come to the next one");
	close(processes[0].fd);
	heard(0);
	CHECK(tas.waiting.n == 86);
	CHECK(run(0));
	for (uint32_t uid; (uid = sent_uid(0)) != 0; say_adopted(0))
		of[uid]++;
	CHECK(of[1] == 85 && of[2] == 1 && tas.waiting.n == 0);
	for (size_t i = 0; i < many; i++)
		close(fds[i]);
	close(last);
	end();
}

static void
say_idle(size_t ta)
{
	say(ta,
	    (struct soter_teectl){ .kind = SOTER_TEECTL_IDLE,
		.number = processes[ta].adopted });
	heard(ta);
}

static void
idle(void)
{
	int fds[3];

	check_row("an idle process lives on: a client is on its way to it");
	begin(0);
	fds[0] = client(0, 1);
	CHECK(run(0));
	CHECK(sent_uid(0) == 1);
	say_adopted(0);
	fds[1] = client(0, 1);
	say_idle(0);
	CHECK(tas.list[0].state == TEEHOST_TA_RUNNING);
	CHECK(sent_uid(0) == 1);

	check_row("it is told to end when there is none");
	say_adopted(0);
	say_idle(0);
	CHECK(tas.list[0].state == TEEHOST_TA_RETIRING);

	check_row("who comes while it ends is the next one's");
	fds[2] = client(0, 1);
	CHECK(told(fds[2]) == TEE_SUCCESS && started() == -1);
	close(processes[0].fd);
	heard(0);
	CHECK(run(0));
	CHECK(sent_uid(0) == 1);
	for (size_t i = 0; i < SOTER_COUNT(fds); i++)
		close(fds[i]);
	end();
}

/* ---- a TA that dies again and again ---------------------------------------
 */

/* The process of a TA dies; a client comes: does the TA start anew for it? */
static int
is_reborn(size_t ta)
{
	int fd, is_alive;

	close(processes[ta].fd);
	processes[ta].fd = -1;
	heard(ta);
	fd = client(ta, 1);
	is_alive = run(ta);
	if (!is_alive)
		CHECK(told(fd) == TEE_ERROR_BUSY);
	close(fd);
	return (is_alive);
}

static void
storm(void)
{
	int fd;

	check_row("a TA that dies %d times in a row starts anew each time",
	    TEEHOST_DEATHS_MAX);
	begin(0);
	run_all();
	for (int i = 0; i < TEEHOST_DEATHS_MAX; i++)
		CHECK(is_reborn(0));

	check_row("then it rests: its clients are told that it is busy");
	fd = client(0, 1);
	CHECK(!is_reborn(0));
	CHECK(told(fd) == TEE_ERROR_BUSY);
	close(fd);
	tas.now_ms += TEEHOST_REST_MS - 1;
	fd = client(0, 1);
	CHECK(started() == -1 && told(fd) == TEE_ERROR_BUSY);
	close(fd);

	check_row("another TA does not rest with it");
	CHECK(is_reborn(1));

	check_row("after the rest it starts with its next client");
	tas.now_ms++;
	close(client(0, 1));
	CHECK(run(0));

	check_row("each rest is twice as long, up to %d ms",
	    TEEHOST_REST_MAX_MS);
	for (uint64_t rest = 2 * TEEHOST_REST_MS;
	     rest <= 16 * TEEHOST_REST_MAX_MS; rest *= 2) {
		uint64_t want =
		    rest < TEEHOST_REST_MAX_MS ? rest : TEEHOST_REST_MAX_MS;

		CHECK(!is_reborn(0));
		tas.now_ms += want - 1;
		close(client(0, 1));
		CHECK(started() == -1);
		tas.now_ms++;
		close(client(0, 1));
		CHECK(run(0));
	}

	check_row("a life of %d ms, and all is forgotten", TEEHOST_LIFE_MS);
	tas.now_ms += TEEHOST_LIFE_MS;
	for (int i = 0; i < TEEHOST_DEATHS_MAX; i++)
		CHECK(is_reborn(0));
	CHECK(!is_reborn(0));
	end();
}

static void
stillborn(void)
{
	int fd, n = 0;

	check_row("a TA that dies while it starts rests as well");
	begin(0);
	for (int i = 0; i < 20; i++) {
		fd = client(0, 1);
		processes[0].fd = started();
		if (processes[0].fd < 0) {
			CHECK(told(fd) == TEE_ERROR_BUSY);
		} else {
			n++;
			close(processes[0].fd);
			heard(0);
			CHECK(told(fd) == TEE_ERROR_TARGET_DEAD);
		}
		close(fd);
	}
	CHECK(n == TEEHOST_DEATHS_MAX + 1);
	processes[0].fd = -1;
	end();
}

int
main(void)
{
	one_in_a_turn();
	in_turn();
	budget();
	waiting();
	sent_in_turn();
	idle();
	storm();
	stillborn();
	return (check_done());
}
