/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/progress.h -- one line on standard error that shows how far a long
 * work has come, if that is a terminal; else nothing.
 */
#ifndef SOTER_FLEET_PROGRESS_H
#define SOTER_FLEET_PROGRESS_H

#include "base/rc.h"

struct fleet_progress {
	const char *what; /* borrowed */
	uint64_t total;
	uint64_t begin_ms, shown_ms;
	bool is_shown;
};

/** Begin: nothing of `total` is done. */
void fleet_progress_begin(struct fleet_progress *p, const char *what,
    uint64_t total);

/** So much is done now.  Cheap: shows itself a few times a second. */
void fleet_progress_step(struct fleet_progress *p, uint64_t done);

/** Take the line away. */
void fleet_progress_end(struct fleet_progress *p);

#endif
