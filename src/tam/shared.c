/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include <gmp.h>

#include "tam/shared.h"

#define LEVELS_MAX 48

/* Products of pairs of what is below, down to the moduli. */
struct tree {
	mpz_t *node[LEVELS_MAX]; /* owned */
	size_t n[LEVELS_MAX];
	size_t levels;
};

static void
tree_free(struct tree *t)
{
	for (size_t level = 0; level < t->levels; level++) {
		for (size_t i = 0; i < t->n[level]; i++)
			mpz_clear(t->node[level][i]);
		free(t->node[level]);
	}
	t->levels = 0;
}

/* A level of n numbers, all zero. */
static enum soter_rc
add_level(struct tree *t, size_t n)
{
	mpz_t *node = malloc(n * sizeof(*node));

	if (node == NULL)
		return (SOTER_E_NOMEM);
	for (size_t i = 0; i < n; i++)
		mpz_init(node[i]);
	t->node[t->levels] = node;
	t->n[t->levels++] = n;
	return (SOTER_OK);
}

/* Zero, as in a store that somebody changed, is no factor: it would take all
 * others along. */
static void
from_bytes(mpz_t out, const uint8_t n[SOTER_RSA_LEN])
{
	mpz_import(out, SOTER_RSA_LEN, 1, 1, 1, 0, n);
	if (mpz_sgn(out) == 0)
		mpz_set_ui(out, 1);
}

static enum soter_rc
tree_make(struct tree *t, const uint8_t (*moduli)[SOTER_RSA_LEN], size_t n)
{
	TRY(add_level(t, n));
	for (size_t i = 0; i < n; i++)
		from_bytes(t->node[0][i], moduli[i]);
	while (n > 1) {
		mpz_t *below = t->node[t->levels - 1], *here;

		TRY(add_level(t, (n + 1) / 2));
		here = t->node[t->levels - 1];
		for (size_t i = 0; i < n / 2; i++)
			mpz_mul(here[i], below[2 * i], below[2 * i + 1]);
		if (n % 2 == 1)
			mpz_set(here[n / 2], below[n - 1]);
		n = (n + 1) / 2;
	}
	return (SOTER_OK);
}

static mpz_t *
top_of(struct tree *t)
{
	return (&t->node[t->levels - 1][0]);
}

/* Each number becomes the top, modulo the square of what it was. */
static void
take_down(struct tree *t)
{
	mpz_t square;

	mpz_init(square);
	for (size_t level = t->levels - 1; level-- > 0;)
		for (size_t i = 0; i < t->n[level]; i++) {
			mpz_t *at = &t->node[level][i];

			mpz_mul(square, *at, *at);
			mpz_mod(*at, t->node[level + 1][i / 2], square);
		}
	mpz_clear(square);
}

/* ---- a chunk ------------------------------------------------------------- */

struct work {
	const struct tam_shared *x;
	mpz_t *product; /* of each chunk */
	size_t chunks, done;
};

static size_t
chunk_begin(const struct work *w, size_t chunk)
{
	return (chunk * w->x->chunk);
}

static size_t
chunk_len(const struct work *w, size_t chunk)
{
	size_t left = w->x->n - chunk_begin(w, chunk);

	return (left < w->x->chunk ? left : w->x->chunk);
}

static void
step(struct work *w)
{
	w->done++;
	if (w->x->step != NULL)
		w->x->step(w->x->context, w->done, w->chunks * (w->chunks + 1));
}

static enum soter_rc
multiply(struct work *w, size_t chunk)
{
	struct tree t = { .levels = 0 };
	enum soter_rc rc = tree_make(&t, w->x->moduli + chunk_begin(w, chunk),
	    chunk_len(w, chunk));

	if (rc == SOTER_OK)
		mpz_set(w->product[chunk], *top_of(&t));
	tree_free(&t);
	step(w);
	return (rc);
}

/* top: P, the chunk's own product, becomes P times the others modulo P^2. */
static void
bring_in_others(struct work *w, size_t chunk, mpz_t top)
{
	mpz_t others;

	mpz_init_set_ui(others, 1);
	for (size_t i = 0; i < w->chunks; i++) {
		if (i != chunk) {
			mpz_mul(others, others, w->product[i]);
			mpz_mod(others, others, top);
		}
		step(w);
	}
	mpz_mul(top, top, others);
	mpz_clear(others);
}

static void
judge(const struct work *w, size_t i, const mpz_t rest)
{
	mpz_t n, z;

	mpz_init(n);
	mpz_init(z);
	from_bytes(n, w->x->moduli[i]);
	mpz_divexact(z, rest, n); /* n divides all of them */
	mpz_gcd(z, z, n);
	w->x->is_shared[i] = mpz_cmp_ui(z, 1) != 0;
	mpz_clear(z);
	mpz_clear(n);
}

static enum soter_rc
compare(struct work *w, size_t chunk)
{
	size_t begin = chunk_begin(w, chunk), n = chunk_len(w, chunk);
	struct tree t = { .levels = 0 };
	enum soter_rc rc = tree_make(&t, w->x->moduli + begin, n);

	if (rc == SOTER_OK) {
		bring_in_others(w, chunk, *top_of(&t));
		take_down(&t);
		for (size_t i = 0; i < n; i++)
			judge(w, begin + i, t.node[0][i]);
	}
	tree_free(&t);
	return (rc);
}

/* ---- all ----------------------------------------------------------------- */

enum soter_rc
tam_shared_find(const struct tam_shared *x)
{
	struct work w = { .x = x };
	enum soter_rc rc = SOTER_OK;

	w.chunks = x->n / x->chunk + (x->n % x->chunk != 0);
	w.product = malloc((w.chunks + 1) * sizeof(*w.product));
	if (w.product == NULL)
		return (SOTER_E_NOMEM);
	for (size_t i = 0; i < w.chunks; i++)
		mpz_init(w.product[i]);
	for (size_t i = 0; rc == SOTER_OK && i < w.chunks; i++)
		rc = multiply(&w, i);
	for (size_t i = 0; rc == SOTER_OK && i < w.chunks; i++)
		rc = compare(&w, i);
	for (size_t i = 0; i < w.chunks; i++)
		mpz_clear(w.product[i]);
	free(w.product);
	return (rc);
}

bool
tam_shared_pair(const uint8_t a[SOTER_RSA_LEN], const uint8_t b[SOTER_RSA_LEN])
{
	bool is_shared;
	mpz_t x, y;

	mpz_init(x);
	mpz_init(y);
	from_bytes(x, a);
	from_bytes(y, b);
	is_shared = mpz_cmp(x, y) != 0;
	mpz_gcd(x, x, y);
	is_shared = is_shared && mpz_cmp_ui(x, 1) != 0;
	mpz_clear(x);
	mpz_clear(y);
	return (is_shared);
}
