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
 * The same with a killed process, whose changes a new one looks at before the
 * power goes: what was seen must not vanish.  And the checker is checked: with
 * any one of the syncs left out it must find a violation.
 */
#include "tests/check.h"
#include "tests/diskmodel.h"
#include "teehost/store.h"

#define IDS	     6
#define VERSIONS_MAX 400
#define SIZE_MAX_    1700

static const uint8_t key[TEEHOST_KEY_LEN] = { 7, 7, 7 };

/* What the storage should hold: 0 is no object, else the number of its bytes */
struct truth {
	unsigned value[IDS];
};

struct step {
	enum { PUT, REMOVE, RENAME } what;
	unsigned id, to;
};

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

struct world {
	struct diskmodel *m;
	struct teehost_disk *disk;
	struct teehost_anchor *anchor;
	struct teehost_store *store;
	bool has_file_anchor;
	enum diskmodel_sync ignored;
	unsigned next_value;
	unsigned seen[VERSIONS_MAX]; /* the value that a version meant */
	struct truth old, new;	     /* before and after the cut change */
};

static struct {
	unsigned n;
	char first[300];
} violations;

__attribute__((format(printf, 1, 2))) static void
violation(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (violations.n++ == 0)
		vsnprintf(violations.first, sizeof(violations.first), format,
		    args);
	va_end(args);
}

static struct soter_span
id_of(unsigned id)
{
	static const char *const names[IDS] = { "counter", "key", "k", "longer",
		"x", "y" };

	return (soter_span(names[id], strlen(names[id])));
}

/* Bytes that tell their number; some objects are empty, some many sectors. */
static struct soter_span
value_bytes(unsigned value)
{
	static uint8_t bytes[SIZE_MAX_];
	size_t n = value % 5 == 4 ? 0 : value * 337 % SIZE_MAX_;

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(value * 31 + i / 7);
	return (soter_span(bytes, n));
}

static bool
world_open(struct world *w)
{
	enum soter_rc rc = SOTER_OK;

	diskmodel_faults(w->m)->ignored = w->ignored;
	w->disk = diskmodel_disk(w->m);
	if (w->has_file_anchor)
		rc = teehost_anchor_file(&w->anchor, w->disk);
	else
		w->anchor = diskmodel_anchor(w->m);
	if (rc == SOTER_OK)
		rc = teehost_store_open(&w->store, w->disk, w->anchor, key);
	if (rc != SOTER_OK && !diskmodel_power(w->m)->is_off)
		violation("open: %s", soter_rc_word(rc));
	return (rc == SOTER_OK);
}

static void
world_close(struct world *w)
{
	teehost_store_close(&w->store);
	if (w->anchor != NULL)
		w->anchor->ops->close(&w->anchor);
	if (w->disk != NULL)
		w->disk->ops->close(&w->disk);
}

static void
world_copy(struct world *to, const struct world *from)
{
	*to = *from;
	to->m = diskmodel_copy(from->m, NULL);
	to->disk = NULL;
	to->anchor = NULL;
	to->store = NULL;
}

static void
world_free(struct world *w)
{
	world_close(w);
	diskmodel_free(&w->m);
}

static enum soter_rc
do_step(struct world *w, const struct step *step)
{
	w->new = w->old;
	switch (step->what) {
	case PUT:
		w->new.value[step->id] = ++w->next_value;
		return (teehost_store_put(w->store, id_of(step->id),
		    value_bytes(w->next_value), true));
	case RENAME:
		w->new.value[step->to] = w->old.value[step->id];
		w->new.value[step->id] = 0;
		return (teehost_store_rename(w->store, id_of(step->id),
		    id_of(step->to)));
	default:
		w->new.value[step->id] = 0;
		return (teehost_store_remove(w->store, id_of(step->id)));
	}
}

static bool
is_possible(const struct truth *truth, const struct step *step)
{
	return (step->what == PUT ||
	    (truth->value[step->id] != 0 &&
		(step->what == REMOVE || truth->value[step->to] == 0)));
}

/* Until the power goes; w->old is then acknowledged, w->new may be there. */
static void
run(struct world *w, const struct step *steps, size_t n)
{
	w->new = w->old;
	if (!world_open(w))
		return;
	for (size_t i = 0; i < n; i++) {
		enum soter_rc rc;

		if (!is_possible(&w->old, &steps[i]))
			continue;
		rc = do_step(w, &steps[i]);
		if (rc != SOTER_OK) {
			if (!diskmodel_power(w->m)->is_off)
				violation("step %zu: %s", i, soter_rc_word(rc));
			return;
		}
		w->old = w->new;
	}
}

/* What value does the storage give for an id?  ~0: something impossible. */
static unsigned
look(struct world *w, unsigned id)
{
	unsigned got = ~0u;
	uint64_t version;
	uint8_t *bytes;
	enum soter_rc rc;
	size_t n;

	rc = teehost_store_get(w->store, id_of(id), &bytes, &n, &version);
	if (rc == SOTER_E_NOTFOUND)
		return (0);
	if (rc != SOTER_OK) {
		violation("get: %s", soter_rc_word(rc));
		return (got);
	}
	for (unsigned value = 1; value <= w->next_value; value++)
		if ((value == w->old.value[id] || value == w->new.value[id]) &&
		    soter_span_equal(value_bytes(value), soter_span(bytes, n)))
			got = value;
	teehost_store_free(bytes, n);
	if (version >= VERSIONS_MAX)
		abort();
	if (w->seen[version] != 0 && w->seen[version] != got)
		violation("version %u means two things", (unsigned)version);
	w->seen[version] = got;
	return (got);
}

/* Open, and see that it is the old state or the new one; take it. */
static bool
recover(struct world *w)
{
	unsigned before = violations.n;
	struct truth now;

	if (!world_open(w))
		return (false);
	for (unsigned id = 0; id < IDS; id++)
		now.value[id] = look(w, id);
	if (memcmp(&now, &w->old, sizeof(now)) != 0 &&
	    memcmp(&now, &w->new, sizeof(now)) != 0)
		violation("neither the old state nor the new one");
	w->old = w->new = now;
	return (violations.n == before);
}

/*
 * No file but those that the storage names.  Before there is an object there
 * may be less, or leftovers of the first step.
 */
static void
count_files(const struct world *w)
{
	size_t objects = 0, want = 2 + (w->has_file_anchor ? 1 : 0);

	for (unsigned id = 0; id < IDS; id++)
		objects += w->old.value[id] != 0 ? 1 : 0;
	want += objects;
	if (objects > 0 && diskmodel_count(w->m) != want)
		violation("%zu files, not %zu", diskmodel_count(w->m), want);
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
cut_again(struct world *from, size_t images)
{
	struct world settled;

	/* Which of the two states it is must not depend on the second cut. */
	world_copy(&settled, from);
	(void)recover(&settled);
	from->old = settled.old;
	world_free(&settled);
	for (uint64_t cut = 1; violations.n == 0; cut++) {
		struct world w;
		bool was_cut;

		world_copy(&w, from);
		cut_after(&w, cut);
		run(&w, again, SOTER_COUNT(again));
		world_close(&w);
		was_cut = diskmodel_power(w.m)->is_off;
		for (size_t i = 0; i < images && violations.n == 0; i++) {
			struct world image;

			world_copy(&image, &w);
			diskmodel_restart(image.m, look_at(i).image,
			    look_at(i).seed + (uint32_t)cut);
			if (recover(&image))
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
	if (recover(&w)) {
		count_files(&w);
		world_close(&w);
		run(&w, script + from, SOTER_COUNT(script) - from);
		world_close(&w);
		diskmodel_restart(w.m, DISKMODEL_NOTHING, 0);
		(void)recover(&w);
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
	if (recover(&w)) {
		world_close(&w);
		diskmodel_restart(w.m, at.image, at.seed);
		(void)recover(&w);
	}
	world_free(&w);
}

/* Everything, or up to the first violation; returns the number of cuts. */
static uint64_t
campaign(const struct world *base, size_t images, size_t images_again)
{
	uint64_t cut;

	violations.n = 0;
	for (cut = 1; violations.n == 0; cut++) {
		struct world w;
		bool was_cut;

		world_copy(&w, base);
		cut_after(&w, cut);
		run(&w, script, SOTER_COUNT(script));
		world_close(&w);
		was_cut = diskmodel_power(w.m)->is_off;
		for (size_t i = 0; i < images && violations.n == 0; i++) {
			power_cut(&w, 0, look_at(i), i < 4 ? images_again : 0);
			kill_then_cut(&w, look_at(i));
		}
		world_free(&w);
		if (!was_cut)
			return (cut - 1);
		if (violations.n > 0)
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
	if (!CHECK(violations.n == 0))
		printf("# cut %u: %s\n", (unsigned)cuts, violations.first);
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
		CHECK(violations.n > 0);
		printf("# cut %u: %s\n", (unsigned)cuts, violations.first);
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
