/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/soter/name.h -- names of TEE and sensors, as they stand in a result.
 */
#ifndef SOTER_TA_SOTER_NAME_H
#define SOTER_TA_SOTER_NAME_H

#include "base/span.h"
#include "wire/limits.h"

/**
 * Copy a name: letters, digits, '.', '_' and '-' alone, and no more of them
 * than fit; "unknown" if nothing is left.
 *
 * out  with a NUL.
 */
void ta_name_copy(char out[SOTER_TEE_NAME_MAX + 1], struct soter_span name);

/** What the TEE calls itself: tee_n. */
void ta_name_tee(char out[SOTER_TEE_NAME_MAX + 1]);

/** The version of this TA: tee_v. */
void ta_name_version(char out[SOTER_TEE_NAME_MAX + 1]);

#endif
