/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "tam/desk.h"
#include "tam/intake.h"
#include "tam/intakeapp.h"
#include "tam/lane.h"

#define BODY_MAX    (256 * 1024)
#define ANSWER_LINE (SOTER_JSON_ESCAPE * SOTER_CPU_ID_MAX + 128) /* + words */
#define STORE_MS    3000

struct state {
	struct tam_intake_context *context;
	struct tam_lane lane;
	struct tam_desk desk;
};

struct turn {
	struct state *state;
	struct tam_view *view;
	struct tam_now now;
};

/* ---- who may ------------------------------------------------------------- */

/* Of our own API: a status that says what the number says. */
static int
status_of(enum soter_platform_error error)
{
	switch (error) {
	case SOTER_PLATFORM_E_RATE:
		return (429);
	case SOTER_PLATFORM_E_NO_API:
		return (403);
	case SOTER_PLATFORM_E_SYSTEM:
		return (503);
	default:
		return (401);
	}
}

/* ---- the lines ----------------------------------------------------------- */

static enum soter_rc
read_items(struct tam_intake_item *items, size_t *n, struct soter_span body)
{
	struct soter_span line;

	*n = 0;
	while (soter_rootline_next(&body, &line)) {
		struct tam_intake_item *item = &items[*n];

		if (*n == TAM_INTAKE_MAX)
			return (SOTER_E_LIMIT);
		*item = (struct tam_intake_item){ 0 };
		item->rc = soter_rootline_parse(&item->root, line, NULL);
		++*n;
	}
	return (*n > 0 ? SOTER_OK : SOTER_E_SHORT);
}

static void
count(const struct tam_desk *desk, const struct net_request *request,
    const struct tam_app *who, const struct tam_intake_item *item)
{
	enum tam_count row = TAM_COUNT_ROOT_REFUSED;

	if (item->rc == SOTER_OK)
		row = TAM_COUNT_ROOT_STORED;
	else if (item->rc == SOTER_E_EXISTS)
		row = TAM_COUNT_ROOT_SAME;
	else
		tam_desk_log(desk, request, "intake", who, item->root.device_id,
		    item->rc);
	net_tally_add(desk->tally, (size_t)row, 1);
}

static void
answer_items(struct turn *t, struct net_request *request,
    const struct tam_app *who, const struct tam_intake_item *items, size_t n)
{
	const size_t room = n * ANSWER_LINE;
	struct soter_writer w = soter_writer(malloc(room), room);
	enum soter_rc rc = w.p == NULL ? SOTER_E_NOMEM : SOTER_OK;

	for (size_t i = 0; rc == SOTER_OK && i < n; i++) {
		count(&t->state->desk, request, who, &items[i]);
		rc = soter_rootline_answer(&w,
		    soter_text(items[i].root.device_id), items[i].rc);
	}
	/* They are stored; who asks again hears "same". */
	if (rc != SOTER_OK)
		tam_desk_unavailable(&t->state->desk, request, rc);
	else
		net_answer(request,
		    &(struct net_answer){ .status = 200,
			.content_type = "application/x-ndjson",
			.body = soter_written(&w) });
	free(w.p);
}

static void
take_items(struct turn *t, struct net_request *request,
    const struct tam_app *who, struct tam_intake_item *items)
{
	const struct tam_intake how = { .who = soter_text(who->appid),
		.cls = who->tenant.cls,
		.now_s = t->now.s,
		.ms = STORE_MS };
	size_t n;
	enum soter_rc rc = read_items(items, &n, request->body);

	if (rc != SOTER_OK) {
		net_answer_error(request, rc == SOTER_E_LIMIT ? 413 : 400,
		    soter_rc_word(rc));
		return;
	}
	rc = tam_intake(t->state->lane.lane, &how, items, n);
	if (rc != SOTER_OK)
		tam_desk_unavailable(&t->state->desk, request, rc);
	else
		answer_items(t, request, who, items, n);
}

static void
take_roots(struct turn *t, struct net_request *request)
{
	const struct tam_app *who;
	struct tam_shut shut;
	struct tam_intake_item *items;

	if (tam_gate_pass(&who, &shut, t->view, request, TAM_RIGHT_INTAKE,
		t->now) != SOTER_OK) {
		tam_desk_log(&t->state->desk, request, "intake", who, "",
		    shut.rc);
		tam_desk_answer_status(request, status_of(shut.error),
		    &(struct soter_platform_answer){ .error = shut.error });
		return;
	}
	items = malloc(TAM_INTAKE_MAX * sizeof(*items));
	if (items == NULL) {
		tam_desk_unavailable(&t->state->desk, request, SOTER_E_NOMEM);
		return;
	}
	take_items(t, request, who, items);
	free(items);
}

/* ---- the table ----------------------------------------------------------- */

static void
token(struct turn *t, struct net_request *request)
{
	tam_desk_token(&t->state->desk, request, t->view, t->now);
}

static const struct {
	const char *path;
	enum net_method method;
	const char *allow;
	void (*run)(struct turn *t, struct net_request *request);
} rows[] = {
	{ SOTER_PLATFORM_TOKEN, NET_GET, "GET", token },
	{ SOTER_INTAKE_ROOTS, NET_POST, "POST", take_roots },
};

static void
route(struct turn *t, struct net_request *request)
{
	size_t i = 0;

	while (i < SOTER_COUNT(rows) &&
	    !soter_span_equal(request->path, soter_text(rows[i].path)))
		i++;
	if (i == SOTER_COUNT(rows))
		net_answer_error(request, 404, "not_found");
	else if (request->method != rows[i].method)
		net_answer(request,
		    &(struct net_answer){ .status = 405,
			.headers =
			    &(struct net_header){ "Allow", rows[i].allow },
			.n_headers = 1 });
	else
		rows[i].run(t, request);
}

static void
turn(void *state, struct net_request *const *requests, size_t n)
{
	struct turn t = { .state = state, .now = tam_now() };

	t.view = tam_known_view(t.state->context->known);
	for (size_t i = 0; i < n; i++)
		route(&t, requests[i]);
	tam_view_release(&t.view);
	/* A connection that was lost is made anew while nobody asks. */
	tam_lane_follow(&t.state->lane);
}

static enum soter_rc
thread_begin(void *context, struct net_loop *loop, void **out)
{
	struct state *s = calloc(1, sizeof(*s));
	enum soter_rc rc;

	if (s == NULL)
		return (SOTER_E_NOMEM);
	s->context = context;
	s->desk = tam_desk(loop);
	rc = tam_lane_open(&s->lane, s->context->store, loop);
	if (rc != SOTER_OK) {
		free(s);
		return (rc);
	}
	*out = s;
	return (SOTER_OK);
}

static void
thread_end(void *state)
{
	struct state *s = state;

	tam_lane_close(&s->lane);
	free(s);
}

const struct net_app tam_intake_app = { .name = "intake",
	.body_max = BODY_MAX,
	.thread_begin = thread_begin,
	.turn = turn,
	.thread_end = thread_end };
