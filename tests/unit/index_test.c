/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bytes.h"
#include "tests/check.h"
#include "teehost/index.h"

static const uint8_t key[TEEHOST_KEY_LEN] = { 3 };
static const uint8_t prev[TEEHOST_ANCHOR_LEN] = { 0xaa, 0xbb };

static struct teehost_record
record_of(const char *id, uint64_t version)
{
	struct teehost_record record = { .id_n = (uint8_t)strlen(id),
		.version = version,
		.size = (uint32_t)version * 10 };

	memcpy(record.id, id, record.id_n);
	record.tag[0] = (uint8_t)version;
	return (record);
}

static void
set(struct teehost_index *index, const char *id, uint64_t version)
{
	struct teehost_record record = record_of(id, version);

	CHECK_RC(teehost_index_set(index, &record), SOTER_OK);
}

static void
test_order(void)
{
	struct teehost_index index = { .records = NULL }, copy;
	size_t at = 77;

	check_row("sorted, each id once");
	CHECK(!teehost_index_find(&index, SOTER_SPAN("b"), &at) && at == 0);
	set(&index, "b", 1);
	set(&index, "a", 2);
	set(&index, "ab", 3);
	set(&index, "c", 4);
	set(&index, "b", 5);
	CHECK(index.n == 4);
	CHECK(teehost_index_find(&index, SOTER_SPAN("ab"), &at) && at == 1);
	CHECK(teehost_index_find(&index, SOTER_SPAN("b"), &at) && at == 2);
	CHECK(index.records[at].version == 5);
	CHECK(!teehost_index_find(&index, SOTER_SPAN("bb"), &at) && at == 3);

	check_row("a copy is another one");
	CHECK_RC(teehost_index_copy(&copy, &index), SOTER_OK);
	teehost_index_unset(&copy, SOTER_SPAN("a"));
	teehost_index_unset(&copy, SOTER_SPAN("c"));
	teehost_index_unset(&copy, SOTER_SPAN("nobody"));
	CHECK(copy.n == 2 && index.n == 4);
	CHECK(teehost_index_find(&copy, SOTER_SPAN("b"), &at) && at == 1);
	teehost_index_wipe(&copy);
	CHECK(copy.n == 0 && copy.records == NULL);
	teehost_index_wipe(&index);
}

static void
test_limit(void)
{
	static uint8_t slot[TEEHOST_INDEX_LEN_MAX];
	struct soter_writer w = soter_writer(slot, sizeof(slot));
	struct teehost_index index = { .records = NULL }, got, copy;
	struct soter_span bytes, claimed;
	struct teehost_record record;
	char id[10];

	check_row("full, and written, and read");
	for (unsigned i = 0; i < TEEHOST_OBJECTS_MAX; i++) {
		snprintf(id, sizeof(id), "%u", i * 7 % TEEHOST_OBJECTS_MAX);
		set(&index, id, i);
	}
	record = record_of("one more", 1);
	CHECK_RC(teehost_index_set(&index, &record), SOTER_E_LIMIT);
	CHECK(index.n == TEEHOST_OBJECTS_MAX);
	set(&index, "17", TEEHOST_OBJECTS_MAX);
	index.next_version = TEEHOST_OBJECTS_MAX + 1;
	CHECK_RC(teehost_index_copy(&copy, &index), SOTER_OK);
	CHECK(copy.n == TEEHOST_OBJECTS_MAX);
	teehost_index_wipe(&copy);
	CHECK_RC(teehost_index_write(&w, &index, key, prev), SOTER_OK);
	CHECK(w.len == sizeof(slot));
	CHECK_RC(teehost_index_claimed(soter_written(&w), &bytes, &claimed),
	    SOTER_OK);
	CHECK(soter_span_equal(bytes, soter_written(&w)));
	CHECK(soter_span_equal(claimed, soter_span(prev, sizeof(prev))));
	CHECK_RC(teehost_index_parse(&got, key, bytes), SOTER_OK);
	CHECK(got.n == index.n && got.next_version == index.next_version);
	for (size_t i = 0; i < got.n; i++)
		CHECK(soter_span_equal(teehost_record_id(&got.records[i]),
			  teehost_record_id(&index.records[i])) &&
		    got.records[i].version == index.records[i].version &&
		    got.records[i].size == index.records[i].size &&
		    memcmp(got.records[i].tag, index.records[i].tag,
			TEEHOST_BLOB_TAG_LEN) == 0);
	teehost_index_wipe(&got);
	w.len = 1;
	CHECK_RC(teehost_index_write(&w, &index, key, prev), SOTER_E_NOSPACE);
	teehost_index_wipe(&index);
}

/* What anybody can write into a slot. */
static void
test_claimed(void)
{
	static const struct {
		const char *what, *head; /* as tests/bytes.h notes it */
		size_t n;		 /* bytes of the slot */
		enum soter_rc want;
	} rows[] = {
		{ "empty", "", 0, SOTER_E_SHORT },
		{ "magic cut", "'SOTERix'", 7, SOTER_E_SHORT },
		{ "head cut", "'SOTERix1' 64000000 00*31", 43, SOTER_E_SHORT },
		{ "shortest", "'SOTERix1' 64000000 00*32", 100, SOTER_OK },
		{ "with room behind", "'SOTERix1' 64000000", 4096, SOTER_OK },
		{ "one byte is missing", "'SOTERix1' 64000000", 99,
		    SOTER_E_SHORT },
		{ "shorter than can be", "'SOTERix1' 63000000", 4096,
		    SOTER_E_FORMAT },
		{ "no length", "'SOTERix1' 00000000", 4096, SOTER_E_FORMAT },
		{ "of another version", "'SOTERix2' 64000000", 4096,
		    SOTER_E_FORMAT },
		{ "all zero", "00", 4096, SOTER_E_FORMAT },
		{ "a length that wraps", "'SOTERix1' ffffffff", 4096,
		    SOTER_E_LIMIT },
		{ "big-endian", "'SOTERix1' 00000064", 4096, SOTER_E_LIMIT },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		static struct bytes slot;
		struct soter_span bytes = { NULL, 77 }, claimed = { NULL, 77 };
		struct soter_span in;

		check_row("slot: %s", rows[i].what);
		memset(&slot, 0, sizeof(slot));
		bytes_text(&slot, rows[i].head);
		in = bytes_exact(soter_span(slot.p, rows[i].n));
		CHECK_RC(teehost_index_claimed(in, &bytes, &claimed),
		    rows[i].want);
		if (rows[i].want == SOTER_OK)
			CHECK(bytes.p == in.p && bytes.n == 100 &&
			    claimed.p == in.p + 12 && claimed.n == 32);
		else
			CHECK(bytes.n == 77 && claimed.n == 77);
		bytes_free(in);
	}
}

/* What opens under the key must still have our form. */
static void
test_form(void)
{
	static const struct {
		const char *what, *plain;
		enum soter_rc want;
	} rows[] = {
		{ "empty", "0100000000000000 00000000", SOTER_OK },
		{ "one",
		    "0200000000000000 01000000"
		    "01 61 00*63 0100000000000000 05000000 07*16",
		    SOTER_OK },
		{ "largest object",
		    "0200000000000000 01000000"
		    "01 61 00*63 0100000000000000 00001000"
		    "07*16",
		    SOTER_OK },
		{ "an object larger than can be",
		    "0200000000000000 01000000"
		    "01 61 00*63 0100000000000000 01001000 07*16",
		    SOTER_E_CORRUPT },
		{ "no count", "0100000000000000 000000", SOTER_E_CORRUPT },
		{ "a record is missing",
		    "0200000000000000 02000000"
		    "01 61 00*63 0100000000000000 05000000 07*16",
		    SOTER_E_CORRUPT },
		{ "a record too many",
		    "0200000000000000 00000000"
		    "01 61 00*63 0100000000000000 05000000 07*16",
		    SOTER_E_CORRUPT },
		{ "a byte too many", "0100000000000000 00000000 00",
		    SOTER_E_CORRUPT },
		{ "more than can be", "0100000000000000 01100000",
		    SOTER_E_CORRUPT },
		{ "no id",
		    "0200000000000000 01000000"
		    "00 00*64 0100000000000000 05000000 07*16",
		    SOTER_E_CORRUPT },
		{ "an id that is too long",
		    "0200000000000000 01000000"
		    "41 61*64 0100000000000000 05000000 07*16",
		    SOTER_E_CORRUPT },
		{ "bytes behind the id",
		    "0200000000000000 01000000"
		    "01 61 00*62 01 0100000000000000 05000000 07*16",
		    SOTER_E_CORRUPT },
		{ "a version still to come",
		    "0100000000000000 01000000"
		    "01 61 00*63 0100000000000000 05000000 07*16",
		    SOTER_E_CORRUPT },
		{ "the same id twice",
		    "0300000000000000 02000000"
		    "01 61 00*63 0100000000000000 05000000 07*16 "
		    "01 61 00*63 0200000000000000 05000000 07*16",
		    SOTER_E_CORRUPT },
		{ "out of order",
		    "0300000000000000 02000000"
		    "01 62 00*63 0100000000000000 05000000 07*16 "
		    "01 61 00*63 0200000000000000 05000000 07*16",
		    SOTER_E_CORRUPT },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		static struct bytes plain;
		uint8_t buf[500];
		struct soter_writer w = soter_writer(buf, sizeof(buf));
		struct teehost_index got = { .n = 77 };

		check_row("index: %s", rows[i].what);
		plain.n = 0;
		bytes_text(&plain, rows[i].plain);
		/* The head is authenticated, not looked at again. */
		memset(buf, 0x99, TEEHOST_INDEX_HEAD_LEN);
		w.len = TEEHOST_INDEX_HEAD_LEN;
		CHECK_RC(teehost_blob_seal(&w, key,
			     soter_span(buf, TEEHOST_INDEX_HEAD_LEN),
			     bytes_span(&plain)),
		    SOTER_OK);
		CHECK_RC(teehost_index_parse(&got, key, soter_written(&w)),
		    rows[i].want);
		if (rows[i].want != SOTER_OK)
			CHECK(got.n == 77);
		else
			teehost_index_wipe(&got);
		buf[3] ^= 1;
		CHECK_RC(teehost_index_parse(&got, key, soter_written(&w)),
		    SOTER_E_CORRUPT);
	}
}

int
main(void)
{
	test_order();
	test_limit();
	test_claimed();
	test_form();
	return (check_done());
}
