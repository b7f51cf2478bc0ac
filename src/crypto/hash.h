/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crypto/hash.h -- SHA-256.
 */
#ifndef SOTER_CRYPTO_HASH_H
#define SOTER_CRYPTO_HASH_H

#include "base/span.h"

#define SOTER_SHA256_LEN 32 /* bytes */

/**
 * Hash a text.  SOTER_E_ENGINE if the cryptographic library fails (memory).
 */
SOTER_MUST_CHECK enum soter_rc soter_sha256(uint8_t out[SOTER_SHA256_LEN],
    struct soter_span text);

#endif
