/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "teehost/control.h"
#include "teehost/log.h"
#include "teehost/sandbox.h"
#include "teehost/starter.h"

extern char **environ;

#define PROGRAM "/proc/self/exe"

static void
no_signals_blocked(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child: become the TA's process. */
static void
run(int control, pid_t parent)
{
	static char name[] = TEEHOST_STARTER_NAME;
	char *const argv[] = { name, NULL };
	const int keep = TEEHOST_STARTER_FD;

	if (teehost_sandbox_die_with(parent) != SOTER_OK)
		return;
	no_signals_blocked();
	/* To itself it would keep the flag that closes it. */
	if (control == TEEHOST_STARTER_FD)
		control = dup(control);
	if (dup2(control, TEEHOST_STARTER_FD) < 0)
		return;
	teehost_sandbox_close_fds(&keep, 1);
	execve(PROGRAM, argv, environ);
	teehost_log("cannot run %s: %s", PROGRAM, strerror(errno));
}

static void
start(int control)
{
	pid_t self = getpid(), child = fork();

	if (child == 0) {
		run(control, self);
		_exit(1);
	}
	/* The manager sees the socket close, and tells the clients. */
	if (child < 0)
		teehost_log("cannot start a process: %s", strerror(errno));
}

static void
reap(int signals)
{
	struct signalfd_siginfo info;
	int status;

	if (read(signals, &info, sizeof(info)) < 0)
		return;
	while (waitpid(-1, &status, WNOHANG) > 0) {
		if (WIFSIGNALED(status))
			teehost_log("a TA was killed by signal %d",
			    WTERMSIG(status));
		else if (WEXITSTATUS(status) != 0)
			teehost_log("a TA ended with status %d",
			    WEXITSTATUS(status));
	}
}

/* false: the manager is gone. */
static bool
take(int socket)
{
	struct soter_teectl x;
	struct teehost_fds fds;
	enum soter_rc rc;

	rc = teehost_control_receive(socket, &x, &fds, true);
	if (rc == SOTER_E_READ)
		return (false);
	if (rc == SOTER_OK && x.kind == SOTER_TEECTL_START && fds.fd[0] >= 0)
		start(fds.fd[0]);
	teehost_fds_close(&fds);
	return (true);
}

static void
loop(int socket, pid_t manager)
{
	sigset_t child;
	struct pollfd p[2] = { { .fd = socket, .events = POLLIN },
		{ .events = POLLIN } };
	bool goes_on;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	/* What stops the manager stops this one through it. */
	sigaddset(&child, SIGINT);
	sigaddset(&child, SIGTERM);
	sigaddset(&child, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &child, NULL) != 0)
		return;
	p[1].fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	goes_on = p[1].fd >= 0 &&
	    teehost_sandbox_die_with(manager) == SOTER_OK &&
	    teehost_sandbox_calls(TEEHOST_SANDBOX_STARTER) == SOTER_OK;
	while (goes_on) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		if (p[1].revents != 0)
			reap(p[1].fd);
		if (p[0].revents != 0)
			goes_on = take(socket);
	}
}

enum soter_rc
teehost_starter_new(int *socket)
{
	pid_t manager = getpid(), child;
	int pair[2];

	TRY(teehost_control_pair(pair));
	child = fork();
	if (child == 0) {
		teehost_sandbox_close_fds(&pair[1], 1);
		loop(pair[1], manager);
		_exit(0);
	}
	close(pair[1]);
	if (child < 0) {
		close(pair[0]);
		return (SOTER_E_NOMEM);
	}
	*socket = pair[0];
	return (SOTER_OK);
}
