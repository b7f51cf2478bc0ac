/* SPDX-License-Identifier: BSD-3-Clause */
/* TA biometric: its life, and the table of its rules. */
#include "tests/biodev.h"
#include "tests/check.h"

#define FINGER SOTER_MODALITY_FINGER
#define FACE   SOTER_MODALITY_FACE

static void
test_life(void)
{
	struct biodev *d = biodev_new(BIODEV_IS_USUAL);
	struct soter_bio_status s;
	struct soter_bio_row rows[4];
	uint64_t thumb, face, who = 0;

	check_row("status of a new device");
	s = biodev_status(d, 0);
	CHECK(s.version == 1 && s.pin_set == 0 && s.enrolled == 0);
	CHECK(s.simulated == 1 && s.epoch == 0 && s.misses == 0);
	CHECK(s.pin_wait_ms == 0 && s.freeze_ms == 0 && s.steps_left == 0);
	CHECK(strcmp(s.sensor, "OpenSOTER-simulated-finger") == 0);

	check_row("set a PIN");
	CHECK_RC(biodev_set_pin(d, 0, "", "1234"), SOTER_OK);
	CHECK(biodev_status(d, 0).pin_set == 1);

	check_row("enrol a finger and a face");
	CHECK_RC(biodev_enrol(d, 0, "1234", FINGER, "thumb", &thumb), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 0, "1234", FACE, "face", &face), SOTER_OK);
	CHECK(thumb > 0 && thumb < 0x80000000 && face == thumb + 1);
	CHECK(biodev_list(d, 0, rows, 4) == 2);
	CHECK(rows[0].fid == thumb && rows[0].modality == FINGER);
	CHECK(rows[1].fid == face && rows[1].modality == FACE);
	s = biodev_status(d, 0);
	CHECK(s.enrolled == 2 && s.epoch == 2);

	check_row("a match is pushed, with all that TA soter wants to know");
	CHECK_RC(biodev_touch(d, 0, 4711, "thumb", &who), SOTER_OK);
	CHECK(who == thumb && d->pushes == 1);
	CHECK(d->pushed.session == 4711 && d->pushed.user == 0);
	CHECK(d->pushed.fid == thumb && d->pushed.modality == FINGER);
	CHECK(d->pushed.sequence == 1 && d->pushed.epoch == 2);
	CHECK(soter_span_equal(d->pushed.sensor,
	    SOTER_SPAN("OpenSOTER-simulated-finger")));
	CHECK(soter_span_equal(d->pushed.sensor_version, SOTER_SPAN("1")));
	CHECK(d->pusher.login == TEE_LOGIN_TRUSTED_APP);

	check_row("all of it is there after a restart");
	biodev_restart(d);
	CHECK(biodev_list(d, 0, rows, 4) == 2 && rows[1].fid == face);
	CHECK_RC(biodev_touch(d, 0, 4712, "thumb", &who), SOTER_OK);
	CHECK(who == thumb && d->pushes == 2 && d->pushed.sequence == 2);

	check_row("remove one; it matches no more");
	CHECK_RC(biodev_remove(d, 0, "1234", thumb), SOTER_OK);
	CHECK(biodev_list(d, 0, rows, 4) == 1 && rows[0].fid == face);
	CHECK(biodev_status(d, 0).epoch == 3);
	CHECK_RC(biodev_touch(d, 0, 4713, "thumb", &who), SOTER_E_NOT_ENROLLED);
	CHECK(d->pushes == 2);
	biodev_free(&d);
}

int
main(void)
{
	test_life();
	return (check_done());
}
