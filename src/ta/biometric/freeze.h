/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/biometric/freeze.h -- how often somebody may touch in vain.
 *
 *	          ┌─────────── a match, or the PIN ──────────┐
 *	          ▼                                          │
 *	0 ──try──► 1 ──► ... ──► SOTER_MISSES_MAX: frozen ──time──► 1 ...
 *
 * A try is durable before anything is compared; only a match takes it back.  So
 * neither a cancel nor a kill nor a power cut behind the touch gives another.
 * Each further freeze doubles (ta/biometric/clock.h), and one that runs while
 * the TEE stops begins anew.
 */
#ifndef SOTER_TA_BIOMETRIC_FREEZE_H
#define SOTER_TA_BIOMETRIC_FREEZE_H

#include "ta/biometric/state.h"
#include "ta/call.h"

/** What is left of the freeze, in ms; 0: not frozen. */
uint32_t bio_freeze_left(const struct bio_user *u);

/** Misses that count now. */
uint32_t bio_freeze_misses(const struct bio_user *u);

/**
 * Count a try.
 *
 * sequence  receives the try's number, larger than any before.
 *
 * Errors of bio_state_commit(): it may not be tried then.
 */
SOTER_MUST_CHECK enum soter_rc bio_freeze_count(uint32_t user,
    uint64_t *sequence);

/** There was a match, or the PIN: all is forgotten.  As bio_state_commit(). */
SOTER_MUST_CHECK enum soter_rc bio_freeze_clear(uint32_t user);

/* unfreeze: errors of bio_pin_check(). */
enum soter_rc bio_freeze_unfreeze(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

#endif
