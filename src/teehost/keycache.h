/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/keycache.h -- decoded private keys, by the version of their object in
 * storage.
 *
 * A TA opens its key for each signature, as it should.  Making an RSA key ready
 * (Montgomery constants, blinding) would cost as much as signing with it.
 * A version is never used twice, so a cached key cannot be the wrong one; which
 * usage the object allows, and whether it may be opened at all, the object
 * itself says each time.
 */
#ifndef SOTER_TEEHOST_KEYCACHE_H
#define SOTER_TEEHOST_KEYCACHE_H

#include "teehost/material.h"

#define TEEHOST_KEYCACHE_MAX 64

struct teehost_keycache;

SOTER_MUST_CHECK enum soter_rc teehost_keycache_new(
    struct teehost_keycache **out);
void teehost_keycache_free(struct teehost_keycache **keys);

/** The material of a version, held once more; NULL: not here. */
struct teehost_material *teehost_keycache_get(struct teehost_keycache *keys,
    uint64_t version);

/** Keep it too, if it is worth it; the one that rested longest goes. */
void teehost_keycache_put(struct teehost_keycache *keys, uint64_t version,
    struct teehost_material *m);

/** How many are kept. */
size_t teehost_keycache_count(const struct teehost_keycache *keys);

/** The object is gone: so is its key. */
void teehost_keycache_forget(struct teehost_keycache *keys, uint64_t version);

#endif
