/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/peers.h -- how many connections each address has, so that one cannot
 * take them all.  Of IPv6 the first 64 bits count: whoever has one address has
 * all of them.  For any number of threads.
 */
#ifndef SOTER_NET_PEERS_H
#define SOTER_NET_PEERS_H

#include <sys/socket.h>

#include "base/rc.h"

struct net_peers;

/* Who is counted; all zero is nobody, who is never refused. */
struct net_peer_key {
	uint64_t high, low;
};

/**
 * connections  how many there will be at most, of all addresses.
 * each         how many of one.
 */
SOTER_MUST_CHECK enum soter_rc net_peers_new(struct net_peers **out,
    size_t connections, unsigned each);
void net_peers_free(struct net_peers **peers);

/** Nobody for what has no address: a Unix socket. */
struct net_peer_key net_peer_key(const struct sockaddr *address);

/** One more; false: it has as many as it may. */
bool net_peers_enter(struct net_peers *peers, struct net_peer_key key);

/** One less. */
void net_peers_leave(struct net_peers *peers, struct net_peer_key key);

#endif
