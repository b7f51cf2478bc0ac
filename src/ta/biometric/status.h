/* SPDX-License-Identifier: BSD-3-Clause */
/* ta/biometric/status.h -- what TA biometric says of a user, to anyone. */
#ifndef SOTER_TA_BIOMETRIC_STATUS_H
#define SOTER_TA_BIOMETRIC_STATUS_H

#include "ta/call.h"

/* status, body struct soter_bio_status. */
enum soter_rc bio_status(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

#endif
