/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/factory.h"

#define ID "00112233445566778899aabbccddeeff"

/* clang-format off */
static const struct {
	const char *what;
	enum soter_factory_purpose purpose;
	const char *id;
	size_t nonce_len;
	enum soter_rc want;
	const char *text;	/* notation of tests/bytes.h */
} rows[] = {
	{ "first root", SOTER_FACTORY_GENERATE, "", 16, SOTER_OK,
	  "'soter factory token 1' 0a 01000000 30*32 77*16" },
	{ "another root", SOTER_FACTORY_REPLACE, ID, 16, SOTER_OK,
	  "'soter factory token 1' 0a 02000000 '" ID "' 77*16" },
	{ "device id of 31", SOTER_FACTORY_REPLACE, "0011223344556677889900112233445", 16, SOTER_E_LIMIT, "" },
	{ "device id of 33", SOTER_FACTORY_REPLACE, ID "0", 16, SOTER_E_LIMIT, "" },
	{ "nonce of 15", SOTER_FACTORY_GENERATE, "", 15, SOTER_E_LIMIT, "" },
	{ "nonce of 17", SOTER_FACTORY_GENERATE, "", 17, SOTER_E_LIMIT, "" },
};
/* clang-format on */

int
main(void)
{
	uint8_t nonce[17], room[SOTER_FACTORY_TEXT_LEN];

	memset(nonce, 0x77, sizeof(nonce));
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		static struct bytes want;
		struct soter_writer w = soter_writer(room, sizeof(room));

		check_row("%s", rows[i].what);
		want.n = 0;
		bytes_text(&want, rows[i].text);
		CHECK_RC(soter_factory_text_write(&w, rows[i].purpose,
			     soter_text(rows[i].id),
			     soter_span(nonce, rows[i].nonce_len)),
		    rows[i].want);
		if (rows[i].want == SOTER_OK)
			CHECK(soter_span_equal(soter_written(&w),
			    bytes_span(&want)));
		for (size_t cap = 0; cap < sizeof(room); cap++) {
			w = soter_writer(room, cap);
			CHECK(soter_factory_text_write(&w, rows[i].purpose,
				  soter_text(rows[i].id),
				  soter_span(nonce, rows[i].nonce_len)) !=
			    SOTER_OK);
		}
	}
	return (check_done());
}
