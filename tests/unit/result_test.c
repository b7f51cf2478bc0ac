/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/result.h"

#define PATTERN 0xa5
#define IN(text)                                              \
	{                                                     \
		(const uint8_t *)"" text "", sizeof(text) - 1 \
	}

/* clang-format off */
#define RAW	"\"raw\":\"I'm a challenge\""
#define FID	"\"fid\":\"2313170\""
#define COUNT	"\"counter\":246"
#define TEE	"\"tee_n\":\"t-base\",\"tee_v\":\"10010\""
#define FP	"\"fp_n\":\"FPC\",\"fp_v\":\"6516\""
#define FC	"\"fc_n\":\"hwbioalgo\",\"fc_v\":\"bioalgo_1.0\""
#define SALT	"\"rsa_pss_saltlen\":32"
#define CPU	"\"cpu_id\":\"0900000026030000241a1e8e\""
#define UID	"\"uid\":\"10115\""
#define MTK	"{" RAW "," FID "," COUNT "," TEE "," FP "," CPU "," UID "}"
#define HUAWEI	"{\"bo_t\":\"1\"," RAW "," FID "," COUNT "," TEE "," FP ","     \
	SALT "," CPU "," UID "," FC "}"

#define IOS_UID	 "0123456789abcdef0123456789abcdef"
#define IOS_CPU	 "01234567-89AB-CDEF-0123-456789ABCDEF"
#define IOS(cpu, uid)                                                         \
	"{" RAW "," COUNT ",\"uid\":\"" uid "\",\"cpu_id\":\"" cpu "\"}"

/* All but one member of the MTK form, and another instead. */
#define NO_RAW(m)   IN("{" FID "," COUNT "," TEE "," FP "," CPU "," UID m "}")
#define NO_FID(m)   IN("{" RAW "," COUNT "," TEE "," FP "," CPU "," UID m "}")
#define NO_COUNT(m) IN("{" RAW "," FID "," TEE "," FP "," CPU "," UID m "}")
#define NO_TEE(m)   IN("{" RAW "," FID "," COUNT "," FP "," CPU "," UID m "}")
#define NO_FP(m)    IN("{" RAW "," FID "," COUNT "," TEE "," CPU "," UID m "}")
#define NO_CPU(m)   IN("{" RAW "," FID "," COUNT "," TEE "," FP "," UID m "}")
#define NO_UID(m)   IN("{" RAW "," FID "," COUNT "," TEE "," FP "," CPU m "}")
#define ALL(m)      IN("{" RAW "," FID "," COUNT "," TEE "," FP "," CPU "," UID m "}")

#define X128 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *what;
	struct soter_span in;
	enum soter_rc want;
	const char *field;
} cases[] = {
	{ "MTK and QSEE",            IN(MTK),                SOTER_OK, "" },
	{ "Huawei",                  IN(HUAWEI),             SOTER_OK, "" },
	{ "face instead of finger",  NO_FP("," FC),          SOTER_OK, "" },
	{ "an unknown field",        ALL(",\"bf_t\":1"),     SOTER_OK, "" },
	{ "blanks and line ends",    IN("{ " RAW ", " FID ",\n" COUNT ", " TEE ", "
	    FP ", " CPU ", " UID " }\r\n"),                  SOTER_OK, "" },
	{ "finger 0",                NO_FID(",\"fid\":\"0\""), SOTER_OK, "" },
	{ "finger of 20 digits",     NO_FID(",\"fid\":\"18446744073709551615\""), SOTER_OK, "" },
	{ "uid 2^32 - 1",            NO_UID(",\"uid\":\"4294967295\""), SOTER_OK, "" },
	{ "uid 0",                   NO_UID(",\"uid\":\"0\""), SOTER_OK, "" },

	/* the text */
	{ "a NUL behind",            IN(MTK "\0"),           SOTER_E_JSON_TRAILING, "" },
	{ "a second result",         IN(MTK MTK),            SOTER_E_JSON_TRAILING, "" },
	{ "byte-order mark",         IN("\xef\xbb\xbf" MTK), SOTER_E_JSON, "" },
	{ "a raw line feed in raw",  NO_RAW(",\"raw\":\"a\nb\""), SOTER_E_JSON_TEXT, "raw" },
	{ "two challenges",          ALL(",\"raw\":\"x\""),  SOTER_E_FIELD_DOUBLED, "raw" },
	{ "two fingers",             ALL("," FID),           SOTER_E_FIELD_DOUBLED, "fid" },
	{ "two counters",            ALL(",\"counter\":247"), SOTER_E_FIELD_DOUBLED, "counter" },
	{ "two fingers, one escaped", ALL(",\"f\\u0069d\":\"1\""), SOTER_E_JSON, "f\\u0069d" },
	{ "a finger out of the challenge",
	    NO_RAW(",\"raw\":\"x\",\"fid\":\"1\""),          SOTER_E_FIELD_DOUBLED, "fid" },

	/* fields alone */
	{ "no challenge",            NO_RAW(""),             SOTER_E_FIELD_MISSING, "raw" },
	{ "an empty challenge",      NO_RAW(",\"raw\":\"\""), SOTER_E_FIELD_VALUE, "raw" },
	{ "challenge is a number",   NO_RAW(",\"raw\":1"),   SOTER_E_FIELD_TYPE, "raw" },
	{ "challenge is null",       NO_RAW(",\"raw\":null"), SOTER_E_FIELD_TYPE, "raw" },
	{ "no counter",              NO_COUNT(""),           SOTER_E_FIELD_MISSING, "counter" },
	{ "counter below 0",         NO_COUNT(",\"counter\":-1"), SOTER_E_FIELD_VALUE, "counter" },
	{ "counter as a text",       NO_COUNT(",\"counter\":\"246\""), SOTER_E_FIELD_TYPE, "counter" },
	{ "counter of 2^63",         NO_COUNT(",\"counter\":9223372036854775808"),
	    SOTER_E_JSON_NUMBER, "counter" },
	{ "no cpu_id",               NO_CPU(""),             SOTER_E_FIELD_MISSING, "cpu_id" },
	{ "cpu_id is empty",         NO_CPU(",\"cpu_id\":\"\""), SOTER_E_FIELD_VALUE, "cpu_id" },
	{ "cpu_id of 129 bytes",     NO_CPU(",\"cpu_id\":\"" X128 "0\""), SOTER_E_FIELD_VALUE, "cpu_id" },
	{ "no uid",                  NO_UID(""),             SOTER_E_FIELD_MISSING, "uid" },
	{ "uid as a number",         NO_UID(",\"uid\":10115"), SOTER_E_FIELD_TYPE, "uid" },
	{ "uid of 33 characters",    NO_UID(",\"uid\":\"" IOS_UID "0\""), SOTER_E_FIELD_VALUE, "uid" },
	{ "finger as a number",      NO_FID(",\"fid\":2313170"), SOTER_E_FIELD_TYPE, "fid" },
	{ "finger is empty",         NO_FID(",\"fid\":\"\""), SOTER_E_FIELD_VALUE, "fid" },
	{ "finger below 0",          NO_FID(",\"fid\":\"-1\""), SOTER_E_FIELD_VALUE, "fid" },
	{ "finger with a zero in front", NO_FID(",\"fid\":\"01\""), SOTER_E_FIELD_VALUE, "fid" },
	{ "finger with an escape",   NO_FID(",\"fid\":\"\\u0031\""), SOTER_E_FIELD_VALUE, "fid" },
	{ "finger of 21 digits",     NO_FID(",\"fid\":\"184467440737095516150\""),
	    SOTER_E_FIELD_VALUE, "fid" },
	{ "TEE name of 129 bytes",   NO_TEE(",\"tee_n\":\"" X128 "0\",\"tee_v\":\"1\""),
	    SOTER_E_FIELD_VALUE, "tee_n" },
	{ "TEE version as a number", NO_TEE(",\"tee_n\":\"t\",\"tee_v\":10010"),
	    SOTER_E_FIELD_TYPE, "tee_v" },
	{ "TEE name empty",          NO_TEE(",\"tee_n\":\"\",\"tee_v\":\"1\""),
	    SOTER_E_FIELD_VALUE, "tee_n" },
	{ "salt length as a text",   ALL(",\"rsa_pss_saltlen\":\"32\""),
	    SOTER_E_FIELD_TYPE, "rsa_pss_saltlen" },
	{ "salt length below 0",     ALL(",\"rsa_pss_saltlen\":-1"),
	    SOTER_E_FIELD_VALUE, "rsa_pss_saltlen" },
	{ "an unknown list",         ALL(",\"x\":[]"),       SOTER_E_JSON_DEPTH, "x" },

	/* another kind */
	{ "with a key",              ALL(",\"pub_key\":\"x\""), SOTER_E_KIND, "pub_key" },
	{ "with certificates",       ALL(",\"certs\":[]"),   SOTER_E_KIND, "certs" },

	/* fields that depend on each other */
	{ "no finger",               NO_FID(""),             SOTER_E_FIELD_MISSING, "fid" },
	{ "no TEE",                  NO_TEE(""),             SOTER_E_FIELD_MISSING, "tee_n" },
	{ "no TEE name",             NO_TEE(",\"tee_v\":\"1\""), SOTER_E_FIELD_MISSING, "tee_n" },
	{ "no TEE version",          NO_TEE(",\"tee_n\":\"t\""), SOTER_E_FIELD_MISSING, "tee_v" },
	{ "no sensor at all",        NO_FP(""),              SOTER_E_FIELD_MISSING, "fp_n" },
	{ "no sensor name",          NO_FP(",\"fp_v\":\"1\""), SOTER_E_FIELD_MISSING, "fp_n" },
	{ "no sensor version",       NO_FP(",\"fp_n\":\"F\""), SOTER_E_FIELD_MISSING, "fp_v" },
	{ "half a sensor beside a face", NO_FP(",\"fp_n\":\"F\"," FC), SOTER_E_FIELD_MISSING, "fp_v" },
	{ "no face name",            ALL(",\"fc_v\":\"1\""), SOTER_E_FIELD_MISSING, "fc_n" },
	{ "no face version",         ALL(",\"fc_n\":\"F\""), SOTER_E_FIELD_MISSING, "fc_v" },
	{ "uid 2^32",                NO_UID(",\"uid\":\"4294967296\""), SOTER_E_FIELD_VALUE, "uid" },
	{ "uid with a zero in front", NO_UID(",\"uid\":\"010115\""), SOTER_E_FIELD_VALUE, "uid" },
	{ "uid is a name",           NO_UID(",\"uid\":\"root\""), SOTER_E_FIELD_VALUE, "uid" },
	{ "an Apple uid on Android", NO_UID(",\"uid\":\"" IOS_UID "\""), SOTER_E_FIELD_VALUE, "uid" },
};

/*
 * b.7: "Fields only raw, counter, uid (32 lower-case hex), cpu_id (UUID,
 * upper-case)".  What is not exactly that must say which finger was used.
 */
static const struct {
	const char *what;
	struct soter_span in;
	bool is_ios;
} ios[] = {
	{ "iOS",                     IN(IOS(IOS_CPU, IOS_UID)), true },
	{ "iOS with a salt length",  IN("{" RAW "," COUNT "," SALT ",\"uid\":\"" IOS_UID
	    "\",\"cpu_id\":\"" IOS_CPU "\"}"), true },
	{ "iOS with an unknown field", IN("{" RAW "," COUNT ",\"x\":1,\"uid\":\"" IOS_UID
	    "\",\"cpu_id\":\"" IOS_CPU "\"}"), true },
	{ "Android, finger and sensors cut out", IN("{" RAW "," COUNT "," CPU "," UID "}"), false },
	{ "uid in upper case",       IN(IOS(IOS_CPU, "0123456789ABCDEF0123456789ABCDEF")), false },
	{ "uid of 31",               IN(IOS(IOS_CPU, "123456789abcdef0123456789abcdef")), false },
	{ "uid with a g",            IN(IOS(IOS_CPU, "g123456789abcdef0123456789abcdef")), false },
	{ "cpu_id in lower case",    IN(IOS("01234567-89ab-cdef-0123-456789abcdef", IOS_UID)), false },
	{ "cpu_id without dashes",   IN(IOS("0123456789ABCDEF0123456789ABCDEF", IOS_UID)), false },
	{ "cpu_id, a dash too early", IN(IOS("0123456-789AB-CDEF-0123-456789ABCDEF", IOS_UID)), false },
	{ "cpu_id, other dashes",    IN(IOS("01234567_89AB_CDEF_0123_456789ABCDEF", IOS_UID)), false },
	{ "cpu_id of dashes",        IN(IOS("------------------------------------", IOS_UID)), false },
	{ "cpu_id cut",              IN(IOS("01234567-89AB-CDEF-0123-456789ABCDE", IOS_UID)), false },
	{ "cpu_id cut at a dash",    IN(IOS("01234567", IOS_UID)), false },
	{ "cpu_id too long",         IN(IOS(IOS_CPU "0", IOS_UID)), false },
	{ "with half a TEE",         IN("{" RAW "," COUNT ",\"tee_n\":\"t\",\"uid\":\"" IOS_UID
	    "\",\"cpu_id\":\"" IOS_CPU "\"}"), false },
	{ "with a sensor",           IN("{" RAW "," COUNT "," FP ",\"uid\":\"" IOS_UID
	    "\",\"cpu_id\":\"" IOS_CPU "\"}"), false },
	{ "with a sensor's version", IN("{" RAW "," COUNT ",\"fp_v\":\"1\",\"uid\":\"" IOS_UID
	    "\",\"cpu_id\":\"" IOS_CPU "\"}"), false },
	{ "with a TEE's version",    IN("{" RAW "," COUNT ",\"tee_v\":\"1\",\"uid\":\"" IOS_UID
	    "\",\"cpu_id\":\"" IOS_CPU "\"}"), false },
	{ "with a face",             IN("{" RAW "," COUNT "," FC ",\"uid\":\"" IOS_UID
	    "\",\"cpu_id\":\"" IOS_CPU "\"}"), false },
	{ "with a face's version",   IN("{" RAW "," COUNT ",\"fc_v\":\"1\",\"uid\":\"" IOS_UID
	    "\",\"cpu_id\":\"" IOS_CPU "\"}"), false },
	{ "with a kind of biometric", IN("{\"bo_t\":\"1\"," RAW "," COUNT ",\"uid\":\"" IOS_UID
	    "\",\"cpu_id\":\"" IOS_CPU "\"}"), false },
};
/* clang-format on */

static void
test_cases(void)
{
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_span in = bytes_exact(cases[i].in);
		struct soter_fault fault;
		struct soter_result_json x;

		memset(&x, PATTERN, sizeof(x));
		check_row("%s", cases[i].what);
		CHECK_RC(soter_result_json_parse(&x, in, NULL, &fault),
		    cases[i].want);
		CHECK(strcmp(fault.field, cases[i].field) == 0);
		if (cases[i].want == SOTER_OK) {
			CHECK(!x.is_ios && x.counter == 246);
			CHECK(soter_json_is(x.raw,
			    SOTER_SPAN("I'm a challenge")));
			CHECK(bytes_inside(x.raw, in));
		} else {
			CHECK(bytes_are(&x, sizeof(x), PATTERN));
		}
		CHECK_RC(soter_result_json_parse(&x, in, NULL, NULL),
		    cases[i].want);
		bytes_free(in);
	}
}

static void
test_ios(void)
{
	for (size_t i = 0; i < SOTER_COUNT(ios); i++) {
		struct soter_fault fault;
		struct soter_result_json x;

		memset(&x, PATTERN, sizeof(x));
		check_row("%s", ios[i].what);
		CHECK_RC(soter_result_json_parse(&x, ios[i].in, NULL, &fault),
		    ios[i].is_ios ? SOTER_OK : SOTER_E_FIELD_MISSING);
		if (ios[i].is_ios) {
			CHECK(x.is_ios && x.counter == 246);
			CHECK(x.fid[0] == '\0' && x.tee_n[0] == '\0');
			CHECK(strcmp(x.uid, IOS_UID) == 0);
			CHECK(strcmp(x.cpu_id, IOS_CPU) == 0);
		} else {
			CHECK(strcmp(fault.field, "fid") == 0);
			CHECK(bytes_are(&x, sizeof(x), PATTERN));
		}
	}
}

static void
test_values(void)
{
	struct soter_unknown unknown;
	struct soter_result_json x;

	check_row("each value is in its place");
	CHECK_RC(
	    soter_result_json_parse(&x, SOTER_SPAN(HUAWEI), &unknown, NULL),
	    SOTER_OK);
	CHECK(strcmp(x.fid, "2313170") == 0);
	CHECK(strcmp(x.tee_n, "t-base") == 0 && strcmp(x.tee_v, "10010") == 0);
	CHECK(strcmp(x.fp_n, "FPC") == 0 && strcmp(x.fp_v, "6516") == 0);
	CHECK(strcmp(x.fc_n, "hwbioalgo") == 0);
	CHECK(strcmp(x.fc_v, "bioalgo_1.0") == 0);
	CHECK(strcmp(x.bo_t, "1") == 0 && x.salt_len == 32);
	CHECK(strcmp(x.cpu_id, "0900000026030000241a1e8e") == 0);
	CHECK(strcmp(x.uid, "10115") == 0 && unknown.n == 0);

	check_row("what is absent is empty");
	CHECK_RC(soter_result_json_parse(&x, SOTER_SPAN(MTK), NULL, NULL),
	    SOTER_OK);
	CHECK(x.fc_n[0] == '\0' && x.fc_v[0] == '\0' && x.bo_t[0] == '\0');
	CHECK(x.salt_len == -1);

	check_row("a challenge of one byte");
	CHECK_RC(soter_result_json_parse(&x,
		     SOTER_SPAN("{\"raw\":\"x\"," FID "," COUNT "," TEE "," FP
				"," CPU "," UID "}"),
		     NULL, NULL),
	    SOTER_OK);
	CHECK(soter_json_is(x.raw, SOTER_SPAN("x")));

	check_row("names of 128 bytes");
	CHECK_RC(soter_result_json_parse(&x,
		     SOTER_SPAN("{" RAW "," FID "," COUNT ",\"tee_n\":\"" X128
				"\",\"tee_v\":\"" X128 "\",\"cpu_id\":\"" X128
				"\"," FP "," UID "}"),
		     NULL, NULL),
	    SOTER_OK);
	CHECK(strcmp(x.tee_n, X128) == 0 && strcmp(x.tee_v, X128) == 0 &&
	    strcmp(x.cpu_id, X128) == 0);
}

/* The limit is one of the text, not of its escapes. */
static void
test_challenge_limit(void)
{
	static const struct {
		const char *unit;
		size_t bytes; /* that the unit stands for */
	} rows[] = { { "x", 1 }, { "\\n", 1 }, { "\\u0031", 1 },
		{ "\\u00e4", 2 }, { "\xc3\xa4", 2 } };

	for (size_t i = 0; i < SOTER_COUNT(rows); i++)
		for (size_t over = 0; over <= 1; over++) {
			size_t times =
			    SOTER_CHALLENGE_MAX / rows[i].bytes + over;
			struct soter_result_json x;
			struct soter_fault fault;
			struct bytes b = { 0 };
			struct soter_writer w = soter_writer(b.p, sizeof(b.p));

			check_row("a challenge of %zu times %s", times,
			    rows[i].unit);
			CHECK_RC(soter_write(&w, SOTER_SPAN("{\"raw\":\"")),
			    SOTER_OK);
			for (size_t k = 0; k < times; k++)
				CHECK_RC(
				    soter_write(&w, soter_text(rows[i].unit)),
				    SOTER_OK);
			CHECK_RC(soter_write(&w,
				     SOTER_SPAN("\"," FID "," COUNT "," TEE
						"," FP "," CPU "," UID "}")),
			    SOTER_OK);
			memset(&x, PATTERN, sizeof(x));
			CHECK_RC(soter_result_json_parse(&x, soter_written(&w),
				     NULL, &fault),
			    over ? SOTER_E_FIELD_VALUE : SOTER_OK);
			CHECK(strcmp(fault.field, over ? "raw" : "") == 0);
			CHECK(!over || bytes_are(&x, sizeof(x), PATTERN));
		}
}

static void
test_write(void)
{
	static const struct {
		const char *what;
		struct soter_span text;
	} rows[] = {
		{ "MTK", IN(MTK) },
		{ "Huawei", IN(HUAWEI) },
	};
	struct soter_result_json x;
	struct bytes room = { 0 };
	struct soter_writer w;

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_span want = rows[i].text;

		check_row("%s in, the same bytes out", rows[i].what);
		CHECK_RC(soter_result_json_parse(&x, want, NULL, NULL),
		    SOTER_OK);
		w = (struct soter_writer){ room.p, 1, sizeof(room.p) };
		CHECK_RC(soter_result_json_write(&w, &x,
			     SOTER_SPAN("I'm a challenge")),
		    SOTER_OK);
		CHECK(room.p[0] == 0);
		CHECK(
		    soter_span_equal(soter_span(room.p + 1, w.len - 1), want));
	}
	check_row("an epoch of the biometric, in and out");
	for (int i = 0; i < 2; i++) {
		static struct bytes text;
		struct soter_span cut =
		    soter_span(rows[i].text.p, rows[i].text.n - 1);

		w = soter_writer(text.p, sizeof(text.p));
		CHECK_RC(soter_write(&w, cut), SOTER_OK);
		CHECK_RC(soter_write(&w,
			     SOTER_SPAN(",\"bio_epoch\":9223372036854775807}")),
		    SOTER_OK);
		text.n = w.len;
		CHECK_RC(
		    soter_result_json_parse(&x, bytes_span(&text), NULL, NULL),
		    SOTER_OK);
		CHECK(x.bio_epoch == INT64_MAX);
		w = soter_writer(room.p, sizeof(room.p));
		CHECK_RC(soter_result_json_write(&w, &x,
			     SOTER_SPAN("I'm a challenge")),
		    SOTER_OK);
		CHECK(soter_span_equal(soter_written(&w), bytes_span(&text)));
	}
	check_row("iOS: nothing that was not there");
	CHECK_RC(soter_result_json_parse(&x, SOTER_SPAN(IOS(IOS_CPU, IOS_UID)),
		     NULL, NULL),
	    SOTER_OK);
	w = soter_writer(room.p, sizeof(room.p));
	CHECK_RC(soter_result_json_write(&w, &x, SOTER_SPAN("a/\"b\"\n")),
	    SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w),
	    SOTER_SPAN(
		"{\"raw\":\"a\\/\\\"b\\\"\\n\"," COUNT ",\"cpu_id\":\"" IOS_CPU
		"\",\"uid\":\"" IOS_UID "\"}")));
	CHECK_RC(soter_result_json_parse(&x, soter_written(&w), NULL, NULL),
	    SOTER_OK);
	CHECK(x.is_ios && soter_json_is(x.raw, SOTER_SPAN("a/\"b\"\n")));
}

/* One field is long and what follows it short: a failure must not get lost. */
static void
test_no_space(void)
{
	static const size_t long_at[] = {
		offsetof(struct soter_result_json, bo_t),
		offsetof(struct soter_result_json, tee_n),
		offsetof(struct soter_result_json, tee_v),
		offsetof(struct soter_result_json, fp_n),
		offsetof(struct soter_result_json, fp_v),
		offsetof(struct soter_result_json, cpu_id),
		offsetof(struct soter_result_json, fc_n),
		offsetof(struct soter_result_json, fc_v),
	};
	size_t texts = SOTER_COUNT(long_at);
	struct bytes room;

	for (size_t i = 0; i < texts + 6; i++) {
		struct soter_result_json x = { .salt_len = -1 };
		struct soter_span challenge = SOTER_SPAN("");
		struct soter_writer w = soter_writer(room.p, sizeof(room.p));
		size_t n;

		check_row("no space at every size, long: %zu", i);
		if (i < texts)
			strcpy((char *)&x + long_at[i], X128);
		else if (i == texts)
			strcpy(x.fid, "18446744073709551615");
		else if (i == texts + 1)
			strcpy(x.uid, IOS_UID);
		else if (i == texts + 2)
			x.counter = UINT64_MAX;
		else if (i == texts + 3)
			x.salt_len = 0;
		else if (i == texts + 4)
			x.bio_epoch = 1;
		else
			challenge = SOTER_SPAN(X128);
		CHECK_RC(soter_result_json_write(&w, &x, challenge), SOTER_OK);
		n = w.len;
		room.p[n] = '\0';
		CHECK((strstr((char *)room.p, "_saltlen\":0") != NULL) ==
		    (x.salt_len >= 0));
		for (size_t cap = 3; cap < n + 3; cap++) {
			struct soter_span exact =
			    bytes_exact(soter_span(room.p, cap));

			w = (struct soter_writer){ (void *)(uintptr_t)exact.p,
				3, cap };
			CHECK_RC(soter_result_json_write(&w, &x, challenge),
			    SOTER_E_NOSPACE);
			CHECK(w.len == 3);
			bytes_free(exact);
		}
	}
}

/* Texts that real phones signed. */
static void
test_real(void)
{
	static const struct {
		const char *file, *fid;
		uint64_t counter;
		int32_t salt_len;
	} rows[] = {
		{ "mtk_tbase_2017/final_json.txt", "2313170", 246, -1 },
		{ "huawei_hwhma_2024/hw_final_json.txt", "761123376", 59, 32 },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_result_json x;
		struct soter_unknown unknown;
		uint8_t raw[SOTER_CHALLENGE_MAX];
		struct soter_writer challenge = soter_writer(raw, sizeof(raw));
		struct bytes in, room;
		struct soter_writer w = soter_writer(room.p, sizeof(room.p));

		if (!bytes_real(&in, rows[i].file)) {
			check_skip(rows[i].file, "SOTER_REAL_VECTORS");
			continue;
		}
		check_row("%s", rows[i].file);
		CHECK_RC(soter_result_json_parse(&x, bytes_span(&in), &unknown,
			     NULL),
		    SOTER_OK);
		CHECK(strcmp(x.fid, rows[i].fid) == 0 && unknown.n == 0);
		CHECK(x.counter == rows[i].counter);
		CHECK(x.salt_len == rows[i].salt_len);
		CHECK_RC(soter_json_decode(&challenge, x.raw), SOTER_OK);
		CHECK_RC(
		    soter_result_json_write(&w, &x, soter_written(&challenge)),
		    SOTER_OK);
		CHECK(soter_span_equal(soter_written(&w), bytes_span(&in)));
	}
}

int
main(void)
{
	test_cases();
	test_ios();
	test_values();
	test_challenge_limit();
	test_write();
	test_no_space();
	test_real();
	return (check_done());
}
