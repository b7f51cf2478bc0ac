/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Property: whatever somebody does to the files of a storage, it opens or it
 * does not, and a get gives the bytes that were put last, or an error; under
 * the anchor that is a file of the same folder, bytes that were put once.  What
 * is written afterwards can be read, and an index that opens under the key is
 * the one that would be written.
 *
 * The input is a list of edits: 4 bytes (what, file, two bytes of place) and,
 * for some, bytes that go there.
 */
#include "fuzz/fuzz.h"
#include "teehost/index.h"
#include "tests/storerig.h"

static const char *const ids[] = { "a", "b", "c", "d" };
static const char *const texts[] = { "first", "second, new", "", "fourth" };
static const char *const old_texts[] = { "first", "second, old", "", NULL };

/* As it is, and as it was before b was written again and d was made. */
static struct rig now[2], before[2];

static void
make(struct rig *rig, struct rig *old, bool has_file_anchor)
{
	rig_new(rig, has_file_anchor);
	MUST(rig_open(rig) == SOTER_OK);
	MUST(rig_put(rig, ids[0], texts[0]) == SOTER_OK);
	MUST(rig_put(rig, ids[1], old_texts[1]) == SOTER_OK);
	MUST(rig_put(rig, ids[2], texts[2]) == SOTER_OK);
	*old = *rig;
	old->m = diskmodel_copy(rig->m, NULL);
	diskmodel_restart(old->m, DISKMODEL_ALL, 0);
	MUST(rig_put(rig, ids[1], texts[1]) == SOTER_OK);
	MUST(rig_put(rig, ids[3], texts[3]) == SOTER_OK);
	rig_close(rig);
	diskmodel_restart(rig->m, DISKMODEL_ALL, 0);
}

/* A file of the folder, now or before. */
static const char *
pick(const struct diskmodel *m, uint8_t choice)
{
	return (diskmodel_count(m) == 0
		? NULL
		: diskmodel_name(m, choice % diskmodel_count(m)));
}

static void
set_bytes(struct diskmodel *m, const char *name, struct soter_span from,
    size_t n, size_t at, struct soter_span bytes)
{
	uint8_t *file = calloc(1, n + bytes.n + 1);

	MUST(file != NULL);
	soter_copy(file, from.p, from.n < n ? from.n : n);
	for (size_t i = 0; i < bytes.n && at + i < n; i++)
		file[at + i] ^= bytes.p[i];
	diskmodel_put(m, name, soter_span(file, n));
	free(file);
}

static void
edit(struct rig *rig, const struct rig *old, struct soter_reader *r,
    const uint8_t head[4])
{
	const char *name = pick(rig->m, head[1]);
	size_t at = (size_t)head[2] << 8 | head[3];
	struct soter_span bytes = { NULL, 0 }, file;
	char target[TEEHOST_FILE_NAME_MAX + 1];

	if (name == NULL)
		return;
	strcpy(target, name);
	file = diskmodel_look(rig->m, target);
	switch (head[0] % 6) {
	case 0: /* change bytes */
		if (soter_read_span(r, head[0] / 6, &bytes) == SOTER_OK)
			set_bytes(rig->m, target, file, file.n, at, bytes);
		break;
	case 1: /* another length */
		set_bytes(rig->m, target, file, at, 0, bytes);
		break;
	case 2: /* all that follows, instead */
		if (soter_read_span(r, r->left, &bytes) == SOTER_OK)
			diskmodel_put(rig->m, target, bytes);
		break;
	case 3: /* another file of now or before */
		name = pick(head[2] % 2 == 0 ? rig->m : old->m, head[3]);
		if (name == NULL)
			break;
		file = diskmodel_look(head[2] % 2 == 0 ? rig->m : old->m, name);
		set_bytes(rig->m, target, file, file.n, 0, bytes);
		break;
	case 4: /* gone */
		diskmodel_drop(rig->m, target);
		break;
	default: /* a file of before, by its own name */
		name = pick(old->m, head[2]);
		file = diskmodel_look(old->m, name);
		diskmodel_put(rig->m, name, file);
		break;
	}
}

/* One of the texts that may be there, or an error. */
static void
check_get(struct rig *rig, size_t i)
{
	uint8_t *bytes = NULL;
	enum soter_rc rc;
	size_t n = 77;

	rc = teehost_store_get(rig->store, rig_text(ids[i]), &bytes, &n, NULL);
	if (rc != SOTER_OK) {
		MUST(bytes == NULL && n == 77);
		MUST(rc == SOTER_E_CORRUPT ||
		    (rig->has_file_anchor && rc == SOTER_E_NOTFOUND));
		return;
	}
	MUST(soter_span_equal(soter_span(bytes, n), rig_text(texts[i])) ||
	    (rig->has_file_anchor && old_texts[i] != NULL &&
		soter_span_equal(soter_span(bytes, n),
		    rig_text(old_texts[i]))));
	teehost_store_free(bytes, n);
}

static void
attack(const struct rig *base, const struct rig *old, struct soter_reader r)
{
	struct rig rig = *base;
	struct soter_span head;

	rig.m = diskmodel_copy(base->m, NULL);
	for (int i = 0; i < 8; i++)
		if (soter_read_span(&r, 4, &head) == SOTER_OK)
			edit(&rig, old, &r, head.p);
	if (rig_open(&rig) == SOTER_OK) {
		for (size_t i = 0; i < SOTER_COUNT(ids); i++)
			check_get(&rig, i);
		/* And it can be lived with. */
		MUST(rig_put(&rig, "new", "text") == SOTER_OK);
		MUST(rig_put(&rig, ids[0], texts[0]) == SOTER_OK);
		MUST(rig_remove(&rig, "new") == SOTER_OK);
		MUST(rig_again(&rig) == SOTER_OK);
		MUST(rig_get(&rig, ids[0], texts[0]) == SOTER_OK);
		MUST(rig_get(&rig, "new", "") == SOTER_E_NOTFOUND);
	} else {
		MUST(rig.store == NULL);
	}
	rig_free(&rig);
}

/* What stands sealed in a slot, when the writer is another one than ours. */
static void
index_form(struct soter_span plain)
{
	static uint8_t buf[70000], again[70000];
	static const uint8_t key[TEEHOST_KEY_LEN];
	struct soter_writer w = soter_writer(buf, sizeof(buf)), w2;
	struct teehost_index index;
	uint8_t *opened;

	memset(buf, 0, TEEHOST_INDEX_HEAD_LEN);
	w.len = TEEHOST_INDEX_HEAD_LEN;
	if (teehost_blob_seal(&w, key, soter_span(buf, TEEHOST_INDEX_HEAD_LEN),
		plain) != SOTER_OK)
		return;
	memset(&index, FUZZ_FILL, sizeof(index));
	if (teehost_index_parse(&index, key, soter_written(&w)) != SOTER_OK) {
		MUST(fuzz_untouched(&index, sizeof(index)));
		return;
	}
	w2 = soter_writer(again, sizeof(again));
	MUST(teehost_index_write(&w2, &index, key, buf) == SOTER_OK);
	MUST(w2.len == w.len);
	opened = malloc(plain.n + 1);
	MUST(opened != NULL);
	MUST(teehost_blob_open(opened, key,
		 soter_span(again, TEEHOST_INDEX_HEAD_LEN),
		 soter_span(again + TEEHOST_INDEX_HEAD_LEN,
		     w2.len - TEEHOST_INDEX_HEAD_LEN)) == SOTER_OK);
	MUST(memcmp(opened, plain.p, plain.n) == 0);
	free(opened);
	teehost_index_wipe(&index);
}

/* A slot, an anchor and a key file of somebody else. */
static void
strange_files(struct soter_span bytes)
{
	struct diskmodel *m = diskmodel_new(NULL);
	struct soter_span index = { NULL, 0 }, prev = { NULL, 0 };
	struct teehost_disk *disk = diskmodel_disk(m);
	struct teehost_anchor *anchor = NULL;
	uint8_t value[TEEHOST_ANCHOR_LEN];

	if (teehost_index_claimed(bytes, &index, &prev) == SOTER_OK)
		MUST(fuzz_inside(index, bytes) && fuzz_inside(prev, index));
	diskmodel_put(m, "anchor", bytes);
	diskmodel_put(m, "device.key", bytes);
	MUST(teehost_anchor_file(&anchor, disk) == SOTER_OK);
	if (anchor->ops->read(anchor, value) == SOTER_OK)
		MUST(anchor->ops->extend(anchor, value) == SOTER_OK);
	anchor->ops->close(&anchor);
	(void)teehost_sealer_file.unseal(disk, NULL, value);
	diskmodel_free(&m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soter_reader r = soter_reader(soter_span(data, size));
	uint8_t mode;

	if (now[0].m == NULL)
		for (int i = 0; i < 2; i++)
			make(&now[i], &before[i], i);
	if (soter_read_u8(&r, &mode) != SOTER_OK)
		return (0);
	if (mode % 8 == 6)
		index_form(soter_span(r.p, r.left));
	else if (mode % 8 == 7)
		strange_files(soter_span(r.p, r.left));
	else
		attack(&now[mode % 2], &before[mode % 2], r);
	return (0);
}
