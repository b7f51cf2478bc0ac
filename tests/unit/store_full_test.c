/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The disk is full, read-only, or says no once, at every operation: a clear
 * error, nothing lost, and everything works again afterwards.
 */
#include "tests/storeworld.h"

static const struct step script[] = {
	{ PUT, 0, 0 },
	{ PUT, 1, 0 },
	{ PUT, 0, 0 },
	{ RENAME, 1, 2 },
	{ REMOVE, 0, 0 },
	{ PUT, 1, 0 },
	{ PUT, 3, 0 },
	{ REMOVE, 2, 0 },
	{ RENAME, 3, 0 },
	{ PUT, 1, 0 },
};

static const char *const anchors[] = { "protecting", "file" };

static void
check_none(uint64_t at)
{
	if (!CHECK(world_violations.n == 0))
		printf("# at %u: %s\n", (unsigned)at, world_violations.first);
	world_violations.n = 0;
}

/* What the open storage holds is the old state. */
static void
check_old(struct world *w)
{
	w->new = w->old;
	for (unsigned id = 0; id < WORLD_IDS; id++)
		if (world_look(w, id) != w->old.value[id])
			world_violation("object %u is not as it was", id);
}

/* Nothing that failed keeps room: no file but those that are named. */
static void
check_files(const struct world *w)
{
	size_t want = w->has_file_anchor ? 3 : 2;

	for (unsigned id = 0; id < WORLD_IDS; id++)
		want += w->old.value[id] != 0 ? 1 : 0;
	if (diskmodel_count(w->m) > want)
		world_violation("%zu files, not %zu", diskmodel_count(w->m),
		    want);
}

/* What was acknowledged is what a power cut leaves. */
static void
check_durable(struct world *w)
{
	w->new = w->old;
	world_close(w);
	diskmodel_restart(w->m, DISKMODEL_NOTHING, 0);
	(void)world_recover(w);
}

/* The whole script on a disk with so much room; false if all of it fits. */
static bool
fill(uint64_t free_bytes, bool has_file_anchor)
{
	struct world w = { .has_file_anchor = has_file_anchor,
		.m = diskmodel_new(NULL) };
	bool was_full = false;

	diskmodel_faults(w.m)->free_bytes = free_bytes;
	if (world_open(&w)) {
		for (size_t i = 0; i < SOTER_COUNT(script); i++) {
			enum soter_rc rc;

			if (!world_is_possible(&w.old, &script[i]))
				continue;
			rc = world_step(&w, &script[i]);
			if (rc == SOTER_OK)
				w.old = w.new;
			else if (rc != SOTER_E_FULL)
				world_violation("step %zu: %s", i,
				    soter_rc_word(rc));
			was_full = was_full || rc == SOTER_E_FULL;
			check_old(&w);
			check_files(&w);
			if (rc == SOTER_E_FULL && script[i].what == REMOVE)
				world_violation("a removal wants room");
		}
	}
	/* Room again: all of it works. */
	diskmodel_faults(w.m)->free_bytes = UINT64_MAX;
	world_close(&w);
	world_run(&w, script, SOTER_COUNT(script));
	check_durable(&w);
	world_free(&w);
	return (was_full);
}

static void
test_full(bool has_file_anchor)
{
	uint64_t room = 0;

	check_row("full after every number of bytes, %s anchor",
	    anchors[has_file_anchor]);
	while (world_violations.n == 0 && fill(room, has_file_anchor))
		room += 512;
	CHECK(room > 16384);
	check_none(room);
}

/* Room for one block, so perhaps not for a longer index too: all or nothing. */
static bool
try_more(struct world *w)
{
	size_t files = diskmodel_count(w->m);
	enum soter_rc rc;

	diskmodel_faults(w->m)->free_bytes = 4096;
	rc = teehost_store_put(w->store, SOTER_SPAN("more"), SOTER_SPAN("x"),
	    false);
	if (rc == SOTER_OK) {
		CHECK_RC(teehost_store_remove(w->store, SOTER_SPAN("more")),
		    SOTER_OK);
	} else {
		CHECK_RC(rc, SOTER_E_FULL);
		CHECK(diskmodel_faults(w->m)->free_bytes == 4096);
	}
	CHECK(diskmodel_count(w->m) == files);
	return (rc == SOTER_OK);
}

/* No byte is free: removals work, one after the other, and make room. */
static void
test_full_remove(bool has_file_anchor)
{
	struct world w = { .has_file_anchor = has_file_anchor,
		.m = diskmodel_new(NULL) };
	unsigned grown = 0;
	char text[8];

	check_row("removal on a full disk, %s anchor",
	    anchors[has_file_anchor]);
	CHECK(world_open(&w));
	/* Across the lengths of the index: 42 objects and 86 fit exactly. */
	for (unsigned i = 0; i < 90; i++) {
		struct soter_span name =
		    soter_span(text, (size_t)sprintf(text, "%u", i));

		CHECK_RC(
		    teehost_store_put(w.store, name, SOTER_SPAN("x"), false),
		    SOTER_OK);
		grown += try_more(&w) ? 0 : 1;
		diskmodel_faults(w.m)->free_bytes = 0;
		CHECK_RC(teehost_store_put(w.store, SOTER_SPAN("more"),
			     SOTER_SPAN("x"), false),
		    SOTER_E_FULL);
		CHECK_RC(
		    teehost_store_rename(w.store, name, SOTER_SPAN("other")),
		    SOTER_E_FULL);
		CHECK_RC(teehost_store_remove(w.store, name), SOTER_OK);
		/* Its block is free now. */
		CHECK_RC(
		    teehost_store_put(w.store, name, SOTER_SPAN("y"), false),
		    SOTER_OK);
		diskmodel_faults(w.m)->free_bytes = UINT64_MAX;
	}
	CHECK(grown == 2);
	diskmodel_faults(w.m)->free_bytes = 0;
	for (unsigned i = 0; i < 90; i++) {
		CHECK_RC(teehost_store_remove(w.store,
			     soter_span(text, (size_t)sprintf(text, "%u", i))),
		    SOTER_OK);
		diskmodel_faults(w.m)->free_bytes = 0;
	}
	world_close(&w);
	diskmodel_restart(w.m, DISKMODEL_NOTHING, 0);
	CHECK(world_recover(&w));
	check_none(0);
	world_free(&w);
}

static void
test_read_only(bool has_file_anchor)
{
	struct world w = { .has_file_anchor = has_file_anchor,
		.m = diskmodel_new(NULL) };
	struct diskmodel *copy;

	check_row("read-only from the beginning, %s anchor",
	    anchors[has_file_anchor]);
	diskmodel_faults(w.m)->is_read_only = true;
	CHECK(world_open(&w));
	CHECK_RC(world_step(&w, &script[0]), SOTER_E_STORAGE);
	check_old(&w);
	world_close(&w);
	CHECK(diskmodel_count(w.m) == 0);

	check_row("read-only later on, %s anchor", anchors[has_file_anchor]);
	diskmodel_faults(w.m)->is_read_only = false;
	world_run(&w, script, SOTER_COUNT(script) / 2);
	for (int round = 0; round < 2; round++) {
		diskmodel_faults(w.m)->is_read_only = true;
		copy = diskmodel_copy(w.m, NULL);
		for (size_t i = 0; i < SOTER_COUNT(script); i++)
			if (world_is_possible(&w.old, &script[i]))
				CHECK_RC(world_step(&w, &script[i]),
				    SOTER_E_STORAGE);
		check_old(&w);
		CHECK(diskmodel_same(copy, w.m));
		diskmodel_free(&copy);
		/* It can be opened too, with a stray that stays. */
		world_close(&w);
		diskmodel_put(w.m, "0123456789abcdef0123456789abcdef",
		    SOTER_SPAN("stray"));
		CHECK(world_open(&w));
	}
	diskmodel_faults(w.m)->is_read_only = false;
	world_close(&w);
	world_run(&w, script, SOTER_COUNT(script));
	check_durable(&w);
	CHECK(
	    diskmodel_look(w.m, "0123456789abcdef0123456789abcdef").p == NULL);
	check_none(0);
	world_free(&w);
}

/* One operation says no: the change took place, or not, and we are told. */
static bool
fail_once(uint64_t at, bool has_file_anchor, enum diskmodel_image image)
{
	struct world w = { .has_file_anchor = has_file_anchor,
		.m = diskmodel_new(NULL) };
	bool has_failed;

	CHECK(world_open(&w));
	diskmodel_faults(w.m)->fail_in = at;
	for (size_t i = 0; i < SOTER_COUNT(script); i++) {
		enum soter_rc rc;

		if (!world_is_possible(&w.old, &script[i]))
			continue;
		rc = world_step(&w, &script[i]);
		if (rc == SOTER_OK) {
			w.old = w.new;
			continue;
		}
		if (rc != SOTER_E_STORAGE)
			world_violation("step %zu: %s", i, soter_rc_word(rc));
		check_old(&w);
	}
	has_failed = diskmodel_faults(w.m)->fail_in == 0;
	check_old(&w);
	/* And is it what the disk holds? */
	w.new = w.old;
	world_close(&w);
	diskmodel_restart(w.m, image, (uint32_t)at);
	if (world_recover(&w)) {
		world_close(&w);
		world_run(&w, script, SOTER_COUNT(script));
		check_durable(&w);
	}
	world_free(&w);
	return (has_failed);
}

static void
test_faults(bool has_file_anchor)
{
	uint64_t at = 1;

	check_row("every operation fails once, %s anchor",
	    anchors[has_file_anchor]);
	for (bool has_failed = true; has_failed && world_violations.n == 0;
	     at++) {
		for (int i = 0; i < DISKMODEL_IMAGES; i++)
			has_failed = fail_once(at, has_file_anchor,
			    (enum diskmodel_image)i);
	}
	CHECK(at > 60);
	check_none(at - 1);
}

int
main(void)
{
	for (int file = 0; file < 2; file++) {
		test_full(file);
		test_full_remove(file);
		test_read_only(file);
		test_faults(file);
	}
	return (check_done());
}
