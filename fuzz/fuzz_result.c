/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Properties: what is read is written in the form of phones, and read again as
 * the same; the form is a fixed point; fields that depend on each other are
 * there together; a failure leaves the output alone.
 * Seeds: tests/vectors/.
 */
#include "fuzz/fuzz.h"
#include "wire/result.h"

/* Every text of a result. */
static const struct {
	size_t offset, size;
} texts[] = {
#define TEXT(name)                                                \
	{                                                         \
		offsetof(struct soter_result_json, name),         \
		    sizeof(((struct soter_result_json *)0)->name) \
	}
	TEXT(fid), TEXT(tee_n), TEXT(tee_v), TEXT(fp_n), TEXT(fp_v), TEXT(fc_n),
	TEXT(fc_v), TEXT(bo_t), TEXT(cpu_id), TEXT(uid)
};

static const char *
text_at(const struct soter_result_json *x, size_t i)
{
	return ((const char *)x + texts[i].offset);
}

static void
check_values(const struct soter_result_json *x, struct soter_span in)
{
	bool face = x->fc_n[0] != '\0', finger = x->fp_n[0] != '\0';
	uint64_t number;

	for (size_t i = 0; i < SOTER_COUNT(texts); i++)
		MUST(memchr(text_at(x, i), '\0', texts[i].size) != NULL);
	MUST(fuzz_inside(x->raw, in) && x->raw.n > 0);
	MUST(x->counter <= SOTER_COUNTER_MAX && x->salt_len >= -1);
	MUST(x->cpu_id[0] != '\0' && x->uid[0] != '\0');
	MUST(x->is_ios == (x->fid[0] == '\0'));
	MUST((x->fc_v[0] != '\0') == face && (x->fp_v[0] != '\0') == finger);
	if (x->is_ios) {
		MUST(!face && !finger && x->tee_n[0] == '\0' &&
		    x->tee_v[0] == '\0' && x->bo_t[0] == '\0');
		MUST(strlen(x->uid) == 32 && strlen(x->cpu_id) == 36);
	} else {
		MUST(face || finger);
		MUST(x->tee_n[0] != '\0' && x->tee_v[0] != '\0');
		MUST(soter_decimal(soter_text(x->uid), UINT32_MAX, &number) ==
		    SOTER_OK);
	}
}

static void
check_same(const struct soter_result_json *a, const struct soter_result_json *b)
{
	for (size_t i = 0; i < SOTER_COUNT(texts); i++)
		MUST(strcmp(text_at(a, i), text_at(b, i)) == 0);
	MUST(a->is_ios == b->is_ios && a->counter == b->counter);
	MUST(a->salt_len == b->salt_len && a->bio_epoch == b->bio_epoch);
}

static void
check_round_trip(const struct soter_result_json *x)
{
	static uint8_t text[2 * SOTER_SIGNED_MAX], text_again[sizeof(text)];
	uint8_t raw[SOTER_CHALLENGE_MAX];
	struct soter_writer challenge = soter_writer(raw, sizeof(raw));
	struct soter_writer w = soter_writer(text, sizeof(text));
	struct soter_writer again =
	    soter_writer(text_again, sizeof(text_again));
	struct soter_result_json back;

	MUST(soter_json_decode(&challenge, x->raw) == SOTER_OK);
	MUST(soter_result_json_write(&w, x, soter_written(&challenge)) ==
	    SOTER_OK);
	if (w.len > SOTER_SIGNED_MAX)
		return; /* raw bytes became escapes */
	MUST(soter_result_json_parse(&back, soter_written(&w), NULL, NULL) ==
	    SOTER_OK);
	check_same(x, &back);
	MUST(soter_json_is(back.raw, soter_written(&challenge)));
	MUST(soter_result_json_write(&again, &back,
		 soter_written(&challenge)) == SOTER_OK);
	MUST(soter_span_equal(soter_written(&w), soter_written(&again)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soter_span in = soter_span(data, size);
	struct soter_result_json x;
	struct soter_unknown unknown;
	struct soter_fault fault;

	memset(&x, FUZZ_FILL, sizeof(x));
	if (soter_result_json_parse(&x, in, &unknown, &fault) != SOTER_OK) {
		MUST(fuzz_untouched(&x, sizeof(x)));
		MUST(fault.offset <= size);
		MUST(memchr(fault.field, '\0', sizeof(fault.field)) != NULL);
		return (0);
	}
	MUST(fault.field[0] == '\0');
	for (size_t i = 0; i < unknown.n; i++)
		MUST(fuzz_inside(unknown.name[i], in));
	check_values(&x, in);
	check_round_trip(&x);
	return (0);
}
