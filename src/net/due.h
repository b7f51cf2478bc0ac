/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/due.h -- absolute deadlines.  All those of one kind take equally long,
 * so each kind is a queue, and its first one is the next that is due: setting,
 * clearing and finding cost the same with one connection and with ten thousand.
 */
#ifndef SOTER_NET_DUE_H
#define SOTER_NET_DUE_H

#include "base/span.h"

/* One deadline; inside what it belongs to.  All zero is one not set. */
struct net_due {
	struct net_due *prev, *next;
	struct net_dues *list; /* NULL: not set */
	uint64_t at_ms;
	void *owner;
};

/* All deadlines of one kind, the first due in front. */
struct net_dues {
	struct net_due *first, *last;
	uint64_t ms; /* how long one takes */
	size_t n;
};

/** From now on; one that was set before is set anew. */
void net_due_set(struct net_due *due, struct net_dues *list, uint64_t now_ms);

/** One that is not set is left alone. */
void net_due_clear(struct net_due *due);

/** The first one whose time is over, or NULL; it stays set. */
struct net_due *net_dues_over(const struct net_dues *list, uint64_t now_ms);

#endif
