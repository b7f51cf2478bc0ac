/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/api.h -- a TA whose command is a function of the test, so that the
 * test speaks the GP API from where a TA does.
 *
 *	api_begin();
 *	CHECK(api_runs(body));		it ran to its end
 *	CHECK(api_panics(body, why));	it did not
 *	api_end();			nothing may be left open
 */
#ifndef SOTER_TESTS_UNIT_API_H
#define SOTER_TESTS_UNIT_API_H

#include <tee_internal_api.h>

#include "tests/bytes.h"
#include "tests/check.h"
#include "tests/hosttee.h"

#define API_UUID                                     \
	{                                            \
		0x0a1b2c3d, 0x4e5f, 0x6071,          \
		{                                    \
			8, 9, 10, 11, 12, 13, 14, 15 \
		}                                    \
	}

static struct {
	struct hosttee *tee;
	struct hosttee_ta *ta;
	uint32_t session;
	void (*body)(void);
} api;

static TEE_Result
api_create(void)
{
	return (TEE_SUCCESS);
}

static void
api_destroy(void)
{
}

static TEE_Result
api_open_session(uint32_t types, TEE_Param params[4], void **session)
{
	(void)types;
	(void)params;
	(void)session;
	return (TEE_SUCCESS);
}

static void
api_close_session(void *session)
{
	(void)session;
}

static TEE_Result
api_invoke(void *session, uint32_t command, uint32_t types, TEE_Param params[4])
{
	(void)session;
	(void)command;
	(void)types;
	(void)params;
	api.body();
	return (TEE_SUCCESS);
}

static const TEE_Identity api_client = { TEE_LOGIN_USER,
	{ 0x11223344, 0x5566, 0x7788, { 1, 2, 3, 4, 5, 6, 7, 8 } } };

/* Run it as code of the TA, which is started if it panicked before. */
static inline TEE_Result
api_run(void (*body)(void))
{
	TEE_Param params[4] = { 0 };

	if (hosttee_instance(api.ta) == NULL &&
	    hosttee_open(api.ta, &api_client, &api.session) != TEE_SUCCESS)
		return (TEE_ERROR_GENERIC);
	api.body = body;
	return (hosttee_invoke(api.ta, api.session, 0, 0, params));
}

static inline bool
api_runs(void (*body)(void))
{
	if (api_run(body) == TEE_SUCCESS)
		return (true);
	printf("# panic: %s\n",
	    hosttee_panic(api.ta) == NULL ? "" : hosttee_panic(api.ta));
	return (false);
}

/* ... and for the reason that we mean: `why` is a part of it. */
static inline bool
api_panics(void (*body)(void), const char *why)
{
	if (api_run(body) != TEE_ERROR_TARGET_DEAD)
		return (false);
	if (strstr(hosttee_panic(api.ta), why) != NULL)
		return (true);
	printf("# panic: %s\n", hosttee_panic(api.ta));
	return (false);
}

/* Rows of panics, each for its reason. */
struct api_panic {
	const char *what;
	void (*body)(void);
	const char *why;
};

static inline void
api_panic_rows(const struct api_panic *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		check_row("panic: %s", rows[i].what);
		CHECK(api_panics(rows[i].body, rows[i].why));
	}
}

/* Nothing that the TA holds. */
static inline bool
api_is_clean(void)
{
	struct teehost_use use = teehost_instance_use(hosttee_instance(api.ta));

	return (use.objects == 0 && use.operations == 0 &&
	    use.heap_blocks == 0 && use.heap_bytes == 0 &&
	    use.enumerators == 0 && use.ta_sessions == 0);
}

static inline void
api_begin(void)
{
	api.tee = hosttee_new();
	api.ta = hosttee_add(api.tee,
	    &(struct hosttee_setup){
		.uuid = API_UUID,
		.ta = { api_create, api_destroy, api_open_session,
		    api_close_session, api_invoke },
	    });
}

static inline void
api_end(void)
{
	check_row("the TA holds nothing at the end");
	CHECK(hosttee_instance(api.ta) == NULL || api_is_clean());
	hosttee_free(&api.tee);
}

/* ---- what many tests need ---------------------------------------------- */

/* A key from its bytes. */
static inline TEE_ObjectHandle
api_secret(uint32_t type, const void *bytes, size_t n)
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	TEE_Attribute attr;

	TEE_InitRefAttribute(&attr, TEE_ATTR_SECRET_VALUE, bytes, n);
	CHECK(TEE_AllocateTransientObject(type, (uint32_t)n * 8, &key) ==
	    TEE_SUCCESS);
	CHECK(TEE_PopulateTransientObject(key, &attr, 1) == TEE_SUCCESS);
	return (key);
}

/* An operation with this key, which is freed. */
static inline TEE_OperationHandle
api_operation(uint32_t algorithm, uint32_t mode, TEE_ObjectHandle key)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	TEE_ObjectInfo info = { 0 };

	if (key != TEE_HANDLE_NULL)
		TEE_GetObjectInfo1(key, &info);
	CHECK(TEE_AllocateOperation(&op, algorithm, mode, info.objectSize) ==
	    TEE_SUCCESS);
	if (key != TEE_HANDLE_NULL)
		CHECK(TEE_SetOperationKey(op, key) == TEE_SUCCESS);
	TEE_FreeTransientObject(key);
	return (op);
}

#endif
