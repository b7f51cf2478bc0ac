/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A real TEE's libteec behind ours (tests/fakelib): it works on the structures
 * of a program that was compiled with our header, and its functions find each
 * other and not ours.
 */
#include "tests/check.h"
#include "tests/teed.h"

static void
check_open(TEEC_Session *s, uint32_t want)
{
	TEEC_Operation op = { .paramTypes = TEEC_VALUE_OUTPUT };
	uint32_t origin = 0;

	CHECK(TEEC_InvokeCommand(s, 1, &op, &origin) == TEEC_SUCCESS);
	CHECK(origin == TEEC_ORIGIN_TRUSTED_APP);
	CHECK(op.params[0].value.a == want);
}

static void
memory(TEEC_Context *c, TEEC_Session *s)
{
	uint8_t own[10];
	TEEC_SharedMemory registered = { .buffer = own,
		.size = sizeof(own),
		.flags = TEEC_MEM_INPUT };
	TEEC_SharedMemory given = { .size = 5, .flags = TEEC_MEM_INPUT };
	TEEC_Operation op = { 0 };

	check_row("shared memory of its kinds");
	memset(own, 3, sizeof(own));
	CHECK(TEEC_RegisterSharedMemory(c, &registered) == TEEC_SUCCESS);
	CHECK(TEEC_AllocateSharedMemory(c, &given) == TEEC_SUCCESS);
	check_open(s, 112);
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_WHOLE, TEEC_VALUE_OUTPUT,
	    TEEC_NONE, TEEC_NONE);
	op.params[0].memref.parent = &registered;
	CHECK(TEEC_InvokeCommand(s, 2, &op, NULL) == TEEC_SUCCESS);
	CHECK(op.params[1].value.a == 30);
	memset(given.buffer, 4, 5);
	op.params[0].memref.parent = &given;
	CHECK(TEEC_InvokeCommand(s, 2, &op, NULL) == TEEC_SUCCESS);
	CHECK(op.params[1].value.a == 20);
	TEEC_ReleaseSharedMemory(&registered);
	TEEC_ReleaseSharedMemory(&given);
	check_open(s, 110);
}

int
main(void)
{
	const TEEC_UUID uuid = TESTTA_UUID;
	TEEC_Operation op = { 0 };
	TEEC_Context c;
	TEEC_Session s;
	uint32_t origin = 0;

	if (check_slow()) {
		/* They refuse a library that finds its own functions first. */
		check_skip("the system's libteec", "built with a sanitizer");
		return (check_done());
	}
	check_row("a device that it does not have");
	CHECK(TEEC_InitializeContext("/dev/tee8", &c) ==
	    TEEC_ERROR_ITEM_NOT_FOUND);
	check_row("context and session");
	CHECK(TEEC_InitializeContext("/dev/tee7", &c) == TEEC_SUCCESS);
	CHECK(TEEC_OpenSession(&c, &s, &uuid, TEEC_LOGIN_USER, NULL, &op,
		  &origin) == TEEC_SUCCESS);
	CHECK(origin == TEEC_ORIGIN_TRUSTED_APP);
	check_open(&s, 110);
	memory(&c, &s);
	check_row("all of it closed again");
	TEEC_CloseSession(&s);
	CHECK(TEEC_OpenSession(&c, &s, &uuid, TEEC_LOGIN_USER, NULL, NULL,
		  NULL) == TEEC_SUCCESS);
	check_open(&s, 110);
	TEEC_CloseSession(&s);
	TEEC_FinalizeContext(&c);
	return (check_done());
}
