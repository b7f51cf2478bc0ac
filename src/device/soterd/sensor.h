/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/soterd/sensor.h -- for whom the sensor looks: the commands of TA
 * biometric that begin, continue and end a look.
 *
 *	free ──begin──► looks ──step, any number──► ended ──► free
 *	                  │
 *	                  └── cancel; SOTERD_SENSOR_MS without a step; its
 *	                      signature is no more: the next begin has it
 *
 * TA biometric ties a look to the session that began it, so all of these go
 * through one, one at a time (src/ta/biometric/use.h).  Whoever does not get
 * his turn within SOTERD_TURN_MS is told so: a call that hangs in the TEE keeps
 * the sensor, but nobody waiting.
 *
 * x  names user and signature; that it is the caller's own has been checked.
 */
#ifndef SOTER_DEVICE_SOTERD_SENSOR_H
#define SOTER_DEVICE_SOTERD_SENSOR_H

#include "wire/tacmd.h"

/** Errors of the TA; SOTER_E_IS_AUTHING also without a turn. */
SOTER_MUST_CHECK enum soter_rc soterd_sensor_begin(
    const struct soter_ta_request *x);

/**
 * What it has seen.  body: as of soterd_tee_call().
 *
 * SOTER_E_SESSION_OUT_OF_TIME  it does not look for this signature, or no more.
 * SOTER_E_WAITING              it has seen nothing; or no turn.
 * Else errors of the TA.
 */
SOTER_MUST_CHECK enum soter_rc soterd_sensor_step(
    const struct soter_ta_request *x, struct soter_writer *body);

/**
 * Nobody wants to know any more.  SOTER_E_SESSION_OUT_OF_TIME as above;
 * SOTER_E_IS_AUTHING: a step is in the TEE; what it looks for counts no more,
 * and the next begin ends it.
 */
SOTER_MUST_CHECK enum soter_rc soterd_sensor_cancel(
    const struct soter_ta_request *x);

#endif
