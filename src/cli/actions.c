/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "cli/actions.h"
#include "cli/print.h"

#define HELP_COLUMN 44
#define BIT(i)	    (1u << (i))

/* ---- the answer ---------------------------------------------------------- */

static enum soter_rc
print_json(json_t *answer, enum soter_rc rc)
{
	const struct soter_code *code = soter_code_find(rc);
	json_t *root = json_object();
	enum soter_rc failed = SOTER_E_NOMEM;

	if (root == NULL ||
	    tree_put_bool(root, "ok", rc == SOTER_OK) != SOTER_OK ||
	    tree_put_text(root, "word", code->word) != SOTER_OK ||
	    tree_put_number(root, "number", code->number) != SOTER_OK)
		goto out;
	if (rc != SOTER_OK &&
	    (tree_put_text(root, "text", code->text) != SOTER_OK ||
		tree_put_text(root, "next", code->next) != SOTER_OK))
		goto out;
	if (json_object_update(root, answer) == 0)
		failed = tree_print_json(root);
out:
	json_decref(root);
	return (failed);
}

static void
print_words(json_t *answer, enum soter_rc rc)
{
	const struct soter_code *code = soter_code_find(rc);

	if (rc == SOTER_OK) {
		print_tone(PRINT_GOOD, "ok");
		putchar('\n');
		tree_print_lines(answer, 2);
		return;
	}
	print_tone(PRINT_BAD, "refused");
	printf(": %s (0x%04x)\n", code->word, code->number);
	print_row("what", "%s", code->text);
	tree_print_lines(answer, 2);
	print_row("next:", "%s", code->next);
}

enum soter_rc
actions_print(json_t *answer, bool is_json, enum soter_rc rc)
{
	if (is_json)
		return (print_json(answer, rc));
	print_words(answer, rc);
	return (SOTER_OK);
}

bool
actions_is_quiet(const char *out_file)
{
	return (out_file != NULL && strcmp(out_file, "-") == 0);
}

enum soter_rc
actions_check(const struct options *o, const char *operand, bool is_json,
    const char *out_file)
{
	if (operand != NULL && o->word == NULL)
		return (options_error(o, NULL, "%s is missing", operand));
	if (operand == NULL && o->word != NULL)
		return (options_error(o, NULL, "takes no word"));
	if (is_json && actions_is_quiet(out_file))
		return (options_error(o, "json",
		    "not together with --out -: both are standard output"));
	return (SOTER_OK);
}

/* ---- help ---------------------------------------------------------------- */

static void
print_help(const struct actions *t, unsigned found)
{
	const struct actions_row *a;

	printf("usage: soter %s ACTION [OPTION]...\n\n%s\n\n", t->verb,
	    t->about);
	for (size_t i = 0; (a = t->row(i)) != NULL; i++) {
		int n;

		if ((found & BIT(i)) == 0)
			continue;
		n = printf("  %s%s%s ", a->words, a->args[0] == '\0' ? "" : " ",
		    a->args);
		printf("%*s%s\n", n < HELP_COLUMN ? HELP_COLUMN - n : 1, "",
		    a->help);
	}
	putchar('\n');
	t->print_options(found);
	printf("\nExit status: %s\n", t->status);
}

void
actions_help(const struct actions *t, size_t i)
{
	print_help(t, BIT(i));
}

/* ---- which one ----------------------------------------------------------- */

/* The actions that begin with these words, BIT() of each. */
static unsigned
find(const struct actions *t, const char *first, const char *second)
{
	size_t n = first == NULL ? 0 : strlen(first);
	const struct actions_row *a;
	unsigned found = 0;

	for (size_t i = 0; (a = t->row(i)) != NULL; i++) {
		const char *words = a->words;

		if (strcmp(a->verb, t->verb) != 0 ||
		    (first != NULL &&
			(strncmp(words, first, n) != 0 ||
			    (words[n] != '\0' && words[n] != ' '))))
			continue;
		if (second == NULL || words[n] == '\0' ||
		    strcmp(words + n + 1, second) == 0)
			found |= BIT(i);
	}
	return (found);
}

static bool
has_several(unsigned found)
{
	return ((found & (found - 1)) != 0);
}

static enum soter_rc
missing(const char *where)
{
	print_error(where, "an action is missing; see `soter %s --help`",
	    where);
	return (SOTER_E_ARGUMENT);
}

/* For options_nearest(), which asks a function that knows of nothing else. */
static const struct actions *asked;

static const char *
next_words(size_t i)
{
	const struct actions_row *a;

	for (size_t k = 0; (a = asked->row(k)) != NULL; k++)
		if (strcmp(a->verb, asked->verb) == 0 && i-- == 0)
			return (a->words);
	return (NULL);
}

static enum soter_rc
unknown(const struct actions *t, const char *first, const char *second)
{
	char words[ACTIONS_NAME_MAX * 2];
	const char *nearest;

	snprintf(words, sizeof(words), "%.*s%s%.*s", ACTIONS_NAME_MAX, first,
	    second == NULL ? "" : " ", ACTIONS_NAME_MAX - 2,
	    second == NULL ? "" : second);
	asked = t;
	nearest = options_nearest(words, next_words);
	print_error(words, "no such action%s%s%s; see `soter %s --help`",
	    nearest == NULL ? "" : ", did you mean ",
	    nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?",
	    t->verb);
	return (SOTER_E_ARGUMENT);
}

/* The word at argv[i], or NULL if there is none. */
static const char *
word_at(int argc, char **argv, int i)
{
	return (i < argc && argv[i][0] != '-' ? argv[i] : NULL);
}

/* --help may stand in front of the words, as `soter help` puts it. */
static bool
is_help(const char *word)
{
	return (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0);
}

static void
choose(struct actions_choice *out, const struct actions *t, unsigned found,
    int at, int argc, char **argv)
{
	const char *words;

	out->i = 0;
	while (found != BIT(out->i))
		out->i++;
	words = t->row(out->i)->words;
	if (strchr(words, ' ') != NULL)
		at++;
	snprintf(out->name, sizeof(out->name), "%s %s", t->verb, words);
	argv[at] = out->name;
	out->argc = argc - at;
	out->argv = argv + at;
}

enum soter_rc
actions_find(struct actions_choice *out, const struct actions *t, int argc,
    char **argv)
{
	int at = argc > 1 && is_help(argv[1]) ? 2 : 1;
	const char *first = word_at(argc, argv, at);
	const char *second = first == NULL ? NULL : word_at(argc, argv, at + 1);
	unsigned found = find(t, first, second);
	char name[ACTIONS_NAME_MAX];
	bool wants_help = false;

	/* A group with --help behind it: as many actions as it has. */
	for (int i = 1; i < argc; i++)
		wants_help = wants_help || is_help(argv[i]);
	out->is_help = wants_help && found != 0;
	if (out->is_help) {
		print_help(t, found);
		return (SOTER_OK);
	}
	if (first == NULL)
		return (missing(t->verb));
	if (second == NULL && has_several(found)) {
		snprintf(name, sizeof(name), "%s %.16s", t->verb, first);
		return (missing(name));
	}
	if (found == 0 || has_several(found))
		return (unknown(t, first, second));
	choose(out, t, found, at, argc, argv);
	return (SOTER_OK);
}
