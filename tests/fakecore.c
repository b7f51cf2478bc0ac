/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/span.h"
#include "tests/fakecore.h"
#include "wire/limits.h"

struct soter_core {
	int nothing;
};

struct fakecore *fakecore;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The code that a call fails with (docs/protocol.md d.2). */
static const int codes[FAKECORE_OPS_N] = {
	[FAKE_IS_SUPPORTED] = SOTER_CORE_NOT_SUPPORTED,
	[FAKE_GENERATE_ASK] = SOTER_CORE_ASK_GENERATE,
	[FAKE_REMOVE_ASK] = SOTER_CORE_ASK_REMOVE,
	[FAKE_GENERATE_AUTHKEY] = SOTER_CORE_AUTHKEY_GENERATE,
	[FAKE_REMOVE_AUTHKEY] = SOTER_CORE_AUTHKEY_REMOVE,
};

void
fakecore_lock(void)
{
	pthread_mutex_lock(&lock);
}

void
fakecore_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

void
fakecore_reset(struct fakecore *f)
{
	*f = (struct fakecore){ .modalities = SOTER_FINGER,
		.enrolled = 1,
		.counter = 100,
		.sees = "m" };
}

static struct fakecore_key *
find(const struct fakecore *f, const char *kname)
{
	for (size_t i = 0; i < f->keys_n; i++)
		if (strcmp(f->keys[i].kname, kname) == 0)
			return ((struct fakecore_key *)&f->keys[i]);
	return (NULL);
}

bool
fakecore_has(const struct fakecore *f, const char *kname)
{
	return (find(f, kname) != NULL);
}

void
fakecore_put(struct fakecore *f, const char *kname)
{
	if (f->keys_n == FAKECORE_KEYS_MAX)
		abort();
	f->keys[f->keys_n] = (struct fakecore_key){ .is_bad = false };
	snprintf(f->keys[f->keys_n++].kname, 128, "%s", kname);
}

void
fakecore_fail(struct fakecore *f, enum fakecore_op op, enum soter_rc rc)
{
	f->fail[op] = rc;
	f->pass[op] = f->times[op] = 0;
}

/* ---- a call -------------------------------------------------------------- */

static void
sleep_ms(unsigned ms)
{
	struct timespec time = { .tv_sec = ms / 1000,
		.tv_nsec = (long)(ms % 1000) * 1000000 };

	if (ms > 0)
		nanosleep(&time, NULL);
}

static enum soter_rc
script(enum fakecore_op op)
{
	struct fakecore *f = fakecore;

	f->calls[op]++;
	if (f->fail[op] == SOTER_OK)
		return (SOTER_OK);
	if (f->pass[op] > 0) {
		f->pass[op]--;
		return (SOTER_OK);
	}
	if (f->times[op] > 0 && --f->times[op] == 0) {
		enum soter_rc rc = f->fail[op];

		f->fail[op] = SOTER_OK;
		return (rc);
	}
	return (f->fail[op]);
}

/* With the lock held on return; every call ends with leave(). */
static enum soter_rc
enter(enum fakecore_op op, unsigned ms)
{
	void (*before)(enum fakecore_op);
	unsigned hang;

	pthread_mutex_lock(&lock);
	before = fakecore->before;
	hang = fakecore->hang_ms[op];
	pthread_mutex_unlock(&lock);
	if (before != NULL)
		before(op);
	sleep_ms(hang < ms ? hang : ms);
	pthread_mutex_lock(&lock);
	if (hang > ms) {
		fakecore->calls[op]++;
		return (SOTER_E_TIME);
	}
	return (script(op));
}

static struct soter_answer
leave(enum fakecore_op op, enum soter_rc rc)
{
	pthread_mutex_unlock(&lock);
	if (rc == SOTER_OK)
		return ((struct soter_answer){ SOTER_CORE_OK, SOTER_OK });
	return ((struct soter_answer){
	    codes[op] == 0 ? SOTER_CORE_UNKNOWN : codes[op], rc });
}

static void
fill(struct soter_core_signed *out, const char *what, const char *text)
{
	*out =
	    (struct soter_core_signed){ .claimed_counter = ++fakecore->counter,
		    .claimed_salt_len = 20 };
	snprintf(out->json, sizeof(out->json), "{\"%s\":\"%s\"}", what, text);
	out->json_n = strlen(out->json);
	snprintf(out->signature, sizeof(out->signature), "AAAA");
}

/* ---- soter/core.h -------------------------------------------------------- */

enum soter_rc
soter_core_new(struct soter_core **out,
    const struct soter_core_options *options)
{
	(void)options;
	*out = calloc(1, sizeof(**out));
	return (*out == NULL ? SOTER_E_NOMEM : SOTER_OK);
}

void
soter_core_free(struct soter_core **core)
{
	free(*core);
	*core = NULL;
}

struct soter_answer
soter_core_is_supported(struct soter_core *core, unsigned ms)
{
	(void)core;
	return (leave(FAKE_IS_SUPPORTED, enter(FAKE_IS_SUPPORTED, ms)));
}

struct soter_answer
soter_core_generate_ask(struct soter_core *core, unsigned ms)
{
	enum soter_rc rc = enter(FAKE_GENERATE_ASK, ms);

	(void)core;
	if (rc == SOTER_OK) {
		fakecore->has_ask = true;
		fakecore->is_ask_bad = false;
		fakecore->keys_n = 0;
	}
	return (leave(FAKE_GENERATE_ASK, rc));
}

struct soter_answer
soter_core_remove_ask(struct soter_core *core, unsigned ms)
{
	enum soter_rc rc = enter(FAKE_REMOVE_ASK, ms);

	(void)core;
	if (rc == SOTER_OK) {
		fakecore->has_ask = false;
		fakecore->keys_n = 0;
	}
	return (leave(FAKE_REMOVE_ASK, rc));
}

/* Of what asks for the ASK: 3, if there is none. */
static struct soter_answer
leave_ask(enum fakecore_op op, enum soter_rc rc)
{
	struct soter_answer a;

	if (rc == SOTER_OK && !fakecore->has_ask)
		rc = SOTER_E_ASK_NOT_READY;
	if (rc == SOTER_OK && fakecore->is_ask_bad && op != FAKE_HAS_ASK)
		rc = SOTER_E_KEY_BLOB;
	a = leave(op, rc);
	if (rc == SOTER_E_ASK_NOT_READY)
		a.code = SOTER_CORE_NO_ASK;
	return (a);
}

struct soter_answer
soter_core_has_ask(struct soter_core *core, unsigned ms)
{
	(void)core;
	return (leave_ask(FAKE_HAS_ASK, enter(FAKE_HAS_ASK, ms)));
}

struct soter_answer
soter_core_is_ask_valid(struct soter_core *core, unsigned ms)
{
	(void)core;
	return (leave_ask(FAKE_IS_ASK_VALID, enter(FAKE_IS_ASK_VALID, ms)));
}

struct soter_answer
soter_core_get_ask(struct soter_core *core, unsigned ms,
    struct soter_core_signed *out)
{
	enum soter_rc rc = enter(FAKE_GET_ASK, ms);

	(void)core;
	if (rc == SOTER_OK && fakecore->has_ask && !fakecore->is_ask_bad)
		fill(out, "ask", "key");
	return (leave_ask(FAKE_GET_ASK, rc));
}

struct soter_answer
soter_core_generate_authkey(struct soter_core *core, const char *kname,
    unsigned ms)
{
	enum soter_rc rc = enter(FAKE_GENERATE_AUTHKEY, ms);
	struct fakecore_key *key = find(fakecore, kname);

	(void)core;
	if (rc == SOTER_OK && !fakecore->has_ask)
		rc = SOTER_E_ASK_NOT_READY;
	if (rc == SOTER_OK && key == NULL)
		fakecore_put(fakecore, kname);
	else if (rc == SOTER_OK)
		key->is_bad = false;
	return (leave(FAKE_GENERATE_AUTHKEY, rc));
}

struct soter_answer
soter_core_remove_authkey(struct soter_core *core, const char *kname,
    bool also_ask, unsigned ms)
{
	enum soter_rc rc = enter(FAKE_REMOVE_AUTHKEY, ms);
	struct fakecore_key *key = find(fakecore, kname);

	(void)core;
	if (also_ask)
		abort();
	if (rc == SOTER_OK && key == NULL)
		rc = SOTER_E_AUTH_KEY_NOT_READY;
	if (rc == SOTER_OK)
		*key = fakecore->keys[--fakecore->keys_n];
	return (leave(FAKE_REMOVE_AUTHKEY, rc));
}

struct soter_answer
soter_core_has_authkey(struct soter_core *core, const char *kname, unsigned ms)
{
	enum soter_rc rc = enter(FAKE_HAS_AUTHKEY, ms);

	(void)core;
	if (rc == SOTER_OK && find(fakecore, kname) == NULL)
		rc = SOTER_E_AUTH_KEY_NOT_READY;
	return (leave(FAKE_HAS_AUTHKEY, rc));
}

struct soter_answer
soter_core_get_authkey(struct soter_core *core, const char *kname, unsigned ms,
    struct soter_core_signed *out)
{
	enum soter_rc rc = enter(FAKE_GET_AUTHKEY, ms);
	const struct fakecore_key *key = find(fakecore, kname);

	(void)core;
	if (rc == SOTER_OK && key == NULL)
		rc = SOTER_E_AUTH_KEY_NOT_READY;
	if (rc == SOTER_OK && key->is_bad)
		rc = SOTER_E_KEY_BLOB;
	if (rc == SOTER_OK)
		fill(out, "authkey", kname);
	return (leave(FAKE_GET_AUTHKEY, rc));
}

struct soter_answer
soter_core_init_sign(struct soter_core *core, const char *kname,
    struct soter_span challenge, unsigned ms, uint64_t *session)
{
	enum soter_rc rc = enter(FAKE_INIT_SIGN, ms);

	(void)core;
	(void)challenge;
	if (rc == SOTER_OK && find(fakecore, kname) == NULL)
		rc = SOTER_E_AUTH_KEY_NOT_READY;
	if (rc == SOTER_OK)
		*session = fakecore->session = ++fakecore->counter;
	return (leave(FAKE_INIT_SIGN, rc));
}

struct soter_answer
soter_core_finish_sign(struct soter_core *core, uint64_t session, unsigned ms,
    struct soter_core_signed *out)
{
	enum soter_rc rc = enter(FAKE_FINISH_SIGN, ms);

	(void)core;
	if (rc == SOTER_OK && (session == 0 || session != fakecore->session))
		rc = SOTER_E_TEE_UNKNOWN;
	if (rc == SOTER_OK) {
		fakecore->session = 0;
		fill(out, "raw", "signed");
	}
	return (leave(FAKE_FINISH_SIGN, rc));
}

struct soter_answer
soter_core_cancel_sign(struct soter_core *core, uint64_t session, unsigned ms)
{
	enum soter_rc rc = enter(FAKE_CANCEL_SIGN, ms);

	(void)core;
	if (rc == SOTER_OK && session == fakecore->session)
		fakecore->session = 0;
	return (leave(FAKE_CANCEL_SIGN, rc));
}

struct soter_answer
soter_core_state(struct soter_core *core, unsigned ms,
    struct soter_device_state *out)
{
	enum soter_rc rc = enter(FAKE_STATE, ms);

	(void)core;
	if (rc == SOTER_OK)
		*out = (struct soter_device_state){
			.modalities = fakecore->modalities,
			.enrolled = fakecore->enrolled,
			.misses = fakecore->misses,
			.freeze_ms = fakecore->freeze_ms,
			.is_provisioned = true,
			.has_ask = fakecore->has_ask,
		};
	return (leave(FAKE_STATE, rc));
}

struct soter_answer
soter_core_auth_begin(struct soter_core *core, uint64_t session,
    enum soter_modality_kind modality, unsigned ms)
{
	enum soter_rc rc = enter(FAKE_AUTH_BEGIN, ms);

	(void)core;
	(void)session;
	if (rc == SOTER_OK && (fakecore->modalities & (unsigned)modality) == 0)
		rc = SOTER_E_NOT_ENROLLED;
	if (rc == SOTER_OK)
		fakecore->is_looking = true;
	return (leave(FAKE_AUTH_BEGIN, rc));
}

struct soter_answer
soter_core_auth_step(struct soter_core *core, uint64_t session, unsigned ms,
    unsigned *left)
{
	enum soter_rc rc = enter(FAKE_AUTH_STEP, ms);
	char seen = fakecore->sees[0];

	(void)core;
	(void)session;
	if (fakecore->sees[1] != '\0')
		fakecore->sees++;
	if (rc == SOTER_OK && seen == 'x')
		fakecore->misses++;
	if (rc == SOTER_OK)
		rc = seen == 'm'  ? SOTER_OK
		    : seen == '.' ? SOTER_E_WAITING
		    : seen == 'x' ? SOTER_E_MISS
		    : seen == 'f' ? SOTER_E_FROZEN
		    : seen == 'c' ? SOTER_E_CANCELLED
				  : SOTER_E_SENSOR;
	if (rc == SOTER_OK)
		fakecore->misses = 0;
	if (rc == SOTER_OK || rc == SOTER_E_MISS)
		*left = SOTER_MISSES_MAX - fakecore->misses;
	if (rc == SOTER_E_FROZEN)
		fakecore->freeze_ms = 30000;
	if (rc != SOTER_E_WAITING && rc != SOTER_E_MISS)
		fakecore->is_looking = false;
	return (leave(FAKE_AUTH_STEP, rc));
}

struct soter_answer
soter_core_auth_cancel(struct soter_core *core, uint64_t session, unsigned ms)
{
	enum soter_rc rc = enter(FAKE_AUTH_CANCEL, ms);

	(void)core;
	(void)session;
	fakecore->is_looking = false;
	return (leave(FAKE_AUTH_CANCEL, rc));
}
