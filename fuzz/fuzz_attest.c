/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The input is tried as a KeyDescription and as the SOTER text.
 * Properties: spans inside, counts and values in range, a byte more or less
 * refused; a text that is read is written and read again as the same; a
 * failure leaves the output alone.
 * Seeds: tests/vectors/attest/.
 */
#include "fuzz/fuzz.h"
#include "wire/attest.h"

#define LONGEST 8192

static void
check_list(const struct soter_attest_list *list)
{
	const int64_t values[] = { list->algorithm, list->key_bits,
		list->exponent, list->origin };

	MUST(list->purpose.n <= SOTER_ATTEST_SET_MAX);
	MUST(list->digest.n <= SOTER_ATTEST_SET_MAX);
	MUST(list->padding.n <= SOTER_ATTEST_SET_MAX);
	for (size_t i = 0; i < SOTER_COUNT(values); i++)
		MUST(values[i] >= -1 && values[i] <= UINT32_MAX);
}

static void
description(struct soter_span in)
{
	static uint8_t longer[LONGEST + 1];
	struct soter_attest x;
	enum soter_rc rc;

	memset(&x, FUZZ_FILL, sizeof(x));
	rc = soter_attest_parse(&x, in);
	if (rc != SOTER_OK) {
		MUST(rc == SOTER_E_DER || rc == SOTER_E_LIMIT);
		MUST(fuzz_untouched(&x, sizeof(x)));
		return;
	}
	MUST(fuzz_inside(x.challenge, in));
	check_list(&x.software);
	check_list(&x.tee);
	MUST(soter_attest_parse(&x, soter_span(in.p, in.n - 1)) == SOTER_E_DER);
	if (in.n > LONGEST)
		return;
	memcpy(longer, in.p, in.n);
	MUST(soter_attest_parse(&x, soter_span(longer, in.n + 1)) ==
	    SOTER_E_DER);
}

static void
text(struct soter_span in)
{
	static uint8_t buf[8 * SOTER_CPU_ID_MAX + 256];
	struct soter_writer w = soter_writer(buf, sizeof(buf));
	struct soter_attest_text x, back;
	struct soter_unknown unknown;
	struct soter_fault fault;

	memset(&x, FUZZ_FILL, sizeof(x));
	if (soter_attest_text_parse(&x, in, &unknown, &fault) != SOTER_OK) {
		MUST(fuzz_untouched(&x, sizeof(x)));
		MUST(memchr(fault.field, '\0', sizeof(fault.field)) != NULL);
		return;
	}
	for (size_t i = 0; i < unknown.n; i++)
		MUST(fuzz_inside(unknown.name[i], in));
	MUST(soter_attest_text_write(&w, &x) == SOTER_OK);
	MUST(soter_attest_text_parse(&back, soter_written(&w), NULL, NULL) ==
	    SOTER_OK);
	MUST(strcmp(x.cpu_id, back.cpu_id) == 0 && x.cpu_id[0] != '\0');
	MUST(strcmp(x.uid, back.uid) == 0 && x.uid[0] != '\0');
	MUST(x.counter == back.counter && x.salt_len == back.salt_len);
	MUST(x.counter <= SOTER_COUNTER_MAX && x.salt_len >= -1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	description(soter_span(data, size));
	text(soter_span(data, size));
	return (0);
}
