/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/keycache.h -- private keys as they lie in storage, ready to use, by
 * the version of their object.
 *
 * A TA opens its key for each signature, as it should.  Reading the object,
 * opening its seal and making an RSA key ready (Montgomery constants, blinding)
 * would cost more than signing with it.  A version is never used twice, so what
 * is kept cannot be the wrong one, and it is what was last acknowledged even if
 * somebody put an old file back meanwhile; that is noticed when the file is
 * next read.
 */
#ifndef SOTER_TEEHOST_KEYCACHE_H
#define SOTER_TEEHOST_KEYCACHE_H

#include "teehost/gpobject.h"

#define TEEHOST_KEYCACHE_MAX	  64
#define TEEHOST_KEYCACHE_DATA_MAX 256 /* bytes of data beside a key */

struct teehost_keycache;

SOTER_MUST_CHECK enum soter_rc teehost_keycache_new(
    struct teehost_keycache **out);
void teehost_keycache_free(struct teehost_keycache **keys);

/**
 * The object of a version; false: not here.
 *
 * head, data  borrowed until the next call.
 */
bool teehost_keycache_get(struct teehost_keycache *keys, uint64_t version,
    struct teehost_head *head, struct soter_span *data);

/**
 * Keep one too, if it is a key pair with little data; the one that rested
 * longest goes.
 */
void teehost_keycache_put(struct teehost_keycache *keys, uint64_t version,
    const struct teehost_head *head, struct soter_span data);

/** How many are kept. */
size_t teehost_keycache_count(const struct teehost_keycache *keys);

/** The object is gone: so is its key. */
void teehost_keycache_forget(struct teehost_keycache *keys, uint64_t version);

#endif
