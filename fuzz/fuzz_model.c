/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Properties: what is read is written back byte for byte; whatever is written
 * from any values is read back as those values; a failure leaves the output
 * alone.
 * Seeds: tests/vectors/model/.
 */
#include "fuzz/fuzz.h"
#include "wire/model.h"

/* Cut the input into values, at each '|', and write a model of them. */
static void
write_and_read(struct soter_span in)
{
	static uint8_t buf[SOTER_MODEL_XML_MAX];
	struct soter_writer w = soter_writer(buf, sizeof(buf));
	struct soter_model x = { .parts = SOTER_MODEL_PARTS }, back;
	struct soter_reader r = soter_reader(in);
	enum soter_rc rc;

	for (size_t i = 0; i < SOTER_MODEL_PARTS && r.left > 0; i++) {
		struct soter_span bar;
		size_t n = 0;

		while (n < r.left && r.p[n] != '|')
			n++;
		MUST(soter_read_span(&r, n, &x.part[i]) == SOTER_OK);
		if (r.left > 0)
			MUST(soter_read_span(&r, 1, &bar) == SOTER_OK);
	}
	if (in.n > 0 && in.p[0] % 2 == 0)
		x.parts = SOTER_MODEL_MODEL + 1;
	rc = soter_model_write(&w, &x);
	if (rc != SOTER_OK) {
		MUST(rc == SOTER_E_XML || rc == SOTER_E_LIMIT);
		return;
	}
	MUST(soter_model_parse(&back, soter_written(&w)) == SOTER_OK);
	MUST(back.parts == x.parts);
	for (size_t i = 0; i < x.parts; i++)
		MUST(soter_span_equal(back.part[i], x.part[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf[SOTER_MODEL_XML_MAX];
	struct soter_writer w = soter_writer(buf, sizeof(buf));
	struct soter_span in = soter_span(data, size);
	struct soter_model x;
	enum soter_rc rc;

	write_and_read(in);
	memset(&x, FUZZ_FILL, sizeof(x));
	rc = soter_model_parse(&x, in);
	if (rc != SOTER_OK) {
		MUST(rc == SOTER_E_XML || rc == SOTER_E_XML_NODE ||
		    rc == SOTER_E_LIMIT);
		MUST(fuzz_untouched(&x, sizeof(x)));
		return (0);
	}
	MUST(x.parts == 2 || x.parts == SOTER_MODEL_PARTS);
	for (size_t i = 0; i < SOTER_MODEL_PARTS; i++)
		MUST(fuzz_inside(x.part[i], in));
	MUST(soter_model_write(&w, &x) == SOTER_OK);
	MUST(soter_span_equal(soter_written(&w), in));
	return (0);
}
