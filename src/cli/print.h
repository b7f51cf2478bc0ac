/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/print.h -- what a person reads: colour, aligned lines, errors.
 *
 * Texts from a phone or from a command line are shown through print_text() and
 * its kin only.  They leave no control byte and no sequence that a terminal
 * would obey, and what was escaped can be told from what was not.
 */
#ifndef SOTER_CLI_PRINT_H
#define SOTER_CLI_PRINT_H

#include <stdio.h>

#include "base/span.h"

enum print_tone {
	PRINT_PLAIN,
	PRINT_GOOD,
	PRINT_BAD,
	PRINT_STRONG,
	PRINT_FAINT,
};

/** Look at standard output and the environment, once, before anything else. */
void print_init(void);

/** May letters beyond ASCII be shown?  Only if the locale is UTF-8. */
bool print_is_utf8(void);

/** Print a text of ours, coloured if standard output is a terminal. */
void print_tone(enum print_tone tone, const char *text);

/**
 * Print a text of anybody's.  Invalid and control bytes become \xNN, letters
 * that steer a terminal or the direction of writing \u{N}, \ becomes \\.
 */
void print_text(FILE *to, struct soter_span text);

/** The same between double quotes; " becomes \". */
void print_quoted(struct soter_span text);

/** Begin a line of the form "  label       ..."; the caller ends it. */
void print_label(const char *label);

/** A whole line of that form; value is ours. */
__attribute__((format(printf, 2, 3))) void print_row(const char *label,
    const char *format, ...);

/** A paragraph of ours, broken at 78 columns, each line indented. */
void print_wrapped(int indent, const char *text);

/**
 * One line on standard error: "soter: SUBJECT: ...".
 *
 * subject  a file or an option, shown escaped; NULL leaves it out.
 */
__attribute__((format(printf, 2, 3))) void print_error(const char *subject,
    const char *format, ...);

/**
 * Length of the UTF-8 character at the front of a text, and its number.
 * 0 if the bytes there are not UTF-8.
 */
size_t print_utf8(uint32_t *out, struct soter_span text);

#endif
