/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/attest.h"
#include "wire/cert.h"
#include "wire/pem.h"

/* A KeyDescription is put together from these; a row replaces one of them. */
enum part {
	VERSION,
	LEVEL,
	KM_VERSION,
	KM_LEVEL,
	CHALLENGE,
	UNIQUE_ID,
	SOFTWARE,
	TEE,
	LAST,  /* behind the lists */
	AFTER, /* behind all */
	PARTS
};

/* clang-format off */
#define PURPOSE   "a1{31{02{00 ff010001}}}"
#define ALGORITHM "a2{020101}"
#define KEY_BITS  "a3{02020800}"
#define DIGEST    "a5{31{020104}}"
#define PADDING   "a6{31{020103}}"
#define EXPONENT  "bf8148{0203010001}"
#define ORIGIN    "bf853e{020100}"
#define OTHERS    "bf8541{02030186a0} bf8542{0203031517}"
#define KEY       ALGORITHM KEY_BITS DIGEST PADDING EXPONENT ORIGIN OTHERS

static const char *const good[PARTS] = {
	[VERSION]    = "020102",
	[LEVEL]      = "0a0101",
	[KM_VERSION] = "020103",
	[KM_LEVEL]   = "0a0101",
	[CHALLENGE]  = "04{'{text}'}",
	[UNIQUE_ID]  = "0400",
	[SOFTWARE]   = "30{bf8377{0500} bf853d{0206018ebc8d6510}}",
	[TEE]        = "30{" PURPOSE KEY "}",
	[LAST]       = "",
	[AFTER]      = "",
};

/* Tags that nobody knows; d is a hex digit. */
#define TEN(d) "bf2" d "00 bf3" d "00 bf4" d "00 bf5" d "00 bf6" d "00 " \
	"bf7" d "00 bf81" d "000 bf82" d "000 bf83" d "000 bf84" d "000 "
#define FIFTY TEN("0") TEN("1") TEN("2") TEN("3") TEN("4")

static const struct {
	const char *what;
	enum part part;
	const char *in;
	enum soter_rc want;
} refused[] = {
	{ "TEE list missing",             TEE, "", SOTER_E_DER },
	{ "software list missing",        SOFTWARE, "", SOTER_E_DER },
	{ "level as INTEGER",            LEVEL, "020101", SOTER_E_DER },
	{ "keymaster level as INTEGER",  KM_LEVEL, "020101", SOTER_E_DER },
	{ "version as ENUMERATED",       VERSION, "0a0102", SOTER_E_DER },
	{ "keymaster version missing",   KM_VERSION, "", SOTER_E_DER },
	{ "level negative",              LEVEL, "0a01ff", SOTER_E_DER },
	{ "level of two octets",         LEVEL, "0a020001", SOTER_E_DER },
	{ "level 2^32 + 1",              LEVEL, "0a050100000001", SOTER_E_DER },
	{ "challenge as UTF8String",     CHALLENGE, "0c{'{text}'}", SOTER_E_DER },
	{ "no challenge",                CHALLENGE, "", SOTER_E_DER },
	{ "two challenges",              CHALLENGE, "04{'{text}'}04{'{more}'}", SOTER_E_DER },
	{ "unique id missing",           UNIQUE_ID, "", SOTER_E_DER },
	{ "a third list",                LAST, "3000", SOTER_E_DER },
	{ "byte behind all",             AFTER, "00", SOTER_E_DER },
	{ "list is a SET",               TEE, "31{" PURPOSE KEY "}", SOTER_E_DER },
	/* a tag twice */
	{ "purpose twice",               TEE, "30{" PURPOSE PURPOSE KEY "}", SOTER_E_DER },
	{ "purpose at both ends",        TEE, "30{" PURPOSE KEY PURPOSE "}", SOTER_E_DER },
	{ "empty purpose, then one",     TEE, "30{a1{3100}" PURPOSE KEY "}", SOTER_E_DER },
	{ "origin twice",                TEE, "30{" ORIGIN ORIGIN "}", SOTER_E_DER },
	{ "an unknown tag twice",        TEE, "30{bf8378{0500}" KEY "bf8378{0500}}", SOTER_E_DER },
	{ "software: purpose twice",     SOFTWARE, "30{" PURPOSE PURPOSE "}", SOTER_E_DER },
	{ "as many tags as allowed, and one more", TEE,
	    "30{" FIFTY TEN("5") "bf2600 bf2700 bf2800 bf2900 bf2a00}", SOTER_E_LIMIT },
	/* forms */
	{ "purpose implicit",            TEE, "30{81{00 ff010001}}", SOTER_E_DER },
	{ "purpose universal 1",         TEE, "30{010100}", SOTER_E_DER },
	{ "purpose application class",   TEE, "30{61{31{020101}}}", SOTER_E_DER },
	{ "purpose private class",       TEE, "30{e1{31{020101}}}", SOTER_E_DER },
	{ "purpose without its set",     TEE, "30{a1{0205 00ff010001}}", SOTER_E_DER },
	{ "purpose a SEQUENCE",          TEE, "30{a1{30{02{00 ff010001}}}}", SOTER_E_DER },
	{ "purpose in two sets",         TEE, "30{a1{31{020102}31{02{00 ff010001}}}}", SOTER_E_DER },
	{ "purpose a negative number",   TEE, "30{a1{31{02{ff010001}}}}", SOTER_E_DER },
	{ "purpose with leading zeros",  TEE, "30{a1{31{02{0000 ff010001}}}}", SOTER_E_DER },
	{ "purpose 0x1FF010001",         TEE, "30{a1{31{02{01 ff010001}}}}", SOTER_E_DER },
	{ "purpose ENUMERATED",          TEE, "30{a1{31{0a0102}}}", SOTER_E_DER },
	{ "purpose empty",               TEE, "30{a100}", SOTER_E_DER },
	{ "nine purposes",               TEE, "30{a1{31{" "020101 020102 020103 "
	    "020104 020105 020106 020107 020108 020109}}}", SOTER_E_LIMIT },
	{ "tag 1 in high form",          TEE, "30{bf01{31{02{00 ff010001}}}}", SOTER_E_DER },
	{ "algorithm a set",             TEE, "30{a2{31{020101}}}", SOTER_E_DER },
	{ "two algorithms",              TEE, "30{a2{020101 020103}}", SOTER_E_DER },
	{ "algorithm empty",             TEE, "30{a200}", SOTER_E_DER },
	{ "key size negative",           TEE, "30{a3{0201ff}}", SOTER_E_DER },
	{ "key size 2^32 + 2048",        TEE, "30{a3{0205 0100000800}}", SOTER_E_DER },
	{ "exponent of 33 bits",         TEE, "30{bf8148{0205 0100010001}}", SOTER_E_DER },
	{ "tag 200 + 2^32 if it wraps",  TEE, "30{bf9080808148{0203010001}}", SOTER_E_DER },
	{ "broken behind a good part",   TEE, "30{" PURPOSE KEY "bf85}", SOTER_E_DER },
};
/* clang-format on */

static struct bytes input;

static struct soter_span
make(enum part replaced, const char *by)
{
	const char *p[PARTS];
	char text[4096];

	for (size_t i = 0; i < PARTS; i++)
		p[i] = i == replaced ? by : good[i];
	CHECK(snprintf(text, sizeof(text), "30{ %s%s%s%s%s%s%s%s%s } %s",
		  p[VERSION], p[LEVEL], p[KM_VERSION], p[KM_LEVEL],
		  p[CHALLENGE], p[UNIQUE_ID], p[SOFTWARE], p[TEE], p[LAST],
		  p[AFTER]) < (int)sizeof(text));
	input.n = 0;
	bytes_text(&input, text);
	return (bytes_exact(bytes_span(&input)));
}

static bool
is_set(const struct soter_attest_set *set, uint32_t value)
{
	return (set->n == 1 && set->value[0] == value);
}

/* What V18 wants to see in the TEE-enforced list. */
static void
check_key(const struct soter_attest_list *list)
{
	CHECK(is_set(&list->purpose, SOTER_ATTEST_PURPOSE_SOTER));
	CHECK(list->algorithm == SOTER_ATTEST_ALG_RSA);
	CHECK(list->key_bits == 2048);
	CHECK(is_set(&list->digest, SOTER_ATTEST_DIGEST_SHA256));
	CHECK(is_set(&list->padding, SOTER_ATTEST_PADDING_PSS));
	CHECK(list->exponent == 65537);
	CHECK(list->origin == SOTER_ATTEST_ORIGIN_MADE);
}

static void
check_absent(const struct soter_attest_list *list)
{
	CHECK(list->purpose.n == 0 && list->digest.n == 0);
	CHECK(list->padding.n == 0 && list->algorithm == -1);
	CHECK(list->key_bits == -1 && list->exponent == -1);
	CHECK(list->origin == -1);
}

static struct soter_attest
parse(enum part replaced, const char *by)
{
	struct soter_span in = make(replaced, by);
	struct soter_attest x;

	memset(&x, 0xa5, sizeof(x));
	CHECK_RC(soter_attest_parse(&x, in), SOTER_OK);
	CHECK(bytes_inside(x.challenge, in));
	CHECK(replaced == CHALLENGE ||
	    soter_span_equal(x.challenge, SOTER_SPAN("{text}")));
	x.challenge.p = NULL;
	bytes_free(in);
	return (x);
}

static void
test_good(void)
{
	struct soter_attest x;

	check_row("a SOTER key");
	x = parse(LEVEL, good[LEVEL]);
	check_key(&x.tee);
	check_absent(&x.software);
	CHECK(x.attestation_level == 1 && x.keymaster_level == 1);

	check_row("levels are not swapped");
	x = parse(LEVEL, "0a0100");
	CHECK(x.attestation_level == 0 && x.keymaster_level == 1);
	x = parse(KM_LEVEL, "0a0102");
	CHECK(x.attestation_level == 1 && x.keymaster_level == 2);

	check_row("lists are not swapped");
	x = parse(TEE, "3000");
	check_absent(&x.tee);
	check_absent(&x.software);
	x = parse(SOFTWARE, "30{" PURPOSE KEY "}");
	check_key(&x.tee);
	check_key(&x.software);

	check_row("order is free");
	x = parse(TEE,
	    "30{" OTHERS ORIGIN EXPONENT PADDING DIGEST KEY_BITS ALGORITHM
		PURPOSE "}");
	check_key(&x.tee);

	check_row("sets in their order, not sorted, not merged");
	x = parse(TEE, "30{a1{31{02{00 ff010001}020102 020102}}}");
	CHECK(x.tee.purpose.n == 3 && x.tee.purpose.value[0] == 0xff010001);
	CHECK(x.tee.purpose.value[1] == 2 && x.tee.purpose.value[2] == 2);

	check_row("an empty set, a full set");
	x = parse(TEE, "30{a1{3100}}");
	CHECK(x.tee.purpose.n == 0);
	x = parse(TEE,
	    "30{a1{31{020101 020102 020103 020104 020105 020106 020107"
	    "020108}}}");
	CHECK(x.tee.purpose.n == 8 && x.tee.purpose.value[7] == 8);

	check_row("unknown tags are not looked into");
	x = parse(TEE, "30{" PURPOSE "bf8378{ffff} bf8377{3000 3000}" KEY "}");
	check_key(&x.tee);

	check_row("as many tags as allowed");
	x = parse(TEE, "30{" FIFTY TEN("5") "bf2600 bf2700 bf2800 bf2900}");
	check_absent(&x.tee);

	check_row("empty challenge, some unique id");
	x = parse(CHALLENGE, "0400");
	CHECK(x.challenge.n == 0);
	x = parse(UNIQUE_ID, "04{11*16}");
	check_key(&x.tee);
}

static void
test_refused(void)
{
	for (size_t i = 0; i < SOTER_COUNT(refused); i++) {
		struct soter_attest x;
		struct soter_span in;

		check_row("%s", refused[i].what);
		in = make(refused[i].part, refused[i].in);
		memset(&x, 0xa5, sizeof(x));
		CHECK_RC(soter_attest_parse(&x, in), refused[i].want);
		CHECK(bytes_are(&x, sizeof(x), 0xa5));
		bytes_free(in);
	}
}

static void
test_cut(void)
{
	struct soter_span whole = make(VERSION, good[VERSION]);

	check_row("cut at every byte");
	for (size_t n = 0; n < whole.n; n++) {
		struct soter_span in = bytes_exact(soter_span(whole.p, n));
		struct soter_attest x;

		memset(&x, 0xa5, sizeof(x));
		CHECK_RC(soter_attest_parse(&x, in), SOTER_E_DER);
		CHECK(bytes_are(&x, sizeof(x), 0xa5));
		bytes_free(in);
	}
	bytes_free(whole);
}

/* The SOTER text in the challenge. */

/* clang-format off */
#define ID "\"cpu_id\":\"PHONE-3b0e1228\","
#define D32 "12345678901234567890123456789012"
#define C128 D32 D32 D32 D32

static const struct {
	const char *what;
	const char *in;
	enum soter_rc want;
	uint64_t counter;
	const char *uid;
	int32_t salt_len;
} texts[] = {
	{ "as a phone writes it",
	    "{" ID "\"counter\":38,\"uid\":\"10316\",\"rsa_pss_saltlen\":32}",
	    SOTER_OK, 38, "10316", 32 },
	{ "without salt length",     "{" ID "\"counter\":38,\"uid\":\"10316\"}",
	    SOTER_OK, 38, "10316", -1 },
	{ "another order, blanks",
	    " { \"rsa_pss_saltlen\" : 20 , \"uid\":\"0\",\"counter\":0,\"cpu_id\":\"PHONE-3b0e1228\"}\n",
	    SOTER_OK, 0, "0", 20 },
	{ "escapes",
	    "{\"cpu_id\":\"\\u0050HONE-3b0e1228\",\"counter\":1,\"uid\":\"1\"}",
	    SOTER_OK, 1, "1", -1 },
	{ "largest counter",
	    "{" ID "\"counter\":9223372036854775807,\"uid\":\"1\"}",
	    SOTER_OK, INT64_MAX, "1", -1 },
	{ "salt 0 is for the salt rule",
	    "{" ID "\"counter\":1,\"uid\":\"1\",\"rsa_pss_saltlen\":0}",
	    SOTER_OK, 1, "1", 0 },
	{ "unknown field",           "{" ID "\"counter\":1,\"uid\":\"1\",\"x\":true}",
	    SOTER_OK, 1, "1", -1 },
	{ "counter above 64 bits",
	    "{" ID "\"counter\":9223372036854775808,\"uid\":\"1\"}",
	    SOTER_E_JSON_NUMBER, 0, NULL, 0 },
	{ "counter negative",        "{" ID "\"counter\":-1,\"uid\":\"1\"}",
	    SOTER_E_FIELD_VALUE, 0, NULL, 0 },
	{ "counter a string",        "{" ID "\"counter\":\"1\",\"uid\":\"1\"}",
	    SOTER_E_FIELD_TYPE, 0, NULL, 0 },
	{ "counter with fraction",   "{" ID "\"counter\":1.0,\"uid\":\"1\"}",
	    SOTER_E_FIELD_TYPE, 0, NULL, 0 },
	{ "uid a number",            "{" ID "\"counter\":1,\"uid\":1}",
	    SOTER_E_FIELD_TYPE, 0, NULL, 0 },
	{ "uid with leading zero",   "{" ID "\"counter\":1,\"uid\":\"01\"}",
	    SOTER_E_FIELD_VALUE, 0, NULL, 0 },
	{ "uid empty",               "{" ID "\"counter\":1,\"uid\":\"\"}",
	    SOTER_E_FIELD_VALUE, 0, NULL, 0 },
	{ "uid -1",                  "{" ID "\"counter\":1,\"uid\":\"-1\"}",
	    SOTER_E_FIELD_VALUE, 0, NULL, 0 },
	{ "uid of 33 digits",        "{" ID "\"counter\":1,\"uid\":\"" D32 "3\"}",
	    SOTER_E_FIELD_VALUE, 0, NULL, 0 },
	{ "no cpu_id",               "{\"counter\":1,\"uid\":\"1\"}",
	    SOTER_E_FIELD_MISSING, 0, NULL, 0 },
	{ "no uid",                  "{" ID "\"counter\":1}",
	    SOTER_E_FIELD_MISSING, 0, NULL, 0 },
	{ "no counter",              "{" ID "\"uid\":\"1\"}",
	    SOTER_E_FIELD_MISSING, 0, NULL, 0 },
	{ "cpu_id of 129 characters",
	    "{\"cpu_id\":\"" C128 "9\",\"counter\":1,\"uid\":\"1\"}",
	    SOTER_E_FIELD_VALUE, 0, NULL, 0 },
	{ "salt length a string",
	    "{" ID "\"counter\":1,\"uid\":\"1\",\"rsa_pss_saltlen\":\"32\"}",
	    SOTER_E_FIELD_TYPE, 0, NULL, 0 },
	{ "salt length negative",
	    "{" ID "\"counter\":1,\"uid\":\"1\",\"rsa_pss_saltlen\":-1}",
	    SOTER_E_FIELD_VALUE, 0, NULL, 0 },
	{ "salt length 2^31",
	    "{" ID "\"counter\":1,\"uid\":\"1\",\"rsa_pss_saltlen\":2147483648}",
	    SOTER_E_FIELD_VALUE, 0, NULL, 0 },
	{ "uid twice",               "{" ID "\"counter\":1,\"uid\":\"1\",\"uid\":\"2\"}",
	    SOTER_E_FIELD_DOUBLED, 0, NULL, 0 },
	{ "a result as a challenge", "{" ID "\"counter\":1,\"uid\":\"1\",\"raw\":\"x\"}",
	    SOTER_E_KIND, 0, NULL, 0 },
	{ "with a finger",           "{" ID "\"counter\":1,\"uid\":\"1\",\"fid\":\"1\"}",
	    SOTER_E_KIND, 0, NULL, 0 },
	{ "a key as a challenge",    "{" ID "\"counter\":1,\"uid\":\"1\",\"pub_key\":\"x\"}",
	    SOTER_E_KIND, 0, NULL, 0 },
	{ "a chain as a challenge",  "{" ID "\"counter\":1,\"uid\":\"1\",\"certs\":[]}",
	    SOTER_E_KIND, 0, NULL, 0 },
	{ "two texts",               "{" ID "\"counter\":1,\"uid\":\"1\"}{}",
	    SOTER_E_JSON_TRAILING, 0, NULL, 0 },
	{ "nothing",                 "",
	    SOTER_E_JSON, 0, NULL, 0 },
	{ "a raw line feed",         "{\"cpu_id\":\"A\nB\",\"counter\":1,\"uid\":\"1\"}",
	    SOTER_E_JSON_TEXT, 0, NULL, 0 },
};
/* clang-format on */

static void
test_texts(void)
{
	for (size_t i = 0; i < SOTER_COUNT(texts); i++) {
		struct soter_span in = bytes_exact(soter_text(texts[i].in));
		struct soter_attest_text x;

		check_row("text: %s", texts[i].what);
		memset(&x, 0xa5, sizeof(x));
		CHECK_RC(soter_attest_text_parse(&x, in, NULL, NULL),
		    texts[i].want);
		if (texts[i].want == SOTER_OK) {
			CHECK(strcmp(x.cpu_id, "PHONE-3b0e1228") == 0);
			CHECK(strcmp(x.uid, texts[i].uid) == 0);
			CHECK(x.counter == texts[i].counter);
			CHECK(x.salt_len == texts[i].salt_len);
		} else {
			CHECK(bytes_are(&x, sizeof(x), 0xa5));
		}
		bytes_free(in);
	}
}

static void
test_text_reports(void)
{
	struct soter_attest_text x;
	struct soter_unknown unknown = { 77, { { NULL, 0 } } };
	struct soter_fault fault;

	check_row("text: names the unknown field");
	CHECK_RC(soter_attest_text_parse(&x,
		     SOTER_SPAN("{" ID "\"counter\":1,\"uid\":\"1\",\"x\":2}"),
		     &unknown, &fault),
	    SOTER_OK);
	CHECK(unknown.n == 1 &&
	    soter_span_equal(unknown.name[0], SOTER_SPAN("x")));
	check_row("text: names the field at fault");
	memset(&fault, 0xa5, sizeof(fault));
	CHECK_RC(soter_attest_text_parse(&x,
		     SOTER_SPAN("{" ID "\"counter\":1,\"uid\":\"x\"}"),
		     &unknown, &fault),
	    SOTER_E_FIELD_VALUE);
	CHECK(strcmp(fault.field, "uid") == 0);
}

static void
test_text_write(void)
{
	static const char want[] =
	    ".{\"cpu_id\":\"A\\/\\\"B\",\"counter\":9223372036854775807,"
	    "\"uid\":\"10316\",\"rsa_pss_saltlen\":32}";
	struct soter_attest_text x = { "A/\"B", "10316", INT64_MAX, 32 }, back;
	char buf[200] = ".";

	check_row("text: written, in order, behind what was there");
	struct soter_writer w = { (uint8_t *)buf, 1, sizeof(buf) };
	CHECK_RC(soter_attest_text_write(&w, &x), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), soter_text(want)));
	CHECK_RC(soter_attest_text_parse(&back, soter_span(buf + 1, w.len - 1),
		     NULL, NULL),
	    SOTER_OK);
	CHECK(strcmp(back.cpu_id, x.cpu_id) == 0 && back.salt_len == 32 &&
	    strcmp(back.uid, x.uid) == 0 && back.counter == x.counter);

	check_row("text: no salt length");
	x.salt_len = -1;
	w.len = 0;
	CHECK_RC(soter_attest_text_write(&w, &x), SOTER_OK);
	CHECK(w.len == sizeof(want) - 2 - strlen(",\"rsa_pss_saltlen\":32"));

	check_row("text: salt length 0 is not the same as none");
	x.salt_len = 0;
	w.len = 0;
	CHECK_RC(soter_attest_text_write(&w, &x), SOTER_OK);
	CHECK_RC(soter_attest_text_parse(&back, soter_written(&w), NULL, NULL),
	    SOTER_OK);
	CHECK(back.salt_len == 0);

	check_row("text: no space, at every size");
	for (size_t cap = 0; cap < sizeof(want) - 2; cap++) {
		x.salt_len = 32;
		w = soter_writer(buf, cap);
		CHECK_RC(soter_attest_text_write(&w, &x), SOTER_E_NOSPACE);
		CHECK(w.len == 0);
	}
}

/* The leaf of a real phone: one test from PEM to the numbers of V18. */
static void
test_real(void)
{
	static struct bytes file;
	uint8_t der[SOTER_CERT_MAX];
	struct soter_writer w = soter_writer(der, sizeof(der));
	struct soter_span label;
	struct soter_cert cert;
	struct soter_attest x;
	struct soter_attest_text text;

	if (!bytes_real(&file, "huawei_hwhma_2024/chain_c0.pem")) {
		check_skip("leaf of a Huawei phone",
		    "SOTER_REAL_VECTORS is not set");
		return;
	}
	check_row("leaf of a Huawei phone");
	if (!CHECK_RC(soter_pem_parse(&label, &w, bytes_span(&file)),
		SOTER_OK) ||
	    !CHECK_RC(soter_cert_parse(&cert, soter_written(&w)), SOTER_OK) ||
	    !CHECK_RC(soter_attest_parse(&x, cert.attestation), SOTER_OK) ||
	    !CHECK_RC(soter_attest_text_parse(&text, x.challenge, NULL, NULL),
		SOTER_OK))
		return;
	CHECK(x.attestation_level == SOTER_ATTEST_LEVEL_TEE);
	CHECK(x.keymaster_level == SOTER_ATTEST_LEVEL_TEE);
	check_key(&x.tee);
	check_absent(&x.software);
	CHECK(
	    strcmp(text.cpu_id,
		"HUAWEI_HWHMA_604a9644-ac64-423d-a718-dab935a1140e-3b0e1228") ==
	    0);
	CHECK(strcmp(text.uid, "10316") == 0);
	CHECK(text.counter == 38 && text.salt_len == 32);

	check_row("the text of a Huawei phone is written to the byte");
	static uint8_t out[512];
	w = soter_writer(out, sizeof(out));
	CHECK_RC(soter_attest_text_write(&w, &text), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), x.challenge));
}

int
main(void)
{
	test_good();
	test_refused();
	test_cut();
	test_texts();
	test_text_reports();
	test_text_write();
	test_real();
	return (check_done());
}
