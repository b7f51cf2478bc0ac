/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/jsontext.h -- the inside of a JSON string, between its quotes; for
 * wire/json.c only.  jsontext.c also holds what json.h offers on strings.
 */
#ifndef SOTER_WIRE_JSONTEXT_H
#define SOTER_WIRE_JSONTEXT_H

#include "base/span.h"

/**
 * Move r from behind an opening quote to the closing one, and check what stands
 * between them.
 *
 * lf_allowed  take raw line feeds.
 *
 * SOTER_E_JSON       the input ends, or an escape that JSON does not have.
 * SOTER_E_JSON_TEXT  bad UTF-8, raw control character, lone surrogate, NUL.
 * In both cases r stands at the first byte of what is wrong.
 */
SOTER_MUST_CHECK enum soter_rc soter_jsontext_scan(struct soter_reader *r,
    bool lf_allowed);

#endif
