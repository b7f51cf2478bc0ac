/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API, chapters 4 and 7: memory, properties, other TAs,
 * cancellation, time; and the life of an instance.
 */
#include "teehost/gpobject.h"
#include "teehost/uuid.h"
#include "tests/unit/api.h"

/* ---- memory ------------------------------------------------------------ */

static void
memory(void)
{
	uint8_t *a = TEE_Malloc(100, TEE_MALLOC_FILL_ZERO), *b;
	struct teehost_use use;

	CHECK(a != NULL && bytes_are(a, 100, 0));
	TEE_MemFill(a, 0x1aa, 100);
	CHECK(bytes_are(a, 100, 0xaa));
	b = TEE_Realloc(a, 200);
	CHECK(
	    b != NULL && bytes_are(b, 100, 0xaa) && bytes_are(b + 100, 100, 0));
	b = TEE_Realloc(b, 10);
	CHECK(b != NULL && bytes_are(b, 10, 0xaa));
	a = TEE_Realloc(NULL, 7);
	CHECK(a != NULL && bytes_are(a, 7, 0));
	use = teehost_instance_use(teehost_current());
	CHECK(use.heap_blocks == 2 && use.heap_bytes == 17);
	TEE_MemMove(b + 1, b, 9);
	TEE_MemMove(NULL, NULL, 0);
	TEE_Free(a);
	TEE_Free(b);
	TEE_Free(NULL);
	/* Nothing is a block, too. */
	a = TEE_Malloc(0, TEE_MALLOC_NO_FILL | TEE_MALLOC_NO_SHARE);
	CHECK(a != NULL);
	TEE_Free(a);
	TEE_Free(TEE_Realloc(TEE_Malloc(5, 0), 0));
}

/* Where dataSize is as large as a size can be, as on a machine of 32 bits. */
static void
memory_wraps(void)
{
	struct teehost_instance *self = teehost_current();
	size_t max = self->heap_max;

	self->heap_max = SIZE_MAX;
	CHECK(TEE_Malloc(SIZE_MAX, 0) == NULL);
	CHECK(TEE_Malloc(SIZE_MAX - 7, 0) == NULL);
	/* It does not wrap; a sanitizer ends the program at such a size. */
	if (!check_slow())
		CHECK(TEE_Malloc(SIZE_MAX - 31, 0) == NULL);
	CHECK(teehost_instance_use(self).heap_blocks == 0);
	self->heap_max = max;
}

/* What soter_wipe() was called for: the test stands in front of it. */
static struct soter_span wiped[16];
static size_t wiped_n;

void __real_soter_wipe(void *p, size_t n);
void __wrap_soter_wipe(void *p, size_t n);

void
__wrap_soter_wipe(void *p, size_t n)
{
	wiped[wiped_n++ % SOTER_COUNT(wiped)] = soter_span(p, n);
	__real_soter_wipe(p, n);
}

static bool
was_wiped(const void *p, size_t n)
{
	for (size_t i = 0; i < SOTER_COUNT(wiped); i++)
		if (wiped[i].p == p && wiped[i].n >= n)
			return (true);
	return (false);
}

/* A secret that is freed is gone. */
static void
memory_wiped(void)
{
	TEE_ObjectHandle o, stored = TEE_HANDLE_NULL;
	const uint8_t *data;
	void *a, *b;

	a = TEE_Malloc(40, 0);
	memset(wiped, 0, sizeof(wiped));
	b = TEE_Realloc(a, 50);
	CHECK(was_wiped(a, 40));
	TEE_Free(b);
	CHECK(was_wiped(b, 50));

	o = api_secret(TEE_TYPE_AES, "0123456789abcdef", 16);
	data = teehost_gpobject_get(o, "")->head->material->bytes;
	TEE_FreeTransientObject(o);
	CHECK(was_wiped(data, 16));

	CHECK(TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, "w", 1,
		  TEE_DATA_FLAG_ACCESS_WRITE_META, TEE_HANDLE_NULL, "secret", 6,
		  &stored) == TEE_SUCCESS);
	data = teehost_gpobject_get(stored, "")->stored->data;
	TEE_CloseAndDeletePersistentObject(stored);
	CHECK(was_wiped(data, 6));
}

static void
memory_limit(void)
{
	static const size_t sizes[] = { 4097, 1 << 20, SIZE_MAX, SIZE_MAX - 15,
		SIZE_MAX / 2 };
	void *a = TEE_Malloc(4096, 0);

	CHECK(a != NULL);
	CHECK(TEE_Malloc(1, 0) == NULL);
	CHECK(TEE_Realloc(a, 4096) == NULL);
	TEE_Free(a);
	for (size_t i = 0; i < SOTER_COUNT(sizes); i++)
		CHECK(TEE_Malloc(sizes[i], 0) == NULL);
	a = TEE_Malloc(4096, 0);
	CHECK(a != NULL);
	TEE_Free(a);
}

static int
sign_of(int32_t x)
{
	return (x < 0 ? -1 : x > 0 ? 1 : 0);
}

/* x against y at one place; what comes behind must not matter. */
static bool
compares(int x, int y, size_t at)
{
	uint8_t a[3] = { 7, 7, 7 }, b[3] = { 7, 7, 7 };

	a[at] = (uint8_t)x;
	b[at] = (uint8_t)y;
	if (at < 2 && x != y) {
		a[2] = 0;
		b[2] = 255;
	}
	return (sign_of(TEE_MemCompare(a, b, 3)) == sign_of(memcmp(a, b, 3)));
}

static void
compare(void)
{
	size_t wrong = 0;

	CHECK(TEE_MemCompare(NULL, NULL, 0) == 0);
	for (int x = 0; x < 256; x++)
		for (int y = 0; y < 256; y++)
			for (size_t at = 0; at < 3; at++)
				wrong += compares(x, y, at) ? 0 : 1;
	CHECK(wrong == 0);
}

static void
rights(void)
{
	char own[16];

	CHECK(TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_READ, own, 16) ==
	    TEE_SUCCESS);
	CHECK(TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_READ, NULL, 0) ==
	    TEE_SUCCESS);
	CHECK(TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_READ, NULL, 1) ==
	    TEE_ERROR_ACCESS_DENIED);
	CHECK(TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_READ, own,
		  SIZE_MAX) == TEE_ERROR_ACCESS_DENIED);
}

static void
instance_data(void)
{
	static const int x;

	CHECK(TEE_GetInstanceData() == NULL);
	TEE_SetInstanceData(&x);
	CHECK(TEE_GetInstanceData() == &x);
	TEE_SetInstanceData(NULL);
}

static void
p_free_garbage(void)
{
	char own;

	TEE_Free(&own);
}

static void
p_free_inside(void)
{
	TEE_Free((char *)TEE_Malloc(64, 0) + 16);
}

static void
p_free_twice(void)
{
	void *a = TEE_Malloc(64, 0);

	TEE_Free(a);
	TEE_Free(a);
}

static void
p_realloc_freed(void)
{
	void *a = TEE_Malloc(64, 0);

	TEE_Free(a);
	TEE_Realloc(a, 5);
}

static void
p_panic(void)
{
	TEE_Panic(0xabcd);
}

static const struct teehost_property small_heap[] = {
	{ "gpd.ta.dataSize", TEEHOST_U32, "4096" },
};

static void
test_memory(void)
{
	check_row("memory comes zeroed and is counted");
	CHECK(api_runs(memory));
	check_row("memory and keys that are freed are wiped");
	CHECK(api_runs(memory_wiped));
	check_row("TEE_Malloc: a size that wraps");
	CHECK(api_runs(memory_wraps));
	check_row("a TA has as much memory as its property says");
	hosttee_restart(api.ta);
	hosttee_set_properties(api.ta, small_heap, 1);
	CHECK(api_runs(memory_limit));
	hosttee_restart(api.ta);
	hosttee_set_properties(api.ta, NULL, 0);
	check_row("two bytes are compared as memcmp() does");
	CHECK(api_runs(compare));
	check_row("rights to memory");
	CHECK(api_runs(rights));
	check_row("an instance's own pointer");
	CHECK(api_runs(instance_data));
	check_row("TEE_Panic gives its code on");
	CHECK(api_panics(p_panic, "TEE_Panic"));
	CHECK(hosttee_panic_code(api.ta) == 0xabcd);
}

/* ---- properties -------------------------------------------------------- */

static const struct teehost_property properties[] = {
	{ "yes", TEEHOST_BOOL, "true" },
	{ "no", TEEHOST_BOOL, "false" },
	{ "n32", TEEHOST_U32, "4294967295" },
	{ "n64", TEEHOST_U64, "18446744073709551615" },
	{ "id", TEEHOST_UUID, "58ac9ca0-2086-4683-a1b8-ec4bc08e01b6" },
	{ "who", TEEHOST_IDENTITY, "1:58AC9CA0-2086-4683-A1B8-EC4BC08E01B6" },
	{ "anybody", TEEHOST_IDENTITY, "0" },
	{ "text", TEEHOST_STRING, "a text" },
	{ "bytes", TEEHOST_BINARY, "AAEC/w==" },
	{ "broken", TEEHOST_BINARY, "AAEC/w=" },
	{ "gpd.ta.appID", TEEHOST_UUID,
	    "00000000-0000-0000-0000-000000000000" },
};

#define TA TEE_PROPSET_CURRENT_TA

static void
property_values(void)
{
	static const TEE_UUID id = { 0x58ac9ca0, 0x2086, 0x4683,
		{ 0xa1, 0xb8, 0xec, 0x4b, 0xc0, 0x8e, 0x01, 0xb6 } };
	static const TEE_UUID mine = API_UUID;
	TEE_Identity who;
	TEE_UUID uuid;
	uint32_t n32;
	uint64_t n64;
	bool flag;
	char out[64];
	size_t n = sizeof(out);

	CHECK(TEE_GetPropertyAsBool(TA, "yes", &flag) == TEE_SUCCESS && flag);
	CHECK(TEE_GetPropertyAsBool(TA, "no", &flag) == TEE_SUCCESS && !flag);
	CHECK(TEE_GetPropertyAsU32(TA, "n32", &n32) == TEE_SUCCESS &&
	    n32 == UINT32_MAX);
	CHECK(TEE_GetPropertyAsU64(TA, "n64", &n64) == TEE_SUCCESS &&
	    n64 == UINT64_MAX);
	CHECK(TEE_GetPropertyAsUUID(TA, "id", &uuid) == TEE_SUCCESS &&
	    memcmp(&uuid, &id, sizeof(id)) == 0);
	CHECK(TEE_GetPropertyAsIdentity(TA, "who", &who) == TEE_SUCCESS &&
	    who.login == 1 && memcmp(&who.uuid, &id, sizeof(id)) == 0);
	CHECK(TEE_GetPropertyAsIdentity(TA, "anybody", &who) == TEE_SUCCESS &&
	    who.login == 0 && bytes_are(&who.uuid, sizeof(uuid), 0));
	CHECK(TEE_GetPropertyAsString(TA, "text", out, &n) == TEE_SUCCESS &&
	    n == 7 && strcmp(out, "a text") == 0);
	n = 6;
	CHECK(TEE_GetPropertyAsString(TA, "text", out, &n) ==
		TEE_ERROR_SHORT_BUFFER &&
	    n == 7);
	n = 4;
	CHECK(
	    TEE_GetPropertyAsBinaryBlock(TA, "bytes", out, &n) == TEE_SUCCESS &&
	    n == 4 && memcmp(out, "\0\1\2\xff", 4) == 0);
	n = 3;
	CHECK(TEE_GetPropertyAsBinaryBlock(TA, "bytes", out, &n) ==
		TEE_ERROR_SHORT_BUFFER &&
	    n == 4);
	/* Its own UUID is not what a .conf says. */
	CHECK(TEE_GetPropertyAsUUID(TA, "gpd.ta.appID", &uuid) == TEE_SUCCESS &&
	    memcmp(&uuid, &mine, sizeof(mine)) == 0);
}

static void
property_formats(void)
{
	TEE_Identity who;
	TEE_UUID uuid;
	uint32_t n32;
	uint64_t n64;
	bool flag;
	char out[64];
	size_t n = sizeof(out);

	CHECK(TEE_GetPropertyAsBool(TA, "text", &flag) == TEE_ERROR_BAD_FORMAT);
	CHECK(TEE_GetPropertyAsU32(TA, "n64", &n32) == TEE_ERROR_BAD_FORMAT);
	CHECK(TEE_GetPropertyAsU64(TA, "yes", &n64) == TEE_ERROR_BAD_FORMAT);
	CHECK(TEE_GetPropertyAsUUID(TA, "who", &uuid) == TEE_ERROR_BAD_FORMAT);
	CHECK(
	    TEE_GetPropertyAsIdentity(TA, "id", &who) == TEE_ERROR_BAD_FORMAT);
	CHECK(TEE_GetPropertyAsBinaryBlock(TA, "broken", out, &n) ==
	    TEE_ERROR_BAD_FORMAT);
	CHECK(
	    TEE_GetPropertyAsBool(TA, "ye", &flag) == TEE_ERROR_ITEM_NOT_FOUND);
	CHECK(TEE_GetPropertyAsString(TA, "", out, &n) ==
	    TEE_ERROR_ITEM_NOT_FOUND);
	CHECK(TEE_GetPropertyAsBool(TEE_PROPSET_CURRENT_CLIENT, "yes", &flag) ==
	    TEE_ERROR_ITEM_NOT_FOUND);
	CHECK(TEE_GetPropertyAsU32(TEE_PROPSET_TEE_IMPLEMENTATION,
		  "gpd.tee.trustedStorage.antiRollback.protectionLevel",
		  &n32) == TEE_SUCCESS &&
	    n32 == 1000);
}

static void
property_client(void)
{
	TEE_Identity who;
	char out[64];
	size_t n = sizeof(out);

	CHECK(TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT,
		  "gpd.client.identity", &who) == TEE_SUCCESS);
	CHECK(who.login == api_client.login &&
	    memcmp(&who.uuid, &api_client.uuid, sizeof(TEE_UUID)) == 0);
	CHECK(TEE_GetPropertyAsString(TEE_PROPSET_CURRENT_CLIENT,
		  "gpd.client.identity", out, &n) == TEE_SUCCESS);
	CHECK(strcmp(out, "1:11223344-5566-7788-0102-030405060708") == 0);
}

static void
property_enumerator(void)
{
	TEE_PropSetHandle e = TEE_HANDLE_NULL;
	size_t count = 1, n;
	char name[64];
	bool flag;

	CHECK(TEE_AllocatePropertyEnumerator(&e) == TEE_SUCCESS);
	TEE_StartPropertyEnumerator(e, TA);
	n = 4;
	CHECK(TEE_GetPropertyName(e, name, &n) == TEE_ERROR_SHORT_BUFFER &&
	    n == sizeof("gpd.ta.appID"));
	CHECK(TEE_GetPropertyName(e, name, &n) == TEE_SUCCESS &&
	    strcmp(name, "gpd.ta.appID") == 0);
	CHECK(TEE_GetNextProperty(e) == TEE_SUCCESS);
	CHECK(
	    TEE_GetPropertyAsBool(e, "ignored", &flag) == TEE_SUCCESS && flag);
	do
		count++;
	while (TEE_GetNextProperty(e) == TEE_SUCCESS);
	CHECK(count == SOTER_COUNT(properties) + 1);
	CHECK(TEE_GetNextProperty(e) == TEE_ERROR_ITEM_NOT_FOUND);
	n = sizeof(name);
	CHECK(TEE_GetPropertyName(e, name, &n) == TEE_ERROR_ITEM_NOT_FOUND);
	CHECK(
	    TEE_GetPropertyAsBool(e, NULL, &flag) == TEE_ERROR_ITEM_NOT_FOUND);
	TEE_ResetPropertyEnumerator(e);
	TEE_FreePropertyEnumerator(e);
}

static void
p_enumerator_not_started(void)
{
	TEE_PropSetHandle e = TEE_HANDLE_NULL;

	CHECK(TEE_AllocatePropertyEnumerator(&e) == TEE_SUCCESS);
	TEE_GetNextProperty(e);
}

static void
p_set_of_garbage(void)
{
	bool flag;

	TEE_GetPropertyAsBool((TEE_PropSetHandle)(uintptr_t)0xFFFFFFFC, "yes",
	    &flag);
}

static const struct {
	const char *text;
	bool good;
} uuids[] = {
	{ "58ac9ca0-2086-4683-a1b8-ec4bc08e01b6", true },
	{ "58AC9CA0-2086-4683-A1B8-EC4BC08E01B6", true },
	{ "", false },
	{ "58ac9ca0-2086-4683-a1b8-ec4bc08e01b", false },
	{ "58ac9ca0-2086-4683-a1b8-ec4bc08e01b67", false },
	{ "58ac9ca0-2086-4683-a1b8-ec4bc08e01bg", false },
	{ "58ac9ca0 2086-4683-a1b8-ec4bc08e01b6", false },
	{ "58ac9ca02-086-4683-a1b8-ec4bc08e01b6", false },
	{ "58ac9ca0-2086-4683-a1b8--c4bc08e01b6", false },
};

static void
test_uuids(void)
{
	for (size_t i = 0; i < SOTER_COUNT(uuids); i++) {
		TEE_UUID x;
		uint8_t out[40];
		struct soter_writer w = soter_writer(out, sizeof(out));

		check_row("UUID %s", uuids[i].text);
		memset(&x, 0x55, sizeof(x));
		CHECK_RC(teehost_uuid_parse(&x, soter_text(uuids[i].text)),
		    uuids[i].good ? SOTER_OK : SOTER_E_FORMAT);
		if (!uuids[i].good) {
			CHECK(bytes_are(&x, sizeof(x), 0x55));
			continue;
		}
		CHECK_RC(teehost_uuid_write(&w, &x), SOTER_OK);
		CHECK(soter_span_equal(soter_written(&w),
		    soter_text(uuids[0].text)));
	}
}

static void
test_properties(void)
{
	hosttee_restart(api.ta);
	hosttee_set_properties(api.ta, properties, SOTER_COUNT(properties));
	check_row("each kind of property");
	CHECK(api_runs(property_values));
	check_row("properties of another form, or none");
	CHECK(api_runs(property_formats));
	check_row("who the client is");
	CHECK(api_runs(property_client));
	check_row("properties one by one");
	CHECK(api_runs(property_enumerator));
	test_uuids();
}

/* ---- time and cancellation --------------------------------------------- */

static void
system_time(void)
{
	TEE_Time t;

	TEE_GetSystemTime(&t);
	CHECK(t.seconds == 12 && t.millis == 345);
	CHECK(TEE_Wait(1655) == TEE_SUCCESS);
	TEE_GetSystemTime(&t);
	CHECK(t.seconds == 14 && t.millis == 0);
	CHECK(TEE_Wait(0) == TEE_SUCCESS);
	TEE_GetREETime(&t);
	CHECK(t.seconds > 1600000000 && t.millis < 1000);
}

static void
cancelled(void)
{
	TEE_Time t;

	/* Masked as an entry point begins. */
	CHECK(!TEE_GetCancellationFlag());
	CHECK(TEE_Wait(100) == TEE_SUCCESS);
	CHECK(TEE_UnmaskCancellation());
	CHECK(TEE_GetCancellationFlag());
	CHECK(TEE_Wait(TEE_TIMEOUT_INFINITE) == TEE_ERROR_CANCEL);
	CHECK(!TEE_MaskCancellation());
	CHECK(!TEE_GetCancellationFlag());
	TEE_GetSystemTime(&t);
	CHECK(t.seconds == 14 && t.millis == 100);
}

static void
test_time(void)
{
	hosttee_set_ms(api.tee, 12345);
	check_row("the TEE's time, and waiting");
	CHECK(api_runs(system_time));
	check_row("cancelling, masked and not");
	hosttee_set_cancelled(api.tee, true);
	CHECK(api_runs(cancelled));
	hosttee_set_cancelled(api.tee, false);
}

/* ---- between TAs ------------------------------------------------------- */

#define OTHER_UUID                               \
	{                                        \
		1, 2, 3,                         \
		{                                \
			4, 5, 6, 7, 8, 9, 10, 11 \
		}                                \
	}

enum other_command { OTHER_WHO, OTHER_ADD, OTHER_PANIC, OTHER_BACK };

static const TEE_UUID me = API_UUID, other_uuid = OTHER_UUID;
static struct hosttee_ta *other;
static unsigned other_open;

static TEE_Result
other_open_session(uint32_t types, TEE_Param params[4], void **session)
{
	if (types == TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0) &&
	    params[0].value.a == 13)
		return (0x70001313);
	*session = TEE_Malloc(16, 0);
	other_open++;
	return (TEE_SUCCESS);
}

static void
other_close_session(void *session)
{
	TEE_Free(session);
	other_open--;
}

static TEE_Result
other_who(void)
{
	TEE_Identity who;

	CHECK(TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT,
		  "gpd.client.identity", &who) == TEE_SUCCESS);
	CHECK(who.login == TEE_LOGIN_TRUSTED_APP &&
	    memcmp(&who.uuid, &me, sizeof(me)) == 0);
	return (TEE_SUCCESS);
}

/* Keys must not call the one that called: GP has no way to do both. */
static TEE_Result
other_back(void)
{
	TEE_TASessionHandle s = TEE_HANDLE_NULL;
	uint32_t origin;

	CHECK(TEE_OpenTASession(&me, TEE_TIMEOUT_INFINITE, 0, NULL, &s,
		  &origin) == TEE_ERROR_BUSY);
	CHECK(origin == TEE_ORIGIN_TEE && s == TEE_HANDLE_NULL);
	return (TEE_SUCCESS);
}

static TEE_Result
other_invoke(void *session, uint32_t command, uint32_t types,
    TEE_Param params[4])
{
	CHECK(session != NULL && teehost_current() == hosttee_instance(other));
	if (command == OTHER_WHO)
		return (other_who());
	if (command == OTHER_BACK)
		return (other_back());
	if (command == OTHER_PANIC) {
		TEE_Malloc(100, 0);
		TEE_Panic(7);
	}
	CHECK(types ==
	    TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INOUT,
		TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0));
	params[0].value.a += params[0].value.b;
	TEE_MemFill(params[1].memref.buffer, 'x', params[1].memref.size);
	/* The client's memory is not the TA's alone. */
	CHECK(TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_READ,
		  params[1].memref.buffer, 1) == TEE_ERROR_ACCESS_DENIED);
	CHECK(TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_READ |
		      TEE_MEMORY_ACCESS_ANY_OWNER,
		  params[1].memref.buffer, 1) == TEE_SUCCESS);
	return (0x70000042);
}

static void
call_other(void)
{
	TEE_TASessionHandle s = TEE_HANDLE_NULL;
	TEE_Param params[4] = { 0 };
	uint32_t origin = 0;
	char out[4];

	CHECK(TEE_OpenTASession(&other_uuid, TEE_TIMEOUT_INFINITE, 0, NULL, &s,
		  &origin) == TEE_SUCCESS);
	CHECK(origin == TEE_ORIGIN_TRUSTED_APP && other_open == 1);
	CHECK(TEE_InvokeTACommand(s, TEE_TIMEOUT_INFINITE, OTHER_WHO, 0, NULL,
		  NULL) == TEE_SUCCESS);
	params[0].value.a = 40;
	params[0].value.b = 2;
	params[1].memref.buffer = out;
	params[1].memref.size = sizeof(out);
	CHECK(TEE_InvokeTACommand(s, TEE_TIMEOUT_INFINITE, OTHER_ADD,
		  TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INOUT,
		      TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0),
		  params, &origin) == 0x70000042);
	CHECK(params[0].value.a == 42 && memcmp(out, "xxxx", 4) == 0 &&
	    origin == TEE_ORIGIN_TRUSTED_APP);
	CHECK(TEE_InvokeTACommand(s, TEE_TIMEOUT_INFINITE, OTHER_BACK, 0, NULL,
		  NULL) == TEE_SUCCESS);
	CHECK(teehost_current() == hosttee_instance(api.ta));
	TEE_CloseTASession(s);
	TEE_CloseTASession(TEE_HANDLE_NULL);
	CHECK(other_open == 0);
}

static void
call_refused(void)
{
	static const TEE_UUID nobody = { 9, 9, 9, { 9 } };
	TEE_TASessionHandle s = TEE_HANDLE_NULL;
	TEE_Param params[4] = { 0 };
	uint32_t origin = 0;

	CHECK(TEE_OpenTASession(&nobody, 0, 0, NULL, &s, &origin) ==
	    TEE_ERROR_ITEM_NOT_FOUND);
	CHECK(origin == TEE_ORIGIN_TEE && s == TEE_HANDLE_NULL);
	params[0].value.a = 13;
	CHECK(TEE_OpenTASession(&other_uuid, 0,
		  TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0), params,
		  &s, &origin) == 0x70001313);
	CHECK(origin == TEE_ORIGIN_TRUSTED_APP && s == TEE_HANDLE_NULL);
	CHECK(
	    TEE_OpenTASession(&me, 0, 0, NULL, &s, &origin) == TEE_ERROR_BUSY);
}

/* The other one's panic is an answer; this TA goes on. */
static void
call_panics(void)
{
	TEE_TASessionHandle s = TEE_HANDLE_NULL, t = TEE_HANDLE_NULL;
	uint32_t origin = 0;
	void *mine = TEE_Malloc(32, 0);

	CHECK(TEE_OpenTASession(&other_uuid, 0, 0, NULL, &s, NULL) ==
	    TEE_SUCCESS);
	CHECK(TEE_InvokeTACommand(s, 0, OTHER_PANIC, 0, NULL, &origin) ==
	    TEE_ERROR_TARGET_DEAD);
	CHECK(origin == TEE_ORIGIN_TEE &&
	    teehost_current() == hosttee_instance(api.ta));
	CHECK(TEE_InvokeTACommand(s, 0, OTHER_WHO, 0, NULL, &origin) ==
	    TEE_ERROR_TARGET_DEAD);
	/* A new instance does not know the old one's sessions. */
	CHECK(TEE_OpenTASession(&other_uuid, 0, 0, NULL, &t, NULL) ==
	    TEE_SUCCESS);
	CHECK(TEE_InvokeTACommand(s, 0, OTHER_WHO, 0, NULL, &origin) ==
	    TEE_ERROR_TARGET_DEAD);
	CHECK(TEE_InvokeTACommand(t, 0, OTHER_WHO, 0, NULL, &origin) ==
	    TEE_SUCCESS);
	TEE_CloseTASession(s);
	TEE_CloseTASession(t);
	TEE_Free(mine);
}

/* A TA that dies with a session open leaves none behind. */
static void
p_with_session(void)
{
	TEE_TASessionHandle s = TEE_HANDLE_NULL;

	CHECK(TEE_OpenTASession(&other_uuid, 0, 0, NULL, &s, NULL) ==
	    TEE_SUCCESS);
	CHECK(other_open == 1);
	TEE_Panic(1);
}

static void
p_bad_types(void)
{
	TEE_TASessionHandle s;
	TEE_Param params[4] = { 0 };

	TEE_OpenTASession(&other_uuid, 0, 4, params, &s, NULL);
}

static void
p_many_types(void)
{
	TEE_TASessionHandle s;
	TEE_Param params[4] = { 0 };

	TEE_OpenTASession(&other_uuid, 0, 0x10000, params, &s, NULL);
}

static void
p_null_memref(void)
{
	TEE_TASessionHandle s;
	TEE_Param params[4] = { 0 };

	params[0].memref.size = 1;
	TEE_OpenTASession(&other_uuid, 0, TEE_PARAM_TYPE_MEMREF_INPUT, params,
	    &s, NULL);
}

static void
p_session_garbage(void)
{
	TEE_InvokeTACommand((TEE_TASessionHandle)(uintptr_t)5, 0, 0, 0, NULL,
	    NULL);
}

static void
test_sessions(void)
{
	hosttee_restart(api.ta);
	hosttee_set_properties(api.ta, NULL, 0);
	other = hosttee_add(api.tee,
	    &(struct hosttee_setup){
		.uuid = OTHER_UUID,
		.ta = { api_create, api_destroy, other_open_session,
		    other_close_session, other_invoke },
	    });
	check_row("a TA calls another one, and is who it is");
	CHECK(api_runs(call_other));
	check_row(
	    "sessions that cannot be had, and from where the answer came");
	CHECK(api_runs(call_refused));
	check_row("the other TA panics");
	CHECK(api_runs(call_panics));
	other_open = 0;
	check_row("a TA dies in the middle of a session");
	CHECK(api_panics(p_with_session, "TEE_Panic"));
	CHECK(other_open == 0);
}

/* ---- instances --------------------------------------------------------- */

static TEE_Result create_answer;
static bool create_panics;
static unsigned destroyed;

static TEE_Result
picky_create(void)
{
	TEE_Malloc(10, 0);
	if (create_panics)
		TEE_Panic(5);
	return (create_answer);
}

static void
picky_destroy(void)
{
	destroyed++;
}

/* An instance whose code runs is not entered again, nor its session closed. */
static void
enters_itself(void)
{
	struct teehost_instance *self = teehost_current();
	TEE_Param params[4] = { 0 };
	uint32_t s = 77;

	CHECK(teehost_instance_open(self, &api_client, 0, params, &s) ==
		TEE_ERROR_BUSY &&
	    s == 77);
	CHECK(teehost_instance_invoke(self, api.session, 0, 0, params) ==
	    TEE_ERROR_BUSY);
	teehost_instance_close(self, api.session);
	CHECK(teehost_instance_use(self).sessions == 1 &&
	    teehost_current() == self);
}

static void
test_instance(void)
{
	const TEE_Identity nobody = { TEE_LOGIN_PUBLIC, { 0 } };
	struct hosttee_ta *ta = hosttee_add(api.tee,
	    &(struct hosttee_setup){
		.uuid = { 7, 7, 7, { 7 } },
		.ta = { picky_create, picky_destroy, api_open_session,
		    api_close_session, api_invoke },
	    });
	uint32_t s = 77, t = 77;
	TEE_Param params[4] = { 0 };

	check_row("an instance is not entered while its code runs");
	CHECK(api_runs(enters_itself));
	check_row("an instance that does not want to be made");
	create_answer = TEE_ERROR_GENERIC;
	CHECK(hosttee_open(ta, &nobody, &s) == TEE_ERROR_GENERIC);
	CHECK(hosttee_instance(ta) == NULL && s == 77 && destroyed == 0);
	check_row("an instance that panics as it is made");
	create_panics = true;
	CHECK(hosttee_open(ta, &nobody, &s) == TEE_ERROR_TARGET_DEAD);
	CHECK(hosttee_instance(ta) == NULL && teehost_current() == NULL &&
	    hosttee_panic_code(ta) == 5);
	check_row("an instance that lives, with two sessions");
	create_panics = false;
	create_answer = TEE_SUCCESS;
	CHECK(hosttee_open(ta, &nobody, &s) == TEE_SUCCESS);
	CHECK(hosttee_open(ta, &nobody, &t) == TEE_SUCCESS && s != t);
	CHECK(teehost_instance_use(hosttee_instance(ta)).sessions == 2);
	hosttee_close(ta, s);
	hosttee_close(ta, s);
	CHECK(hosttee_invoke(ta, s, 0, 0, params) == TEE_ERROR_ITEM_NOT_FOUND);
	CHECK(teehost_instance_use(hosttee_instance(ta)).sessions == 1);
	hosttee_restart(ta);
	CHECK(destroyed == 1);
	check_row("more sessions than there may be");
	for (int i = 0; i < TEEHOST_SESSIONS_MAX; i++)
		CHECK(hosttee_open(ta, &nobody, &s) == TEE_SUCCESS);
	CHECK(hosttee_open(ta, &nobody, &s) == TEE_ERROR_OUT_OF_MEMORY);
}

static const struct api_panic panics[] = {
	{ "freeing what was never given", p_free_garbage, "TEE_Free" },
	{ "freeing the inside of a block", p_free_inside, "TEE_Free" },
	{ "freeing twice", p_free_twice, "TEE_Free" },
	{ "growing what was freed", p_realloc_freed, "TEE_Realloc" },
	{ "properties by an enumerator that was not started",
	    p_enumerator_not_started, "not started" },
	{ "a set of properties that is none", p_set_of_garbage, "no set" },
	{ "a type of parameter that is none", p_bad_types,
	    "TEE_OpenTASession: parameters" },
	{ "five parameters", p_many_types, "TEE_OpenTASession: parameters" },
	{ "a buffer at NULL", p_null_memref, "TEE_OpenTASession: parameters" },
	{ "a session that is none", p_session_garbage, "TEE_InvokeTACommand" },
};

int
main(void)
{
	api_begin();
	test_memory();
	test_properties();
	test_time();
	test_sessions();
	test_instance();
	api_panic_rows(panics, SOTER_COUNT(panics));
	api_end();
	return (check_done());
}
