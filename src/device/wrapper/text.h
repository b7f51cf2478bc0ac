/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/text.h -- texts that an app hands in.
 */
#ifndef SOTER_DEVICE_WRAPPER_TEXT_H
#define SOTER_DEVICE_WRAPPER_TEXT_H

#include "base/span.h"

/**
 * Count the characters of a UTF-8 text.
 *
 * SOTER_E_JSON_TEXT  not UTF-8, or a control character.
 */
SOTER_MUST_CHECK enum soter_rc wrapper_text_count(struct soter_span text,
    size_t *characters);

#endif
