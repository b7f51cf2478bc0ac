/* SPDX-License-Identifier: BSD-3-Clause */
#include "tam/rate.h"

#define SECOND_US 1000000u

enum soter_rc
tam_rate_take(struct tam_rate *rate, uint32_t per_s, uint64_t now_us)
{
	uint64_t full = atomic_load(&rate->full_us), next;

	do {
		uint64_t from = full > now_us ? full : now_us;

		next = from + SECOND_US / per_s;
		if (next - now_us > SECOND_US)
			return (SOTER_E_RATE);
	} while (!atomic_compare_exchange_weak(&rate->full_us, &full, next));
	return (SOTER_OK);
}
