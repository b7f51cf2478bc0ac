/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Both TAs together: a signature without a touch that was given for it.  Each
 * variant is refused, the signing session survives, and a right touch then
 * signs.
 */
#include "tests/biodev.h"
#include "tests/check.h"
#include "wire/export.h"
#include "wire/result.h"

#define PIN	    "1234"
#define FINGER	    SOTER_MODALITY_FINGER
#define KNAME	    "pay"

/* Two apps of user 0, and one of user 10. */
#define APP	    10001
#define APP_B	    10002
#define APP_USER_10 1010001

static struct biodev *d;
static uint32_t service, factory; /* sessions with TA soter */
static uint8_t reply[SOTER_TA_REPLY_MAX];
static struct soter_span body;

/* ---- TA soter ---------------------------------------------------------- */

static enum soter_rc
call(uint32_t *session, enum biodev_who who, uint32_t command,
    const struct soter_ta_request *x)
{
	const TEE_Identity client = biodev_identity(who);
	uint8_t request[SOTER_TA_REQUEST_MAX];
	struct soter_writer w = soter_writer(request, sizeof(request));
	size_t n = sizeof(reply);
	enum soter_rc code;

	if (hosttee_instance(d->soter) == NULL)
		service = factory = 0;
	if (*session == 0 &&
	    hosttee_open(d->soter, &client, session) != TEE_SUCCESS)
		return (SOTER_E_ACCESS);
	if (soter_ta_request_write(&w, soter_ta_form(command), x) != SOTER_OK)
		abort();
	if (hosttee_call(d->soter, *session, command, soter_written(&w), reply,
		&n) != TEE_SUCCESS)
		return (SOTER_E_ACCESS);
	TRY(soter_ta_reply_parse(&code, &body, soter_span(reply, n)));
	return (code);
}

static enum soter_rc
as_service(uint32_t command, uint32_t uid, uint64_t session)
{
	const struct soter_ta_request x = { .uid = uid,
		.session = session,
		.kname = SOTER_SPAN(KNAME),
		.challenge = SOTER_SPAN("challenge") };

	return (call(&service, BIODEV_SERVICE, command, &x));
}

static uint64_t
init_sign(uint32_t uid)
{
	struct soter_reader r;
	uint64_t session = 0;

	CHECK_RC(as_service(SOTER_TA_SIGN_INIT, uid, 0), SOTER_OK);
	r = soter_reader(body);
	CHECK_RC(soter_read_le64(&r, &session), SOTER_OK);
	return (session);
}

static enum soter_rc
finish_sign(uint32_t uid, uint64_t session)
{
	return (as_service(SOTER_TA_SIGN_FINISH, uid, session));
}

/* ---- the device -------------------------------------------------------- */

static void
make(void)
{
	static const uint32_t uids[] = { APP, APP_B, APP_USER_10 };
	const struct soter_ta_request none = { 0 };

	d = biodev_new_pair();
	CHECK_RC(call(&factory, BIODEV_FACTORY, SOTER_TA_ATTK_GENERATE, &none),
	    SOTER_OK);
	for (size_t i = 0; i < SOTER_COUNT(uids); i++) {
		CHECK_RC(as_service(SOTER_TA_ASK_GENERATE, uids[i], 0),
		    SOTER_OK);
		CHECK_RC(as_service(SOTER_TA_AUTHKEY_GENERATE, uids[i], 0),
		    SOTER_OK);
	}
	CHECK_RC(biodev_set_pin(d, 0, "", PIN), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "thumb", NULL), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 0, PIN, SOTER_MODALITY_FACE, "face", NULL),
	    SOTER_OK);
	CHECK_RC(biodev_set_pin(d, 10, "", PIN), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 10, PIN, FINGER, "foreign", NULL), SOTER_OK);
}

/* It was refused; a right touch signs it. */
static void
check_survives(uint32_t uid, uint64_t session)
{
	uint32_t user = soter_user_of_uid(uid);

	CHECK_RC(finish_sign(uid, session), SOTER_E_VERIFICATION_FAILED);
	CHECK_RC(biodev_touch(d, user, session, user == 0 ? "thumb" : "foreign",
		     NULL),
	    SOTER_OK);
	CHECK_RC(finish_sign(uid, session), SOTER_OK);
}

/* ---- what is right ----------------------------------------------------- */

static void
check_result(uint64_t fid, bool is_face)
{
	struct soter_export x;
	struct soter_result_json json;
	char digits[SOTER_FID_MAX + 1];

	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)fid);
	CHECK_RC(soter_export_parse(&x, body), SOTER_OK);
	CHECK_RC(soter_result_json_parse(&json, x.text, NULL, NULL), SOTER_OK);
	CHECK(strcmp(json.fid, digits) == 0);
	CHECK(strcmp(json.fp_n, is_face ? "" : "OpenSOTER-simulated-finger") ==
	    0);
	CHECK(strcmp(json.fp_v, is_face ? "" : "1") == 0);
	CHECK(
	    strcmp(json.fc_n, is_face ? "OpenSOTER-simulated-face" : "") == 0);
	CHECK(strcmp(json.fc_v, is_face ? "1" : "") == 0);
}

static void
test_right(void)
{
	struct soter_ta_request x = { .modality = SOTER_MODALITY_FACE };
	struct soter_bio_step step = { 0 };
	uint64_t a, fid = 0;

	check_row("initSign, touch, finishSign");
	a = init_sign(APP);
	CHECK_RC(biodev_touch(d, 0, a, "thumb", &fid), SOTER_OK);
	CHECK_RC(finish_sign(APP, a), SOTER_OK);
	check_result(fid, false);
	check_row("the same with a face");
	x.session = a = init_sign(APP);
	CHECK_RC(biodev_call(d, BIODEV_SERVICE, SOTER_BIO_AUTH_BEGIN, &x),
	    SOTER_OK);
	CHECK_RC(biodev_feed(d, SOTER_MODALITY_FACE, "face"), SOTER_OK);
	CHECK_RC(biodev_call(d, BIODEV_SERVICE, SOTER_BIO_AUTH_STEP, &x),
	    SOTER_OK);
	CHECK_RC(soter_bio_step_parse(&step, d->body), SOTER_OK);
	CHECK_RC(finish_sign(APP, a), SOTER_OK);
	check_result(step.fid, true);
	check_row("each user for itself");
	a = init_sign(APP_USER_10);
	CHECK_RC(biodev_touch(d, 10, a, "foreign", NULL), SOTER_OK);
	CHECK_RC(finish_sign(APP_USER_10, a), SOTER_OK);
}

/* ---- what is not ------------------------------------------------------- */

static void
test_wrong(void)
{
	uint64_t a, b;
	uint32_t misses;

	check_row("no touch");
	check_survives(APP, init_sign(APP));

	check_row("a touch of nobody who is enrolled");
	a = init_sign(APP);
	CHECK_RC(biodev_touch(d, 0, a, "false", NULL), SOTER_E_MISS);
	check_survives(APP, a);

	check_row("a touch given for session A does not finish B");
	a = init_sign(APP);
	b = init_sign(APP_B);
	CHECK_RC(biodev_touch(d, 0, a, "thumb", NULL), SOTER_OK);
	CHECK_RC(finish_sign(APP_B, a), SOTER_E_TEE_UNKNOWN);
	check_survives(APP_B, b);
	CHECK_RC(finish_sign(APP, a), SOTER_OK);

	check_row("a touch that only tells who it is finishes nothing");
	a = init_sign(APP);
	CHECK_RC(biodev_touch(d, 0, 0, "thumb", NULL), SOTER_OK);
	check_survives(APP, a);

	check_row("another user's touch: refused, and a try of his own");
	a = init_sign(APP);
	misses = biodev_status(d, 10).misses;
	CHECK_RC(biodev_touch(d, 10, a, "foreign", NULL),
	    SOTER_E_VERIFICATION_FAILED);
	CHECK(biodev_status(d, 10).misses == misses + 1);
	CHECK(biodev_status(d, 0).misses == 0);
	check_row("another user's finger is none of this user's");
	CHECK_RC(biodev_touch(d, 0, a, "foreign", NULL), SOTER_E_MISS);
	check_survives(APP, a);

	check_row("a touch for a session that there is not");
	CHECK_RC(biodev_touch(d, 0, 4711, "thumb", NULL),
	    SOTER_E_VERIFICATION_FAILED);
	check_row("a touch for a session whose time is over");
	a = init_sign(APP);
	biodev_wait(d, SOTER_SESSION_MS + 1);
	CHECK_RC(biodev_touch(d, 0, a, "thumb", NULL),
	    SOTER_E_VERIFICATION_FAILED);
	CHECK_RC(finish_sign(APP, a), SOTER_E_SESSION_OUT_OF_TIME);
	CHECK_RC(biodev_unfreeze(d, 0, PIN), SOTER_OK);
}

static void
test_old(void)
{
	uint64_t a, b;

	check_row("a touch from before the request");
	CHECK_RC(biodev_feed(d, FINGER, "thumb"), SOTER_OK);
	a = init_sign(APP);
	CHECK_RC(biodev_begin(d, 0, a), SOTER_OK);
	CHECK_RC(biodev_step(d, 0, a, NULL), SOTER_E_WAITING);
	CHECK_RC(biodev_cancel(d, 0, a), SOTER_OK);
	check_survives(APP, a);

	check_row("a match for the request that this one replaced");
	a = init_sign(APP);
	CHECK_RC(biodev_touch(d, 0, a, "thumb", NULL), SOTER_OK);
	b = init_sign(APP);
	CHECK_RC(finish_sign(APP, a), SOTER_E_TEE_UNKNOWN);
	check_survives(APP, b);

	check_row("a touch used twice");
	a = init_sign(APP);
	CHECK_RC(biodev_touch(d, 0, a, "thumb", NULL), SOTER_OK);
	CHECK_RC(finish_sign(APP, a), SOTER_OK);
	CHECK_RC(finish_sign(APP, a), SOTER_E_TEE_UNKNOWN);
	check_survives(APP, init_sign(APP));

	check_row("a touch of eleven seconds ago");
	a = init_sign(APP);
	CHECK_RC(biodev_touch(d, 0, a, "thumb", NULL), SOTER_OK);
	biodev_wait(d, SOTER_MATCH_MS + 1);
	check_survives(APP, a);
}

/* TA biometric's storage as it was: its next try has a number that was. */
static void
test_rolled_back(void)
{
	struct diskmodel *old;
	uint64_t a = init_sign(APP);

	check_row("a match whose number came before, from a storage put back");
	biodev_restart(d);
	old = diskmodel_copy(hosttee_disk(d->bio), NULL);
	CHECK_RC(biodev_touch(d, 0, a, "thumb", NULL), SOTER_OK);
	CHECK_RC(finish_sign(APP, a), SOTER_OK);
	biodev_restart(d);
	hosttee_set_disk(d->bio, old);
	a = init_sign(APP);
	CHECK_RC(biodev_touch(d, 0, a, "thumb", NULL),
	    SOTER_E_VERIFICATION_FAILED);
	check_survives(APP, a);
}

static void
test_restart(void)
{
	static void (*const ends[])(
	    struct hosttee_ta *) = { hosttee_restart, hosttee_kill };
	uint64_t a;

	for (size_t i = 0; i < SOTER_COUNT(ends); i++) {
		check_row("a match is lost with TA soter's %s",
		    i == 0 ? "restart" : "kill");
		a = init_sign(APP);
		CHECK_RC(biodev_touch(d, 0, a, "thumb", NULL), SOTER_OK);
		ends[i](d->soter);
		CHECK_RC(finish_sign(APP, a), SOTER_E_TEE_UNKNOWN);
		CHECK_RC(biodev_touch(d, 0, a, "thumb", NULL),
		    SOTER_E_VERIFICATION_FAILED);
		check_survives(APP, init_sign(APP));
	}
	check_row("what TA biometric had begun is lost with it");
	a = init_sign(APP);
	CHECK_RC(biodev_begin(d, 0, a), SOTER_OK);
	CHECK_RC(biodev_feed(d, FINGER, "thumb"), SOTER_OK);
	biodev_kill(d);
	CHECK_RC(biodev_step(d, 0, a, NULL), SOTER_E_SESSION_OUT_OF_TIME);
	check_survives(APP, a);
	check_row("numbers grow over its restart, so the next match is taken");
	for (int i = 0; i < 3; i++) {
		a = init_sign(APP);
		biodev_restart(d);
		CHECK_RC(biodev_touch(d, 0, a, "thumb", NULL), SOTER_OK);
		CHECK_RC(finish_sign(APP, a), SOTER_OK);
	}
}

/* ---- who is not TA biometric ------------------------------------------- */

/* The very same code, under another UUID. */
static void
test_other_ta(void)
{
	struct hosttee_ta *real = d->bio;
	uint64_t a = init_sign(APP);

	check_row("TA biometric's own code under another UUID");
	biodev_restart(d);
	d->bio = biodev_add_impostor(d);
	CHECK_RC(biodev_set_pin(d, 0, "", PIN), SOTER_OK);
	CHECK_RC(biodev_enrol(d, 0, PIN, FINGER, "mine", NULL), SOTER_OK);
	CHECK_RC(biodev_touch(d, 0, a, "mine", NULL),
	    SOTER_E_TEE_COMMUNICATION);
	hosttee_restart(d->bio);
	d->bio = real;
	biodev_restart(d);
	check_survives(APP, a);
}

static void
test_clients(void)
{
	static const TEE_UUID bio = SOTER_BIO_UUID;
	static const uint32_t logins[] = { TEE_LOGIN_PUBLIC, TEE_LOGIN_USER,
		TEE_LOGIN_GROUP, TEE_LOGIN_APPLICATION,
		TEE_LOGIN_APPLICATION_USER, TEE_LOGIN_APPLICATION_GROUP };
	uint8_t request[SOTER_TA_REQUEST_MAX];
	uint64_t a = init_sign(APP);
	struct soter_ta_request x = { .session = a,
		.fid = 1,
		.modality = FINGER,
		.sequence = INT64_MAX,
		.sensor = SOTER_SPAN("x"),
		.sensor_version = SOTER_SPAN("1") };

	for (size_t i = 0; i < SOTER_COUNT(logins); i++) {
		const TEE_Identity liar = { logins[i], bio };
		struct soter_writer w = soter_writer(request, sizeof(request));
		size_t n = sizeof(reply);
		uint32_t session = 0;

		check_row("a client of login %u with its UUID",
		    (unsigned)logins[i]);
		CHECK_RC(soter_ta_request_write(&w,
			     soter_ta_form(SOTER_TA_MATCH), &x),
		    SOTER_OK);
		CHECK(hosttee_open(d->soter, &liar, &session) == TEE_SUCCESS);
		CHECK(hosttee_call(d->soter, session, SOTER_TA_MATCH,
			  soter_written(&w), reply,
			  &n) == TEE_ERROR_ACCESS_DENIED);
		hosttee_close(d->soter, session);
	}
	check_survives(APP, a);
}

int
main(void)
{
	make();
	test_right();
	test_wrong();
	test_old();
	test_rolled_back();
	test_restart();
	test_other_ta();
	test_clients();
	biodev_free(&d);
	return (check_done());
}
