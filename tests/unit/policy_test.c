/* SPDX-License-Identifier: BSD-3-Clause */
#include "crypto/policy.h"
#include "tests/unit/rsa_maker.h"

#define PRIME_MAX 751 /* V3: "divisible by a prime up to 751" */
#define ROCA_MAX  167

static BN_CTX *ctx;

static bool
is_prime(unsigned p)
{
	for (unsigned q = 2; q * q <= p; q++)
		if (p % q == 0)
			return (false);
	return (p >= 2);
}

static BN_ULONG
modulo(const BIGNUM *n, unsigned p)
{
	BN_ULONG r = BN_mod_word(n, p);

	MUST(r != (BN_ULONG)-1);
	return (r);
}

static bool
has_factor(const BIGNUM *n, unsigned from)
{
	for (unsigned p = from; p <= PRIME_MAX; p++)
		if (is_prime(p) && modulo(n, p) == 0)
			return (true);
	return (false);
}

static unsigned
power(unsigned x, unsigned e, unsigned p)
{
	unsigned y = 1;

	while (e-- > 0)
		y = y * x % p;
	return (y);
}

/* The order of 65537 modulo p. */
static unsigned
order(unsigned p)
{
	unsigned d = 1;

	while (power(65537 % p, d, p) != 1)
		d++;
	return (d);
}

/*
 * Another way than policy.c goes: the subgroup of a cyclic group is given by
 * its order, so r is a power of 65537 exactly if r^order is 1.
 */
static bool
is_power(const BIGNUM *n, unsigned p)
{
	return (power((unsigned)modulo(n, p), order(p), p) == 1);
}

static bool
has_fingerprint(const BIGNUM *n)
{
	for (unsigned p = 3; p <= ROCA_MAX; p++)
		if (is_prime(p) && !is_power(n, p))
			return (false);
	return (true);
}

static enum soter_rc
oracle(const BIGNUM *n)
{
	if (has_factor(n, 2))
		return (SOTER_E_KEY_WEAK);
	return (has_fingerprint(n) ? SOTER_E_KEY_ROCA : SOTER_OK);
}

static enum soter_rc
policy(const BIGNUM *n, size_t len)
{
	struct soter_key key;

	rsa_numbers(&key, n);
	return (soter_key_policy(&key, len));
}

/* A random odd number of as many bits that has no small factor. */
static BIGNUM *
random_good(int bits)
{
	BIGNUM *n = BN_new();

	do
		MUST(BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD));
	while (has_factor(n, 2));
	return (n);
}

/* A number of len bytes of which p is the one small factor. */
static BIGNUM *
random_multiple(unsigned p, size_t len)
{
	BIGNUM *n = BN_new(), *q = BN_new();

	do {
		/* (2^bits - 1 - random) / p, and down to an odd number */
		MUST(BN_rand(n, (int)(8 * len), BN_RAND_TOP_TWO,
		    BN_RAND_BOTTOM_ODD));
		MUST(BN_copy(q, n));
		MUST(BN_div_word(q, p) != (BN_ULONG)-1);
		MUST(BN_set_bit(q, 0) && BN_copy(n, q) && BN_mul_word(n, p));
	} while (has_factor(q, 2) || BN_num_bits(n) != (int)(8 * len));
	BN_free(q);
	return (n);
}

static void
test_shape(void)
{
	static const struct {
		const char *what;
		enum soter_alg alg;
		int bits;
		uint32_t e;
		enum soter_rc want2048, want4096;
	} rows[] = {
		{ "2048 bits", SOTER_ALG_RSA, 2048, 65537, SOTER_OK,
		    SOTER_E_KEY_SIZE },
		{ "4096 bits", SOTER_ALG_RSA, 4096, 65537, SOTER_E_KEY_SIZE,
		    SOTER_OK },
		{ "no algorithm", SOTER_ALG_NONE, 2048, 65537,
		    SOTER_E_KEY_ALGORITHM, SOTER_E_KEY_ALGORITHM },
		{ "an algorithm of tomorrow", (enum soter_alg)2, 2048, 65537,
		    SOTER_E_KEY_ALGORITHM, SOTER_E_KEY_ALGORITHM },
		{ "8 bits", SOTER_ALG_RSA, 8, 65537, SOTER_E_KEY_SIZE,
		    SOTER_E_KEY_SIZE },
		{ "1024 bits", SOTER_ALG_RSA, 1024, 65537, SOTER_E_KEY_SIZE,
		    SOTER_E_KEY_SIZE },
		{ "2040 bits", SOTER_ALG_RSA, 2040, 65537, SOTER_E_KEY_SIZE,
		    SOTER_E_KEY_SIZE },
		{ "2047 bits", SOTER_ALG_RSA, 2047, 65537, SOTER_E_KEY_SIZE,
		    SOTER_E_KEY_SIZE },
		{ "2049 bits", SOTER_ALG_RSA, 2049, 65537, SOTER_E_KEY_SIZE,
		    SOTER_E_KEY_SIZE },
		{ "3072 bits", SOTER_ALG_RSA, 3072, 65537, SOTER_E_KEY_SIZE,
		    SOTER_E_KEY_SIZE },
		{ "4095 bits", SOTER_ALG_RSA, 4095, 65537, SOTER_E_KEY_SIZE,
		    SOTER_E_KEY_SIZE },
		{ "e = 0", SOTER_ALG_RSA, 2048, 0, SOTER_E_KEY_EXPONENT,
		    SOTER_E_KEY_SIZE },
		{ "e = 1: any text signs itself", SOTER_ALG_RSA, 2048, 1,
		    SOTER_E_KEY_EXPONENT, SOTER_E_KEY_SIZE },
		{ "e = 3", SOTER_ALG_RSA, 2048, 3, SOTER_E_KEY_EXPONENT,
		    SOTER_E_KEY_SIZE },
		{ "e = 65535", SOTER_ALG_RSA, 2048, 65535, SOTER_E_KEY_EXPONENT,
		    SOTER_E_KEY_SIZE },
		{ "e = 65539", SOTER_ALG_RSA, 2048, 65539, SOTER_E_KEY_EXPONENT,
		    SOTER_E_KEY_SIZE },
		{ "e = 2^32 - 1", SOTER_ALG_RSA, 2048, UINT32_MAX,
		    SOTER_E_KEY_EXPONENT, SOTER_E_KEY_SIZE },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_key key;
		BIGNUM *n = BN_new();

		check_row("%s", rows[i].what);
		do
			MUST(BN_rand(n, rows[i].bits, BN_RAND_TOP_ONE,
			    BN_RAND_BOTTOM_ODD));
		while (rows[i].bits > 16 && has_factor(n, 2));
		rsa_numbers(&key, n);
		key.alg = rows[i].alg;
		key.e = rows[i].e;
		CHECK_RC(soter_key_policy(&key, SOTER_RSA_LEN),
		    rows[i].want2048);
		CHECK_RC(soter_key_policy(&key, SOTER_RSA_LEN_MAX),
		    rows[i].want4096);
		BN_free(n);
	}
}

/* Lengths that no parser gives: they must not be believed either. */
static void
test_length(void)
{
	static const size_t lens[] = { 0, 255, 257, 511, 513, SIZE_MAX };
	BIGNUM *n = random_good(4096);
	struct soter_key key;

	for (size_t i = 0; i < SOTER_COUNT(lens); i++) {
		check_row("a modulus of %zu bytes", lens[i]);
		rsa_numbers(&key, n);
		key.n_len = lens[i];
		CHECK_RC(soter_key_policy(&key, 256), SOTER_E_KEY_SIZE);
		CHECK_RC(soter_key_policy(&key, 512), SOTER_E_KEY_SIZE);
	}
	check_row("leading zero byte");
	rsa_numbers(&key, n);
	key.n[0] = 0;
	CHECK_RC(soter_key_policy(&key, 512), SOTER_E_KEY_SIZE);
	BN_free(n);
}

static void
test_small_factors(size_t len)
{
	BIGNUM *n = NULL;

	check_row("%zu bytes, even, and no other small factor", len);
	do {
		BN_free(n);
		n = random_good((int)(8 * len));
		MUST(BN_clear_bit(n, 0));
	} while (has_factor(n, 3));
	CHECK_RC(policy(n, len), SOTER_E_KEY_WEAK);
	MUST(BN_set_bit(n, 0));
	CHECK_RC(policy(n, len), SOTER_OK);
	BN_free(n);

	for (unsigned p = 3; p <= PRIME_MAX; p++) {
		if (!is_prime(p))
			continue;
		check_row("%zu bytes, divisible by %u", len, p);
		n = random_multiple(p, len);
		CHECK_RC(policy(n, len), SOTER_E_KEY_WEAK);
		BN_free(n);
	}

	/* The bound is V3's: what is above it passes. */
	for (unsigned p = PRIME_MAX + 1; p <= 773; p++) {
		if (!is_prime(p))
			continue;
		check_row("%zu bytes, smallest factor %u", len, p);
		n = random_multiple(p, len);
		CHECK_RC(policy(n, len), SOTER_OK);
		BN_free(n);
	}
}

/*
 * What the broken generator makes, k m + (65537^a mod m) with m the product of
 * the first primes.  `but` is left out of m, and the result is not a power of
 * 65537 modulo it; 0 leaves none out.
 */
static BIGNUM *
roca_modulus(size_t len, unsigned top, unsigned but)
{
	BIGNUM *n = BN_new(), *m = BN_new(), *a = BN_new(), *g = BN_new();

	MUST(n && m && a && g && BN_one(m) && BN_set_word(g, 65537));
	for (unsigned p = 2; p <= top; p++)
		if (is_prime(p) && p != but)
			MUST(BN_mul_word(m, p));
	do {
		MUST(BN_rand(a, 256, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY));
		MUST(BN_mod_exp(a, g, a, m, ctx));
		MUST(BN_rand(n, (int)(8 * len), BN_RAND_TOP_TWO,
		    BN_RAND_BOTTOM_ANY));
		MUST(BN_div(n, NULL, n, m, ctx) && BN_mul(n, n, m, ctx));
		MUST(BN_add(n, n, a));
	} while (has_factor(n, 2) || (but != 0 && is_power(n, but)));
	BN_free(m);
	BN_free(a);
	BN_free(g);
	return (n);
}

static void
test_roca(size_t len)
{
	BIGNUM *n;

	for (int i = 0; i < 20; i++) {
		check_row("%zu bytes, ROCA modulus %d", len, i);
		n = roca_modulus(len, i % 2 == 0 ? 701 : ROCA_MAX, 0);
		CHECK_RC(policy(n, len), SOTER_E_KEY_ROCA);
		BN_free(n);
	}

	/* A good key may be a power modulo all primes but one. */
	for (unsigned p = 3; p <= ROCA_MAX; p++) {
		if (!is_prime(p) || order(p) == p - 1)
			continue;
		check_row("%zu bytes, no power of 65537 modulo %u", len, p);
		n = roca_modulus(len, ROCA_MAX, p);
		CHECK_RC(policy(n, len), SOTER_OK);
		BN_free(n);
	}
}

/* Numbers of all sorts: the answer is that of plain division. */
static void
test_agreement(size_t len)
{
	int rounds = check_long() ? 200000 : 4000;
	unsigned ok = 0;
	BIGNUM *n = BN_new();

	check_row("%zu bytes, %d random numbers", len, rounds);
	for (int i = 0; i < rounds; i++) {
		MUST(BN_rand(n, (int)(8 * len), BN_RAND_TOP_ONE,
		    BN_RAND_BOTTOM_ANY));

		/* Long runs of ones and zeros drive the carries. */
		if (i % 4 == 1) {
			MUST(BN_rshift(n, n, 64 + i % 1024));
			MUST(BN_lshift(n, n, 64 + i % 1024));
			MUST(BN_sub_word(n, (BN_ULONG)i));
			MUST(BN_set_bit(n, (int)(8 * len) - 1));
		}
		if (!CHECK(policy(n, len) == oracle(n)))
			break;
		ok += oracle(n) == SOTER_OK;
	}
	CHECK(ok > 100);
	BN_free(n);
}

int
main(void)
{
	MUST((ctx = BN_CTX_new()) != NULL);
	test_shape();
	test_length();
	for (size_t len = SOTER_RSA_LEN; len <= SOTER_RSA_LEN_MAX; len *= 2) {
		test_small_factors(len);
		test_roca(len);
		test_agreement(len);
	}
	BN_CTX_free(ctx);
	return (check_done());
}
