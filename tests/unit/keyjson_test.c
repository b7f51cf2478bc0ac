/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/keyjson.h"

#define PATTERN 0xa5
#define IN(text)                                              \
	{                                                     \
		(const uint8_t *)"" text "", sizeof(text) - 1 \
	}

/* A key that was made for this test and thrown away, line by line. */
/* clang-format off */
#define B1 "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtVRqJLCIreZYRdQmpKyR"
#define B2 "ngfq2j+fi7SqrEaopNR5A+k"
#define B3 "DCNhnZ7WrQfrhWIvwxuTfN7Dd9sm14ivSkF5nLED"
#define B4 "PsQS1J5iv1h1WeMXjkJIDWbkM8"
#define B5 "QvV4CglOfZSNE"
#define B6 "YAPzN6ZmxMFYmGvKyMv1FU0"
#define B7 "Ss7UgAsJJeuif829ccZCvm+alGxnsW3STZ5Ocov6qRzSK"
#define B8 "sUV0I2au9EuJuV2nkJ"
#define B9 "ZDJjnjUz5F1nr13aaxpx6nLv00YCmdoLU6rM"
#define C1 "i+swjUYgvE4bmO7ypngByNI0WGa"
#define C2 "LpDNZZAhUnT28TRwKna4afwXklpqi5BHsSMqGGE9hmymcXuNlW7XEloWcQaieDSU"
#define C3 "7QIDAQAB"

#define BEGIN "-----BEGIN PUBLIC KEY-----"
#define END   "-----END PUBLIC KEY-----"

/* With this line end and this slash. */
#define LINES(lf, slash)                                                      \
	B1 lf B2 slash B3 lf B4 slash B5 slash B6 lf B7 slash B8 lf           \
	B9 slash C1 lf C2 lf C3
#define ONE_LINE B1 B2 "/" B3 B4 "/" B5 "/" B6 B7 "/" B8 B9 "/" C1 C2 C3

#define PEM_MTK    BEGIN "\\n" LINES("\\n", "\\/") "\\n" END
#define PEM_HUAWEI BEGIN "\n" ONE_LINE "\n" END

static const char modulus[] =
    "b5546a24b088ade65845d426a4ac919e07eada3f9f8bb4aaac46a8a4d479"
    "03e93f0c23619d9ed6ad07eb85622fc31b937cdec377db26d788af4a4179"
    "9cb1033ec412d49e62bf587559e3178e42480d66e433cfd0bd5e0282539f"
    "652344fd800fccde999b13056261af2b232fd455344aced4800b0925eba2"
    "7fcdbd71c642be6f9a946c67b16dd24d9e4e728bfaa91cd22bfb14574236"
    "6aef44b89b95da79096432639e3533e45d67af5dda6b1a71ea72efd34602"
    "99da0b53aaccfe2facc2351882f1386e63bbca99e0072348d1619a2e90cd"
    "6590215274f6f134702a76b869fc17925a6a8b9047b1232a18613d866ca6"
    "717b8d956ed7125a167106a2783494ed";

#define EC_PEM BEGIN "\\n"                                                    \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsg2rPI/XnQpkVomwmb7OtKDhZ9e7\\n"  \
	"nqrjuV4j2WvyNderCp5Tinbkw5UGZKqkdUe2rcNLvNHlkaZFrQTbWth0RQ==\\n" END

#define ID "0900000026030000241a1e8e9e44c3a8e05b9c0c"

/* The members, and texts of them. */
#define PUB(pem)  "\"pub_key\":\"" pem "\""
#define CPU	  "\"cpu_id\":\"" ID "\""
#define COUNT	  "\"counter\":228"
#define UID	  "\"uid\":\"10115\""
#define REST	  CPU "," COUNT "," UID
#define KEY(pem)  "{" PUB(pem) "," REST "}"
#define MTK	  KEY(PEM_MTK)
#define WITH(members) IN("{" PUB(PEM_MTK) "," members "}")

/* 120 bytes */
#define X120 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"  \
	"cdef0123456789abcdef0123456789abcdef0123456789abcdef01234567"

static const struct {
	const char *what;
	struct soter_span in;
	enum soter_rc want;
	const char *field;
} cases[] = {
	/* forms of the field; all stand for the same key and owner */
	{ "MTK and QSEE", IN(MTK), SOTER_OK, "" },
	{ "Huawei", IN(KEY(PEM_HUAWEI)), SOTER_OK, "" },
	{ "blanks, and a newline after the PEM",
	    IN("{ " PUB(PEM_MTK "\\n") ", " REST " }\n"), SOTER_OK, "" },
	{ "slashes not escaped",
	    IN(KEY(BEGIN "\\n" LINES("\\n", "/") "\\n" END)), SOTER_OK, "" },
	{ "64 a line, raw line feeds",
	    IN(KEY(BEGIN "\n" LINES("\n", "\\/") "\n" END)), SOTER_OK, "" },
	{ "line feeds as \\u000a",
	    IN(KEY(BEGIN "\\u000a" ONE_LINE "\\u000A" END)), SOTER_OK, "" },
	{ "another order",
	    IN("{" UID "," COUNT "," CPU "," PUB(PEM_MTK) "}"), SOTER_OK, "" },
	{ "uid as a number",
	    WITH(CPU "," COUNT ",\"uid\":10115"), SOTER_OK, "" },
	{ "an unknown field", WITH("\"bf_t\":1," REST), SOTER_OK, "" },

	/* the text */
	{ "nothing", IN(""), SOTER_E_JSON, "" },
	{ "byte-order mark", IN("\xef\xbb\xbf" MTK), SOTER_E_JSON, "" },
	{ "the PEM alone", IN(BEGIN "\n" ONE_LINE "\n" END), SOTER_E_JSON, "" },
	{ "a NUL behind", IN(MTK "\0"), SOTER_E_JSON_TRAILING, "" },
	{ "a second object", IN(MTK "\n" MTK), SOTER_E_JSON_TRAILING, "" },
	{ "a raw line feed in cpu_id",
	    WITH("\"cpu_id\":\"\n\"," COUNT "," UID), SOTER_E_JSON_TEXT, "cpu_id" },
	{ "raw CR LF in pub_key",
	    IN(KEY(BEGIN "\r\n" ONE_LINE "\r\n" END)), SOTER_E_JSON_TEXT, "pub_key" },
	{ "a NUL in cpu_id",
	    WITH("\"cpu_id\":\"a\\u0000b\"," COUNT "," UID),
	    SOTER_E_JSON_TEXT, "cpu_id" },
	{ "two counters", WITH("\"counter\":229," REST), SOTER_E_FIELD_DOUBLED, "counter" },
	{ "two keys", WITH(REST "," PUB("")), SOTER_E_FIELD_DOUBLED, "pub_key" },
	{ "two owners", WITH(REST ",\"uid\":\"1000\""), SOTER_E_FIELD_DOUBLED, "uid" },

	/* fields */
	{ "no pub_key", IN("{" REST "}"), SOTER_E_FIELD_MISSING, "pub_key" },
	{ "no cpu_id", WITH(COUNT "," UID), SOTER_E_FIELD_MISSING, "cpu_id" },
	{ "no counter", WITH(CPU "," UID), SOTER_E_FIELD_MISSING, "counter" },
	{ "no uid", WITH(CPU "," COUNT), SOTER_E_FIELD_MISSING, "uid" },
	{ "pub_key is null", IN("{\"pub_key\":null," REST "}"),
	    SOTER_E_FIELD_TYPE, "pub_key" },
	{ "pub_key is a list", IN("{\"pub_key\":[\"" PEM_MTK "\"]," REST "}"),
	    SOTER_E_FIELD_TYPE, "pub_key" },
	{ "cpu_id is a number", WITH("\"cpu_id\":9," COUNT "," UID),
	    SOTER_E_FIELD_TYPE, "cpu_id" },
	{ "cpu_id is empty", WITH("\"cpu_id\":\"\"," COUNT "," UID),
	    SOTER_E_FIELD_VALUE, "cpu_id" },
	{ "cpu_id of 129 bytes", WITH("\"cpu_id\":\"" X120 "012345678\"," COUNT "," UID),
	    SOTER_E_FIELD_VALUE, "cpu_id" },
	{ "counter below 0", WITH(CPU ",\"counter\":-1," UID),
	    SOTER_E_FIELD_VALUE, "counter" },
	{ "counter of 2^63", WITH(CPU ",\"counter\":9223372036854775808," UID),
	    SOTER_E_JSON_NUMBER, "counter" },
	{ "counter as a text", WITH(CPU ",\"counter\":\"228\"," UID),
	    SOTER_E_FIELD_TYPE, "counter" },
	{ "counter with a fraction", WITH(CPU ",\"counter\":228.0," UID),
	    SOTER_E_FIELD_TYPE, "counter" },
	{ "uid below 0", WITH(CPU "," COUNT ",\"uid\":-1"), SOTER_E_FIELD_VALUE, "uid" },
	{ "uid is a name", WITH(CPU "," COUNT ",\"uid\":\"root\""),
	    SOTER_E_FIELD_VALUE, "uid" },
	{ "uid of 33 digits", WITH(CPU "," COUNT ",\"uid\":\"123456789012345678901234567890123\""),
	    SOTER_E_FIELD_VALUE, "uid" },
	{ "salt length as a text", WITH(REST ",\"rsa_pss_saltlen\":\"32\""),
	    SOTER_E_FIELD_TYPE, "rsa_pss_saltlen" },
	{ "salt length is null", WITH(REST ",\"rsa_pss_saltlen\":null"),
	    SOTER_E_FIELD_TYPE, "rsa_pss_saltlen" },
	{ "salt length below 0", WITH(REST ",\"rsa_pss_saltlen\":-1"),
	    SOTER_E_FIELD_VALUE, "rsa_pss_saltlen" },
	{ "salt length 20, if cut to 32 bits", WITH(REST ",\"rsa_pss_saltlen\":4294967316"),
	    SOTER_E_FIELD_VALUE, "rsa_pss_saltlen" },
	{ "an unknown list", WITH(REST ",\"x\":[\"" PEM_MTK "\"]"), SOTER_E_JSON_DEPTH, "x" },
	{ "an object", WITH(REST ",\"x\":{}"), SOTER_E_JSON_DEPTH, "x" },

	/* another kind */
	{ "with a challenge", WITH(REST ",\"raw\":\"x\""), SOTER_E_KIND, "raw" },
	{ "with a finger", WITH(REST ",\"fid\":\"1\""), SOTER_E_KIND, "fid" },
	{ "with certificates", WITH(REST ",\"certs\":[\"x\"]"), SOTER_E_KIND, "certs" },
	{ "a result", IN("{\"raw\":\"x\"," REST "}"), SOTER_E_KIND, "raw" },

	/* the key */
	{ "empty", IN(KEY("")), SOTER_E_PEM, "pub_key" },
	{ "CR LF by escape", IN(KEY(BEGIN "\\r\\n" ONE_LINE "\\r\\n" END)),
	    SOTER_E_PEM, "pub_key" },
	{ "Base64 without PEM", IN(KEY(ONE_LINE)), SOTER_E_PEM, "pub_key" },
	{ "two blocks", IN(KEY(PEM_MTK "\\n" PEM_MTK)), SOTER_E_PEM, "pub_key" },
	{ "a certificate's label", IN(KEY("-----BEGIN CERTIFICATE-----\\n" ONE_LINE
	    "\\n-----END CERTIFICATE-----")), SOTER_E_PEM_LABEL, "pub_key" },
	{ "broken Base64", IN(KEY(BEGIN "\\nMIIB*jAN\\n" END)), SOTER_E_BASE64, "pub_key" },
	{ "broken DER", IN(KEY(BEGIN "\\nMIIBIjAN\\n" END)), SOTER_E_DER, "pub_key" },
	{ "an elliptic curve", IN(KEY(EC_PEM)), SOTER_E_KEY_ALGORITHM, "pub_key" },
	{ "PEM above 1024 bytes", IN(KEY(BEGIN "\\n" ONE_LINE ONE_LINE ONE_LINE "\\n" END)),
	    SOTER_E_LIMIT, "pub_key" },
};

static const char largest[] = "{" PUB(PEM_MTK) ","
    "\"cpu_id\":\"" X120 "01234567\",\"counter\":9223372036854775807,"
    "\"uid\":\"12345678901234567890123456789012\","
    "\"rsa_pss_saltlen\":2147483647,\"bf_t\":\"1\"}";
static const char huawei_32[] =
    "{" PUB(PEM_HUAWEI) "," REST ",\"rsa_pss_saltlen\":32}";
static const char mtk_32[] =
    "{" PUB(PEM_MTK) "," REST ",\"rsa_pss_saltlen\":32}";
/* clang-format on */

static void
check_modulus(const struct soter_key *key)
{
	CHECK(key->alg == SOTER_ALG_RSA && key->e == 65537);
	CHECK(key->n_len == (sizeof(modulus) - 1) / 2);
	for (size_t i = 0; i < key->n_len; i++) {
		const char two[] = { modulus[2 * i], modulus[2 * i + 1], '\0' };

		CHECK(key->n[i] == strtoul(two, NULL, 16));
	}
}

static void
test_cases(void)
{
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_span in = bytes_exact(cases[i].in);
		struct soter_fault fault;
		struct soter_key_json x;

		memset(&x, PATTERN, sizeof(x));
		check_row("%s", cases[i].what);
		CHECK_RC(soter_key_json_parse(&x, in, NULL, &fault),
		    cases[i].want);
		CHECK(strcmp(fault.field, cases[i].field) == 0);
		if (cases[i].want == SOTER_OK) {
			check_modulus(&x.key);
			CHECK(strcmp(x.cpu_id, ID) == 0);
			CHECK(strcmp(x.uid, "10115") == 0);
			CHECK(x.counter == 228 && x.salt_len == -1);
		} else {
			CHECK(bytes_are(&x, sizeof(x), PATTERN));
		}
		CHECK_RC(soter_key_json_parse(&x, in, NULL, NULL),
		    cases[i].want);
		bytes_free(in);
	}
}

static void
test_values(void)
{
	struct soter_unknown unknown;
	struct soter_key_json x;

	check_row("the largest values");
	CHECK_RC(soter_key_json_parse(&x, soter_text(largest), &unknown, NULL),
	    SOTER_OK);
	CHECK(strcmp(x.cpu_id, X120 "01234567") == 0);
	CHECK(strcmp(x.uid, "12345678901234567890123456789012") == 0);
	CHECK(x.counter == INT64_MAX && x.salt_len == INT32_MAX);
	CHECK(unknown.n == 1 &&
	    soter_span_equal(unknown.name[0], SOTER_SPAN("bf_t")));
}

/* One field is long and what follows it short: a failure must not get lost. */
static void
test_no_space(void)
{
	/* clang-format off */
	static const struct {
		const char *what, *cpu_id, *uid;
		uint64_t counter;
		int32_t salt_len;
	} rows[] = {
		{ "all",        ID,   "10115", 228, 32 },
		{ "pub_key",    "x",  "1", 1, -1 },
		{ "cpu_id",     X120, "1", 1, -1 },
		{ "counter",    "x",  "1", UINT64_MAX, -1 },
		{ "uid",        "x",  "12345678901234567890123456789012", 1, -1 },
		{ "salt of 0",  "x",  "1", 1, 0 },
	};
	/* clang-format on */
	struct soter_key_json x;
	struct bytes room;

	CHECK_RC(soter_key_json_parse(&x, SOTER_SPAN(MTK), NULL, NULL),
	    SOTER_OK);
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_writer w = soter_writer(room.p, sizeof(room.p));
		size_t n;

		check_row("no space at every size, long: %s", rows[i].what);
		strcpy(x.cpu_id, rows[i].cpu_id);
		strcpy(x.uid, rows[i].uid);
		x.counter = rows[i].counter;
		x.salt_len = rows[i].salt_len;
		CHECK_RC(soter_key_json_write(&w, &x), SOTER_OK);
		n = w.len;
		room.p[n] = '\0';
		CHECK((strstr((char *)room.p, "_saltlen\":") != NULL) ==
		    (rows[i].salt_len >= 0));
		for (size_t cap = 3; cap < n + 3; cap++) {
			struct soter_span exact =
			    bytes_exact(soter_span(room.p, cap));

			w = (struct soter_writer){ (void *)(uintptr_t)exact.p,
				3, cap };
			CHECK_RC(soter_key_json_write(&w, &x), SOTER_E_NOSPACE);
			CHECK(w.len == 3);
			bytes_free(exact);
		}
	}
}

/* What is written is what MTK phones write, and is read back. */
static void
test_write(void)
{
	struct soter_key_json x, back;
	struct bytes room = { 0 };
	struct soter_writer w = { room.p, 1, sizeof(room.p) };

	check_row("MTK in, the same bytes out, behind what was there");
	CHECK_RC(soter_key_json_parse(&x, SOTER_SPAN(MTK), NULL, NULL),
	    SOTER_OK);
	CHECK_RC(soter_key_json_write(&w, &x), SOTER_OK);
	CHECK(room.p[0] == 0);
	CHECK(soter_span_equal(soter_span(room.p + 1, w.len - 1),
	    SOTER_SPAN(MTK)));

	check_row("Huawei in, MTK out, with the salt length");
	CHECK_RC(soter_key_json_parse(&x, soter_text(huawei_32), NULL, NULL),
	    SOTER_OK);
	CHECK(x.salt_len == 32);
	w = soter_writer(room.p, sizeof(room.p));
	CHECK_RC(soter_key_json_write(&w, &x), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), soter_text(mtk_32)));
	memset(&back, 0, sizeof(back));
	CHECK_RC(soter_key_json_parse(&back, soter_written(&w), NULL, NULL),
	    SOTER_OK);
	CHECK(memcmp(&back.key, &x.key, sizeof(x.key)) == 0);
	CHECK(back.salt_len == 32 && back.counter == x.counter);

	check_row("a key that is none");
	x.key.alg = SOTER_ALG_NONE;
	w = soter_writer(room.p, sizeof(room.p));
	CHECK_RC(soter_key_json_write(&w, &x), SOTER_E_KEY_ALGORITHM);
	CHECK(w.len == 0);
}

/* Texts that real phones signed. */
static void
test_real(void)
{
	static const struct {
		const char *file, *uid;
		uint64_t counter;
		int32_t salt_len;
		bool is_mtk; /* the form that we write */
	} rows[] = {
		{ "mtk_tbase_2017/ask_json.txt", "10115", 228, -1, true },
		{ "mtk_tbase_2017/auth_key_json.txt", "10115", 240, -1, true },
		{ "issue98_qsee_ask/ask_json.txt", "10271", 149, -1, true },
		{ "huawei_hwhma_2024/hw_auth_key_json.txt", "10316", 47, 32,
		    false },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_key_json x;
		struct bytes in, room;
		struct soter_writer w = soter_writer(room.p, sizeof(room.p));

		if (!bytes_real(&in, rows[i].file)) {
			check_skip(rows[i].file, "SOTER_REAL_VECTORS");
			continue;
		}
		check_row("%s", rows[i].file);
		CHECK_RC(soter_key_json_parse(&x, bytes_span(&in), NULL, NULL),
		    SOTER_OK);
		CHECK(strcmp(x.uid, rows[i].uid) == 0);
		CHECK(x.counter == rows[i].counter);
		CHECK(x.salt_len == rows[i].salt_len);
		CHECK(x.key.n_len == SOTER_RSA_LEN && x.key.e == 65537);
		CHECK_RC(soter_key_json_write(&w, &x), SOTER_OK);
		CHECK(soter_span_equal(soter_written(&w), bytes_span(&in)) ==
		    rows[i].is_mtk);
	}
}

int
main(void)
{
	test_cases();
	test_values();
	test_write();
	test_no_space();
	test_real();
	return (check_done());
}
