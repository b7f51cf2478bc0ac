/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Moduli that were made for the test: n = p q, with primes of which some are
 * used twice.  Chunks of every size, so that partners lie in the same one and
 * in two.
 */
#include <stdlib.h>

#include <openssl/bn.h>

#include "tam/shared.h"
#include "tests/check.h"

#define PRIMES 24
#define ROOTS  11

static BIGNUM *prime[PRIMES];

/* Which primes each has; 0 1 is the pattern of a good one. */
static const struct {
	const char *what;
	uint8_t p[ROOTS], q[ROOTS];
	const char *shared; /* x: found */
} rows[] = {
	{ "none", { 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20 },
	    { 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21 }, "..........." },
	{ "two neighbours", { 0, 2, 4, 6, 6, 10, 12, 14, 16, 18, 20 },
	    { 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21 }, "...xx......" },
	{ "the first and the last", { 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20 },
	    { 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 1 }, "x.........x" },
	{ "one prime in three", { 0, 2, 4, 6, 8, 2, 12, 14, 2, 18, 20 },
	    { 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21 }, ".x...x..x.." },
	{ "both primes, each with another one",
	    { 0, 2, 4, 0, 8, 10, 12, 14, 16, 18, 20 },
	    { 1, 3, 5, 2, 9, 11, 13, 15, 17, 19, 21 }, "xx.x......." },
	{ "the same twice", { 0, 2, 4, 6, 8, 10, 2, 14, 16, 18, 20 },
	    { 1, 3, 5, 7, 9, 11, 3, 15, 17, 19, 21 }, ".x....x...." },
	{ "the same twice, and a third one",
	    { 0, 2, 4, 6, 8, 10, 2, 14, 16, 18, 20 },
	    { 1, 3, 5, 7, 9, 11, 3, 15, 17, 2, 21 }, ".x....x..x." },
	{ "all of them", { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
	    { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 }, "xxxxxxxxxxx" },
};

static void
make_primes(void)
{
	for (size_t i = 0; i < PRIMES; i++) {
		prime[i] = BN_new();
		CHECK(prime[i] != NULL &&
		    BN_generate_prime_ex(prime[i], 1024, 0, NULL, NULL, NULL) ==
			1);
	}
}

static void
multiply(uint8_t out[SOTER_RSA_LEN], size_t p, size_t q)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *n = BN_new();

	CHECK(BN_mul(n, prime[p], prime[q], ctx) == 1);
	CHECK(BN_bn2binpad(n, out, SOTER_RSA_LEN) == SOTER_RSA_LEN);
	BN_free(n);
	BN_CTX_free(ctx);
}

struct seen {
	size_t steps, all;
};

static void
count_step(void *context, size_t done, size_t all)
{
	struct seen *seen = context;

	seen->steps++;
	seen->all = all;
	CHECK(done == seen->steps && done <= all);
}

static void
check_row_of(size_t i, size_t n, size_t chunk)
{
	uint8_t moduli[ROOTS][SOTER_RSA_LEN];
	bool is_shared[ROOTS];
	struct seen seen = { 0 };
	const struct tam_shared x = {
		.moduli = (const uint8_t(*)[SOTER_RSA_LEN])moduli,
		.is_shared = is_shared,
		.n = n,
		.chunk = chunk,
		.step = count_step,
		.context = &seen
	};

	for (size_t k = 0; k < n; k++)
		multiply(moduli[k], rows[i].p[k], rows[i].q[k]);
	CHECK_RC(tam_shared_find(&x), SOTER_OK);
	for (size_t k = 0; k < n; k++)
		CHECK(is_shared[k] == (rows[i].shared[k] == 'x'));
	CHECK(seen.steps == seen.all);
}

/* As in a store that somebody changed. */
static void
check_zero(size_t chunk)
{
	uint8_t moduli[4][SOTER_RSA_LEN] = { { 0 } };
	bool is_shared[4];
	const struct tam_shared x = {
		.moduli = (const uint8_t(*)[SOTER_RSA_LEN])moduli,
		.is_shared = is_shared,
		.n = 4,
		.chunk = chunk
	};

	for (size_t k = 1; k < 4; k++)
		multiply(moduli[k], rows[1].p[k], rows[1].q[k]);
	multiply(moduli[3], rows[1].p[1], 0);
	CHECK_RC(tam_shared_find(&x), SOTER_OK);
	CHECK(!is_shared[0] && is_shared[1] && !is_shared[2] && is_shared[3]);
	CHECK(!tam_shared_pair(moduli[0], moduli[1]));
	CHECK(!tam_shared_pair(moduli[1], moduli[0]));
}

static void
check_pairs(void)
{
	uint8_t a[SOTER_RSA_LEN], b[SOTER_RSA_LEN];

	check_row("pair: a prime in common");
	multiply(a, 0, 1);
	multiply(b, 2, 1);
	CHECK(tam_shared_pair(a, b));
	check_row("pair: none");
	multiply(b, 2, 3);
	CHECK(!tam_shared_pair(a, b));
	check_row("pair: the same one is no pair");
	CHECK(!tam_shared_pair(a, a));
}

int
main(void)
{
	struct tam_shared nothing = { .chunk = 1 };

	check_row("primes for the test");
	make_primes();
	for (size_t i = 0; i < SOTER_COUNT(rows); i++)
		for (size_t chunk = 1; chunk <= ROOTS + 1; chunk++) {
			check_row("%s; chunks of %zu", rows[i].what, chunk);
			check_row_of(i, ROOTS, chunk);
		}
	for (size_t chunk = 1; chunk <= 5; chunk++) {
		check_row("zero divides nothing; chunks of %zu", chunk);
		check_zero(chunk);
	}
	check_row("one alone");
	check_row_of(0, 1, 4);
	check_row("none at all");
	CHECK_RC(tam_shared_find(&nothing), SOTER_OK);
	check_pairs();
	for (size_t i = 0; i < PRIMES; i++)
		BN_free(prime[i]);
	return (check_done());
}
