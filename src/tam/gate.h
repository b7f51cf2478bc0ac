/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/gate.h -- who asks, and may they?
 */
#ifndef SOTER_TAM_GATE_H
#define SOTER_TAM_GATE_H

#include "net/http.h"
#include "tam/known.h"
#include "wire/platform.h"

/* The clocks of one turn. */
struct tam_now {
	uint64_t s;  /* Unix time */
	uint64_t us; /* monotonic */
};

struct tam_now tam_now(void);

/* What the gate says when it stays shut; error is what the client hears. */
struct tam_shut {
	enum soter_rc rc;
	enum soter_platform_error error;
};

/**
 * Give out an access token: GET /cgi-bin/token.
 *
 * token  receives its text; TAM_TOKEN_HEX_MAX + 1 bytes.
 * who    receives the tenant, for the log; NULL if it is none of ours.
 *
 * SOTER_OK, or why not, with *shut.
 */
SOTER_MUST_CHECK enum soter_rc tam_gate_token(char *token,
    const struct tam_app **who, struct tam_shut *shut,
    const struct tam_view *view, struct soter_span query, struct tam_now now);

/**
 * Let a request in that brings an access token: in its query, as
 * access_token=, or behind "Authorization: Bearer".
 *
 * right  what it is about to do.
 *
 * SOTER_OK, or why not, with *shut; *who as above.
 */
SOTER_MUST_CHECK enum soter_rc tam_gate_pass(const struct tam_app **who,
    struct tam_shut *shut, const struct tam_view *view,
    const struct net_request *request, enum tam_right right,
    struct tam_now now);

#endif
