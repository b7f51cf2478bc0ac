/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/swtpm.h -- a TPM 2.0 in a process of its own, on a Unix socket below a
 * folder of the test.  Its state is not where any storage is: a copy of the
 * storage does not take it along.
 */
#ifndef SOTER_TESTS_SWTPM_H
#define SOTER_TESTS_SWTPM_H

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * The loader of tss2 now and then leaves a name behind when it unloads a
 * module.  The one strdup() of ours, in anchor_tpm.c, goes unwatched here.
 */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return ("leak:__interceptor_strdup");
}

struct swtpm {
	pid_t pid;
	char state[200], socket[200], control[220];
	char tcti[240]; /* for teehost_anchor_tpm() and the sealer */
};

static inline int
swtpm_is_installed(void)
{
	return (access("/usr/bin/swtpm", X_OK) == 0);
}

static inline void
swtpm_exec(const struct swtpm *t)
{
	char dir[240], server[240], control[240];
	int null = open("/dev/null", O_RDWR);

	/* A test that dies takes it along. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(dir, sizeof(dir), "dir=%s", t->state);
	snprintf(server, sizeof(server), "type=unixio,path=%s", t->socket);
	snprintf(control, sizeof(control), "type=unixio,path=%s", t->control);
	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
	}
	execl("/usr/bin/swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", dir,
	    "--server", server, "--ctrl", control, "--flags",
	    "not-need-init,startup-clear", (char *)NULL);
	_exit(127);
}

/* Does somebody listen there? */
static inline int
swtpm_listens(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), is_there;

	if (fd < 0 || strlen(path) >= sizeof(to.sun_path))
		abort();
	memcpy(to.sun_path, path, strlen(path));
	is_there = connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
	close(fd);
	return (is_there);
}

/* Start it, with the state that it had.  0 if it did not come up. */
static inline int
swtpm_start(struct swtpm *t)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000000L };

	/* tss2 writes to the socket of a TPM that died; not the test's end. */
	signal(SIGPIPE, SIG_IGN);
	unlink(t->socket);
	unlink(t->control);
	t->pid = fork();
	if (t->pid == 0)
		swtpm_exec(t);
	for (int i = 0; t->pid > 0 && i < 1000; i++) {
		if (swtpm_listens(t->control) && swtpm_listens(t->socket))
			return (1);
		if (waitpid(t->pid, NULL, WNOHANG) == t->pid)
			t->pid = 0;
		nanosleep(&pause, NULL);
	}
	return (0);
}

/* As if the power were cut: nothing is asked to come to an end. */
static inline void
swtpm_stop(struct swtpm *t)
{
	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, NULL, 0);
	}
	t->pid = 0;
}

/* A new TPM with its files below folder. */
static inline int
swtpm_new(struct swtpm *t, const char *folder, const char *name)
{
	/* What tss2 has to say about errors that a test wants. */
	setenv("TSS2_LOG", "all+none", 0);
	snprintf(t->state, sizeof(t->state), "%s/%s.state", folder, name);
	snprintf(t->socket, sizeof(t->socket), "%s/%s", folder, name);
	snprintf(t->control, sizeof(t->control), "%s.ctrl", t->socket);
	snprintf(t->tcti, sizeof(t->tcti), "swtpm:path=%s", t->socket);
	t->pid = 0;
	if (mkdir(t->state, 0700) != 0)
		return (0);
	return (swtpm_start(t));
}

#endif
