/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "net/admin.h"

static void
answer_text(struct net_request *r, int status, const char *word)
{
	struct net_answer a = { .status = status,
		.content_type = "text/plain; charset=utf-8",
		.body = soter_text(word),
		.retry_after_s = status == 503 ? 1 : 0 };

	net_answer(r, &a);
}

static void
health(const struct net_admin *admin, const struct net_loop *loop,
    struct net_request *r)
{
	(void)admin;
	(void)loop;
	answer_text(r, 200, "ok\n");
}

static void
ready(const struct net_admin *admin, const struct net_loop *loop,
    struct net_request *r)
{
	const char *why = net_loop_is_stopping(loop) ? "stopping"
	    : admin->unready == NULL		     ? NULL
				     : admin->unready(admin->context);

	answer_text(r, why == NULL ? 200 : 503, why == NULL ? "ok\n" : why);
}

static void
metrics(const struct net_admin *admin, const struct net_loop *loop,
    struct net_request *r)
{
	struct net_answer a = { .status = 200,
		.content_type = "text/plain; version=0.0.4; charset=utf-8" };
	char *text = NULL;
	size_t n = 0;

	(void)loop;
	if (admin->metrics == NULL) {
		net_answer_error(r, 404, "not_found");
		return;
	}
	if (net_metrics_text(admin->metrics, &text, &n) != SOTER_OK) {
		net_answer_error(r, 500, "no_memory");
		return;
	}
	a.body = soter_span(text, n);
	net_answer(r, &a);
	free(text);
}

static const struct {
	const char *path;
	void (*answer)(const struct net_admin *, const struct net_loop *,
	    struct net_request *);
} paths[] = {
	{ "/healthz", health },
	{ "/readyz", ready },
	{ "/metrics", metrics },
};

bool
net_admin_take(const struct net_admin *admin, const struct net_loop *loop,
    struct net_request *r)
{
	static const struct net_header allow[] = { { "Allow", "GET, HEAD" } };
	const struct net_answer no = { .status = 405,
		.headers = allow,
		.n_headers = SOTER_COUNT(allow) };

	for (size_t i = 0; i < SOTER_COUNT(paths); i++) {
		if (!soter_span_equal(r->path, soter_text(paths[i].path)))
			continue;
		if (r->method == NET_POST)
			net_answer(r, &no);
		else
			paths[i].answer(admin, loop, r);
		return (true);
	}
	return (false);
}

/* ---- as an app -------------------------------------------------------------
 */

struct state {
	const struct net_admin *admin;
	const struct net_loop *loop;
};

static enum soter_rc
begin(void *context, struct net_loop *loop, void **out)
{
	struct state *s = malloc(sizeof(*s));

	if (s == NULL)
		return (SOTER_E_NOMEM);
	*s = (struct state){ context, loop };
	*out = s;
	return (SOTER_OK);
}

static void
turn(void *state, struct net_request *const *requests, size_t n)
{
	const struct state *s = state;

	for (size_t i = 0; i < n; i++)
		if (!net_admin_take(s->admin, s->loop, requests[i]))
			net_answer_error(requests[i], 404, "not_found");
}

const struct net_app net_admin_app = {
	.name = "admin",
	.body_max = 1024,
	.thread_begin = begin,
	.turn = turn,
	.thread_end = free,
};
