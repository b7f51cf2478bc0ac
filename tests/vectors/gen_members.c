/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_members.c -- change one member of a JSON object, and nothing else.
 */
#include <string.h>

#include "generate.h"
#include "wire/json.h"

static void
parse(struct soter_json *out, const struct gen_text *t)
{
	GEN_OK(soter_json_parse(out, gen_span(t), SOTER_SPAN("pub_key"), NULL));
}

/* The literal of a value in the text, with its quotes. */
static struct soter_span
literal(const struct soter_json_member *m)
{
	if (m->type == SOTER_JSON_STRING || m->type == SOTER_JSON_STRINGS)
		return (soter_span(m->value.p - 1, m->value.n + 2));
	return (m->value);
}

static size_t
offset(const struct gen_text *t, const uint8_t *p)
{
	return ((size_t)(p - t->p));
}

static const struct soter_json_member *
find(const struct soter_json *json, const char *name)
{
	const struct soter_json_member *m =
	    soter_json_find(json, soter_text(name));

	if (m == NULL)
		gen_die("no member %s", name);
	return (m);
}

/* Put bytes in the place of t[from..to). */
static void
put(struct gen_text *t, size_t from, size_t to, struct soter_span bytes)
{
	memmove(t->p + from, t->p + to, t->n - to);
	t->n -= to - from;
	gen_insert(t, from, bytes);
}

void
gen_member_set(struct gen_text *t, const char *name, struct soter_span value)
{
	struct soter_json json;
	struct soter_span old;
	size_t from;

	parse(&json, t);
	old = literal(find(&json, name));
	from = offset(t, old.p);
	put(t, from, from + old.n, value);
}

void
gen_member_drop(struct gen_text *t, const char *name)
{
	const struct soter_json_member *m;
	struct soter_json json;
	struct soter_span value;
	size_t from, to;

	parse(&json, t);
	m = find(&json, name);
	value = literal(m);
	from = offset(t, m->name.p) - 1;
	to = offset(t, value.p) + value.n;
	/* One of its two neighbours loses the comma as well. */
	if (t->p[to] == ',')
		to++;
	else if (t->p[from - 1] == ',')
		from--;
	put(t, from, to, soter_span(NULL, 0));
}

void
gen_member_add(struct gen_text *t, const char *name, struct soter_span value)
{
	if (t->p[t->n - 1] != '}')
		gen_die("no object to add %s to", name);
	t->n--;
	gen_add_text(t, ",\"");
	gen_add_text(t, name);
	gen_add_text(t, "\":");
	gen_add(t, value);
	gen_add_text(t, "}");
}

static bool
goes_before(const struct soter_json_member *a,
    const struct soter_json_member *b)
{
	size_t n = a->name.n < b->name.n ? a->name.n : b->name.n;
	int order = memcmp(a->name.p, b->name.p, n);

	return (order != 0 ? order < 0 : a->name.n < b->name.n);
}

/* As a library does that keeps its members in a sorted map. */
void
gen_members_sort(struct gen_text *t)
{
	struct gen_text out = { 0 };
	struct soter_json json;

	parse(&json, t);
	for (size_t i = 1; i < json.n; i++)
		for (size_t k = i;
		     k > 0 && goes_before(&json.member[k], &json.member[k - 1]);
		     k--) {
			struct soter_json_member m = json.member[k];

			json.member[k] = json.member[k - 1];
			json.member[k - 1] = m;
		}
	for (size_t i = 0; i < json.n; i++) {
		gen_add_text(&out, i == 0 ? "{\"" : ",\"");
		gen_add(&out, json.member[i].name);
		gen_add_text(&out, "\":");
		gen_add(&out, literal(&json.member[i]));
	}
	gen_add_text(&out, "}");
	*t = out;
}
