/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/print.h"

#define HELP_COLUMN 26
#define WORD_MAX    40 /* longer words resemble nothing */

void
options_begin(struct options *o, const struct options_row *rows, size_t n,
    int argc, char **argv)
{
	*o = (struct options){ .verb = argv[0],
		.rows = rows,
		.n = n,
		.argc = argc,
		.argv = argv };
	optind = 1;
	opterr = 0;
	/* With it, options behind a word would be words. */
	unsetenv("POSIXLY_CORRECT");
}

static int
bad(const struct options *o, const char *subject, const char *text)
{
	print_error(subject, "%s; see `soter %s --help`", text, o->verb);
	return (OPTIONS_BAD);
}

/* The end: what is left are words, and one is all that a verb takes. */
static int
end(struct options *o)
{
	if (optind < o->argc)
		o->word = o->argv[optind++];
	if (optind < o->argc)
		return (bad(o, o->argv[optind], "one word too many"));
	return (OPTIONS_END);
}

static int
refuse(const struct options *o, int why)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	bool is_letter = optopt > 0 && optopt <= 255;
	const char *seen = o->argv[optind - 1];

	if (why == ':')
		return (bad(o, seen, "needs an argument"));
	if (is_letter && seen[1] != '-')
		return (bad(o, letter, "no such option"));
	if (optopt != 0)
		return (bad(o, seen, "takes no argument"));
	return (bad(o, seen, "no such option, or one of several"));
}

int
options_next(struct options *o)
{
	struct option longs[OPTIONS_MAX + 2] = { { 0 } };
	int id;

	for (size_t i = 0; i < o->n; i++)
		longs[i] = (struct option){ o->rows[i].name,
			o->rows[i].arg == NULL ? no_argument
					       : required_argument,
			NULL, o->rows[i].id };
	longs[o->n] =
	    (struct option){ "help", no_argument, NULL, OPTIONS_HELP };
	id = getopt_long(o->argc, o->argv, ":h", longs, NULL);
	if (id == -1)
		return (end(o));
	if (id == '?' || id == ':')
		return (refuse(o, id));
	o->value = optarg;
	for (size_t i = 0; i < o->n; i++) {
		if (o->rows[i].id != id)
			continue;
		/* Of two values one would be lost without a word. */
		if ((o->given & 1u << i) != 0 && o->value != NULL &&
		    !o->rows[i].may_repeat)
			return (bad(o, o->rows[i].name, "was given twice"));
		o->given |= 1u << i;
	}
	return (id);
}

void
options_print(const struct options_row *rows, size_t n, unsigned where)
{
	for (size_t i = 0; i < n; i++) {
		const struct options_row *row = &rows[i];
		int used;

		if (where != 0 && row->where != 0 && (row->where & where) == 0)
			continue;
		used =
		    printf("  --%s%s%s", row->name, row->arg == NULL ? "" : " ",
			row->arg == NULL ? "" : row->arg);
		printf("%*s%s\n", used < HELP_COLUMN ? HELP_COLUMN - used : 1,
		    "", row->help);
	}
	printf("  %-*s%s\n", HELP_COLUMN - 2, "-h, --help", "show this");
}

enum soter_rc
options_error(const struct options *o, const char *name, const char *format,
    ...)
{
	char text[200], subject[64];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(subject, sizeof(subject), "%s%s",
	    name != NULL ? "--" : o->verb, name != NULL ? name : "");
	print_error(subject, "%s; see `soter %s --help`", text, o->verb);
	return (SOTER_E_ARGUMENT);
}

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return (m < c ? m : c);
}

/* Letters to change, add or leave out (Levenshtein), a row at a time. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], b_len = strlen(b);

	for (size_t k = 0; k <= b_len; k++)
		row[k] = k;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (size_t k = 0; k < b_len; k++) {
			size_t above = row[k + 1];

			row[k + 1] = least(above + 1, row[k] + 1,
			    corner + (a[i] != b[k]));
			corner = above;
		}
	}
	return (row[b_len]);
}

enum soter_rc
options_number(uint64_t *out, const struct options *o, const char *name,
    uint64_t max)
{
	if (soter_decimal(soter_text(o->value), max, out) == SOTER_OK)
		return (SOTER_OK);
	return (options_error(o, name, "needs a number from 0 to %llu",
	    (unsigned long long)max));
}

enum soter_rc
options_number32(uint32_t *out, const struct options *o, const char *name,
    uint32_t max)
{
	uint64_t number;

	TRY(options_number(&number, o, name, max));
	*out = (uint32_t)number;
	return (SOTER_OK);
}

enum soter_rc
options_text(struct soter_span *out, const struct options *o, const char *name,
    size_t max)
{
	size_t n = strlen(o->value);

	if (n == 0 || n > max)
		return (
		    options_error(o, name, "must have 1 to %zu bytes", max));
	*out = soter_span(o->value, n);
	return (SOTER_OK);
}

enum soter_rc
options_string(const char **out, const struct options *o, const char *name,
    size_t max)
{
	struct soter_span text;

	TRY(options_text(&text, o, name, max));
	*out = o->value;
	return (SOTER_OK);
}

static bool
is_needed(int id, const int *needed, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (needed[i] == id)
			return (true);
	return (false);
}

enum soter_rc
options_check(const struct options *o, unsigned where, const int *needed,
    size_t n)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct options_row *row = &o->rows[i];
		bool is_given = (o->given & 1u << i) != 0;
		bool is_for = row->where == 0 || (row->where & where) != 0;

		if (is_given && !is_for)
			return (options_error(o, row->name,
			    "is not for `soter %s`", o->verb));
		if (is_for && !is_given && is_needed(row->id, needed, n))
			return (options_error(o, NULL, "--%s %s is missing: %s",
			    row->name, row->arg, row->help));
	}
	return (SOTER_OK);
}

const char *
options_nearest(const char *word, const char *(*next)(size_t i))
{
	size_t n = strlen(word), nearest = n / 3 + 2;
	const char *found = NULL, *candidate;

	if (n > WORD_MAX)
		return (NULL);
	for (size_t i = 0; (candidate = next(i)) != NULL; i++) {
		size_t d = strlen(candidate) > WORD_MAX
		    ? nearest
		    : distance(word, candidate);

		if (d >= nearest)
			continue;
		nearest = d;
		found = candidate;
	}
	return (found);
}
