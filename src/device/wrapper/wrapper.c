/* SPDX-License-Identifier: BSD-3-Clause */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device/wrapper/model.h"
#include "device/wrapper/task.h"

#define STATE_DIR "/.local/state/soter"

/* ---- making one ---------------------------------------------------------- */

static enum soter_rc
home(char **out)
{
	const char *name = secure_getenv("HOME");
	struct passwd *found = NULL, row;
	char text[4096];

	if ((name == NULL || name[0] != '/') &&
	    getpwuid_r(geteuid(), &row, text, sizeof(text), &found) == 0 &&
	    found != NULL)
		name = found->pw_dir;
	if (name == NULL || name[0] != '/')
		return (SOTER_E_ARGUMENT);
	*out = strdup(name);
	return (*out == NULL ? SOTER_E_NOMEM : SOTER_OK);
}

static enum soter_rc
default_dir(char **out)
{
	const char *state = secure_getenv("XDG_STATE_HOME");
	bool is_named = state != NULL && state[0] == '/';
	char *base = NULL;
	int n;

	if (!is_named)
		TRY(home(&base));
	n = is_named ? asprintf(out, "%s/soter", state)
		     : asprintf(out, "%s" STATE_DIR, base);
	free(base);
	if (n >= 0)
		return (SOTER_OK);
	*out = NULL;
	return (SOTER_E_NOMEM);
}

static enum soter_rc
take_texts(struct soter_wrapper *w, const struct soter_wrapper_options *o)
{
	char model[SOTER_MODEL_XML_MAX + 1];

	if (o->model == NULL)
		TRY(wrapper_model_make(model, ""));
	w->model = strdup(o->model == NULL ? model : o->model);
	if (w->model == NULL)
		return (SOTER_E_NOMEM);
	if (o->status_dir == NULL)
		return (default_dir(&w->status_dir));
	w->status_dir = strdup(o->status_dir);
	return (w->status_dir == NULL ? SOTER_E_NOMEM : SOTER_OK);
}

static enum soter_rc
take_options(struct soter_wrapper *w, const struct soter_wrapper_options *o)
{
	if (o->scenes_n > SOTER_SCENES_MAX)
		return (SOTER_E_LIMIT);
	if (o->scenes_n > 0 && o->scenes == NULL)
		return (SOTER_E_ARGUMENT);
	for (size_t i = 0; i < o->scenes_n; i++)
		w->scenes[w->scenes_n++] = o->scenes[i];
	/* Init says so: 1025, 1026. */
	w->is_salt_bad = wrapper_names_salt(w->salt,
			     o->salt == NULL ? "" : o->salt) != SOTER_OK;
	w->is_ask_name_bad = soter_text(o->ask_name).n > SOTER_ASK_NAME_MAX;
	w->uid = (uint32_t)geteuid();
	wrapper_names_ask(w->ask_name, w->uid);
	if (o->network != NULL)
		w->network = *o->network;
	w->log = o->log;
	w->log_context = o->log_context;
	return (take_texts(w, o));
}

enum soter_rc
soter_wrapper_new(struct soter_wrapper **out,
    const struct soter_wrapper_options *options)
{
	static const struct soter_wrapper_options none;
	const struct soter_wrapper_options *o =
	    options == NULL ? &none : options;
	const struct soter_core_options core = { .socket = o->socket };
	struct soter_wrapper *w = calloc(1, sizeof(*w));
	enum soter_rc rc = SOTER_E_NOMEM;

	if (w == NULL)
		goto out;
	if ((rc = take_options(w, o)) != SOTER_OK ||
	    (rc = soter_core_new(&w->core, &core)) != SOTER_OK ||
	    (rc = wrapper_task_open(w)) != SOTER_OK)
		goto out;
	*out = w;
	return (SOTER_OK);
out:
	if (w != NULL) {
		if (w->core != NULL)
			soter_core_free(&w->core);
		free(w->model);
		free(w->status_dir);
		free(w);
	}
	return (rc);
}

void
soter_wrapper_free(struct soter_wrapper **w)
{
	if (*w == NULL)
		return;
	if (wrapper_task_is_forked(*w))
		wrapper_task_forget(*w);
	else
		wrapper_task_close(*w);
	*w = NULL;
}

/* ---- tasks --------------------------------------------------------------- */

static struct soter_answer
run(struct soter_wrapper *w, const struct soter_task *what,
    struct soter_task_result *result)
{
	struct soter_answer answer = { SOTER_CORE_PARAM, SOTER_E_FORKED };
	struct wrapper_task *task;

	if (!wrapper_task_is_forked(w)) {
		answer.rc = wrapper_task_new(&task, what);
		if (answer.rc == SOTER_OK)
			return (wrapper_task_wait(w, task, result));
		answer.code = SOTER_CORE_UNKNOWN;
	}
	if (result != NULL)
		*result = (struct soter_task_result){ .answer = answer,
			.support = SOTER_SUPPORT_UNDEFINED };
	return (answer);
}

struct soter_answer
soter_wrapper_init(struct soter_wrapper *w, unsigned ms,
    struct soter_task_result *result)
{
	return (run(w,
	    &(struct soter_task){ .kind = SOTER_TASK_INIT, .ms = ms }, result));
}

struct soter_answer
soter_wrapper_prepare_ask(struct soter_wrapper *w, unsigned flags, unsigned ms,
    struct soter_task_result *result)
{
	return (run(w,
	    &(struct soter_task){ .kind = SOTER_TASK_PREPARE_ASK,
		.flags = flags,
		.ms = ms },
	    result));
}

struct soter_answer
soter_wrapper_prepare_authkey(struct soter_wrapper *w, int32_t scene,
    unsigned flags, unsigned ms, struct soter_task_result *result)
{
	return (run(w,
	    &(struct soter_task){ .kind = SOTER_TASK_PREPARE_AUTHKEY,
		.scene = scene,
		.flags = flags,
		.ms = ms },
	    result));
}

struct soter_answer
soter_wrapper_authorise(struct soter_wrapper *w,
    const struct soter_authorisation *what, unsigned ms,
    struct soter_task_result *result)
{
	return (run(w,
	    &(struct soter_task){ .kind = SOTER_TASK_AUTHORISE,
		.scene = what->scene,
		.ms = ms,
		.authorisation = *what },
	    result));
}

struct soter_answer
soter_wrapper_remove_authkey(struct soter_wrapper *w, int32_t scene,
    unsigned ms)
{
	return (run(w,
	    &(struct soter_task){ .kind = SOTER_TASK_REMOVE_AUTHKEY,
		.scene = scene,
		.ms = ms },
	    NULL));
}

struct soter_answer
soter_wrapper_remove_all(struct soter_wrapper *w, unsigned ms)
{
	return (run(w,
	    &(struct soter_task){ .kind = SOTER_TASK_REMOVE_ALL, .ms = ms },
	    NULL));
}

enum soter_rc
soter_wrapper_start(struct soter_wrapper *w, const struct soter_task *task,
    void (*done)(void *context, const struct soter_task_result *result),
    void *context)
{
	struct soter_task what = *task;
	struct wrapper_task *made;

	if (wrapper_task_is_forked(w))
		return (SOTER_E_FORKED);
	/* An authorisation names its scene itself. */
	if (what.kind == SOTER_TASK_AUTHORISE)
		what.scene = what.authorisation.scene;
	TRY(wrapper_task_new(&made, &what));
	made->done = done;
	made->context = context;
	return (wrapper_task_start(w, made));
}

void
soter_wrapper_cancel(struct soter_wrapper *w)
{
	if (!wrapper_task_is_forked(w))
		wrapper_task_stop(w, WRAPPER_STOP_CANCEL);
}

void
soter_wrapper_decline(struct soter_wrapper *w)
{
	if (!wrapper_task_is_forked(w))
		wrapper_task_stop_kind(w, WRAPPER_STOP_NEGATIVE,
		    SOTER_TASK_AUTHORISE);
}

/* ---- questions ----------------------------------------------------------- */

bool
soter_wrapper_is_supported(const struct soter_wrapper *w)
{
	return (atomic_load(&w->state) == WRAPPER_SUPPORTED);
}

enum soter_rc
soter_wrapper_kname(const struct soter_wrapper *w, int32_t scene, char out[128])
{
	if (w->is_salt_bad)
		return (SOTER_E_ARGUMENT);
	wrapper_names_authkey(out, w->uid, w->salt, scene);
	return (SOTER_OK);
}

struct soter_core *
soter_wrapper_core(struct soter_wrapper *w)
{
	return (w->core);
}

#define CODE_CASE(name, number, text) \
	case number:                  \
		return (text);

const char *
soter_process_text(int code)
{
	switch (code) {
		SOTER_CORE_CODES(CODE_CASE)
		SOTER_PROCESS_CODES(CODE_CASE)
	default:
		return ("unknown");
	}
}
