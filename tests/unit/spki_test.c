/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/pem.h"
#include "wire/spki.h"

/* clang-format off */
#define RSA  "30{06{2a864886f70d010101}0500}"
#define N    "02{00 c7*256}"
#define E    "02{010001}"
#define BITS "03{00 30{" N E "}}"

static const struct {
	const char *what;
	const char *in;
	enum soter_rc want;
	size_t n_len;
	uint32_t e;
} cases[] = {
	{ "RSA-2048",               "30{" RSA BITS "}", SOTER_OK, 256, 65537 },
	{ "RSA-4096",
	    "30{" RSA "03{00 30{02{00 c7*512}" E "}}}", SOTER_OK, 512, 65537 },
	{ "first bit of n not set",
	    "30{" RSA "03{00 30{02{47*256}" E "}}}",    SOTER_OK, 256, 65537 },
	{ "one byte",
	    "30{" RSA "03{00 30{02{05} 02{03}}}}",      SOTER_OK, 1, 3 },
	{ "largest exponent",
	    "30{" RSA "03{00 30{" N "02{00 ffffffff}}}}", SOTER_OK, 256, 0xffffffff },
	{ "exponent 0 is policy's matter",
	    "30{" RSA "03{00 30{" N "02{00}}}}",        SOTER_OK, 256, 0 },
	/* size */
	{ "modulus 0",
	    "30{" RSA "03{00 30{02{00}" E "}}}",        SOTER_E_KEY_SIZE, 0, 0 },
	{ "modulus of 513 bytes",
	    "30{" RSA "03{00 30{02{47*513}" E "}}}",    SOTER_E_KEY_SIZE, 0, 0 },
	{ "modulus of 513 bytes, first bit set",
	    "30{" RSA "03{00 30{02{00 c7*513}" E "}}}", SOTER_E_KEY_SIZE, 0, 0 },
	{ "modulus of 60000 bytes",
	    "30{" RSA "03{00 30{02{47*60000}" E "}}}",  SOTER_E_KEY_SIZE, 0, 0 },
	{ "exponent of 33 bits",
	    "30{" RSA "03{00 30{" N "02{0100000000}}}}", SOTER_E_KEY_EXPONENT, 0, 0 },
	{ "exponent as long as n",
	    "30{" RSA "03{00 30{" N "02{00 c7*256}}}}", SOTER_E_KEY_EXPONENT, 0, 0 },
	/* algorithm */
	{ "an EC key",
	    "30{30{06{2a8648ce3d0201}06{2a8648ce3d030107}}03{00 04 11*64}}",
	                                                SOTER_E_KEY_ALGORITHM, 0, 0 },
	{ "RSASSA-PSS key",
	    "30{30{06{2a864886f70d01010a}0500}" BITS "}", SOTER_E_KEY_ALGORITHM, 0, 0 },
	{ "name cut by one",
	    "30{30{06{2a864886f70d0101}0500}" BITS "}", SOTER_E_KEY_ALGORITHM, 0, 0 },
	{ "empty name",
	    "30{30{06{}0500}" BITS "}",                 SOTER_E_KEY_ALGORITHM, 0, 0 },
	{ "no parameters",
	    "30{30{06{2a864886f70d010101}}" BITS "}",   SOTER_E_DER, 0, 0 },
	{ "NULL with content",
	    "30{30{06{2a864886f70d010101}05{00}}" BITS "}", SOTER_E_DER, 0, 0 },
	{ "more parameters",
	    "30{30{06{2a864886f70d010101}0500 0500}" BITS "}", SOTER_E_DER, 0, 0 },
	{ "algorithm is a SET",
	    "30{31{06{2a864886f70d010101}0500}" BITS "}", SOTER_E_DER, 0, 0 },
	/* structure */
	{ "nothing",                "",                 SOTER_E_DER, 0, 0 },
	{ "empty SEQUENCE",         "3000",             SOTER_E_DER, 0, 0 },
	{ "bytes follow",           "30{" RSA BITS "}00", SOTER_E_DER, 0, 0 },
	{ "element after the key",  "30{" RSA BITS "0500}", SOTER_E_DER, 0, 0 },
	{ "element after e",
	    "30{" RSA "03{00 30{" N E "020100}}}",      SOTER_E_DER, 0, 0 },
	{ "bytes after the RSAPublicKey",
	    "30{" RSA "03{00 30{" N E "}00}}",          SOTER_E_DER, 0, 0 },
	{ "no e",
	    "30{" RSA "03{00 30{" N "}}}",              SOTER_E_DER, 0, 0 },
	{ "unused bits",
	    "30{" RSA "03{01 30{" N E "}}}",            SOTER_E_DER, 0, 0 },
	{ "empty BIT STRING",
	    "30{" RSA "03{}}",                          SOTER_E_DER, 0, 0 },
	{ "BIT STRING of no bits",
	    "30{" RSA "03{00}}",                        SOTER_E_DER, 0, 0 },
	{ "OCTET STRING for it",
	    "30{" RSA "04{00 30{" N E "}}}",            SOTER_E_DER, 0, 0 },
	{ "negative modulus",
	    "30{" RSA "03{00 30{02{c7*256}" E "}}}",    SOTER_E_DER, 0, 0 },
	{ "modulus with two leading zeros",
	    "30{" RSA "03{00 30{02{0000 c7*256}" E "}}}", SOTER_E_DER, 0, 0 },
	{ "negative exponent",
	    "30{" RSA "03{00 30{" N "02{ff}}}}",        SOTER_E_DER, 0, 0 },
	{ "only the RSAPublicKey",  "30{" N E "}",      SOTER_E_DER, 0, 0 },
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

/* What is read can be written, to the byte, as DER and as PEM. */
static void
check_written(const struct soter_key *key, struct soter_span in)
{
	uint8_t der[SOTER_SPKI_MAX], pem[SOTER_PEM_KEY_MAX];
	struct soter_writer w = soter_writer(der, in.n);
	struct soter_key back;

	CHECK_RC(soter_spki_write(&w, key), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), in));
	w = soter_writer(der, in.n - 1);
	CHECK_RC(soter_spki_write(&w, key), SOTER_E_NOSPACE);
	CHECK(w.len == 0);
	w = soter_writer(pem, sizeof(pem));
	CHECK_RC(soter_spki_write_pem(&w, key), SOTER_OK);
	CHECK(w.len > 0 && pem[w.len - 1] == '-');
	memset(&back, 0xa5, sizeof(back));
	CHECK_RC(soter_spki_parse_pem(&back, soter_written(&w)), SOTER_OK);
	CHECK(memcmp(&back, key, sizeof(back)) == 0);
	w = soter_writer(pem, w.len - 1);
	CHECK_RC(soter_spki_write_pem(&w, key), SOTER_E_NOSPACE);
}

static void
test_cases(void)
{
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_span in = make(cases[i].in);
		struct soter_key key;

		check_row("%s", cases[i].what);
		memset(&key, 0xa5, sizeof(key));
		CHECK_RC(soter_spki_parse(&key, in), cases[i].want);
		if (cases[i].want != SOTER_OK) {
			CHECK(bytes_are(&key, sizeof(key), 0xa5));
		} else {
			CHECK(key.alg == SOTER_ALG_RSA);
			CHECK(key.e == cases[i].e);
			CHECK(key.n_len == cases[i].n_len);
			CHECK(key.n[0] != 0 &&
			    key.n[key.n_len - 1] ==
				(key.n_len > 1 ? key.n[0] : 5));
			check_written(&key, in);
		}
		bytes_free(in);
	}
}

static void
test_cut(void)
{
	struct soter_span whole = make("30{" RSA BITS "}");

	check_row("cut at every byte");
	for (size_t n = 0; n < whole.n; n++) {
		struct soter_span in = bytes_exact(soter_span(whole.p, n));
		struct soter_key key;

		memset(&key, 0xa5, sizeof(key));
		CHECK_RC(soter_spki_parse(&key, in), SOTER_E_DER);
		CHECK(bytes_are(&key, sizeof(key), 0xa5));
		bytes_free(in);
	}
	bytes_free(whole);
}

/* PEM of a SubjectPublicKeyInfo under some label, and what comes of it. */
static void
check_pem(const char *label, const char *der, size_t pad, enum soter_rc want)
{
	static uint8_t text[2 * SOTER_PEM_KEY_MAX];
	struct soter_writer w = soter_writer(text, sizeof(text));
	struct soter_span in = make(der), pem;
	struct soter_key key;

	CHECK_RC(soter_pem_write(&w, label, in, false), SOTER_OK);
	while (pad-- > 0)
		text[w.len++] = 'x';
	pem = bytes_exact(soter_written(&w));
	memset(&key, 0xa5, sizeof(key));
	CHECK_RC(soter_spki_parse_pem(&key, pem), want);
	CHECK((want == SOTER_OK) != bytes_are(&key, sizeof(key), 0xa5));
	bytes_free(pem);
	bytes_free(in);
}

static void
test_pem(void)
{
	check_row("PEM of a key");
	check_pem("PUBLIC KEY", "30{" RSA BITS "}", 0, SOTER_OK);
	check_row("a key that calls itself a certificate");
	check_pem("CERTIFICATE", "30{" RSA BITS "}", 0, SOTER_E_PEM_LABEL);
	check_row("an RSAPublicKey under its own label");
	check_pem("RSA PUBLIC KEY", "30{" N E "}", 0, SOTER_E_PEM_LABEL);
	check_row("an RSAPublicKey under the wrong label");
	check_pem("PUBLIC KEY", "30{" N E "}", 0, SOTER_E_DER);
	check_row("text behind it");
	check_pem("PUBLIC KEY", "30{" RSA BITS "}", 1, SOTER_E_PEM);
	check_row("an RSA-8192 key");
	check_pem("PUBLIC KEY", "30{" RSA "03{00 30{02{00 c7*1024}" E "}}}", 0,
	    SOTER_E_LIMIT);
	check_row("longer than any key, else good PEM");
	check_pem("PUBLIC KEY", "04{00*720}", 0, SOTER_E_LIMIT);
	check_row("just short enough, but no key");
	check_pem("PUBLIC KEY", "04{00*680}", 0, SOTER_E_DER);
}

static void
test_write(void)
{
	struct soter_key key = { .alg = SOTER_ALG_RSA, .e = 3, .n_len = 1 };
	uint8_t out[SOTER_SPKI_MAX];
	struct soter_writer w = soter_writer(out, sizeof(out));

	key.n[0] = 5;
	check_row("write: no algorithm");
	key.alg = SOTER_ALG_NONE;
	CHECK_RC(soter_spki_write(&w, &key), SOTER_E_KEY_ALGORITHM);
	key.alg = SOTER_ALG_RSA;
	check_row("write: no modulus");
	key.n_len = 0;
	CHECK_RC(soter_spki_write(&w, &key), SOTER_E_KEY_SIZE);
	check_row("write: modulus longer than its array");
	key.n_len = SOTER_RSA_LEN_MAX + 1;
	CHECK_RC(soter_spki_write(&w, &key), SOTER_E_KEY_SIZE);
	CHECK(w.len == 0);
}

static const struct {
	const char *file;
	enum soter_rc want;
} real[] = {
	{ "mtk_tbase_2017/ask.pem", SOTER_OK },
	{ "mtk_tbase_2017/auth_key.pem", SOTER_OK },
	{ "issue98_qsee_ask/ask_pub.pem", SOTER_OK },
	{ "huawei_hwhma_2024/hw_auth_key.pem", SOTER_OK },
	/* Besides the wrong label, a dash is missing in the BEGIN line. */
	{ "huawei_hwhma_2024/hw_ask.pem", SOTER_E_PEM },
};

static void
test_real(void)
{
	static struct bytes file;
	struct soter_key key;

	for (size_t i = 0; i < SOTER_COUNT(real); i++) {
		if (!bytes_real(&file, real[i].file)) {
			check_skip(real[i].file,
			    "SOTER_REAL_VECTORS is not set");
			continue;
		}
		check_row("%s", real[i].file);
		memset(&key, 0xa5, sizeof(key));
		CHECK_RC(soter_spki_parse_pem(&key, bytes_span(&file)),
		    real[i].want);
		if (real[i].want == SOTER_OK)
			CHECK(key.n_len == SOTER_RSA_LEN && key.e == 65537);
		else
			CHECK(bytes_are(&key, sizeof(key), 0xa5));
	}
}

int
main(void)
{
	test_cases();
	test_cut();
	test_pem();
	test_write();
	test_real();
	return (check_done());
}
