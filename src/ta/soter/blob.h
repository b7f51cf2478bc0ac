/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/soter/blob.h -- what TA soter signs and gives away (docs/protocol.md b.1).
 *
 * The counter is taken last, so that no refusal costs a value, and is durable
 * before anything is signed.
 */
#ifndef SOTER_TA_SOTER_BLOB_H
#define SOTER_TA_SOTER_BLOB_H

#include <tee_internal_api.h>

#include "wire/result.h"

/**
 * Append the export of a key.
 *
 * key     whose public part is told.
 * signer  the key above it.
 *
 * SOTER_E_CORRUPT  key is none of ours; errors of ta_counter_next() and
 *                  ta_rsa_sign().
 */
SOTER_MUST_CHECK enum soter_rc ta_blob_key(struct soter_writer *reply,
    TEE_ObjectHandle key, TEE_ObjectHandle signer, uint32_t uid);

/**
 * Append a result.
 *
 * x  what the biometric says and the TEE is called; counter, cpu_id, uid and
 *    salt_len are filled in here.
 *
 * Errors of ta_counter_next() and ta_rsa_sign().
 */
SOTER_MUST_CHECK enum soter_rc ta_blob_result(struct soter_writer *reply,
    struct soter_result_json *x, TEE_ObjectHandle signer, uint32_t uid,
    struct soter_span challenge);

#endif
