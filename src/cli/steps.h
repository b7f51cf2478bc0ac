/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/steps.h -- the way of a check, rule by rule, for `soter explain`.
 *
 * The order is that of the accept functions in chain/.  A verdict stands at
 * one step; what comes before has passed, what comes after was not reached.
 * Where a code could come from two steps, it is put at the earlier one unless
 * the report tells them apart: never does a step count as passed by guess.
 */
#ifndef SOTER_CLI_STEPS_H
#define SOTER_CLI_STEPS_H

#include "cli/check.h"

#define STEPS_MAX 16

enum steps_state {
	STEPS_PASSED,
	STEPS_FAILED,
	STEPS_NOT_REACHED,
	STEPS_NOT_ASKED, /* the option that would ask for it was not given */
};

struct steps_row {
	const char *what; /* a sentence that is true when the step passes */
	const char *rule;
	enum steps_state state;
};

/** "passed", "failed", "not_reached", "not_asked". */
const char *steps_word(enum steps_state state);

/** The way of a check; gives the number of rows. */
size_t steps_fill(struct steps_row out[STEPS_MAX], const struct check *c);

#endif
