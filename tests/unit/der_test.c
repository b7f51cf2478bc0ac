/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/der.h"

#define BAD SOTER_E_DER

/* clang-format off */
static const struct {
	const char *what;
	const char *in;
	enum soter_rc want;
	uint8_t form;
	uint32_t number;
	size_t head, body;	/* sizes */
} elements[] = {
	{ "NULL",                     "0500",              SOTER_OK, 0x00, 5, 2, 0 },
	{ "something behind it",      "0401aa ffff",       SOTER_OK, 0x00, 4, 2, 1 },
	{ "constructed",              "3003 020100",       SOTER_OK, 0x20, 16, 2, 3 },
	{ "context, explicit",        "a1020500",          SOTER_OK, 0xa0, 1, 2, 2 },
	{ "largest one-octet number", "9e00",              SOTER_OK, 0x80, 30, 2, 0 },
	{ "smallest high number",     "bf1f00",            SOTER_OK, 0xa0, 31, 3, 0 },
	{ "largest in two octets",    "bf7f00",            SOTER_OK, 0xa0, 127, 3, 0 },
	{ "smallest in three",        "bf810000",          SOTER_OK, 0xa0, 128, 4, 0 },
	{ "key attestation's 709",    "bf854500",          SOTER_OK, 0xa0, 709, 4, 0 },
	{ "largest number",           "bf87ffffff7f00",    SOTER_OK, 0xa0, 0x7fffffff, 7, 0 },
	{ "length 127",               "047f 00*127",       SOTER_OK, 0x00, 4, 2, 127 },
	{ "length 128",               "048180 00*128",     SOTER_OK, 0x00, 4, 3, 128 },
	{ "length 255",               "0481ff 00*255",     SOTER_OK, 0x00, 4, 3, 255 },
	{ "length 256",               "04820100 00*256",   SOTER_OK, 0x00, 4, 4, 256 },
	{ "length 65535",             "0482ffff 00*65535", SOTER_OK, 0x00, 4, 4, 65535 },
	/* cut */
	{ "nothing",                  "",                  BAD, 0, 0, 0, 0 },
	{ "tag only",                 "04",                BAD, 0, 0, 0, 0 },
	{ "body missing",             "0401",              BAD, 0, 0, 0, 0 },
	{ "body cut by one",          "0403 0000",         BAD, 0, 0, 0, 0 },
	{ "length octet missing",     "0481",              BAD, 0, 0, 0, 0 },
	{ "second length octet missing", "048201",         BAD, 0, 0, 0, 0 },
	{ "high number missing",      "bf",                BAD, 0, 0, 0, 0 },
	{ "high number cut",          "bf85",              BAD, 0, 0, 0, 0 },
	{ "high number, no length",   "bf8545",            BAD, 0, 0, 0, 0 },
	{ "huge length",              "0482ffff 00*100",   BAD, 0, 0, 0, 0 },
	/* one value, one encoding */
	{ "short length in two octets",  "048101 00",      BAD, 0, 0, 0, 0 },
	{ "127 in two octets",           "04817f 00*127",  BAD, 0, 0, 0, 0 },
	{ "0 in two octets",             "048100",         BAD, 0, 0, 0, 0 },
	{ "255 in three octets",         "048200ff 00*255", BAD, 0, 0, 0, 0 },
	{ "leading zero in length",      "0483000100 00*256", BAD, 0, 0, 0, 0 },
	{ "indefinite length",           "3080 0000",      BAD, 0, 0, 0, 0 },
	{ "indefinite, then as 0x81",    "048080 00*128",  BAD, 0, 0, 0, 0 },
	{ "0x83, then as 0x81",          "048380 00*128",  BAD, 0, 0, 0, 0 },
	{ "reserved, then as 0x81",      "04ff80 00*128",  BAD, 0, 0, 0, 0 },
	{ "reserved length 0xff",        "04ff 00*255",    BAD, 0, 0, 0, 0 },
	{ "64 KiB",                      "0483010000 00*65536", BAD, 0, 0, 0, 0 },
	{ "length in eight octets",      "0488ffffffffffffffff 00*100", BAD, 0, 0, 0, 0 },
	{ "30 in high form",             "bf1e00",         BAD, 0, 0, 0, 0 },
	{ "1 in high form",              "bf0100",         BAD, 0, 0, 0, 0 },
	{ "0 in high form",              "bf0000",         BAD, 0, 0, 0, 0 },
	{ "leading zero in number",      "bf8085 4500",    BAD, 0, 0, 0, 0 },
	{ "2^31",                        "bf8880808000 00", BAD, 0, 0, 0, 0 },
	{ "2^32 + 702 if it wraps",      "bf908080853e 00", BAD, 0, 0, 0, 0 },
	{ "number without end",          "bf ff*40",       BAD, 0, 0, 0, 0 },
};

static const struct {
	const char *what;
	const char *in;
	enum soter_rc want;
	uint32_t value;
	size_t octets;	/* of the magnitude */
} integers[] = {
	{ "0",                        "020100",         SOTER_OK, 0, 0 },
	{ "1",                        "020101",         SOTER_OK, 1, 1 },
	{ "127",                      "02017f",         SOTER_OK, 127, 1 },
	{ "128",                      "02020080",       SOTER_OK, 128, 1 },
	{ "65537",                    "0203010001",     SOTER_OK, 65537, 3 },
	{ "2^31 - 1",                 "02047fffffff",   SOTER_OK, 0x7fffffff, 4 },
	{ "2^31",                     "02050080000000", SOTER_OK, 0x80000000, 4 },
	{ "purpose of a SOTER key",   "020500ff010001", SOTER_OK, 0xff010001, 4 },
	{ "2^32 - 1",                 "020500ffffffff", SOTER_OK, 0xffffffff, 4 },
	{ "no octets",                "0200",           BAD, 0, 0 },
	{ "negative",                 "0201ff",         BAD, 0, 0 },
	{ "purpose as a negative",    "0204ff010001",   BAD, 0, 0 },
	{ "0 in two octets",          "02020000",       BAD, 0, 0 },
	{ "1 in two octets",          "02020001",       BAD, 0, 0 },
	{ "127 in two octets",        "0202007f",       BAD, 0, 0 },
	{ "two leading zeros",        "0203000080",     BAD, 0, 0 },
	{ "-1 in two octets",         "0202ffff",       BAD, 0, 0 },
	{ "length not minimal",       "02810101",       BAD, 0, 0 },
	{ "another type",             "040101",         BAD, 0, 0 },
	{ "constructed",              "220101",         BAD, 0, 0 },
	{ "context class",            "820101",         BAD, 0, 0 },
	{ "cut",                      "0202 01",        BAD, 0, 0 },
	{ "nothing",                  "",               BAD, 0, 0 },
};
/* clang-format on */

static struct bytes input;

static struct soter_span
make(const char *text)
{
	input.n = 0;
	bytes_text(&input, text);
	return (bytes_exact(bytes_span(&input)));
}

static void
test_elements(void)
{
	for (size_t i = 0; i < SOTER_COUNT(elements); i++) {
		struct soter_span in = make(elements[i].in);
		struct soter_reader r = soter_reader(in);
		size_t whole = elements[i].head + elements[i].body;
		struct soter_der x;

		check_row("%s", elements[i].what);
		memset(&x, 0xa5, sizeof(x));
		CHECK_RC(soter_der_next(&r, &x), elements[i].want);
		if (elements[i].want != SOTER_OK) {
			CHECK(bytes_are(&x, sizeof(x), 0xa5));
			CHECK(r.p == in.p && r.left == in.n);
		} else {
			CHECK(x.tag.form == elements[i].form);
			CHECK(x.tag.number == elements[i].number);
			CHECK(x.whole.p == in.p && x.whole.n == whole);
			CHECK(x.body.p == in.p + elements[i].head);
			CHECK(x.body.n == elements[i].body);
			CHECK(r.left == in.n - whole);
			CHECK(r.p == in.p + whole);
		}
		bytes_free(in);
	}
}

static void
test_integers(void)
{
	for (size_t i = 0; i < SOTER_COUNT(integers); i++) {
		struct soter_span in = make(integers[i].in),
				  digits = { NULL, 77 };
		struct soter_reader r = soter_reader(in);
		uint32_t value = 77;

		check_row("INTEGER %s", integers[i].what);
		CHECK_RC(soter_der_u32(&r, SOTER_DER_INTEGER, &value),
		    integers[i].want);
		CHECK(r.left ==
		    (integers[i].want == SOTER_OK ? (size_t)0 : in.n));
		CHECK(value ==
		    (integers[i].want == SOTER_OK ? integers[i].value : 77));
		r = soter_reader(in);
		CHECK_RC(soter_der_unsigned(&r, &digits), integers[i].want);
		CHECK(r.left ==
		    (integers[i].want == SOTER_OK ? (size_t)0 : in.n));
		if (integers[i].want == SOTER_OK) {
			CHECK(digits.n == integers[i].octets);
			CHECK(digits.n == 0 || digits.p[0] != 0);
			CHECK(bytes_inside(digits, in));
		} else {
			CHECK(digits.n == 77);
		}
		bytes_free(in);
	}
}

/* Where the two readers of numbers differ, and what only one of them takes. */
static void
test_large(void)
{
	struct soter_span in = make("0205 0100000000"), digits;
	struct soter_reader r = soter_reader(in);
	uint32_t value = 77;

	check_row("2^32 is too large for 32 bits, but a number");
	CHECK_RC(soter_der_u32(&r, SOTER_DER_INTEGER, &value), SOTER_E_DER);
	CHECK(value == 77 && r.left == in.n);
	CHECK_RC(soter_der_unsigned(&r, &digits), SOTER_OK);
	CHECK(digits.n == 5 && r.left == 0);
	bytes_free(in);

	check_row("ENUMERATED is read by its name only");
	in = make("0a0101");
	r = soter_reader(in);
	CHECK_RC(soter_der_u32(&r, SOTER_DER_INTEGER, &value), SOTER_E_DER);
	CHECK_RC(soter_der_unsigned(&r, &digits), SOTER_E_DER);
	CHECK(value == 77);
	CHECK_RC(soter_der_u32(&r, SOTER_DER_ENUMERATED, &value), SOTER_OK);
	CHECK(value == 1 && r.left == 0);
	bytes_free(in);
}

static void
test_take(void)
{
	struct soter_span in = make("3000 31020500");
	struct soter_reader r = soter_reader(in);
	struct soter_der x;

	check_row("take wants the identifier, and stays if it is another");
	memset(&x, 0xa5, sizeof(x));
	CHECK_RC(soter_der_take(&r, SOTER_DER_SET, &x), SOTER_E_DER);
	CHECK_RC(soter_der_take(&r, 0x10, &x), SOTER_E_DER);
	CHECK(bytes_are(&x, sizeof(x), 0xa5) && r.left == in.n);
	CHECK_RC(soter_der_end(&r), SOTER_E_DER);
	CHECK_RC(soter_der_take(&r, SOTER_DER_SEQUENCE, &x), SOTER_OK);
	CHECK_RC(soter_der_take(&r, SOTER_DER_SET, &x), SOTER_OK);
	CHECK(x.body.n == 2);
	CHECK_RC(soter_der_end(&r), SOTER_OK);
	memset(&x, 0xa5, sizeof(x));
	CHECK_RC(soter_der_take(&r, SOTER_DER_SET, &x), SOTER_E_DER);
	CHECK(bytes_are(&x, sizeof(x), 0xa5));
	bytes_free(in);
}

static void
test_write(void)
{
	static const size_t lengths[] = { 0, 1, 127, 128, 255, 256, 65535 };
	static uint8_t body[65536], out[65540];

	for (size_t i = 0; i < SOTER_COUNT(lengths); i++) {
		size_t n = lengths[i], head = n < 128 ? 2 : n < 256 ? 3 : 4;
		struct soter_writer w = soter_writer(out, head + n);
		struct soter_reader r;
		struct soter_der x;

		check_row("write and read %zu", n);
		CHECK_RC(
		    soter_der_write(&w, SOTER_DER_OCTETS, soter_span(body, n)),
		    SOTER_OK);
		r = soter_reader(soter_written(&w));
		CHECK_RC(soter_der_take(&r, SOTER_DER_OCTETS, &x), SOTER_OK);
		CHECK(x.body.n == n && r.left == 0);
		for (size_t cap = 0; cap < head + n; cap += cap < 8 ? 1 : n) {
			w = soter_writer(out, cap);
			CHECK_RC(soter_der_write(&w, SOTER_DER_OCTETS,
				     soter_span(body, n)),
			    SOTER_E_NOSPACE);
			CHECK(w.len == 0);
		}
		w = soter_writer(out, head + n - 1);
		CHECK_RC(
		    soter_der_write(&w, SOTER_DER_OCTETS, soter_span(body, n)),
		    SOTER_E_NOSPACE);
		CHECK(w.len == 0);
	}
	check_row("64 KiB is more than a length says");
	struct soter_writer w = soter_writer(out, sizeof(out));
	CHECK_RC(soter_der_write(&w, SOTER_DER_OCTETS,
		     soter_span(body, sizeof(body))),
	    SOTER_E_LIMIT);
	CHECK(w.len == 0);
}

int
main(void)
{
	test_elements();
	test_integers();
	test_large();
	test_take();
	test_write();
	return (check_done());
}
