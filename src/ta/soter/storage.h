/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/soter/storage.h -- the objects of TA soter: what each is called, where it
 * lies, what its data is.  Numbers are little-endian.
 *
 *	"state"        anchored  one per device: ta/soter/state.h
 *	"counter"      anchored  highest value reserved, 8 bytes
 *	"attk" ID      anchored  the root; data: the device id, 16 bytes
 *	"copy" ID      anchored  the same key and data once more
 *	"ask" UID      plain     data: device id, ask id, 16 bytes each
 *	"auth" UID H   plain     data: ask id, 16 bytes; kname
 *
 * ID is the device id, UID the uid in 4 bytes, H the first 20 bytes of
 * SHA-256(kname), all in hex.  A name says which object is meant; whether it is
 * valid, its data says: an ASK of another device id, or an AuthKey of another
 * ask id, is none.  So whatever replaces a key above replaces all keys below it
 * in the same step.
 */
#ifndef SOTER_TA_SOTER_STORAGE_H
#define SOTER_TA_SOTER_STORAGE_H

#include "ta/object.h"
#include "ta/storage_id.h"

#define TA_ID_LEN 16 /* bytes: device id, ask id */

struct ta_object_id ta_storage_state(void);
struct ta_object_id ta_storage_counter(void);
struct ta_object_id ta_storage_attk(const uint8_t device_id[TA_ID_LEN]);
struct ta_object_id ta_storage_copy(const uint8_t device_id[TA_ID_LEN]);
struct ta_object_id ta_storage_ask(uint32_t uid);

/** What the names of all AuthKeys of a uid begin with. */
struct ta_object_id ta_storage_authkeys(uint32_t uid);

/** SOTER_E_NOMEM, SOTER_E_OTHERS: the digest could not be made. */
SOTER_MUST_CHECK enum soter_rc ta_storage_authkey(struct ta_object_id *out,
    uint32_t uid, struct soter_span kname);

#endif
