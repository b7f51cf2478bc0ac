/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/inside.h -- an instance from within: what instance.c and the files
 * of the API share, and nobody else includes.
 *
 * A TA holds numbers, never our pointers: a handle that was closed, or that
 * never was one, is not in the list, and the TA panics.  No number is given
 * twice.
 *
 * A panic jumps away.  So whoever may panic owns nothing at that moment that
 * the instance's lists do not know.
 */
#ifndef SOTER_TEEHOST_INSIDE_H
#define SOTER_TEEHOST_INSIDE_H

#include "teehost/instance.h"

#define TEEHOST_HANDLES_MAX  1024
#define TEEHOST_SESSIONS_MAX 512	   /* TEEHOST_CONNS_MAX */
#define TEEHOST_HEAP_MAX     (1024 * 1024) /* without gpd.ta.dataSize */
#define TEEHOST_BLOCK_LISTS  64

enum teehost_kind {
	TEEHOST_IS_OBJECT,
	TEEHOST_IS_OPERATION,
	TEEHOST_IS_OBJECT_ENUM,
	TEEHOST_IS_PROPERTY_ENUM,
	TEEHOST_IS_TA_SESSION,
	TEEHOST_KINDS
};

/* Each thing that a TA has a handle of begins with this. */
struct teehost_handle {
	struct teehost_handle *next;
	enum teehost_kind kind;
	uintptr_t number;
};

/* One client's session. */
struct teehost_session {
	struct teehost_session *next;
	uint32_t number;
	TEE_Identity client;
	void *context; /* the TA's */
};

/* Code of an instance that runs; those of other instances lie under it. */
struct teehost_frame {
	struct teehost_instance *under;
	const TEE_Identity *client; /* NULL where no session is */
	uint32_t types;
	const TEE_Param *params;
	bool masked; /* TEE_MaskCancellation() */
};

struct teehost_block;
struct teehost_stored;
struct teehost_keycache;
struct teehost_engine;

struct teehost_instance {
	struct teehost_setup setup;
	bool started, runs;
	struct teehost_frame frame; /* counts while runs is true */

	struct teehost_session *sessions;
	uint32_t last_session;

	struct teehost_handle *handles;
	uintptr_t last_number;
	size_t handles_n;

	struct teehost_block *blocks[TEEHOST_BLOCK_LISTS];
	size_t heap_max, heap_bytes, heap_blocks;
	const void *data; /* TEE_SetInstanceData() */

	struct teehost_stored *stored; /* open persistent objects */
	struct teehost_keycache *keys;
	struct teehost_engine *engine;
};

/* ---- instance.c -------------------------------------------------------- */

/** teehost_current(), which must be there: the API was called by a TA. */
struct teehost_instance *teehost_self(void);

/** End the TA's code: env->panic(). */
_Noreturn void teehost_panic(TEE_Result code, const char *why);

/** A TA that breaks a rule of the standard panics. */
static inline void
teehost_must(bool ok, const char *why)
{
	if (!ok)
		teehost_panic(TEE_ERROR_BAD_PARAMETERS, why);
}

/** The same for a rule about the order of calls. */
static inline void
teehost_must_state(bool ok, const char *why)
{
	if (!ok)
		teehost_panic(TEE_ERROR_BAD_STATE, why);
}

/**
 * Make and list `size` zero bytes that begin with a struct teehost_handle.
 * NULL: out of memory, or the TA has too many.
 */
void *teehost_handle_new(enum teehost_kind kind, size_t size);

/** What a TA's handle means; panics if it is none of this kind. */
void *teehost_handle_get(enum teehost_kind kind, const void *handle,
    const char *why);

/** The next one of a kind behind `handle`, or the first: NULL at the end. */
void *teehost_handle_next(enum teehost_kind kind, void *handle);

/** Unlist it, release what it holds, free it.  NULL: nothing. */
void teehost_handle_free(void *handle);

/** What the TA gets to hold. */
static inline void *
teehost_handle_out(const void *handle)
{
	return ((void *)((const struct teehost_handle *)handle)->number);
}

/* ---- result.c ---------------------------------------------------------- */

/** How GP calls an error of ours. */
TEE_Result teehost_result(enum soter_rc rc);

/* ---- api_memory.c ------------------------------------------------------ */

/** Free every block that the TA left. */
void teehost_heap_free(struct teehost_instance *instance);

/* ---- api_property.c ---------------------------------------------------- */

/** A number among the TA's own properties, or `otherwise`. */
uint32_t teehost_property_u32(const struct teehost_instance *instance,
    const char *name, uint32_t otherwise);

/* ---- what instance.c releases, each in the file of its name ------------ */

void teehost_gpobject_release(void *handle);
void teehost_operation_release(void *handle);
void teehost_enum_release(void *handle);
void teehost_ta_session_release(void *handle);

SOTER_MUST_CHECK enum soter_rc teehost_keycache_new(
    struct teehost_keycache **out);
void teehost_keycache_free(struct teehost_keycache **keys);
SOTER_MUST_CHECK enum soter_rc teehost_engine_new(struct teehost_engine **out);
void teehost_engine_free(struct teehost_engine **engine);

#endif
