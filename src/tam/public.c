/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One turn: each request passes the gate or is answered there; what asks for a
 * device goes into one batch for the store; when the store has answered, each
 * is judged and answered.
 */
#include <stdlib.h>

#include "tam/ask.h"
#include "tam/desk.h"
#include "tam/lane.h"
#include "tam/public.h"

struct batch;

struct state {
	struct tam_public *public;
	struct tam_lane lane;
	struct batch *spare; /* it is large, and each turn needs one */
	struct tam_desk desk;
};

/* ---- a turn -------------------------------------------------------------- */

/* One verify_ask that waits for the store. */
struct work {
	struct net_request *request;
	const struct tam_app *who;
	struct tam_ask ask;
	uint8_t *room; /* owned: what ask borrows from */
	uint8_t key[SOTER_STORE_KEY_MAX];
};

struct batch {
	struct soter_get_batch gets;
	struct state *state;
	struct tam_view *view; /* owned: who points into it */
	size_t n;
	struct soter_get get[NET_TURN_REQUESTS];
	struct work work[NET_TURN_REQUESTS];
};

struct turn {
	struct state *state;
	struct tam_view *view;
	struct tam_now now;
	struct batch *batch; /* NULL as long as nobody needs it */
};

static void
token(struct turn *t, struct net_request *request)
{
	tam_desk_token(&t->state->desk, request, t->view, t->now);
}

/* ---- is_support ---------------------------------------------------------- */

static enum soter_rc
read_model(struct soter_model *out, struct soter_writer *room,
    const struct soter_platform_model *x, struct tam_shut *shut)
{
	enum soter_rc rc = soter_json_decode(room, x->model_key);

	if (rc == SOTER_E_NOSPACE)
		rc = SOTER_E_LIMIT;
	if (rc == SOTER_OK)
		rc = soter_model_parse(out, soter_written(room));
	if (rc != SOTER_OK)
		*shut = (struct tam_shut){ rc,
			rc == SOTER_E_XML_NODE ? SOTER_PLATFORM_E_SUPPORT_NODE
					       : SOTER_PLATFORM_E_SUPPORT_XML };
	return (rc);
}

static void
answer_model(struct turn *t, struct net_request *request,
    const struct soter_platform_model *x, const struct tam_rule *rule)
{
	bool is_support = rule != NULL && rule->verdict == TAM_ALLOW;
	enum soter_rc rc = rule == NULL ? SOTER_E_MODEL_UNKNOWN
	    : is_support		? SOTER_OK
					: SOTER_E_MODEL_DENIED;

	net_tally_add(t->state->desk.tally,
	    is_support ? TAM_COUNT_SUPPORTED : TAM_COUNT_UNSUPPORTED, 1);
	tam_desk_answer(request,
	    &(struct soter_platform_answer){ .is_support_answer = true,
		.is_support = is_support,
		.has_support_type = x->sdk_version >= 2,
		.support_type = is_support ? rule->support_type : 0,
		.has_reason = x->explain,
		.reason = { .rc = rc,
		    .link = "none",
		    .profile = rule == NULL ? NULL : rule->profile } });
}

static void
is_support(struct turn *t, struct net_request *request)
{
	uint8_t bytes[SOTER_MODEL_XML_MAX];
	struct soter_writer room = soter_writer(bytes, sizeof(bytes));
	struct soter_platform_model x;
	const struct tam_app *who;
	struct soter_model model;
	struct tam_shut shut;
	enum soter_rc rc;

	rc =
	    tam_gate_pass(&who, &shut, t->view, request, TAM_RIGHT_ASK, t->now);
	if (rc == SOTER_OK && request->body.n == 0)
		shut = (struct tam_shut){ rc = SOTER_E_FIELD_MISSING,
			SOTER_PLATFORM_E_EMPTY };
	if (rc == SOTER_OK) {
		rc = soter_platform_model_parse(&x, request->body, NULL);
		shut = (struct tam_shut){ rc, SOTER_PLATFORM_E_FORMAT };
	}
	if (rc == SOTER_OK)
		rc = read_model(&model, &room, &x, &shut);
	if (rc != SOTER_OK) {
		tam_desk_turn_away(&t->state->desk, request, "is_support",
		    TAM_COUNT_UNSUPPORTED, who, &shut);
		return;
	}
	answer_model(t, request, &x,
	    tam_registry_find(tam_view_models(t->view), &model));
}

/* ---- verify_ask ---------------------------------------------------------- */

static void
answer_ask(struct state *s, struct work *w,
    const struct soter_platform_answer *x)
{
	const enum soter_rc rc = x->reason.rc;

	net_tally_add(s->desk.tally,
	    rc == SOTER_OK		     ? TAM_COUNT_ASK_VERIFIED
		: rc == SOTER_E_ATTK_UNKNOWN ? TAM_COUNT_ASK_UNKNOWN
					     : TAM_COUNT_ASK_REFUSED,
	    1);
	if (rc != SOTER_OK)
		tam_desk_log(&s->desk, w->request, "verify_ask", w->who,
		    w->ask.claimed.cpu_id, rc);
	tam_desk_answer(w->request, x);
}

static void
judge(struct state *s, struct work *w, const struct soter_get *get)
{
	struct soter_platform_answer x;
	struct tam_device device;
	bool is_known = get->rc == SOTER_OK;
	enum soter_rc rc = get->rc;

	if (is_known)
		rc = tam_device_parse(&device, get->value);
	if (rc != SOTER_OK && rc != SOTER_E_NOTFOUND) {
		tam_desk_unavailable(&s->desk, w->request, rc);
		return;
	}
	rc = tam_ask_judge(&x, &w->ask, is_known ? &device : NULL,
	    w->who->tenant.cls);
	if (rc == SOTER_E_NOMEM || rc == SOTER_E_ENGINE ||
	    rc == SOTER_E_CORRUPT)
		tam_desk_unavailable(&s->desk, w->request, rc);
	else
		answer_ask(s, w, &x);
}

static void
batch_done(struct soter_get_batch *gets)
{
	struct batch *b = gets->context;

	for (size_t i = 0; i < b->n; i++) {
		judge(b->state, &b->work[i], &b->get[i]);
		free(b->work[i].room);
	}
	tam_view_release(&b->view);
	if (b->state->spare == NULL)
		b->state->spare = b;
	else
		free(b);
}

/* The batch of this turn; NULL: no memory. */
static struct batch *
need_batch(struct turn *t)
{
	struct batch *b = t->batch;

	if (b != NULL)
		return (b);
	b = t->state->spare;
	t->state->spare = NULL;
	if (b == NULL)
		b = malloc(sizeof(*b));
	if (b == NULL)
		return (NULL);
	b->state = t->state;
	b->n = 0;
	/* It may outlive the turn; whom the gate let in is judged as the same.
	 */
	b->view = tam_view_hold(t->view);
	return (t->batch = b);
}

static enum soter_rc
read_ask(struct work *w, struct soter_platform_answer *x)
{
	struct soter_span body = w->request->body;
	struct soter_writer room;

	w->room = malloc(body.n + 1);
	if (w->room == NULL)
		return (SOTER_E_NOMEM);
	room = soter_writer(w->room, body.n);
	return (tam_ask_read(&w->ask, body, &room, x));
}

static void
ask_store(struct batch *b, struct work *w)
{
	struct soter_writer key = soter_writer(w->key, sizeof(w->key));

	/* Cannot fail: the id was checked. */
	if (soter_store_key(&key, soter_text(w->ask.claimed.cpu_id),
		soter_span(NULL, 0)) != SOTER_OK)
		key.len = 0;
	b->get[b->n++] = (struct soter_get){ .kind = SOTER_KIND_ROOTS,
		.key = soter_written(&key) };
}

static void
verify_ask(struct turn *t, struct net_request *request)
{
	struct soter_platform_answer x = { .error = SOTER_PLATFORM_E_SYSTEM };
	const struct tam_app *who;
	struct tam_shut shut;
	struct batch *b;
	struct work *w;
	enum soter_rc rc;

	if (tam_gate_pass(&who, &shut, t->view, request, TAM_RIGHT_ASK,
		t->now) != SOTER_OK) {
		tam_desk_turn_away(&t->state->desk, request, "verify_ask",
		    TAM_COUNT_ASK_REFUSED, who, &shut);
		return;
	}
	b = need_batch(t);
	if (b == NULL) {
		tam_desk_unavailable(&t->state->desk, request, SOTER_E_NOMEM);
		return;
	}
	w = &b->work[b->n];
	w->request = request;
	w->who = who;
	w->ask = (struct tam_ask){ 0 };
	rc = read_ask(w, &x);
	if (rc == SOTER_OK) {
		ask_store(b, w);
		return;
	}
	if (w->room == NULL)
		tam_desk_unavailable(&t->state->desk, request, rc);
	else
		answer_ask(t->state, w, &x);
	free(w->room);
	w->room = NULL;
}

/* ---- the table ----------------------------------------------------------- */

static const struct {
	const char *path;
	enum net_method method;
	enum soter_platform_error other_method;
	void (*run)(struct turn *t, struct net_request *request);
} rows[] = {
	{ SOTER_PLATFORM_TOKEN, NET_GET, SOTER_PLATFORM_E_WANTS_GET, token },
	{ SOTER_PLATFORM_IS_SUPPORT, NET_POST, SOTER_PLATFORM_E_WANTS_POST,
	    is_support },
	{ SOTER_PLATFORM_VERIFY_ASK, NET_POST, SOTER_PLATFORM_E_WANTS_POST,
	    verify_ask },
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
		tam_desk_answer(request,
		    &(struct soter_platform_answer){
			.error = rows[i].other_method });
	else
		rows[i].run(t, request);
}

static void
end_batch(struct turn *t)
{
	struct batch *b = t->batch;

	if (b == NULL)
		return;
	b->gets = (struct soter_get_batch){ .gets = b->get,
		.n = b->n,
		.end_ms = soter_store_now_ms() + TAM_STORE_MS,
		.done = batch_done,
		.context = b };
	if (b->n == 0)
		batch_done(&b->gets);
	else
		soter_lane_get(t->state->lane.lane, &b->gets);
	tam_lane_follow(&t->state->lane);
}

static void
turn(void *state, struct net_request *const *requests, size_t n)
{
	struct turn t = { .state = state, .now = tam_now() };

	t.view = tam_known_view(t.state->public->known);
	for (size_t i = 0; i < n; i++)
		route(&t, requests[i]);
	tam_view_release(&t.view);
	end_batch(&t);
}

static enum soter_rc
thread_begin(void *context, struct net_loop *loop, void **out)
{
	struct tam_public *public = context;
	struct state *s = calloc(1, sizeof(*s));
	enum soter_rc rc;

	if (s == NULL)
		return (SOTER_E_NOMEM);
	s->public = public;
	s->desk = tam_desk(loop);
	rc = tam_lane_open(&s->lane, public->store, loop);
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
	free(s->spare);
	free(s);
}

const struct net_app tam_public_app = { .name = "public",
	.body_max = SOTER_SIGNED_MAX,
	.thread_begin = thread_begin,
	.turn = turn,
	.thread_end = thread_end };
