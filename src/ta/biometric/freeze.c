/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/biometric/freeze.h"
#include "ta/biometric/clock.h"
#include "ta/biometric/pin.h"

uint32_t
bio_freeze_left(const struct bio_user *u)
{
	if (u->misses < SOTER_MISSES_MAX)
		return (0);
	return (bio_clock_left(u->freeze_since_ms, u->freezes));
}

uint32_t
bio_freeze_misses(const struct bio_user *u)
{
	/* A freeze that is over has made room for as many again. */
	return (u->misses < SOTER_MISSES_MAX || bio_freeze_left(u) > 0
		? u->misses
		: 0);
}

enum soter_rc
bio_freeze_count(uint32_t user, uint64_t *sequence)
{
	struct bio_state *draft = bio_state_draft();
	struct bio_user *u = bio_state_draft_user(draft, user);

	if (u == NULL || draft->sequence >= INT64_MAX)
		return (SOTER_E_OTHERS);
	u->misses = bio_freeze_misses(u) + 1;
	if (u->misses >= SOTER_MISSES_MAX) {
		u->freeze_since_ms = bio_clock_ms();
		if (u->freezes < UINT32_MAX)
			u->freezes++;
	}
	draft->sequence++;
	TRY(bio_state_commit());
	*sequence = bio_state()->sequence;
	return (SOTER_OK);
}

enum soter_rc
bio_freeze_clear(uint32_t user)
{
	struct bio_user *u = bio_state_draft_user(bio_state_draft(), user);

	if (u == NULL)
		return (SOTER_E_OTHERS);
	u->misses = 0;
	u->freezes = 0;
	return (bio_state_commit());
}

enum soter_rc
bio_freeze_unfreeze(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply)
{
	(void)caller;
	(void)reply;
	TRY(bio_pin_check(x->user, x->pin));
	return (bio_freeze_clear(x->user));
}
