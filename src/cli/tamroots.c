/* SPDX-License-Identifier: BSD-3-Clause */
/* soter tam device audit: all roots, compared with all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/print.h"
#include "cli/tamact.h"
#include "crypto/policy.h"
#include "tam/intake.h"
#include "tam/shared.h"

#define FOUND_MAX 256 /* so many are told apart, pair by pair */

/* A root that stands out, and of which device. */
struct found {
	char device_id[SOTER_CPU_ID_MAX + 1];
	struct tam_root root;
	enum soter_rc why;
};

struct roots {
	uint8_t (*moduli)[SOTER_RSA_LEN]; /* owned */
	bool *is_shared;		  /* owned */
	size_t n, room;
	size_t roots; /* as many as there are; moduli, once for each device */

	struct found *found; /* owned */
	size_t found_n;	     /* at most FOUND_MAX */
	uint64_t more;	     /* those that found no place */
	size_t at;	     /* of the second pass, in moduli */
	bool has_bar;
};

/* Where the same key stands among those before; i if nowhere: a device may have
 * it in both classes, and shares nothing with itself. */
static size_t
first_of(const struct tam_device *device, size_t i)
{
	size_t first = 0;

	while (device->root[first].kind != TAM_ROOT_KEY ||
	    memcmp(device->root[first].n, device->root[i].n, SOTER_RSA_LEN) !=
		0)
		first++;
	return (first);
}

/* ---- the first pass ------------------------------------------------------ */

static enum soter_rc
add_modulus(struct roots *x, const uint8_t n[SOTER_RSA_LEN])
{
	if (x->n == x->room) {
		size_t room = x->room == 0 ? 4096 : 2 * x->room;
		void *moduli = realloc(x->moduli, room * SOTER_RSA_LEN);

		if (moduli == NULL)
			return (SOTER_E_NOMEM);
		x->moduli = moduli;
		x->room = room;
	}
	soter_copy(x->moduli[x->n++], n, SOTER_RSA_LEN);
	return (SOTER_OK);
}

static enum soter_rc
collect(void *context, const struct soter_record *record)
{
	struct roots *x = context;
	struct tam_device device;

	TRY(tam_device_parse(&device, record->value));
	for (size_t i = 0; i < device.n; i++) {
		if (device.root[i].kind != TAM_ROOT_KEY)
			continue;
		x->roots++;
		if (first_of(&device, i) == i)
			TRY(add_modulus(x, device.root[i].n));
	}
	return (SOTER_OK);
}

/* ---- the second pass ----------------------------------------------------- */

static enum soter_rc
policy_of(const struct tam_root *root)
{
	struct soter_key key = { .alg = SOTER_ALG_RSA,
		.e = 65537,
		.n_len = SOTER_RSA_LEN };

	soter_copy(key.n, root->n, SOTER_RSA_LEN);
	return (soter_key_policy(&key, SOTER_RSA_LEN));
}

/* Was it found to share a prime?  Roots that came meanwhile are not asked. */
static bool
is_shared(struct roots *x, const struct tam_root *root)
{
	size_t i = x->at;

	while (i < x->n && memcmp(x->moduli[i], root->n, SOTER_RSA_LEN) != 0)
		i++;
	if (i == x->n)
		return (false);
	x->at = i + 1;
	return (x->is_shared[i]);
}

static void
add_found(struct roots *x, struct soter_span key, const struct tam_root *root,
    enum soter_rc why)
{
	struct found *f = &x->found[x->found_n];

	if (x->found_n == FOUND_MAX) {
		x->more++;
		return;
	}
	x->found_n++;
	*f = (struct found){ .root = *root, .why = why };
	/* The key is the device id and a zero byte. */
	soter_copy(f->device_id, key.p,
	    key.n - 1 < SOTER_CPU_ID_MAX ? key.n - 1 : SOTER_CPU_ID_MAX);
}

static enum soter_rc
name_those(void *context, const struct soter_record *record)
{
	struct roots *x = context;
	struct tam_device device;
	bool shares[TAM_ROOTS_MAX];

	TRY(tam_device_parse(&device, record->value));
	for (size_t i = 0; i < device.n; i++) {
		const struct tam_root *root = &device.root[i];
		enum soter_rc why;
		size_t first;

		if (root->kind != TAM_ROOT_KEY)
			continue;
		first = first_of(&device, i);
		shares[i] = first < i ? shares[first] : is_shared(x, root);
		why = policy_of(root);
		if (shares[i] && why == SOTER_OK)
			why = SOTER_E_ATTK_PRIME;
		if (why != SOTER_OK)
			add_found(x, record->key, root, why);
	}
	return (SOTER_OK);
}

/* ---- the answer ---------------------------------------------------------- */

static bool
is_partner(const struct found *a, const struct found *b)
{
	if (memcmp(a->root.n, b->root.n, SOTER_RSA_LEN) == 0)
		return (strcmp(a->device_id, b->device_id) != 0);
	return (tam_shared_pair(a->root.n, b->root.n));
}

static enum soter_rc
put_found(json_t *all, const struct roots *x, const struct found *f)
{
	json_t *one, *with;

	TRY(tree_append_object(all, &one));
	TRY(tree_put_text(one, "device_id", f->device_id));
	TRY(tree_put_text(one, "class", tam_class_word(f->root.cls)));
	TRY(tree_put_number(one, "attk_version", f->root.attk_version));
	TRY(tree_put_text(one, "status", tam_status_word(f->root.status)));
	TRY(tree_put_text(one, "why", soter_rc_word(f->why)));
	if (f->why != SOTER_E_ATTK_PRIME)
		return (SOTER_OK);
	TRY(tree_put_array(one, "with", &with));
	for (size_t i = 0; i < x->found_n; i++)
		if (&x->found[i] != f && is_partner(f, &x->found[i]))
			TRY(tree_append_text(with, x->found[i].device_id));
	return (SOTER_OK);
}

static enum soter_rc
put_all(json_t *to, const struct roots *x, enum soter_rc *worst)
{
	json_t *all;

	TRY(tree_put_number(to, "roots", x->roots));
	TRY(tree_put_array(to, "found", &all));
	for (size_t i = 0; i < x->found_n; i++) {
		const struct found *f = &x->found[i];

		if (*worst != SOTER_E_ATTK_PRIME)
			*worst = f->why;
		TRY(put_found(all, x, f));
	}
	return (x->more == 0 ? SOTER_OK : tree_put_number(to, "more", x->more));
}

/* ---- the verb ------------------------------------------------------------ */

static void
show_step(void *context, size_t done, size_t all)
{
	const struct roots *x = context;

	if (x->has_bar)
		fprintf(stderr, "\r%3zu %%  %zu roots", 100 * done / all, x->n);
}

static enum soter_rc
look(struct roots *x, const struct tamact *tam)
{
	struct tam_shared find = { .chunk = TAM_SHARED_CHUNK,
		.step = show_step,
		.context = x };

	TRY(tamact_scan(tam, SOTER_KIND_ROOTS, TAM_DEVICES_AFTER, collect, x));
	x->is_shared = calloc(x->n + 1, sizeof(*x->is_shared));
	x->found = malloc(FOUND_MAX * sizeof(*x->found));
	if (x->is_shared == NULL || x->found == NULL)
		return (SOTER_E_NOMEM);
	find.moduli = (const uint8_t(*)[SOTER_RSA_LEN])x->moduli;
	find.is_shared = x->is_shared;
	find.n = x->n;
	TRY(tam_shared_find(&find));
	return (tamact_scan(tam, SOTER_KIND_ROOTS, TAM_DEVICES_AFTER,
	    name_those, x));
}

enum soter_rc
tamroots_audit(const struct tamline *line, const struct tamact *tam, json_t *to)
{
	struct roots x = { .has_bar = isatty(STDERR_FILENO) == 1 };
	enum soter_rc rc = look(&x, tam), worst = SOTER_OK;

	(void)line;
	if (x.has_bar)
		fputs("\r\033[K", stderr);
	if (rc == SOTER_OK)
		rc = put_all(to, &x, &worst);
	free(x.moduli);
	free(x.is_shared);
	free(x.found);
	return (rc == SOTER_OK ? worst : rc);
}
