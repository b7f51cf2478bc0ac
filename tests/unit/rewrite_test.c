/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The search for earlier texts has a bound, whatever stands in the text: the
 * text is a stranger's, and each attempt costs a hash over all of it.
 */
#include "chain/rewrite.h"
#include "tests/bytes.h"
#include "tests/check.h"

#define ATTEMPTS_MAX 1000
#define OBJECT	     "{\"raw\":\"a\\/b\\n\",\"counter\":1,\"uid\":\"1\"}"

/* A beginning, and a piece that is repeated up to the longest text. */
static const struct {
	const char *what, *begin, *piece;
} cases[] = {
	{ "an object", OBJECT, "" },
	{ "line feeds behind the object", OBJECT, "\n" },
	{ "CRs behind the object", OBJECT, "\r" },
	{ "CR LFs behind the object", OBJECT, "\r\n" },
	{ "blanks behind the object", OBJECT, " " },
	{ "line feeds in front", "", "\n" },
	{ "objects and line feeds", OBJECT, "\n" OBJECT },
	{ "byte-order marks", "", "\xef\xbb\xbf" },
	{ "braces", OBJECT, "}" },
	{ "a challenge of slashes", "{\"raw\":\"", "/" },
};

struct count {
	size_t attempts, longest;
	struct soter_span wanted; /* say yes to this one */
};

static bool
count_one(void *state, struct soter_span text)
{
	struct count *c = state;

	c->attempts++;
	if (text.n > c->longest)
		c->longest = text.n;
	return (c->wanted.n > 0 && soter_span_equal(text, c->wanted));
}

static void
test_bound(void)
{
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_span begin = soter_text(cases[i].begin);
		struct soter_span piece = soter_text(cases[i].piece), in;
		struct soter_report why = { .rc = SOTER_E_SIGNATURE };
		struct count count = { 0 };
		struct bytes b;
		struct soter_writer w =
		    soter_writer(b.p, SOTER_REWRITE_TEXT_MAX);

		CHECK_RC(soter_write(&w, begin), SOTER_OK);
		while (piece.n > 0 && soter_write(&w, piece) == SOTER_OK)
			;
		in = bytes_exact(soter_written(&w));
		check_row("%s: %zu bytes", cases[i].what, in.n);
		CHECK(!soter_rewrite_search(&why, in, count_one, &count));
		CHECK(count.attempts > 0 && count.attempts <= ATTEMPTS_MAX);
		CHECK(count.longest <= 2 * SOTER_REWRITE_TEXT_MAX + 8);
		CHECK(why.hints == 0);
		bytes_free(in);
	}
}

static void
test_limit(void)
{
	static uint8_t text[SOTER_REWRITE_TEXT_MAX + 1];
	struct soter_report why = { .rc = SOTER_E_SIGNATURE };
	struct count count = { 0 };

	memset(text, 'x', sizeof(text));
	check_row("a text that is too long is not searched");
	CHECK(!soter_rewrite_search(&why, soter_span(text, sizeof(text)),
	    count_one, &count));
	CHECK(count.attempts == 0);
	check_row("nor is an empty one");
	CHECK(!soter_rewrite_search(&why, soter_span(NULL, 0), count_one,
	    &count));
	CHECK(count.attempts == 0);
}

/* As many line ends as anybody adds by mistake are all taken off. */
static void
test_tails(void)
{
	static const char *const tails[] = { "\n", "\r\n", "\n\n", "\r\n\r\n",
		"\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n" };

	for (size_t i = 0; i < SOTER_COUNT(tails); i++) {
		struct soter_report why = { .rc = SOTER_E_SIGNATURE };
		struct count count = { .wanted = SOTER_SPAN(OBJECT) };
		char text[100];

		snprintf(text, sizeof(text), "%s%s", OBJECT, tails[i]);
		check_row("%zu bytes of line ends too many", strlen(tails[i]));
		CHECK(soter_rewrite_search(&why, soter_text(text), count_one,
		    &count));
		CHECK(why.hints == 1 &&
		    why.hint[0].hint == SOTER_HINT_NEWLINE_ADDED);
	}
}

int
main(void)
{
	test_bound();
	test_limit();
	test_tails();
	return (check_done());
}
