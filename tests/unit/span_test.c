/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"

#define PATTERN 0xa5

static void
test_compare(void)
{
	static const uint8_t abc[] = "abc", same[] = "abc", abd[] = "abd";

	check_row("a text ends before its NUL; NULL is an empty text");
	CHECK(soter_text("abc").n == 3 && soter_text("").n == 0);
	CHECK(soter_text(NULL).p == NULL && soter_text(NULL).n == 0);

	check_row("equal means: as long, and the same bytes");
	CHECK(soter_span_equal(soter_span(abc, 3), soter_span(same, 3)));
	CHECK(!soter_span_equal(soter_span(abc, 3), soter_span(abd, 3)));
	CHECK(soter_span_equal(soter_span(abc, 2), soter_span(abd, 2)));
	CHECK(!soter_span_equal(soter_span(abc, 3), soter_span(same, 2)));
	CHECK(!soter_span_equal(soter_span(abc, 2), soter_span(same, 3)));
	CHECK(!soter_span_equal(SOTER_SPAN("a\0b"), SOTER_SPAN("a\0c")));
	CHECK(soter_span_equal(soter_span(NULL, 0), soter_span(abc, 0)));
	CHECK(soter_span_equal(soter_span(NULL, 0), soter_span(NULL, 0)));
	CHECK(!soter_span_equal(soter_span(NULL, 0), soter_span(abc, 1)));

	check_row("starts: with the whole prefix, or with an empty one");
	CHECK(soter_span_starts(soter_span(abc, 3), SOTER_SPAN("ab")));
	CHECK(soter_span_starts(soter_span(abc, 3), SOTER_SPAN("abc")));
	CHECK(soter_span_starts(soter_span(abc, 3), soter_span(NULL, 0)));
	CHECK(soter_span_starts(soter_span(NULL, 0), soter_span(NULL, 0)));
	CHECK(!soter_span_starts(soter_span(abc, 3), SOTER_SPAN("b")));
	CHECK(!soter_span_starts(soter_span(abc, 2), SOTER_SPAN("abc")));
	CHECK(!soter_span_starts(soter_span(NULL, 0), SOTER_SPAN("a")));
}

static void
test_memory(void)
{
	uint8_t to[4];

	check_row("copy takes n bytes, and none from nowhere");
	memset(to, PATTERN, sizeof(to));
	soter_copy(to, "xyz", 2);
	CHECK(to[0] == 'x' && to[1] == 'y' && bytes_are(to + 2, 2, PATTERN));
	soter_copy(NULL, NULL, 0);
	soter_copy(to, NULL, 0);
	CHECK(to[0] == 'x');

	check_row("wipe clears n bytes and no more");
	memset(to, PATTERN, sizeof(to));
	soter_wipe(to, 3);
	CHECK(bytes_are(to, 3, 0) && to[3] == PATTERN);
	soter_wipe(NULL, 0);
}

/* A read gives the bytes that are there, or fails and does not move. */
static void
test_read_span(void)
{
	static const struct {
		size_t left, n;
		enum soter_rc want;
	} cases[] = {
		{ 0, 0, SOTER_OK },
		{ 0, 1, SOTER_E_SHORT },
		{ 1, 1, SOTER_OK },
		{ 3, 0, SOTER_OK },
		{ 3, 2, SOTER_OK },
		{ 3, 3, SOTER_OK },
		{ 3, 4, SOTER_E_SHORT },
		{ 3, SIZE_MAX, SOTER_E_SHORT },
		{ 3, SIZE_MAX - 2, SOTER_E_SHORT },
	};

	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_span in =
		    bytes_exact(soter_span("abc", cases[i].left));
		struct soter_reader r = soter_reader(in);
		struct soter_span out = { NULL, 77 };

		check_row("take %zu of %zu", cases[i].n, cases[i].left);
		CHECK_RC(soter_read_span(&r, cases[i].n, &out), cases[i].want);
		if (cases[i].want == SOTER_OK) {
			CHECK(out.p == in.p && out.n == cases[i].n);
			CHECK(r.left == in.n - out.n);
			CHECK(out.n == 0 || r.p == in.p + out.n);
		} else {
			CHECK(out.p == NULL && out.n == 77);
			CHECK(r.p == in.p && r.left == in.n);
		}
		bytes_free(in);
	}
	check_row("take nothing of nothing");
	{
		struct soter_reader r = soter_reader(soter_span(NULL, 0));
		struct soter_span out = { NULL, 77 };

		CHECK_RC(soter_read_span(&r, 0, &out), SOTER_OK);
		CHECK(out.n == 0 && r.p == NULL && r.left == 0);
	}
}

static void
test_read_numbers(void)
{
	static const uint8_t bytes[] = { 0x78, 0x56, 0x34, 0xf2, 0xff };

	check_row("a byte");
	{
		struct soter_reader r = soter_reader(soter_span(bytes, 1));
		uint8_t byte = PATTERN;

		CHECK_RC(soter_read_u8(&r, &byte), SOTER_OK);
		CHECK(byte == 0x78 && r.left == 0);
		CHECK_RC(soter_read_u8(&r, &byte), SOTER_E_SHORT);
		CHECK(byte == 0x78 && r.left == 0);
	}
	check_row("32 bits, least significant byte first, highest bit set");
	{
		struct soter_reader r = soter_reader(soter_span(bytes, 5));
		uint32_t value = 0;

		CHECK_RC(soter_read_le32(&r, &value), SOTER_OK);
		CHECK(value == 0xf2345678 && r.left == 1);
		CHECK_RC(soter_read_end(&r), SOTER_E_FORMAT);
		CHECK_RC(soter_read_le32(&r, &value), SOTER_E_SHORT);
		CHECK(value == 0xf2345678 && r.left == 1);
	}
	for (size_t n = 0; n < 4; n++) {
		struct soter_span in = bytes_exact(soter_span(bytes, n));
		struct soter_reader r = soter_reader(in);
		uint32_t value = 77;

		check_row("32 bits out of %zu bytes", n);
		CHECK_RC(soter_read_le32(&r, &value), SOTER_E_SHORT);
		CHECK(value == 77 && r.p == in.p && r.left == n);
		bytes_free(in);
	}
	check_row("the end is the end");
	{
		struct soter_reader r = soter_reader(soter_span(bytes, 0));

		CHECK_RC(soter_read_end(&r), SOTER_OK);
	}
}

/* A write fits, or fails and does not move; nothing behind cap is touched. */
static void
test_write(void)
{
	uint8_t buf[8];

	for (size_t cap = 0; cap <= 6; cap++)
		for (size_t len = 0; len <= cap; len++)
			for (size_t n = 0; n <= 4; n++) {
				struct soter_writer w = { buf, len, cap };
				bool fits = n <= cap - len;

				memset(buf, PATTERN, sizeof(buf));
				check_row("%zu bytes at %zu of %zu", n, len,
				    cap);
				CHECK_RC(soter_write(&w, soter_span("wxyz", n)),
				    fits ? SOTER_OK : SOTER_E_NOSPACE);
				CHECK(w.len == (fits ? len + n : len));
				CHECK(w.cap == cap && w.p == buf);
				CHECK(soter_span_equal(
				    soter_span(buf + len, w.len - len),
				    soter_span("wxyz", fits ? n : 0)));
				CHECK(bytes_are(buf, len, PATTERN));
				CHECK(bytes_are(buf + w.len,
				    sizeof(buf) - w.len, PATTERN));
			}

	check_row("more bytes than any buffer has");
	{
		struct soter_writer w = soter_writer(buf, sizeof(buf));

		CHECK_RC(soter_write(&w, soter_span(buf, SIZE_MAX)),
		    SOTER_E_NOSPACE);
		CHECK(w.len == 0);
	}
	check_row("nothing into nothing");
	{
		struct soter_writer w = soter_writer(NULL, 0);

		CHECK_RC(soter_write(&w, soter_span(NULL, 0)), SOTER_OK);
		CHECK_RC(soter_write_u8(&w, 'x'), SOTER_E_NOSPACE);
		CHECK(w.len == 0 && soter_written(&w).n == 0);
	}
}

static void
test_write_numbers(void)
{
	static const struct {
		uint64_t value;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 9, "9" },
		{ 10, "10" },
		{ 10115, "10115" },
		{ INT64_MAX, "9223372036854775807" },
		{ UINT64_MAX, "18446744073709551615" },
	};
	uint8_t buf[20];

	check_row("32 bits, least significant byte first");
	{
		struct soter_writer w = soter_writer(buf, 5);

		CHECK_RC(soter_write_le32(&w, 0xf2345678), SOTER_OK);
		CHECK_RC(soter_write_u8(&w, 0x9a), SOTER_OK);
		CHECK(soter_span_equal(soter_written(&w),
		    SOTER_SPAN("\x78\x56\x34\xf2\x9a")));
		w = soter_writer(buf, 3);
		CHECK_RC(soter_write_le32(&w, 1), SOTER_E_NOSPACE);
		CHECK(w.len == 0);
	}
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_span want = soter_text(cases[i].text);
		struct soter_writer w = soter_writer(buf, want.n);
		uint64_t back = 77;

		check_row("decimal %s", cases[i].text);
		CHECK_RC(soter_write_decimal(&w, cases[i].value), SOTER_OK);
		CHECK(soter_span_equal(soter_written(&w), want));
		CHECK_RC(soter_decimal(want, UINT64_MAX, &back), SOTER_OK);
		CHECK(back == cases[i].value);
		w = soter_writer(buf, want.n - 1);
		CHECK_RC(soter_write_decimal(&w, cases[i].value),
		    SOTER_E_NOSPACE);
		CHECK(w.len == 0);
	}
}

/* clang-format off */
static const struct {
	const char *text;
	uint64_t max;
	enum soter_rc want;
} decimals[] = {
	{ "0",                     0,              SOTER_OK },
	{ "7",                     7,              SOTER_OK },
	{ "8",                     7,              SOTER_E_FORMAT },
	{ "1",                     0,              SOTER_E_FORMAT },
	{ "4294967295",            UINT32_MAX,     SOTER_OK },
	{ "4294967296",            UINT32_MAX,     SOTER_E_FORMAT },
	{ "42949672950",           UINT32_MAX,     SOTER_E_FORMAT },
	{ "9223372036854775807",   INT64_MAX,      SOTER_OK },
	{ "9223372036854775808",   INT64_MAX,      SOTER_E_FORMAT },
	{ "18446744073709551615",  UINT64_MAX,     SOTER_OK },
	{ "18446744073709551616",  UINT64_MAX,     SOTER_E_FORMAT },
	{ "18446744073709551620",  UINT64_MAX,     SOTER_E_FORMAT },
	{ "184467440737095516150", UINT64_MAX,     SOTER_E_FORMAT },
	{ "340282366920938463463374607431768211456", UINT64_MAX,
	                                           SOTER_E_FORMAT },
	{ "",                      UINT64_MAX,     SOTER_E_FORMAT },
	{ "00",                    UINT64_MAX,     SOTER_E_FORMAT },
	{ "01",                    UINT64_MAX,     SOTER_E_FORMAT },
	{ "+1",                    UINT64_MAX,     SOTER_E_FORMAT },
	{ "-1",                    UINT64_MAX,     SOTER_E_FORMAT },
	{ "-0",                    UINT64_MAX,     SOTER_E_FORMAT },
	{ " 1",                    UINT64_MAX,     SOTER_E_FORMAT },
	{ "1 ",                    UINT64_MAX,     SOTER_E_FORMAT },
	{ "1\n",                   UINT64_MAX,     SOTER_E_FORMAT },
	{ "1e3",                   UINT64_MAX,     SOTER_E_FORMAT },
	{ "0x1",                   UINT64_MAX,     SOTER_E_FORMAT },
	{ "1.0",                   UINT64_MAX,     SOTER_E_FORMAT },
	{ "1/",                    UINT64_MAX,     SOTER_E_FORMAT },
	{ "1:",                    UINT64_MAX,     SOTER_E_FORMAT },
	{ "\xd9\xa1",              UINT64_MAX,     SOTER_E_FORMAT },
};
/* clang-format on */

static void
test_decimal(void)
{
	for (size_t i = 0; i < SOTER_COUNT(decimals); i++) {
		struct soter_span in =
		    bytes_exact(soter_text(decimals[i].text));
		uint64_t value = 77;

		check_row("read \"%s\"", decimals[i].text);
		CHECK_RC(soter_decimal(in, decimals[i].max, &value),
		    decimals[i].want);
		CHECK(value ==
		    (decimals[i].want == SOTER_OK
			    ? strtoull(decimals[i].text, NULL, 10)
			    : 77));
		bytes_free(in);
	}
	check_row("every number against every limit up to 200");
	for (uint64_t max = 0; max <= 200; max++)
		for (uint64_t n = 0; n <= 220; n++) {
			uint8_t text[3];
			struct soter_writer w = soter_writer(text, 3);
			uint64_t value = 777;

			CHECK_RC(soter_write_decimal(&w, n), SOTER_OK);
			CHECK_RC(soter_decimal(soter_written(&w), max, &value),
			    n <= max ? SOTER_OK : SOTER_E_FORMAT);
			CHECK(value == (n <= max ? n : 777));
		}
}

static void
test_hex_digit(void)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	check_row("each byte as a hex digit");
	for (unsigned c = 0; c < 256; c++) {
		const char *at = c == 0 ? NULL : strchr(digits, (int)c);
		size_t value =
		    at == NULL ? SOTER_HEX_BAD : (size_t)(at - digits);

		if (at != NULL && value > 15)
			value -= 6;
		CHECK(soter_hex_digit((uint8_t)c) == value);
	}
}

int
main(void)
{
	test_compare();
	test_memory();
	test_read_span();
	test_read_numbers();
	test_write();
	test_write_numbers();
	test_decimal();
	test_hex_digit();
	return (check_done());
}
