/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/server.h -- listeners, loops, and the apps behind them.
 *
 * The order of a server's life:
 *
 *	net_server_open()   certificates are read, sockets bound; as root, maybe
 *	...		    the program drops what it needs no more
 *	net_server_run()    serves until SIGTERM, SIGINT or net_server_stop()
 *	net_server_close()
 *
 * The calling thread accepts and deals connections to the loops, each a thread
 * of its own with its own connections for good: an app's per-thread state needs
 * no locks.
 */
#ifndef SOTER_NET_SERVER_H
#define SOTER_NET_SERVER_H

#include "net/error.h"
#include "net/http.h"
#include "net/log.h"
#include "net/metrics.h"

struct net_loop;
struct net_server;

/*
 * What answers requests.  All of it runs in the thread of one loop; `context`
 * is the listener's.
 */
struct net_app {
	const char *name; /* in logs and metrics */
	size_t body_max;  /* 0: NET_BODY_MAX; at most NET_BODY_TOP */

	/**
	 * Make the state of one thread; before the first turn.  An error ends
	 * net_server_run() with it.  Listeners with the same app and context
	 * share one state per loop.  NULL: the state is the context.
	 */
	enum soter_rc (
	    *thread_begin)(void *context, struct net_loop *loop, void **state);

	/**
	 * All requests that became whole in one turn of the loop, 1 to
	 * NET_TURN_REQUESTS of them, in the order of their coming.  Each one
	 * gets its net_answer(), now or later.
	 */
	void (
	    *turn)(void *state, struct net_request *const *requests, size_t n);

	/**
	 * The last call in this thread.  Requests without an answer end here:
	 * nobody will ask for it.  May be NULL.
	 */
	void (*thread_end)(void *state);
};

/* How a listener speaks TLS.  Texts are borrowed as long as the server. */
struct net_tls {
	const char *certificate; /* PEM file: the leaf first, then its chain */
	const char *key;	 /* PEM file, no passphrase */
	/*
	 * If certificate is NULL the server makes its own: ECDSA P-256, for
	 * localhost and the name of the machine.  It is kept in this folder as
	 * self.crt and self.key; NULL: in memory, anew at each start.
	 */
	const char *state;
	/* PEM file: clients need a certificate of one of these; NULL: none. */
	const char *client_ca;
};

struct net_listener {
	/*
	 * Where: "127.0.0.1:8080", "[::1]:8080" (numbers only; port 0 lets the
	 * kernel choose), "unix:/run/x.sock", or "fd:3" for a listening socket
	 * that was inherited.  NULL: "127.0.0.1:0".
	 */
	const char *at;
	const struct net_tls *tls; /* NULL: plain */
	const struct net_app *app;
	void *context; /* of the app; NULL allowed */
};

/* What net/limits.h says, for one server.  Members that are 0 keep it. */
struct net_limits {
	unsigned handshake_ms, header_ms, body_ms, idle_ms, app_ms, write_ms;
	unsigned linger_ms, stop_ms;
	unsigned connections, peer_connections;
	unsigned requests; /* of one app, per loop */
	size_t bytes;	   /* of requests, in all loops */
};

struct net_options {
	const struct net_listener *listeners; /* borrowed until the close */
	size_t n_listeners;
	unsigned loops; /* 0: one per processor */
	struct net_limits limits;
	struct net_log *log;	     /* borrowed; NULL: no log */
	struct net_metrics *metrics; /* borrowed; NULL: counted for nobody */
	/* The caller has signals of its own: only net_server_stop() counts. */
	bool keeps_signals;
	/* SIGHUP, after certificates and log; in the calling thread. */
	void (*hup)(void *context);
	/* All loops have begun, connections are accepted; NULL allowed. */
	void (*ready)(void *context);
	void *context; /* of both */
};

/**
 * Read certificates, bind sockets.  Nothing is accepted yet.
 *
 * out     net_server_close() it.
 * error   says what is wrong and where, if the call fails.
 *
 * SOTER_E_ARGUMENT  a listener's text, or a number beyond its limit.
 * SOTER_E_LISTEN    an address cannot be listened at.
 * SOTER_E_TLS_FILE  a certificate, key or CA file cannot be used.
 * SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc net_server_open(struct net_server **out,
    const struct net_options *options, struct net_error *error);

/** The port that listener i has; 0 of a Unix socket. */
uint16_t net_server_port(const struct net_server *server, size_t i);

/**
 * Serve until told to stop; then finish what was accepted, for stop_ms at most.
 * Unless the caller keeps its signals, SIGTERM and SIGINT stop, SIGHUP reads
 * certificates and opens the log anew (what is broken is not taken, and
 * logged); SIGPIPE is ignored.  Block these before you start threads of your
 * own.
 *
 * SOTER_OK       it was told to stop.
 * SOTER_E_NOMEM  threads or descriptors cannot be had.
 * Any other      what a thread_begin() returned.
 */
SOTER_MUST_CHECK enum soter_rc net_server_run(struct net_server *server);

/** Stop, from any thread and from a signal handler; twice is once. */
void net_server_stop(struct net_server *server);

void net_server_close(struct net_server **server);

/* ---- what an app may do with its loop: in its thread only ---------------- */

#define NET_READABLE 1u
#define NET_WRITABLE 2u

/** The descriptor is ready for `events`, or has failed: then both are set. */
typedef void net_watch_fn(void *context, unsigned events);
typedef void net_timer_fn(void *context);

/**
 * Call fn whenever fd is ready for one of events (level-triggered).  A second
 * call for the same fd changes everything; events 0 ends it, which must happen
 * before the fd is closed.  May be called inside any callback of the loop.
 *
 * SOTER_E_LIMIT     NET_WATCHES_MAX are there already.
 * SOTER_E_ARGUMENT  the kernel cannot watch this.
 */
SOTER_MUST_CHECK enum soter_rc net_loop_watch(struct net_loop *loop, int fd,
    unsigned events, net_watch_fn *fn, void *context);

/** The same as events 0, for where nothing can fail. */
void net_loop_unwatch(struct net_loop *loop, int fd);

/**
 * Call fn once, after ms.
 *
 * id  receives what net_loop_timer_cancel() takes; NULL allowed.
 *
 * SOTER_E_LIMIT  NET_TIMERS_MAX are waiting already.
 */
SOTER_MUST_CHECK enum soter_rc net_loop_timer(struct net_loop *loop,
    unsigned ms, net_timer_fn *fn, void *context, uint64_t *id);

/** One that has gone off, or 0, is ignored. */
void net_loop_timer_cancel(struct net_loop *loop, uint64_t id);

/** The monotonic clock as of this turn. */
uint64_t net_loop_now_ms(const struct net_loop *loop);

/** 0, 1, ...: which loop this is; and how many there are. */
unsigned net_loop_number(const struct net_loop *loop);
unsigned net_loop_count(const struct net_loop *loop);

/** Was the server told to stop?  For readiness. */
bool net_loop_is_stopping(const struct net_loop *loop);

/** Where this thread counts (net/metrics.h). */
struct net_tally *net_loop_tally(const struct net_loop *loop);

/**
 * A line of the server's log about what a client did.  Together with ours at
 * most NET_LOG_PER_S of them in a second: nobody fills our disk.
 */
void net_loop_log(struct net_loop *loop, enum net_log_level level,
    const char *event, const struct net_field *fields, size_t n);

#endif
