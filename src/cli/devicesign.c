/* SPDX-License-Identifier: BSD-3-Clause */
/* soter device sign: a challenge, a touch, a result, one call after the other.
 */
#include <time.h>

#include "cli/deviceact.h"
#include "cli/print.h"
#include "device/clock.h"

#define POLL_MS 20 /* a touch is seen that late at most */

static void
pause_ms(unsigned ms)
{
	const struct timespec t = { 0, (long)ms * 1000000 };

	nanosleep(&t, NULL);
}

/* To the person, not into the answer. */
void
devicesign_tell(enum soter_modality_kind modality, enum soter_auth_event event,
    unsigned left)
{
	const char *what =
	    modality == SOTER_FACE ? "look at the sensor" : "touch the sensor";

	if (event == SOTER_AUTH_TOUCH)
		print_error(NULL, "%s", what);
	else if (event == SOTER_AUTH_MISS)
		print_error(NULL,
		    "that is nobody who is enrolled: %s again, %u left", what,
		    left);
}

/* Until there was a match, a no, or the time is over. */
static struct soter_answer
wait_for_match(const struct deviceline *line, struct soter_core *core,
    uint64_t session)
{
	uint64_t end = device_clock_ms() + (uint64_t)line->wait_s * 1000;
	struct soter_answer a;
	unsigned left = 0;

	for (;;) {
		a = soter_core_auth_step(core, session, line->ms, &left);
		if (a.rc == SOTER_E_MISS)
			devicesign_tell(line->modality, SOTER_AUTH_MISS, left);
		else if (a.rc != SOTER_E_WAITING)
			return (a);
		if (device_clock_ms() >= end)
			return (a);
		pause_ms(POLL_MS);
	}
}

static struct soter_answer
touch_and_finish(const struct deviceline *line, struct soter_core *core,
    uint64_t session, struct soter_core_signed *out)
{
	struct soter_answer a =
	    soter_core_auth_begin(core, session, line->modality, line->ms);

	if (a.code != SOTER_CORE_OK)
		return (a);
	devicesign_tell(line->modality, SOTER_AUTH_TOUCH, 0);
	a = wait_for_match(line, core, session);
	if (a.code == SOTER_CORE_OK)
		return (soter_core_finish_sign(core, session, line->ms, out));
	(void)soter_core_auth_cancel(core, session, line->ms);
	return (a);
}

enum soter_rc
devicesign_sign(const struct deviceline *line, struct soter_core *core,
    struct soter_answer *a, json_t *to)
{
	struct soter_core_signed result;
	uint64_t session;

	*a = soter_core_init_sign(core, line->kname,
	    soter_text(line->challenge), line->ms, &session);
	if (a->code != SOTER_CORE_OK)
		return (SOTER_OK);
	*a = touch_and_finish(line, core, session, &result);
	if (a->code == SOTER_CORE_OK)
		return (devicekeys_put_signed(to, line, &result));
	/* It is given up, whatever that says. */
	(void)soter_core_cancel_sign(core, session, line->ms);
	return (SOTER_OK);
}
