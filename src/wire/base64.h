/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/base64.h -- canonical Base64 (RFC 4648 section 4), and nothing else.
 *
 * One text per value: standard alphabet, padding, no white space, unused bits
 * zero.  What people do to Base64 on its way is chain/diagnose.c's matter.
 */
#ifndef SOTER_WIRE_BASE64_H
#define SOTER_WIRE_BASE64_H

#include "base/span.h"

/**
 * Append the bytes that text stands for.
 *
 * SOTER_E_BASE64   not canonical; w->len is unspecified.
 * SOTER_E_NOSPACE  they do not fit; w->len is unspecified.
 */
SOTER_MUST_CHECK enum soter_rc soter_base64_decode(struct soter_writer *w,
    struct soter_span text);

/** Append the text for bytes.  SOTER_E_NOSPACE leaves w->len unspecified. */
SOTER_MUST_CHECK enum soter_rc soter_base64_encode(struct soter_writer *w,
    struct soter_span bytes);

#endif
