/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/desk.h -- what the two listeners have in common: how they answer, count
 * and log, and the token end point that both have.
 */
#ifndef SOTER_TAM_DESK_H
#define SOTER_TAM_DESK_H

#include "net/server.h"
#include "tam/gate.h"

/* What a TAM process counts. */
enum tam_count {
	TAM_COUNT_TOKEN_GIVEN,
	TAM_COUNT_TOKEN_REFUSED,
	TAM_COUNT_SUPPORTED,
	TAM_COUNT_UNSUPPORTED,
	TAM_COUNT_ASK_VERIFIED,
	TAM_COUNT_ASK_REFUSED,
	TAM_COUNT_ASK_UNKNOWN,
	TAM_COUNT_ROOT_STORED,
	TAM_COUNT_ROOT_SAME,
	TAM_COUNT_ROOT_REFUSED,
	TAM_COUNT_UNAVAILABLE,
	TAM_COUNTS,
};

extern const struct net_metric tam_metrics[TAM_COUNTS];

/* Of one thread. */
struct tam_desk {
	struct net_loop *loop;
	struct net_tally *tally;
};

struct tam_desk tam_desk(struct net_loop *loop);

/** Answer with HTTP status 200, as the open platform does. */
void tam_desk_answer(struct net_request *request,
    const struct soter_platform_answer *x);

/** The same with another status. */
void tam_desk_answer_status(struct net_request *request, int status,
    const struct soter_platform_answer *x);

/** Nothing was judged or stored, and the client is to ask again: 503. */
void tam_desk_unavailable(const struct tam_desk *desk,
    struct net_request *request, enum soter_rc rc);

/** Log a refusal.  who NULL: unknown; device "": none. */
void tam_desk_log(const struct tam_desk *desk,
    const struct net_request *request, const char *api,
    const struct tam_app *who, const char *device, enum soter_rc rc);

/** Count and log a refusal at the gate, and answer with its error. */
void tam_desk_turn_away(const struct tam_desk *desk,
    struct net_request *request, const char *api, enum tam_count count,
    const struct tam_app *who, const struct tam_shut *shut);

/** GET /cgi-bin/token. */
void tam_desk_token(const struct tam_desk *desk, struct net_request *request,
    const struct tam_view *view, struct tam_now now);

#endif
