/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/mix.h -- which kind of request is next.
 */
#ifndef SOTER_FLEET_MIX_H
#define SOTER_FLEET_MIX_H

#include "fleet/books.h"

#define FLEET_WEIGHT_MAX 1000000

struct fleet_mix {
	uint64_t weight[FLEET_REQUESTS]; /* 0: never */
	int64_t owed[FLEET_REQUESTS];
	int64_t all; /* sum of the weights */
};

/**
 * Read "verify=90,unknown=5,swapped=5"; a word alone weighs 1.
 *
 * SOTER_E_ARGUMENT  an unknown word, one given twice, a weight of 0 or above
 *                   FLEET_WEIGHT_MAX, nothing at all.
 */
SOTER_MUST_CHECK enum soter_rc fleet_mix_read(struct fleet_mix *out,
    const char *text);

/** Is any request of this kind wanted? */
bool fleet_mix_has(const struct fleet_mix *mix, enum fleet_request kind);

/**
 * The next kind: in each run of as many requests as the weights sum up to, each
 * kind comes exactly as often as it weighs, spread evenly.
 */
enum fleet_request fleet_mix_next(struct fleet_mix *mix);

#endif
