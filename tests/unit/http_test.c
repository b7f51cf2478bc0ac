/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/http: what goes to the app's server, and what its answers mean.
 */
#include "tests/check.h"
#include "tests/httpd.h"

#include "device/http/transfer.h"
#include "soter/http.h"

#define OK(body)                                   \
	"HTTP/1.1 200 OK\r\nConnection: close\r\n" \
	"Content-Type: application/json\r\n\r\n" body
#define STATUS(line) "HTTP/1.1 " line "\r\nConnection: close\r\n\r\n"
#define YES	     "{\"data\":{\"is_verified\":true}}"

static struct httpd server;
static struct soter_http *http;
static struct soter_network net;

static const struct soter_core_signed key = { .json_n = 9,
	.json = "{\"a\":\"\n\"}",
	.signature = "AAAA+/==",
	.claimed_salt_len = 32 };

static void
open_http(const char *digest, const char *authorization)
{
	char url[100];
	struct soter_http_options options = { .url = url,
		.password_digest = digest,
		.authorization = authorization };

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/app/",
	    (unsigned)server.port);
	if (soter_http_new(&http, &options) != SOTER_OK)
		abort();
	net = soter_http_network(http);
}

static bool
was_sent(const char *text)
{
	bool is = strstr(server.request, text) != NULL;

	if (!is)
		printf("# %s\n# has no %s\n", server.request, text);
	return (is);
}

/* ---- what an answer means ------------------------------------------------ */

static const struct {
	const char *what, *answer;
	enum soter_rc want;
} answers[] = {
	{ "it took the key", OK(YES), SOTER_OK },
	{ "more members than we know",
	    OK("{\"errcode\":0,\"data\":{\"x\":[1],\"is_verified\":true}}"),
	    SOTER_OK },
	{ "it refused the key", OK("{\"data\":{\"is_verified\":false}}"),
	    SOTER_E_UPLOAD_REFUSED },
	{ "400", STATUS("400 Bad"), SOTER_E_UPLOAD_REFUSED },
	{ "401", STATUS("401 Who"), SOTER_E_UPLOAD_REFUSED },
	{ "403", STATUS("403 No"), SOTER_E_UPLOAD_REFUSED },
	{ "404", STATUS("404 Where"), SOTER_E_UPLOAD_REFUSED },
	{ "408: later", STATUS("408 Slow"), SOTER_E_NETWORK },
	{ "425: later", STATUS("425 Early"), SOTER_E_NETWORK },
	{ "429: later", STATUS("429 Busy"), SOTER_E_NETWORK },
	{ "500", STATUS("500 Oh"), SOTER_E_NO_ANSWER },
	{ "503", STATUS("503 Full"), SOTER_E_NO_ANSWER },
	{ "204: no answer in it", STATUS("204 Empty"), SOTER_E_NO_ANSWER },
	{ "an answer in a 201", "HTTP/1.1 201 OK\r\n\r\n" YES,
	    SOTER_E_NO_ANSWER },
	{ "a redirect", "HTTP/1.1 302 There\r\nLocation: /else\r\n\r\n" YES,
	    SOTER_E_NO_ANSWER },
	{ "no HTTP", "SSH-2.0-there\r\n", SOTER_E_NO_ANSWER },
	{ "cut", "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"data\"",
	    SOTER_E_NO_ANSWER },
	{ "a portal's page", OK("<html>Sign in</html>"), SOTER_E_NO_ANSWER },
	{ "nothing", OK(""), SOTER_E_NO_ANSWER },
	{ "no data", OK("{}"), SOTER_E_NO_ANSWER },
	{ "data of another type", OK("{\"data\":true}"), SOTER_E_NO_ANSWER },
	{ "the answer outside", OK("{\"is_verified\":true}"),
	    SOTER_E_NO_ANSWER },
	{ "another question's answer", OK("{\"data\":{\"result\":true}}"),
	    SOTER_E_NO_ANSWER },
	{ "1 is not true", OK("{\"data\":{\"is_verified\":1}}"),
	    SOTER_E_NO_ANSWER },
	{ "a text is not true", OK("{\"data\":{\"is_verified\":\"true\"}}"),
	    SOTER_E_NO_ANSWER },
	{ "said twice",
	    OK("{\"data\":{\"is_verified\":false,\"is_verified\":true}}"),
	    SOTER_E_NO_ANSWER },
	{ "bytes behind it", OK(YES "x"), SOTER_E_NO_ANSWER },
};

static void
test_answers(void)
{
	for (size_t i = 0; i < SOTER_COUNT(answers); i++) {
		check_row("answer: %s", answers[i].what);
		server.answer = answers[i].answer;
		server.requests = 0;
		CHECK_RC(net.upload_ask(net.context, &key, 5000),
		    answers[i].want);
		CHECK(server.requests == 1); /* no redirect, no retry */
	}
}

static void
test_limits(void)
{
	enum soter_rc rc;

	check_row("an answer as long as allowed");
	server.answer = OK(YES);
	server.more = HTTP_ANSWER_MAX - strlen(YES);
	CHECK_RC(net.upload_ask(net.context, &key, 5000), SOTER_OK);

	check_row("an answer one byte longer");
	server.more++;
	CHECK_RC(net.upload_ask(net.context, &key, 5000), SOTER_E_NO_ANSWER);
	server.more = 0;

	check_row("a server that says nothing");
	server.answer = NULL;
	server.requests = 0;
	CHECK_RC(net.upload_ask(net.context, &key, 1000), SOTER_E_TIME);
	CHECK(server.requests == 1);

	check_row("no time at all: it may not have been asked");
	rc = net.upload_ask(net.context, &key, 0);
	CHECK(rc == SOTER_E_TIME || rc == SOTER_E_NETWORK);
}

/* ---- was it asked? ------------------------------------------------------- */

/* A result that may have come there must never be called undelivered. */
static enum soter_rc
ask_at(const char *url, unsigned ms)
{
	struct soter_http_options options = { .url = url };
	struct soter_http *other = NULL;
	enum soter_rc rc = SOTER_E_ARGUMENT;

	if (CHECK_RC(soter_http_new(&other, &options), SOTER_OK)) {
		struct soter_network there = soter_http_network(other);

		rc = there.upload_result(there.context, 1, &key, ms);
	}
	soter_http_free(&other);
	return (rc);
}

static void
test_asked(void)
{
	char url[100];

	check_row("asked: the connection ends without a word");
	server.answer = "";
	server.requests = 0;
	CHECK_RC(net.upload_result(net.context, 1, &key, 5000),
	    SOTER_E_NO_ANSWER);
	CHECK(server.requests == 1);

	check_row("not asked: nobody has that name");
	CHECK_RC(ask_at("https://server.invalid/", 5000), SOTER_E_NETWORK);

	check_row("not asked: the time is over before TLS is there");
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/",
	    (unsigned)server.port);
	server.answer = NULL;
	server.requests = 0;
	CHECK_RC(ask_at(url, 200), SOTER_E_NETWORK);
	CHECK(server.requests == 0);
}

/* ---- what is sent -------------------------------------------------------- */

static void
test_requests(void)
{
	bool is_supported = false;
	enum soter_support_type type = SOTER_SUPPORT_UNDEFINED;
	char text[20] = "before";

	check_row("get_is_support");
	server.answer = OK("{\"data\":{\"is_support\":true}}");
	CHECK_RC(net.is_support(net.context, "<a b=\"c\">", 5000, &is_supported,
		     &type),
	    SOTER_OK);
	CHECK(is_supported && type == SOTER_SUPPORT_UNDEFINED);
	CHECK(was_sent("POST /app/get_is_support HTTP/1.1\r\n"));
	CHECK(was_sent("Content-Type: application/json\r\n"));
	CHECK(was_sent("\r\n\r\n{\"request\":\"<a b=\\\"c\\\">\"}"));
	CHECK(strstr(server.request, "Authorization") == NULL);

	check_row("get_is_support: no, with a type");
	server.answer =
	    OK("{\"data\":{\"is_support\":false,\"support_type\":3}}");
	CHECK_RC(net.is_support(net.context, "x", 5000, &is_supported, &type),
	    SOTER_OK);
	CHECK(!is_supported && type == SOTER_SUPPORT_BOTH);

	check_row("get_is_support: a type that there is not");
	server.answer =
	    OK("{\"data\":{\"is_support\":true,\"support_type\":11}}");
	CHECK_RC(net.is_support(net.context, "x", 5000, &is_supported, &type),
	    SOTER_OK);
	CHECK(is_supported && type == SOTER_SUPPORT_UNDEFINED);

	check_row("upload_ask_key: the text as it was signed");
	server.answer = OK(YES);
	CHECK_RC(net.upload_ask(net.context, &key, 5000), SOTER_OK);
	CHECK(was_sent("POST /app/upload_ask_key HTTP/1.1\r\n"));
	CHECK(was_sent("{\"keyJson\":\"{\\\"a\\\":\\\"\\n\\\"}\","
		       "\"keySignature\":\"AAAA+/==\"}"));

	check_row("upload_pay_auth_key, without a password");
	server.answer = OK("{\"data\":{\"result\":true}}");
	CHECK_RC(net.upload_authkey(net.context, 7, &key, 5000), SOTER_OK);
	CHECK(was_sent("POST /app/upload_pay_auth_key HTTP/1.1\r\n"));
	CHECK(was_sent("\"signature\":\"AAAA+/==\",\"scene\":7}"));

	check_row("get_challenge");
	server.answer = OK("{\"data\":{\"challengeStr\":\"0123456789\"}}");
	CHECK_RC(net.get_challenge(net.context, 7, text, 10, 5000),
	    SOTER_E_NO_ANSWER);
	CHECK(strcmp(text, "before") == 0);
	CHECK_RC(net.get_challenge(net.context, 7, text, 11, 5000), SOTER_OK);
	CHECK(strcmp(text, "0123456789") == 0);
	CHECK(was_sent("POST /app/get_challenge HTTP/1.1\r\n"));
	CHECK(was_sent("{\"scene\":7}"));

	check_row("authentication");
	server.answer = OK("{\"data\":{\"is_authenticated\":true}}");
	CHECK_RC(net.upload_result(net.context, 7, &key, 5000), SOTER_OK);
	CHECK(was_sent("POST /app/authentication HTTP/1.1\r\n"));
	CHECK(was_sent("\"signature\":\"AAAA+/==\",\"saltlen\":32,"
		       "\"scene\":7}"));
	server.answer = OK("{\"data\":{\"is_authenticated\":false}}");
	CHECK_RC(net.upload_result(net.context, 7, &key, 5000),
	    SOTER_E_UPLOAD_REFUSED);
}

static void
test_password(void)
{
	soter_http_free(&http);
	open_http("d1935t", "Bearer tok");

	check_row("the password goes with a key, and with its first result");
	server.answer = OK("{\"data\":{\"result\":true}}");
	CHECK_RC(net.upload_authkey(net.context, 7, &key, 5000), SOTER_OK);
	CHECK(was_sent("\"pwdDigest\":\"d1935t\""));
	CHECK(was_sent("Authorization: Bearer tok\r\n"));
	server.answer = OK("{\"data\":{\"isOpenSuccess\":false}}");
	CHECK_RC(net.upload_result(net.context, 7, &key, 5000),
	    SOTER_E_UPLOAD_REFUSED);
	server.answer = OK("{\"data\":{\"isOpenSuccess\":true}}");
	CHECK_RC(net.upload_result(net.context, 7, &key, 5000), SOTER_OK);
	CHECK(was_sent("POST /app/open_fingerprintpay HTTP/1.1\r\n"));
	CHECK(was_sent("\"pwdDigest\":\"d1935t\""));

	check_row(
	    "and with no other, unless the app says that it is the first");
	server.answer = OK("{\"data\":{\"is_authenticated\":true}}");
	CHECK_RC(net.upload_result(net.context, 7, &key, 5000), SOTER_OK);
	CHECK(was_sent("POST /app/authentication HTTP/1.1\r\n"));
	CHECK(strstr(server.request, "d1935t") == NULL);
	CHECK_RC(net.upload_result(net.context, 8, &key, 5000), SOTER_OK);
	CHECK(strstr(server.request, "d1935t") == NULL);
	CHECK_RC(soter_http_switch_on(http, 8), SOTER_OK);
	server.answer = OK("{\"data\":{\"isOpenSuccess\":true}}");
	CHECK_RC(net.upload_result(net.context, 8, &key, 5000), SOTER_OK);
	CHECK(was_sent("POST /app/open_fingerprintpay HTTP/1.1\r\n"));
	CHECK(was_sent("\"pwdDigest\":\"d1935t\""));
	for (int32_t i = 0; i < SOTER_SCENES_MAX; i++)
		CHECK_RC(soter_http_switch_on(http, i), SOTER_OK);
	CHECK_RC(soter_http_switch_on(http, 0), SOTER_OK);
	CHECK_RC(soter_http_switch_on(http, SOTER_SCENES_MAX), SOTER_E_LIMIT);
	soter_http_free(&http);
	open_http(NULL, NULL);
	CHECK_RC(soter_http_switch_on(http, 8), SOTER_E_ARGUMENT);
}

/* ---- where it may go ----------------------------------------------------- */

static const struct {
	const char *what, *url, *authorization;
	enum soter_rc want;
} urls[] = {
	{ "https", "https://app.example/soter", NULL, SOTER_OK },
	{ "http to this machine", "http://127.0.0.1:1/", NULL, SOTER_OK },
	{ "by name", "http://localhost", NULL, SOTER_OK },
	{ "by IPv6", "http://[::1]:1/a", NULL, SOTER_OK },
	{ "no URL", NULL, NULL, SOTER_E_ARGUMENT },
	{ "http to another", "http://app.example/soter", NULL,
	    SOTER_E_ARGUMENT },
	{ "a name that only begins so", "http://localhost.example/", NULL,
	    SOTER_E_ARGUMENT },
	{ "an address that only begins so", "http://127.0.0.1.example/", NULL,
	    SOTER_E_ARGUMENT },
	{ "this machine as the user's name", "http://127.0.0.1@app.example/",
	    NULL, SOTER_E_ARGUMENT },
	{ "a password in it", "https://a:b@app.example/", NULL,
	    SOTER_E_ARGUMENT },
	{ "a query", "https://app.example/?a=b", NULL, SOTER_E_ARGUMENT },
	{ "a fragment", "https://app.example/#a", NULL, SOTER_E_ARGUMENT },
	{ "a file", "file:///etc/passwd", NULL, SOTER_E_ARGUMENT },
	{ "ftp", "ftp://app.example/", NULL, SOTER_E_ARGUMENT },
	{ "no scheme", "app.example/soter", NULL, SOTER_E_ARGUMENT },
	{ "a second header line", "https://app.example/", "a\r\nHost: b",
	    SOTER_E_ARGUMENT },
};

static void
test_urls(void)
{
	for (size_t i = 0; i < SOTER_COUNT(urls); i++) {
		struct soter_http *made = NULL;
		struct soter_http_options options = { .url = urls[i].url,
			.authorization = urls[i].authorization };

		check_row("URL: %s", urls[i].what);
		CHECK_RC(soter_http_new(&made, &options), urls[i].want);
		CHECK((made != NULL) == (urls[i].want == SOTER_OK));
		soter_http_free(&made);
	}
}

static void
test_nobody(void)
{
	check_row("not asked: nobody listens");
	httpd_stop(&server);
	CHECK_RC(net.upload_ask(net.context, &key, 5000), SOTER_E_NETWORK);
}

int
main(void)
{
	httpd_start(&server, NULL);
	open_http(NULL, NULL);
	test_answers();
	test_asked();
	test_requests();
	test_password();
	test_urls();
	test_limits(); /* what it gives up may still come to the server */
	test_nobody();
	soter_http_free(&http);
	return (check_done());
}
