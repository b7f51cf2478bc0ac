/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <strings.h>

#include "fleet/answer.h"

#define STATUS_LINE 13 /* "HTTP/1.1 200 " */

struct head {
	int status;
	bool is_old; /* HTTP/1.0 */
	bool has_length, closes, stays;
	uint64_t length;
};

/* ---- the response ------------------------------------------------------- */

static bool
is_digit(uint8_t c)
{
	return (c >= '0' && c <= '9');
}

/* Letters of a header's name (RFC 9110, token). */
static bool
is_token(uint8_t c)
{
	return (is_digit(c) || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL));
}

/*
 * Take a line without its CR LF.  SOTER_E_SHORT if it does not end;
 * SOTER_E_FORMAT if there is a control byte in it, bare CR or LF among them.
 */
static enum soter_rc
read_line(struct soter_reader *r, struct soter_span *out)
{
	const uint8_t *lf = r->left == 0 ? NULL : memchr(r->p, '\n', r->left);
	size_t n;

	if (lf == NULL)
		return (
		    r->left > FLEET_HEAD_MAX ? SOTER_E_LIMIT : SOTER_E_SHORT);
	n = (size_t)(lf - r->p);
	if (n == 0 || r->p[n - 1] != '\r')
		return (SOTER_E_FORMAT);
	*out = soter_span(r->p, n - 1);
	for (size_t i = 0; i < out->n; i++)
		if ((out->p[i] < ' ' && out->p[i] != '\t') || out->p[i] == 0x7f)
			return (SOTER_E_FORMAT);
	r->p += n + 1;
	r->left -= n + 1;
	return (SOTER_OK);
}

static enum soter_rc
read_status(struct head *head, struct soter_span line)
{
	const uint8_t *p = line.p;

	if (line.n < STATUS_LINE || memcmp(p, "HTTP/1.", 7) != 0 ||
	    (p[7] != '0' && p[7] != '1') || p[8] != ' ' || p[12] != ' ' ||
	    !is_digit(p[9]) || !is_digit(p[10]) || !is_digit(p[11]))
		return (SOTER_E_FORMAT);
	head->is_old = p[7] == '0';
	head->status = (p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0');
	return (head->status < 200 || head->status > FLEET_STATUS_MAX
		? SOTER_E_FORMAT
		: SOTER_OK);
}

static bool
is_text(struct soter_span span, const char *text)
{
	return (span.n == strlen(text) &&
	    strncasecmp((const char *)span.p, text, span.n) == 0);
}

static struct soter_span
trim(struct soter_span x)
{
	while (x.n > 0 && (x.p[0] == ' ' || x.p[0] == '\t'))
		x = soter_span(x.p + 1, x.n - 1);
	while (x.n > 0 && (x.p[x.n - 1] == ' ' || x.p[x.n - 1] == '\t'))
		x.n--;
	return (x);
}

static enum soter_rc
take_header(struct head *head, struct soter_span name, struct soter_span value)
{
	if (is_text(name, "Transfer-Encoding"))
		return (SOTER_E_FORMAT);
	if (is_text(name, "Connection")) {
		head->closes |= is_text(value, "close");
		head->stays |= is_text(value, "keep-alive");
	}
	if (!is_text(name, "Content-Length"))
		return (SOTER_OK);
	if (head->has_length ||
	    soter_decimal(value, INT64_MAX, &head->length) != SOTER_OK)
		return (SOTER_E_FORMAT);
	head->has_length = true;
	return (head->length > FLEET_BODY_MAX ? SOTER_E_LIMIT : SOTER_OK);
}

static enum soter_rc
read_header(struct head *head, struct soter_span line)
{
	size_t n = 0;

	while (n < line.n && is_token(line.p[n]))
		n++;
	if (n == 0 || n == line.n || line.p[n] != ':')
		return (SOTER_E_FORMAT);
	return (take_header(head, soter_span(line.p, n),
	    trim(soter_span(line.p + n + 1, line.n - n - 1))));
}

static enum soter_rc
read_head(struct head *head, struct soter_reader *r)
{
	size_t all = r->left;
	struct soter_span line;

	TRY(read_line(r, &line));
	TRY(read_status(head, line));
	for (;;) {
		TRY(read_line(r, &line));
		if (all - r->left > FLEET_HEAD_MAX)
			return (SOTER_E_LIMIT);
		if (line.n == 0)
			break;
		TRY(read_header(head, line));
	}
	/* These two have none, whatever they say (RFC 9112 6.3). */
	if (head->status == 204 || head->status == 304)
		head->length = 0;
	else if (!head->has_length)
		return (SOTER_E_FORMAT);
	return (SOTER_OK);
}

enum soter_rc
fleet_response_parse(struct fleet_response *out, struct soter_span in)
{
	struct soter_reader r = soter_reader(in);
	struct head head = { 0 };
	struct soter_span body;

	TRY(read_head(&head, &r));
	TRY(soter_read_span(&r, head.length, &body));
	*out = (struct fleet_response){ .status = head.status,
		.closes = head.closes || (head.is_old && !head.stays),
		.body = body,
		.n = in.n - r.left };
	return (SOTER_OK);
}

/* ---- its body ----------------------------------------------------------- */

/* r stands behind a quote: take what is before the closing one. */
static bool
take_string(struct soter_reader *r, struct soter_span *out)
{
	const uint8_t *begin = r->p;

	for (; r->left > 0; r->p++, r->left--) {
		if (*r->p == '"') {
			*out = soter_span(begin, (size_t)(r->p - begin));
			r->p++;
			r->left--;
			return (true);
		}
		if (*r->p != '\\')
			continue;
		if (r->left == 1)
			return (false);
		r->p++;
		r->left--;
	}
	return (false);
}

static void
skip_blanks(struct soter_reader *r)
{
	while (r->left > 0 &&
	    (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r')) {
		r->p++;
		r->left--;
	}
}

/* Take a number, true, false or null. */
static struct soter_span
take_literal(struct soter_reader *r)
{
	const uint8_t *begin = r->p;

	while (r->left > 0 && (is_token(*r->p))) {
		r->p++;
		r->left--;
	}
	return (soter_span(begin, (size_t)(r->p - begin)));
}

struct member {
	struct soter_span name, value;
	bool is_string;
};

/*
 * The next member whose value is no object and no array, however deep.  A
 * string that no colon follows is an element or a value, and is passed over.
 */
static bool
next_member(struct soter_reader *r, struct member *m)
{
	while (r->left > 0) {
		uint8_t c = *r->p++;

		r->left--;
		if (c != '"')
			continue;
		if (!take_string(r, &m->name))
			return (false);
		skip_blanks(r);
		if (r->left == 0 || *r->p != ':')
			continue;
		r->p++;
		r->left--;
		skip_blanks(r);
		if (r->left == 0 || *r->p == '{' || *r->p == '[')
			continue;
		m->is_string = *r->p == '"';
		if (!m->is_string)
			return (m->value = take_literal(r), true);
		r->p++;
		r->left--;
		return (take_string(r, &m->value));
	}
	return (false);
}

static void
take_errcode(struct fleet_said *said, const struct member *m)
{
	bool is_below = m->value.n > 0 && m->value.p[0] == '-';
	struct soter_span digits =
	    soter_span(m->value.p + is_below, m->value.n - is_below);
	uint64_t x;

	if (said->has_errcode || m->is_string ||
	    soter_decimal(digits, INT64_MAX, &x) != SOTER_OK)
		return;
	said->has_errcode = true;
	said->errcode = is_below ? -(int64_t)x : (int64_t)x;
}

static void
take_verdict(struct fleet_said *said, const struct member *m)
{
	if (said->verdict != FLEET_VERDICT_NONE || m->is_string)
		return;
	if (is_text(m->value, "true"))
		said->verdict = FLEET_VERDICT_YES;
	else if (is_text(m->value, "false"))
		said->verdict = FLEET_VERDICT_NO;
}

/* Of a batch, one line that is refused is enough. */
static void
take_result(struct fleet_said *said, const struct member *m)
{
	said->has_refused |= m->is_string && is_text(m->value, "refused");
}

static void
take_word(struct fleet_said *said, const struct member *m)
{
	size_t n = m->value.n < FLEET_WORD_MAX ? m->value.n : FLEET_WORD_MAX;

	if (said->word[0] != '\0' || !m->is_string)
		return;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = m->value.p[i];
		bool is_plain = is_digit(c) || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '-';

		said->word[i] = is_plain ? (char)c : '?';
	}
	said->word[n] = '\0';
}

static const struct {
	const char *name;
	void (*take)(struct fleet_said *said, const struct member *m);
} members[] = {
	{ "errcode", take_errcode },
	{ "is_verified", take_verdict },
	{ "result", take_result },
	{ "word", take_word },
	{ "reason", take_word },
};

void
fleet_said_read(struct fleet_said *out, struct soter_span body)
{
	struct soter_reader r = soter_reader(body);
	struct member m;

	*out = (struct fleet_said){ 0 };
	while (next_member(&r, &m))
		for (size_t i = 0; i < SOTER_COUNT(members); i++)
			if (soter_span_equal(m.name,
				soter_text(members[i].name)))
				members[i].take(out, &m);
}

enum soter_rc
fleet_said_text(struct soter_span body, const char *name, char *out,
    size_t size)
{
	struct soter_reader r = soter_reader(body);
	struct member m;

	while (next_member(&r, &m)) {
		if (!m.is_string || !soter_span_equal(m.name, soter_text(name)))
			continue;
		if (m.value.n >= size)
			return (SOTER_E_LIMIT);
		memcpy(out, m.value.p, m.value.n);
		out[m.value.n] = '\0';
		return (SOTER_OK);
	}
	return (SOTER_E_NOTFOUND);
}
