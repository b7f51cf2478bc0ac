/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/base64.h"

/* clang-format off */
static const struct {
	const char *what;
	const char *text;
	enum soter_rc want;
	const char *bytes;
} cases[] = {
	/* RFC 4648 section 10 */
	{ "nothing",             "",         SOTER_OK, "" },
	{ "one byte",            "Zg==",     SOTER_OK, "f" },
	{ "two bytes",           "Zm8=",     SOTER_OK, "fo" },
	{ "three bytes",         "Zm9v",     SOTER_OK, "foo" },
	{ "four bytes",          "Zm9vYg==", SOTER_OK, "foob" },
	{ "five bytes",          "Zm9vYmE=", SOTER_OK, "fooba" },
	{ "six bytes",           "Zm9vYmFy", SOTER_OK, "foobar" },
	{ "both last letters",   "+/+/",     SOTER_OK, "\xfb\xff\xbf" },
	/* another text for the same value */
	{ "padding left out",    "Zg",       SOTER_E_BASE64, NULL },
	{ "half of the padding", "Zg=",      SOTER_E_BASE64, NULL },
	{ "too much padding",    "Zm9v====", SOTER_E_BASE64, NULL },
	{ "padding only",        "====",     SOTER_E_BASE64, NULL },
	{ "three of padding",    "Z===",     SOTER_E_BASE64, NULL },
	{ "padding in front",    "==Zg",     SOTER_E_BASE64, NULL },
	{ "padding inside",      "Zg==Zg==", SOTER_E_BASE64, NULL },
	{ "padding then letter", "Zg=v",     SOTER_E_BASE64, NULL },
	{ "unused bits, one byte",  "Zh==",  SOTER_E_BASE64, NULL },
	{ "unused bits, two bytes", "Zm9=",  SOTER_E_BASE64, NULL },
	{ "one character",       "Z",        SOTER_E_BASE64, NULL },
	{ "five characters",     "Zm9vY",    SOTER_E_BASE64, NULL },
	/* what happens to it on its way */
	{ "LF at the end",       "Zm9v\n",   SOTER_E_BASE64, NULL },
	{ "LF inside",           "Zm\n9vYg", SOTER_E_BASE64, NULL },
	{ "+ became a blank",    " /+/",     SOTER_E_BASE64, NULL },
	{ "URL-safe -",          "-/+/",     SOTER_E_BASE64, NULL },
	{ "URL-safe _",          "+_+/",     SOTER_E_BASE64, NULL },
	{ "quotes around",       "\"Zm9v\"", SOTER_E_BASE64, NULL },
	{ "byte above 0x7f",     "Zm9\xf6",  SOTER_E_BASE64, NULL },
};
/* clang-format on */

static void
test_cases(void)
{
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_span in = bytes_exact(soter_text(cases[i].text));
		uint8_t buf[16];
		struct soter_writer w = soter_writer(buf, sizeof(buf));

		check_row("%s", cases[i].what);
		CHECK_RC(soter_base64_decode(&w, in), cases[i].want);
		if (cases[i].want == SOTER_OK) {
			CHECK(soter_span_equal(soter_written(&w),
			    soter_text(cases[i].bytes)));
			w = soter_writer(buf, sizeof(buf));
			CHECK_RC(
			    soter_base64_encode(&w, soter_text(cases[i].bytes)),
			    SOTER_OK);
			CHECK(soter_span_equal(soter_written(&w), in));
		}
		bytes_free(in);
	}
	check_row("NUL is no letter");
	{
		uint8_t buf[16];
		struct soter_writer w = soter_writer(buf, sizeof(buf));

		CHECK_RC(soter_base64_decode(&w, soter_span("Zm9\0", 4)),
		    SOTER_E_BASE64);
	}
}

static bool
decodes(const char *text, size_t n)
{
	uint8_t buf[6];
	struct soter_writer w = soter_writer(buf, sizeof(buf));

	return (soter_base64_decode(&w, soter_span(text, n)) == SOTER_OK);
}

/* One text per value: as many texts are good as there are values. */
static void
test_counts(void)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned one = 0, two = 0, alphabet[4] = { 0 };

	for (unsigned i = 0; i < 64; i++)
		for (unsigned j = 0; j < 64; j++) {
			char text[4] = { letters[i], letters[j], '=', '=' };

			one += decodes(text, 4);
			for (unsigned k = 0; k < 64; k++) {
				text[2] = letters[k];
				two += decodes(text, 4);
			}
		}
	for (unsigned at = 0; at < 4; at++)
		for (unsigned c = 0; c < 256; c++) {
			char text[8] = "AAAAAAAA";

			text[at] = (char)c;
			alphabet[at] += decodes(text, 8);
		}
	check_row("256 texts for one byte");
	CHECK(one == 256);
	check_row("65536 texts for two bytes");
	CHECK(two == 65536);
	check_row("64 letters at each place");
	for (unsigned at = 0; at < 4; at++)
		CHECK(alphabet[at] == 64);
}

static void
test_space(void)
{
	uint8_t buf[8] = { 0 };

	check_row("decode into one byte too few");
	for (size_t n = 1; n <= 3; n++) {
		const char *text = n == 1 ? "Zg==" : n == 2 ? "Zm8=" : "Zm9v";
		struct soter_writer w = soter_writer(buf, n - 1);

		CHECK_RC(soter_base64_decode(&w, soter_text(text)),
		    SOTER_E_NOSPACE);
		w = soter_writer(buf, n);
		CHECK_RC(soter_base64_decode(&w, soter_text(text)), SOTER_OK);
	}
	check_row("encode into one byte too few");
	for (size_t n = 1; n <= 3; n++) {
		struct soter_writer w = soter_writer(buf, 3);

		CHECK_RC(soter_base64_encode(&w, soter_span("foo", n)),
		    SOTER_E_NOSPACE);
		w = soter_writer(buf, 4);
		CHECK_RC(soter_base64_encode(&w, soter_span("foo", n)),
		    SOTER_OK);
	}
	check_row("appends, and leaves the bytes behind alone");
	memcpy(buf, "xx......", 8);
	struct soter_writer w = { buf, 2, sizeof(buf) };
	CHECK_RC(soter_base64_decode(&w, SOTER_SPAN("Zm9v")), SOTER_OK);
	CHECK(w.len == 5 && memcmp(buf, "xxfoo...", 8) == 0);
}

int
main(void)
{
	test_cases();
	test_counts();
	test_space();
	return (check_done());
}
