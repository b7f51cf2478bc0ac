/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Properties: whatever decodes, encodes to the same text; whatever is encoded,
 * decodes to the same bytes; a buffer that is one byte too small is refused.
 * Seeds: tests/vectors/base64/.
 */
#include "fuzz/fuzz.h"
#include "wire/base64.h"

#define BYTES_MAX 6000

static void
text_to_bytes(struct soter_span in)
{
	static uint8_t bytes[BYTES_MAX], text[2 * BYTES_MAX];
	struct soter_writer b = soter_writer(bytes, sizeof(bytes));
	struct soter_writer t = soter_writer(text, sizeof(text));
	enum soter_rc rc = soter_base64_decode(&b, in);

	if (rc != SOTER_OK) {
		MUST(rc == SOTER_E_BASE64 ||
		    (rc == SOTER_E_NOSPACE && in.n > BYTES_MAX));
		return;
	}
	MUST(soter_base64_encode(&t, soter_written(&b)) == SOTER_OK);
	MUST(soter_span_equal(soter_written(&t), in));
	if (b.len > 0) {
		b = soter_writer(bytes, b.len - 1);
		MUST(soter_base64_decode(&b, in) == SOTER_E_NOSPACE);
	}
}

static void
bytes_to_text(struct soter_span in)
{
	static uint8_t text[2 * BYTES_MAX], bytes[BYTES_MAX];
	size_t n = (in.n + 2) / 3 * 4;
	struct soter_writer t = soter_writer(text, n);
	struct soter_writer b = soter_writer(bytes, in.n);

	MUST(soter_base64_encode(&t, in) == SOTER_OK && t.len == n);
	MUST(soter_base64_decode(&b, soter_written(&t)) == SOTER_OK);
	MUST(soter_span_equal(soter_written(&b), in));
	if (n > 0) {
		t = soter_writer(text, n - 1);
		MUST(soter_base64_encode(&t, in) == SOTER_E_NOSPACE);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	text_to_bytes(soter_span(data, size));
	if (size <= BYTES_MAX)
		bytes_to_text(soter_span(data, size));
	return (0);
}
