/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/base64.h"

/* Digit of a character, plus one; 0 for what is not in the alphabet. */
/* clang-format off */
static const uint8_t digit_plus_one[256] = {
	['A'] =  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13,
		14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
		40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
	['+'] = 63,
	['/'] = 64,
};
/* clang-format on */

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Append the bytes of one group, of which 2 to 4 characters are no padding. */
static enum soter_rc
decode_group(struct soter_writer *w, const uint8_t *group, size_t chars)
{
	size_t n = chars - 1;
	uint32_t bits = 0;
	uint8_t bytes[3];

	for (size_t i = 0; i < chars; i++) {
		uint8_t digit = digit_plus_one[group[i]];

		if (digit == 0)
			return (SOTER_E_BASE64);
		bits |= (uint32_t)(digit - 1) << (18 - 6 * i);
	}
	/* Bits that no byte takes: else one value would have many texts. */
	if ((bits & (0xffffffu >> 8 * n)) != 0)
		return (SOTER_E_BASE64);
	bytes[0] = (uint8_t)(bits >> 16);
	bytes[1] = (uint8_t)(bits >> 8);
	bytes[2] = (uint8_t)bits;
	return (soter_write(w, soter_span(bytes, n)));
}

enum soter_rc
soter_base64_decode(struct soter_writer *w, struct soter_span text)
{
	struct soter_reader r = soter_reader(text);
	struct soter_span group;

	while (r.left > 0) {
		size_t chars = 4;

		if (soter_read_span(&r, 4, &group) != SOTER_OK)
			return (SOTER_E_BASE64);
		if (r.left == 0 && group.p[3] == '=')
			chars = group.p[2] == '=' ? 2 : 3;
		TRY(decode_group(w, group.p, chars));
	}
	return (SOTER_OK);
}

enum soter_rc
soter_base64_encode(struct soter_writer *w, struct soter_span bytes)
{
	struct soter_reader r = soter_reader(bytes);
	struct soter_span part;

	while (r.left > 0) {
		uint8_t group[4] = { '=', '=', '=', '=' };
		uint32_t bits = 0;

		TRY(soter_read_span(&r, r.left < 3 ? r.left : 3, &part));
		for (size_t i = 0; i < part.n; i++)
			bits |= (uint32_t)part.p[i] << (16 - 8 * i);
		for (size_t i = 0; i <= part.n; i++)
			group[i] =
			    (uint8_t)alphabet[bits >> (18 - 6 * i) & 0x3f];
		TRY(soter_write(w, soter_span(group, sizeof(group))));
	}
	return (SOTER_OK);
}
