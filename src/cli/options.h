/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/options.h -- one table per verb is what getopt_long() reads, what --help
 * prints and what the tests hold the man pages against.
 */
#ifndef SOTER_CLI_OPTIONS_H
#define SOTER_CLI_OPTIONS_H

#include "base/span.h"

#define OPTIONS_MAX 32 /* rows of one table */

struct options_row {
	int id;		  /* above 255 */
	const char *name; /* without the dashes */
	const char *arg;  /* what its argument is called; NULL: it has none */
	unsigned where;	  /* for whom, as the verb counts; 0: for all */
	const char *help;
	bool may_repeat; /* else its argument is given once, or refused */
};

/* A verb's command line while it is read. */
struct options {
	const char *verb;
	const struct options_row *rows;
	size_t n;
	int argc;
	char **argv;
	unsigned given;	   /* bit i: row i was there */
	const char *value; /* of the option that was read last */
	const char *word;  /* the first argument that is no option, or NULL */
};

#define OPTIONS_HELP 'h'
#define OPTIONS_END  (-1)
#define OPTIONS_BAD  (-2)

/** argv[0] is the verb itself. */
void options_begin(struct options *o, const struct options_row *rows, size_t n,
    int argc, char **argv);

/**
 * Read the next option.
 *
 * Its id, with o->value; OPTIONS_HELP for -h and --help, which each verb has;
 * OPTIONS_END when all were read, then o->word is set; OPTIONS_BAD after an
 * error was printed: unknown, without its argument, with one too many, given
 * twice, or a second word.
 */
int options_next(struct options *o);

/** Print the rows for whom `where` says (0: all), aligned. */
void options_print(const struct options_row *rows, size_t n, unsigned where);

/** An error about an option, and where to read more.  SOTER_E_ARGUMENT. */
__attribute__((format(printf, 3, 4))) SOTER_MUST_CHECK enum soter_rc
options_error(const struct options *o, const char *name, const char *format,
    ...);

/** Its argument as a number from 0 to max.  SOTER_E_ARGUMENT. */
SOTER_MUST_CHECK enum soter_rc options_number(uint64_t *out,
    const struct options *o, const char *name, uint64_t max);
SOTER_MUST_CHECK enum soter_rc options_number32(uint32_t *out,
    const struct options *o, const char *name, uint32_t max);

/** Its argument as a text of 1 to max bytes; borrowed.  SOTER_E_ARGUMENT. */
SOTER_MUST_CHECK enum soter_rc options_text(struct soter_span *out,
    const struct options *o, const char *name, size_t max);
SOTER_MUST_CHECK enum soter_rc options_string(const char **out,
    const struct options *o, const char *name, size_t max);

/**
 * Is each option that was given for whom `where` says, and is each that is
 * needed there?  needed: ids, n of them.  SOTER_E_ARGUMENT.
 */
SOTER_MUST_CHECK enum soter_rc options_check(const struct options *o,
    unsigned where, const int *needed, size_t n);

/**
 * The candidate that looks most like word, or NULL if none comes near.
 *
 * next  gives candidate i, NULL behind the last one.
 */
const char *options_nearest(const char *word, const char *(*next)(size_t i));

#endif
