/* SPDX-License-Identifier: BSD-3-Clause */
#include "crypto/digest.h"
#include "soter/verify.h"
#include "tests/unit/rsa_maker.h"

#define MILLION 1000000

/* FIPS 180-2 appendix B, and the empty text. */
static const struct {
	const char *what;
	const char *text;
	const char *hex;
} rows[] = {
	{ "empty", "",
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "one block", "abc",
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "two blocks",
	    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "a million letters a", NULL,
	    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
};

static bool
is_hex(const uint8_t hash[SOTER_SHA256_LEN], const char *hex)
{
	char text[2 * SOTER_SHA256_LEN + 1];

	for (size_t i = 0; i < SOTER_SHA256_LEN; i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
	return (strcmp(text, hex) == 0);
}

static void
test_known(struct soter_digest *d, const uint8_t *letters)
{
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_span text = soter_text(rows[i].text);
		uint8_t out[SOTER_SHA256_LEN + 1] = { 0 };

		check_row("%s", rows[i].what);
		if (rows[i].text == NULL)
			text = soter_span(letters, MILLION);
		CHECK_RC(soter_sha256(out, text), SOTER_OK);
		CHECK(is_hex(out, rows[i].hex));
		CHECK(out[SOTER_SHA256_LEN] == 0);

		memset(out, 0, sizeof(out));
		CHECK_RC(soter_digest_run(d, out, &text, 1), SOTER_OK);
		CHECK(is_hex(out, rows[i].hex));
		CHECK(out[SOTER_SHA256_LEN] == 0);
	}
	check_row("no bytes at no place");
	uint8_t out[SOTER_SHA256_LEN];
	CHECK_RC(soter_sha256(out, soter_span(NULL, 0)), SOTER_OK);
	CHECK(is_hex(out, rows[0].hex));
	CHECK_RC(soter_digest_run(d, out, NULL, 0), SOTER_OK);
	CHECK(is_hex(out, rows[0].hex));
}

/* However a text is cut, and whatever was hashed before it. */
static void
test_parts(struct soter_digest *d)
{
	struct soter_span whole = soter_text(rows[2].text);
	uint8_t out[SOTER_SHA256_LEN];

	check_row("cut into parts");
	for (size_t i = 0; i <= whole.n; i++) {
		const struct soter_span parts[] = {
			soter_span(whole.p, i),
			soter_span(NULL, 0),
			soter_span(whole.p + i, whole.n - i),
		};

		CHECK_RC(soter_digest_run(d, out, parts, 3), SOTER_OK);
		CHECK(is_hex(out, rows[2].hex));
	}
}

static enum soter_rc
open_and_hash(uint8_t out[SOTER_SHA256_LEN], const struct soter_pubkey *key)
{
	struct soter_span text = soter_text("abc");
	struct soter_digest d;
	enum soter_rc rc;

	if ((rc = soter_digest_open(&d, key)) == SOTER_OK)
		rc = soter_digest_run(&d, out, &text, 1);
	soter_digest_close(&d);
	return (rc);
}

static void
test_memory(const struct soter_pubkey *key)
{
	uint8_t out[SOTER_SHA256_LEN];

	check_row("out of memory");
	CHECK_MEMORY((out[0] = 0, soter_sha256(out, soter_text("abc"))),
	    is_hex(out, rows[1].hex), out[0] == 0);
	CHECK_MEMORY((out[0] = 0, open_and_hash(out, key)),
	    is_hex(out, rows[1].hex), out[0] == 0);
}

int
main(void)
{
	struct soter_pubkey *key = NULL;
	struct soter_digest d;
	struct rsa_maker r;
	uint8_t *letters;

	memory_hook();
	rsa_make(&r, 2048);
	MUST(soter_pubkey_make(&key, &r.pub) == SOTER_OK);
	MUST(soter_digest_open(&d, key) == SOTER_OK);
	MUST((letters = malloc(MILLION)) != NULL);
	memset(letters, 'a', MILLION);

	test_known(&d, letters);
	test_parts(&d);
	test_memory(key);

	free(letters);
	soter_digest_close(&d);
	soter_pubkey_free(&key);
	rsa_drop(&r);
	return (check_done());
}
