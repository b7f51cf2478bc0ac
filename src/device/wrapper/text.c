/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/wrapper/text.h"

/* First bytes: what they look like, and what may follow (RFC 3629, 4). */
static const struct {
	uint8_t mask, first, more;
	uint32_t least;
} forms[] = {
	{ 0x80, 0x00, 0, 0x20 },
	{ 0xe0, 0xc0, 1, 0x80 },
	{ 0xf0, 0xe0, 2, 0x800 },
	{ 0xf8, 0xf0, 3, 0x10000 },
};

static bool
is_character(uint32_t c, uint32_t least)
{
	return (c >= least && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff) &&
	    !(c >= 0x7f && c < 0xa0));
}

static enum soter_rc
read_character(struct soter_reader *r)
{
	uint8_t byte;
	uint32_t c;

	TRY(soter_read_u8(r, &byte));
	for (size_t i = 0; i < SOTER_COUNT(forms); i++) {
		if ((byte & forms[i].mask) != forms[i].first)
			continue;
		c = byte & (uint8_t)~forms[i].mask;
		for (unsigned n = forms[i].more; n > 0; n--) {
			TRY(soter_read_u8(r, &byte));
			if ((byte & 0xc0) != 0x80)
				return (SOTER_E_JSON_TEXT);
			c = c << 6 | (byte & 0x3f);
		}
		return (is_character(c, forms[i].least) ? SOTER_OK
							: SOTER_E_JSON_TEXT);
	}
	return (SOTER_E_JSON_TEXT);
}

enum soter_rc
wrapper_text_count(struct soter_span text, size_t *characters)
{
	struct soter_reader r = soter_reader(text);
	size_t n = 0;

	while (r.left > 0) {
		if (read_character(&r) != SOTER_OK)
			return (SOTER_E_JSON_TEXT);
		n++;
	}
	*characters = n;
	return (SOTER_OK);
}
