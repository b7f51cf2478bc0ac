/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crypto/pss.h -- RSASSA-PSS with SHA-256, MGF1-SHA-256, trailer 1.
 *
 * Decoding is split in two, because the padding of a PSS signature can be
 * judged without the message: first "is this PSS by that key, and with which
 * salt length", then "over these bytes".  So the salt length is taken from the
 * signature itself and never from unverified JSON, and a diagnosis can try many
 * texts against one public operation.
 * Source: RFC 8017 section 9.1.2; docs/protocol.md b.4.
 */
#ifndef SOTER_CRYPTO_PSS_H
#define SOTER_CRYPTO_PSS_H

#include "crypto/hash.h"
#include "crypto/pubkey.h"

#define SOTER_PSS_SALT_MAX (SOTER_RSA_LEN - SOTER_SHA256_LEN - 2)

/*
 * A padding that is whole; it does not say yet over which text.  Of the
 * signatures by other keys and of other schemes, one in some 65,000 has such a
 * padding by chance, nearly always with a salt of more than 200 bytes.
 */
struct soter_pss {
	const struct soter_pubkey *key; /* borrowed: must outlive this */
	size_t salt_len;
	uint8_t salt[SOTER_PSS_SALT_MAX];
	uint8_t hash[SOTER_SHA256_LEN];
};

/**
 * Undo the public operation and the padding.
 *
 * key  borrowed by *out.
 *
 * SOTER_E_KEY_SIZE    the key is not RSA-2048: an issuer's key signs no PSS.
 * SOTER_E_SIG_LENGTH  sig is not as long as the modulus.
 * SOTER_E_SIGNATURE   the padding is not PSS: another key, another scheme or a
 *                     damaged signature.
 * SOTER_E_ENGINE      the library failed.
 */
SOTER_MUST_CHECK enum soter_rc soter_pss_open(struct soter_pss *out,
    const struct soter_pubkey *key, struct soter_span sig);

/**
 * Was it made over this text?
 *
 * SOTER_E_SIGNATURE  no.
 * SOTER_E_ENGINE     the library failed.
 */
SOTER_MUST_CHECK enum soter_rc soter_pss_match(const struct soter_pss *pss,
    struct soter_span text);

/**
 * Verify with exactly this salt length.
 *
 * SOTER_E_SALT  valid, but with another salt length.
 * Else the errors of soter_pss_open() and soter_pss_match().
 */
SOTER_MUST_CHECK enum soter_rc soter_pss_verify(const struct soter_pubkey *key,
    struct soter_span text, struct soter_span sig, size_t salt_len);

#endif
