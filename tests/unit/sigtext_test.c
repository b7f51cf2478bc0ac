/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/base64.h"
#include "wire/sigtext.h"

enum form { RAW, BASE64, HEX, HEX_UPPER };

/* clang-format off */
static const struct {
	const char *what;
	enum form form;
	size_t value;		/* bytes that the text stands for */
	size_t cut;		/* bytes taken off the end */
	const char *append;
	size_t at;		/* of the byte that is replaced */
	int by;			/* -1: none */
	enum soter_rc want;
} cases[] = {
	{ "raw",                       RAW,       256, 0, "",   0, -1,   SOTER_OK },
	{ "Base64",                    BASE64,    256, 0, "",   0, -1,   SOTER_OK },
	{ "hex",                       HEX,       256, 0, "",   0, -1,   SOTER_OK },
	{ "hex in capitals",           HEX_UPPER, 256, 0, "",   0, -1,   SOTER_OK },
	{ "nothing",                   RAW,       0,   0, "",   0, -1,   SOTER_E_SIG_LENGTH },
	{ "raw cut by one",            RAW,       255, 0, "",   0, -1,   SOTER_E_SIG_LENGTH },
	{ "raw of RSA-1024",           RAW,       128, 0, "",   0, -1,   SOTER_E_SIG_LENGTH },
	{ "raw and a newline",         RAW,       256, 0, "\n", 0, -1,   SOTER_E_BASE64 },
	{ "raw of RSA-4096 is no hex", RAW,       512, 0, "",   0, -1,   SOTER_E_FORMAT },
	{ "Base64 of 257",             BASE64,    257, 0, "",   0, -1,   SOTER_E_SIG_LENGTH },
	{ "Base64 of 258",             BASE64,    258, 0, "",   0, -1,   SOTER_E_SIG_LENGTH },
	{ "Base64 cut by one",         BASE64,    256, 1, "",   0, -1,   SOTER_E_BASE64 },
	{ "Base64 without padding",    BASE64,    256, 2, "",   0, -1,   SOTER_E_BASE64 },
	{ "Base64 of RSA-4096",        BASE64,    512, 0, "",   0, -1,   SOTER_E_BASE64 },
	{ "Base64, 255 characters",    BASE64,    191, 1, "",   0, -1,   SOTER_E_SIG_LENGTH },
	{ "Base64 and a newline",      BASE64,    256, 0, "\n", 0, -1,   SOTER_E_BASE64 },
	{ "newline for a letter",      BASE64,    256, 0, "",  76, '\n', SOTER_E_BASE64 },
	{ "blank for a letter",        BASE64,    256, 0, "",  10, ' ',  SOTER_E_BASE64 },
	{ "URL-safe letter",           BASE64,    256, 0, "",  10, '_',  SOTER_E_BASE64 },
	{ "unused bits",               BASE64,    256, 0, "", 341, 'B',  SOTER_E_BASE64 },
	{ "hex cut by one",            HEX,       256, 1, "",   0, -1,   SOTER_E_BASE64 },
	{ "hex and a newline",         HEX,       256, 0, "\n", 0, -1,   SOTER_E_BASE64 },
	{ "first digit no hex",        HEX,       256, 0, "",   0, 'g',  SOTER_E_FORMAT },
	{ "last digit no hex",         HEX,       256, 0, "", 511, ' ',  SOTER_E_FORMAT },
	{ "just before 0",             HEX,       256, 0, "",   8, '/',  SOTER_E_FORMAT },
	{ "just after 9",              HEX,       256, 0, "",   8, ':',  SOTER_E_FORMAT },
	{ "just before A",             HEX,       256, 0, "",   8, '@',  SOTER_E_FORMAT },
	{ "just after F",              HEX,       256, 0, "",   8, 'G',  SOTER_E_FORMAT },
	{ "just before a",             HEX,       256, 0, "",   8, '`',  SOTER_E_FORMAT },
	{ "NUL in hex",                HEX,       256, 0, "",   8, 0,    SOTER_E_FORMAT },
};
/* clang-format on */

static uint8_t value[512];

/* The text of a value, changed as the row says. */
static struct soter_span
make(size_t row)
{
	static uint8_t text[2048];
	struct soter_writer w = soter_writer(text, sizeof(text));
	const char *digits =
	    cases[row].form == HEX ? "0123456789abcdef" : "0123456789ABCDEF";

	if (cases[row].form == RAW)
		CHECK_RC(soter_write(&w, soter_span(value, cases[row].value)),
		    SOTER_OK);
	else if (cases[row].form == BASE64)
		CHECK_RC(soter_base64_encode(&w,
			     soter_span(value, cases[row].value)),
		    SOTER_OK);
	else
		for (size_t i = 0; i < cases[row].value; i++) {
			text[w.len++] = (uint8_t)digits[value[i] >> 4];
			text[w.len++] = (uint8_t)digits[value[i] & 15];
		}
	w.len -= cases[row].cut;
	CHECK_RC(soter_write(&w, soter_text(cases[row].append)), SOTER_OK);
	if (cases[row].by >= 0)
		text[cases[row].at] = (uint8_t)cases[row].by;
	return (bytes_exact(soter_written(&w)));
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(value); i++)
		value[i] = (uint8_t)(i * 7 + 1);
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		uint8_t out[SOTER_SIG_LEN];
		struct soter_span in;

		check_row("%s", cases[i].what);
		in = make(i);
		memset(out, 0xa5, sizeof(out));
		CHECK_RC(soter_sig_parse(out, in), cases[i].want);
		if (cases[i].want == SOTER_OK)
			CHECK(memcmp(out, value, sizeof(out)) == 0);
		else
			CHECK(bytes_are(out, sizeof(out), 0xa5));
		bytes_free(in);
	}
	return (check_done());
}
