/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/json.h"
#include "wire/jsontext.h"

/* What the reader carries along. */
struct scan {
	struct soter_reader in;
	struct soter_span lf_name;
	struct soter_fault *fault;
};

void
soter_fault_field(struct soter_fault *fault, struct soter_span name)
{
	size_t n = name.n < SOTER_JSON_NAME_MAX ? name.n : SOTER_JSON_NAME_MAX;

	if (fault == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		fault->field[i] = name.p[i] >= 0x20 && name.p[i] < 0x7f
		    ? (char)name.p[i]
		    : '?';
	fault->field[n] = '\0';
}

static bool
at(const struct scan *s, char c)
{
	return (s->in.left > 0 && s->in.p[0] == (uint8_t)c);
}

static bool
at_digit(const struct scan *s)
{
	return (s->in.left > 0 && s->in.p[0] >= '0' && s->in.p[0] <= '9');
}

static void
skip(struct scan *s)
{
	s->in.p++;
	s->in.left--;
}

static void
skip_white(struct scan *s)
{
	while (at(s, ' ') || at(s, '\t') || at(s, '\n') || at(s, '\r'))
		skip(s);
}

static enum soter_rc
expect(struct scan *s, char c)
{
	if (!at(s, c))
		return (SOTER_E_JSON);
	skip(s);
	return (SOTER_OK);
}

/* The bytes from p up to where the reader stands now. */
static struct soter_span
since(const struct scan *s, const uint8_t *p)
{
	return (soter_span(p, (size_t)(s->in.p - p)));
}

/* A string with its quotes; out is what stands between them. */
static enum soter_rc
scan_string(struct scan *s, bool lf_allowed, struct soter_span *out)
{
	const uint8_t *start;

	TRY(expect(s, '"'));
	start = s->in.p;
	TRY(soter_jsontext_scan(&s->in, lf_allowed));
	*out = since(s, start);
	skip(s);
	return (SOTER_OK);
}

static enum soter_rc
scan_digits(struct scan *s)
{
	if (!at_digit(s))
		return (SOTER_E_JSON);
	while (at_digit(s))
		skip(s);
	return (SOTER_OK);
}

/* A literal of digits, of which at most 19 fit. */
static enum soter_rc
integer_value(struct soter_span literal, int64_t *out)
{
	bool negative = literal.p[0] == '-';
	struct soter_span digits =
	    soter_span(literal.p + negative, literal.n - negative);
	uint64_t value;

	if (soter_decimal(digits, (uint64_t)INT64_MAX + negative, &value) !=
	    SOTER_OK)
		return (SOTER_E_JSON_NUMBER);
	/* Without a signed overflow at -2^63. */
	*out = !negative ? (int64_t)value
	    : value == 0 ? 0
			 : -(int64_t)(value - 1) - 1;
	return (SOTER_OK);
}

static enum soter_rc
scan_exponent(struct scan *s)
{
	const uint8_t *start;

	skip(s);
	if (at(s, '+') || at(s, '-'))
		skip(s);
	start = s->in.p;
	TRY(scan_digits(s));
	return (since(s, start).n > 2 ? SOTER_E_JSON_NUMBER : SOTER_OK);
}

static enum soter_rc
scan_number(struct scan *s, struct soter_json_member *m)
{
	const uint8_t *start = s->in.p;

	if (at(s, '-'))
		skip(s);
	if (at(s, '0'))
		skip(s);
	else
		TRY(scan_digits(s));
	m->type = SOTER_JSON_INTEGER;
	if (at(s, '.')) {
		m->type = SOTER_JSON_REAL;
		skip(s);
		TRY(scan_digits(s));
	}
	if (at(s, 'e') || at(s, 'E')) {
		m->type = SOTER_JSON_REAL;
		TRY(scan_exponent(s));
	}
	m->value = since(s, start);
	if (m->type == SOTER_JSON_INTEGER)
		return (integer_value(m->value, &m->integer));
	return (m->value.n > SOTER_JSON_REAL_MAX ? SOTER_E_LIMIT : SOTER_OK);
}

static enum soter_rc
scan_word(struct scan *s, struct soter_json_member *m)
{
	static const struct {
		struct soter_span word;
		enum soter_json_type type;
	} words[] = {
		{ { (const uint8_t *)"true", 4 }, SOTER_JSON_BOOL },
		{ { (const uint8_t *)"false", 5 }, SOTER_JSON_BOOL },
		{ { (const uint8_t *)"null", 4 }, SOTER_JSON_NULL },
	};

	for (size_t i = 0; i < SOTER_COUNT(words); i++) {
		if (!soter_span_starts(soter_span(s->in.p, s->in.left),
			words[i].word))
			continue;
		m->type = words[i].type;
		return (soter_read_span(&s->in, words[i].word.n, &m->value));
	}
	return (SOTER_E_JSON);
}

static enum soter_rc
scan_strings(struct scan *s, struct soter_json_member *m)
{
	struct soter_span element;
	const uint8_t *start;

	skip(s);
	start = s->in.p;
	m->type = SOTER_JSON_STRINGS;
	skip_white(s);
	while (!at(s, ']')) {
		if (s->in.left > 0 && !at(s, '"'))
			return (SOTER_E_JSON_DEPTH);
		TRY(scan_string(s, false, &element));
		skip_white(s);
		if (at(s, ']'))
			break;
		TRY(expect(s, ','));
		skip_white(s);
		if (at(s, ']'))
			return (SOTER_E_JSON);
	}
	m->value = since(s, start);
	skip(s);
	return (SOTER_OK);
}

static enum soter_rc
scan_value(struct scan *s, struct soter_json_member *m)
{
	if (at(s, '"')) {
		m->type = SOTER_JSON_STRING;
		return (scan_string(s,
		    s->lf_name.n > 0 && soter_span_equal(m->name, s->lf_name),
		    &m->value));
	}
	if (at(s, '{'))
		return (SOTER_E_JSON_DEPTH);
	if (at(s, '['))
		return (scan_strings(s, m));
	if (at(s, '-') || at_digit(s))
		return (scan_number(s, m));
	return (scan_word(s, m));
}

/*
 * A name is compared as bytes, so it may not hide behind an escape: "f\u0069d"
 * and "fid" would be two names here and one name elsewhere.
 */
static enum soter_rc
scan_name(struct scan *s, const struct soter_json *json,
    struct soter_span *name)
{
	soter_fault_field(s->fault, soter_span(NULL, 0));
	TRY(scan_string(s, false, name));
	soter_fault_field(s->fault, *name);
	if (name->n > SOTER_JSON_NAME_MAX)
		return (SOTER_E_LIMIT);
	for (size_t i = 0; i < name->n; i++)
		if (name->p[i] == '\\')
			return (SOTER_E_JSON);
	return (soter_json_find(json, *name) == NULL ? SOTER_OK
						     : SOTER_E_FIELD_DOUBLED);
}

static enum soter_rc
scan_member(struct scan *s, struct soter_json *json)
{
	struct soter_json_member m = { 0 };

	TRY(scan_name(s, json, &m.name));
	if (json->n == SOTER_JSON_MEMBERS_MAX)
		return (SOTER_E_LIMIT);
	skip_white(s);
	TRY(expect(s, ':'));
	skip_white(s);
	TRY(scan_value(s, &m));
	json->member[json->n++] = m;
	return (SOTER_OK);
}

static enum soter_rc
scan_object(struct scan *s, struct soter_json *json)
{
	skip_white(s);
	TRY(expect(s, '{'));
	skip_white(s);
	if (!at(s, '}'))
		for (;;) {
			TRY(scan_member(s, json));
			skip_white(s);
			if (at(s, '}'))
				break;
			TRY(expect(s, ','));
			skip_white(s);
		}
	skip(s);
	soter_fault_field(s->fault, soter_span(NULL, 0));
	skip_white(s);
	return (s->in.left == 0 ? SOTER_OK : SOTER_E_JSON_TRAILING);
}

enum soter_rc
soter_json_parse(struct soter_json *out, struct soter_span in,
    struct soter_span lf_name, struct soter_fault *fault)
{
	struct scan s = { soter_reader(in), lf_name, fault };
	enum soter_rc rc;

	soter_fault_field(fault, soter_span(NULL, 0));
	out->n = 0;
	rc = in.n > SOTER_SIGNED_MAX ? SOTER_E_LIMIT : scan_object(&s, out);
	if (rc != SOTER_OK)
		out->n = 0; /* half an object must not be looked at */
	if (fault != NULL)
		fault->offset = in.n - s.in.left;
	return (rc);
}

const struct soter_json_member *
soter_json_find(const struct soter_json *json, struct soter_span name)
{
	for (size_t i = 0; i < json->n; i++)
		if (soter_span_equal(json->member[i].name, name))
			return (&json->member[i]);
	return (NULL);
}

bool
soter_json_next(struct soter_span *rest, struct soter_span *out)
{
	struct scan s = { .in = soter_reader(*rest) };

	while (s.in.left > 0 && !at(&s, '"'))
		skip(&s);
	if (scan_string(&s, false, out) != SOTER_OK)
		return (false);
	*rest = soter_span(s.in.p, s.in.left);
	return (true);
}

enum soter_rc
soter_json_write_name(struct soter_writer *w, const char *name)
{
	TRY(soter_write_u8(w, w->len == 0 ? '{' : ','));
	TRY(soter_json_write_string(w, soter_text(name)));
	return (soter_write_u8(w, ':'));
}

enum soter_rc
soter_json_write_text(struct soter_writer *w, const char *name,
    struct soter_span text)
{
	TRY(soter_json_write_name(w, name));
	return (soter_json_write_string(w, text));
}

enum soter_rc
soter_json_write_number(struct soter_writer *w, const char *name,
    uint64_t value)
{
	TRY(soter_json_write_name(w, name));
	return (soter_write_decimal(w, value));
}

enum soter_rc
soter_json_write_end(struct soter_writer *w)
{
	return (soter_write_u8(w, '}'));
}
