/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/sandbox.h -- how the processes of the host TEE give up what they do
 * not need.  In this order: begin, become, memory, files, calls.
 *
 * Not covered: root, and whoever already runs code under the service's user
 * outside these processes (docs/threats.md).
 */
#ifndef SOTER_TEEHOST_SANDBOX_H
#define SOTER_TEEHOST_SANDBOX_H

#include <sys/types.h>

#include "base/rc.h"

/**
 * No core dump, no tracing by others of the same user, no new privileges over
 * exec, no file that others can read; standard input, output and error are
 * open.  SOTER_E_ARGUMENT if the kernel refuses.
 */
SOTER_MUST_CHECK enum soter_rc teehost_sandbox_begin(void);

/**
 * Root becomes another user for good, and that is checked.
 *
 * group  its supplementary group, or (gid_t)-1 for none.
 *
 * SOTER_E_ARGUMENT  refused, or root could be had back.
 */
SOTER_MUST_CHECK enum soter_rc teehost_sandbox_become(uid_t user, gid_t main,
    gid_t group);

/** Die when the parent dies; SOTER_E_ARGUMENT if it has already. */
SOTER_MUST_CHECK enum soter_rc teehost_sandbox_die_with(pid_t parent);

/** Close every descriptor above standard error that is not in keep. */
void teehost_sandbox_close_fds(const int *keep, size_t n);

/**
 * As much locked memory as the caller's rights give, for what is started later
 * too.
 */
void teehost_sandbox_raise_memory(void);

/**
 * Lock memory, now and what comes.  Where the limit leaves no room for what
 * comes, only what is there is locked, and the log says so.
 */
void teehost_sandbox_memory(void);

/* What may be done below a directory. */
struct teehost_sandbox_path {
	int fd; /* of a directory or a file */
	bool is_device;
	bool is_code; /* a file that is read and no more */
};

/**
 * Nothing of the file system but these directories, no TCP, no signal to
 * others; the log says if this kernel has no Landlock.
 * SOTER_E_ARGUMENT  the kernel has it and refuses.
 */
SOTER_MUST_CHECK enum soter_rc teehost_sandbox_files(
    const struct teehost_sandbox_path *paths, size_t n);

enum teehost_sandbox_role {
	TEEHOST_SANDBOX_STARTER, /* starts loaders: as one, and what a program
				    does that begins and locks itself down */
	TEEHOST_SANDBOX_LOADER,	 /* as a TA, and may map code; a TA later */
	TEEHOST_SANDBOX_TA,
	TEEHOST_SANDBOX_MANAGER,
	TEEHOST_SANDBOX_MANAGER_TPM, /* connects to a TPM's socket or device */
};

/**
 * Only the system calls that the role needs; a second call can but take away
 * more.  SOTER_E_ARGUMENT.
 */
SOTER_MUST_CHECK enum soter_rc teehost_sandbox_calls(
    enum teehost_sandbox_role role);

#endif
