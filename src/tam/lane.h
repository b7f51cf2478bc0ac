/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/lane.h -- a lane of the store in a loop of the server: whatever it waits
 * for wakes the loop, and the loop runs it.
 */
#ifndef SOTER_TAM_LANE_H
#define SOTER_TAM_LANE_H

#include "net/server.h"
#include "store/store.h"

#define TAM_STORE_MS 2000 /* for the store to answer; then 503 */

struct tam_lane {
	struct soter_lane *lane;
	struct net_loop *loop;
	uint64_t timer; /* that is waiting; 0: none */
};

/** Those of soter_lane_open() and net_loop_watch(). */
SOTER_MUST_CHECK enum soter_rc tam_lane_open(struct tam_lane *out,
    struct soter_store *store, struct net_loop *loop);

/** After something was begun: see to it that it ends in time. */
void tam_lane_follow(struct tam_lane *lane);

/** The done of what is under way is called. */
void tam_lane_close(struct tam_lane *lane);

#endif
