/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store/fresh.h -- a directory that becomes a store at one moment.
 *
 *	begin		nothing is there, or what an interrupted one left
 *	...		fill the two files, under names that nobody opens
 *	finish		sync them, give them their names; store.sqlite is last,
 *			and from then on it is a store
 *	end		what is not finished goes
 */
#ifndef SOTER_STORE_FRESH_H
#define SOTER_STORE_FRESH_H

#include "base/span.h"

#define STORE_PATH_MAX 4000 /* bytes of a directory's path */

struct store_fresh {
	int dir;
	bool has_made; /* the directory */
	bool is_finished;
	char where[STORE_PATH_MAX + 1];
	char roots[STORE_PATH_MAX + 40];
	char changing[STORE_PATH_MAX + 40];
};

/**
 * SOTER_E_EXISTS    there is a store, or anything else.
 * SOTER_E_BUSY      somebody else is making one.
 * SOTER_E_ARGUMENT  too long a path.
 * SOTER_E_FULL, SOTER_E_STORAGE.
 */
SOTER_MUST_CHECK enum soter_rc store_fresh_begin(struct store_fresh *f,
    const char *where);

/** The two files must be whole and closed. */
SOTER_MUST_CHECK enum soter_rc store_fresh_finish(struct store_fresh *f);

/** Also after a begin that failed. */
void store_fresh_end(struct store_fresh *f);

/** fsync of the directory that holds a path. */
SOTER_MUST_CHECK enum soter_rc store_fresh_sync_parent(const char *path);

#endif
