/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A script of changes, cut at every operation of the disk and the anchor, on
 * every kind of image.  After the restart
 *
 *	the storage opens;
 *	every change that was acknowledged is there;
 *	the one that was not is there whole or not at all;
 *	a version that was ever seen means the same bytes for ever.
 *
 * The same with a killed process, whose changes a new one looks at, or builds
 * upon, before the power goes: what was seen must not vanish.  And the checker
 *is checked: with any one of the syncs left out it must find a violation.
 */
#include "tests/storeworld.h"

static const struct step script[] = {
	{ PUT, 0, 0 },	  /* the first one ever */
	{ PUT, 1, 0 },	  /* a second */
	{ PUT, 0, 0 },	  /* written over */
	{ RENAME, 1, 2 }, /* to a new name */
	{ REMOVE, 0, 0 }, /* gone */
	{ PUT, 1, 0 },	  /* a name used again */
	{ REMOVE, 2, 0 },
	{ PUT, 3, 0 },
	{ RENAME, 3, 0 },
	{ PUT, 1, 0 },
};

/* What is done after a first restart, cut again. */
static const struct step again[] = {
	{ PUT, 4, 0 },
	{ PUT, 0, 0 },
	{ REMOVE, 4, 0 },
};

/*
 * No file but those that the storage names.  Before there is an object there
 * may be less, or leftovers of the first step.
 */
static void
count_files(const struct world *w)
{
	size_t objects = 0, want = 2 + (w->has_file_anchor ? 1 : 0);

	for (unsigned id = 0; id < WORLD_IDS; id++)
		objects += w->old.value[id] != 0 ? 1 : 0;
	want += objects;
	if (objects > 0 && diskmodel_count(w->m) != want)
		world_violation("%zu files, not %zu", diskmodel_count(w->m),
		    want);
}

static void
cut_after(struct world *w, uint64_t n)
{
	diskmodel_power(w->m)->cut_at = diskmodel_power(w->m)->done + n;
}

/* Every image, and how often with other dice. */
struct look_at {
	enum diskmodel_image image;
	uint32_t seed;
};

static struct look_at
look_at(size_t i)
{
	if (i < 2)
		return ((struct look_at){ (enum diskmodel_image)i, 0 });
	return ((struct look_at){
	    i % 2 == 0 ? DISKMODEL_IN_ORDER : DISKMODEL_ANY, (uint32_t)i });
}

/* Cut again while it recovers and works on. */
static void
cut_again(const struct world *from, size_t images)
{
	for (uint64_t cut = 1; world_violations.n == 0; cut++) {
		struct world w;
		bool was_cut;

		world_copy(&w, from);
		cut_after(&w, cut);
		world_run(&w, again, SOTER_COUNT(again));
		world_close(&w);
		was_cut = diskmodel_power(w.m)->is_off;
		for (size_t i = 0; i < images && world_violations.n == 0; i++) {
			struct world image;

			world_copy(&image, &w);
			diskmodel_restart(image.m, look_at(i).image,
			    look_at(i).seed + (uint32_t)cut);
			if (world_recover(&image))
				count_files(&image);
			world_free(&image);
		}
		world_free(&w);
		if (!was_cut)
			return;
	}
}

/* The power comes back, and the rest of the script is done. */
static void
power_cut(const struct world *cut, size_t from, struct look_at at,
    size_t images_again)
{
	struct world w;

	world_copy(&w, cut);
	diskmodel_restart(w.m, at.image, at.seed);
	if (images_again > 0)
		cut_again(&w, images_again);
	if (world_recover(&w)) {
		count_files(&w);
		world_close(&w);
		world_run(&w, script + from, SOTER_COUNT(script) - from);
		world_close(&w);
		diskmodel_restart(w.m, DISKMODEL_NOTHING, 0);
		(void)world_recover(&w);
	}
	world_free(&w);
}

/* Only the process dies; the next one looks; then the power goes. */
static void
kill_then_cut(const struct world *cut, struct look_at at)
{
	struct world w;

	world_copy(&w, cut);
	diskmodel_kill(w.m);
	if (world_recover(&w)) {
		world_close(&w);
		diskmodel_restart(w.m, at.image, at.seed);
		(void)world_recover(&w);
	}
	world_free(&w);
}

/* Everything, or up to the first violation; returns the number of cuts. */
static uint64_t
campaign(const struct world *base, size_t images, size_t images_again)
{
	uint64_t cut;

	world_violations.n = 0;
	for (cut = 1; world_violations.n == 0; cut++) {
		struct world w;
		bool was_cut;

		world_copy(&w, base);
		cut_after(&w, cut);
		world_run(&w, script, SOTER_COUNT(script));
		world_close(&w);
		was_cut = diskmodel_power(w.m)->is_off;
		for (size_t i = 0; i < images && world_violations.n == 0; i++) {
			power_cut(&w, 0, look_at(i), i < 4 ? images_again : 0);
			kill_then_cut(&w, look_at(i));
		}
		/* Or the next one works, and the power goes while it does. */
		diskmodel_kill(w.m);
		if (world_violations.n == 0)
			cut_again(&w, images_again);
		world_free(&w);
		if (!was_cut)
			return (cut - 1);
		if (world_violations.n > 0)
			break;
	}
	return (cut);
}

static void
base_new(struct world *w, bool has_file_anchor)
{
	*w = (struct world){ .has_file_anchor = has_file_anchor };
	w->m = diskmodel_new(NULL);
}

static void
test_cuts(bool has_file_anchor)
{
	struct world base;
	uint64_t cuts;

	check_row("cut at every operation, %s anchor",
	    has_file_anchor ? "file" : "protecting");
	base_new(&base, has_file_anchor);
	cuts = campaign(&base, check_slow() ? 6 : 12, check_slow() ? 2 : 4);
	if (!CHECK(world_violations.n == 0))
		printf("# cut %u: %s\n", (unsigned)cuts,
		    world_violations.first);
	CHECK(cuts > SOTER_COUNT(script) * 5);
	world_free(&base);
}

static void
test_ignored(void)
{
	static const struct {
		enum diskmodel_sync kind;
		const char *what;
		bool has_file_anchor;
	} rows[] = {
		{ DISKMODEL_SYNC_OBJECT, "an object's file", true },
		{ DISKMODEL_SYNC_OBJECT, "an object's file", false },
		{ DISKMODEL_SYNC_OBJECT_DIR, "an object's name", true },
		{ DISKMODEL_SYNC_OBJECT_DIR, "an object's name", false },
		{ DISKMODEL_SYNC_INDEX, "the index", true },
		{ DISKMODEL_SYNC_INDEX, "the index", false },
		{ DISKMODEL_SYNC_INDEX_DIR, "the index' name", true },
		{ DISKMODEL_SYNC_INDEX_DIR, "the index' name", false },
		{ DISKMODEL_SYNC_ANCHOR, "the file anchor", true },
		{ DISKMODEL_SYNC_ANCHOR_FOUND, "the file anchor, found", true },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct world base;
		uint64_t cuts;

		check_row("without the sync of %s it must fail, %s anchor",
		    rows[i].what,
		    rows[i].has_file_anchor ? "file" : "protecting");
		base_new(&base, rows[i].has_file_anchor);
		base.ignored = rows[i].kind;
		cuts = campaign(&base, 12, 0);
		CHECK(world_violations.n > 0);
		printf("# cut %u: %s\n", (unsigned)cuts,
		    world_violations.first);
		world_free(&base);
	}
}

int
main(void)
{
	test_cuts(true);
	test_cuts(false);
	test_ignored();
	return (check_done());
}
