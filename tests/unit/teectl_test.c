/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/teectl.h"

static const struct {
	const char *what, *bytes;
	enum soter_rc want;
} cases[] = {
	{ "kind 1", "01000000 00*60", SOTER_OK },
	{ "kind 13", "0d000000 00*60", SOTER_OK },
	{ "kind 0", "00000000 00*60", SOTER_E_FORMAT },
	{ "kind 14", "0e000000 00*60", SOTER_E_FORMAT },
	{ "kind -1", "ffffffff 00*60", SOTER_E_FORMAT },
	{ "nothing", "", SOTER_E_SHORT },
	{ "a byte less", "01000000 00*59", SOTER_E_SHORT },
	{ "a byte more", "01000000 00*61", SOTER_E_FORMAT },
};

static void
there_and_back(void)
{
	struct soter_teectl x = { SOTER_TEECTL_SETUP, 1, 2, 0xffff0001,
		{ 1, 2, 3 }, { 4, 5, 6 } },
			    y;
	uint8_t bytes[SOTER_TEECTL_LEN];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	check_row("there and back");
	CHECK_RC(soter_teectl_write(&w, &x), SOTER_OK);
	CHECK(w.len == SOTER_TEECTL_LEN);
	CHECK_RC(soter_teectl_parse(&y, soter_written(&w)), SOTER_OK);
	CHECK(memcmp(&x, &y, sizeof(x)) == 0);
	w = soter_writer(bytes, sizeof(bytes) - 1);
	CHECK_RC(soter_teectl_write(&w, &x), SOTER_E_NOSPACE);
	CHECK(w.len == 0);
}

int
main(void)
{
	there_and_back();
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct bytes b = { 0 };
		struct soter_span in;
		struct soter_teectl x;

		check_row("%s", cases[i].what);
		bytes_text(&b, cases[i].bytes);
		in = bytes_exact(bytes_span(&b));
		memset(&x, 0xa5, sizeof(x));
		CHECK_RC(soter_teectl_parse(&x, in), cases[i].want);
		if (cases[i].want != SOTER_OK)
			CHECK(bytes_are(&x, sizeof(x), 0xa5));
		bytes_free(in);
	}
	return (check_done());
}
