/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/verdict.h -- a verdict in words, and as JSON.
 *
 * Neither ever shows a challenge or a signature: what is printed is logged.
 */
#ifndef SOTER_CLI_VERDICT_H
#define SOTER_CLI_VERDICT_H

#include "cli/check.h"
#include "cli/tree.h"

/** "verified", or "refused: WORD (0xNNNN)", with a line end. */
void verdict_print_head(const struct check *c);

/** The lines that say what was found where: numbers, owners, fields. */
void verdict_print_facts(const struct check *c);

/** Everything, for people. */
SOTER_MUST_CHECK enum soter_rc verdict_print(const struct check *c);

/**
 * Everything, as members of an object.  The names are a promise:
 *
 *	verified, word, number, link, rule, text, next
 *	field, offset, cert, got, want, seen    null where they say nothing
 *	salt_len, salt_quirk, attk_version      null, false where not known
 *	unknown    names of fields that no standard has
 *	would_match, hints    [{word, number, value, name, text, next}]
 *	object     what was verified; only there if verified is true
 *	notes      sentences for people; they change between versions
 *
 * SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc verdict_put(json_t *to, const struct check *c);

/** The verified contents, as members of an object.  Errors as above. */
SOTER_MUST_CHECK enum soter_rc verdict_put_object(json_t *to,
    const struct check *c);

/* How a verb tells a verdict: as members of an object, or to people. */
typedef enum soter_rc verdict_put_form(json_t *to, const struct check *c);
typedef enum soter_rc verdict_print_form(const struct check *c);

/**
 * Run the check that a verb asks for and tell it in the verb's way.
 *
 * Returns the verdict, or why there is none (see check_run()).
 */
SOTER_MUST_CHECK enum soter_rc verdict_answer(const struct request *request,
    verdict_put_form *put, verdict_print_form *print);

#endif
