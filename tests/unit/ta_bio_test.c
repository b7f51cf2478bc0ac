/* SPDX-License-Identifier: BSD-3-Clause */
/* TA biometric: its life, and its rules one by one. */
#include "tests/biodev.h"
#include "tests/check.h"

#define FINGER SOTER_MODALITY_FINGER
#define FACE   SOTER_MODALITY_FACE
#define PIN    "1234"

/* A device on which user 0 has a PIN and, if it is named, a finger. */
static struct biodev *
make(const char *finger)
{
	struct biodev *d = biodev_new(BIODEV_IS_USUAL);

	CHECK_RC(biodev_set_pin(d, 0, "", PIN), SOTER_OK);
	if (finger != NULL)
		CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, finger, NULL),
		    SOTER_OK);
	return (d);
}

static enum soter_rc
call(struct biodev *d, enum biodev_who who, uint32_t command, uint32_t user,
    uint64_t session)
{
	const struct soter_ta_request x = { .user = user,
		.session = session,
		.modality = FINGER };

	return (biodev_call(d, who, command, &x));
}

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
	CHECK_RC(biodev_set_pin(d, 0, "", PIN), SOTER_OK);
	CHECK(biodev_status(d, 0).pin_set == 1);

	check_row("enrol a finger and a face");
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "thumb", &thumb), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 0, PIN, FACE, "face", &face), SOTER_OK);
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

	check_row("remove one: it matches no more");
	CHECK_RC(biodev_remove(d, 0, PIN, thumb), SOTER_OK);
	CHECK(biodev_list(d, 0, rows, 4) == 1 && rows[0].fid == face);
	CHECK(biodev_status(d, 0).epoch == 3);
	CHECK_RC(biodev_touch(d, 0, 4713, "thumb", NULL), SOTER_E_NOT_ENROLLED);
	CHECK(d->pushes == 2);
	biodev_free(&d);
}

static void
test_pin(void)
{
	struct biodev *d = biodev_new(BIODEV_IS_USUAL);

	check_row(
	    "nothing is enrolled, removed or cleared before a PIN is set");
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "thumb", NULL), SOTER_E_PIN);
	CHECK_RC(biodev_enrol(d, 0, "", FINGER, "thumb", NULL), SOTER_E_PIN);
	CHECK_RC(biodev_remove(d, 0, "", 1), SOTER_E_PIN);
	CHECK_RC(biodev_unfreeze(d, 0, ""), SOTER_E_PIN);
	check_row("no PIN goes before the first one");
	CHECK_RC(biodev_set_pin(d, 0, "9999", PIN), SOTER_E_PIN);
	CHECK(biodev_status(d, 0).pin_set == 0);
	CHECK_RC(biodev_set_pin(d, 0, "", PIN), SOTER_OK);
	check_row("another one needs the one before");
	CHECK_RC(biodev_set_pin(d, 0, "", "5555"), SOTER_E_PIN);
	CHECK_RC(biodev_set_pin(d, 0, "9999", "5555"), SOTER_E_PIN);
	CHECK_RC(biodev_enrol(d, 0, "5555", FINGER, "thumb", NULL),
	    SOTER_E_PIN);
	CHECK_RC(biodev_set_pin(d, 0, PIN, "567890"), SOTER_OK);
	CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_E_PIN);
	CHECK_RC(biodev_unfreeze(d, 0, "567890"), SOTER_OK);
	check_row("a PIN that begins or ends like the right one");
	CHECK_RC(biodev_unfreeze(d, 0, "5678"), SOTER_E_PIN);
	CHECK_RC(biodev_unfreeze(d, 0, "5678900"), SOTER_E_PIN);
	CHECK_RC(biodev_unfreeze(d, 0, "567890"), SOTER_OK);
	check_row("each user has one of its own");
	CHECK_RC(biodev_set_pin(d, 10, "", "4321"), SOTER_OK);
	CHECK_RC(biodev_unfreeze(d, 10, "567890"), SOTER_E_PIN);
	CHECK_RC(biodev_unfreeze(d, 0, "4321"), SOTER_E_PIN);
	CHECK_RC(biodev_unfreeze(d, 10, "4321"), SOTER_OK);
	check_row("as many users as there is room for");
	for (uint32_t user = 20; user < 20 + SOTER_USERS_MAX - 2; user++)
		CHECK_RC(biodev_set_pin(d, user, "", PIN), SOTER_OK);
	CHECK_RC(biodev_set_pin(d, 99, "", PIN), SOTER_E_ENROL_FULL);
	CHECK(biodev_status(d, 99).pin_set == 0);
	biodev_restart(d);
	CHECK_RC(biodev_unfreeze(d, 20 + SOTER_USERS_MAX - 3, PIN), SOTER_OK);
	biodev_free(&d);
}

static void
test_enrol(void)
{
	struct biodev *d;
	struct soter_bio_step step = { 0 };
	char name[] = "finger a";

	check_row("touches are counted down, and status says so");
	d = make(NULL);
	CHECK_RC(biodev_enrol_begin(d, 0, PIN, FINGER), SOTER_OK);
	CHECK_RC(soter_bio_step_parse(&step, d->body), SOTER_OK);
	CHECK(step.left == 3 && step.fid == 0);
	CHECK_RC(biodev_enrol_touch(d, 0, FINGER, "thumb", &step), SOTER_OK);
	CHECK(step.left == 2 && biodev_status(d, 0).steps_left == 2);
	CHECK(biodev_status(d, 10).steps_left == 0);
	check_row("nothing touched, or not well enough, changes nothing");
	CHECK_RC(call(d, BIODEV_ENROLLER, SOTER_BIO_ENROL_STEP, 0, 0),
	    SOTER_E_WAITING);
	CHECK_RC(biodev_enrol_touch(d, 0, FINGER, "~thumb", &step),
	    SOTER_E_WAITING);
	CHECK_RC(biodev_enrol_touch(d, 0, FACE, "thumb", &step),
	    SOTER_E_WAITING);
	check_row("another finger in between is not taken");
	CHECK_RC(biodev_enrol_touch(d, 0, FINGER, "index", &step),
	    SOTER_E_MISS);
	CHECK(biodev_status(d, 0).steps_left == 2);
	CHECK_RC(biodev_enrol_touch(d, 0, FINGER, "thumb", &step), SOTER_OK);
	CHECK(step.left == 1 && step.fid == 0);
	CHECK(biodev_status(d, 0).enrolled == 0);
	CHECK_RC(biodev_enrol_touch(d, 0, FINGER, "thumb", &step), SOTER_OK);
	CHECK(step.left == 0 && step.fid != 0);
	CHECK(biodev_status(d, 0).enrolled == 1);
	check_row("after the last touch it has ended");
	CHECK_RC(biodev_enrol_touch(d, 0, FINGER, "thumb", &step),
	    SOTER_E_SESSION_OUT_OF_TIME);

	check_row("the same finger once more is refused, and ends it");
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "thumb", NULL),
	    SOTER_E_ENROLLED);
	CHECK_RC(call(d, BIODEV_ENROLLER, SOTER_BIO_ENROL_STEP, 0, 0),
	    SOTER_E_SESSION_OUT_OF_TIME);
	CHECK(biodev_status(d, 0).enrolled == 1);
	check_row("the same finger as a face, or for another user, is not");
	CHECK_RC(biodev_enrol(d, 0, PIN, FACE, "thumb", NULL), SOTER_OK);
	CHECK_RC(biodev_set_pin(d, 10, "", "4321"), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 10, "4321", FINGER, "thumb", NULL), SOTER_OK);

	check_row("as many as there is room for");
	for (int i = 2; i < SOTER_USER_FIDS_MAX; i++) {
		name[7] = (char)('a' + i);
		CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, name, NULL), SOTER_OK);
	}
	CHECK_RC(biodev_enrol_begin(d, 0, PIN, FINGER), SOTER_E_ENROL_FULL);
	CHECK(biodev_status(d, 0).enrolled == SOTER_USER_FIDS_MAX);
	CHECK(biodev_status(d, 0).epoch == SOTER_USER_FIDS_MAX);
	biodev_restart(d);
	CHECK_RC(biodev_touch(d, 0, 0, name, NULL), SOTER_OK);

	check_row("what is not there, or another user's, cannot be removed");
	CHECK_RC(biodev_remove(d, 0, PIN, 1), SOTER_E_NOT_ENROLLED);
	CHECK_RC(biodev_remove(d, 10, "4321", step.fid), SOTER_E_NOT_ENROLLED);
	CHECK(biodev_status(d, 0).enrolled == SOTER_USER_FIDS_MAX);
	CHECK(biodev_status(d, 10).epoch == 1);
	biodev_free(&d);
}

/* Who has the sensor. */
static void
test_use(void)
{
	struct biodev *d = make("thumb");
	struct soter_bio_step step;
	uint64_t fid;

	check_row("one at a time");
	CHECK_RC(biodev_begin(d, 0, 1), SOTER_OK);
	CHECK_RC(biodev_begin(d, 0, 2), SOTER_E_IS_AUTHING);
	CHECK_RC(call(d, BIODEV_SERVICE_2, SOTER_BIO_AUTH_BEGIN, 0, 1),
	    SOTER_E_IS_AUTHING);
	CHECK_RC(biodev_enrol_begin(d, 0, PIN, FINGER), SOTER_E_IS_AUTHING);
	check_row("nobody else's session, user or number goes on with it");
	CHECK_RC(biodev_feed(d, FINGER, "thumb"), SOTER_OK);
	CHECK_RC(call(d, BIODEV_SERVICE_2, SOTER_BIO_AUTH_STEP, 0, 1),
	    SOTER_E_SESSION_OUT_OF_TIME);
	CHECK_RC(biodev_step(d, 0, 2, NULL), SOTER_E_SESSION_OUT_OF_TIME);
	CHECK_RC(biodev_step(d, 10, 1, NULL), SOTER_E_SESSION_OUT_OF_TIME);
	CHECK_RC(call(d, BIODEV_SERVICE_2, SOTER_BIO_AUTH_CANCEL, 0, 1),
	    SOTER_E_SESSION_OUT_OF_TIME);
	CHECK_RC(call(d, BIODEV_ENROLLER, SOTER_BIO_ENROL_CANCEL, 0, 0),
	    SOTER_E_SESSION_OUT_OF_TIME);
	CHECK(d->pushes == 0 && biodev_status(d, 0).misses == 0);
	CHECK_RC(biodev_step(d, 0, 1, &fid), SOTER_OK);
	CHECK(d->pushes == 1 && d->pushed.session == 1);
	check_row("it ends with the match");
	CHECK_RC(biodev_feed(d, FINGER, "thumb"), SOTER_OK);
	CHECK_RC(biodev_step(d, 0, 1, NULL), SOTER_E_SESSION_OUT_OF_TIME);
	CHECK(d->pushes == 1);
	check_row("what touched before it began is forgotten");
	CHECK_RC(biodev_feed(d, FINGER, "thumb"), SOTER_OK);
	CHECK_RC(biodev_begin(d, 0, 3), SOTER_OK);
	CHECK_RC(biodev_step(d, 0, 3, NULL), SOTER_E_WAITING);
	CHECK_RC(biodev_cancel(d, 0, 3), SOTER_OK);
	CHECK(biodev_status(d, 0).misses == 0);
	check_row("it ends with its client's session, and with no other one");
	CHECK_RC(biodev_begin(d, 0, 4), SOTER_OK);
	CHECK(biodev_session(d, BIODEV_SERVICE_2) != 0);
	biodev_close(d, BIODEV_SERVICE_2);
	CHECK_RC(biodev_begin(d, 0, 5), SOTER_E_IS_AUTHING);
	biodev_close(d, BIODEV_SERVICE);
	CHECK_RC(biodev_begin(d, 0, 5), SOTER_OK);
	check_row("it ends by itself when nobody touches");
	biodev_wait(d, SOTER_SESSION_MS);
	CHECK_RC(biodev_step(d, 0, 5, NULL), SOTER_E_WAITING);
	biodev_wait(d, 1);
	CHECK_RC(biodev_step(d, 0, 5, NULL), SOTER_E_SESSION_OUT_OF_TIME);
	CHECK_RC(biodev_enrol_begin(d, 0, PIN, FINGER), SOTER_OK);
	check_row("the same for an enrolment; each touch gives more time");
	for (int i = 0; i < 2; i++) {
		biodev_wait(d, SOTER_SESSION_MS);
		CHECK_RC(biodev_enrol_touch(d, 0, FINGER, "index", &step),
		    SOTER_OK);
	}
	biodev_wait(d, SOTER_SESSION_MS + 1);
	CHECK(biodev_status(d, 0).steps_left == 0);
	CHECK_RC(biodev_enrol_touch(d, 0, FINGER, "index", &step),
	    SOTER_E_SESSION_OUT_OF_TIME);
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "index", NULL), SOTER_OK);
	biodev_free(&d);
}

/* One who may do both, on a development machine. */
static void
test_kind(void)
{
	struct biodev *d = make("thumb");

	check_row("no enrolment, which takes the PIN, by authenticating");
	d->is_development = true;
	biodev_restart(d);
	CHECK_RC(call(d, BIODEV_USER, SOTER_BIO_AUTH_BEGIN, 0, 0), SOTER_OK);
	for (int i = 0; i < 3; i++) {
		CHECK_RC(biodev_feed(d, FINGER, "index"), SOTER_OK);
		CHECK_RC(call(d, BIODEV_USER, SOTER_BIO_ENROL_STEP, 0, 0),
		    SOTER_E_SESSION_OUT_OF_TIME);
	}
	CHECK_RC(call(d, BIODEV_USER, SOTER_BIO_ENROL_CANCEL, 0, 0),
	    SOTER_E_SESSION_OUT_OF_TIME);
	CHECK_RC(call(d, BIODEV_USER, SOTER_BIO_AUTH_CANCEL, 0, 0), SOTER_OK);
	CHECK(biodev_status(d, 0).enrolled == 1);
	check_row("nor the other way round");
	CHECK_RC(biodev_call(d, BIODEV_USER, SOTER_BIO_ENROL_BEGIN,
		     &(struct soter_ta_request){ .pin = SOTER_SPAN(PIN),
			 .modality = FINGER }),
	    SOTER_OK);
	CHECK_RC(biodev_feed(d, FINGER, "thumb"), SOTER_OK);
	CHECK_RC(call(d, BIODEV_USER, SOTER_BIO_AUTH_STEP, 0, 0),
	    SOTER_E_SESSION_OUT_OF_TIME);
	CHECK_RC(call(d, BIODEV_USER, SOTER_BIO_AUTH_CANCEL, 0, 0),
	    SOTER_E_SESSION_OUT_OF_TIME);
	biodev_free(&d);
}

static void
test_auth(void)
{
	struct biodev *d = make(NULL);
	uint64_t fid, who = 0;

	check_row("nobody is enrolled");
	CHECK_RC(biodev_begin(d, 0, 1), SOTER_E_NOT_ENROLLED);
	CHECK_RC(biodev_begin(d, 77, 1), SOTER_E_NOT_ENROLLED);
	check_row("no finger is, only a face");
	CHECK_RC(biodev_enrol(d, 0, PIN, FACE, "face", NULL), SOTER_OK);
	CHECK_RC(biodev_begin(d, 0, 1), SOTER_E_NOT_ENROLLED);
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "thumb", &fid), SOTER_OK);
	check_row("a face does for no finger");
	CHECK_RC(biodev_begin(d, 0, 1), SOTER_OK);
	CHECK_RC(biodev_feed(d, FACE, "face"), SOTER_OK);
	CHECK_RC(biodev_step(d, 0, 1, NULL), SOTER_E_WAITING);
	CHECK_RC(biodev_feed(d, FINGER, "face"), SOTER_OK);
	CHECK_RC(biodev_step(d, 0, 1, NULL), SOTER_E_MISS);
	check_row("after a miss it goes on, and a match forgets the miss");
	CHECK(biodev_status(d, 0).misses == 1);
	CHECK_RC(biodev_feed(d, FINGER, "thumb"), SOTER_OK);
	CHECK_RC(biodev_step(d, 0, 1, &who), SOTER_OK);
	CHECK(who == fid && biodev_status(d, 0).misses == 0);
	CHECK(d->pushed.sequence == 2);
	check_row("a bad frame is no try");
	CHECK_RC(biodev_begin(d, 0, 1), SOTER_OK);
	CHECK_RC(biodev_feed(d, FINGER, "~thumb"), SOTER_OK);
	CHECK_RC(biodev_step(d, 0, 1, NULL), SOTER_E_WAITING);
	CHECK_RC(biodev_cancel(d, 0, 1), SOTER_OK);
	CHECK(biodev_status(d, 0).misses == 0);
	check_row("session 0 tells who it is, and pushes nothing");
	CHECK_RC(biodev_touch(d, 0, 0, "thumb", &who), SOTER_OK);
	CHECK(who == fid && d->pushes == 1);
	check_row("a touch that the user removed meanwhile");
	CHECK_RC(biodev_begin(d, 0, 7), SOTER_OK);
	CHECK_RC(biodev_feed(d, FINGER, "thumb"), SOTER_OK);
	CHECK_RC(biodev_remove(d, 0, PIN, fid), SOTER_OK);
	CHECK_RC(biodev_step(d, 0, 7, NULL), SOTER_E_NOT_ENROLLED);
	CHECK(d->pushes == 1);
	biodev_free(&d);
}

/* What is no match of TA soter is no match. */
static void
test_push(void)
{
	static const struct {
		const char *what;
		TEE_Result open, invoke;
		enum soter_rc answer, want;
	} cases[] = {
		{ "TA soter refuses the match", 0, 0,
		    SOTER_E_VERIFICATION_FAILED, SOTER_E_VERIFICATION_FAILED },
		{ "TA soter says something odd", 0, 0, SOTER_E_TEE_UNKNOWN,
		    SOTER_E_TEE_UNKNOWN },
		{ "TA soter opens no session", TEE_ERROR_ACCESS_DENIED, 0,
		    SOTER_OK, SOTER_E_TEE_COMMUNICATION },
		{ "TA soter refuses the call", 0, TEE_ERROR_ACCESS_DENIED,
		    SOTER_OK, SOTER_E_TEE_COMMUNICATION },
	};

	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct biodev *d = make("thumb");

		check_row("%s: no match, and the try stays counted",
		    cases[i].what);
		d->push_open_result = cases[i].open;
		d->push_result = cases[i].invoke;
		d->push_answer = cases[i].answer;
		CHECK_RC(biodev_touch(d, 0, 5, "thumb", NULL), cases[i].want);
		CHECK(biodev_status(d, 0).misses == 1);
		CHECK_RC(biodev_step(d, 0, 5, NULL),
		    SOTER_E_SESSION_OUT_OF_TIME);
		CHECK(teehost_instance_use(hosttee_instance(d->bio))
			  .ta_sessions == 0);
		biodev_free(&d);
	}
}

/* ---- storage ----------------------------------------------------------- */

static enum soter_rc
status(struct biodev *d)
{
	return (call(d, BIODEV_PUBLIC, SOTER_BIO_STATUS, 0, 0));
}

static void
test_lost(void)
{
	struct biodev *d = make("thumb");
	struct soter_bio_row row;

	CHECK(biodev_list(d, 0, &row, 1) == 1);
	check_row("a lost template fits nobody; its fid can be removed");
	biodev_drop(d, biodev_template(row.fid));
	CHECK_RC(biodev_touch(d, 0, 0, "thumb", NULL), SOTER_E_MISS);
	CHECK(biodev_list(d, 0, &row, 1) == 1);
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "thumb", NULL), SOTER_OK);
	CHECK_RC(biodev_touch(d, 0, 0, "thumb", NULL), SOTER_OK);
	CHECK_RC(biodev_remove(d, 0, PIN, row.fid), SOTER_OK);
	check_row("so does a damaged one");
	CHECK(biodev_list(d, 0, &row, 1) == 1);
	biodev_damage(d, biodev_template(row.fid));
	CHECK_RC(biodev_touch(d, 0, 0, "thumb", NULL), SOTER_E_MISS);
	CHECK_RC(biodev_remove(d, 0, PIN, row.fid), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "thumb", NULL), SOTER_OK);
	CHECK(biodev_objects(d) == 3);
	check_row("a lost mark is made again");
	biodev_drop(d, "mark");
	CHECK_RC(biodev_touch(d, 0, 0, "thumb", NULL), SOTER_OK);
	CHECK(biodev_objects(d) == 3);

	check_row("a lost state is no fresh start");
	biodev_drop(d, "state");
	CHECK_RC(status(d), SOTER_E_SECURITY_STATE);
	CHECK_RC(biodev_set_pin(d, 0, "", "9999"), SOTER_E_SECURITY_STATE);
	CHECK(biodev_objects(d) == 2);
	biodev_free(&d);

	check_row("nor is it where the mark alone is left");
	d = make(NULL);
	biodev_drop(d, "state");
	CHECK_RC(status(d), SOTER_E_SECURITY_STATE);
	CHECK_RC(biodev_set_pin(d, 0, "", "9999"), SOTER_E_SECURITY_STATE);
	biodev_free(&d);

	check_row("nor where a template alone is left");
	d = make("thumb");
	biodev_drop(d, "state");
	biodev_drop(d, "mark");
	CHECK_RC(status(d), SOTER_E_SECURITY_STATE);
	biodev_free(&d);

	check_row("a damaged state, too");
	d = make("thumb");
	biodev_damage(d, "state");
	CHECK_RC(status(d), SOTER_E_SECURITY_STATE);
	CHECK_RC(biodev_set_pin(d, 0, "", "9999"), SOTER_E_SECURITY_STATE);
	CHECK(biodev_objects(d) == 3);
	biodev_free(&d);
}

/* A newer TA was here: the older one keeps its hands off. */
static void
test_version(void)
{
	struct biodev *new = biodev_new(BIODEV_IS_NEXT),
		      *old = biodev_new(BIODEV_IS_USUAL);
	struct diskmodel *disk;

	check_row("an older TA refuses a newer storage and changes nothing");
	CHECK_RC(biodev_set_pin(new, 0, "", PIN), SOTER_OK);
	CHECK_RC(biodev_enrol(new, 0, PIN, FINGER, "thumb", NULL), SOTER_OK);
	biodev_restart(new);
	disk = diskmodel_copy(hosttee_disk(new->bio), NULL);
	hosttee_set_disk(old->bio, disk);
	CHECK_RC(status(old), SOTER_E_SECURITY_STATE);
	CHECK_RC(biodev_set_pin(old, 0, PIN, "9999"), SOTER_E_SECURITY_STATE);
	CHECK_RC(biodev_begin(old, 0, 1), SOTER_E_SECURITY_STATE);
	biodev_restart(old);
	CHECK(diskmodel_same(disk, hosttee_disk(new->bio)));
	biodev_free(&old);

	check_row(
	    "a newer TA takes the older storage, and the way back is shut");
	old = make("thumb");
	biodev_restart(old);
	hosttee_set_disk(new->bio,
	    diskmodel_copy(hosttee_disk(old->bio), NULL));
	CHECK_RC(biodev_touch(new, 0, 0, "thumb", NULL), SOTER_OK);
	CHECK(biodev_status(new, 0).version == 2);
	biodev_restart(new);
	hosttee_set_disk(old->bio,
	    diskmodel_copy(hosttee_disk(new->bio), NULL));
	CHECK_RC(status(old), SOTER_E_SECURITY_STATE);
	biodev_free(&old);
	biodev_free(&new);
}

static void
test_full(void)
{
	struct biodev *d = make("thumb");

	check_row("a full disk: nothing is compared, nothing is lost");
	diskmodel_faults(hosttee_disk(d->bio))->free_bytes = 0;
	CHECK_RC(biodev_touch(d, 0, 1, "thumb", NULL),
	    SOTER_E_TEE_COMMUNICATION);
	CHECK(d->pushes == 0);
	CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_E_TEE_COMMUNICATION);
	CHECK_RC(biodev_unfreeze(d, 0, "9999"), SOTER_E_TEE_COMMUNICATION);
	CHECK(biodev_status(d, 0).enrolled == 1);
	diskmodel_faults(hosttee_disk(d->bio))->free_bytes = UINT64_MAX;
	CHECK_RC(biodev_touch(d, 0, 1, "thumb", NULL), SOTER_OK);
	check_row("a disk that cannot be written");
	diskmodel_faults(hosttee_disk(d->bio))->is_read_only = true;
	CHECK_RC(biodev_touch(d, 0, 2, "thumb", NULL),
	    SOTER_E_TEE_COMMUNICATION);
	CHECK(d->pushes == 1 && biodev_status(d, 0).enrolled == 1);
	diskmodel_faults(hosttee_disk(d->bio))->is_read_only = false;
	CHECK_RC(biodev_touch(d, 0, 2, "thumb", NULL), SOTER_OK);
	biodev_free(&d);
}

/* ---- which sensor ------------------------------------------------------ */

static void
check_start(const char *what, enum biodev_build build, const char *name)
{
	struct biodev *d = biodev_new(build);
	const struct teehost_property sensor = { "soter.sensor", TEEHOST_STRING,
		name };

	check_row("%s", what);
	hosttee_set_properties(d->bio, &sensor, name == NULL ? 0 : 1);
	CHECK(hosttee_open(d->bio, &(TEE_Identity){ TEE_LOGIN_PUBLIC, { 0 } },
		  &d->sessions[BIODEV_PUBLIC]) == TEE_ERROR_NOT_SUPPORTED);
	CHECK(hosttee_panic(d->bio) == NULL);
	biodev_free(&d);
}

static void
test_sensor(void)
{
	check_start("no sensor is named", BIODEV_IS_USUAL, NULL);
	check_start("a sensor of another name", BIODEV_IS_USUAL, "simulated");
	check_start("no name", BIODEV_IS_USUAL, "");
	check_start("a name that is too long", BIODEV_IS_USUAL,
	    "simsimsimsimsimsimsimsimsimsimsimsimsimsimsimsimsimsim");
	check_start("a release build, and the simulated sensor",
	    BIODEV_IS_RELEASE, "sim");
}

int
main(void)
{
	test_life();
	test_pin();
	test_enrol();
	test_use();
	test_kind();
	test_auth();
	test_push();
	test_lost();
	test_version();
	test_full();
	test_sensor();
	return (check_done());
}
