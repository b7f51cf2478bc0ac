/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/biometric/pin.h -- the PIN that enrolling, removing and unfreezing need.
 *
 * Kept as HMAC-SHA-256 under a random key of its own.  A try is counted,
 * durably, before the PIN is looked at, and taken back by the right one alone;
 * from the SOTER_PIN_FAILS_MAX-th wrong one on each is followed by a wait that
 * doubles (ta/biometric/clock.h).
 */
#ifndef SOTER_TA_BIOMETRIC_PIN_H
#define SOTER_TA_BIOMETRIC_PIN_H

#include "ta/biometric/state.h"
#include "ta/call.h"

/**
 * Is this the user's PIN?
 *
 * SOTER_E_PIN       no, or none is set; none given is no try.
 * SOTER_E_PIN_WAIT  it was not looked at.
 * Errors of bio_state_commit(): refused as well, and counted.
 */
SOTER_MUST_CHECK enum soter_rc bio_pin_check(uint32_t user,
    struct soter_span pin);

/** What is left of the wait, in ms. */
uint32_t bio_pin_left(const struct bio_user *u);

/*
 * setPin: the first one of a user, which none goes before; later the old one
 * has to come along.  SOTER_E_PIN, SOTER_E_PIN_WAIT; SOTER_E_ENROL_FULL for too
 * many users.
 */
enum soter_rc bio_pin_set(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

#endif
