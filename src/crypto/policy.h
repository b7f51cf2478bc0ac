/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crypto/policy.h -- which RSA keys we are willing to look at.
 */
#ifndef SOTER_CRYPTO_POLICY_H
#define SOTER_CRYPTO_POLICY_H

#include "base/key.h"

/**
 * Refuse a key that no genuine phone makes.  Pure arithmetic on public numbers;
 * not constant time.
 *
 * len  modulus length that is accepted: SOTER_RSA_LEN for every SOTER key,
 *      SOTER_RSA_LEN_MAX for a vendor's root certificate.
 *
 * SOTER_E_KEY_ALGORITHM  not RSA.
 * SOTER_E_KEY_SIZE       the top bit of a len-byte modulus is not set, or the
 *                        length is another.
 * SOTER_E_KEY_EXPONENT   e is not 65537.
 * SOTER_E_KEY_WEAK       even, or divisible by a prime up to 751.
 * SOTER_E_KEY_ROCA       the modulus is a power of 65537 modulo each of the
 *                        small primes that the broken generator used.
 *
 * Source: docs/protocol.md V3; NIST SP 800-89 5.3.3 (small factors); Nemec et
 * al., "The Return of Coppersmith's Attack", CCS 2017 (fingerprint).
 */
SOTER_MUST_CHECK enum soter_rc soter_key_policy(const struct soter_key *key,
    size_t len);

#endif
