/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * base/rc.h -- the one result type of this project, and how it is passed on.
 *
 * The codes themselves stand in soter/soter.h, because callers see them.
 */
#ifndef SOTER_BASE_RC_H
#define SOTER_BASE_RC_H

#include "soter/soter.h"

/*
 * Leave the function with the error of `expr`.  Only for functions that own
 * nothing; a function that owns something uses one `out:` label.
 */
#define TRY(expr)                               \
	do {                                    \
		enum soter_rc try_rc_ = (expr); \
		if (try_rc_ != SOTER_OK)        \
			return (try_rc_);       \
	} while (0)

#define SOTER_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
