/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "teehost/store_state.h"

#define SWEEP_MAX 64 /* files removed per walk over the folder */

static bool
is_zero(const uint8_t value[TEEHOST_ANCHOR_LEN])
{
	static const uint8_t zero[TEEHOST_ANCHOR_LEN];

	return (memcmp(value, zero, sizeof(zero)) == 0);
}

struct slot {
	uint8_t *file; /* owned; NULL if there is none that can be read */
	size_t n;
	struct soter_span bytes, prev; /* borrowed from file */
	bool has_index;
};

static enum soter_rc
slot_read(struct teehost_store *store, unsigned i, struct slot *slot)
{
	enum soter_rc rc = store->objects.disk->ops->read(store->objects.disk,
	    teehost_store_slots[i], TEEHOST_STORE_SLOT_LEN_MAX, &slot->file,
	    &slot->n);

	/* None, or one that is not by us: it cannot count, and is made anew. */
	if (rc == SOTER_E_NOTFOUND || rc == SOTER_E_LIMIT)
		return (SOTER_OK);
	if (rc != SOTER_OK)
		return (rc);
	store->slot_is_there[i] = true;
	store->slot_len[i] = slot->n;
	slot->has_index = teehost_index_claimed(soter_span(slot->file, slot->n),
			      &slot->bytes, &slot->prev) == SOTER_OK;
	return (SOTER_OK);
}

/*
 * Is this the index whose step made the anchor's value?  An error is none of
 * the index: out of memory must not look like storage that was put back.
 */
static enum soter_rc
slot_counts(const struct teehost_store *store, const struct slot *slot,
    bool *counts)
{
	uint8_t digest[SOTER_SHA256_LEN], value[TEEHOST_ANCHOR_LEN];

	*counts = false;
	if (!slot->has_index)
		return (SOTER_OK);
	TRY(soter_sha256(digest, slot->bytes));
	TRY(teehost_store_extended(value, slot->prev,
	    soter_span(digest, sizeof(digest))));
	*counts = memcmp(value, store->value, sizeof(value)) == 0;
	return (SOTER_OK);
}

static int
name_order(const void *a, const void *b)
{
	return (strcmp(a, b));
}

/* Does the folder hold an object's file that the sorted names do not name? */
static enum soter_rc
find_stray(struct teehost_store *store, const struct teehost_object_name *names,
    size_t n, struct teehost_object_name *stray, size_t max, size_t *found)
{
	char name[TEEHOST_FILE_NAME_MAX + 1];
	enum soter_rc rc;

	*found = 0;
	for (size_t i = 0; *found < max; i++) {
		rc = store->objects.disk->ops->list(store->objects.disk, i,
		    name);
		if (rc == SOTER_E_NOTFOUND)
			break;
		if (rc != SOTER_OK)
			return (rc);
		if (!teehost_object_is_name(name) ||
		    (n > 0 &&
			bsearch(name, names, n, sizeof(*names), name_order) !=
			    NULL))
			continue;
		strcpy(stray[(*found)++].text, name);
	}
	return (SOTER_OK);
}

/*
 * The anchor is zero.  Only a first step that was cut may have left something:
 * slots that hold an empty index that extends zero, or no index at all.  More
 * than that means that somebody lost the anchor; then nothing is touched.
 */
static enum soter_rc
open_fresh(struct teehost_store *store, const struct slot slots[2])
{
	struct teehost_object_name stray;
	enum soter_rc rc;
	size_t found;

	for (unsigned i = 0; i < 2; i++) {
		struct teehost_index index = { .records = NULL };
		bool is_used;

		if (!slots[i].has_index)
			continue;
		rc = teehost_index_parse(&index, store->index_key,
		    slots[i].bytes);
		is_used = rc == SOTER_OK &&
		    (index.n > 0 || !is_zero(slots[i].prev.p));
		teehost_index_wipe(&index);
		if (is_used)
			return (SOTER_E_ROLLBACK);
		if (rc != SOTER_OK && rc != SOTER_E_CORRUPT)
			return (rc);
	}
	TRY(find_stray(store, NULL, 0, &stray, 1, &found));
	if (found > 0)
		return (SOTER_E_ROLLBACK);
	store->is_fresh = true;
	/* Begin both anew: nothing of the leftovers is built upon. */
	store->slot_is_there[0] = store->slot_is_there[1] = false;
	store->slot_len[0] = store->slot_len[1] = 0;
	store->slot = 1;
	return (SOTER_OK);
}

static enum soter_rc
open_index(struct teehost_store *store, const struct slot slots[2])
{
	for (unsigned i = 0; i < 2; i++) {
		bool counts;

		TRY(slot_counts(store, &slots[i], &counts));
		if (!counts)
			continue;
		store->slot = i;
		TRY(teehost_index_parse(&store->index, store->index_key,
		    slots[i].bytes));
		store->next_version = store->index.next_version;
		return (SOTER_OK);
	}
	return (SOTER_E_ROLLBACK);
}

/*
 * Remove the files of changes that did not come to their end.  Not more than
 * an attempt: a disk that cannot be written can still be read.
 */
static enum soter_rc
sweep(struct teehost_store *store)
{
	struct teehost_object_name stray[SWEEP_MAX];
	size_t n = store->index.n, found = 0;
	struct teehost_object_name *names = calloc(n + 1, sizeof(*names));
	enum soter_rc rc = SOTER_E_NOMEM;

	if (names == NULL)
		goto out;
	rc = SOTER_OK;
	for (size_t i = 0; rc == SOTER_OK && i < n; i++)
		rc = teehost_object_name(&store->objects,
		    &store->index.records[i], &names[i]);
	if (rc != SOTER_OK)
		goto out;
	qsort(names, n, sizeof(*names), name_order);
	do {
		rc = find_stray(store, names, n, stray, SWEEP_MAX, &found);
		for (size_t i = 0; rc == SOTER_OK && i < found; i++)
			if (store->objects.disk->ops->remove(
				store->objects.disk, stray[i].text) != SOTER_OK)
				goto out;
	} while (rc == SOTER_OK && found == SWEEP_MAX);
out:
	free(names);
	return (rc);
}

static enum soter_rc
derive_keys(struct teehost_store *store, const uint8_t key[TEEHOST_KEY_LEN])
{
	const struct soter_span none = { NULL, 0 };

	TRY(teehost_key_derive(store->index_key, key, "index", none));
	TRY(teehost_key_derive(store->objects.object_key, key, "object", none));
	return (teehost_key_derive(store->objects.name_key, key, "name", none));
}

static enum soter_rc
open_files(struct teehost_store *store, const uint8_t key[TEEHOST_KEY_LEN],
    struct slot slots[2])
{
	struct teehost_disk *disk = store->objects.disk;

	TRY(derive_keys(store, key));
	TRY(disk->ops->lock(disk));
	TRY(store->anchor->ops->read(store->anchor, store->value));
	TRY(slot_read(store, 0, &slots[0]));
	TRY(slot_read(store, 1, &slots[1]));
	if (is_zero(store->value))
		return (open_fresh(store, slots));
	TRY(open_index(store, slots));
	return (sweep(store));
}

enum soter_rc
teehost_store_open(struct teehost_store **out, struct teehost_disk *disk,
    struct teehost_anchor *anchor, const uint8_t key[TEEHOST_KEY_LEN])
{
	struct slot slots[2] = { { .file = NULL }, { .file = NULL } };
	struct teehost_store *store = calloc(1, sizeof(*store));
	enum soter_rc rc = SOTER_E_NOMEM;

	if (store == NULL)
		goto out;
	store->objects.disk = disk;
	store->anchor = anchor;
	store->next_version = 1;
	rc = open_files(store, key, slots);
	if (rc != SOTER_OK)
		goto out;
	*out = store; /* ownership moves to the caller */
	store = NULL;
out:
	free(slots[0].file);
	free(slots[1].file);
	teehost_store_close(&store);
	return (rc);
}
