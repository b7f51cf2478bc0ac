/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/soter/counter.h -- the counter of the device: one for all keys, larger in
 * each signed text than in any before.
 *
 * What is stored is the highest value that was reserved.  A value is given out
 * only when one that is at least as high is durable; after a restart the rest
 * of the block is skipped.  Source: docs/protocol.md c.2, k.1.3.
 */
#ifndef SOTER_TA_SOTER_COUNTER_H
#define SOTER_TA_SOTER_COUNTER_H

#include "base/span.h"
#include "wire/limits.h"

#ifndef SOTER_TA_COUNTER_BLOCK
#define SOTER_TA_COUNTER_BLOCK SOTER_COUNTER_BLOCK_MAX
#endif

/**
 * Make the counter of a device that is about to get its first root; keep one
 * that is there.  On a provisioned device a missing counter is an error.
 *
 * SOTER_E_SECURITY_STATE  it should be there and is not, or is no number.
 * Else as ta_object_read(), ta_object_update().
 */
SOTER_MUST_CHECK enum soter_rc ta_counter_make(void);

/**
 * The next value, 1 to SOTER_COUNTER_MAX.
 *
 * SOTER_E_SECURITY_STATE  the counter is gone, is no number, or at its end.
 * SOTER_E_FULL, SOTER_E_STORAGE and so on: nothing was given out.
 */
SOTER_MUST_CHECK enum soter_rc ta_counter_next(uint64_t *out);

/** Forget what was read: an instance begins. */
void ta_counter_reset(void);

#endif
