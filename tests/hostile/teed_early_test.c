/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hostile TA beside ours: the code that its library runs while it is loaded,
 * before anybody calls it.  And who starts soter-teed without descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "tests/check.h"
#include "tests/teed.h"

static const struct {
	enum testta_forbidden what;
	const char *row;
} rows[] = {
	{ TESTTA_OPEN_PASSWD, "while loaded: a file of the machine" },
	{ TESTTA_OPEN_RELATIVE, "while loaded: other TAs, the device key" },
	{ TESTTA_SOCKET_UNIX, "while loaded: a client of soter-teed" },
	{ TESTTA_SOCKET_INET, "while loaded: the network" },
	{ TESTTA_FORK, "while loaded: a process that outlives it" },
	{ TESTTA_KILL_PARENT, "while loaded: a signal" },
	{ TESTTA_READ_MEMORY, "while loaded: memory of another process" },
};

/* a: what it says now, b: when it was loaded. */
static TEEC_Value
ask(TEEC_Session *s, enum testta_forbidden what)
{
	TEEC_Operation op = { 0 };

	op.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_VALUE_OUTPUT,
	    TEEC_NONE, TEEC_NONE);
	op.params[0].value.a = what;
	CHECK(
	    TEEC_InvokeCommand(s, TESTTA_FORBIDDEN, &op, NULL) == TEEC_SUCCESS);
	return (op.params[1].value);
}

static void
try_all(TEEC_Session *s)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		TEEC_Value error;

		check_row("%s", rows[i].row);
		error = ask(s, rows[i].what);
		CHECK(error.b == EPERM || error.b == EACCES);
	}
	check_row("what the loader needed is gone with it");
	CHECK(ask(s, TESTTA_MMAP_EXEC).a == EPERM);
	CHECK(ask(s, TESTTA_MPROTECT_EXEC).a == EPERM);
	CHECK(ask(s, TESTTA_CORE).a == EPERM);
}

/* Started without them, it must not take a file of its own for one. */
static void
standard_is_open(const struct teed *t, int fd)
{
	char path[64], target[64] = "";
	ssize_t n;

	check_row("started without descriptor %d", fd);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)t->pid, fd);
	n = readlink(path, target, sizeof(target) - 1);
	/* Only root may look. */
	CHECK(n > 0 ? strcmp(target, "/dev/null") == 0 : geteuid() != 0);
}

int
main(int argc, char **argv)
{
	struct teed t;
	TEEC_Context c;
	TEEC_Session s;

	if (argc != 3)
		return (2);
	if (fcntl(STDIN_FILENO, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(STDOUT_FILENO, F_SETFD, FD_CLOEXEC) != 0)
		return (2);
	teed_new(&t, argv[1], argv[2]);
	check_row("soter-teed starts");
	CHECK(teed_start(&t));
	CHECK(TEEC_InitializeContext(t.socket, &c) == TEEC_SUCCESS);
	CHECK(teed_open(&c, &s) == TEEC_SUCCESS);
	/* Built with a sanitizer, nothing is locked. */
	if (strstr(teed_log(&t), "not locked down") == NULL)
		try_all(&s);
	standard_is_open(&t, STDIN_FILENO);
	standard_is_open(&t, STDOUT_FILENO);
	TEEC_CloseSession(&s);
	TEEC_FinalizeContext(&c);
	CHECK(teed_stop(&t, SIGTERM) == 0);
	teed_end(&t);
	return (check_done());
}
