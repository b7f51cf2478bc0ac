/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/diskmodel.h -- a folder on a disk that forgets.
 *
 * It implements teehost/disk.h in memory and keeps apart what the processes see
 * and what is durable.  A killed process leaves everything that was written; a
 * power cut takes away what was not covered by a sync of the file AND, for a
 * name made or removed, of the folder.
 *
 *	power.cut_at = n		the n-th operation from the start fails,
 *					and all behind it: the power is off
 *	diskmodel_restart(m, ...)	one of the images that a real file
 *					system may then show
 *
 * To look at many images of one cut, copy the model before each restart.
 *
 * What an image holds, at worst: each 512 bytes of a file as any of the writes
 * since its last sync left them, a file with any of its lengths since then, and
 * a name with any of its fates since the last sync of the folder.  Behind a
 * length that grew unsynced there may be anything.
 */
#ifndef SOTER_TESTS_DISKMODEL_H
#define SOTER_TESTS_DISKMODEL_H

#include "teehost/anchor.h"
#include "teehost/disk.h"

/* The machine's power; one for all disks and anchors of one machine. */
struct diskmodel_power {
	uint64_t done;	 /* operations so far: those that change or sync */
	uint64_t cut_at; /* 0: never */
	bool is_off;
};

/* The syncs, by what they make durable. */
enum diskmodel_sync {
	DISKMODEL_SYNC_NONE,
	DISKMODEL_SYNC_OBJECT,	   /* an object's file */
	DISKMODEL_SYNC_OBJECT_DIR, /* the folder, after an object was made */
	DISKMODEL_SYNC_INDEX,
	DISKMODEL_SYNC_INDEX_DIR,
	DISKMODEL_SYNC_ANCHOR,
	DISKMODEL_SYNC_ANCHOR_DIR,
	DISKMODEL_SYNC_KEY,
	DISKMODEL_SYNC_KEY_DIR,
	/* By a process that has not changed anything: of what it found. */
	DISKMODEL_SYNC_ANCHOR_FOUND,
	DISKMODEL_SYNC_KEY_FOUND,
	DISKMODEL_SYNC_DIR_FOUND,
	DISKMODEL_SYNC_OTHER,
	DISKMODEL_SYNC_KINDS
};

enum diskmodel_image {
	DISKMODEL_NOTHING,  /* of what was not synced */
	DISKMODEL_ALL,	    /* of it */
	DISKMODEL_IN_ORDER, /* up to some operation, that one torn */
	DISKMODEL_ANY,	    /* each piece by itself */
	DISKMODEL_IMAGES
};

struct diskmodel;

/* What goes wrong; set at any time. */
struct diskmodel_faults {
	uint64_t free_bytes; /* UINT64_MAX in the beginning: never full */
	bool is_read_only;
	bool is_locked; /* by another process */
	/* The n-th operation from here fails; a sync leaves its file unclear */
	uint64_t fail_in;	     /* 0: none */
	enum diskmodel_sync ignored; /* returns success, does nothing */
	/* ... the syncs that were ignored */
	uint64_t ignored_n;
};

/** power is borrowed; NULL: one of its own. */
struct diskmodel *diskmodel_new(struct diskmodel_power *power);
void diskmodel_free(struct diskmodel **m);

/** Everything as it is now, seen and durable, on another machine. */
struct diskmodel *diskmodel_copy(const struct diskmodel *m,
    struct diskmodel_power *power);

struct diskmodel_power *diskmodel_power(struct diskmodel *m);
struct diskmodel_faults *diskmodel_faults(struct diskmodel *m);

/**
 * A process opens the folder; borrowed from m.  Its close() is that process'
 * death: what was seen stays.  One at a time.
 */
struct teehost_disk *diskmodel_disk(struct diskmodel *m);

/**
 * An anchor of the same machine that no copy of the folder takes back; borrowed
 * from m.  Its step is atomic, and counts as two operations: one before it took
 * place and one after.  diskmodel_set_anchor() puts a value there.
 */
struct teehost_anchor *diskmodel_anchor(struct diskmodel *m);
void diskmodel_set_anchor(struct diskmodel *m,
    const uint8_t value[TEEHOST_ANCHOR_LEN]);

/** The power is back; faults are gone, what is durable is what is seen. */
void diskmodel_restart(struct diskmodel *m, enum diskmodel_image image,
    uint32_t seed);

/** The process is killed, wherever it was, the power stays: all is still seen
 */
void diskmodel_kill(struct diskmodel *m);

/* The attacker's hands, and the test's eyes: at once, durable, uncounted. */

/** Number of files. */
size_t diskmodel_count(const struct diskmodel *m);
/** Name of file i, by name; NULL behind the last.  Borrowed. */
const char *diskmodel_name(const struct diskmodel *m, size_t i);
/** Bytes of a file; p NULL if there is none.  Borrowed until it changes. */
struct soter_span diskmodel_look(const struct diskmodel *m, const char *file);
void diskmodel_put(struct diskmodel *m, const char *file,
    struct soter_span bytes);
/** No file, no change. */
void diskmodel_drop(struct diskmodel *m, const char *file);
/** Is every file the same in both? */
bool diskmodel_same(const struct diskmodel *a, const struct diskmodel *b);

#endif
