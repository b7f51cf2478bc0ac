/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "teehost/keycache.h"

struct teehost_keycache {
	uint64_t now; /* counts uses */
	struct {
		struct teehost_material *m; /* NULL: free */
		uint64_t version, used;
	} rows[TEEHOST_KEYCACHE_MAX];
};

enum soter_rc
teehost_keycache_new(struct teehost_keycache **out)
{
	*out = calloc(1, sizeof(**out));
	return (*out == NULL ? SOTER_E_NOMEM : SOTER_OK);
}

void
teehost_keycache_free(struct teehost_keycache **keys)
{
	struct teehost_keycache *x = *keys;

	*keys = NULL;
	if (x == NULL)
		return;
	for (size_t i = 0; i < SOTER_COUNT(x->rows); i++)
		teehost_material_drop(&x->rows[i].m);
	free(x);
}

static size_t
find(const struct teehost_keycache *keys, uint64_t version)
{
	size_t i = 0;

	while (i < SOTER_COUNT(keys->rows) &&
	    (keys->rows[i].m == NULL || keys->rows[i].version != version))
		i++;
	return (i);
}

struct teehost_material *
teehost_keycache_get(struct teehost_keycache *keys, uint64_t version)
{
	size_t i = find(keys, version);

	if (i == SOTER_COUNT(keys->rows))
		return (NULL);
	keys->rows[i].used = ++keys->now;
	return (teehost_material_hold(keys->rows[i].m));
}

/* A free row, else the one that was used longest ago. */
static size_t
victim(const struct teehost_keycache *keys)
{
	size_t best = 0;

	for (size_t i = 0; i < SOTER_COUNT(keys->rows); i++) {
		if (keys->rows[i].m == NULL)
			return (i);
		if (keys->rows[i].used < keys->rows[best].used)
			best = i;
	}
	return (best);
}

void
teehost_keycache_put(struct teehost_keycache *keys, uint64_t version,
    struct teehost_material *m)
{
	size_t i = victim(keys);

	if (m == NULL || m->type->type != TEE_TYPE_RSA_KEYPAIR ||
	    find(keys, version) < SOTER_COUNT(keys->rows))
		return;
	teehost_material_drop(&keys->rows[i].m);
	keys->rows[i].m = teehost_material_hold(m);
	keys->rows[i].version = version;
	keys->rows[i].used = ++keys->now;
}

void
teehost_keycache_forget(struct teehost_keycache *keys, uint64_t version)
{
	size_t i = find(keys, version);

	if (i < SOTER_COUNT(keys->rows))
		teehost_material_drop(&keys->rows[i].m);
}

size_t
teehost_keycache_count(const struct teehost_keycache *keys)
{
	size_t n = 0;

	for (size_t i = 0; i < SOTER_COUNT(keys->rows); i++)
		n += keys->rows[i].m == NULL ? 0 : 1;
	return (n);
}
