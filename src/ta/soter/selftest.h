/* SPDX-License-Identifier: BSD-3-Clause */
/* ta/soter/selftest.h -- does this TEE do what SOTER needs? */
#ifndef SOTER_TA_SOTER_SELFTEST_H
#define SOTER_TA_SOTER_SELFTEST_H

#include "ta/call.h"

/*
 * Self-test: makes a key, signs, verifies, and sees a changed text refused.
 * Nothing is stored, nothing stays.  SOTER_E_OTHERS if the TEE computes
 * wrongly.
 *
 * Anyone may ask, and a key takes time that all others wait: a good answer
 * holds for SOTER_SELF_TEST_MS.
 */
enum soter_rc ta_selftest(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/** Forget the last answer: an instance begins. */
void ta_selftest_reset(void);

#endif
