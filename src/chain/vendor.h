/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chain/vendor.h -- an ASK that comes as a certificate chain, taken apart.
 */
#ifndef SOTER_CHAIN_VENDOR_H
#define SOTER_CHAIN_VENDOR_H

#include "chain/report.h"
#include "wire/attest.h"
#include "wire/cert.h"
#include "wire/chainask.h"

/* All claimed; leaf first.  Not to be copied: cert borrows from der. */
struct soter_vendor_chain {
	struct soter_chain_ask ask;
	struct soter_unknown unknown;
	struct soter_cert cert[SOTER_CHAIN_CERTS];
	uint8_t der[SOTER_CHAIN_CERTS][SOTER_CERT_MAX];
};

/**
 * Read the JSON and its certificates.
 *
 * text  borrowed by *out.
 * why   field, offset and cert are set on failure.
 *
 * Errors: those of soter_chain_ask_parse(), soter_chain_ask_cert() and
 * soter_cert_parse().  *out is unspecified after a failure.
 */
SOTER_MUST_CHECK enum soter_rc soter_vendor_read(struct soter_vendor_chain *out,
    struct soter_span text, struct soter_report *why);

/**
 * Read the SOTER text that the leaf attests.
 *
 * SOTER_E_ATTEST_MISSING  no attestation, or no SOTER text in its challenge.
 * SOTER_E_DER, SOTER_E_LIMIT and the errors of soter_attest_text_parse().
 */
SOTER_MUST_CHECK enum soter_rc soter_vendor_text(struct soter_attest *attest,
    struct soter_attest_text *text, const struct soter_vendor_chain *chain,
    struct soter_report *why);

#endif
