/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Properties: what is read is written in the form of MTK phones, and read again
 * as the same; the form is a fixed point; all values are in range and all texts
 * end; a failure leaves the output alone.
 * Seeds: tests/vectors/.
 */
#include "fuzz/fuzz.h"
#include "wire/keyjson.h"

static void
check_values(const struct soter_key_json *x)
{
	uint64_t number;

	MUST(memchr(x->cpu_id, '\0', sizeof(x->cpu_id)) != NULL);
	MUST(memchr(x->uid, '\0', sizeof(x->uid)) != NULL);
	MUST(x->cpu_id[0] != '\0' && x->uid[0] != '\0');
	MUST(strlen(x->uid) > 19 ||
	    soter_decimal(soter_text(x->uid), UINT64_MAX, &number) == SOTER_OK);
	MUST(x->counter <= SOTER_COUNTER_MAX && x->salt_len >= -1);
	MUST(x->key.alg == SOTER_ALG_RSA);
	MUST(x->key.n_len > 0 && x->key.n_len <= SOTER_RSA_LEN_MAX);
	MUST(x->key.n[0] != 0);
}

static void
check_same(const struct soter_key_json *a, const struct soter_key_json *b)
{
	MUST(strcmp(a->cpu_id, b->cpu_id) == 0);
	MUST(strcmp(a->uid, b->uid) == 0);
	MUST(a->counter == b->counter && a->salt_len == b->salt_len);
	MUST(a->key.e == b->key.e);
	MUST(soter_span_equal(soter_span(a->key.n, a->key.n_len),
	    soter_span(b->key.n, b->key.n_len)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soter_span in = soter_span(data, size);
	uint8_t text[4096], text_again[4096];
	struct soter_writer w = soter_writer(text, sizeof(text));
	struct soter_writer again =
	    soter_writer(text_again, sizeof(text_again));
	struct soter_key_json x, back;
	struct soter_unknown unknown;
	struct soter_fault fault;

	memset(&x, FUZZ_FILL, sizeof(x));
	if (soter_key_json_parse(&x, in, &unknown, &fault) != SOTER_OK) {
		MUST(fuzz_untouched(&x, sizeof(x)));
		MUST(fault.offset <= size);
		MUST(memchr(fault.field, '\0', sizeof(fault.field)) != NULL);
		return (0);
	}
	check_values(&x);
	MUST(fault.field[0] == '\0');
	for (size_t i = 0; i < unknown.n; i++)
		MUST(fuzz_inside(unknown.name[i], in));

	MUST(soter_key_json_write(&w, &x) == SOTER_OK);
	MUST(soter_key_json_parse(&back, soter_written(&w), &unknown, NULL) ==
	    SOTER_OK);
	MUST(unknown.n == 0);
	check_same(&x, &back);
	MUST(soter_key_json_write(&again, &back) == SOTER_OK);
	MUST(soter_span_equal(soter_written(&w), soter_written(&again)));
	return (0);
}
