/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/spki.h -- X.509 SubjectPublicKeyInfo of an RSA key, DER.
 *
 * Source: RFC 3279 section 2.3.1; docs/protocol.md b.2.
 */
#ifndef SOTER_WIRE_SPKI_H
#define SOTER_WIRE_SPKI_H

#include "base/key.h"
#include "base/span.h"
#include "wire/limits.h"

/**
 * Read a SubjectPublicKeyInfo.  Says nothing about the key's quality: that is
 * crypto/policy.h.
 *
 * SOTER_E_DER            broken, or bytes follow.
 * SOTER_E_KEY_ALGORITHM  not rsaEncryption.
 * SOTER_E_KEY_SIZE       a modulus of 0 or more than SOTER_RSA_LEN_MAX bytes.
 * SOTER_E_KEY_EXPONENT   an exponent of more than 32 bits.
 */
SOTER_MUST_CHECK enum soter_rc soter_spki_parse(struct soter_key *out,
    struct soter_span der);

/**
 * Append the SubjectPublicKeyInfo of an RSA key.
 *
 * SOTER_E_NOSPACE  w->len does not move.
 * SOTER_E_KEY_ALGORITHM, SOTER_E_KEY_SIZE
 *                  key is nothing that soter_spki_parse() gives.
 */
SOTER_MUST_CHECK enum soter_rc soter_spki_write(struct soter_writer *w,
    const struct soter_key *key);

/**
 * Read the PEM of a public key: label "PUBLIC KEY" and an RSA
 * SubjectPublicKeyInfo.
 *
 * SOTER_E_LIMIT      longer than SOTER_PEM_KEY_MAX.
 * SOTER_E_PEM_LABEL  a good PEM block of another label.
 * Else the errors of soter_pem_parse() and soter_spki_parse().
 */
SOTER_MUST_CHECK enum soter_rc soter_spki_parse_pem(struct soter_key *out,
    struct soter_span pem);

/**
 * Append the PEM of a public key, no newline at the end.  The errors of
 * soter_spki_write(), but SOTER_E_NOSPACE leaves w->len unspecified.
 */
SOTER_MUST_CHECK enum soter_rc soter_spki_write_pem(struct soter_writer *w,
    const struct soter_key *key);

#endif
