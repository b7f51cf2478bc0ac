/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/certs.h -- keys, certificates and key attestation as trees.
 *
 * Everything is claimed, but for three things that are computed: fingerprints,
 * the verdict of the key policy, and whether one certificate signed another.
 */
#ifndef SOTER_CLI_CERTS_H
#define SOTER_CLI_CERTS_H

#include "chain/vendor.h"
#include "cli/tree.h"

/* The errors of all: SOTER_E_NOMEM, SOTER_E_ENGINE. */

/**
 * A key: algorithm, bits, e, sha256 (of its SPKI), policy.
 *
 * is_issuer  the key signs certificates, and may be RSA-4096.
 */
SOTER_MUST_CHECK enum soter_rc certs_put_key(json_t *to, const char *name,
    const struct soter_key *key, bool is_issuer);

/** A certificate's members: common name, key, attestation. */
SOTER_MUST_CHECK enum soter_rc certs_put(json_t *to,
    const struct soter_cert *cert);

/** The certificates of a chain, leaf first, and whose root the last one is. */
SOTER_MUST_CHECK enum soter_rc certs_put_chain(json_t *to,
    const struct soter_vendor_chain *chain);

/** What a leaf attests about the SOTER key: cpu_id, uid, counter, salt. */
SOTER_MUST_CHECK enum soter_rc certs_put_text(json_t *to,
    const struct soter_attest_text *text);

/** Why something could not be read: word, number, text, field, offset, cert.
 */
SOTER_MUST_CHECK enum soter_rc certs_put_problem(json_t *to, enum soter_rc rc,
    const struct soter_report *why);

#endif
