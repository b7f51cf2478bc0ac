/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a storage does, and what it does when somebody lies: about the objects,
 * the index, the whole folder, the key, the anchor.
 */
#include <malloc.h>

#include "tests/bytes.h"
#include "tests/check.h"
#include "tests/folder.h"
#include "tests/storerig.h"
#include "crypto/hash.h"
#include "teehost/index.h"
#include "teehost/object.h"

static const char *const anchors[] = { "protecting", "file" };

/* What it does. */

static void
test_basics(struct rig *rig, const char *what)
{
	uint8_t *bytes = (uint8_t *)1;
	uint64_t first, second, version;
	size_t n = 77;

	check_row("%s: what was put is there, also after a restart", what);
	if (!CHECK_RC(rig_again(rig), SOTER_OK))
		return;
	CHECK_RC(
	    teehost_store_get(rig->store, rig_text("a"), &bytes, &n, &version),
	    SOTER_E_NOTFOUND);
	CHECK(bytes == (uint8_t *)1 && n == 77);
	CHECK_RC(rig_remove(rig, "a"), SOTER_E_NOTFOUND);
	CHECK_RC(rig_put(rig, "a", "one"), SOTER_OK);
	CHECK_RC(rig_put(rig, "empty", ""), SOTER_OK);
	CHECK_RC(rig_get(rig, "a", "one"), SOTER_OK);
	CHECK_RC(rig_again(rig), SOTER_OK);
	CHECK_RC(rig_get(rig, "a", "one"), SOTER_OK);
	CHECK_RC(rig_get(rig, "empty", ""), SOTER_OK);

	check_row("%s: writing over needs to be asked for", what);
	CHECK_RC(teehost_store_version(rig->store, rig_text("a"), &first),
	    SOTER_OK);
	CHECK_RC(teehost_store_put(rig->store, rig_text("a"), rig_text("two"),
		     false),
	    SOTER_E_EXISTS);
	CHECK_RC(rig_get(rig, "a", "one"), SOTER_OK);
	CHECK_RC(teehost_store_version(rig->store, rig_text("a"), &version),
	    SOTER_OK);
	CHECK(version == first);
	CHECK_RC(rig_put(rig, "a", "two"), SOTER_OK);
	CHECK_RC(rig_get(rig, "a", "two"), SOTER_OK);
	CHECK_RC(teehost_store_version(rig->store, rig_text("a"), &second),
	    SOTER_OK);
	CHECK(second != first);

	check_row("%s: the same bytes again are another version", what);
	CHECK_RC(rig_put(rig, "a", "two"), SOTER_OK);
	CHECK_RC(teehost_store_version(rig->store, rig_text("a"), &version),
	    SOTER_OK);
	CHECK(version != first && version != second);

	check_row("%s: rename", what);
	CHECK_RC(
	    teehost_store_rename(rig->store, rig_text("a"), rig_text("empty")),
	    SOTER_E_EXISTS);
	CHECK_RC(teehost_store_rename(rig->store, rig_text("a"), rig_text("a")),
	    SOTER_E_EXISTS);
	CHECK_RC(
	    teehost_store_rename(rig->store, rig_text("nobody"), rig_text("b")),
	    SOTER_E_NOTFOUND);
	CHECK_RC(teehost_store_rename(rig->store, rig_text("a"), rig_text("b")),
	    SOTER_OK);
	CHECK_RC(rig_get(rig, "a", ""), SOTER_E_NOTFOUND);
	CHECK_RC(rig_get(rig, "b", "two"), SOTER_OK);
	CHECK_RC(rig_again(rig), SOTER_OK);
	CHECK_RC(rig_get(rig, "b", "two"), SOTER_OK);

	check_row("%s: remove", what);
	CHECK_RC(rig_remove(rig, "b"), SOTER_OK);
	CHECK_RC(rig_remove(rig, "b"), SOTER_E_NOTFOUND);
	CHECK_RC(rig_again(rig), SOTER_OK);
	CHECK_RC(rig_get(rig, "b", ""), SOTER_E_NOTFOUND);
	CHECK_RC(teehost_store_version(rig->store, rig_text("b"), &version),
	    SOTER_E_NOTFOUND);
	CHECK_RC(rig_get(rig, "empty", ""), SOTER_OK);
	CHECK_RC(rig_remove(rig, "empty"), SOTER_OK);
	CHECK(diskmodel_count(rig->m) == (rig->has_file_anchor ? 3 : 2));
}

static void
test_ids(struct rig *rig)
{
	static uint8_t bytes[TEEHOST_OBJECT_MAX + 1], id[65];
	/* Ascending, as any reader of a list expects. */
	static const struct soter_span ids[] = {
		{ (const uint8_t *)"\0", 1 },
		{ (const uint8_t *)"\0\0", 2 },
		{ (const uint8_t *)"../../etc/passwd", 16 },
		{ (const uint8_t *)"/", 1 },
		{ (const uint8_t *)"a", 1 },
		{ (const uint8_t *)"a\0", 2 },
		{ (const uint8_t *)"ab", 2 },
		{ (const uint8_t *)"index.0", 7 },
		{ (const uint8_t *)"\xff\xff", 2 },
	};
	struct soter_span got;
	size_t n, i;

	check_row("any bytes are a name, and the list is in their order");
	for (i = SOTER_COUNT(ids); i-- > 0;)
		CHECK_RC(teehost_store_put(rig->store, ids[i],
			     soter_span(bytes, i), false),
		    SOTER_OK);
	for (i = 0; teehost_store_list(rig->store, i, &got, &n); i++)
		CHECK(i < SOTER_COUNT(ids) && soter_span_equal(got, ids[i]) &&
		    n == i);
	CHECK(i == SOTER_COUNT(ids));
	for (i = 0; i < SOTER_COUNT(ids); i++)
		CHECK_RC(teehost_store_remove(rig->store, ids[i]), SOTER_OK);

	check_row("lengths of names");
	memset(id, 'x', sizeof(id));
	CHECK_RC(teehost_store_put(rig->store, soter_span(id, 0),
		     soter_span(bytes, 1), true),
	    SOTER_E_ARGUMENT);
	CHECK_RC(teehost_store_put(rig->store, soter_span(id, 65),
		     soter_span(bytes, 1), true),
	    SOTER_E_ARGUMENT);
	CHECK_RC(teehost_store_remove(rig->store, soter_span(id, 65)),
	    SOTER_E_ARGUMENT);
	CHECK_RC(teehost_store_put(rig->store, soter_span(id, 64),
		     soter_span(bytes, 1), true),
	    SOTER_OK);
	CHECK_RC(teehost_store_rename(rig->store, soter_span(id, 64),
		     soter_span(id, 65)),
	    SOTER_E_ARGUMENT);
	CHECK_RC(teehost_store_rename(rig->store, soter_span(id, 64),
		     soter_span(id, 63)),
	    SOTER_OK);
	CHECK_RC(teehost_store_remove(rig->store, soter_span(id, 63)),
	    SOTER_OK);

	check_row("lengths of objects");
	memset(bytes, 0x5a, sizeof(bytes));
	CHECK_RC(teehost_store_put(rig->store, rig_text("big"),
		     soter_span(bytes, sizeof(bytes)), true),
	    SOTER_E_LIMIT);
	CHECK_RC(teehost_store_put(rig->store, rig_text("big"),
		     soter_span(bytes, TEEHOST_OBJECT_MAX), true),
	    SOTER_OK);
	CHECK_RC(rig_again(rig), SOTER_OK);
	{
		uint8_t *got_bytes = NULL;

		CHECK_RC(teehost_store_get(rig->store, rig_text("big"),
			     &got_bytes, &n, NULL),
		    SOTER_OK);
		CHECK(n == TEEHOST_OBJECT_MAX && bytes_are(got_bytes, n, 0x5a));
		teehost_store_free(got_bytes, n);
	}
	CHECK_RC(rig_remove(rig, "big"), SOTER_OK);
}

static void
test_uses(void)
{
	struct rig rig;

	for (int file = 0; file < 2; file++) {
		rig_new(&rig, file);
		test_basics(&rig, anchors[file]);
		rig_free(&rig);
	}
	rig_new(&rig, true);
	CHECK_RC(rig_open(&rig), SOTER_OK);
	test_ids(&rig);
	rig_free(&rig);
}

/* The names of files say nothing, the files are not alike. */
static void
test_secrecy(void)
{
	static const char secret[] = "a secret that is long enough to be found";
	struct rig a, b;

	check_row(
	    "no name, no byte of an object and no size twice on the disk");
	rig_new(&a, true);
	rig_new(&b, true);
	memset(b.key, 0x4c, sizeof(b.key));
	CHECK_RC(rig_open(&a), SOTER_OK);
	CHECK_RC(rig_open(&b), SOTER_OK);
	CHECK_RC(rig_put(&a, "account number 7", secret), SOTER_OK);
	CHECK_RC(rig_put(&a, "account number 8", secret), SOTER_OK);
	CHECK_RC(rig_put(&b, "account number 7", secret), SOTER_OK);
	for (size_t i = 0; i < diskmodel_count(a.m); i++) {
		const char *name = diskmodel_name(a.m, i);
		struct soter_span file = diskmodel_look(a.m, name);

		if (rig_is_object(name))
			CHECK(diskmodel_look(b.m, name).p == NULL);
		for (size_t at = 0; at + 8 <= file.n; at++) {
			CHECK(memcmp(file.p + at, secret, 8) != 0);
			CHECK(memcmp(file.p + at, "account ", 8) != 0);
		}
	}
	rig_free(&a);
	rig_free(&b);
}

static int
nonce_order(const void *a, const void *b)
{
	return (memcmp(a, b, TEEHOST_BLOB_SALT_LEN + TEEHOST_BLOB_IV_LEN));
}

/* Salt and IV of each file that is written, objects and index alike. */
static void
test_nonces(void)
{
	enum { PUTS = 2000, LEN = TEEHOST_BLOB_SALT_LEN + TEEHOST_BLOB_IV_LEN };
	static uint8_t salts[2 * PUTS][LEN], ivs[2 * PUTS][LEN];
	struct rig rig;
	size_t n = 0, equal_salts = 0, equal_ivs = 0;

	check_row("sealed blobs never share an IV, nor a key");
	rig_new(&rig, false);
	CHECK_RC(rig_open(&rig), SOTER_OK);
	for (int i = 0; i < PUTS; i++) {
		const char *slot = i % 2 == 0 ? "index.1" : "index.0";

		CHECK_RC(rig_put(&rig, "a", "the same text"), SOTER_OK);
		memcpy(salts[n++],
		    diskmodel_look(rig.m, slot).p + TEEHOST_INDEX_HEAD_LEN,
		    LEN);
		for (size_t j = 0; j < diskmodel_count(rig.m); j++)
			if (rig_is_object(diskmodel_name(rig.m, j)))
				memcpy(salts[n++],
				    diskmodel_look(rig.m,
					diskmodel_name(rig.m, j))
					    .p +
					8,
				    LEN);
		if (i % 200 == 0) {
			rig_close(&rig);
			diskmodel_restart(rig.m, DISKMODEL_ALL, 0);
			CHECK_RC(rig_open(&rig), SOTER_OK);
		}
	}
	CHECK(n == 2 * PUTS);
	for (size_t i = 0; i < n; i++) {
		memset(ivs[i], 0, LEN);
		memcpy(ivs[i], salts[i] + TEEHOST_BLOB_SALT_LEN,
		    TEEHOST_BLOB_IV_LEN);
		memset(salts[i] + TEEHOST_BLOB_SALT_LEN, 0,
		    TEEHOST_BLOB_IV_LEN);
	}
	qsort(salts, n, LEN, nonce_order);
	qsort(ivs, n, LEN, nonce_order);
	for (size_t i = 1; i < n; i++) {
		equal_salts += nonce_order(salts[i - 1], salts[i]) == 0;
		equal_ivs += nonce_order(ivs[i - 1], ivs[i]) == 0;
	}
	CHECK(equal_salts == 0 && equal_ivs == 0);
	rig_free(&rig);
}

/* Lies. */

/* Three objects, the second written twice; before is as it was in between. */
struct scene {
	struct rig rig;
	struct diskmodel *before;
	char a[40], b_old[40], b[40], c[40]; /* names of files */
};

static void
scene_new(struct scene *s, bool has_file_anchor)
{
	struct diskmodel *m;

	rig_new(&s->rig, has_file_anchor);
	CHECK_RC(rig_open(&s->rig), SOTER_OK);
	m = diskmodel_copy(s->rig.m, NULL);
	CHECK_RC(rig_put(&s->rig, "a", "first"), SOTER_OK);
	strcpy(s->a, rig_new_file(s->rig.m, m));
	diskmodel_free(&m);
	m = diskmodel_copy(s->rig.m, NULL);
	CHECK_RC(rig_put(&s->rig, "b", "second, old"), SOTER_OK);
	strcpy(s->b_old, rig_new_file(s->rig.m, m));
	diskmodel_free(&m);
	m = diskmodel_copy(s->rig.m, NULL);
	CHECK_RC(rig_put(&s->rig, "c", "third"), SOTER_OK);
	strcpy(s->c, rig_new_file(s->rig.m, m));
	diskmodel_free(&m);
	s->before = diskmodel_copy(s->rig.m, NULL);
	CHECK_RC(rig_put(&s->rig, "b", "second, new"), SOTER_OK);
	strcpy(s->b, rig_new_file(s->rig.m, s->before));
	rig_close(&s->rig);
	diskmodel_restart(s->before, DISKMODEL_ALL, 0);
	diskmodel_restart(s->rig.m, DISKMODEL_ALL, 0);
}

static void
scene_free(struct scene *s)
{
	diskmodel_free(&s->before);
	rig_free(&s->rig);
}

static void
copy_file(struct diskmodel *to, const char *to_name,
    const struct diskmodel *from, const char *from_name)
{
	struct soter_span bytes = bytes_exact(diskmodel_look(from, from_name));

	diskmodel_put(to, to_name, bytes);
	bytes_free(bytes);
}

/* The storage opens; these gets give these codes; no file goes. */
static void
check_gets(struct scene *s, enum soter_rc a, enum soter_rc b, enum soter_rc c)
{
	struct diskmodel *copy = diskmodel_copy(s->rig.m, NULL);

	if (CHECK_RC(rig_open(&s->rig), SOTER_OK)) {
		CHECK_RC(rig_get(&s->rig, "a", "first"), a);
		CHECK_RC(rig_get(&s->rig, "b", "second, new"), b);
		CHECK_RC(rig_get(&s->rig, "c", "third"), c);
	}
	CHECK(diskmodel_same(copy, s->rig.m));
	rig_close(&s->rig);
	diskmodel_free(&copy);
}

/* It does not open, and no file goes. */
static void
check_refused(struct scene *s, enum soter_rc want)
{
	struct diskmodel *copy = diskmodel_copy(s->rig.m, NULL);

	CHECK_RC(rig_open(&s->rig), want);
	CHECK(s->rig.store == NULL);
	CHECK(diskmodel_same(copy, s->rig.m));
	rig_close(&s->rig);
	diskmodel_free(&copy);
}

static void
lie_nothing(struct scene *s)
{
	check_gets(s, SOTER_OK, SOTER_OK, SOTER_OK);
}

static void
lie_old_object(struct scene *s)
{
	copy_file(s->rig.m, s->b, s->before, s->b_old);
	check_gets(s, SOTER_OK, SOTER_E_CORRUPT, SOTER_OK);
}

/* The old file by its own name is nothing that the index names. */
static void
lie_old_name(struct scene *s)
{
	copy_file(s->rig.m, s->b_old, s->before, s->b_old);
	CHECK_RC(rig_open(&s->rig), SOTER_OK);
	CHECK_RC(rig_get(&s->rig, "b", "second, new"), SOTER_OK);
	CHECK(diskmodel_look(s->rig.m, s->b_old).p == NULL);
}

static void
lie_swapped(struct scene *s)
{
	struct diskmodel *copy = diskmodel_copy(s->rig.m, NULL);

	copy_file(s->rig.m, s->a, copy, s->c);
	copy_file(s->rig.m, s->c, copy, s->a);
	diskmodel_free(&copy);
	check_gets(s, SOTER_E_CORRUPT, SOTER_OK, SOTER_E_CORRUPT);
}

static void
lie_renamed(struct scene *s)
{
	char other[40];

	strcpy(other, s->a);
	other[0] = other[0] == '0' ? '1' : '0';
	copy_file(s->rig.m, other, s->rig.m, s->a);
	diskmodel_drop(s->rig.m, s->a);
	CHECK_RC(rig_open(&s->rig), SOTER_OK);
	CHECK_RC(rig_get(&s->rig, "a", "first"), SOTER_E_CORRUPT);
	CHECK_RC(rig_get(&s->rig, "c", "third"), SOTER_OK);
}

static void
lie_gone(struct scene *s)
{
	diskmodel_drop(s->rig.m, s->a);
	check_gets(s, SOTER_E_CORRUPT, SOTER_OK, SOTER_OK);
}

/* A broken object can be written over, or removed. */
static void
lie_mended(struct scene *s)
{
	diskmodel_drop(s->rig.m, s->a);
	diskmodel_put(s->rig.m, s->c, rig_text("garbage"));
	CHECK_RC(rig_open(&s->rig), SOTER_OK);
	CHECK_RC(
	    teehost_store_rename(s->rig.store, rig_text("a"), rig_text("d")),
	    SOTER_E_CORRUPT);
	CHECK_RC(rig_put(&s->rig, "a", "first"), SOTER_OK);
	CHECK_RC(rig_remove(&s->rig, "c"), SOTER_OK);
	CHECK_RC(rig_again(&s->rig), SOTER_OK);
	CHECK_RC(rig_get(&s->rig, "a", "first"), SOTER_OK);
	CHECK_RC(rig_get(&s->rig, "c", "third"), SOTER_E_NOTFOUND);
}

static void
lie_truncated(struct scene *s)
{
	struct soter_span whole = bytes_exact(diskmodel_look(s->rig.m, s->b));

	for (size_t n = 0; n < whole.n; n++) {
		diskmodel_put(s->rig.m, s->b, soter_span(whole.p, n));
		check_gets(s, SOTER_OK, SOTER_E_CORRUPT, SOTER_OK);
	}
	bytes_free(whole);
}

static void
lie_longer(struct scene *s)
{
	static uint8_t bytes[300];
	struct soter_span whole = diskmodel_look(s->rig.m, s->b);
	size_t n = whole.n;

	memcpy(bytes, whole.p, n);
	diskmodel_put(s->rig.m, s->b, soter_span(bytes, n + 1));
	check_gets(s, SOTER_OK, SOTER_E_CORRUPT, SOTER_OK);
}

/* The anchor chooses by what a slot holds, not by its name. */
static void
lie_slots_swapped(struct scene *s)
{
	struct diskmodel *copy = diskmodel_copy(s->rig.m, NULL);

	copy_file(s->rig.m, "index.0", copy, "index.1");
	copy_file(s->rig.m, "index.1", copy, "index.0");
	diskmodel_free(&copy);
	check_gets(s, SOTER_OK, SOTER_OK, SOTER_OK);
}

/* init 0, a 1, b 0, c 1, b 0: the last one is in slot 0 */
static void
lie_slot_doubled(struct scene *s)
{
	copy_file(s->rig.m, "index.1", s->rig.m, "index.0");
	check_gets(s, SOTER_OK, SOTER_OK, SOTER_OK);
}

static void
lie_old_slot(struct scene *s)
{
	copy_file(s->rig.m, "index.0", s->before, "index.0");
	check_refused(s, SOTER_E_ROLLBACK);
}

static void
lie_old_slot_twice(struct scene *s)
{
	copy_file(s->rig.m, "index.0", s->rig.m, "index.1");
	check_refused(s, SOTER_E_ROLLBACK);
}

static void
lie_slot_gone(struct scene *s)
{
	diskmodel_drop(s->rig.m, "index.0");
	check_refused(s, SOTER_E_ROLLBACK);
}

static void
lie_slots_gone(struct scene *s)
{
	diskmodel_drop(s->rig.m, "index.0");
	diskmodel_drop(s->rig.m, "index.1");
	check_refused(s, SOTER_E_ROLLBACK);
}

/* The slot that does not count may be anything; it is made anew. */
static void
lie_other_slot(struct scene *s)
{
	static const uint8_t zeros[600000];
	static const size_t lengths[] = { 0, 1, 100, 5000, 524288, 524289,
		600000 };

	for (size_t i = 0; i < SOTER_COUNT(lengths); i++) {
		struct rig rig = { .has_file_anchor = s->rig.has_file_anchor };

		rig.m = diskmodel_copy(s->rig.m, NULL);
		memcpy(rig.key, s->rig.key, sizeof(rig.key));
		diskmodel_put(rig.m, "index.1", soter_span(zeros, lengths[i]));
		CHECK_RC(rig_open(&rig), SOTER_OK);
		CHECK_RC(rig_get(&rig, "c", "third"), SOTER_OK);
		CHECK_RC(rig_put(&rig, "d", "fourth"), SOTER_OK);
		CHECK_RC(rig_again(&rig), SOTER_OK);
		CHECK_RC(rig_get(&rig, "d", "fourth"), SOTER_OK);
		CHECK_RC(rig_get(&rig, "b", "second, new"), SOTER_OK);
		rig_free(&rig);
	}
	diskmodel_drop(s->rig.m, "index.1");
	CHECK_RC(rig_open(&s->rig), SOTER_OK);
	CHECK_RC(rig_put(&s->rig, "d", "fourth"), SOTER_OK);
	rig_close(&s->rig);
	diskmodel_restart(s->rig.m, DISKMODEL_NOTHING, 0);
	CHECK_RC(rig_open(&s->rig), SOTER_OK);
	CHECK_RC(rig_get(&s->rig, "d", "fourth"), SOTER_OK);
}

static void
lie_long_slot(struct scene *s)
{
	static uint8_t bytes[600000];
	struct soter_span slot = diskmodel_look(s->rig.m, "index.0");

	memcpy(bytes, slot.p, slot.n);
	diskmodel_put(s->rig.m, "index.0", soter_span(bytes, sizeof(bytes)));
	check_refused(s, SOTER_E_ROLLBACK);
}

static void
lie_other_key(struct scene *s)
{
	s->rig.key[31] ^= 1;
	check_refused(s, SOTER_E_CORRUPT);
}

static void
lie_anchor_lost(struct scene *s)
{
	static const uint8_t zero[TEEHOST_ANCHOR_LEN];

	diskmodel_drop(s->rig.m, "anchor");
	diskmodel_set_anchor(s->rig.m, zero);
	check_refused(s, SOTER_E_ROLLBACK);
}

/* ... and the index too: objects alone are reason enough. */
static void
lie_objects_alone(struct scene *s)
{
	diskmodel_drop(s->rig.m, "index.0");
	diskmodel_drop(s->rig.m, "index.1");
	lie_anchor_lost(s);
}

/* ... or an index alone. */
static void
lie_index_alone(struct scene *s)
{
	diskmodel_drop(s->rig.m, s->a);
	diskmodel_drop(s->rig.m, s->b);
	diskmodel_drop(s->rig.m, s->c);
	lie_anchor_lost(s);
	diskmodel_drop(s->rig.m, "index.1");
	check_refused(s, SOTER_E_ROLLBACK);
}

static void
lie_other_anchor(struct scene *s)
{
	static const uint8_t value[TEEHOST_ANCHOR_LEN] = { 1 };

	if (s->rig.has_file_anchor)
		copy_file(s->rig.m, "anchor", s->before, "anchor");
	else
		diskmodel_set_anchor(s->rig.m, value);
	if (!s->rig.has_file_anchor) {
		check_refused(s, SOTER_E_ROLLBACK);
		return;
	}
	/*
	 * Who puts the anchor's file back chooses the older index; its object
	 * is gone, and that is seen.
	 */
	CHECK_RC(rig_open(&s->rig), SOTER_OK);
	CHECK_RC(rig_get(&s->rig, "b", "second, old"), SOTER_E_CORRUPT);
}

/* The whole folder, as it was: what the provider of the anchor is for. */
static void
lie_snapshot(struct scene *s)
{
	while (diskmodel_count(s->rig.m) > 0)
		diskmodel_drop(s->rig.m, diskmodel_name(s->rig.m, 0));
	for (size_t i = 0; i < diskmodel_count(s->before); i++)
		copy_file(s->rig.m, diskmodel_name(s->before, i), s->before,
		    diskmodel_name(s->before, i));
	if (!s->rig.has_file_anchor) {
		check_refused(s, SOTER_E_ROLLBACK);
		return;
	}
	/* Not noticed: the file provider says so by its protection of 0. */
	CHECK_RC(rig_open(&s->rig), SOTER_OK);
	CHECK(s->rig.anchor->ops->protection == 0);
	CHECK_RC(rig_get(&s->rig, "b", "second, old"), SOTER_OK);
}

/* Everything but the anchor's file. */
static void
lie_snapshot_without_anchor(struct scene *s)
{
	diskmodel_drop(s->rig.m, s->b);
	copy_file(s->rig.m, s->b_old, s->before, s->b_old);
	copy_file(s->rig.m, "index.0", s->before, "index.0");
	copy_file(s->rig.m, "index.1", s->before, "index.1");
	check_refused(s, SOTER_E_ROLLBACK);
}

static void
lie_emptied(struct scene *s)
{
	while (diskmodel_count(s->rig.m) > 0)
		diskmodel_drop(s->rig.m, diskmodel_name(s->rig.m, 0));
	if (!s->rig.has_file_anchor)
		check_refused(s, SOTER_E_ROLLBACK);
	else
		CHECK_RC(rig_open(&s->rig), SOTER_OK); /* a new storage */
}

/* Files that nobody named, many, and some that are not ours. */
static void
lie_strays(struct scene *s)
{
	size_t before = diskmodel_count(s->rig.m);

	for (unsigned i = 0; i < 300; i++) {
		char name[40];

		snprintf(name, sizeof(name), "%032x", i * 7919);
		diskmodel_put(s->rig.m, name, rig_text("stray"));
	}
	diskmodel_put(s->rig.m, "README", rig_text("not ours"));
	diskmodel_put(s->rig.m, "0123456789ABCDEF0123456789ABCDEF",
	    rig_text("not ours"));
	CHECK_RC(rig_open(&s->rig), SOTER_OK);
	CHECK(diskmodel_count(s->rig.m) == before + 2);
	CHECK_RC(rig_get(&s->rig, "a", "first"), SOTER_OK);
	CHECK_RC(rig_get(&s->rig, "b", "second, new"), SOTER_OK);
}

static void
lie_second_opener(struct scene *s)
{
	diskmodel_faults(s->rig.m)->is_locked = true;
	check_refused(s, SOTER_E_STORAGE);
}

/* Every byte: of what counts refused, of the rest without effect. */
static void
lie_bits(struct scene *s)
{
	size_t files = diskmodel_count(s->rig.m), tested = 0;

	for (size_t f = 0; f < files; f++) {
		char name[64];
		struct soter_span good;
		uint8_t *bad;
		size_t counts; /* bytes of it that mean something */

		strcpy(name, diskmodel_name(s->rig.m, f));
		if (strcmp(name, "anchor") == 0)
			continue; /* anchor_test */
		good = bytes_exact(diskmodel_look(s->rig.m, name));
		bad = malloc(good.n);
		memcpy(bad, good.p, good.n);
		counts = good.n;
		if (strcmp(name, "index.0") == 0)
			counts = TEEHOST_INDEX_LEN(3);
		if (strcmp(name, "index.1") == 0)
			counts = 0;
		for (size_t i = 0; i < good.n; i += i < counts ? 1 : 97) {
			bad[i] ^= (uint8_t)(1 << i % 8);
			diskmodel_put(s->rig.m, name, soter_span(bad, good.n));
			bad[i] = good.p[i];
			tested++;
			if (i >= counts)
				check_gets(s, SOTER_OK, SOTER_OK, SOTER_OK);
			else if (strcmp(name, "index.0") == 0)
				check_refused(s, SOTER_E_ROLLBACK);
			else
				check_gets(s,
				    strcmp(name, s->a) == 0 ? SOTER_E_CORRUPT
							    : SOTER_OK,
				    strcmp(name, s->b) == 0 ? SOTER_E_CORRUPT
							    : SOTER_OK,
				    strcmp(name, s->c) == 0 ? SOTER_E_CORRUPT
							    : SOTER_OK);
		}
		diskmodel_put(s->rig.m, name, good);
		bytes_free(good);
		free(bad);
	}
	CHECK(tested > 500);
}

static void
test_lies(void)
{
	static const struct {
		const char *what;
		void (*lie)(struct scene *s);
	} lies[] = {
		{ "no lie", lie_nothing },
		{ "an old object put back", lie_old_object },
		{ "an old object put back by its old name", lie_old_name },
		{ "two objects swapped", lie_swapped },
		{ "an object's file renamed", lie_renamed },
		{ "an object's file gone", lie_gone },
		{ "broken objects can be replaced", lie_mended },
		{ "an object cut at every length", lie_truncated },
		{ "an object with a byte more", lie_longer },
		{ "the index slots swapped", lie_slots_swapped },
		{ "both slots the new one", lie_slot_doubled },
		{ "the slot as it was before", lie_old_slot },
		{ "both slots the old one", lie_old_slot_twice },
		{ "the slot that counts gone", lie_slot_gone },
		{ "both slots gone", lie_slots_gone },
		{ "the other slot of any length", lie_other_slot },
		{ "the slot that counts longer than can be", lie_long_slot },
		{ "another TA's key", lie_other_key },
		{ "the anchor lost", lie_anchor_lost },
		{ "anchor and index lost", lie_objects_alone },
		{ "anchor and objects lost", lie_index_alone },
		{ "another value of the anchor", lie_other_anchor },
		{ "the whole folder put back", lie_snapshot },
		{ "the folder put back but for the anchor",
		    lie_snapshot_without_anchor },
		{ "the folder emptied", lie_emptied },
		{ "strays", lie_strays },
		{ "a second opener", lie_second_opener },
		{ "every byte changed", lie_bits },
	};

	for (size_t i = 0; i < SOTER_COUNT(lies); i++)
		for (int file = 0; file < 2; file++) {
			struct scene s;

			check_row("%s anchor: %s", anchors[!!file],
			    lies[i].what);
			scene_new(&s, file);
			lies[i].lie(&s);
			scene_free(&s);
		}
}

/* An anchor that fails as it is told. */
struct moody {
	struct teehost_anchor anchor;
	struct teehost_anchor *real;
	enum mood {
		GOOD,
		FAILS_BEFORE,  /* nothing happened */
		FAILS_AFTER,   /* it did happen */
		SILENT_BEFORE, /* and nobody can say */
		SILENT_AFTER,
		MOVED, /* somebody else made a step */
	} mood;
	bool is_silent;
};

static enum soter_rc
moody_read(struct teehost_anchor *anchor, uint8_t value[TEEHOST_ANCHOR_LEN])
{
	struct moody *moody = (struct moody *)anchor;

	if (moody->is_silent)
		return (SOTER_E_STORAGE);
	return (moody->real->ops->read(moody->real, value));
}

static enum soter_rc
moody_extend(struct teehost_anchor *anchor,
    const uint8_t digest[TEEHOST_ANCHOR_LEN])
{
	static const uint8_t other[TEEHOST_ANCHOR_LEN] = { 9 };
	struct moody *moody = (struct moody *)anchor;

	if (moody->mood == FAILS_AFTER || moody->mood == SILENT_AFTER ||
	    moody->mood == GOOD)
		CHECK_RC(moody->real->ops->extend(moody->real, digest),
		    SOTER_OK);
	if (moody->mood == MOVED)
		CHECK_RC(moody->real->ops->extend(moody->real, other),
		    SOTER_OK);
	moody->is_silent =
	    moody->mood == SILENT_BEFORE || moody->mood == SILENT_AFTER;
	return (moody->mood == GOOD ? SOTER_OK : SOTER_E_STORAGE);
}

static const struct teehost_anchor_ops moody_ops = {
	.name = "moody",
	.read = moody_read,
	.extend = moody_extend,
};

/* Nothing works any more. */
static void
check_broken(struct rig *rig)
{
	struct soter_span id;
	uint64_t version;
	size_t n;

	CHECK_RC(rig_get(rig, "a", "old"), SOTER_E_STORAGE);
	CHECK_RC(rig_put(rig, "b", "new"), SOTER_E_STORAGE);
	CHECK_RC(rig_remove(rig, "a"), SOTER_E_STORAGE);
	CHECK_RC(teehost_store_rename(rig->store, rig_text("a"), rig_text("c")),
	    SOTER_E_STORAGE);
	CHECK_RC(teehost_store_version(rig->store, rig_text("a"), &version),
	    SOTER_E_STORAGE);
	CHECK(!teehost_store_list(rig->store, 0, &id, &n));
}

static void
test_moods(void)
{
	static const struct {
		const char *what;
		enum mood mood;
		enum soter_rc put;    /* what the put says */
		bool is_broken;	      /* from then on */
		enum soter_rc reopen; /* what the next opener sees */
		const char *text;     /* of the object afterwards */
	} rows[] = {
		{ "fails before the step", FAILS_BEFORE, SOTER_E_STORAGE, false,
		    SOTER_OK, "old" },
		{ "fails after the step", FAILS_AFTER, SOTER_OK, false,
		    SOTER_OK, "new" },
		{ "fails before, and is silent", SILENT_BEFORE, SOTER_E_STORAGE,
		    true, SOTER_OK, "old" },
		{ "fails after, and is silent", SILENT_AFTER, SOTER_E_STORAGE,
		    true, SOTER_OK, "new" },
		{ "was moved by somebody", MOVED, SOTER_E_STORAGE, true,
		    SOTER_E_ROLLBACK, "" },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct moody moody = { .anchor = { &moody_ops } };
		struct rig rig;

		check_row("an anchor that %s", rows[i].what);
		rig_new(&rig, false);
		moody.real = diskmodel_anchor(rig.m);
		rig.disk = diskmodel_disk(rig.m);
		CHECK_RC(teehost_store_open(&rig.store, rig.disk, &moody.anchor,
			     rig.key),
		    SOTER_OK);
		CHECK_RC(rig_put(&rig, "a", "old"), SOTER_OK);
		moody.mood = rows[i].mood;
		CHECK_RC(rig_put(&rig, "a", "new"), rows[i].put);
		moody.mood = GOOD;
		moody.is_silent = false;
		if (rows[i].is_broken)
			check_broken(&rig);
		else
			CHECK_RC(rig_get(&rig, "a", rows[i].text), SOTER_OK);
		if (!CHECK_RC(rig_again(&rig), rows[i].reopen) ||
		    rows[i].reopen != SOTER_OK) {
			rig_free(&rig);
			continue;
		}
		CHECK_RC(rig_get(&rig, "a", rows[i].text), SOTER_OK);
		CHECK_RC(rig_put(&rig, "b", "works"), SOTER_OK);
		CHECK(diskmodel_count(rig.m) == 4);
		rig_free(&rig);
	}
}

/*
 * An index that was written and not anchored, kept by an attacker, must not
 * come to count: the change it stands for was answered with an error.
 */
static void
test_unacknowledged(void)
{
	struct moody moody = { .anchor = { &moody_ops } };
	struct soter_span kept;
	struct rig rig;

	check_row("an index that was never anchored does not count later");
	rig_new(&rig, false);
	moody.real = diskmodel_anchor(rig.m);
	rig.disk = diskmodel_disk(rig.m);
	CHECK_RC(
	    teehost_store_open(&rig.store, rig.disk, &moody.anchor, rig.key),
	    SOTER_OK);
	CHECK_RC(rig_put(&rig, "a", "old"), SOTER_OK); /* slot 1 */
	moody.mood = FAILS_BEFORE;
	CHECK_RC(rig_put(&rig, "a", "refused"), SOTER_E_STORAGE); /* slot 0 */
	kept = bytes_exact(diskmodel_look(rig.m, "index.0"));
	moody.mood = GOOD;
	CHECK_RC(rig_put(&rig, "a", "new"), SOTER_OK);
	diskmodel_put(rig.m, "index.0", kept);
	CHECK_RC(rig_again(&rig), SOTER_E_ROLLBACK);
	bytes_free(kept);
	rig_free(&rig);
}

/*
 * The same with the object's file: after a crash the next change gets the
 * number that the lost one had, and so the same name and the same identity.
 */
static void
test_unacknowledged_object(void)
{
	struct moody moody = { .anchor = { &moody_ops } };
	struct diskmodel *copy;
	struct soter_span kept;
	char name[40];
	struct rig rig;

	check_row("a file of a change that never counted does not count later");
	rig_new(&rig, false);
	moody.real = diskmodel_anchor(rig.m);
	rig.disk = diskmodel_disk(rig.m);
	CHECK_RC(
	    teehost_store_open(&rig.store, rig.disk, &moody.anchor, rig.key),
	    SOTER_OK);
	CHECK_RC(rig_put(&rig, "a", "old"), SOTER_OK);
	copy = diskmodel_copy(rig.m, NULL);
	moody.mood = SILENT_BEFORE;
	CHECK_RC(rig_put(&rig, "a", "one"), SOTER_E_STORAGE);
	strcpy(name, rig_new_file(rig.m, copy));
	kept = bytes_exact(diskmodel_look(rig.m, name));
	CHECK_RC(rig_again(&rig), SOTER_OK);
	CHECK(diskmodel_look(rig.m, name).p == NULL);
	CHECK_RC(rig_put(&rig, "a", "two"), SOTER_OK);
	CHECK(diskmodel_look(rig.m, name).n == kept.n);
	CHECK_RC(rig_get(&rig, "a", "two"), SOTER_OK);
	diskmodel_put(rig.m, name, kept);
	CHECK_RC(rig_get(&rig, "a", "two"), SOTER_E_CORRUPT);
	bytes_free(kept);
	diskmodel_free(&copy);
	rig_free(&rig);
}

/* Limits of the whole. */

/* A storage whose index names as many objects as can be; no file is there. */
static void
fill_index(struct rig *rig, size_t n)
{
	static uint8_t slot[TEEHOST_INDEX_LEN_MAX];
	static const uint8_t zero[TEEHOST_ANCHOR_LEN];
	struct teehost_index index = { .records = NULL };
	struct soter_writer w = soter_writer(slot, sizeof(slot));
	uint8_t key[TEEHOST_KEY_LEN], digest[TEEHOST_ANCHOR_LEN];
	struct teehost_anchor *anchor = diskmodel_anchor(rig->m);

	for (uint32_t i = 0; i < n; i++) {
		struct teehost_record record = { .id_n = 4, .version = i };

		record.id[2] = (uint8_t)(i >> 8);
		record.id[3] = (uint8_t)i;
		CHECK_RC(teehost_index_set(&index, &record), SOTER_OK);
	}
	index.next_version = n;
	CHECK_RC(
	    teehost_key_derive(key, rig->key, "index", soter_span(NULL, 0)),
	    SOTER_OK);
	CHECK_RC(teehost_index_write(&w, &index, key, zero), SOTER_OK);
	CHECK_RC(soter_sha256(digest, soter_written(&w)), SOTER_OK);
	diskmodel_put(rig->m, "index.0", soter_written(&w));
	CHECK_RC(anchor->ops->extend(anchor, digest), SOTER_OK);
	teehost_index_wipe(&index);
}

static void
test_full_index(void)
{
	static const uint8_t first[4], last[4] = { 0, 0, 0x0f, 0xff };
	struct rig rig;
	struct soter_span id;
	size_t n, i;

	check_row("as many objects as can be, and not one more");
	rig_new(&rig, false);
	fill_index(&rig, TEEHOST_OBJECTS_MAX);
	CHECK_RC(rig_open(&rig), SOTER_OK);
	for (i = 0; teehost_store_list(rig.store, i, &id, &n); i++)
		CHECK(id.n == 4);
	CHECK(i == TEEHOST_OBJECTS_MAX);
	CHECK_RC(rig_put(&rig, "one more", "x"), SOTER_E_LIMIT);
	CHECK_RC(teehost_store_put(rig.store, soter_span(first, 4),
		     rig_text("over"), true),
	    SOTER_OK);
	CHECK_RC(teehost_store_rename(rig.store, soter_span(first, 4),
		     rig_text("other")),
	    SOTER_OK);
	CHECK_RC(rig_put(&rig, "one more", "x"), SOTER_E_LIMIT);
	CHECK_RC(teehost_store_remove(rig.store, soter_span(last, 4)),
	    SOTER_OK);
	CHECK_RC(rig_put(&rig, "one more", "x"), SOTER_OK);
	CHECK_RC(rig_put(&rig, "and another", "x"), SOTER_E_LIMIT);
	CHECK_RC(rig_again(&rig), SOTER_OK);
	CHECK_RC(rig_get(&rig, "other", "over"), SOTER_OK);
	CHECK_RC(rig_get(&rig, "one more", "x"), SOTER_OK);
	CHECK(diskmodel_count(rig.m) == 4);
	CHECK(diskmodel_look(rig.m, "index.0").n == 512 * 1024);
	CHECK(diskmodel_look(rig.m, "index.1").n == 512 * 1024);
	rig_free(&rig);

	check_row("an index that grows and shrinks over its steps of length");
	rig_new(&rig, true);
	CHECK_RC(rig_open(&rig), SOTER_OK);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned j = 0; j < 100; j++) {
			char name[10];

			snprintf(name, sizeof(name), "%u", j);
			CHECK_RC(rig_put(&rig, name, name), SOTER_OK);
		}
		CHECK_RC(rig_again(&rig), SOTER_OK);
		for (unsigned j = 0; j < 100; j++) {
			char name[10];

			snprintf(name, sizeof(name), "%u", j);
			CHECK_RC(rig_get(&rig, name, name), SOTER_OK);
			CHECK_RC(rig_remove(&rig, name), SOTER_OK);
		}
		CHECK_RC(rig_again(&rig), SOTER_OK);
	}
	CHECK(diskmodel_count(rig.m) == 3);
	CHECK(diskmodel_look(rig.m, "index.0").n == 16384);
	rig_free(&rig);
}

/* Bytes in use on the heap; 0 where a sanitizer keeps its own. */
static size_t
heap_bytes(void)
{
	return (mallinfo2().uordblks);
}

static void
test_cycles(void)
{
	const int cycles = check_slow() ? 2000 : 10000;
	size_t heap = 0;
	struct rig rig;

	check_row("%d times put and removed: no file and no memory is left",
	    cycles);
	rig_new(&rig, true);
	CHECK_RC(rig_open(&rig), SOTER_OK);
	CHECK_RC(rig_put(&rig, "stays", "here"), SOTER_OK);
	for (int i = 0; i < cycles; i++) {
		if (!CHECK_RC(rig_put(&rig, "goes", "away"), SOTER_OK) ||
		    !CHECK_RC(rig_remove(&rig, "goes"), SOTER_OK))
			break;
		if (i % 500 == 0) {
			/* The model remembers files until then. */
			rig_close(&rig);
			diskmodel_restart(rig.m, DISKMODEL_ALL, 0);
			CHECK_RC(rig_open(&rig), SOTER_OK);
			CHECK(diskmodel_count(rig.m) == 4);
			if (i == 500)
				heap = heap_bytes();
		}
	}
	rig_close(&rig);
	diskmodel_restart(rig.m, DISKMODEL_ALL, 0);
	CHECK_RC(rig_open(&rig), SOTER_OK);
	CHECK(heap_bytes() <= heap + 4096);
	CHECK(diskmodel_count(rig.m) == 4);
	CHECK_RC(rig_get(&rig, "stays", "here"), SOTER_OK);
	rig_free(&rig);
}

/* The same on a real folder: two openers, and nothing left. */
static void
test_folder(void)
{
	struct teehost_disk *disk = NULL, *other = NULL;
	struct teehost_anchor *anchor = NULL, *other_anchor = NULL;
	struct teehost_store *store = NULL, *second = NULL;
	uint8_t key[TEEHOST_KEY_LEN] = { 1 }, *bytes = NULL;
	struct folder folder;
	size_t n;

	check_row("a real folder, and two that want it");
	folder_new(&folder);
	CHECK_RC(teehost_disk_posix(&disk, folder_open(&folder, "ta")),
	    SOTER_OK);
	CHECK_RC(teehost_disk_posix(&other, folder_open(&folder, "ta")),
	    SOTER_OK);
	CHECK_RC(teehost_anchor_file(&anchor, disk), SOTER_OK);
	CHECK_RC(teehost_anchor_file(&other_anchor, other), SOTER_OK);
	CHECK_RC(teehost_store_open(&store, disk, anchor, key), SOTER_OK);
	CHECK_RC(teehost_store_open(&second, other, other_anchor, key),
	    SOTER_E_STORAGE);
	CHECK_RC(
	    teehost_store_put(store, rig_text("a"), rig_text("text"), false),
	    SOTER_OK);
	teehost_store_close(&store);
	anchor->ops->close(&anchor);
	disk->ops->close(&disk);

	CHECK_RC(teehost_store_open(&second, other, other_anchor, key),
	    SOTER_OK);
	CHECK_RC(teehost_store_get(second, rig_text("a"), &bytes, &n, NULL),
	    SOTER_OK);
	CHECK(soter_span_equal(soter_span(bytes, n), rig_text("text")));
	teehost_store_free(bytes, n);
	CHECK_RC(teehost_store_remove(second, rig_text("a")), SOTER_OK);
	teehost_store_close(&second);
	other_anchor->ops->close(&other_anchor);
	other->ops->close(&other);
	folder_remove(folder.path);
}

int
main(void)
{
	test_uses();
	test_secrecy();
	test_nonces();
	test_lies();
	test_moods();
	test_unacknowledged();
	test_unacknowledged_object();
	test_full_index();
	test_cycles();
	test_folder();
	return (check_done());
}
