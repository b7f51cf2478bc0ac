/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store/arena.h -- bytes of one batch's answers, in memory that grows.
 */
#ifndef SOTER_STORE_ARENA_H
#define SOTER_STORE_ARENA_H

#include "base/span.h"

struct store_arena {
	uint8_t *p;
	size_t len, cap;
};

/**
 * Append bytes.
 *
 * at  receives where: an offset, since p moves as it grows.
 *
 * SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc store_arena_add(struct store_arena *arena,
    struct soter_span bytes, size_t *at);

void store_arena_free(struct store_arena *arena);

#endif
