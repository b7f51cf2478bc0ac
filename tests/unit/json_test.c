/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/json.h"

#define PATTERN 0xa5
#define END	SIZE_MAX
#define IN(text)                                              \
	{                                                     \
		(const uint8_t *)"" text "", sizeof(text) - 1 \
	}

#define N32 "abcdefghijklmnopqrstuvwxyz012345"

/*
 * Rows of structure.  at: where the reader must stop, END for the text's end.
 */
/* clang-format off */
static const struct {
	const char *what;
	struct soter_span in;
	enum soter_rc want;
	size_t at;
	const char *field;
} cases[] = {
	/* good ones */
	{ "no members",           IN("{}"),                    SOTER_OK, END, "" },
	{ "one member",           IN("{\"a\":1}"),             SOTER_OK, END, "" },
	{ "an empty name",        IN("{\"\":1}"),              SOTER_OK, END, "" },
	{ "all types",            IN("{\"a\":\"x\",\"b\":1,\"c\":1.5,\"d\":true,"
	    "\"e\":false,\"f\":null,\"g\":[\"y\"]}"),          SOTER_OK, END, "" },
	{ "all white space, everywhere", IN(" \t\r\n{ \t\r\n\"a\" \t\r\n:"
	    " \t\r\n1 \t\r\n, \t\r\n\"b\" \t\r\n: \t\r\n[ \t\r\n\"x\" \t\r\n,"
	    " \t\r\n\"y\" \t\r\n] \t\r\n} \t\r\n"),            SOTER_OK, END, "" },
	{ "a name of 32 bytes",   IN("{\"" N32 "\":1}"),       SOTER_OK, END, "" },
	{ "names that differ in case", IN("{\"a\":1,\"A\":2}"), SOTER_OK, END, "" },
	{ "a name inside a name", IN("{\"ab\":1,\"a\":2}"),    SOTER_OK, END, "" },

	/* not an object */
	{ "nothing",              IN(""),                      SOTER_E_JSON, 0, "" },
	{ "white space only",     IN(" \n"),                   SOTER_E_JSON, 2, "" },
	{ "a string",             IN("\"a\""),                 SOTER_E_JSON, 0, "" },
	{ "an array",             IN("[\"a\"]"),               SOTER_E_JSON, 0, "" },
	{ "a number",             IN("1"),                     SOTER_E_JSON, 0, "" },
	{ "null",                 IN("null"),                  SOTER_E_JSON, 0, "" },
	{ "byte-order mark",      IN("\xef\xbb\xbf{}"),        SOTER_E_JSON, 0, "" },
	{ "UTF-16",               IN("{\0}\0"),                SOTER_E_JSON, 1, "" },
	{ "length of the export blob in front", IN("\x02\0\0\0{}"), SOTER_E_JSON, 0, "" },

	/* white space that is none */
	{ "form feed",            IN("{\f}"),                  SOTER_E_JSON, 1, "" },
	{ "vertical tab",         IN("{\v}"),                  SOTER_E_JSON, 1, "" },
	{ "no-break space",       IN("{\xc2\xa0}"),            SOTER_E_JSON, 1, "" },
	{ "NUL before the object", IN("\0{}"),                 SOTER_E_JSON, 0, "" },
	{ "NUL inside the object", IN("{\"a\":1\0}"),          SOTER_E_JSON, 6, "a" },
	{ "comment",              IN("{/**/}"),                SOTER_E_JSON, 1, "" },
	{ "line comment",         IN("{}//"),                  SOTER_E_JSON_TRAILING, 2, "" },

	/* punctuation */
	{ "open",                 IN("{"),                     SOTER_E_JSON, 1, "" },
	{ "open after a member",  IN("{\"a\":1"),              SOTER_E_JSON, 6, "a" },
	{ "open after a comma",   IN("{\"a\":1,"),             SOTER_E_JSON, 7, "" },
	{ "comma at the end",     IN("{\"a\":1,}"),            SOTER_E_JSON, 7, "" },
	{ "comma in front",       IN("{,\"a\":1}"),            SOTER_E_JSON, 1, "" },
	{ "two commas",           IN("{\"a\":1,,\"b\":2}"),    SOTER_E_JSON, 7, "" },
	{ "comma for thousands",  IN("{\"a\":1,000}"),         SOTER_E_JSON, 7, "" },
	{ "semicolon",            IN("{\"a\":1;\"b\":2}"),     SOTER_E_JSON, 6, "a" },
	{ "no comma",             IN("{\"a\":1 \"b\":2}"),     SOTER_E_JSON, 7, "a" },
	{ "no colon",             IN("{\"a\" 1}"),             SOTER_E_JSON, 5, "a" },
	{ "equals sign",          IN("{\"a\"=1}"),             SOTER_E_JSON, 4, "a" },
	{ "two colons",           IN("{\"a\"::1}"),            SOTER_E_JSON, 5, "a" },
	{ "no value",             IN("{\"a\":}"),              SOTER_E_JSON, 5, "a" },
	{ "name without colon",   IN("{\"a\"}"),               SOTER_E_JSON, 4, "a" },
	{ "name without quotes",  IN("{a:1}"),                 SOTER_E_JSON, 1, "" },
	{ "name in single quotes", IN("{'a':1}"),              SOTER_E_JSON, 1, "" },
	{ "a number as name",     IN("{1:1}"),                 SOTER_E_JSON, 1, "" },
	{ "name that does not end", IN("{\"a"),                SOTER_E_JSON, 3, "" },
	{ "value that does not end", IN("{\"a\":\"b"),         SOTER_E_JSON, 7, "a" },
	{ "closed by a bracket",  IN("{\"a\":1]"),             SOTER_E_JSON, 6, "a" },

	/* words */
	{ "True",                 IN("{\"a\":True}"),          SOTER_E_JSON, 5, "a" },
	{ "tru",                  IN("{\"a\":tru}"),           SOTER_E_JSON, 5, "a" },
	{ "truex",                IN("{\"a\":truex}"),         SOTER_E_JSON, 9, "a" },
	{ "nul, and then the end", IN("{\"a\":nul"),           SOTER_E_JSON, 5, "a" },
	{ "NaN",                  IN("{\"a\":NaN}"),           SOTER_E_JSON, 5, "a" },
	{ "Infinity",             IN("{\"a\":Infinity}"),      SOTER_E_JSON, 5, "a" },
	{ "undefined",            IN("{\"a\":undefined}"),     SOTER_E_JSON, 5, "a" },

	/* behind the object */
	{ "a byte behind",        IN("{}x"),                   SOTER_E_JSON_TRAILING, 2, "" },
	{ "a NUL behind",         IN("{}\0"),                  SOTER_E_JSON_TRAILING, 2, "" },
	{ "a brace behind",       IN("{}}"),                   SOTER_E_JSON_TRAILING, 2, "" },
	{ "a comma behind",       IN("{},"),                   SOTER_E_JSON_TRAILING, 2, "" },
	{ "a second object",      IN("{\"a\":1}\n{\"a\":2}"),  SOTER_E_JSON_TRAILING, 8, "" },

	/* depth */
	{ "an object inside",     IN("{\"a\":{}}"),            SOTER_E_JSON_DEPTH, 5, "a" },
	{ "an array in an array", IN("{\"a\":[[]]}"),          SOTER_E_JSON_DEPTH, 6, "a" },
	{ "an object in an array", IN("{\"a\":[{}]}"),         SOTER_E_JSON_DEPTH, 6, "a" },
	{ "a number in an array", IN("{\"a\":[1]}"),           SOTER_E_JSON_DEPTH, 6, "a" },
	{ "a string, then null",  IN("{\"a\":[\"x\",null]}"),  SOTER_E_JSON_DEPTH, 10, "a" },

	/* arrays of strings */
	{ "an empty array",       IN("{\"a\":[]}"),            SOTER_OK, END, "" },
	{ "brackets in an element", IN("{\"a\":[\"]\",\"[,\"]}"), SOTER_OK, END, "" },
	{ "comma at the array's end", IN("{\"a\":[\"x\",]}"),  SOTER_E_JSON, 10, "a" },
	{ "elements without comma", IN("{\"a\":[\"x\" \"y\"]}"), SOTER_E_JSON, 10, "a" },
	{ "array that does not end", IN("{\"a\":[\"x\""),      SOTER_E_JSON, 9, "a" },
	{ "array that does not begin", IN("{\"a\":["),         SOTER_E_JSON, 6, "a" },
	{ "array open after a comma", IN("{\"a\":[\"x\","),    SOTER_E_JSON, 10, "a" },
	{ "array closed by a brace", IN("{\"a\":[\"x\"}"),     SOTER_E_JSON, 9, "a" },
	{ "line feed in an element", IN("{\"a\":[\"x\ny\"]}"), SOTER_E_JSON_TEXT, 8, "a" },

	/* names */
	{ "a name twice",         IN("{\"a\":1,\"a\":1}"),     SOTER_E_FIELD_DOUBLED, 10, "a" },
	{ "a name twice, one between", IN("{\"a\":1,\"b\":2,\"a\":3}"),
	    SOTER_E_FIELD_DOUBLED, 16, "a" },
	{ "the empty name twice", IN("{\"\":1,\"\":2}"),       SOTER_E_FIELD_DOUBLED, 8, "" },
	{ "a name twice, once escaped", IN("{\"fid\":1,\"f\\u0069d\":2}"),
	    SOTER_E_JSON, 19, "f\\u0069d" },
	{ "an escape in a name",  IN("{\"a\\/b\":1}"),         SOTER_E_JSON, 7, "a\\/b" },
	{ "a name of 33 bytes",   IN("{\"" N32 "6\":1}"),      SOTER_E_LIMIT, 36, N32 },
	{ "33 bytes, escape last", IN("{\"" N32 "\\n\":1}"),   SOTER_E_LIMIT, 37, N32 },
	{ "a name of UTF-8",      IN("{\"\xc3\xa4\":x}"),      SOTER_E_JSON, 6, "??" },
	{ "DEL in a name",        IN("{\"\x7f~\":x}"),         SOTER_E_JSON, 6, "?~" },
	{ "bad name after a good member", IN("{\"a\":1,\"b\x01\":2}"),
	    SOTER_E_JSON_TEXT, 9, "" },
	{ "NUL in a name",        IN("{\"a\0b\":1}"),          SOTER_E_JSON_TEXT, 3, "" },

	/* strings that try to end early */
	{ "quotes escaped",       IN("{\"raw\":\"x\\\",\\\"fid\\\":\\\"1\"}"), SOTER_OK, END, "" },
	{ "quotes not escaped",   IN("{\"raw\":\"x\",\"fid\":\"1\",\"fid\":\"2\"}"),
	    SOTER_E_FIELD_DOUBLED, 26, "fid" },
	{ "a backslash before the quote", IN("{\"raw\":\"x\\\\\",\"fid\":\"1\"}"), SOTER_OK, END, "" },
	{ "a backslash last",     IN("{\"raw\":\"x\\"),        SOTER_E_JSON, 9, "raw" },
};
/* clang-format on */

static void
test_cases(void)
{
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_span in = bytes_exact(cases[i].in);
		struct soter_fault fault = { 77, "before" };
		struct soter_json json;

		memset(&json, PATTERN, sizeof(json));
		check_row("%s", cases[i].what);
		CHECK_RC(soter_json_parse(&json, in, SOTER_SPAN(""), &fault),
		    cases[i].want);
		CHECK(
		    fault.offset == (cases[i].at == END ? in.n : cases[i].at));
		CHECK(strcmp(fault.field, cases[i].field) == 0);
		CHECK(cases[i].want == SOTER_OK || json.n == 0);
		for (size_t k = 0; k < json.n; k++)
			CHECK(bytes_inside(json.member[k].name, in) &&
			    bytes_inside(json.member[k].value, in));
		CHECK_RC(soter_json_parse(&json, in, SOTER_SPAN(""), NULL),
		    cases[i].want);
		bytes_free(in);
	}
}

/* A literal as the value of a member. */
/* clang-format off */
static const struct {
	const char *literal;
	enum soter_rc want;
	enum soter_json_type type;
	int64_t integer;
} numbers[] = {
	{ "0",                     SOTER_OK,       SOTER_JSON_INTEGER, 0 },
	{ "-0",                    SOTER_OK,       SOTER_JSON_INTEGER, 0 },
	{ "-1",                    SOTER_OK,       SOTER_JSON_INTEGER, -1 },
	{ "4294967296",            SOTER_OK,       SOTER_JSON_INTEGER, 4294967296 },
	{ "9007199254740993",      SOTER_OK,       SOTER_JSON_INTEGER, 9007199254740993 },
	{ "9223372036854775807",   SOTER_OK,       SOTER_JSON_INTEGER, INT64_MAX },
	{ "-9223372036854775807",  SOTER_OK,       SOTER_JSON_INTEGER, -INT64_MAX },
	{ "-9223372036854775808",  SOTER_OK,       SOTER_JSON_INTEGER, INT64_MIN },
	{ "9223372036854775808",   SOTER_E_JSON_NUMBER, 0, 0 },
	{ "-9223372036854775809",  SOTER_E_JSON_NUMBER, 0, 0 },
	{ "18446744073709551616",  SOTER_E_JSON_NUMBER, 0, 0 },
	{ "18446744073709551617",  SOTER_E_JSON_NUMBER, 0, 0 },
	{ "100000000000000000000000000000000000000000", SOTER_E_JSON_NUMBER, 0, 0 },
	{ "1.5",                   SOTER_OK,       SOTER_JSON_REAL, 0 },
	{ "0.0",                   SOTER_OK,       SOTER_JSON_REAL, 0 },
	{ "228.0",                 SOTER_OK,       SOTER_JSON_REAL, 0 },
	{ "1e0",                   SOTER_OK,       SOTER_JSON_REAL, 0 },
	{ "1E+9",                  SOTER_OK,       SOTER_JSON_REAL, 0 },
	{ "-1.25e-09",             SOTER_OK,       SOTER_JSON_REAL, 0 },
	{ "1e99",                  SOTER_OK,       SOTER_JSON_REAL, 0 },
	{ "1e-99",                 SOTER_OK,       SOTER_JSON_REAL, 0 },
	{ "1e100",                 SOTER_E_JSON_NUMBER, 0, 0 },
	{ "1e-100",                SOTER_E_JSON_NUMBER, 0, 0 },
	{ "1e009",                 SOTER_E_JSON_NUMBER, 0, 0 },
	{ "0.123456789012345678901234567890", SOTER_OK, SOTER_JSON_REAL, 0 },
	{ "0.1234567890123456789012345678901", SOTER_E_LIMIT, 0, 0 },
	{ "10000000000000000000000000000000.0", SOTER_E_LIMIT, 0, 0 },
	{ "00",                    SOTER_E_JSON, 0, 0 },
	{ "01",                    SOTER_E_JSON, 0, 0 },
	{ "-01",                   SOTER_E_JSON, 0, 0 },
	{ "00.5",                  SOTER_E_JSON, 0, 0 },
	{ "+1",                    SOTER_E_JSON, 0, 0 },
	{ "-",                     SOTER_E_JSON, 0, 0 },
	{ "--1",                   SOTER_E_JSON, 0, 0 },
	{ "-a",                    SOTER_E_JSON, 0, 0 },
	{ "1.",                    SOTER_E_JSON, 0, 0 },
	{ ".5",                    SOTER_E_JSON, 0, 0 },
	{ "-.5",                   SOTER_E_JSON, 0, 0 },
	{ "1.e5",                  SOTER_E_JSON, 0, 0 },
	{ "1.5.5",                 SOTER_E_JSON, 0, 0 },
	{ "1e",                    SOTER_E_JSON, 0, 0 },
	{ "1e+",                   SOTER_E_JSON, 0, 0 },
	{ "1e5.5",                 SOTER_E_JSON, 0, 0 },
	{ "1 000",                 SOTER_E_JSON, 0, 0 },
	{ "1_000",                 SOTER_E_JSON, 0, 0 },
	{ "0x10",                  SOTER_E_JSON, 0, 0 },
	{ "1f",                    SOTER_E_JSON, 0, 0 },
};
/* clang-format on */

static void
test_numbers(void)
{
	for (size_t i = 0; i < SOTER_COUNT(numbers); i++) {
		struct soter_fault fault;
		struct soter_json json;
		struct soter_span in;
		char text[80];

		snprintf(text, sizeof(text), "{\"counter\":%s}",
		    numbers[i].literal);
		in = bytes_exact(soter_text(text));
		check_row("number %s", numbers[i].literal);
		CHECK_RC(soter_json_parse(&json, in, SOTER_SPAN(""), &fault),
		    numbers[i].want);
		if (numbers[i].want == SOTER_OK && CHECK(json.n == 1)) {
			CHECK(json.member[0].type == numbers[i].type);
			CHECK(json.member[0].integer == numbers[i].integer);
			CHECK(soter_span_equal(json.member[0].value,
			    soter_text(numbers[i].literal)));
		} else {
			CHECK(json.n == 0);
			CHECK(strcmp(fault.field, "counter") == 0);
		}
		bytes_free(in);
	}
	check_row("a number that ends where the input ends");
	for (const char *c = "-1.5e+7"; *c != '\0'; c++) {
		struct soter_json json;
		struct soter_span in;
		char text[20];

		snprintf(text, sizeof(text), "{\"a\":%.*s",
		    (int)(c - "-1.5e+7" + 1), "-1.5e+7");
		in = bytes_exact(soter_text(text));
		CHECK_RC(soter_json_parse(&json, in, SOTER_SPAN(""), NULL),
		    SOTER_E_JSON);
		bytes_free(in);
	}
}

static void
test_types(void)
{
	static const struct {
		const char *name;
		enum soter_json_type type;
		const char *value;
	} want[] = {
		{ "a", SOTER_JSON_STRING, "x\\n" },
		{ "b", SOTER_JSON_INTEGER, "-7" },
		{ "c", SOTER_JSON_REAL, "1.5e3" },
		{ "d", SOTER_JSON_BOOL, "true" },
		{ "e", SOTER_JSON_BOOL, "false" },
		{ "f", SOTER_JSON_NULL, "null" },
		{ "g", SOTER_JSON_STRINGS, " \"y\" , \"\" " },
		{ "", SOTER_JSON_STRING, "" },
	};
	struct soter_json json;

	check_row("members in their order, with type and literal");
	CHECK_RC(soter_json_parse(&json,
		     SOTER_SPAN("{ \"a\" : \"x\\n\" , \"b\":-7,\"c\":1.5e3,"
				"\"d\":true,\"e\" :false,\"f\": null ,\"g\""
				":[ \"y\" , \"\" ],\"\":\"\"}"),
		     SOTER_SPAN(""), NULL),
	    SOTER_OK);
	if (!CHECK(json.n == SOTER_COUNT(want)))
		return;
	for (size_t i = 0; i < json.n; i++) {
		const struct soter_json_member *m = &json.member[i];

		CHECK(soter_span_equal(m->name, soter_text(want[i].name)));
		CHECK(soter_span_equal(m->value, soter_text(want[i].value)));
		CHECK(m->type == want[i].type);
		CHECK(soter_json_find(&json, soter_text(want[i].name)) == m);
	}
	check_row("a member that is not there");
	CHECK(soter_json_find(&json, SOTER_SPAN("h")) == NULL);
	CHECK(soter_json_find(&json, SOTER_SPAN("A")) == NULL);
	CHECK(soter_json_find(&json, SOTER_SPAN("ab")) == NULL);
	json.n = 0;
	CHECK(soter_json_find(&json, SOTER_SPAN("a")) == NULL);
}

/* In one named member a raw line feed is taken, and nothing else anywhere. */
static void
test_lf_name(void)
{
	/* clang-format off */
	static const struct {
		const char *what, *name, *text;
		enum soter_rc want;
	} rows[] = {
		{ "in the named member",   "pub_key", "{\"pub_key\":\"\na\nb\n\"}", SOTER_OK },
		{ "in the named one, last", "pub_key", "{\"a\":\"b\",\"pub_key\":\"\n\"}", SOTER_OK },
		{ "in another member",     "pub_key", "{\"pub_key\":\"a\",\"raw\":\"\n\"}", SOTER_E_JSON_TEXT },
		{ "in a longer name",      "pub_key", "{\"pub_keys\":\"\n\"}", SOTER_E_JSON_TEXT },
		{ "in a shorter name",     "pub_key", "{\"pub_ke\":\"\n\"}", SOTER_E_JSON_TEXT },
		{ "in a name",             "pub_key", "{\"pub_key\n\":\"a\"}", SOTER_E_JSON_TEXT },
		{ "in an array of that name", "pub_key", "{\"pub_key\":[\"\n\"]}", SOTER_E_JSON_TEXT },
		{ "CR LF",                 "pub_key", "{\"pub_key\":\"\r\n\"}", SOTER_E_JSON_TEXT },
		{ "a tab",                 "pub_key", "{\"pub_key\":\"\t\"}", SOTER_E_JSON_TEXT },
		{ "no name given",         "", "{\"pub_key\":\"\n\"}", SOTER_E_JSON_TEXT },
		{ "no name given, empty name met", "", "{\"\":\"\n\"}", SOTER_E_JSON_TEXT },
	};
	/* clang-format on */

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_json json;

		check_row("line feed %s", rows[i].what);
		CHECK_RC(soter_json_parse(&json, soter_text(rows[i].text),
			     soter_text(rows[i].name), NULL),
		    rows[i].want);
		CHECK((json.n > 0) == (rows[i].want == SOTER_OK));
	}
}

/* {"m0":0,"m1":0,...} */
static struct soter_span
many_members(char *text, size_t size, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, size - len, "%s\"m%zu\":0",
		    i == 0 ? "{" : ",", i);
	snprintf(text + len, size - len, "}");
	return (soter_text(text));
}

static void
test_limits(void)
{
	static uint8_t text[SOTER_SIGNED_MAX + 1];
	struct soter_fault fault;
	struct soter_json json;
	char members[1000];

	check_row("32 members");
	CHECK_RC(soter_json_parse(&json,
		     many_members(members, sizeof(members), 32), SOTER_SPAN(""),
		     NULL),
	    SOTER_OK);
	CHECK(json.n == 32);
	CHECK(soter_json_find(&json, SOTER_SPAN("m31")) == &json.member[31]);

	check_row("33 members");
	CHECK_RC(soter_json_parse(&json,
		     many_members(members, sizeof(members), 33), SOTER_SPAN(""),
		     &fault),
	    SOTER_E_LIMIT);
	CHECK(json.n == 0 && strcmp(fault.field, "m32") == 0);

	for (size_t over = 0; over <= 1; over++) {
		size_t n = SOTER_SIGNED_MAX + over;
		struct soter_span in;

		memset(text, 'x', n);
		memcpy(text, "{\"a\":\"", 6);
		memcpy(text + n - 2, "\"}", 2);
		in = bytes_exact(soter_span(text, n));
		check_row("a text of %zu bytes", n);
		CHECK_RC(soter_json_parse(&json, in, SOTER_SPAN(""), &fault),
		    over ? SOTER_E_LIMIT : SOTER_OK);
		CHECK(json.n == 1 - over);
		CHECK(fault.offset == (over ? 0 : n) && fault.field[0] == '\0');
		bytes_free(in);
	}
}

/* Whatever is cut off or changed: no read behind the end, no half object. */
static void
test_cut(void)
{
	static const char whole[] = "{\"ab\":\"x\\u00e4\\ud834\\udd1e\xe2\x82"
				    "\xac\\n\",\"c\":-1.5e-7,\"d\":9223372036,"
				    "\"e\":[\"f\", \"\"],\"g\":true,\"h\":null"
				    "}";
	struct soter_json json;

	check_row("cut at every byte");
	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		struct soter_span in = bytes_exact(soter_span(whole, n));
		struct soter_fault fault;

		memset(&json, PATTERN, sizeof(json));
		CHECK(soter_json_parse(&json, in, SOTER_SPAN(""), &fault) !=
		    SOTER_OK);
		CHECK(json.n == 0 && fault.offset <= n);
		bytes_free(in);
	}
	check_row("every byte replaced by every other");
	for (size_t i = 0; i < sizeof(whole) - 1; i++)
		for (unsigned byte = 0; byte < 256; byte++) {
			uint8_t text[sizeof(whole) - 1];
			enum soter_rc rc;

			memcpy(text, whole, sizeof(text));
			text[i] = (uint8_t)byte;
			rc = soter_json_parse(&json,
			    soter_span(text, sizeof(text)), SOTER_SPAN(""),
			    NULL);
			CHECK((rc == SOTER_OK) == (json.n > 0));
		}
}

static void
test_next(void)
{
	static const struct {
		const char *value;
		const char *want[4];
	} rows[] = {
		{ "", { NULL } },
		{ " \n", { NULL } },
		{ "\"\"", { "", NULL } },
		{ "\"a\",\"b\"", { "a", "b", NULL } },
		{ " \"a\" ,\t\"b\"\n,\"\" ", { "a", "b", "", NULL } },
		{ "\"a,b\",\"\\\",\\\"\"", { "a,b", "\\\",\\\"", NULL } },
		{ "\"[\",\"]\"", { "[", "]", NULL } },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_span in = bytes_exact(soter_text(rows[i].value));
		struct soter_span rest = in, out = { NULL, 77 };
		size_t k = 0;

		check_row("strings of [%s]", rows[i].value);
		for (; soter_json_next(&rest, &out); k++) {
			if (!CHECK(rows[i].want[k] != NULL))
				break;
			CHECK(
			    soter_span_equal(out, soter_text(rows[i].want[k])));
			CHECK(bytes_inside(out, in) && bytes_inside(rest, in));
			out = (struct soter_span){ NULL, 77 };
		}
		CHECK(rows[i].want[k] == NULL && out.n == 77);
		bytes_free(in);
	}
}

static enum soter_rc
write_object(struct soter_writer *w)
{
	TRY(soter_json_write_text(w, "raw", SOTER_SPAN("I'm a/\"b\"\n")));
	TRY(soter_json_write_number(w, "counter", 228));
	TRY(soter_json_write_number(w, "most", UINT64_MAX));
	TRY(soter_json_write_name(w, "certs"));
	TRY(soter_write(w, SOTER_SPAN("[]")));
	/* longer than all that follows: a lost failure would go unseen else */
	TRY(soter_json_write_text(w, "rsa_pss_saltlen", SOTER_SPAN("")));
	return (soter_json_write_end(w));
}

static void
test_write(void)
{
	static const char want[] =
	    "{\"raw\":\"I'm a\\/\\\"b\\\"\\n\",\"counter\":228,"
	    "\"most\":18446744073709551615,\"certs\":[],\"rsa_pss_saltlen\":\"\"}";
	uint8_t buf[sizeof(want)];
	struct soter_writer w = soter_writer(buf, sizeof(buf));

	check_row("an object, as phones write it");
	CHECK_RC(write_object(&w), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), soter_text(want)));

	check_row("no space, at every size");
	for (size_t cap = 0; cap < sizeof(want) - 1; cap++) {
		struct soter_span exact = bytes_exact(soter_span(want, cap));

		w = soter_writer((void *)(uintptr_t)exact.p, cap);
		CHECK_RC(write_object(&w), SOTER_E_NOSPACE);
		CHECK(w.len <= cap);
		bytes_free(exact);
	}
}

static void
test_fault_field(void)
{
	struct soter_fault fault = { 77, "before" };

	check_row("no fault, no note");
	soter_fault_field(NULL, SOTER_SPAN("a"));
	CHECK(fault.offset == 77);
	check_row("a note is cut to 32 bytes and printable");
	soter_fault_field(&fault, SOTER_SPAN(N32 "6"));
	CHECK(strcmp(fault.field, N32) == 0);
	soter_fault_field(&fault, SOTER_SPAN("\x1f\x20\x7e\x7f\0\xff"));
	CHECK(strcmp(fault.field, "? ~???") == 0);
	soter_fault_field(&fault, soter_span(NULL, 0));
	CHECK(fault.field[0] == '\0' && fault.offset == 77);
}

int
main(void)
{
	test_cases();
	test_numbers();
	test_types();
	test_lf_name();
	test_limits();
	test_cut();
	test_next();
	test_write();
	test_fault_field();
	return (check_done());
}
