/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/netrig.h -- one connection of src/net without a socket, and an app that
 * says what it saw.  For unit tests and for the fuzzer.
 */
#ifndef SOTER_TESTS_NETRIG_H
#define SOTER_TESTS_NETRIG_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/conn.h"

#define NETRIG_BODY_MAX 4096
#define NETRIG_HELD_MAX 64

struct netrig {
	struct net_world world;
	struct net_conn conn;
	struct net_buf seen; /* each request, as text */
	struct net_buf sent; /* what the client gets */
	bool holds;	     /* the app does not answer yet */
	struct net_request *held[NETRIG_HELD_MAX];
	size_t n_held;
	size_t n_seen;
	size_t body_most; /* the largest that the app saw */
	size_t spent_most;
};

static inline void
netrig_must(bool ok)
{
	if (!ok)
		abort();
}

static inline void
netrig_begin(struct netrig *r)
{
	static const uint64_t ms[NET_DUE_KINDS] = { [NET_DUE_IDLE] = 60000,
		[NET_DUE_HEADER] = 5000,
		[NET_DUE_BODY] = 10000,
		[NET_DUE_WRITE] = 10000,
		[NET_DUE_APP] = 7000 };
	struct net_party *party = calloc(1, sizeof(*party));

	netrig_must(party != NULL);
	memset(r, 0, sizeof(*r));
	party->holders = 1;
	party->peer.address = SOTER_SPAN("192.0.2.1");
	r->world.purse.most = 1 << 20;
	r->world.with_max = NETRIG_HELD_MAX;
	r->world.next_id = 1;
	r->world.now_ms = 1000;
	for (size_t i = 0; i < NET_DUE_KINDS; i++)
		r->world.dues[i].ms = ms[i];
	net_conn_begin(&r->conn, &r->world, party, NETRIG_BODY_MAX, 0,
	    &r->conn);
	net_party_drop(party);
}

/* "POST /path?query type body|" */
static inline void
netrig_see(struct netrig *r, const struct net_request *x)
{
	static const char *const methods[] = { "GET", "HEAD", "POST" };

	netrig_must(
	    net_buf_print(&r->seen, "%s %.*s?%.*s %.*s %.*s %.*s ",
		methods[x->method], (int)x->path.n, (const char *)x->path.p,
		(int)x->query.n, (const char *)x->query.p, (int)x->host.n,
		(const char *)x->host.p, (int)x->content_type.n,
		(const char *)x->content_type.p, (int)x->authorization.n,
		(const char *)x->authorization.p) == SOTER_OK &&
	    net_buf_add(&r->seen, x->body) == SOTER_OK &&
	    net_buf_add(&r->seen, SOTER_SPAN("|")) == SOTER_OK);
	r->n_seen++;
	if (x->body.n > r->body_most)
		r->body_most = x->body.n;
}

static inline void
netrig_answer(struct net_request *x)
{
	struct net_answer a = { .status = 200 };

	if (x->method != NET_HEAD)
		a.body = x->body;
	net_answer(x, &a);
}

/* What a loop does in one turn; everything that can be sent is. */
static inline void
netrig_turn(struct netrig *r)
{
	struct net_exchange *x;
	struct net_conn *c;

	do {
		while ((x = net_world_ready(&r->world)) != NULL) {
			netrig_see(r, &x->request);
			if (r->holds) {
				netrig_must(r->n_held < NETRIG_HELD_MAX);
				r->held[r->n_held++] = &x->request;
			} else {
				netrig_answer(&x->request);
			}
		}
		while ((c = net_world_dirty(&r->world)) != NULL)
			net_conn_go_on(c);
		while (net_conn_output(&r->conn).n > 0) {
			struct soter_span out = net_conn_output(&r->conn);

			netrig_must(net_buf_add(&r->sent, out) == SOTER_OK);
			net_conn_sent(&r->conn, out.n);
		}
		if (r->world.purse.spent > r->spent_most)
			r->spent_most = r->world.purse.spent;
	} while (r->world.ready_first != NULL);
}

static inline void
netrig_feed(struct netrig *r, struct soter_span in)
{
	net_conn_input(&r->conn, in);
	netrig_turn(r);
}

/* Time goes on. */
static inline void
netrig_wait(struct netrig *r, uint64_t ms)
{
	struct net_due *due;

	r->world.now_ms += ms;
	for (int kind = 0; kind < NET_DUE_APP; kind++)
		while ((due = net_dues_over(&r->world.dues[kind],
			    r->world.now_ms)) != NULL) {
			net_due_clear(due);
			net_conn_late(due->owner, (enum net_due_kind)kind);
		}
	while ((due = net_dues_over(&r->world.dues[NET_DUE_APP],
		    r->world.now_ms)) != NULL)
		net_exchange_late(due->owner);
	netrig_turn(r);
}

static inline void
netrig_end(struct netrig *r)
{
	net_conn_end(&r->conn);
	for (size_t i = 0; i < r->n_held; i++)
		netrig_answer(r->held[i]);
	netrig_must(r->world.purse.spent == 0 && r->world.with.n == 0);
	for (size_t i = 0; i < NET_DUE_KINDS; i++)
		netrig_must(r->world.dues[i].n == 0);
	net_world_end(&r->world);
	net_buf_free(&r->seen);
	net_buf_free(&r->sent);
}

#endif
