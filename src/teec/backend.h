/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teec/backend.h -- what can stand behind the GP TEE Client API.  A table has
 * the standard's own signatures, so that the system's libteec fits as it is.
 */
#ifndef SOTER_TEEC_BACKEND_H
#define SOTER_TEEC_BACKEND_H

#include <pthread.h>

#include "base/rc.h"
#include "teec/tee_client_api.h"

/* What an operation's `started` says, under teec_calls. */
enum {
	TEEC_FRESH = 0,
	TEEC_RUNNING = 1,
	TEEC_ENDED = 2,
	TEEC_CANCELLED = 3,
};

extern pthread_mutex_t teec_calls;

struct teec_backend {
	TEEC_Result (*initialize)(const char *name, TEEC_Context *context);
	void (*finalize)(TEEC_Context *context);
	TEEC_Result (*open_session)(TEEC_Context *context,
	    TEEC_Session *session, const TEEC_UUID *destination,
	    uint32_t method, const void *data, TEEC_Operation *operation,
	    uint32_t *origin);
	void (*close_session)(TEEC_Session *session);
	TEEC_Result (*invoke)(TEEC_Session *session, uint32_t command,
	    TEEC_Operation *operation, uint32_t *origin);
	TEEC_Result (
	    *register_memory)(TEEC_Context *context, TEEC_SharedMemory *memory);
	TEEC_Result (
	    *allocate_memory)(TEEC_Context *context, TEEC_SharedMemory *memory);
	void (*release_memory)(TEEC_SharedMemory *memory);
	/* Only while a call with this operation runs. */
	void (*cancel)(TEEC_Operation *operation);
};

/* soter-teed; name is the path of its socket (teec/socket.c). */
extern const struct teec_backend teec_socket;

/** The system's libteec, loaded at the first call; NULL if there is none. */
const struct teec_backend *teec_system(void);

#endif
