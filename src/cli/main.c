/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command `soter`: finds the verb, and turns its answer into an exit
 * status.  The table of verbs is the usage text too.
 */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "cli/finish.h"
#include "cli/options.h"
#include "cli/print.h"
#include "cli/verbs.h"
#include "service/standard.h"

static enum soter_rc help_run(int argc, char **argv);
static enum soter_rc version_run(int argc, char **argv);

static const struct verb {
	const char *name;
	const char *args;
	const char *help;
	enum soter_rc (*run)(int argc, char **argv);
} verbs[] = {
	{ "verify", "ask|authkey|result OPTION...",
	    "check one link of the chain", verify_run },
	{ "explain", "ask|authkey|result OPTION...",
	    "the same, told step by step", explain_run },
	{ "explain", "WORD|NUMBER", "what a word of an answer means",
	    explain_run },
	{ "inspect", "FILE", "what a file is and what it claims", inspect_run },
	{ "errors", "[--json|--markdown]", "every word that can be answered",
	    errors_run },
	{ "tee", "ACTION OPTION...", "ask the TEE of this machine", tee_run },
	{ "sim", "ACTION OPTION...", "use the simulated sensor", sim_run },
	{ "device", "ACTION OPTION...", "what an app does, through soterd",
	    device_run },
	{ "tam", "ACTION OPTION...", "run a TAM: tenants, models, roots",
	    tam_run },
	{ "help", "[VERB]", "this, or the options of a verb", help_run },
	{ "version", "", "the version", version_run },
};

static void
print_usage(void)
{
	fputs("usage: soter VERB [ARGUMENT]...\n"
	      "\n"
	      "Check what phones sign: ATTK -> ASK -> AuthKey -> result; "
	      "and sign it.\n"
	      "\n",
	    stdout);
	for (size_t i = 0; i < SOTER_COUNT(verbs); i++) {
		int n = printf("  %s %s", verbs[i].name, verbs[i].args);

		printf("%*s%s\n", n < 42 ? 42 - n : 1, "", verbs[i].help);
	}
	fputs(
	    "\n"
	    "soter VERB --help shows the options.  Exit status: 0 verified "
	    "or done,\n1 refused, 2 usage or unreadable input, or no TEE or soterd.\n",
	    stdout);
}

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < SOTER_COUNT(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return (&verbs[i]);
	return (NULL);
}

static const char *
next_name(size_t i)
{
	return (i < SOTER_COUNT(verbs) ? verbs[i].name : NULL);
}

static enum soter_rc
unknown_verb(const char *name)
{
	const char *nearest = options_nearest(name, next_name);

	print_error(name, "no such verb%s%s%s; see `soter --help`",
	    nearest == NULL ? "" : ", did you mean ",
	    nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
	return (SOTER_E_ARGUMENT);
}

static enum soter_rc
version_run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("soter " SOTER_VERSION);
	return (SOTER_OK);
}

/* soter help [VERB [WORD [WORD]]]: as --help behind it. */
static enum soter_rc
help_run(int argc, char **argv)
{
	static char option[] = "--help";
	char *line[] = { argv[1], option, argc > 2 ? argv[2] : NULL,
		argc > 3 ? argv[3] : NULL, NULL };
	const struct verb *verb;

	if (argc < 2 || argv[1][0] == '-') {
		print_usage();
		return (SOTER_OK);
	}
	if ((verb = find_verb(argv[1])) == NULL)
		return (unknown_verb(argv[1]));
	if (verb->run == help_run || verb->run == version_run) {
		print_usage();
		return (SOTER_OK);
	}
	return (verb->run(argc > 4 ? 4 : argc, line));
}

static enum soter_rc
run(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2) {
		print_error(NULL, "a verb is missing; see `soter --help`");
		return (SOTER_E_ARGUMENT);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_usage();
		return (SOTER_OK);
	}
	if (strcmp(argv[1], "--version") == 0)
		return (version_run(0, NULL));
	if ((verb = find_verb(argv[1])) == NULL)
		return (unknown_verb(argv[1]));
	return (verb->run(argc - 1, argv + 1));
}

int
main(int argc, char **argv)
{
	enum soter_rc rc = SOTER_E_NOMEM;

	if (soter_standard_open() != SOTER_OK)
		return (2);
	print_init();
	/*
	 * OpenSSL 3.0 walks into a NULL pointer when its first use runs out of
	 * memory halfway, unless it was asked for its context before.
	 */
	if (OSSL_LIB_CTX_get0_global_default() != NULL)
		rc = run(argc, argv);
	return (finish(rc));
}
