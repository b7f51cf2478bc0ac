/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/soterd/sandbox.h -- what a soterd that was taken over can no longer
 * do.
 */
#ifndef SOTER_DEVICE_SOTERD_SANDBOX_H
#define SOTER_DEVICE_SOTERD_SANDBOX_H

#include "base/rc.h"

/**
 * No program, no process, no network, no other process, no other user from now
 * on: those calls fail with EPERM.  The rest stays, since a vendor's libteec is
 * loaded later and nobody knows what it calls.
 *
 * SOTER_E_ARGUMENT  the kernel has no seccomp: the log says so.
 */
SOTER_MUST_CHECK enum soter_rc soterd_sandbox(void);

#endif
