/* SPDX-License-Identifier: BSD-3-Clause */
#include <time.h>

#include "device/soterd/clock.h"

uint64_t
soterd_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000);
}

bool
soterd_clock_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t end_ms)
{
	const struct timespec end = { (time_t)(end_ms / 1000),
		(long)(end_ms % 1000) * 1000000 };

	return (pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, &end) == 0);
}
