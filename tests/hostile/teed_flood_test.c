/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hostile TA beside ours opens sessions to another one until it is stopped:
 * others must get theirs.
 */
#include <signal.h>

#include "tests/check.h"
#include "tests/teed.h"

#define VICTIM "11111111-1111-4111-8111-111111111111"
#define SECOND "22222222-2222-4222-8222-222222222222"

static TEEC_Value
flood(TEEC_Context *c, const char *from)
{
	const TEEC_UUID to = teed_uuid(from);
	TEEC_UUID victim = teed_uuid(VICTIM);
	TEEC_Operation op = { 0 };
	TEEC_Session s;

	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
	    TEEC_VALUE_OUTPUT, TEEC_NONE, TEEC_NONE);
	op.params[0].tmpref = (TEEC_TempMemoryReference){ &victim, 16 };
	CHECK(TEEC_OpenSession(c, &s, &to, TEEC_LOGIN_PUBLIC, NULL, NULL,
		  NULL) == TEEC_SUCCESS);
	CHECK(TEEC_InvokeCommand(&s, TESTTA_FLOOD, &op, NULL) == TEEC_SUCCESS);
	TEEC_CloseSession(&s);
	return (op.params[1].value);
}

/* Whatever was refused, a user gets a session. */
static void
others_are_served(TEEC_Context *c)
{
	const TEEC_UUID victim = teed_uuid(VICTIM);
	TEEC_Session s;

	CHECK(TEEC_OpenSession(c, &s, &victim, TEEC_LOGIN_USER, NULL, NULL,
		  NULL) == TEEC_SUCCESS);
	CHECK(teed_call(&s, TESTTA_LEAVE) != TEEC_ERROR_COMMUNICATION);
	TEEC_CloseSession(&s);
}

int
main(int argc, char **argv)
{
	struct teed t;
	TEEC_Context c;
	TEEC_Value value;

	if (argc != 3)
		return (2);
	teed_new(&t, argv[1], argv[2]);
	teed_add(&t, VICTIM, TEED_CONF);
	teed_add(&t, SECOND, TEED_CONF);
	check_row("soter-teed starts");
	CHECK(teed_start(&t));
	CHECK(TEEC_InitializeContext(t.socket, &c) == TEEC_SUCCESS);

	check_row("a TA has as many sessions to another as a user may have");
	value = flood(&c, TESTTA_TEXT);
	CHECK(value.a == 128 && value.b == TEEC_ERROR_BUSY);
	others_are_served(&c);

	check_row("two of them: no more");
	value = flood(&c, SECOND);
	CHECK(value.a == 128 && value.b == TEEC_ERROR_BUSY);
	others_are_served(&c);

	TEEC_FinalizeContext(&c);
	CHECK(teed_stop(&t, SIGTERM) == 0);
	teed_end(&t);
	return (check_done());
}
