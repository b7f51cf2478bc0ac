/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/link.h -- bytes to and from a server, TCP alone or TLS on it, never
 * waiting.
 *
 * Order: open, shake until it is done, then read and write, close.  After
 * FLEET_IO_CLOSED or FLEET_IO_BROKEN only close.
 */
#ifndef SOTER_FLEET_LINK_H
#define SOTER_FLEET_LINK_H

#include "fleet/target.h"

enum fleet_io {
	FLEET_IO_DONE,
	FLEET_IO_LATER,	 /* when the descriptor is ready: wants_out says how */
	FLEET_IO_CLOSED, /* the server ended it */
	FLEET_IO_BROKEN, /* the network, or TLS, did */
};

struct fleet_tls;

/* How TLS is to be spoken; all borrowed for fleet_tls_new() alone. */
struct fleet_tls_how {
	const char *ca;	  /* PEM file of roots to trust; NULL: trust anybody */
	const char *cert; /* PEM file of our chain; NULL: none */
	const char *key;  /* PEM file of its private key */
	bool resumes;	  /* offer the last session of the connection */
};

/**
 * SOTER_E_READ    one of the files.
 * SOTER_E_ENGINE  the library.
 */
SOTER_MUST_CHECK enum soter_rc fleet_tls_new(struct fleet_tls **out,
    const struct fleet_tls_how *how);
void fleet_tls_free(struct fleet_tls **tls);

/* Zeroed but for fd = -1, it is closed. */
struct fleet_link {
	int fd;
	bool is_connected;
	bool wants_out; /* what FLEET_IO_LATER waits for */
	void *ssl;	/* SSL, owned; NULL without TLS */
	void *session;	/* SSL_SESSION, owned; outlives close */
};

/**
 * Begin to connect.
 *
 * target  its is_tls says whether tls is used.
 *
 * FLEET_IO_LATER or FLEET_IO_BROKEN.
 */
enum fleet_io fleet_link_open(struct fleet_link *l,
    const struct fleet_target *target, struct fleet_tls *tls);

/** Go on connecting and greeting. */
enum fleet_io fleet_link_shake(struct fleet_link *l);

/** Was the session of TLS one that had been there before? */
bool fleet_link_is_resumed(const struct fleet_link *l);

/** FLEET_IO_DONE: *got bytes, at least 1. */
enum fleet_io fleet_link_read(struct fleet_link *l, void *out, size_t n,
    size_t *got);

/** Has TLS read more than it gave, so that the descriptor may stay silent? */
bool fleet_link_has_more(const struct fleet_link *l);

/** FLEET_IO_DONE: *put bytes of n, at least 1. */
enum fleet_io fleet_link_write(struct fleet_link *l, const void *p, size_t n,
    size_t *put);

/** Close it; the session is kept for the next opening. */
void fleet_link_close(struct fleet_link *l);

/** Close it and forget the session. */
void fleet_link_drop(struct fleet_link *l);

#endif
