/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Property: whatever soter_teemsg_parse() accepts, soter_teemsg_write() gives
 * back byte for byte, and soter_teemsg_len() said its length beforehand.  What
 * is borrowed lies inside the input.
 */
#include "fuzz/fuzz.h"
#include "wire/teemsg.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soter_span in = soter_span(data, size);
	uint8_t *again = malloc(size + 1);
	struct soter_writer w = soter_writer(again, size);
	struct soter_teemsg x;
	size_t len = 0;
	enum soter_rc rc;

	MUST(again != NULL);
	memset(&x, FUZZ_FILL, sizeof(x));
	rc = soter_teemsg_parse(&x, in);
	if (rc != SOTER_OK) {
		MUST(rc == SOTER_E_SHORT || rc == SOTER_E_LIMIT ||
		    rc == SOTER_E_FORMAT);
		MUST(fuzz_untouched(&x, sizeof(x)));
		free(again);
		return (0);
	}
	MUST(soter_teemsg_len(in, &len) == SOTER_OK && len == size);
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++)
		MUST(fuzz_inside(x.params[i].data, in));
	MUST(soter_teemsg_write(&w, &x) == SOTER_OK);
	MUST(w.len == size && memcmp(again, data, size) == 0);
	free(again);
	return (0);
}
