/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The books of a load run: each event is counted once, and whichever single
 * number is wrong, the books say that they do not agree.
 */
#include "fleet/books.h"
#include "tests/check.h"

static struct fleet_books books;

/* Break one number by one, look, and put it right again. */
#define CHECK_BROKEN(number)                                           \
	do {                                                           \
		char why_[200] = "";                                   \
		(number)++;                                            \
		CHECK(!fleet_books_agree(&books, why_, sizeof(why_))); \
		CHECK(why_[0] != '\0');                                \
		(number)--;                                            \
		CHECK(fleet_books_agree(&books, why_, sizeof(why_)));  \
	} while (0)

static void
answer(enum fleet_request kind, int status, const char *body)
{
	struct fleet_response x = { .status = status,
		.body = soter_text(body) };

	fleet_books_sent(&books, kind, 10);
	fleet_books_answer(&books, kind, &x, 1000);
}

static void
begin(const char *what)
{
	check_row("%s", what);
	memset(&books, 0, sizeof(books));
}

static bool
has_reason(size_t i, enum fleet_request kind, int status, const char *text,
    uint64_t n)
{
	const struct fleet_reason *x = &books.reason[i];

	return (i < books.reasons && x->kind == kind && x->status == status &&
	    strcmp(x->text, text) == 0 && x->n == n);
}

/* ---- events -------------------------------------------------------------- */

static const struct {
	const char *what;
	enum fleet_request kind;
	int status;
	const char *body;
	bool is_accepted, is_expected;
	const char *reason;
} rows[] = {
	{ "verified", FLEET_VERIFY, 200, "{\"is_verified\":true}", true, true,
	    NULL },
	{ "not verified", FLEET_VERIFY, 200, "{\"is_verified\":false}", false,
	    false, "not verified" },
	{ "good, and no verdict", FLEET_VERIFY, 200, "{}", true, false, NULL },
	{ "a yes with a code", FLEET_VERIFY, 200,
	    "{\"is_verified\":true,\"errcode\":-1}", false, false, "-1" },
	{ "a code of no error", FLEET_VERIFY, 200,
	    "{\"errcode\":0,\"is_verified\":true}", true, true, NULL },
	{ "busy", FLEET_VERIFY, 503, "{\"reason\":\"store_busy\"}", false,
	    false, "http store_busy" },
	{ "a yes with 500", FLEET_VERIFY, 500, "{\"is_verified\":true}", false,
	    false, "http" },
	{ "swapped: refused", FLEET_SWAPPED, 200,
	    "{\"is_verified\":false,\"reason\":{\"word\":\"signature\"}}",
	    false, true, "not verified signature" },
	{ "swapped: accepted", FLEET_SWAPPED, 200, "{\"is_verified\":true}",
	    true, false, NULL },
	{ "swapped: busy", FLEET_SWAPPED, 503, "{}", false, false, "http" },
	{ "unknown: refused", FLEET_UNKNOWN, 200, "{\"errcode\":90005}", false,
	    true, "90005" },
	{ "unknown: another code", FLEET_UNKNOWN, 200, "{\"errcode\":90003}",
	    false, false, "90003" },
	{ "unknown: verified", FLEET_UNKNOWN, 200, "{\"is_verified\":true}",
	    true, false, NULL },
	{ "a token", FLEET_TOKEN, 200,
	    "{\"access_token\":\"x\",\"expires_in\":7200}", true, true, NULL },
	{ "no token", FLEET_TOKEN, 200, "{\"errcode\":40001}", false, false,
	    "40001" },
	{ "not supported is an answer", FLEET_IS_SUPPORT, 200,
	    "{\"is_support\":false}", true, true, NULL },
	{ "an echo", FLEET_ECHO, 200, "hello", true, true, NULL },
	{ "no such path", FLEET_ECHO, 404, "", false, false, "http" },
	{ "elsewhere", FLEET_ECHO, 302, "", false, false, "http" },
	{ "roots taken", FLEET_INTAKE, 200,
	    "{\"result\":\"ok\"}\n{\"result\":\"same\"}", true, true, NULL },
	{ "a root refused", FLEET_INTAKE, 200,
	    "{\"result\":\"ok\"}\n"
	    "{\"result\":\"refused\",\"reason\":\"key_weak\"}",
	    false, false, "refused key_weak" },
};

static void
test_answers(void)
{
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		const struct fleet_row *row = &books.row[rows[i].kind];

		begin(rows[i].what);
		answer(rows[i].kind, rows[i].status, rows[i].body);
		CHECK(row->sent == 1 && row->answered == 1);
		CHECK(row->status[rows[i].status] == 1);
		CHECK(row->accepted == rows[i].is_accepted);
		CHECK(row->refused == !rows[i].is_accepted);
		CHECK(row->unexpected == !rows[i].is_expected);
		CHECK(rows[i].reason == NULL
			? books.reasons == 0
			: has_reason(0, rows[i].kind, rows[i].status,
			      rows[i].reason, 1));
		CHECK(fleet_books_agree(&books, NULL, 0));
	}
}

static void
test_reasons(void)
{
	char body[64], why[200];

	begin("the same reason is counted, another one apart");
	answer(FLEET_UNKNOWN, 200, "{\"errcode\":90005}");
	answer(FLEET_UNKNOWN, 200, "{\"errcode\":90005}");
	answer(FLEET_VERIFY, 200, "{\"errcode\":90005}");
	answer(FLEET_UNKNOWN, 404, "{\"errcode\":90005}");
	CHECK(books.reasons == 3);
	CHECK(has_reason(0, FLEET_UNKNOWN, 200, "90005", 2));
	CHECK(has_reason(1, FLEET_VERIFY, 200, "90005", 1));
	CHECK(has_reason(2, FLEET_UNKNOWN, 404, "90005", 1));

	begin("a server with a new reason each time fills no memory");
	for (int i = 1; i <= 1000; i++) {
		snprintf(body, sizeof(body), "{\"errcode\":%d}", i);
		answer(FLEET_UNKNOWN, 200, body);
	}
	CHECK(books.reasons == FLEET_REASONS_MAX);
	CHECK(strcmp(books.reason[FLEET_REASONS_MAX - 1].text, "others") == 0);
	CHECK(books.reason[FLEET_REASONS_MAX - 1].n ==
	    1000 - (FLEET_REASONS_MAX - 1));
	CHECK(fleet_books_agree(&books, why, sizeof(why)));
}

/* ---- the sums ------------------------------------------------------------ */

static void
fill(void)
{
	memset(&books, 0, sizeof(books));
	for (enum fleet_request kind = 0; kind < FLEET_REQUESTS; kind++) {
		for (size_t i = 0; i < SOTER_COUNT(rows); i++)
			answer(kind, rows[i].status, rows[i].body);
		for (int i = 0; i < 5; i++)
			fleet_books_sent(&books, kind, 0);
		for (enum fleet_loss why = 0; why < FLEET_LOSSES; why++)
			fleet_books_lost(&books, kind, why);
		fleet_books_timed_out(&books, kind);
		fleet_books_open(&books, kind);
	}
}

static void
test_sums(void)
{
	fill();
	for (enum fleet_request kind = 0; kind < FLEET_REQUESTS; kind++) {
		struct fleet_row *row = &books.row[kind];

		check_row("%s: each number that is off by one shows",
		    fleet_request_word(kind));
		CHECK(fleet_books_agree(&books, NULL, 0));
		CHECK(fleet_row_lost(row) == FLEET_LOSSES);
		CHECK_BROKEN(row->sent);
		CHECK_BROKEN(row->answered);
		CHECK_BROKEN(row->timed_out);
		CHECK_BROKEN(row->open);
		CHECK_BROKEN(row->accepted);
		CHECK_BROKEN(row->refused);
		CHECK_BROKEN(row->latency.n);
		CHECK_BROKEN(row->status[404]);
		for (enum fleet_loss why = 0; why < FLEET_LOSSES; why++)
			CHECK_BROKEN(row->lost[why]);
	}
	check_row("sums over all kinds");
	CHECK_BROKEN(books.reason[0].n);
	CHECK_BROKEN(books.reason[books.reasons - 1].n);
	CHECK_BROKEN(books.lag.n);
}

static void
test_events(void)
{
	char why[200] = "";

	begin("a request that ends twice");
	answer(FLEET_ECHO, 200, "");
	fleet_books_lost(&books, FLEET_ECHO, FLEET_LOST_CLOSED);
	CHECK(!fleet_books_agree(&books, why, sizeof(why)));
	CHECK(strcmp(why,
		  "echo: sent is 1, but answered + lost + timed out + open "
		  "is 2") == 0);
	begin("a request that never ends");
	fleet_books_sent(&books, FLEET_TOKEN, 0);
	CHECK(!fleet_books_agree(&books, why, sizeof(why)));
	begin("one kind's answer on another kind's account");
	fleet_books_sent(&books, FLEET_TOKEN, 0);
	fleet_books_timed_out(&books, FLEET_ECHO);
	CHECK(!fleet_books_agree(&books, why, sizeof(why)));
	begin("nothing was done");
	CHECK(fleet_books_agree(&books, why, sizeof(why)));
}

int
main(void)
{
	test_answers();
	test_reasons();
	test_sums();
	test_events();
	return (check_done());
}
