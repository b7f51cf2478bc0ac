/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/tree.h -- an answer as a tree of names and values: printed as JSON for
 * programs, or as indented lines for people.
 */
#ifndef SOTER_CLI_TREE_H
#define SOTER_CLI_TREE_H

#include <jansson.h>

#include "base/span.h"

/*
 * All of these give SOTER_E_NOMEM, and nothing else, when something cannot be
 * had; the caller frees the root of the tree then as always.
 */

/** Add a value; it is taken over in any case.  value may be NULL. */
SOTER_MUST_CHECK enum soter_rc tree_put(json_t *to, const char *name,
    json_t *value);

/**
 * Add a text of anybody's.  Where it is no UTF-8 or holds a NUL, these bytes
 * become \xNN: JSON cannot hold them.
 */
SOTER_MUST_CHECK enum soter_rc tree_put_span(json_t *to, const char *name,
    struct soter_span text);

/** Add a text; NULL or empty gives null. */
SOTER_MUST_CHECK enum soter_rc tree_put_text(json_t *to, const char *name,
    const char *text);

SOTER_MUST_CHECK enum soter_rc tree_put_number(json_t *to, const char *name,
    uint64_t value);
SOTER_MUST_CHECK enum soter_rc tree_put_bool(json_t *to, const char *name,
    bool value);

/** Add bytes in lower-case hex. */
SOTER_MUST_CHECK enum soter_rc tree_put_hex(json_t *to, const char *name,
    struct soter_span bytes);

/** Append a text of anybody's to an array, as tree_put_span() would. */
SOTER_MUST_CHECK enum soter_rc tree_append_text(json_t *array,
    const char *text);
SOTER_MUST_CHECK enum soter_rc tree_append_span(json_t *array,
    struct soter_span text);

/** Add an empty object or array; borrowed from the tree. */
SOTER_MUST_CHECK enum soter_rc tree_put_object(json_t *to, const char *name,
    json_t **out);
SOTER_MUST_CHECK enum soter_rc tree_put_array(json_t *to, const char *name,
    json_t **out);

/** Append an empty object to an array; borrowed from the tree. */
SOTER_MUST_CHECK enum soter_rc tree_append_object(json_t *array, json_t **out);

/** Print as JSON, in ASCII, with a line end. */
SOTER_MUST_CHECK enum soter_rc tree_print_json(const json_t *root);

/** Print an object's members as lines, each indented; null is left out. */
void tree_print_lines(json_t *object, int indent);

#endif
