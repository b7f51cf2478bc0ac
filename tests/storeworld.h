/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/storeworld.h -- a storage on a model disk, and what should be in it:
 * for tests that cut, fill and break.
 */
#ifndef SOTER_TESTS_STOREWORLD_H
#define SOTER_TESTS_STOREWORLD_H

#include "tests/check.h"
#include "tests/diskmodel.h"
#include "teehost/store.h"

#define WORLD_IDS	   6
#define WORLD_VERSIONS_MAX 400
#define WORLD_BYTES_MAX	   1700

static const uint8_t world_key[TEEHOST_KEY_LEN] = { 7, 7, 7 };

/* What the storage should hold: 0 is no object, else the number of its bytes */
struct truth {
	unsigned value[WORLD_IDS];
};

struct step {
	enum { PUT, REMOVE, RENAME } what;
	unsigned id, to;
};

struct world {
	struct diskmodel *m;
	struct teehost_disk *disk;
	struct teehost_anchor *anchor;
	struct teehost_store *store;
	bool has_file_anchor;
	enum diskmodel_sync ignored;
	unsigned next_value;
	unsigned seen[WORLD_VERSIONS_MAX]; /* the value that a version meant */
	struct truth old, new;		   /* before and after the cut change */
};

static struct {
	unsigned n;
	char first[300];
} world_violations;

__attribute__((format(printf, 1, 2))) static inline void
world_violation(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (world_violations.n++ == 0)
		vsnprintf(world_violations.first,
		    sizeof(world_violations.first), format, args);
	va_end(args);
}

static inline struct soter_span
world_id(unsigned id)
{
	static const char *const names[WORLD_IDS] = { "counter", "key", "k",
		"longer", "x", "y" };

	return (soter_span(names[id], strlen(names[id])));
}

/* Bytes that tell their number; some objects are empty, some many sectors. */
static inline struct soter_span
world_bytes(unsigned value)
{
	static uint8_t bytes[WORLD_BYTES_MAX];
	size_t n = value % 5 == 4 ? 0 : value * 337 % WORLD_BYTES_MAX;

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(value * 31 + i / 7);
	return (soter_span(bytes, n));
}

static inline bool
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
		rc = teehost_store_open(&w->store, w->disk, w->anchor,
		    world_key);
	/* The power may go while it removes strays, of which it says nothing.
	 */
	if (diskmodel_power(w->m)->is_off)
		return (false);
	if (rc != SOTER_OK)
		world_violation("open: %s", soter_rc_word(rc));
	return (rc == SOTER_OK);
}

static inline void
world_close(struct world *w)
{
	teehost_store_close(&w->store);
	if (w->anchor != NULL)
		w->anchor->ops->close(&w->anchor);
	if (w->disk != NULL)
		w->disk->ops->close(&w->disk);
}

static inline void
world_copy(struct world *to, const struct world *from)
{
	*to = *from;
	to->m = diskmodel_copy(from->m, NULL);
	to->disk = NULL;
	to->anchor = NULL;
	to->store = NULL;
}

static inline void
world_free(struct world *w)
{
	world_close(w);
	diskmodel_free(&w->m);
}

static inline enum soter_rc
world_step(struct world *w, const struct step *step)
{
	w->new = w->old;
	switch (step->what) {
	case PUT:
		w->new.value[step->id] = ++w->next_value;
		return (teehost_store_put(w->store, world_id(step->id),
		    world_bytes(w->next_value), true));
	case RENAME:
		w->new.value[step->to] = w->old.value[step->id];
		w->new.value[step->id] = 0;
		return (teehost_store_rename(w->store, world_id(step->id),
		    world_id(step->to)));
	default:
		w->new.value[step->id] = 0;
		return (teehost_store_remove(w->store, world_id(step->id)));
	}
}

static inline bool
world_is_possible(const struct truth *truth, const struct step *step)
{
	return (step->what == PUT ||
	    (truth->value[step->id] != 0 &&
		(step->what == REMOVE || truth->value[step->to] == 0)));
}

/* What value does the storage give for an id?  ~0: something impossible. */
static inline unsigned
world_look(struct world *w, unsigned id)
{
	unsigned got = ~0u;
	uint64_t version;
	uint8_t *bytes;
	enum soter_rc rc;
	size_t n;

	rc = teehost_store_get(w->store, world_id(id), &bytes, &n, &version);
	if (rc == SOTER_E_NOTFOUND)
		return (0);
	if (rc != SOTER_OK) {
		world_violation("get: %s", soter_rc_word(rc));
		return (got);
	}
	for (unsigned value = 1; value <= w->next_value; value++)
		if ((value == w->old.value[id] || value == w->new.value[id]) &&
		    soter_span_equal(world_bytes(value), soter_span(bytes, n)))
			got = value;
	teehost_store_free(bytes, n);
	if (version >= WORLD_VERSIONS_MAX)
		abort();
	if (w->seen[version] != 0 && w->seen[version] != got)
		world_violation("version %u means two things",
		    (unsigned)version);
	w->seen[version] = got;
	return (got);
}

/* Open, and see that it is the old state or the new one; take it. */
static inline bool
world_recover(struct world *w)
{
	unsigned before = world_violations.n;
	struct truth now;

	if (!world_open(w))
		return (false);
	for (unsigned id = 0; id < WORLD_IDS; id++)
		now.value[id] = world_look(w, id);
	if (memcmp(&now, &w->old, sizeof(now)) != 0 &&
	    memcmp(&now, &w->new, sizeof(now)) != 0)
		world_violation("neither the old state nor the new one");
	w->old = w->new = now;
	return (world_violations.n == before);
}

/*
 * A process that looks, and works until the power goes; w->old is then
 * acknowledged, and w->new may be there.
 */
static inline void
world_run(struct world *w, const struct step *steps, size_t n)
{
	if (!world_recover(w))
		return;
	for (size_t i = 0; i < n; i++) {
		enum soter_rc rc;

		if (!world_is_possible(&w->old, &steps[i]))
			continue;
		rc = world_step(w, &steps[i]);
		if (rc != SOTER_OK) {
			if (!diskmodel_power(w->m)->is_off)
				world_violation("step %zu: %s", i,
				    soter_rc_word(rc));
			return;
		}
		w->old = w->new;
	}
}

#endif
