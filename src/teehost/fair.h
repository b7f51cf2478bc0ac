/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/fair.h -- whose turn it is: users take turns, and then each user's
 * connections, so that a hundred connections get no more than one.
 */
#ifndef SOTER_TEEHOST_FAIR_H
#define SOTER_TEEHOST_FAIR_H

#include "teehost/conn.h"

/**
 * Of the connections that have something to do, one of each uid: that which
 * waited longest.  They count as served.
 *
 * ready  n of all's; those whose turn it is come first.
 *
 * How many these are.
 */
size_t teehost_fair_pick(struct teehost_conns *all,
    struct teehost_conn *ready[], size_t n);

#endif
