/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "net/head.h"

enum net_refusal
net_head_scan(struct net_scan *s, struct soter_span in, size_t *used,
    bool *is_whole)
{
	*is_whole = false;
	for (*used = 0; *used < in.n;) {
		uint8_t c = in.p[(*used)++];

		if (s->has_cr) {
			if (c != '\n')
				return (NET_NO_LINE_END);
			if (s->line == 0) {
				*is_whole = s->has_line;
				return (s->has_line ? NET_FINE
						    : NET_NO_REQUEST_LINE);
			}
			s->has_cr = false;
			s->has_line = true;
			s->line = 0;
		} else if (c == '\r') {
			s->has_cr = true;
		} else if (c == '\n') {
			return (NET_NO_LINE_END);
		} else if ((c < ' ' && c != '\t') || c == 0x7f) {
			return (NET_NO_CONTROL);
		} else {
			s->line++;
		}
	}
	return (NET_FINE);
}

/* ---- pieces of text ------------------------------------------------------ */

/* RFC 9110, 5.6.2: tchar. */
static bool
is_token(uint8_t c)
{
	return ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL));
}

static bool
all(struct soter_span s, bool (*is)(uint8_t))
{
	for (size_t i = 0; i < s.n; i++)
		if (!is(s.p[i]))
			return (false);
	return (s.n > 0);
}

/* Is it this word, in small letters, whatever the case? */
static bool
is_word(struct soter_span s, const char *word)
{
	if (s.n != strlen(word))
		return (false);
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != (uint8_t)word[i])
			return (false);
	}
	return (true);
}

/* What stands before the first c; *s goes on behind it.  False: no c. */
static bool
split(struct soter_span *s, uint8_t c, struct soter_span *before)
{
	const uint8_t *at = s->n == 0 ? NULL : memchr(s->p, c, s->n);

	if (at == NULL)
		return (false);
	*before = soter_span(s->p, (size_t)(at - s->p));
	*s = soter_span(at + 1, s->n - before->n - 1);
	return (true);
}

static struct soter_span
without_blanks(struct soter_span s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = soter_span(s.p + 1, s.n - 1);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return (s);
}

/* ---- the request line ---------------------------------------------------- */

static enum net_refusal
read_version(struct net_head *h, struct soter_span s)
{
	if (s.n != 8 || memcmp(s.p, "HTTP/", 5) != 0 || s.p[6] != '.' ||
	    s.p[5] < '0' || s.p[5] > '9' || s.p[7] < '0' || s.p[7] > '9')
		return (NET_NO_REQUEST_LINE);
	if (s.p[5] != '1' || s.p[7] > '1')
		return (NET_NO_VERSION);
	h->minor = s.p[7] - (unsigned)'0';
	return (NET_FINE);
}

static enum net_refusal
read_method(struct net_head *h, struct soter_span s)
{
	static const char *const names[] = { [NET_GET] = "GET",
		[NET_HEAD] = "HEAD",
		[NET_POST] = "POST" };

	if (!all(s, is_token))
		return (NET_NO_REQUEST_LINE);
	for (size_t i = 0; i < SOTER_COUNT(names); i++) {
		if (soter_span_equal(s, soter_text(names[i]))) {
			h->method = (enum net_method)i;
			return (NET_FINE);
		}
	}
	return (NET_NO_METHOD);
}

static bool
is_target(uint8_t c)
{
	return (c > ' ' && c < 0x7f && c != '#' && c != '"' && c != '<' &&
	    c != '>' && c != '\\');
}

static enum net_refusal
read_target(struct net_head *h, struct soter_span s)
{
	if (s.n > NET_TARGET_MAX)
		return (NET_NO_TARGET_LONG);
	if (!all(s, is_target) || s.p[0] != '/')
		return (NET_NO_TARGET);
	h->query = s;
	if (!split(&h->query, '?', &h->path)) {
		h->path = s;
		h->query.n = 0;
	}
	return (NET_FINE);
}

static enum net_refusal
read_line(struct net_head *h, struct soter_span line)
{
	struct soter_span method, target;
	enum net_refusal no;

	if (!split(&line, ' ', &method) || !split(&line, ' ', &target))
		return (NET_NO_REQUEST_LINE);
	if ((no = read_version(h, line)) != NET_FINE)
		return (no);
	if ((no = read_method(h, method)) != NET_FINE)
		return (no);
	return (read_target(h, target));
}

/* ---- the fields that we read ----------------------------------------------
 */

static bool
is_host(uint8_t c)
{
	return ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') ||
	    (c != '\0' && strchr("-._:[]", c) != NULL));
}

static enum net_refusal
take_host(struct net_head *h, struct soter_span value)
{
	h->host = value;
	return (all(value, is_host) ? NET_FINE : NET_NO_HOST);
}

static enum net_refusal
take_length(struct net_head *h, struct soter_span value)
{
	h->has_length = true;
	return (soter_decimal(value, UINT64_MAX, &h->length) == SOTER_OK
		? NET_FINE
		: NET_NO_LENGTH);
}

static enum net_refusal
take_coding(struct net_head *h, struct soter_span value)
{
	h->is_chunked = true;
	return (is_word(value, "chunked") ? NET_FINE : NET_NO_CODING);
}

static enum net_refusal
take_expect(struct net_head *h, struct soter_span value)
{
	h->wants_continue = true;
	return (is_word(value, "100-continue") ? NET_FINE : NET_NO_EXPECT);
}

static enum net_refusal
take_type(struct net_head *h, struct soter_span value)
{
	h->content_type = value;
	return (NET_FINE);
}

static enum net_refusal
take_authorization(struct net_head *h, struct soter_span value)
{
	h->authorization = value;
	return (NET_FINE);
}

static const struct {
	const char *name;
	enum net_refusal (*take)(struct net_head *h, struct soter_span value);
} fields[] = {
	{ "host", take_host },
	{ "content-length", take_length },
	{ "transfer-encoding", take_coding },
	{ "expect", take_expect },
	{ "content-type", take_type },
	{ "authorization", take_authorization },
};

static enum net_refusal
read_field(struct net_head *h, struct soter_span line, unsigned *seen)
{
	struct soter_span name;

	if (line.p[0] == ' ' || line.p[0] == '\t')
		return (NET_NO_FOLDED);
	if (!split(&line, ':', &name) || !all(name, is_token))
		return (NET_NO_NAME);
	for (size_t i = 0; i < SOTER_COUNT(fields); i++) {
		if (!is_word(name, fields[i].name))
			continue;
		if ((*seen & 1u << i) != 0)
			return (NET_NO_DOUBLED);
		*seen |= 1u << i;
		return (fields[i].take(h, without_blanks(line)));
	}
	return (NET_FINE);
}

/* What one field alone does not show. */
static enum net_refusal
read_together(struct net_head *h)
{
	if (h->minor == 1 && h->host.n == 0)
		return (NET_NO_HOST);
	if (h->has_length && h->is_chunked)
		return (NET_NO_BOTH);
	/* A 1.0 proxy in front knows no codings, and sees another body. */
	if (h->minor == 0 && h->is_chunked)
		return (NET_NO_CODING);
	h->wants_continue = h->wants_continue && h->minor == 1;
	return (NET_FINE);
}

enum net_refusal
net_head_read(struct net_head *out, struct soter_span head)
{
	struct net_head h = { .method = NET_GET };
	enum net_refusal no = NET_FINE;
	struct soter_span line;
	unsigned seen = 0;

	for (size_t i = 0; split(&head, '\r', &line); i++) {
		head = soter_span(head.p + 1, head.n - 1); /* LF */
		if (line.n == 0)
			break;
		if (i > NET_HEADERS_MAX)
			return (NET_NO_HEADERS);
		no = i == 0 ? read_line(&h, line) : read_field(&h, line, &seen);
		if (no != NET_FINE)
			return (no);
	}
	if ((no = read_together(&h)) != NET_FINE)
		return (no);
	*out = h;
	return (NET_FINE);
}
