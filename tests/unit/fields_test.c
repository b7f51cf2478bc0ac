/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/fields.h"

#define PATTERN	   0xa5
#define TEXT_MAX   8
#define DIGITS_MAX 3
#define UID_MAX	   32

/* One field of each type, with a guard behind each text. */
struct target {
	char text[TEXT_MAX + 1], guard1;
	char digits[DIGITS_MAX + 1], guard2;
	char uid[UID_MAX + 1], guard3;
	struct soter_span raw, strings;
	uint64_t counter;
	int32_t salt;
};

#define AT(name) offsetof(struct target, name)

/* clang-format off */
static const struct soter_field table[] = {
	{ "text",    SOTER_FIELD_TEXT,    SOTER_FIELD_MUST,  AT(text),    TEXT_MAX },
	{ "digits",  SOTER_FIELD_DIGITS,  SOTER_FIELD_MAY,   AT(digits),  DIGITS_MAX },
	{ "raw",     SOTER_FIELD_RAW,     SOTER_FIELD_MAY,   AT(raw),     0 },
	{ "counter", SOTER_FIELD_COUNTER, SOTER_FIELD_MAY,   AT(counter), 0 },
	{ "salt",    SOTER_FIELD_SALT,    SOTER_FIELD_MAY,   AT(salt),    0 },
	{ "uid",     SOTER_FIELD_UID,     SOTER_FIELD_MAY,   AT(uid),     UID_MAX },
	{ "strings", SOTER_FIELD_STRINGS, SOTER_FIELD_MAY,   AT(strings), 0 },
	{ "other",   SOTER_FIELD_RAW,     SOTER_FIELD_NEVER, 0,           0 },
};

#define D32 "12345678901234567890123456789012"

/* A value for one field; text is there too, unless it is the field. */
static const struct {
	const char *field, *value;
	enum soter_rc want;
} cases[] = {
	{ "text",    "\"x\"",               SOTER_OK },
	{ "text",    "\"12345678\"",        SOTER_OK },
	{ "text",    "\"123456789\"",       SOTER_E_FIELD_VALUE },
	{ "text",    "\"\\u0031\\u0032\\u0033\\u0034\\u0035\\u0036\\u0037\\u0038\"", SOTER_OK },
	{ "text",    "\"1234567\\u0038\\u0039\"", SOTER_E_FIELD_VALUE },
	{ "text",    "\"1234567\xc3\xa4\"", SOTER_E_FIELD_VALUE },
	{ "text",    "\"1234567\\u00e4\"",  SOTER_E_FIELD_VALUE },
	{ "text",    "\"\"",                SOTER_E_FIELD_VALUE },
	{ "text",    "1",                   SOTER_E_FIELD_TYPE },
	{ "text",    "1.5",                 SOTER_E_FIELD_TYPE },
	{ "text",    "true",                SOTER_E_FIELD_TYPE },
	{ "text",    "null",                SOTER_E_FIELD_TYPE },
	{ "text",    "[\"x\"]",             SOTER_E_FIELD_TYPE },

	{ "digits",  "\"0\"",               SOTER_OK },
	{ "digits",  "\"123\"",             SOTER_OK },
	{ "digits",  "\"1234\"",            SOTER_E_FIELD_VALUE },
	{ "digits",  "\"\"",                SOTER_E_FIELD_VALUE },
	{ "digits",  "\"00\"",              SOTER_E_FIELD_VALUE },
	{ "digits",  "\"01\"",              SOTER_E_FIELD_VALUE },
	{ "digits",  "\"-1\"",              SOTER_E_FIELD_VALUE },
	{ "digits",  "\"+1\"",              SOTER_E_FIELD_VALUE },
	{ "digits",  "\" 1\"",              SOTER_E_FIELD_VALUE },
	{ "digits",  "\"1 \"",              SOTER_E_FIELD_VALUE },
	{ "digits",  "\"1a\"",              SOTER_E_FIELD_VALUE },
	{ "digits",  "\"1/\"",              SOTER_E_FIELD_VALUE },
	{ "digits",  "\"1:\"",              SOTER_E_FIELD_VALUE },
	{ "digits",  "\"\\u0031\"",         SOTER_E_FIELD_VALUE },
	{ "digits",  "1",                   SOTER_E_FIELD_TYPE },
	{ "digits",  "null",                SOTER_E_FIELD_TYPE },

	{ "raw",     "\"\"",                SOTER_OK },
	{ "raw",     "\"a\\u0001\\n\"",     SOTER_OK },
	{ "raw",     "1",                   SOTER_E_FIELD_TYPE },
	{ "raw",     "[]",                  SOTER_E_FIELD_TYPE },

	{ "counter", "0",                   SOTER_OK },
	{ "counter", "228",                 SOTER_OK },
	{ "counter", "9223372036854775807", SOTER_OK },
	{ "counter", "-1",                  SOTER_E_FIELD_VALUE },
	{ "counter", "-9223372036854775808", SOTER_E_FIELD_VALUE },
	{ "counter", "\"228\"",             SOTER_E_FIELD_TYPE },
	{ "counter", "228.0",               SOTER_E_FIELD_TYPE },
	{ "counter", "2e2",                 SOTER_E_FIELD_TYPE },
	{ "counter", "true",                SOTER_E_FIELD_TYPE },
	{ "counter", "null",                SOTER_E_FIELD_TYPE },

	{ "salt",    "0",                   SOTER_OK },
	{ "salt",    "32",                  SOTER_OK },
	{ "salt",    "2147483647",          SOTER_OK },
	{ "salt",    "2147483648",          SOTER_E_FIELD_VALUE },
	{ "salt",    "4294967316",          SOTER_E_FIELD_VALUE },
	{ "salt",    "-1",                  SOTER_E_FIELD_VALUE },
	{ "salt",    "\"20\"",              SOTER_E_FIELD_TYPE },
	{ "salt",    "20.0",                SOTER_E_FIELD_TYPE },
	{ "salt",    "null",                SOTER_E_FIELD_TYPE },

	{ "uid",     "\"10115\"",           SOTER_OK },
	{ "uid",     "10115",               SOTER_OK },
	{ "uid",     "0",                   SOTER_OK },
	{ "uid",     "\"" D32 "\"",         SOTER_OK },
	{ "uid",     "\"" D32 "3\"",        SOTER_E_FIELD_VALUE },
	{ "uid",     "\"\"",                SOTER_E_FIELD_VALUE },
	{ "uid",     "\"010115\"",          SOTER_E_FIELD_VALUE },
	{ "uid",     "-1",                  SOTER_E_FIELD_VALUE },
	{ "uid",     "-0",                  SOTER_E_FIELD_VALUE },
	{ "uid",     "\"-1\"",              SOTER_E_FIELD_VALUE },
	{ "uid",     "10115.0",             SOTER_E_FIELD_TYPE },
	{ "uid",     "1e4",                 SOTER_E_FIELD_TYPE },
	{ "uid",     "false",               SOTER_E_FIELD_TYPE },

	{ "strings", "[]",                  SOTER_OK },
	{ "strings", "[\"a\",\"b\"]",       SOTER_OK },
	{ "strings", "\"a\"",               SOTER_E_FIELD_TYPE },
	{ "strings", "1",                   SOTER_E_FIELD_TYPE },
	{ "strings", "null",                SOTER_E_FIELD_TYPE },
};
/* clang-format on */

static enum soter_rc
read_text(struct target *out, struct soter_span in,
    struct soter_unknown *unknown, struct soter_fault *fault)
{
	struct soter_json json;

	CHECK_RC(soter_json_parse(&json, in, SOTER_SPAN(""), fault), SOTER_OK);
	return (soter_fields_read(out, table, SOTER_COUNT(table), &json,
	    unknown, fault));
}

static void
test_cases(void)
{
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		bool is_text = strcmp(cases[i].field, "text") == 0;
		struct target t;
		struct soter_fault fault;
		struct soter_span in;
		char text[200];

		snprintf(text, sizeof(text), "{%s\"%s\":%s}",
		    is_text ? "" : "\"text\":\"x\",", cases[i].field,
		    cases[i].value);
		memset(&t, PATTERN, sizeof(t));
		in = bytes_exact(soter_text(text));
		check_row("%s is %s", cases[i].field, cases[i].value);
		CHECK_RC(read_text(&t, in, NULL, &fault), cases[i].want);
		CHECK(
		    strcmp(fault.field,
			cases[i].want == SOTER_OK ? "" : cases[i].field) == 0);
		CHECK(bytes_are(&t.guard1, 1, PATTERN) &&
		    bytes_are(&t.guard2, 1, PATTERN) &&
		    bytes_are(&t.guard3, 1, PATTERN));
		bytes_free(in);
	}
}

static void
test_values(void)
{
	static const char text[] =
	    "{\"raw\":\"a\\/b\",\"text\":\"a\\/b\\u00e4\",\"digits\":\"123\","
	    "\"counter\":9223372036854775807,\"salt\":2147483647,"
	    "\"uid\":10115,\"strings\":[\"a\"]}";
	struct target t;
	struct soter_fault fault;
	struct soter_unknown unknown;

	memset(&t, PATTERN, sizeof(t));
	check_row("each value is in its place");
	CHECK_RC(read_text(&t, soter_text(text), &unknown, &fault), SOTER_OK);
	CHECK(strcmp(t.text, "a/b\xc3\xa4") == 0);
	CHECK(strcmp(t.digits, "123") == 0);
	CHECK(strcmp(t.uid, "10115") == 0);
	CHECK(soter_span_equal(t.raw, SOTER_SPAN("a\\/b")));
	CHECK(soter_span_equal(t.strings, SOTER_SPAN("\"a\"")));
	CHECK(t.counter == INT64_MAX && t.salt == INT32_MAX);
	CHECK(unknown.n == 0);

	check_row("what may be there and is not stays as it was");
	memset(&t, PATTERN, sizeof(t));
	CHECK_RC(read_text(&t, SOTER_SPAN("{\"text\":\"x\"}"), NULL, NULL),
	    SOTER_OK);
	CHECK(strcmp(t.text, "x") == 0);
	CHECK(bytes_are(t.digits, sizeof(t.digits), PATTERN));
	CHECK(bytes_are(&t.raw, sizeof(t.raw), PATTERN));
	CHECK(bytes_are(&t.counter, sizeof(t.counter), PATTERN));
	CHECK(bytes_are(&t.salt, sizeof(t.salt), PATTERN));
}

/* Which complaint comes first, and about which field. */
static void
test_order(void)
{
	/* clang-format off */
	static const struct {
		const char *text;
		enum soter_rc want;
		const char *field;
	} rows[] = {
		{ "{}",                              SOTER_E_FIELD_MISSING, "text" },
		{ "{\"Text\":\"x\"}",                SOTER_E_FIELD_MISSING, "text" },
		{ "{\"tex\":\"x\",\"texts\":\"x\"}", SOTER_E_FIELD_MISSING, "text" },
		{ "{\"text\\u0020\":1}",             SOTER_E_JSON, "text\\u0020" },
		{ "{\"counter\":\"1\"}",             SOTER_E_FIELD_MISSING, "text" },
		{ "{\"text\":\"x\",\"other\":\"y\"}", SOTER_E_KIND, "other" },
		{ "{\"text\":\"x\",\"other\":null}", SOTER_E_KIND, "other" },
		{ "{\"text\":\"x\",\"other\":[]}",   SOTER_E_KIND, "other" },
		{ "{\"other\":1}",                   SOTER_E_KIND, "other" },
		{ "{\"text\":5,\"other\":1}",        SOTER_E_KIND, "other" },
		{ "{\"text\":\"x\",\"salt\":\"1\",\"counter\":\"1\"}",
		                                     SOTER_E_FIELD_TYPE, "salt" },
		{ "{\"text\":\"x\",\"bf_t\":[\"1\"]}", SOTER_E_JSON_DEPTH, "bf_t" },
		{ "{\"text\":\"x\",\"bf_t\":[]}",    SOTER_E_JSON_DEPTH, "bf_t" },
	};
	/* clang-format on */

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_json json;
		struct soter_fault fault;
		struct target t;
		enum soter_rc rc;

		check_row("%s", rows[i].text);
		rc = soter_json_parse(&json, soter_text(rows[i].text),
		    SOTER_SPAN(""), &fault);
		if (rc == SOTER_OK)
			rc = soter_fields_read(&t, table, SOTER_COUNT(table),
			    &json, NULL, &fault);
		CHECK_RC(rc, rows[i].want);
		CHECK(strcmp(fault.field, rows[i].field) == 0);
	}
}

static void
test_unknown(void)
{
	static const char text[] =
	    "{\"bf_t\":\"1\",\"text\":\"x\",\"n\":1,\"r\":1.5,\"b\":true,"
	    "\"TEXT\":null,\"\":\"\"}";
	static const char *const names[] = { "bf_t", "n", "r", "b", "TEXT",
		"" };
	struct soter_unknown unknown = { .n = 77 };
	struct soter_span in = bytes_exact(soter_text(text));
	struct target t;

	check_row("unknown scalars pass, and are told in their order");
	CHECK_RC(read_text(&t, in, &unknown, NULL), SOTER_OK);
	if (CHECK(unknown.n == SOTER_COUNT(names)))
		for (size_t i = 0; i < unknown.n; i++) {
			CHECK(soter_span_equal(unknown.name[i],
			    soter_text(names[i])));
			CHECK(bytes_inside(unknown.name[i], in));
		}
	CHECK_RC(read_text(&t, in, NULL, NULL), SOTER_OK);
	bytes_free(in);

	check_row("as many unknown ones as an object can hold");
	{
		char many[1000] = "{\"text\":\"x\"";
		size_t len = strlen(many);

		for (int i = 1; i < SOTER_JSON_MEMBERS_MAX; i++)
			len += (size_t)snprintf(many + len, sizeof(many) - len,
			    ",\"u%d\":0", i);
		snprintf(many + len, sizeof(many) - len, "}");
		CHECK_RC(read_text(&t, soter_text(many), &unknown, NULL),
		    SOTER_OK);
		CHECK(unknown.n == SOTER_JSON_MEMBERS_MAX - 1);
		CHECK(soter_span_equal(unknown.name[unknown.n - 1],
		    SOTER_SPAN("u31")));
	}
	check_row("none are left over from an earlier call");
	CHECK_RC(read_text(&t, SOTER_SPAN("{}"), &unknown, NULL),
	    SOTER_E_FIELD_MISSING);
	CHECK(unknown.n == 0);
}

int
main(void)
{
	test_cases();
	test_values();
	test_order();
	test_unknown();
	return (check_done());
}
