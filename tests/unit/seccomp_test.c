/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The process that starts those of the TAs, should somebody take it over: it
 * can start a program, and has no other way to anybody.
 */
#define _GNU_SOURCE /* name spaces */

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "teehost/sandbox.h"
#include "tests/check.h"

static long
try_unix(void)
{
	return (socket(AF_UNIX, SOCK_STREAM, 0));
}

static long
try_inet(void)
{
	return (socket(AF_INET, SOCK_STREAM, 0));
}

static long
try_pair(void)
{
	int pair[2];

	return (socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}

static long
try_trace(void)
{
	return (ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static long
try_memory(void)
{
	char byte, other = 0;
	struct iovec to = { &byte, 1 }, from = { &other, 1 };

	return (process_vm_readv(getpid(), &to, 1, &from, 1, 0));
}

static long
try_kill(void)
{
	return (kill(getppid(), 0));
}

static long
try_tgkill(void)
{
	return (syscall(SYS_tgkill, getppid(), getppid(), SIGCONT));
}

static long
try_setuid(void)
{
	return (setuid(getuid()));
}

static long
try_unshare(void)
{
	return (unshare(CLONE_FS));
}

static long
try_clone_space(void)
{
	long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	if (child == 0)
		_exit(0);
	return (child);
}

static long
try_clone_parent(void)
{
	long child = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	if (child == 0)
		_exit(0);
	return (child);
}

static long
try_mount(void)
{
	return (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL));
}

static long
try_keep_caps(void)
{
	return (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0));
}

static long
try_mkdir(void)
{
	return (mkdirat(-1, "x", 0700));
}

static const struct {
	const char *what;
	long (*run)(void);
} tries[] = {
	{ "a Unix socket", try_unix },
	{ "a TCP socket", try_inet },
	{ "a pair of sockets", try_pair },
	{ "be traced", try_trace },
	{ "read the memory of a process", try_memory },
	{ "signal its parent", try_kill },
	{ "signal its parent by another call", try_tgkill },
	{ "another user", try_setuid },
	{ "a name space", try_unshare },
	{ "a process in a name space", try_clone_space },
	{ "a process beside itself", try_clone_parent },
	{ "mount", try_mount },
	{ "keep capabilities", try_keep_caps },
	{ "make a folder", try_mkdir },
};

/* In a child: 0 if it worked, else errno; 250 if there is no filter. */
static int
in_child(long (*run)(void), enum teehost_sandbox_role role)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		    teehost_sandbox_calls(role) != SOTER_OK)
			_exit(250);
		errno = 0;
		_exit(run() < 0 ? errno : 0);
	}
	waitpid(child, &status, 0);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 251);
}

/* fork(), exec and wait for it. */
static long
start_program(void)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return (-1);
	return (WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1);
}

static void
start_aborts(void)
{
	pid_t starter = fork(), child;
	int status = -1;

	if (starter == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		    teehost_sandbox_calls(TEEHOST_SANDBOX_STARTER) != SOTER_OK)
			_exit(250);
		child = fork();
		if (child == 0)
			abort();
		waitpid(child, &status, 0);
		_exit(WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	}
	waitpid(starter, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == SIGABRT);
}

int
main(void)
{
	if (check_slow() || getenv("SOTER_TEST_UNLOCKED") != NULL) {
		check_skip("the starter", "built with a sanitizer");
		return (check_done());
	}
	for (size_t i = 0; i < SOTER_COUNT(tries); i++) {
		check_row("the starter cannot: %s", tries[i].what);
		CHECK(in_child(tries[i].run, TEEHOST_SANDBOX_STARTER) == EPERM);
	}
	check_row("the starter can: start a program, and see it end");
	CHECK(in_child(start_program, TEEHOST_SANDBOX_STARTER) == 0);
	check_row("what it starts and aborts, dies of that");
	start_aborts();
	check_row("a TA cannot start a program");
	CHECK(in_child(start_program, TEEHOST_SANDBOX_TA) == EPERM);
	return (check_done());
}
