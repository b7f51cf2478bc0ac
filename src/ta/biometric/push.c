/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/biometric/push.h"

#define TYPES                                                  \
	TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,           \
	    TEE_PARAM_TYPE_MEMREF_OUTPUT, TEE_PARAM_TYPE_NONE, \
	    TEE_PARAM_TYPE_NONE)

static uint8_t request[SOTER_TA_REQUEST_MAX], reply[4];

static enum soter_rc
answer(struct soter_span in)
{
	enum soter_rc code;
	struct soter_span body;

	TRY(soter_ta_reply_parse(&code, &body, in));
	return (code);
}

/* Nothing else than an answer that says 0 is a yes. */
static enum soter_rc
invoke(TEE_TASessionHandle session, struct soter_span in)
{
	TEE_Param params[4] = { 0 };
	uint32_t origin;

	params[0].memref.buffer = request;
	params[0].memref.size = in.n;
	params[1].memref.buffer = reply;
	params[1].memref.size = sizeof(reply);
	if (TEE_InvokeTACommand(session, TEE_TIMEOUT_INFINITE, SOTER_TA_MATCH,
		TYPES, params, &origin) != TEE_SUCCESS ||
	    params[1].memref.size > sizeof(reply))
		return (SOTER_E_TEE_COMMUNICATION);
	return (answer(soter_span(reply, params[1].memref.size)));
}

enum soter_rc
bio_push(const struct soter_ta_request *match)
{
	static const TEE_UUID soter = SOTER_TA_UUID;
	struct soter_writer w = soter_writer(request, sizeof(request));
	TEE_TASessionHandle session = TEE_HANDLE_NULL;
	TEE_Param none[4] = { 0 };
	uint32_t origin;
	enum soter_rc rc;

	TRY(soter_ta_request_write(&w, soter_ta_form(SOTER_TA_MATCH), match));
	if (TEE_OpenTASession(&soter, TEE_TIMEOUT_INFINITE, 0, none, &session,
		&origin) != TEE_SUCCESS)
		return (SOTER_E_TEE_COMMUNICATION);
	rc = invoke(session, soter_written(&w));
	TEE_CloseTASession(session);
	return (rc);
}
