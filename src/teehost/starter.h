/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/starter.h -- the process that starts the processes of the TAs.
 *
 * The manager may run no program once it has seen a key; this one is forked off
 * before, knows nothing, and does nothing but run this same program anew, so
 * that each TA begins with fresh memory at addresses of its own.  It has a
 * filter of system calls, which all that it starts inherit.
 */
#ifndef SOTER_TEEHOST_STARTER_H
#define SOTER_TEEHOST_STARTER_H

#include <sys/types.h>

#include "base/rc.h"

/* How a TA's process knows what it is: argv[0]; and its socket. */
#define TEEHOST_STARTER_NAME "soter-ta"
#define TEEHOST_STARTER_FD   3

/**
 * Fork it off.
 *
 * socket  receives the manager's end: it takes SOTER_TEECTL_START.
 *
 * SOTER_E_NOMEM
 */
SOTER_MUST_CHECK enum soter_rc teehost_starter_new(int *socket);

#endif
