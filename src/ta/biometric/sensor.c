/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/biometric/sensor.h"

#define PROPERTY "soter.sensor"

/* NULL at the end, so that a build without any compiles. */
static const struct bio_sensor *const sensors[] = {
#ifndef SOTER_RELEASE
	&bio_sensor_sim,
#endif
	NULL,
};

static const struct bio_sensor *chosen;

static const struct bio_sensor *
find(struct soter_span name)
{
	for (const struct bio_sensor *const *s = sensors; *s != NULL; s++)
		if (soter_span_equal(soter_text((*s)->name), name))
			return (*s);
	return (NULL);
}

enum soter_rc
bio_sensor_choose(void)
{
	char name[SOTER_TEE_NAME_MAX + 1];
	size_t n = sizeof(name);

	if (TEE_GetPropertyAsString(TEE_PROPSET_CURRENT_TA, PROPERTY, name,
		&n) != TEE_SUCCESS)
		return (SOTER_E_SENSOR);
	chosen = find(soter_text(name));
	if (chosen == NULL)
		return (SOTER_E_SENSOR);
	return (chosen->open());
}

const struct bio_sensor *
bio_sensor(void)
{
	return (chosen);
}

const struct bio_product *
bio_sensor_product(uint32_t modality)
{
	for (const struct bio_product *p = chosen->products; p->modality != 0;
	     p++)
		if (p->modality == modality)
			return (p);
	return (NULL);
}
