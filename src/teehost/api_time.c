/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API 7: time; and 4.10: cancellation.
 */
#include <time.h>

#include "teehost/inside.h"

#define STEP_MS 20 /* so often a TA that waits looks for a cancellation */

/* ---- cancellation ------------------------------------------------------ */

static bool
is_cancelled(const struct teehost_instance *self)
{
	return (!self->frame.masked &&
	    self->setup.env->is_cancelled(self->setup.env_state));
}

bool
TEE_GetCancellationFlag(void)
{
	return (is_cancelled(teehost_self()));
}

static bool
mask(bool masked)
{
	struct teehost_instance *self = teehost_self();
	bool before = self->frame.masked;

	self->frame.masked = masked;
	return (before);
}

bool
TEE_UnmaskCancellation(void)
{
	return (mask(false));
}

bool
TEE_MaskCancellation(void)
{
	return (mask(true));
}

/* ---- time -------------------------------------------------------------- */

void
TEE_GetSystemTime(TEE_Time *time)
{
	struct teehost_instance *self = teehost_self();
	uint64_t ms = self->setup.env->time_ms(self->setup.env_state);

	teehost_must(time != NULL, "TEE_GetSystemTime: NULL");
	time->seconds = (uint32_t)(ms / 1000);
	time->millis = (uint32_t)(ms % 1000);
}

/* "as trusted as the REE itself" */
void
TEE_GetREETime(TEE_Time *time)
{
	struct timespec now = { 0 };

	teehost_must(time != NULL, "TEE_GetREETime: NULL");
	clock_gettime(CLOCK_REALTIME, &now);
	time->seconds = (uint32_t)now.tv_sec;
	time->millis = (uint32_t)(now.tv_nsec / 1000000);
}

static void
let_pass(struct teehost_instance *self, uint32_t ms)
{
	const struct timespec step = { (time_t)(ms / 1000),
		(long)(ms % 1000) * 1000000 };

	if (self->setup.env->wait != NULL)
		self->setup.env->wait(self->setup.env_state, ms);
	else
		nanosleep(&step, NULL);
}

/* TEE_TIMEOUT_INFINITE: until it is cancelled. */
TEE_Result
TEE_Wait(uint32_t timeout)
{
	struct teehost_instance *self = teehost_self();

	while (timeout > 0) {
		uint32_t step = timeout < STEP_MS ? timeout : STEP_MS;

		if (is_cancelled(self))
			return (TEE_ERROR_CANCEL);
		let_pass(self, step);
		if (timeout != TEE_TIMEOUT_INFINITE)
			timeout -= step;
	}
	return (TEE_SUCCESS);
}
