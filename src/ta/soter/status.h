/* SPDX-License-Identifier: BSD-3-Clause */
/* ta/soter/status.h -- what TA soter says of itself, to anyone. */
#ifndef SOTER_TA_SOTER_STATUS_H
#define SOTER_TA_SOTER_STATUS_H

#include "ta/call.h"

/*
 * Status.  Never refused: where the storage may not be used, `trouble` says why
 * and its figures are 0.
 */
enum soter_rc ta_status(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

#endif
