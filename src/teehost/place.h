/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/place.h -- the socket and the state directory of soter-teed, made
 * while it may still be root.
 */
#ifndef SOTER_TEEHOST_PLACE_H
#define SOTER_TEEHOST_PLACE_H

#include "teehost/options.h"

/**
 * Bind the socket; nobody can connect yet.  One that nobody listens at is
 * replaced.
 * SOTER_E_EXISTS  one is running there already.
 * SOTER_E_ARGUMENT; the log says why.
 */
SOTER_MUST_CHECK enum soter_rc teehost_place_bind(int *fd,
    const struct teehost_options *options);

/** Let clients connect.  SOTER_E_ARGUMENT. */
SOTER_MUST_CHECK enum soter_rc teehost_place_listen(int fd);

/**
 * Open the state directory, and make it if it is missing.  Root hands it over
 * with everything in it.
 * SOTER_E_EXISTS    another one uses it.
 * SOTER_E_ARGUMENT  others can look into it, or it cannot be had.
 */
SOTER_MUST_CHECK enum soter_rc teehost_place_state(int *fd,
    const struct teehost_options *options);

#endif
