/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/sigtext.h -- a signature as it is handed over: 256 raw bytes, 344
 * characters of Base64, or 512 of hex.  The length alone tells which, so no
 * input can be read in two ways.  Source: docs/protocol.md b.1, V20.
 */
#ifndef SOTER_WIRE_SIGTEXT_H
#define SOTER_WIRE_SIGTEXT_H

#include "base/span.h"
#include "wire/limits.h"

/**
 * Read a signature.
 *
 * out  receives SOTER_SIG_LEN bytes.
 *
 * SOTER_E_BASE64      344 bytes, but not canonical Base64; or a text that is
 *                     longer than 256 bytes and of none of the three lengths.
 * SOTER_E_FORMAT      512 bytes, but not hex.
 * SOTER_E_SIG_LENGTH  fewer than 256 bytes, or 344 of Base64 whose padding
 * makes it the text of 257 or 258.
 */
SOTER_MUST_CHECK enum soter_rc soter_sig_parse(uint8_t out[SOTER_SIG_LEN],
    struct soter_span in);

#endif
