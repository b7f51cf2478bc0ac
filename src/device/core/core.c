/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One function per key operation (d.2): a request, its reply, a code.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "device/core/inside.h"

#define DEFAULT_SOCKET "/run/soter/soterd.sock"

/* ---- a core -------------------------------------------------------------- */

static enum soter_rc
set_path(struct soter_core *core, const char *path)
{
	size_t n;

	if (path == NULL)
		path = secure_getenv("SOTER_SOCKET");
	if (path == NULL || path[0] == '\0')
		path = DEFAULT_SOCKET;
	n = strlen(path);
	if (path[0] != '/' || n >= sizeof(core->at.sun_path))
		return (SOTER_E_ARGUMENT);
	core->at.sun_family = AF_UNIX;
	memcpy(core->at.sun_path, path, n);
	return (SOTER_OK);
}

/* Time limits are of a clock that nobody sets. */
static enum soter_rc
make_locks(struct soter_core *core)
{
	pthread_condattr_t attr;
	bool ok;

	if (pthread_mutex_init(&core->lock, NULL) != 0)
		return (SOTER_E_NOMEM);
	if (pthread_condattr_init(&attr) != 0)
		return (SOTER_E_NOMEM);
	ok = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
	    pthread_cond_init(&core->changed, &attr) == 0;
	pthread_condattr_destroy(&attr);
	return (ok ? SOTER_OK : SOTER_E_NOMEM);
}

enum soter_rc
soter_core_new(struct soter_core **out, const struct soter_core_options *o)
{
	struct soter_core *core = calloc(1, sizeof(*core));
	enum soter_rc rc = SOTER_E_NOMEM;

	if (core == NULL)
		return (SOTER_E_NOMEM);
	core->stop = eventfd(0, EFD_CLOEXEC);
	atomic_init(&core->pid, getpid());
	core->last = &core->first;
	core->connect_ms =
	    o != NULL && o->connect_ms != 0 ? o->connect_ms : CORE_CONNECT_MS;
	if (core->stop < 0)
		goto out;
	rc = set_path(core, o == NULL ? NULL : o->socket);
	if (rc == SOTER_OK)
		rc = make_locks(core);
	if (rc != SOTER_OK)
		goto out;
	*out = core;
	return (SOTER_OK);
out:
	if (core->stop >= 0)
		close(core->stop);
	free(core);
	return (rc);
}

/*
 * What fork() copied: connections are the parent's, threads are not here, and a
 * lock that one of them held stays held, with what it guards half changed.
 */
static void
begin_anew(struct soter_core *core)
{
	bool is_whole = pthread_mutex_trylock(&core->lock) == 0;

	if (is_whole) {
		core_link_close(core);
		pthread_mutex_unlock(&core->lock);
	}
	core->idle_n = core->users = core->calls = 0;
	core->has_kept = false;
	core_async_forget(core, is_whole);
	close(core->stop);
	core->stop = eventfd(0, EFD_CLOEXEC);
	/* Without memory they stay as they are: the next lock tells. */
	(void)!make_locks(core);
}

/* The thread that comes first does it; -pid says that it is at work. */
static void
check_process(struct soter_core *core)
{
	const pid_t mine = getpid();
	pid_t was = atomic_load(&core->pid);

	while (was != mine) {
		if (was != -mine &&
		    atomic_compare_exchange_strong(&core->pid, &was, -mine)) {
			begin_anew(core);
			atomic_store(&core->pid, mine);
		}
		(void)poll(NULL, 0, 1);
		was = atomic_load(&core->pid);
	}
}

void
core_begin(struct soter_core *core)
{
	check_process(core);
	pthread_mutex_lock(&core->lock);
	core->users++;
	pthread_mutex_unlock(&core->lock);
}

void
core_finish(struct soter_core *core)
{
	pthread_mutex_lock(&core->lock);
	core->users--;
	if (core->is_ending)
		pthread_cond_broadcast(&core->changed);
	pthread_mutex_unlock(&core->lock);
}

void
soter_core_free(struct soter_core **core)
{
	struct soter_core *x = *core;

	*core = NULL;
	if (x == NULL)
		return;
	check_process(x);
	pthread_mutex_lock(&x->lock);
	x->is_ending = true;
	(void)eventfd_write(x->stop, 1);
	pthread_cond_broadcast(&x->changed);
	pthread_mutex_unlock(&x->lock);
	core_async_end(x);
	pthread_mutex_lock(&x->lock);
	while (x->users > 0)
		pthread_cond_wait(&x->changed, &x->lock);
	pthread_mutex_unlock(&x->lock);
	core_link_close(x);
	close(x->stop);
	pthread_cond_destroy(&x->changed);
	pthread_mutex_destroy(&x->lock);
	free(x);
}

/* ---- calls --------------------------------------------------------------- */

uint64_t
core_end(unsigned ms, unsigned otherwise)
{
	return (core_now_ms() + (ms == 0 ? otherwise : ms));
}

unsigned
core_left(uint64_t end_ms)
{
	uint64_t now = core_now_ms();

	return (now >= end_ms ? 1 : (unsigned)(end_ms - now));
}

enum soter_rc
core_call(struct soter_core *core, const struct soter_dev_request *x,
    uint64_t end_ms, struct soter_writer *body)
{
	struct core_reply reply;

	TRY(core_link_call(core, x, end_ms, &reply));
	TRY(reply.x.code);
	if (body == NULL)
		return (
		    reply.x.body.n == 0 ? SOTER_OK : SOTER_E_SERVICE_ANSWER);
	return (soter_write(body, reply.x.body) == SOTER_OK
		? SOTER_OK
		: SOTER_E_SERVICE_ANSWER);
}

/* A call that says yes or no. */
static struct soter_answer
plain(struct soter_core *core, enum soter_core_op op,
    const struct soter_dev_request *x, unsigned ms, unsigned otherwise)
{
	return (
	    core_answer(op, core_call(core, x, core_end(ms, otherwise), NULL)));
}

enum soter_rc
core_fetch(struct soter_core *core, const struct soter_dev_request *x,
    uint64_t end_ms, struct soter_core_signed *out)
{
	uint8_t bytes[SOTER_TA_EXPORT_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	TRY(core_call(core, x, end_ms, &w));
	return (core_signed_read(out, soter_written(&w),
		    x->call == SOTER_DEV_SIGN_FINISH) == SOTER_OK
		? SOTER_OK
		: SOTER_E_UNREADABLE);
}

static bool
is_kname(const char *kname)
{
	return (kname != NULL && kname[0] != '\0' &&
	    strlen(kname) <= SOTER_KNAME_MAX);
}

static struct soter_dev_request
of_kname(enum soter_dev_call call, const char *kname)
{
	return ((struct soter_dev_request){ .call = call,
	    .kname = soter_text(kname) });
}

/* ---- ASK ----------------------------------------------------------------- */

struct soter_answer
soter_core_generate_ask(struct soter_core *core, unsigned ms)
{
	const struct soter_dev_request x = { .call = SOTER_DEV_ASK_GENERATE };

	return (
	    plain(core, SOTER_CORE_GENERATE_ASK, &x, ms, SOTER_CORE_KEY_MS));
}

struct soter_answer
soter_core_remove_ask(struct soter_core *core, unsigned ms)
{
	const struct soter_dev_request x = { .call = SOTER_DEV_REMOVE_ALL };

	return (plain(core, SOTER_CORE_REMOVE_ASK, &x, ms, SOTER_CORE_MS));
}

struct soter_answer
soter_core_has_ask(struct soter_core *core, unsigned ms)
{
	const struct soter_dev_request x = { .call = SOTER_DEV_ASK_HAS };

	return (plain(core, SOTER_CORE_HAS_ASK, &x, ms, SOTER_CORE_MS));
}

struct soter_answer
soter_core_get_ask(struct soter_core *core, unsigned ms,
    struct soter_core_signed *out)
{
	const struct soter_dev_request x = { .call = SOTER_DEV_ASK_EXPORT };

	return (core_answer(SOTER_CORE_GET_ASK,
	    core_fetch(core, &x, core_end(ms, SOTER_CORE_MS), out)));
}

struct soter_answer
soter_core_is_ask_valid(struct soter_core *core, unsigned ms)
{
	struct soter_core_signed ignored;

	return (core_answer(SOTER_CORE_IS_ASK_VALID,
	    soter_core_get_ask(core, ms, &ignored).rc));
}

/* ---- AuthKey ------------------------------------------------------------- */

struct soter_answer
soter_core_generate_authkey(struct soter_core *core, const char *kname,
    unsigned ms)
{
	const struct soter_dev_request x =
	    of_kname(SOTER_DEV_AUTHKEY_GENERATE, kname);

	if (!is_kname(kname))
		return (
		    core_answer(SOTER_CORE_GENERATE_AUTHKEY, SOTER_E_ARGUMENT));
	return (plain(core, SOTER_CORE_GENERATE_AUTHKEY, &x, ms,
	    SOTER_CORE_KEY_MS));
}

struct soter_answer
soter_core_remove_authkey(struct soter_core *core, const char *kname,
    bool also_ask, unsigned ms)
{
	const struct soter_dev_request x =
	    of_kname(SOTER_DEV_AUTHKEY_REMOVE, kname);
	const uint64_t end = core_end(ms, SOTER_CORE_MS);
	struct soter_answer a =
	    core_answer(SOTER_CORE_REMOVE_AUTHKEY, SOTER_E_ARGUMENT);

	if (!is_kname(kname))
		return (a);
	core_begin(core);
	a = core_answer(SOTER_CORE_REMOVE_AUTHKEY,
	    core_call(core, &x, end, NULL));
	if (a.rc == SOTER_OK && also_ask)
		a = soter_core_remove_ask(core, core_left(end));
	core_finish(core);
	return (a);
}

struct soter_answer
soter_core_has_authkey(struct soter_core *core, const char *kname, unsigned ms)
{
	const struct soter_dev_request x =
	    of_kname(SOTER_DEV_AUTHKEY_HAS, kname);

	if (!is_kname(kname))
		return (core_answer(SOTER_CORE_HAS_AUTHKEY, SOTER_E_ARGUMENT));
	return (plain(core, SOTER_CORE_HAS_AUTHKEY, &x, ms, SOTER_CORE_MS));
}

struct soter_answer
soter_core_get_authkey(struct soter_core *core, const char *kname, unsigned ms,
    struct soter_core_signed *out)
{
	const struct soter_dev_request x =
	    of_kname(SOTER_DEV_AUTHKEY_EXPORT, kname);
	enum soter_rc rc = SOTER_E_ARGUMENT;

	if (is_kname(kname))
		rc = core_fetch(core, &x, core_end(ms, SOTER_CORE_MS), out);
	return (core_answer(SOTER_CORE_GET_AUTHKEY, rc));
}

/*
 * A key that the TEE calls damaged, or whose export it gave and cannot be read.
 * One that could not be asked for is not, nor one behind an answer that is
 * none, such as half of one from a service that dies: the key may be fine, and
 * nothing is removed.
 */
static bool
is_invalid(enum soter_rc rc)
{
	return (rc == SOTER_E_KEY_BLOB || rc == SOTER_E_UNREADABLE);
}

struct soter_answer
soter_core_is_authkey_valid(struct soter_core *core, const char *kname,
    bool auto_delete, unsigned ms)
{
	const uint64_t end = core_end(ms, SOTER_CORE_MS);
	struct soter_core_signed ignored;
	enum soter_rc rc;

	if (!is_kname(kname))
		return (
		    core_answer(SOTER_CORE_IS_AUTHKEY_VALID, SOTER_E_ARGUMENT));
	core_begin(core);
	rc = soter_core_get_authkey(core, kname, core_left(end), &ignored).rc;
	if (auto_delete && is_invalid(rc))
		(void)soter_core_remove_authkey(core, kname, false,
		    core_left(end));
	core_finish(core);
	return (core_answer(SOTER_CORE_IS_AUTHKEY_VALID, rc));
}

/* Read all before the first is told, so that nobody hears half a list. */
static enum soter_rc
tell_names(struct soter_span body,
    void (*each)(void *context, const char *kname), void *context)
{
	struct soter_reader r = soter_reader(body);
	struct soter_span text;
	char kname[SOTER_KNAME_MAX + 1];

	while (soter_read_end(&r) != SOTER_OK) {
		if (soter_ta_text_read(&r, &text) != SOTER_OK || text.n == 0 ||
		    text.n > SOTER_KNAME_MAX ||
		    memchr(text.p, '\0', text.n) != NULL)
			return (SOTER_E_SERVICE_ANSWER);
		soter_copy(kname, text.p, text.n);
		kname[text.n] = '\0';
		if (each != NULL)
			each(context, kname);
	}
	return (SOTER_OK);
}

struct soter_answer
soter_core_list(struct soter_core *core, unsigned ms,
    void (*each)(void *context, const char *kname), void *context)
{
	const struct soter_dev_request x = { .call = SOTER_DEV_KEYS_LIST };
	uint8_t bytes[SOTER_TA_EXPORT_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	enum soter_rc rc = core_call(core, &x, core_end(ms, SOTER_CORE_MS), &w);

	if (rc == SOTER_OK)
		rc = tell_names(soter_written(&w), NULL, NULL);
	if (rc == SOTER_OK)
		rc = tell_names(soter_written(&w), each, context);
	return (core_answer(SOTER_CORE_HAS_ASK, rc));
}
