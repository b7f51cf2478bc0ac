/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/counted.h -- what src/net counts itself, in every process.
 */
#ifndef SOTER_NET_COUNTED_H
#define SOTER_NET_COUNTED_H

#include "net/due.h"
#include "net/metrics.h"
#include "net/refusal.h"

/* The rows in front of the app's own. */
enum net_counted {
	NET_N_CONNECTIONS, /* gauge */
	NET_N_ACCEPTED,
	NET_N_PEER_FULL,
	NET_N_FULL,
	NET_N_EVICTED,
	NET_N_TLS_FAILED,
	NET_N_RESUMED,
	NET_N_LATE, /* one for each kind of deadline */
	NET_N_REQUESTS = NET_N_LATE + 7,
	NET_N_2XX,
	NET_N_3XX,
	NET_N_4XX,
	NET_N_5XX,
	NET_N_LEFT,
	NET_N_TURNS,
	NET_N_RECEIVED,
	NET_N_SENT,
	NET_N_LOG_LOST,
	NET_N_SECONDS, /* histogram */
	NET_N_REFUSED, /* one for each refusal */
	NET_COUNTED = NET_N_REFUSED + NET_REFUSALS - 1
};

/* The row of a refusal. */
#define NET_N_REFUSED_FOR(why) ((size_t)NET_N_REFUSED + (size_t)(why)-1)

/** Count one of ours; tally NULL: for nobody. */
void net_count(struct net_tally *tally, size_t which, int64_t n);
void net_count_us(struct net_tally *tally, size_t which, uint64_t us);

#endif
