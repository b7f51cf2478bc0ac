/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/clock.h -- milliseconds since some moment, which no setting of the
 * wall clock moves.
 */
#ifndef SOTER_DEVICE_CLOCK_H
#define SOTER_DEVICE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t
device_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
}

/* The same moment for pthread_cond_timedwait(). */
static inline struct timespec
device_clock_at(uint64_t ms)
{
	return ((struct timespec){ .tv_sec = (time_t)(ms / 1000),
	    .tv_nsec = (long)(ms % 1000) * 1000000 });
}

#endif
