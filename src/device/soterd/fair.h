/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/soterd/fair.h -- whoever was turned away because the sensor looked for
 * another one comes before those who have had it since.
 *
 * Else one user who begins look after look has it for ever: the next try of
 * another one meets the next look.  Who was turned away is remembered for
 * SOTERD_FAIR_MS after his last try; users who have not had the sensor
 * meanwhile need not wait for him.
 *
 * No lock of its own, and no clock: times come from the caller.
 */
#ifndef SOTER_DEVICE_SOTERD_FAIR_H
#define SOTER_DEVICE_SOTERD_FAIR_H

#include "base/span.h"
#include "device/soterd/bounds.h"

struct soterd_fair {
	uint64_t looks; /* that were begun */

	/* Who had the last ones, and which look it was; 0: a free row. */
	struct {
		uint32_t uid;
		uint64_t look;
	} had[SOTERD_FAIR_USERS];

	/* Who waits: since which look, and when he last tried; 0: free. */
	struct {
		uint32_t uid;
		uint64_t since, tried_ms;
	} waits[SOTERD_FAIR_USERS];
};

/** May this user begin a look, as far as others wait for one? */
bool soterd_fair_may(const struct soterd_fair *f, uint32_t uid,
    uint64_t now_ms);

/** He was turned away.  If too many wait already he is not remembered. */
void soterd_fair_turned_away(struct soterd_fair *f, uint32_t uid,
    uint64_t now_ms);

/** The sensor looks for him now. */
void soterd_fair_looks(struct soterd_fair *f, uint32_t uid);

#endif
