/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/biometric/status.h"
#include "ta/biometric/freeze.h"
#include "ta/biometric/pin.h"
#include "ta/biometric/sensor.h"
#include "ta/biometric/use.h"

enum soter_rc
bio_status(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	static const struct bio_user nobody;
	const struct bio_user *u = bio_state_user(x->user);
	struct soter_span name = soter_text(bio_sensor()->products[0].name);
	struct soter_bio_status status;

	(void)caller;
	if (u == NULL)
		u = &nobody;
	status = (struct soter_bio_status){ .version = BIO_VERSION,
		.pin_set = u->has_pin ? 1 : 0,
		.pin_wait_ms = bio_pin_left(u),
		.freeze_ms = bio_freeze_left(u),
		.misses = bio_freeze_misses(u),
		.enrolled = u->fids_n,
		.steps_left = bio_use_left(x->user),
		.simulated = bio_sensor()->is_simulated ? 1 : 0,
		.epoch = u->epoch };
	if (name.n > SOTER_TEE_NAME_MAX)
		return (SOTER_E_SENSOR);
	soter_copy(status.sensor, name.p, name.n);
	return (soter_bio_status_write(reply, &status));
}
