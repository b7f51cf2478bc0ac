/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/biometric/enrol.h -- who is enrolled: add, list, remove.
 *
 * A new template is written first and counts with the state that names its fid;
 * a removed one counts no more with the state that does not.  Either is one
 * step, in which the epoch grows too.  A fid is never given twice.
 */
#ifndef SOTER_TA_BIOMETRIC_ENROL_H
#define SOTER_TA_BIOMETRIC_ENROL_H

#include "ta/call.h"

/*
 * enrolBegin, body struct soter_bio_step.  SOTER_E_PIN, SOTER_E_PIN_WAIT,
 * SOTER_E_ENROL_FULL, SOTER_E_SENSOR (no such modality), SOTER_E_IS_AUTHING.
 */
enum soter_rc bio_enrol_begin(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/*
 * enrolStep, body struct soter_bio_step; with the last touch it has the fid.
 * SOTER_E_WAITING: nothing touched.  SOTER_E_MISS: another finger than before,
 * go on.  SOTER_E_ENROLLED: the user has this one already; that and any other
 * error end the enrolment.  SOTER_E_SESSION_OUT_OF_TIME: none runs.
 */
enum soter_rc bio_enrol_step(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/* enrolCancel.  SOTER_E_SESSION_OUT_OF_TIME: none runs. */
enum soter_rc bio_enrol_cancel(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/* list, body: a struct soter_bio_row for each. */
enum soter_rc bio_enrol_list(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/* remove.  SOTER_E_PIN, SOTER_E_PIN_WAIT, SOTER_E_NOT_ENROLLED. */
enum soter_rc bio_enrol_remove(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

#endif
