/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/conn.h -- one connection as a machine: bytes in, requests out, answers
 * in, bytes out.  No socket, no clock: what a test or a fuzzer gives it is all
 * that there is.
 *
 * Requests are answered in the order of their coming.  As long as too many are
 * unanswered, or too much of an answer is unsent, nothing is read: whoever
 * floods us waits in the kernel's buffers and in his own.
 */
#ifndef SOTER_NET_CONN_H
#define SOTER_NET_CONN_H

#include "net/exchange.h"

struct net_conn {
	struct net_world *world;
	struct net_party *party;
	size_t body_max;
	unsigned app; /* which one of the loop's */

	struct net_exchange *first, *last; /* whole, in order */
	unsigned n;			   /* of them */
	size_t held;			   /* their bytes */
	struct net_exchange *reading;	   /* not yet whole, or NULL */
	struct net_buf stash;		   /* came, but may not be read yet */
	struct net_buf out;
	size_t out_at; /* of out, sent */

	bool is_last;	 /* nothing more is read */
	bool is_refused; /* because it was refused: the client may still send */
	bool at_end;	 /* the client has ended its half */
	bool is_broken;	 /* no memory: cut it */

	enum net_due_kind phase; /* NET_DUE_KINDS: none */
	struct net_due read_due; /* HANDSHAKE, IDLE, HEADER, BODY, LINGER */
	struct net_due write_due;

	bool is_dirty;
	struct net_conn *next_dirty;
};

/** Begin, idle.  The party is held from now on. */
void net_conn_begin(struct net_conn *conn, struct net_world *world,
    struct net_party *party, size_t body_max, unsigned app, void *owner);

/** May bytes be read for it? */
bool net_conn_wants(const struct net_conn *conn);

/** Take bytes; what may not be read yet is kept. */
void net_conn_input(struct net_conn *conn, struct soter_span in);

/** Go on with what was kept.  Call it after answers were sent. */
void net_conn_go_on(struct net_conn *conn);

/** The client sends nothing more; it may still read. */
void net_conn_end_of_input(struct net_conn *conn);

/** What is to be sent; borrowed until the next call. */
struct soter_span net_conn_output(const struct net_conn *conn);

/** n bytes of it were sent; the rest could not be. */
void net_conn_sent(struct net_conn *conn, size_t n);

/** A deadline is over: IDLE, HEADER, BODY or WRITE. */
void net_conn_late(struct net_conn *conn, enum net_due_kind kind);

/** Everything was said: close it. */
bool net_conn_is_over(const struct net_conn *conn);

/** No request is under way. */
bool net_conn_is_idle(const struct net_conn *conn);

/** Its requests are left, its memory goes back. */
void net_conn_end(struct net_conn *conn);

/** An exchange of it was answered: for net_answer(). */
void net_conn_answered(struct net_conn *conn);

/** The first connection that net_conn_answered() was called for, or NULL. */
struct net_conn *net_world_dirty(struct net_world *world);

#endif
