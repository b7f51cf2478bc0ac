/* SPDX-License-Identifier: BSD-3-Clause */
#include "teehost/steps.h"

#define BUDGET_MS ((uint64_t)TEEHOST_STEPS_MAX * TEEHOST_STEP_MS)

void
teehost_steps_ask(struct teehost_steps *steps, size_t ta,
    const struct soter_teectl *x, bool costs)
{
	if (steps->list[ta].is_asked)
		return;
	steps->list[ta].is_asked = true;
	steps->list[ta].costs = costs;
	steps->list[ta].x = *x;
}

void
teehost_steps_forget(struct teehost_steps *steps, size_t ta)
{
	steps->list[ta].is_asked = false;
}

/* ms until this TA's question may be answered. */
static uint64_t
wait_of(const struct teehost_steps *steps, size_t ta, uint64_t now_ms)
{
	uint64_t after = steps->list[ta].full_ms + TEEHOST_STEP_MS;

	if (!steps->list[ta].costs || after <= now_ms + BUDGET_MS)
		return (0);
	return (after - now_ms - BUDGET_MS);
}

static void
pay(struct teehost_steps *steps, size_t ta, uint64_t now_ms)
{
	uint64_t *full = &steps->list[ta].full_ms;

	if (steps->list[ta].costs)
		*full = (*full > now_ms ? *full : now_ms) + TEEHOST_STEP_MS;
}

bool
teehost_steps_next(struct teehost_steps *steps, uint64_t now_ms, size_t *ta,
    struct soter_teectl *x)
{
	for (size_t i = 0; i < TEEHOST_TAS_MAX; i++) {
		size_t at = (steps->next + i) % TEEHOST_TAS_MAX;

		if (!steps->list[at].is_asked || wait_of(steps, at, now_ms) > 0)
			continue;
		pay(steps, at, now_ms);
		steps->list[at].is_asked = false;
		steps->next = at + 1;
		*ta = at;
		*x = steps->list[at].x;
		return (true);
	}
	return (false);
}

int
teehost_steps_wait(const struct teehost_steps *steps, uint64_t now_ms)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < TEEHOST_TAS_MAX; i++) {
		uint64_t wait = wait_of(steps, i, now_ms);

		if (steps->list[i].is_asked && wait < least)
			least = wait;
	}
	return (least == UINT64_MAX ? -1 : (int)least);
}
