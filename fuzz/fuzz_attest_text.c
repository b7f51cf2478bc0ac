/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Properties: what is read is written and read again as the same; the written
 * form is a fixed point; a failure leaves the output alone.
 * Seeds: tests/vectors/.
 */
#include "fuzz/fuzz.h"
#include "wire/attest.h"

static void
check_values(const struct soter_attest_text *x)
{
	MUST(memchr(x->cpu_id, '\0', sizeof(x->cpu_id)) != NULL);
	MUST(memchr(x->uid, '\0', sizeof(x->uid)) != NULL);
	MUST(x->cpu_id[0] != '\0' && x->uid[0] != '\0');
	MUST(x->counter <= SOTER_COUNTER_MAX && x->salt_len >= -1);
}

static void
check_same(const struct soter_attest_text *a, const struct soter_attest_text *b)
{
	MUST(strcmp(a->cpu_id, b->cpu_id) == 0);
	MUST(strcmp(a->uid, b->uid) == 0);
	MUST(a->counter == b->counter && a->salt_len == b->salt_len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soter_span in = soter_span(data, size);
	uint8_t text[2048], text_again[2048];
	struct soter_writer w = soter_writer(text, sizeof(text));
	struct soter_writer again =
	    soter_writer(text_again, sizeof(text_again));
	struct soter_attest_text x, back;
	struct soter_unknown unknown;
	struct soter_fault fault;

	memset(&x, FUZZ_FILL, sizeof(x));
	if (soter_attest_text_parse(&x, in, &unknown, &fault) != SOTER_OK) {
		MUST(fuzz_untouched(&x, sizeof(x)));
		MUST(fault.offset <= size);
		MUST(memchr(fault.field, '\0', sizeof(fault.field)) != NULL);
		return (0);
	}
	check_values(&x);
	for (size_t i = 0; i < unknown.n; i++)
		MUST(fuzz_inside(unknown.name[i], in));
	MUST(soter_attest_text_write(&w, &x) == SOTER_OK);
	MUST(soter_attest_text_parse(&back, soter_written(&w), NULL, NULL) ==
	    SOTER_OK);
	check_same(&x, &back);
	MUST(soter_attest_text_write(&again, &back) == SOTER_OK);
	MUST(soter_span_equal(soter_written(&w), soter_written(&again)));
	return (0);
}
