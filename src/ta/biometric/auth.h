/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/biometric/auth.h -- who touches the sensor, and for which session of TA
 * soter.
 *
 *	authBegin ──► waits ──touch──► try counted ──match──► pushed ──► ends
 *	                ▲                   │
 *	                └──────── miss ─────┘
 *
 * Touch, count, comparison and push are one call: between them there is nothing
 * that could be cancelled.  Source: docs/protocol.md c.2.
 */
#ifndef SOTER_TA_BIOMETRIC_AUTH_H
#define SOTER_TA_BIOMETRIC_AUTH_H

#include "ta/call.h"

/*
 * authBegin; session 0: tell who it is, and push nothing.  SOTER_E_FROZEN,
 * SOTER_E_NOT_ENROLLED, SOTER_E_IS_AUTHING.
 */
enum soter_rc bio_auth_begin(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/*
 * authStep, body struct soter_bio_step with the fid.  SOTER_E_WAITING: nothing
 * touched.  SOTER_E_MISS: go on.  Any other error ends it:
 * SOTER_E_FROZEN; SOTER_E_SESSION_OUT_OF_TIME; why TA soter did not take the
 * match, which is none then, though the try stays counted.
 */
enum soter_rc bio_auth_step(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/* authCancel.  SOTER_E_SESSION_OUT_OF_TIME: none runs. */
enum soter_rc bio_auth_cancel(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

#endif
