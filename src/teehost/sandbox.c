/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "service/standard.h"
#include "teehost/log.h"
#include "teehost/sandbox.h"

enum soter_rc
teehost_sandbox_begin(void)
{
	const struct rlimit none = { 0, 0 };

	umask(077);
	TRY(soter_standard_open());
	if (setrlimit(RLIMIT_CORE, &none) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return (SOTER_E_ARGUMENT);
	return (SOTER_OK);
}

enum soter_rc
teehost_sandbox_become(uid_t user, gid_t main, gid_t group)
{
	uid_t r, e, s;

	if (setgroups(group == (gid_t)-1 ? 0 : 1, &group) != 0 ||
	    setresgid(main, main, main) != 0 ||
	    setresuid(user, user, user) != 0)
		return (SOTER_E_ARGUMENT);
	if (user == 0)
		return (SOTER_OK);
	if (setuid(0) == 0 || seteuid(0) == 0 || setresuid(0, 0, 0) == 0 ||
	    setgid(0) == 0 || getresuid(&r, &e, &s) != 0 || r != user ||
	    e != user || s != user)
		return (SOTER_E_ARGUMENT);
	/* Changing the user has made it dumpable by a setting of the kernel. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return (SOTER_E_ARGUMENT);
	return (SOTER_OK);
}

enum soter_rc
teehost_sandbox_die_with(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    getppid() != parent)
		return (SOTER_E_ARGUMENT);
	return (SOTER_OK);
}

static void
close_from_to(unsigned from, unsigned to)
{
	if (from <= to)
		(void)syscall(SYS_close_range, from, to, 0U);
}

void
teehost_sandbox_close_fds(const int *keep, size_t n)
{
	unsigned from = STDERR_FILENO + 1;

	/* The smallest of those that are left, again and again. */
	for (;;) {
		unsigned next = ~0U;

		for (size_t i = 0; i < n; i++)
			if (keep[i] >= 0 && (unsigned)keep[i] >= from &&
			    (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		if (next == ~0U)
			break;
		if (next > from)
			close_from_to(from, next - 1);
		from = next + 1;
	}
	close_from_to(from, ~0U);
}

void
teehost_sandbox_raise_memory(void)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit now;

	if (setrlimit(RLIMIT_MEMLOCK, &all) == 0 ||
	    getrlimit(RLIMIT_MEMLOCK, &now) != 0)
		return;
	now.rlim_cur = now.rlim_max;
	(void)setrlimit(RLIMIT_MEMLOCK, &now);
}

#ifdef TEEHOST_UNLOCKED

/*
 * Built with a sanitizer or to count lines: both map, open and write what a
 * locked process may not.
 */
void
teehost_sandbox_memory(void)
{
}

enum soter_rc
teehost_sandbox_files(const struct teehost_sandbox_path *paths, size_t n)
{
	(void)paths;
	(void)n;
	return (SOTER_OK);
}

enum soter_rc
teehost_sandbox_calls(enum teehost_sandbox_role role)
{
	(void)role;
	teehost_log("built for tests: this process is not locked down");
	return (SOTER_OK);
}

#else

/* Heap and messages of a TA, and some more. */
#define LOCK_ROOM (16UL * 1024 * 1024)

/* One line of /proc/self/maps: lock it if it can be written. */
static void
lock_mapping(const char *line)
{
	unsigned long begin, end;
	char write;

	if (sscanf(line, "%lx-%lx r%c", &begin, &end, &write) == 3 &&
	    write == 'w')
		(void)mlock2((const void *)begin, end - begin, MLOCK_ONFAULT);
}

/* What is written now: keys are among that. */
static void
lock_what_is_written(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	if (maps == NULL)
		return;
	while (fgets(line, sizeof(line), maps) != NULL)
		lock_mapping(line);
	fclose(maps);
}

/*
 * What comes later, and with MCL_CURRENT what is there.  Beyond the limit each
 * allocation fails, so a limit without room left is as good as none.
 */
static bool
lock_all(int what)
{
	void *room;

	if (mlockall(what | MCL_FUTURE | MCL_ONFAULT) != 0)
		return (false);
	room = mmap(NULL, LOCK_ROOM, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room != MAP_FAILED) {
		munmap(room, LOCK_ROOM);
		return (true);
	}
	munlockall();
	return (false);
}

/*
 * Pages are locked when they are first touched, so that a program does not
 * hold all of its libraries in memory.  They count all the same, and a limit
 * may be too low for programs and libraries.
 */
void
teehost_sandbox_memory(void)
{
	if (lock_all(MCL_CURRENT))
		return;
	lock_what_is_written();
	if (lock_all(0))
		return;
	lock_what_is_written();
	teehost_log("memory is not locked for good (the limit is too low): swap"
		    " may hold keys; raise the limit of locked memory");
}

#endif
