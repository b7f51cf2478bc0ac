/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/rsa.h -- RSA keys and signatures, by OpenSSL.
 */
#ifndef SOTER_TEEHOST_RSA_H
#define SOTER_TEEHOST_RSA_H

#include "teehost/engine.h"
#include "teehost/material.h"

#define TEEHOST_RSA_LEN_MAX 512 /* bytes of a modulus, and of a signature */

/* How a digest becomes a number. */
struct teehost_rsa_scheme {
	bool pss; /* else PKCS#1 v1.5 */
	enum teehost_md md;
	uint32_t salt_len; /* PSS only */
};

/**
 * Make a key pair.
 *
 * e  public exponent; of 0 bytes: 65537.
 *
 * SOTER_E_ARGUMENT  e is none that a key can have.
 * SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_rsa_generate(
    struct teehost_material **out, const struct teehost_type *type,
    uint32_t bits, struct soter_span e);

/** The longest salt that fits. */
uint32_t teehost_rsa_salt_max(const struct teehost_material *m, size_t hash);

/**
 * Sign a digest; the first time with a key, the key is made ready, and stays
 * so as long as the material.
 *
 * sig  room for as many bytes as the modulus has.
 *
 * SOTER_E_ENGINE  the numbers are no key, or the library failed.
 */
SOTER_MUST_CHECK enum soter_rc teehost_rsa_sign(struct teehost_material *m,
    const struct teehost_rsa_scheme *scheme, struct soter_span digest,
    uint8_t *sig, size_t sig_n);

/** SOTER_E_SIGNATURE, SOTER_E_ENGINE. */
SOTER_MUST_CHECK enum soter_rc teehost_rsa_verify(struct teehost_material *m,
    const struct teehost_rsa_scheme *scheme, struct soter_span digest,
    struct soter_span sig);

#endif
