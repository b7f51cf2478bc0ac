/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TEE that lies to the client library: nothing outside the caller's buffers
 * is written, nothing inside them unless the whole answer is in order, and the
 * session is of no use afterwards.
 */
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "tests/bytes.h"
#include "tests/check.h"
#include "tests/teed.h"

#define ROOM	  8 /* bytes of the caller's output */

#define COMMS	  TEEC_ERROR_COMMUNICATION
#define DEAD	  TEEC_ERROR_TARGET_DEAD
#define SHORT	  TEEC_ERROR_SHORT_BUFFER
#define UNCHANGED 77

/* clang-format off */
#define OPENED "34000000 05000000 01000000 00000000 04000000 00000000 00*32 "

/* The answer to a call: memory out of 8 bytes, and a value out. */
static const struct {
	const char *what, *answer;
	TEEC_Result want;
	uint32_t origin;
	size_t size;	/* that the caller then sees */
} answers[] = {
	{ "all in order", "3c000000 05000000 02000000 00000000 04000000 26000000 08000000 08000000 07000000 09000000 00*16 6161616161616161", TEEC_SUCCESS, 4, 8 },
	{ "less than there is room for", "37000000 05000000 02000000 00000000 04000000 26000000 03000000 03000000 07000000 09000000 00*16 616161", TEEC_SUCCESS, 4, 3 },
	{ "an error of the TA, with outputs", "37000000 05000000 02000000 0600ffff 04000000 26000000 03000000 03000000 07000000 09000000 00*16 616161", TEEC_ERROR_BAD_PARAMETERS, 4, 3 },
	{ "too small, 9 are wanted", "34000000 05000000 02000000 1000ffff 04000000 26000000 09000000 00000000 07000000 09000000 00*16", SHORT, 4, 9 },
	{ "an error of the TEE, without parameters", "34000000 05000000 02000000 0d00ffff 03000000 00000000 00*32", TEEC_ERROR_BUSY, 3, UNCHANGED },
	{ "one byte more than there is room for", "3d000000 05000000 02000000 00000000 04000000 26000000 09000000 09000000 07000000 09000000 00*16 616161616161616161", COMMS, 2, UNCHANGED },
	{ "fits, and does not come", "34000000 05000000 02000000 00000000 04000000 26000000 08000000 00000000 07000000 09000000 00*16", COMMS, 2, UNCHANGED },
	{ "fewer bytes than it says", "37000000 05000000 02000000 00000000 04000000 26000000 04000000 03000000 07000000 09000000 00*16 616161", COMMS, 2, UNCHANGED },
	{ "other types", "34000000 05000000 02000000 00000000 04000000 62000000 07000000 09000000 00*24", COMMS, 2, UNCHANGED },
	{ "no types, from the TA", "34000000 05000000 02000000 00000000 04000000 00000000 00*32", COMMS, 2, UNCHANGED },
	{ "a fifth type", "34000000 05000000 02000000 00000000 04000000 26000100 00*32", COMMS, 2, UNCHANGED },
	{ "success, and not from the TA", "34000000 05000000 02000000 00000000 03000000 26000000 00*32", COMMS, 2, UNCHANGED },
	{ "from nowhere", "34000000 05000000 02000000 0000ffff 00000000 26000000 00*32", COMMS, 2, UNCHANGED },
	{ "from somewhere else", "34000000 05000000 02000000 0000ffff 05000000 26000000 00*32", COMMS, 2, UNCHANGED },
	{ "the answer to the call before", "34000000 05000000 01000000 00000000 04000000 26000000 00*32", COMMS, 2, UNCHANGED },
	{ "the answer to the call behind", "34000000 05000000 03000000 00000000 04000000 26000000 00*32", COMMS, 2, UNCHANGED },
	{ "a call", "30000000 03000000 02000000 00000000 26000000 00*32", COMMS, 2, UNCHANGED },
	{ "a CANCEL", "08000000 04000000 02000000", COMMS, 2, UNCHANGED },
	{ "a length of 0", "00000000", COMMS, 2, UNCHANGED },
	{ "a length of 4 GiB", "ffffffff 05000000", COMMS, 2, UNCHANGED },
	{ "a length of 4 MiB, more than the call has room for", "00004000 05000000 02000000", COMMS, 2, UNCHANGED },
	{ "two answers", "34000000 05000000 02000000 1000ffff 04000000 26000000 09000000 00000000 00*24 34000000 05000000 02000000 1000ffff 04000000 26000000 09000000 00000000 00*24", COMMS, 2, UNCHANGED },
	{ "cut by one", "3c000000 05000000 02000000 00000000 04000000 26000000 08000000 08000000 07000000 09000000 00*16 61616161616161", DEAD, 3, UNCHANGED },
	{ "cut in its length", "3c0000", DEAD, 3, UNCHANGED },
	{ "nothing", "", DEAD, 3, UNCHANGED },
};
/* clang-format on */

/* What a client sends before each answer is read, but not looked at. */
static void
take(int fd, size_t n)
{
	static uint8_t bytes[256];

	while (n > 0) {
		ssize_t got = recv(fd, bytes, n, 0);

		if (got <= 0)
			_exit(1);
		n -= (size_t)got;
	}
}

static void
give(int fd, const char *text)
{
	static struct bytes b;

	b.n = 0;
	bytes_text(&b, text);
	if (send(fd, b.p, b.n, MSG_NOSIGNAL) != (ssize_t)b.n)
		_exit(1);
}

/* One client: the one that looks whether we are there, then the session. */
static void
serve(int listener, const char *answer)
{
	int fd = accept(listener, NULL, NULL);

	close(fd);
	fd = accept(listener, NULL, NULL);
	take(fd, SOTER_TEEMSG_HELLO_LEN + 48);
	give(fd, OPENED);
	take(fd, 52);
	give(fd, answer);
	_exit(0);
}

static int
listen_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%.100s", path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(fd, 5) != 0)
		abort();
	return (fd);
}

static void
check_answer(size_t i, const char *path, int listener)
{
	uint8_t *out = malloc(ROOM); /* the block ends where the room does */
	TEEC_Operation op = { 0 };
	uint32_t origin = UNCHANGED;
	pid_t child = fork();
	TEEC_Context c;
	TEEC_Session s;
	int is_kept = answers[i].size == UNCHANGED;

	if (child == 0)
		serve(listener, answers[i].answer);
	check_row("%s", answers[i].what);
	memset(out, 0x55, ROOM);
	CHECK(TEEC_InitializeContext(path, &c) == TEEC_SUCCESS);
	CHECK(teed_open(&c, &s) == TEEC_SUCCESS);
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_OUTPUT,
	    TEEC_VALUE_OUTPUT, TEEC_NONE, TEEC_NONE);
	op.params[0].tmpref = (TEEC_TempMemoryReference){ out, ROOM };
	op.params[1].value = (TEEC_Value){ 1, 2 };
	CHECK(TEEC_InvokeCommand(&s, 1, &op, &origin) == answers[i].want);
	CHECK(origin == answers[i].origin);
	CHECK(op.params[0].tmpref.buffer == out);
	CHECK(op.params[0].tmpref.size == (is_kept ? ROOM : answers[i].size));
	CHECK(op.params[1].value.a == (is_kept ? 1u : 7u));
	CHECK(op.params[1].value.b == (is_kept ? 2u : 9u));
	for (size_t k = 0; k < ROOM; k++)
		CHECK(out[k] ==
		    (!is_kept && answers[i].size <= ROOM && k < answers[i].size
			    ? 0x61
			    : 0x55));
	if (answers[i].want == COMMS)
		CHECK(teed_call(&s, 1) == DEAD);
	TEEC_CloseSession(&s);
	TEEC_FinalizeContext(&c);
	waitpid(child, NULL, 0);
	free(out);
}

/* Whoever answers the opening itself like this gets no session. */
static const struct {
	const char *what, *answer;
	TEEC_Result want;
} openings[] = {
	{ "an opening that is refused",
	    "34000000 05000000 01000000 0100ffff 04000000 00000000 00*32",
	    TEEC_ERROR_ACCESS_DENIED },
	{ "an opening answered by garbage", "ffffffff ffffffff", COMMS },
	{ "an opening answered with another serial",
	    "34000000 05000000 00000000 00000000 04000000 00000000 00*32",
	    COMMS },
	{ "an opening that is not answered", "", DEAD },
};

static void
check_opening(size_t i, const char *path, int listener)
{
	pid_t child = fork();
	TEEC_Context c;
	TEEC_Session s;

	if (child == 0) {
		int fd = accept(listener, NULL, NULL);

		close(fd);
		fd = accept(listener, NULL, NULL);
		/* It goes away with all of the request unread. */
		give(fd, openings[i].answer);
		_exit(0);
	}
	check_row("%s", openings[i].what);
	CHECK(TEEC_InitializeContext(path, &c) == TEEC_SUCCESS);
	CHECK(teed_open(&c, &s) == openings[i].want);
	TEEC_FinalizeContext(&c);
	waitpid(child, NULL, 0);
}

int
main(void)
{
	struct folder f;
	char path[160];
	int listener;

	folder_new(&f);
	snprintf(path, sizeof(path), "%s/liar", f.path);
	listener = listen_at(path);
	for (size_t i = 0; i < SOTER_COUNT(answers); i++)
		check_answer(i, path, listener);
	for (size_t i = 0; i < SOTER_COUNT(openings); i++)
		check_opening(i, path, listener);
	close(listener);
	folder_remove(f.path);
	return (check_done());
}
