/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sensor that anybody touches who may feed it: for tests and demonstrations.
 * A sample is bytes that name a finger or a face; its features are their
 * digest; two are the same if these are equal.  A sample that begins with '~'
 * is a bad frame: no finger was seen.
 */
#include "ta/biometric/sensor.h"
#include "ta/code.h"

#ifndef SOTER_RELEASE

#define FEATURES_LEN 32 /* SHA-256 */
#define TOUCHES	     3
#define BAD	     '~'

/* What touches it now, one for each modality. */
static struct {
	size_t n;
	uint8_t p[SOTER_SAMPLE_MAX];
} touching[SOTER_MODALITY_FACE + 1];

static uint8_t frame[FEATURES_LEN];
static struct {
	uint32_t left;
	uint8_t features[FEATURES_LEN];
} learning;

static void
sim_flush(void)
{
	soter_wipe(touching, sizeof(touching));
	soter_wipe(frame, sizeof(frame));
}

static enum soter_rc
sim_open(void)
{
	sim_flush();
	soter_wipe(&learning, sizeof(learning));
	return (SOTER_OK);
}

static enum soter_rc
extract(uint8_t out[FEATURES_LEN], struct soter_span sample)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	size_t n = FEATURES_LEN;
	TEE_Result result;

	TRY(ta_code_of_gp(
	    TEE_AllocateOperation(&op, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0)));
	result = TEE_DigestDoFinal(op, sample.p, sample.n, out, &n);
	TEE_FreeOperation(op);
	return (ta_code_of_gp(result));
}

/* What touches it goes on doing so until flush(), or until the next touch. */
static enum soter_rc
sim_capture(uint32_t modality)
{
	struct soter_span sample =
	    soter_span(touching[modality].p, touching[modality].n);

	if (sample.n == 0 || sample.p[0] == BAD)
		return (SOTER_E_WAITING);
	return (extract(frame, sample));
}

static uint32_t
sim_enrol_begin(uint32_t modality)
{
	(void)modality;
	soter_wipe(&learning, sizeof(learning));
	learning.left = TOUCHES;
	return (TOUCHES);
}

static enum soter_rc
sim_enrol(struct soter_writer *template, uint32_t *left)
{
	if (learning.left == 0)
		return (SOTER_E_SENSOR);
	if (learning.left == TOUCHES)
		soter_copy(learning.features, frame, sizeof(frame));
	else if (TEE_MemCompare(learning.features, frame, sizeof(frame)) != 0)
		return (SOTER_E_MISS);
	if (learning.left == 1)
		TRY(soter_write(template, soter_span(frame, sizeof(frame))));
	*left = --learning.left;
	return (SOTER_OK);
}

static enum soter_rc
sim_match(struct soter_span template, bool *is_same)
{
	*is_same = template.n == sizeof(frame) &&
	    TEE_MemCompare(template.p, frame, sizeof(frame)) == 0;
	return (SOTER_OK);
}

static enum soter_rc
sim_feed(uint32_t modality, struct soter_span sample)
{
	touching[modality].n = sample.n;
	soter_copy(touching[modality].p, sample.p, sample.n);
	return (SOTER_OK);
}

const struct bio_sensor bio_sensor_sim = {
	.name = "sim",
	.products = {
		{ SOTER_MODALITY_FINGER, "OpenSOTER-simulated-finger", "1" },
		{ SOTER_MODALITY_FACE, "OpenSOTER-simulated-face", "1" },
	},
	.is_simulated = true,
	.open = sim_open,
	.flush = sim_flush,
	.capture = sim_capture,
	.enrol_begin = sim_enrol_begin,
	.enrol = sim_enrol,
	.match = sim_match,
	.feed = sim_feed,
};

#endif
