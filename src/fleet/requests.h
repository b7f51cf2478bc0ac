/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/requests.h -- whole HTTP requests, ready to be sent; what can be made
 * beforehand was, so that a load run costs little.
 *
 *	token       GET /cgi-bin/token with appid and secret
 *	is_support  POST the device info of one model
 *	verify      POST the ASK of a device whose root is known: genuine
 *	unknown     the same, and no such device is known
 *	swapped     the same, with the signature over another device's ASK
 *	echo        GET a path
 *	intake      POST a batch of devices, each device once; with the token
 *		    if there is one
 *
 * Source: docs/protocol.md e.1 to e.3.
 */
#ifndef SOTER_FLEET_REQUESTS_H
#define SOTER_FLEET_REQUESTS_H

#include "base/span.h"
#include "fleet/books.h"
#include "fleet/lines.h"
#include "fleet/mix.h"

#define FLEET_BATCH_MAX	  1000
#define FLEET_REQUEST_MAX (FLEET_BATCH_MAX * FLEET_LINE_MAX + FLEET_HEAD_MAX)
#define FLEET_HEADERS_MAX 8
#define FLEET_ACCESS_MAX  512 /* an access token */

struct fleet_content {
	const char *host;	    /* value of the header Host */
	const char *token;	    /* access token */
	const char *appid, *secret; /* token */
	const char *maker, *model;  /* is_support */
	const char *echo_path, *intake_path;
	const char *header[FLEET_HEADERS_MAX]; /* "Name: value"; on each */
	size_t headers;
	const char *fleet;	       /* file of devices */
	const char *asks;	       /* file of their ASKs */
	uint64_t first, count;	       /* intake: which devices */
	uint64_t batch;		       /* intake: devices a request */
	const struct fleet_form *form; /* intake */
	uint64_t seed;		       /* of ids that nobody knows */
	bool explain;		       /* ask for reasons */
};

struct fleet_requests;

/**
 * Prepare what the mix needs.
 *
 * c  all of it is borrowed until fleet_requests_free().
 *
 * SOTER_E_ARGUMENT  something is missing that a kind of the mix needs, or a
 *                   text that no header and no query can hold.
 * SOTER_E_NOMEM, SOTER_E_ENGINE, and the errors of fleet/asks.h and
 * fleet/devices.h.
 */
SOTER_MUST_CHECK enum soter_rc fleet_requests_new(struct fleet_requests **out,
    const struct fleet_content *c, const struct fleet_mix *mix);

/* Which devices a request of intake holds. */
struct fleet_share {
	uint64_t first; /* number of the first, in the file */
	uint64_t n;	/* 0: the request is of another kind */
};

/**
 * Append a whole request.
 *
 * w      room for FLEET_REQUEST_MAX bytes.
 * share  the devices that are in it.
 *
 * SOTER_E_NOTFOUND  intake: no device is left.
 * SOTER_E_NOSPACE, SOTER_E_ENGINE, and the errors of fleet/devices.h.
 */
SOTER_MUST_CHECK enum soter_rc fleet_requests_next(struct fleet_requests *r,
    enum fleet_request kind, struct soter_writer *w, struct fleet_share *share);

/** Devices in the requests of intake so far. */
uint64_t fleet_requests_devices(const struct fleet_requests *r);

void fleet_requests_free(struct fleet_requests **r);

#endif
