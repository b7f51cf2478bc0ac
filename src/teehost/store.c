/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "crypto/hash.h"
#include "teehost/index.h"

/*
 * States of a storage:
 *
 *	fresh    the anchor is zero: nothing was ever acknowledged here.  The
 *	         first change makes both slots and anchors an empty index, so
 *	         that objects exist only below an anchor that is not zero
 *	in use   index.N is what the anchor names, for N = slot
 *	broken   an anchor step ended in an error and the anchor does not say
 *	         what it did: everything is refused until the next open
 */

/* A slot's length is one of these times a power of two. */
#define SLOT_LEN_MIN  4096
#define SLOT_LEN_MAX  ((size_t)512 * 1024)

#define FILE_NAME_LEN 32 /* characters, hex, of an object's file */
#define SWEEP_MAX     64 /* files removed per walk over the folder */

static const char *const slot_names[2] = { "index.0", "index.1" };
static const char object_magic[8] = { 'S', 'O', 'T', 'E', 'R', 'o', 'b', '1' };

struct teehost_store {
	struct teehost_disk *disk;     /* borrowed */
	struct teehost_anchor *anchor; /* borrowed */
	uint8_t index_key[TEEHOST_KEY_LEN];
	uint8_t object_key[TEEHOST_KEY_LEN];
	uint8_t name_key[TEEHOST_KEY_LEN];

	struct teehost_index index;
	uint64_t next_version;		   /* counts failed changes too */
	uint8_t value[TEEHOST_ANCHOR_LEN]; /* of the anchor */
	unsigned slot;			   /* the one that counts */
	size_t slot_len[2];		   /* bytes that the file surely has */
	bool slot_is_there[2];
	bool is_fresh, is_broken;
};

struct file_name {
	char text[FILE_NAME_LEN + 1];
};

static bool
is_zero(const uint8_t value[TEEHOST_ANCHOR_LEN])
{
	static const uint8_t zero[TEEHOST_ANCHOR_LEN];

	return (memcmp(value, zero, sizeof(zero)) == 0);
}

/* What an anchor's step makes of its value. */
static enum soter_rc
extended(uint8_t out[TEEHOST_ANCHOR_LEN], struct soter_span value,
    struct soter_span digest)
{
	uint8_t both[TEEHOST_ANCHOR_LEN + SOTER_SHA256_LEN];
	struct soter_writer w = soter_writer(both, sizeof(both));

	TRY(soter_write(&w, value));
	TRY(soter_write(&w, digest));
	return (soter_sha256(out, soter_written(&w)));
}

/* Names and files of objects. */

/* What binds a file to its object: the name and the authenticated bytes. */
static enum soter_rc
write_identity(struct soter_writer *w, const struct teehost_record *record)
{
	TRY(soter_write(w, soter_span(object_magic, sizeof(object_magic))));
	TRY(soter_write_le64(w, record->version));
	TRY(soter_write_le32(w, record->size));
	TRY(soter_write_u8(w, record->id_n));
	return (soter_write(w, teehost_record_id(record)));
}

#define IDENTITY_LEN_MAX (8 + 8 + 4 + 1 + TEEHOST_OBJECT_ID_MAX)

static enum soter_rc
name_of(const struct teehost_store *store, const struct teehost_record *record,
    struct file_name *name)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t identity[IDENTITY_LEN_MAX], mac[SOTER_SHA256_LEN];
	struct soter_writer w = soter_writer(identity, sizeof(identity));

	TRY(write_identity(&w, record));
	if (HMAC(EVP_sha256(), store->name_key, sizeof(store->name_key), w.p,
		w.len, mac, NULL) == NULL)
		return (SOTER_E_ENGINE);
	for (size_t i = 0; i < FILE_NAME_LEN / 2; i++) {
		name->text[2 * i] = digits[mac[i] >> 4];
		name->text[2 * i + 1] = digits[mac[i] & 15];
	}
	name->text[FILE_NAME_LEN] = '\0';
	return (SOTER_OK);
}

static int
name_order(const void *a, const void *b)
{
	return (strcmp(a, b));
}

static bool
is_object_name(const char *name)
{
	return (strlen(name) == FILE_NAME_LEN &&
	    strspn(name, "0123456789abcdef") == FILE_NAME_LEN);
}

static enum soter_rc
object_file_write(struct teehost_store *store, const struct file_name *name,
    struct soter_span file)
{
	struct teehost_disk *disk = store->disk;

	TRY(disk->ops->write(disk, name->text, true, 0, file));
	TRY(disk->ops->sync(disk, name->text));
	return (disk->ops->sync_dir(disk));
}

/* Seal an object into a file that nothing names yet; sets the record's tag. */
static enum soter_rc
object_write(struct teehost_store *store, struct teehost_record *record,
    struct soter_span bytes, struct file_name *name)
{
	uint8_t identity[IDENTITY_LEN_MAX];
	struct soter_writer said = soter_writer(identity, sizeof(identity));
	size_t cap = sizeof(object_magic) + TEEHOST_BLOB_EXTRA + bytes.n;
	uint8_t *buf = malloc(cap);
	struct soter_writer w = soter_writer(buf, cap);
	enum soter_rc rc = SOTER_E_NOMEM;

	if (buf == NULL)
		goto out;
	rc = write_identity(&said, record);
	if (rc == SOTER_OK)
		rc = soter_write(&w,
		    soter_span(object_magic, sizeof(object_magic)));
	if (rc == SOTER_OK)
		rc = teehost_blob_seal(&w, store->object_key,
		    soter_written(&said), bytes);
	if (rc == SOTER_OK)
		rc = name_of(store, record, name);
	if (rc != SOTER_OK)
		goto out;
	soter_copy(record->tag, w.p + w.len - TEEHOST_BLOB_TAG_LEN,
	    TEEHOST_BLOB_TAG_LEN);
	rc = object_file_write(store, name, soter_written(&w));
	if (rc != SOTER_OK)
		(void)store->disk->ops->remove(store->disk, name->text);
out:
	free(buf);
	return (rc);
}

/* The file's blob, if length, head and tag are those that the index names. */
static enum soter_rc
object_blob(const struct teehost_record *record, struct soter_span file,
    struct soter_span *blob)
{
	struct soter_reader r = soter_reader(file);
	struct soter_span magic, rest;

	TRY(soter_read_span(&r, sizeof(object_magic), &magic));
	TRY(soter_read_span(&r, r.left, &rest));
	if (memcmp(magic.p, object_magic, magic.n) != 0 ||
	    rest.n != record->size + TEEHOST_BLOB_EXTRA ||
	    memcmp(rest.p + rest.n - TEEHOST_BLOB_TAG_LEN, record->tag,
		TEEHOST_BLOB_TAG_LEN) != 0)
		return (SOTER_E_CORRUPT);
	*blob = rest;
	return (SOTER_OK);
}

static enum soter_rc
object_read(struct teehost_store *store, const struct teehost_record *record,
    uint8_t **out)
{
	uint8_t identity[IDENTITY_LEN_MAX];
	struct soter_writer said = soter_writer(identity, sizeof(identity));
	uint8_t *file = NULL, *bytes = NULL;
	struct file_name name;
	struct soter_span blob;
	enum soter_rc rc;
	size_t n;

	rc = name_of(store, record, &name);
	if (rc == SOTER_OK)
		rc = write_identity(&said, record);
	if (rc == SOTER_OK)
		rc = store->disk->ops->read(store->disk, name.text,
		    sizeof(object_magic) + TEEHOST_BLOB_EXTRA + record->size,
		    &file, &n);
	if (rc == SOTER_OK)
		rc = object_blob(record, soter_span(file, n), &blob);
	if (rc != SOTER_OK)
		goto out;
	rc = SOTER_E_NOMEM;
	bytes = malloc(record->size > 0 ? record->size : 1);
	if (bytes == NULL)
		goto out;
	rc = teehost_blob_open(bytes, store->object_key, soter_written(&said),
	    blob);
	if (rc != SOTER_OK)
		goto out;
	*out = bytes;
	bytes = NULL;
out:
	/* The index says what the file is: none, or another length, is a lie */
	if (rc == SOTER_E_NOTFOUND || rc == SOTER_E_LIMIT ||
	    rc == SOTER_E_SHORT)
		rc = SOTER_E_CORRUPT;
	free(file);
	free(bytes);
	return (rc);
}

/* Changing the index. */

static size_t
slot_len_for(size_t n)
{
	size_t len = SLOT_LEN_MIN;

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
	struct teehost_disk *disk = store->disk;
	uint8_t *zeros;
	enum soter_rc rc;

	if (have >= len)
		return (SOTER_OK);
	zeros = calloc(1, len - have);
	if (zeros == NULL)
		return (SOTER_E_NOMEM);
	rc = disk->ops->write(disk, slot_names[slot],
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
	struct teehost_disk *disk = store->disk;

	TRY(slot_stretch(store, 0, slot_len_for(index.n)));
	TRY(slot_stretch(store, 1, slot_len_for(index.n)));
	TRY(disk->ops->write(disk, slot_names[slot], false, 0, index));
	TRY(disk->ops->sync(disk, slot_names[slot]));
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
	TRY(extended(want, soter_span(store->value, sizeof(store->value)),
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
	if (rc == SOTER_E_NOTFOUND) /* a slot that was there */
		rc = SOTER_E_STORAGE;
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
	struct file_name old, new;
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
		rc = name_of(store, &next.records[at], &old);
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
		rc = object_write(store, &record, bytes, &new);
		if (rc != SOTER_OK)
			goto out;
		has_new = true;
		rc = teehost_index_set(&next, &record);
		if (rc != SOTER_OK)
			goto out;
	}
	rc = commit(store, &next);
out:
	/* Files that nothing names; what stays is removed at the next open. */
	if (rc == SOTER_OK && has_old)
		(void)store->disk->ops->remove(store->disk, old.text);
	if (rc != SOTER_OK && has_new && !store->is_broken)
		(void)store->disk->ops->remove(store->disk, new.text);
	teehost_index_wipe(&next);
	return (rc);
}

/* Opening. */

struct slot {
	uint8_t *file; /* owned; NULL if there is none that can be read */
	size_t n;
	struct soter_span bytes, prev; /* borrowed from file */
	bool has_index;
};

static enum soter_rc
slot_read(struct teehost_store *store, unsigned i, struct slot *slot)
{
	enum soter_rc rc = store->disk->ops->read(store->disk, slot_names[i],
	    SLOT_LEN_MAX, &slot->file, &slot->n);

	if (rc == SOTER_E_NOTFOUND)
		return (SOTER_OK);
	store->slot_is_there[i] = true;
	if (rc == SOTER_E_LIMIT) /* not by us, so it cannot count */
		return (SOTER_OK);
	if (rc != SOTER_OK)
		return (rc);
	store->slot_len[i] = slot->n;
	slot->has_index = teehost_index_claimed(soter_span(slot->file, slot->n),
			      &slot->bytes, &slot->prev) == SOTER_OK;
	return (SOTER_OK);
}

/* Is this the index whose step made the anchor's value? */
static bool
slot_counts(const struct teehost_store *store, const struct slot *slot)
{
	uint8_t digest[SOTER_SHA256_LEN], value[TEEHOST_ANCHOR_LEN];

	return (slot->has_index &&
	    soter_sha256(digest, slot->bytes) == SOTER_OK &&
	    extended(value, slot->prev, soter_span(digest, sizeof(digest))) ==
		SOTER_OK &&
	    memcmp(value, store->value, sizeof(value)) == 0);
}

/* Does the folder hold an object's file that the sorted names do not name? */
static enum soter_rc
find_stray(struct teehost_store *store, const struct file_name *names, size_t n,
    struct file_name *stray, size_t max, size_t *found)
{
	char name[TEEHOST_FILE_NAME_MAX + 1];
	enum soter_rc rc;

	*found = 0;
	for (size_t i = 0; *found < max; i++) {
		rc = store->disk->ops->list(store->disk, i, name);
		if (rc == SOTER_E_NOTFOUND)
			break;
		if (rc != SOTER_OK)
			return (rc);
		if (!is_object_name(name) ||
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
	struct file_name stray;
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
		if (!slot_counts(store, &slots[i]))
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
	struct file_name stray[SWEEP_MAX];
	size_t n = store->index.n, found = 0;
	struct file_name *names = calloc(n + 1, sizeof(*names));
	enum soter_rc rc = SOTER_E_NOMEM;

	if (names == NULL)
		goto out;
	rc = SOTER_OK;
	for (size_t i = 0; rc == SOTER_OK && i < n; i++)
		rc = name_of(store, &store->index.records[i], &names[i]);
	if (rc != SOTER_OK)
		goto out;
	qsort(names, n, sizeof(*names), name_order);
	do {
		rc = find_stray(store, names, n, stray, SWEEP_MAX, &found);
		for (size_t i = 0; rc == SOTER_OK && i < found; i++)
			if (store->disk->ops->remove(store->disk,
				stray[i].text) != SOTER_OK)
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
	TRY(teehost_key_derive(store->object_key, key, "object", none));
	return (teehost_key_derive(store->name_key, key, "name", none));
}

static enum soter_rc
open_files(struct teehost_store *store, const uint8_t key[TEEHOST_KEY_LEN],
    struct slot slots[2])
{
	struct teehost_disk *disk = store->disk;

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
	store->disk = disk;
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
	TRY(object_read(store, record, out));
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
