/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/histogram.h -- how often which time was met, in constant memory.
 *
 * Up to 256 each value has a slot of its own; above, each power of two has 128
 * of them.  What is read out of it is never below the true value, and at most
 * one part in 128 above it; the largest value is exact.
 */
#ifndef SOTER_FLEET_HISTOGRAM_H
#define SOTER_FLEET_HISTOGRAM_H

#include "base/rc.h"

#define FLEET_HISTOGRAM_FINE  128 /* slots of a power of two */
#define FLEET_HISTOGRAM_SLOTS (58 * FLEET_HISTOGRAM_FINE)

/* Zeroed, it is empty. */
struct fleet_histogram {
	uint64_t n, sum, max;
	uint64_t slot[FLEET_HISTOGRAM_SLOTS];
};

/** Count a value once; any 64-bit number. */
void fleet_histogram_add(struct fleet_histogram *h, uint64_t value);

/** Count in `to` everything that `from` has counted. */
void fleet_histogram_merge(struct fleet_histogram *to,
    const struct fleet_histogram *from);

/**
 * The value that `share` of all values do not exceed; 0 if there are none.
 *
 * share  in millionths: 500000 is the median, 1000000 the largest.
 */
uint64_t fleet_histogram_at(const struct fleet_histogram *h, uint32_t share);

#endif
