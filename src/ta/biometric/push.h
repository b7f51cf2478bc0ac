/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/biometric/push.h -- a match goes to TA soter, which never calls back: a
 * ring of calls stops a whole TEE.
 */
#ifndef SOTER_TA_BIOMETRIC_PUSH_H
#define SOTER_TA_BIOMETRIC_PUSH_H

#include "ta/call.h"

/**
 * Push a match.
 *
 * SOTER_E_TEE_COMMUNICATION  TA soter is not there, or does not know us.
 * Else what it answered.
 */
SOTER_MUST_CHECK enum soter_rc bio_push(const struct soter_ta_request *match);

#endif
