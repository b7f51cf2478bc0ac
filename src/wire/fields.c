/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/fields.h"

/* Each puts one member into its place in the caller's struct. */
typedef enum soter_rc put_field(void *to, size_t max,
    const struct soter_json_member *m);

/* A text of at most max bytes, and a NUL to end it. */
static enum soter_rc
put_text(void *to, size_t max, const struct soter_json_member *m)
{
	struct soter_writer w = soter_writer(to, max);

	if (soter_json_decode(&w, m->value) != SOTER_OK || w.len == 0)
		return (SOTER_E_FIELD_VALUE);
	((char *)to)[w.len] = '\0';
	return (SOTER_OK);
}

/* Decimal digits in canonical form: one text per number. */
static enum soter_rc
put_digits(void *to, size_t max, const struct soter_json_member *m)
{
	struct soter_span value = m->value; /* a number's literal is a text */

	if (value.n == 0 || value.n > max || (value.n > 1 && value.p[0] == '0'))
		return (SOTER_E_FIELD_VALUE);
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] < '0' || value.p[i] > '9')
			return (SOTER_E_FIELD_VALUE);
	soter_copy(to, value.p, value.n);
	((char *)to)[value.n] = '\0';
	return (SOTER_OK);
}

static enum soter_rc
put_span(void *to, size_t max, const struct soter_json_member *m)
{
	(void)max;
	*(struct soter_span *)to = m->value;
	return (SOTER_OK);
}

static enum soter_rc
put_counter(void *to, size_t max, const struct soter_json_member *m)
{
	(void)max;
	if (m->integer < 0)
		return (SOTER_E_FIELD_VALUE);
	*(uint64_t *)to = (uint64_t)m->integer;
	return (SOTER_OK);
}

static enum soter_rc
put_salt(void *to, size_t max, const struct soter_json_member *m)
{
	(void)max;
	if (m->integer < 0 || m->integer > INT32_MAX)
		return (SOTER_E_FIELD_VALUE);
	*(int32_t *)to = (int32_t)m->integer;
	return (SOTER_OK);
}

#define STRING	(1u << SOTER_JSON_STRING)
#define INTEGER (1u << SOTER_JSON_INTEGER)
#define STRINGS (1u << SOTER_JSON_STRINGS)

static const struct {
	unsigned takes; /* JSON types */
	put_field *put;
} types[] = {
	[SOTER_FIELD_TEXT] = { STRING, put_text },
	[SOTER_FIELD_DIGITS] = { STRING, put_digits },
	[SOTER_FIELD_RAW] = { STRING, put_span },
	[SOTER_FIELD_COUNTER] = { INTEGER, put_counter },
	[SOTER_FIELD_SALT] = { INTEGER, put_salt },
	[SOTER_FIELD_UID] = { STRING | INTEGER, put_digits },
	[SOTER_FIELD_STRINGS] = { STRINGS, put_span },
};

static enum soter_rc
put(void *out, const struct soter_field *f, const struct soter_json_member *m)
{
	if ((types[f->type].takes & 1u << m->type) == 0)
		return (SOTER_E_FIELD_TYPE);
	return (types[f->type].put((char *)out + f->offset, f->max, m));
}

static bool
is_name(const char *name, struct soter_span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (name[i] == '\0' || (uint8_t)name[i] != text.p[i])
			return (false);
	return (name[text.n] == '\0');
}

static const struct soter_field *
row_of(const struct soter_field *table, size_t rows, struct soter_span name)
{
	for (size_t i = 0; i < rows; i++)
		if (is_name(table[i].name, name))
			return (&table[i]);
	return (NULL);
}

/*
 * Find each member's row, NULL if it has none.  A field of another kind says
 * more than a missing one, so it is looked for first: a result offered as a key
 * is "wrong kind", not "pub_key missing".
 */
static enum soter_rc
find_rows(const struct soter_field *row[SOTER_JSON_MEMBERS_MAX],
    const struct soter_field *table, size_t rows, const struct soter_json *json,
    struct soter_fault *fault)
{
	for (size_t i = 0; i < json->n; i++) {
		row[i] = row_of(table, rows, json->member[i].name);
		if (row[i] != NULL && row[i]->need == SOTER_FIELD_NEVER) {
			soter_fault_field(fault, json->member[i].name);
			return (SOTER_E_KIND);
		}
	}
	return (SOTER_OK);
}

static enum soter_rc
check_missing(const struct soter_field *table, size_t rows,
    const struct soter_json *json, struct soter_fault *fault)
{
	for (size_t i = 0; i < rows; i++) {
		if (table[i].need != SOTER_FIELD_MUST ||
		    soter_json_find(json, soter_text(table[i].name)) != NULL)
			continue;
		soter_fault_field(fault, soter_text(table[i].name));
		return (SOTER_E_FIELD_MISSING);
	}
	return (SOTER_OK);
}

enum soter_rc
soter_fields_read(void *out, const struct soter_field *table, size_t rows,
    const struct soter_json *json, struct soter_unknown *unknown,
    struct soter_fault *fault)
{
	const struct soter_field *row[SOTER_JSON_MEMBERS_MAX];

	if (unknown != NULL)
		unknown->n = 0;
	TRY(find_rows(row, table, rows, json, fault));
	TRY(check_missing(table, rows, json, fault));
	for (size_t i = 0; i < json->n; i++) {
		const struct soter_json_member *m = &json->member[i];

		soter_fault_field(fault, m->name);
		if (row[i] != NULL)
			TRY(put(out, row[i], m));
		else if (m->type == SOTER_JSON_STRINGS)
			return (SOTER_E_JSON_DEPTH);
		else if (unknown != NULL)
			unknown->name[unknown->n++] = m->name;
	}
	soter_fault_field(fault, soter_span(NULL, 0));
	return (SOTER_OK);
}
