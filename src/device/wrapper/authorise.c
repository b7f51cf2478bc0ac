/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Authorise (docs/protocol.md d.6).
 *
 *	PRE   1008 -> 2 -> 1009 -> 1006 AuthKey -> 1010 challenge -> 1013
 *	      nothing enrolled -> 1021 frozen
 *	CHAL  given, or from the server: 1014
 *	INIT  the TEE fixes key and challenge: 1007
 *	AUTH  the sensor starts: 1015, 1012, 1021; it looks: a finger's miss
 *stays here, a face's ends with 1017, freezing with 1022, all else with 1017
 *	SIGN  1027 the AuthKey is dead and goes, 1018
 *	UPL   1019
 *
 * Behind it, whatever the end: the session in the TEE is given back, and the
 * twice rule of d.5.
 */
#include <string.h>

#include "device/wrapper/removal.h"
#include "device/wrapper/task.h"
#include "device/wrapper/text.h"
#include "device/wrapper/upload.h"
#include "device/wrapper/verdict.h"

static unsigned
left(const struct wrapper_run *run)
{
	return (wrapper_task_left_ms(run->task));
}

static struct soter_answer
failed(const struct wrapper_run *run, int code, enum soter_rc rc)
{
	if (wrapper_task_check(run->task) != SOTER_OK ||
	    rc == SOTER_E_CANCELLED)
		return (wrapper_task_check(run->task) != SOTER_OK
			? wrapper_run_stopped(run->task)
			: wrapper_run_answer(SOTER_PROCESS_CANCELLED, rc));
	return (wrapper_run_answer(code, rc));
}

/* 1021 and 1022: how long does it last? */
static struct soter_answer
frozen(struct wrapper_run *run, int code)
{
	struct soter_device_state state;

	if (soter_core_state(run->w->core, WRAPPER_CLEAN_MS, &state).code ==
	    SOTER_CORE_OK)
		run->out->freeze_ms = state.freeze_ms;
	return (wrapper_run_answer(code, SOTER_E_FROZEN));
}

/* ---- PRE ----------------------------------------------------------------- */

/* One that is half-made counts as none: the server does not have it. */
static bool
is_half_made(const struct wrapper_run *run)
{
	struct wrapper_status status = WRAPPER_STATUS_NONE;
	enum wrapper_key_state state = WRAPPER_KEY_READY;

	if (wrapper_status_open(&status, run->w->status_dir) == SOTER_OK)
		state =
		    wrapper_status_get(&status, run->kname, WRAPPER_KEY_READY);
	wrapper_status_close(&status);
	return (state != WRAPPER_KEY_READY);
}

static struct soter_answer
has_authkey(struct wrapper_run *run)
{
	struct soter_answer a =
	    soter_core_has_authkey(run->w->core, run->kname, left(run));

	if (a.code == SOTER_CORE_OK && is_half_made(run))
		a = wrapper_run_answer(SOTER_CORE_UNKNOWN,
		    SOTER_E_AUTH_KEY_NOT_READY);
	return (a.code == SOTER_CORE_OK
		? WRAPPER_OK
		: wrapper_run_failed(run, SOTER_PROCESS_NO_AUTHKEY, a));
}

static struct soter_answer
has_challenge(struct wrapper_run *run)
{
	return (run->task->what.authorisation.challenge == NULL &&
		    run->w->network.get_challenge == NULL
		? wrapper_run_answer(SOTER_PROCESS_NO_NETWORK, SOTER_E_ARGUMENT)
		: WRAPPER_OK);
}

static struct soter_answer
is_enrolled(struct wrapper_run *run)
{
	struct soter_device_state state;
	struct soter_answer a =
	    soter_core_state(run->w->core, left(run), &state);

	if (a.code != SOTER_CORE_OK)
		return (wrapper_run_failed(run, SOTER_CORE_NOT_SUPPORTED, a));
	if (state.enrolled == 0)
		return (wrapper_run_answer(SOTER_PROCESS_NO_BIOMETRIC,
		    SOTER_E_NOT_ENROLLED));
	run->out->freeze_ms = state.freeze_ms;
	return (state.freeze_ms > 0
		? wrapper_run_answer(SOTER_PROCESS_FINGERPRINT_LOCKED,
		      SOTER_E_FROZEN)
		: WRAPPER_OK);
}

/* ---- CHAL, INIT ---------------------------------------------------------- */

static enum soter_rc
ask_challenge(struct wrapper_run *run, unsigned ms)
{
	const struct soter_network *net = &run->w->network;

	memset(run->challenge, 0, sizeof(run->challenge));
	TRY(net->get_challenge(net->context, run->task->what.scene,
	    run->challenge, sizeof(run->challenge), ms));
	run->challenge[sizeof(run->challenge) - 1] = '\0';
	return (SOTER_OK);
}

/* What the TEE would refuse is found here, where no key is blamed for it. */
static struct soter_answer
get_challenge(struct wrapper_run *run)
{
	const char *given = run->task->what.authorisation.challenge;
	enum soter_rc rc = SOTER_OK;
	size_t n, characters;

	if (given != NULL)
		strncpy(run->challenge, given, sizeof(run->challenge) - 1);
	else
		rc = wrapper_upload(run, ask_challenge, false);
	n = strlen(run->challenge);
	if (rc == SOTER_OK && n == 0)
		rc = SOTER_E_CHALLENGE_NULL;
	if (rc == SOTER_OK && n > SOTER_TA_CHALLENGE_MAX)
		rc = SOTER_E_LIMIT;
	if (rc == SOTER_OK)
		rc =
		    wrapper_text_count(soter_text(run->challenge), &characters);
	return (rc == SOTER_OK ? WRAPPER_OK
			       : failed(run, SOTER_PROCESS_CHALLENGE, rc));
}

static struct soter_answer
init_sign(struct wrapper_run *run)
{
	struct soter_answer a = soter_core_init_sign(run->w->core, run->kname,
	    soter_text(run->challenge), left(run), &run->session);

	return (a.code == SOTER_CORE_OK
		? WRAPPER_OK
		: failed(run, SOTER_PROCESS_INIT_SIGN, a.rc));
}

/* ---- AUTH ---------------------------------------------------------------- */

static enum soter_modality_kind
modality(const struct wrapper_run *run)
{
	return (run->task->what.authorisation.modality == SOTER_FACE
		? SOTER_FACE
		: SOTER_FINGER);
}

static struct soter_answer
begin_looking(struct wrapper_run *run)
{
	struct soter_answer a = soter_core_auth_begin(run->w->core,
	    run->session, modality(run), left(run));

	switch (a.rc) {
	case SOTER_OK:
		run->is_looking = true;
		wrapper_task_event(run->w, run->task, SOTER_AUTH_TOUCH, 0);
		return (WRAPPER_OK);
	case SOTER_E_FROZEN: /* since PRE looked */
		return (frozen(run, SOTER_PROCESS_FINGERPRINT_LOCKED));
	case SOTER_E_NOT_ENROLLED: /* something is, but not of this kind */
		return (failed(run,
		    modality(run) == SOTER_FINGER ? SOTER_PROCESS_NO_FINGERPRINT
						  : SOTER_PROCESS_NO_BIOMETRIC,
		    a.rc));
	default:
		return (failed(run, SOTER_PROCESS_AUTH_BEGIN, a.rc));
	}
}

/* One look.  SOTER_E_WAITING: look again. */
static struct soter_answer
look_once(struct wrapper_run *run)
{
	unsigned tries = 0;
	struct soter_answer a =
	    soter_core_auth_step(run->w->core, run->session, left(run), &tries);

	switch (a.rc) {
	case SOTER_OK:
		run->is_looking = false;
		wrapper_task_event(run->w, run->task, SOTER_AUTH_MATCH, 0);
		return (WRAPPER_OK);
	case SOTER_E_WAITING:
		return (wrapper_run_answer(SOTER_CORE_UNKNOWN, a.rc));
	case SOTER_E_MISS:
		wrapper_task_event(run->w, run->task, SOTER_AUTH_MISS, tries);
		if (modality(run) == SOTER_FACE)
			return (failed(run, SOTER_PROCESS_BIOMETRIC, a.rc));
		return (
		    wrapper_run_answer(SOTER_CORE_UNKNOWN, SOTER_E_WAITING));
	case SOTER_E_FROZEN:
		run->is_looking = false;
		return (frozen(run, SOTER_PROCESS_BIOMETRIC_LOCKED));
	default:
		return (failed(run, SOTER_PROCESS_BIOMETRIC, a.rc));
	}
}

static struct soter_answer
look(struct wrapper_run *run)
{
	struct soter_answer a;

	for (;;) {
		a = look_once(run);
		if (a.rc != SOTER_E_WAITING)
			return (a);
		if (wrapper_task_sleep(run->w, run->task, WRAPPER_POLL_MS) !=
		    SOTER_OK)
			return (wrapper_run_stopped(run->task));
	}
}

/* ---- removals ------------------------------------------------------------ */

/* Another process may be making these keys: then it is the next task's. */
static bool
may_remove(struct wrapper_run *run, enum wrapper_removal row)
{
	enum soter_rc rc = wrapper_run_lock(run);

	if (rc != SOTER_OK)
		wrapper_run_log(run->w, "%s is put off: %s",
		    wrapper_removal_rows[row].name, soter_rc_word(rc));
	return (rc == SOTER_OK);
}

/* ---- SIGN, UPL ----------------------------------------------------------- */

static struct soter_answer
finish_sign(struct wrapper_run *run)
{
	struct soter_answer a = soter_core_finish_sign(run->w->core,
	    run->session, left(run), &run->out->is_signed);

	if (a.code == SOTER_CORE_OK) {
		run->session = 0;
		return (WRAPPER_OK);
	}
	/* A result that cannot be read is 1018 (d.6): the key goes if it is so
	 * twice. */
	if (wrapper_task_check(run->task) != SOTER_OK ||
	    wrapper_verdict(a.rc) != WRAPPER_DEAD || a.rc == SOTER_E_UNREADABLE)
		return (failed(run, SOTER_PROCESS_SIGN, a.rc));
	if (!may_remove(run, WRAPPER_SIGN_DEAD))
		return (failed(run, SOTER_PROCESS_SIGNATURE, a.rc));
	return (wrapper_removal_end(run, WRAPPER_SIGN_DEAD, a.rc));
}

static enum soter_rc
send_result(struct wrapper_run *run, unsigned ms)
{
	const struct soter_network *net = &run->w->network;

	return (net->upload_result(net->context, run->task->what.scene,
	    &run->out->is_signed, ms));
}

static struct soter_answer
upload_result(struct wrapper_run *run)
{
	enum soter_rc rc = SOTER_OK;

	if (run->w->network.upload_result != NULL)
		rc = wrapper_upload(run, send_result, true);
	/* No stop takes that back. */
	if (rc == SOTER_E_NO_ANSWER)
		return (wrapper_run_answer(SOTER_PROCESS_UPLOAD_RESULT, rc));
	return (rc == SOTER_OK ? WRAPPER_OK
			       : failed(run, SOTER_PROCESS_UPLOAD_RESULT, rc));
}

/* ---- behind it ----------------------------------------------------------- */

/* Nobody else should find the sensor or the session taken. */
static void
give_back(struct wrapper_run *run)
{
	if (run->is_looking)
		(void)soter_core_auth_cancel(run->w->core, run->session,
		    WRAPPER_CLEAN_MS);
	if (run->session != 0)
		(void)soter_core_cancel_sign(run->w->core, run->session,
		    WRAPPER_CLEAN_MS);
}

/*
 * d.5: the same error twice, no other of these between, and everything is made
 * anew.  The same is: code and reason, not a text.
 */
static void
count_error(struct wrapper_run *run, struct soter_answer a)
{
	struct soter_answer *last = &run->w->last_error;

	if (a.code == SOTER_CORE_OK) {
		*last = WRAPPER_OK;
		return;
	}
	if ((a.code != SOTER_PROCESS_INIT_SIGN &&
		a.code != SOTER_PROCESS_AUTH_BEGIN &&
		a.code != SOTER_PROCESS_SIGN) ||
	    wrapper_verdict(a.rc) == WRAPPER_NO_VERDICT)
		return;
	if (last->code != a.code || last->rc != a.rc) {
		*last = a;
		return;
	}
	if (may_remove(run, WRAPPER_TWICE) &&
	    wrapper_removal_do(run, WRAPPER_TWICE, NULL).code == SOTER_CORE_OK)
		*last = WRAPPER_OK;
}

struct soter_answer
wrapper_authorise(struct wrapper_run *run)
{
	static const struct wrapper_step steps[] = {
		{ "PRE", wrapper_run_is_init },	     /* 1008 */
		{ "PRE", wrapper_run_is_supported }, /* 2 */
		{ "PRE", wrapper_run_has_scene },    /* 1009 */
		{ "PRE", has_authkey },		     /* 1006 */
		{ "PRE", has_challenge },	     /* 1010 */
		{ "PRE", is_enrolled },		     /* 1013, 1021 */
		{ "CHAL", get_challenge },	     /* 1014 */
		{ "INIT", init_sign },		     /* 1007 */
		{ "AUTH", begin_looking },	     /* 1015, 1012, 1021 */
		{ "AUTH", look },		     /* 1017, 1022 */
		{ "SIGN", finish_sign },	     /* 1018, 1027 */
		{ "UPL", upload_result },	     /* 1019 */
	};
	struct soter_answer a =
	    wrapper_run_steps(run, steps, SOTER_COUNT(steps));

	give_back(run);
	count_error(run, a);
	return (a);
}
