/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/biometric/template.h -- what a sensor has learned of one finger or face:
 * an object of its own, written once, in one call, and never changed.
 *
 * "template" and the fid in hex; numbers little-endian:
 *
 *	4  format	8  fid	 4  user	4  modality
 *	4  length, and as many bytes that the sensor understands
 *
 * It counts only while its fid stands in the state.
 */
#ifndef SOTER_TA_BIOMETRIC_TEMPLATE_H
#define SOTER_TA_BIOMETRIC_TEMPLATE_H

#include "ta/biometric/state.h"

/* A sensor that has more to say needs more; in RAM once. */
#define BIO_TEMPLATE_MAX 4096

/**
 * Write one.
 *
 * data  at most BIO_TEMPLATE_MAX bytes.
 * SOTER_E_LIMIT, errors of ta_object_write().
 */
SOTER_MUST_CHECK enum soter_rc bio_template_write(uint32_t user,
    const struct soter_bio_row *row, struct soter_span data);

/** Errors as ta_object_remove(); none is fine. */
SOTER_MUST_CHECK enum soter_rc bio_template_remove(uint64_t fid);

/**
 * Hold what the sensor has captured against each template of a user.  One that
 * is lost or damaged fits nobody.
 *
 * fid  receives whose it is.
 *
 * SOTER_E_MISS  nobody's.
 * Errors of the sensor and of ta_object_read().
 */
SOTER_MUST_CHECK enum soter_rc bio_template_identify(const struct bio_user *u,
    uint32_t modality, uint64_t *fid);

#endif
