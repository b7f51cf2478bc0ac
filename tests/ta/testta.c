/* SPDX-License-Identifier: BSD-3-Clause */
#include <tee_internal_api.h>

#include "tests/ta/forbidden.h"
#include "tests/ta/testta.h"

struct session {
	uint32_t calls;
};

static uint32_t instance_calls;
static TEE_TASessionHandle held = TEE_HANDLE_NULL;

static const char object_id[] = "x";

TEE_Result
TA_CreateEntryPoint(void)
{
	return (TEE_SUCCESS);
}

void
TA_DestroyEntryPoint(void)
{
}

TEE_Result
TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[TEE_NUM_PARAMS],
    void **context)
{
	struct session *s;

	if (TEE_PARAM_TYPE_GET(types, 0) == TEE_PARAM_TYPE_VALUE_INPUT &&
	    params[0].value.a == TESTTA_REFUSE)
		return (TEE_ERROR_ACCESS_DENIED);
	if (TEE_PARAM_TYPE_GET(types, 0) == TEE_PARAM_TYPE_VALUE_INOUT)
		params[0].value.b = params[0].value.a + 1;
	s = TEE_Malloc(sizeof(*s), TEE_MALLOC_FILL_ZERO);
	if (s == NULL)
		return (TEE_ERROR_OUT_OF_MEMORY);
	*context = s;
	return (TEE_SUCCESS);
}

void
TA_CloseSessionEntryPoint(void *context)
{
	TEE_Free(context);
}

/* ---- parameters -------------------------------------------------------- */

static void
any_memory(uint32_t type, TEE_Param *p, uint8_t fill)
{
	uint8_t *bytes = p->memref.buffer;

	for (size_t i = 0; i < p->memref.size; i++)
		bytes[i] = type == TEE_PARAM_TYPE_MEMREF_INOUT
		    ? (uint8_t)~bytes[i]
		    : fill;
}

static TEE_Result
any(struct session *s, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	(void)s;
	for (uint32_t i = 0; i < TEE_NUM_PARAMS; i++) {
		uint32_t type = TEE_PARAM_TYPE_GET(types, i), a;

		switch (type) {
		case TEE_PARAM_TYPE_VALUE_OUTPUT:
			params[i].value.a = 100 + i;
			params[i].value.b = 200 + i;
			break;
		case TEE_PARAM_TYPE_VALUE_INOUT:
			a = params[i].value.a;
			params[i].value.a = params[i].value.b;
			params[i].value.b = a;
			break;
		case TEE_PARAM_TYPE_MEMREF_OUTPUT:
		case TEE_PARAM_TYPE_MEMREF_INOUT:
			any_memory(type, &params[i], (uint8_t)(0xa0 + i));
			break;
		default:
			break;
		}
	}
	return (TEE_SUCCESS);
}

static TEE_Result
put_out(TEE_Param *p, const void *bytes, size_t n)
{
	size_t room = p->memref.size;

	p->memref.size = n;
	if (room < n)
		return (TEE_ERROR_SHORT_BUFFER);
	TEE_MemMove(p->memref.buffer, bytes, n);
	return (TEE_SUCCESS);
}

static TEE_Result
echo(struct session *s, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	(void)s;
	(void)types;
	return (put_out(&params[1], params[0].memref.buffer,
	    params[0].memref.size));
}

static TEE_Result
leave(struct session *s, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	(void)s;
	(void)types;
	(void)params;
	return (TEE_SUCCESS);
}

static TEE_Result
count(struct session *s, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	(void)types;
	params[0].value.a = s->calls;
	params[0].value.b = instance_calls;
	return (TEE_SUCCESS);
}

/* ---- who, and what -------------------------------------------------------
 */

static TEE_Result
identity(struct session *s, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	uint8_t bytes[20];
	TEE_Identity who;
	TEE_Result result;

	(void)s;
	(void)types;
	result = TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT,
	    "gpd.client.identity", &who);
	if (result != TEE_SUCCESS)
		return (result);
	TEE_MemMove(bytes, &who.login, 4);
	TEE_MemMove(bytes + 4, &who.uuid, 16);
	return (put_out(&params[0], bytes, sizeof(bytes)));
}

static TEE_Result
property(struct session *s, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	char name[64] = { 0 }, text[64];
	size_t n = sizeof(text);
	TEE_Result result;

	(void)s;
	(void)types;
	if (params[0].memref.size >= sizeof(name))
		return (TEE_ERROR_BAD_PARAMETERS);
	TEE_MemMove(name, params[0].memref.buffer, params[0].memref.size);
	result = TEE_GetPropertyAsString(TEE_PROPSET_TEE_IMPLEMENTATION, name,
	    text, &n);
	if (result != TEE_SUCCESS)
		return (result);
	return (put_out(&params[1], text, n));
}

/* ---- what goes wrong ----------------------------------------------------- */

static TEE_Result
panic(struct session *s, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	(void)s;
	(void)types;
	(void)params;
	TEE_Panic(0x5afe);
	return (TEE_SUCCESS);
}

static TEE_Result
crash(struct session *s, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	volatile uint8_t *volatile nowhere = NULL;

	(void)s;
	(void)types;
	(void)params;
	*nowhere = 1;
	return (TEE_SUCCESS);
}

static TEE_Result
until_cancel(struct session *s, uint32_t types,
    TEE_Param params[TEE_NUM_PARAMS])
{
	(void)s;
	(void)types;
	(void)params;
	TEE_UnmaskCancellation();
	while (!TEE_GetCancellationFlag())
		;
	return (TEE_ERROR_CANCEL);
}

static TEE_Result
allocate(struct session *s, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	void *p = TEE_Malloc(params[0].value.a, TEE_MALLOC_FILL_ZERO);

	(void)s;
	(void)types;
	if (p == NULL)
		return (TEE_ERROR_OUT_OF_MEMORY);
	TEE_Free(p);
	return (TEE_SUCCESS);
}

static TEE_Result
forbidden(struct session *s, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	(void)s;
	(void)types;
	params[1].value.a =
	    (uint32_t)forbidden_try((enum testta_forbidden)params[0].value.a);
	params[1].value.b =
	    (uint32_t)forbidden_early((enum testta_forbidden)params[0].value.a);
	return (TEE_SUCCESS);
}

/* ---- storage ------------------------------------------------------------- */

static TEE_Result
store(struct session *s, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_ObjectHandle object;
	TEE_Result result;

	(void)s;
	(void)types;
	result = TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, object_id,
	    sizeof(object_id),
	    TEE_DATA_FLAG_ACCESS_WRITE | TEE_DATA_FLAG_OVERWRITE,
	    TEE_HANDLE_NULL, params[0].memref.buffer, params[0].memref.size,
	    &object);
	if (result == TEE_SUCCESS)
		TEE_CloseObject(object);
	return (result);
}

static TEE_Result
load(struct session *s, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_ObjectHandle object;
	TEE_Result result;
	size_t n = 0;

	(void)s;
	(void)types;
	result = TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, object_id,
	    sizeof(object_id), TEE_DATA_FLAG_ACCESS_READ, &object);
	if (result != TEE_SUCCESS)
		return (result);
	result = TEE_ReadObjectData(object, params[0].memref.buffer,
	    params[0].memref.size, &n);
	params[0].memref.size = n;
	TEE_CloseObject(object);
	return (result);
}

/* ---- other TAs ----------------------------------------------------------- */

static TEE_Result
call(struct session *s, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Param theirs[TEE_NUM_PARAMS] = { 0 };
	TEE_TASessionHandle session;
	TEE_Result result;
	uint32_t origin;
	TEE_UUID to;

	(void)s;
	(void)types;
	TEE_MemMove(&to, params[0].memref.buffer, sizeof(to));
	result = TEE_OpenTASession(&to, TEE_TIMEOUT_INFINITE, 0, theirs,
	    &session, &origin);
	if (result == TEE_SUCCESS) {
		theirs[0].memref.buffer = params[3].memref.buffer;
		theirs[0].memref.size = params[3].memref.size;
		result = TEE_InvokeTACommand(session,
		    params[1].value.b == 0 ? TEE_TIMEOUT_INFINITE
					   : params[1].value.b,
		    params[1].value.a,
		    TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0, 0),
		    theirs, &origin);
		params[3].memref.size = theirs[0].memref.size;
		TEE_CloseTASession(session);
	}
	params[2].value.a = result;
	params[2].value.b = origin;
	return (TEE_SUCCESS);
}

static TEE_Result
hold(struct session *s, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Param none[TEE_NUM_PARAMS] = { 0 };
	uint32_t origin;
	TEE_UUID to;

	(void)s;
	(void)types;
	if (held != TEE_HANDLE_NULL)
		return (TEE_ERROR_BAD_STATE);
	TEE_MemMove(&to, params[0].memref.buffer, sizeof(to));
	return (TEE_OpenTASession(&to, TEE_TIMEOUT_INFINITE, 0, none, &held,
	    &origin));
}

static TEE_Result
flood(struct session *s, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Param none[TEE_NUM_PARAMS] = { 0 };
	TEE_TASessionHandle session;
	uint32_t origin, n = 0;
	TEE_Result result;
	TEE_UUID to;

	(void)s;
	(void)types;
	TEE_MemMove(&to, params[0].memref.buffer, sizeof(to));
	while ((result = TEE_OpenTASession(&to, TEE_TIMEOUT_INFINITE, 0, none,
		    &session, &origin)) == TEE_SUCCESS)
		n++;
	params[1].value.a = n;
	params[1].value.b = result;
	return (TEE_SUCCESS);
}

static TEE_Result
let_go(struct session *s, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	(void)s;
	(void)types;
	(void)params;
	TEE_CloseTASession(held);
	held = TEE_HANDLE_NULL;
	return (TEE_SUCCESS);
}

/* ---- commands ------------------------------------------------------------ */

#define NONE  TEE_PARAM_TYPE_NONE
#define VAL_I TEE_PARAM_TYPE_VALUE_INPUT
#define VAL_O TEE_PARAM_TYPE_VALUE_OUTPUT
#define MEM_I TEE_PARAM_TYPE_MEMREF_INPUT
#define MEM_O TEE_PARAM_TYPE_MEMREF_OUTPUT
#define EVERY UINT32_MAX

/* clang-format off */
static const struct {
	enum testta_command command;
	uint32_t types;
	TEE_Result (*run)(struct session *, uint32_t types,
	    TEE_Param params[TEE_NUM_PARAMS]);
} commands[] = {
	{ TESTTA_ANY,          EVERY, any },
	{ TESTTA_ECHO,         TEE_PARAM_TYPES(MEM_I, MEM_O, NONE, NONE), echo },
	{ TESTTA_LEAVE,        TEE_PARAM_TYPES(MEM_O, NONE, NONE, NONE), leave },
	{ TESTTA_COUNT,        TEE_PARAM_TYPES(VAL_O, NONE, NONE, NONE), count },
	{ TESTTA_IDENTITY,     TEE_PARAM_TYPES(MEM_O, NONE, NONE, NONE), identity },
	{ TESTTA_PANIC,        0, panic },
	{ TESTTA_CRASH,        0, crash },
	{ TESTTA_UNTIL_CANCEL, EVERY, until_cancel },
	{ TESTTA_ALLOCATE,     TEE_PARAM_TYPES(VAL_I, NONE, NONE, NONE), allocate },
	{ TESTTA_STORE,        TEE_PARAM_TYPES(MEM_I, NONE, NONE, NONE), store },
	{ TESTTA_LOAD,         TEE_PARAM_TYPES(MEM_O, NONE, NONE, NONE), load },
	{ TESTTA_CALL,         TEE_PARAM_TYPES(MEM_I, VAL_I, VAL_O, MEM_O), call },
	{ TESTTA_HOLD,         TEE_PARAM_TYPES(MEM_I, NONE, NONE, NONE), hold },
	{ TESTTA_LET_GO,       0, let_go },
	{ TESTTA_FLOOD,        TEE_PARAM_TYPES(MEM_I, VAL_O, NONE, NONE), flood },
	{ TESTTA_FORBIDDEN,    TEE_PARAM_TYPES(VAL_I, VAL_O, NONE, NONE), forbidden },
	{ TESTTA_PROPERTY,     TEE_PARAM_TYPES(MEM_I, MEM_O, NONE, NONE), property },
};
/* clang-format on */

TEE_Result
TA_InvokeCommandEntryPoint(void *context, uint32_t command, uint32_t types,
    TEE_Param params[TEE_NUM_PARAMS])
{
	struct session *s = context;

	s->calls++;
	instance_calls++;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if ((uint32_t)commands[i].command != command)
			continue;
		if (commands[i].types != EVERY && commands[i].types != types)
			return (TEE_ERROR_BAD_PARAMETERS);
		return (commands[i].run(s, types, params));
	}
	return (TEE_ERROR_NOT_SUPPORTED);
}
