/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/check.h -- rows of checks, reported as TAP.
 *
 *	check_row("counter equal to the last one");	a row begins
 *	CHECK(...);					any number of checks
 *	return (check_done());				exit status
 *
 * A row without a single check is a failure: it would test nothing.
 */
#ifndef SOTER_TESTS_CHECK_H
#define SOTER_TESTS_CHECK_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

static struct {
	char name[200];
	unsigned rows, failed_rows, checks, failed;
	int open;
} check_state;

static inline void
check_close_row(void)
{
	if (!check_state.open)
		return;
	check_state.open = 0;
	if (check_state.checks == 0) {
		printf("# the row checked nothing\n");
		check_state.failed++;
	}
	if (check_state.failed > 0)
		check_state.failed_rows++;
	printf("%sok %u - %s\n", check_state.failed > 0 ? "not " : "",
	    check_state.rows, check_state.name);
	fflush(stdout);
}

__attribute__((format(printf, 1, 2))) static inline void
check_row(const char *format, ...)
{
	va_list args;

	check_close_row();
	va_start(args, format);
	vsnprintf(check_state.name, sizeof(check_state.name), format, args);
	va_end(args);
	for (char *c = check_state.name; *c != '\0'; c++)
		if (*c == '#' || *c == '\n')
			*c = '_';
	check_state.rows++;
	check_state.checks = check_state.failed = 0;
	check_state.open = 1;
}

__attribute__((format(printf, 2, 3))) static inline void
check_skip(const char *what, const char *why, ...)
{
	va_list args;

	check_close_row();
	printf("ok %u - %s # SKIP ", ++check_state.rows, what);
	va_start(args, why);
	vprintf(why, args);
	va_end(args);
	printf("\n");
}

static inline int
check_true(int ok, const char *what, const char *file, int line)
{
	if (!check_state.open)
		check_row("%s", file);
	check_state.checks++;
	if (!ok && check_state.failed++ < 20)
		printf("# %s:%d: %s: not so: %s\n", file, line,
		    check_state.name, what);
	return (ok);
}

static inline int
check_rc(enum soter_rc got, enum soter_rc want, const char *file, int line)
{
	char what[160];

	snprintf(what, sizeof(what), "wanted %s, got %s", soter_rc_word(want),
	    soter_rc_word(got));
	return (check_true(got == want, what, file, line));
}

/* Each gives 1 if it held, so that a test can stop early. */
#define CHECK(condition) \
	check_true((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#define CHECK_RC(got, want) check_rc((got), (want), __FILE__, __LINE__)

/*
 * How far apart the things are that an exhaustive test looks at: each one in
 * general and in the long run, few under a tool that is fifty times slower
 * (SOTER_TEST_SIZE=short).
 */
static inline int
check_is(const char *size)
{
	const char *now = getenv("SOTER_TEST_SIZE");

	return (now != NULL && strcmp(now, size) == 0);
}

static inline int
check_long(void)
{
	return (check_is("long"));
}

/* Built with a sanitizer, which makes everything some times slower. */
static inline int
check_slow(void)
{
	return (getenv("SOTER_TEST_SLOW") != NULL);
}

static inline size_t
check_step(size_t usual)
{
	return (check_long() ? 1 : check_is("short") ? 499 : usual);
}

static inline int
check_done(void)
{
	check_close_row();
	printf("1..%u\n", check_state.rows);
	return (check_state.failed_rows == 0 && check_state.rows > 0 ? 0 : 1);
}

#endif
