/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/soter/state.h -- what TA soter knows of its device: the version of the TA
 * that wrote its storage, whether there is a root, and which.
 *
 * The object is made first of all and replaced in one step.  The device has the
 * root that it names; roots that it does not name are left-overs of a power
 * cut.  A storage that holds anything but no state has lost it, which only an
 * attack explains, since a TEE may delete what it finds changed: then nothing
 * is done, above all no second root made.
 */
#ifndef SOTER_TA_SOTER_STATE_H
#define SOTER_TA_SOTER_STATE_H

#include "ta/soter/rsa.h"
#include "ta/soter/storage.h"

/* Grows with each release that writes something an older one must not read. */
#ifndef SOTER_TA_VERSION
#define SOTER_TA_VERSION 1
#endif

struct ta_state {
	bool is_provisioned, has_copy;
	uint8_t device_id[TA_ID_LEN];  /* names the root */
	uint8_t digest[TA_SHA256_LEN]; /* of the root's modulus */
};

/* What a command needs of the storage, before it runs. */
enum ta_need {
	TA_NEED_NOTHING, /* status, self-test: answer in any case */
	TA_NEED_STATE,
	TA_NEED_WRITE, /* it may write: an older storage is ours from now on */
};

/**
 * Make it so.  For ta_call_table.ready.
 *
 * SOTER_E_SECURITY_STATE  a newer TA was here, or the state is gone.
 * Else as ta_object_open(), ta_object_update().
 */
SOTER_MUST_CHECK enum soter_rc ta_state_ready(uint32_t needs);

/** The state; whole only after ta_state_ready(). */
const struct ta_state *ta_state(void);

/** Replace it, durably.  Errors as ta_object_update(). */
SOTER_MUST_CHECK enum soter_rc ta_state_put(const struct ta_state *x);

/** The device id as it is spoken of: hex digits, with a NUL. */
void ta_state_cpu_id(char out[SOTER_DEVICE_ID_LEN + 1]);

/** Forget what was read: an instance begins. */
void ta_state_reset(void);

#endif
