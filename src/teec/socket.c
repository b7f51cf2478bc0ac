/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter-teed as a backend: one connection for each session.
 *
 * A session runs one call at a time; others wait for their turn.  teec_calls
 * guards what a call and its cancellation share: the operation's `started`,
 * its pointer to the call, and how far the call is.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "teec/backend.h"
#include "teec/channel.h"
#include "teec/params.h"

struct context {
	char path[1]; /* as long as it is */
};

struct session {
	int fd;
	bool busy;
	bool dead;
	uint32_t serial; /* of the last call */
};

/* What runs, or waits for its turn; on the stack of its thread. */
struct call {
	struct session *session;
	bool sent; /* whole: a CANCEL may follow */
	uint32_t serial;
};

static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;

static bool
is_cancelled(const TEEC_Operation *operation)
{
	return (operation != NULL && operation->started == TEEC_CANCELLED);
}

/* Wait until the session is ours. */
static TEEC_Result
call_begin(struct call *call, struct session *session,
    TEEC_Operation *operation)
{
	TEEC_Result result = TEEC_SUCCESS;

	*call = (struct call){ .session = session };
	pthread_mutex_lock(&teec_calls);
	if (operation != NULL)
		operation->imp.state = call;
	while (session->busy && !is_cancelled(operation))
		pthread_cond_wait(&turn, &teec_calls);
	if (is_cancelled(operation))
		result = TEEC_ERROR_CANCEL;
	else if (session->dead)
		result = TEEC_ERROR_TARGET_DEAD;
	if (result != TEEC_SUCCESS && operation != NULL)
		operation->imp.state = NULL;
	if (result == TEEC_SUCCESS) {
		session->busy = true;
		call->serial = ++session->serial;
	}
	pthread_mutex_unlock(&teec_calls);
	return (result);
}

static void
call_end(struct call *call, TEEC_Operation *operation, bool dead)
{
	pthread_mutex_lock(&teec_calls);
	if (operation != NULL)
		operation->imp.state = NULL;
	call->session->busy = false;
	call->session->dead = dead;
	pthread_cond_broadcast(&turn);
	pthread_mutex_unlock(&teec_calls);
}

/* With teec_calls held. */
static void
cancel_now(const struct call *call)
{
	const struct soter_teemsg x = { .kind = SOTER_TEEMSG_CANCEL,
		.serial = call->serial };

	teec_channel_try(call->session->fd, &x);
}

static void
call_sent(struct call *call, const TEEC_Operation *operation)
{
	pthread_mutex_lock(&teec_calls);
	call->sent = true;
	if (is_cancelled(operation))
		cancel_now(call);
	pthread_mutex_unlock(&teec_calls);
}

static void
socket_cancel(TEEC_Operation *operation)
{
	const struct call *call;

	pthread_mutex_lock(&teec_calls);
	call = operation->imp.state;
	if (call != NULL && call->sent)
		cancel_now(call);
	else
		pthread_cond_broadcast(&turn);
	pthread_mutex_unlock(&teec_calls);
}

/*
 * An answer to this call?  A refusal by the manager knows nothing of the
 * parameters.
 */
static TEEC_Result
answer(const struct soter_teemsg *reply, uint32_t serial,
    const struct teec_params *params, uint32_t *origin)
{
	if (reply->kind != SOTER_TEEMSG_REPLY || reply->serial != serial ||
	    reply->origin < TEEC_ORIGIN_API ||
	    reply->origin > TEEC_ORIGIN_TRUSTED_APP ||
	    (reply->result == TEEC_SUCCESS &&
		reply->origin != TEEC_ORIGIN_TRUSTED_APP))
		return (TEEC_ERROR_COMMUNICATION);
	if (reply->origin == TEEC_ORIGIN_TRUSTED_APP &&
	    !teec_params_take(params, reply))
		return (TEEC_ERROR_COMMUNICATION);
	*origin = reply->origin;
	return (reply->result);
}

/*
 * Send, wait, take the answer.  *dead: the connection is of no use any more.
 * The other end may have answered and gone before it had read everything, so
 * a send that failed is not the last word.
 */
static TEEC_Result
exchange(struct call *call, struct soter_teemsg *messages, size_t n,
    const struct teec_params *params, TEEC_Operation *operation,
    uint32_t *origin, bool *dead)
{
	struct soter_teemsg *request = &messages[n - 1];
	struct teec_received reply;
	TEEC_Result result;

	request->serial = call->serial;
	teec_params_put(params, request);
	*dead = !teec_channel_send(call->session->fd, messages, n);
	call_sent(call, operation);
	*origin = TEEC_ORIGIN_COMMS;
	result =
	    teec_channel_receive(call->session->fd, params->reply_max, &reply);
	if (result == TEEC_ERROR_TARGET_DEAD)
		*origin = TEEC_ORIGIN_TEE;
	if (result != TEEC_SUCCESS) {
		*dead = true;
		return (result);
	}
	result = answer(&reply.x, call->serial, params, origin);
	if (*origin == TEEC_ORIGIN_COMMS)
		*dead = true;
	teec_channel_done(&reply);
	return (result);
}

static TEEC_Result
run(struct session *session, struct soter_teemsg *messages, size_t n,
    TEEC_Operation *operation, uint32_t *origin)
{
	struct teec_params params;
	struct call call;
	TEEC_Result result;
	bool dead;

	result = teec_params_read(&params, operation);
	if (result != TEEC_SUCCESS)
		return (result);
	result = call_begin(&call, session, operation);
	if (result != TEEC_SUCCESS) {
		if (result == TEEC_ERROR_TARGET_DEAD)
			*origin = TEEC_ORIGIN_TEE;
		return (result);
	}
	result =
	    exchange(&call, messages, n, &params, operation, origin, &dead);
	call_end(&call, operation, dead);
	return (result);
}

/* GP gives a UUID as numbers; the wire has it in the order of its text. */
static void
uuid_bytes(uint8_t out[16], const TEEC_UUID *uuid)
{
	for (size_t i = 0; i < 4; i++)
		out[i] = (uint8_t)(uuid->timeLow >> (24 - 8 * i));
	out[4] = (uint8_t)(uuid->timeMid >> 8);
	out[5] = (uint8_t)uuid->timeMid;
	out[6] = (uint8_t)(uuid->timeHiAndVersion >> 8);
	out[7] = (uint8_t)uuid->timeHiAndVersion;
	soter_copy(out + 8, uuid->clockSeqAndNode, 8);
}

static TEEC_Result
hello(struct soter_teemsg *x, const TEEC_UUID *destination, uint32_t method,
    const void *data)
{
	gid_t group;

	*x = (struct soter_teemsg){ .kind = SOTER_TEEMSG_HELLO,
		.login = method };
	uuid_bytes(x->uuid, destination);
	switch (method) {
	case TEEC_LOGIN_PUBLIC:
	case TEEC_LOGIN_USER:
		return (
		    data == NULL ? TEEC_SUCCESS : TEEC_ERROR_BAD_PARAMETERS);
	case TEEC_LOGIN_GROUP:
		if (data == NULL)
			return (TEEC_ERROR_BAD_PARAMETERS);
		memcpy(&group, data, sizeof(group));
		x->group = group;
		return (TEEC_SUCCESS);
	case TEEC_LOGIN_APPLICATION:
	case TEEC_LOGIN_USER_APPLICATION:
	case TEEC_LOGIN_GROUP_APPLICATION:
		return (TEEC_ERROR_NOT_SUPPORTED);
	default:
		return (TEEC_ERROR_BAD_PARAMETERS);
	}
}

static TEEC_Result
socket_open(TEEC_Context *context, TEEC_Session *out,
    const TEEC_UUID *destination, uint32_t method, const void *data,
    TEEC_Operation *operation, uint32_t *origin)
{
	const struct context *own = context->imp.state;
	struct soter_teemsg messages[2] = { { 0 },
		{ .kind = SOTER_TEEMSG_OPEN } };
	struct session *session;
	TEEC_Result result;

	result = hello(&messages[0], destination, method, data);
	if (result != TEEC_SUCCESS)
		return (result);
	session = calloc(1, sizeof(*session));
	if (session == NULL)
		return (TEEC_ERROR_OUT_OF_MEMORY);
	*origin = TEEC_ORIGIN_COMMS;
	result = teec_channel_connect(&session->fd, own->path);
	if (result != TEEC_SUCCESS) {
		free(session);
		return (result);
	}
	*origin = TEEC_ORIGIN_API;
	result =
	    run(session, messages, SOTER_COUNT(messages), operation, origin);
	if (result != TEEC_SUCCESS) {
		close(session->fd);
		free(session);
		return (result);
	}
	out->imp.state = session;
	return (TEEC_SUCCESS);
}

static void
socket_close(TEEC_Session *out)
{
	struct session *session = out->imp.state;

	if (session->dead)
		close(session->fd);
	else
		teec_channel_close(session->fd);
	free(session);
	out->imp.state = NULL;
}

static TEEC_Result
socket_invoke(TEEC_Session *session, uint32_t command,
    TEEC_Operation *operation, uint32_t *origin)
{
	struct soter_teemsg message = { .kind = SOTER_TEEMSG_INVOKE,
		.command = command };

	return (run(session->imp.state, &message, 1, operation, origin));
}

static TEEC_Result
socket_initialize(const char *path, TEEC_Context *context)
{
	size_t n = strlen(path);
	struct context *own;
	TEEC_Result result;
	int fd;

	result = teec_channel_connect(&fd, path);
	if (result != TEEC_SUCCESS)
		return (result);
	close(fd); /* somebody listens: enough */
	own = malloc(sizeof(*own) + n);
	if (own == NULL)
		return (TEEC_ERROR_OUT_OF_MEMORY);
	memcpy(own->path, path, n + 1);
	context->imp.state = own;
	return (TEEC_SUCCESS);
}

static void
socket_finalize(TEEC_Context *context)
{
	free(context->imp.state);
}

/* Shared memory is the program's own: messages carry what is used of it. */
static TEEC_Result
socket_register(TEEC_Context *context, TEEC_SharedMemory *memory)
{
	(void)context;
	memory->imp.state = NULL;
	return (TEEC_SUCCESS);
}

static TEEC_Result
socket_allocate(TEEC_Context *context, TEEC_SharedMemory *memory)
{
	(void)context;
	memory->buffer = calloc(1, memory->size == 0 ? 1 : memory->size);
	if (memory->buffer == NULL)
		return (TEEC_ERROR_OUT_OF_MEMORY);
	memory->imp.state = memory->buffer;
	return (TEEC_SUCCESS);
}

static void
socket_release(TEEC_SharedMemory *memory)
{
	if (memory->imp.state != NULL) {
		free(memory->imp.state);
		memory->imp.state = NULL;
		memory->buffer = NULL;
		memory->size = 0;
	}
}

const struct teec_backend teec_socket = {
	.initialize = socket_initialize,
	.finalize = socket_finalize,
	.open_session = socket_open,
	.close_session = socket_close,
	.invoke = socket_invoke,
	.register_memory = socket_register,
	.allocate_memory = socket_allocate,
	.release_memory = socket_release,
	.cancel = socket_cancel,
};
