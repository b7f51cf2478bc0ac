/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/biometric/sensor.h -- a sensor, and what learns and compares.
 *
 * A provider fills in one of these and adds it to the list in sensor.c; the
 * property soter.sensor of the TA names the one that is there.  It decides
 * nothing: who may touch, how often, and what a match is worth is decided
 * around it.  docs/biometric.md tells a maker how to add one.
 *
 * One frame is held at a time, inside the provider:
 *
 *	flush ──► nothing ──capture──► a frame ──enrol or match, any number──┐
 *	             ▲                                                       │
 *	             └──────────────────────── flush ◄───────────────────────┘
 */
#ifndef SOTER_TA_BIOMETRIC_SENSOR_H
#define SOTER_TA_BIOMETRIC_SENSOR_H

#include "ta/biometric/template.h"

/* What the signed result calls it: letters, digits, '.', '_', '-'. */
struct bio_product {
	uint32_t modality;   /* enum soter_modality; 0 behind the last */
	const char *name;    /* 1 to SOTER_TEE_NAME_MAX bytes: fp_n, fc_n */
	const char *version; /* likewise: fp_v, fc_v */
};

struct bio_sensor {
	const char *name; /* in the property soter.sensor */
	struct bio_product products[3];
	bool is_simulated;

	/** Once, first.  SOTER_E_SENSOR: it is not there. */
	enum soter_rc (*open)(void);

	/** Forget the frame, and all that touched the sensor until now. */
	void (*flush)(void);

	/**
	 * Take a frame, without waiting for one.  A bad one is none: it must
	 * not be told from the outside how near it came.
	 * SOTER_E_WAITING, SOTER_E_SENSOR.
	 */
	enum soter_rc (*capture)(uint32_t modality);

	/** Forget what was learned; returns how many touches it takes. */
	uint32_t (*enrol_begin)(uint32_t modality);

	/**
	 * Learn the frame.
	 *
	 * template  appended to with the last touch, at most BIO_TEMPLATE_MAX.
	 * left      receives how many touches are still wanted: 0 then.
	 *
	 * SOTER_E_MISS  another finger than before: nothing was learned.
	 */
	enum soter_rc (*enrol)(struct soter_writer *template, uint32_t *left);

	/** Is the frame of whom the template is? */
	enum soter_rc (*match)(struct soter_span template, bool *is_same);

	/** NULL unless simulated: somebody touches it. */
	enum soter_rc (*feed)(uint32_t modality, struct soter_span sample);
};

#ifndef SOTER_RELEASE
extern const struct bio_sensor bio_sensor_sim;
#endif

/**
 * Choose and open the sensor that the property names.
 *
 * SOTER_E_SENSOR  none is named, there is no provider of this name in this
 *                 build, or it is not there.
 */
SOTER_MUST_CHECK enum soter_rc bio_sensor_choose(void);

/** The one that was chosen. */
const struct bio_sensor *bio_sensor(void);

/** What it is called for a modality; NULL: it has no such. */
const struct bio_product *bio_sensor_product(uint32_t modality);

#endif
