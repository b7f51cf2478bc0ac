/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which system calls each kind of process may make.  What is not in the lists
 * fails with EPERM: a C library that tries something new then falls back, where
 * a killed process would be a broken update.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "teehost/log.h"
#include "teehost/sandbox.h"

#ifndef TEEHOST_UNLOCKED

/* Memory, time, events, open descriptors. */
static const int always[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(close),
	SCMP_SYS(lseek),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigreturn),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(ppoll_time64),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(sendto),
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendmsg),
	SCMP_SYS(recvmsg),
	SCMP_SYS(send),
	SCMP_SYS(recv),
	SCMP_SYS(shutdown),
	SCMP_SYS(futex),
	SCMP_SYS(futex_time64),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(clock_nanosleep_time64),
	SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(sched_yield),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* Storage: files below a directory that is open. */
static const int storage[] = {
	SCMP_SYS(openat),
	SCMP_SYS(fstat),
	SCMP_SYS(fstat64),
	SCMP_SYS(newfstatat),
	SCMP_SYS(fstatat64),
	SCMP_SYS(statx),
	SCMP_SYS(pread64),
	SCMP_SYS(pwrite64),
	SCMP_SYS(ftruncate),
	SCMP_SYS(ftruncate64),
	SCMP_SYS(fsync),
	SCMP_SYS(fdatasync),
	SCMP_SYS(unlinkat),
	SCMP_SYS(getdents64),
	SCMP_SYS(flock),
};

static const int manager[] = {
	SCMP_SYS(accept),
	SCMP_SYS(accept4),
	SCMP_SYS(getsockopt),
	SCMP_SYS(socketpair),
};

/* What tss2 does to reach a TPM. */
static const int tpm[] = {
	SCMP_SYS(socket),
	SCMP_SYS(connect),
	SCMP_SYS(setsockopt),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(uname),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(open),
	SCMP_SYS(stat),
};

/*
 * To start a process, to see it end, and whatever that process does until it
 * locks itself down: its C library begins, and it gives up rights.
 */
static const int starter[] = {
	SCMP_SYS(fork),
	SCMP_SYS(execve),
	SCMP_SYS(wait4),
	SCMP_SYS(signalfd4),
	SCMP_SYS(getppid),
	SCMP_SYS(dup),
	SCMP_SYS(dup2),
	SCMP_SYS(dup3),
	SCMP_SYS(close_range),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(open),
	SCMP_SYS(stat),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(arch_prctl),
	SCMP_SYS(set_tid_address),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(prlimit64),
	SCMP_SYS(getrlimit),
	SCMP_SYS(setrlimit),
	SCMP_SYS(umask),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(mlockall),
	SCMP_SYS(munlockall),
	SCMP_SYS(mlock2),
	SCMP_SYS(landlock_create_ruleset),
	SCMP_SYS(landlock_add_rule),
	SCMP_SYS(landlock_restrict_self),
};

/* libseccomp's macros leave a field out, of which clang warns. */
static struct scmp_arg_cmp
arg_is(unsigned arg, scmp_datum_t value)
{
	return ((struct scmp_arg_cmp){ .arg = arg,
	    .op = SCMP_CMP_EQ,
	    .datum_a = value });
}

static struct scmp_arg_cmp
arg_masked(unsigned arg, scmp_datum_t mask, scmp_datum_t value)
{
	return ((struct scmp_arg_cmp){ .arg = arg,
	    .op = SCMP_CMP_MASKED_EQ,
	    .datum_a = mask,
	    .datum_b = value });
}

static int
allow(scmp_filter_ctx filter, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int error =
		    seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);

		if (error != 0)
			return (error);
	}
	return (0);
}

static int
allow_prctl(scmp_filter_ctx filter, const int *options, size_t n)
{
	int error = 0;

	for (size_t i = 0; i < n && error == 0; i++) {
		const struct scmp_arg_cmp is =
		    arg_is(0, (scmp_datum_t)options[i]);

		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(prctl), 1, &is);
	}
	return (error);
}

/* Map code, and give up more: no_new_privs is set, so a filter only takes. */
static int
allow_loader(scmp_filter_ctx filter)
{
	static const int calls[] = { SCMP_SYS(mmap), SCMP_SYS(mmap2),
		SCMP_SYS(mprotect), SCMP_SYS(seccomp) };
	static const int options[] = { PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP };
	int error = allow(filter, calls, SOTER_COUNT(calls));

	if (error == 0)
		error = allow_prctl(filter, options, SOTER_COUNT(options));
	return (error);
}

/*
 * fork(), but no thread and no name space.  A C library that tries clone3()
 * first goes on only if the kernel does not know it.
 */
static int
allow_starter(scmp_filter_ctx filter)
{
	static const int options[] = { PR_SET_PDEATHSIG, PR_SET_DUMPABLE,
		PR_SET_NAME };
	const struct scmp_arg_cmp fork = arg_masked(0,
	    ~(scmp_datum_t)(CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID |
		CLONE_PARENT_SETTID),
	    SIGCHLD);
	/* Whoever aborts: it has another number than this process. */
	const struct scmp_arg_cmp abort = arg_is(2, SIGABRT);
	int error = allow(filter, starter, SOTER_COUNT(starter));

	if (error == 0)
		error = allow_prctl(filter, options, SOTER_COUNT(options));
	if (error == 0)
		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(clone), 1, &fork);
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
		    SCMP_SYS(clone3), 0);
	if (error == 0)
		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(tgkill), 1, &abort);
	return (error);
}

/* F_SETOWN and its kin would have a file send signals: not those. */
static int
allow_fcntl(scmp_filter_ctx filter)
{
	static const int commands[] = { F_GETFD, F_SETFD, F_GETFL, F_SETFL,
		F_DUPFD_CLOEXEC };
	int error = 0;

	for (size_t i = 0; i < SOTER_COUNT(commands) && error == 0; i++) {
		const struct scmp_arg_cmp is =
		    arg_is(1, (scmp_datum_t)commands[i]);

		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(fcntl), 1, &is);
		if (error == 0)
			error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
			    SCMP_SYS(fcntl64), 1, &is);
	}
	return (error);
}

/* Memory, but never to run code from; a signal, but only to itself. */
static int
allow_with_care(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp no_code = arg_masked(2, PROT_EXEC, 0);
	const struct scmp_arg_cmp own = arg_is(0, (scmp_datum_t)getpid());
	int error;

	error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap),
	    1, &no_code);
	if (error == 0)
		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(mmap2), 1, &no_code);
	if (error == 0)
		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(mprotect), 1, &no_code);
	if (error == 0)
		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(tgkill), 1, &own);
	return (error);
}

enum soter_rc
teehost_sandbox_calls(enum teehost_sandbox_role role)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int error;

	if (filter == NULL)
		return (SOTER_E_ARGUMENT);
	error = allow(filter, always, SOTER_COUNT(always));
	if (error == 0)
		error = allow_with_care(filter);
	if (error == 0)
		error = allow(filter, storage, SOTER_COUNT(storage));
	if (error == 0)
		error = allow_fcntl(filter);
	if (error == 0 && role <= TEEHOST_SANDBOX_LOADER)
		error = allow_loader(filter);
	if (error == 0 && role == TEEHOST_SANDBOX_STARTER)
		error = allow_starter(filter);
	if (error == 0 && role >= TEEHOST_SANDBOX_MANAGER)
		error = allow(filter, manager, SOTER_COUNT(manager));
	if (error == 0 && role == TEEHOST_SANDBOX_MANAGER_TPM)
		error = allow(filter, tpm, SOTER_COUNT(tpm));
	if (error == 0)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return (error == 0 ? SOTER_OK : SOTER_E_ARGUMENT);
}

#else

/* teehost/sandbox.c has the function. */
typedef int seccomp_is_off;

#endif
