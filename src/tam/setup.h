/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/setup.h -- how soter-tamd was told to run: command line and configuration
 * file.  None is needed.
 */
#ifndef SOTER_TAM_SETUP_H
#define SOTER_TAM_SETUP_H

#include "net/server.h"
#include "tam/place.h"

#define SETUP_TEXT TAM_PLACE_MAX

/* What struct net_limits says; 0 keeps what net/limits.h says. */
struct setup_limits {
	uint64_t handshake_ms, header_ms, body_ms, idle_ms, app_ms, write_ms;
	uint64_t linger_ms, stop_ms;
	uint64_t connections, peer_connections, requests, bytes;
};

/* One of the two processes. */
struct setup_role {
	char listen[SETUP_TEXT]; /* empty: this process is not started */
	char admin[SETUP_TEXT];	 /* /healthz /readyz /metrics; empty: none */
	char certificate[SETUP_TEXT], key[SETUP_TEXT], client_ca[SETUP_TEXT];
	bool plain; /* no TLS: behind a proxy on the same machine */
	uint64_t loops;
	struct setup_limits limits;
};

struct setup {
	bool is_done; /* help or version was printed */
	char store[SETUP_TEXT];
	bool store_is_default;
	char state[SETUP_TEXT]; /* folder for self-made certificates */
	char log_file[SETUP_TEXT];
	unsigned log_level; /* enum net_log_level */
	struct setup_role public, intake;
};

/**
 * Read command line and file; an error was printed, with its line.
 * SOTER_E_ARGUMENT, SOTER_E_READ.
 */
SOTER_MUST_CHECK enum soter_rc setup_read(struct setup *out, int argc,
    char **argv);

#endif
