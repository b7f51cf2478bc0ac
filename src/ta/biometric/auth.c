/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/biometric/auth.h"
#include "ta/biometric/freeze.h"
#include "ta/biometric/push.h"
#include "ta/biometric/sensor.h"
#include "ta/biometric/use.h"

static bool
has_modality(const struct bio_user *u, uint32_t modality)
{
	for (uint32_t i = 0; i < u->fids_n; i++)
		if (u->fids[i].modality == modality)
			return (true);
	return (false);
}

/* May this user be authenticated now? */
static enum soter_rc
check(const struct bio_user *u, uint32_t modality)
{
	if (u == NULL || bio_sensor_product(modality) == NULL ||
	    !has_modality(u, modality))
		return (SOTER_E_NOT_ENROLLED);
	return (bio_freeze_left(u) > 0 ? SOTER_E_FROZEN : SOTER_OK);
}

enum soter_rc
bio_auth_begin(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	(void)reply;
	TRY(check(bio_state_user(x->user), x->modality));
	return (bio_use_take(BIO_USE_AUTH, caller, x));
}

/* Tell TA soter, if it wants to know. */
static enum soter_rc
tell(const struct bio_use *use, uint64_t fid, uint64_t sequence)
{
	const struct bio_product *product = bio_sensor_product(use->modality);
	const struct soter_ta_request match = {
		.session = use->session,
		.user = use->user,
		.fid = fid,
		.modality = use->modality,
		.sequence = sequence,
		.epoch = bio_state_user(use->user)->epoch,
		.sensor = soter_text(product->name),
		.sensor_version = soter_text(product->version),
	};

	return (use->session == 0 ? SOTER_OK : bio_push(&match));
}

/* One try with the frame that the sensor holds. */
static enum soter_rc
try(const struct bio_use *use, uint64_t *fid)
{
	uint64_t sequence;

	TRY(bio_freeze_count(use->user, &sequence));
	TRY(bio_template_identify(bio_state_user(use->user), use->modality,
	    fid));
	TRY(tell(use, *fid, sequence));
	/* Were this lost, a match would look like a miss: the safe side. */
	(void)!bio_freeze_clear(use->user);
	return (SOTER_OK);
}

enum soter_rc
bio_auth_step(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	struct bio_use *use;
	struct soter_bio_step step = { 0 };
	enum soter_rc rc;

	TRY(bio_use_find(&use, BIO_USE_AUTH, caller, x));
	rc = check(bio_state_user(x->user), use->modality);
	if (rc == SOTER_OK)
		rc = bio_sensor()->capture(use->modality);
	if (rc == SOTER_E_WAITING)
		return (rc);
	if (rc == SOTER_OK) {
		bio_use_touch();
		rc = try(use, &step.fid);
		bio_sensor()->flush();
	}
	if (rc != SOTER_E_MISS)
		bio_use_end();
	TRY(rc);
	step.left = SOTER_MISSES_MAX;
	return (soter_bio_step_write(reply, &step));
}

enum soter_rc
bio_auth_cancel(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply)
{
	struct bio_use *use;

	(void)reply;
	TRY(bio_use_find(&use, BIO_USE_AUTH, caller, x));
	bio_use_end();
	return (SOTER_OK);
}
