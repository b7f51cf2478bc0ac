/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/json.h"
#include "wire/jsontext.h"

#define PATTERN 0xa5
#define IN(text)                                              \
	{                                                     \
		(const uint8_t *)"" text "", sizeof(text) - 1 \
	}

/*
 * The inside of a string: what it stands for, or why not; then at is where the
 * reader must stop.
 */
/* clang-format off */
static const struct {
	const char *what;
	struct soter_span in;
	enum soter_rc want;
	struct soter_span text;
	size_t at;
} cases[] = {
	{ "empty",                 IN(""),             SOTER_OK, IN(""), 0 },
	{ "plain",                 IN("I'm a demo"),   SOTER_OK, IN("I'm a demo"), 0 },
	{ "every short escape",    IN("\\\"\\\\\\/\\b\\f\\n\\r\\t"), SOTER_OK,
	    IN("\"\\/\b\f\n\r\t"), 0 },
	{ "a slash as it is",      IN("a/b"),          SOTER_OK, IN("a/b"), 0 },
	{ "an escaped backslash, then n", IN("\\\\n"), SOTER_OK, IN("\\n"), 0 },
	{ "DEL",                   IN("\x7f"),         SOTER_OK, IN("\x7f"), 0 },
	{ "hex in both cases",     IN("\\u00e4\\u00E4\\uABcd"), SOTER_OK,
	    IN("\xc3\xa4\xc3\xa4\xea\xaf\x8d"), 0 },
	{ "a control by escape",   IN("\\u0001\\u001f"), SOTER_OK, IN("\x01\x1f"), 0 },
	{ "least and most of each UTF-8 length", IN("\\u0001\\u007f\\u0080\\u07ff"
	    "\\u0800\\uffff\\ud800\\udc00\\udbff\\udfff"), SOTER_OK,
	    IN("\x01\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"
	    "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), 0 },
	{ "either side of the surrogates", IN("\\ud7ff\\ue000"), SOTER_OK,
	    IN("\xed\x9f\xbf\xee\x80\x80"), 0 },
	{ "a pair, then more",     IN("\\ud834\\udd1ex"), SOTER_OK,
	    IN("\xf0\x9d\x84\x9ex"), 0 },
	{ "raw UTF-8 of each length", IN("\xc3\xa4\xe2\x82\xac\xf0\x9d\x84\x9e"),
	    SOTER_OK, IN("\xc3\xa4\xe2\x82\xac\xf0\x9d\x84\x9e"), 0 },
	{ "line separators",       IN("\xe2\x80\xa8\xe2\x80\xa9"), SOTER_OK,
	    IN("\xe2\x80\xa8\xe2\x80\xa9"), 0 },

	/* escapes that are none */
	{ "backslash before the quote", IN("ab\\"),    SOTER_E_JSON, IN(""), 4 },
	{ "\\x41",                 IN("a\\x41"),       SOTER_E_JSON, IN(""), 1 },
	{ "\\0",                   IN("\\0"),          SOTER_E_JSON, IN(""), 0 },
	{ "\\'",                   IN("\\'"),          SOTER_E_JSON, IN(""), 0 },
	{ "\\N",                   IN("\\N"),          SOTER_E_JSON, IN(""), 0 },
	{ "\\U",                   IN("\\U00000041"),  SOTER_E_JSON, IN(""), 0 },
	{ "\\v",                   IN("\\v"),          SOTER_E_JSON, IN(""), 0 },
	{ "backslash and NUL",     IN("\\\0"),         SOTER_E_JSON, IN(""), 0 },
	{ "backslash and line feed", IN("\\\n"),       SOTER_E_JSON, IN(""), 0 },
	{ "\\u alone",             IN("\\u"),          SOTER_E_JSON, IN(""), 0 },
	{ "three digits",          IN("\\u123"),       SOTER_E_JSON, IN(""), 0 },
	{ "three digits, a letter", IN("\\u123g"),     SOTER_E_JSON, IN(""), 0 },
	{ "a sign for a digit",    IN("\\u+123"),      SOTER_E_JSON, IN(""), 0 },
	{ "a blank for a digit",   IN("\\u 123"),      SOTER_E_JSON, IN(""), 0 },
	{ "a byte before 0",       IN("\\u/000"),      SOTER_E_JSON, IN(""), 0 },
	{ "a byte behind 9",       IN("\\u:000"),      SOTER_E_JSON, IN(""), 0 },
	{ "a byte before A",       IN("\\u@000"),      SOTER_E_JSON, IN(""), 0 },
	{ "a byte behind F",       IN("\\uG000"),      SOTER_E_JSON, IN(""), 0 },
	{ "a byte before a",       IN("\\u`000"),      SOTER_E_JSON, IN(""), 0 },
	{ "0x10 as a digit",       IN("\\u\x10""000"), SOTER_E_JSON, IN(""), 0 },
	{ "braces",                IN("\\u{41}"),      SOTER_E_JSON, IN(""), 0 },
	{ "pair with three digits", IN("\\ud834\\udd1"), SOTER_E_JSON, IN(""), 0 },

	/* NUL and surrogates */
	{ "\\u0000",               IN("a\\u0000b"),    SOTER_E_JSON_TEXT, IN(""), 1 },
	{ "a high one alone",      IN("\\ud834"),      SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "a high one, then text", IN("\\ud834udd1e"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "a high one, then \\n",  IN("\\ud834\\n1234"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "a high one, then a backslash", IN("\\ud834\\"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "two high ones",         IN("\\ud834\\ud834"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "a high one, then U+DBFF", IN("\\ud800\\udbff"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "a high one, then U+E000", IN("\\ud800\\ue000"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "a high one, then U+0041", IN("\\ud834\\u0041"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "a high one, then a raw low one", IN("\\ud834\xed\xb4\x9e"), SOTER_E_JSON_TEXT,
	    IN(""), 0 },
	{ "a low one alone",       IN("\\udd1e"),      SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "the first low one alone", IN("\\udc00"),    SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "the last low one alone", IN("\\udfff"),     SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "a pair in wrong order", IN("\\udd1e\\ud834"), SOTER_E_JSON_TEXT, IN(""), 0 },

	/* bytes that are no UTF-8 */
	{ "a continuation byte",   IN("a\x80"),        SOTER_E_JSON_TEXT, IN(""), 1 },
	{ "two bytes, cut",        IN("a\xc3"),        SOTER_E_JSON_TEXT, IN(""), 1 },
	{ "three bytes, cut",      IN("\xe2\x82"),     SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "four bytes, cut",       IN("\xf0\x9d\x84"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "two bytes, then ASCII", IN("\xc3x"),        SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "two bytes, then an escape", IN("\xc3\\u00a4"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "NUL in two bytes",      IN("\xc0\x80"),     SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "a quote in two bytes",  IN("\xc0\xa2"),     SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "a slash in two bytes",  IN("\xc0\xaf"),     SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "U+007F in two bytes",   IN("\xc1\xbf"),     SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "a quote in three bytes", IN("\xe0\x80\xa2"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "U+07FF in three bytes", IN("\xe0\x9f\xbf"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "U+FFFF in four bytes",  IN("\xf0\x8f\xbf\xbf"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "U+D800 in UTF-8",       IN("\xed\xa0\x80"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "U+DFFF in UTF-8",       IN("\xed\xbf\xbf"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "a pair in UTF-8 (CESU-8)", IN("\xed\xa0\xb4\xed\xb4\x9e"), SOTER_E_JSON_TEXT,
	    IN(""), 0 },
	{ "U+110000",              IN("\xf4\x90\x80\x80"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "above the last lead byte", IN("\xf5\x80\x80\x80"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "five bytes",            IN("\xf8\x88\x80\x80\x80"), SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "0xfe",                  IN("\xfe"),         SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "0xff",                  IN("\xff"),         SOTER_E_JSON_TEXT, IN(""), 0 },
	{ "Latin-1",               IN("f\xfcnf"),      SOTER_E_JSON_TEXT, IN(""), 1 },
};
/* clang-format on */

/* Scan what stands there and a quote; the exact block ends behind it. */
static enum soter_rc
scan(struct soter_span inside, bool lf_allowed, size_t *at)
{
	struct soter_reader r;
	struct soter_span in;
	struct bytes b = { 0 };
	enum soter_rc rc;

	soter_copy(b.p, inside.p, inside.n);
	b.p[inside.n] = '"';
	in = bytes_exact(soter_span(b.p, inside.n + 1));
	r = soter_reader(in);
	rc = soter_jsontext_scan(&r, lf_allowed);
	*at = in.n - r.left;
	bytes_free(in);
	return (rc);
}

/* decode, text_len and is() must tell the same story. */
static void
check_text(struct soter_span in, struct soter_span text)
{
	struct soter_span exact = bytes_exact(in);
	struct bytes room, other;
	struct soter_writer w = soter_writer(room.p, text.n);

	CHECK_RC(soter_json_decode(&w, exact), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), text));
	CHECK(soter_json_text_len(exact) == text.n);
	CHECK(soter_json_is(exact, text));
	for (size_t n = 0; n < text.n; n++) {
		w = soter_writer(room.p, n);
		CHECK_RC(soter_json_decode(&w, exact), SOTER_E_NOSPACE);
		CHECK(w.len <= n);
		CHECK(!soter_json_is(exact, soter_span(text.p, n)));
		soter_copy(other.p, text.p, text.n);
		other.p[n] ^= 1;
		CHECK(!soter_json_is(exact, soter_span(other.p, text.n)));
	}
	soter_copy(other.p, text.p, text.n);
	other.p[text.n] = 'x';
	CHECK(!soter_json_is(exact, soter_span(other.p, text.n + 1)));
	bytes_free(exact);
}

static void
test_cases(void)
{
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		size_t at;

		check_row("%s", cases[i].what);
		CHECK_RC(scan(cases[i].in, false, &at), cases[i].want);
		if (cases[i].want == SOTER_OK) {
			CHECK(at == cases[i].in.n);
			check_text(cases[i].in, cases[i].text);
		} else {
			CHECK(at == cases[i].at);
		}
	}
	check_row("a string that does not end");
	for (size_t n = 0; n <= 3; n++) {
		struct soter_span in = bytes_exact(soter_span("abc", n));
		struct soter_reader r = soter_reader(in);

		CHECK_RC(soter_jsontext_scan(&r, false), SOTER_E_JSON);
		CHECK(r.left == 0);
		bytes_free(in);
	}
}

/* "characters that MUST be escaped: [...] U+0000 through U+001F" (RFC 8259 7),
 * but for the line feed where it is allowed. */
static void
test_controls(void)
{
	for (unsigned c = 0; c < 0x20; c++) {
		const uint8_t inside[] = { 'a', (uint8_t)c, 'b' };
		bool lf = c == '\n';
		size_t at;

		check_row("raw control 0x%02x", c);
		CHECK_RC(scan(soter_span(inside, 3), false, &at),
		    SOTER_E_JSON_TEXT);
		CHECK(at == 1);
		CHECK_RC(scan(soter_span(inside, 3), true, &at),
		    lf ? SOTER_OK : SOTER_E_JSON_TEXT);
		CHECK(at == (lf ? 3 : 1));
	}
	check_row("a raw line feed stands for itself");
	check_text(SOTER_SPAN("\na\\nb\n"), SOTER_SPAN("\na\nb\n"));
}

/* Table 3-7 of the Unicode Standard, "Well-Formed UTF-8 Byte Sequences". */
static const struct {
	uint8_t first, last, low, high;
	size_t more;
} well_formed[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 1 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 2 },
	{ 0xe1, 0xec, 0x80, 0xbf, 2 },
	{ 0xed, 0xed, 0x80, 0x9f, 2 },
	{ 0xee, 0xef, 0x80, 0xbf, 2 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 3 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 3 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 3 },
};

/* Bytes of the sequence of 0x80 and above that s begins with; 0 if bad. */
static size_t
expected_utf8(const uint8_t s[4])
{
	for (size_t i = 0; i < SOTER_COUNT(well_formed); i++) {
		size_t n = 1;

		if (s[0] < well_formed[i].first || s[0] > well_formed[i].last)
			continue;
		if (s[1] < well_formed[i].low || s[1] > well_formed[i].high)
			return (0);
		while (n < 1 + well_formed[i].more && (s[n] & 0xc0) == 0x80)
			n++;
		return (n == 1 + well_formed[i].more ? n : 0);
	}
	return (0);
}

static void
test_utf8(void)
{
	static const uint8_t tails[] = { 0x00, '"', '\\', 0x7f, 0x80, 0x9f,
		0xbf, 0xc0, 0xff };
	unsigned wrong = 0;

	check_row("every first and second byte of UTF-8");
	for (unsigned i = 0x8000; i <= 0xffff; i++)
		for (size_t t = 0; t < SOTER_COUNT(tails); t++)
			for (size_t u = 0; u < SOTER_COUNT(tails); u++) {
				const uint8_t s[] = { (uint8_t)(i >> 8),
					(uint8_t)i, tails[t], tails[u] };
				struct soter_reader r =
				    soter_reader(soter_span(s, 4));
				size_t n = expected_utf8(s);
				enum soter_rc rc =
				    soter_jsontext_scan(&r, false);

				/* r stands behind n, or goes on from there */
				wrong += n == 0 &&
				    (rc != SOTER_E_JSON_TEXT || r.left != 4);
				wrong += n > 0 && r.left > 4 - n;
			}
	CHECK(wrong == 0);
}

static uint32_t
code_point(const uint8_t *s, size_t n)
{
	uint32_t c = n == 1 ? s[0] : s[0] & (0x7fu >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3f);
	return (c);
}

static void
test_code_points(void)
{
	uint32_t step = check_long() ? 1 : 7;
	unsigned wrong = 0;

	check_row("code points by escape");
	for (uint32_t c = 1; c <= 0x10ffff; c += c < 0x3000 ? 1 : step) {
		struct soter_writer w;
		struct soter_reader r;
		uint8_t room[4];
		char escape[13];
		size_t n;

		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		n = (size_t)(c < 0x10000
			? snprintf(escape, sizeof(escape), "\\u%04x", c)
			: snprintf(escape, sizeof(escape), "\\u%04X\\u%04X",
			      0xd800 + ((c - 0x10000) >> 10),
			      0xdc00 + (c & 0x3ff)));
		escape[n] = '"';
		r = soter_reader(soter_span(escape, n + 1));
		w = soter_writer(room, sizeof(room));
		wrong += soter_jsontext_scan(&r, false) != SOTER_OK ||
		    r.left != 1 ||
		    soter_json_decode(&w, soter_span(escape, n)) != SOTER_OK;
		wrong += code_point(room, w.len) != c;
		wrong += room[0] >= 0x80 && expected_utf8(room) != w.len;
	}
	CHECK(wrong == 0);
}

static void
test_write(void)
{
	/* clang-format off */
	static const struct {
		struct soter_span text;
		const char *want;
	} rows[] = {
		{ IN(""),             "\"\"" },
		{ IN("I'm a demo"),   "\"I'm a demo\"" },
		{ IN("/"),            "\"\\/\"" },
		{ IN("a/b//c"),       "\"a\\/b\\/\\/c\"" },
		{ IN("abcdef/ghi"),   "\"abcdef\\/ghi\"" },
		{ IN("\"\\"),         "\"\\\"\\\\\"" },
		{ IN("\b\f\n\r\t"),   "\"\\b\\f\\n\\r\\t\"" },
		{ IN("\x01\x1f\x0b"), "\"\\u0001\\u001f\\u000b\"" },
		{ IN("\x7f\xc3\xa4"), "\"\x7f\xc3\xa4\"" },
		{ IN("\0"),           "\"\\u0000\"" },
	};
	/* clang-format on */
	uint8_t buf[40];

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_span want = soter_text(rows[i].want);
		struct soter_span in = bytes_exact(rows[i].text);
		struct soter_writer w = soter_writer(buf, want.n);

		check_row("write %s", rows[i].want);
		CHECK_RC(soter_json_write_string(&w, in), SOTER_OK);
		CHECK(soter_span_equal(soter_written(&w), want));
		for (size_t n = 0; n < want.n; n++) {
			memset(buf, PATTERN, sizeof(buf));
			w = soter_writer(buf, n);
			CHECK_RC(soter_json_write_string(&w, in),
			    SOTER_E_NOSPACE);
			CHECK(bytes_are(buf + n, sizeof(buf) - n, PATTERN));
		}
		bytes_free(in);
	}
	check_row("every byte, written and read back");
	for (unsigned c = 1; c < 0x80; c++) {
		const uint8_t text[] = { 'a', (uint8_t)c, 'b' };
		struct soter_writer w = soter_writer(buf, sizeof(buf));
		struct soter_reader r;

		CHECK_RC(soter_json_write_string(&w, soter_span(text, 3)),
		    SOTER_OK);
		r = soter_reader(soter_span(buf + 1, w.len - 1));
		CHECK_RC(soter_jsontext_scan(&r, false), SOTER_OK);
		CHECK(r.left == 1);
		CHECK(soter_json_is(soter_span(buf + 1, w.len - 2),
		    soter_span(text, 3)));
	}
}

/* Values that no reader gave: still no byte too many is read. */
static void
test_unread(void)
{
	static const char *const bad[] = { "\\", "a\\", "\\u12", "\\x",
		"\\ud834", "\\ud834\\", "\\u0000" };

	for (size_t i = 0; i < SOTER_COUNT(bad); i++) {
		struct soter_span in = bytes_exact(soter_text(bad[i]));
		uint8_t buf[8];
		struct soter_writer w = soter_writer(buf, sizeof(buf));
		enum soter_rc rc;

		check_row("a value that was never checked: %s", bad[i]);
		rc = soter_json_decode(&w, in);
		CHECK(rc == SOTER_E_JSON || rc == SOTER_E_JSON_TEXT);
		CHECK(!soter_json_is(in, SOTER_SPAN("a")));
		CHECK(!soter_json_is(in, SOTER_SPAN("")));
		CHECK(soter_json_text_len(in) == (bad[i][0] == 'a'));
		bytes_free(in);
	}
}

int
main(void)
{
	test_cases();
	test_controls();
	test_utf8();
	test_code_points();
	test_write();
	test_unread();
	return (check_done());
}
