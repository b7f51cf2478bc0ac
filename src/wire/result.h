/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/result.h -- the result JSON, signed by an AuthKey.
 *
 *	raw                  string   the challenge
 *	fid                  string   decimal: which finger; Android only
 *	counter              integer
 *	tee_n, tee_v         string   TEE name and version
 *	fp_n, fp_v           string   fingerprint sensor or algorithm
 *	rsa_pss_saltlen      integer  optional
 *	cpu_id, uid          string   owner
 *	fc_n, fc_v           string   optional: face module
 *	bo_t                 string   optional: kind of biometric
 *	bio_epoch            integer  optional, ours: how often the set of
 *	                              enrolled fingers and faces has changed
 *
 * On iOS only raw, counter, uid (32 lower-case hex digits) and cpu_id (an
 * upper-case UUID) are there.  Source: docs/protocol.md b.3, b.7.
 */
#ifndef SOTER_WIRE_RESULT_H
#define SOTER_WIRE_RESULT_H

#include "wire/fields.h"

/* All claimed.  Texts are empty where the field is absent. */
struct soter_result_json {
	struct soter_span raw; /* borrowed, still escaped: soter_json_is() */
	bool is_ios;	       /* the form without fid */
	char fid[SOTER_FID_MAX + 1];
	uint64_t counter;
	char tee_n[SOTER_NAME_MAX + 1], tee_v[SOTER_NAME_MAX + 1];
	char fp_n[SOTER_NAME_MAX + 1], fp_v[SOTER_NAME_MAX + 1];
	char fc_n[SOTER_NAME_MAX + 1], fc_v[SOTER_NAME_MAX + 1];
	char bo_t[SOTER_NAME_MAX + 1];
	char cpu_id[SOTER_CPU_ID_MAX + 1];
	char uid[SOTER_UID_MAX + 1];
	uint64_t bio_epoch; /* 0 if the field is absent */
	int32_t salt_len;   /* announced; -1 if the field is absent */
};

/**
 * Read a result JSON.
 *
 * in              borrowed by out->raw and unknown.
 * unknown, fault  may be NULL.
 *
 * Without fid and without any of tee_n to fc_v, with the owner in the form of
 * b.7, it is an iOS result; else fid, tee_n and tee_v must be there, and one
 * whole pair of fp_n, fp_v or fc_n, fc_v.
 *
 * Errors: those of soter_json_parse() and soter_fields_read();
 * SOTER_E_FIELD_VALUE also for a challenge longer than SOTER_CHALLENGE_MAX.
 */
SOTER_MUST_CHECK enum soter_rc soter_result_json_parse(
    struct soter_result_json *out, struct soter_span in,
    struct soter_unknown *unknown, struct soter_fault *fault);

/**
 * Append the result JSON in the form of MTK phones, byte for byte; fields that
 * are empty are left out, rsa_pss_saltlen unless it is -1 stands before cpu_id,
 * bo_t in front, fc_n and fc_v at the end, as on Huawei phones; bio_epoch,
 * unless it is 0, behind them.
 *
 * challenge  the plain text of raw; x->raw is not used.
 * SOTER_E_NOSPACE.
 */
SOTER_MUST_CHECK enum soter_rc soter_result_json_write(struct soter_writer *w,
    const struct soter_result_json *x, struct soter_span challenge);

#endif
