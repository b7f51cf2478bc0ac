/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/diskfile.h -- one file, and the names of a folder, on the model disk:
 * as they are seen, as they are durable, and what lies between.
 */
#ifndef SOTER_TESTS_DISKFILE_H
#define SOTER_TESTS_DISKFILE_H

#include "tests/diskmodel.h"

#define DISKFILE_SECTOR 512

/* One sector as a write left it, not covered by a sync. */
struct diskfile_piece {
	uint64_t when;
	size_t sector;
	bool is_lost; /* a sync failed: no later one makes it durable */
	uint8_t bytes[DISKFILE_SECTOR];
};

struct diskfile_bytes {
	uint8_t *p; /* room for cap, zero behind size */
	size_t size, cap;
};

struct diskfile_length {
	uint64_t when;
	size_t size;
};

struct diskfile {
	struct diskfile_bytes seen, durable;
	struct diskfile_piece *pieces; /* oldest first */
	size_t pieces_n, pieces_cap;
	struct diskfile_length *lengths; /* since the last sync */
	size_t lengths_n, lengths_cap;
	bool is_changed; /* by this process */
};

/* One name's fate: it means this file from then on, or none. */
struct diskfile_fate {
	uint64_t when;
	char name[TEEHOST_FILE_NAME_MAX + 1];
	int file; /* -1: none */
};

struct diskfile_names {
	struct diskfile_fate *fates;
	size_t n, cap;
};

/* Which of the things that are not durable an image holds. */
struct diskfile_image {
	enum diskmodel_image kind;
	uint64_t until; /* in order: what was done later is not there */
	uint64_t chance;
};

/** Room for one more than n. */
void *diskfile_grow(void *p, size_t n, size_t *cap, size_t size);

/** when is the time of the operation. */
void diskfile_write(struct diskfile *file, uint64_t when, size_t at,
    struct soter_span bytes);
void diskfile_empty(struct diskfile *file, uint64_t when);

/** Everything that a sync can still reach becomes durable. */
void diskfile_sync(struct diskfile *file);

/** A sync failed: what waited for it is never written by a later one. */
void diskfile_lose(struct diskfile *file);

/** As if nothing had been lost. */
void diskfile_find(struct diskfile *file);

/** Let the durable bytes be those of an image. */
void diskfile_restart(struct diskfile *file, struct diskfile_image *image);

/** A new file, seen and durable as the other's durable bytes. */
void diskfile_keep(struct diskfile *to, const struct diskfile *from);

void diskfile_copy(struct diskfile *to, const struct diskfile *from);
void diskfile_wipe(struct diskfile *file);

/** Does the image hold what was done then?  Asked once for each thing. */
bool diskfile_is_kept(struct diskfile_image *image, uint64_t when);
uint32_t diskfile_chance(struct diskfile_image *image, uint64_t below);

/** Where a name is in a sorted list, or would be. */
size_t diskfile_names_find(const struct diskfile_names *names, const char *name,
    bool *found);
void diskfile_names_append(struct diskfile_names *names,
    const struct diskfile_fate *fate);
/** Let a name of a sorted list mean what the fate says. */
void diskfile_names_apply(struct diskfile_names *names,
    const struct diskfile_fate *fate);
void diskfile_names_copy(struct diskfile_names *to,
    const struct diskfile_names *from);

#endif
