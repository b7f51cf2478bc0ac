/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/errors.h -- the catalogue of codes, one entry at a time.
 */
#ifndef SOTER_CLI_ERRORS_H
#define SOTER_CLI_ERRORS_H

#include "cli/tree.h"

/**
 * Find an entry by its word, or by its number: decimal, or hex with 0x.
 * NULL if there is none.
 */
const struct soter_code *errors_find(const char *word);

/** The word that looks most like this one; NULL if none does. */
const char *errors_nearest(const char *word);

/** An entry's members: word, number, name, kind, rule, text, next. */
SOTER_MUST_CHECK enum soter_rc errors_put(json_t *to,
    const struct soter_code *code);

#endif
