/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter tee: a challenge, a touch, a result.
 *
 *	init-sign      TA soter keeps the challenge and waits for a match
 *	authenticate   TA biometric looks at the sensor until somebody touches
 *	               it, and pushes a match into TA soter
 *	finish-sign    TA soter signs, once
 */
#include <time.h>

#include "cli/print.h"
#include "cli/teeact.h"
#include "cli/teecall.h"
#include "device/clock.h"

#define POLL_MS 20 /* a touch is seen that late at most */

static void
pause_ms(unsigned ms)
{
	const struct timespec t = { 0, (long)ms * 1000000 };

	nanosleep(&t, NULL);
}

/* Say it to the person, not into the answer. */
static void
ask_for_touch(const char *what)
{
	print_error(NULL, "%s", what);
}

/* One look at the sensor. */
static enum soter_rc
step(struct teecall *bio, const struct soter_ta_request *x,
    struct soter_bio_step *out)
{
	struct soter_span body;

	TRY(teecall_run(bio, SOTER_BIO_AUTH_STEP, x, &body));
	if (soter_bio_step_parse(out, body) != SOTER_OK)
		return (teecall_nonsense(TEECALL_BIO));
	return (SOTER_OK);
}

/*
 * Look until there was a match, a no, or the time is over.  Somebody at the
 * sensor may try again after a miss; a simulated touch is one try.
 */
static enum soter_rc
wait_for_match(struct teecall *bio, const struct teeline *line,
    struct soter_bio_step *match)
{
	uint64_t end = device_clock_ms() + line->wait_s * 1000;
	enum soter_rc rc;

	for (;;) {
		rc = step(bio, &line->x, match);
		if (rc == SOTER_E_MISS && line->touch == NULL)
			ask_for_touch("that is nobody who is enrolled: "
				      "touch the sensor again");
		else if (rc != SOTER_E_WAITING)
			return (rc);
		if (device_clock_ms() >= end)
			return (rc);
		pause_ms(POLL_MS);
	}
}

static enum soter_rc
touch(struct teecall *bio, const struct teeline *line)
{
	struct soter_ta_request x = line->x;

	if (line->touch == NULL) {
		ask_for_touch(x.modality == SOTER_MODALITY_FACE
			? "look at the sensor"
			: "touch the sensor");
		return (SOTER_OK);
	}
	x.sample = soter_text(line->touch);
	return (teecall_run(bio, SOTER_BIO_SIM_FEED, &x, NULL));
}

/* A match for the session, or the sensor is free again. */
static enum soter_rc
authenticate(struct teecall *bio, const struct teeline *line, json_t *to)
{
	struct soter_bio_step match;
	enum soter_rc rc;

	TRY(teecall_run(bio, SOTER_BIO_AUTH_BEGIN, &line->x, NULL));
	rc = touch(bio, line);
	if (rc == SOTER_OK)
		rc = wait_for_match(bio, line, &match);
	if (rc != SOTER_OK) {
		teecall_undo(bio, SOTER_BIO_AUTH_CANCEL, &line->x);
		return (rc);
	}
	return (tree_put_number(to, "fid", match.fid));
}

static enum soter_rc
init(struct teecall *ta, const struct teeline *line, uint64_t *session)
{
	struct soter_reader r;
	struct soter_span body;

	TRY(teecall_run(ta, SOTER_TA_SIGN_INIT, &line->x, &body));
	r = soter_reader(body);
	if (soter_read_le64(&r, session) != SOTER_OK ||
	    soter_read_end(&r) != SOTER_OK || *session == 0 ||
	    *session > INT64_MAX)
		return (teecall_nonsense(TEECALL_SOTER));
	return (SOTER_OK);
}

static enum soter_rc
finish(struct teecall *ta, const struct teeline *line, json_t *to)
{
	struct soter_span blob;

	TRY(teecall_run(ta, SOTER_TA_SIGN_FINISH, &line->x, &blob));
	return (teekeys_put_blob(to, line->out_file, blob));
}

enum soter_rc
teesign_init(const struct teeline *line, json_t *to)
{
	struct teecall ta = { .is_open = false };
	uint64_t session;
	enum soter_rc rc;

	if ((rc = teecall_open(&ta, TEECALL_SOTER)) != SOTER_OK)
		goto out;
	if ((rc = init(&ta, line, &session)) != SOTER_OK)
		goto out;
	rc = tree_put_number(to, "session", session);
out:
	teecall_close(&ta);
	return (rc);
}

enum soter_rc
teesign_authenticate(const struct teeline *line, json_t *to)
{
	struct teecall bio = { .is_open = false };
	enum soter_rc rc;

	if ((rc = teecall_open(&bio, TEECALL_BIO)) == SOTER_OK)
		rc = authenticate(&bio, line, to);
	teecall_close(&bio);
	return (rc);
}

enum soter_rc
teesign_finish(const struct teeline *line, json_t *to)
{
	struct teecall ta = { .is_open = false };
	enum soter_rc rc;

	if ((rc = teecall_open(&ta, TEECALL_SOTER)) == SOTER_OK)
		rc = finish(&ta, line, to);
	teecall_close(&ta);
	return (rc);
}

enum soter_rc
teesign_cancel(const struct teeline *line, json_t *to)
{
	(void)to;
	return (
	    teecall_once(TEECALL_SOTER, SOTER_TA_SIGN_CANCEL, &line->x, NULL));
}

/* Behind the first step: the session is given up if anything fails. */
static enum soter_rc
touch_and_finish(struct teecall *ta, struct teecall *bio,
    const struct teeline *line, json_t *to)
{
	enum soter_rc rc = authenticate(bio, line, to);

	if (rc == SOTER_OK)
		rc = finish(ta, line, to);
	if (rc != SOTER_OK)
		teecall_undo(ta, SOTER_TA_SIGN_CANCEL, &line->x);
	return (rc);
}

enum soter_rc
teesign_sign(const struct teeline *line, json_t *to)
{
	struct teecall ta = { .is_open = false }, bio = { .is_open = false };
	struct teeline now = *line;
	enum soter_rc rc;

	if ((rc = teecall_open(&ta, TEECALL_SOTER)) != SOTER_OK)
		goto out;
	if ((rc = teecall_open(&bio, TEECALL_BIO)) != SOTER_OK)
		goto out;
	if ((rc = init(&ta, line, &now.x.session)) != SOTER_OK)
		goto out;
	rc = touch_and_finish(&ta, &bio, &now, to);
out:
	teecall_close(&bio);
	teecall_close(&ta);
	return (rc);
}
