/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/biometric/enrol.h"
#include "ta/biometric/pin.h"
#include "ta/biometric/sensor.h"
#include "ta/biometric/use.h"

static uint8_t learned[BIO_TEMPLATE_MAX];

/* ---- enrol ------------------------------------------------------------- */

enum soter_rc
bio_enrol_begin(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply)
{
	struct bio_use *use;
	struct soter_bio_step step = { 0 };

	TRY(bio_pin_check(x->user, x->pin));
	if (bio_sensor_product(x->modality) == NULL)
		return (SOTER_E_SENSOR);
	if (bio_state_user(x->user)->fids_n == SOTER_USER_FIDS_MAX)
		return (SOTER_E_ENROL_FULL);
	TRY(bio_use_take(BIO_USE_ENROL, caller, x));
	TRY(bio_use_find(&use, BIO_USE_ENROL, caller, x));
	use->left = bio_sensor()->enrol_begin(x->modality);
	step.left = use->left;
	return (soter_bio_step_write(reply, &step));
}

/* The template, and then the state that names it. */
static enum soter_rc
add(uint32_t user, uint32_t modality, struct soter_span template, uint64_t *fid)
{
	const struct soter_bio_row row = { bio_state()->next_fid, modality };
	struct bio_state *draft;
	struct bio_user *u;

	if (row.fid >= INT64_MAX)
		return (SOTER_E_ENROL_FULL);
	TRY(bio_template_write(user, &row, template));
	draft = bio_state_draft();
	u = bio_state_draft_user(draft, user);
	if (u == NULL || u->fids_n == SOTER_USER_FIDS_MAX)
		return (SOTER_E_ENROL_FULL);
	u->fids[u->fids_n++] = row;
	u->epoch++;
	draft->next_fid++;
	TRY(bio_state_commit());
	*fid = row.fid;
	return (SOTER_OK);
}

static enum soter_rc
learn(struct bio_use *use, struct soter_bio_step *step)
{
	struct soter_writer w = soter_writer(learned, sizeof(learned));
	uint64_t fid;
	enum soter_rc rc;

	rc = bio_template_identify(bio_state_user(use->user), use->modality,
	    &fid);
	if (rc != SOTER_E_MISS)
		return (rc == SOTER_OK ? SOTER_E_ENROLLED : rc);
	rc = bio_sensor()->enrol(&w, &step->left);
	if (rc == SOTER_OK && step->left == 0)
		rc = add(use->user, use->modality, soter_written(&w),
		    &step->fid);
	soter_wipe(learned, w.len);
	return (rc);
}

enum soter_rc
bio_enrol_step(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	struct bio_use *use;
	struct soter_bio_step step = { 0 };
	enum soter_rc rc;

	TRY(bio_use_find(&use, BIO_USE_ENROL, caller, x));
	rc = bio_sensor()->capture(use->modality);
	if (rc == SOTER_E_WAITING)
		return (rc);
	if (rc == SOTER_OK) {
		bio_use_touch();
		rc = learn(use, &step);
		bio_sensor()->flush();
	}
	if (rc == SOTER_OK)
		use->left = step.left;
	if (rc == SOTER_OK ? step.left == 0 : rc != SOTER_E_MISS)
		bio_use_end();
	TRY(rc);
	return (soter_bio_step_write(reply, &step));
}

enum soter_rc
bio_enrol_cancel(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply)
{
	struct bio_use *use;

	(void)reply;
	TRY(bio_use_find(&use, BIO_USE_ENROL, caller, x));
	bio_use_end();
	return (SOTER_OK);
}

/* ---- list and remove --------------------------------------------------- */

enum soter_rc
bio_enrol_list(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	const struct bio_user *u = bio_state_user(x->user);

	(void)caller;
	for (uint32_t i = 0; u != NULL && i < u->fids_n; i++)
		TRY(soter_bio_row_write(reply, &u->fids[i]));
	return (SOTER_OK);
}

/* Take it out; the order of the others stays. */
static enum soter_rc
drop(struct bio_user *u, uint64_t fid)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < u->fids_n; i++)
		if (u->fids[i].fid != fid)
			u->fids[kept++] = u->fids[i];
	if (kept == u->fids_n)
		return (SOTER_E_NOT_ENROLLED);
	u->fids_n = kept;
	return (SOTER_OK);
}

enum soter_rc
bio_enrol_remove(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply)
{
	struct bio_state *draft;
	struct bio_user *u;

	(void)caller;
	(void)reply;
	TRY(bio_pin_check(x->user, x->pin));
	draft = bio_state_draft();
	u = bio_state_draft_user(draft, x->user);
	if (u == NULL)
		return (SOTER_E_NOT_ENROLLED);
	TRY(drop(u, x->fid));
	/* Its place is needed: one template at most is left over. */
	if (draft->removed != 0)
		TRY(bio_template_remove(draft->removed));
	draft->removed = x->fid;
	u->epoch++;
	TRY(bio_state_commit());

	/* It counts no more; what is left of it the next start takes away. */
	(void)!bio_template_remove(x->fid);
	return (SOTER_OK);
}
