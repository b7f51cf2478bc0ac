/* SPDX-License-Identifier: BSD-3-Clause */
#include "fleet/histogram.h"

#define FINE	FLEET_HISTOGRAM_FINE
#define FINE_LG 7
#define ALL	1000000

/*
 * Slot of a value: its 8 leading bits, 1xxxxxxx, give the place among the 128
 * of its power of two; the bits behind them count the powers.
 */
static size_t
slot_of(uint64_t value)
{
	unsigned shift;

	if (value < 2 * FINE)
		return ((size_t)value);
	shift = 63 - (unsigned)__builtin_clzll(value) - FINE_LG;
	return (shift * FINE + (size_t)(value >> shift));
}

/* The largest value that has this slot. */
static uint64_t
top_of(size_t slot)
{
	size_t shift;

	if (slot < 2 * FINE)
		return (slot);
	shift = slot / FINE - 1;
	return ((slot % FINE + FINE) << shift | ((UINT64_C(1) << shift) - 1));
}

void
fleet_histogram_add(struct fleet_histogram *h, uint64_t value)
{
	h->slot[slot_of(value)]++;
	h->n++;
	h->sum += value;
	if (value > h->max)
		h->max = value;
}

void
fleet_histogram_merge(struct fleet_histogram *to,
    const struct fleet_histogram *from)
{
	for (size_t i = 0; i < FLEET_HISTOGRAM_SLOTS; i++)
		to->slot[i] += from->slot[i];
	to->n += from->n;
	to->sum += from->sum;
	if (from->max > to->max)
		to->max = from->max;
}

/* The rank of the value that is looked for: share of n, rounded up, 1 to n. */
static uint64_t
rank_of(uint64_t n, uint32_t share)
{
	uint64_t rank = n / ALL * share + (n % ALL * share + ALL - 1) / ALL;

	return (rank == 0 ? 1 : rank > n ? n : rank);
}

uint64_t
fleet_histogram_at(const struct fleet_histogram *h, uint32_t share)
{
	uint64_t rank = rank_of(h->n, share), seen = 0;

	if (h->n == 0)
		return (0);
	for (size_t i = 0; i < FLEET_HISTOGRAM_SLOTS; i++) {
		seen += h->slot[i];
		if (seen >= rank)
			return (top_of(i) < h->max ? top_of(i) : h->max);
	}
	return (h->max);
}
