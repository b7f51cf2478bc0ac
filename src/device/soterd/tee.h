/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/soterd/tee.h -- calls to the two trusted applications, by many
 * threads.
 *
 * A call takes a session from a pool, or opens one, and gives it back.  One
 * that died is opened anew, and the call made once more: each of them may be
 * made twice, since at worst a key is made again, a session replaced, or the
 * second one says that nothing is there any more.  No lock is held while the
 * TEE works.
 */
#ifndef SOTER_DEVICE_SOTERD_TEE_H
#define SOTER_DEVICE_SOTERD_TEE_H

#include "wire/tacmd.h"

enum soterd_ta {
	SOTERD_TA_SOTER,
	SOTERD_TA_BIO,
	SOTERD_TA_SENSOR, /* TA biometric; one session, so one call at a time */
};

#define SOTERD_TAS 3

/**
 * One call on behalf of a uid; waits while SOTERD_PER_UID calls of that uid, or
 * SOTERD_CALLS of all, are under way.  SOTERD_TA_SENSOR waits for none of
 * these, but while another one is under way there: that is for who calls to
 * arrange.
 *
 * x     uid and user are the caller's.
 * body  what the TA answered is appended; room for its largest body.
 *
 * Every error is of layer 05: what the TA says; SOTER_E_TEE_COMMUNICATION if it
 * cannot be reached, or answers what it cannot; SOTER_E_TEE_ARGUMENT if x is
 * nothing that can be asked.
 */
SOTER_MUST_CHECK enum soter_rc soterd_tee_call(enum soterd_ta ta,
    uint32_t command, const struct soter_ta_request *x,
    struct soter_writer *body);

#endif
