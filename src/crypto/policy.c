/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>

#include "crypto/policy.h"

#define EXPONENT 65537
#define LIMB	 8 /* bytes */

/*
 * The odd primes up to 751, in runs whose product fits into 64 bits.  The runs
 * of ROCA_RUNS are the primes up to 167, by which the broken generator is
 * known; one good key in 2^27 looks like it by chance.
 */
/* clang-format off */
#define RUN_0(F)  F(3) F(5) F(7) F(11) F(13) F(17) F(19) F(23) F(29) F(31)    \
		  F(37) F(41) F(43) F(47) F(53)
#define RUN_1(F)  F(59) F(61) F(67) F(71) F(73) F(79) F(83) F(89) F(97) F(101)
#define RUN_2(F)  F(103) F(107) F(109) F(113) F(127) F(131) F(137) F(139)     \
		  F(149)
#define RUN_3(F)  F(151) F(157) F(163) F(167)
#define RUN_4(F)  F(173) F(179) F(181) F(191) F(193) F(197) F(199) F(211)
#define RUN_5(F)  F(223) F(227) F(229) F(233) F(239) F(241) F(251) F(257)
#define RUN_6(F)  F(263) F(269) F(271) F(277) F(281) F(283) F(293)
#define RUN_7(F)  F(307) F(311) F(313) F(317) F(331) F(337) F(347)
#define RUN_8(F)  F(349) F(353) F(359) F(367) F(373) F(379) F(383)
#define RUN_9(F)  F(389) F(397) F(401) F(409) F(419) F(421) F(431)
#define RUN_10(F) F(433) F(439) F(443) F(449) F(457) F(461) F(463)
#define RUN_11(F) F(467) F(479) F(487) F(491) F(499) F(503) F(509)
#define RUN_12(F) F(521) F(523) F(541) F(547) F(557) F(563) F(569)
#define RUN_13(F) F(571) F(577) F(587) F(593) F(599) F(601)
#define RUN_14(F) F(607) F(613) F(617) F(619) F(631) F(641)
#define RUN_15(F) F(643) F(647) F(653) F(659) F(661) F(673)
#define RUN_16(F) F(677) F(683) F(691) F(701) F(709) F(719)
#define RUN_17(F) F(727) F(733) F(739) F(743) F(751)

#define ROCA_RUNS(R) R(RUN_0) R(RUN_1) R(RUN_2) R(RUN_3)
#define RUNS(R)                                                               \
	ROCA_RUNS(R) R(RUN_4) R(RUN_5) R(RUN_6) R(RUN_7) R(RUN_8) R(RUN_9)    \
	R(RUN_10) R(RUN_11) R(RUN_12) R(RUN_13) R(RUN_14) R(RUN_15) R(RUN_16) \
	R(RUN_17)

#define TIMES(p)	* UINT64_C(p)
#define PRODUCT(run)	(UINT64_C(1) run(TIMES))

/*
 * 1/m modulo 2^64 for odd m: 3m ^ 2 is right in its low 5 bits, and each of
 * Newton's steps doubles their number.
 */
#define NEWTON(m, x)	((x) * (2 - (m) * (x)))
#define INVERSE(m)                                                            \
	NEWTON(m, NEWTON(m, NEWTON(m, NEWTON(m, (3 * (m)) ^ 2))))

#define ONE(run)	+ 1
#define ROW(run)	{ PRODUCT(run), INVERSE(PRODUCT(run)) },
#define PRIME(p)	p,
#define PRIMES(run)	{ run(PRIME) },

#define DIVIDES(p)	|| *c % p == 0
#define TEST(run)	if (false run(DIVIDES)) return (true); c++;

enum { RUNS_N = 0 RUNS(ONE) };

static const struct {
	uint64_t m;		/* the product of a run */
	uint64_t inverse;	/* 1/m modulo 2^64 */
} runs[] = { RUNS(ROW) };

static const uint8_t roca_primes[][16] = { ROCA_RUNS(PRIMES) };
/* clang-format on */

static uint64_t
mul_high(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	__extension__ typedef unsigned __int128 wide;

	return ((uint64_t)(((wide)a * b) >> 64));
#else
	uint64_t a0 = (uint32_t)a, a1 = a >> 32;
	uint64_t b0 = (uint32_t)b, b1 = b >> 32;
	uint64_t mid = a1 * b0 + ((a0 * b0) >> 32);
	uint64_t low = a0 * b1 + (uint32_t)mid;

	return (a1 * b1 + (mid >> 32) + (low >> 32));
#endif
}

static uint64_t
limb_at(const uint8_t *p)
{
	uint64_t x = 0;

	for (size_t i = 0; i < LIMB; i++)
		x = x << 8 | p[i];
	return (x);
}

/*
 * Reduce n modulo each product without a division (Montgomery's way).  With
 * B = 2^64 and the limbs s of n, least significant first, each step chooses q
 * so that s - c - q m is a multiple of B, and carries it on:
 *
 *	c' B = c + q m - s	so in the end	n = -c B^limbs (modulo m)
 *
 * A prime of the run divides n exactly if it divides c.
 */
static void
reduce(uint64_t c[RUNS_N], const uint8_t *n, size_t len)
{
	for (size_t i = 0; i < RUNS_N; i++)
		c[i] = 0;
	for (size_t at = len; at > 0; at -= LIMB) {
		uint64_t s = limb_at(n + at - LIMB);

		for (size_t i = 0; i < RUNS_N; i++) {
			uint64_t q = (s - c[i]) * runs[i].inverse;

			c[i] = mul_high(q, runs[i].m) + (s < c[i]);
		}
	}
}

/* Spelled out, so that every divisor is a constant: no division is left. */
static bool
has_small_factor(const uint64_t *c)
{
	RUNS(TEST)
	return (false);
}

/* Is r one of 1, 65537, 65537^2, ... modulo p? */
static bool
is_power(uint32_t r, uint32_t p)
{
	uint32_t x = 1;

	do {
		if (x == r)
			return (true);
		x = x * EXPONENT % p;
	} while (x != 1);
	return (false);
}

/* n modulo p, from what reduce() left of it. */
static uint32_t
residue(uint64_t c, uint32_t p, size_t len)
{
	uint32_t scale = 2; /* 2^bits */

	for (size_t bits = 1; bits < 8 * len; bits *= 2)
		scale = scale * scale % p;
	return ((p - (uint32_t)(c % p)) * scale % p);
}

/* Nearly every good key leaves at one of the first few primes. */
static bool
has_roca_fingerprint(const uint64_t *c, size_t len)
{
	for (size_t run = 0; run < SOTER_COUNT(roca_primes); run++)
		for (const uint8_t *p = roca_primes[run]; *p != 0; p++)
			if (!is_power(residue(c[run], *p, len), *p))
				return (false);
	return (true);
}

enum soter_rc
soter_key_policy(const struct soter_key *key, size_t len)
{
	uint64_t c[RUNS_N];

	assert(len == SOTER_RSA_LEN || len == SOTER_RSA_LEN_MAX);
	if (key->alg != SOTER_ALG_RSA)
		return (SOTER_E_KEY_ALGORITHM);
	if (key->n_len != len || (key->n[0] & 0x80) == 0)
		return (SOTER_E_KEY_SIZE);
	if (key->e != EXPONENT)
		return (SOTER_E_KEY_EXPONENT);
	if ((key->n[len - 1] & 1) == 0)
		return (SOTER_E_KEY_WEAK);

	reduce(c, key->n, len);
	if (has_small_factor(c))
		return (SOTER_E_KEY_WEAK);
	if (has_roca_fingerprint(c, len))
		return (SOTER_E_KEY_ROCA);
	return (SOTER_OK);
}
