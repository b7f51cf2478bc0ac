/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "net/query.h"

/* One byte of a decoded text.  SOTER_E_FORMAT: an escape that is none. */
static enum soter_rc
decode(struct soter_reader *r, uint8_t *out)
{
	uint8_t high, low;

	TRY(soter_read_u8(r, out));
	if (*out == '+')
		*out = ' ';
	if (*out != '%')
		return (*out == '\0' ? SOTER_E_FORMAT : SOTER_OK);
	if (soter_read_u8(r, &high) != SOTER_OK ||
	    soter_read_u8(r, &low) != SOTER_OK)
		return (SOTER_E_FORMAT);
	high = soter_hex_digit(high);
	low = soter_hex_digit(low);
	if (high == SOTER_HEX_BAD || low == SOTER_HEX_BAD ||
	    (high == 0 && low == 0))
		return (SOTER_E_FORMAT);
	*out = (uint8_t)(high << 4 | low);
	return (SOTER_OK);
}

/* Decode all of it; into w, unless that is NULL. */
static enum soter_rc
decode_all(struct soter_span text, struct soter_writer *w)
{
	struct soter_reader r = soter_reader(text);
	uint8_t c;

	while (r.left > 0) {
		TRY(decode(&r, &c));
		if (w != NULL)
			TRY(soter_write_u8(w, c));
	}
	return (SOTER_OK);
}

static bool
is_name(struct soter_span text, const char *name)
{
	struct soter_reader r = soter_reader(text);
	uint8_t c;

	for (; *name != '\0'; name++)
		if (decode(&r, &c) != SOTER_OK || c != (uint8_t)*name)
			return (false);
	return (r.left == 0);
}

/* What stands before the first c; *s goes on behind it. */
static struct soter_span
split(struct soter_span *s, uint8_t c)
{
	const uint8_t *at = s->n == 0 ? NULL : memchr(s->p, c, s->n);
	struct soter_span before = *s;

	if (at == NULL) {
		*s = soter_span(s->p, 0);
		return (before);
	}
	before.n = (size_t)(at - s->p);
	*s = soter_span(at + 1, s->n - before.n - 1);
	return (before);
}

enum soter_rc
net_query_get(struct soter_span query, const char *name,
    struct soter_writer *value)
{
	struct soter_span found = { NULL, 0 };
	bool is_found = false;

	for (size_t i = 0; query.n > 0; i++) {
		struct soter_span pair = split(&query, '&'), key;

		if (i == NET_QUERY_PAIRS_MAX)
			return (SOTER_E_LIMIT);
		TRY(decode_all(pair, NULL));
		key = split(&pair, '=');
		if (!is_name(key, name))
			continue;
		if (is_found)
			return (SOTER_E_FIELD_DOUBLED);
		is_found = true;
		found = pair;
	}
	return (is_found ? decode_all(found, value) : SOTER_E_NOTFOUND);
}
