/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/soterd/clock.h -- a clock that nobody sets.
 */
#ifndef SOTER_DEVICE_SOTERD_CLOCK_H
#define SOTER_DEVICE_SOTERD_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/** Milliseconds since some start. */
uint64_t soterd_clock_ms(void);

/** Wait for cond, until end_ms at most: false if it is over.  lock is held. */
bool soterd_clock_wait(pthread_cond_t *cond, pthread_mutex_t *lock,
    uint64_t end_ms);

#endif
