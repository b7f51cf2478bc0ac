/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/disk.h -- the few things that secure storage does to a directory,
 * behind one table, so that the tests can put a model of a disk below it that
 * forgets what was not synced when the power is cut.
 *
 * Files are named within one directory; no name holds a slash.  Nothing here
 * is durable before the sync that its comment names.
 */
#ifndef SOTER_TEEHOST_DISK_H
#define SOTER_TEEHOST_DISK_H

#include "base/span.h"

#define TEEHOST_FILE_NAME_MAX 63

struct teehost_disk;

struct teehost_disk_ops {
	const char *name;

	/**
	 * Read a whole file into memory of its own, free with free().
	 * SOTER_E_NOTFOUND, SOTER_E_LIMIT (longer than max), SOTER_E_NOMEM,
	 * SOTER_E_STORAGE.
	 */
	enum soter_rc (*read)(struct teehost_disk *, const char *file,
	    size_t max, uint8_t **out, size_t *n);

	/**
	 * Write bytes at an offset; what lies between the old end and the
	 * offset becomes zero.  With create the file begins empty, whether it
	 * was there or not; without, it must be there.
	 * Durable after sync() of the file, and of the directory if it is new.
	 * SOTER_E_NOTFOUND; SOTER_E_FULL, SOTER_E_STORAGE: the file may hold
	 * any part of it.
	 */
	enum soter_rc (*write)(struct teehost_disk *, const char *file,
	    bool create, uint64_t offset, struct soter_span bytes);

	/**
	 * fsync of a file.  After an error nobody knows what is durable, and a
	 * second sync may say yes without having written anything: write again.
	 * SOTER_E_NOTFOUND, SOTER_E_FULL, SOTER_E_STORAGE.
	 */
	enum soter_rc (*sync)(struct teehost_disk *, const char *file);

	/** fsync of the directory.  SOTER_E_STORAGE. */
	enum soter_rc (*sync_dir)(struct teehost_disk *);

	/** Durable after sync_dir().  SOTER_E_NOTFOUND, SOTER_E_STORAGE. */
	enum soter_rc (*remove)(struct teehost_disk *, const char *file);

	/**
	 * Name of entry number i, folders included, in any order that holds
	 * while nothing is made or removed.  Names longer than
	 * TEEHOST_FILE_NAME_MAX are left out.
	 * SOTER_E_NOTFOUND behind the last, SOTER_E_STORAGE.
	 */
	enum soter_rc (*list)(struct teehost_disk *, size_t i,
	    char name[TEEHOST_FILE_NAME_MAX + 1]);

	/**
	 * Keep every other process out until close(): two that write one
	 * storage would destroy it.  Waits a second for one that is dying.
	 * SOTER_E_STORAGE: somebody has it.
	 */
	enum soter_rc (*lock)(struct teehost_disk *);

	/**
	 * Can nobody but this process' user, and root, read or write the file?
	 * SOTER_E_NOTFOUND, SOTER_E_STORAGE (somebody can).
	 */
	enum soter_rc (*check_private)(struct teehost_disk *, const char *file);

	void (*close)(struct teehost_disk **);
};

/* Each provider begins its own struct with this. */
struct teehost_disk {
	const struct teehost_disk_ops *ops;
};

/**
 * The real one.  dir_fd is taken over, after an error too.
 * System calls: openat, fstat (newfstatat), read, pwrite, fdatasync, fsync,
 * unlinkat, getdents, flock, nanosleep, close.
 *
 * SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc teehost_disk_posix(struct teehost_disk **out,
    int dir_fd);

#endif
