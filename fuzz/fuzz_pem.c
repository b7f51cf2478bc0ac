/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Properties: what is read is the Base64 between the first and the last line,
 * without line feeds, and is written and read again as the same; what is
 * written from any bytes is read back; a failure leaves the label alone;
 * nothing may follow a good text but its last newline.
 * Seeds: tests/vectors/pem/.
 */
#include "fuzz/fuzz.h"
#include "wire/base64.h"
#include "wire/pem.h"

#define DER_MAX 4096

static uint8_t text[2 * DER_MAX + 2048];

static void
write_and_read(const char *label, struct soter_span der, bool newline)
{
	static uint8_t back[DER_MAX];
	struct soter_writer t = soter_writer(text, sizeof(text));
	struct soter_writer b = soter_writer(back, sizeof(back));
	struct soter_span got;

	MUST(soter_pem_write(&t, label, der, newline) == SOTER_OK);
	MUST(soter_pem_parse(&got, &b, soter_written(&t)) == SOTER_OK);
	MUST(soter_span_equal(got, soter_text(label)));
	MUST(soter_span_equal(soter_written(&b), der));
}

/* However the lines were cut, one value has one Base64. */
static void
check_lines(struct soter_span in, struct soter_span der)
{
	static uint8_t base64[2 * DER_MAX];
	struct soter_writer w = soter_writer(base64, sizeof(base64));
	size_t at = 0, next = 0;

	MUST(soter_base64_encode(&w, der) == SOTER_OK);
	while (in.p[at] != '\n') /* the BEGIN line */
		at++;
	for (; in.p[at] != '-'; at++) {
		if (in.p[at] == '\n')
			continue;
		MUST(next < w.len && base64[next] == in.p[at]);
		next++;
	}
	MUST(next == w.len);
}

static void
read_any(struct soter_span in)
{
	static uint8_t der[DER_MAX], longer[2 * DER_MAX];
	struct soter_writer d = soter_writer(der, sizeof(der));
	struct soter_span label;
	char name[1024];
	enum soter_rc rc;

	memset(&label, FUZZ_FILL, sizeof(label));
	rc = soter_pem_parse(&label, &d, in);
	if (rc != SOTER_OK) {
		MUST(rc == SOTER_E_PEM || rc == SOTER_E_BASE64 ||
		    rc == SOTER_E_NOSPACE);
		MUST(fuzz_untouched(&label, sizeof(label)));
		return;
	}
	MUST(fuzz_inside(label, in) && label.n > 0 && d.len > 0);
	check_lines(in, soter_written(&d));
	if (label.n < sizeof(name)) {
		memcpy(name, label.p, label.n);
		name[label.n] = '\0';
		write_and_read(name, soter_written(&d), true);
	}
	if (in.n < sizeof(longer)) {
		memcpy(longer, in.p, in.n);
		longer[in.n] = ' ';
		d = soter_writer(der, sizeof(der));
		MUST(soter_pem_parse(&label, &d,
			 soter_span(longer, in.n + 1)) != SOTER_OK);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_any(soter_span(data, size));
	if (size > 0 && size <= DER_MAX)
		write_and_read(SOTER_PEM_LABEL_CERT, soter_span(data, size),
		    size % 2 == 0);
	return (0);
}
