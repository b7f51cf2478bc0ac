/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter device init, prepare, authorise, remove: what an app does, through the
 * wrapper.
 *
 * libsoter-http is looked for when a server is named: whoever checks signatures
 * with this command needs no HTTP client.
 */
#include <dlfcn.h>
#include <string.h>

#include "cli/deviceact.h"
#include "cli/input.h"
#include "cli/print.h"
#include "soter/http.h"
#include "wire/limits.h"

#define HTTP_LIBRARY "libsoter-http.so.0"
#define TEXT_MAX     1024 /* bytes of a header, or of a digest */

/* ---- the server ---------------------------------------------------------- */

/* What is needed of the library; nothing while library is NULL. */
struct http {
	void *library;
	struct soter_http *server;
	enum soter_rc (*new)(struct soter_http **out,
	    const struct soter_http_options *options);
	void (*free)(struct soter_http **http);
	struct soter_network (*network)(struct soter_http *http);
	enum soter_rc (*switch_on)(struct soter_http *http, int32_t scene);
	struct soter_network functions;
};

/* A pointer to data is what dlsym() gives; POSIX says that this works. */
static bool
find(void *library, const char *name, void *function, size_t size)
{
	void *found = dlsym(library, name);

	memcpy(function, &found, size);
	return (found != NULL);
}

#define FIND(h, name) \
	find((h)->library, "soter_http_" #name, &(h)->name, sizeof((h)->name))

static enum soter_rc
load(struct http *h)
{
	h->library = dlopen(HTTP_LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (h->library != NULL && FIND(h, new) && FIND(h, free) &&
	    FIND(h, network) && FIND(h, switch_on))
		return (SOTER_OK);
	print_error(HTTP_LIBRARY, "cannot be used: %s", dlerror());
	return (SOTER_E_READ);
}

/* What a file says, as one text; empty without one. */
static enum soter_rc
read_text(char out[TEXT_MAX + 1], const char *file, const char *what)
{
	struct input in = { NULL, 0 };
	enum soter_rc rc;

	out[0] = '\0';
	if (file == NULL)
		return (SOTER_OK);
	if ((rc = input_read(&in, file, TEXT_MAX, what)) != SOTER_OK)
		goto out;
	input_cut_line_end(&in);
	rc = SOTER_E_READ;
	if (in.n == 0 || memchr(in.p, '\0', in.n) != NULL) {
		print_error(file, "is empty, or no text; it should be %s",
		    what);
		goto out;
	}
	memcpy(out, in.p, in.n);
	out[in.n] = '\0';
	rc = SOTER_OK;
out:
	if (in.p != NULL)
		soter_wipe(in.p, in.n);
	input_free(&in);
	return (rc);
}

static const char *
or_null(const char *text)
{
	return (text[0] == '\0' ? NULL : text);
}

static enum soter_rc
connect_with(struct http *h, const struct deviceline *line, const char *digest,
    const char *authorization)
{
	const struct soter_http_options options = { .url = line->server,
		.ca_file = line->ca_file,
		.password_digest = or_null(digest),
		.authorization = or_null(authorization) };
	enum soter_rc rc;

	TRY(load(h));
	rc = h->new (&h->server, &options);
	if (rc == SOTER_E_ARGUMENT)
		print_error(line->server,
		    "is no server that can be asked: https://, or http:// on "
		    "this machine; see also --ca and --authorization");
	if (rc == SOTER_OK)
		h->functions = h->network(h->server);
	/* The key may have gone up by a process before this one. */
	if (rc == SOTER_OK && options.password_digest != NULL)
		rc = h->switch_on(h->server, line->scene);
	return (rc);
}

/* Without --server: nothing, and nobody will be asked. */
static enum soter_rc
http_open(struct http *h, const struct deviceline *line)
{
	char digest[TEXT_MAX + 1], authorization[TEXT_MAX + 1];
	enum soter_rc rc;

	if (line->server == NULL)
		return (SOTER_OK);
	authorization[0] = '\0';
	rc = read_text(digest, line->digest_file, "a password's digest");
	if (rc == SOTER_OK)
		rc = read_text(authorization, line->auth_file,
		    "the value of a header");
	if (rc == SOTER_OK)
		rc = connect_with(h, line, digest, authorization);
	soter_wipe(digest, sizeof(digest));
	soter_wipe(authorization, sizeof(authorization));
	return (rc);
}

static void
http_close(struct http *h)
{
	if (h->server != NULL)
		h->free(&h->server);
	if (h->library != NULL)
		dlclose(h->library);
}

/* ---- the wrapper --------------------------------------------------------- */

static enum soter_rc
wrapper_new(struct soter_wrapper **out, const struct deviceline *line,
    const struct http *h)
{
	const struct soter_wrapper_options options = {
		.scenes = &line->scene,
		.scenes_n = 1,
		.salt = line->account,
		.socket = line->socket,
		.status_dir = line->status_dir,
		.network = h->server == NULL ? NULL : &h->functions,
	};
	enum soter_rc rc = soter_wrapper_new(out, &options);

	if (rc == SOTER_E_ARGUMENT || rc == SOTER_E_LIMIT) {
		print_error(NULL,
		    "--status-dir or --socket is no path that can be used");
		return (SOTER_E_ARGUMENT);
	}
	return (rc);
}

static enum soter_rc
put_removed(json_t *to, unsigned removed)
{
	json_t *array;

	if (removed == 0)
		return (SOTER_OK);
	TRY(tree_put_array(to, "removed", &array));
	if ((removed & SOTER_REMOVED_ASK) != 0)
		TRY(tree_append_text(array, "ask"));
	if ((removed & SOTER_REMOVED_AUTHKEY) != 0)
		TRY(tree_append_text(array, "authkey"));
	return (SOTER_OK);
}

static const char *
support_text(enum soter_support_type type)
{
	static const struct {
		enum soter_support_type type;
		const char *text;
	} texts[] = {
		{ SOTER_SUPPORT_NONE, "none" },
		{ SOTER_SUPPORT_FINGER, "finger" },
		{ SOTER_SUPPORT_FACE, "face" },
		{ SOTER_SUPPORT_BOTH, "finger and face" },
	};

	for (size_t i = 0; i < SOTER_COUNT(texts); i++)
		if (texts[i].type == type)
			return (texts[i].text);
	return ("not said");
}

/* What a task runs with, and what came of it. */
struct task {
	const struct deviceline *line;
	const struct plan *plan;
	struct soter_wrapper *w;
	struct soter_task_result result;
	unsigned removed; /* by this task and by init */
};

/* What follows init, and what is told of it. */
struct plan {
	struct soter_answer (*run)(struct task *t); /* NULL: nothing follows */
	bool is_stubborn; /* also on a device that is not supported */
	enum { TELL_SUPPORT, TELL_SIGNED, TELL_NOTHING } what;
};

static struct soter_answer
init(struct task *t)
{
	struct soter_answer a =
	    soter_wrapper_init(t->w, t->line->ms, &t->result);

	t->removed |= t->result.removed;
	return (a);
}

static struct soter_answer
prepare(struct task *t)
{
	const struct deviceline *line = t->line;
	struct soter_answer a;

	if (line->anew || line->ask_only) {
		/* A new one takes the AuthKeys along. */
		a = soter_wrapper_prepare_ask(t->w,
		    line->anew ? SOTER_AUTO_DELETE : 0, line->ms, &t->result);
		t->removed |= t->result.removed;
		if (a.code != SOTER_CORE_OK || line->ask_only)
			return (a);
	}
	return (soter_wrapper_prepare_authkey(t->w, line->scene,
	    SOTER_AUTO_PREPARE_ASK, line->ms, &t->result));
}

static void
tell(void *context, enum soter_auth_event event, unsigned left)
{
	const struct deviceline *line = context;

	devicesign_tell(line->modality, event, left);
}

static struct soter_answer
authorise(struct task *t)
{
	const struct soter_authorisation what = {
		.scene = t->line->scene,
		.challenge = t->line->challenge,
		.modality = t->line->modality,
		.event = tell,
		.context = (void *)(uintptr_t)t->line,
	};

	return (soter_wrapper_authorise(t->w, &what, t->line->ms, &t->result));
}

static struct soter_answer
take_away(struct task *t)
{
	const struct deviceline *line = t->line;

	return (line->all
		? soter_wrapper_remove_all(t->w, line->ms)
		: soter_wrapper_remove_authkey(t->w, line->scene, line->ms));
}

static enum soter_rc
put_result(struct task *t, struct soter_answer a, json_t *to)
{
	TRY(put_removed(to, t->removed | t->result.removed));
	if (t->result.freeze_ms > 0)
		TRY(tree_put_number(to, "freeze_ms", t->result.freeze_ms));
	if (a.code != SOTER_CORE_OK || t->plan->what == TELL_NOTHING)
		return (SOTER_OK);
	if (t->plan->what == TELL_SUPPORT)
		return (tree_put_text(to, "support",
		    support_text(t->result.support)));
	/* A key that was there already was not exported again. */
	if (t->result.is_signed.json_n == 0)
		return (SOTER_OK);
	return (devicekeys_put_signed(to, t->line, &t->result.is_signed));
}

static enum soter_rc
run(const struct deviceline *line, const struct plan *plan,
    struct soter_answer *a, json_t *to)
{
	struct http h = { .library = NULL };
	struct task t = { .line = line, .plan = plan };
	enum soter_rc rc;

	if ((rc = http_open(&h, line)) != SOTER_OK)
		goto out;
	if ((rc = wrapper_new(&t.w, line, &h)) != SOTER_OK)
		goto out;
	*a = init(&t);
	if (plan->run != NULL &&
	    (a->code == SOTER_CORE_OK ||
		(plan->is_stubborn && a->code == SOTER_CORE_NOT_SUPPORTED)))
		*a = plan->run(&t);
	rc = put_result(&t, *a, to);
out:
	soter_wrapper_free(&t.w);
	http_close(&h);
	return (rc);
}

enum soter_rc
devicetask_init(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	static const struct plan plan = { NULL, false, TELL_SUPPORT };

	(void)core;
	return (run(line, &plan, a, to));
}

enum soter_rc
devicetask_prepare(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	static const struct plan plan = { prepare, false, TELL_SIGNED };

	(void)core;
	return (run(line, &plan, a, to));
}

enum soter_rc
devicetask_authorise(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	static const struct plan plan = { authorise, false, TELL_SIGNED };

	(void)core;
	return (run(line, &plan, a, to));
}

/* Whoever has no service now, or no sensor any more, may give keys up. */
enum soter_rc
devicetask_remove(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	static const struct plan plan = { take_away, true, TELL_NOTHING };

	(void)core;
	return (run(line, &plan, a, to));
}

/* ---- the name ------------------------------------------------------------ */

/* Nobody is asked. */
enum soter_rc
devicetask_name(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	const struct http nobody = { .library = NULL };
	struct soter_wrapper *w;
	char kname[SOTER_KNAME_MAX + 1];
	enum soter_rc rc;

	(void)core;
	TRY(wrapper_new(&w, line, &nobody));
	rc = soter_wrapper_kname(w, line->scene, kname);
	soter_wrapper_free(&w);
	if (rc == SOTER_E_ARGUMENT)
		print_error("--account",
		    "cannot be used in a name: no blanks, no control "
		    "characters, and UTF-8");
	TRY(rc);
	*a = (struct soter_answer){ SOTER_CORE_OK, SOTER_OK };
	return (tree_put_text(to, "name", kname));
}
