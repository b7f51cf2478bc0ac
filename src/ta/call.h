/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/call.h -- one call of a client, the same way in both TAs.
 *
 *	1. the parameter types are exactly the one pair that exists
 *	2. the command is in the table, the caller has one of its roles
 *	3. the request is not too long, the reply buffer long enough
 *	4. the request is copied, once; from here on the copy counts
 *	5. it is parsed by its form in wire/tacmd.h
 *	6. who may only speak for itself does so
 *	7. the handler runs; the reply is copied out, once
 *
 * Steps 1 to 3 and 6 answer by TEE_Result, without any effect; what happens
 * later travels as a code in the reply, with TEE_SUCCESS.
 */
#ifndef SOTER_TA_CALL_H
#define SOTER_TA_CALL_H

#include "ta/role.h"
#include "wire/tacmd.h"

struct ta_call_row {
	uint32_t command;
	uint32_t roles; /* of enum ta_role: who may */
	uint32_t needs; /* passed to ready(); what it means is the TA's */

	/**
	 * x      the request, its texts borrowed from the copy.
	 * reply  the body; what an error leaves in it is not sent.
	 */
	enum soter_rc (*run)(const struct ta_caller *caller,
	    const struct soter_ta_request *x, struct soter_writer *reply);
};

struct ta_call_table {
	const struct soter_ta_form *(*form)(uint32_t command);
	const struct ta_call_row *rows;
	size_t n;
	/* Runs before each handler.  May be NULL. */
	enum soter_rc (*ready)(uint32_t needs);
};

/**
 * Answer TA_InvokeCommandEntryPoint().
 *
 * TEE_ERROR_BAD_PARAMETERS  other parameter types, a size without a buffer.
 * TEE_ERROR_NOT_SUPPORTED   no such command.
 * TEE_ERROR_ACCESS_DENIED   the caller may not.
 * TEE_ERROR_EXCESS_DATA     a request above SOTER_TA_REQUEST_MAX.
 * TEE_ERROR_SHORT_BUFFER    params[1].memref.size says what is needed.
 */
TEE_Result ta_call(const struct ta_call_table *table,
    const struct ta_caller *caller, uint32_t command, uint32_t types,
    TEE_Param params[4]);

/**
 * Answer TA_OpenSessionEntryPoint(): decide about the client, on the heap.
 *
 * TEE_ERROR_BAD_PARAMETERS  there are parameters.
 * TEE_ERROR_OUT_OF_MEMORY, or why the client is not known.
 */
TEE_Result ta_call_open(uint32_t types, void **session);

/** Answer TA_CloseSessionEntryPoint(). */
void ta_call_close(void *session);

#endif
