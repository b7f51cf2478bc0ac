/* SPDX-License-Identifier: BSD-3-Clause */
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "teehost/conn.h"
#include "teehost/fair.h"
#include "tests/bytes.h"
#include "tests/check.h"

#define UID 1000
#define NOW 500000 /* ms */
#define MIB SOTER_TEE_MEMREF_MAX

static struct teehost_conns all;

/* One connection and the client's end of it. */
struct line {
	struct teehost_conn *conn;
	int fd;
};

static struct line
line_new(uint32_t uid)
{
	struct line l = { NULL, -1 };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		abort();
	l.fd = pair[1];
	if (teehost_conn_new(&l.conn, &all, pair[0], uid, NOW) == SOTER_OK)
		l.conn->is_open = true;
	return (l);
}

static void
line_free(struct line *l)
{
	teehost_conn_free(&l->conn, &all);
	close(l->fd);
}

static void
say(const struct line *l, const void *p, size_t n)
{
	if (send(l->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)n)
		abort();
}

static struct bytes
message(const struct soter_teemsg *x)
{
	struct bytes b = { 0 };
	struct soter_writer w = soter_writer(b.p, sizeof(b.p));

	if (soter_teemsg_write(&w, x) != SOTER_OK)
		abort();
	b.n = w.len;
	return (b);
}

static const uint8_t text[] = "some bytes";

static struct bytes
request(uint32_t serial)
{
	struct soter_teemsg x = { .kind = SOTER_TEEMSG_INVOKE,
		.serial = serial,
		.command = 7,
		.types = SOTER_TEEMSG_MEMREF_IN };

	x.params[0].size = sizeof(text);
	x.params[0].there = true;
	x.params[0].data = soter_span(text, sizeof(text));
	return (message(&x));
}

static struct bytes
cancel(uint32_t serial)
{
	return (message(&(struct soter_teemsg){ .kind = SOTER_TEEMSG_CANCEL,
	    .serial = serial }));
}

static enum soter_rc
receive(struct line *l, struct soter_teemsg *x)
{
	return (teehost_conn_receive(l->conn, &all, NOW, x));
}

static void
check_request(struct line *l, uint32_t serial)
{
	struct soter_teemsg x;

	CHECK_RC(receive(l, &x), SOTER_OK);
	CHECK(x.kind == SOTER_TEEMSG_INVOKE && x.serial == serial);
	CHECK(
	    soter_span_equal(x.params[0].data, soter_span(text, sizeof(text))));
}

/* ---- requests ------------------------------------------------------------ */

static void
pieces(void)
{
	const struct bytes b = request(2), c = cancel(1);
	struct line l = line_new(UID);
	struct soter_teemsg x;

	check_row("whole");
	say(&l, b.p, b.n);
	check_request(&l, 2);
	CHECK_RC(teehost_conn_end(l.conn, &all), SOTER_OK);
	CHECK(bytes_are(all.scratch, 200, 0));
	CHECK_RC(receive(&l, &x), SOTER_E_SHORT);

	for (size_t cut = 1; cut < b.n; cut++) {
		check_row("cut at %zu", cut);
		say(&l, b.p, cut);
		CHECK_RC(receive(&l, &x), SOTER_E_SHORT);
		CHECK_RC(receive(&l, &x), SOTER_E_SHORT);
		say(&l, b.p + cut, b.n - cut);
		/* Its length first, if that was cut. */
		while (receive(&l, &x) == SOTER_E_SHORT)
			;
		CHECK(l.conn->is_running && x.serial == 2);
		CHECK_RC(teehost_conn_end(l.conn, &all), SOTER_OK);
		CHECK(l.conn->in == NULL);
	}

	check_row("behind CANCELs of calls that are over");
	say(&l, c.p, c.n);
	say(&l, c.p, c.n);
	say(&l, b.p, b.n);
	check_request(&l, 2);
	CHECK(!teehost_conn_is_cancelled(l.conn));
	CHECK_RC(teehost_conn_end(l.conn, &all), SOTER_OK);
	for (size_t cut = 1; cut < c.n; cut++) {
		check_row("a CANCEL cut at %zu, then the next request", cut);
		say(&l, b.p, b.n);
		say(&l, c.p, cut);
		check_request(&l, 2);
		CHECK_RC(teehost_conn_end(l.conn, &all), SOTER_OK);
		say(&l, c.p + cut, c.n - cut);
		say(&l, b.p, b.n);
		check_request(&l, 2);
		CHECK_RC(teehost_conn_end(l.conn, &all), SOTER_OK);
	}
	line_free(&l);
}

static void
while_it_runs(void)
{
	const struct bytes b = request(2), mine = cancel(2), other = cancel(1);
	struct line l = line_new(UID);

	check_row("nothing comes while it runs");
	say(&l, b.p, b.n);
	check_request(&l, 2);
	CHECK(!teehost_conn_is_cancelled(l.conn));

	check_row("the CANCEL of another call");
	say(&l, other.p, other.n);
	CHECK(!teehost_conn_is_cancelled(l.conn));

	check_row("its own CANCEL, byte by byte");
	for (size_t i = 0; i < mine.n; i++) {
		CHECK(!teehost_conn_is_cancelled(l.conn));
		say(&l, mine.p + i, 1);
	}
	CHECK(teehost_conn_is_cancelled(l.conn));
	CHECK_RC(teehost_conn_end(l.conn, &all), SOTER_OK);

	check_row("the next call is not cancelled");
	say(&l, b.p, b.n);
	check_request(&l, 2);
	CHECK(!teehost_conn_is_cancelled(l.conn));

	check_row("a second request while it runs");
	say(&l, b.p, b.n);
	CHECK(teehost_conn_is_cancelled(l.conn));
	CHECK_RC(teehost_conn_end(l.conn, &all), SOTER_E_FORMAT);
	line_free(&l);

	check_row("the client goes away while it runs");
	l = line_new(UID);
	say(&l, b.p, b.n);
	check_request(&l, 2);
	close(l.fd);
	CHECK(teehost_conn_is_cancelled(l.conn));
	CHECK_RC(teehost_conn_end(l.conn, &all), SOTER_E_READ);
	l.fd = -1;
	line_free(&l);
}

static void
no_requests(void)
{
	static const struct {
		const char *what, *bytes;
	} rows[] = {
		{ "a length of 0", "00000000" },
		{ "a length of 4 GiB", "ffffffff" },
		{ "a kind that is none", "08000000 00000000 01000000" },
		{ "a type that is none",
		    "30000000 03000000 02000000 07000000 04000000 00*32" },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct line l = line_new(UID);
		struct bytes b = { 0 };
		struct soter_teemsg x;

		check_row("no request: %s", rows[i].what);
		bytes_text(&b, rows[i].bytes);
		say(&l, b.p, b.n);
		CHECK_RC(receive(&l, &x), SOTER_E_FORMAT);
		line_free(&l);
	}
}

/* ---- replies ------------------------------------------------------------- */

static void
replies(void)
{
	static uint8_t big[MIB], got[MIB + 100];
	struct line l = line_new(UID);
	struct soter_teemsg x = { .types = SOTER_TEEMSG_MEMREF_OUT,
		.origin = 4 },
			    y;
	enum soter_rc rc;
	size_t n = 0;

	check_row("a reply that the client takes in pieces");
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 31 + i / 253);
	l.conn->serial = 9;
	x.params[0].size = sizeof(big);
	x.params[0].data = soter_span(big, sizeof(big));
	CHECK_RC(teehost_conn_reply(l.conn, &all, NOW, &x), SOTER_OK);
	CHECK(l.conn->out != NULL);
	CHECK(l.conn->deadline_ms == NOW + TEEHOST_CONN_STALL_MS);
	do {
		ssize_t r;

		while ((r = recv(l.fd, got + n, sizeof(got) - n,
			    MSG_DONTWAIT)) > 0)
			n += (size_t)r;
		rc = teehost_conn_flush(l.conn, &all, NOW + 7);
		CHECK(rc == SOTER_E_SHORT || rc == SOTER_OK);
	} while (rc == SOTER_E_SHORT);
	for (ssize_t r;
	     (r = recv(l.fd, got + n, sizeof(got) - n, MSG_DONTWAIT)) > 0;)
		n += (size_t)r;
	CHECK(l.conn->out == NULL && l.conn->deadline_ms == 0);
	CHECK_RC(soter_teemsg_parse(&y, soter_span(got, n)), SOTER_OK);
	CHECK(y.serial == 9);
	CHECK(soter_span_equal(y.params[0].data, soter_span(big, sizeof(big))));
	line_free(&l);

	check_row("a reply to a client that is gone");
	l = line_new(UID);
	close(l.fd);
	l.fd = -1;
	CHECK_RC(teehost_conn_reply(l.conn, &all, NOW, &x), SOTER_E_READ);
	line_free(&l);
}

/* ---- limits -------------------------------------------------------------- */

static void
deadlines(void)
{
	const struct bytes b = request(2);
	struct line l = line_new(UID);
	struct soter_teemsg x;

	check_row("a client has some time to open its session");
	CHECK(l.conn->deadline_ms == NOW + TEEHOST_CONN_OPEN_MS);
	CHECK(all.has_deadlines);
	check_row("a whole request ends that");
	say(&l, b.p, b.n);
	check_request(&l, 2);
	CHECK(l.conn->deadline_ms == 0);
	CHECK_RC(teehost_conn_end(l.conn, &all), SOTER_OK);
	check_row("half a request: from its first byte on, once");
	say(&l, b.p, 1);
	CHECK_RC(receive(&l, &x), SOTER_E_SHORT);
	CHECK(l.conn->deadline_ms == NOW + TEEHOST_CONN_STALL_MS);
	say(&l, b.p + 1, 10);
	CHECK_RC(teehost_conn_receive(l.conn, &all, NOW + 1000, &x),
	    SOTER_E_SHORT);
	CHECK(l.conn->deadline_ms == NOW + TEEHOST_CONN_STALL_MS);
	check_row("then it is overdue, and not before");
	CHECK(teehost_conn_overdue(&all, NOW + TEEHOST_CONN_STALL_MS - 1) ==
	    NULL);
	CHECK(all.has_deadlines);
	CHECK(
	    teehost_conn_overdue(&all, NOW + TEEHOST_CONN_STALL_MS) == l.conn);
	say(&l, b.p + 11, b.n - 11);
	while (receive(&l, &x) == SOTER_E_SHORT)
		;
	check_row("the rest of it came: it is not");
	CHECK(l.conn->is_running);
	CHECK(teehost_conn_overdue(&all, UINT64_MAX) == NULL);
	CHECK(!all.has_deadlines);
	line_free(&l);
}

static void
sessions(void)
{
	static struct line lines[TEEHOST_CONNS_MAX + 1];
	struct rlimit fds = { 0, 0 };
	size_t n = 0;

	if (getrlimit(RLIMIT_NOFILE, &fds) == 0) {
		fds.rlim_cur = fds.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &fds);
	}
	if (fds.rlim_max < 2 * SOTER_COUNT(lines) + 10) {
		check_skip("as many sessions as there can be",
		    "a process may have %lu descriptors only",
		    (unsigned long)fds.rlim_max);
		return;
	}
	check_row("%d of one user", TEEHOST_CONNS_UID_MAX);
	while (n < TEEHOST_CONNS_UID_MAX)
		lines[n++] = line_new(UID);
	CHECK(lines[n - 1].conn != NULL);
	lines[n] = line_new(UID);
	CHECK(lines[n].conn == NULL);
	close(lines[n].fd);
	check_row("%d of all", TEEHOST_CONNS_MAX);
	for (; n < TEEHOST_CONNS_MAX; n++)
		lines[n] = line_new(UID + (uint32_t)n);
	CHECK(lines[n - 1].conn != NULL);
	lines[n] = line_new(1);
	CHECK(lines[n].conn == NULL);
	close(lines[n].fd);
	CHECK(all.n == TEEHOST_CONNS_MAX);
	while (n-- > 0)
		line_free(&lines[n]);
	CHECK(all.n == 0);
}

/* The first bytes of a request of 4 MiB. */
static enum soter_rc
begin_large(struct line *l)
{
	struct bytes b = { 0 };
	struct soter_teemsg x;
	enum soter_rc rc = SOTER_E_SHORT;

	bytes_text(&b, "30004000 03000000 02000000 07000000 55550000");
	say(l, b.p, b.n);
	for (int i = 0; i < 3 && rc == SOTER_E_SHORT; i++)
		rc = receive(l, &x);
	return (rc);
}

static void
memory(void)
{
	struct line mine[4], other;

	check_row("large requests of one user: 16 MiB, then they wait");
	for (size_t i = 0; i < SOTER_COUNT(mine); i++)
		mine[i] = line_new(UID);
	for (size_t i = 0; i < 3; i++)
		CHECK_RC(begin_large(&mine[i]), SOTER_E_SHORT);
	CHECK_RC(begin_large(&mine[3]), SOTER_E_FULL);
	CHECK(mine[3].conn->is_parked && all.parked == 1);
	CHECK(mine[3].conn->deadline_ms == 0);
	CHECK(!teehost_conn_may_unpark(mine[3].conn, &all));
	check_row("another user's do not wait");
	other = line_new(UID + 1);
	CHECK_RC(begin_large(&other), SOTER_E_SHORT);
	check_row("one gone, the next may go on");
	line_free(&mine[0]);
	CHECK(teehost_conn_may_unpark(mine[3].conn, &all));
	CHECK_RC(begin_large(&mine[3]), SOTER_E_SHORT);
	CHECK(!mine[3].conn->is_parked && all.parked == 0);
	for (size_t i = 1; i < SOTER_COUNT(mine); i++)
		line_free(&mine[i]);
	line_free(&other);
	CHECK(all.n == 0);
}

/* ---- turns --------------------------------------------------------------- */

static void
turns(void)
{
	static struct line lines[101];
	struct teehost_conn *ready[101];
	size_t n, had[101] = { 0 }, rare = 0;

	for (size_t i = 0; i < 101; i++)
		lines[i] = line_new(UID + (i == 100));
	check_row("a hundred connections of one user, one of another: in turn");
	for (size_t turn = 0; turn < 300; turn++) {
		for (size_t i = 0; i < 101; i++)
			ready[i] = lines[(i + turn) % 101].conn;
		n = teehost_fair_pick(&all, ready, 101);
		if (!CHECK(n == 2))
			break;
		for (size_t i = 0; i < 101; i++)
			had[i] += lines[i].conn == ready[0] ||
			    lines[i].conn == ready[1];
	}
	CHECK(had[100] == 300);
	check_row("and each of the hundred in turn");
	for (size_t i = 0; i < 100; i++)
		rare += had[i] != 3;
	CHECK(rare == 0);
	check_row("nobody is ready");
	CHECK(teehost_fair_pick(&all, ready, 0) == 0);
	for (size_t i = 0; i < 101; i++)
		line_free(&lines[i]);
}

int
main(void)
{
	pieces();
	while_it_runs();
	no_requests();
	replies();
	deadlines();
	sessions();
	memory();
	turns();
	return (check_done());
}
