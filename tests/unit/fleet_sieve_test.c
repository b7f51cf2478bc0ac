/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Moduli of bulk devices: each passes intake's own policy, none can be told
 * from a random one, and what a small prime divides does not come through.
 */
#include <openssl/bn.h>

#include "crypto/policy.h"
#include "fleet/sieve.h"
#include "tests/unit/rsa_maker.h"

#define STARTS (check_slow() ? 20 : 200)
#define DRAWN  (check_long() ? 1000000 : check_slow() ? 2000 : 20000)

static struct fleet_sieve *sieve;

static enum soter_rc
judge(const BIGNUM *n)
{
	struct soter_key key;

	rsa_numbers(&key, n);
	return (soter_key_policy(&key, SOTER_RSA_LEN));
}

static BIGNUM *
random_start(struct fleet_random *r, uint8_t out[SOTER_RSA_LEN])
{
	MUST(fleet_random_take(r, out, SOTER_RSA_LEN) == SOTER_OK);
	out[0] = (out[0] & 0x7f) | 0x80;
	out[SOTER_RSA_LEN - 1] = (out[SOTER_RSA_LEN - 1] & 0x80) | 1;
	return (BN_bin2bn(out, SOTER_RSA_LEN, NULL));
}

/* Bit for bit, what the policy says of each number of the window. */
static void
test_window(struct fleet_random *r)
{
	uint8_t start[SOTER_RSA_LEN];

	check_row("a window says of each number what the policy says");
	for (int i = 0; i < STARTS; i++) {
		BIGNUM *n = random_start(r, start);
		uint64_t window = fleet_sieve_window(sieve, start);

		for (int k = 0; k < FLEET_SIEVE_WINDOW; k++) {
			enum soter_rc want = (window >> k & 1) != 0
			    ? SOTER_OK
			    : SOTER_E_KEY_WEAK;

			CHECK_RC(judge(n), want);
			BN_add_word(n, 2);
		}
		BN_free(n);
	}
}

static bool
is_prime(unsigned long p)
{
	for (unsigned long d = 2; d * d <= p; d++)
		if (p % d == 0)
			return (false);
	return (true);
}

/* Is p the only small prime that divides n? */
static bool
has_only(const BIGNUM *n, unsigned long p)
{
	for (unsigned long q = 3; q <= 751; q += 2)
		if (is_prime(q) && (BN_mod_word(n, q) == 0) != (q == p))
			return (false);
	return (true);
}

/* Each prime, planted in each place in turn, with no other to strike it. */
static void
test_planted(struct fleet_random *r)
{
	uint8_t start[SOTER_RSA_LEN];
	unsigned k = 0;

	for (unsigned long p = 3; p <= 751; p += 2) {
		bool planted;
		BIGNUM *n;

		if (!is_prime(p))
			continue;
		k = (k + 11) % FLEET_SIEVE_WINDOW;
		check_row("%lu divides number %u of the window", p, k);
		/* start = -2k modulo p, and nothing carries out of its end. */
		do {
			n = random_start(r, start);
			BN_sub_word(n, BN_mod_word(n, p));
			BN_add_word(n, p - 2 * k % p);
			if (!BN_is_odd(n))
				BN_add_word(n, p);
			MUST(BN_bn2binpad(n, start, sizeof(start)) > 0);
			MUST(BN_add_word(n, 2 * k));
			planted = BN_num_bits(n) == 2048 && has_only(n, p);
			BN_free(n);
		} while (!planted);
		CHECK((fleet_sieve_window(sieve, start) >> k & 1) == 0);
	}
	check_row("753 is no prime that anybody looks for");
	CHECK(is_prime(757) && !is_prime(753));
}

/* Bits that are as often set as not; no two alike. */
static void
test_drawn(struct fleet_random *r)
{
	static uint32_t set[8 * SOTER_RSA_LEN];
	uint8_t n[SOTER_RSA_LEN], last[SOTER_RSA_LEN] = { 0 };
	struct soter_key key = { .alg = SOTER_ALG_RSA,
		.e = 65537,
		.n_len = SOTER_RSA_LEN };
	double half = (double)DRAWN / 2;
	unsigned odd_places = 0;

	check_row("%d moduli pass the key policy", DRAWN);
	for (int i = 0; i < DRAWN; i++) {
		CHECK_RC(fleet_sieve_draw(sieve, r, n), SOTER_OK);
		memcpy(key.n, n, sizeof(n));
		CHECK_RC(soter_key_policy(&key, SOTER_RSA_LEN), SOTER_OK);
		CHECK(memcmp(n, last, sizeof(n)) != 0);
		memcpy(last, n, sizeof(n));
		for (size_t b = 0; b < 8 * SOTER_RSA_LEN; b++)
			set[b] += n[b / 8] >> (7 - b % 8) & 1;
	}
	check_row("their bits are those of random odd numbers");
	CHECK(set[0] == (uint32_t)DRAWN);
	CHECK(set[8 * SOTER_RSA_LEN - 1] == (uint32_t)DRAWN);
	/* Six standard deviations of a fair coin: sqrt(n) / 2 each. */
	for (size_t b = 1; b < 8 * SOTER_RSA_LEN - 1; b++) {
		double off = (double)set[b] - half;

		if (off * off > 36.0 * DRAWN / 4)
			odd_places++;
	}
	CHECK(odd_places == 0);
}

static void
draw_few(uint8_t out[4][SOTER_RSA_LEN], uint64_t seed, const char *purpose)
{
	struct fleet_random *r = NULL;

	MUST(fleet_random_new(&r, seed, purpose) == SOTER_OK);
	for (size_t i = 0; i < 4; i++)
		CHECK_RC(fleet_sieve_draw(sieve, r, out[i]), SOTER_OK);
	fleet_random_free(&r);
}

static void
test_seed(void)
{
	uint8_t a[4][SOTER_RSA_LEN], b[4][SOTER_RSA_LEN];

	check_row("the same seed, the same moduli");
	draw_few(a, 7, "test");
	draw_few(b, 7, "test");
	CHECK(memcmp(a, b, sizeof(a)) == 0);

	check_row("another seed, or another purpose: others");
	draw_few(b, 8, "test");
	CHECK(memcmp(a[0], b[0], sizeof(a[0])) != 0);
	draw_few(b, 7, "else");
	CHECK(memcmp(a[0], b[0], sizeof(a[0])) != 0);
}

int
main(void)
{
	struct fleet_random *r = NULL;

	MUST(fleet_random_new(&r, 1, "sieve") == SOTER_OK);
	MUST(fleet_sieve_new(&sieve) == SOTER_OK);
	test_window(r);
	test_planted(r);
	test_drawn(r);
	test_seed();
	fleet_sieve_free(&sieve);
	fleet_random_free(&r);
	return (check_done());
}
