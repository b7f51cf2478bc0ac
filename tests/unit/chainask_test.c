/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/cert.h"
#include "wire/chainask.h"
#include "wire/pem.h"

/* clang-format off */
#define CERTS  "\"certs\":[\"a\",\"b\",\"c\",\"d\"]"
#define ID     "\"cpu_id\":\"PHONE-3b0e1228\""
#define D32    "12345678901234567890123456789012"
#define C128   D32 D32 D32 D32

static const struct {
	const char *what;
	const char *in;
	enum soter_rc want;
	const char *field;	/* at fault */
	const char *uid;	/* if good; NULL: no copies */
	uint64_t counter;
} cases[] = {
	{ "as the client uploads it",
	    "{" CERTS "," ID ",\"uid\":10316,\"counter\":38}", SOTER_OK, "", "10316", 38 },
	{ "as the TEE gives it",      "{" CERTS "}", SOTER_OK, "", NULL, 0 },
	{ "another order, blanks",
	    "{ \"counter\" : 38 , \"uid\":0,\"certs\" : [ \"a\" , \"b\",\"c\",\n\"d\" ] ," ID "}",
	    SOTER_OK, "", "0", 38 },
	{ "uid as a string",
	    "{" CERTS "," ID ",\"uid\":\"10316\",\"counter\":0}", SOTER_OK, "", "10316", 0 },
	{ "unknown scalar",
	    "{" CERTS ",\"signature\":\"\"}", SOTER_OK, "", NULL, 0 },
	/* number of certificates */
	{ "no certificate",    "{\"certs\":[]}",                SOTER_E_CHAIN_LENGTH, "certs", NULL, 0 },
	{ "three",             "{\"certs\":[\"a\",\"b\",\"c\"]}", SOTER_E_CHAIN_LENGTH, "certs", NULL, 0 },
	{ "five",
	    "{\"certs\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}",      SOTER_E_CHAIN_LENGTH, "certs", NULL, 0 },
	{ "a hundred",
	    "{\"certs\":[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"]}",
	    SOTER_E_CHAIN_LENGTH, "certs", NULL, 0 },
	{ "a comma and a bracket inside one",
	    "{\"certs\":[\"a\\\",\\\"b\",\"c],\",\"d\"]}",      SOTER_E_CHAIN_LENGTH, "certs", NULL, 0 },
	{ "no list",           "{" ID ",\"uid\":1,\"counter\":1}", SOTER_E_FIELD_MISSING, "certs", NULL, 0 },
	{ "list of lists",     "{\"certs\":[[\"a\",\"b\",\"c\",\"d\"]]}", SOTER_E_JSON_DEPTH, "certs", NULL, 0 },
	{ "a number in it",    "{\"certs\":[\"a\",\"b\",\"c\",4]}", SOTER_E_JSON_DEPTH, "certs", NULL, 0 },
	{ "a string for it",   "{\"certs\":\"abcd\"}",          SOTER_E_FIELD_TYPE, "certs", NULL, 0 },
	{ "list twice",        "{" CERTS "," CERTS "}",         SOTER_E_FIELD_DOUBLED, "certs", NULL, 0 },
	{ "comma at the end",  "{\"certs\":[\"a\",\"b\",\"c\",\"d\",]}", SOTER_E_JSON, "certs", NULL, 0 },
	{ "raw line feed",     "{\"certs\":[\"a\n\",\"b\",\"c\",\"d\"]}", SOTER_E_JSON_TEXT, "certs", NULL, 0 },
	/* all copies or none */
	{ "no cpu_id",         "{" CERTS ",\"uid\":1,\"counter\":1}", SOTER_E_FIELD_MISSING, "cpu_id", NULL, 0 },
	{ "no uid",            "{" CERTS "," ID ",\"counter\":1}", SOTER_E_FIELD_MISSING, "uid", NULL, 0 },
	{ "no counter",        "{" CERTS "," ID ",\"uid\":1}",  SOTER_E_FIELD_MISSING, "counter", NULL, 0 },
	{ "counter only",      "{" CERTS ",\"counter\":0}",     SOTER_E_FIELD_MISSING, "uid", NULL, 0 },
	/* the values of the SDK that did not find the text (#67) */
	{ "empty cpu_id",
	    "{" CERTS ",\"cpu_id\":\"\",\"uid\":1,\"counter\":1}", SOTER_E_FIELD_VALUE, "cpu_id", NULL, 0 },
	{ "uid -1",
	    "{" CERTS "," ID ",\"uid\":-1,\"counter\":1}",      SOTER_E_FIELD_VALUE, "uid", NULL, 0 },
	{ "counter -1",
	    "{" CERTS "," ID ",\"uid\":1,\"counter\":-1}",      SOTER_E_FIELD_VALUE, "counter", NULL, 0 },
	{ "uid with leading zero",
	    "{" CERTS "," ID ",\"uid\":\"01\",\"counter\":1}",  SOTER_E_FIELD_VALUE, "uid", NULL, 0 },
	{ "uid with exponent",
	    "{" CERTS "," ID ",\"uid\":1e1,\"counter\":1}",     SOTER_E_FIELD_TYPE, "uid", NULL, 0 },
	{ "counter as a string",
	    "{" CERTS "," ID ",\"uid\":1,\"counter\":\"1\"}",   SOTER_E_FIELD_TYPE, "counter", NULL, 0 },
	{ "counter 2^63",
	    "{" CERTS "," ID ",\"uid\":1,\"counter\":9223372036854775808}",
	    SOTER_E_JSON_NUMBER, "counter", NULL, 0 },
	{ "cpu_id of 129 characters",
	    "{" CERTS ",\"cpu_id\":\"" C128 "9\",\"uid\":1,\"counter\":1}",
	    SOTER_E_FIELD_VALUE, "cpu_id", NULL, 0 },
	/* another kind */
	{ "with a public key", "{" CERTS ",\"pub_key\":\"x\"}", SOTER_E_KIND, "pub_key", NULL, 0 },
	{ "with a challenge",  "{" CERTS ",\"raw\":\"x\"}",     SOTER_E_KIND, "raw", NULL, 0 },
	{ "with a finger",     "{" CERTS ",\"fid\":\"1\"}",     SOTER_E_KIND, "fid", NULL, 0 },
	{ "a second list",     "{" CERTS ",\"x\":[\"a\"]}",     SOTER_E_JSON_DEPTH, "x", NULL, 0 },
	{ "nothing",           "",                              SOTER_E_JSON, "", NULL, 0 },
	{ "something behind",  "{" CERTS "}x",                  SOTER_E_JSON_TRAILING, "", NULL, 0 },
};

/* A certificate of two bytes, 00 00. */
#define PEM_OF(label) "-----BEGIN " label "-----\\nAAA=\\n-----END " label "-----\\n"

static const struct {
	const char *what;
	const char *cert;	/* as it stands in the JSON */
	enum soter_rc want;
} certs[] = {
	{ "a certificate",         PEM_OF("CERTIFICATE"), SOTER_OK },
	{ "escapes that nobody needs",
	    "\\u002d----BEGIN CERTIFICATE-----\\nAAA\\u003d\\n-----END CERTIFICATE-----", SOTER_OK },
	{ "another label",         PEM_OF("PUBLIC KEY"), SOTER_E_PEM_LABEL },
	{ "an old label",          PEM_OF("X509 CERTIFICATE"), SOTER_E_PEM_LABEL },
	{ "line feeds escaped twice",
	    "-----BEGIN CERTIFICATE-----\\\\nAAA=\\\\n-----END CERTIFICATE-----", SOTER_E_PEM },
	{ "CR LF",
	    "-----BEGIN CERTIFICATE-----\\r\\nAAA=\\r\\n-----END CERTIFICATE-----", SOTER_E_PEM },
	{ "no line feeds",
	    "-----BEGIN CERTIFICATE-----AAA=-----END CERTIFICATE-----", SOTER_E_PEM },
	{ "two certificates in one", PEM_OF("CERTIFICATE") PEM_OF("CERTIFICATE"), SOTER_E_PEM },
	{ "unused bits",
	    "-----BEGIN CERTIFICATE-----\\nAAB=\\n-----END CERTIFICATE-----", SOTER_E_BASE64 },
	{ "empty",                 "", SOTER_E_PEM },
};
/* clang-format on */

static void
check_good(const struct soter_chain_ask *x, size_t row, struct soter_span in)
{
	for (size_t i = 0; i < SOTER_CHAIN_CERTS; i++) {
		CHECK(bytes_inside(x->cert[i], in));
		CHECK(soter_span_equal(x->cert[i], soter_span(&"abcd"[i], 1)));
	}
	CHECK(x->has_copies == (cases[row].uid != NULL));
	CHECK(strcmp(x->cpu_id, x->has_copies ? "PHONE-3b0e1228" : "") == 0);
	CHECK(strcmp(x->uid, x->has_copies ? cases[row].uid : "") == 0);
	CHECK(x->counter == cases[row].counter);
}

static void
test_cases(void)
{
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_span in = bytes_exact(soter_text(cases[i].in));
		struct soter_chain_ask x;
		struct soter_fault fault = { 0, "?" };

		check_row("%s", cases[i].what);
		memset(&x, 0xa5, sizeof(x));
		CHECK_RC(soter_chain_ask_parse(&x, in, NULL, &fault),
		    cases[i].want);
		CHECK(strcmp(fault.field, cases[i].field) == 0);
		if (cases[i].want == SOTER_OK)
			check_good(&x, i, in);
		else
			CHECK(bytes_are(&x, sizeof(x), 0xa5));
		memset(&x, 0xa5, sizeof(x));
		CHECK_RC(soter_chain_ask_parse(&x, in, NULL, NULL),
		    cases[i].want);
		bytes_free(in);
	}
	check_row("names the unknown field");
	{
		struct soter_unknown unknown = { 77, { { NULL, 0 } } };
		struct soter_chain_ask x;

		CHECK_RC(soter_chain_ask_parse(&x,
			     SOTER_SPAN("{" CERTS ",\"signature\":\"\"}"),
			     &unknown, NULL),
		    SOTER_OK);
		CHECK(unknown.n == 1 &&
		    soter_span_equal(unknown.name[0], SOTER_SPAN("signature")));
	}
}

static void
test_certs(void)
{
	for (size_t i = 0; i < SOTER_COUNT(certs); i++) {
		struct soter_span in = bytes_exact(soter_text(certs[i].cert));
		struct soter_chain_ask x = { .has_copies = false };
		uint8_t der[4] = { 1, 2, 3, 4 };
		struct soter_writer w = { der, 1, sizeof(der) };

		check_row("%s", certs[i].what);
		x.cert[3] = in;
		CHECK_RC(soter_chain_ask_cert(&w, &x, 3), certs[i].want);
		CHECK(w.len == (certs[i].want == SOTER_OK ? 3 : 1));
		if (certs[i].want == SOTER_OK)
			CHECK(memcmp(der, "\1\0\0\4", 4) == 0);
		bytes_free(in);
	}
}

static void
test_cert_limits(void)
{
	static char text[SOTER_CERT_PEM_MAX + 2];
	static uint8_t der[SOTER_CERT_MAX];
	struct soter_writer w = soter_writer(der, sizeof(der));
	struct soter_chain_ask x = { .has_copies = false };

	memset(text, 'A', sizeof(text));
	for (size_t i = 0; i < SOTER_CHAIN_CERTS; i++)
		x.cert[i] = soter_span(text, SOTER_CERT_PEM_MAX);
	check_row("PEM text of the longest length is looked at");
	CHECK_RC(soter_chain_ask_cert(&w, &x, 0), SOTER_E_PEM);
	check_row("one more is too much");
	x.cert[0].n++;
	CHECK_RC(soter_chain_ask_cert(&w, &x, 0), SOTER_E_LIMIT);
	check_row("there is no fifth certificate");
	CHECK_RC(soter_chain_ask_cert(&w, &x, SOTER_CHAIN_CERTS),
	    SOTER_E_ARGUMENT);
	CHECK(w.len == 0);
	check_row("no space for the certificate");
	x.cert[0] = soter_text(PEM_OF("CERTIFICATE"));
	w = soter_writer(der, 1);
	CHECK_RC(soter_chain_ask_cert(&w, &x, 0), SOTER_E_NOSPACE);
	CHECK(w.len == 0);
}

/* Write, read and take the certificates out again. */
static void
check_round_trip(const struct soter_chain_ask *x, size_t size)
{
	static uint8_t bytes[SOTER_CERT_MAX + 4], text[SOTER_SIGNED_MAX];
	struct soter_writer w = soter_writer(text, sizeof(text));
	struct soter_span der[SOTER_CHAIN_CERTS];
	struct soter_chain_ask back;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 29 + i / 256);
	for (size_t i = 0; i < SOTER_CHAIN_CERTS; i++)
		der[i] = soter_span(bytes + i, size);
	CHECK_RC(soter_chain_ask_write(&w, x, der), SOTER_OK);
	CHECK_RC(soter_chain_ask_parse(&back, soter_written(&w), NULL, NULL),
	    SOTER_OK);
	for (size_t i = 0; i < SOTER_CHAIN_CERTS; i++) {
		uint8_t out[SOTER_CERT_MAX];
		struct soter_writer o = soter_writer(out, sizeof(out));

		CHECK_RC(soter_chain_ask_cert(&o, &back, i), SOTER_OK);
		CHECK(soter_span_equal(soter_written(&o), der[i]));
	}
	CHECK(back.has_copies == x->has_copies);
	CHECK(strcmp(back.cpu_id, x->cpu_id) == 0);
	CHECK(strcmp(back.uid, x->uid) == 0 && back.counter == x->counter);
}

static void
test_write(void)
{
	/* clang-format off */
	static const char want[] =
	    ".{\"certs\":["
	    "\"" PEM_OF("CERTIFICATE") "\",\"" PEM_OF("CERTIFICATE") "\","
	    "\"" PEM_OF("CERTIFICATE") "\",\"" PEM_OF("CERTIFICATE") "\"],"
	    ID ",\"uid\":10316,\"counter\":38}";
	/* clang-format on */
	struct soter_chain_ask x = { .has_copies = true,
		.cpu_id = "PHONE-3b0e1228",
		.uid = "10316",
		.counter = 38 };
	struct soter_span two = soter_span("\0\0", 2),
			  der[SOTER_CHAIN_CERTS] = { two, two, two, two };
	static uint8_t text[SOTER_SIGNED_MAX];
	struct soter_writer w = { text, 1, sizeof(text) };

	check_row("written as a phone does, behind what was there");
	text[0] = '.';
	CHECK_RC(soter_chain_ask_write(&w, &x, der), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), soter_text(want)));
	check_row("no space, at every size");
	for (size_t cap = 0; cap < sizeof(want) - 2; cap++) {
		w = soter_writer(text, cap);
		CHECK_RC(soter_chain_ask_write(&w, &x, der), SOTER_E_NOSPACE);
		CHECK(w.len == 0);
	}
	check_row("round trip");
	check_round_trip(&x, 1000);
	x.counter = INT64_MAX;
	check_round_trip(&x, 1500);
	check_row("round trip of a uid that is no 64-bit number");
	strcpy(x.uid, D32);
	check_round_trip(&x, 1);
	check_row("round trip without copies");
	x = (struct soter_chain_ask){ .has_copies = false };
	check_round_trip(&x, 7);
	check_row("a certificate longer than its text may be");
	static uint8_t big[SOTER_CERT_MAX];
	der[2] = soter_span(big, sizeof(big));
	w = soter_writer(text, sizeof(text));
	CHECK_RC(soter_chain_ask_write(&w, &x, der), SOTER_E_LIMIT);
	CHECK(w.len == 0);
}

/* The upload of a real phone: every certificate is there and parses, and what
 * we write for it is the same text. */
static void
test_real(void)
{
	static struct bytes file;
	static uint8_t der[SOTER_CHAIN_CERTS][SOTER_CERT_MAX];
	static uint8_t text[SOTER_SIGNED_MAX];
	struct soter_span all[SOTER_CHAIN_CERTS];
	struct soter_writer w;
	struct soter_chain_ask x;

	if (!bytes_real(&file, "huawei_hwhma_2024/hw_ask_cert_json.txt")) {
		check_skip("upload of a Huawei phone",
		    "SOTER_REAL_VECTORS is not set");
		return;
	}
	check_row("upload of a Huawei phone");
	if (!CHECK_RC(soter_chain_ask_parse(&x, bytes_span(&file), NULL, NULL),
		SOTER_OK))
		return;
	CHECK(x.has_copies && x.counter == 38 && strcmp(x.uid, "10316") == 0);
	CHECK(
	    strcmp(x.cpu_id,
		"HUAWEI_HWHMA_604a9644-ac64-423d-a718-dab935a1140e-3b0e1228") ==
	    0);
	for (size_t i = 0; i < SOTER_CHAIN_CERTS; i++) {
		struct soter_cert cert;

		w = soter_writer(der[i], sizeof(der[i]));
		CHECK_RC(soter_chain_ask_cert(&w, &x, i), SOTER_OK);
		all[i] = soter_written(&w);
		CHECK_RC(soter_cert_parse(&cert, all[i]), SOTER_OK);
		CHECK((cert.attestation.n > 0) == (i == 0));
	}
	check_row("written as that phone wrote it");
	w = soter_writer(text, sizeof(text));
	CHECK_RC(soter_chain_ask_write(&w, &x, all), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), bytes_span(&file)));
}

int
main(void)
{
	test_cases();
	test_certs();
	test_cert_limits();
	test_write();
	test_real();
	return (check_done());
}
