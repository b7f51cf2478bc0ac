/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "cli/print.h"
#include "cli/tree.h"

#define NAME_WIDTH 16

enum soter_rc
tree_put(json_t *to, const char *name, json_t *value)
{
	return (json_object_set_new(to, name, value) == 0 ? SOTER_OK
							  : SOTER_E_NOMEM);
}

static bool
is_json_text(struct soter_span text)
{
	while (text.n > 0) {
		uint32_t c;
		size_t n = print_utf8(&c, text);

		if (n == 0 || c == 0)
			return (false);
		text = soter_span(text.p + n, text.n - n);
	}
	return (true);
}

/* Each byte that cannot stand there takes four characters. */
static json_t *
new_escaped(struct soter_span text)
{
	char *p = malloc(4 * text.n + 1);
	json_t *value = NULL;
	size_t len = 0;

	while (p != NULL && text.n > 0) {
		uint32_t c = 0;
		size_t n = print_utf8(&c, text);

		if (n == 0 || c == 0) {
			n = 1;
			snprintf(p + len, 5, "\\x%02x", text.p[0]);
			len += 4;
		} else {
			soter_copy(p + len, text.p, n);
			len += n;
		}
		text = soter_span(text.p + n, text.n - n);
	}
	if (p != NULL)
		value = json_stringn(p, len);
	free(p);
	return (value);
}

static json_t *
new_text(struct soter_span text)
{
	if (!is_json_text(text))
		return (new_escaped(text));
	return (json_stringn(text.n == 0 ? "" : (const char *)text.p, text.n));
}

enum soter_rc
tree_put_span(json_t *to, const char *name, struct soter_span text)
{
	return (tree_put(to, name, new_text(text)));
}

enum soter_rc
tree_put_text(json_t *to, const char *name, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return (tree_put(to, name, json_null()));
	return (tree_put_span(to, name, soter_text(text)));
}

enum soter_rc
tree_put_number(json_t *to, const char *name, uint64_t value)
{
	return (tree_put(to, name, json_integer((json_int_t)value)));
}

enum soter_rc
tree_put_bool(json_t *to, const char *name, bool value)
{
	return (tree_put(to, name, json_boolean(value)));
}

enum soter_rc
tree_put_hex(json_t *to, const char *name, struct soter_span bytes)
{
	char *hex = malloc(2 * bytes.n + 1);
	json_t *value = NULL;

	if (hex != NULL) {
		for (size_t i = 0; i < bytes.n; i++)
			snprintf(hex + 2 * i, 3, "%02x", bytes.p[i]);
		value = json_stringn(hex, 2 * bytes.n);
	}
	free(hex);
	return (tree_put(to, name, value));
}

enum soter_rc
tree_append_span(json_t *array, struct soter_span text)
{
	return (json_array_append_new(array, new_text(text)) == 0
		? SOTER_OK
		: SOTER_E_NOMEM);
}

enum soter_rc
tree_append_text(json_t *array, const char *text)
{
	return (tree_append_span(array, soter_text(text)));
}

enum soter_rc
tree_put_object(json_t *to, const char *name, json_t **out)
{
	json_t *object = json_object();

	TRY(tree_put(to, name, object));
	*out = object;
	return (SOTER_OK);
}

enum soter_rc
tree_put_array(json_t *to, const char *name, json_t **out)
{
	json_t *array = json_array();

	TRY(tree_put(to, name, array));
	*out = array;
	return (SOTER_OK);
}

enum soter_rc
tree_append_object(json_t *array, json_t **out)
{
	json_t *object = json_object();

	if (json_array_append_new(array, object) != 0)
		return (SOTER_E_NOMEM);
	*out = object;
	return (SOTER_OK);
}

/* jansson 2.14 loses parts of a text when memory runs out, without a word. */
static bool
is_whole(const char *text, const json_t *root)
{
	json_t *again = json_loads(text, 0, NULL);
	bool is_same = json_equal(again, root) != 0;

	json_decref(again);
	return (is_same);
}

/* jansson escapes what is below 0x20 and, asked to, above 0x7f: DEL is left. */
enum soter_rc
tree_print_json(const json_t *root)
{
	char *text = json_dumps(root, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	enum soter_rc rc = SOTER_E_NOMEM;

	if (text == NULL || !is_whole(text, root))
		goto out;
	for (const char *c = text; *c != '\0'; c++)
		if (*c == 0x7f)
			fputs("\\u007f", stdout);
		else
			putchar(*c);
	putchar('\n');
	rc = SOTER_OK;
out:
	free(text);
	return (rc);
}

static void
print_scalar(const json_t *value)
{
	if (json_is_string(value))
		print_quoted(soter_span(json_string_value(value),
		    json_string_length(value)));
	else if (json_is_integer(value))
		printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "yes" : "no", stdout);
	else
		fputs("-", stdout);
}

static bool
is_flat(const json_t *value)
{
	size_t i;
	json_t *item;

	json_array_foreach(value, i, item) if (json_is_object(item) ||
	    json_is_array(item)) return (false);
	return (!json_is_object(value));
}

/* A scalar, or several in one line. */
static void
print_flat(const json_t *value)
{
	size_t i;
	json_t *item;

	if (!json_is_array(value)) {
		print_scalar(value);
		return;
	}
	if (json_array_size(value) == 0)
		fputs("none", stdout);
	json_array_foreach(value, i, item)
	{
		if (i > 0)
			fputs(", ", stdout);
		print_scalar(item);
	}
}

static void
print_member(const char *name, json_t *value, int indent)
{
	size_t i;
	json_t *item;

	if (json_is_null(value))
		return;
	printf("%*s", indent, "");
	if (is_flat(value)) {
		print_tone(PRINT_FAINT, name);
		printf("%*s",
		    (int)strlen(name) < NAME_WIDTH
			? NAME_WIDTH - (int)strlen(name)
			: 1,
		    "");
		print_flat(value);
		putchar('\n');
		return;
	}
	print_tone(PRINT_STRONG, name);
	putchar('\n');
	if (json_is_object(value)) {
		tree_print_lines(value, indent + 2);
		return;
	}
	json_array_foreach(value, i, item)
	{
		if (i > 0)
			putchar('\n');
		if (json_is_object(item))
			tree_print_lines(item, indent + 2);
	}
}

void
tree_print_lines(json_t *object, int indent)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	    print_member(name, value, indent);
}
