/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/pem.h -- PEM as phones write it (RFC 7468, one block, nothing around).
 *
 * Phones differ: lines of 64 characters or one long line, with or without a
 * newline after the END line.  Read takes them all; write emits 64-character
 * lines.  Line ends are one LF.  Source: docs/protocol.md b.2, b.5.
 */
#ifndef SOTER_WIRE_PEM_H
#define SOTER_WIRE_PEM_H

#include "base/span.h"
#include "wire/limits.h"

#define SOTER_PEM_LABEL_KEY  "PUBLIC KEY"
#define SOTER_PEM_LABEL_CERT "CERTIFICATE"

/**
 * Read one block: "-----BEGIN label-----", LF, Base64 in lines of any length
 * divided by single LFs, LF, "-----END label-----", and at most one LF.
 *
 * in     the whole text.
 * label  receives the label, borrowed from in.
 * der    the content is appended.
 *
 * SOTER_E_PEM      the frame is broken, labels differ, a CR, an empty line, or
 *                  the content is empty.
 * SOTER_E_BASE64   the content is not canonical Base64.
 * SOTER_E_NOSPACE  the content does not fit.
 * In each case der->len is unspecified.
 */
SOTER_MUST_CHECK enum soter_rc soter_pem_parse(struct soter_span *label,
    struct soter_writer *der, struct soter_span in);

/**
 * Append one block in lines of 64 characters.
 *
 * final_newline  whether an LF follows the END line (certificates of a chain
 *                ASK have one, keys in a key JSON have none).
 * SOTER_E_NOSPACE leaves w->len unspecified.
 */
SOTER_MUST_CHECK enum soter_rc soter_pem_write(struct soter_writer *w,
    const char *label, struct soter_span der, bool final_newline);

#endif
