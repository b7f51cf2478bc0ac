/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * service/standard.h -- descriptors 0, 1 and 2 belong to nobody else.
 */
#ifndef SOTER_SERVICE_STANDARD_H
#define SOTER_SERVICE_STANDARD_H

#include "base/rc.h"

/**
 * See to it that standard input, output and error are open, before anything
 * else is: the next file would take the place of a closed one, and what is
 * printed would be written into it.
 *
 * One that was closed fails as it did: nothing is read, nothing written.
 *
 * SOTER_E_ARGUMENT  there is no /dev/null for them.
 */
SOTER_MUST_CHECK enum soter_rc soter_standard_open(void);

#endif
