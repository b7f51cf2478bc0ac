/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/json.h"
#include "wire/jsontext.h"

/* What may follow a backslash, and what it then stands for. */
static const char letters[] = "\"\\/bfnrt", plains[] = "\"\\/\b\f\n\r\t";

static enum soter_rc
read_hex4(struct soter_reader *r, uint32_t *out)
{
	struct soter_span four;
	uint32_t value = 0;

	if (soter_read_span(r, 4, &four) != SOTER_OK)
		return (SOTER_E_JSON);
	for (size_t i = 0; i < 4; i++) {
		uint8_t digit = soter_hex_digit(four.p[i]);

		if (digit == SOTER_HEX_BAD)
			return (SOTER_E_JSON);
		value = value << 4 | digit;
	}
	*out = value;
	return (SOTER_OK);
}

/* The rest of \uXXXX, with the second half of a pair if it takes one. */
static enum soter_rc
read_unicode(struct soter_reader *r, uint32_t *out)
{
	struct soter_span mark;
	uint32_t high, low;

	TRY(read_hex4(r, &high));
	if (high == 0 || (high >= 0xdc00 && high <= 0xdfff))
		return (SOTER_E_JSON_TEXT);
	if (high < 0xd800 || high > 0xdbff) {
		*out = high;
		return (SOTER_OK);
	}
	if (soter_read_span(r, 2, &mark) != SOTER_OK ||
	    !soter_span_equal(mark, SOTER_SPAN("\\u")))
		return (SOTER_E_JSON_TEXT);
	TRY(read_hex4(r, &low));
	if (low < 0xdc00 || low > 0xdfff)
		return (SOTER_E_JSON_TEXT);
	*out = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	return (SOTER_OK);
}

/* A whole escape, with its backslash. */
static enum soter_rc
read_escape(struct soter_reader *r, uint32_t *out)
{
	struct soter_reader in = *r;
	struct soter_span two;
	size_t i = 0;

	if (soter_read_span(&in, 2, &two) != SOTER_OK)
		return (SOTER_E_JSON);
	if (two.p[1] == 'u')
		TRY(read_unicode(&in, out));
	else {
		while (
		    i < sizeof(letters) - 1 && two.p[1] != (uint8_t)letters[i])
			i++;
		if (i == sizeof(letters) - 1)
			return (SOTER_E_JSON);
		*out = (uint8_t)plains[i];
	}
	*r = in;
	return (SOTER_OK);
}

/* A sequence of two to four bytes, in its shortest form (RFC 3629). */
static enum soter_rc
skip_utf8(struct soter_reader *r)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	struct soter_reader in = *r;
	struct soter_span bytes;
	uint8_t first = r->p[0];
	size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
	uint32_t c = first & (0x3fu >> more);

	if (first < 0xc2 || first > 0xf4 ||
	    soter_read_span(&in, 1 + more, &bytes) != SOTER_OK)
		return (SOTER_E_JSON_TEXT);
	for (size_t i = 1; i <= more; i++) {
		if ((bytes.p[i] & 0xc0) != 0x80)
			return (SOTER_E_JSON_TEXT);
		c = c << 6 | (bytes.p[i] & 0x3f);
	}
	if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return (SOTER_E_JSON_TEXT);
	*r = in;
	return (SOTER_OK);
}

static void
skip(struct soter_reader *r)
{
	r->p++;
	r->left--;
}

/* Nearly all bytes of all strings: printable ASCII that stands for itself. */
static void
skip_plain(struct soter_reader *r)
{
	while (r->left > 0 && r->p[0] >= 0x20 && r->p[0] < 0x80 &&
	    r->p[0] != '"' && r->p[0] != '\\')
		skip(r);
}

enum soter_rc
soter_jsontext_scan(struct soter_reader *r, bool lf_allowed)
{
	uint32_t ignored;

	for (;;) {
		skip_plain(r);
		if (r->left == 0)
			return (SOTER_E_JSON);
		if (r->p[0] == '"')
			return (SOTER_OK);
		if (r->p[0] == '\\')
			TRY(read_escape(r, &ignored));
		else if (r->p[0] >= 0x80)
			TRY(skip_utf8(r));
		else if (r->p[0] == '\n' && lf_allowed)
			skip(r);
		else
			return (SOTER_E_JSON_TEXT);
	}
}

/* The UTF-8 form of a code point; its length. */
static size_t
put_utf8(uint8_t out[4], uint32_t c)
{
	static const uint8_t lead[] = { 0x00, 0xc0, 0xe0, 0xf0 };
	size_t more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

	out[0] = (uint8_t)(lead[more] | c >> 6 * more);
	for (size_t i = 1; i <= more; i++)
		out[i] = (uint8_t)(0x80 | (c >> 6 * (more - i) & 0x3f));
	return (more + 1);
}

/*
 * The next piece of a text: bytes that stand for themselves, or one escape,
 * whose meaning is put into room.
 */
static enum soter_rc
next_piece(struct soter_reader *r, uint8_t room[4], struct soter_span *out)
{
	size_t n = 0;
	uint32_t c;

	while (n < r->left && r->p[n] != '\\')
		n++;
	if (n > 0)
		return (soter_read_span(r, n, out));
	TRY(read_escape(r, &c));
	*out = soter_span(room, put_utf8(room, c));
	return (SOTER_OK);
}

enum soter_rc
soter_json_decode(struct soter_writer *w, struct soter_span value)
{
	struct soter_reader r = soter_reader(value);
	struct soter_span piece;
	uint8_t room[4];

	while (r.left > 0) {
		TRY(next_piece(&r, room, &piece));
		TRY(soter_write(w, piece));
	}
	return (SOTER_OK);
}

size_t
soter_json_text_len(struct soter_span value)
{
	struct soter_reader r = soter_reader(value);
	struct soter_span piece;
	uint8_t room[4];
	size_t len = 0;

	while (r.left > 0 && next_piece(&r, room, &piece) == SOTER_OK)
		len += piece.n;
	return (len);
}

bool
soter_json_is(struct soter_span value, struct soter_span text)
{
	struct soter_reader r = soter_reader(value), t = soter_reader(text);
	struct soter_span piece, same;
	uint8_t room[4];

	while (r.left > 0)
		if (next_piece(&r, room, &piece) != SOTER_OK ||
		    soter_read_span(&t, piece.n, &same) != SOTER_OK ||
		    !soter_span_equal(piece, same))
			return (false);
	return (t.left == 0);
}

static bool
needs_escape(uint8_t c)
{
	return (c < 0x20 || c == '"' || c == '\\' || c == '/');
}

static enum soter_rc
write_escape(struct soter_writer *w, uint8_t c)
{
	static const char hex[] = "0123456789abcdef";

	TRY(soter_write_u8(w, '\\'));
	for (size_t i = 0; i < sizeof(plains) - 1; i++)
		if (c == (uint8_t)plains[i])
			return (soter_write_u8(w, (uint8_t)letters[i]));
	TRY(soter_write(w, SOTER_SPAN("u00")));
	TRY(soter_write_u8(w, (uint8_t)hex[c >> 4]));
	return (soter_write_u8(w, (uint8_t)hex[c & 15]));
}

enum soter_rc
soter_json_write_string(struct soter_writer *w, struct soter_span text)
{
	size_t from = 0;

	TRY(soter_write_u8(w, '"'));
	for (size_t i = 0; i < text.n; i++) {
		if (!needs_escape(text.p[i]))
			continue;
		TRY(soter_write(w, soter_span(text.p + from, i - from)));
		TRY(write_escape(w, text.p[i]));
		from = i + 1;
	}
	if (from < text.n)
		TRY(soter_write(w, soter_span(text.p + from, text.n - from)));
	return (soter_write_u8(w, '"'));
}
