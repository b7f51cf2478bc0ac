/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Scans and counts: in the order of bytes, from a key on, no more than asked
 * for, and nothing of the neighbours.
 */
#include "tests/check.h"
#include "tests/records.h"

static const enum soter_store_kind kinds[] = { SOTER_KIND_MODELS,
	SOTER_KIND_ROOTS };

static struct records r;

/* In the order they must come. */
static const struct soter_span keys[] = { BYTES("\0"), BYTES("\0\1"),
	BYTES("A"), BYTES("a"), BYTES("a\0"), BYTES("a\0b"), BYTES("aa"),
	BYTES("a\xff"), BYTES("a\xff\xff"), BYTES("b"), BYTES("\x7f"),
	BYTES("\x80"), BYTES("\xff"), BYTES("\xff\xff"), BYTES("\xff\xff a") };

#define KEYS SOTER_COUNT(keys)

static const struct {
	const char *what;
	struct soter_span prefix, after;
	size_t limit;
	size_t first, n; /* the keys that must come */
} scans[] = {
	{ "all", BYTES(""), BYTES(""), 1000, 0, KEYS },
	{ "the first", BYTES(""), BYTES(""), 1, 0, 1 },
	{ "as many as there are", BYTES(""), BYTES(""), KEYS, 0, KEYS },
	{ "behind a key", BYTES(""), BYTES("a"), 1000, 4, KEYS - 4 },
	{ "behind a key that is not there", BYTES(""), BYTES("a\0a"), 1000, 5,
	    KEYS - 5 },
	{ "behind the last", BYTES(""), BYTES("\xff\xff a"), 1000, 0, 0 },
	{ "a prefix", BYTES("a"), BYTES(""), 1000, 3, 6 },
	{ "a prefix that ends in NUL", BYTES("a\0"), BYTES(""), 1000, 4, 2 },
	{ "a prefix that ends in 255", BYTES("a\xff"), BYTES(""), 1000, 7, 2 },
	{ "a prefix of 255 alone", BYTES("\xff"), BYTES(""), 1000, 12, 3 },
	{ "a prefix behind a key", BYTES("a"), BYTES("a\0"), 1000, 5, 4 },
	{ "a prefix, some of it", BYTES("a"), BYTES("a"), 2, 4, 2 },
	{ "a prefix behind a key before it", BYTES("a"), BYTES("A"), 1000, 3,
	    6 },
	{ "a prefix behind a key behind it", BYTES("a"), BYTES("b"), 1000, 0,
	    0 },
	{ "a prefix of nothing", BYTES("aab"), BYTES(""), 1000, 0, 0 },
	{ "a whole key as the prefix", BYTES("\x7f"), BYTES(""), 1000, 10, 1 },
};

struct seen {
	size_t n, wrong, first;
	enum soter_rc answer; /* at the third record */
};

/* Each value is the number of its key. */
static enum soter_rc
see(void *context, const struct soter_record *record)
{
	struct seen *seen = context;
	size_t i = seen->first + seen->n++;

	if (i >= KEYS || !soter_span_equal(record->key, keys[i]) ||
	    record->value.n != 1 || record->value.p[0] != i ||
	    record->version == 0)
		seen->wrong++;
	return (seen->n == 3 ? seen->answer : SOTER_OK);
}

static void
test_scans(enum soter_store_kind kind)
{
	for (size_t i = 0; i < SOTER_COUNT(scans); i++) {
		struct seen seen = { .first = scans[i].first };
		struct soter_scan scan = { .kind = kind,
			.prefix = scans[i].prefix,
			.after = scans[i].after,
			.limit = scans[i].limit,
			.each = see,
			.context = &seen };

		check_row("%s: %s", soter_kind_row(kind)->name, scans[i].what);
		CHECK_RC(soter_store_scan(r.lane, &scan, RECORDS_MS), SOTER_OK);
		CHECK(seen.n == scans[i].n && seen.wrong == 0);
		CHECK(scan.found == scans[i].n);
	}
}

static void
test_refused(enum soter_store_kind kind)
{
	static uint8_t longest[SOTER_STORE_KEY_MAX + 1];
	struct seen seen = { .answer = SOTER_E_DENIED };
	struct soter_scan scan = { .kind = kind,
		.limit = 1000,
		.each = see,
		.context = &seen };
	uint64_t count = 77;

	check_row("%s: who scans says stop", soter_kind_row(kind)->name);
	CHECK_RC(soter_store_scan(r.lane, &scan, RECORDS_MS), SOTER_E_DENIED);
	CHECK(seen.n == 3 && scan.found == 3);

	check_row("%s: limits of a scan", soter_kind_row(kind)->name);
	seen = (struct seen){ .n = 0 };
	scan.limit = 0;
	CHECK_RC(soter_store_scan(r.lane, &scan, RECORDS_MS), SOTER_E_ARGUMENT);
	scan.limit = SOTER_STORE_SCAN_MAX + 1;
	CHECK_RC(soter_store_scan(r.lane, &scan, RECORDS_MS), SOTER_E_LIMIT);
	scan.limit = 1;
	scan.after = soter_span(longest, sizeof(longest));
	CHECK_RC(soter_store_scan(r.lane, &scan, RECORDS_MS), SOTER_E_LIMIT);
	scan.after = soter_span(NULL, 0);
	scan.prefix = soter_span(longest, sizeof(longest));
	CHECK_RC(soter_store_scan(r.lane, &scan, RECORDS_MS), SOTER_E_LIMIT);
	scan.kind = SOTER_KIND_END;
	scan.prefix = soter_span(NULL, 0);
	CHECK_RC(soter_store_scan(r.lane, &scan, RECORDS_MS), SOTER_E_ARGUMENT);
	CHECK_RC(soter_store_count(r.lane, SOTER_KIND_END, &count, RECORDS_MS),
	    SOTER_E_ARGUMENT);
	CHECK(seen.n == 0 && count == 77);
}

static void
test_count(enum soter_store_kind kind)
{
	uint64_t count = 0;

	check_row("%s: how many there are", soter_kind_row(kind)->name);
	CHECK_RC(soter_store_count(r.lane, kind, &count, RECORDS_MS), SOTER_OK);
	CHECK(count == KEYS);
}

/* ---- pages --------------------------------------------------------------- */

struct page {
	uint8_t last[SOTER_STORE_KEY_MAX];
	size_t last_n, n, wrong;
};

static enum soter_rc
turn(void *context, const struct soter_record *record)
{
	struct page *page = context;
	char want[20];

	snprintf(want, sizeof(want), "page %05zu", page->n++);
	page->wrong += !soter_span_equal(record->key, soter_text(want));
	memcpy(page->last, record->key.p, record->key.n);
	page->last_n = record->key.n;
	return (SOTER_OK);
}

/* Page by page, more than one scan gives. */
static void
test_pages(enum soter_store_kind kind)
{
	static struct soter_write x[SOTER_STORE_BATCH_MAX];
	static struct soter_group groups[SOTER_COUNT(x)];
	static char key[SOTER_COUNT(x)][20];
	struct page page = { .n = 0 };
	struct soter_scan scan = { .kind = kind,
		.prefix = LIT("page "),
		.limit = 100,
		.each = turn,
		.context = &page };
	size_t n = 0, scans_n = 0;

	check_row("%s: page by page", soter_kind_row(kind)->name);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < SOTER_COUNT(x); i++) {
			snprintf(key[i], sizeof(key[i]), "page %05zu", n++);
			x[i] = (struct soter_write){ .kind = kind,
				.key = soter_text(key[i]),
				.value = LIT("x") };
			groups[i] = (struct soter_group){ &x[i], 1, 0, 0 };
		}
		soter_store_write_many(r.lane, groups, SOTER_COUNT(x),
		    RECORDS_MS);
		CHECK_RC(groups[0].rc, SOTER_OK);
	}
	do {
		scan.after = soter_span(page.last, page.last_n);
		if (!CHECK_RC(soter_store_scan(r.lane, &scan, RECORDS_MS),
			SOTER_OK))
			break;
		scans_n++;
	} while (scan.found == scan.limit);
	CHECK(page.n == n && page.wrong == 0);
	CHECK(scans_n == n / 100 + 1);
}

int
main(int argc, char **argv)
{
	(void)argc;
	if (!records_new(&r, argv[1]))
		return (check_done());
	records_create(&r);
	records_open(&r, SOTER_STORE_READ_WRITE);
	for (size_t k = 0; k < SOTER_COUNT(kinds); k++)
		for (size_t i = KEYS; i > 0; i--) {
			uint8_t value = (uint8_t)(i - 1);

			records_put(&r, kinds[k], keys[i - 1],
			    soter_span(&value, 1));
		}
	/* A neighbour. */
	records_put(&r, SOTER_KIND_TENANTS, LIT("a1"), LIT("x"));
	for (size_t k = 0; k < SOTER_COUNT(kinds); k++) {
		test_scans(kinds[k]);
		test_refused(kinds[k]);
		test_count(kinds[k]);
	}
	for (size_t k = 0; k < SOTER_COUNT(kinds); k++)
		test_pages(kinds[k]);
	records_end(&r);
	return (check_done());
}
