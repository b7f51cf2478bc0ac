/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A signature's text is put right only with a hint at what was wrong: what
 * would match and does not say why helps nobody.
 */
#include "chain/repair.h"
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/base64.h"
#include "wire/sigtext.h"

#define PATTERN	 0xa5
#define TEXT_LEN 344

/* Put into the text in place of its last so many characters. */
static const struct {
	const char *what;
	size_t cut;
	const char *tail;
	bool repaired;
	size_t hints;
	enum soter_hint hint;
} cases[] = {
	{ "nothing changed", 0, "", true, 0, 0 },
	{ "no padding", 2, "", true, 1, SOTER_HINT_URLSAFE },
	{ "half the padding", 1, "", true, 1, SOTER_HINT_URLSAFE },
	{ "too much padding", 0, "=", true, 1, SOTER_HINT_URLSAFE },
	{ "line feed behind", 0, "\n", true, 1, SOTER_HINT_WRAPPED },
	{ "CR LF behind", 0, "\r\n", true, 1, SOTER_HINT_WRAPPED },
	{ "blank behind", 0, " ", true, 1, SOTER_HINT_WRAPPED },
	{ "padding divided", 1, "\n=", true, 1, SOTER_HINT_WRAPPED },
	{ "padding divided by a blank", 1, " =", true, 1, SOTER_HINT_WRAPPED },
	{ "stray bits", 3, "x==", false, 0, 0 },
	{ "stray bits, no padding", 3, "x", false, 1, SOTER_HINT_URLSAFE },
	{ "junk behind the padding", 0, "A", false, 0, 0 },
	{ "cut by a byte", 4, "", false, 1, SOTER_HINT_CUT },
};

static uint8_t sig[SOTER_SIG_LEN];

static struct soter_span
make_text(struct bytes *b)
{
	struct soter_writer w = soter_writer(b->p, sizeof(b->p));

	for (size_t i = 0; i < sizeof(sig); i++)
		sig[i] = (uint8_t)(i * 7 + 3);
	CHECK_RC(soter_base64_encode(&w, soter_span(sig, sizeof(sig))),
	    SOTER_OK);
	CHECK(w.len == TEXT_LEN);
	b->n = w.len;
	return (soter_written(&w));
}

static void
test_cases(void)
{
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_report why = { .rc = SOTER_E_BASE64 };
		struct soter_span in;
		uint8_t out[SOTER_SIG_LEN];
		struct bytes b;

		memset(out, PATTERN, sizeof(out));
		check_row("%s", cases[i].what);
		make_text(&b);
		b.n -= cases[i].cut;
		for (const char *c = cases[i].tail; *c != '\0'; c++)
			bytes_add(&b, (uint8_t)*c);
		in = bytes_exact(bytes_span(&b));
		CHECK(
		    soter_repair_signature(out, in, &why) == cases[i].repaired);
		CHECK(why.hints == cases[i].hints);
		CHECK(why.hints == 0 || why.hint[0].hint == cases[i].hint);
		if (cases[i].repaired)
			CHECK(memcmp(out, sig, sizeof(sig)) == 0);
		else
			CHECK(bytes_are(out, sizeof(out), PATTERN));
		bytes_free(in);
	}
}

/* Whatever one character becomes. */
static void
test_every_change(void)
{
	unsigned silent = 0, changed = 0;
	struct bytes b, copy;

	check_row("no repair without a hint");
	make_text(&b);
	for (size_t at = 0; at < TEXT_LEN; at++)
		for (unsigned byte = 0; byte < 512; byte++) {
			struct soter_report why = { .rc = SOTER_E_BASE64 };
			uint8_t out[SOTER_SIG_LEN];

			/* replaced, and inserted in front */
			copy.n = b.n + (byte >> 8);
			memcpy(copy.p, b.p, at);
			memcpy(copy.p + at + (byte >> 8), b.p + at, b.n - at);
			copy.p[at] = (uint8_t)byte;
			if (soter_sig_parse(out, bytes_span(&copy)) == SOTER_OK)
				continue;
			if (!soter_repair_signature(out, bytes_span(&copy),
				&why))
				continue;
			silent += why.hints == 0;
			changed++;
		}
	CHECK(silent == 0 && changed > 0);
}

int
main(void)
{
	test_cases();
	test_every_change();
	return (check_done());
}
