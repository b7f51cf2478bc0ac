/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/chainask.h -- an ASK as a certificate chain (Huawei).
 *
 *	{"certs":[leaf, device, vendor CA, vendor root],
 *	 "cpu_id":string, "uid":number, "counter":number}
 *
 * The last three are unsigned copies that the client adds; a verifier only
 * compares them with what the leaf says.  Source: docs/protocol.md b.5.
 */
#ifndef SOTER_WIRE_CHAINASK_H
#define SOTER_WIRE_CHAINASK_H

#include "wire/fields.h"

/* All claimed. */
struct soter_chain_ask {
	struct soter_span
	    cert[SOTER_CHAIN_CERTS]; /* PEM, still escaped; borrowed */
	bool has_copies;	     /* the three below were there */
	char cpu_id[SOTER_CPU_ID_MAX + 1];
	char uid[SOTER_UID_MAX + 1]; /* digits, from a number or a string */
	uint64_t counter;
};

/**
 * Read a chain ASK.  All three copies are there, or none.
 *
 * in              borrowed by *out and unknown.
 * unknown, fault  may be NULL.
 *
 * SOTER_E_CHAIN_LENGTH  not exactly SOTER_CHAIN_CERTS certificates.
 * SOTER_E_FIELD_MISSING also if only some of the copies are there.
 * Else the errors of soter_json_parse() and soter_fields_read().
 */
SOTER_MUST_CHECK enum soter_rc soter_chain_ask_parse(
    struct soter_chain_ask *out, struct soter_span in,
    struct soter_unknown *unknown, struct soter_fault *fault);

/**
 * Append the DER of certificate i (0 is the leaf).
 *
 * SOTER_E_PEM_LABEL  a good PEM block of another label than CERTIFICATE.
 * SOTER_E_LIMIT      the PEM text is longer than SOTER_CERT_PEM_MAX.
 * SOTER_E_ARGUMENT   i is no certificate of a chain.
 * Else the errors of soter_pem_parse().
 */
SOTER_MUST_CHECK enum soter_rc soter_chain_ask_cert(struct soter_writer *der,
    const struct soter_chain_ask *x, size_t i);

/**
 * Append a chain ASK as the client uploads it.
 *
 * der  SOTER_CHAIN_CERTS certificates, leaf first.
 * x    the copies are written if has_copies; x->cert is not used.
 *
 * SOTER_E_LIMIT    the PEM text of one is longer than SOTER_CERT_PEM_MAX.
 * SOTER_E_NOSPACE  it does not fit.  In both cases w->len does not move.
 */
SOTER_MUST_CHECK enum soter_rc soter_chain_ask_write(struct soter_writer *w,
    const struct soter_chain_ask *x,
    const struct soter_span der[SOTER_CHAIN_CERTS]);

#endif
