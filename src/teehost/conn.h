/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/conn.h -- the connections of a TA's clients, one for each session,
 * as bytes: requests in, replies out, nothing blocks.
 *
 * A client may be slow, may stop in the middle of a request, may never read its
 * reply, may send anything: it keeps nobody waiting but itself, and holds a
 * bounded amount of memory for a bounded time.  One request at a time; while it
 * runs only CANCEL may come.
 */
#ifndef SOTER_TEEHOST_CONN_H
#define SOTER_TEEHOST_CONN_H

#include <tee_api_types.h>

#include "wire/teemsg.h"

#define TEEHOST_CONNS_MAX	    512		/* sessions of one TA */
#define TEEHOST_CONNS_UID_MAX	    128		/* of one uid */
#define TEEHOST_CONN_LARGE	    (64 * 1024) /* a buffer that is counted */
#define TEEHOST_CONNS_LARGE_MAX	    (64 * 1024 * 1024) /* bytes of these */
#define TEEHOST_CONNS_UID_LARGE_MAX (16 * 1024 * 1024) /* of one uid */
#define TEEHOST_CONN_OPEN_MS	    10000 /* from connection to open request */
#define TEEHOST_CONN_STALL_MS                          \
	30000 /* of half a request, of an unread reply \
	       */

/* What stands for the uid of TA number i, and has the same limits. */
#define TEEHOST_CONN_UID_OF_TA(i) (UINT32_MAX - (uint32_t)(i))

struct teehost_conn {
	int fd;
	uint32_t uid;
	TEE_Identity client;  /* for the caller's use */
	bool is_open;	      /* the TA has a session for it: */
	uint32_t session;     /* this one */
	bool is_closing;      /* close when the reply is sent */
	bool is_parked;	      /* no memory for its request now */
	uint64_t deadline_ms; /* 0: none */
	uint32_t events;      /* of epoll, in this turn */
	uint64_t served;      /* teehost/fair.h: when it last was */

	/* The request that is not whole yet, or runs. */
	uint8_t *in;
	size_t in_n, in_room;
	/* The part of a reply that the client does not take yet. */
	uint8_t *out;
	size_t out_n, out_at;

	/* What runs, and what was received meanwhile. */
	uint32_t serial;
	bool is_running, is_cancelled, is_gone, is_wrong;
	uint8_t late[64];
	size_t late_n;
};

struct teehost_conns {
	struct teehost_conn *list[TEEHOST_CONNS_MAX];
	size_t n;
	size_t parked;
	bool has_deadlines; /* one was set since somebody last looked */
	uint64_t served;    /* turns that connections had, ever */
	size_t scratch_n;
	uint8_t scratch[TEEHOST_CONN_LARGE];
};

/**
 * Take over a connection; fd is closed after an error too.
 *
 * SOTER_E_FULL  the limits are reached; the client was told so.
 * SOTER_E_NOMEM
 */
SOTER_MUST_CHECK enum soter_rc teehost_conn_new(struct teehost_conn **out,
    struct teehost_conns *all, int fd, uint32_t uid, uint64_t now_ms);

/** Close it and forget it. */
void teehost_conn_free(struct teehost_conn **conn, struct teehost_conns *all);

/**
 * Receive, without waiting, what is there of a request.
 *
 * x  a whole request; it borrows from the connection or from all->scratch
 *    until teehost_conn_end().  The call has begun.
 *
 * SOTER_E_SHORT   not whole yet, or a CANCEL of nothing.
 * SOTER_E_FULL    no memory for it now; parked, receive nothing until then.
 * SOTER_E_READ    the client is gone.
 * SOTER_E_FORMAT  it sent something that no client sends.
 */
SOTER_MUST_CHECK enum soter_rc teehost_conn_receive(struct teehost_conn *conn,
    struct teehost_conns *all, uint64_t now_ms, struct soter_teemsg *x);

/** Has the client cancelled what runs, or gone away? */
bool teehost_conn_is_cancelled(struct teehost_conn *conn);

/**
 * Send a reply, or as much of it as the client takes now.
 *
 * SOTER_E_READ   the client is gone.
 * SOTER_E_NOMEM  it does not read, and there is no room to keep the rest.
 */
SOTER_MUST_CHECK enum soter_rc teehost_conn_reply(struct teehost_conn *conn,
    struct teehost_conns *all, uint64_t now_ms, struct soter_teemsg *x);

/** Send more of it.  As above; SOTER_E_SHORT if some is left. */
SOTER_MUST_CHECK enum soter_rc teehost_conn_flush(struct teehost_conn *conn,
    struct teehost_conns *all, uint64_t now_ms);

/**
 * The call is over: wipe the request.
 * SOTER_E_FORMAT  something came while it ran that no client sends.
 * SOTER_E_READ    the client is gone.
 */
SOTER_MUST_CHECK enum soter_rc teehost_conn_end(struct teehost_conn *conn,
    struct teehost_conns *all);

/**
 * One whose deadline has passed: half a request, an unread reply, a session
 * that was never opened.  NULL: none has.  Borrowed.
 */
struct teehost_conn *teehost_conn_overdue(struct teehost_conns *all,
    uint64_t now_ms);

/** May a parked connection try again? */
bool teehost_conn_may_unpark(const struct teehost_conn *conn,
    const struct teehost_conns *all);

/** Refuse: a reply without parameters to serial 1, as far as it can be sent. */
void teehost_conn_refuse(int fd, uint32_t result, uint32_t origin);

#endif
