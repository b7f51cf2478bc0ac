/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API 4.9: a TA as client of another one.
 *
 * "TEE_OpenTASession, TEE_InvokeTACommand: if the parameters do not have the
 * shape that paramTypes says, panic"; everything else is the other TA's
 * answer, and comes with where it came from.
 */
#include "teehost/inside.h"

struct ta_session {
	struct teehost_handle handle;
	void *session; /* the environment's */
	bool open;
};

void
teehost_ta_session_release(void *handle)
{
	struct ta_session *s = handle;
	struct teehost_instance *self = teehost_self();

	if (s->open)
		self->setup.env->close(self->setup.env_state, s->session);
}

static bool
is_good_param(uint32_t type, const TEE_Param *x)
{
	switch (type) {
	case TEE_PARAM_TYPE_NONE:
		return (true);
	case TEE_PARAM_TYPE_VALUE_INPUT:
	case TEE_PARAM_TYPE_VALUE_OUTPUT:
	case TEE_PARAM_TYPE_VALUE_INOUT:
		return (x != NULL);
	case TEE_PARAM_TYPE_MEMREF_INPUT:
	case TEE_PARAM_TYPE_MEMREF_OUTPUT:
	case TEE_PARAM_TYPE_MEMREF_INOUT:
		return (x != NULL &&
		    (x->memref.buffer != NULL || x->memref.size == 0));
	default:
		return (false);
	}
}

static bool
is_good(uint32_t types, const TEE_Param *params)
{
	if (types >> (4 * TEE_NUM_PARAMS) != 0)
		return (false);
	for (unsigned i = 0; i < TEE_NUM_PARAMS; i++)
		if (!is_good_param(TEE_PARAM_TYPE_GET(types, i),
			params == NULL ? NULL : &params[i]))
			return (false);
	return (true);
}

TEE_Result
TEE_OpenTASession(const TEE_UUID *destination,
    uint32_t cancellationRequestTimeout, uint32_t paramTypes,
    TEE_Param params[TEE_NUM_PARAMS], TEE_TASessionHandle *session,
    uint32_t *returnOrigin)
{
	struct teehost_instance *self = teehost_self();
	TEE_Param none[TEE_NUM_PARAMS] = { 0 };
	uint32_t origin = TEE_ORIGIN_API;
	struct ta_session *s;
	TEE_Result result;

	teehost_must(destination != NULL && session != NULL &&
		is_good(paramTypes, params),
	    "TEE_OpenTASession: parameters");
	*session = TEE_HANDLE_NULL;
	s = teehost_handle_new(TEEHOST_IS_TA_SESSION, sizeof(*s));
	if (s == NULL) {
		result = TEE_ERROR_OUT_OF_MEMORY;
	} else {
		result = self->setup.env->open(self->setup.env_state,
		    destination, cancellationRequestTimeout, paramTypes,
		    params == NULL ? none : params, &s->session, &origin);
	}
	if (result == TEE_SUCCESS) {
		s->open = true;
		*session = teehost_handle_out(s);
	} else {
		teehost_handle_free(s);
	}
	if (returnOrigin != NULL)
		*returnOrigin = origin;
	return (result);
}

void
TEE_CloseTASession(TEE_TASessionHandle session)
{
	if (session != TEE_HANDLE_NULL)
		teehost_handle_free(teehost_handle_get(TEEHOST_IS_TA_SESSION,
		    session, "TEE_CloseTASession: not a session"));
}

TEE_Result
TEE_InvokeTACommand(TEE_TASessionHandle session,
    uint32_t cancellationRequestTimeout, uint32_t commandID,
    uint32_t paramTypes, TEE_Param params[TEE_NUM_PARAMS],
    uint32_t *returnOrigin)
{
	struct teehost_instance *self = teehost_self();
	TEE_Param none[TEE_NUM_PARAMS] = { 0 };
	uint32_t origin = TEE_ORIGIN_API;
	struct ta_session *s;
	TEE_Result result;

	s = teehost_handle_get(TEEHOST_IS_TA_SESSION, session,
	    "TEE_InvokeTACommand: not a session");
	teehost_must(is_good(paramTypes, params),
	    "TEE_InvokeTACommand: parameters");
	result = self->setup.env->invoke(self->setup.env_state, s->session,
	    cancellationRequestTimeout, commandID, paramTypes,
	    params == NULL ? none : params, &origin);
	if (returnOrigin != NULL)
		*returnOrigin = origin;
	return (result);
}
