/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "wire/export.h"

#define BLOB(n) (4 + (n) + SOTER_SIG_LEN) /* blob size for n bytes of text */
#define MAX	SOTER_SIGNED_MAX

/* clang-format off */
static const struct {
	const char *what;
	uint32_t declared;	/* n in the header */
	size_t size;		/* bytes really delivered */
	enum soter_rc want;
} cases[] = {
	{ "smallest",                1,          BLOB(1),       SOTER_OK },
	{ "as QSEE phones send it",  549,        809,           SOTER_OK },
	{ "largest",                 MAX,        BLOB(MAX),     SOTER_OK },
	{ "nothing at all",          0,          0,             SOTER_E_SHORT },
	{ "header cut",              1,          3,             SOTER_E_SHORT },
	{ "header only",             1,          4,             SOTER_E_SHORT },
	{ "empty text",              0,          BLOB(0),       SOTER_E_FORMAT },
	{ "text cut by one",         8,          4 + 7,         SOTER_E_SHORT },
	{ "no signature",            8,          4 + 8,         SOTER_E_SHORT },
	{ "signature cut by one",    8,          BLOB(8) - 1,   SOTER_E_SHORT },
	{ "one byte too many",       8,          BLOB(8) + 1,   SOTER_E_FORMAT },
	{ "two signatures",          8,          BLOB(8) + 256, SOTER_E_FORMAT },
	{ "header says one less",    7,          BLOB(8),       SOTER_E_FORMAT },
	{ "header says one more",    9,          BLOB(8),       SOTER_E_SHORT },
	{ "just above the limit",    MAX + 1,    BLOB(MAX + 1), SOTER_E_LIMIT },
	{ "limit of the old reader", 1048576,    BLOB(8),       SOTER_E_LIMIT },
	{ "big-endian length",       0x08000000, BLOB(8),       SOTER_E_LIMIT },
	{ "negative if signed",      0x80000000, BLOB(8),       SOTER_E_LIMIT },
	{ "-1 if signed",            0xffffffff, BLOB(8),       SOTER_E_LIMIT },
	{ "wraps if added to 4",     0xfffffffc, BLOB(8),       SOTER_E_LIMIT },
	{ "wraps if all is added",   0xfffffefc, BLOB(8),       SOTER_E_LIMIT },
};
/* clang-format on */

/* Bytes that differ, so that a shifted span is seen. */
static void
fill(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 131 >> 3);
}

static void
check_good(const struct soter_export *x, struct soter_span in, size_t n)
{
	static uint8_t buf[SOTER_EXPORT_MAX + 1];
	struct soter_writer w = soter_writer(buf, in.n);

	CHECK(x->text.p == in.p + 4 && x->text.n == n);
	CHECK(x->sig.p == in.p + 4 + n && x->sig.n == SOTER_SIG_LEN);
	CHECK_RC(soter_export_write(&w, x), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), in));
	w = soter_writer(buf, in.n - 1);
	CHECK_RC(soter_export_write(&w, x), SOTER_E_NOSPACE);
}

static void
test_parse(void)
{
	static uint8_t bytes[BLOB(MAX) + 256];

	for (size_t i = 0; i < SOTER_COUNT(cases); i++) {
		struct soter_writer w = soter_writer(bytes, 4);
		struct soter_export x = { { NULL, 77 }, { NULL, 77 } };
		struct soter_span in;

		check_row("%s", cases[i].what);
		fill(bytes, sizeof(bytes));
		CHECK_RC(soter_write_le32(&w, cases[i].declared), SOTER_OK);
		in = bytes_exact(soter_span(bytes, cases[i].size));
		CHECK_RC(soter_export_parse(&x, in), cases[i].want);
		if (cases[i].want == SOTER_OK)
			check_good(&x, in, cases[i].declared);
		else
			CHECK(x.text.n == 77 && x.sig.n == 77);
		bytes_free(in);
	}
}

static void
test_write(void)
{
	static uint8_t bytes[MAX + 1], out[SOTER_EXPORT_MAX + 2];
	/* clang-format off */
	static const struct {
		const char *what;
		size_t text, sig;
		enum soter_rc want;
	} refused[] = {
		{ "write: empty text",          0,       256, SOTER_E_FORMAT },
		{ "write: text too long",       MAX + 1, 256, SOTER_E_LIMIT },
		{ "write: no signature",        8,       0,   SOTER_E_FORMAT },
		{ "write: signature too short", 8,       255, SOTER_E_FORMAT },
		{ "write: signature too long",  8,       257, SOTER_E_FORMAT },
	};
	/* clang-format on */

	for (size_t i = 0; i < SOTER_COUNT(refused); i++) {
		struct soter_export x = { { bytes, refused[i].text },
			{ bytes, refused[i].sig } };
		struct soter_writer w = soter_writer(out, sizeof(out));

		check_row("%s", refused[i].what);
		CHECK_RC(soter_export_write(&w, &x), refused[i].want);
	}
}

int
main(void)
{
	test_parse();
	test_write();
	return (check_done());
}
