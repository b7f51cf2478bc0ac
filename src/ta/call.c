/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/call.h"
#include "ta/code.h"

/* Every command has the same shape: one buffer in, one buffer out. */
#define TYPES                                                  \
	TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,           \
	    TEE_PARAM_TYPE_MEMREF_OUTPUT, TEE_PARAM_TYPE_NONE, \
	    TEE_PARAM_TYPE_NONE)

/* One call runs at a time, and the stack is small. */
static uint8_t request_copy[SOTER_TA_REQUEST_MAX];
static uint8_t reply_copy[SOTER_TA_REPLY_MAX];

TEE_Result
ta_call_open(uint32_t types, void **session)
{
	struct ta_caller *caller;
	TEE_Result result;

	if (types != 0)
		return (TEE_ERROR_BAD_PARAMETERS);
	caller = TEE_Malloc(sizeof(*caller), TEE_MALLOC_FILL_ZERO);
	if (caller == NULL)
		return (TEE_ERROR_OUT_OF_MEMORY);
	result = ta_role_decide(caller);
	if (result != TEE_SUCCESS) {
		TEE_Free(caller);
		return (result);
	}
	*session = caller;
	return (TEE_SUCCESS);
}

void
ta_call_close(void *session)
{
	TEE_Free(session);
}

static const struct ta_call_row *
find(const struct ta_call_table *table, uint32_t command)
{
	for (size_t i = 0; i < table->n; i++)
		if (table->rows[i].command == command)
			return (&table->rows[i]);
	return (NULL);
}

/*
 * A caller without any of the other roles that the command takes may name its
 * own uid only; or the first user, whom the people of a development machine
 * share.
 */
static TEE_Result
check_owner(const struct ta_call_row *row, const struct soter_ta_form *form,
    const struct ta_caller *caller, const struct soter_ta_request *x)
{
	if ((caller->roles & row->roles & ~(uint32_t)TA_ROLE_OWN) != 0)
		return (TEE_SUCCESS);
	if (form->fields[0] == SOTER_TA_USER)
		return (x->user == 0 ? TEE_SUCCESS : TEE_ERROR_ACCESS_DENIED);
	if (form->fields[0] != SOTER_TA_UID)
		return (TEE_SUCCESS);
	switch (ta_role_is_user(caller, x->uid)) {
	case SOTER_OK:
		return (TEE_SUCCESS);
	case SOTER_E_NOMEM:
		return (TEE_ERROR_OUT_OF_MEMORY);
	default:
		return (TEE_ERROR_ACCESS_DENIED);
	}
}

/* Everything that must be right before the request is looked at. */
static TEE_Result
check(const struct ta_call_row *row, const struct soter_ta_form *form,
    const struct ta_caller *caller, TEE_Param params[4])
{
	size_t want;

	if (row == NULL || form == NULL)
		return (TEE_ERROR_NOT_SUPPORTED);
	if ((caller->roles & row->roles) == 0)
		return (TEE_ERROR_ACCESS_DENIED);
	/* Some TEEs let a client say a size of no memory. */
	if ((params[0].memref.buffer == NULL && params[0].memref.size > 0) ||
	    (params[1].memref.buffer == NULL && params[1].memref.size > 0))
		return (TEE_ERROR_BAD_PARAMETERS);
	if (params[0].memref.size > sizeof(request_copy))
		return (TEE_ERROR_EXCESS_DATA);
	want = 4 + form->reply_max;
	if (params[1].memref.size < want) {
		params[1].memref.size = want;
		return (TEE_ERROR_SHORT_BUFFER);
	}
	return (TEE_SUCCESS);
}

/* The handler, and what stands before it; body receives the reply's. */
static enum soter_rc
run(const struct ta_call_table *table, const struct ta_call_row *row,
    const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *body)
{
	if (table->ready != NULL)
		TRY(table->ready(row->needs));
	return (row->run(caller, x, body));
}

static void
send(TEE_Param *to, enum soter_rc rc, const struct soter_writer *body)
{
	struct soter_writer w = soter_writer(reply_copy, 4);
	size_t n = 4 + (rc == SOTER_OK ? body->len : 0);

	rc = ta_code_of_reply(rc);
	if (soter_write_le32(&w, (uint32_t)soter_ta_code(rc)) != SOTER_OK)
		n = 0;
	TEE_MemMove(to->memref.buffer, reply_copy, n);
	to->memref.size = n;
}

TEE_Result
ta_call(const struct ta_call_table *table, const struct ta_caller *caller,
    uint32_t command, uint32_t types, TEE_Param params[4])
{
	const struct ta_call_row *row = find(table, command);
	const struct soter_ta_form *form = table->form(command);
	struct soter_ta_request x = { 0 };
	struct soter_writer body;
	size_t n;
	enum soter_rc rc;
	TEE_Result result;

	if (types != TYPES)
		return (TEE_ERROR_BAD_PARAMETERS);
	result = check(row, form, caller, params);
	if (result != TEE_SUCCESS)
		return (result);

	/*
	 * params is ours, but the buffers that it points at stay writable by
	 * the client while we run.  NULL with size 0 is legal.
	 */
	n = params[0].memref.size;
	if (n > 0)
		TEE_MemMove(request_copy, params[0].memref.buffer, n);
	body = soter_writer(reply_copy + 4, form->reply_max);

	rc = soter_ta_request_parse(&x, form, soter_span(request_copy, n));
	if (rc == SOTER_OK) {
		result = check_owner(row, form, caller, &x);
		if (result == TEE_SUCCESS)
			rc = run(table, row, caller, &x, &body);
	}
	if (result == TEE_SUCCESS)
		send(&params[1], rc, &body);

	soter_wipe(request_copy, n);
	soter_wipe(reply_copy, 4 + body.len);
	return (result);
}
