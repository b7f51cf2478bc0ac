/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/attest.h -- Android key attestation, as far as SOTER reads it, and the
 * SOTER text that stands in its challenge.
 *
 * Source: Android KeyDescription schema (OID 1.3.6.1.4.1.11129.2.1.17),
 * docs/protocol.md b.5.
 */
#ifndef SOTER_WIRE_ATTEST_H
#define SOTER_WIRE_ATTEST_H

#include "wire/fields.h"

#define SOTER_ATTEST_LEVEL_TEE 1
#define SOTER_ATTEST_PURPOSE_SOTER \
	0xFF010001u /* vendor value: SOTER attest key */
#define SOTER_ATTEST_ALG_RSA	   1
#define SOTER_ATTEST_DIGEST_SHA256 4
#define SOTER_ATTEST_PADDING_PSS   3
#define SOTER_ATTEST_ORIGIN_MADE   0

/* The values of a SET OF INTEGER, in the order they stand there. */
struct soter_attest_set {
	size_t n; /* 0 if the tag is absent or the set empty */
	uint32_t value[SOTER_ATTEST_SET_MAX];
};

/* One authorization list; -1 where the tag is absent. */
struct soter_attest_list {
	struct soter_attest_set purpose; /* [1] */
	int64_t algorithm;		 /* [2] */
	int64_t key_bits;		 /* [3] */
	struct soter_attest_set digest;	 /* [5] */
	struct soter_attest_set padding; /* [6] */
	int64_t exponent;		 /* [200] */
	int64_t origin;			 /* [702] */
};

struct soter_attest {
	uint32_t attestation_level, keymaster_level;
	struct soter_span challenge; /* borrowed */
	struct soter_attest_list software, tee;
};

/**
 * Read a KeyDescription.
 *
 * der  borrowed by *out.
 *
 * SOTER_E_DER    broken, a tag twice in one list, or bytes follow.
 * SOTER_E_LIMIT  more than SOTER_ATTEST_SET_MAX values in one set, or more than
 *                SOTER_ATTEST_TAGS_MAX tags in one list.
 */
SOTER_MUST_CHECK enum soter_rc soter_attest_parse(struct soter_attest *out,
    struct soter_span der);

/* The JSON in the attestation challenge; claimed until the chain is checked. */
struct soter_attest_text {
	char cpu_id[SOTER_CPU_ID_MAX + 1];
	char uid[SOTER_UID_MAX + 1];
	uint64_t counter;
	int32_t salt_len; /* for AuthKey and result; -1 if absent */
};

/**
 * Read {"cpu_id":string,"counter":integer,"uid":string,"rsa_pss_saltlen":32}.
 *
 * unknown, fault  may be NULL.
 * Errors: those of soter_json_parse() and soter_fields_read().
 */
SOTER_MUST_CHECK enum soter_rc soter_attest_text_parse(
    struct soter_attest_text *out, struct soter_span in,
    struct soter_unknown *unknown, struct soter_fault *fault);

/** Append that text, in that order.  SOTER_E_NOSPACE. */
SOTER_MUST_CHECK enum soter_rc soter_attest_text_write(struct soter_writer *w,
    const struct soter_attest_text *x);

#endif
