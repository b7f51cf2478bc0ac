/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/actions.h -- verbs with actions: behind the verb stand one or two words
 * that say what (`soter tee ask export`).  A table of them is the usage text,
 * and what completion reads.
 */
#ifndef SOTER_CLI_ACTIONS_H
#define SOTER_CLI_ACTIONS_H

#include "cli/options.h"
#include "cli/tree.h"

#define ACTIONS_MAX	 32 /* rows of one table: bits of an unsigned */
#define ACTIONS_NAME_MAX 32 /* of verb and words, with its end mark */

struct actions_row {
	const char *verb, *words;
	const char *args;    /* for the usage text */
	const char *operand; /* what its one word is called; NULL: none */
	const char *help;
};

struct actions {
	const char *verb; /* the table may hold those of other verbs */
	const struct actions_row *(*row)(size_t i); /* NULL behind the last */
	const char *about, *status; /* above and below the table in --help */
	void (*print_options)(unsigned actions);
};

/* What a command line asks for. */
struct actions_choice {
	bool is_help; /* it was printed, all is done */
	size_t i;     /* the row */
	int argc;     /* argv[0] is the whole name, "tee ask export" */
	char **argv;
	char name[ACTIONS_NAME_MAX];
};

/**
 * Find the action of a command line, or print the help that it asks for.
 *
 * argv  borrowed and changed; argv[0] is the verb.
 * out   must stay where it is as long as its argv is used.
 *
 * SOTER_E_ARGUMENT after an error was printed.
 */
SOTER_MUST_CHECK enum soter_rc actions_find(struct actions_choice *out,
    const struct actions *t, int argc, char **argv);

/** Print the help of row i alone. */
void actions_help(const struct actions *t, size_t i);

/**
 * What every action wants of a command line that was read: its one word, or
 * none, and standard output for one thing.
 *
 * operand   what the word is called; NULL: it takes none.
 * out_file  of --out; NULL: it was not given.
 *
 * SOTER_E_ARGUMENT after an error was printed.
 */
SOTER_MUST_CHECK enum soter_rc actions_check(const struct options *o,
    const char *operand, bool is_json, const char *out_file);

/** Is --out standard output, so that the bytes are the whole answer? */
bool actions_is_quiet(const char *out_file);

/**
 * Print what came of an action.
 *
 * answer   what else there is to say; becomes part of the JSON.
 * is_json  as one JSON object, else as lines.
 * rc       why not; SOTER_OK: it was done.
 *
 * SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc actions_print(json_t *answer, bool is_json,
    enum soter_rc rc);

#endif
