/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Properties, with jansson as the second reader of the same bytes:
 *   - what ours accepts, jansson accepts, and both see the same members with
 *     the same values, so nobody behind us can be shown another object;
 *   - what only jansson accepts breaks one of the stricter rules of json.h;
 *   - a refused object has no members;
 *   - raw line feeds in the one named member change nothing else;
 *   - a text that was read can be written and read again.
 * Seeds: tests/vectors/.
 */
#include <jansson.h>

#include "fuzz/fuzz.h"
#include "wire/json.h"

/* In the worst case each byte becomes \u00XX. */
static uint8_t room[SOTER_SIGNED_MAX], escaped[6 * SOTER_SIGNED_MAX + 2];

/* decode, text_len and is() agree; writing undoes reading. */
static struct soter_span
check_text(struct soter_span value)
{
	struct soter_writer w = soter_writer(room, sizeof(room));
	struct soter_writer e = soter_writer(escaped, sizeof(escaped));
	struct soter_span text;

	MUST(soter_json_decode(&w, value) == SOTER_OK);
	text = soter_written(&w);
	MUST(soter_json_text_len(value) == text.n);
	MUST(soter_json_is(value, text));
	MUST(!soter_json_is(value, soter_span(text.p, text.n + 1)));
	MUST(text.n == 0 ||
	    !soter_json_is(value, soter_span(text.p, text.n - 1)));
	MUST(soter_json_write_string(&e, text) == SOTER_OK);
	MUST(e.len >= 2 && e.p[0] == '"' && e.p[e.len - 1] == '"');
	MUST(soter_json_is(soter_span(e.p + 1, e.len - 2), text));
	return (text);
}

static void
check_same_text(struct soter_span value, const json_t *theirs)
{
	struct soter_span text = check_text(value);

	MUST(json_is_string(theirs));
	MUST(soter_span_equal(text,
	    soter_span(json_string_value(theirs), json_string_length(theirs))));
}

static void
check_same_strings(struct soter_span rest, const json_t *theirs)
{
	struct soter_span element;
	size_t n = 0;

	MUST(json_is_array(theirs));
	for (; soter_json_next(&rest, &element); n++)
		check_same_text(element, json_array_get(theirs, n));
	MUST(n == json_array_size(theirs));
}

static void
check_same_value(const struct soter_json_member *m, const json_t *theirs)
{
	switch (m->type) {
	case SOTER_JSON_STRING:
		check_same_text(m->value, theirs);
		break;
	case SOTER_JSON_INTEGER:
		MUST(json_is_integer(theirs));
		MUST(json_integer_value(theirs) == m->integer);
		break;
	case SOTER_JSON_REAL:
		MUST(json_is_real(theirs));
		break;
	case SOTER_JSON_BOOL:
		MUST(json_is_boolean(theirs));
		MUST(soter_span_equal(m->value,
		    soter_text(json_is_true(theirs) ? "true" : "false")));
		break;
	case SOTER_JSON_NULL:
		MUST(json_is_null(theirs));
		break;
	case SOTER_JSON_STRINGS:
		check_same_strings(m->value, theirs);
		break;
	}
}

static void
check_same(const struct soter_json *json, struct soter_span in,
    const json_t *theirs)
{
	MUST(json->n == json_object_size(theirs));
	for (size_t i = 0; i < json->n; i++) {
		const struct soter_json_member *m = &json->member[i];

		MUST(fuzz_inside(m->name, in) && fuzz_inside(m->value, in));
		MUST(m->name.n <= SOTER_JSON_NAME_MAX);
		MUST(soter_json_find(json, m->name) == m);
		check_same_value(m,
		    json_object_getn(theirs, (const char *)m->name.p,
			m->name.n));
	}
}

/* Why we may refuse what others take. */
static void
check_stricter(enum soter_rc rc, const struct soter_fault *fault)
{
	MUST(rc == SOTER_E_JSON_DEPTH || rc == SOTER_E_LIMIT ||
	    rc == SOTER_E_JSON_NUMBER ||
	    (rc == SOTER_E_JSON && strchr(fault->field, '\\') != NULL));
}

/* The same text with the raw line feeds of the member escaped. */
static struct soter_span
escape_lf(struct soter_span in, struct soter_span value)
{
	static uint8_t out[2 * SOTER_SIGNED_MAX];
	struct soter_writer w = soter_writer(out, sizeof(out));

	for (size_t i = 0; i < in.n; i++) {
		bool inside = fuzz_inside(soter_span(in.p + i, 1), value);

		if (inside && in.p[i] == '\n')
			MUST(soter_write(&w, SOTER_SPAN("\\n")) == SOTER_OK);
		else
			MUST(soter_write_u8(&w, in.p[i]) == SOTER_OK);
	}
	return (soter_written(&w));
}

static void
check_lf(struct soter_span in, enum soter_rc strict_rc)
{
	struct soter_span name = SOTER_SPAN("pub_key"), changed;
	const struct soter_json_member *m;
	struct soter_json json, again;

	if (soter_json_parse(&json, in, name, NULL) != SOTER_OK) {
		MUST(strict_rc != SOTER_OK);
		return;
	}
	if (strict_rc == SOTER_OK)
		return;
	m = soter_json_find(&json, name);
	MUST(strict_rc == SOTER_E_JSON_TEXT && m != NULL);
	check_text(m->value);
	changed = escape_lf(in, m->value);
	if (changed.n > SOTER_SIGNED_MAX)
		return;
	MUST(soter_json_parse(&again, changed, SOTER_SPAN(""), NULL) ==
	    SOTER_OK);
	MUST(again.n == json.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soter_span in = soter_span(data, size);
	struct soter_fault fault;
	struct soter_json json;
	enum soter_rc rc;
	json_t *theirs;

	memset(&json, FUZZ_FILL, sizeof(json));
	memset(&fault, FUZZ_FILL, sizeof(fault));
	rc = soter_json_parse(&json, in, SOTER_SPAN(""), &fault);
	MUST(fault.offset <= size);
	MUST(memchr(fault.field, '\0', sizeof(fault.field)) != NULL);
	MUST(rc == SOTER_OK || json.n == 0);
	check_lf(in, rc);
	if (size > SOTER_SIGNED_MAX) {
		MUST(rc == SOTER_E_LIMIT);
		return (0);
	}
	theirs =
	    json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	if (rc == SOTER_OK) {
		MUST(json_is_object(theirs));
		check_same(&json, in, theirs);
	} else if (json_is_object(theirs) && memchr(data, 0, size) == NULL) {
		/* jansson overlooks a NUL behind a number */
		check_stricter(rc, &fault);
	}
	json_decref(theirs);
	return (0);
}
