/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store/embedded.h -- a directory as the copies and the tests see it.
 */
#ifndef SOTER_STORE_EMBEDDED_H
#define SOTER_STORE_EMBEDDED_H

#include "store/store.h"

/* Its two files, open for reading. */
struct store_embedded_files {
	struct store_lasting *lasting;
	struct store_changing *changing;
	void *note; /* that this process has it open */
};

/** The codes of soter_store_open(). */
SOTER_MUST_CHECK enum soter_rc store_embedded_files_open(
    struct store_embedded_files *files, const char *where);

/** Also after an open that failed. */
void store_embedded_files_close(struct store_embedded_files *files);

/** soter_store_create() of an older, or a newer, schema. */
SOTER_MUST_CHECK enum soter_rc store_embedded_create_at(const char *where,
    unsigned schema);

/** soter_store_open() with a map of LMDB that begins with so many bytes. */
SOTER_MUST_CHECK enum soter_rc store_embedded_open_map(struct soter_store **out,
    const char *where, enum soter_store_mode mode, size_t map);

#endif
