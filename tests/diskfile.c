/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "tests/diskfile.h"

void *
diskfile_grow(void *p, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return (p);
	*cap = n < 4 ? 8 : 2 * n;
	p = realloc(p, *cap * size);
	if (p == NULL)
		abort();
	return (p);
}

static void
bytes_resize(struct diskfile_bytes *b, size_t size)
{
	if (size > b->cap) {
		size_t cap = size * 2;

		b->p = realloc(b->p, cap);
		if (b->p == NULL)
			abort();
		memset(b->p + b->cap, 0, cap - b->cap);
		b->cap = cap;
	}
	if (size < b->size)
		memset(b->p + size, 0, b->size - size);
	b->size = size;
}

static void
bytes_set(struct diskfile_bytes *b, size_t at, const void *p, size_t n)
{
	if (at + n > b->size)
		bytes_resize(b, at + n);
	if (n > 0)
		memcpy(b->p + at, p, n);
}

static void
bytes_copy(struct diskfile_bytes *to, const struct diskfile_bytes *from)
{
	*to = (struct diskfile_bytes){ .p = NULL };
	bytes_set(to, 0, from->p, from->size);
}

/* A whole sector, zero behind the end. */
static void
sector_get(const struct diskfile_bytes *b, size_t sector,
    uint8_t out[DISKFILE_SECTOR])
{
	size_t at = sector * DISKFILE_SECTOR, n = 0;

	memset(out, 0, DISKFILE_SECTOR);
	if (at < b->size)
		n = b->size - at < DISKFILE_SECTOR ? b->size - at
						   : DISKFILE_SECTOR;
	if (n > 0)
		memcpy(out, b->p + at, n);
}

/* Set what of a sector lies inside the file. */
static void
sector_set(struct diskfile_bytes *b, size_t sector,
    const uint8_t in[DISKFILE_SECTOR])
{
	size_t at = sector * DISKFILE_SECTOR;

	if (at < b->size)
		memcpy(b->p + at, in,
		    b->size - at < DISKFILE_SECTOR ? b->size - at
						   : DISKFILE_SECTOR);
}

static void
note_length(struct diskfile *file, uint64_t when)
{
	file->lengths = diskfile_grow(file->lengths, file->lengths_n,
	    &file->lengths_cap, sizeof(*file->lengths));
	file->lengths[file->lengths_n++] =
	    (struct diskfile_length){ when, file->seen.size };
}

static void
note_piece(struct diskfile *file, uint64_t when, size_t sector)
{
	struct diskfile_piece *piece;

	file->pieces = diskfile_grow(file->pieces, file->pieces_n,
	    &file->pieces_cap, sizeof(*file->pieces));
	piece = &file->pieces[file->pieces_n++];
	*piece = (struct diskfile_piece){ .when = when, .sector = sector };
	sector_get(&file->seen, sector, piece->bytes);
}

void
diskfile_write(struct diskfile *file, uint64_t when, size_t at,
    struct soter_span bytes)
{
	size_t old = file->seen.size;

	if (bytes.n == 0)
		return;
	if (at + bytes.n > old ||
	    memcmp(file->seen.p + at, bytes.p, bytes.n) != 0)
		file->is_changed = true;
	bytes_set(&file->seen, at, bytes.p, bytes.n);
	if (file->seen.size != old)
		note_length(file, when);
	for (size_t s = at / DISKFILE_SECTOR;
	     s * DISKFILE_SECTOR < at + bytes.n; s++)
		note_piece(file, when, s);
}

void
diskfile_empty(struct diskfile *file, uint64_t when)
{
	if (file->seen.size == 0)
		return;
	bytes_resize(&file->seen, 0);
	note_length(file, when);
	file->is_changed = true;
}

void
diskfile_sync(struct diskfile *file)
{
	size_t kept = 0;

	bytes_resize(&file->durable, file->seen.size);
	file->lengths_n = 0;
	for (size_t i = 0; i < file->pieces_n; i++) {
		uint8_t now[DISKFILE_SECTOR];
		const struct diskfile_piece *piece = &file->pieces[i];

		if (piece->is_lost)
			continue;
		sector_get(&file->seen, piece->sector, now);
		sector_set(&file->durable, piece->sector, now);
		/* Whatever was lost there before is written with it. */
		for (size_t j = 0; j < i; j++)
			if (file->pieces[j].sector == piece->sector)
				file->pieces[j].is_lost = false;
	}
	for (size_t i = 0; i < file->pieces_n; i++)
		if (file->pieces[i].is_lost)
			file->pieces[kept++] = file->pieces[i];
	file->pieces_n = kept;
}

void
diskfile_lose(struct diskfile *file)
{
	for (size_t i = 0; i < file->pieces_n; i++)
		file->pieces[i].is_lost = true;
}

void
diskfile_find(struct diskfile *file)
{
	for (size_t i = 0; i < file->pieces_n; i++)
		file->pieces[i].is_lost = false;
}

uint32_t
diskfile_chance(struct diskfile_image *image, uint64_t below)
{
	image->chance =
	    image->chance * 6364136223846793005u + 1442695040888963407u;
	return ((uint32_t)((image->chance >> 33) % below));
}

bool
diskfile_is_kept(struct diskfile_image *image, uint64_t when)
{
	switch (image->kind) {
	case DISKMODEL_ALL:
		return (true);
	case DISKMODEL_IN_ORDER:
		return (when < image->until ||
		    (when == image->until && diskfile_chance(image, 2) == 0));
	case DISKMODEL_ANY:
		return (diskfile_chance(image, 2) == 0);
	default:
		return (false);
	}
}

void
diskfile_restart(struct diskfile *file, struct diskfile_image *image)
{
	size_t durable = file->durable.size;

	for (size_t i = 0; i < file->lengths_n; i++)
		if (diskfile_is_kept(image, file->lengths[i].when))
			bytes_resize(&file->durable, file->lengths[i].size);
	/* A length without the bytes: any old block may lie there. */
	if (image->kind == DISKMODEL_ANY && diskfile_chance(image, 2) == 0)
		for (size_t i = durable; i < file->durable.size; i++)
			file->durable.p[i] =
			    (uint8_t)diskfile_chance(image, 256);
	for (size_t i = 0; i < file->pieces_n; i++)
		if (diskfile_is_kept(image, file->pieces[i].when))
			sector_set(&file->durable, file->pieces[i].sector,
			    file->pieces[i].bytes);
}

void
diskfile_keep(struct diskfile *to, const struct diskfile *from)
{
	*to = (struct diskfile){ .pieces = NULL };
	bytes_copy(&to->durable, &from->durable);
	bytes_copy(&to->seen, &from->durable);
}

void
diskfile_copy(struct diskfile *to, const struct diskfile *from)
{
	*to = (struct diskfile){ .is_changed = from->is_changed };
	bytes_copy(&to->seen, &from->seen);
	bytes_copy(&to->durable, &from->durable);
	for (; to->pieces_n < from->pieces_n; to->pieces_n++) {
		to->pieces = diskfile_grow(to->pieces, to->pieces_n,
		    &to->pieces_cap, sizeof(*to->pieces));
		to->pieces[to->pieces_n] = from->pieces[to->pieces_n];
	}
	for (; to->lengths_n < from->lengths_n; to->lengths_n++) {
		to->lengths = diskfile_grow(to->lengths, to->lengths_n,
		    &to->lengths_cap, sizeof(*to->lengths));
		to->lengths[to->lengths_n] = from->lengths[to->lengths_n];
	}
}

void
diskfile_wipe(struct diskfile *file)
{
	free(file->seen.p);
	free(file->durable.p);
	free(file->pieces);
	free(file->lengths);
}

size_t
diskfile_names_find(const struct diskfile_names *names, const char *name,
    bool *found)
{
	size_t low = 0, high = names->n;

	*found = false;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, names->fates[middle].name);

		if (order == 0) {
			*found = true;
			return (middle);
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return (low);
}

void
diskfile_names_append(struct diskfile_names *names,
    const struct diskfile_fate *fate)
{
	names->fates = diskfile_grow(names->fates, names->n, &names->cap,
	    sizeof(*names->fates));
	names->fates[names->n++] = *fate;
}

void
diskfile_names_apply(struct diskfile_names *names,
    const struct diskfile_fate *fate)
{
	struct diskfile_fate *at;
	bool found;

	names->fates = diskfile_grow(names->fates, names->n, &names->cap,
	    sizeof(*names->fates));
	at = names->fates + diskfile_names_find(names, fate->name, &found);
	if (!found && fate->file < 0)
		return;
	if (found && fate->file < 0) {
		names->n--;
		memmove(at, at + 1,
		    (size_t)(names->fates + names->n - at) * sizeof(*at));
		return;
	}
	if (!found) {
		memmove(at + 1, at,
		    (size_t)(names->fates + names->n - at) * sizeof(*at));
		names->n++;
	}
	*at = *fate;
}

void
diskfile_names_copy(struct diskfile_names *to,
    const struct diskfile_names *from)
{
	*to = (struct diskfile_names){ .fates = NULL };
	for (size_t i = 0; i < from->n; i++)
		diskfile_names_append(to, &from->fates[i]);
}
