/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>

#include "base/span.h"
#include "device/soterd/log.h"
#include "device/soterd/sandbox.h"

#ifdef SOTERD_UNLOCKED

enum soter_rc
soterd_sandbox(void)
{
	soterd_log("built for tests: this process is not locked down");
	return (SOTER_OK);
}

#else

static const int refused[] = {
	/* programs and processes */
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(fork),
	SCMP_SYS(vfork),
	/* other processes */
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(pidfd_open),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(pidfd_send_signal),
	SCMP_SYS(kcmp),
	/* other users */
	SCMP_SYS(setuid),
	SCMP_SYS(setgid),
	SCMP_SYS(setreuid),
	SCMP_SYS(setregid),
	SCMP_SYS(setresuid),
	SCMP_SYS(setresgid),
	SCMP_SYS(setgroups),
	SCMP_SYS(setfsuid),
	SCMP_SYS(setfsgid),
	SCMP_SYS(capset),
	/* the kernel's wide surfaces */
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(unshare),
	SCMP_SYS(setns),
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(mknod),
	SCMP_SYS(mknodat),
};

/* One rule with one condition. */
static int
refuse_if(scmp_filter_ctx filter, int call, struct scmp_arg_cmp is)
{
	return (seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), call, 1,
	    &is));
}

static int
add_rules(scmp_filter_ctx filter)
{
	/* Threads, but no process; clone3() hides its flags. */
	const struct scmp_arg_cmp no_thread = { .arg = 0,
		.op = SCMP_CMP_MASKED_EQ,
		.datum_a = CLONE_THREAD,
		.datum_b = 0 };
	const struct scmp_arg_cmp no_unix = { .arg = 0,
		.op = SCMP_CMP_NE,
		.datum_a = AF_UNIX };
	int error = 0;

	for (size_t i = 0; i < SOTER_COUNT(refused) && error == 0; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM),
		    refused[i], 0);
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
		    SCMP_SYS(clone3), 0);
	if (error == 0)
		error = refuse_if(filter, SCMP_SYS(clone), no_thread);
	if (error == 0)
		error = refuse_if(filter, SCMP_SYS(socket), no_unix);
	return (error);
}

enum soter_rc
soterd_sandbox(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int error = filter == NULL ? -ENOMEM : add_rules(filter);

	if (error == 0)
		error = seccomp_load(filter);
	seccomp_release(filter);
	if (error == 0)
		return (SOTER_OK);
	soterd_log("system calls cannot be filtered: seccomp says %d", -error);
	return (SOTER_E_ARGUMENT);
}

#endif
