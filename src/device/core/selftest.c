/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Does this device really do it?  A model list says what its maker tested; this
 * makes a key, uses it and removes it (Tencent/soter #48, #116, #118).
 */
#include "device/core/inside.h"

#define KNAME "soter_selftest" /* no scene has this name (d.3) */

struct run {
	struct soter_core *core;
	uint64_t end_ms, clean_ms; /* until then; the rest is for cleaning up */
	bool made_ask, made_authkey;
};

static enum soter_rc
service(struct run *run)
{
	uint32_t version;

	return (
	    soter_core_version(run->core, core_left(run->end_ms), &version).rc);
}

static enum soter_rc
tee(struct run *run)
{
	struct soter_device_state s;

	return (soter_core_state(run->core, core_left(run->end_ms), &s).rc);
}

static enum soter_rc
root(struct run *run)
{
	return (soter_core_is_supported(run->core, core_left(run->end_ms)).rc);
}

/* The TEE's own; asked again within a minute it says what came of the last. */
static enum soter_rc
engine(struct run *run)
{
	const struct soter_dev_request x = { .call = SOTER_DEV_SELF_TEST };

	return (core_call(run->core, &x, run->end_ms, NULL));
}

static enum soter_rc
ask(struct run *run)
{
	enum soter_rc rc =
	    soter_core_has_ask(run->core, core_left(run->end_ms)).rc;
	struct soter_core_signed ignored;

	if (rc == SOTER_E_ASK_NOT_READY) {
		/* Half a key would have to go as well. */
		run->made_ask = true;
		rc = soter_core_generate_ask(run->core, core_left(run->end_ms))
			 .rc;
	}
	TRY(rc);
	return (
	    soter_core_get_ask(run->core, core_left(run->end_ms), &ignored).rc);
}

static enum soter_rc
authkey(struct run *run)
{
	struct soter_core_signed ignored;

	run->made_authkey = true;
	TRY(soter_core_generate_authkey(run->core, KNAME,
	    core_left(run->end_ms))
		.rc);
	return (soter_core_get_authkey(run->core, KNAME, core_left(run->end_ms),
	    &ignored)
		    .rc);
}

static enum soter_rc
session(struct run *run)
{
	struct soter_core_signed ignored;
	uint64_t id;
	enum soter_rc rc;

	TRY(soter_core_init_sign(run->core, KNAME, soter_text("selftest"),
	    core_left(run->end_ms), &id)
		.rc);
	rc = soter_core_finish_sign(run->core, id, core_left(run->end_ms),
	    &ignored)
		 .rc;
	(void)soter_core_cancel_sign(run->core, id, core_left(run->end_ms));
	/* A signature without a touch would be the worst of all. */
	if (rc == SOTER_OK)
		return (SOTER_E_SECURITY_STATE);
	return (rc == SOTER_E_VERIFICATION_FAILED ? SOTER_OK : rc);
}

/* Also after an error, in the time that was kept for it. */
static enum soter_rc
clean(struct run *run)
{
	enum soter_rc rc = SOTER_OK;

	if (run->made_authkey)
		rc = soter_core_remove_authkey(run->core, KNAME, false,
		    core_left(run->clean_ms))
			 .rc;
	if (run->made_ask)
		rc = soter_core_remove_ask(run->core, core_left(run->clean_ms))
			 .rc;
	/* It could not be made: then there is nothing to remove. */
	return (rc == SOTER_E_AUTH_KEY_NOT_READY ? SOTER_OK : rc);
}

static enum soter_rc
sensor(struct run *run)
{
	struct soter_device_state s;

	TRY(soter_core_state(run->core, core_left(run->end_ms), &s).rc);
	if (s.freeze_ms > 0)
		return (SOTER_E_FROZEN);
	return (s.enrolled > 0 ? SOTER_OK : SOTER_E_NOT_ENROLLED);
}

static enum soter_rc (*const steps[SOTER_SELFTEST_N])(struct run *run) = {
	[SOTER_SELFTEST_SERVICE] = service,
	[SOTER_SELFTEST_TEE] = tee,
	[SOTER_SELFTEST_ROOT] = root,
	[SOTER_SELFTEST_ENGINE] = engine,
	[SOTER_SELFTEST_ASK] = ask,
	[SOTER_SELFTEST_AUTHKEY] = authkey,
	[SOTER_SELFTEST_SESSION] = session,
	[SOTER_SELFTEST_REMOVE] = clean,
	[SOTER_SELFTEST_SENSOR] = sensor,
};

static enum soter_rc
all_steps(struct run *run, struct soter_selftest_result *out)
{
	enum soter_rc first = SOTER_OK;

	for (unsigned i = 0; i < SOTER_SELFTEST_N; i++) {
		bool is_due = first == SOTER_OK || i == SOTER_SELFTEST_REMOVE;

		out->steps[i] = is_due ? steps[i](run) : SOTER_E_CANCELLED;
		if (first == SOTER_OK && i != SOTER_SELFTEST_SENSOR)
			first = out->steps[i];
	}
	return (first);
}

#define CLEAN_PART 4 /* of the time, at most SOTER_CORE_MS */

struct soter_answer
soter_selftest(struct soter_core *core, unsigned ms,
    struct soter_selftest_result *out)
{
	const uint64_t now = core_now_ms();
	struct run run = { .core = core,
		.clean_ms = core_end(ms, SOTER_CORE_KEY_MS) };
	uint64_t kept_ms = (run.clean_ms - now) / CLEAN_PART;
	struct soter_selftest_result x;
	enum soter_rc rc;

	if (kept_ms > SOTER_CORE_MS)
		kept_ms = SOTER_CORE_MS;
	run.end_ms = run.clean_ms - kept_ms;
	core_begin(core);
	rc = all_steps(&run, &x);
	core_finish(core);
	if (out != NULL)
		*out = x;
	return (core_answer(SOTER_CORE_SELFTEST, rc));
}

#define STEP_TEXT(name, text) [SOTER_SELFTEST_##name] = text,

const char *
soter_selftest_text(enum soter_selftest_step step)
{
	static const char *const texts[] = { SOTER_SELFTEST_STEPS(STEP_TEXT) };

	return ((unsigned)step < SOTER_SELFTEST_N ? texts[step] : "unknown");
}
