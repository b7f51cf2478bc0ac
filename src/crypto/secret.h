/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crypto/secret.h -- what servers need for their secrets: randomness, HMAC, and
 * a comparison that tells nothing by its time.
 */
#ifndef SOTER_CRYPTO_SECRET_H
#define SOTER_CRYPTO_SECRET_H

#include "crypto/hash.h"

/** Fill with random bytes that nobody can guess.  SOTER_E_ENGINE. */
SOTER_MUST_CHECK enum soter_rc soter_random(void *out, size_t n);

/**
 * HMAC-SHA-256 (RFC 2104).
 *
 * key  1 byte or more.
 *
 * SOTER_E_ARGUMENT  no key.
 * SOTER_E_ENGINE    the cryptographic library failed (memory).
 */
SOTER_MUST_CHECK enum soter_rc soter_hmac_sha256(uint8_t out[SOTER_SHA256_LEN],
    struct soter_span key, struct soter_span text);

/** Are they the same?  The time depends on n alone. */
bool soter_secret_equal(const void *a, const void *b, size_t n);

#endif
