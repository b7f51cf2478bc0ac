/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>

#include <tee_client_api.h>

#include "device/soterd/bounds.h"
#include "device/soterd/log.h"
#include "device/soterd/tee.h"

/* Of OP-TEE and the Internal Core API; the Client API has no name for it. */
#define CORRUPT_OBJECT 0xf0100001u

static const struct {
	const char *name;
	TEEC_UUID uuid;
	const struct soter_ta_form *(*form)(uint32_t command);
	size_t seats;
	bool is_shared; /* so nobody may take too much of it */
} tas[SOTERD_TAS] = {
	[SOTERD_TA_SOTER] = { "TA soter", SOTER_TA_UUID, soter_ta_form,
	    SOTERD_CALLS, true },
	[SOTERD_TA_BIO] = { "TA biometric", SOTER_BIO_UUID, soter_bio_form,
	    SOTERD_CALLS, true },
	[SOTERD_TA_SENSOR] = { "TA biometric", SOTER_BIO_UUID, soter_bio_form,
	    1, false },
};

/* A session; only who has it as `is_taken` looks at the rest. */
struct seat {
	bool is_taken, is_open;
	uint32_t uid; /* on whose behalf */
	TEEC_Context context;
	TEEC_Session session;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t free;
	struct seat seats[SOTERD_TAS][SOTERD_CALLS];
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.free = PTHREAD_COND_INITIALIZER };

/* ---- who may go in ------------------------------------------------------ */

/* A free seat, an open one if there is one; NULL: this uid has to wait. */
static struct seat *
find_seat(enum soterd_ta ta, uint32_t uid)
{
	struct seat *best = NULL;
	size_t of_uid = 0;

	for (size_t t = 0; t < SOTERD_TAS; t++)
		for (size_t i = 0; i < tas[t].seats; i++)
			of_uid += pool.seats[t][i].is_taken &&
			    pool.seats[t][i].uid == uid;
	if (tas[ta].is_shared && of_uid >= SOTERD_PER_UID)
		return (NULL);
	for (size_t i = 0; i < tas[ta].seats; i++) {
		struct seat *s = &pool.seats[ta][i];

		if (!s->is_taken && (best == NULL || s->is_open))
			best = s;
	}
	return (best);
}

static struct seat *
sit_down(enum soterd_ta ta, uint32_t uid)
{
	struct seat *s;

	pthread_mutex_lock(&pool.lock);
	while ((s = find_seat(ta, uid)) == NULL)
		pthread_cond_wait(&pool.free, &pool.lock);
	s->is_taken = true;
	s->uid = uid;
	pthread_mutex_unlock(&pool.lock);
	return (s);
}

static void
stand_up(struct seat *s)
{
	pthread_mutex_lock(&pool.lock);
	s->is_taken = false;
	pthread_cond_broadcast(&pool.free);
	pthread_mutex_unlock(&pool.lock);
}

/* ---- one session -------------------------------------------------------- */

static enum soter_rc
rc_of_result(enum soterd_ta ta, TEEC_Result result)
{
	static const struct {
		TEEC_Result result;
		enum soter_rc rc;
	} known[] = {
		{ TEEC_ERROR_ACCESS_DENIED, SOTER_E_ACCESS },
		{ TEEC_ERROR_SECURITY, SOTER_E_SECURITY_STATE },
		{ CORRUPT_OBJECT, SOTER_E_SECURITY_STATE },
		{ TEEC_ERROR_OUT_OF_MEMORY, SOTER_E_TEE_NOMEM },
		{ TEEC_ERROR_BAD_PARAMETERS, SOTER_E_TEE_ARGUMENT },
	};

	if (result == TEEC_SUCCESS)
		return (SOTER_OK);
	soterd_log_some("%s: the TEE answers 0x%08x", tas[ta].name,
	    (unsigned)result);
	for (size_t i = 0; i < SOTER_COUNT(known); i++)
		if (known[i].result == result)
			return (known[i].rc);
	return (SOTER_E_TEE_COMMUNICATION);
}

static TEEC_Result
open_seat(struct seat *s, enum soterd_ta ta)
{
	/* A TEE that knows no users takes the service as nobody. */
	static const uint32_t logins[] = { TEEC_LOGIN_USER, TEEC_LOGIN_PUBLIC };
	TEEC_Result result = TEEC_InitializeContext(NULL, &s->context);

	if (result != TEEC_SUCCESS)
		return (result);
	result = TEEC_ERROR_NOT_SUPPORTED;
	for (size_t i = 0; i < SOTER_COUNT(logins) &&
	     (result == TEEC_ERROR_NOT_SUPPORTED ||
		 result == TEEC_ERROR_NOT_IMPLEMENTED);
	     i++)
		result = TEEC_OpenSession(&s->context, &s->session,
		    &tas[ta].uuid, logins[i], NULL, NULL, NULL);
	s->is_open = result == TEEC_SUCCESS;
	if (!s->is_open)
		TEEC_FinalizeContext(&s->context);
	return (result);
}

static void
close_seat(struct seat *s)
{
	TEEC_CloseSession(&s->session);
	TEEC_FinalizeContext(&s->context);
	s->is_open = false;
}

/* in and out: the bytes of a request and of its reply. */
static TEEC_Result
invoke(struct seat *s, uint32_t command, struct soter_span in, uint8_t *out,
    size_t *n)
{
	TEEC_Operation op = { 0 };
	TEEC_Result result;

	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
	    TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE);
	op.params[0].tmpref.buffer = (void *)(uintptr_t)in.p;
	op.params[0].tmpref.size = in.n;
	op.params[1].tmpref.buffer = out;
	op.params[1].tmpref.size = *n;
	result = TEEC_InvokeCommand(&s->session, command, &op, NULL);
	if (op.params[1].tmpref.size > *n)
		return (TEEC_ERROR_COMMUNICATION);
	*n = op.params[1].tmpref.size;
	return (result);
}

/* A session that was open before may have died since. */
static TEEC_Result
invoke_somehow(struct seat *s, enum soterd_ta ta, uint32_t command,
    struct soter_span in, uint8_t *out, size_t *n)
{
	const size_t room = *n;
	TEEC_Result result = TEEC_ERROR_TARGET_DEAD;

	for (int tries = 0; tries < 2; tries++) {
		if (!s->is_open)
			result = open_seat(s, ta);
		if (!s->is_open)
			return (result);
		*n = room;
		result = invoke(s, command, in, out, n);
		if (result != TEEC_ERROR_TARGET_DEAD &&
		    result != TEEC_ERROR_COMMUNICATION)
			return (result);
		close_seat(s);
	}
	return (result);
}

/* ---- a call ------------------------------------------------------------- */

static enum soter_rc
take_reply(const struct soter_ta_form *form, struct soter_span reply,
    struct soter_writer *body)
{
	struct soter_span bytes;
	enum soter_rc code;

	if (soter_ta_reply_parse(&code, &bytes, reply) != SOTER_OK ||
	    bytes.n > form->reply_max)
		return (SOTER_E_TEE_COMMUNICATION);
	TRY(code);
	return (soter_write(body, bytes) == SOTER_OK ? SOTER_OK
						     : SOTER_E_TEE_BUFFER);
}

enum soter_rc
soterd_tee_call(enum soterd_ta ta, uint32_t command,
    const struct soter_ta_request *x, struct soter_writer *body)
{
	const struct soter_ta_form *form = tas[ta].form(command);
	uint8_t request[SOTER_TA_REQUEST_MAX], reply[SOTER_TA_REPLY_MAX];
	struct soter_writer w = soter_writer(request, sizeof(request));
	size_t n = sizeof(reply);
	TEEC_Result result;
	struct seat *s;

	if (form == NULL || soter_ta_request_write(&w, form, x) != SOTER_OK)
		return (SOTER_E_TEE_ARGUMENT);
	s = sit_down(ta, x->uid);
	result = invoke_somehow(s, ta, command, soter_written(&w), reply, &n);
	stand_up(s);
	TRY(rc_of_result(ta, result));
	return (take_reply(form, soter_span(reply, n), body));
}
