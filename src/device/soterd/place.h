/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/soterd/place.h -- the socket of soterd, and the rights that it gives
 * away.
 */
#ifndef SOTER_DEVICE_SOTERD_PLACE_H
#define SOTER_DEVICE_SOTERD_PLACE_H

#include "device/soterd/options.h"

/**
 * The listening socket: one that systemd hands over, else a new one.  Everybody
 * may connect if it was made by root, else its user alone.
 *
 * SOTER_E_EXISTS    one is running there already.
 * SOTER_E_ARGUMENT, SOTER_E_NOMEM; the log says why.
 */
SOTER_MUST_CHECK enum soter_rc soterd_place_listen(int *fd,
    const struct soterd_options *options);

/** Become the user, for good; no new privileges, no core dumps.  An error that
 * cannot be: SOTER_E_ARGUMENT, and nobody may be served. */
SOTER_MUST_CHECK enum soter_rc soterd_place_drop(
    const struct soterd_options *options);

#endif
