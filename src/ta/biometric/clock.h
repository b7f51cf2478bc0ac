/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/biometric/clock.h -- waits that grow.
 *
 * By TEE system time alone: it cannot be set, but it begins anew with each
 * start of the TEE.  So what is stored is that a wait is due, never when it
 * ends, and one that runs while the TEE stops begins anew.
 */
#ifndef SOTER_TA_BIOMETRIC_CLOCK_H
#define SOTER_TA_BIOMETRIC_CLOCK_H

#include <tee_internal_api.h>

/** TEE time in ms. */
uint64_t bio_clock_ms(void);

/**
 * What is left, in ms, of a wait that began at since_ms.
 *
 * level  0: no wait; 1: SOTER_FREEZE_MS; each further one doubles it, up to
 *        SOTER_WAIT_MAX_MS.
 *
 * All of it while the clock shows an earlier time than since_ms.
 */
uint32_t bio_clock_left(uint64_t since_ms, uint32_t level);

#endif
