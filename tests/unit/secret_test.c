/* SPDX-License-Identifier: BSD-3-Clause */
#include "crypto/secret.h"
#include "tests/check.h"

/* RFC 4231, cases 1, 2 and 7: a short key, a shorter one, one over a block. */
static const struct {
	const char *what;
	uint8_t key; /* repeated; 0: the text below */
	size_t key_n;
	const char *key_text, *text, *mac;
} cases[] = {
	{ "case 1", 0x0b, 20, NULL, "Hi There",
	    "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7" },
	{ "case 2", 0, 0, "Jefe", "what do ya want for nothing?",
	    "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843" },
	{ "case 7", 0xaa, 131, NULL,
	    "This is a test using a larger than block-size key and a larger "
	    "than block-size data. The key needs to be hashed before being "
	    "used by the HMAC algorithm.",
	    "9b09ffa71b942fcb27635fbcd5b0e944"
	    "bfdc63644f0713938a7f51535c3a35e2" },
};

static void
check_hmac(void)
{
	uint8_t key[256], mac[SOTER_SHA256_LEN];

	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_span k = soter_span(key, cases[i].key_n);
		char hex[2 * SOTER_SHA256_LEN + 1];

		memset(key, cases[i].key, sizeof(key));
		if (cases[i].key_text != NULL)
			k = soter_text(cases[i].key_text);
		check_row("HMAC-SHA-256: RFC 4231 %s", cases[i].what);
		CHECK_RC(soter_hmac_sha256(mac, k, soter_text(cases[i].text)),
		    SOTER_OK);
		for (size_t j = 0; j < sizeof(mac); j++)
			snprintf(hex + 2 * j, 3, "%02x", mac[j]);
		CHECK(strcmp(hex, cases[i].mac) == 0);
	}
	check_row("HMAC-SHA-256: an empty key is no key");
	CHECK_RC(soter_hmac_sha256(mac, soter_span(key, 0), soter_text("x")),
	    SOTER_E_ARGUMENT);
}

int
main(void)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 };

	check_hmac();
	check_row("random bytes differ from call to call");
	CHECK_RC(soter_random(a, sizeof(a)), SOTER_OK);
	CHECK_RC(soter_random(b, sizeof(b)), SOTER_OK);
	CHECK(!soter_secret_equal(a, b, sizeof(a)));
	check_row("equal is equal to the last bit");
	memcpy(b, a, sizeof(a));
	CHECK(soter_secret_equal(a, b, sizeof(a)));
	for (size_t i = 0; i < 8 * sizeof(a); i++) {
		b[i / 8] ^= (uint8_t)(1 << i % 8);
		CHECK(!soter_secret_equal(a, b, sizeof(a)));
		b[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	return (check_done());
}
