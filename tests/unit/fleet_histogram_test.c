/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the histogram says, against the same values sorted.
 */
#include "fleet/histogram.h"
#include "fleet/random.h"
#include "tests/check.h"

#define VALUES 20000

static struct fleet_histogram h, other;
static uint64_t values[VALUES];

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return ((x > y) - (x < y));
}

/* The smallest value that `share` of the n sorted ones do not exceed. */
static uint64_t
exact(size_t n, uint32_t share)
{
	size_t i = 0;

	while (i < n && (double)(i + 1) * 1e6 < (double)share * (double)n)
		i++;
	return (values[i < n ? i : n - 1]);
}

/* Never below, and at most one part in 128 above; the largest is exact. */
static void
check_values(size_t n)
{
	static const uint32_t shares[] = { 0, 1, 10000, 250000, 500000, 900000,
		990000, 999000, 999900, 999999, 1000000 };
	uint64_t sum = 0;

	memset(&h, 0, sizeof(h));
	for (size_t i = 0; i < n; i++) {
		fleet_histogram_add(&h, values[i]);
		sum += values[i];
	}
	qsort(values, n, sizeof(values[0]), compare);
	CHECK(h.n == n && h.sum == sum && h.max == values[n - 1]);
	CHECK(fleet_histogram_at(&h, 1000000) == values[n - 1]);
	for (size_t i = 0; i < SOTER_COUNT(shares); i++) {
		uint64_t want = exact(n, shares[i]);
		uint64_t got = fleet_histogram_at(&h, shares[i]);

		CHECK(got >= want);
		CHECK(got - want <= want / 128);
	}
}

static void
test_random(struct fleet_random *r)
{
	/* From a few units to the whole range. */
	for (unsigned bits = 1; bits <= 64; bits += 7) {
		check_row("random values of up to %u bits", bits);
		for (size_t i = 0; i < VALUES; i++) {
			uint64_t x[2];

			CHECK_RC(fleet_random_take(r, x, sizeof(x)), SOTER_OK);
			values[i] = x[0] >> (64 - bits) >> (x[1] % bits);
		}
		check_values(VALUES);
	}
	check_row("one late answer among thousands");
	for (size_t i = 0; i < VALUES; i++)
		values[i] = i == 777 ? 5000000000 : 1000 + i % 50;
	check_values(VALUES);
	check_row("one value");
	values[0] = 12345678;
	check_values(1);
	check_row("two values");
	values[0] = 7, values[1] = UINT64_MAX;
	check_values(2);
}

static void
test_edges(void)
{
	check_row("where a power of two begins and ends");
	for (unsigned bit = 0; bit < 64; bit++)
		for (int d = -1; d <= 1; d++) {
			values[0] = (UINT64_C(1) << bit) + (uint64_t)d;
			check_values(1);
		}
	check_row("nothing counted");
	memset(&h, 0, sizeof(h));
	CHECK(fleet_histogram_at(&h, 500000) == 0);
	CHECK(fleet_histogram_at(&h, 1000000) == 0);
}

static void
test_merge(void)
{
	check_row("two that are merged are as one");
	memset(&h, 0, sizeof(h));
	memset(&other, 0, sizeof(other));
	for (uint64_t i = 0; i < 1000; i++) {
		fleet_histogram_add(&h, i * i);
		fleet_histogram_add(&other, i * i * i);
	}
	fleet_histogram_merge(&h, &other);
	memset(&other, 0, sizeof(other));
	for (uint64_t i = 0; i < 1000; i++) {
		fleet_histogram_add(&other, i * i * i);
		fleet_histogram_add(&other, i * i);
	}
	CHECK(memcmp(&h, &other, sizeof(h)) == 0);
}

int
main(void)
{
	struct fleet_random *r = NULL;

	if (fleet_random_new(&r, 1, "histogram") != SOTER_OK)
		return (1);
	test_random(r);
	test_edges();
	test_merge();
	fleet_random_free(&r);
	return (check_done());
}
