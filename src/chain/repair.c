/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/repair.h"
#include "wire/sigtext.h"

/* Base64 of Base64 of a signature, in lines, with room to spare. */
#define REPAIR_MAX 1024

#define SEXTET_BAD 0xff

/* So many hex digits in a row are no accident. */
#define HEX_MIN	   40

/* What had to be overlooked to read a text. */
struct found {
	bool wrapped, url_safe, blank;
	bool padding; /* none, too much or too little */
	bool stray;   /* bits behind the last byte that are not zero */
};

static uint8_t
sextet(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return ((uint8_t)(c - 'A'));
	if (c >= 'a' && c <= 'z')
		return ((uint8_t)(c - 'a' + 26));
	if (c >= '0' && c <= '9')
		return ((uint8_t)(c - '0' + 52));
	return (c == '+' ? 62 : c == '/' ? 63 : SEXTET_BAD);
}

/* Put one byte of a mangled text right, and remember that it was wrong. */
static uint8_t
put_right(uint8_t c, struct found *found)
{
	if (c == ' ')
		found->blank = true;
	if (c == '-' || c == '_')
		found->url_safe = true;
	if (c == ' ' || c == '-')
		return ('+');
	return (c == '_' ? '/' : c);
}

/*
 * From the first '=' on: nothing but padding and white space.  have is the
 * number of bits that wait for it, two for each '='.
 */
static enum soter_rc
read_padding(struct soter_span rest, unsigned have, struct found *found)
{
	size_t n = 0;

	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] == '=')
			n++;
		else if (rest.p[i] == '\n' || rest.p[i] == '\r' ||
		    rest.p[i] == ' ')
			found->wrapped = true;
		else
			return (SOTER_E_BASE64);
	found->padding = n != have / 2;
	return (SOTER_OK);
}

/*
 * Read Base64 with as much goodwill as there is.  A text that was cut may end
 * anywhere: bits that do not make a byte are left out.
 */
static enum soter_rc
read_mangled(struct soter_writer *w, struct soter_span in, struct found *found)
{
	uint32_t bits = 0;
	unsigned have = 0;

	found->padding = true;
	found->stray = false;
	for (size_t i = 0; i < in.n; i++) {
		uint8_t value;

		if (in.p[i] == '\n' || in.p[i] == '\r') {
			found->wrapped = true;
			continue;
		}
		if (in.p[i] == '=')
			return (read_padding(soter_span(in.p + i, in.n - i),
			    have, found));
		value = sextet(put_right(in.p[i], found));
		if (value == SEXTET_BAD)
			return (SOTER_E_BASE64);
		bits = bits << 6 | value;
		have += 6;
		if (have >= 8) {
			have -= 8;
			TRY(soter_write_u8(w, (uint8_t)(bits >> have)));
		}
		found->stray = (bits & ((1u << have) - 1)) != 0;
	}
	return (SOTER_OK);
}

/* Hex in lines, or cut: how many digits there are; 0 if it is no hex. */
static size_t
read_hex(struct soter_span in, uint8_t digits[REPAIR_MAX], struct found *found)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		uint8_t c = in.p[i];

		if (soter_hex_digit(c) != SOTER_HEX_BAD)
			digits[n++] = c;
		else if (c == '\n' || c == '\r' || c == ' ')
			found->wrapped = true;
		else
			return (0);
	}
	return (n);
}

static bool
repair_hex(uint8_t out[SOTER_SIG_LEN], struct soter_span digits,
    const struct found *found, struct soter_report *why)
{
	if (found->wrapped)
		soter_report_hint(why, SOTER_HINT_WRAPPED, 0, NULL);
	if (digits.n < SOTER_SIG_HEX_LEN)
		soter_report_hint(why, SOTER_HINT_CUT, (int64_t)(digits.n / 2),
		    NULL);
	return (digits.n == SOTER_SIG_HEX_LEN &&
	    soter_sig_parse(out, digits) == SOTER_OK);
}

static void
hint(struct soter_report *why, const struct found *found, bool whole)
{
	if (found->wrapped)
		soter_report_hint(why, SOTER_HINT_WRAPPED, 0, NULL);
	if (found->url_safe || (found->padding && whole))
		soter_report_hint(why, SOTER_HINT_URLSAFE, 0, NULL);
	if (found->blank)
		soter_report_hint(why, SOTER_HINT_BLANK, 0, NULL);
}

static bool
repair_base64(uint8_t out[SOTER_SIG_LEN], struct soter_span in,
    struct soter_report *why)
{
	uint8_t first[REPAIR_MAX], second[REPAIR_MAX];
	struct soter_writer w = soter_writer(first, sizeof(first));
	struct found found = { 0 };

	if (read_mangled(&w, in, &found) != SOTER_OK) {
		if (in.n < SOTER_SIG_LEN) /* raw bytes */
			soter_report_hint(why, SOTER_HINT_CUT, (int64_t)in.n,
			    NULL);
		return (false);
	}
	hint(why, &found, w.len == SOTER_SIG_LEN);
	if (w.len > SOTER_SIG_LEN) {
		struct soter_writer again =
		    soter_writer(second, sizeof(second));

		if (read_mangled(&again, soter_written(&w), &found) != SOTER_OK)
			return (false);
		soter_report_hint(why, SOTER_HINT_TWICE, 0, NULL);
		w = again;
	}
	if (w.len < SOTER_SIG_LEN)
		soter_report_hint(why, SOTER_HINT_CUT, (int64_t)w.len, NULL);
	/* No program makes stray bits, so there is nothing to hint at. */
	if (w.len != SOTER_SIG_LEN || found.stray)
		return (false);
	soter_copy(out, w.p, SOTER_SIG_LEN);
	return (true);
}

bool
soter_repair_signature(uint8_t out[SOTER_SIG_LEN], struct soter_span in,
    struct soter_report *why)
{
	uint8_t digits[REPAIR_MAX];
	struct found found = { 0 };
	size_t n;

	if (soter_sig_parse(out, in) == SOTER_OK)
		return (true);
	if (in.n == 0 || in.n > REPAIR_MAX)
		return (false);
	/* Base64 that is hex throughout does not happen by chance. */
	n = read_hex(in, digits, &found);
	if (n >= HEX_MIN)
		return (repair_hex(out, soter_span(digits, n), &found, why));
	return (repair_base64(out, in, why));
}
