/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/soter/sign.h -- signing sessions, from initSign to finishSign.
 *
 *	initSign ──► waits ──match──► matched ──finishSign──► signed, gone
 *	               ▲                 │
 *	               └── 10 s are over ┘      60 s after initSign: gone
 *
 * A session lives in RAM: whatever is lost, is lost on the safe side.  It is
 * one user's; with another user's uid it is not there.  What ends a session is
 * a signature, a cancel, its time, a new initSign for the same key, or the end
 * of its key.  A missing, old or wrong match does not.  Source:
 *docs/protocol.md c.2, k.1.4, k.1.5.
 */
#ifndef SOTER_TA_SOTER_SIGN_H
#define SOTER_TA_SOTER_SIGN_H

#include "ta/call.h"

/*
 * initSign.  SOTER_E_AUTH_KEY_NOT_READY; SOTER_E_IS_AUTHING when all sessions,
 * or those of this uid, are taken; SOTER_E_TEE_ARGUMENT for a challenge that is
 * no UTF-8 or holds a NUL, which no verifier takes.
 */
enum soter_rc ta_sign_init(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/*
 * finishSign.  SOTER_E_TEE_UNKNOWN for a session that is not this uid's;
 * SOTER_E_SESSION_OUT_OF_TIME, once; SOTER_E_VERIFICATION_FAILED without a
 * fresh match.
 */
enum soter_rc ta_sign_finish(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/* cancelSign.  SOTER_E_TEE_UNKNOWN, SOTER_E_SESSION_OUT_OF_TIME. */
enum soter_rc ta_sign_cancel(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/*
 * A match, from TA biometric.  SOTER_E_VERIFICATION_FAILED unless a session of
 * this user waits for one, and the sequence is larger than any before.
 */
enum soter_rc ta_sign_match(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/** End the sessions of one key, of one uid, all: their keys are gone. */
void ta_sign_forget_key(uint32_t uid, struct soter_span kname);
void ta_sign_forget_uid(uint32_t uid);
void ta_sign_forget_all(void);

/** How many sessions are in use. */
uint32_t ta_sign_count(void);

/** Forget everything, the last sequence too: an instance begins. */
void ta_sign_reset(void);

#endif
