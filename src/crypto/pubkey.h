/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crypto/pubkey.h -- prepared RSA public keys.
 *
 * A key is parsed once and prepared at its first signature (Montgomery
 * constants); it then verifies any number of them, from any number of
 * threads.  The signature scheme
 * (crypto/pss.h, crypto/pkcs1.h) is ours; the engine below does nothing but
 * the bare public operation.
 */
#ifndef SOTER_CRYPTO_PUBKEY_H
#define SOTER_CRYPTO_PUBKEY_H

#include "base/key.h"
#include "base/span.h"

struct soter_pubkey;

/* What an engine offers; crypto/engine_openssl.c is the first. */
struct soter_engine {
	const char *name;

	/* Prepare a key that has passed the policy.  SOTER_E_ENGINE. */
	enum soter_rc (*prepare)(void **state, const struct soter_key *key);

	/*
	 * out = sig^e mod n, n_len bytes each; out is not sig.  key is the one
	 * that was prepared, and sig is below n.  SOTER_E_ENGINE if the library
	 * fails.  Thread-safe.
	 */
	enum soter_rc (*recover)(void *state, const struct soter_key *key,
	    uint8_t *out, const uint8_t *sig);
	void (*release)(void *state);
};

extern const struct soter_engine soter_engine_openssl;

/**
 * Prepare a SOTER key: RSA-2048 under the whole policy of crypto/policy.h.
 *
 * Errors: those of soter_key_policy(); SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc soter_pubkey_make(struct soter_pubkey **out,
    const struct soter_key *key);

/**
 * Prepare the key of a certificate issuer: RSA-2048 or RSA-4096, else the same
 * policy.
 */
SOTER_MUST_CHECK enum soter_rc soter_pubkey_make_issuer(
    struct soter_pubkey **out, const struct soter_key *key);

/** The numbers of the key; borrowed from it. */
const struct soter_key *soter_pubkey_numbers(const struct soter_pubkey *key);

/** Is it the same key (same numbers)? */
bool soter_pubkey_is(const struct soter_pubkey *key,
    const struct soter_key *numbers);

/**
 * The bare public operation: out = sig^e mod n.
 *
 * out  as many bytes as the modulus.
 *
 * SOTER_E_SIG_LENGTH  sig is not as long as the modulus.
 * SOTER_E_SIGNATURE   sig, as a number, is not below the modulus.
 * SOTER_E_ENGINE      the library failed.
 */
SOTER_MUST_CHECK enum soter_rc soter_pubkey_recover(
    const struct soter_pubkey *key, uint8_t out[SOTER_RSA_LEN_MAX],
    struct soter_span sig);

/* soter_pubkey_free() is public: soter/verify.h. */

#endif
