/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/blob.h -- sealed bytes: what secure storage puts into its files.
 *
 *	offset  size  field
 *	0       16    salt, random
 *	16      12    IV, random
 *	28      n     AES-256-GCM of the plain text
 *	28+n    16    tag
 *
 * The cipher's key is HMAC-SHA-256(key, salt): each blob has one of its own, so
 * there is no number of writes after which two random IVs could meet.
 */
#ifndef SOTER_TEEHOST_BLOB_H
#define SOTER_TEEHOST_BLOB_H

#include "base/span.h"
#include "teehost/sealer.h"

#define TEEHOST_BLOB_SALT_LEN 16
#define TEEHOST_BLOB_IV_LEN   12
#define TEEHOST_BLOB_TAG_LEN  16
#define TEEHOST_BLOB_EXTRA \
	(TEEHOST_BLOB_SALT_LEN + TEEHOST_BLOB_IV_LEN + TEEHOST_BLOB_TAG_LEN)

/**
 * Append the blob of plain to w.
 *
 * said  authenticated, not stored.
 *
 * SOTER_E_NOSPACE; SOTER_E_ENGINE leaves w->len unspecified.
 */
SOTER_MUST_CHECK enum soter_rc teehost_blob_seal(struct soter_writer *w,
    const uint8_t key[TEEHOST_KEY_LEN], struct soter_span said,
    struct soter_span plain);

/**
 * Open a blob.
 *
 * plain  room for blob.n - TEEHOST_BLOB_EXTRA bytes; all zero after an error.
 *
 * SOTER_E_CORRUPT  not what was sealed under this key with these said bytes.
 * SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_blob_open(uint8_t *plain,
    const uint8_t key[TEEHOST_KEY_LEN], struct soter_span said,
    struct soter_span blob);

#endif
