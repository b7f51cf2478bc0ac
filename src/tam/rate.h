/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/rate.h -- how often a tenant asks: a bucket that holds one second's
 * requests and fills evenly.  For any number of threads.
 *
 * Source: the generic cell rate algorithm (ITU-T I.371), one number per bucket.
 */
#ifndef SOTER_TAM_RATE_H
#define SOTER_TAM_RATE_H

#include <stdatomic.h>

#include "base/rc.h"

struct tam_rate {
	_Atomic uint64_t full_us; /* when the bucket will be full again */
};

/**
 * Take one request out of the bucket.
 *
 * per_s   1 or more: what the bucket holds, and fills by in a second.
 * now_us  never falls.
 *
 * SOTER_E_RATE  it is empty; nothing was taken.
 */
SOTER_MUST_CHECK enum soter_rc tam_rate_take(struct tam_rate *rate,
    uint32_t per_s, uint64_t now_us);

#endif
