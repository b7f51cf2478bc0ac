/* SPDX-License-Identifier: BSD-3-Clause */
/* soter explain: the way of a check in words, or one entry of the catalogue. */
#include <inttypes.h>

#include "cli/describe.h"
#include "cli/errors.h"
#include "cli/print.h"
#include "cli/steps.h"
#include "cli/verbs.h"
#include "cli/verdict.h"

static void
help(enum soter_link link)
{
	bool is_one = link != SOTER_LINK_NONE;

	printf("usage: soter explain %s --signed FILE [--sig FILE] "
	       "[OPTION]...\n"
	       "       soter explain [--json] WORD|NUMBER\n"
	       "\n"
	       "The same check as soter verify, told step by step: which "
	       "rules passed, which\nfailed, what was not reached; what the "
	       "text claims; what probably happened, and\nwhat to do.  With a "
	       "word or number: what the catalogue says of it.\n"
	       "\n",
	    is_one ? soter_link_word(link) : "ask|authkey|result");
	request_print_options(link);
	fputs("\nExit status: 0 verified, or an entry was found; 1 refused; 2 "
	      "usage or input.\n",
	    stdout);
}

/* ------------------------------------------------------------------------- */
/* One entry of the catalogue                                                */
/* ------------------------------------------------------------------------- */

static enum soter_rc
print_entry_json(const struct soter_code *code)
{
	json_t *root = json_object();
	enum soter_rc rc = SOTER_E_NOMEM;

	if (root == NULL)
		goto out;
	if ((rc = errors_put(root, code)) != SOTER_OK)
		goto out;
	rc = tree_print_json(root);
out:
	json_decref(root);
	return (rc);
}

static enum soter_rc
explain_word(const char *word, bool is_json)
{
	const struct soter_code *code = errors_find(word);
	const char *nearest;

	if (code != NULL && is_json)
		return (print_entry_json(code));
	if (code != NULL) {
		print_tone(PRINT_STRONG, code->word);
		printf(" (0x%04x)\n", code->number);
		print_row("name", "%s", code->name);
		print_row("rule", "%s", code->rule);
		print_row("what", "%s", code->text);
		print_row("next:", "%s", code->next);
		return (SOTER_OK);
	}
	nearest = errors_nearest(word);
	print_error(word, "no such word or number%s%s%s; see `soter errors`",
	    nearest == NULL ? "" : ", did you mean ",
	    nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
	return (SOTER_E_ARGUMENT);
}

/* ------------------------------------------------------------------------- */
/* The way of a check                                                        */
/* ------------------------------------------------------------------------- */

static void
print_title(const char *title)
{
	putchar('\n');
	print_tone(PRINT_STRONG, title);
	putchar('\n');
}

static void
print_step(const struct steps_row *row)
{
	static const struct {
		const char *letter, *ascii, *text;
		enum print_tone tone;
	} marks[] = {
		[STEPS_PASSED] = { "\xe2\x9c\x93", "ok", "passed", PRINT_GOOD },
		[STEPS_FAILED] = { "\xe2\x9c\x97", "NO", "FAILED", PRINT_BAD },
		[STEPS_NOT_REACHED] = { "\xc2\xb7", "..", "not reached",
		    PRINT_FAINT },
		[STEPS_NOT_ASKED] = { "-", "--", "not asked", PRINT_FAINT },
	};

	fputs("  ", stdout);
	print_tone(marks[row->state].tone,
	    print_is_utf8() ? marks[row->state].letter
			    : marks[row->state].ascii);
	printf(" %-12s %s (%s)\n", marks[row->state].text, row->what,
	    row->rule);
}

static void
print_steps(const struct check *c)
{
	struct steps_row rows[STEPS_MAX];
	size_t n = steps_fill(rows, c);

	print_title("The way");
	for (size_t i = 0; i < n; i++) {
		print_step(&rows[i]);
		if (rows[i].state == STEPS_FAILED)
			print_wrapped(17, soter_rc_text(c->why.rc));
	}
	print_title("What was found");
	print_row("link", "%s", soter_link_word(c->why.link));
	verdict_print_facts(c);
}

/* What the text says of itself; nothing if it says nothing that is known. */
static enum soter_rc
put_claims(json_t *to, const struct check *c)
{
	bool ignored = true;

	if (c->in.text.n == 0)
		return (SOTER_OK);
	return (describe_put(to, c->in.text, &ignored));
}

/* What was verified, or else what is claimed. */
static enum soter_rc
put_contents(json_t *to, const struct check *c)
{
	return (c->why.rc == SOTER_OK ? verdict_put_object(to, c)
				      : put_claims(to, c));
}

static void
print_contents(const struct check *c, json_t *contents)
{
	bool is_verified = c->why.rc == SOTER_OK;

	print_title(is_verified ? "What was verified"
				: "What the text claims (nobody verified it)");
	if (!is_verified)
		contents = json_object_get(contents, "claimed");
	if (contents == NULL) {
		puts("  nothing that can be read");
		return;
	}
	/* Too long here, and soter inspect shows them. */
	json_object_del(contents, "certificates");
	tree_print_lines(contents, 2);
}

static void
print_finding(size_t number, const struct soter_finding *f)
{
	const struct soter_code *code = soter_code_find((unsigned)f->hint);

	printf("  %zu. ", number);
	print_tone(PRINT_STRONG, code->word);
	if (f->hint == SOTER_HINT_SALT)
		printf(": %" PRId64 " bytes", f->number);
	if (f->hint == SOTER_HINT_CUT)
		printf(": %" PRId64 " of 256 bytes", f->number);
	if (f->name[0] != '\0') {
		fputs(": ", stdout);
		print_quoted(soter_text(f->name));
	}
	putchar('\n');
	print_wrapped(5, code->text);
	print_wrapped(5, code->next);
}

/* One sentence that says what the findings below amount to; or NULL. */
static const char *
sum_up(const struct check *c)
{
	const struct soter_report *why = &c->why;

	if (c->is_salt_demanded)
		return ("The signature is good. Only --salt demands another "
			"length of salt.");
	if (why->would_match && why->hints > 0)
		return ("The key is known, and the signature would be good if "
			"the following had not happened:");
	if (why->rc == SOTER_E_SIGNATURE && why->hints == 0)
		return ("None of the keys that were given made this "
			"signature, and undoing what usually happens on the "
			"way does not help. Another key signed, or the "
			"signature itself was changed. Name more keys with "
			"--other-key NAME=FILE.");
	if (why->hints > 0)
		return ("This was found:");
	if (why->rc != SOTER_E_SIGNATURE && why->opened)
		return ("The signature is good. What it signs is refused.");
	return (NULL);
}

static void
print_diagnosis(const struct check *c)
{
	const char *sum = c->why.rc == SOTER_OK ? NULL : sum_up(c);

	if (sum == NULL && c->why.hints == 0)
		return;
	print_title("Diagnosis");
	if (sum != NULL)
		print_wrapped(2, sum);
	for (size_t i = 0; i < c->why.hints; i++)
		print_finding(i + 1, &c->why.hint[i]);
}

static void
print_all(const struct check *c, json_t *contents)
{
	verdict_print_head(c);
	print_steps(c);
	print_contents(c, contents);
	print_diagnosis(c);
	if (c->notes > 0)
		print_title("Notes");
	for (size_t i = 0; i < c->notes; i++)
		print_wrapped(2, c->note[i]);
	if (c->why.rc == SOTER_OK)
		return;
	print_title("What to do");
	print_wrapped(2, soter_code_find(c->why.rc)->next);
}

/* Nothing is printed before everything is there. */
static enum soter_rc
print_words(const struct check *c)
{
	json_t *contents = json_object();
	enum soter_rc rc = SOTER_E_NOMEM;

	if (contents == NULL)
		goto out;
	if ((rc = put_contents(contents, c)) != SOTER_OK)
		goto out;
	print_all(c, contents);
out:
	json_decref(contents);
	return (rc);
}

static enum soter_rc
put_steps(json_t *to, const struct check *c)
{
	struct steps_row rows[STEPS_MAX];
	size_t n = steps_fill(rows, c);
	json_t *array, *step;

	TRY(tree_put_array(to, "steps", &array));
	for (size_t i = 0; i < n; i++) {
		TRY(tree_append_object(array, &step));
		TRY(tree_put_text(step, "what", rows[i].what));
		TRY(tree_put_text(step, "rule", rows[i].rule));
		TRY(tree_put_text(step, "state", steps_word(rows[i].state)));
	}
	return (SOTER_OK);
}

static enum soter_rc
put_all(json_t *to, const struct check *c)
{
	json_t *claims;

	TRY(verdict_put(to, c));
	TRY(put_steps(to, c));
	TRY(tree_put_object(to, "claims", &claims));
	return (put_claims(claims, c));
}

enum soter_rc
explain_run(int argc, char **argv)
{
	struct request request;
	enum soter_rc rc = SOTER_OK;

	TRY(request_read(&request, argc, argv, true));
	if (request.help)
		help(request.link);
	else if (request.link == SOTER_LINK_NONE)
		rc = explain_word(request.word, request.json);
	else
		rc = verdict_answer(&request, put_all, print_words);
	request_free(&request);
	return (rc);
}
