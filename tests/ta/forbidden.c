/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/ta/forbidden.h"

static long
open_passwd(void)
{
	return (open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

/* From every descriptor that is a directory, upwards. */
static long
open_relative(void)
{
	for (int fd = 3; fd < 64; fd++)
		if (openat(fd, "../../tas", O_RDONLY | O_CLOEXEC) >= 0 ||
		    openat(fd, "..", O_RDONLY | O_CLOEXEC) >= 0)
			return (0);
	errno = EACCES;
	return (-1);
}

static long
write_tmp(void)
{
	return (open("/tmp/.soter-forbidden", O_WRONLY | O_CREAT | O_CLOEXEC,
	    0600));
}

static long
socket_unix(void)
{
	return (socket(AF_UNIX, SOCK_STREAM, 0));
}

static long
socket_inet(void)
{
	return (socket(AF_INET, SOCK_STREAM, 0));
}

static long
execute(void)
{
	char *const argv[] = { NULL };

	return (execve("/bin/true", argv, argv));
}

static long
fork_one(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	if (child > 0)
		(void)waitpid(child, NULL, 0);
	return (child);
}

static long
trace(void)
{
	return (ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static long
kill_parent(void)
{
	return (kill(getppid(), 0));
}

static long
become_root(void)
{
	return (setuid(0));
}

static long
map_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return (p == MAP_FAILED ? -1 : 0);
}

static long
make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return (0); /* not what was asked */
	return (mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static long
mount_one(void)
{
	return (mount("none", "/tmp", "tmpfs", 0, NULL));
}

static long
unshare_one(void)
{
	return (unshare(CLONE_NEWUSER));
}

static long
read_memory(void)
{
	char byte;
	struct iovec here = { &byte, 1 };
	struct iovec there = { (void *)(uintptr_t)environ, 1 };

	return (process_vm_readv(getppid(), &here, 1, &there, 1, 0));
}

static long
core_again(void)
{
	return (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static long
signal_by_file(void)
{
	return (fcntl(STDERR_FILENO, F_SETOWN, getppid()));
}

static long (*const tries[TESTTA_FORBIDDEN_N])(void) = {
	[TESTTA_OPEN_PASSWD] = open_passwd,
	[TESTTA_OPEN_RELATIVE] = open_relative,
	[TESTTA_WRITE_TMP] = write_tmp,
	[TESTTA_SOCKET_UNIX] = socket_unix,
	[TESTTA_SOCKET_INET] = socket_inet,
	[TESTTA_EXEC] = execute,
	[TESTTA_FORK] = fork_one,
	[TESTTA_PTRACE] = trace,
	[TESTTA_KILL_PARENT] = kill_parent,
	[TESTTA_SETUID] = become_root,
	[TESTTA_MMAP_EXEC] = map_code,
	[TESTTA_MPROTECT_EXEC] = make_code,
	[TESTTA_MOUNT] = mount_one,
	[TESTTA_UNSHARE] = unshare_one,
	[TESTTA_READ_MEMORY] = read_memory,
	[TESTTA_CORE] = core_again,
	[TESTTA_SIGNAL_BY_FILE] = signal_by_file,
};

int
forbidden_try(enum testta_forbidden what)
{
	if ((unsigned)what >= TESTTA_FORBIDDEN_N)
		return (EINVAL);
	errno = 0;
	return (tries[what]() == -1 ? errno : 0);
}

static int early[TESTTA_FORBIDDEN_N];

/*
 * A library runs code before anybody has called it.  Only what would do no harm
 * if it worked.
 */
__attribute__((constructor)) static void
try_early(void)
{
	static const enum testta_forbidden harmless[] = { TESTTA_OPEN_PASSWD,
		TESTTA_OPEN_RELATIVE, TESTTA_SOCKET_UNIX, TESTTA_SOCKET_INET,
		TESTTA_FORK, TESTTA_KILL_PARENT, TESTTA_READ_MEMORY };

	for (int i = 0; i < TESTTA_FORBIDDEN_N; i++)
		early[i] = ENOTSUP;
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		early[harmless[i]] = forbidden_try(harmless[i]);
}

int
forbidden_early(enum testta_forbidden what)
{
	return ((unsigned)what < TESTTA_FORBIDDEN_N ? early[what] : EINVAL);
}
