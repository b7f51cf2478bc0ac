/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/sieve.h -- moduli by the million that a server takes for a phone's.
 *
 * A random odd number of 2048 bits has a prime factor up to 751 in five cases
 * of six, and intake refuses it (crypto/policy.h).  Trying numbers one by one
 * costs a reduction for each.  So each modulus has a random start of its own,
 * one reduction of it says for the next 64 odd numbers at once which of them
 * a small prime divides, and one of the others is drawn.  Nobody can factor
 * what comes out, and nobody has a key to it.
 */
#ifndef SOTER_FLEET_SIEVE_H
#define SOTER_FLEET_SIEVE_H

#include "base/key.h"
#include "fleet/random.h"

#define FLEET_SIEVE_WINDOW 64 /* odd numbers looked at together */

struct fleet_sieve;

/** Make the tables.  SOTER_E_NOMEM. */
SOTER_MUST_CHECK enum soter_rc fleet_sieve_new(struct fleet_sieve **out);

/**
 * Which of the numbers start, start + 2, ... start + 126 have no prime factor
 * from 3 to 751?  Bit k stands for start + 2k.
 *
 * start  most significant byte first.
 */
uint64_t fleet_sieve_window(const struct fleet_sieve *s,
    const uint8_t start[SOTER_RSA_LEN]);

/**
 * Draw a modulus: 2048 bits, odd, past the whole key policy.
 *
 * out  most significant byte first.
 * r    takes at least 264 bytes from it.
 *
 * SOTER_E_ENGINE  no random bytes, or the policy refused again and again what
 *                 the sieve let through: the two disagree.
 */
SOTER_MUST_CHECK enum soter_rc fleet_sieve_draw(const struct fleet_sieve *s,
    struct fleet_random *r, uint8_t out[SOTER_RSA_LEN]);

void fleet_sieve_free(struct fleet_sieve **s);

#endif
