/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>

#include "device/clock.h"
#include "device/wrapper/removal.h"
#include "device/wrapper/task.h"

#define LINE_MAX  200
#define LOCK_STEP 20 /* ms between two tries for the lock */

void
wrapper_run_log(const struct soter_wrapper *w, const char *format, ...)
{
	char line[LINE_MAX];
	va_list args;

	if (w->log == NULL)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	w->log(w->log_context, line);
}

/* ---- answers ------------------------------------------------------------- */

struct soter_answer
wrapper_run_stopped(const struct wrapper_task *task)
{
	if (atomic_load(&task->stop) == WRAPPER_STOP_NEGATIVE)
		return (wrapper_run_answer(SOTER_PROCESS_NEGATIVE,
		    SOTER_E_CANCELLED));
	return (wrapper_run_answer(SOTER_PROCESS_CANCELLED,
	    wrapper_task_check(task)));
}

bool
wrapper_run_is_gone(enum soter_rc rc)
{
	return (rc == SOTER_E_NO_SERVICE || rc == SOTER_E_SERVICE_CLOSED ||
	    rc == SOTER_E_SERVICE_ANSWER || rc == SOTER_E_TIME);
}

struct soter_answer
wrapper_run_failed(const struct wrapper_run *run, int code,
    struct soter_answer core)
{
	if (wrapper_task_check(run->task) != SOTER_OK)
		return (wrapper_run_stopped(run->task));
	if (wrapper_run_is_gone(core.rc))
		code = SOTER_CORE_NOT_SUPPORTED;
	return (wrapper_run_answer(code, core.rc));
}

/* ---- steps --------------------------------------------------------------- */

struct soter_answer
wrapper_run_steps(struct wrapper_run *run, const struct wrapper_step *steps,
    size_t n)
{
	struct soter_answer a = WRAPPER_OK;

	for (size_t i = 0; i < n && a.code == SOTER_CORE_OK; i++) {
		if (wrapper_task_check(run->task) != SOTER_OK)
			return (wrapper_run_stopped(run->task));
		run->state = steps[i].state;
		a = steps[i].run(run);
	}
	return (a);
}

struct soter_answer
wrapper_run_is_init(struct wrapper_run *run)
{
	return (atomic_load(&run->w->state) == WRAPPER_NOT_INIT
		? wrapper_run_answer(SOTER_PROCESS_NOT_INIT, SOTER_E_ARGUMENT)
		: WRAPPER_OK);
}

struct soter_answer
wrapper_run_is_supported(struct wrapper_run *run)
{
	return (atomic_load(&run->w->state) != WRAPPER_SUPPORTED
		? wrapper_run_answer(SOTER_CORE_NOT_SUPPORTED,
		      run->w->unsupported)
		: WRAPPER_OK);
}

struct soter_answer
wrapper_run_has_scene(struct wrapper_run *run)
{
	const struct soter_wrapper *w = run->w;
	int32_t scene = run->task->what.scene;

	for (size_t i = 0; i < w->scenes_n; i++) {
		if (w->scenes[i] != scene)
			continue;
		wrapper_names_authkey(run->kname, w->uid, w->salt, scene);
		return (WRAPPER_OK);
	}
	return (wrapper_run_answer(SOTER_PROCESS_NO_SCENE, SOTER_E_ARGUMENT));
}

enum soter_rc
wrapper_run_lock(struct wrapper_run *run)
{
	uint64_t until = device_clock_ms() + WRAPPER_LOCK_MS;
	enum soter_rc rc;

	if (run->status.lock_fd >= 0)
		return (SOTER_OK);
	rc = wrapper_status_open(&run->status, run->w->status_dir);
	if (rc != SOTER_OK)
		return (rc);
	while ((rc = wrapper_status_lock(&run->status)) == SOTER_E_WAITING &&
	    device_clock_ms() < until) {
		rc = wrapper_task_sleep(run->w, run->task, LOCK_STEP);
		if (rc != SOTER_OK)
			break;
	}
	if (rc != SOTER_OK)
		wrapper_status_close(&run->status);
	else if (run->status.is_damaged)
		wrapper_run_log(run->w,
		    "status: damaged; all keys count as unknown");
	return (rc);
}

/* ---- the app removes ----------------------------------------------------- */

static struct soter_answer
remove_of_app(struct wrapper_run *run, enum wrapper_removal row)
{
	enum soter_rc rc = wrapper_run_lock(run);

	if (rc == SOTER_E_CANCELLED || rc == SOTER_E_TIME)
		return (wrapper_run_stopped(run->task));
	if (rc == SOTER_E_WAITING)
		return (
		    wrapper_run_answer(SOTER_PROCESS_RUNNING, SOTER_E_TIME));
	/* A status file that is broken must not keep a key alive. */
	return (wrapper_removal_do(run, row, run->kname));
}

static struct soter_answer
remove_scene(struct wrapper_run *run)
{
	return (remove_of_app(run, WRAPPER_APP_AUTHKEY));
}

static struct soter_answer
remove_everything(struct wrapper_run *run)
{
	return (remove_of_app(run, WRAPPER_APP_ALL));
}

static struct soter_answer
run_remove_authkey(struct wrapper_run *run)
{
	static const struct wrapper_step steps[] = {
		{ "PRE", wrapper_run_is_init },	  /* 1008 */
		{ "PRE", wrapper_run_has_scene }, /* 1009 */
		{ "REMOVE", remove_scene },	  /* 7 */
	};

	return (wrapper_run_steps(run, steps, SOTER_COUNT(steps)));
}

static struct soter_answer
run_remove_all(struct wrapper_run *run)
{
	static const struct wrapper_step steps[] = {
		{ "PRE", wrapper_run_is_init },	 /* 1008 */
		{ "REMOVE", remove_everything }, /* 5 */
	};

	return (wrapper_run_steps(run, steps, SOTER_COUNT(steps)));
}

/* ---- a task -------------------------------------------------------------- */

static const struct {
	const char *word;
	struct soter_answer (*run)(struct wrapper_run *run);
} kinds[WRAPPER_TASK_KINDS] = {
	[SOTER_TASK_INIT] = { "init", wrapper_init },
	[SOTER_TASK_PREPARE_ASK] = { "prepare ASK", wrapper_prepare_ask },
	[SOTER_TASK_PREPARE_AUTHKEY] = { "prepare AuthKey",
	    wrapper_prepare_authkey },
	[SOTER_TASK_AUTHORISE] = { "authorise", wrapper_authorise },
	[SOTER_TASK_REMOVE_AUTHKEY] = { "remove AuthKey", run_remove_authkey },
	[SOTER_TASK_REMOVE_ALL] = { "remove all", run_remove_all },
};

void
wrapper_run_task(struct soter_wrapper *w, struct wrapper_task *task)
{
	struct wrapper_run run = { .w = w,
		.task = task,
		.out = &task->result,
		.state = "QUEUE" };
	size_t kind = (size_t)task->what.kind;

	run.status = WRAPPER_STATUS_NONE;
	run.out->support = SOTER_SUPPORT_UNDEFINED;
	if (kind >= WRAPPER_TASK_KINDS) {
		run.out->answer =
		    wrapper_run_answer(SOTER_PROCESS_PURPOSE, SOTER_E_ARGUMENT);
		return;
	}
	run.out->answer = kinds[kind].run(&run);
	if (run.out->answer.code != SOTER_CORE_OK)
		soter_wipe(&run.out->is_signed, sizeof(run.out->is_signed));
	wrapper_status_close(&run.status);
	wrapper_run_log(w, "%s in %s: %d, %s", kinds[kind].word, run.state,
	    run.out->answer.code, soter_rc_word(run.out->answer.rc));
	soter_wipe(run.challenge, sizeof(run.challenge));
}
