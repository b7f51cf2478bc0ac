/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/soter/ask.h -- one ASK for each uid.
 *
 * Each has a random id of its own.  The AuthKeys below it carry that id, so a
 * new ASK voids them in the step that stores it.
 */
#ifndef SOTER_TA_SOTER_ASK_H
#define SOTER_TA_SOTER_ASK_H

#include "ta/call.h"
#include "ta/soter/storage.h"

/**
 * Open the ASK of a uid.  Close with TEE_CloseObject().
 *
 * ask_id  receives its id.
 *
 * SOTER_E_ASK_NOT_READY  there is none below this device's root.
 * SOTER_E_KEY_BLOB       it is damaged.
 * Else as ta_object_open().
 */
SOTER_MUST_CHECK enum soter_rc ta_ask_open(TEE_ObjectHandle *out,
    uint8_t ask_id[TA_ID_LEN], uint32_t uid);

/* generateAskKeyPair: SOTER_E_ATTK_NOT_PROVISIONED. */
enum soter_rc ta_ask_generate(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/* exportAskPublicKey, hasAskAlready: errors of ta_ask_open(). */
enum soter_rc ta_ask_export(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);
enum soter_rc ta_ask_has(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/* removeAllUidKey: nothing to remove is fine. */
enum soter_rc ta_ask_remove_all(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

#endif
