/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/random.h -- bytes that look random and come again with the same seed:
 * AES-256 in counter mode under a key made from the seed.
 *
 * For what is public and thrown away after a test.  No key is made from it.
 */
#ifndef SOTER_FLEET_RANDOM_H
#define SOTER_FLEET_RANDOM_H

#include "base/span.h"

struct fleet_random;

/**
 * Begin a stream.
 *
 * purpose  a word: streams of one seed and different words have nothing in
 *          common.
 *
 * SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc fleet_random_new(struct fleet_random **out,
    uint64_t seed, const char *purpose);

/** The next n bytes of the stream.  SOTER_E_ENGINE. */
SOTER_MUST_CHECK enum soter_rc fleet_random_take(struct fleet_random *r,
    void *out, size_t n);

void fleet_random_free(struct fleet_random **r);

#endif
