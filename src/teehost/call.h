/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/call.h -- the parameters of one call, between messages and TA.
 *
 * Inputs are borrowed from the request, which the client cannot reach any more;
 * what is in and out is changed in place.  Outputs get zeroed memory, so that a
 * TA which leaves some of it as it was tells nothing of the last caller.
 */
#ifndef SOTER_TEEHOST_CALL_H
#define SOTER_TEEHOST_CALL_H

#include <tee_internal_api.h>

#include "wire/teemsg.h"

struct teehost_call {
	TEE_Param params[TEE_NUM_PARAMS];
	void *buffer[TEE_NUM_PARAMS]; /* the TA may change its own copy */
	size_t room[TEE_NUM_PARAMS];
	uint32_t types;
	uint8_t *large; /* outputs that do not fit into ours */
	size_t used;	/* bytes of outputs */
};

/**
 * Parameters for the TA.
 *
 * x  the request; borrowed until teehost_call_end().
 *
 * SOTER_E_NOMEM
 */
SOTER_MUST_CHECK enum soter_rc teehost_call_begin(struct teehost_call *call,
    const struct soter_teemsg *x);

/** What the TA made of them, into a reply that borrows from the call. */
void teehost_call_result(const struct teehost_call *call,
    struct soter_teemsg *reply);

/** Wipe the outputs. */
void teehost_call_end(struct teehost_call *call);

/** The other direction: a TA's own parameters, into a request to another. */
void teehost_call_request(struct soter_teemsg *x, uint32_t types,
    const TEE_Param params[TEE_NUM_PARAMS]);

/**
 * The reply to it, into the TA's parameters.  false, with nothing changed, if
 * it brings something else than was asked for.
 */
bool teehost_call_take(TEE_Param params[TEE_NUM_PARAMS], uint32_t types,
    const struct soter_teemsg *reply);

#endif
