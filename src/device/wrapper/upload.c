/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/wrapper/upload.h"
#include "device/wrapper/task.h"

/* Whatever is not known to say that nothing came there, may have come there. */
static bool
is_unknown(enum soter_rc rc)
{
	return (rc != SOTER_OK && rc != SOTER_E_UPLOAD_REFUSED &&
	    rc != SOTER_E_NETWORK);
}

enum soter_rc
wrapper_upload(struct wrapper_run *run,
    enum soter_rc (*ask)(struct wrapper_run *run, unsigned ms), bool is_once)
{
	struct wrapper_task *task = run->task;
	unsigned pause_ms = WRAPPER_PAUSE_MS, ms;
	enum soter_rc rc = SOTER_E_NETWORK;

	for (unsigned tries = SOTER_TRIES; tries > 0; tries--) {
		TRY(is_once ? wrapper_task_send(run->w, task)
			    : wrapper_task_check(task));
		ms = wrapper_task_left_ms(task) / (is_once ? 1 : tries);
		rc = ask(run, ms > 0 ? ms : 1);
		if (rc == SOTER_OK)
			return (SOTER_OK);
		if (is_once && is_unknown(rc))
			return (SOTER_E_NO_ANSWER);
		wrapper_task_unsend(run->w, task);
		TRY(wrapper_task_check(task));
		if (rc == SOTER_E_UPLOAD_REFUSED || tries == 1)
			break;
		TRY(wrapper_task_sleep(run->w, task, pause_ms));
		pause_ms *= 4;
	}
	return (rc);
}
