/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/biometric/clock.h"
#include "wire/limits.h"

uint64_t
bio_clock_ms(void)
{
	TEE_Time now;

	TEE_GetSystemTime(&now);
	return ((uint64_t)now.seconds * 1000 + now.millis);
}

static uint32_t
length_ms(uint32_t level)
{
	uint32_t ms = SOTER_FREEZE_MS;

	if (level == 0)
		return (0);
	while (--level > 0 && ms < SOTER_WAIT_MAX_MS)
		ms *= 2;
	return (ms < SOTER_WAIT_MAX_MS ? ms : SOTER_WAIT_MAX_MS);
}

uint32_t
bio_clock_left(uint64_t since_ms, uint32_t level)
{
	uint64_t now = bio_clock_ms();
	uint64_t gone = now > since_ms ? now - since_ms : 0;
	uint32_t all = length_ms(level);

	return (gone < all ? all - (uint32_t)gone : 0);
}
