/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Init (docs/protocol.md d.3).
 *
 *	1028 initialised and supported -> 1024 no scene -> 1026, 1025 names
 *	-> half-made keys go (d.5)
 *	-> 2 no service, no TEE, no root, no sensor
 *	-> the server: 1002 not to be asked, 2 it says no
 *	-> 0
 *
 * After a 2 or a 1002 it may be tried again.
 */
#include <string.h>

#include "device/wrapper/removal.h"
#include "device/wrapper/task.h"
#include "device/wrapper/upload.h"
#include "device/wrapper/verdict.h"

/* ---- half-made keys ------------------------------------------------------ */

/* AuthKeys of all scenes, those of other accounts and of older versions too. */
static void
clean_authkeys(struct wrapper_run *run)
{
	struct wrapper_status found = run->status;

	for (size_t i = 0; i < found.n; i++)
		if (strcmp(found.rows[i].name, run->w->ask_name) != 0 &&
		    found.rows[i].state != WRAPPER_KEY_READY)
			(void)wrapper_removal_do(run, WRAPPER_INIT_AUTHKEY,
			    found.rows[i].name);
}

static void
clean_keys(struct wrapper_run *run)
{
	struct soter_wrapper *w = run->w;
	struct soter_answer ask =
	    soter_core_has_ask(w->core, wrapper_task_left_ms(run->task));

	if (ask.code == SOTER_CORE_OK &&
	    wrapper_status_get(&run->status, w->ask_name,
		WRAPPER_KEY_UNKNOWN) != WRAPPER_KEY_READY)
		(void)wrapper_removal_do(run, WRAPPER_INIT_ASK, NULL);
	else if (ask.code == SOTER_CORE_OK ||
	    wrapper_verdict(ask.rc) != WRAPPER_NO_VERDICT)
		clean_authkeys(run);
}

/* ---- steps --------------------------------------------------------------- */

static struct soter_answer
is_not_init(struct wrapper_run *run)
{
	return (atomic_load(&run->w->state) == WRAPPER_SUPPORTED
		? wrapper_run_answer(SOTER_PROCESS_ALREADY, SOTER_E_EXISTS)
		: WRAPPER_OK);
}

static struct soter_answer
has_scenes(struct wrapper_run *run)
{
	return (run->w->scenes_n == 0
		? wrapper_run_answer(SOTER_PROCESS_SCENES, SOTER_E_ARGUMENT)
		: WRAPPER_OK);
}

static struct soter_answer
has_names(struct wrapper_run *run)
{
	if (run->w->is_ask_name_bad)
		return (
		    wrapper_run_answer(SOTER_PROCESS_ASK_NAME, SOTER_E_LIMIT));
	if (run->w->is_salt_bad)
		return (
		    wrapper_run_answer(SOTER_PROCESS_SALT, SOTER_E_ARGUMENT));
	return (WRAPPER_OK);
}

/* A task of another process that is at work cleans up behind itself. */
static struct soter_answer
clean(struct wrapper_run *run)
{
	enum soter_rc rc = wrapper_run_lock(run);

	if (rc == SOTER_E_WAITING) {
		wrapper_run_log(run->w,
		    "init: another process makes keys; nothing was cleaned up");
		return (WRAPPER_OK);
	}
	if (rc == SOTER_E_CANCELLED || rc == SOTER_E_TIME)
		return (wrapper_run_stopped(run->task));
	if (rc != SOTER_OK)
		return (wrapper_run_answer(SOTER_CORE_UNKNOWN, rc));
	clean_keys(run);
	wrapper_status_close(&run->status);
	return (WRAPPER_OK);
}

static struct soter_answer
unsupported(struct wrapper_run *run, int code, enum soter_rc why)
{
	if (wrapper_task_check(run->task) != SOTER_OK)
		return (wrapper_run_stopped(run->task));
	run->w->unsupported = why;
	atomic_store(&run->w->state, WRAPPER_UNSUPPORTED);
	return (wrapper_run_answer(code, why));
}

static struct soter_answer
has_device(struct wrapper_run *run)
{
	struct soter_core *core = run->w->core;
	struct soter_device_state state;
	struct soter_answer a;

	a = soter_core_is_supported(core, wrapper_task_left_ms(run->task));
	if (a.code == SOTER_CORE_OK)
		a = soter_core_state(core, wrapper_task_left_ms(run->task),
		    &state);
	if (a.code != SOTER_CORE_OK)
		return (unsupported(run, SOTER_CORE_NOT_SUPPORTED, a.rc));
	if ((state.modalities & SOTER_SUPPORT_BOTH) == 0)
		return (
		    unsupported(run, SOTER_CORE_NOT_SUPPORTED, SOTER_E_SENSOR));
	/* The bits are the numbers of enum soter_support_type. */
	run->out->support =
	    (enum soter_support_type)(state.modalities & SOTER_SUPPORT_BOTH);
	return (WRAPPER_OK);
}

static enum soter_rc
ask_support(struct wrapper_run *run, unsigned ms)
{
	const struct soter_network *net = &run->w->network;
	enum soter_support_type type = SOTER_SUPPORT_UNDEFINED;
	bool is_supported = false;

	TRY(net->is_support(net->context, run->w->model, ms, &is_supported,
	    &type));
	run->out->support = type;
	return (is_supported ? SOTER_OK : SOTER_E_UPLOAD_REFUSED);
}

static struct soter_answer
is_taken(struct wrapper_run *run)
{
	enum soter_rc rc = SOTER_OK;

	if (run->w->network.is_support != NULL)
		rc = wrapper_upload(run, ask_support, false);
	if (rc == SOTER_E_UPLOAD_REFUSED)
		return (unsupported(run, SOTER_CORE_NOT_SUPPORTED, rc));
	if (rc != SOTER_OK)
		return (unsupported(run, SOTER_PROCESS_SUPPORT, rc));
	atomic_store(&run->w->state, WRAPPER_SUPPORTED);
	return (WRAPPER_OK);
}

struct soter_answer
wrapper_init(struct wrapper_run *run)
{
	static const struct wrapper_step steps[] = {
		{ "PRE", is_not_init },	  /* 1028 */
		{ "PRE", has_scenes },	  /* 1024 */
		{ "PRE", has_names },	  /* 1026, 1025 */
		{ "CLEAN", clean },	  /* d.5 */
		{ "DEVICE", has_device }, /* 2 */
		{ "SERVER", is_taken },	  /* 1002, 2 */
	};

	return (wrapper_run_steps(run, steps, SOTER_COUNT(steps)));
}
