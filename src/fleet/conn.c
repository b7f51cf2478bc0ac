/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fleet/conn.h"

#define MS UINT64_C(1000000) /* ns */

uint64_t
fleet_now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return ((uint64_t)t.tv_sec * 1000 * MS + (uint64_t)t.tv_nsec);
}

/* ---- what is under way --------------------------------------------------- */

static void
push(struct fleet_conn *c, struct fleet_ground *g, struct fleet_pending p)
{
	c->pending[(c->first + c->n) % g->load->pipeline] = p;
	c->n++;
	g->under_way++;
}

static struct fleet_pending
pop(struct fleet_conn *c, struct fleet_ground *g)
{
	struct fleet_pending p = c->pending[c->first];

	c->first = (c->first + 1) % g->load->pipeline;
	c->n--;
	g->under_way--;
	return (p);
}

/* ---- the end of a connection --------------------------------------------- */

static void
shut(struct fleet_conn *c)
{
	fleet_link_close(&c->link);
	free(c->in);
	free(c->out);
	c->in = c->out = NULL;
	c->in_n = c->out_n = 0;
	c->state = FLEET_CONN_CLOSED;
}

/* It ended, and with it what was under way. */
static void
lose(struct fleet_conn *c, struct fleet_ground *g, enum fleet_loss why)
{
	if (c->state == FLEET_CONN_SHAKING)
		g->books->failed++;
	else if (c->n == 0)
		g->books->idle_closed++;
	while (c->n > 0)
		fleet_books_lost(g->books, pop(c, g).kind, why);
	shut(c);
}

static void
lose_by(struct fleet_conn *c, struct fleet_ground *g, enum fleet_io io)
{
	lose(c, g,
	    io == FLEET_IO_CLOSED ? FLEET_LOST_CLOSED : FLEET_LOST_RESET);
}

/* Has it carried as many requests as it may? */
static bool
is_spent(const struct fleet_conn *c, const struct fleet_ground *g)
{
	return (
	    g->load->per_connection > 0 && c->asked >= g->load->per_connection);
}

/* ---- opening ------------------------------------------------------------- */

void
fleet_conn_open(struct fleet_conn *c, struct fleet_ground *g)
{
	enum fleet_io io;

	c->state = FLEET_CONN_SHAKING;
	c->since_ns = fleet_now_ns();
	c->asked = 0;
	io = fleet_link_open(&c->link, g->load->target, g->load->tls);
	if (io != FLEET_IO_LATER)
		lose_by(c, g, io);
}

static void
shake(struct fleet_conn *c, struct fleet_ground *g)
{
	enum fleet_io io = fleet_link_shake(&c->link);

	if (io == FLEET_IO_LATER)
		return;
	if (io != FLEET_IO_DONE) {
		lose_by(c, g, io);
		return;
	}
	c->state = FLEET_CONN_UP;
	g->books->opened++;
	if (c->link.ssl == NULL)
		return;
	g->books->handshakes++;
	g->books->resumed += fleet_link_is_resumed(&c->link);
}

/* ---- sending ------------------------------------------------------------- */

bool
fleet_conn_has_room(const struct fleet_conn *c, const struct fleet_ground *g)
{
	return (c->state == FLEET_CONN_UP && c->n < g->load->pipeline &&
	    c->out_n == 0 && !is_spent(c, g));
}

bool
fleet_conn_wants_out(const struct fleet_conn *c)
{
	return (
	    c->state == FLEET_CONN_SHAKING ? c->link.wants_out : c->out_n > 0);
}

/* As much as the kernel takes now; the rest of it moves to the front. */
static void
flush(struct fleet_conn *c, struct fleet_ground *g)
{
	size_t put = 0;
	enum fleet_io io = fleet_link_write(&c->link, c->out, c->out_n, &put);

	if (io == FLEET_IO_LATER)
		return;
	if (io != FLEET_IO_DONE) {
		lose_by(c, g, FLEET_IO_BROKEN);
		return;
	}
	c->out_n -= put;
	memmove(c->out, c->out + put, c->out_n);
	if (c->out_n == 0) {
		free(c->out);
		c->out = NULL;
	}
}

static enum soter_rc
keep_rest(struct fleet_conn *c, struct soter_span rest)
{
	if (rest.n == 0)
		return (SOTER_OK);
	if ((c->out = malloc(rest.n)) == NULL)
		return (SOTER_E_NOMEM);
	memcpy(c->out, rest.p, rest.n);
	c->out_n = rest.n;
	return (SOTER_OK);
}

enum soter_rc
fleet_conn_ask(struct fleet_conn *c, struct fleet_ground *g,
    struct fleet_pending p, struct soter_span request)
{
	enum fleet_io io;
	size_t put = 0;

	p.sent_ns = fleet_now_ns();
	push(c, g, p);
	c->asked++;
	fleet_books_sent(g->books, p.kind,
	    p.sent_ns > p.due_ns ? p.sent_ns - p.due_ns : 0);
	io = fleet_link_write(&c->link, request.p, request.n, &put);
	if (io == FLEET_IO_CLOSED || io == FLEET_IO_BROKEN) {
		lose_by(c, g, FLEET_IO_BROKEN);
		return (SOTER_OK);
	}
	return (keep_rest(c, soter_span(request.p + put, request.n - put)));
}

/* ---- receiving ----------------------------------------------------------- */

/* One whole answer to the oldest request; false if that was the last word. */
static bool
take(struct fleet_conn *c, struct fleet_ground *g,
    const struct fleet_response *x)
{
	struct fleet_pending p = pop(c, g);
	uint64_t now = fleet_now_ns();

	if (fleet_books_answer(g->books, p.kind, x,
		now > p.due_ns ? now - p.due_ns : 0) &&
	    p.share.n > 0 && g->load->taken != NULL)
		g->load->taken(&p.share);
	if (!x->closes && !(is_spent(c, g) && c->n == 0))
		return (true);
	while (c->n > 0)
		fleet_books_lost(g->books, pop(c, g).kind, FLEET_LOST_CLOSED);
	shut(c);
	return (false);
}

/*
 * Read the answers in these bytes; gives how many bytes were read.  What comes
 * when nothing was asked has no place in the books but one of its own, and such
 * a server's next answer could be anybody's: the connection ends.
 */
static size_t
take_all(struct fleet_conn *c, struct fleet_ground *g, struct soter_span in)
{
	struct soter_reader r = soter_reader(in);
	struct fleet_response x;
	enum soter_rc rc;

	while (r.left > 0) {
		if (c->n == 0) {
			g->books->surplus++;
			shut(c);
			break;
		}
		rc = fleet_response_parse(&x, soter_span(r.p, r.left));
		if (rc == SOTER_E_SHORT)
			break;
		if (rc != SOTER_OK) {
			lose(c, g, FLEET_LOST_GARBAGE);
			break;
		}
		r.p += x.n;
		r.left -= x.n;
		if (!take(c, g, &x))
			break;
	}
	return (in.n - r.left);
}

/* Half an answer waits for its other half. */
static void
keep(struct fleet_conn *c, struct fleet_ground *g, struct soter_span rest)
{
	uint8_t *p;

	free(c->in);
	c->in = NULL;
	c->in_n = 0;
	if (rest.n == 0 || c->state != FLEET_CONN_UP)
		return;
	if ((p = malloc(rest.n)) == NULL) {
		lose(c, g, FLEET_LOST_RESET);
		return;
	}
	memcpy(p, rest.p, rest.n);
	c->in = p;
	c->in_n = rest.n;
}

static void
receive(struct fleet_conn *c, struct fleet_ground *g)
{
	size_t had = c->in_n, got = 0, used;
	enum fleet_io io;

	if (had > 0)
		memcpy(g->scratch, c->in, had);
	io = fleet_link_read(&c->link, g->scratch + had, FLEET_SCRATCH - had,
	    &got);
	if (io == FLEET_IO_LATER)
		return;
	if (io != FLEET_IO_DONE) {
		lose_by(c, g, io);
		return;
	}
	used = take_all(c, g, soter_span(g->scratch, had + got));
	keep(c, g, soter_span(g->scratch + used, had + got - used));
}

void
fleet_conn_ready(struct fleet_conn *c, struct fleet_ground *g)
{
	if (c->state == FLEET_CONN_SHAKING)
		shake(c, g);
	if (c->state == FLEET_CONN_UP && c->out_n > 0)
		flush(c, g);
	/* What TLS holds already, the kernel will not tell of. */
	do {
		if (c->state == FLEET_CONN_UP)
			receive(c, g);
	} while (c->state == FLEET_CONN_UP && fleet_link_has_more(&c->link));
}

/* ---- giving up ----------------------------------------------------------- */

void
fleet_conn_time_out(struct fleet_conn *c, struct fleet_ground *g,
    uint64_t now_ns)
{
	uint64_t limit = g->load->timeout_ms * MS;

	if (c->state == FLEET_CONN_SHAKING && now_ns - c->since_ns > limit)
		lose(c, g, FLEET_LOST_RESET);
	if (c->n == 0 || now_ns - c->pending[c->first].sent_ns <= limit)
		return;
	while (c->n > 0)
		fleet_books_timed_out(g->books, pop(c, g).kind);
	shut(c);
}

void
fleet_conn_leave(struct fleet_conn *c, struct fleet_ground *g)
{
	while (c->n > 0)
		fleet_books_open(g->books, pop(c, g).kind);
	shut(c);
	fleet_link_drop(&c->link);
	free(c->pending);
	c->pending = NULL;
}
