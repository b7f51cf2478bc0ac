/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/code.h -- where a TA's results change their language, once each: GP's into
 * ours, and ours into what a reply says.
 */
#ifndef SOTER_TA_CODE_H
#define SOTER_TA_CODE_H

#include <tee_internal_api.h>

#include "base/rc.h"

/**
 * Our code for a result of the GP API: SOTER_OK, the layer-04 codes for
 * storage, SOTER_E_NOMEM, else SOTER_E_OTHERS.  "Not found", "damaged", "not
 * there now" and "full" stay apart: only the first may lead to creation.
 */
SOTER_MUST_CHECK enum soter_rc ta_code_of_gp(TEE_Result result);

/** The layer-05 code that a reply gives for any of ours. */
enum soter_rc ta_code_of_reply(enum soter_rc rc);

#endif
