/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store/embedded.h -- what the tests want to say of a directory, and servers do
 * not.
 */
#ifndef SOTER_STORE_EMBEDDED_H
#define SOTER_STORE_EMBEDDED_H

#include "store/store.h"

/** soter_store_create() of an older, or a newer, schema. */
SOTER_MUST_CHECK enum soter_rc store_embedded_create_at(const char *where,
    unsigned schema);

/** soter_store_open() with a map of LMDB that begins with so many bytes. */
SOTER_MUST_CHECK enum soter_rc store_embedded_open_map(struct soter_store **out,
    const char *where, enum soter_store_mode mode, size_t map);

#endif
