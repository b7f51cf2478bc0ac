/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/wrapper.h -- a wrapper on a device of its own: a core that does
 * what a script says (tests/fakecore.h), a server that does, a folder for the
 * status file, and everything that the wrapper logs.
 */
#ifndef SOTER_TESTS_UNIT_WRAPPER_H
#define SOTER_TESTS_UNIT_WRAPPER_H

#include <pthread.h>

#include "device/wrapper/inside.h"
#include "soter/wrapper.h"
#include "tests/check.h"
#include "tests/fakecore.h"
#include "tests/folder.h"

#define RIG_SCENE 1
#define RIG_OTHER 2
#define RIG_LOG	  8192

/* The server: what each function answers. */
struct rig_server {
	enum soter_rc support, ask, authkey, challenge, result;
	bool is_supported;
	enum soter_support_type type;
	const char *text; /* the challenge */
	unsigned asked;	  /* how often anything was */
	unsigned
	    recovers; /* after so many failures it answers well; 0: never */
	unsigned hang_ms;
};

struct rig {
	struct fakecore device;
	struct folder folder;
	char status_dir[160];
	struct rig_server server;
	bool is_alone; /* no server */
	const char *salt, *ask_name;
	const int32_t *scenes;
	size_t scenes_n;
	struct soter_wrapper *w;
	char kname[128], other[128];

	pthread_mutex_t lock;
	char log[RIG_LOG];
	char events[64]; /* 't', 'x', 'm' */
	unsigned events_n;
	unsigned left; /* at the last miss */
};

static const int32_t rig_scenes[] = { RIG_SCENE, RIG_OTHER };

/* ---- the server ---------------------------------------------------------- */

static inline enum soter_rc
rig_serve(struct rig *r, enum soter_rc rc)
{
	struct timespec time = { .tv_sec = r->server.hang_ms / 1000,
		.tv_nsec = (long)(r->server.hang_ms % 1000) * 1000000 };

	nanosleep(&time, NULL);
	r->server.asked++;
	if (rc != SOTER_OK && r->server.recovers > 0 &&
	    r->server.asked > r->server.recovers)
		return (SOTER_OK);
	return (rc);
}

static inline enum soter_rc
rig_support(void *rig, const char *model, unsigned ms, bool *is_supported,
    enum soter_support_type *type)
{
	struct rig *r = rig;

	(void)ms;
	if (strncmp(model, "<deviceinfo>", 12) != 0)
		return (SOTER_E_UPLOAD_REFUSED);
	*is_supported = r->server.is_supported;
	*type = r->server.type;
	return (rig_serve(r, r->server.support));
}

static inline enum soter_rc
rig_ask(void *rig, const struct soter_core_signed *ask, unsigned ms)
{
	struct rig *r = rig;

	(void)ms;
	return (ask->json_n == 0 ? SOTER_E_UPLOAD_REFUSED
				 : rig_serve(r, r->server.ask));
}

static inline enum soter_rc
rig_authkey(void *rig, int32_t scene, const struct soter_core_signed *authkey,
    unsigned ms)
{
	struct rig *r = rig;

	(void)ms;
	(void)scene;
	return (authkey->json_n == 0 ? SOTER_E_UPLOAD_REFUSED
				     : rig_serve(r, r->server.authkey));
}

static inline enum soter_rc
rig_challenge(void *rig, int32_t scene, char *out, size_t size, unsigned ms)
{
	struct rig *r = rig;

	(void)ms;
	(void)scene;
	snprintf(out, size, "%s", r->server.text);
	return (rig_serve(r, r->server.challenge));
}

static inline enum soter_rc
rig_result(void *rig, int32_t scene, const struct soter_core_signed *result,
    unsigned ms)
{
	struct rig *r = rig;

	(void)ms;
	(void)scene;
	return (result->json_n == 0 ? SOTER_E_UPLOAD_REFUSED
				    : rig_serve(r, r->server.result));
}

/* ---- what it says -------------------------------------------------------- */

static inline void
rig_log(void *rig, const char *line)
{
	struct rig *r = rig;
	size_t n;

	pthread_mutex_lock(&r->lock);
	n = strlen(r->log);
	snprintf(r->log + n, sizeof(r->log) - n, "%s\n", line);
	pthread_mutex_unlock(&r->lock);
	if (getenv("RIG_TALKS") != NULL)
		printf("# %s\n", line);
}

static inline bool
rig_said(struct rig *r, const char *text)
{
	bool found;

	pthread_mutex_lock(&r->lock);
	found = strstr(r->log, text) != NULL;
	pthread_mutex_unlock(&r->lock);
	return (found);
}

/* Was a key removed for this reason?  name: a row of the table. */
static inline bool
rig_removed(struct rig *r, const char *name)
{
	char line[80];

	snprintf(line, sizeof(line), "removal %s:", name);
	return (rig_said(r, line));
}

static inline void
rig_event(void *rig, enum soter_auth_event event, unsigned left)
{
	struct rig *r = rig;

	if (event == SOTER_AUTH_MISS)
		r->left = left;
	if (r->events_n < sizeof(r->events) - 1)
		r->events[r->events_n++] = "txm"[event];
}

/* ---- the whole ----------------------------------------------------------- */

/* Everything but the wrapper.  device: NULL for one in the rig. */
static inline void
rig_begin(struct rig *r, struct fakecore *device)
{
	*r = (struct rig){ .scenes = rig_scenes,
		.scenes_n = SOTER_COUNT(rig_scenes),
		.server = { .is_supported = true,
		    .type = SOTER_SUPPORT_BOTH,
		    .text = "challenge" } };
	pthread_mutex_init(&r->lock, NULL);
	fakecore = device == NULL ? &r->device : device;
	fakecore_reset(fakecore);
	folder_new(&r->folder);
	snprintf(r->status_dir, sizeof(r->status_dir), "%s/state/soter",
	    r->folder.path);
}

static inline void
rig_start(struct rig *r)
{
	const struct soter_network network = { r, rig_support, rig_ask,
		rig_authkey, rig_challenge, rig_result };
	const struct soter_wrapper_options options = {
		.scenes = r->scenes,
		.scenes_n = r->scenes_n,
		.salt = r->salt,
		.ask_name = r->ask_name,
		.status_dir = r->status_dir,
		.network = r->is_alone ? NULL : &network,
		.log = rig_log,
		.log_context = r,
	};

	if (soter_wrapper_new(&r->w, &options) != SOTER_OK)
		abort();
	if (soter_wrapper_kname(r->w, RIG_SCENE, r->kname) != SOTER_OK ||
	    soter_wrapper_kname(r->w, RIG_OTHER, r->other) != SOTER_OK)
		r->kname[0] = '\0';
}

/* The process ends and begins again; what is on the disk stays. */
static inline void
rig_restart(struct rig *r)
{
	soter_wrapper_free(&r->w);
	r->log[0] = '\0';
	r->events_n = 0;
	memset(r->events, 0, sizeof(r->events));
	rig_start(r);
}

static inline void
rig_new(struct rig *r)
{
	rig_begin(r, NULL);
	rig_start(r);
}

static inline void
rig_free(struct rig *r)
{
	soter_wrapper_free(&r->w);
	folder_remove(r->folder.path);
	pthread_mutex_destroy(&r->lock);
}

/* Initialised, with ASK and AuthKey of RIG_SCENE; the log is empty. */
static inline bool
rig_ready(struct rig *r)
{
	bool is_ready =
	    soter_wrapper_init(r->w, 0, NULL).code == SOTER_CORE_OK &&
	    soter_wrapper_prepare_authkey(r->w, RIG_SCENE,
		SOTER_AUTO_PREPARE_ASK, 0, NULL)
		    .code == SOTER_CORE_OK;

	r->log[0] = '\0';
	r->server.asked = 0;
	memset(fakecore->calls, 0, sizeof(fakecore->calls));
	return (is_ready);
}

static inline struct soter_answer
rig_authorise(struct rig *r, unsigned ms, struct soter_task_result *result)
{
	const struct soter_authorisation what = { .scene = RIG_SCENE,
		.event = rig_event,
		.context = r };

	return (soter_wrapper_authorise(r->w, &what, ms, result));
}

/* The number in the status file: 9 if there is none. */
static inline int
rig_status(const struct rig *r, const char *name)
{
	struct wrapper_status s = WRAPPER_STATUS_NONE;
	int state;

	if (wrapper_status_open(&s, r->status_dir) != SOTER_OK)
		return (9);
	state = (int)wrapper_status_get(&s, name, (enum wrapper_key_state)9);
	wrapper_status_close(&s);
	return (state);
}

#endif
