/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/cert.h"
#include "wire/pem.h"

/* A certificate is put together from these; a row replaces one of them. */
enum part {
	VERSION,
	SERIAL,
	INNER,
	ISSUER,
	VALIDITY,
	SUBJECT,
	SPKI,
	EXTENSIONS,
	MORE, /* behind the extensions, inside the signed part */
	OUTER,
	SIG,
	LAST,  /* behind the signature, inside the certificate */
	AFTER, /* behind the certificate */
	PARTS
};

/* clang-format off */
#define ALG      "30{06{2a864886f70d01010b}0500}"
#define ALG_BARE "30{06{2a864886f70d01010b}}"
#define CN(text) "31{30{06{550403}0c{'" text "'}}}"
#define EXT(oid) "30{06{" oid "}04{00}}"
#define ATTEST   "30{06{2b06010401d679020111}04{30{020102}}}"
#define FIFTEEN  EXT("01") EXT("02") EXT("03") EXT("04") EXT("05") EXT("06") \
	EXT("07") EXT("08") EXT("09") EXT("0a") EXT("0b") EXT("0c")          \
	EXT("0d") EXT("0e") EXT("0f")

static const char *const good[PARTS] = {
	[VERSION]    = "a0{020102}",
	[SERIAL]     = "020101",
	[INNER]      = ALG,
	[ISSUER]     = "30{" CN("some CA") "}",
	[VALIDITY]   = "30{17{'240101000000Z'}17{'340101000000Z'}}",
	[SUBJECT]    = "30{31{30{06{550406}13{'CN'}}}" CN("PHONE_1") "}",
	[SPKI]       = "30{30{06{2a864886f70d010101}0500}"
	               "03{00 30{02{00 c7*256}02{010001}}}}",
	[EXTENSIONS] = "a3{30{30{06{551d0f}04{03020000}}" ATTEST "}}",
	[MORE]       = "",
	[OUTER]      = ALG,
	[SIG]        = "03{00 5a*256}",
	[LAST]       = "",
	[AFTER]      = "",
};

static const struct {
	const char *what;
	enum part part;
	const char *in;
	enum soter_rc want;
	const char *cn;		/* if good */
	size_t attestation;	/* if good */
} cases[] = {
	{ "a good one",               SERIAL, "020101", SOTER_OK, "PHONE_1", 5 },
	/* what real certificates do, and strict readers refuse */
	{ "serial of 20 bytes",       SERIAL, "02{00 ff*20}", SOTER_OK, "PHONE_1", 5 },
	{ "empty issuer",             ISSUER, "3000", SOTER_OK, "PHONE_1", 5 },
	{ "issuer is not looked into", ISSUER, "30{ffff}", SOTER_OK, "PHONE_1", 5 },
	{ "validity is not looked into", VALIDITY, "3000", SOTER_OK, "PHONE_1", 5 },
	{ "DEFAULT FALSE encoded",    EXTENSIONS,
	    "a3{30{30{06{551d0f}010100 04{00}}}}", SOTER_OK, "PHONE_1", 0 },
	{ "critical",                 EXTENSIONS,
	    "a3{30{30{06{551d0f}0101ff 04{00}}}}", SOTER_OK, "PHONE_1", 0 },
	{ "content one 0x00 byte",    EXTENSIONS,
	    "a3{30{30{06{551d1f}04{00}}}}", SOTER_OK, "PHONE_1", 0 },
	{ "no extensions",            EXTENSIONS, "", SOTER_OK, "PHONE_1", 0 },
	{ "16 extensions",            EXTENSIONS, "a3{30{" FIFTEEN EXT("10") "}}",
	    SOTER_OK, "PHONE_1", 0 },
	{ "PrintableString",          SUBJECT, "30{31{30{06{550403}13{'P'}}}}",
	    SOTER_OK, "P", 5 },
	{ "BMPString",                SUBJECT, "30{31{30{06{550403}1e{4e2d}}}}",
	    SOTER_OK, "N-", 5 },
	{ "no subject",               SUBJECT, "3000", SOTER_OK, "", 5 },
	{ "name in a set of two",     SUBJECT,
	    "30{31{30{06{55040a}0c{'O'}}30{06{550403}0c{'P'}}}}", SOTER_OK, "P", 5 },
	{ "name that begins like CN", SUBJECT, "30{31{30{06{55040301}0c{'P'}}}}",
	    SOTER_OK, "", 5 },
	{ "name that ends like CN",   SUBJECT, "30{31{30{06{00550403}0c{'P'}}}}",
	    SOTER_OK, "", 5 },
	{ "empty attestation",        EXTENSIONS,
	    "a3{30{30{06{2b06010401d679020111}0400}}}", SOTER_OK, "PHONE_1", 0 },
	{ "signature by RSA-4096",    SIG, "03{00 5a*512}", SOTER_OK, "PHONE_1", 5 },
	/* version, serial */
	{ "version 1",                VERSION, "", SOTER_E_DER, NULL, 0 },
	{ "version 1 encoded",        VERSION, "a0{020100}", SOTER_E_DER, NULL, 0 },
	{ "version 2",                VERSION, "a0{020101}", SOTER_E_DER, NULL, 0 },
	{ "version 4",                VERSION, "a0{020103}", SOTER_E_DER, NULL, 0 },
	{ "version, then more",       VERSION, "a0{020102 020102}", SOTER_E_DER, NULL, 0 },
	{ "version not explicit",     VERSION, "020102", SOTER_E_DER, NULL, 0 },
	{ "no serial",                SERIAL, "", SOTER_E_DER, NULL, 0 },
	{ "serial is a string",       SERIAL, "0c{'1'}", SOTER_E_DER, NULL, 0 },
	/* algorithm */
	{ "inner without NULL only",  INNER, ALG_BARE, SOTER_E_DER, NULL, 0 },
	{ "outer without NULL only",  OUTER, ALG_BARE, SOTER_E_DER, NULL, 0 },
	{ "inner is SHA-1",           INNER, "30{06{2a864886f70d010105}0500}",
	    SOTER_E_DER, NULL, 0 },
	{ "outer is SHA-1",           OUTER, "30{06{2a864886f70d010105}0500}",
	    SOTER_E_DER, NULL, 0 },
	{ "outer is SHA-384",         OUTER, "30{06{2a864886f70d01010c}0500}",
	    SOTER_E_DER, NULL, 0 },
	{ "outer is PSS",             OUTER, "30{06{2a864886f70d01010a}3000}",
	    SOTER_E_DER, NULL, 0 },
	{ "outer with other parameters", OUTER, "30{06{2a864886f70d01010b}3000}",
	    SOTER_E_DER, NULL, 0 },
	{ "outer NULL with content",  OUTER, "30{06{2a864886f70d01010b}05{00}}",
	    SOTER_E_DER, NULL, 0 },
	{ "outer missing",            OUTER, "", SOTER_E_DER, NULL, 0 },
	{ "inner missing",            INNER, "", SOTER_E_DER, NULL, 0 },
	/* names */
	{ "two common names",         SUBJECT, "30{" CN("PHONE_1") CN("PHONE_2") "}",
	    SOTER_E_DER, NULL, 0 },
	{ "the same one twice",       SUBJECT, "30{" CN("PHONE_1") CN("PHONE_1") "}",
	    SOTER_E_DER, NULL, 0 },
	{ "two in one set",           SUBJECT,
	    "30{31{30{06{550403}0c{'P'}}30{06{550403}0c{'Q'}}}}", SOTER_E_DER, NULL, 0 },
	{ "an empty one, then a name", SUBJECT, "30{" CN("") CN("PHONE_1") "}",
	    SOTER_E_DER, NULL, 0 },
	{ "an empty one",             SUBJECT, "30{" CN("") "}", SOTER_E_DER, NULL, 0 },
	{ "a name that is a SEQUENCE", SUBJECT,
	    "30{31{30{06{550403}30{0c{'P'}}}}}", SOTER_E_DER, NULL, 0 },
	{ "a name with context tag",  SUBJECT, "30{31{30{06{550403}80{'P'}}}}",
	    SOTER_E_DER, NULL, 0 },
	{ "two values of one name",   SUBJECT,
	    "30{31{30{06{550403}0c{'P'}0c{'Q'}}}}", SOTER_E_DER, NULL, 0 },
	{ "name without a value",     SUBJECT, "30{31{30{06{550403}}}}",
	    SOTER_E_DER, NULL, 0 },
	{ "name without its set",     SUBJECT, "30{30{06{550403}0c{'P'}}}",
	    SOTER_E_DER, NULL, 0 },
	{ "subject missing",          SUBJECT, "", SOTER_E_DER, NULL, 0 },
	/* key */
	{ "an EC key",                SPKI,
	    "30{30{06{2a8648ce3d0201}06{2a8648ce3d030107}}03{00 04 11*64}}",
	    SOTER_E_KEY_ALGORITHM, NULL, 0 },
	{ "an RSA-8192 key",          SPKI,
	    "30{30{06{2a864886f70d010101}0500}03{00 30{02{00 c7*1024}02{010001}}}}",
	    SOTER_E_KEY_SIZE, NULL, 0 },
	{ "a huge exponent",          SPKI,
	    "30{30{06{2a864886f70d010101}0500}03{00 30{02{00 c7*256}02{0100000001}}}}",
	    SOTER_E_KEY_EXPONENT, NULL, 0 },
	{ "two keys",                 MORE,
	    "30{30{06{2a864886f70d010101}0500}03{00 30{02{05}02{03}}}}",
	    SOTER_E_DER, NULL, 0 },
	/* extensions */
	{ "no extension in the list", EXTENSIONS, "a3{3000}", SOTER_E_DER, NULL, 0 },
	{ "no list",                  EXTENSIONS, "a300", SOTER_E_DER, NULL, 0 },
	{ "two lists in one",         EXTENSIONS,
	    "a3{30{" EXT("551d0f") "}30{" ATTEST "}}", SOTER_E_DER, NULL, 0 },
	{ "two lists",                EXTENSIONS,
	    "a3{30{" EXT("551d0f") "}}a3{30{" ATTEST "}}", SOTER_E_DER, NULL, 0 },
	{ "two attestations",         EXTENSIONS, "a3{30{" ATTEST ATTEST "}}",
	    SOTER_E_DER, NULL, 0 },
	{ "two attestations, apart",  EXTENSIONS,
	    "a3{30{" ATTEST FIFTEEN ATTEST "}}", SOTER_E_DER, NULL, 0 },
	{ "an empty attestation, then one", EXTENSIONS,
	    "a3{30{30{06{2b06010401d679020111}0400}" ATTEST "}}",
	    SOTER_E_DER, NULL, 0 },
	{ "another extension twice",  EXTENSIONS,
	    "a3{30{" EXT("551d0f") ATTEST EXT("551d0f") "}}", SOTER_E_DER, NULL, 0 },
	{ "17 extensions",            EXTENSIONS,
	    "a3{30{" FIFTEEN EXT("10") ATTEST "}}", SOTER_E_LIMIT, NULL, 0 },
	{ "extension without value",  EXTENSIONS,
	    "a3{30{30{06{551d0f}}}}", SOTER_E_DER, NULL, 0 },
	{ "extension, then more",     EXTENSIONS,
	    "a3{30{30{06{551d0f}04{00}04{00}}}}", SOTER_E_DER, NULL, 0 },
	{ "value is no OCTET STRING", EXTENSIONS,
	    "a3{30{30{06{551d0f}03{00}}}}", SOTER_E_DER, NULL, 0 },
	{ "critical is 1",            EXTENSIONS,
	    "a3{30{30{06{551d0f}010101 04{00}}}}", SOTER_E_DER, NULL, 0 },
	{ "critical is empty",        EXTENSIONS,
	    "a3{30{30{06{551d0f}0100 04{00}}}}", SOTER_E_DER, NULL, 0 },
	{ "critical has two octets",  EXTENSIONS,
	    "a3{30{30{06{551d0f}0102ffff 04{00}}}}", SOTER_E_DER, NULL, 0 },
	{ "critical twice",           EXTENSIONS,
	    "a3{30{30{06{551d0f}0101ff 0101ff 04{00}}}}", SOTER_E_DER, NULL, 0 },
	{ "unique identifiers",       EXTENSIONS, "81{00}82{00}", SOTER_E_DER, NULL, 0 },
	{ "something behind them",    MORE, "0500", SOTER_E_DER, NULL, 0 },
	/* signature */
	{ "no signature",             SIG, "", SOTER_E_DER, NULL, 0 },
	{ "empty BIT STRING",         SIG, "0300", SOTER_E_DER, NULL, 0 },
	{ "signature of no bytes",    SIG, "03{00}", SOTER_E_DER, NULL, 0 },
	{ "signature with unused bits", SIG, "03{01 5a*256}", SOTER_E_DER, NULL, 0 },
	{ "OCTET STRING for it",      SIG, "04{00 5a*256}", SOTER_E_DER, NULL, 0 },
	{ "element behind it",        LAST, "0500", SOTER_E_DER, NULL, 0 },
	{ "byte behind all",          AFTER, "00", SOTER_E_DER, NULL, 0 },
	{ "as long as allowed",       ISSUER, "30{00*2364}", SOTER_OK, "PHONE_1", 5 },
	{ "one more",                 ISSUER, "30{00*2365}", SOTER_E_LIMIT, NULL, 0 },
};
/* clang-format on */

static struct bytes input;

/* The certificate with one part replaced. */
static struct soter_span
make(enum part replaced, const char *by)
{
	const char *p[PARTS];
	char text[8192];

	for (size_t i = 0; i < PARTS; i++)
		p[i] = i == replaced ? by : good[i];
	CHECK(snprintf(text, sizeof(text),
		  "30{ 30{ %s%s%s%s%s%s%s%s%s } %s%s%s } %s", p[VERSION],
		  p[SERIAL], p[INNER], p[ISSUER], p[VALIDITY], p[SUBJECT],
		  p[SPKI], p[EXTENSIONS], p[MORE], p[OUTER], p[SIG], p[LAST],
		  p[AFTER]) < (int)sizeof(text));
	input.n = 0;
	bytes_text(&input, text);
	return (bytes_exact(bytes_span(&input)));
}

static void
check_inside(const struct soter_cert *x, struct soter_span in)
{
	CHECK(bytes_inside(x->tbs, in) && bytes_inside(x->sig, in));
	CHECK(bytes_inside(x->cn, x->tbs) && bytes_inside(x->spki, x->tbs));
	CHECK(bytes_inside(x->attestation, x->tbs));
}

static void
test_cases(void)
{
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_cert x;
		struct soter_span in;

		check_row("%s", cases[i].what);
		in = make(cases[i].part, cases[i].in);
		memset(&x, 0xa5, sizeof(x));
		CHECK_RC(soter_cert_parse(&x, in), cases[i].want);
		if (cases[i].want != SOTER_OK) {
			CHECK(bytes_are(&x, sizeof(x), 0xa5));
		} else {
			CHECK(soter_span_equal(x.cn, soter_text(cases[i].cn)));
			CHECK(x.attestation.n == cases[i].attestation);
			CHECK(x.key.n_len == 256 && x.key.e == 65537);
			CHECK(x.sig.n % 256 == 0 &&
			    bytes_are(x.sig.p, x.sig.n, 0x5a));
			check_inside(&x, in);
		}
		bytes_free(in);
	}
}

/* Spans are exactly what their comments say. */
static void
test_spans(void)
{
	struct soter_span in = make(SERIAL, good[SERIAL]);
	static struct bytes spki;
	struct soter_cert x;

	check_row("spans");
	CHECK_RC(soter_cert_parse(&x, in), SOTER_OK);
	CHECK(x.tbs.p == in.p + 4 && x.tbs.p[0] == 0x30);
	/* Behind the signed part: algorithm, head of the BIT STRING, 0. */
	CHECK(x.sig.p == x.tbs.p + x.tbs.n + 15 + 4 + 1);
	CHECK(x.sig.p + x.sig.n == in.p + in.n);
	bytes_text(&spki, good[SPKI]);
	CHECK(soter_span_equal(x.spki, bytes_span(&spki)));
	CHECK(soter_span_equal(x.attestation,
	    SOTER_SPAN("\x30\x03\x02\x01\x02")));
	bytes_free(in);
}

/* The inner and the outer algorithm replaced by the same. */

/* clang-format off */
static const struct {
	const char *what;
	const char *algorithm;
	enum soter_rc want;
} both[] = {
	/* as in the leaf of a Huawei phone */
	{ "both without NULL",      ALG_BARE,                           SOTER_OK },
	{ "both SHA-1",             "30{06{2a864886f70d010105}0500}",   SOTER_E_DER },
	{ "both SHA-1, no NULL",    "30{06{2a864886f70d010105}}",       SOTER_E_DER },
	{ "both MD5",               "30{06{2a864886f70d010104}0500}",   SOTER_E_DER },
	{ "both SHA-512",           "30{06{2a864886f70d01010d}0500}",   SOTER_E_DER },
	{ "both PSS",               "30{06{2a864886f70d01010a}3000}",   SOTER_E_DER },
	{ "both ECDSA",             "30{06{2a8648ce3d040302}}",         SOTER_E_DER },
	{ "both rsaEncryption",     "30{06{2a864886f70d010101}0500}",   SOTER_E_DER },
	{ "both with parameters",   "30{06{2a864886f70d01010b}3000}",   SOTER_E_DER },
	{ "both with NULL, then more", "30{06{2a864886f70d01010b}0500 0500}", SOTER_E_DER },
	{ "both empty",             "3000",                             SOTER_E_DER },
};
/* clang-format on */

static void
test_both_algorithms(void)
{
	for (size_t i = 0; i < SOTER_COUNT(both); i++) {
		struct soter_cert x;
		char text[4096];

		check_row("%s", both[i].what);
		snprintf(text, sizeof(text),
		    "30{ 30{ %s%s%s%s%s%s%s%s } %s%s }", good[VERSION],
		    good[SERIAL], both[i].algorithm, good[ISSUER],
		    good[VALIDITY], good[SUBJECT], good[SPKI], good[EXTENSIONS],
		    both[i].algorithm, good[SIG]);
		input.n = 0;
		bytes_text(&input, text);
		memset(&x, 0xa5, sizeof(x));
		CHECK_RC(soter_cert_parse(&x, bytes_span(&input)),
		    both[i].want);
		CHECK((both[i].want == SOTER_OK) !=
		    bytes_are(&x, sizeof(x), 0xa5));
	}
}

static void
test_damage(void)
{
	struct soter_span whole = make(SERIAL, good[SERIAL]);

	check_row("cut at every byte");
	for (size_t n = 0; n < whole.n; n++) {
		struct soter_span in = bytes_exact(soter_span(whole.p, n));
		struct soter_cert x;

		memset(&x, 0xa5, sizeof(x));
		CHECK_RC(soter_cert_parse(&x, in), SOTER_E_DER);
		CHECK(bytes_are(&x, sizeof(x), 0xa5));
		bytes_free(in);
	}
	check_row("every bit changed: refused whole, or spans inside");
	for (size_t bit = 0; bit < 8 * whole.n; bit++) {
		struct soter_span in = bytes_exact(whole);
		struct soter_cert x;

		((uint8_t *)(uintptr_t)in.p)[bit / 8] ^=
		    (uint8_t)(1u << bit % 8);
		memset(&x, 0xa5, sizeof(x));
		if (soter_cert_parse(&x, in) == SOTER_OK)
			check_inside(&x, in);
		else
			CHECK(bytes_are(&x, sizeof(x), 0xa5));
		bytes_free(in);
	}
	bytes_free(whole);
}

/* clang-format off */
static const struct {
	const char *file;
	size_t n_len, sig;
	const char *cn;
	bool attested;
} real[] = {
	{ "huawei_hwhma_2024/chain_c0.pem", 256, 256, "A Keymaster Key", true },
	{ "huawei_hwhma_2024/chain_c1.pem", 256, 256,
	    "HUAWEI_HWHMA_604a9644-ac64-423d-a718-dab935a1140e", false },
	{ "huawei_hwhma_2024/chain_c2.pem", 256, 512,
	    "Huawei CBG Mobile Equipment CA", false },
	{ "huawei_hwhma_2024/chain_c3.pem", 512, 512, "Huawei CBG Root CA", false },
};
/* clang-format on */

static void
test_real(void)
{
	static struct bytes file;

	for (size_t i = 0; i < SOTER_COUNT(real); i++) {
		uint8_t der[SOTER_CERT_MAX];
		struct soter_writer w = soter_writer(der, sizeof(der));
		struct soter_span label;
		struct soter_cert x;

		if (!bytes_real(&file, real[i].file)) {
			check_skip(real[i].file,
			    "SOTER_REAL_VECTORS is not set");
			continue;
		}
		check_row("%s", real[i].file);
		CHECK_RC(soter_pem_parse(&label, &w, bytes_span(&file)),
		    SOTER_OK);
		if (!CHECK_RC(soter_cert_parse(&x, soter_written(&w)),
			SOTER_OK))
			continue;
		CHECK(x.key.n_len == real[i].n_len && x.key.e == 65537);
		CHECK(x.sig.n == real[i].sig);
		CHECK(soter_span_equal(x.cn, soter_text(real[i].cn)));
		CHECK((x.attestation.n > 0) == real[i].attested);
		check_inside(&x, soter_written(&w));
	}
}

int
main(void)
{
	test_cases();
	test_spans();
	test_both_algorithms();
	test_damage();
	test_real();
	return (check_done());
}
