/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <llhttp/llhttp.h>

#include "net/parse.h"

static_assert(sizeof(llhttp_t) <= sizeof(((struct net_parse *)0)->machine),
    "llhttp_t does not fit");

static llhttp_t *
machine_of(struct net_parse *p)
{
	return ((llhttp_t *)(void *)p->machine);
}

static int
no(struct net_parse *p, enum net_refusal why)
{
	if (p->why == NET_FINE)
		p->why = why;
	return (HPE_USER);
}

/* ---- memory -------------------------------------------------------------- */

/* What was read of the head moves with its bytes. */
static void
move_head(struct net_parse *p, const uint8_t *to)
{
	struct soter_span *const spans[] = { &p->head.path, &p->head.query,
		&p->head.host, &p->head.content_type, &p->head.authorization };

	for (size_t i = 0; i < SOTER_COUNT(spans); i++)
		if (spans[i]->n > 0)
			spans[i]->p = to + (spans[i]->p - p->bytes);
}

static enum net_refusal
grow(struct net_parse *p, size_t cap)
{
	bool is_own = p->bytes != p->first;
	size_t paid = is_own ? p->cap : 0;
	uint8_t *bytes;

	if (cap - paid > p->purse->most - p->purse->spent)
		return (NET_NO_ROOM);
	bytes = malloc(cap);
	if (bytes == NULL)
		return (NET_NO_ROOM);
	soter_copy(bytes, p->bytes, p->n);
	move_head(p, bytes);
	explicit_bzero(p->bytes, p->n);
	if (is_own)
		free(p->bytes);
	p->purse->spent += cap - paid;
	p->bytes = bytes;
	p->cap = cap;
	return (NET_FINE);
}

/* Room for n more; twice as much as before, but never above most. */
static enum net_refusal
room(struct net_parse *p, size_t n, size_t most)
{
	size_t cap = p->cap;

	if (n <= p->cap - p->n)
		return (NET_FINE);
	while (cap - p->n < n)
		cap = cap > most / 2 ? most : cap * 2;
	return (grow(p, cap));
}

static void
append(struct net_parse *p, const uint8_t *bytes, size_t n)
{
	soter_copy(p->bytes + p->n, bytes, n);
	p->n += n;
}

/* ---- the body ------------------------------------------------------------ */

/*
 * What lies between the data of two chunks.  llhttp 8.1 takes a bare LF for the
 * last line, and any number of zeros in front of a size.
 */
static int
see_frame(struct net_parse *p, const uint8_t *end)
{
	for (; p->piece + p->seen < end; p->seen++) {
		uint8_t c = p->piece[p->seen];

		if (p->has_cr != (c == '\n'))
			return (no(p, NET_NO_CHUNK));
		if ((c < ' ' && c != '\t' && c != '\r' && c != '\n') ||
		    c == 0x7f)
			return (no(p, NET_NO_CHUNK));
		p->has_cr = c == '\r';
		if (++p->frame > NET_CHUNK_LINE_MAX)
			return (no(p, NET_NO_CHUNK));
	}
	return (0);
}

static int
on_chunk(llhttp_t *m)
{
	struct net_parse *p = m->data;

	if (++p->chunks > NET_CHUNKS_MAX)
		return (no(p, NET_NO_CHUNKS));
	if (m->content_length > p->body_max - (p->n - p->head_n))
		return (no(p, NET_NO_BODY_LONG));
	return (0);
}

static int
on_body(llhttp_t *m, const char *at, size_t n)
{
	struct net_parse *p = m->data;
	const uint8_t *data = (const uint8_t *)at;
	enum net_refusal why;

	if (p->head.is_chunked && see_frame(p, data) != 0)
		return (HPE_USER);
	p->frame = 0;
	p->seen += n;
	if (n > p->body_max - (p->n - p->head_n))
		return (no(p, NET_NO_BODY_LONG));
	if ((why = room(p, n, p->head_n + p->body_max)) != NET_FINE)
		return (no(p, why));
	append(p, data, n);
	return (0);
}

/* Fields after the head can only be trailers: nobody of ours sends any. */
static int
on_field(llhttp_t *m, const char *at, size_t n)
{
	struct net_parse *p = m->data;

	(void)at;
	(void)n;
	return (p->head_n != 0 && p->state == NET_PARSE_BODY
		? no(p, NET_NO_TRAILER)
		: 0);
}

/* ---- both readers -------------------------------------------------------- */

static int
on_head(llhttp_t *m)
{
	static const uint8_t methods[] = { [NET_GET] = HTTP_GET,
		[NET_HEAD] = HTTP_HEAD,
		[NET_POST] = HTTP_POST };
	struct net_parse *p = m->data;
	const struct net_head *h = &p->head;

	if (m->method != methods[h->method] || m->http_major != 1 ||
	    m->http_minor != h->minor ||
	    ((m->flags & F_CHUNKED) != 0) != h->is_chunked ||
	    ((m->flags & F_CONTENT_LENGTH) != 0) != h->has_length ||
	    (h->has_length && m->content_length != h->length))
		return (-1);
	p->keeps_alive = llhttp_should_keep_alive(m) != 0;
	p->state = NET_PARSE_BODY;
	return (0);
}

static int
on_whole(llhttp_t *m)
{
	struct net_parse *p = m->data;

	p->is_body_over = true;
	return (HPE_PAUSED);
}

static const llhttp_settings_t settings = {
	.on_header_field = on_field,
	.on_headers_complete = on_head,
	.on_chunk_header = on_chunk,
	.on_body = on_body,
	.on_message_complete = on_whole,
};

/* Let llhttp read n bytes; returns how many of them it took. */
static size_t
execute(struct net_parse *p, const uint8_t *bytes, size_t n)
{
	llhttp_t *m = machine_of(p);
	bool is_body = p->state == NET_PARSE_BODY;
	llhttp_errno_t e;
	size_t used = n;

	p->piece = bytes;
	p->seen = 0;
	e = llhttp_execute(m, (const char *)bytes, n);
	if (e == HPE_PAUSED && p->is_body_over)
		used =
		    (size_t)((const uint8_t *)llhttp_get_error_pos(m) - bytes);
	else if (e != HPE_OK)
		(void)no(p, is_body ? NET_NO_CHUNK : NET_NO_UNCLEAR);
	if (p->why == NET_FINE && is_body && p->head.is_chunked)
		(void)see_frame(p, bytes + used);
	if (p->why != NET_FINE)
		p->state = NET_PARSE_REFUSED;
	else if (p->is_body_over)
		p->state = NET_PARSE_WHOLE;
	return (used);
}

/* ---- the head ------------------------------------------------------------ */

static enum net_refusal
read_head(struct net_parse *p)
{
	struct net_head *h = &p->head;
	enum net_refusal why;

	p->head_n = p->n;
	why = net_head_read(h, soter_span(p->bytes, p->n));
	if (why != NET_FINE)
		return (why);
	if (h->has_length && h->length > p->body_max)
		return (NET_NO_BODY_LONG);
	if (h->has_length &&
	    (why = room(p, (size_t)h->length, p->n + (size_t)h->length)) !=
		NET_FINE)
		return (why);
	llhttp_init(machine_of(p), HTTP_REQUEST, &settings);
	machine_of(p)->data = p;
	if (execute(p, p->bytes, p->n) != p->n)
		return (NET_NO_UNCLEAR);
	return (p->why == NET_FINE && p->state == NET_PARSE_HEAD
		? NET_NO_UNCLEAR
		: p->why);
}

static enum net_refusal
take_head(struct net_parse *p, struct soter_span in, size_t *used)
{
	enum net_refusal why;
	bool is_whole;

	if (in.n > NET_HEAD_MAX - p->n)
		in.n = NET_HEAD_MAX - p->n;
	why = net_head_scan(&p->scan, in, used, &is_whole);
	if (why != NET_FINE)
		return (why);
	if ((why = room(p, *used, NET_HEAD_MAX)) != NET_FINE)
		return (why);
	append(p, in.p, *used);
	if (is_whole)
		return (read_head(p));
	return (p->n == NET_HEAD_MAX ? NET_NO_HEAD_LONG : NET_FINE);
}

/* ---- all of it ----------------------------------------------------------- */

void
net_parse_begin(struct net_parse *p, size_t body_max, struct net_purse *purse)
{
	p->state = NET_PARSE_HEAD;
	p->why = NET_FINE;
	p->body_max = body_max;
	p->purse = purse;
	p->bytes = p->first;
	p->n = 0;
	p->cap = sizeof(p->first);
	p->head_n = 0;
	p->scan = (struct net_scan){ .has_cr = false };
	p->head = (struct net_head){ .method = NET_GET };
	p->keeps_alive = false;
	p->piece = NULL;
	p->seen = p->chunks = p->frame = 0;
	p->has_cr = p->is_body_over = false;
}

void
net_parse_take(struct net_parse *p, struct soter_span in, size_t *used)
{
	enum net_refusal why;
	size_t n = 0;

	*used = 0;
	if (p->state == NET_PARSE_HEAD) {
		why = take_head(p, in, used);
		if (why != NET_FINE)
			net_parse_refuse(p, why);
	}
	if (p->state == NET_PARSE_BODY && *used < in.n) {
		n = execute(p, in.p + *used, in.n - *used);
		*used += n;
	}
}

void
net_parse_refuse(struct net_parse *p, enum net_refusal why)
{
	p->state = NET_PARSE_REFUSED;
	p->why = why;
}

struct soter_span
net_parse_body(const struct net_parse *p)
{
	return (soter_span(p->bytes + p->head_n, p->n - p->head_n));
}

void
net_parse_end(struct net_parse *p)
{
	/* Tokens and secrets come in requests: the next one finds nothing. */
	explicit_bzero(p->bytes, p->n);
	if (p->bytes != p->first) {
		p->purse->spent -= p->cap;
		free(p->bytes);
	}
	p->bytes = p->first;
	p->n = p->head_n = 0;
	p->cap = sizeof(p->first);
}
