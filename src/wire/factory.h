/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/factory.h -- the text below a factory token.
 *
 *	offset  size  field
 *	0       22    "soter factory token 1" and a line feed
 *	22      4     purpose, little-endian
 *	26      32    device id in hex; 32 times '0' for a device without one
 *	58      16    the nonce that the TA gave last
 *
 * The token is the 256-byte signature over these 74 bytes: RSA-2048 PSS with
 * SHA-256 and 32 bytes of salt, under the key that is built into the TA.  The
 * TA puts the text together by itself, so a token says nothing, it only fits
 * or does not.  Source: docs/protocol.md k.1.7; ours.
 */
#ifndef SOTER_WIRE_FACTORY_H
#define SOTER_WIRE_FACTORY_H

#include "base/span.h"
#include "wire/limits.h"

#define SOTER_FACTORY_TEXT_LEN (22 + 4 + SOTER_DEVICE_ID_LEN + 16)
#define SOTER_FACTORY_SALT     32 /* bytes */

enum soter_factory_purpose {
	SOTER_FACTORY_GENERATE = 1, /* the first root of a device */
	SOTER_FACTORY_REPLACE = 2,  /* another root, with another device id */
};

/**
 * Append the text.
 *
 * device_id  SOTER_DEVICE_ID_LEN hex digits, or empty: none yet.
 * nonce      SOTER_FACTORY_NONCE_LEN bytes.
 *
 * SOTER_E_LIMIT    another length; SOTER_E_NOSPACE.  Both leave w->len
 *                  unspecified.
 */
SOTER_MUST_CHECK enum soter_rc soter_factory_text_write(struct soter_writer *w,
    enum soter_factory_purpose purpose, struct soter_span device_id,
    struct soter_span nonce);

#endif
