/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One connection of src/net, and clients that lie.  Every row is told in one
 * piece, byte by byte, and cut in two at every place: always the same.
 */
#include "tests/check.h"
#include "tests/netrig.h"

#define GET	"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
#define POST	"POST /p HTTP/1.1\r\nHost: h\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define H	"Host: h\r\n"
#define X16(x)	x x x x x x x x x x x x x x x x

#define SAW_A	"GET /a? h   |"

static const struct {
	const char *what;
	const char *in;
	const char *seen; /* what the app saw */
	const char *sent; /* statuses; '!' if the connection ends */
} cases[] = {
	/* What must work. */
	{ "a plain request", GET, SAW_A, "200" },
	{ "two in a row", GET GET, SAW_A SAW_A, "200 200" },
	{ "query, type, token",
	    "POST /p?q=1&r HTTP/1.1\r\nhOST: h:8\r\nContent-Type: a/b\r\n"
	    "Authorization: Bearer x\r\nContent-Length: 2\r\n\r\nhi",
	    "POST /p?q=1&r h:8 a/b Bearer x hi|", "200" },
	{ "a body, and another request behind it",
	    POST "Content-Length: 5\r\n\r\nhello" GET,
	    "POST /p? h   hello|" SAW_A, "200 200" },
	{ "an empty body", POST "Content-Length: 0\r\n\r\n" GET,
	    "POST /p? h   |" SAW_A, "200 200" },
	{ "chunks", CHUNKED "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n" GET,
	    "POST /p? h   hello|" SAW_A, "200 200" },
	{ "chunks with an extension", CHUNKED "2;a=b\r\nhe\r\n0;x\r\n\r\n",
	    "POST /p? h   he|", "200" },
	{ "a chunk size with zeros in front", CHUNKED "0002\r\nhe\r\n0\r\n\r\n",
	    "POST /p? h   he|", "200" },
	{ "Transfer-Encoding in another case",
	    POST "transfer-encoding: CHUNKED\r\n\r\n0\r\n\r\n",
	    "POST /p? h   |", "200" },
	{ "HEAD", "HEAD / HTTP/1.1\r\n" H "\r\n", "HEAD /? h   |", "200" },
	{ "1.0 ends", "GET / HTTP/1.0\r\n\r\n", "GET /?    |", "200!" },
	{ "1.0 may go on", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	    "GET /?    |", "200" },
	{ "Connection: close",
	    "GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n" GET,
	    "GET /? h   |", "200!" },
	{ "blanks around a value", "GET / HTTP/1.1\r\nHost:\t h \t\r\n\r\n",
	    "GET /? h   |", "200" },
	{ "an offer of another protocol is not taken",
	    "GET / HTTP/1.1\r\n" H "Connection: Upgrade, HTTP2-Settings\r\n"
	    "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n" GET,
	    "GET /? h   |" SAW_A, "200 200" },
	{ "Expect of no body",
	    "GET /a HTTP/1.1\r\n" H "Expect: 100-continue\r\n\r\n", SAW_A,
	    "200" },
	{ "Expect of a 1.0 client",
	    "POST /p HTTP/1.0\r\nExpect: 100-continue\r\n"
	    "Content-Length: 2\r\n\r\nhi",
	    "POST /p?    hi|", "200!" },
	/* Two servers, two requests. */
	{ "Content-Length, then Transfer-Encoding",
	    POST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "0\r\n\r\n" GET,
	    "", "400 length_and_encoding!" },
	{ "Transfer-Encoding, then Content-Length",
	    POST "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n"
		 "0\r\n\r\n" GET,
	    "", "400 length_and_encoding!" },
	{ "two lengths",
	    POST "Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello", "",
	    "400 header_doubled!" },
	{ "two lengths that agree",
	    POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "",
	    "400 header_doubled!" },
	{ "two lengths in one field", POST "Content-Length: 5, 5\r\n\r\nhello",
	    "", "400 content_length!" },
	{ "a length with a sign", POST "Content-Length: +5\r\n\r\nhello", "",
	    "400 content_length!" },
	{ "a length below zero", POST "Content-Length: -1\r\n\r\n", "",
	    "400 content_length!" },
	{ "a length in hex", POST "Content-Length: 0x5\r\n\r\nhello", "",
	    "400 content_length!" },
	{ "a length with zeros in front",
	    POST "Content-Length: 005\r\n\r\nhello", "",
	    "400 content_length!" },
	{ "a length with a blank in it",
	    POST "Content-Length: 1 0\r\n\r\nhello", "",
	    "400 content_length!" },
	{ "no length in Content-Length", POST "Content-Length:\r\n\r\n", "",
	    "400 content_length!" },
	{ "a length of 2^64",
	    POST "Content-Length: 18446744073709551616\r\n"
		 "\r\n",
	    "", "400 content_length!" },
	{ "a length of 2^64 - 1",
	    POST "Content-Length: 18446744073709551615\r\n\r\n", "",
	    "413 body_long!" },
	{ "a coding nobody knows",
	    POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "",
	    "501 transfer_encoding!" },
	{ "chunked, identity",
	    POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "",
	    "501 transfer_encoding!" },
	{ "identity, chunked",
	    POST "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", "",
	    "501 transfer_encoding!" },
	{ "identity", POST "Transfer-Encoding: identity\r\n\r\n", "",
	    "501 transfer_encoding!" },
	{ "no coding", POST "Transfer-Encoding:\r\n\r\n0\r\n\r\n", "",
	    "501 transfer_encoding!" },
	{ "chunked in quotes",
	    POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", "",
	    "501 transfer_encoding!" },
	{ "chunked behind a vertical TAB",
	    POST "Transfer-Encoding: \x0b"
		 "chunked\r\n\r\n0\r\n\r\n",
	    "", "400 control_character!" },
	{ "two codings",
	    POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"
		 "\r\n0\r\n\r\n",
	    "", "400 header_doubled!" },
	{ "two codings that agree",
	    POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
		 "\r\n0\r\n\r\n",
	    "", "400 header_doubled!" },
	{ "chunks of a 1.0 client",
	    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	    "", "501 transfer_encoding!" },
	{ "a blank before the colon",
	    POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "",
	    "400 header_name!" },
	{ "a blank before the colon of a length",
	    POST "Content-Length : 5\r\n\r\nhello", "", "400 header_name!" },
	{ "a folded coding",
	    POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", "",
	    "501 transfer_encoding!" },
	{ "a folded field", "GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n", "",
	    "400 header_folded!" },
	{ "a field folded with a TAB",
	    "GET / HTTP/1.1\r\n" H "A: b\r\n\tc\r\n\r\n", "",
	    "400 header_folded!" },
	{ "a blank before the first field", "GET / HTTP/1.1\r\n " H "\r\n", "",
	    "400 header_folded!" },
	{ "no name", "GET / HTTP/1.1\r\n" H ": x\r\n\r\n", "",
	    "400 header_name!" },
	{ "no colon", "GET / HTTP/1.1\r\n" H "Abc\r\n\r\n", "",
	    "400 header_name!" },
	{ "a name with a bracket", "GET / HTTP/1.1\r\n" H "A[b]: x\r\n\r\n", "",
	    "400 header_name!" },
	{ "a name beyond ASCII", "GET / HTTP/1.1\r\n" H "\xc3\xa4: x\r\n\r\n",
	    "", "400 header_name!" },
	/* Line ends. */
	{ "LF alone", "GET / HTTP/1.1\nHost: h\n\n", "", "400 line_end!" },
	{ "LF alone after the line", "GET / HTTP/1.1\n" H "\r\n", "",
	    "400 line_end!" },
	{ "LF alone after a field", "GET / HTTP/1.1\r\nHost: h\n\r\n", "",
	    "400 line_end!" },
	{ "LF alone at the end", "GET / HTTP/1.1\r\n" H "\n", "",
	    "400 line_end!" },
	{ "CR alone in a value", "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", "",
	    "400 line_end!" },
	{ "CR alone at the end", "GET / HTTP/1.1\r\n" H "\rX", "",
	    "400 line_end!" },
	{ "CR CR LF", "GET / HTTP/1.1\r\r\n" H "\r\n", "", "400 line_end!" },
	{ "an empty line in front", "\r\n" GET, "", "400 request_line!" },
	{ "a control character in a value",
	    "GET / HTTP/1.1\r\n" H "A: \x01\r\n\r\n", "",
	    "400 control_character!" },
	/* The first line. */
	{ "no version", "GET /\r\n\r\n", "", "400 request_line!" },
	{ "HTTP/0.9", "GET / HTTP/0.9\r\n\r\n", "", "505 http_version!" },
	{ "HTTP/1.2", "GET / HTTP/1.2\r\n" H "\r\n", "", "505 http_version!" },
	{ "HTTP/2.0", "GET / HTTP/2.0\r\n" H "\r\n", "", "505 http_version!" },
	{ "HTTP/2's first words", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "",
	    "505 http_version!" },
	{ "HTTP/1.10", "GET / HTTP/1.10\r\n" H "\r\n", "",
	    "400 request_line!" },
	{ "HTTP/11", "GET / HTTP/11\r\n" H "\r\n", "", "400 request_line!" },
	{ "http/1.1", "GET / http/1.1\r\n" H "\r\n", "", "400 request_line!" },
	{ "ICE/1.1", "GET / ICE/1.1\r\n" H "\r\n", "", "400 request_line!" },
	{ "RTSP/1.0", "OPTIONS / RTSP/1.0\r\n" H "\r\n", "",
	    "400 request_line!" },
	{ "two blanks", "GET  / HTTP/1.1\r\n" H "\r\n", "",
	    "400 request_line!" },
	{ "two blanks before the version", "GET /  HTTP/1.1\r\n" H "\r\n", "",
	    "400 request_line!" },
	{ "a blank at the end", "GET / HTTP/1.1 \r\n" H "\r\n", "",
	    "400 request_line!" },
	{ "a TAB", "GET\t/ HTTP/1.1\r\n" H "\r\n", "", "400 request_line!" },
	{ "a blank in front", " GET / HTTP/1.1\r\n" H "\r\n", "",
	    "400 request_line!" },
	{ "a method in small letters", "get / HTTP/1.1\r\n" H "\r\n", "",
	    "501 method!" },
	{ "OPTIONS", "OPTIONS / HTTP/1.1\r\n" H "\r\n", "", "501 method!" },
	{ "CONNECT", "CONNECT h:443 HTTP/1.1\r\n" H "\r\n", "", "501 method!" },
	{ "TRACE", "TRACE / HTTP/1.1\r\n" H "\r\n", "", "501 method!" },
	{ "PUT with a body",
	    "PUT / HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\nhi", "",
	    "501 method!" },
	{ "absolute form", "GET http://h/ HTTP/1.1\r\n" H "\r\n", "",
	    "400 target!" },
	{ "authority form", "GET h:80 HTTP/1.1\r\n" H "\r\n", "",
	    "400 target!" },
	{ "asterisk form", "GET * HTTP/1.1\r\n" H "\r\n", "", "400 target!" },
	{ "a fragment", "GET /a#b HTTP/1.1\r\n" H "\r\n", "", "400 target!" },
	{ "a backslash", "GET /\\..\\a HTTP/1.1\r\n" H "\r\n", "",
	    "400 target!" },
	{ "a target beyond ASCII", "GET /\xc3\xa4 HTTP/1.1\r\n" H "\r\n", "",
	    "400 target!" },
	{ "a TLS greeting", "\x16\x03\x01\x02\x05\x01", "",
	    "400 control_character!" },
	/* Host. */
	{ "no Host", "GET / HTTP/1.1\r\n\r\n", "", "400 host!" },
	{ "an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "", "400 host!" },
	{ "two Hosts", "GET / HTTP/1.1\r\n" H "Host: i\r\n\r\n", "",
	    "400 header_doubled!" },
	{ "two Hosts that agree", "GET / HTTP/1.1\r\n" H H "\r\n", "",
	    "400 header_doubled!" },
	{ "two Hosts of a 1.0 client", "GET / HTTP/1.0\r\n" H H "\r\n", "",
	    "400 header_doubled!" },
	{ "a list of Hosts", "GET / HTTP/1.1\r\nHost: h, i\r\n\r\n", "",
	    "400 host!" },
	{ "a Host with a user", "GET / HTTP/1.1\r\nHost: a@h\r\n\r\n", "",
	    "400 host!" },
	{ "a Host with a path", "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n", "",
	    "400 host!" },
	/* Fields that we read stand there once. */
	{ "two tokens",
	    "GET / HTTP/1.1\r\n" H
	    "Authorization: a\r\nAuthorization: b\r\n\r\n",
	    "", "400 header_doubled!" },
	{ "two types",
	    "GET / HTTP/1.1\r\n" H
	    "Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n",
	    "", "400 header_doubled!" },
	{ "an unknown Expect", POST "Expect: gold\r\nContent-Length: 1\r\n\r\n",
	    "", "417 expect!" },
	/* Chunks. */
	{ "a chunk size below zero", CHUNKED "-1\r\n", "", "400 chunk!" },
	{ "a chunk size with a sign", CHUNKED "+1\r\na\r\n0\r\n\r\n", "",
	    "400 chunk!" },
	{ "a chunk size with 0x", CHUNKED "0x1\r\na\r\n0\r\n\r\n", "",
	    "400 chunk!" },
	{ "no chunk size", CHUNKED "\r\na\r\n0\r\n\r\n", "", "400 chunk!" },
	{ "a chunk size beyond 64 bits", CHUNKED "1ffffffffffffffff\r\n", "",
	    "400 chunk!" },
	{ "a chunk size of 2^64 - 1", CHUNKED "ffffffffffffffff\r\n", "",
	    "413 body_long!" },
	{ "a chunk above the limit", CHUNKED "1001\r\n", "", "413 body_long!" },
	{ "a blank behind the chunk size", CHUNKED "1 \r\na\r\n0\r\n\r\n", "",
	    "400 chunk!" },
	{ "a chunk without CR LF", CHUNKED "1\r\naX\r\n0\r\n\r\n", "",
	    "400 chunk!" },
	{ "a chunk with LF alone", CHUNKED "1\r\na\n0\r\n\r\n", "",
	    "400 chunk!" },
	{ "a chunk size with LF alone", CHUNKED "1\na\r\n0\r\n\r\n", "",
	    "400 chunk!" },
	{ "a chunk size with CR alone", CHUNKED "1\rXa\r\n0\r\n\r\n", "",
	    "400 chunk!" },
	{ "the last line with LF alone", CHUNKED "1\r\na\r\n0\r\n\n", "",
	    "400 chunk!" },
	{ "the last size with LF alone", CHUNKED "1\r\na\r\n0\n\r\n", "",
	    "400 chunk!" },
	{ "an extension with LF alone", CHUNKED "1;a\nX\r\na\r\n0\r\n\r\n", "",
	    "400 chunk!" },
	{ "an extension that is long",
	    CHUNKED "1;" X16("12345678") "\r\na\r\n0\r\n\r\n", "",
	    "400 chunk!" },
	{ "a chunk size with many zeros",
	    CHUNKED X16("00000000") "1\r\na\r\n0\r\n\r\n", "", "400 chunk!" },
	{ "a trailer", CHUNKED "1\r\na\r\n0\r\nA: b\r\n\r\n", "",
	    "400 trailer!" },
	{ "a length as trailer",
	    CHUNKED "1\r\na\r\n0\r\nContent-Length: 5\r\n\r\n", "",
	    "400 trailer!" },
	/* Limits. */
	{ "64 fields",
	    "GET /a HTTP/1.1\r\n" H X16("A: b\r\nC: d\r\n"
					"E: f\r\n") X16("A: b\r\n") "\r\n",
	    "", "431 headers_many!" },
	{ "63 fields and Host",
	    "GET /a HTTP/1.1\r\n" H X16(
		"A: b\r\nC: d\r\n"
		"E: f\r\n") "1: 1\r\n2: 2\r\n3: 3\r\n4: 4\r\n5: 5\r\n6: 6\r\n"
			    "7: 7\r\n8: 8\r\n9: 9\r\na: a\r\nb: b\r\nc: c\r\nd: d\r\n"
			    "e: e\r\nf: f\r\n\r\n",
	    SAW_A, "200" },
	{ "a body above the limit", POST "Content-Length: 4097\r\n\r\n", "",
	    "413 body_long!" },
	{ "a body above the limit, and asks first",
	    POST "Expect: 100-continue\r\nContent-Length: 4097\r\n\r\n", "",
	    "413 body_long!" },
	/* What was whole before is answered. */
	{ "nonsense behind a request", GET "\x01", SAW_A,
	    "200 400 control_character!" },
	{ "nothing is read behind nonsense", "\n" GET, "", "400 line_end!" },
};

/*
 * What was sent: statuses, after a refusal its word, and "!" if it is over:
 * "200 400 host!".
 */
static void
statuses(const struct netrig *r, char *text, size_t size)
{
	const char *p = (const char *)r->sent.p;
	size_t n = 0;

	text[0] = '\0';
	for (size_t left = r->sent.n; left > 12; p++, left--) {
		if (n + 32 > size)
			return;
		if (memcmp(p, "HTTP/1.1 ", 9) == 0)
			n += (size_t)snprintf(text + n, size - n, "%s%.3s",
			    n == 0 ? "" : " ", p + 9);
		if (memcmp(p, "{\"error\":\"", 10) == 0)
			n += (size_t)snprintf(text + n, size - n, " %.*s",
			    (int)strcspn(p + 10, "\""), p + 10);
	}
	if (net_conn_is_over(&r->conn))
		snprintf(text + n, size - n, "!");
}

static void
expect(const struct netrig *r, const char *seen, const char *sent)
{
	char got[256];

	statuses(r, got, sizeof(got));
	if (strcmp(got, sent) != 0)
		printf("# got %s\n", got);
	CHECK(strcmp(got, sent) == 0);
	CHECK(soter_span_equal(soter_span(r->seen.p, r->seen.n),
	    soter_text(seen)));
}

static void
row(const char *what, struct soter_span in, const char *seen, const char *sent)
{
	size_t step = in.n > 1000 ? 97 : 1;
	struct netrig r;

	check_row("%s", what);
	netrig_begin(&r);
	netrig_feed(&r, in);
	expect(&r, seen, sent);
	netrig_end(&r);

	netrig_begin(&r);
	for (size_t k = 0; k < in.n; k++)
		netrig_feed(&r, soter_span(in.p + k, 1));
	expect(&r, seen, sent);
	netrig_end(&r);

	for (size_t k = 1; k < in.n; k += step) {
		netrig_begin(&r);
		netrig_feed(&r, soter_span(in.p, k));
		netrig_feed(&r, soter_span(in.p + k, in.n - k));
		expect(&r, seen, sent);
		netrig_end(&r);
	}
}

/* What is too long for a table: before, n times x, behind. */
static void
long_row(const char *what, const char *before, const char *x, size_t n,
    const char *behind, const char *seen, const char *sent)
{
	struct net_buf b = { NULL, 0, 0 };

	CHECK_RC(net_buf_add(&b, soter_text(before)), SOTER_OK);
	while (n-- > 0)
		CHECK_RC(net_buf_add(&b, soter_text(x)), SOTER_OK);
	CHECK_RC(net_buf_add(&b, soter_text(behind)), SOTER_OK);
	row(what, soter_span(b.p, b.n), seen, sent);
	net_buf_free(&b);
}

#define TAIL " HTTP/1.1\r\n" H "\r\n"

static void
long_rows(void)
{
	long_row("a target of 4097", "GET /", "0123456789abcdef", 256, TAIL, "",
	    "414 target_long!");
	long_row("a head that has no end", "GET / HTTP/1.1\r\nA: ", "a", 9000,
	    "", "", "431 head_long!");
	long_row("a first line that has no end", "GET /", "a", 9000, "", "",
	    "431 head_long!");
	long_row("a head of 8192 and one", "GET /a HTTP/1.1\r\n" H "A: ", "a",
	    NET_HEAD_MAX - 32, "\r\n\r\n", "", "431 head_long!");
	long_row("a head of 8192", "GET /a HTTP/1.1\r\n" H "A: ", "a",
	    NET_HEAD_MAX - 33, "\r\n\r\n", SAW_A, "200");
	long_row("1025 chunks", CHUNKED, "1\r\na\r\n", NET_CHUNKS_MAX,
	    "0\r\n\r\n", "", "413 chunks_many!");
	long_row("small chunks above the limit of a body", CHUNKED,
	    "8\r\nabcdefgh\r\n", NETRIG_BODY_MAX / 8 + 1, "", "",
	    "413 body_long!");
}

/* ---- what takes more than one step ----------------------------------------
 */

static bool
is_sent(const struct netrig *r, const char *text)
{
	return (memmem(r->sent.p == NULL ? (const void *)"" : r->sent.p,
		    r->sent.n, text, strlen(text)) != NULL);
}

static void
check_statuses(const struct netrig *r, const char *want)
{
	char got[1024];

	statuses(r, got, sizeof(got));
	if (strcmp(got, want) != 0)
		printf("# got %s\n", got);
	CHECK(strcmp(got, want) == 0);
}

static void
test_continue(void)
{
	struct netrig r;

	check_row("who asks whether to send a body is told so, once");
	netrig_begin(&r);
	netrig_feed(&r,
	    SOTER_SPAN(POST "Expect: 100-continue\r\n"
			    "Content-Length: 2\r\n\r\n"));
	CHECK(r.sent.n == 25 && is_sent(&r, "HTTP/1.1 100 Continue\r\n\r\n"));
	netrig_feed(&r, SOTER_SPAN("h"));
	CHECK(r.sent.n == 25);
	netrig_feed(&r, SOTER_SPAN("i"));
	check_statuses(&r, "100 200");
	netrig_end(&r);

	check_row("who asks behind another request is told after its answer");
	netrig_begin(&r);
	r.holds = true;
	netrig_feed(&r,
	    SOTER_SPAN(GET POST "Expect: 100-continue\r\n"
				"Content-Length: 2\r\n\r\n"));
	CHECK(r.sent.n == 0 && r.n_held == 1);
	netrig_answer(r.held[--r.n_held]);
	netrig_turn(&r);
	check_statuses(&r, "200 100");
	netrig_end(&r);
}

static void
test_pipeline(void)
{
	struct net_buf b = { NULL, 0, 0 };
	struct netrig r;
	char path[64];

	for (unsigned i = 0; i < 40; i++) {
		snprintf(path, sizeof(path),
		    "GET /%u HTTP/1.1\r\nHost: h\r\n\r\n", i);
		CHECK_RC(net_buf_add(&b, soter_text(path)), SOTER_OK);
	}
	check_row("of a flood, 16 requests are read, and no more");
	netrig_begin(&r);
	r.holds = true;
	netrig_feed(&r, soter_span(b.p, b.n));
	CHECK(r.n_seen == NET_PIPELINE_MAX);
	CHECK(!net_conn_wants(&r.conn));

	check_row("an answer out of order waits for those before it");
	netrig_answer(r.held[1]);
	netrig_turn(&r);
	CHECK(r.sent.n == 0 && r.n_seen == NET_PIPELINE_MAX);
	netrig_answer(r.held[0]);
	netrig_turn(&r);
	check_statuses(&r, "200 200");
	CHECK(r.n_seen == NET_PIPELINE_MAX + 2);
	for (size_t i = 2; i < r.n_held; i++)
		netrig_answer(r.held[i]);
	r.n_held = 0;
	r.holds = false;
	netrig_turn(&r);
	CHECK(r.n_seen == 40 && net_conn_wants(&r.conn));
	netrig_end(&r);
	net_buf_free(&b);
}

static void
test_behind(void)
{
	struct netrig r;

	check_row("nothing is read behind nonsense, as long as others wait");
	netrig_begin(&r);
	r.holds = true;
	netrig_feed(&r, SOTER_SPAN(GET "\x01"));
	netrig_feed(&r, SOTER_SPAN(GET));
	CHECK(r.n_seen == 1 && r.sent.n == 0);
	netrig_answer(r.held[--r.n_held]);
	netrig_turn(&r);
	check_statuses(&r, "200 400 control_character!");
	netrig_end(&r);
}

static void
test_held(void)
{
	static const char head[] = POST "Content-Length: 4096\r\n\r\n";
	struct netrig r;
	check_row("bodies that nobody answers yet: 64 KiB, and one more");
	netrig_begin(&r);
	r.holds = true;
	r.conn.body_max = 16384;
	for (size_t i = 0; i < NET_PIPELINE_MAX; i++) {
		netrig_feed(&r,
		    SOTER_SPAN(POST "Content-Length: 16384\r\n\r\n"));
		for (size_t k = 0; k < 16384; k += 64)
			netrig_feed(&r,
			    SOTER_SPAN("0123456789abcdef0123456789abcdef"
				       "0123456789abcdef0123456789abcdef"));
	}
	CHECK(r.n_seen == 4 && r.conn.n == 4);
	CHECK(r.conn.held < NET_HELD_MAX + 16384 + NET_HEAD_MAX);
	netrig_end(&r);

	check_row("no memory for requests: 503, and the end");
	netrig_begin(&r);
	r.world.purse.most = 1000;
	netrig_feed(&r, SOTER_SPAN(GET));
	check_statuses(&r, "503 busy!");
	CHECK(is_sent(&r, "Retry-After: 1\r\n"));
	netrig_end(&r);

	check_row("no memory for a body: 503, and the end");
	netrig_begin(&r);
	r.world.purse.most = sizeof(struct net_exchange) + 1000;
	netrig_feed(&r, soter_text(head));
	check_statuses(&r, "503 busy!");
	netrig_end(&r);

	check_row("too many with the app: 503, and it goes on");
	netrig_begin(&r);
	r.holds = true;
	r.world.with_max = 1;
	netrig_feed(&r, SOTER_SPAN(GET GET));
	netrig_answer(r.held[0]);
	r.n_held = 0;
	r.holds = false;
	netrig_feed(&r, SOTER_SPAN(GET));
	check_statuses(&r, "200 503 busy 200");
	netrig_end(&r);
}

static void
test_unread(void)
{
	struct soter_span out;
	struct netrig r;

	check_row("who does not read his answers is not read either, then cut");
	netrig_begin(&r);
	for (size_t i = 0; i < 100000 && net_conn_wants(&r.conn); i++) {
		struct net_exchange *x;

		net_conn_input(&r.conn, SOTER_SPAN(GET));
		while ((x = net_world_ready(&r.world)) != NULL)
			netrig_answer(&x->request);
		while (net_world_dirty(&r.world) != NULL)
			net_conn_go_on(&r.conn);
		net_conn_sent(&r.conn, i == 0 ? 1 : 0);
	}
	out = net_conn_output(&r.conn);
	CHECK(!net_conn_wants(&r.conn));
	CHECK(out.n >= NET_QUEUED_MAX && out.n < NET_QUEUED_MAX + 4096);
	r.world.now_ms += 9999;
	CHECK(net_dues_over(&r.world.dues[NET_DUE_WRITE], r.world.now_ms) ==
	    NULL);
	net_conn_sent(&r.conn, 1);
	r.world.now_ms += 1;
	CHECK(net_dues_over(&r.world.dues[NET_DUE_WRITE], r.world.now_ms) ==
	    &r.conn.write_due);
	net_conn_late(&r.conn, NET_DUE_WRITE);
	CHECK(net_conn_is_over(&r.conn));
	netrig_end(&r);
}

static void
test_time(void)
{
	struct netrig r;

	check_row("a byte now and then does not make a head's time longer");
	netrig_begin(&r);
	for (size_t i = 0; i < 4; i++) {
		netrig_feed(&r, SOTER_SPAN("G"));
		netrig_wait(&r, 1249);
	}
	CHECK(r.sent.n == 0);
	netrig_wait(&r, 4);
	check_statuses(&r, "408 header_time!");
	netrig_end(&r);

	check_row("nor a body's");
	netrig_begin(&r);
	netrig_feed(&r, SOTER_SPAN(POST "Content-Length: 100\r\n\r\n"));
	for (size_t i = 0; i < 10; i++) {
		netrig_feed(&r, SOTER_SPAN("b"));
		netrig_wait(&r, 999);
	}
	CHECK(r.sent.n == 0);
	netrig_wait(&r, 10);
	check_statuses(&r, "408 body_time!");
	netrig_end(&r);

	check_row("each head has its own time");
	netrig_begin(&r);
	netrig_feed(&r, SOTER_SPAN("GE"));
	netrig_wait(&r, 4000);
	netrig_feed(&r, SOTER_SPAN("T /a HTTP/1.1\r\nHost: h\r\n\r\nGE"));
	netrig_wait(&r, 4000);
	netrig_feed(&r, SOTER_SPAN("T /a HTTP/1.1\r\nHost: h\r\n\r\n"));
	check_statuses(&r, "200 200");

	netrig_feed(&r, SOTER_SPAN(GET "GE"));
	netrig_wait(&r, 4000);
	netrig_feed(&r, SOTER_SPAN("T /a HTTP/1.1\r\nHost: h\r\n\r\nGE"));
	netrig_wait(&r, 5000);
	check_statuses(&r, "200 200 200 200 408 header_time!");
	netrig_end(&r);

	check_row("idle for a minute, and no longer");
	netrig_begin(&r);
	netrig_feed(&r, SOTER_SPAN(GET GET));
	netrig_wait(&r, 59999);
	CHECK(!net_conn_is_over(&r.conn));
	netrig_wait(&r, 1);
	check_statuses(&r, "200 200!");
	netrig_end(&r);
}

static void
test_app_time(void)
{
	const struct net_answer late = { .status = 201 };
	struct netrig r;

	check_row("an app that does not answer: 503, and what comes late harms "
		  "nobody");
	netrig_begin(&r);
	r.holds = true;
	netrig_feed(&r, SOTER_SPAN(GET GET));
	CHECK(!net_request_is_left(r.held[0]));
	netrig_answer(r.held[1]);
	netrig_wait(&r, 7000);
	check_statuses(&r, "503 app_time 200");
	CHECK(net_request_is_left(r.held[0]));
	net_answer(r.held[0], &late);
	r.n_held = 0;
	r.holds = false;
	netrig_feed(&r, SOTER_SPAN(GET));
	check_statuses(&r, "503 app_time 200 200");
	netrig_end(&r);

	check_row("told 503, but behind one that is not answered");
	netrig_begin(&r);
	r.holds = true;
	netrig_feed(&r, SOTER_SPAN(GET));
	netrig_wait(&r, 1);
	netrig_feed(&r, SOTER_SPAN(GET));
	net_exchange_late((struct net_exchange *)r.held[1]);
	CHECK(net_request_is_left(r.held[1]));
	net_answer(r.held[1], &late);
	netrig_answer(r.held[0]);
	r.n_held = 0;
	netrig_turn(&r);
	check_statuses(&r, "200 503 app_time");
	netrig_end(&r);

	check_row("the client left: the app may still answer");
	netrig_begin(&r);
	r.holds = true;
	netrig_feed(&r, SOTER_SPAN(POST "Content-Length: 2\r\n\r\nhi"));
	net_conn_end(&r.conn);
	CHECK(net_request_is_left(r.held[0]));
	CHECK(soter_span_equal(r.held[0]->body, SOTER_SPAN("hi")));
	CHECK(soter_span_equal(r.held[0]->peer->address,
	    SOTER_SPAN("192.0.2.1")));
	net_answer(r.held[0], &late);
	CHECK(r.world.purse.spent == 0 && r.world.with.n == 0);
	net_world_end(&r.world);
	net_buf_free(&r.seen);
	net_buf_free(&r.sent);
}

static void
test_half_closed(void)
{
	struct netrig r;

	check_row("who has ended his half gets his answers");
	netrig_begin(&r);
	r.holds = true;
	netrig_feed(&r, SOTER_SPAN(GET GET));
	net_conn_end_of_input(&r.conn);
	CHECK(!net_conn_is_over(&r.conn));
	netrig_answer(r.held[0]);
	netrig_answer(r.held[1]);
	r.n_held = 0;
	netrig_turn(&r);
	check_statuses(&r, "200 200!");
	netrig_end(&r);

	check_row("also those that could not be read yet");
	netrig_begin(&r);
	r.holds = true;
	for (size_t i = 0; i < 20; i++)
		netrig_feed(&r, SOTER_SPAN(GET));
	net_conn_end_of_input(&r.conn);
	for (size_t i = 0; i < 20; i++) {
		netrig_answer(r.held[i]);
		netrig_turn(&r);
	}
	CHECK(r.n_held == 20 && net_conn_is_over(&r.conn));
	r.n_held = 0;
	netrig_end(&r);

	check_row("half a request is none");
	netrig_begin(&r);
	netrig_feed(&r, SOTER_SPAN("GET /a HT"));
	net_conn_end_of_input(&r.conn);
	CHECK(net_conn_is_over(&r.conn) && r.n_seen == 0);
	netrig_end(&r);
}

static void
test_stop(void)
{
	struct netrig r;

	check_row("told to stop: the last answer says so, idle ones are over");
	netrig_begin(&r);
	r.holds = true;
	netrig_feed(&r, SOTER_SPAN(GET GET));
	r.world.is_stopping = true;
	netrig_answer(r.held[0]);
	netrig_turn(&r);
	CHECK(!is_sent(&r, "Connection: close"));
	netrig_answer(r.held[1]);
	r.n_held = 0;
	netrig_turn(&r);
	CHECK(is_sent(&r, "Connection: close"));
	check_statuses(&r, "200 200!");
	netrig_end(&r);
}

/* Answers that an attacker might have written in part. */
static void
test_answers(void)
{
	static const struct net_header split[] = { { "Location",
	    "/a\r\nSet-Cookie: x" } };
	static const struct net_header bad_name[] = { { "A: b\r\nC", "d" } };
	static const struct net_header fine[] = { { "Allow", "GET" },
		{ "Cache-Control", "max-age=1" } };
	static const struct {
		const char *what;
		struct net_answer answer;
		const char *want, *not ;
	} rows[] = {
		{ "an answer of one's own",
		    { .status = 405,
			.headers = fine,
			.n_headers = 2,
			.content_type = "text/plain",
			.body = { (const uint8_t *)"no", 2 } },
		    "Content-Length: 2\r\nAllow: GET\r\n"
		    "Cache-Control: max-age=1\r\n\r\nno",
		    "no-store" },
		{ "no content",
		    { .status = 204, .body = { (const uint8_t *)"no", 2 } },
		    "HTTP/1.1 204 No Content\r\n", "Content-Length" },
		{ "nothing is kept in caches", { .status = 200 },
		    "Cache-Control: no-store\r\n\r\n", "HTTP/1.1 500" },
		{ "later", { .status = 503, .retry_after_s = 7 },
		    "Retry-After: 7\r\n", "HTTP/1.1 500" },
		{ "a line end in a value",
		    { .status = 302, .headers = split, .n_headers = 1 },
		    "HTTP/1.1 500", "Set-Cookie" },
		{ "a line end in a name",
		    { .status = 200, .headers = bad_name, .n_headers = 1 },
		    "HTTP/1.1 500", "C: d" },
		{ "a line end in a type",
		    { .status = 200, .content_type = "a/b\r\nX: y" },
		    "HTTP/1.1 500", "X: y" },
		{ "a status that is none", { .status = 99 }, "HTTP/1.1 500",
		    " 99" },
		{ "more fields than there may be",
		    { .status = 200, .headers = fine, .n_headers = 9 },
		    "HTTP/1.1 500", "Allow" },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct netrig r;

		check_row("%s", rows[i].what);
		netrig_begin(&r);
		r.holds = true;
		netrig_feed(&r, SOTER_SPAN(GET));
		net_answer(r.held[0], &rows[i].answer);
		r.n_held = 0;
		netrig_turn(&r);
		CHECK(is_sent(&r, rows[i].want));
		CHECK(!is_sent(&r, rows[i].not ));
		CHECK(is_sent(&r, "X-Request-Id: 0000000000000001\r\n"));
		netrig_end(&r);
	}

	check_row("no body to HEAD, but its length");
	struct netrig r;

	netrig_begin(&r);
	r.holds = true;
	netrig_feed(&r, SOTER_SPAN("HEAD / HTTP/1.1\r\n" H "\r\n"));
	net_answer_error(r.held[0], 404, "nothing_here");
	r.n_held = 0;
	netrig_turn(&r);
	CHECK(is_sent(&r, "Content-Length: 54\r\n"));
	CHECK(!is_sent(&r, "nothing_here"));
	netrig_end(&r);
}

int
main(void)
{
	for (size_t i = 0; i < SOTER_COUNT(cases); i++)
		row(cases[i].what, soter_text(cases[i].in), cases[i].seen,
		    cases[i].sent);
	long_rows();
	test_continue();
	test_pipeline();
	test_behind();
	test_held();
	test_unread();
	test_time();
	test_app_time();
	test_half_closed();
	test_stop();
	test_answers();
	return (check_done());
}
