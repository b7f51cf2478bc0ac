/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/check.h"
#include "wire/platform.h"

/* ---- answers: the bytes that backends have parsed since 2017 --------------
 */

static const struct {
	const char *what;
	struct soter_platform_answer x;
	const char *text;
} answers[] = {
	{ "a token", { .access_token = "abc", .expires_in_s = 7200 },
	    "{\"access_token\":\"abc\",\"expires_in\":7200}" },
	{ "supported, before SDK 2.0",
	    { .is_support_answer = true, .is_support = true },
	    "{\"is_support\":true}" },
	{ "supported, with its kind",
	    { .is_support_answer = true,
		.is_support = true,
		.has_support_type = true,
		.support_type = 3 },
	    "{\"is_support\":true,\"support_type\":3}" },
	{ "not supported",
	    { .is_support_answer = true, .has_support_type = true },
	    "{\"is_support\":false,\"support_type\":0}" },
	{ "verified", { .is_verified = true, .attk_version = 2 },
	    "{\"is_verified\":true,\"attk_version\":2}" },
	{ "a verified chain has no root version", { .is_verified = true },
	    "{\"is_verified\":true}" },
	{ "refused: nothing of the root is told",
	    { .is_verified = false, .attk_version = 2 },
	    "{\"is_verified\":false}" },
	{ "an error is all there is",
	    { .error = SOTER_PLATFORM_E_ASK_NO_ATTK, .is_verified = true },
	    "{\"errcode\":90005,\"errmsg\":\"no ATTK for this device_id\"}" },
	{ "a negative number", { .error = SOTER_PLATFORM_E_SYSTEM },
	    "{\"errcode\":-1,\"errmsg\":\"system error\"}" },
	{ "refused, and why",
	    { .has_reason = true,
		.reason = { .rc = SOTER_E_SIGNATURE, .link = "ask" } },
	    "{\"is_verified\":false,\"reason\":{\"word\":\"signature\","
	    "\"number\":513,\"link\":\"ask\"}}" },
	{ "an error, and at which field",
	    { .error = SOTER_PLATFORM_E_ASK_DEVICE_ID,
		.has_reason = true,
		.reason = { .rc = SOTER_E_FIELD_VALUE,
		    .link = "none",
		    .field = "cpu_id" } },
	    "{\"errcode\":90004,\"errmsg\":\"no legal device_id in ask_json\","
	    "\"reason\":{\"word\":\"field_value\",\"number\":269,"
	    "\"link\":\"none\",\"field\":\"cpu_id\"}}" },
	{ "supported, and under which profile",
	    { .is_support_answer = true,
		.is_support = true,
		.has_reason = true,
		.reason = { .rc = SOTER_OK,
		    .link = "none",
		    .profile = "huawei" } },
	    "{\"is_support\":true,\"reason\":{\"word\":\"ok\",\"number\":0,"
	    "\"link\":\"none\",\"profile\":\"huawei\"}}" },
};

static void
check_answers(void)
{
	uint8_t bytes[SOTER_PLATFORM_ANSWER_MAX];

	for (size_t i = 0; i < SOTER_COUNT(answers); i++) {
		struct soter_writer w = soter_writer(bytes, sizeof(bytes));
		const size_t n = strlen(answers[i].text);

		check_row("answer: %s", answers[i].what);
		CHECK_RC(soter_platform_answer_write(&w, &answers[i].x),
		    SOTER_OK);
		CHECK(soter_span_equal(soter_written(&w),
		    soter_text(answers[i].text)));
		/* Each shorter room is refused, and not overrun. */
		for (size_t room = 0; room < n; room++) {
			w = soter_writer(bytes, room);
			CHECK_RC(soter_platform_answer_write(&w, &answers[i].x),
			    SOTER_E_NOSPACE);
		}
	}
	check_row("errcodes: what the public documents say");
	CHECK(soter_platform_errcode(SOTER_PLATFORM_FINE) == 0);
	CHECK(soter_platform_errcode(SOTER_PLATFORM_E_TOKEN_INVALID) == 40001);
	CHECK(soter_platform_errcode(SOTER_PLATFORM_E_ASK_FORMAT) == 90003);
}

/* ---- verify_ask -----------------------------------------------------------
 */

static const struct {
	const char *what, *body;
	enum soter_rc want;
	const char *json, *signature; /* decoded; NULL: none */
	bool explain;
} asks[] = {
	{ "as backends send it",
	    "{\"ask_json\": \"{\\\"uid\\\":\\\"1\\\"}\", "
	    "\"ask_json_signature\":\"ab\\/c=\"}",
	    SOTER_OK, "{\"uid\":\"1\"}", "ab/c=", false },
	{ "it wants to know why",
	    "{\"ask_json\":\"x\",\"ask_json_signature\":\"y\",\"explain\":true}",
	    SOTER_OK, "x", "y", true },
	{ "it says that it does not", "{\"ask_json\":\"x\",\"explain\":false}",
	    SOTER_OK, "x", NULL, false },
	{ "a chain has no signature",
	    "{\"ask_json\":\"x\",\"ask_json_signature\":\"\"}", SOTER_OK, "x",
	    NULL, false },
	{ "nothing in it", "{}", SOTER_OK, NULL, NULL, false },
	{ "members of tomorrow", "{\"ask_json\":\"x\",\"trace\":[\"a\"]}",
	    SOTER_OK, "x", NULL, false },
	{ "ask_json twice", "{\"ask_json\":\"x\",\"ask_json\":\"y\"}",
	    SOTER_E_FIELD_DOUBLED, NULL, NULL, false },
	{ "ask_json as an object", "{\"ask_json\":{\"uid\":\"1\"}}",
	    SOTER_E_JSON_DEPTH, NULL, NULL, false },
	{ "ask_json as a number", "{\"ask_json\":1}", SOTER_E_FIELD_TYPE, NULL,
	    NULL, false },
	{ "explain as a text", "{\"ask_json\":\"x\",\"explain\":\"true\"}",
	    SOTER_E_FIELD_TYPE, NULL, NULL, false },
	{ "a raw line feed in the text", "{\"ask_json\":\"x\ny\"}",
	    SOTER_E_JSON_TEXT, NULL, NULL, false },
	{ "a form instead of JSON", "ask_json=x&ask_json_signature=y",
	    SOTER_E_JSON, NULL, NULL, false },
	{ "two documents", "{\"ask_json\":\"x\"}{}", SOTER_E_JSON_TRAILING,
	    NULL, NULL, false },
};

static void
check_text(struct soter_span escaped, const char *want)
{
	uint8_t bytes[256];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	CHECK_RC(soter_json_decode(&w, escaped), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), soter_text(want)));
}

static void
check_asks(void)
{
	for (size_t i = 0; i < SOTER_COUNT(asks); i++) {
		struct soter_platform_ask x;
		struct soter_fault fault;

		check_row("verify_ask: %s", asks[i].what);
		CHECK_RC(soter_platform_ask_parse(&x, soter_text(asks[i].body),
			     &fault),
		    asks[i].want);
		if (asks[i].want != SOTER_OK)
			continue;
		CHECK(x.has_json == (asks[i].json != NULL));
		CHECK(x.has_signature == (asks[i].signature != NULL));
		CHECK(x.explain == asks[i].explain);
		if (x.has_json)
			check_text(x.json, asks[i].json);
		if (x.has_signature)
			check_text(x.signature, asks[i].signature);
	}
}

/* What is written is what is read, whatever stands in the text. */
static void
check_round_trip(void)
{
	static const char text[] = "{\"a\":\"\\/\x01\n\"}\\\"";
	uint8_t bytes[512];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct soter_platform_ask x;

	check_row("verify_ask: round trip");
	CHECK_RC(soter_write(&w, SOTER_SPAN("before")), SOTER_OK);
	CHECK_RC(soter_platform_ask_write(&w, soter_text(text),
		     SOTER_SPAN("+/="), true),
	    SOTER_OK);
	CHECK(w.len > 6);
	CHECK_RC(soter_platform_ask_parse(&x, soter_span(bytes + 6, w.len - 6),
		     NULL),
	    SOTER_OK);
	check_text(x.json, text);
	check_text(x.signature, "+/=");
	CHECK(x.explain);
}

/* ---- is_support -----------------------------------------------------------
 */

static const struct {
	const char *what, *body;
	enum soter_rc want;
	uint32_t version;
} models[] = {
	{ "with version 2", "{\"model_key\":\"<x>\",\"sdk_version\":2}",
	    SOTER_OK, 2 },
	{ "before there were versions", "{\"model_key\":\"<x>\"}", SOTER_OK,
	    1 },
	{ "without a model", "{\"sdk_version\":2}", SOTER_OK, 2 },
	{ "a version as text (issue 44)",
	    "{\"model_key\":\"<x>\",\"sdk_version\":\"2.0\"}",
	    SOTER_E_FIELD_TYPE, 0 },
	{ "a version as fraction",
	    "{\"model_key\":\"<x>\",\"sdk_version\":2.0}", SOTER_E_FIELD_TYPE,
	    0 },
	{ "version 0", "{\"model_key\":\"<x>\",\"sdk_version\":0}",
	    SOTER_E_FIELD_VALUE, 0 },
	{ "version below 0", "{\"model_key\":\"<x>\",\"sdk_version\":-2}",
	    SOTER_E_FIELD_VALUE, 0 },
	{ "version 2^31", "{\"model_key\":\"<x>\",\"sdk_version\":2147483648}",
	    SOTER_E_FIELD_VALUE, 0 },
	{ "a model that is no text", "{\"model_key\":true}", SOTER_E_FIELD_TYPE,
	    0 },
};

static void
check_models(void)
{
	for (size_t i = 0; i < SOTER_COUNT(models); i++) {
		struct soter_platform_model x;

		check_row("is_support: %s", models[i].what);
		CHECK_RC(soter_platform_model_parse(&x,
			     soter_text(models[i].body), NULL),
		    models[i].want);
		if (models[i].want == SOTER_OK)
			CHECK(x.sdk_version == models[i].version);
	}
}

int
main(void)
{
	check_answers();
	check_asks();
	check_round_trip();
	check_models();
	return (check_done());
}
