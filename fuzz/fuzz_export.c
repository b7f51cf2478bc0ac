/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Property: whatever soter_export_parse() accepts, soter_export_write() gives
 * back byte for byte.  So there is one encoding per value, and two readers of
 * the same bytes cannot disagree.
 * Seeds: tests/vectors/export/.
 */
#include "fuzz/fuzz.h"
#include "wire/export.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf[SOTER_EXPORT_MAX];
	struct soter_writer w = soter_writer(buf, sizeof(buf));
	struct soter_export x;
	enum soter_rc rc;

	memset(&x, FUZZ_FILL, sizeof(x));
	rc = soter_export_parse(&x, soter_span(data, size));
	if (rc != SOTER_OK) {
		MUST(rc == SOTER_E_SHORT || rc == SOTER_E_LIMIT ||
		    rc == SOTER_E_FORMAT);
		MUST(fuzz_untouched(&x, sizeof(x)));
		return (0);
	}
	MUST(x.text.p == data + 4 && x.text.p + x.text.n == x.sig.p);
	MUST(x.text.n > 0 && x.sig.n == SOTER_SIG_LEN);
	MUST(soter_export_write(&w, &x) == SOTER_OK);
	MUST(w.len == size && memcmp(buf, data, size) == 0);
	return (0);
}
