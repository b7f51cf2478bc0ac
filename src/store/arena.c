/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "store/arena.h"

#define FIRST_CAP 4096

enum soter_rc
store_arena_add(struct store_arena *arena, struct soter_span bytes, size_t *at)
{
	if (bytes.n > arena->cap - arena->len) {
		size_t cap = arena->cap == 0 ? FIRST_CAP : arena->cap;
		uint8_t *p;

		while (bytes.n > cap - arena->len)
			cap *= 2; /* a batch holds 64 MiB at most */
		if ((p = realloc(arena->p, cap)) == NULL)
			return (SOTER_E_NOMEM);
		arena->p = p;
		arena->cap = cap;
	}
	*at = arena->len;
	if (bytes.n > 0)
		soter_copy(arena->p + arena->len, bytes.p, bytes.n);
	arena->len += bytes.n;
	return (SOTER_OK);
}

void
store_arena_free(struct store_arena *arena)
{
	free(arena->p);
	*arena = (struct store_arena){ NULL, 0, 0 };
}
