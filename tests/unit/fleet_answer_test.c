/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a server under test may answer: one response is read, and everything
 * that is not exactly one is garbage.
 */
#include "fleet/answer.h"
#include "tests/bytes.h"
#include "tests/check.h"

#define OK_LINE "HTTP/1.1 200 OK\r\n"
#define LENGTH	"Content-Length: 2\r\n"

static const struct {
	const char *what, *text;
	enum soter_rc want;
	int status;
	bool closes;
	const char *body;
	size_t behind; /* bytes that belong to the next one */
} rows[] = {
	{ "a good one", OK_LINE LENGTH "\r\n{}", SOTER_OK, 200, false, "{}",
	    0 },
	{ "no reason phrase", "HTTP/1.1 503 \r\n" LENGTH "\r\n{}", SOTER_OK,
	    503, false, "{}", 0 },
	{ "two at once", OK_LINE LENGTH "\r\n{}" OK_LINE, SOTER_OK, 200, false,
	    "{}", 17 },
	{ "names and values in other letters",
	    OK_LINE "content-LENGTH:2\r\ncoNNection:\t CLOSE \r\n\r\n{}",
	    SOTER_OK, 200, true, "{}", 0 },
	{ "HTTP/1.0 closes", "HTTP/1.0 200 OK\r\n" LENGTH "\r\n{}", SOTER_OK,
	    200, true, "{}", 0 },
	{ "HTTP/1.0 that does not",
	    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" LENGTH "\r\n{}",
	    SOTER_OK, 200, false, "{}", 0 },
	{ "an empty body", OK_LINE "Content-Length: 0\r\n\r\n", SOTER_OK, 200,
	    false, "", 0 },
	{ "204 has none", "HTTP/1.1 204 No\r\n\r\nHT", SOTER_OK, 204, false, "",
	    2 },
	{ "nothing", "", SOTER_E_SHORT, 0, false, NULL, 0 },
	{ "half a status line", "HTTP/1.1 2", SOTER_E_SHORT, 0, false, NULL,
	    0 },
	{ "no end of the head", OK_LINE LENGTH, SOTER_E_SHORT, 0, false, NULL,
	    0 },
	{ "half a body", OK_LINE LENGTH "\r\n{", SOTER_E_SHORT, 0, false, NULL,
	    0 },
	{ "no HTTP", "SSH-2.0-x\r\n", SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "HTTP/2.0", "HTTP/2.0 200 OK\r\n" LENGTH "\r\n{}", SOTER_E_FORMAT, 0,
	    false, NULL, 0 },
	{ "HTTP/1.2", "HTTP/1.2 200 OK\r\n" LENGTH "\r\n{}", SOTER_E_FORMAT, 0,
	    false, NULL, 0 },
	{ "a status of two digits", "HTTP/1.1 20 OKK\r\n" LENGTH "\r\n{}",
	    SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "a status of four", "HTTP/1.1 2000 OK\r\n" LENGTH "\r\n{}",
	    SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "a status of 100", "HTTP/1.1 100 Continue\r\n" LENGTH "\r\n{}",
	    SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "a status of 600", "HTTP/1.1 600 No\r\n" LENGTH "\r\n{}",
	    SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "no length", OK_LINE "\r\n", SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "two lengths", OK_LINE LENGTH LENGTH "\r\n{}", SOTER_E_FORMAT, 0,
	    false, NULL, 0 },
	{ "a length below zero", OK_LINE "Content-Length: -2\r\n\r\n{}",
	    SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "a length with a sign", OK_LINE "Content-Length: +2\r\n\r\n{}",
	    SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "a length of two numbers", OK_LINE "Content-Length: 2, 2\r\n\r\n{}",
	    SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "a length of no number", OK_LINE "Content-Length:\r\n\r\n{}",
	    SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "a length that wraps",
	    OK_LINE "Content-Length: 18446744073709551618\r\n\r\n{}",
	    SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "a length above the limit", OK_LINE "Content-Length: 1048577\r\n\r\n",
	    SOTER_E_LIMIT, 0, false, NULL, 0 },
	{ "chunks", OK_LINE "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	    SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "chunks beside a length",
	    OK_LINE LENGTH "Transfer-Encoding: chunked\r\n\r\n{}",
	    SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "bare LF", "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", SOTER_E_FORMAT,
	    0, false, NULL, 0 },
	{ "bare CR in a header", OK_LINE "A: b\rC: d\r\n" LENGTH "\r\n{}",
	    SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "a folded header", OK_LINE "A: b\r\n c\r\n" LENGTH "\r\n{}",
	    SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "a header without a name", OK_LINE ": b\r\n" LENGTH "\r\n{}",
	    SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "a blank before the colon", OK_LINE "A : b\r\n" LENGTH "\r\n{}",
	    SOTER_E_FORMAT, 0, false, NULL, 0 },
	{ "a header without a colon", OK_LINE "A\r\n" LENGTH "\r\n{}",
	    SOTER_E_FORMAT, 0, false, NULL, 0 },
};

static void
test_responses(void)
{
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		size_t n = strlen(rows[i].text);
		uint8_t *copy = malloc(n + 1); /* of that size, for ASan */
		struct fleet_response x = { .n = 77 };

		check_row("%s", rows[i].what);
		memcpy(copy, rows[i].text, n);
		CHECK_RC(fleet_response_parse(&x, soter_span(copy, n)),
		    rows[i].want);
		if (rows[i].want != SOTER_OK) {
			CHECK(x.n == 77);
			free(copy);
			continue;
		}
		CHECK(x.status == rows[i].status);
		CHECK(x.closes == rows[i].closes);
		CHECK(x.n == n - rows[i].behind);
		CHECK(soter_span_equal(x.body, soter_text(rows[i].body)));
		free(copy);
	}
}

static void
test_sizes(void)
{
	static char text[3 * FLEET_HEAD_MAX];
	struct fleet_response x;
	size_t n;

	check_row("cut at each byte: more is wanted, never garbage");
	for (n = 0; n < strlen(rows[0].text); n++)
		CHECK_RC(fleet_response_parse(&x, soter_span(rows[0].text, n)),
		    SOTER_E_SHORT);
	check_row("a head that does not end");
	memset(text, 'a', sizeof(text));
	CHECK_RC(fleet_response_parse(&x, soter_span(text, sizeof(text))),
	    SOTER_E_LIMIT);
	check_row("headers without end");
	n = (size_t)snprintf(text, sizeof(text), "%s", OK_LINE);
	while (n + 8 < sizeof(text))
		n += (size_t)snprintf(text + n, 8, "A: bc\r\n");
	CHECK_RC(fleet_response_parse(&x, soter_span(text, n)), SOTER_E_LIMIT);
	check_row("a NUL in a header");
	CHECK_RC(fleet_response_parse(&x,
		     SOTER_SPAN(OK_LINE "A: \0\r\n" LENGTH "\r\n{}")),
	    SOTER_E_FORMAT);
}

/* ---- what the body says -------------------------------------------------- */

static const struct {
	const char *what, *text;
	bool has_errcode;
	int64_t errcode;
	enum fleet_verdict verdict;
	const char *word;
	bool has_refused;
} said[] = {
	{ "the historic yes", "{\"is_verified\":true,\"attk_version\":2}",
	    false, 0, FLEET_VERDICT_YES, "", false },
	{ "the historic no", "{ \"is_verified\" : false }", false, 0,
	    FLEET_VERDICT_NO, "", false },
	{ "a code", "{\"errcode\":90005,\"errmsg\":\"no\"}", true, 90005,
	    FLEET_VERDICT_NONE, "", false },
	{ "a code below zero", "{\"errcode\":-1}", true, -1, FLEET_VERDICT_NONE,
	    "", false },
	{ "a reason inside",
	    "{\"errcode\":90005,\"reason\":{\"word\":\"attk_unknown\"}}", true,
	    90005, FLEET_VERDICT_NONE, "attk_unknown", false },
	{ "a reason as text", "{\"reason\":\"busy\",\"word\":\"else\"}", false,
	    0, FLEET_VERDICT_NONE, "busy", false },
	{ "a code inside a text", "{\"errmsg\":\"\\\"errcode\\\":7\"}", false,
	    0, FLEET_VERDICT_NONE, "", false },
	{ "a text that is called like a name", "[\"errcode\",\"is_verified\"]",
	    false, 0, FLEET_VERDICT_NONE, "", false },
	{ "the first of two", "{\"errcode\":1,\"errcode\":2}", true, 1,
	    FLEET_VERDICT_NONE, "", false },
	{ "a code as text", "{\"errcode\":\"7\"}", false, 0, FLEET_VERDICT_NONE,
	    "", false },
	{ "a code out of range", "{\"errcode\":99999999999999999999}", false, 0,
	    FLEET_VERDICT_NONE, "", false },
	{ "letters that steer", "{\"word\":\"a\\u001b[1m\n<b>\"}", false, 0,
	    FLEET_VERDICT_NONE, "a?u001b?1m??b?", false },
	{ "a batch, and all was taken",
	    "{\"device_id\":\"a\",\"result\":\"ok\"}\n"
	    "{\"device_id\":\"b\",\"result\":\"same\"}\n",
	    false, 0, FLEET_VERDICT_NONE, "", false },
	{ "a batch, and one was refused",
	    "{\"device_id\":\"a\",\"result\":\"ok\"}\n"
	    "{\"device_id\":\"b\",\"result\":\"refused\","
	    "\"reason\":\"key_weak\"}\n"
	    "{\"device_id\":\"c\",\"result\":\"ok\"}\n",
	    false, 0, FLEET_VERDICT_NONE, "key_weak", true },
	{ "a device that is called so",
	    "{\"device_id\":\"refused\",\"result\":\"ok\"}\n", false, 0,
	    FLEET_VERDICT_NONE, "", false },
	{ "no JSON", "<html>\"", false, 0, FLEET_VERDICT_NONE, "", false },
	{ "it ends in a name", "{\"errcode\"", false, 0, FLEET_VERDICT_NONE, "",
	    false },
	{ "it ends in front of a value", "{\"errcode\": ", false, 0,
	    FLEET_VERDICT_NONE, "", false },
	{ "it ends in an escape", "{\"word\":\"a\\", false, 0,
	    FLEET_VERDICT_NONE, "", false },
	{ "nothing", "", false, 0, FLEET_VERDICT_NONE, "", false },
	{ "a word that is too long",
	    "{\"word\":\"0123456789012345678901234567890123456789"
	    "0123456789\"}",
	    false, 0, FLEET_VERDICT_NONE,
	    "01234567890123456789012345678901234567890123456", false },
};

static void
test_said(void)
{
	for (size_t i = 0; i < SOTER_COUNT(said); i++) {
		size_t n = strlen(said[i].text);
		uint8_t *copy = malloc(n + 1);
		struct fleet_said x;

		check_row("body: %s", said[i].what);
		memcpy(copy, said[i].text, n);
		fleet_said_read(&x, soter_span(copy, n));
		CHECK(x.has_errcode == said[i].has_errcode);
		CHECK(x.errcode == said[i].errcode);
		CHECK(x.verdict == said[i].verdict);
		CHECK(strcmp(x.word, said[i].word) == 0);
		CHECK(x.has_refused == said[i].has_refused);
		free(copy);
	}
}

static void
test_text(void)
{
	struct soter_span body =
	    SOTER_SPAN("{\"expires_in\":7200,\"access_token\":\"abc\"}");
	char out[4] = "zzz";

	check_row("a text of a body");
	CHECK_RC(fleet_said_text(body, "access_token", out, 3), SOTER_E_LIMIT);
	CHECK_RC(fleet_said_text(body, "expires_in", out, 4), SOTER_E_NOTFOUND);
	CHECK_RC(fleet_said_text(body, "token", out, 4), SOTER_E_NOTFOUND);
	CHECK(strcmp(out, "zzz") == 0);
	CHECK_RC(fleet_said_text(body, "access_token", out, 4), SOTER_OK);
	CHECK(strcmp(out, "abc") == 0);
}

int
main(void)
{
	test_responses();
	test_sizes();
	test_said();
	test_text();
	return (check_done());
}
