/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/keys.h -- the few roots that somebody has the key of, and what is
 * signed with them.  They live in a PEM file of their own, mode 0600, which
 * later fleets may use again: making a thousand takes a minute.
 */
#ifndef SOTER_FLEET_KEYS_H
#define SOTER_FLEET_KEYS_H

#include "base/key.h"
#include "base/span.h"
#include "wire/limits.h"

#define FLEET_KEYS_MAX 100000

struct fleet_keys;

/**
 * Read the keys that the file has, up to n; make the others, and write all of
 * them to the file if some were made.
 *
 * path  need not be there.
 *
 * SOTER_E_READ     there, but not to be read, open to others than its owner,
 *                  or what it holds are not RSA-2048 keys.
 * SOTER_E_STORAGE  cannot be written.
 * SOTER_E_LIMIT    n is above FLEET_KEYS_MAX.
 * SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc fleet_keys_open(struct fleet_keys **out,
    const char *path, size_t n);

/** n keys that are kept nowhere.  SOTER_E_NOMEM, SOTER_E_ENGINE. */
SOTER_MUST_CHECK enum soter_rc fleet_keys_make(struct fleet_keys **out,
    size_t n);

/** The public numbers of key i; borrowed. */
const struct soter_key *fleet_keys_public(const struct fleet_keys *k, size_t i);

/**
 * Sign a text with key i as a phone does (docs/protocol.md b.4): PSS, SHA-256,
 * salt of 20 bytes.  SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc fleet_keys_sign(const struct fleet_keys *k,
    size_t i, struct soter_span text, uint8_t sig[SOTER_SIG_LEN]);

void fleet_keys_free(struct fleet_keys **k);

#endif
