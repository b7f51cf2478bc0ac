/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter tee, soter sim: ask the TEE of this machine.
 *
 * Behind the verb stand one or two words that say what; the table of them is
 * the usage text too.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/print.h"
#include "cli/teeact.h"
#include "cli/verbs.h"

#define NAME_MAX_LEN 32 /* of a whole action, with its end mark */
#define HELP_COLUMN  44

/* In the order of enum teeline_action. */
/* clang-format off */
static const struct action {
	const char *verb, *words;
	const char *args;    /* for the usage text */
	const char *operand; /* NULL: it takes none */
	const char *help;
	teeact_run *run;
} actions[] = {
	[TEELINE_STATUS] = { "tee", "status", "", NULL, "versions, storage, what is there", teekeys_status },
	[TEELINE_SELF_TEST] = { "tee", "self-test", "", NULL, "make a key, sign, verify", teekeys_self_test },
	[TEELINE_PROVISION] = { "tee", "provision", "[--token FILE]", NULL, "make the device root, once", teekeys_provision },
	[TEELINE_NONCE] = { "tee", "nonce", "", NULL, "what a factory token must sign", teekeys_nonce },
	[TEELINE_DEVICE_ID] = { "tee", "device-id", "", NULL, "the cpu_id", teekeys_device_id },
	[TEELINE_ATTK] = { "tee", "attk", "[--out FILE]", NULL, "the device root's public key", teekeys_attk },
	[TEELINE_ATTK_VERIFY] = { "tee", "attk-verify", "", NULL, "is the stored device root whole?", teekeys_attk_verify },
	[TEELINE_ASK_GENERATE] = { "tee", "ask generate", "[--uid N]", NULL, "make an app's ASK, drop the old keys", teekeys_ask_generate },
	[TEELINE_ASK_EXPORT] = { "tee", "ask export", "[--uid N] --out FILE", NULL, "its public key, signed", teekeys_ask_export },
	[TEELINE_ASK_HAS] = { "tee", "ask has", "[--uid N]", NULL, "is there one?", teekeys_ask_has },
	[TEELINE_ASK_REMOVE] = { "tee", "ask remove", "[--uid N]", NULL, "remove it and all AuthKeys of the uid", teekeys_ask_remove },
	[TEELINE_AUTHKEY_GENERATE] = { "tee", "authkey generate", "--name KNAME", NULL, "make a business's AuthKey", teekeys_authkey_generate },
	[TEELINE_AUTHKEY_EXPORT] = { "tee", "authkey export", "--name KNAME --out FILE", NULL, "its public key, signed", teekeys_authkey_export },
	[TEELINE_AUTHKEY_HAS] = { "tee", "authkey has", "--name KNAME", NULL, "is there one?", teekeys_authkey_has },
	[TEELINE_AUTHKEY_REMOVE] = { "tee", "authkey remove", "--name KNAME", NULL, "remove it", teekeys_authkey_remove },
	[TEELINE_KEYS] = { "tee", "keys", "[--uid N]", NULL, "names of a uid's AuthKeys", teekeys_list },
	[TEELINE_SIGN] = { "tee", "sign", "--name KNAME --challenge TEXT", NULL, "sign after a touch", teesign_sign },
	[TEELINE_SIGN_INIT] = { "tee", "init-sign", "--name KNAME --challenge TEXT", NULL, "its first step alone", teesign_init },
	[TEELINE_AUTHENTICATE] = { "tee", "authenticate", "--session N", NULL, "its second: the touch", teesign_authenticate },
	[TEELINE_SIGN_FINISH] = { "tee", "finish-sign", "--session N", NULL, "its third: the result", teesign_finish },
	[TEELINE_SIGN_CANCEL] = { "tee", "cancel-sign", "--session N", NULL, "give a session up", teesign_cancel },
	[TEELINE_SIM_STATUS] = { "sim", "status", "", NULL, "sensor, PIN, freeze", teesim_status },
	[TEELINE_SIM_TOUCH] = { "sim", "touch", "FINGER", "FINGER", "touch the simulated sensor", teesim_touch },
	[TEELINE_SIM_ENROL] = { "sim", "enrol", "FINGER", "FINGER", "enrol a finger, all touches", teesim_enrol },
	[TEELINE_SIM_LIST] = { "sim", "list", "", NULL, "what is enrolled", teesim_list },
	[TEELINE_SIM_REMOVE] = { "sim", "remove", "FID", "FID", "remove one of them", teesim_remove },
	[TEELINE_SIM_PIN] = { "sim", "pin", "", NULL, "set or change the PIN", teesim_pin },
	[TEELINE_SIM_UNFREEZE] = { "sim", "unfreeze", "", NULL, "end a freeze", teesim_unfreeze },
};
/* clang-format on */

_Static_assert(SOTER_COUNT(actions) == TEELINE_ACTIONS, "a row is missing");

/* ---- the answer --------------------------------------------------------- */

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

static enum soter_rc
run(const struct action *action, const struct teeline *line)
{
	json_t *answer = json_object();
	bool is_quiet =
	    line->out_file != NULL && strcmp(line->out_file, "-") == 0;
	enum soter_rc rc = SOTER_E_NOMEM;

	if (answer == NULL)
		goto out;
	rc = action->run(line, answer);
	if (rc >> 8 == 6 || (rc == SOTER_OK && is_quiet))
		goto out; /* an error, or the bytes, were printed */
	if (!line->json)
		print_words(answer, rc);
	else if (print_json(answer, rc) != SOTER_OK)
		rc = SOTER_E_NOMEM;
out:
	json_decref(answer);
	return (rc);
}

/* ---- which action, and help --------------------------------------------- */

/* The actions that begin with these words, TEELINE_BIT() of each. */
static unsigned
find_actions(const char *verb, const char *first, const char *second)
{
	size_t n = first == NULL ? 0 : strlen(first);
	unsigned found = 0;

	for (unsigned i = 0; i < SOTER_COUNT(actions); i++) {
		const char *words = actions[i].words;

		if (strcmp(actions[i].verb, verb) != 0 ||
		    (first != NULL &&
			(strncmp(words, first, n) != 0 ||
			    (words[n] != '\0' && words[n] != ' '))))
			continue;
		if (second == NULL || words[n] == '\0' ||
		    strcmp(words + n + 1, second) == 0)
			found |= TEELINE_BIT(i);
	}
	return (found);
}

static bool
has_several(unsigned found)
{
	return ((found & (found - 1)) != 0);
}

static void
help(const char *verb, unsigned found)
{
	bool is_tee = strcmp(verb, "tee") == 0;

	printf("usage: soter %s ACTION [OPTION]...\n\n", verb);
	puts(is_tee ? "Ask the TEE of this machine: /dev/tee0, or soter-teed.\n"
		    : "Use and manage the sensor of TA biometric, if it is the "
		      "simulated one.\n");
	for (unsigned i = 0; i < SOTER_COUNT(actions); i++) {
		const struct action *a = &actions[i];
		int n;

		if ((found & TEELINE_BIT(i)) == 0)
			continue;
		n = printf("  %s%s%s ", a->words, a->args[0] == '\0' ? "" : " ",
		    a->args);
		printf("%*s%s\n", n < HELP_COLUMN ? HELP_COLUMN - n : 1, "",
		    a->help);
	}
	putchar('\n');
	teeline_print_options(found);
	fputs("\nExit status: 0 done, 1 the TEE refused, 2 usage, or no TEE.\n",
	    stdout);
}

static const char *
next_words(const char *verb, size_t i)
{
	for (size_t k = 0; k < SOTER_COUNT(actions); k++)
		if (strcmp(actions[k].verb, verb) == 0 && i-- == 0)
			return (actions[k].words);
	return (NULL);
}

static const char *
next_tee(size_t i)
{
	return (next_words("tee", i));
}

static const char *
next_sim(size_t i)
{
	return (next_words("sim", i));
}

static enum soter_rc
missing(const char *where)
{
	print_error(where, "an action is missing; see `soter %s --help`",
	    where);
	return (SOTER_E_ARGUMENT);
}

static enum soter_rc
unknown(const char *verb, const char *first, const char *second)
{
	char words[NAME_MAX_LEN * 2];
	const char *nearest;

	snprintf(words, sizeof(words), "%.*s%s%.*s", NAME_MAX_LEN, first,
	    second == NULL ? "" : " ", NAME_MAX_LEN - 2,
	    second == NULL ? "" : second);
	nearest = options_nearest(words,
	    strcmp(verb, "tee") == 0 ? next_tee : next_sim);
	print_error(words, "no such action%s%s%s; see `soter %s --help`",
	    nearest == NULL ? "" : ", did you mean ",
	    nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?", verb);
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

static enum soter_rc
verb_run(const char *verb, int argc, char **argv)
{
	char name[NAME_MAX_LEN];
	bool wants_help = argc > 1 && is_help(argv[1]);
	int at = wants_help ? 2 : 1;
	const char *first = word_at(argc, argv, at);
	const char *second = first == NULL ? NULL : word_at(argc, argv, at + 1);
	unsigned found = find_actions(verb, first, second);
	enum teeline_action action = 0;
	struct teeline line;

	/* A group with --help behind it: as many actions as it has. */
	for (int i = 1; i < argc; i++)
		wants_help = wants_help || is_help(argv[i]);
	if (wants_help && found != 0) {
		help(verb, found);
		return (SOTER_OK);
	}
	if (first == NULL)
		return (missing(verb));
	if (second == NULL && has_several(found)) {
		snprintf(name, sizeof(name), "%s %.16s", verb, first);
		return (missing(name));
	}
	if (found == 0 || has_several(found))
		return (unknown(verb, first, second));
	while (found != TEELINE_BIT(action))
		action++;
	if (strchr(actions[action].words, ' ') != NULL)
		at++;
	snprintf(name, sizeof(name), "%s %s", verb, actions[action].words);
	argv[at] = name;
	TRY(teeline_read(&line, &wants_help, action, actions[action].operand,
	    argc - at, argv + at));
	if (wants_help) {
		help(verb, found);
		return (SOTER_OK);
	}
	return (run(&actions[action], &line));
}

enum soter_rc
tee_run(int argc, char **argv)
{
	return (verb_run("tee", argc, argv));
}

enum soter_rc
sim_run(int argc, char **argv)
{
	return (verb_run("sim", argc, argv));
}
