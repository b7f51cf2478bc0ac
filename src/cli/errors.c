/* SPDX-License-Identifier: BSD-3-Clause */
/* soter errors: the catalogue, which is also docs/errors.md. */
#include <stdlib.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/options.h"
#include "cli/print.h"
#include "cli/verbs.h"

/* Hints have numbers from here on, so that nobody takes one for a verdict. */
#define HINTS_FROM 0x1000

static bool
is_hint(const struct soter_code *code)
{
	return (code->number >= HINTS_FROM);
}

const struct soter_code *
errors_find(const char *word)
{
	const struct soter_code *code = soter_code_find_word(word);
	unsigned long number;
	char *end;

	if (code != NULL || word[0] < '0' || word[0] > '9')
		return (code);
	number = strtoul(word, &end,
	    strncmp(word, "0x", 2) == 0 || strncmp(word, "0X", 2) == 0 ? 16
								       : 10);
	if (*end != '\0' || number > 0xffff)
		return (NULL);
	return (soter_code_find((unsigned)number));
}

static const char *
next_word(size_t i)
{
	size_t n;
	const struct soter_code *codes = soter_codes(&n);

	return (i < n ? codes[i].word : NULL);
}

const char *
errors_nearest(const char *word)
{
	return (options_nearest(word, next_word));
}

enum soter_rc
errors_put(json_t *to, const struct soter_code *code)
{
	TRY(tree_put_text(to, "word", code->word));
	TRY(tree_put_number(to, "number", code->number));
	TRY(tree_put_text(to, "name", code->name));
	TRY(tree_put_text(to, "kind", is_hint(code) ? "hint" : "verdict"));
	TRY(tree_put_text(to, "rule", code->rule));
	TRY(tree_put_text(to, "text", code->text));
	return (tree_put_text(to, "next", code->next));
}

/* ------------------------------------------------------------------------- */

static enum soter_rc
put_all(json_t *array)
{
	size_t n;
	const struct soter_code *codes = soter_codes(&n);

	for (size_t i = 0; i < n; i++) {
		json_t *to;

		TRY(tree_append_object(array, &to));
		TRY(errors_put(to, &codes[i]));
	}
	return (SOTER_OK);
}

static enum soter_rc
print_json(void)
{
	json_t *array = json_array();
	enum soter_rc rc = SOTER_E_NOMEM;

	if (array == NULL)
		goto out;
	if ((rc = put_all(array)) != SOTER_OK)
		goto out;
	rc = tree_print_json(array);
out:
	json_decref(array);
	return (rc);
}

static void
print_list(void)
{
	size_t n;
	const struct soter_code *codes = soter_codes(&n);

	for (size_t i = 0; i < n; i++) {
		printf("0x%04x  ", codes[i].number);
		print_tone(PRINT_STRONG, codes[i].word);
		printf("  (%s%s)\n", is_hint(&codes[i]) ? "hint, " : "",
		    codes[i].rule);
		print_wrapped(8, codes[i].text);
		print_wrapped(8, codes[i].next);
	}
}

/* Text in a cell: a bar would end it, a backslash would vanish. */
static void
print_cell(const char *text)
{
	fputs(" | ", stdout);
	for (; *text != '\0'; text++) {
		if (*text == '|' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
}

static void
print_table(const char *title, const char *about, bool hints)
{
	size_t n;
	const struct soter_code *codes = soter_codes(&n);

	printf("\n## %s\n\n%s\n\n"
	       "| number | word | rule | meaning | what to do |\n"
	       "| --- | --- | --- | --- | --- |\n",
	    title, about);
	for (size_t i = 0; i < n; i++) {
		if (is_hint(&codes[i]) != hints)
			continue;
		printf("| 0x%04x | `%s`", codes[i].number, codes[i].word);
		print_cell(codes[i].rule);
		print_cell(codes[i].text);
		print_cell(codes[i].next);
		puts(" |");
	}
}

static void
print_markdown(void)
{
	fputs("# Codes\n"
	      "\n"
	      "<!-- Made by `soter errors --markdown`: edit "
	      "include/soter/soter.h instead. -->\n"
	      "\n"
	      "Words and numbers are stable and never reused.  The rule is a "
	      "clause of\nprotocol.md.\n",
	    stdout);
	print_table("Verdicts",
	    "The high byte says where: 01 the form of bytes, 02 cryptography, "
	    "03 the rules of\ntrust, 04 storage, 05 the TEE, 06 the caller or the machine,\n07 an app's library and the device service.",
	    false);
	print_table("Hints",
	    "What would have matched, or what happened on the way.  A hint "
	    "never makes a\nfailed check pass.",
	    true);
}

enum { OPT_JSON = 256, OPT_MARKDOWN };

static const struct options_row rows[] = {
	{ OPT_JSON, "json", NULL, 0, "as a JSON array", false },
	{ OPT_MARKDOWN, "markdown", NULL, 0, "as docs/errors.md", false },
};

static void
help(void)
{
	fputs("usage: soter errors [--json|--markdown]\n"
	      "\n"
	      "Every word and number that a check can answer with, and every\n"
	      "hint: what it means, and what to do.  One of them: soter "
	      "explain WORD\n"
	      "\n",
	    stdout);
	options_print(rows, SOTER_COUNT(rows), 0);
	fputs("\nExit status: 0, or 2 for a wrong option.\n", stdout);
}

enum soter_rc
errors_run(int argc, char **argv)
{
	struct options o;
	int id, form = 0;

	options_begin(&o, rows, SOTER_COUNT(rows), argc, argv);
	while ((id = options_next(&o)) >= 0) {
		if (id == OPTIONS_HELP) {
			help();
			return (SOTER_OK);
		}
		if (form != 0 && form != id)
			return (options_error(&o, NULL,
			    "only one of --json and --markdown"));
		form = id;
	}
	if (id == OPTIONS_BAD)
		return (SOTER_E_ARGUMENT);
	if (o.word != NULL)
		return (options_error(&o, NULL,
		    "takes no word; one entry: soter explain WORD"));
	if (form == OPT_JSON)
		return (print_json());
	if (form == OPT_MARKDOWN)
		print_markdown();
	else
		print_list();
	return (SOTER_OK);
}
