/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/pem.h"

#define BEGIN "-----BEGIN PUBLIC KEY-----\n"
#define END   "-----END PUBLIC KEY-----"

/* clang-format off */
static const struct {
	const char *what;
	const char *text;
	enum soter_rc want;
} cases[] = {
	/* as phones write it; all stand for "foobar!" */
	{ "one line",             BEGIN "Zm9vYmFyIQ==\n" END,        SOTER_OK },
	{ "with a last newline",  BEGIN "Zm9vYmFyIQ==\n" END "\n",   SOTER_OK },
	{ "short lines",          BEGIN "Zm9v\nYmFy\nIQ==\n" END,    SOTER_OK },
	{ "lines across groups",  BEGIN "Zm9vY\nmFy\nIQ=\n=\n" END,  SOTER_OK },
	{ "lines of one",
	    BEGIN "Z\nm\n9\nv\nY\nm\nF\ny\nI\nQ\n=\n=\n" END,        SOTER_OK },
	/* frame */
	{ "nothing",              "",                                SOTER_E_PEM },
	{ "BEGIN line only",      "-----BEGIN PUBLIC KEY-----",      SOTER_E_PEM },
	{ "BEGIN and LF only",    BEGIN,                             SOTER_E_PEM },
	{ "Base64 without frame", "Zm9vYmFyIQ==",                    SOTER_E_PEM },
	{ "no END line",          BEGIN "Zm9vYmFyIQ==\n",            SOTER_E_PEM },
	{ "END cut by one",       BEGIN "Zm9vYmFyIQ==\n"
	    "-----END PUBLIC KEY----",                               SOTER_E_PEM },
	{ "four dashes at both ends", "-----BEGIN AB----\nZm9v\n-----END AB----",
	                                                             SOTER_E_PEM },
	{ "six dashes at END",    BEGIN "Zm9vYmFyIQ==\n" END "-",    SOTER_E_PEM },
	{ "END on the same line", BEGIN "Zm9vYmFyIQ==" END,          SOTER_E_PEM },
	{ "no LF after BEGIN",    "-----BEGIN PUBLIC KEY-----Zm9vYmFyIQ==\n"
	    END,                                                     SOTER_E_PEM },
	{ "labels differ",        BEGIN "Zm9vYmFyIQ==\n"
	    "-----END CERTIFICATE-----",                             SOTER_E_PEM },
	{ "labels differ in case", BEGIN "Zm9vYmFyIQ==\n"
	    "-----END PUBLIC key-----",                              SOTER_E_PEM },
	{ "END label longer",     BEGIN "Zm9vYmFyIQ==\n"
	    "-----END PUBLIC KEYS-----",                             SOTER_E_PEM },
	{ "empty label",          "-----BEGIN -----\nZm9v\n-----END -----",
	                                                             SOTER_E_PEM },
	{ "no label",             "-----BEGIN-----\nZm9v\n-----END-----",
	                                                             SOTER_E_PEM },
	{ "dash in the label",    "-----BEGIN A-B-----\nZm9v\n-----END A-B-----",
	                                                             SOTER_E_PEM },
	{ "tab in the label",     "-----BEGIN A\tB-----\nZm9v\n-----END A\tB-----",
	                                                             SOTER_E_PEM },
	{ "label not ASCII",      "-----BEGIN \xc3\xa4-----\nZm9v\n"
	    "-----END \xc3\xa4-----",                                SOTER_E_PEM },
	{ "BEGIN twice",          BEGIN BEGIN "Zm9v\n" END,          SOTER_E_PEM },
	{ "END first",            END "\n" "Zm9v\n" BEGIN,           SOTER_E_PEM },
	/* around */
	{ "text in front",        "x" BEGIN "Zm9v\n" END,            SOTER_E_PEM },
	{ "LF in front",          "\n" BEGIN "Zm9v\n" END,           SOTER_E_PEM },
	{ "two last newlines",    BEGIN "Zm9v\n" END "\n\n",         SOTER_E_PEM },
	{ "blank at the end",     BEGIN "Zm9v\n" END " ",            SOTER_E_PEM },
	{ "two blocks",           BEGIN "Zm9v\n" END "\n" BEGIN "Zm9v\n" END,
	                                                             SOTER_E_PEM },
	/* lines */
	{ "empty",                BEGIN END,                         SOTER_E_PEM },
	{ "one empty line",       BEGIN "\n" END,                    SOTER_E_PEM },
	{ "empty line inside",    BEGIN "Zm9v\n\nYmFy\n" END,        SOTER_E_PEM },
	{ "empty line in front",  BEGIN "\nZm9v\n" END,              SOTER_E_PEM },
	{ "empty line at the end", BEGIN "Zm9v\n\n" END,             SOTER_E_PEM },
	{ "CR LF",                BEGIN "Zm9v\r\n" END,              SOTER_E_PEM },
	{ "CR inside a group",    BEGIN "Zm\r9v\n" END,              SOTER_E_PEM },
	{ "CR after BEGIN",       "-----BEGIN PUBLIC KEY-----\r\nZm9v\n" END,
	                                                             SOTER_E_PEM },
	{ "CR after END",         BEGIN "Zm9v\n" END "\r\n",         SOTER_E_PEM },
	{ "header line",          BEGIN "Proc-Type: 4,ENCRYPTED\n\nZm9v\n" END,
	                                                          SOTER_E_BASE64 },
	/* content */
	{ "group cut",            BEGIN "Zm9vYmF\n" END,          SOTER_E_BASE64 },
	{ "group cut, short line", BEGIN "Zm9v\nYm\n" END,        SOTER_E_BASE64 },
	{ "blank in a line",      BEGIN "Zm9v YmFy\n" END,        SOTER_E_BASE64 },
	{ "padding, then more",   BEGIN "Zg==\nZm9v\n" END,       SOTER_E_BASE64 },
	{ "padding, then more, split", BEGIN "Zg=\n=Zm\n9v\n" END, SOTER_E_BASE64 },
	{ "padding twice, split", BEGIN "Z\ng==\nZ\ng==\n" END,   SOTER_E_BASE64 },
	{ "padding too long",     BEGIN "Zg==\n====\n" END,       SOTER_E_BASE64 },
	{ "unused bits",          BEGIN "Zh==\n" END,             SOTER_E_BASE64 },
	{ "URL-safe alphabet",    BEGIN "Zm-_\n" END,             SOTER_E_BASE64 },
	{ "two dashes in a line", BEGIN "Zm9v\n--\n" END,         SOTER_E_BASE64 },
	{ "does not fit",         BEGIN "Zm9vYmFyIWZvb2JhciE=\n" END,
	                                                         SOTER_E_NOSPACE },
};
/* clang-format on */

static void
test_cases(void)
{
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_span in = bytes_exact(soter_text(cases[i].text));
		struct soter_span label = { NULL, 77 };
		uint8_t buf[9];
		struct soter_writer w = { buf, 1, sizeof(buf) };

		check_row("%s", cases[i].what);
		buf[0] = '<';
		CHECK_RC(soter_pem_parse(&label, &w, in), cases[i].want);
		if (cases[i].want == SOTER_OK) {
			CHECK(soter_span_equal(label,
			    SOTER_SPAN(SOTER_PEM_LABEL_KEY)));
			CHECK(bytes_inside(label, in));
			CHECK(soter_span_equal(soter_written(&w),
			    SOTER_SPAN("<foobar!")));
		} else {
			CHECK(label.p == NULL && label.n == 77);
		}
		bytes_free(in);
	}
	check_row("a NUL is no content");
	{
		struct soter_span label = { NULL, 77 };
		uint8_t buf[9];
		struct soter_writer w = soter_writer(buf, sizeof(buf));

		CHECK_RC(soter_pem_parse(&label, &w,
			     SOTER_SPAN(BEGIN "Zm9\0\n" END)),
		    SOTER_E_BASE64);
		CHECK(label.n == 77);
	}
}

/* What is written is read back, and looks as phones write it. */
static void
test_round_trip(void)
{
	uint8_t der[200], text[400], back[200];

	for (size_t i = 0; i < sizeof(der); i++)
		der[i] = (uint8_t)(i * 37);
	check_row("round trip of every length, with and without last newline");
	for (size_t n = 1; n <= sizeof(der); n++)
		for (int newline = 0; newline < 2; newline++) {
			struct soter_writer w = soter_writer(text,
						sizeof(text)),
					    b = soter_writer(back,
						sizeof(back));
			struct soter_span label;

			CHECK_RC(soter_pem_write(&w, "CERTIFICATE",
				     soter_span(der, n), newline == 1),
			    SOTER_OK);
			CHECK((text[w.len - 1] == '\n') == (newline == 1));
			CHECK_RC(soter_pem_parse(&label, &b, soter_written(&w)),
			    SOTER_OK);
			CHECK(
			    soter_span_equal(label, SOTER_SPAN("CERTIFICATE")));
			CHECK(soter_span_equal(soter_written(&b),
			    soter_span(der, n)));
		}

	check_row("lines of 64 characters");
	struct soter_writer w = soter_writer(text, sizeof(text));
	memset(der, 0, sizeof(der));
	CHECK_RC(soter_pem_write(&w, "X", soter_span(der, 49), false),
	    SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w),
	    SOTER_SPAN(
		"-----BEGIN X-----\n"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"\nAA==\n-----END X-----")));

	check_row("no space, at every size");
	for (size_t cap = 0; cap < w.len; cap++) {
		struct soter_span exact = bytes_exact(soter_span(text, cap));
		struct soter_writer small = { (uint8_t *)(uintptr_t)exact.p, 0,
			cap };

		CHECK_RC(
		    soter_pem_write(&small, "X", soter_span(der, 49), false),
		    SOTER_E_NOSPACE);
		bytes_free(exact);
	}
}

/* A good text cut anywhere is no good text. */
static void
test_cut(void)
{
	static const char text[] = BEGIN "Zm9v\nYmFyIQ==\n" END;

	check_row("cut at every byte");
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct soter_span in = bytes_exact(soter_span(text, n));
		struct soter_span label = { NULL, 77 };
		uint8_t buf[16];
		struct soter_writer w = soter_writer(buf, sizeof(buf));

		CHECK(soter_pem_parse(&label, &w, in) != SOTER_OK);
		CHECK(label.n == 77);
		bytes_free(in);
	}
}

int
main(void)
{
	test_cases();
	test_round_trip();
	test_cut();
	return (check_done());
}
