/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What each write does to what is there, alone and in a group, and what is
 * refused.  Both places of a directory, and PostgreSQL, say the same.
 */
#include "tests/check.h"
#include "tests/records.h"

/* One kind in each place. */
static const enum soter_store_kind kinds[] = { SOTER_KIND_TENANTS,
	SOTER_KIND_ROOTS };

static struct records r;

/* ---- alone --------------------------------------------------------------- */

enum version {
	NO_VERSION,
	ITS_OWN, /* what the record has */
	OLDER,	 /* what it had before */
	STRANGE, /* what it never had */
};

#define ABSENT NULL

static const struct {
	const char *what;
	const char *before; /* ABSENT: nothing */
	enum soter_write_op op;
	const char *value;
	enum version at;
	enum soter_rc want;
	const char *after;
} ops[] = {
	{ "put where nothing is", ABSENT, SOTER_PUT, "new", 0, SOTER_OK,
	    "new" },
	{ "put over something", "old", SOTER_PUT, "new", 0, SOTER_OK, "new" },
	{ "put nothing", "old", SOTER_PUT, "", 0, SOTER_OK, "" },
	{ "put_absent where nothing is", ABSENT, SOTER_PUT_ABSENT, "new", 0,
	    SOTER_OK, "new" },
	{ "put_absent over something", "old", SOTER_PUT_ABSENT, "new", 0,
	    SOTER_E_EXISTS, "old" },
	{ "put_absent over the same", "old", SOTER_PUT_ABSENT, "old", 0,
	    SOTER_E_EXISTS, "old" },
	{ "put_absent over an empty value", "", SOTER_PUT_ABSENT, "new", 0,
	    SOTER_E_EXISTS, "" },
	{ "put_at its version", "old", SOTER_PUT_AT, "new", ITS_OWN, SOTER_OK,
	    "new" },
	{ "put_at the version before", "old", SOTER_PUT_AT, "new", OLDER,
	    SOTER_E_CONFLICT, "old" },
	{ "put_at another version", "old", SOTER_PUT_AT, "new", STRANGE,
	    SOTER_E_CONFLICT, "old" },
	{ "put_at where nothing is", ABSENT, SOTER_PUT_AT, "new", STRANGE,
	    SOTER_E_CONFLICT, ABSENT },
	{ "put_at no version", "old", SOTER_PUT_AT, "new", NO_VERSION,
	    SOTER_E_ARGUMENT, "old" },
	{ "put_above where nothing is", ABSENT, SOTER_PUT_ABOVE, "5", 0,
	    SOTER_OK, "5" },
	{ "put_above, higher", "5", SOTER_PUT_ABOVE, "6", 0, SOTER_OK, "6" },
	{ "put_above, the same", "5", SOTER_PUT_ABOVE, "5", 0, SOTER_E_CONFLICT,
	    "5" },
	{ "put_above, lower", "5", SOTER_PUT_ABOVE, "4", 0, SOTER_E_CONFLICT,
	    "5" },
	{ "put_above, higher in an early byte", "19", SOTER_PUT_ABOVE, "21", 0,
	    SOTER_OK, "21" },
	{ "put_above, lower in an early byte", "21", SOTER_PUT_ABOVE, "19", 0,
	    SOTER_E_CONFLICT, "21" },
	{ "put_above, negative if signed", "\x7f", SOTER_PUT_ABOVE, "\x80", 0,
	    SOTER_OK, "\x80" },
	{ "put_above, longer", "5", SOTER_PUT_ABOVE, "66", 0, SOTER_E_CONFLICT,
	    "5" },
	{ "put_above, shorter", "55", SOTER_PUT_ABOVE, "6", 0, SOTER_E_CONFLICT,
	    "55" },
	{ "put_above, empty over empty", "", SOTER_PUT_ABOVE, "", 0,
	    SOTER_E_CONFLICT, "" },
	{ "delete", "old", SOTER_DELETE, "", 0, SOTER_OK, ABSENT },
	{ "delete nothing", ABSENT, SOTER_DELETE, "", 0, SOTER_OK, ABSENT },
	{ "delete_present", "old", SOTER_DELETE_PRESENT, "", 0, SOTER_OK,
	    ABSENT },
	{ "delete_present, an empty value", "", SOTER_DELETE_PRESENT, "", 0,
	    SOTER_OK, ABSENT },
	{ "delete_present nothing", ABSENT, SOTER_DELETE_PRESENT, "", 0,
	    SOTER_E_NOTFOUND, ABSENT },
	{ "no such write", "old", SOTER_WRITE_OPS, "new", 0, SOTER_E_ARGUMENT,
	    "old" },
};

static struct soter_span
text_or_none(const char *text)
{
	return (text == ABSENT ? RECORDS_NONE : soter_text(text));
}

static void
test_op(size_t i, enum soter_store_kind kind, struct soter_span key)
{
	struct soter_write x = { .op = ops[i].op,
		.kind = kind,
		.key = key,
		.value = soter_text(ops[i].value) };
	uint64_t older = 0, own = 0;
	bool is_put = ops[i].op < SOTER_DELETE;

	if (ops[i].before != ABSENT) {
		older = records_put(&r, kind, key, LIT("older"));
		own = records_put(&r, kind, key, soter_text(ops[i].before));
		CHECK(own == older + 1 && older != 0);
	}
	x.at = ops[i].at == ITS_OWN ? own
	    : ops[i].at == OLDER    ? older
	    : ops[i].at == STRANGE  ? own + 1
				    : 0;
	CHECK_RC(soter_store_write(r.lane, &x, 1, RECORDS_MS), ops[i].want);
	CHECK(records_is(&r, kind, key, text_or_none(ops[i].after)));
	if (ops[i].want != SOTER_OK)
		CHECK(records_version(&r, kind, key) == own);
	else if (is_put)
		CHECK(x.version == records_version(&r, kind, key) &&
		    x.version != 0 && (own == 0 || x.version == own + 1));
	else
		CHECK(x.version == 0);
}

static void
test_ops(void)
{
	for (size_t k = 0; k < SOTER_COUNT(kinds); k++)
		for (size_t i = 0; i < SOTER_COUNT(ops); i++) {
			char key[20];

			check_row("%s: %s", soter_kind_row(kinds[k])->name,
			    ops[i].what);
			snprintf(key, sizeof(key), "op %zu", i);
			test_op(i, kinds[k], soter_text(key));
		}
}

/* Who read it before it was removed must not write over what came after. */
static void
test_reborn(enum soter_store_kind kind)
{
	struct soter_write x = { .op = SOTER_PUT_AT,
		.kind = kind,
		.key = LIT("reborn"),
		.value = LIT("stale") };

	check_row("%s: a record made again has none of its old versions",
	    soter_kind_row(kind)->name);
	x.at = records_put(&r, kind, x.key, LIT("first"));
	CHECK_RC(records_write(&r, SOTER_DELETE, kind, x.key, RECORDS_NONE),
	    SOTER_OK);
	records_put(&r, kind, x.key, LIT("second"));
	CHECK_RC(soter_store_write(r.lane, &x, 1, RECORDS_MS),
	    SOTER_E_CONFLICT);
	CHECK(records_is(&r, kind, x.key, LIT("second")));
}

/* ---- limits -------------------------------------------------------------- */

static uint8_t big[SOTER_STORE_VALUE_MAX + 1];

static void
test_limits_of(enum soter_store_kind kind)
{
	const struct soter_kind_row *row = soter_kind_row(kind);
	static uint8_t key[SOTER_STORE_KEY_MAX + 1];
	struct soter_span longest = soter_span(key, row->key_max);
	struct soter_span largest = soter_span(big, row->value_max);

	memset(key, 0xff, sizeof(key));
	check_row("%s: the longest key, the largest value", row->name);
	CHECK_RC(records_write(&r, SOTER_PUT, kind, longest, largest),
	    SOTER_OK);
	CHECK(records_is(&r, kind, longest, largest));

	check_row("%s: one byte more is refused", row->name);
	CHECK_RC(records_write(&r, SOTER_PUT, kind,
		     soter_span(key, row->key_max + 1), LIT("x")),
	    SOTER_E_LIMIT);
	CHECK_RC(records_write(&r, SOTER_PUT, kind, longest,
		     soter_span(big, row->value_max + 1)),
	    SOTER_E_LIMIT);
	CHECK(records_is(&r, kind, longest, largest));
	CHECK_RC(records_write(&r, SOTER_DELETE, kind, longest, RECORDS_NONE),
	    SOTER_OK);
}

static void
test_limits(void)
{
	struct soter_writer room = soter_writer(big, 1);

	for (unsigned kind = 1; kind < SOTER_KIND_END; kind++)
		test_limits_of(kind);

	check_row("an empty key, and kinds that are none");
	CHECK_RC(
	    records_write(&r, SOTER_PUT, SOTER_KIND_META, LIT(""), LIT("x")),
	    SOTER_E_ARGUMENT);
	CHECK_RC(records_write(&r, SOTER_PUT, 0, LIT("k"), LIT("x")),
	    SOTER_E_ARGUMENT);
	CHECK_RC(
	    records_write(&r, SOTER_PUT, SOTER_KIND_END, LIT("k"), LIT("x")),
	    SOTER_E_ARGUMENT);
	CHECK_RC(
	    soter_store_get(r.lane, SOTER_KIND_END, LIT("k"), &room, NULL, 0),
	    SOTER_E_ARGUMENT);
	CHECK_RC(
	    soter_store_get(r.lane, SOTER_KIND_META, LIT(""), &room, NULL, 0),
	    SOTER_E_ARGUMENT);

	check_row("a value that does not fit into the caller's room");
	records_put(&r, SOTER_KIND_META, LIT("wide"), LIT("two"));
	CHECK_RC(soter_store_get(r.lane, SOTER_KIND_META, LIT("wide"), &room,
		     NULL, 0),
	    SOTER_E_NOSPACE);
	CHECK(room.len == 0);
}

/* ---- bytes --------------------------------------------------------------- */

static void
test_bytes_of(enum soter_store_kind kind)
{
	static const struct soter_span keys[] = { { (const uint8_t *)"\0", 1 },
		{ (const uint8_t *)"\0\0", 2 }, { (const uint8_t *)"a", 1 },
		{ (const uint8_t *)"a\0", 2 }, { (const uint8_t *)"a\0b", 3 },
		{ (const uint8_t *)"a\0c", 3 }, { (const uint8_t *)"\xff", 1 },
		{ (const uint8_t *)"\xc3\xa9'\"\\%", 6 } };

	check_row("%s: keys and values are bytes: NUL, quotes, no UTF-8",
	    soter_kind_row(kind)->name);
	for (size_t i = 0; i < SOTER_COUNT(keys); i++)
		records_put(&r, kind, keys[i], keys[SOTER_COUNT(keys) - 1 - i]);
	for (size_t i = 0; i < SOTER_COUNT(keys); i++)
		CHECK(records_is(&r, kind, keys[i],
		    keys[SOTER_COUNT(keys) - 1 - i]));
	for (size_t i = 0; i < SOTER_COUNT(keys); i++)
		CHECK_RC(records_write(&r, SOTER_DELETE_PRESENT, kind, keys[i],
			     RECORDS_NONE),
		    SOTER_OK);
}

static void
test_key(void)
{
	uint8_t bytes[200];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	check_row("a device's key: its id, a zero byte, the rest");
	CHECK_RC(soter_store_key(&w, LIT("dev"), LIT("rest")), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), LIT("dev\0rest")));
	CHECK_RC(soter_store_key(&w, LIT(""), LIT("rest")), SOTER_E_ARGUMENT);
	CHECK_RC(soter_store_key(&w, LIT("d\0v"), LIT("")), SOTER_E_ARGUMENT);
	CHECK_RC(soter_store_key(&w, soter_span(big, 0), LIT("")),
	    SOTER_E_ARGUMENT);
	memset(big, 'd', 200);
	CHECK_RC(soter_store_key(&w, soter_span(big, 150), LIT("0123456789")),
	    SOTER_E_NOSPACE);
	w.len = 0;
	CHECK_RC(soter_store_key(&w, soter_span(big, 150), LIT("012345678")),
	    SOTER_OK);
	CHECK(w.len == SOTER_STORE_KEY_MAX);
	w = soter_writer(bytes, 7);
	CHECK_RC(soter_store_key(&w, LIT("dev"), LIT("rest")), SOTER_E_NOSPACE);
	CHECK(w.len == 0);
}

/* ---- groups -------------------------------------------------------------- */

#define W(op_, key_, value_)                                 \
	{                                                    \
		.op = (op_), .kind = kind, .key = LIT(key_), \
		.value = LIT(value_)                         \
	}

/* "there" is there, "gone" is not; what each group leaves of a, b and c. */
static void
test_groups_of(enum soter_store_kind kind)
{
	struct soter_write whole[] = { W(SOTER_PUT, "a", "1"),
		W(SOTER_PUT_ABSENT, "b", "2"), W(SOTER_DELETE, "c", "") };
	struct soter_write last[] = { W(SOTER_PUT, "a", "3"),
		W(SOTER_DELETE, "b", ""), W(SOTER_PUT_ABSENT, "there", "") };
	struct soter_write middle[] = { W(SOTER_PUT, "a", "4"),
		W(SOTER_DELETE_PRESENT, "gone", ""),
		W(SOTER_PUT_ABSENT, "there", "") };
	struct soter_write seen[] = { W(SOTER_DELETE_PRESENT, "there", ""),
		W(SOTER_PUT_ABSENT, "there", "again"),
		W(SOTER_PUT_ABOVE, "there", "bgain") };
	struct soter_write twice[] = { W(SOTER_PUT_ABSENT, "c", "1"),
		W(SOTER_PUT_ABSENT, "c", "2") };
	struct soter_group groups[] = {
		{ .writes = whole, .n = SOTER_COUNT(whole) },
		{ .writes = last, .n = SOTER_COUNT(last) },
		{ .writes = middle, .n = SOTER_COUNT(middle) },
		{ .writes = seen, .n = SOTER_COUNT(seen) },
		{ .writes = twice, .n = SOTER_COUNT(twice) },
	};
	static const struct {
		const char *what;
		enum soter_rc want;
		size_t failed;
	} rows[] = {
		{ "all of it is done", SOTER_OK, 0 },
		{ "the last says no: nothing is done", SOTER_E_EXISTS, 2 },
		{ "two say no: the first one counts", SOTER_E_NOTFOUND, 1 },
		{ "each sees those before it", SOTER_OK, 0 },
		{ "one key twice", SOTER_E_EXISTS, 1 },
	};

	records_put(&r, kind, LIT("there"), LIT("there"));
	for (size_t i = 0; i < SOTER_COUNT(groups); i++) {
		check_row("%s: a group: %s", soter_kind_row(kind)->name,
		    rows[i].what);
		soter_store_write_many(r.lane, &groups[i], 1, RECORDS_MS);
		CHECK_RC(groups[i].rc, rows[i].want);
		CHECK(groups[i].failed == rows[i].failed);
		CHECK(records_is(&r, kind, LIT("a"), LIT("1")));
		CHECK(records_is(&r, kind, LIT("b"), LIT("2")));
		CHECK(records_is(&r, kind, LIT("c"), RECORDS_NONE));
		CHECK(records_is(&r, kind, LIT("there"),
		    i < 3 ? LIT("there") : LIT("bgain")));
	}
}

/* Groups of one batch: each for itself. */
static void
test_batch_of(enum soter_store_kind kind)
{
	struct soter_write x[] = { W(SOTER_PUT, "batch a", "1"),
		W(SOTER_PUT_ABSENT, "there", ""), W(SOTER_PUT, "", ""),
		W(SOTER_PUT, "batch b", "2"), W(SOTER_PUT, "batch c", "3"),
		W(SOTER_DELETE_PRESENT, "gone", "") };
	struct soter_group groups[] = {
		{ .writes = &x[0], .n = 1 },
		{ .writes = &x[1], .n = 1 }, /* refused by what is there */
		{ .writes = &x[2], .n = 1 }, /* refused at once */
		{ .writes = &x[3], .n = 1 },
		{ .writes = &x[4], .n = 2 }, /* refused as a whole */
		{ .writes = &x[3], .n = 0 },
	};
	static const enum soter_rc want[] = { SOTER_OK, SOTER_E_EXISTS,
		SOTER_E_ARGUMENT, SOTER_OK, SOTER_E_NOTFOUND,
		SOTER_E_ARGUMENT };

	check_row("%s: one that fails does not disturb the others",
	    soter_kind_row(kind)->name);
	soter_store_write_many(r.lane, groups, SOTER_COUNT(groups), RECORDS_MS);
	for (size_t i = 0; i < SOTER_COUNT(groups); i++)
		CHECK_RC(groups[i].rc, want[i]);
	CHECK(records_is(&r, kind, LIT("batch a"), LIT("1")));
	CHECK(records_is(&r, kind, LIT("batch b"), LIT("2")));
	CHECK(records_is(&r, kind, LIT("batch c"), RECORDS_NONE));
}

static void
test_group_limits(void)
{
	enum soter_store_kind kind = SOTER_KIND_META;
	static struct soter_write x[SOTER_STORE_GROUP_MAX + 1];
	static char key[SOTER_COUNT(x)][8];
	struct soter_write mixed[] = { W(SOTER_PUT, "mixed", "1"),
		{ .op = SOTER_PUT,
		    .kind = SOTER_KIND_ROOTS,
		    .key = LIT("mixed"),
		    .value = LIT("2") } };
	struct soter_group one = { .writes = mixed, .n = 2 };

	check_row("a group in two places would not be all or nothing");
	soter_store_write_many(r.lane, &one, 1, RECORDS_MS);
	CHECK_RC(one.rc, SOTER_E_ARGUMENT);
	CHECK(one.failed == 1);
	CHECK(records_is(&r, kind, LIT("mixed"), RECORDS_NONE));
	CHECK(records_is(&r, SOTER_KIND_ROOTS, LIT("mixed"), RECORDS_NONE));

	for (size_t i = 0; i < SOTER_COUNT(x); i++) {
		snprintf(key[i], sizeof(key[i]), "g%u", (unsigned)i);
		x[i] = (struct soter_write){ .op = SOTER_PUT_ABSENT,
			.kind = kind,
			.key = soter_text(key[i]),
			.value = LIT("x") };
	}
	check_row("the longest group, and one write more");
	CHECK_RC(soter_store_write(r.lane, x, SOTER_COUNT(x), RECORDS_MS),
	    SOTER_E_LIMIT);
	CHECK(records_is(&r, kind, LIT("g0"), RECORDS_NONE));
	CHECK_RC(soter_store_write(r.lane, x, SOTER_COUNT(x) - 1, RECORDS_MS),
	    SOTER_OK);
	CHECK(records_is(&r, kind, x[SOTER_COUNT(x) - 2].key, LIT("x")));
}

/* As many as a batch takes, over both places; and one more. */
static void
test_many(void)
{
	static struct soter_write x[SOTER_STORE_BATCH_MAX + 1];
	static struct soter_group groups[SOTER_COUNT(x)];
	static struct soter_get gets[SOTER_COUNT(x)];
	static char key[SOTER_COUNT(x)][12];
	static uint8_t bytes[SOTER_COUNT(x) * 12];
	struct soter_writer room = soter_writer(bytes, sizeof(bytes));
	size_t n = SOTER_COUNT(x), right = 0, refused = 0;

	for (size_t i = 0; i < n; i++) {
		snprintf(key[i], sizeof(key[i]), "many %zu", i);
		x[i] = (struct soter_write){ .op = SOTER_PUT_ABSENT,
			.kind = kinds[i % 2],
			.key = soter_text(key[i]),
			.value = soter_text(key[i]) };
		groups[i] = (struct soter_group){ .writes = &x[i], .n = 1 };
		gets[i] = (struct soter_get){ .kind = kinds[i % 2],
			.key = soter_text(key[i]) };
	}
	check_row("a batch that is too long is refused whole");
	soter_store_write_many(r.lane, groups, n, RECORDS_MS);
	soter_store_get_many(r.lane, gets, n, &room, RECORDS_MS);
	for (size_t i = 0; i < n; i++)
		refused += groups[i].rc == SOTER_E_LIMIT &&
		    gets[i].rc == SOTER_E_LIMIT;
	CHECK(refused == n);

	check_row("the longest batch, each answered in its place");
	soter_store_write_many(r.lane, groups, n - 1, RECORDS_MS);
	soter_store_get_many(r.lane, gets, n - 1, &room, RECORDS_MS);
	for (size_t i = 0; i < n - 1; i++)
		right += groups[i].rc == SOTER_OK && gets[i].rc == SOTER_OK &&
		    gets[i].version == x[i].version &&
		    soter_span_equal(gets[i].value, x[i].value);
	CHECK(right == n - 1);

	check_row("a batch of nothing");
	soter_store_write_many(r.lane, groups, 0, RECORDS_MS);
	soter_store_get_many(r.lane, gets, 0, &room, RECORDS_MS);
	CHECK(soter_lane_pending(r.lane) == 0);
}

/* Found, missing, refused and damaged ones in one batch of gets. */
static void
test_gets(void)
{
	struct soter_get gets[] = {
		{ .kind = SOTER_KIND_ROOTS, .key = LIT("there") },
		{ .kind = SOTER_KIND_ROOTS, .key = LIT("gone") },
		{ .kind = SOTER_KIND_TENANTS, .key = LIT("there") },
		{ .kind = SOTER_KIND_TENANTS, .key = LIT("gone") },
		{ .kind = SOTER_KIND_MODELS, .key = LIT("there") },
		{ .kind = 99, .key = LIT("there") },
		{ .kind = SOTER_KIND_ROOTS, .key = LIT("there") },
	};
	static const enum soter_rc want[] = { SOTER_OK, SOTER_E_NOTFOUND,
		SOTER_OK, SOTER_E_NOTFOUND, SOTER_E_NOTFOUND, SOTER_E_ARGUMENT,
		SOTER_OK };
	uint8_t bytes[100];
	struct soter_writer room = soter_writer(bytes, sizeof(bytes));

	check_row("gets of both places, found and not, in one batch");
	soter_store_get_many(r.lane, gets, SOTER_COUNT(gets), &room,
	    RECORDS_MS);
	for (size_t i = 0; i < SOTER_COUNT(gets); i++) {
		CHECK_RC(gets[i].rc, want[i]);
		CHECK(gets[i].rc == SOTER_OK
			? soter_span_equal(gets[i].value, LIT("bgain"))
			: gets[i].value.n == 0 && gets[i].version == 0);
	}
}

int
main(int argc, char **argv)
{
	(void)argc;
	if (!records_new(&r, argv[1]))
		return (check_done());
	records_create(&r);
	records_open(&r, SOTER_STORE_READ_WRITE);
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7 + i / 251);

	test_ops();
	for (size_t k = 0; k < SOTER_COUNT(kinds); k++) {
		test_reborn(kinds[k]);
		test_bytes_of(kinds[k]);
		test_groups_of(kinds[k]);
		test_batch_of(kinds[k]);
	}
	test_group_limits();
	test_gets();
	test_many();
	test_limits();
	test_key();
	records_end(&r);
	return (check_done());
}
