/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "teehost/keycache.h"

struct teehost_keycache {
	uint64_t now; /* counts uses */
	struct row {
		struct teehost_head head; /* without material: free */
		uint64_t version, used;
		size_t data_n;
		uint8_t data[TEEHOST_KEYCACHE_DATA_MAX];
	} rows[TEEHOST_KEYCACHE_MAX];
};

enum soter_rc
teehost_keycache_new(struct teehost_keycache **out)
{
	*out = calloc(1, sizeof(**out));
	return (*out == NULL ? SOTER_E_NOMEM : SOTER_OK);
}

static void
empty(struct row *row)
{
	teehost_material_drop(&row->head.material);
	soter_wipe(row->data, sizeof(row->data));
}

void
teehost_keycache_free(struct teehost_keycache **keys)
{
	struct teehost_keycache *x = *keys;

	*keys = NULL;
	if (x == NULL)
		return;
	for (size_t i = 0; i < SOTER_COUNT(x->rows); i++)
		empty(&x->rows[i]);
	free(x);
}

static size_t
find(const struct teehost_keycache *keys, uint64_t version)
{
	size_t i = 0;

	while (i < SOTER_COUNT(keys->rows) &&
	    (keys->rows[i].head.material == NULL ||
		keys->rows[i].version != version))
		i++;
	return (i);
}

bool
teehost_keycache_get(struct teehost_keycache *keys, uint64_t version,
    struct teehost_head *head, struct soter_span *data)
{
	size_t i = find(keys, version);

	if (i == SOTER_COUNT(keys->rows))
		return (false);
	keys->rows[i].used = ++keys->now;
	*head = keys->rows[i].head;
	*data = soter_span(keys->rows[i].data, keys->rows[i].data_n);
	return (true);
}

/* A free row, else the one that was used longest ago. */
static size_t
victim(const struct teehost_keycache *keys)
{
	size_t best = 0;

	for (size_t i = 0; i < SOTER_COUNT(keys->rows); i++) {
		if (keys->rows[i].head.material == NULL)
			return (i);
		if (keys->rows[i].used < keys->rows[best].used)
			best = i;
	}
	return (best);
}

void
teehost_keycache_put(struct teehost_keycache *keys, uint64_t version,
    const struct teehost_head *head, struct soter_span data)
{
	struct row *row = &keys->rows[victim(keys)];

	if (head->type != TEE_TYPE_RSA_KEYPAIR || head->material == NULL ||
	    data.n > sizeof(row->data) ||
	    find(keys, version) < SOTER_COUNT(keys->rows))
		return;
	empty(row);
	row->head = *head;
	teehost_material_hold(row->head.material);
	row->version = version;
	row->used = ++keys->now;
	soter_copy(row->data, data.p, data.n);
	row->data_n = data.n;
}

void
teehost_keycache_forget(struct teehost_keycache *keys, uint64_t version)
{
	size_t i = find(keys, version);

	if (i < SOTER_COUNT(keys->rows))
		empty(&keys->rows[i]);
}

size_t
teehost_keycache_count(const struct teehost_keycache *keys)
{
	size_t n = 0;

	for (size_t i = 0; i < SOTER_COUNT(keys->rows); i++)
		n += keys->rows[i].head.material == NULL ? 0 : 1;
	return (n);
}
