/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/load.h -- many connections at once, one thread, exact books.
 *
 * At a rate, request number i is due i / rate seconds after the beginning,
 * whether or not the server keeps up, and its latency counts from then: a
 * server that stalls for a second is seen by every request of that second, not
 * by one.  What finds no free connection waits, and if the time is over first,
 * it is unsent.  At maximum, each connection asks again as soon as it has its
 * answer, and latency counts from sending.
 */
#ifndef SOTER_FLEET_LOAD_H
#define SOTER_FLEET_LOAD_H

#include <signal.h>

#include "fleet/books.h"
#include "fleet/link.h"
#include "fleet/mix.h"
#include "fleet/requests.h"

#define FLEET_CONNECTIONS_MAX 20000
#define FLEET_PIPELINE_MAX    64
#define FLEET_RATE_MAX	      10000000

struct fleet_load {
	const struct fleet_target *target;
	struct fleet_tls *tls; /* NULL unless target->is_tls */
	struct fleet_requests *requests;
	struct fleet_mix *mix;
	uint64_t rate;		 /* a second; 0: as fast as it goes */
	uint64_t connections;	 /* 1 to FLEET_CONNECTIONS_MAX */
	uint64_t pipeline;	 /* requests under way on one; 1: no pipeline */
	uint64_t per_connection; /* then it is opened anew; 0: never */
	uint64_t seconds;
	uint64_t limit;	     /* requests; 0: as many as the time allows */
	uint64_t timeout_ms; /* of an answer, of a connection */
	/* Devices of an intake that was accepted; may be NULL. */
	void (*taken)(const struct fleet_share *share);
	void (*tell)(const struct fleet_books *books, uint64_t gone_ms,
	    uint64_t of_ms); /* a few times a second; may be NULL */
};

struct fleet_load_result {
	uint64_t took_ns; /* from the first that was due to the last answer */
	uint64_t cpu_ns;  /* of this process in that time */
	uint64_t due;	  /* requests: sent and unsent */
};

/** Set by a signal: 1 sends nothing more, 2 waits for nothing more. */
extern volatile sig_atomic_t fleet_load_stop;

/**
 * Open the connections, then load the server.  Whatever the server does, the
 * books are complete, and the call returns within seconds + 2 timeout_ms and a
 * little.
 *
 * books  zeroed; large.
 *
 * SOTER_E_NETWORK  not one connection could be opened.
 * SOTER_E_NOMEM, SOTER_E_ENGINE (the kernel refuses what we need), and the
 * errors of fleet_requests_next().
 */
SOTER_MUST_CHECK enum soter_rc fleet_load_run(const struct fleet_load *load,
    struct fleet_books *books, struct fleet_load_result *result);

#endif
