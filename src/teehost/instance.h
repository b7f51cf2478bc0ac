/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/instance.h -- one instance of a TA in this process: what lies under
 * the GP TEE Internal Core API (api_*.c), and what calls the TA's five entry
 * points.
 *
 * A process of soter-teed holds one.  Tests and fuzz targets make several in
 * one process, and switch: the API works for teehost_current(), which the calls
 * below set while TA code runs and put back afterwards.  One thread.
 *
 * A panic ends TA code at once: env->panic() is called and must not return.
 * In a process of its own it kills the process; a test jumps out.
 */
#ifndef SOTER_TEEHOST_INSTANCE_H
#define SOTER_TEEHOST_INSTANCE_H

#include <tee_internal_api.h>

#include "teehost/store.h"

/* The five entry points of GP, found by dlsym() or linked in. */
struct teehost_ta {
	TEE_Result (*create)(void);
	void (*destroy)(void);
	TEE_Result (
	    *open_session)(uint32_t types, TEE_Param params[4], void **session);
	void (*close_session)(void *session);
	TEE_Result (*invoke)(void *session, uint32_t command, uint32_t types,
	    TEE_Param params[4]);
};

/* One property: name, type as GP calls it, and the value as text. */
struct teehost_property {
	const char *name;
	enum teehost_property_type {
		TEEHOST_BOOL, /* "true", "false" */
		TEEHOST_U32,  /* decimal */
		TEEHOST_U64,
		TEEHOST_UUID,	  /* 8-4-4-4-12 */
		TEEHOST_IDENTITY, /* decimal login ":" UUID */
		TEEHOST_STRING,
		TEEHOST_BINARY, /* Base64 */
	} type;
	const char *value;
};

struct teehost_instance;

/* What an instance cannot do alone.  Every member but wait must be there. */
struct teehost_env {
	/* A session to another TA; *session is what the next two get. */
	TEE_Result (*open)(void *state, const TEE_UUID *to, uint32_t timeout_ms,
	    uint32_t types, TEE_Param params[4], void **session,
	    uint32_t *origin);
	TEE_Result (*invoke)(void *state, void *session, uint32_t timeout_ms,
	    uint32_t command, uint32_t types, TEE_Param params[4],
	    uint32_t *origin);
	void (*close)(void *state, void *session);

	/* Has the client asked to cancel what runs now? */
	bool (*is_cancelled)(void *state);

	/* TEE time in ms: never goes back, does not stop in sleep. */
	uint64_t (*time_ms)(void *state);

	/* Let ms pass, for TEE_Wait().  NULL: the system's clock does. */
	void (*wait)(void *state, uint32_t ms);

	/* TEE_Panic(): does not return.  why is one line, without secrets. */
	void (*panic)(void *state, TEE_Result code, const char *why);
};

struct teehost_setup {
	TEE_UUID uuid;
	struct teehost_ta ta;
	struct teehost_store *store;		      /* borrowed */
	const struct teehost_property *ta_properties; /* borrowed, and so on */
	size_t ta_properties_n;
	const struct teehost_property *tee_properties;
	size_t tee_properties_n;
	const struct teehost_env *env;
	void *env_state;
};

/**
 * Make an instance; nothing of the TA runs yet.
 *
 * setup  copied, what it points at is borrowed.
 *
 * SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_instance_new(
    struct teehost_instance **out, const struct teehost_setup *setup);

/**
 * Call TA_CreateEntryPoint, once and first.  If it does not answer TEE_SUCCESS
 * the only legal calls are free() and drop().
 */
TEE_Result teehost_instance_start(struct teehost_instance *instance);

/**
 * Close what is open, call TA_DestroyEntryPoint if start() succeeded, free
 * everything the TA left.
 */
void teehost_instance_free(struct teehost_instance **instance);

/** After a panic: free everything without calling the TA. */
void teehost_instance_drop(struct teehost_instance **instance);

/**
 * Open a session for this client; *session is then the number of it.
 *
 * TEE_ERROR_BUSY  code of this instance runs already: a TA called itself.
 * Else what the TA answers, and TEE_ERROR_OUT_OF_MEMORY.
 */
TEE_Result teehost_instance_open(struct teehost_instance *instance,
    const TEE_Identity *client, uint32_t types, TEE_Param params[4],
    uint32_t *session);

/** TEE_ERROR_ITEM_NOT_FOUND for a session that is not open; TEE_ERROR_BUSY. */
TEE_Result teehost_instance_invoke(struct teehost_instance *instance,
    uint32_t session, uint32_t command, uint32_t types, TEE_Param params[4]);

void teehost_instance_close(struct teehost_instance *instance,
    uint32_t session);

/** What the TA and the API hold for it now, for leak tests. */
struct teehost_use {
	size_t sessions, objects, operations, heap_blocks, heap_bytes;
	size_t enumerators, ta_sessions;
	size_t keys; /* decoded private keys that are kept */
};
struct teehost_use teehost_instance_use(
    const struct teehost_instance *instance);

/** The instance whose code runs, or NULL. */
struct teehost_instance *teehost_current(void);

#endif
