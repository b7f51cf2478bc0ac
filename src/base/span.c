/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/span.h"

#include <string.h>

struct soter_span
soter_text(const char *s)
{
	return (soter_span(s, s == NULL ? 0 : strlen(s)));
}

bool
soter_span_equal(struct soter_span a, struct soter_span b)
{
	return (a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0));
}

bool
soter_span_starts(struct soter_span text, struct soter_span prefix)
{
	return (text.n >= prefix.n &&
	    soter_span_equal(soter_span(text.p, prefix.n), prefix));
}

void
soter_copy(void *to, const void *from, size_t n)
{
	if (n > 0)
		memcpy(to, from, n);
}

void
soter_wipe(void *p, size_t n)
{
	volatile uint8_t *byte = p;

	while (n-- > 0)
		*byte++ = 0;
}

enum soter_rc
soter_read_span(struct soter_reader *r, size_t n, struct soter_span *out)
{
	if (n > r->left) /* subtract, never add to a pointer */
		return (SOTER_E_SHORT);
	*out = soter_span(r->p, n);
	if (n > 0)
		r->p += n;
	r->left -= n;
	return (SOTER_OK);
}

enum soter_rc
soter_read_u8(struct soter_reader *r, uint8_t *out)
{
	struct soter_span one;

	TRY(soter_read_span(r, 1, &one));
	*out = one.p[0];
	return (SOTER_OK);
}

enum soter_rc
soter_read_le32(struct soter_reader *r, uint32_t *out)
{
	struct soter_span four;

	TRY(soter_read_span(r, 4, &four));
	*out = (uint32_t)four.p[0] | (uint32_t)four.p[1] << 8 |
	    (uint32_t)four.p[2] << 16 | (uint32_t)four.p[3] << 24;
	return (SOTER_OK);
}

enum soter_rc
soter_read_le64(struct soter_reader *r, uint64_t *out)
{
	struct soter_reader ahead = *r;
	uint32_t low, high;

	TRY(soter_read_le32(&ahead, &low));
	TRY(soter_read_le32(&ahead, &high));
	*r = ahead;
	*out = (uint64_t)high << 32 | low;
	return (SOTER_OK);
}

enum soter_rc
soter_read_end(const struct soter_reader *r)
{
	return (r->left == 0 ? SOTER_OK : SOTER_E_FORMAT);
}

enum soter_rc
soter_write(struct soter_writer *w, struct soter_span bytes)
{
	if (bytes.n > w->cap - w->len)
		return (SOTER_E_NOSPACE);
	if (bytes.n > 0)
		memcpy(w->p + w->len, bytes.p, bytes.n);
	w->len += bytes.n;
	return (SOTER_OK);
}

enum soter_rc
soter_write_u8(struct soter_writer *w, uint8_t byte)
{
	return (soter_write(w, soter_span(&byte, 1)));
}

enum soter_rc
soter_write_le32(struct soter_writer *w, uint32_t value)
{
	const uint8_t four[4] = { (uint8_t)value, (uint8_t)(value >> 8),
		(uint8_t)(value >> 16), (uint8_t)(value >> 24) };

	return (soter_write(w, soter_span(four, sizeof(four))));
}

enum soter_rc
soter_write_le64(struct soter_writer *w, uint64_t value)
{
	if (w->cap - w->len < 8)
		return (SOTER_E_NOSPACE);
	TRY(soter_write_le32(w, (uint32_t)value));
	return (soter_write_le32(w, (uint32_t)(value >> 32)));
}

enum soter_rc
soter_write_decimal(struct soter_writer *w, uint64_t value)
{
	uint8_t digits[20]; /* 2^64 - 1 has twenty */
	size_t at = sizeof(digits);

	do {
		digits[--at] = (uint8_t)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	return (soter_write(w, soter_span(digits + at, sizeof(digits) - at)));
}

uint8_t
soter_hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return ((uint8_t)(c - '0'));
	c |= 0x20; /* lower case */
	return (c >= 'a' && c <= 'f' ? (uint8_t)(c - 'a' + 10) : SOTER_HEX_BAD);
}

enum soter_rc
soter_decimal(struct soter_span digits, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (digits.n == 0 || (digits.n > 1 && digits.p[0] == '0'))
		return (SOTER_E_FORMAT);
	for (size_t i = 0; i < digits.n; i++) {
		uint8_t digit = (uint8_t)(digits.p[i] - '0');

		if (digit > 9 || digit > max || value > (max - digit) / 10)
			return (SOTER_E_FORMAT);
		value = value * 10 + digit;
	}
	*out = value;
	return (SOTER_OK);
}
