/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/soterd/serve.h -- connections: one thread for each, so that who waits,
 * stalls or sends nonsense keeps nobody waiting but itself.
 */
#ifndef SOTER_DEVICE_SOTERD_SERVE_H
#define SOTER_DEVICE_SOTERD_SERVE_H

#include "device/soterd/peers.h"

/**
 * Serve whoever connects to listener, until `stop` can be read; then let what
 * runs come to an end, for SOTERD_END_MS at most.
 *
 * SOTER_OK        it was told to end.
 * SOTER_E_NOMEM   it cannot wait for anybody.
 */
SOTER_MUST_CHECK enum soter_rc soterd_serve(int listener, int stop);

/** One connection, until it ends; it has not left then.  For the tests, too. */
void soterd_serve_one(struct soterd_peer *peer);

#endif
