/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "cli/print.h"
#include "cli/teecall.h"

/* OP-TEE and the GP Internal Core API have it, the Client API does not. */
#define CORRUPT_OBJECT 0xf0100001u

/* In the order of enum teecall_ta. */
static const struct {
	const char *name;
	TEEC_UUID uuid;
	const struct soter_ta_form *(*form)(uint32_t command);
} tas[] = {
	[TEECALL_SOTER] = { "TA soter", SOTER_TA_UUID, soter_ta_form },
	[TEECALL_BIO] = { "TA biometric", SOTER_BIO_UUID, soter_bio_form },
};

/* Answers of the API that are the TEE's no, and not a TEE that is not there. */
static enum soter_rc
rc_of_result(TEEC_Result result)
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
		{ TEEC_ERROR_SHORT_BUFFER, SOTER_E_TEE_BUFFER },
	};

	for (size_t i = 0; i < SOTER_COUNT(known); i++)
		if (known[i].result == result)
			return (known[i].rc);
	return (SOTER_E_READ);
}

static enum soter_rc
fail(const struct teecall *t, TEEC_Result result)
{
	static const struct {
		TEEC_Result result;
		const char *text;
	} known[] = {
		{ TEEC_ERROR_ITEM_NOT_FOUND,
		    "the TEE has no such trusted application; install it" },
		{ TEEC_ERROR_TARGET_DEAD,
		    "died during the call; see the log of the TEE, then try "
		    "again" },
		{ TEEC_ERROR_COMMUNICATION,
		    "the connection to the TEE broke; see whether it runs" },
		{ TEEC_ERROR_BUSY, "is busy; try again" },
	};
	enum soter_rc rc = rc_of_result(result);

	if (rc != SOTER_E_READ || t->is_quiet)
		return (rc);
	for (size_t i = 0; i < SOTER_COUNT(known); i++)
		if (known[i].result == result) {
			print_error(tas[t->ta].name, "%s", known[i].text);
			return (SOTER_E_READ);
		}
	print_error(tas[t->ta].name,
	    "the TEE answered 0x%08x; see the log of the TEE",
	    (unsigned)result);
	return (SOTER_E_READ);
}

/* Where was one looked for, and what to do that there is one? */
static enum soter_rc
open_context(TEEC_Context *out)
{
	const char *socket = getenv("SOTER_TEE_SOCKET");
	TEEC_Result result = TEEC_InitializeContext(NULL, out);

	if (result == TEEC_SUCCESS)
		return (SOTER_OK);
	if (socket != NULL && socket[0] == '\0')
		socket = NULL;
	if (result == TEEC_ERROR_ACCESS_DENIED)
		print_error(socket == NULL ? "TEE" : socket,
		    "this user may not talk to it; see soter-tee(1)");
	else if (socket != NULL)
		print_error(socket,
		    "no TEE answers there, as SOTER_TEE_SOCKET says; start "
		    "`soter-teed`, see soter-tee(1)");
	else
		print_error("TEE",
		    "none answers at /dev/tee0, /run/soter-tee/teed.sock or "
		    "$XDG_RUNTIME_DIR/soter-tee/teed.sock; start `soter-teed`, "
		    "or name its socket in SOTER_TEE_SOCKET");
	return (SOTER_E_READ);
}

static TEEC_Result
open_session(struct teecall *t, uint32_t login)
{
	return (TEEC_OpenSession(&t->context, &t->session, &tas[t->ta].uuid,
	    login, NULL, NULL, NULL));
}

enum soter_rc
teecall_open(struct teecall *t, enum teecall_ta ta)
{
	TEEC_Result result;

	t->is_open = t->is_quiet = false;
	t->ta = ta;
	TRY(open_context(&t->context));
	result = open_session(t, TEEC_LOGIN_USER);
	if (result == TEEC_ERROR_NOT_SUPPORTED ||
	    result == TEEC_ERROR_NOT_IMPLEMENTED)
		result = open_session(t, TEEC_LOGIN_PUBLIC);
	t->is_open = result == TEEC_SUCCESS;
	if (t->is_open)
		return (SOTER_OK);
	TEEC_FinalizeContext(&t->context);
	return (fail(t, result));
}

enum soter_rc
teecall_nonsense(enum teecall_ta ta)
{
	print_error(tas[ta].name,
	    "gave an answer that cannot be; use a TEE and a soter of the same "
	    "version");
	return (SOTER_E_READ);
}

/* Split what came back; its code is the answer. */
static enum soter_rc
take_reply(const struct teecall *t, size_t n, struct soter_span *body)
{
	struct soter_span ignored;
	enum soter_rc code;

	if (n > sizeof(t->reply) ||
	    soter_ta_reply_parse(&code, body == NULL ? &ignored : body,
		soter_span(t->reply, n)) != SOTER_OK)
		return (t->is_quiet ? SOTER_E_READ : teecall_nonsense(t->ta));
	return (code);
}

enum soter_rc
teecall_run(struct teecall *t, uint32_t command,
    const struct soter_ta_request *x, struct soter_span *body)
{
	uint8_t request[SOTER_TA_REQUEST_MAX];
	struct soter_writer w = soter_writer(request, sizeof(request));
	TEEC_Operation operation = { 0 };
	TEEC_Result result;

	if (soter_ta_request_write(&w, tas[t->ta].form(command), x) !=
	    SOTER_OK) {
		print_error(tas[t->ta].name,
		    "cannot be asked this: a name, a challenge or a number is "
		    "beyond its limit");
		return (SOTER_E_ARGUMENT);
	}
	operation.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
	    TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE);
	operation.params[0].tmpref.buffer = request;
	operation.params[0].tmpref.size = w.len;
	operation.params[1].tmpref.buffer = t->reply;
	operation.params[1].tmpref.size = sizeof(t->reply);
	result = TEEC_InvokeCommand(&t->session, command, &operation, NULL);
	soter_wipe(request, sizeof(request)); /* it may hold a PIN */
	if (result != TEEC_SUCCESS)
		return (fail(t, result));
	return (take_reply(t, operation.params[1].tmpref.size, body));
}

void
teecall_undo(struct teecall *t, uint32_t command,
    const struct soter_ta_request *x)
{
	enum soter_rc rc;

	t->is_quiet = true;
	rc = teecall_run(t, command, x, NULL);
	(void)rc;
	t->is_quiet = false;
}

void
teecall_close(struct teecall *t)
{
	if (!t->is_open)
		return;
	TEEC_CloseSession(&t->session);
	TEEC_FinalizeContext(&t->context);
	t->is_open = false;
}

enum soter_rc
teecall_once(enum teecall_ta ta, uint32_t command,
    const struct soter_ta_request *x, struct soter_writer *out)
{
	struct teecall t = { .is_open = false };
	struct soter_span body;
	enum soter_rc rc;

	if ((rc = teecall_open(&t, ta)) != SOTER_OK)
		goto out;
	if ((rc = teecall_run(&t, command, x, &body)) != SOTER_OK)
		goto out;
	if (out != NULL && soter_write(out, body) != SOTER_OK)
		rc = teecall_nonsense(ta);
out:
	teecall_close(&t);
	return (rc);
}
