/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/un.h>

#include "net/peers.h"
#include "tests/check.h"

static struct net_peer_key
key(const char *text)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		return (net_peer_key((struct sockaddr *)&in));
	if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
		return (net_peer_key((struct sockaddr *)&in6));
	return (net_peer_key((struct sockaddr *)&un));
}

static const struct {
	const char *what, *a, *b;
	bool is_same;
} pairs[] = {
	{ "one address", "192.0.2.1", "192.0.2.1", true },
	{ "another one", "192.0.2.1", "192.0.2.2", false },
	{ "IPv6: one network of 64 bits", "2001:db8::1", "2001:db8::ffff:2",
	    true },
	{ "IPv6: another network", "2001:db8::1", "2001:db8:0:1::1", false },
	{ "IPv4 inside IPv6", "::ffff:192.0.2.1", "192.0.2.1", true },
	{ "IPv4 inside IPv6 is no network of its own", "::ffff:192.0.2.1",
	    "::ffff:192.0.2.2", false },
	{ "::1 is not 0.0.0.0", "::1", "0.0.0.0", false },
};

static struct net_peers *all;

/* Each thread has its addresses, and all have one in common. */
static void *
come_and_go(void *arg)
{
	struct net_peer_key common = { 4, 1 };
	struct net_peer_key own = { 4, (uint64_t)(uintptr_t)arg };

	for (size_t i = 0; i < 20000; i++) {
		struct net_peer_key k = i % 2 == 0 ? common : own;

		k.low += i % 50 << 32;
		if (net_peers_enter(all, k))
			net_peers_leave(all, k);
	}
	return (NULL);
}

static void
test_many(void)
{
	const size_t n = 3000;
	struct net_peer_key k = { 4, 0 };
	pthread_t threads[4];
	size_t ok = 0;

	check_row("thousands come, and go in another order");
	CHECK_RC(net_peers_new(&all, 2 * n, 2), SOTER_OK);
	for (k.low = 1; k.low <= n; k.low++)
		ok += net_peers_enter(all, k) && net_peers_enter(all, k) &&
		    !net_peers_enter(all, k);
	CHECK(ok == n);
	for (k.low = 1; k.low <= n; k.low += 3)
		net_peers_leave(all, k);
	for (k.low = 2; k.low <= n; k.low += 3) {
		net_peers_leave(all, k);
		net_peers_leave(all, k);
	}
	ok = 0;
	for (k.low = 1; k.low <= n; k.low++) {
		size_t free = k.low % 3 == 1 ? 1 : k.low % 3 == 2 ? 2 : 0;

		while (free > 0 && net_peers_enter(all, k))
			free--;
		ok += free == 0 && !net_peers_enter(all, k);
	}
	CHECK(ok == n);
	net_peers_free(&all);

	check_row("threads come and go: at the end nobody is there");
	CHECK_RC(net_peers_new(&all, 400, 1), SOTER_OK);
	for (size_t i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, come_and_go,
			  (void *)(uintptr_t)(i + 2)) == 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ok = 0;
	for (size_t i = 0; i < 50; i++)
		for (size_t low = 1; low < 6; low++)
			ok += net_peers_enter(all,
			    (struct net_peer_key){ 4, low + (i << 32) });
	CHECK(ok == 250);
	net_peers_free(&all);
}

int
main(void)
{
	for (size_t i = 0; i < SOTER_COUNT(pairs); i++) {
		check_row("%s", pairs[i].what);
		CHECK_RC(net_peers_new(&all, 100, 1), SOTER_OK);
		CHECK(net_peers_enter(all, key(pairs[i].a)));
		CHECK(
		    net_peers_enter(all, key(pairs[i].b)) != pairs[i].is_same);
		net_peers_free(&all);
	}
	check_row("a Unix socket has no address to count");
	CHECK_RC(net_peers_new(&all, 100, 1), SOTER_OK);
	for (size_t i = 0; i < 10; i++)
		CHECK(net_peers_enter(all, key("unix")));
	net_peers_leave(all, key("unix"));
	net_peers_free(&all);
	CHECK(all == NULL);
	net_peers_free(&all);
	test_many();
	return (check_done());
}
