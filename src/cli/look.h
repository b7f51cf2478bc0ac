/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/look.h -- what a file is, judged by its first bytes and its length.
 * A guess: whatever it is taken for is then parsed strictly.
 */
#ifndef SOTER_CLI_LOOK_H
#define SOTER_CLI_LOOK_H

#include "base/span.h"

/** An export blob: the length in front fits the size exactly. */
bool look_is_blob(struct soter_span in);

/** A JSON object, perhaps behind white space or a byte-order mark. */
bool look_is_json(struct soter_span in);

/** ... with this member; of a broken text, with its name somewhere. */
bool look_has_member(struct soter_span in, const char *name);

/** Nothing but printable ASCII and line ends. */
bool look_is_text(struct soter_span in);

/**
 * The PEM block in a text: from its BEGIN line to the end of its END line.
 *
 * out  borrowed from in.
 *
 * false if there is none, or more than one.
 */
bool look_pem(struct soter_span *out, struct soter_span in);

/** The place of a word in a text, or in.n. */
size_t look_find(struct soter_span in, struct soter_span word);

#endif
