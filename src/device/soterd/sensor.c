/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/soterd/bounds.h"
#include "device/soterd/clock.h"
#include "device/soterd/fair.h"
#include "device/soterd/sensor.h"
#include "device/soterd/sessions.h"
#include "device/soterd/tee.h"

static struct {
	pthread_mutex_t lock;
	pthread_cond_t given_back;
	bool is_turn_taken;

	/* The last look that was begun; changed by who has the turn. */
	uint64_t session; /* 0: none */
	uint32_t uid, user;
	struct soterd_fair fair; /* used by who has the turn */

	/* Of that look, changed by its owner, too. */
	bool is_over; /* the TA need not know it yet */
	uint64_t asked_ms;
} sensor = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.given_back = PTHREAD_COND_INITIALIZER };

/* ---- turns --------------------------------------------------------------- */

static bool
take_turn(void)
{
	const uint64_t end = soterd_clock_ms() + SOTERD_TURN_MS;
	bool is_mine;

	pthread_mutex_lock(&sensor.lock);
	while (sensor.is_turn_taken &&
	    soterd_clock_wait(&sensor.given_back, &sensor.lock, end))
		;
	is_mine = !sensor.is_turn_taken;
	sensor.is_turn_taken = true;
	pthread_mutex_unlock(&sensor.lock);
	return (is_mine);
}

static void
give_turn_back(void)
{
	pthread_mutex_lock(&sensor.lock);
	sensor.is_turn_taken = false;
	pthread_cond_signal(&sensor.given_back);
	pthread_mutex_unlock(&sensor.lock);
}

static enum soter_rc
ask(uint32_t command, const struct soter_ta_request *x,
    struct soter_writer *body)
{
	return (soterd_tee_call(SOTERD_TA_SENSOR, command, x, body));
}

/* For a command whose reply has no body. */
static enum soter_rc
tell(uint32_t command, const struct soter_ta_request *x)
{
	uint8_t none[SOTER_TA_REPLY_MAX];
	struct soter_writer w = soter_writer(none, sizeof(none));

	return (ask(command, x, &w));
}

/* ---- the look ------------------------------------------------------------ */

/* Its owner asks, so it is not idle.  false: it does not look for that one. */
static bool
touch(uint64_t session)
{
	bool is_of;

	pthread_mutex_lock(&sensor.lock);
	is_of = session != 0 && sensor.session == session && !sensor.is_over;
	if (is_of)
		sensor.asked_ms = soterd_clock_ms();
	pthread_mutex_unlock(&sensor.lock);
	return (is_of);
}

/* false: it did not look for that one. */
static bool
give_up(uint64_t session)
{
	bool is_of;

	pthread_mutex_lock(&sensor.lock);
	is_of = session != 0 && sensor.session == session && !sensor.is_over;
	if (is_of)
		sensor.is_over = true;
	pthread_mutex_unlock(&sensor.lock);
	return (is_of);
}

/* May another one have it?  Asked by who has the turn. */
static bool
is_abandoned(void)
{
	bool is;

	pthread_mutex_lock(&sensor.lock);
	is = sensor.is_over ||
	    soterd_clock_ms() - sensor.asked_ms > SOTERD_SENSOR_MS;
	pthread_mutex_unlock(&sensor.lock);
	return (is || !soterd_sessions_is_of(sensor.session, sensor.uid));
}

static void
look_for(const struct soter_ta_request *x)
{
	pthread_mutex_lock(&sensor.lock);
	sensor.session = x->session;
	sensor.uid = x->uid;
	sensor.user = x->user;
	sensor.is_over = false;
	sensor.asked_ms = soterd_clock_ms();
	pthread_mutex_unlock(&sensor.lock);
}

/* ---- the commands -------------------------------------------------------- */

/* Whatever the TA answers: if it still looks, begin will say so. */
static void
end_abandoned(void)
{
	const struct soter_ta_request x = { .uid = sensor.uid,
		.user = sensor.user,
		.session = sensor.session };
	enum soter_rc rc = tell(SOTER_BIO_AUTH_CANCEL, &x);

	(void)rc;
}

static enum soter_rc
begin(const struct soter_ta_request *x)
{
	enum soter_rc rc = tell(SOTER_BIO_AUTH_BEGIN, x);

	if (rc == SOTER_E_IS_AUTHING && sensor.session != 0 && is_abandoned()) {
		end_abandoned();
		rc = tell(SOTER_BIO_AUTH_BEGIN, x);
	}
	return (rc);
}

enum soter_rc
soterd_sensor_begin(const struct soter_ta_request *x)
{
	enum soter_rc rc = SOTER_E_IS_AUTHING;
	uint64_t now_ms = soterd_clock_ms();

	if (!take_turn())
		return (rc);
	if (soterd_fair_may(&sensor.fair, x->uid, now_ms))
		rc = begin(x);
	if (rc == SOTER_E_IS_AUTHING)
		soterd_fair_turned_away(&sensor.fair, x->uid, now_ms);
	if (rc == SOTER_OK) {
		soterd_fair_looks(&sensor.fair, x->uid);
		look_for(x);
	}
	give_turn_back();
	return (rc);
}

/*
 * An error of which the TA need not know, as of memory, also ends the look: it
 * is over here, and the next begin tells the TA if it has to.
 */
enum soter_rc
soterd_sensor_step(const struct soter_ta_request *x, struct soter_writer *body)
{
	enum soter_rc rc;

	if (!touch(x->session))
		return (SOTER_E_SESSION_OUT_OF_TIME);
	if (!take_turn())
		return (SOTER_E_WAITING);
	rc = ask(SOTER_BIO_AUTH_STEP, x, body);
	if (rc == SOTER_E_WAITING || rc == SOTER_E_MISS)
		(void)touch(x->session);
	else
		(void)give_up(x->session);
	give_turn_back();
	return (rc);
}

enum soter_rc
soterd_sensor_cancel(const struct soter_ta_request *x)
{
	enum soter_rc rc;

	if (!give_up(x->session))
		return (SOTER_E_SESSION_OUT_OF_TIME);
	if (!take_turn())
		return (SOTER_E_IS_AUTHING);
	rc = tell(SOTER_BIO_AUTH_CANCEL, x);
	give_turn_back();
	return (rc);
}
