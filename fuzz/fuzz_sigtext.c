/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Property: the length alone tells the form, and in that form the signature
 * that was read is the text that was given.  A failure leaves the output
 * alone.
 * Seeds: tests/vectors/sigtext/.
 */
#include "fuzz/fuzz.h"
#include "wire/base64.h"
#include "wire/sigtext.h"

static void
check_hex(const uint8_t sig[SOTER_SIG_LEN], const uint8_t *data)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SOTER_SIG_HEX_LEN; i++) {
		uint8_t c = (uint8_t)(data[i] | 0x20); /* no-op for digits */
		uint8_t nibble = i % 2 == 0 ? sig[i / 2] >> 4 : sig[i / 2] & 15;

		MUST(c == (uint8_t)digits[nibble]);
	}
}

static void
check_base64(const uint8_t sig[SOTER_SIG_LEN], const uint8_t *data)
{
	uint8_t text[SOTER_SIG_BASE64_LEN];
	struct soter_writer w = soter_writer(text, sizeof(text));

	MUST(soter_base64_encode(&w, soter_span(sig, SOTER_SIG_LEN)) ==
	    SOTER_OK);
	MUST(w.len == sizeof(text) && memcmp(text, data, sizeof(text)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t sig[SOTER_SIG_LEN];
	enum soter_rc rc;

	memset(sig, FUZZ_FILL, sizeof(sig));
	rc = soter_sig_parse(sig, soter_span(data, size));
	if (rc != SOTER_OK) {
		MUST(fuzz_untouched(sig, sizeof(sig)));
		MUST(size != SOTER_SIG_LEN);
		MUST((rc == SOTER_E_FORMAT) == (size == SOTER_SIG_HEX_LEN));
		MUST(size >= SOTER_SIG_LEN || rc == SOTER_E_SIG_LENGTH);
		return (0);
	}
	if (size == SOTER_SIG_HEX_LEN)
		check_hex(sig, data);
	else if (size == SOTER_SIG_BASE64_LEN)
		check_base64(sig, data);
	else
		MUST(size == SOTER_SIG_LEN && memcmp(sig, data, size) == 0);
	return (0);
}
