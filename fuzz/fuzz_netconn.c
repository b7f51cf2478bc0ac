/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A client sends what it likes, in any pieces, while the app answers at once,
 * later, out of order or not at all, time goes on, and the client may leave.
 *
 * Property: the app sees the same requests whatever the pieces, none with a
 * body beyond the limit; each request gets one answer, in order, and after a
 * refusal nothing; memory stays below what the limits add up to, and all of it
 * comes back.
 *
 * Input: 4 bytes that seed pieces and app, then what the client sends.
 * Seeds: tests/fuzz-seeds/netconn.
 */
#include "fuzz/fuzz.h"
#include "tests/netrig.h"

#define INPUT_MAX 20000
/* What one connection may hold: the requests without an answer, and one more.
 */
#define SPENT_MAX                                               \
	((NET_PIPELINE_MAX + 1) * sizeof(struct net_exchange) + \
	    2 * (NET_HELD_MAX + NET_HEAD_MAX + 2 * NETRIG_BODY_MAX))

static uint32_t state;

static uint32_t
draw(uint32_t n)
{
	state = state * 1664525 + 1013904223;
	return ((state >> 8) % n);
}

/* ---- what the client gets
 * ---------------------------------------------------- */

struct reply {
	unsigned n;	  /* answers, without 100 */
	unsigned refused; /* 4xx and 5xx */
	int last;
	bool is_over;
	uint64_t id;
};

static size_t
find(struct soter_span s, const char *text)
{
	const uint8_t *at = memmem(s.p, s.n, text, strlen(text));

	return (at == NULL ? SIZE_MAX : (size_t)(at - s.p));
}

/* One answer off the front; false: it is not whole. */
static bool
read_answer(struct soter_span *s, struct reply *out)
{
	size_t head = s->n == 0 ? SIZE_MAX : find(*s, "\r\n\r\n"), at;
	unsigned long long id;
	size_t body = 0;
	int status;

	if (head == SIZE_MAX)
		return (false);
	MUST(memcmp(s->p, "HTTP/1.1 ", 9) == 0);
	status = atoi((const char *)s->p + 9);
	if (status != 100) {
		at = find(soter_span(s->p, head + 2), "Content-Length: ");
		MUST(at != SIZE_MAX);
		body = (size_t)atoi((const char *)s->p + at + 16);
		at = find(soter_span(s->p, head), "X-Request-Id: ");
		MUST(at != SIZE_MAX &&
		    sscanf((const char *)s->p + at, "X-Request-Id: %16llx",
			&id) == 1);
		MUST(id > out->id); /* in order, none twice */
		MUST(!out->is_over);
		out->id = id;
		out->n++;
		out->last = status;
		out->refused += status >= 400;
		/* The app's time is its own: the client may go on. */
		out->is_over = status >= 400 && status != 503;
	}
	/* Of a refused HEAD, the length alone. */
	if (status >= 400 && (s->n == head + 4 || s->p[head + 4] != '{'))
		body = 0;
	MUST(s->n - head - 4 >= body);
	*s = soter_span(s->p + head + 4 + body, s->n - head - 4 - body);
	return (true);
}

static struct reply
read_replies(struct netrig *r)
{
	struct reply x = { 0 };
	struct soter_span s;

	/* A NUL behind it, for atoi(). */
	MUST(net_buf_add(&r->sent, soter_span("", 1)) == SOTER_OK);
	s = soter_span(r->sent.p, r->sent.n - 1);

	while (read_answer(&s, &x))
		;
	MUST(s.n == 0);
	return (x);
}

static void
check(const struct netrig *r)
{
	MUST(r->body_most <= NETRIG_BODY_MAX);
	MUST(r->spent_most <= SPENT_MAX);
	MUST(r->conn.n <= NET_PIPELINE_MAX);
}

/* ---- three ways to get the same bytes
 * ------------------------------------------ */

static void
whole(struct netrig *r, struct soter_span in)
{
	netrig_begin(r);
	netrig_feed(r, in);
	check(r);
}

static void
in_pieces(struct netrig *r, struct soter_span in)
{
	uint32_t most = 1 + draw(64);

	netrig_begin(r);
	while (in.n > 0) {
		size_t n = 1 + draw(draw(8) == 0 ? 4000 : most);
		uint8_t *piece;

		n = n > in.n ? in.n : n;
		/* A block of its own: who reads behind it is seen. */
		piece = malloc(n);
		MUST(piece != NULL);
		memcpy(piece, in.p, n);
		netrig_feed(r, soter_span(piece, n));
		free(piece);
		in = soter_span(in.p + n, in.n - n);
	}
	check(r);
}

/* One of those that wait is answered: any one. */
static void
answer_one(struct netrig *r)
{
	uint32_t i;

	if (r->n_held == 0)
		return;
	i = draw((uint32_t)r->n_held);
	netrig_answer(r->held[i]);
	r->held[i] = r->held[--r->n_held];
}

static void
with_bad_luck(struct netrig *r, struct soter_span in)
{
	netrig_begin(r);
	r->holds = true;
	while (in.n > 0 && !net_conn_is_over(&r->conn)) {
		size_t n = 1 + draw(200);

		n = n > in.n ? in.n : n;
		if (net_conn_wants(&r->conn)) {
			netrig_feed(r, soter_span(in.p, n));
			in = soter_span(in.p + n, in.n - n);
		}
		while (draw(3) > 0 || !net_conn_wants(&r->conn)) {
			if (r->n_held == 0)
				break;
			answer_one(r);
			netrig_turn(r);
		}
		if (draw(16) == 0)
			netrig_wait(r, draw(8000));
		if (draw(64) == 0)
			r->world.is_stopping = true;
		check(r);
		if (r->n_held > NETRIG_HELD_MAX / 2)
			break;
	}
	if (draw(2) == 0)
		net_conn_end_of_input(&r->conn);
	while (draw(8) > 0 && r->n_held > 0) {
		answer_one(r);
		netrig_turn(r);
	}
	(void)read_replies(r);
	check(r);
	netrig_end(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct netrig a, b, c;
	struct reply x, y;
	struct soter_span in;

	if (size < 4 || size > INPUT_MAX)
		return (0);
	memcpy(&state, data, 4);
	in = soter_span(data + 4, size - 4);

	whole(&a, in);
	in_pieces(&b, in);
	MUST(soter_span_equal(soter_span(a.seen.p, a.seen.n),
	    soter_span(b.seen.p, b.seen.n)));
	MUST(net_conn_is_over(&a.conn) == net_conn_is_over(&b.conn));
	MUST((a.conn.reading == NULL) == (b.conn.reading == NULL));
	x = read_replies(&a);
	y = read_replies(&b);
	MUST(x.n == y.n && x.refused == y.refused && x.last == y.last);
	/* All that the app saw was answered; beside it one refusal at most. */
	MUST(x.n == a.n_seen + x.refused && x.refused <= 1);
	netrig_end(&a);
	netrig_end(&b);
	with_bad_luck(&c, in);
	return (0);
}
