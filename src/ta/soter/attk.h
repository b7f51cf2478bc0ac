/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/soter/attk.h -- the root of the device: made once, kept for life, and with
 * it the device id.  Source: docs/protocol.md c.2, k.1.7.
 */
#ifndef SOTER_TA_SOTER_ATTK_H
#define SOTER_TA_SOTER_ATTK_H

#include "ta/call.h"

/**
 * Open the root to sign with it; the copy, where the root itself is lost.
 * Close with TEE_CloseObject().
 *
 * SOTER_E_ATTK_NOT_PROVISIONED
 * SOTER_E_ATTK_DIGEST_NOT_MATCH  lost or damaged, and so is the copy.
 * Else as ta_object_open().
 */
SOTER_MUST_CHECK enum soter_rc ta_attk_open(TEE_ObjectHandle *out);

/*
 * generateAttkKeyPair.  SOTER_E_ATTK_PROVISIONED if there is one already and no
 * token comes along; SOTER_E_ACCESS for a token that does not fit.  With one
 * that fits: another root, another device id; all ASKs below are void.
 */
enum soter_rc ta_attk_generate(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/*
 * verifyAttkKeyPair: SOTER_E_ATTK_NOT_EXIST, SOTER_E_ATTK_DIGEST_NOT_MATCH.
 * Looks at root and copy, and makes the one that is lost anew from the other.
 */
enum soter_rc ta_attk_verify(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/* exportAttkPublicKey, getDeviceId: SOTER_E_ATTK_NOT_PROVISIONED. */
enum soter_rc ta_attk_export(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);
enum soter_rc ta_attk_device_id(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

#endif
