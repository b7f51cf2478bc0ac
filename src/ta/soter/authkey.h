/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/soter/authkey.h -- the AuthKeys of a uid, each with a name.
 *
 * One that does not carry the id of its uid's ASK does not exist, and goes when
 * it is met.
 */
#ifndef SOTER_TA_SOTER_AUTHKEY_H
#define SOTER_TA_SOTER_AUTHKEY_H

#include "ta/call.h"
#include "ta/soter/storage.h"

/**
 * Open an AuthKey to sign with it.  Close with TEE_CloseObject().
 *
 * SOTER_E_AUTH_KEY_NOT_READY  there is none of this name below the uid's ASK.
 * SOTER_E_KEY_BLOB            it, or the ASK, is damaged.
 * Else as ta_object_open().
 */
SOTER_MUST_CHECK enum soter_rc ta_authkey_open(TEE_ObjectHandle *out,
    uint32_t uid, struct soter_span kname);

/** Remove all of a uid.  Errors as ta_object_remove(). */
SOTER_MUST_CHECK enum soter_rc ta_authkey_remove_uid(uint32_t uid);

/*
 * generateAuthKeyPair: SOTER_E_ASK_NOT_READY; SOTER_E_LIMIT when the uid has
 * SOTER_UID_AUTHKEYS_MAX others.
 */
enum soter_rc ta_authkey_generate(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/* exportAuthKeyPublicKey, removeAuthKey, hasAuthKey: as ta_authkey_open(). */
enum soter_rc ta_authkey_export(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);
enum soter_rc ta_authkey_remove(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);
enum soter_rc ta_authkey_has(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/* List of keys: the name of each.  SOTER_E_ASK_NOT_READY. */
enum soter_rc ta_authkey_list(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

#endif
