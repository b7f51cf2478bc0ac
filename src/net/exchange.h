/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/exchange.h -- a request and its answer, from the first byte of the one to
 * the last of the other; and what all connections of one loop share.
 *
 *	READING --> WITH_APP --> ANSWERED --> sent, gone
 *	   \--------refused-------/
 *
 * WITH_APP an exchange may lose its connection, or be answered with 503
 * because the app's time is over: it is LEFT, and waits for net_answer() alone.
 */
#ifndef SOTER_NET_EXCHANGE_H
#define SOTER_NET_EXCHANGE_H

#include "net/buf.h"
#include "net/due.h"
#include "net/log.h"
#include "net/metrics.h"
#include "net/parse.h"

struct net_conn;

/* The kinds of deadlines. */
enum net_due_kind {
	NET_DUE_HANDSHAKE,
	NET_DUE_IDLE,
	NET_DUE_HEADER,
	NET_DUE_BODY,
	NET_DUE_LINGER,
	NET_DUE_WRITE,
	NET_DUE_APP,
	NET_DUE_KINDS
};

/* Who is at the other end; lives as long as somebody holds it. */
struct net_party {
	struct net_peer peer;
	char address[48];
	char subject[NET_CERT_SUBJECT_MAX];
	unsigned holders;
};

struct net_exchange {
	struct net_request request; /* first: the app's pointer is ours */
	struct net_parse parse;
	struct net_conn *conn; /* NULL: LEFT */
	struct net_world *world;
	struct net_party *party;
	struct net_exchange
	    *next; /* of its connection, of the pool, or ready */
	struct net_exchange *next_ready;
	struct net_due due;  /* APP */
	struct net_due with; /* in world->with, as long as is_with_app */
	unsigned app;	     /* which one of the loop's */
	uint64_t whole_us;   /* when it became whole, monotonic */
	bool is_with_app;
	bool is_answered;
	bool closes; /* nothing is read after it */
	bool wants_continue;
	int status;
	struct net_buf answer; /* without what ends the head */
	size_t answer_head_n;
};

/* What all connections of one loop share; no locks, one thread. */
struct net_world {
	uint64_t now_ms;	    /* monotonic, of this turn */
	uint64_t (*clock_us)(void); /* monotonic; NULL: no time is measured */
	uint64_t log_s;		    /* lines about clients in this second */
	unsigned log_n;
	char date[32]; /* "Date: ..." value, of this second */
	struct net_dues dues[NET_DUE_KINDS];
	struct net_purse purse;
	struct net_dues with; /* all that the app has, LEFT or not */
	size_t with_n[NET_LISTENERS_MAX]; /* of them, each app has */
	size_t with_max;		  /* of one app */
	uint64_t next_id;
	bool is_stopping;
	struct net_exchange *pool;
	unsigned n_pool;
	struct net_exchange *ready_first, *ready_last; /* for the app */
	struct net_conn *dirty; /* have something to send, or to read on */
	struct net_tally *tally;
	struct net_log *log;
};

/** A new one, for a connection; NULL: no room. */
struct net_exchange *net_exchange_new(struct net_world *world,
    struct net_party *party, size_t body_max, unsigned app);

/** NULL allowed. */
void net_exchange_free(struct net_exchange *x);

/**
 * It is whole: the app's time runs, and the loop will hand it over.
 * NET_NO_ROOM: too many are with the app.
 */
enum net_refusal net_exchange_ready(struct net_exchange *x);

/** The first one that the app has not seen, or NULL. */
struct net_exchange *net_world_ready(struct net_world *world);

/** The client is gone, or was told otherwise: nobody waits for it. */
void net_exchange_leave(struct net_exchange *x);

/** The app's time is over: 503, while the app may still answer. */
void net_exchange_late(struct net_exchange *x);

/** Answer for a reason of our own; net_conn_answered() is to follow. */
void net_exchange_refuse(struct net_exchange *x, enum net_refusal why);

/** All that the pool keeps goes back to the system. */
void net_world_end(struct net_world *world);

/**
 * A line about what a client did.  At most NET_LOG_PER_S of them in a second:
 * nobody fills our disk by sending nonsense.
 */
void net_world_log(struct net_world *world, enum net_log_level level,
    const char *event, const struct net_field *fields, size_t n);

void net_party_hold(struct net_party *party);
void net_party_drop(struct net_party *party);

#endif
