/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teec/params.h -- a caller's parameters, and the same in a message.
 */
#ifndef SOTER_TEEC_PARAMS_H
#define SOTER_TEEC_PARAMS_H

#include "teec/tee_client_api.h"
#include "wire/teemsg.h"

/* One parameter of a call: what the reply may change, and where. */
struct teec_param {
	uint32_t type; /* enum soter_teemsg_type */
	TEEC_Value *value;
	uint8_t *bytes; /* may be NULL */
	size_t *size;	/* the caller's, updated by the reply */
	size_t room;	/* bytes at `bytes` */
};

struct teec_params {
	uint32_t types;
	size_t reply_max; /* bytes of the largest reply */
	struct teec_param list[SOTER_TEE_PARAMS];
};

/**
 * Look at an operation.
 *
 * out        what params_put() and params_take() work on; it borrows from
 *            operation and the memory that it names.
 * operation  may be NULL: no parameters.
 *
 * TEEC_ERROR_BAD_PARAMETERS  types or references that make no sense.
 * TEEC_ERROR_EXCESS_DATA     a reference above SOTER_TEE_MEMREF_MAX.
 */
TEEC_Result teec_params_read(struct teec_params *out,
    TEEC_Operation *operation);

/** Fill in types and parameters of a request. */
void teec_params_put(const struct teec_params *params, struct soter_teemsg *x);

/**
 * Copy what a reply brings into the caller's memory.  false, with nothing
 * copied, if it brings something else than was asked for.
 */
bool teec_params_take(const struct teec_params *params,
    const struct soter_teemsg *reply);

#endif
