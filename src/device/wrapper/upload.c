/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/wrapper/task.h"
#include "device/wrapper/upload.h"

enum soter_rc
wrapper_upload(struct wrapper_run *run,
    enum soter_rc (*ask)(struct wrapper_run *run, unsigned ms))
{
	unsigned pause_ms = WRAPPER_PAUSE_MS;
	enum soter_rc rc = SOTER_E_NETWORK, stop;

	for (unsigned tries = SOTER_TRIES; tries > 0; tries--) {
		unsigned ms = wrapper_task_left_ms(run->task) / tries;

		stop = wrapper_task_check(run->task);
		if (stop != SOTER_OK)
			return (stop);
		rc = ask(run, ms > 0 ? ms : 1);
		stop = wrapper_task_check(run->task);
		if (stop != SOTER_OK)
			return (rc == SOTER_OK ? SOTER_OK : stop);
		if (rc == SOTER_OK || rc == SOTER_E_UPLOAD_REFUSED ||
		    tries == 1)
			break;
		stop = wrapper_task_sleep(run->w, run->task, pause_ms);
		if (stop != SOTER_OK)
			return (stop);
		pause_ms *= 4;
	}
	return (rc);
}
