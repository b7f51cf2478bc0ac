/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "teehost/inside.h"
#include "teehost/keycache.h"

/* Above what a TA could mistake for a handle: GP's pseudo handles, errors. */
#if UINTPTR_MAX > UINT32_MAX
#define FIRST_NUMBER ((uintptr_t)1 << 32)
#else
#define FIRST_NUMBER ((uintptr_t)1 << 12)
#endif
#define LAST_NUMBER (UINTPTR_MAX - 16)

/* Whose code runs; the ones that called it lie under it. */
static struct teehost_instance *current;

struct teehost_instance *
teehost_current(void)
{
	return (current);
}

struct teehost_instance *
teehost_self(void)
{
	if (current == NULL)
		abort();
	return (current);
}

void
teehost_panic(TEE_Result code, const char *why)
{
	struct teehost_instance *self = teehost_self();

	self->setup.env->panic(self->setup.env_state, code, why);
	abort();
}

/* ---- handles ----------------------------------------------------------- */

static const struct {
	void (*release)(void *handle); /* NULL: holds nothing */
} kinds[TEEHOST_KINDS] = {
	[TEEHOST_IS_OBJECT] = { teehost_gpobject_release },
	[TEEHOST_IS_OPERATION] = { teehost_operation_release },
	[TEEHOST_IS_OBJECT_ENUM] = { teehost_enum_release },
	[TEEHOST_IS_PROPERTY_ENUM] = { NULL },
	[TEEHOST_IS_TA_SESSION] = { teehost_ta_session_release },
};

void *
teehost_handle_new(enum teehost_kind kind, size_t size)
{
	struct teehost_instance *self = teehost_self();
	struct teehost_handle *h;

	if (self->handles_n >= TEEHOST_HANDLES_MAX ||
	    self->last_number >= LAST_NUMBER)
		return (NULL);
	h = calloc(1, size);
	if (h == NULL)
		return (NULL);
	h->kind = kind;
	h->number = ++self->last_number;
	h->next = self->handles;
	self->handles = h;
	self->handles_n++;
	return (h);
}

void *
teehost_handle_get(enum teehost_kind kind, const void *handle, const char *why)
{
	struct teehost_handle *h = teehost_self()->handles;

	while (h != NULL && h->number != (uintptr_t)handle)
		h = h->next;
	if (h == NULL || h->kind != kind)
		teehost_panic(TEE_ERROR_BAD_PARAMETERS, why);
	return (h);
}

void *
teehost_handle_next(enum teehost_kind kind, void *handle)
{
	struct teehost_handle *h = handle;

	h = h == NULL ? teehost_self()->handles : h->next;
	while (h != NULL && h->kind != kind)
		h = h->next;
	return (h);
}

void
teehost_handle_free(void *handle)
{
	struct teehost_instance *self = teehost_self();
	struct teehost_handle *h = handle, **at = &self->handles;

	if (h == NULL)
		return;
	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	self->handles_n--;
	if (kinds[h->kind].release != NULL)
		kinds[h->kind].release(h);
	free(h);
}

/* ---- frames ------------------------------------------------------------ */

static void
enter(struct teehost_instance *instance, const TEE_Identity *client,
    uint32_t types, const TEE_Param *params)
{
	/* GP 4.10: cancellation is masked when an entry point begins. */
	instance->frame =
	    (struct teehost_frame){ current, client, types, params, true };
	instance->runs = true;
	current = instance;
}

static void
leave(struct teehost_instance *instance)
{
	current = instance->frame.under;
	instance->runs = false;
}

/*
 * A panic jumped over leave().  The TA may have called another one, which may
 * run still: then everything above goes, too.
 */
static void
leave_after_jump(struct teehost_instance *instance)
{
	while (instance->runs)
		leave(current);
}

/* ---- life -------------------------------------------------------------- */

enum soter_rc
teehost_instance_new(struct teehost_instance **out,
    const struct teehost_setup *setup)
{
	struct teehost_instance *x = calloc(1, sizeof(*x));
	enum soter_rc rc = SOTER_E_NOMEM;

	if (x == NULL)
		goto out;
	x->setup = *setup;
	x->last_number = FIRST_NUMBER;
	x->heap_max =
	    teehost_property_u32(x, "gpd.ta.dataSize", TEEHOST_HEAP_MAX);
	rc = teehost_engine_new(&x->engine);
	if (rc != SOTER_OK)
		goto out;
	rc = teehost_keycache_new(&x->keys);
	if (rc != SOTER_OK)
		goto out;

	*out = x;
	x = NULL;
	rc = SOTER_OK;
out:
	teehost_instance_drop(&x);
	return (rc);
}

TEE_Result
teehost_instance_start(struct teehost_instance *instance)
{
	TEE_Result result;

	enter(instance, NULL, 0, NULL);
	result = instance->setup.ta.create();
	leave(instance);
	instance->started = result == TEE_SUCCESS;
	return (result);
}

void
teehost_instance_free(struct teehost_instance **instance)
{
	struct teehost_instance *x = *instance;

	if (x == NULL)
		return;
	while (x->sessions != NULL)
		teehost_instance_close(x, x->sessions->number);
	if (x->started) {
		enter(x, NULL, 0, NULL);
		x->setup.ta.destroy();
		leave(x);
	}
	teehost_instance_drop(instance);
}

void
teehost_instance_drop(struct teehost_instance **instance)
{
	struct teehost_instance *x = *instance;
	struct teehost_session *next;

	*instance = NULL;
	if (x == NULL)
		return;
	leave_after_jump(x);

	/* Handles find their instance by teehost_self(). */
	enter(x, NULL, 0, NULL);
	while (x->handles != NULL)
		teehost_handle_free(x->handles);
	teehost_keycache_free(&x->keys);
	teehost_engine_free(&x->engine);
	teehost_heap_free(x);
	leave(x);

	for (; x->sessions != NULL; x->sessions = next) {
		next = x->sessions->next;
		free(x->sessions);
	}
	free(x);
}

/* ---- sessions ---------------------------------------------------------- */

static struct teehost_session **
find(struct teehost_instance *instance, uint32_t session)
{
	struct teehost_session **at = &instance->sessions;

	while (*at != NULL && (*at)->number != session)
		at = &(*at)->next;
	return (at);
}

static size_t
count(const struct teehost_instance *instance)
{
	size_t n = 0;

	for (const struct teehost_session *s = instance->sessions; s != NULL;
	     s = s->next)
		n++;
	return (n);
}

/* List a session under a number that no other has. */
static struct teehost_session *
add(struct teehost_instance *instance, const TEE_Identity *client)
{
	struct teehost_session *s;

	if (count(instance) >= TEEHOST_SESSIONS_MAX)
		return (NULL);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return (NULL);
	do
		instance->last_session++;
	while (instance->last_session == 0 ||
	    *find(instance, instance->last_session) != NULL);
	s->number = instance->last_session;
	s->client = *client;
	s->next = instance->sessions;
	instance->sessions = s;
	return (s);
}

static void
drop(struct teehost_instance *instance, uint32_t session)
{
	struct teehost_session **at = find(instance, session), *s = *at;

	if (s == NULL)
		return;
	*at = s->next;
	free(s);
}

TEE_Result
teehost_instance_open(struct teehost_instance *instance,
    const TEE_Identity *client, uint32_t types, TEE_Param params[4],
    uint32_t *session)
{
	struct teehost_session *s;
	TEE_Result result;

	if (instance->runs)
		return (TEE_ERROR_BUSY);
	s = add(instance, client);
	if (s == NULL)
		return (TEE_ERROR_OUT_OF_MEMORY);
	enter(instance, &s->client, types, params);
	result = instance->setup.ta.open_session(types, params, &s->context);
	leave(instance);
	if (result == TEE_SUCCESS)
		*session = s->number;
	else
		drop(instance, s->number);
	return (result);
}

TEE_Result
teehost_instance_invoke(struct teehost_instance *instance, uint32_t session,
    uint32_t command, uint32_t types, TEE_Param params[4])
{
	struct teehost_session *s = *find(instance, session);
	TEE_Result result;

	if (instance->runs)
		return (TEE_ERROR_BUSY);
	if (s == NULL)
		return (TEE_ERROR_ITEM_NOT_FOUND);
	enter(instance, &s->client, types, params);
	result = instance->setup.ta.invoke(s->context, command, types, params);
	leave(instance);
	return (result);
}

void
teehost_instance_close(struct teehost_instance *instance, uint32_t session)
{
	struct teehost_session *s = *find(instance, session);

	/* A session is never closed from within the instance's own code. */
	if (s == NULL || instance->runs)
		return;
	enter(instance, &s->client, 0, NULL);
	instance->setup.ta.close_session(s->context);
	leave(instance);
	drop(instance, session);
}

struct teehost_use
teehost_instance_use(const struct teehost_instance *instance)
{
	size_t n[TEEHOST_KINDS] = { 0 };

	for (const struct teehost_handle *h = instance->handles; h != NULL;
	     h = h->next)
		n[h->kind]++;
	return ((struct teehost_use){
	    .sessions = count(instance),
	    .objects = n[TEEHOST_IS_OBJECT],
	    .operations = n[TEEHOST_IS_OPERATION],
	    .heap_blocks = instance->heap_blocks,
	    .heap_bytes = instance->heap_bytes,
	    .enumerators =
		n[TEEHOST_IS_OBJECT_ENUM] + n[TEEHOST_IS_PROPERTY_ENUM],
	    .ta_sessions = n[TEEHOST_IS_TA_SESSION],
	    .keys = teehost_keycache_count(instance->keys),
	});
}
