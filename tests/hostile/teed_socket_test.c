/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A client that does not use the library: whatever it sends, it loses its own
 * connection at most, and is told of no session, no result, no memory of
 * others.
 *
 * Arguments: soter-teed, the test TA's module.
 */
#include <signal.h>
#include <sys/socket.h>

#include "tests/bytes.h"
#include "tests/check.h"
#include "tests/teed.h"

#define WAIT_MS	   10000
#define LONG_MS	   60000 /* far longer than anybody's patience */
#define SILENT_MAX 128	 /* of one user */

/* clang-format off */
#define HELLO "24000000 01000000 00000000 01000000 00000000 00000000 " \
    "e85ec501 ebd346be 905984af 4dd52053 "
#define OPEN "2c000000 02000000 01000000 00000000 00*32 "
#define CALL "30000000 03000000 02000000 01000000 00000000 00*32 "

/* Sent in one piece; each must cost the connection. */
static const struct {
	const char *what, *bytes;
} lies[] = {
	{ "nothing but zeros", "00*100" },
	{ "nothing but ones", "ff*100" },
	{ "text", "'GET / HTTP/1.1'" },
	{ "a length of 4 GiB", "ffffffff 01000000" },
	{ "a length of 0", "00000000 01000000" },
	{ "OPEN without HELLO", OPEN },
	{ "INVOKE without HELLO", CALL },
	{ "HELLO one byte longer", "25000000 01000000 00000000 01000000 00*25" },
	{ "HELLO of another version", "24000000 01000000 00000000 02000000 00000000 00000000 e85ec501 ebd346be 905984af 4dd52053 " OPEN },
	{ "no such TA", "24000000 01000000 00000000 01000000 00*24 " OPEN },
	{ "the login of a TA", "24000000 01000000 00000000 01000000 000000f0 00000000 e85ec501 ebd346be 905984af 4dd52053" },
	{ "the login of an application", "24000000 01000000 00000000 01000000 04000000 00000000 e85ec501 ebd346be 905984af 4dd52053" },
	{ "a group of somebody else", "24000000 01000000 00000000 01000000 02000000 40e20100 e85ec501 ebd346be 905984af 4dd52053" },
	{ "HELLO, then INVOKE", HELLO CALL },
	{ "HELLO, then HELLO", HELLO HELLO },
	{ "HELLO, then a REPLY", HELLO "34000000 05000000 01000000 00*44" },
	{ "HELLO, then garbage", HELLO "ff*64" },
	{ "HELLO, then a message of 5 MiB", HELLO "00005000 02000000 01000000" },
	{ "OPEN with a type that is none", HELLO "2c000000 02000000 01000000 04000000 00*32" },
	{ "OPEN with memory of 1 MiB and 1", HELLO "2c000000 02000000 01000000 06000000 01001000 01000000 00*24" },
	{ "OPEN with more bytes than it says", HELLO "2d000000 02000000 01000000 00*37" },
	{ "OPEN twice", HELLO OPEN OPEN },
	{ "OPEN, then HELLO", HELLO OPEN HELLO },
	{ "a call behind a call that is not answered", HELLO OPEN CALL CALL },
};

/* These are no reason to lose it. */
static const struct {
	const char *what, *bytes;
	size_t answer;	/* bytes */
} fine[] = {
	{ "a session", HELLO OPEN, 56 },
	{ "a CANCEL of nothing before it", HELLO "08000000 04000000 07000000" OPEN, 56 },
	{ "a CANCEL of another call behind it", HELLO OPEN "08000000 04000000 07000000", 56 },
};
/* clang-format on */

static void
check_alive(TEEC_Session *s)
{
	CHECK(teed_call(s, TESTTA_ANY) == TEEC_SUCCESS);
}

static void
check_lies(const struct teed *t, TEEC_Session *s)
{
	for (size_t i = 0; i < SOTER_COUNT(lies); i++) {
		static struct bytes b;
		int fd = teed_connect(t), is_closed = 0;

		check_row("costs the connection: %s", lies[i].what);
		b.n = 0;
		bytes_text(&b, lies[i].bytes);
		CHECK(fd >= 0);
		CHECK(send(fd, b.p, b.n, MSG_NOSIGNAL) == (ssize_t)b.n);
		/* A refusal, or the answer to what was in order. */
		CHECK(teed_drain(fd, WAIT_MS, &is_closed) <= 112);
		CHECK(is_closed);
		close(fd);
		check_alive(s);
	}
}

static void
check_fine(const struct teed *t, TEEC_Session *s)
{
	for (size_t i = 0; i < SOTER_COUNT(fine); i++) {
		static struct bytes b;
		uint8_t answer[64];
		int fd = teed_connect(t), is_closed = 0;

		check_row("is in order: %s", fine[i].what);
		b.n = 0;
		bytes_text(&b, fine[i].bytes);
		/* Byte by byte: nobody may count on pieces. */
		for (size_t k = 0; k < b.n; k++)
			CHECK(send(fd, b.p + k, 1, MSG_NOSIGNAL) == 1);
		CHECK(recv(fd, answer, fine[i].answer, MSG_WAITALL) ==
		    (ssize_t)fine[i].answer);
		CHECK(teed_drain(fd, 100, &is_closed) == 0);
		CHECK(!is_closed);
		close(fd);
		check_alive(s);
	}
}

/* Descriptors that a client sends along are nobody's. */
static void
passed_descriptors(const struct teed *t, TEEC_Session *s)
{
	unsigned long before = teed_status(t->pid, "FDSize");
	int fd, passed[8];

	check_row("descriptors that come along are dropped");
	for (size_t i = 0; i < SOTER_COUNT(passed); i++)
		passed[i] = STDOUT_FILENO;
	for (int i = 0; i < 200; i++) {
		uint8_t byte = 0x24;
		struct iovec part = { &byte, 1 };
		union {
			struct cmsghdr head;
			char space[CMSG_SPACE(sizeof(passed))];
		} control = { 0 };
		struct msghdr m = { .msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control.space) };
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(passed));
		memcpy(CMSG_DATA(c), passed, sizeof(passed));
		fd = teed_connect(t);
		CHECK(sendmsg(fd, &m, MSG_NOSIGNAL) == 1);
		close(fd);
	}
	check_alive(s);
	CHECK(teed_status(t->pid, "FDSize") == before);
}

/* Clients that say nothing fill their own user's places only. */
static void
silent(const struct teed *t, TEEC_Context *c)
{
	static int fds[400];
	size_t closed = 0, n = SOTER_COUNT(fds);
	TEEC_Session s;

	check_row("silent connections beyond the limit are closed");
	for (size_t i = 0; i < n; i++)
		fds[i] = teed_connect(t);
	/* They are taken in the order in which they came: the last one first.
	 */
	for (size_t i = n; i-- > 0;) {
		int is_closed = 0;

		teed_drain(fds[i], i == n - 1 ? WAIT_MS : 0, &is_closed);
		closed += is_closed != 0;
	}
	CHECK(closed == n - SILENT_MAX);
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	check_row("and the next client is welcome");
	CHECK(teed_open_soon(c, &s) == TEEC_SUCCESS);
	check_alive(&s);
	TEEC_CloseSession(&s);
}

static void
check_overdue(int fd, const char *what)
{
	int is_closed = 0;

	check_row("is closed after some seconds: %s", what);
	CHECK(fd >= 0);
	teed_drain(fd, LONG_MS, &is_closed);
	CHECK(is_closed);
	close(fd);
}

/* The bytes of a whole conversation, with one thing wrong. */
static void
mutated(const struct teed *t, TEEC_Session *s, int n)
{
	static struct bytes good, b;
	uint32_t random = 2463534242u;
	size_t answered = 0;

	check_row("%d conversations with a byte that is wrong", n);
	good.n = 0;
	bytes_text(&good,
	    HELLO OPEN "34000000 03000000 02000000 02000000 65000000"
		       "04000000 01000000 04000000 01000000 00*16 61626364");
	for (int i = 0; i < n; i++) {
		int fd = teed_connect(t), is_closed = 0;

		b = good;
		random ^= random << 13;
		random ^= random >> 17;
		random ^= random << 5;
		b.p[random % b.n] ^= (uint8_t)(1u << (random >> 29));
		if (i % 7 == 0)
			b.n -= random % 40;
		(void)send(fd, b.p, b.n, MSG_NOSIGNAL);
		(void)shutdown(fd, SHUT_WR);
		answered += teed_drain(fd, WAIT_MS, &is_closed);
		if (!CHECK(is_closed))
			i = n;
		close(fd);
	}
	CHECK(answered > 0);
	check_alive(s);
}

int
main(int argc, char **argv)
{
	const struct soter_teemsg hello = teed_hello();
	struct teed t;
	TEEC_Context c;
	TEEC_Session s;
	int silent_fd, hello_fd;
	pid_t ta;

	if (argc != 3)
		return (2);
	teed_new(&t, argv[1], argv[2]);
	check_row("soter-teed starts");
	CHECK(teed_start(&t));
	CHECK(TEEC_InitializeContext(t.socket, &c) == TEEC_SUCCESS);
	CHECK(teed_open(&c, &s) == TEEC_SUCCESS);
	ta = teed_ta(&t, "e85ec501");
	check_lies(&t, &s);
	check_fine(&t, &s);
	passed_descriptors(&t, &s);
	silent(&t, &c);
	silent_fd = teed_connect(&t);
	hello_fd = teed_connect(&t);
	CHECK(teed_send(hello_fd, &hello, 0));
	mutated(&t, &s, check_slow() ? 300 : 3000);
	check_overdue(silent_fd, "a client that says nothing");
	check_overdue(hello_fd, "a client that opens no session");
	check_row("the TA is the process that it was");
	CHECK(ta > 0 && teed_ta(&t, "e85ec501") == ta);
	TEEC_CloseSession(&s);
	TEEC_FinalizeContext(&c);
	CHECK(teed_stop(&t, SIGTERM) == 0);
	if (check_state.failed_rows > 0)
		fprintf(stderr, "%s", teed_log(&t));
	teed_end(&t);
	return (check_done());
}
