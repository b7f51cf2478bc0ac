/* SPDX-License-Identifier: BSD-3-Clause */
#include "tam/root.h"
#include "tests/check.h"
#include "wire/rootline.h"

static struct tam_device
device_of(size_t n)
{
	struct tam_device x = { .n = n };

	for (size_t i = 0; i < n; i++) {
		x.root[i] = (struct tam_root){ .attk_version = (uint32_t)i + 1,
			.cls = i % 2 == 0 ? SOTER_CLASS_PRODUCTION
					  : SOTER_CLASS_TEST,
			.status = (enum soter_root_status)(1 + i % 3),
			.kind = i == 3 ? TAM_ROOT_CHAIN : TAM_ROOT_KEY,
			.since_s = 1800000000 + i,
			.audit = 77 + i };
		if (x.root[i].kind == TAM_ROOT_KEY)
			memset(x.root[i].n, (int)(0x80 + i), SOTER_RSA_LEN);
	}
	return (x);
}

static void
check_record(void)
{
	uint8_t record[TAM_DEVICE_MAX + 1];
	struct tam_device y;

	for (size_t n = 1; n <= TAM_ROOTS_MAX; n++) {
		struct soter_writer w = soter_writer(record, sizeof(record));
		struct tam_device x = device_of(n);

		check_row("device: %zu versions, and back", n);
		CHECK_RC(tam_device_write(&w, &x), SOTER_OK);
		memset(&y, 0, sizeof(y));
		CHECK_RC(tam_device_parse(&y, soter_written(&w)), SOTER_OK);
		CHECK(memcmp(&x, &y, sizeof(x)) == 0);
		for (size_t i = 0; i < w.len; i++)
			CHECK_RC(tam_device_parse(&y, soter_span(record, i)),
			    SOTER_E_CORRUPT);
		record[w.len] = 0;
		CHECK_RC(tam_device_parse(&y, soter_span(record, w.len + 1)),
		    SOTER_E_CORRUPT);
	}
}

/* Bytes of a record that must not be something else. */
static const struct {
	const char *what;
	size_t at;
	uint8_t byte;
} lies[] = {
	{ "another form", 0, 2 },
	{ "no version", 1, 0 },
	{ "more versions than there are", 1, TAM_ROOTS_MAX + 1 },
	{ "version 0", 2, 0 },
	{ "class 0", 6, 0 },
	{ "a third class", 6, 3 },
	{ "status 0", 7, 0 },
	{ "a fourth status", 7, 4 },
	{ "a third kind", 8, 3 },
	{ "a key that says it is a chain", 8, TAM_ROOT_CHAIN },
	{ "something in the gap", 9, 1 },
};

static void
check_lies(void)
{
	for (size_t i = 0; i < SOTER_COUNT(lies); i++) {
		uint8_t record[TAM_DEVICE_MAX];
		struct soter_writer w = soter_writer(record, sizeof(record));
		struct tam_device x = device_of(1), y;

		check_row("device: %s", lies[i].what);
		CHECK_RC(tam_device_write(&w, &x), SOTER_OK);
		record[lies[i].at] = lies[i].byte;
		CHECK_RC(tam_device_parse(&y, soter_written(&w)),
		    SOTER_E_CORRUPT);
	}
	check_row("device: what is refused leaves the output alone");
	{
		uint8_t record[TAM_DEVICE_MAX];
		struct soter_writer w = soter_writer(record, sizeof(record));
		struct tam_device x = device_of(2), y = device_of(3);

		CHECK_RC(tam_device_write(&w, &x), SOTER_OK);
		CHECK_RC(tam_device_parse(&y, soter_span(record, w.len - 1)),
		    SOTER_E_CORRUPT);
		x = device_of(3);
		CHECK(memcmp(&x, &y, sizeof(x)) == 0);
	}
	check_row("device: what cannot be is not written");
	{
		uint8_t record[TAM_DEVICE_MAX];
		struct soter_writer w = soter_writer(record, sizeof(record));
		struct tam_device x = device_of(1);

		x.n = 0;
		CHECK_RC(tam_device_write(&w, &x), SOTER_E_ARGUMENT);
		x.n = TAM_ROOTS_MAX + 1;
		CHECK_RC(tam_device_write(&w, &x), SOTER_E_ARGUMENT);
		x.n = 1;
		x.root[0].status = (enum soter_root_status)0;
		CHECK_RC(tam_device_write(&w, &x), SOTER_E_ARGUMENT);
	}
}

static void
check_ids(void)
{
	char id[SOTER_CPU_ID_MAX + 2];

	memset(id, 'x', sizeof(id));
	check_row("device id: printable, 1 to SOTER_CPU_ID_MAX");
	CHECK_RC(tam_device_id_check(soter_span(id, SOTER_CPU_ID_MAX)),
	    SOTER_OK);
	CHECK_RC(tam_device_id_check(soter_span(id, SOTER_CPU_ID_MAX + 1)),
	    SOTER_E_ARGUMENT);
	CHECK_RC(tam_device_id_check(SOTER_SPAN("")), SOTER_E_ARGUMENT);
	CHECK_RC(tam_device_id_check(SOTER_SPAN("HUAWEI_X-0_1")), SOTER_OK);
	check_row("device id: nothing that could be another record's key");
	CHECK_RC(tam_device_id_check(soter_span("a\0b", 3)), SOTER_E_ARGUMENT);
	CHECK_RC(tam_device_id_check(SOTER_SPAN("\x01"
						"0123456789abcdef")),
	    SOTER_E_ARGUMENT);
	CHECK_RC(tam_device_id_check(SOTER_SPAN("a b")), SOTER_E_ARGUMENT);
	CHECK_RC(tam_device_id_check(SOTER_SPAN("a\x7f")), SOTER_E_ARGUMENT);
	CHECK_RC(tam_device_id_check(SOTER_SPAN("\xc3\xa9")), SOTER_E_ARGUMENT);
}

/* ---- lines --------------------------------------------------------------- */

/* 256 bytes of 0xff. */
#define F16 "////////////////"
#define F64 F16 F16 F16 F16
#define N                                          \
	F64 F64 F64 F64 F64 "////////////////////" \
			    "/w=="

static const struct {
	const char *what, *line;
	enum soter_rc want;
} lines[] = {
	{ "as a station sends it",
	    "{\"device_id\":\"d1\",\"attk_n\":\"" N
	    "\",\"batch\":\"b\",\"station\":\"s\"}",
	    SOTER_OK },
	{ "the least", "{\"device_id\":\"d1\",\"attk_n\":\"" N "\"}",
	    SOTER_OK },
	{ "no device", "{\"attk_n\":\"" N "\"}", SOTER_E_FIELD_MISSING },
	{ "an empty device", "{\"device_id\":\"\",\"attk_n\":\"" N "\"}",
	    SOTER_E_FIELD_VALUE },
	{ "no key", "{\"device_id\":\"d1\"}", SOTER_E_FIELD_MISSING },
	{ "two keys",
	    "{\"device_id\":\"d1\",\"attk_n\":\"" N
	    "\",\"attk_pub_pem\":\"x\"}",
	    SOTER_E_FIELD_VALUE },
	{ "a key of 255 bytes",
	    "{\"device_id\":\"d1\",\"attk_n\":\"" F64 F64 F64 F64 F64
	    "////////////////////\"}",
	    SOTER_E_FIELD_VALUE },
	{ "a key of 258 bytes",
	    "{\"device_id\":\"d1\",\"attk_n\":\"" F64 F64 F64 F64 F64
	    "////////////////////////\"}",
	    SOTER_E_FIELD_VALUE },
	{ "a key that is no Base64", "{\"device_id\":\"d1\",\"attk_n\":\"*\"}",
	    SOTER_E_BASE64 },
	{ "a PEM that is none",
	    "{\"device_id\":\"d1\",\"attk_pub_pem\":\"-----BEGIN\"}",
	    SOTER_E_PEM },
	{ "a class of its own makes no difference",
	    "{\"device_id\":\"d1\",\"attk_n\":\"" N
	    "\",\"class\":\"production\"}",
	    SOTER_OK },
	{ "the device twice",
	    "{\"device_id\":\"d1\",\"device_id\":\"d2\",\"attk_n\":\"" N "\"}",
	    SOTER_E_FIELD_DOUBLED },
	{ "a list", "[]", SOTER_E_JSON },
};

static void
check_lines(void)
{
	uint8_t text[SOTER_ROOTLINE_MAX + 1];
	struct soter_rootline x, y;

	for (size_t i = 0; i < SOTER_COUNT(lines); i++) {
		struct soter_fault fault;

		check_row("line: %s", lines[i].what);
		CHECK_RC(
		    soter_rootline_parse(&x, soter_text(lines[i].line), &fault),
		    lines[i].want);
	}
	check_row("line: round trip");
	{
		struct soter_writer w = soter_writer(text, sizeof(text));

		CHECK_RC(
		    soter_rootline_parse(&x, soter_text(lines[0].line), NULL),
		    SOTER_OK);
		CHECK(x.key.n_len == SOTER_RSA_LEN && x.key.e == 65537 &&
		    x.key.n[0] == 0xff && x.key.n[255] == 0xff);
		CHECK_RC(soter_rootline_write(&w, &x), SOTER_OK);
		CHECK(w.p[w.len - 1] == '\n');
		CHECK_RC(
		    soter_rootline_parse(&y, soter_span(w.p, w.len - 1), NULL),
		    SOTER_OK);
		CHECK(memcmp(&x, &y, sizeof(x)) == 0);
	}
	check_row("line: a key that attk_n cannot say is not written");
	{
		struct soter_writer w = soter_writer(text, sizeof(text));

		y = x;
		y.key.e = 3;
		CHECK_RC(soter_rootline_write(&w, &y), SOTER_E_FIELD_VALUE);
		y = x;
		y.key.n_len = SOTER_RSA_LEN_MAX;
		CHECK_RC(soter_rootline_write(&w, &y), SOTER_E_FIELD_VALUE);
		CHECK(w.len == 0);
	}
	check_row("line: longer than the limit");
	memset(text, ' ', sizeof(text));
	CHECK_RC(soter_rootline_parse(&x, soter_span(text, sizeof(text)), NULL),
	    SOTER_E_LIMIT);
}

static void
check_next(void)
{
	static const char text[] = "\na\r\n\n\r\nbc\n\nd";
	static const char *const want[] = { "a", "bc", "d" };
	struct soter_span rest = soter_text(text), line;
	size_t n = 0;

	check_row("lines: empty ones are none, the last may be open");
	while (soter_rootline_next(&rest, &line) && n < 3)
		CHECK(soter_span_equal(line, soter_text(want[n++])));
	CHECK(n == 3);
}

static void
check_answers(void)
{
	static const struct {
		enum soter_rc rc;
		const char *text;
	} rows[] = {
		{ SOTER_OK, "{\"device_id\":\"d\",\"result\":\"ok\"}\n" },
		{ SOTER_E_EXISTS,
		    "{\"device_id\":\"d\",\"result\":\"same\"}\n" },
		{ SOTER_E_ATTK_DIFFERS,
		    "{\"device_id\":\"d\",\"result\":\"refused\","
		    "\"reason\":\"attk_differs\"}\n" },
	};

	check_row("lines of the answer");
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		uint8_t bytes[128];
		struct soter_writer w = soter_writer(bytes, sizeof(bytes));

		CHECK_RC(soter_rootline_answer(&w, SOTER_SPAN("d"), rows[i].rc),
		    SOTER_OK);
		CHECK(soter_span_equal(soter_written(&w),
		    soter_text(rows[i].text)));
	}
}

int
main(void)
{
	check_record();
	check_lies();
	check_ids();
	check_lines();
	check_next();
	check_answers();
	return (check_done());
}
