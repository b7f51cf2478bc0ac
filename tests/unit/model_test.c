/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/model.h"

/* clang-format off */
#define ROOT "<deviceinfo>"
#define END  "</deviceinfo>"
#define MAN(v) "<MANUFACTURER name=\"" v "\">"
#define MOD(v) "<MODEL name=\"" v "\">"
#define REL(v) "<VERSION_RELEASE name=\"" v "\">"
#define INC(v) "<VERSION_INCREMENTAL name=\"" v "\">"
#define DIS(v) "<DISPLAY name=\"" v "\">"
#define CLOSE2 "</MODEL></MANUFACTURER>"
#define CLOSE5 "</DISPLAY></VERSION_INCREMENTAL></VERSION_RELEASE>" CLOSE2
#define X64  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define X256 X64 X64 X64 X64
#define X1024 X256 X256 X256 X256

static const struct {
	const char *what;
	const char *in;
	enum soter_rc want;
	size_t parts;
	const char *part[SOTER_MODEL_PARTS];
} cases[] = {
	{ "as the client makes it",
	    ROOT MAN("Xiaomi") MOD("MI 6") REL("9") INC("V10") DIS("PKQ1.190118") CLOSE5 END,
	    SOTER_OK, 5, { "Xiaomi", "MI 6", "9", "V10", "PKQ1.190118" } },
	{ "the older form",
	    ROOT MAN("Xiaomi") MOD("MI 6") CLOSE2 END,
	    SOTER_OK, 2, { "Xiaomi", "MI 6", "", "", "" } },
	{ "nothing is escaped",
	    ROOT MAN("A&B <C> 'D' &amp; </MODEL>") MOD("<MODEL name=") CLOSE2 END,
	    SOTER_OK, 2, { "A&B <C> 'D' &amp; </MODEL>", "<MODEL name=", "", "", "" } },
	{ "empty values",
	    ROOT MAN("") MOD("") REL("") INC("") DIS("") CLOSE5 END,
	    SOTER_OK, 5, { "", "", "", "", "" } },
	{ "UTF-8",
	    ROOT MAN("\xe5\xb0\x8f\xe7\xb1\xb3") MOD("x") CLOSE2 END,
	    SOTER_OK, 2, { "\xe5\xb0\x8f\xe7\xb1\xb3", "x", "", "", "" } },
	{ "longest value",
	    ROOT MAN(X256) MOD("x") CLOSE2 END,
	    SOTER_OK, 2, { X256, "x", "", "", "" } },
	/* limits */
	{ "value one too long",
	    ROOT MAN("x") MOD(X256 "0") CLOSE2 END, SOTER_E_LIMIT, 0, { NULL } },
	{ "value without end",
	    ROOT "<MANUFACTURER name=\"" X1024, SOTER_E_LIMIT, 0, { NULL } },
	{ "too long",
	    ROOT MAN(X1024) MOD(X1024) CLOSE2 END, SOTER_E_LIMIT, 0, { NULL } },
	{ "good, but 2 KiB follow",
	    ROOT MAN("x") MOD("x") CLOSE2 END X1024 X1024, SOTER_E_LIMIT, 0, { NULL } },
	/* another element */
	{ "another root",
	    "<device>" MAN("x") MOD("x") CLOSE2 "</device>", SOTER_E_XML_NODE, 0, { NULL } },
	{ "root with a longer name",
	    "<deviceinfos>" MAN("x") MOD("x") CLOSE2 END, SOTER_E_XML_NODE, 0, { NULL } },
	{ "another maker element",
	    ROOT "<BRAND name=\"x\">" MOD("x") CLOSE2 END, SOTER_E_XML_NODE, 0, { NULL } },
	{ "model without maker",
	    ROOT MOD("x") "</MODEL>" END, SOTER_E_XML_NODE, 0, { NULL } },
	{ "small letters",
	    ROOT "<manufacturer name=\"x\">" MOD("x") CLOSE2 END, SOTER_E_XML_NODE, 0, { NULL } },
	{ "a name that only begins so",
	    ROOT MAN("x") "<MODELS name=\"x\">" CLOSE2 END, SOTER_E_XML_NODE, 0, { NULL } },
	{ "fields in another order",
	    ROOT MAN("x") MOD("x") INC("x") REL("x") DIS("x") CLOSE5 END,
	    SOTER_E_XML_NODE, 0, { NULL } },
	{ "one left out",
	    ROOT MAN("x") MOD("x") REL("x") DIS("x") CLOSE5 END, SOTER_E_XML_NODE, 0, { NULL } },
	{ "a sixth, inside",
	    ROOT MAN("x") MOD("x") REL("x") INC("x") DIS("x") "<ROOT name=\"1\">" CLOSE5 END,
	    SOTER_E_XML_NODE, 0, { NULL } },
	{ "a sixth, beside",
	    ROOT MAN("x") MOD("x") "</MODEL><ROOT name=\"1\"></ROOT></MANUFACTURER>" END,
	    SOTER_E_XML_NODE, 0, { NULL } },
	{ "a second maker",
	    ROOT MAN("x") MOD("x") CLOSE2 MAN("x") MOD("x") CLOSE2 END,
	    SOTER_E_XML_NODE, 0, { NULL } },
	{ "a sixth, self-closing",
	    ROOT MAN("x") MOD("x") "<ROOT/>" CLOSE2 END, SOTER_E_XML_NODE, 0, { NULL } },
	/* not the form */
	{ "nothing", "", SOTER_E_XML, 0, { NULL } },
	{ "root only", ROOT END, SOTER_E_XML, 0, { NULL } },
	{ "maker only", ROOT MAN("x") "</MANUFACTURER>" END, SOTER_E_XML, 0, { NULL } },
	{ "three levels", ROOT MAN("x") MOD("x") REL("x") "</VERSION_RELEASE>" CLOSE2 END,
	    SOTER_E_XML, 0, { NULL } },
	{ "no end of the root", ROOT MAN("x") MOD("x") CLOSE2, SOTER_E_XML, 0, { NULL } },
	{ "closed in another order", ROOT MAN("x") MOD("x") "</MANUFACTURER></MODEL>" END,
	    SOTER_E_XML, 0, { NULL } },
	{ "bytes follow", ROOT MAN("x") MOD("x") CLOSE2 END "\n", SOTER_E_XML, 0, { NULL } },
	{ "blank in front", " " ROOT MAN("x") MOD("x") CLOSE2 END, SOTER_E_XML, 0, { NULL } },
	{ "line feed between", ROOT "\n" MAN("x") MOD("x") CLOSE2 END, SOTER_E_XML, 0, { NULL } },
	{ "text between", ROOT "x" MAN("x") MOD("x") CLOSE2 END, SOTER_E_XML, 0, { NULL } },
	{ "text inside", ROOT MAN("x") MOD("x") "x" CLOSE2 END, SOTER_E_XML, 0, { NULL } },
	{ "root with attribute", "<deviceinfo a=\"b\">" MAN("x") MOD("x") CLOSE2 END,
	    SOTER_E_XML, 0, { NULL } },
	{ "no attribute", ROOT "<MANUFACTURER>" MOD("x") CLOSE2 END, SOTER_E_XML, 0, { NULL } },
	{ "another attribute", ROOT "<MANUFACTURER nome=\"x\">" MOD("x") CLOSE2 END,
	    SOTER_E_XML, 0, { NULL } },
	{ "two attributes", ROOT "<MANUFACTURER name=\"x\" name=\"y\">" MOD("x") CLOSE2 END,
	    SOTER_E_XML, 0, { NULL } },
	{ "apostrophes", ROOT "<MANUFACTURER name='x'>" MOD("x") CLOSE2 END,
	    SOTER_E_XML, 0, { NULL } },
	{ "self-closing", ROOT MAN("x") "<MODEL name=\"x\"/></MANUFACTURER>" END,
	    SOTER_E_XML, 0, { NULL } },
	{ "quote in a value", ROOT MAN("x\"y") MOD("x") CLOSE2 END, SOTER_E_XML, 0, { NULL } },
	{ "tab in a value", ROOT MAN("x\ty") MOD("x") CLOSE2 END, SOTER_E_XML, 0, { NULL } },
	{ "line feed in a value", ROOT MAN("x\ny") MOD("x") CLOSE2 END, SOTER_E_XML, 0, { NULL } },
	{ "DEL in a value", ROOT MAN("x\x7fy") MOD("x") CLOSE2 END, SOTER_E_XML, 0, { NULL } },
	{ "value not closed", ROOT "<MANUFACTURER name=\"x", SOTER_E_XML, 0, { NULL } },
	{ "name with a digit in front", ROOT "<1BRAND name=\"x\">", SOTER_E_XML, 0, { NULL } },
	{ "name, then neither blank nor end", ROOT "<BRAND=\"x\">", SOTER_E_XML, 0, { NULL } },
	{ "name without end", ROOT "<BRAND", SOTER_E_XML, 0, { NULL } },
	/* what an XML library would do more */
	{ "declaration", "<?xml version=\"1.0\"?>" ROOT MAN("x") MOD("x") CLOSE2 END,
	    SOTER_E_XML, 0, { NULL } },
	{ "a bomb",
	    "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>" ROOT MAN("&b;")
	    MOD("x") CLOSE2 END, SOTER_E_XML, 0, { NULL } },
	{ "a file",
	    "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>" ROOT MAN("&a;")
	    MOD("x") CLOSE2 END, SOTER_E_XML, 0, { NULL } },
	{ "comment", ROOT "<!-- x -->" MAN("x") MOD("x") CLOSE2 END, SOTER_E_XML, 0, { NULL } },
	{ "CDATA", ROOT MAN("x") MOD("x") "<![CDATA[x]]>" CLOSE2 END, SOTER_E_XML, 0, { NULL } },
	{ "byte-order mark", "\xef\xbb\xbf" ROOT MAN("x") MOD("x") CLOSE2 END,
	    SOTER_E_XML, 0, { NULL } },
};
/* clang-format on */

static void
check_good(const struct soter_model *x, size_t row, struct soter_span in)
{
	static uint8_t out[SOTER_MODEL_XML_MAX];
	struct soter_writer w = soter_writer(out, in.n);

	CHECK(x->parts == cases[row].parts);
	for (size_t i = 0; i < SOTER_MODEL_PARTS; i++) {
		CHECK(soter_span_equal(x->part[i],
		    soter_text(cases[row].part[i])));
		CHECK(bytes_inside(x->part[i], in));
	}
	CHECK_RC(soter_model_write(&w, x), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), in));
	for (size_t cap = 0; cap < in.n; cap++) {
		w = soter_writer(out, cap);
		CHECK_RC(soter_model_write(&w, x), SOTER_E_NOSPACE);
	}
}

static void
test_cases(void)
{
	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_span in = bytes_exact(soter_text(cases[i].in));
		struct soter_model x;

		check_row("%s", cases[i].what);
		memset(&x, 0xa5, sizeof(x));
		CHECK_RC(soter_model_parse(&x, in), cases[i].want);
		if (cases[i].want == SOTER_OK)
			check_good(&x, i, in);
		else
			CHECK(bytes_are(&x, sizeof(x), 0xa5));
		bytes_free(in);
	}
}

/* No cut text is good, and each is refused for what it is. */
static void
test_cut(void)
{
	struct soter_span whole = soter_text(cases[0].in);

	check_row("cut at every byte");
	for (size_t n = 0; n < whole.n; n++) {
		struct soter_span in = bytes_exact(soter_span(whole.p, n));
		struct soter_model x;

		memset(&x, 0xa5, sizeof(x));
		CHECK_RC(soter_model_parse(&x, in), SOTER_E_XML);
		CHECK(bytes_are(&x, sizeof(x), 0xa5));
		bytes_free(in);
	}
	check_row("NUL in a value");
	{
		struct soter_model x = { .parts = 77 };

		CHECK_RC(soter_model_parse(&x,
			     SOTER_SPAN(ROOT MAN("x\0y") MOD("x") CLOSE2 END)),
		    SOTER_E_XML);
		CHECK(x.parts == 77);
	}
}

static void
test_write(void)
{
	static uint8_t out[SOTER_MODEL_XML_MAX + 1];
	struct soter_writer w = soter_writer(out, sizeof(out));
	struct soter_model x = { 2, { SOTER_SPAN("a"), SOTER_SPAN("b") } };
	static const size_t parts[] = { 0, 1, 3, 4, 6, SIZE_MAX };

	for (size_t i = 0; i < SOTER_COUNT(parts); i++) {
		check_row("write: %zu parts", parts[i]);
		x.parts = parts[i];
		CHECK_RC(soter_model_write(&w, &x), SOTER_E_XML);
	}
	x.parts = 2;
	check_row("write: a quote would begin another element");
	x.part[0] = SOTER_SPAN("a\"><MODEL name=\"b");
	CHECK_RC(soter_model_write(&w, &x), SOTER_E_XML);
	check_row("write: a line feed");
	x.part[0] = SOTER_SPAN("a\n");
	CHECK_RC(soter_model_write(&w, &x), SOTER_E_XML);
	check_row("write: longer than a reader takes");
	x.part[0] = SOTER_SPAN(X256 "0");
	CHECK_RC(soter_model_write(&w, &x), SOTER_E_LIMIT);
}

int
main(void)
{
	test_cases();
	test_cut();
	test_write();
	return (check_done());
}
