/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/tee.h -- a trusted application, for tests that are its client: the GP
 * TEE Client API and the requests of wire/tacmd.h, nothing of a host.  The same
 * text builds against the libteec of a real TEE.
 */
#ifndef SOTER_TESTS_TEE_H
#define SOTER_TESTS_TEE_H

#include <stdlib.h>
#include <string.h>

#include <tee_client_api.h>

#include "wire/tacmd.h"

#define TEE_NO_ANSWER INT32_MIN /* the call did not take place, see result */

struct tee {
	TEEC_Context context;
	TEEC_Session session;
	TEEC_Result result; /* of the last call */
	size_t n;	    /* bytes of its reply */
	uint8_t reply[SOTER_TA_REPLY_MAX];
};

/* Open a session; not moved while it is open. */
static inline TEEC_Result
tee_open_as(struct tee *t, const TEEC_UUID *ta, uint32_t login,
    const void *login_data)
{
	memset(t, 0, sizeof(*t));
	t->result = TEEC_InitializeContext(NULL, &t->context);
	if (t->result != TEEC_SUCCESS)
		return (t->result);
	t->result = TEEC_OpenSession(&t->context, &t->session, ta, login,
	    login_data, NULL, NULL);
	if (t->result != TEEC_SUCCESS)
		TEEC_FinalizeContext(&t->context);
	return (t->result);
}

static inline TEEC_Result
tee_open(struct tee *t, const TEEC_UUID *ta)
{
	return (tee_open_as(t, ta, TEEC_LOGIN_USER, NULL));
}

/* Only what was opened. */
static inline void
tee_close(struct tee *t)
{
	TEEC_CloseSession(&t->session);
	TEEC_FinalizeContext(&t->context);
}

/*
 * Send any bytes.  Gives the number of docs/protocol.md c.3 as it was sent, or
 * TEE_NO_ANSWER.
 */
static inline int32_t
tee_send(struct tee *t, uint32_t command, struct soter_span request)
{
	TEEC_Operation operation;
	struct soter_reader r;
	uint32_t code;

	memset(&operation, 0, sizeof(operation));
	memset(t->reply, 0, sizeof(t->reply));
	operation.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
	    TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE);
	operation.params[0].tmpref.buffer = (void *)(uintptr_t)request.p;
	operation.params[0].tmpref.size = request.n;
	operation.params[1].tmpref.buffer = t->reply;
	operation.params[1].tmpref.size = sizeof(t->reply);
	t->n = 0;
	t->result = TEEC_InvokeCommand(&t->session, command, &operation, NULL);
	if (t->result != TEEC_SUCCESS)
		return (TEE_NO_ANSWER);
	t->n = operation.params[1].tmpref.size;
	r = soter_reader(soter_span(t->reply, t->n));
	if (t->n > sizeof(t->reply) || soter_read_le32(&r, &code) != SOTER_OK)
		abort(); /* no answer at all would have been better */
	return ((int32_t)code);
}

static inline int32_t
tee_call(struct tee *t, const struct soter_ta_form *form,
    const struct soter_ta_request *x)
{
	uint8_t request[SOTER_TA_REQUEST_MAX];
	struct soter_writer w = soter_writer(request, sizeof(request));

	if (form == NULL || soter_ta_request_write(&w, form, x) != SOTER_OK)
		abort(); /* a test that is wrong */
	return (tee_send(t, form->command, soter_written(&w)));
}

/* To TA soter, to TA biometric. */
static inline int32_t
tee_soter(struct tee *t, uint32_t command, const struct soter_ta_request *x)
{
	return (tee_call(t, soter_ta_form(command), x));
}

static inline int32_t
tee_bio(struct tee *t, uint32_t command, const struct soter_ta_request *x)
{
	return (tee_call(t, soter_bio_form(command), x));
}

/* What stands behind the code; borrowed until the next call. */
static inline struct soter_span
tee_body(const struct tee *t)
{
	return (t->n < 4 ? soter_span(NULL, 0)
			 : soter_span(t->reply + 4, t->n - 4));
}

/* A body that is one number, 0 if it is not. */
static inline uint64_t
tee_number(const struct tee *t)
{
	struct soter_reader r = soter_reader(tee_body(t));
	uint64_t number;

	if (soter_read_le64(&r, &number) != SOTER_OK || r.left > 0)
		return (0);
	return (number);
}

/* The step of an enrolment or an authentication, all zero if it is none. */
static inline struct soter_bio_step
tee_step(const struct tee *t)
{
	struct soter_bio_step step = { 0, 0 };

	if (soter_bio_step_parse(&step, tee_body(t)) != SOTER_OK)
		memset(&step, 0, sizeof(step));
	return (step);
}

static inline struct soter_span
tee_text(const char *text)
{
	return (soter_span(text, strlen(text)));
}

#endif
