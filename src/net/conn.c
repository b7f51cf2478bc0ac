/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "net/conn.h"
#include "net/counted.h"

#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"
#define NO_ROOM                                \
	"HTTP/1.1 503 Service Unavailable\r\n" \
	"Content-Type: application/json\r\n"   \
	"Content-Length: 17\r\n"               \
	"Retry-After: 1\r\n"                   \
	"Connection: close\r\n\r\n"            \
	"{\"error\":\"busy\"}\n"

static size_t
unsent(const struct net_conn *c)
{
	return (c->out.n - c->out_at);
}

static void
say(struct net_conn *c, struct soter_span bytes)
{
	if (net_buf_add(&c->out, bytes) != SOTER_OK)
		c->is_broken = true;
}

/* ---- deadlines ----------------------------------------------------------- */

static enum net_due_kind
phase_now(const struct net_conn *c)
{
	if (c->is_broken || c->is_last)
		return (NET_DUE_KINDS);
	if (c->reading != NULL)
		return (c->reading->parse.state == NET_PARSE_HEAD
			? NET_DUE_HEADER
			: NET_DUE_BODY);
	return (c->n == 0 && unsent(c) == 0 ? NET_DUE_IDLE : NET_DUE_KINDS);
}

/* A deadline is set when its phase begins, and by nothing that happens in it.
 */
static void
settle(struct net_conn *c)
{
	enum net_due_kind phase = phase_now(c);

	if (phase == c->phase)
		return;
	c->phase = phase;
	if (phase == NET_DUE_KINDS)
		net_due_clear(&c->read_due);
	else
		net_due_set(&c->read_due, &c->world->dues[phase],
		    c->world->now_ms);
}

/* ---- answers ------------------------------------------------------------- */

/* Shall the client hear that this was the last one? */
static bool
is_closing(const struct net_conn *c, const struct net_exchange *x)
{
	return (x->closes ||
	    (c->world->is_stopping && x->next == NULL && c->reading == NULL &&
		c->stash.n == 0));
}

static void
say_answer(struct net_conn *c, const struct net_exchange *x)
{
	const struct net_buf *a = &x->answer;
	size_t head = x->answer_head_n;

	say(c, soter_span(a->p, head));
	if (is_closing(c, x)) {
		c->is_last = true;
		say(c, SOTER_SPAN("Connection: close\r\n\r\n"));
	} else if (x->parse.head.minor == 0) {
		say(c, SOTER_SPAN("Connection: keep-alive\r\n\r\n"));
	} else {
		say(c, SOTER_SPAN("\r\n"));
	}
	say(c, soter_span(a->p + head, a->n - head));
}

/* All that is next in order, and answered. */
static void
flush(struct net_conn *c)
{
	struct net_exchange *x;

	while ((x = c->first) != NULL && x->is_answered &&
	    unsent(c) < NET_QUEUED_MAX) {
		if (x->answer.n > 0)
			say_answer(c, x);
		else
			c->is_broken = true;
		c->first = x->next;
		if (c->first == NULL)
			c->last = NULL;
		c->n--;
		c->held -= x->parse.n;
		net_exchange_leave(x);
	}
	if (c->n == 0 && c->reading != NULL && c->reading->wants_continue) {
		c->reading->wants_continue = false;
		say(c, SOTER_SPAN(CONTINUE));
	}
}

/* ---- requests ------------------------------------------------------------ */

/* One that is in the middle is read on: it has its deadline. */
static bool
may_read(const struct net_conn *c)
{
	return (!c->is_last && !c->is_broken &&
	    (c->reading != NULL ||
		(c->n < NET_PIPELINE_MAX && c->held < NET_HELD_MAX)));
}

static void
enqueue(struct net_conn *c)
{
	struct net_exchange *x = c->reading;

	c->reading = NULL;
	c->phase = NET_DUE_KINDS; /* the next one has a time of its own */
	net_due_clear(&c->read_due);
	if (c->last != NULL)
		c->last->next = x;
	else
		c->first = x;
	c->last = x;
	c->n++;
	c->held += x->parse.n;
}

static void
begin_request(struct net_conn *c)
{
	c->reading = net_exchange_new(c->world, c->party, c->body_max, c->app);
	if (c->reading != NULL) {
		c->reading->conn = c;
		return;
	}
	net_count(c->world->tally, NET_N_REFUSED_FOR(NET_NO_ROOM), 1);
	if (c->n == 0)
		say(c, SOTER_SPAN(NO_ROOM));
	c->is_last = c->is_refused = true;
}

static void
refuse(struct net_conn *c, enum net_refusal why)
{
	struct net_exchange *x = c->reading;

	if (x->parse.state != NET_PARSE_REFUSED)
		net_parse_refuse(&x->parse, why);
	enqueue(c);
	net_exchange_refuse(x, why);
	c->is_last = c->is_refused = true;
}

static void
whole(struct net_conn *c)
{
	struct net_exchange *x = c->reading;
	enum net_refusal why;

	x->closes = !x->parse.keeps_alive;
	c->is_last = x->closes;
	enqueue(c);
	if ((why = net_exchange_ready(x)) != NET_FINE)
		net_exchange_refuse(x, why);
}

static void
step(struct net_conn *c)
{
	struct net_exchange *x = c->reading;
	enum net_parse_state before = x->parse.state;

	switch (before) {
	case NET_PARSE_WHOLE:
		whole(c);
		break;
	case NET_PARSE_REFUSED:
		refuse(c, x->parse.why);
		break;
	case NET_PARSE_BODY:
	case NET_PARSE_HEAD:
		break;
	}
}

/* Returns how many bytes were read. */
static size_t
take(struct net_conn *c, struct soter_span in)
{
	size_t done = 0, used;

	while (done < in.n && may_read(c)) {
		struct net_exchange *x;
		bool was_head;

		if (c->reading == NULL)
			begin_request(c);
		if ((x = c->reading) == NULL)
			break;
		was_head = x->parse.state == NET_PARSE_HEAD;
		net_parse_take(&x->parse, soter_span(in.p + done, in.n - done),
		    &used);
		done += used;
		if (was_head && x->parse.state == NET_PARSE_BODY)
			x->wants_continue = x->parse.head.wants_continue;
		step(c);
		flush(c);
	}
	return (done);
}

/* ---- what the loop calls --------------------------------------------------
 */

void
net_conn_begin(struct net_conn *c, struct net_world *world,
    struct net_party *party, size_t body_max, unsigned app, void *owner)
{
	*c = (struct net_conn){ .world = world,
		.party = party,
		.body_max = body_max,
		.app = app,
		.phase = NET_DUE_KINDS };
	c->read_due.owner = c->write_due.owner = owner;
	net_party_hold(party);
	settle(c);
}

bool
net_conn_wants(const struct net_conn *c)
{
	return (may_read(c) && c->stash.n == 0 && !c->at_end);
}

void
net_conn_input(struct net_conn *c, struct soter_span in)
{
	size_t done;

	if (c->stash.n == 0 && in.n > 0) {
		done = take(c, in);
		in = soter_span(in.p + done, in.n - done);
	}
	if (in.n > 0 && !c->is_last && !c->is_broken &&
	    net_buf_add(&c->stash, in) != SOTER_OK)
		c->is_broken = true;
	settle(c);
}

void
net_conn_go_on(struct net_conn *c)
{
	flush(c);
	if (c->stash.n > 0) {
		net_buf_drop(&c->stash,
		    take(c, soter_span(c->stash.p, c->stash.n)));
		if (c->stash.n == 0 || c->is_last)
			net_buf_free(&c->stash);
	}
	/* The rest of it will never come. */
	if (c->at_end && c->stash.n == 0) {
		net_exchange_free(c->reading);
		c->reading = NULL;
	}
	settle(c);
}

void
net_conn_end_of_input(struct net_conn *c)
{
	c->at_end = true;
	net_conn_go_on(c);
}

struct soter_span
net_conn_output(const struct net_conn *c)
{
	if (unsent(c) == 0)
		return (soter_span(NULL, 0));
	return (soter_span(c->out.p + c->out_at, unsent(c)));
}

void
net_conn_sent(struct net_conn *c, size_t n)
{
	c->out_at += n;
	if (unsent(c) == 0) {
		net_buf_free(&c->out);
		c->out_at = 0;
		net_due_clear(&c->write_due);
	} else if (c->write_due.list == NULL) {
		net_due_set(&c->write_due, &c->world->dues[NET_DUE_WRITE],
		    c->world->now_ms);
	}
	net_conn_go_on(c);
}

void
net_conn_late(struct net_conn *c, enum net_due_kind kind)
{
	net_count(c->world->tally, NET_N_LATE + kind, 1);
	if (kind == NET_DUE_WRITE) {
		c->is_broken = true;
	} else if (kind == NET_DUE_IDLE) {
		c->is_last = true;
	} else if (c->reading != NULL) {
		refuse(c,
		    kind == NET_DUE_HEADER ? NET_NO_HEADER_TIME
					   : NET_NO_BODY_TIME);
		flush(c);
	}
	settle(c);
}

bool
net_conn_is_idle(const struct net_conn *c)
{
	return (c->n == 0 && c->reading == NULL && c->stash.n == 0 &&
	    unsent(c) == 0);
}

bool
net_conn_is_over(const struct net_conn *c)
{
	return (c->is_broken ||
	    (net_conn_is_idle(c) &&
		(c->is_last || c->at_end || c->world->is_stopping)));
}

void
net_conn_end(struct net_conn *c)
{
	struct net_exchange *x;

	while ((x = c->first) != NULL) {
		c->first = x->next;
		net_exchange_leave(x);
	}
	c->last = NULL;
	net_exchange_free(c->reading);
	c->reading = NULL;
	net_buf_free(&c->stash);
	net_buf_free(&c->out);
	net_due_clear(&c->read_due);
	net_due_clear(&c->write_due);
	if (c->is_dirty) {
		struct net_conn **at = &c->world->dirty;

		while (*at != c)
			at = &(*at)->next_dirty;
		*at = c->next_dirty;
		c->is_dirty = false;
	}
	net_party_drop(c->party);
}

void
net_conn_answered(struct net_conn *c)
{
	if (c->is_dirty)
		return;
	c->is_dirty = true;
	c->next_dirty = c->world->dirty;
	c->world->dirty = c;
}

struct net_conn *
net_world_dirty(struct net_world *w)
{
	struct net_conn *c = w->dirty;

	if (c == NULL)
		return (NULL);
	w->dirty = c->next_dirty;
	c->next_dirty = NULL;
	c->is_dirty = false;
	return (c);
}
