/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/sigtext.h"
#include "wire/base64.h"

static enum soter_rc
read_hex(uint8_t out[SOTER_SIG_LEN], struct soter_span in)
{
	for (size_t i = 0; i < SOTER_SIG_LEN; i++) {
		uint8_t high = soter_hex_digit(in.p[2 * i]);
		uint8_t low = soter_hex_digit(in.p[2 * i + 1]);

		if (high == SOTER_HEX_BAD || low == SOTER_HEX_BAD)
			return (SOTER_E_FORMAT);
		out[i] = (uint8_t)(high << 4 | low);
	}
	return (SOTER_OK);
}

/*
 * 344 characters stand for 256 bytes, or, with less padding, for one or two
 * more.
 */
static enum soter_rc
read_base64(uint8_t out[SOTER_SIG_LEN], struct soter_span in)
{
	uint8_t bytes[SOTER_SIG_LEN + 2];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	TRY(soter_base64_decode(&w, in));
	if (w.len != SOTER_SIG_LEN)
		return (SOTER_E_SIG_LENGTH);
	soter_copy(out, bytes, SOTER_SIG_LEN);
	return (SOTER_OK);
}

enum soter_rc
soter_sig_parse(uint8_t out[SOTER_SIG_LEN], struct soter_span in)
{
	uint8_t sig[SOTER_SIG_LEN];

	if (in.n < SOTER_SIG_LEN)
		return (SOTER_E_SIG_LENGTH);
	if (in.n == SOTER_SIG_LEN)
		soter_copy(sig, in.p, SOTER_SIG_LEN);
	else if (in.n == SOTER_SIG_BASE64_LEN)
		TRY(read_base64(sig, in));
	else if (in.n == SOTER_SIG_HEX_LEN)
		TRY(read_hex(sig, in));
	else
		return (SOTER_E_BASE64);
	soter_copy(out, sig, SOTER_SIG_LEN);
	return (SOTER_OK);
}
