/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/biometric/use.h"
#include "ta/biometric/clock.h"
#include "ta/biometric/sensor.h"

static struct bio_use now;

static bool
is_taken(void)
{
	uint64_t ms = bio_clock_ms();

	return (now.kind != BIO_USE_NONE && ms >= now.touched_ms &&
	    ms - now.touched_ms <= SOTER_SESSION_MS);
}

enum soter_rc
bio_use_take(enum bio_use_kind kind, const struct ta_caller *owner,
    const struct soter_ta_request *x)
{
	if (is_taken())
		return (SOTER_E_IS_AUTHING);
	bio_use_end();
	now = (struct bio_use){ .kind = kind,
		.owner = owner,
		.user = x->user,
		.modality = x->modality,
		.session = x->session,
		.touched_ms = bio_clock_ms() };
	return (SOTER_OK);
}

enum soter_rc
bio_use_find(struct bio_use **out, enum bio_use_kind kind,
    const struct ta_caller *owner, const struct soter_ta_request *x)
{
	if (!is_taken() || now.kind != kind || now.owner != owner ||
	    now.user != x->user || now.session != x->session)
		return (SOTER_E_SESSION_OUT_OF_TIME);
	*out = &now;
	return (SOTER_OK);
}

uint32_t
bio_use_left(uint32_t user)
{
	return (is_taken() && now.kind == BIO_USE_ENROL && now.user == user
		? now.left
		: 0);
}

void
bio_use_touch(void)
{
	now.touched_ms = bio_clock_ms();
}

void
bio_use_end(void)
{
	now = (struct bio_use){ .kind = BIO_USE_NONE };
	bio_sensor()->flush();
}

void
bio_use_leave(const struct ta_caller *owner)
{
	if (now.kind != BIO_USE_NONE && now.owner == owner)
		bio_use_end();
}
