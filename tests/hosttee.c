/* SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/hosttee.h"

struct hosttee_ta {
	struct hosttee_ta *next;
	struct hosttee *tee; /* whose it is */
	struct hosttee_setup setup;
	struct diskmodel *model;

	/* While it runs. */
	struct teehost_instance *instance;
	struct teehost_disk *disk;
	struct teehost_store *store;
	void *so;
	uint64_t life;	  /* which of its lives this is */
	jmp_buf on_panic; /* of the call that runs */

	char why[128];
	TEE_Result code;
	bool panicked;
};

struct hosttee {
	struct hosttee_ta *tas;
	uint64_t ms;
	bool is_cancelled;
};

/* A session of one TA with another. */
struct between {
	struct hosttee_ta *to;
	uint64_t life;
	uint32_t session;
};

static void
must(bool ok, const char *format, ...)
{
	va_list args;

	if (ok)
		return;
	va_start(args, format);
	fprintf(stderr, "hosttee: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	abort();
}

/* ---- the environment --------------------------------------------------- */

static TEE_Result env_open(void *state, const TEE_UUID *to, uint32_t timeout_ms,
    uint32_t types, TEE_Param params[4], void **session, uint32_t *origin);
static TEE_Result env_invoke(void *state, void *session, uint32_t timeout_ms,
    uint32_t command, uint32_t types, TEE_Param params[4], uint32_t *origin);
static void env_close(void *state, void *session);

static bool
env_is_cancelled(void *state)
{
	return (((struct hosttee_ta *)state)->tee->is_cancelled);
}

static uint64_t
env_time_ms(void *state)
{
	return (((struct hosttee_ta *)state)->tee->ms);
}

static void
env_wait(void *state, uint32_t ms)
{
	((struct hosttee_ta *)state)->tee->ms += ms;
}

static void
env_panic(void *state, TEE_Result code, const char *why)
{
	struct hosttee_ta *ta = state;

	snprintf(ta->why, sizeof(ta->why), "%s", why);
	ta->code = code;
	ta->panicked = true;
	longjmp(ta->on_panic, 1);
}

static const struct teehost_env env = {
	.open = env_open,
	.invoke = env_invoke,
	.close = env_close,
	.is_cancelled = env_is_cancelled,
	.time_ms = env_time_ms,
	.wait = env_wait,
	.panic = env_panic,
};

static const struct teehost_property tee_properties[] = {
	{ "gpd.tee.apiversion", TEEHOST_STRING, "1.3" },
	{ "gpd.tee.description", TEEHOST_STRING, "OpenSOTER in a test" },
	{ "gpd.tee.trustedStorage.antiRollback.protectionLevel", TEEHOST_U32,
	    "1000" },
};

/* ---- starting and ending ----------------------------------------------- */

static void
load(struct hosttee_ta *ta)
{
	static const char *const names[] = { "TA_CreateEntryPoint",
		"TA_DestroyEntryPoint", "TA_OpenSessionEntryPoint",
		"TA_CloseSessionEntryPoint", "TA_InvokeCommandEntryPoint" };
	void *found[SOTER_COUNT(names)];

	ta->so = dlopen(ta->setup.so, RTLD_NOW | RTLD_LOCAL);
	must(ta->so != NULL, "%s", ta->so == NULL ? dlerror() : "");
	for (size_t i = 0; i < SOTER_COUNT(names); i++) {
		found[i] = dlsym(ta->so, names[i]);
		must(found[i] != NULL, "%s: no %s", ta->setup.so, names[i]);
	}
	/* POSIX: what dlsym() gives for a function is a function. */
	memcpy(&ta->setup.ta.create, &found[0], sizeof(void *));
	memcpy(&ta->setup.ta.destroy, &found[1], sizeof(void *));
	memcpy(&ta->setup.ta.open_session, &found[2], sizeof(void *));
	memcpy(&ta->setup.ta.close_session, &found[3], sizeof(void *));
	memcpy(&ta->setup.ta.invoke, &found[4], sizeof(void *));
}

/* What is left when no instance is. */
static void
unload(struct hosttee_ta *ta)
{
	teehost_store_close(&ta->store);
	if (ta->disk != NULL)
		ta->disk->ops->close(&ta->disk);
	if (ta->so != NULL)
		dlclose(ta->so);
	ta->so = NULL;
}

void
hosttee_kill(struct hosttee_ta *ta)
{
	teehost_instance_drop(&ta->instance);
	unload(ta);
}

void
hosttee_restart(struct hosttee_ta *ta)
{
	if (ta->instance != NULL && setjmp(ta->on_panic) == 0)
		teehost_instance_free(&ta->instance);
	hosttee_kill(ta);
}

/* Storage that does not open is the TA's start that fails. */
static TEE_Result
open_store(struct hosttee_ta *ta)
{
	static const uint8_t key[TEEHOST_KEY_LEN] = "a key of the test";

	ta->disk = diskmodel_disk(ta->model);
	switch (teehost_store_open(&ta->store, ta->disk,
	    diskmodel_anchor(ta->model), key)) {
	case SOTER_OK:
		return (TEE_SUCCESS);
	case SOTER_E_ROLLBACK:
		return (TEE_ERROR_SECURITY);
	case SOTER_E_CORRUPT:
		return (TEE_ERROR_CORRUPT_OBJECT);
	case SOTER_E_FULL:
		return (TEE_ERROR_STORAGE_NO_SPACE);
	default:
		return (TEE_ERROR_STORAGE_NOT_AVAILABLE);
	}
}

static void
make_instance(struct hosttee_ta *ta)
{
	const struct teehost_setup setup = {
		.uuid = ta->setup.uuid,
		.ta = ta->setup.ta,
		.store = ta->store,
		.ta_properties = ta->setup.properties,
		.ta_properties_n = ta->setup.properties_n,
		.tee_properties = tee_properties,
		.tee_properties_n = SOTER_COUNT(tee_properties),
		.env = &env,
		.env_state = ta,
	};
	enum soter_rc rc = teehost_instance_new(&ta->instance, &setup);

	must(rc == SOTER_OK, "no instance: %s", soter_rc_word(rc));
}

static TEE_Result
start(struct hosttee_ta *ta)
{
	TEE_Result result;

	result = open_store(ta);
	if (result == TEE_SUCCESS) {
		if (ta->setup.so != NULL)
			load(ta);
		ta->life++;
		make_instance(ta);
		result = TEE_ERROR_TARGET_DEAD;
		if (setjmp(ta->on_panic) == 0)
			result = teehost_instance_start(ta->instance);
	}
	if (result != TEE_SUCCESS)
		hosttee_kill(ta);
	return (result);
}

/* ---- calls ------------------------------------------------------------- */

static TEE_Result
open_session(struct hosttee_ta *ta, const TEE_Identity *client, uint32_t types,
    TEE_Param params[4], uint32_t *session)
{
	TEE_Result result = TEE_SUCCESS;

	if (ta->instance == NULL)
		result = start(ta);
	if (result != TEE_SUCCESS)
		return (result);
	/* One that calls itself must not lose where its panic goes. */
	if (teehost_current() == ta->instance)
		return (TEE_ERROR_BUSY);
	if (setjmp(ta->on_panic) != 0) {
		hosttee_kill(ta);
		return (TEE_ERROR_TARGET_DEAD);
	}
	return (teehost_instance_open(ta->instance, client, types, params,
	    session));
}

TEE_Result
hosttee_open(struct hosttee_ta *ta, const TEE_Identity *client,
    uint32_t *session)
{
	TEE_Param params[4] = { 0 };

	return (open_session(ta, client, 0, params, session));
}

TEE_Result
hosttee_invoke(struct hosttee_ta *ta, uint32_t session, uint32_t command,
    uint32_t types, TEE_Param params[4])
{
	if (ta->instance == NULL)
		return (TEE_ERROR_TARGET_DEAD);
	if (teehost_current() == ta->instance)
		return (TEE_ERROR_BUSY);
	if (setjmp(ta->on_panic) != 0) {
		hosttee_kill(ta);
		return (TEE_ERROR_TARGET_DEAD);
	}
	return (teehost_instance_invoke(ta->instance, session, command, types,
	    params));
}

TEE_Result
hosttee_call(struct hosttee_ta *ta, uint32_t session, uint32_t command,
    struct soter_span request, uint8_t *reply, size_t *n)
{
	TEE_Param params[4] = { 0 };
	TEE_Result result;

	params[0].memref.buffer = (void *)(uintptr_t)request.p;
	params[0].memref.size = request.n;
	params[1].memref.buffer = reply;
	params[1].memref.size = *n;
	result = hosttee_invoke(ta, session, command,
	    TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
		TEE_PARAM_TYPE_MEMREF_OUTPUT, TEE_PARAM_TYPE_NONE,
		TEE_PARAM_TYPE_NONE),
	    params);
	*n = params[1].memref.size;
	return (result);
}

void
hosttee_close(struct hosttee_ta *ta, uint32_t session)
{
	if (ta->instance == NULL || teehost_current() == ta->instance)
		return;
	if (setjmp(ta->on_panic) != 0)
		hosttee_kill(ta);
	else
		teehost_instance_close(ta->instance, session);
}

/* ---- between TAs ------------------------------------------------------- */

static struct hosttee_ta *
find(const struct hosttee *tee, const TEE_UUID *uuid)
{
	struct hosttee_ta *ta = tee->tas;

	while (ta != NULL && memcmp(&ta->setup.uuid, uuid, sizeof(*uuid)) != 0)
		ta = ta->next;
	return (ta);
}

static TEE_Result
env_open(void *state, const TEE_UUID *to, uint32_t timeout_ms, uint32_t types,
    TEE_Param params[4], void **session, uint32_t *origin)
{
	struct hosttee_ta *from = state, *ta = find(from->tee, to);
	const TEE_Identity me = { TEE_LOGIN_TRUSTED_APP, from->setup.uuid };
	struct between *b;
	TEE_Result result;

	(void)timeout_ms;
	*origin = TEE_ORIGIN_TEE;
	if (ta == NULL)
		return (TEE_ERROR_ITEM_NOT_FOUND);
	b = calloc(1, sizeof(*b));
	must(b != NULL, "out of memory");
	result = open_session(ta, &me, types, params, &b->session);
	if (result != TEE_ERROR_TARGET_DEAD && result != TEE_ERROR_BUSY)
		*origin = TEE_ORIGIN_TRUSTED_APP;
	if (result != TEE_SUCCESS) {
		free(b);
		return (result);
	}
	b->to = ta;
	b->life = ta->life;
	*session = b;
	return (TEE_SUCCESS);
}

static TEE_Result
env_invoke(void *state, void *session, uint32_t timeout_ms, uint32_t command,
    uint32_t types, TEE_Param params[4], uint32_t *origin)
{
	struct between *b = session;
	TEE_Result result = TEE_ERROR_TARGET_DEAD;

	(void)state;
	(void)timeout_ms;
	if (b->life == b->to->life)
		result =
		    hosttee_invoke(b->to, b->session, command, types, params);
	*origin = result == TEE_ERROR_TARGET_DEAD || result == TEE_ERROR_BUSY
	    ? TEE_ORIGIN_TEE
	    : TEE_ORIGIN_TRUSTED_APP;
	return (result);
}

static void
env_close(void *state, void *session)
{
	struct between *b = session;

	(void)state;
	if (b->life == b->to->life)
		hosttee_close(b->to, b->session);
	free(b);
}

/* ---- the machine ------------------------------------------------------- */

struct hosttee *
hosttee_new(void)
{
	struct hosttee *tee = calloc(1, sizeof(*tee));

	must(tee != NULL, "out of memory");
	return (tee);
}

struct hosttee_ta *
hosttee_add(struct hosttee *tee, const struct hosttee_setup *setup)
{
	struct hosttee_ta *ta = calloc(1, sizeof(*ta));

	must(ta != NULL, "out of memory");
	ta->tee = tee;
	ta->setup = *setup;
	ta->model = diskmodel_new(NULL);
	must(ta->model != NULL, "out of memory");
	ta->next = tee->tas;
	tee->tas = ta;
	return (ta);
}

/* First all end, because one may have sessions with another. */
void
hosttee_free(struct hosttee **tee)
{
	struct hosttee *x = *tee;

	*tee = NULL;
	if (x == NULL)
		return;
	for (struct hosttee_ta *ta = x->tas; ta != NULL; ta = ta->next)
		hosttee_restart(ta);
	while (x->tas != NULL) {
		struct hosttee_ta *ta = x->tas;

		x->tas = ta->next;
		diskmodel_free(&ta->model);
		free(ta);
	}
	free(x);
}

void
hosttee_set_ms(struct hosttee *tee, uint64_t ms)
{
	tee->ms = ms;
}

uint64_t
hosttee_ms(const struct hosttee *tee)
{
	return (tee->ms);
}

void
hosttee_set_cancelled(struct hosttee *tee, bool is_cancelled)
{
	tee->is_cancelled = is_cancelled;
}

void
hosttee_set_properties(struct hosttee_ta *ta,
    const struct teehost_property *properties, size_t n)
{
	ta->setup.properties = properties;
	ta->setup.properties_n = n;
}

const char *
hosttee_panic(const struct hosttee_ta *ta)
{
	return (ta->panicked ? ta->why : NULL);
}

TEE_Result
hosttee_panic_code(const struct hosttee_ta *ta)
{
	return (ta->code);
}

struct teehost_instance *
hosttee_instance(const struct hosttee_ta *ta)
{
	return (ta->instance);
}

struct teehost_store *
hosttee_store(const struct hosttee_ta *ta)
{
	return (ta->store);
}

struct diskmodel *
hosttee_disk(const struct hosttee_ta *ta)
{
	return (ta->model);
}

void
hosttee_set_disk(struct hosttee_ta *ta, struct diskmodel *disk)
{
	must(ta->instance == NULL, "the TA runs");
	diskmodel_free(&ta->model);
	ta->model = disk;
}
