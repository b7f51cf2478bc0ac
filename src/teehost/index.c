/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "teehost/index.h"

static const char index_magic[8] = { 'S', 'O', 'T', 'E', 'R', 'i', 'x', '1' };

struct soter_span
teehost_record_id(const struct teehost_record *record)
{
	return (soter_span(record->id, record->id_n));
}

/* Any order will do; it has to be one. */
static int
id_order(struct soter_span a, struct soter_span b)
{
	int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	if (order != 0)
		return (order);
	return (a.n < b.n ? -1 : a.n > b.n);
}

bool
teehost_index_find(const struct teehost_index *index, struct soter_span id,
    size_t *at)
{
	size_t low = 0, high = index->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order =
		    id_order(id, teehost_record_id(&index->records[middle]));

		if (order == 0) {
			*at = middle;
			return (true);
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	*at = low;
	return (false);
}

static enum soter_rc
reserve(struct teehost_index *index, size_t n)
{
	struct teehost_record *records;
	size_t cap = index->cap > 0 ? index->cap : 16;

	if (n > TEEHOST_OBJECTS_MAX)
		return (SOTER_E_LIMIT);
	if (n <= index->cap)
		return (SOTER_OK);
	while (cap < n)
		cap *= 2;
	records = realloc(index->records, cap * sizeof(*records));
	if (records == NULL)
		return (SOTER_E_NOMEM);
	index->records = records;
	index->cap = cap;
	return (SOTER_OK);
}

enum soter_rc
teehost_index_set(struct teehost_index *index,
    const struct teehost_record *record)
{
	struct teehost_record *slot;
	size_t at;

	if (!teehost_index_find(index, teehost_record_id(record), &at)) {
		TRY(reserve(index, index->n + 1));
		slot = index->records + at;
		memmove(slot + 1, slot, (index->n - at) * sizeof(*slot));
		index->n++;
	}
	index->records[at] = *record;
	return (SOTER_OK);
}

void
teehost_index_unset(struct teehost_index *index, struct soter_span id)
{
	struct teehost_record *slot;
	size_t at;

	if (!teehost_index_find(index, id, &at))
		return;
	slot = index->records + at;
	index->n--;
	memmove(slot, slot + 1, (index->n - at) * sizeof(*slot));
}

enum soter_rc
teehost_index_copy(struct teehost_index *out, const struct teehost_index *index)
{
	struct teehost_index copy = { .next_version = index->next_version };

	/* One more: a change adds at most one. */
	TRY(reserve(&copy,
	    index->n < TEEHOST_OBJECTS_MAX ? index->n + 1 : index->n));
	if (index->n > 0)
		memcpy(copy.records, index->records,
		    index->n * sizeof(*copy.records));
	copy.n = index->n;
	*out = copy;
	return (SOTER_OK);
}

void
teehost_index_wipe(struct teehost_index *index)
{
	free(index->records);
	*index = (struct teehost_index){ .records = NULL };
}

static enum soter_rc
write_record(struct soter_writer *w, const struct teehost_record *record)
{
	TRY(soter_write_u8(w, record->id_n));
	TRY(soter_write(w, soter_span(record->id, sizeof(record->id))));
	TRY(soter_write_le64(w, record->version));
	TRY(soter_write_le32(w, record->size));
	return (soter_write(w, soter_span(record->tag, sizeof(record->tag))));
}

static enum soter_rc
write_plain(struct soter_writer *w, const struct teehost_index *index)
{
	TRY(soter_write_le64(w, index->next_version));
	TRY(soter_write_le32(w, (uint32_t)index->n));
	for (size_t i = 0; i < index->n; i++)
		TRY(write_record(w, &index->records[i]));
	return (SOTER_OK);
}

static enum soter_rc
write_head(struct soter_writer *w, size_t n,
    const uint8_t prev[TEEHOST_ANCHOR_LEN])
{
	TRY(soter_write(w, soter_span(index_magic, sizeof(index_magic))));
	TRY(soter_write_le32(w, (uint32_t)n));
	return (soter_write(w, soter_span(prev, TEEHOST_ANCHOR_LEN)));
}

enum soter_rc
teehost_index_write(struct soter_writer *w, const struct teehost_index *index,
    const uint8_t key[TEEHOST_KEY_LEN], const uint8_t prev[TEEHOST_ANCHOR_LEN])
{
	size_t plain_n = 8 + 4 + index->n * TEEHOST_RECORD_LEN;
	uint8_t *buf = malloc(plain_n);
	struct soter_writer plain = soter_writer(buf, plain_n);
	const uint8_t *head = w->p + w->len;
	enum soter_rc rc = SOTER_E_NOMEM;

	if (buf == NULL)
		goto out;
	rc = write_plain(&plain, index);
	if (rc == SOTER_OK)
		rc = write_head(w, TEEHOST_INDEX_LEN(index->n), prev);
	if (rc == SOTER_OK)
		rc = teehost_blob_seal(w, key,
		    soter_span(head, TEEHOST_INDEX_HEAD_LEN),
		    soter_written(&plain));
out:
	free(buf);
	return (rc);
}

enum soter_rc
teehost_index_claimed(struct soter_span slot, struct soter_span *bytes,
    struct soter_span *prev)
{
	struct soter_reader r = soter_reader(slot);
	struct soter_span magic, value, all;
	uint32_t n;

	TRY(soter_read_span(&r, sizeof(index_magic), &magic));
	TRY(soter_read_le32(&r, &n));
	TRY(soter_read_span(&r, TEEHOST_ANCHOR_LEN, &value));
	if (memcmp(magic.p, index_magic, sizeof(index_magic)) != 0)
		return (SOTER_E_FORMAT);
	if (n < TEEHOST_INDEX_FIXED_LEN)
		return (SOTER_E_FORMAT);
	if (n > TEEHOST_INDEX_LEN_MAX)
		return (SOTER_E_LIMIT);
	r = soter_reader(slot);
	TRY(soter_read_span(&r, n, &all));
	*bytes = all;
	*prev = value;
	return (SOTER_OK);
}

static enum soter_rc
parse_record(struct soter_reader *r, struct teehost_record *record)
{
	struct soter_span id, tag;

	TRY(soter_read_u8(r, &record->id_n));
	TRY(soter_read_span(r, sizeof(record->id), &id));
	TRY(soter_read_le64(r, &record->version));
	TRY(soter_read_le32(r, &record->size));
	TRY(soter_read_span(r, sizeof(record->tag), &tag));
	if (record->id_n == 0 || record->id_n > TEEHOST_OBJECT_ID_MAX ||
	    record->size > TEEHOST_OBJECT_MAX)
		return (SOTER_E_CORRUPT);
	for (size_t i = record->id_n; i < id.n; i++)
		if (id.p[i] != 0)
			return (SOTER_E_CORRUPT);
	soter_copy(record->id, id.p, id.n);
	soter_copy(record->tag, tag.p, tag.n);
	return (SOTER_OK);
}

static enum soter_rc
parse_plain(struct teehost_index *index, struct soter_span plain)
{
	struct soter_reader r = soter_reader(plain);
	uint32_t n;

	TRY(soter_read_le64(&r, &index->next_version));
	TRY(soter_read_le32(&r, &n));
	TRY(reserve(index, n));
	for (; index->n < n; index->n++) {
		struct teehost_record *record = &index->records[index->n];

		TRY(parse_record(&r, record));
		if (record->version >= index->next_version)
			return (SOTER_E_CORRUPT);
		if (index->n > 0 &&
		    id_order(teehost_record_id(record - 1),
			teehost_record_id(record)) >= 0)
			return (SOTER_E_CORRUPT);
	}
	return (soter_read_end(&r));
}

enum soter_rc
teehost_index_parse(struct teehost_index *out,
    const uint8_t key[TEEHOST_KEY_LEN], struct soter_span bytes)
{
	struct teehost_index index = { .records = NULL };
	struct soter_span said, blob;
	struct soter_reader r = soter_reader(bytes);
	enum soter_rc rc = SOTER_E_NOMEM;
	uint8_t *plain = malloc(bytes.n);

	if (plain == NULL)
		goto out;
	rc = soter_read_span(&r, TEEHOST_INDEX_HEAD_LEN, &said);
	if (rc == SOTER_OK)
		rc = soter_read_span(&r, r.left, &blob);
	if (rc == SOTER_OK)
		rc = teehost_blob_open(plain, key, said, blob);
	if (rc != SOTER_OK)
		goto out;
	rc =
	    parse_plain(&index, soter_span(plain, blob.n - TEEHOST_BLOB_EXTRA));
	if (rc != SOTER_OK)
		goto out;
	*out = index;
	index.records = NULL;
out:
	/* What opens under our key has our form. */
	if (rc == SOTER_E_SHORT || rc == SOTER_E_FORMAT || rc == SOTER_E_LIMIT)
		rc = SOTER_E_CORRUPT;
	teehost_index_wipe(&index);
	free(plain);
	return (rc);
}
