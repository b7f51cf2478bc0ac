/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <stdlib.h>

#include "net/conn.h"
#include "net/counted.h"
#include "net/exchange.h"

#define POOL_MAX 64 /* kept for the next ones, per loop */

/* ---- parties ------------------------------------------------------------- */

void
net_party_hold(struct net_party *party)
{
	party->holders++;
}

void
net_party_drop(struct net_party *party)
{
	if (--party->holders == 0)
		free(party);
}

/* ---- exchanges ----------------------------------------------------------- */

static struct net_exchange *
from_pool(struct net_world *w)
{
	struct net_exchange *x = w->pool;

	if (x == NULL)
		return (malloc(sizeof(*x)));
	w->pool = x->next;
	w->n_pool--;
	return (x);
}

struct net_exchange *
net_exchange_new(struct net_world *w, struct net_party *party, size_t body_max,
    unsigned app)
{
	struct net_exchange *x;

	if (sizeof(*x) > w->purse.most - w->purse.spent ||
	    (x = from_pool(w)) == NULL)
		return (NULL);
	w->purse.spent += sizeof(*x);
	x->request =
	    (struct net_request){ .id = w->next_id++, .peer = &party->peer };
	x->conn = NULL;
	x->world = w;
	x->party = party;
	x->next = x->next_ready = NULL;
	x->due = x->with = (struct net_due){ .owner = x };
	x->app = app;
	x->whole_us = 0;
	x->is_with_app = x->is_answered = x->closes = false;
	x->wants_continue = false;
	x->status = 0;
	x->answer = (struct net_buf){ NULL, 0, 0 };
	x->answer_head_n = 0;
	net_parse_begin(&x->parse, body_max, &w->purse);
	net_party_hold(party);
	return (x);
}

void
net_exchange_free(struct net_exchange *x)
{
	struct net_world *w;

	if (x == NULL)
		return;
	w = x->world;
	net_due_clear(&x->due);
	net_parse_end(&x->parse);
	net_buf_free(&x->answer);
	net_party_drop(x->party);
	w->purse.spent -= sizeof(*x);
	if (w->n_pool >= POOL_MAX) {
		free(x);
		return;
	}
	x->next = w->pool;
	w->pool = x;
	w->n_pool++;
}

static void
fill_request(struct net_exchange *x)
{
	const struct net_head *h = &x->parse.head;
	struct net_request *r = &x->request;

	r->method = h->method;
	r->path = h->path;
	r->query = h->query;
	r->host = h->host;
	r->content_type = h->content_type;
	r->authorization = h->authorization;
	r->body = net_parse_body(&x->parse);
}

enum net_refusal
net_exchange_ready(struct net_exchange *x)
{
	struct net_world *w = x->world;

	net_count(w->tally, NET_N_REQUESTS, 1);
	x->whole_us = w->clock_us == NULL ? 0 : w->clock_us();
	if (w->with_n[x->app] >= w->with_max)
		return (NET_NO_ROOM);
	w->with_n[x->app]++;
	net_due_set(&x->with, &w->with, 0);
	x->is_with_app = true;
	fill_request(x);
	net_due_set(&x->due, &w->dues[NET_DUE_APP], w->now_ms);
	if (w->ready_last != NULL)
		w->ready_last->next_ready = x;
	else
		w->ready_first = x;
	w->ready_last = x;
	return (NET_FINE);
}

struct net_exchange *
net_world_ready(struct net_world *w)
{
	struct net_exchange *x = w->ready_first;

	if (x == NULL)
		return (NULL);
	w->ready_first = x->next_ready;
	if (w->ready_first == NULL)
		w->ready_last = NULL;
	x->next_ready = NULL;
	return (x);
}

void
net_exchange_leave(struct net_exchange *x)
{
	x->conn = NULL;
	x->next = NULL;
	net_due_clear(&x->due);
	net_buf_free(&x->answer);
	if (!x->is_with_app)
		net_exchange_free(x);
}

void
net_world_end(struct net_world *w)
{
	struct net_exchange *x;

	while ((x = w->pool) != NULL) {
		w->pool = x->next;
		free(x);
	}
	w->n_pool = 0;
}

void
net_world_log(struct net_world *w, enum net_log_level level, const char *event,
    const struct net_field *fields, size_t n)
{
	uint64_t s = w->now_ms / 1000;

	if (w->log == NULL)
		return;
	if (s != w->log_s) {
		if (w->log_n > NET_LOG_PER_S)
			NET_LOG(w->log, NET_LOG_WARN, "lines_left_out",
			    net_number("lines", w->log_n - NET_LOG_PER_S));
		w->log_s = s;
		w->log_n = 0;
	}
	if (w->log_n++ < NET_LOG_PER_S)
		net_log(w->log, level, event, fields, n);
}
