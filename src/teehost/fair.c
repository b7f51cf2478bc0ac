/* SPDX-License-Identifier: BSD-3-Clause */
#include "teehost/fair.h"

static void
swap(struct teehost_conn **a, struct teehost_conn **b)
{
	struct teehost_conn *c = *a;

	*a = *b;
	*b = c;
}

size_t
teehost_fair_pick(struct teehost_conns *all, struct teehost_conn *ready[],
    size_t n)
{
	size_t picked = 0;

	for (size_t i = 0; i < n; i++) {
		size_t at = 0;

		while (at < picked && ready[at]->uid != ready[i]->uid)
			at++;
		if (at == picked)
			swap(&ready[picked++], &ready[i]);
		else if (ready[i]->served < ready[at]->served)
			swap(&ready[at], &ready[i]);
	}
	for (size_t i = 0; i < picked; i++)
		ready[i]->served = ++all->served;
	return (picked);
}
