/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/cert.h -- exactly what SOTER needs of an X.509 certificate.
 *
 * Not a path validator: vendor chains are not valid PKIX (the leaf's issuer is
 * not the next subject, the device certificate is no CA, an extension is one
 * 0x00 byte).  Structure is checked down to the fields used here; extension
 * values other than key attestation are not looked into.
 * Source: RFC 5280 section 4.1; docs/protocol.md b.5.
 */
#ifndef SOTER_WIRE_CERT_H
#define SOTER_WIRE_CERT_H

#include "base/key.h"
#include "base/span.h"
#include "wire/limits.h"

/* All claimed; spans borrowed from the input. */
struct soter_cert {
	struct soter_span tbs; /* the signed bytes */
	struct soter_span sig; /* as long as the signer's modulus */
	struct soter_span cn;  /* the subject's one common name; may be empty */
	struct soter_span spki; /* the DER of key */
	struct soter_key key;
	struct soter_span attestation; /* KeyDescription DER; empty if none */
};

/**
 * Read one certificate signed with sha256WithRSAEncryption.
 *
 * der  borrowed by *out.
 *
 * SOTER_E_LIMIT          longer than SOTER_CERT_MAX, or more than
 *                        SOTER_CERT_EXTENSIONS_MAX extensions.
 * SOTER_E_DER            broken, another signature algorithm, two common names,
 *                        an extension that stands there twice, or bytes follow.
 * SOTER_E_KEY_ALGORITHM, SOTER_E_KEY_SIZE, SOTER_E_KEY_EXPONENT
 *                        as soter_spki_parse().
 */
SOTER_MUST_CHECK enum soter_rc soter_cert_parse(struct soter_cert *out,
    struct soter_span der);

#endif
