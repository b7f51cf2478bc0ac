/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The functions of the standard: check what every backend may rely on, find
 * the backend, pass on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "teec/backend.h"

#define DEVICE	"/dev/tee0"
#define SERVICE "/run/soter-tee/teed.sock"
#define OF_USER "soter-tee/teed.sock"

pthread_mutex_t teec_calls = PTHREAD_MUTEX_INITIALIZER;

#define PATH_MAX_LEN (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

static TEEC_Result
begin(const struct teec_backend *backend, const char *name,
    TEEC_Context *context)
{
	TEEC_Result result;

	if (backend == NULL)
		return (TEEC_ERROR_ITEM_NOT_FOUND);
	*context = (TEEC_Context){ 0 };
	result = backend->initialize(name, context);
	if (result == TEEC_SUCCESS)
		context->imp.backend = backend;
	return (result);
}

static TEEC_Result
begin_of_user(TEEC_Context *context)
{
	const char *folder = secure_getenv("XDG_RUNTIME_DIR");
	char path[PATH_MAX_LEN + 1];
	int n;

	if (folder == NULL || folder[0] != '/')
		return (TEEC_ERROR_ITEM_NOT_FOUND);
	n = snprintf(path, sizeof(path), "%s/" OF_USER, folder);
	if (n < 0 || (size_t)n >= sizeof(path))
		return (TEEC_ERROR_ITEM_NOT_FOUND);
	return (begin(&teec_socket, path, context));
}

/* The first that answers; the reason of the last that was there. */
static TEEC_Result
search(TEEC_Context *context)
{
	const char *named = secure_getenv("SOTER_TEE_SOCKET");
	TEEC_Result result = TEEC_ERROR_ITEM_NOT_FOUND, next;

	if (named != NULL && named[0] != '\0')
		return (begin(&teec_socket, named, context));
	if (access(DEVICE, F_OK) == 0)
		result = begin(teec_system(), NULL, context);
	if (result == TEEC_SUCCESS)
		return (result);
	next = begin(&teec_socket, SERVICE, context);
	if (next == TEEC_SUCCESS)
		return (next);
	if (next != TEEC_ERROR_ITEM_NOT_FOUND)
		result = next;
	next = begin_of_user(context);
	return (next == TEEC_ERROR_ITEM_NOT_FOUND ? result : next);
}

TEEC_Result
TEEC_InitializeContext(const char *name, TEEC_Context *context)
{
	if (context == NULL)
		return (TEEC_ERROR_BAD_PARAMETERS);
	if (name == NULL)
		return (search(context));
	if (strncmp(name, "/dev/", 5) == 0)
		return (begin(teec_system(), name, context));
	return (begin(&teec_socket, name, context));
}

static const struct teec_backend *
of_context(const TEEC_Context *context)
{
	return (context == NULL ? NULL : context->imp.backend);
}

void
TEEC_FinalizeContext(TEEC_Context *context)
{
	const struct teec_backend *backend = of_context(context);

	if (backend == NULL)
		return;
	backend->finalize(context);
	*context = (TEEC_Context){ 0 };
}

static TEEC_Result
share(TEEC_Context *context, TEEC_SharedMemory *memory, bool allocate)
{
	const struct teec_backend *backend = of_context(context);
	const uint32_t both = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT;
	TEEC_Result result;

	if (backend == NULL || memory == NULL || memory->flags == 0 ||
	    (memory->flags & ~both) != 0 ||
	    (!allocate && memory->buffer == NULL))
		return (TEEC_ERROR_BAD_PARAMETERS);
	memset(&memory->imp, 0, sizeof(memory->imp));
	result = allocate ? backend->allocate_memory(context, memory)
			  : backend->register_memory(context, memory);
	if (result == TEEC_SUCCESS)
		memory->imp.backend = backend;
	return (result);
}

TEEC_Result
TEEC_RegisterSharedMemory(TEEC_Context *context, TEEC_SharedMemory *sharedMem)
{
	return (share(context, sharedMem, false));
}

TEEC_Result
TEEC_AllocateSharedMemory(TEEC_Context *context, TEEC_SharedMemory *sharedMem)
{
	return (share(context, sharedMem, true));
}

void
TEEC_ReleaseSharedMemory(TEEC_SharedMemory *sharedMem)
{
	const struct teec_backend *backend;

	if (sharedMem == NULL || sharedMem->imp.backend == NULL)
		return;
	backend = sharedMem->imp.backend;
	sharedMem->imp.backend = NULL;
	backend->release_memory(sharedMem);
}

/*
 * Where an error of our own comes from; each backend overwrites it.  The
 * caller's pointer may be NULL, ours never is.
 */
static uint32_t *
origin_of(uint32_t *theirs, uint32_t *ours)
{
	uint32_t *origin = theirs == NULL ? ours : theirs;

	*origin = TEEC_ORIGIN_API;
	return (origin);
}

/*
 * A cancellation may have come before the call that it is meant for.  The
 * operation comes from the caller's memory: only `started` has a meaning.
 */
static TEEC_Result
call_begin(TEEC_Operation *operation, const struct teec_backend *backend)
{
	bool cancelled;

	if (operation == NULL)
		return (TEEC_SUCCESS);
	pthread_mutex_lock(&teec_calls);
	cancelled = operation->started == TEEC_CANCELLED;
	operation->started = cancelled ? TEEC_ENDED : TEEC_RUNNING;
	memset(&operation->imp, 0, sizeof(operation->imp));
	operation->imp.backend = backend;
	pthread_mutex_unlock(&teec_calls);
	return (cancelled ? TEEC_ERROR_CANCEL : TEEC_SUCCESS);
}

static void
call_end(TEEC_Operation *operation)
{
	if (operation == NULL)
		return;
	pthread_mutex_lock(&teec_calls);
	operation->started = TEEC_ENDED;
	pthread_mutex_unlock(&teec_calls);
}

TEEC_Result
TEEC_OpenSession(TEEC_Context *context, TEEC_Session *session,
    const TEEC_UUID *destination, uint32_t connectionMethod,
    const void *connectionData, TEEC_Operation *operation,
    uint32_t *returnOrigin)
{
	const struct teec_backend *backend = of_context(context);
	uint32_t unwanted, *origin = origin_of(returnOrigin, &unwanted);
	TEEC_Result result;

	if (backend == NULL || session == NULL || destination == NULL)
		return (TEEC_ERROR_BAD_PARAMETERS);
	*session = (TEEC_Session){ 0 };
	result = call_begin(operation, backend);
	if (result != TEEC_SUCCESS)
		return (result);
	result = backend->open_session(context, session, destination,
	    connectionMethod, connectionData, operation, origin);
	call_end(operation);
	if (result == TEEC_SUCCESS)
		session->imp.backend = backend;
	return (result);
}

void
TEEC_CloseSession(TEEC_Session *session)
{
	const struct teec_backend *backend;

	if (session == NULL || session->imp.backend == NULL)
		return;
	backend = session->imp.backend;
	session->imp.backend = NULL;
	backend->close_session(session);
}

TEEC_Result
TEEC_InvokeCommand(TEEC_Session *session, uint32_t commandID,
    TEEC_Operation *operation, uint32_t *returnOrigin)
{
	const struct teec_backend *backend;
	uint32_t unwanted, *origin = origin_of(returnOrigin, &unwanted);
	TEEC_Result result;

	if (session == NULL || session->imp.backend == NULL)
		return (TEEC_ERROR_BAD_PARAMETERS);
	backend = session->imp.backend;
	result = call_begin(operation, backend);
	if (result != TEEC_SUCCESS)
		return (result);
	result = backend->invoke(session, commandID, operation, origin);
	call_end(operation);
	return (result);
}

void
TEEC_RequestCancellation(TEEC_Operation *operation)
{
	const struct teec_backend *backend = NULL;

	if (operation == NULL)
		return;
	pthread_mutex_lock(&teec_calls);
	if (operation->started == TEEC_RUNNING)
		backend = operation->imp.backend;
	if (operation->started == TEEC_FRESH ||
	    operation->started == TEEC_RUNNING)
		operation->started = TEEC_CANCELLED;
	pthread_mutex_unlock(&teec_calls);
	if (backend != NULL)
		backend->cancel(operation);
}
