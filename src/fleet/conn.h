/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/conn.h -- one keep-alive connection and the requests under way on it.
 *
 *	CLOSED --open--> SHAKING --ready--> UP --ask, ready--> UP
 *	any --ready, time_out, leave--> CLOSED
 *
 * Whatever ends a connection, each request that was under way on it ends in
 * the books, once.
 */
#ifndef SOTER_FLEET_CONN_H
#define SOTER_FLEET_CONN_H

#include "base/span.h"
#include "fleet/load.h"

struct fleet_pending {
	enum fleet_request kind;
	uint64_t due_ns, sent_ns;
	struct fleet_share share;
};

enum fleet_conn_state {
	FLEET_CONN_CLOSED,
	FLEET_CONN_SHAKING,
	FLEET_CONN_UP,
};

/* Zeroed but for link.fd = -1, it is closed.  It must not be moved. */
struct fleet_conn {
	struct fleet_link link;
	enum fleet_conn_state state;
	struct fleet_pending *pending; /* a ring of load->pipeline, owned */
	size_t first, n;
	uint8_t *in, *out; /* owned: half an answer, the rest of a request */
	size_t in_n, out_n;
	uint64_t asked;	   /* since it was opened */
	uint64_t since_ns; /* SHAKING: since when */
	/* For fleet/load.c: */
	uint64_t retry_ns;
	uint32_t watched;
	bool is_ready_listed, is_closed_listed;
};

/* What the connections of a run share. */
struct fleet_ground {
	const struct fleet_load *load;
	struct fleet_books *books;
	uint64_t under_way; /* requests, on all connections */
	uint8_t *scratch;   /* FLEET_SCRATCH bytes, owned */
};

#define FLEET_SCRATCH (FLEET_HEAD_MAX + FLEET_BODY_MAX + 128 * 1024)

uint64_t fleet_now_ns(void);

/** Begin to open it; it may be closed again at once. */
void fleet_conn_open(struct fleet_conn *c, struct fleet_ground *g);

/** Its descriptor is ready: do whatever can be done. */
void fleet_conn_ready(struct fleet_conn *c, struct fleet_ground *g);

/** May another request be sent on it? */
bool fleet_conn_has_room(const struct fleet_conn *c,
    const struct fleet_ground *g);

/** Must it also be watched for being writable? */
bool fleet_conn_wants_out(const struct fleet_conn *c);

/**
 * Send a whole request on a connection that has room.  The books know of it,
 * whatever happens to it.
 *
 * p  its sent_ns is filled in here.
 *
 * SOTER_E_NOMEM
 */
SOTER_MUST_CHECK enum soter_rc fleet_conn_ask(struct fleet_conn *c,
    struct fleet_ground *g, struct fleet_pending p, struct soter_span request);

/** Give up what has waited longer than the time-out, and the connection. */
void fleet_conn_time_out(struct fleet_conn *c, struct fleet_ground *g,
    uint64_t now_ns);

/** The end: what is under way is open; everything is given back. */
void fleet_conn_leave(struct fleet_conn *c, struct fleet_ground *g);

#endif
