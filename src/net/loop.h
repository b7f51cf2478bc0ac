/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/loop.h -- one thread with its connections.  A turn: what epoll reports is
 * read; deadlines and timers go off; all requests that became whole are handed
 * to their apps together; then everything that was answered is sent.
 */
#ifndef SOTER_NET_LOOP_H
#define SOTER_NET_LOOP_H

#include <pthread.h>
#include <stdatomic.h>

#include "net/link.h"

/* An app and its context, for all listeners that share both. */
struct net_slot {
	const struct net_app *app;
	void *context;
	void *state;
	bool has_begun;
	struct net_request *requests[NET_TURN_REQUESTS];
	size_t n;
};

struct net_watch {
	int fd; /* -1: free */
	uint32_t generation;
	net_watch_fn *fn;
	void *context;
};

struct net_timer {
	uint64_t id; /* 0: free */
	uint64_t at_ms;
	net_timer_fn *fn;
	void *context;
};

struct net_loop {
	struct net_world world;
	unsigned number, count;
	pthread_t thread;
	bool has_thread;
	int epoll, wake;
	uint64_t date_s;
	uint64_t stop_at_ms; /* when is_stopping */
	uint64_t stop_ms;

	struct net_slot *slots;
	size_t n_slots;
	const unsigned *slot_of; /* of each listener; borrowed */
	struct net_watch watches[NET_WATCHES_MAX];
	struct net_timer timers[NET_TIMERS_MAX];
	uint64_t next_timer;

	struct net_link *links; /* all of them */
	struct net_link *again; /* could go on at once */
	unsigned n_links, links_max;
	struct net_peers *peers;

	/* From other threads. */
	pthread_mutex_t lock;
	struct net_link *mail, *mail_last;
	_Atomic unsigned load; /* links, and those in the mail */
	atomic_bool stop;

	/* To them: the end of thread_begin(). */
	void (*begun)(void *context, enum soter_rc rc);
	void *begun_context;

	uint8_t scratch[NET_READ_MAX];
};

/** What a loop is made with. */
struct net_loop_setup {
	unsigned number, count;
	const struct net_limits *limits; /* all set */
	const struct net_slot *slots;	 /* app and context; copied */
	size_t n_slots;
	const unsigned *slot_of;
	struct net_peers *peers;
	struct net_log *log;
	struct net_metrics *metrics; /* NULL allowed */
	uint64_t first_id;
	void (*begun)(void *context, enum soter_rc rc);
	void *context;
};

/** SOTER_E_NOMEM: memory or descriptors. */
SOTER_MUST_CHECK enum soter_rc net_loop_new(struct net_loop **out,
    const struct net_loop_setup *setup);

/** The thread, from thread_begin() to thread_end(); a net_loop. */
void *net_loop_run(void *loop);

/** A new connection, from another thread. */
void net_loop_give(struct net_loop *loop, struct net_link *link);

/** Finish, from another thread. */
void net_loop_stop(struct net_loop *loop);

/** After its thread has ended, or if it never began. */
void net_loop_free(struct net_loop **loop);

#endif
