/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/error.h -- why something cannot be opened, for a person.
 */
#ifndef SOTER_NET_ERROR_H
#define SOTER_NET_ERROR_H

#include "base/rc.h"

struct net_error {
	char text[256]; /* one line, no full stop */
};

/** Say why, and return rc: `return (net_fail(error, SOTER_E_..., "..."))`. */
SOTER_MUST_CHECK enum soter_rc net_fail(struct net_error *error,
    enum soter_rc rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
