/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "teehost/store_state.h"

const char *const teehost_store_slots[2] = { "index.0", "index.1" };

enum soter_rc
teehost_store_extended(uint8_t out[TEEHOST_ANCHOR_LEN], struct soter_span value,
    struct soter_span digest)
{
	uint8_t both[TEEHOST_ANCHOR_LEN + SOTER_SHA256_LEN];
	struct soter_writer w = soter_writer(both, sizeof(both));

	TRY(soter_write(&w, value));
	TRY(soter_write(&w, digest));
	return (soter_sha256(out, soter_written(&w)));
}

/* Changing the index. */

static size_t
slot_len_for(size_t n)
{
	size_t len = TEEHOST_STORE_SLOT_LEN_MIN;

	while (len < n)
		len *= 2;
	return (len);
}

/*
 * Make the slot that counts so long that the next index fits into it: on a full
 * disk nothing but writing in place is possible, and a removal must be.
 */
static enum soter_rc
slot_stretch(struct teehost_store *store, unsigned slot, size_t len)
{
	size_t have = store->slot_len[slot];
	struct teehost_disk *disk = store->objects.disk;
	uint8_t *zeros;
	enum soter_rc rc;

	if (have >= len)
		return (SOTER_OK);
	zeros = calloc(1, len - have);
	if (zeros == NULL)
		return (SOTER_E_NOMEM);
	rc = disk->ops->write(disk, teehost_store_slots[slot],
	    !store->slot_is_there[slot], have, soter_span(zeros, len - have));
	free(zeros);
	if (rc != SOTER_OK)
		return (rc);
	store->slot_is_there[slot] = true;
	store->slot_len[slot] = len;
	return (SOTER_OK);
}

static enum soter_rc
slots_write(struct teehost_store *store, unsigned slot, struct soter_span index)
{
	bool is_new = !store->slot_is_there[0] || !store->slot_is_there[1];
	struct teehost_disk *disk = store->objects.disk;

	TRY(slot_stretch(store, 0, slot_len_for(index.n)));
	TRY(slot_stretch(store, 1, slot_len_for(index.n)));
	TRY(disk->ops->write(disk, teehost_store_slots[slot], false, 0, index));
	TRY(disk->ops->sync(disk, teehost_store_slots[slot]));
	if (is_new)
		TRY(disk->ops->sync_dir(disk));
	return (SOTER_OK);
}

/*
 * One step of the anchor.  SOTER_OK: it took place; an error: it did not, or
 * the storage is broken from now on.
 */
static enum soter_rc
anchor_step(struct teehost_store *store, struct soter_span index)
{
	uint8_t digest[SOTER_SHA256_LEN], want[TEEHOST_ANCHOR_LEN];
	uint8_t now[TEEHOST_ANCHOR_LEN];
	struct teehost_anchor *anchor = store->anchor;
	enum soter_rc rc;

	TRY(soter_sha256(digest, index));
	TRY(teehost_store_extended(want,
	    soter_span(store->value, sizeof(store->value)),
	    soter_span(digest, sizeof(digest))));
	rc = anchor->ops->extend(anchor, digest);
	if (rc != SOTER_OK) {
		if (anchor->ops->read(anchor, now) != SOTER_OK) {
			store->is_broken = true;
			return (rc);
		}
		if (memcmp(now, store->value, sizeof(now)) == 0)
			return (rc);
		if (memcmp(now, want, sizeof(now)) != 0) {
			store->is_broken = true;
			return (rc);
		}
	}
	soter_copy(store->value, want, sizeof(want));
	return (SOTER_OK);
}

/* Make next the index that counts; it is then the store's. */
static enum soter_rc
commit(struct teehost_store *store, struct teehost_index *next)
{
	size_t cap = TEEHOST_INDEX_LEN(next->n);
	uint8_t *buf = malloc(cap);
	struct soter_writer w = soter_writer(buf, cap);
	unsigned slot = 1 - store->slot;
	enum soter_rc rc = SOTER_E_NOMEM;

	if (buf == NULL)
		goto out;
	next->next_version = store->next_version;
	rc = teehost_index_write(&w, next, store->index_key, store->value);
	if (rc == SOTER_OK)
		rc = slots_write(store, slot, soter_written(&w));
	if (rc == SOTER_OK)
		rc = anchor_step(store, soter_written(&w));
	if (rc != SOTER_OK)
		goto out;
	store->slot = slot;
	store->is_fresh = false;
	teehost_index_wipe(&store->index);
	store->index = *next; /* moves */
	*next = (struct teehost_index){ .records = NULL };
out:
	free(buf);
	return (rc);
}

static enum soter_rc
make_first(struct teehost_store *store)
{
	struct teehost_index empty = { .records = NULL };

	if (!store->is_fresh)
		return (SOTER_OK);
	return (commit(store, &empty));
}

/*
 * One change: the object `drop` goes, `put` comes (n = 0: none).  The file of
 * the object that put replaces, or that is dropped, goes last.
 */
static enum soter_rc
change(struct teehost_store *store, struct soter_span drop,
    struct soter_span put, struct soter_span bytes)
{
	struct teehost_index next = { .records = NULL };
	struct teehost_record record = { .version = store->next_version };
	struct teehost_object_name old, new;
	bool has_old = false, has_new = false;
	enum soter_rc rc;
	size_t at;

	rc = make_first(store);
	if (rc == SOTER_OK)
		rc = teehost_index_copy(&next, &store->index);
	if (rc != SOTER_OK)
		goto out;
	if (teehost_index_find(&next, drop.n > 0 ? drop : put, &at)) {
		has_old = true;
		rc = teehost_object_name(&store->objects, &next.records[at],
		    &old);
		if (rc != SOTER_OK)
			goto out;
	}
	if (drop.n > 0)
		teehost_index_unset(&next, drop);
	if (put.n > 0) {
		store->next_version++;
		record.size = (uint32_t)bytes.n;
		record.id_n = (uint8_t)put.n;
		soter_copy(record.id, put.p, put.n);
		rc =
		    teehost_object_write(&store->objects, &record, bytes, &new);
		if (rc != SOTER_OK)
			goto out;
		has_new = true;
		rc = teehost_index_set(&next, &record);
		if (rc != SOTER_OK)
			goto out;
	}
	rc = commit(store, &next);
out:
	if (rc == SOTER_E_NOTFOUND) /* a file that we had made, or the folder */
		rc = SOTER_E_STORAGE;
	/* Files that nothing names; what stays is removed at the next open. */
	if (rc == SOTER_OK && has_old)
		(void)store->objects.disk->ops->remove(store->objects.disk,
		    old.text);
	if (rc != SOTER_OK && has_new && !store->is_broken)
		(void)store->objects.disk->ops->remove(store->objects.disk,
		    new.text);
	teehost_index_wipe(&next);
	return (rc);
}

void
teehost_store_close(struct teehost_store **store)
{
	if (*store == NULL)
		return;
	teehost_index_wipe(&(*store)->index);
	soter_wipe(*store, sizeof(**store));
	free(*store);
	*store = NULL;
}

/* The calls. */

/* What every call begins with; at is written if the id is there. */
static enum soter_rc
look_up(struct teehost_store *store, struct soter_span id, size_t *at)
{
	size_t found;

	if (store->is_broken)
		return (SOTER_E_STORAGE);
	if (id.n == 0 || id.n > TEEHOST_OBJECT_ID_MAX)
		return (SOTER_E_ARGUMENT);
	if (!teehost_index_find(&store->index, id, &found))
		return (SOTER_E_NOTFOUND);
	*at = found;
	return (SOTER_OK);
}

enum soter_rc
teehost_store_get(struct teehost_store *store, struct soter_span id,
    uint8_t **out, size_t *n, uint64_t *version)
{
	const struct teehost_record *record;
	size_t at;

	TRY(look_up(store, id, &at));
	record = &store->index.records[at];
	TRY(teehost_object_read(&store->objects, record, out));
	*n = record->size;
	if (version != NULL)
		*version = record->version;
	return (SOTER_OK);
}

void
teehost_store_free(uint8_t *bytes, size_t n)
{
	if (bytes != NULL)
		soter_wipe(bytes, n);
	free(bytes);
}

enum soter_rc
teehost_store_version(struct teehost_store *store, struct soter_span id,
    uint64_t *version)
{
	size_t at;

	TRY(look_up(store, id, &at));
	*version = store->index.records[at].version;
	return (SOTER_OK);
}

enum soter_rc
teehost_store_put(struct teehost_store *store, struct soter_span id,
    struct soter_span bytes, bool overwrite)
{
	const struct soter_span none = { NULL, 0 };
	enum soter_rc rc;
	size_t at;

	rc = look_up(store, id, &at);
	if (rc == SOTER_OK && !overwrite)
		return (SOTER_E_EXISTS);
	if (rc != SOTER_OK && rc != SOTER_E_NOTFOUND)
		return (rc);
	if (bytes.n > TEEHOST_OBJECT_MAX ||
	    (rc == SOTER_E_NOTFOUND && store->index.n == TEEHOST_OBJECTS_MAX))
		return (SOTER_E_LIMIT);
	return (change(store, none, id, bytes));
}

enum soter_rc
teehost_store_remove(struct teehost_store *store, struct soter_span id)
{
	const struct soter_span none = { NULL, 0 };
	size_t at;

	TRY(look_up(store, id, &at));
	return (change(store, id, none, none));
}

enum soter_rc
teehost_store_rename(struct teehost_store *store, struct soter_span from,
    struct soter_span to)
{
	uint8_t *bytes = NULL;
	enum soter_rc rc;
	size_t n = 0, at;

	rc = look_up(store, to, &at);
	if (rc == SOTER_OK)
		rc = SOTER_E_EXISTS;
	if (rc == SOTER_E_NOTFOUND)
		rc = teehost_store_get(store, from, &bytes, &n, NULL);
	if (rc == SOTER_OK)
		rc = change(store, from, to, soter_span(bytes, n));
	teehost_store_free(bytes, n);
	return (rc);
}

bool
teehost_store_list(struct teehost_store *store, size_t i, struct soter_span *id,
    size_t *n)
{
	if (store->is_broken || i >= store->index.n)
		return (false);
	*id = teehost_record_id(&store->index.records[i]);
	*n = store->index.records[i].size;
	return (true);
}
