/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "crypto/policy.h"
#include "fleet/sieve.h"

#define PRIME_MAX  751 /* as crypto/policy.h says */
#define PRIMES_MAX 132 /* odd primes up to it: 131 */
#define LIMBS	   (SOTER_RSA_LEN / 4)
#define TRIES	   16 /* one good key in 2^27 looks broken by chance */

/*
 * Primes are taken together while their product m stays below 2^26: then the
 * sum of 64 products of a limb below 2^32 and a power below m fits 64 bits,
 * and the start costs one division for each group.
 */
#define GROUP_MAX  (UINT32_C(1) << 26)
#define GROUPS_MAX PRIMES_MAX

struct group {
	uint32_t m;	       /* product of its primes */
	uint32_t power[LIMBS]; /* 2^(32 i) modulo m */
	size_t first, n;       /* its primes */
};

struct fleet_sieve {
	uint32_t prime[PRIMES_MAX];
	size_t primes, groups;
	struct group group[GROUPS_MAX];
};

static bool
is_prime(uint32_t x)
{
	for (uint32_t d = 3; d * d <= x; d += 2)
		if (x % d == 0)
			return (false);
	return (true);
}

static void
fill_powers(struct group *g)
{
	uint64_t x = 1 % g->m;

	for (size_t i = 0; i < LIMBS; i++) {
		g->power[i] = (uint32_t)x;
		x = (x << 32) % g->m;
	}
}

static void
fill_groups(struct fleet_sieve *s)
{
	struct group *g = NULL;

	for (size_t i = 0; i < s->primes; i++) {
		if (g == NULL || g->m > GROUP_MAX / s->prime[i]) {
			g = &s->group[s->groups++];
			*g = (struct group){ .m = 1, .first = i };
		}
		g->m *= s->prime[i];
		g->n++;
	}
	for (size_t i = 0; i < s->groups; i++)
		fill_powers(&s->group[i]);
}

enum soter_rc
fleet_sieve_new(struct fleet_sieve **out)
{
	struct fleet_sieve *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return (SOTER_E_NOMEM);
	for (uint32_t x = 3; x <= PRIME_MAX; x += 2)
		if (is_prime(x))
			s->prime[s->primes++] = x;
	fill_groups(s);
	*out = s;
	return (SOTER_OK);
}

/* Least significant first. */
static void
split(uint32_t limb[LIMBS], const uint8_t *n)
{
	for (size_t i = 0; i < LIMBS; i++) {
		const uint8_t *p = n + SOTER_RSA_LEN - 4 * (i + 1);

		limb[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		    (uint32_t)p[2] << 8 | p[3];
	}
}

static uint32_t
reduce(const uint32_t limb[LIMBS], const struct group *g)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < LIMBS; i++)
		sum += (uint64_t)limb[i] * g->power[i];
	return ((uint32_t)(sum % g->m));
}

/* The k below 64 for which p divides start + 2k, r being start modulo p. */
static uint64_t
multiples(uint32_t r, uint32_t p)
{
	uint32_t gap = r == 0 ? 0 : p - r;
	uint64_t found = 0;

	for (uint32_t k = (gap % 2 == 0 ? gap : gap + p) / 2;
	     k < FLEET_SIEVE_WINDOW; k += p)
		found |= UINT64_C(1) << k;
	return (found);
}

uint64_t
fleet_sieve_window(const struct fleet_sieve *s,
    const uint8_t start[SOTER_RSA_LEN])
{
	uint32_t limb[LIMBS];
	uint64_t struck = 0;

	split(limb, start);
	for (const struct group *g = s->group; g < s->group + s->groups; g++) {
		uint32_t r = reduce(limb, g);

		for (size_t i = g->first; i < g->first + g->n; i++)
			struck |= multiples(r % s->prime[i], s->prime[i]);
	}
	return (~struck);
}

/* The place of one of the bits of x, x not 0. */
static uint32_t
draw_bit(uint64_t x, uint64_t random)
{
	uint64_t n = random % (uint32_t)__builtin_popcountll(x);

	while (n-- > 0)
		x &= x - 1;
	return ((uint32_t)__builtin_ctzll(x));
}

static bool
passes(const uint8_t *n)
{
	struct soter_key key = { .alg = SOTER_ALG_RSA,
		.e = 65537,
		.n_len = SOTER_RSA_LEN };

	memcpy(key.n, n, SOTER_RSA_LEN);
	return (soter_key_policy(&key, SOTER_RSA_LEN) == SOTER_OK);
}

enum soter_rc
fleet_sieve_draw(const struct fleet_sieve *s, struct fleet_random *r,
    uint8_t out[SOTER_RSA_LEN])
{
	uint8_t n[SOTER_RSA_LEN];
	uint64_t good, which;

	for (int i = 0; i < TRIES; i++) {
		TRY(fleet_random_take(r, n, sizeof(n)));
		TRY(fleet_random_take(r, &which, sizeof(which)));
		/* The window is what the bits 1 to 6 can be: nothing carries.
		 */
		n[0] |= 0x80;
		n[SOTER_RSA_LEN - 1] &= 0x80;
		n[SOTER_RSA_LEN - 1] |= 1;
		if ((good = fleet_sieve_window(s, n)) == 0)
			continue;
		n[SOTER_RSA_LEN - 1] |= (uint8_t)(draw_bit(good, which) << 1);
		if (!passes(n))
			continue;
		memcpy(out, n, sizeof(n));
		return (SOTER_OK);
	}
	return (SOTER_E_ENGINE);
}

void
fleet_sieve_free(struct fleet_sieve **s)
{
	free(*s);
	*s = NULL;
}
