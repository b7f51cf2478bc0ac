/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/keyjson.h -- the key JSON: an ASK or an AuthKey, as exported and signed.
 *
 *	pub_key          string   PEM, X.509 SubjectPublicKeyInfo
 *	cpu_id           string   device id
 *	counter          integer  counter at this export
 *	uid              string   owner uid, decimal digits
 *	rsa_pss_saltlen  integer  optional: salt length of the signature
 *
 * ASK and AuthKey look the same; only the signer tells them apart.
 * Source: docs/protocol.md b.2.
 */
#ifndef SOTER_WIRE_KEYJSON_H
#define SOTER_WIRE_KEYJSON_H

#include "wire/fields.h"

/* All claimed. */
struct soter_key_json {
	struct soter_key key;
	char cpu_id[SOTER_CPU_ID_MAX + 1];
	char uid[SOTER_UID_MAX + 1];
	uint64_t counter;
	int32_t salt_len; /* announced; -1 if the field is absent */
};

/**
 * Read a key JSON.  Raw line feeds are taken inside pub_key.
 *
 * unknown, fault  may be NULL; unknown borrows from in.
 *
 * Errors: those of soter_json_parse(), soter_fields_read() and
 * soter_spki_parse_pem().
 */
SOTER_MUST_CHECK enum soter_rc soter_key_json_parse(struct soter_key_json *out,
    struct soter_span in, struct soter_unknown *unknown,
    struct soter_fault *fault);

/**
 * Append the key JSON in the form of MTK phones, byte for byte.
 * rsa_pss_saltlen is written unless salt_len is -1.  SOTER_E_NOSPACE.
 */
SOTER_MUST_CHECK enum soter_rc soter_key_json_write(struct soter_writer *w,
    const struct soter_key_json *x);

#endif
