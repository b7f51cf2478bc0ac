/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "net/peers.h"

struct entry {
	struct net_peer_key key;
	unsigned n; /* 0: free */
};

/* Open addressing, never more than half full; whole runs are kept in order. */
struct net_peers {
	pthread_mutex_t lock;
	unsigned each;
	uint64_t salt; /* nobody can choose addresses that collide */
	size_t mask;
	struct entry *entries;
};

enum soter_rc
net_peers_new(struct net_peers **out, size_t connections, unsigned each)
{
	struct net_peers *p = calloc(1, sizeof(*p));
	size_t size = 16;
	enum soter_rc rc = SOTER_E_NOMEM;

	if (p == NULL)
		goto out;
	while (size < 2 * connections)
		size *= 2;
	p->each = each;
	p->mask = size - 1;
	p->entries = calloc(size, sizeof(*p->entries));
	if (p->entries == NULL ||
	    getrandom(&p->salt, sizeof(p->salt), 0) != sizeof(p->salt) ||
	    pthread_mutex_init(&p->lock, NULL) != 0)
		goto out;
	*out = p;
	p = NULL;
	rc = SOTER_OK;
out:
	if (p != NULL)
		free(p->entries);
	free(p);
	return (rc);
}

void
net_peers_free(struct net_peers **p)
{
	if (*p == NULL)
		return;
	pthread_mutex_destroy(&(*p)->lock);
	free((*p)->entries);
	free(*p);
	*p = NULL;
}

struct net_peer_key
net_peer_key(const struct sockaddr *address)
{
	struct net_peer_key key = { 0, 0 };

	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof(in));
		key.high = 4;
		key.low = in.sin_addr.s_addr;
	} else if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in;

		memcpy(&in, address, sizeof(in));
		key.high = 6;
		if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr)) {
			key.high = 4;
			memcpy(&key.low, &in.sin6_addr.s6_addr[12], 4);
		} else {
			memcpy(&key.low, &in.sin6_addr, sizeof(key.low));
		}
	}
	return (key);
}

static bool
is_nobody(struct net_peer_key key)
{
	return (key.high == 0);
}

static bool
is_same(struct net_peer_key a, struct net_peer_key b)
{
	return (a.high == b.high && a.low == b.low);
}

static size_t
home(const struct net_peers *p, struct net_peer_key key)
{
	uint64_t x = (key.low ^ p->salt) * 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 32) ^ key.high) * 0xd6e8feb86659fd93u;
	return ((size_t)(x >> 32) & p->mask);
}

/* Where it is, or the free place where it would be. */
static size_t
find(const struct net_peers *p, struct net_peer_key key)
{
	size_t i = home(p, key);

	while (p->entries[i].n > 0 && !is_same(p->entries[i].key, key))
		i = (i + 1) & p->mask;
	return (i);
}

/* A place became free: what stands behind it moves up, as far as it may. */
static void
close_gap(struct net_peers *p, size_t gap)
{
	for (size_t i = (gap + 1) & p->mask; p->entries[i].n > 0;
	     i = (i + 1) & p->mask) {
		size_t from = home(p, p->entries[i].key);

		if (((i - from) & p->mask) < ((i - gap) & p->mask))
			continue;
		p->entries[gap] = p->entries[i];
		p->entries[i].n = 0;
		gap = i;
	}
}

bool
net_peers_enter(struct net_peers *p, struct net_peer_key key)
{
	struct entry *e;
	bool ok;

	if (is_nobody(key))
		return (true);
	pthread_mutex_lock(&p->lock);
	e = &p->entries[find(p, key)];
	ok = e->n < p->each;
	if (ok) {
		e->key = key;
		e->n++;
	}
	pthread_mutex_unlock(&p->lock);
	return (ok);
}

void
net_peers_leave(struct net_peers *p, struct net_peer_key key)
{
	size_t i;

	if (is_nobody(key))
		return;
	pthread_mutex_lock(&p->lock);
	i = find(p, key);
	if (p->entries[i].n > 0 && --p->entries[i].n == 0)
		close_gap(p, i);
	pthread_mutex_unlock(&p->lock);
}
