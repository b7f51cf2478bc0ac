/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crypto/pkcs1.h -- RSASSA-PKCS1-v1_5 with SHA-256: certificates only.
 */
#ifndef SOTER_CRYPTO_PKCS1_H
#define SOTER_CRYPTO_PKCS1_H

#include "crypto/pubkey.h"

/**
 * Verify: the whole padded block is built and compared, nothing is parsed.
 *
 * SOTER_E_SIG_LENGTH  sig is not as long as the modulus.
 * SOTER_E_SIGNATURE   no.
 * SOTER_E_ENGINE      the library failed.
 *
 * Source: RFC 8017 section 8.2.2.
 */
SOTER_MUST_CHECK enum soter_rc soter_pkcs1_verify(
    const struct soter_pubkey *key, struct soter_span text,
    struct soter_span sig);

#endif
