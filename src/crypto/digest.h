/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crypto/digest.h -- SHA-256 many times over; for crypto/ only.
 *
 * A PSS signature takes nine hashes of mostly one block each, so looking the
 * algorithm up and making a context would cost more than hashing.  The
 * algorithm is looked up once per key, a context is made once per signature.
 */
#ifndef SOTER_CRYPTO_DIGEST_H
#define SOTER_CRYPTO_DIGEST_H

#include <openssl/evp.h>

#include "crypto/hash.h"
#include "crypto/pubkey.h"

/* A context in use: for one thread. */
struct soter_digest {
	EVP_MD_CTX *ctx;    /* owned */
	const EVP_MD *type; /* borrowed from the key */
};

/**
 * Make OpenSSL ready.  Version 3.0 does not survive a look-up that is its first
 * call if memory runs out in it, so this comes first.
 *
 * SOTER_E_ENGINE  it cannot be made ready.
 */
SOTER_MUST_CHECK enum soter_rc soter_digest_ready(void);

/** The SHA-256 that was looked up for this key; borrowed from it. */
const EVP_MD *soter_pubkey_sha256(const struct soter_pubkey *key);

/**
 * Get a context.  Close it in any case; *d is then in a state that permits it.
 *
 * key  must outlive *d.
 *
 * SOTER_E_ENGINE  out of memory.
 */
SOTER_MUST_CHECK enum soter_rc soter_digest_open(struct soter_digest *d,
    const struct soter_pubkey *key);

/**
 * Hash n parts as if they were one text.
 *
 * SOTER_E_ENGINE  the library failed.
 */
SOTER_MUST_CHECK enum soter_rc soter_digest_run(struct soter_digest *d,
    uint8_t out[SOTER_SHA256_LEN], const struct soter_span *parts, size_t n);

void soter_digest_close(struct soter_digest *d);

#endif
