/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A signature without a touch, or by a touch that was not given for it: each
 * variant of a wrong, old, stolen or replayed match gives -26, the session
 * survives, and no counter is lost.
 *
 * Guards, all in src/ta/soter/sign.c: `sequence <= last_sequence`; is_live(),
 * is_matched() and soter_user_of_uid() in ta_sign_match(); !is_matched() in
 * ta_sign_finish(); end(s) behind the signature; end(s) in ta_sign_init();
 * ta_sign_reset() in entry.c.  Roles are in ta_roles_test.c.
 */
#include "tests/check.h"
#include "tests/tabox.h"
#include "wire/export.h"
#include "wire/result.h"

/* A second app, and one of another user profile. */
#define APP_B	  10002
#define APP_USER1 110001

static struct tabox box;
static uint64_t counter; /* the last that was signed */

static struct soter_ta_request
match_for(uint64_t session)
{
	return ((struct soter_ta_request){ .session = session,
	    .fid = 7,
	    .modality = SOTER_MODALITY_FINGER,
	    .sequence = ++box.sequence,
	    .sensor = SOTER_SPAN("SIM"),
	    .sensor_version = SOTER_SPAN("1") });
}

static enum soter_rc
push(const struct soter_ta_request *x)
{
	tabox_call(&box, TABOX_BIOMETRIC, SOTER_TA_MATCH, x, &tabox_last);
	return (tabox_last.code);
}

static uint64_t
begin(uint32_t uid)
{
	uint64_t session = 0;

	CHECK_RC(tabox_init(&box, uid, TABOX_KNAME, "c", &session), SOTER_OK);
	return (session);
}

/* Refused; then a right match, and the very next counter. */
static void
check_survives(uint32_t uid, uint64_t session)
{
	struct soter_ta_request right = match_for(session);

	right.user = soter_user_of_uid(uid);
	CHECK_RC(tabox_finish(&box, uid, session), SOTER_E_VERIFICATION_FAILED);
	CHECK_RC(tabox_finish(&box, uid, session), SOTER_E_VERIFICATION_FAILED);
	CHECK_RC(push(&right), SOTER_OK);
	CHECK_RC(tabox_finish(&box, uid, session), SOTER_OK);
	CHECK(tabox_counter() == counter + 1);
	counter++;
}

/* ---- wrong and stolen -------------------------------------------------- */

static void
test_wrong(void)
{
	struct soter_ta_request x;
	uint64_t a, b;

	check_row("no match at all");
	check_survives(TABOX_UID, begin(TABOX_UID));

	check_row("a match given for another app's session");
	a = begin(TABOX_UID);
	b = begin(APP_B);
	CHECK_RC(tabox_match(&box, b), SOTER_OK);
	check_survives(TABOX_UID, a);
	CHECK_RC(tabox_finish(&box, APP_B, b), SOTER_OK);
	counter++;

	check_row("a match given for another session of the same app");
	a = begin(TABOX_UID);
	CHECK_RC(tabox_init(&box, TABOX_UID, "open", "c", &b), SOTER_OK);
	CHECK_RC(tabox_match(&box, b), SOTER_OK);
	check_survives(TABOX_UID, a);
	CHECK_RC(tabox_cancel(&box, TABOX_UID, b), SOTER_OK);

	check_row("another user's touch");
	a = begin(TABOX_UID);
	x = match_for(a);
	x.user = 1;
	CHECK_RC(push(&x), SOTER_E_VERIFICATION_FAILED);
	check_survives(TABOX_UID, a);
	check_row("the first user's touch for another user");
	a = begin(APP_USER1);
	CHECK_RC(tabox_match(&box, a), SOTER_E_VERIFICATION_FAILED);
	check_survives(APP_USER1, a);

	check_row("a match for session 0, or for none");
	a = begin(TABOX_UID);
	CHECK_RC(tabox_match(&box, 0), SOTER_E_VERIFICATION_FAILED);
	CHECK_RC(tabox_match(&box, a ^ 1), SOTER_E_VERIFICATION_FAILED);
	check_survives(TABOX_UID, a);
}

/* A client that claims to be TA biometric, or a TA that is not. */
static void
test_not_biometric(void)
{
	static const enum tabox_who liars[] = { TABOX_SERVICE, TABOX_FACTORY,
		TABOX_ENROLLER, TABOX_OTHER_TA, TABOX_LIAR, TABOX_PUBLIC };

	for (size_t i = 0; i < SOTER_COUNT(liars); i++) {
		uint64_t a;
		struct soter_ta_request x;

		check_row("a match by client %zu that is not TA biometric", i);
		a = begin(TABOX_UID);
		x = match_for(a);
		tabox_call(&box, liars[i], SOTER_TA_MATCH, &x, &tabox_last);
		CHECK(tabox_last.result == TEE_ERROR_ACCESS_DENIED);
		check_survives(TABOX_UID, a);
	}
}

/* ---- old, used, replayed ----------------------------------------------- */

static void
test_old(void)
{
	struct soter_ta_request x;
	uint64_t a, early;

	check_row("a touch from before the request");
	early = begin(TABOX_UID);
	CHECK_RC(tabox_match(&box, early), SOTER_OK);
	a = begin(TABOX_UID); /* takes its place */
	CHECK_RC(tabox_finish(&box, TABOX_UID, early), SOTER_E_TEE_UNKNOWN);
	check_survives(TABOX_UID, a);

	check_row("10 s are enough");
	a = begin(TABOX_UID);
	CHECK_RC(tabox_match(&box, a), SOTER_OK);
	box.now_ms += SOTER_MATCH_MS;
	CHECK_RC(tabox_finish(&box, TABOX_UID, a), SOTER_OK);
	counter++;
	check_row("a match older than 10 s");
	a = begin(TABOX_UID);
	CHECK_RC(tabox_match(&box, a), SOTER_OK);
	box.now_ms += SOTER_MATCH_MS + 1;
	check_survives(TABOX_UID, a);

	check_row("a match from the future of a clock that went back");
	box.now_ms += 100;
	a = begin(TABOX_UID);
	box.now_ms += 1000;
	CHECK_RC(tabox_match(&box, a), SOTER_OK);
	box.now_ms -= 500;
	check_survives(TABOX_UID, a);

	check_row("a touch used twice");
	a = begin(TABOX_UID);
	CHECK_RC(tabox_match(&box, a), SOTER_OK);
	CHECK_RC(tabox_finish(&box, TABOX_UID, a), SOTER_OK);
	counter++;
	CHECK_RC(tabox_finish(&box, TABOX_UID, a), SOTER_E_TEE_UNKNOWN);
	check_survives(TABOX_UID, begin(TABOX_UID));

	check_row("a match for a session that was cancelled");
	early = begin(TABOX_UID);
	CHECK_RC(tabox_cancel(&box, TABOX_UID, early), SOTER_OK);
	CHECK_RC(tabox_match(&box, early), SOTER_E_VERIFICATION_FAILED);
	check_survives(TABOX_UID, begin(TABOX_UID));

	check_row("a match for a session whose time is over");
	a = begin(TABOX_UID);
	box.now_ms += SOTER_SESSION_MS + 1;
	x = match_for(a);
	CHECK_RC(push(&x), SOTER_E_VERIFICATION_FAILED);
	CHECK_RC(tabox_finish(&box, TABOX_UID, a), SOTER_E_SESSION_OUT_OF_TIME);
	check_survives(TABOX_UID, begin(TABOX_UID));
}

static void
test_replayed(void)
{
	struct soter_ta_request first, again;
	struct soter_result_json result;
	struct soter_export blob;
	uint64_t a, b;

	check_row("a match replayed for the next session");
	a = begin(TABOX_UID);
	first = match_for(a);
	CHECK_RC(push(&first), SOTER_OK);
	CHECK_RC(tabox_finish(&box, TABOX_UID, a), SOTER_OK);
	counter++;
	b = begin(TABOX_UID);
	again = first;
	again.session = b;
	CHECK_RC(push(&again), SOTER_E_VERIFICATION_FAILED);
	check_survives(TABOX_UID, b);

	check_row("one that was refused, told again for another session");
	a = begin(TABOX_UID);
	first = match_for(a ^ 1);
	CHECK_RC(push(&first), SOTER_E_VERIFICATION_FAILED);
	first.session = a;
	CHECK_RC(push(&first), SOTER_E_VERIFICATION_FAILED);
	check_survives(TABOX_UID, a);

	check_row("an older sequence");
	a = begin(TABOX_UID);
	first = match_for(a);
	first.sequence = 1;
	CHECK_RC(push(&first), SOTER_E_VERIFICATION_FAILED);
	check_survives(TABOX_UID, a);

	check_row("a session that has its match does not take another one");
	a = begin(TABOX_UID);
	CHECK_RC(tabox_match(&box, a), SOTER_OK);
	first = match_for(a);
	first.fid = 8;
	CHECK_RC(push(&first), SOTER_E_VERIFICATION_FAILED);
	CHECK_RC(tabox_finish(&box, TABOX_UID, a), SOTER_OK);
	counter++;
	CHECK_RC(soter_export_parse(&blob,
		     soter_span(tabox_last.body, tabox_last.n)),
	    SOTER_OK);
	CHECK_RC(soter_result_json_parse(&result, blob.text, NULL, NULL),
	    SOTER_OK);
	CHECK(strcmp(result.fid, "7") == 0);
}

/* ---- a restart --------------------------------------------------------- */

static void
test_restart(bool is_orderly)
{
	uint64_t a;

	check_row("a match kept over %s", is_orderly ? "a restart" : "a kill");
	a = begin(TABOX_UID);
	CHECK_RC(tabox_match(&box, a), SOTER_OK);
	if (is_orderly)
		tabox_stop(&box);
	else
		tabox_kill(&box);
	CHECK_RC(tabox_start(&box), SOTER_OK);
	CHECK_RC(tabox_finish(&box, TABOX_UID, a), SOTER_E_TEE_UNKNOWN);
	/* The rest of the block is skipped. */
	counter += SOTER_COUNTER_BLOCK_MAX - 1;
	counter -= counter % SOTER_COUNTER_BLOCK_MAX;
	check_survives(TABOX_UID, begin(TABOX_UID));
}

static void
make_keys(uint32_t uid)
{
	CHECK_RC(
	    tabox_do(&box, TABOX_SERVICE, SOTER_TA_ASK_GENERATE, uid, NULL),
	    SOTER_OK);
	CHECK_RC(tabox_do(&box, TABOX_SERVICE, SOTER_TA_AUTHKEY_GENERATE, uid,
		     TABOX_KNAME),
	    SOTER_OK);
}

int
main(int argc, char **argv)
{
	tabox_load(argc, argv);
	tabox_new(&box, &tabox_builds[TABOX_USUAL]);
	if (tabox_start(&box) != SOTER_OK)
		return (1);
	tabox_provision(&box);
	check_row("keys");
	make_keys(APP_B);
	make_keys(APP_USER1);
	CHECK_RC(tabox_do(&box, TABOX_SERVICE, SOTER_TA_AUTHKEY_GENERATE,
		     TABOX_UID, "open"),
	    SOTER_OK);

	test_wrong();
	test_not_biometric();
	test_old();
	test_replayed();
	test_restart(true);
	test_restart(false);
	tabox_free(&box);
	return (check_done());
}
