/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "teehost/keycache.h"
#include "teehost/gpobject.h"

#define HEAD_LEN 16

struct teehost_stored *
teehost_stored_find(struct teehost_instance *self, struct soter_span id)
{
	struct teehost_stored *s = self->stored;

	while (s != NULL && !soter_span_equal(soter_span(s->id, s->id_n), id))
		s = s->next;
	return (s);
}

enum soter_rc
teehost_stored_new(struct teehost_stored **out, struct teehost_instance *self,
    struct soter_span id, const struct teehost_head *head,
    struct soter_span data)
{
	struct teehost_stored *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return (SOTER_E_NOMEM);
	s->data = calloc(1, data.n + 1);
	if (s->data == NULL) {
		free(s);
		return (SOTER_E_NOMEM);
	}
	soter_copy(s->id, id.p, id.n);
	s->id_n = id.n;
	s->head = *head;
	if (s->head.material != NULL)
		teehost_material_hold(s->head.material);
	soter_copy(s->data, data.p, data.n);
	s->data_n = data.n;
	s->next = self->stored;
	self->stored = s;
	*out = s;
	return (SOTER_OK);
}

void
teehost_stored_free(struct teehost_stored **s, struct teehost_instance *self)
{
	struct teehost_stored *x = *s, **at = &self->stored;

	*s = NULL;
	if (x == NULL)
		return;
	while (*at != x)
		at = &(*at)->next;
	*at = x->next;
	teehost_material_drop(&x->head.material);
	soter_wipe(x->data, x->data_n);
	free(x->data);
	free(x);
}

void
teehost_stored_drop(struct teehost_stored **s, struct teehost_instance *self)
{
	struct teehost_stored *x = *s;

	*s = NULL;
	if (x != NULL && --x->refs == 0)
		teehost_stored_free(&x, self);
}

/* ---- reading ----------------------------------------------------------- */

/* r moves to the data.  head->material is held once on SOTER_OK. */
static enum soter_rc
read_head(struct teehost_head *head, struct soter_reader *r)
{
	const struct teehost_type *type;
	uint32_t format;

	TRY(soter_read_le32(r, &format));
	if (format != TEEHOST_STORED_FORMAT)
		return (SOTER_E_FORMAT);
	TRY(soter_read_le32(r, &head->type));
	TRY(soter_read_le32(r, &head->max_bits));
	TRY(soter_read_le32(r, &head->usage));
	type = teehost_type_find(head->type);
	if (type == NULL && head->type != TEE_TYPE_DATA)
		return (SOTER_E_FORMAT);
	return (teehost_material_read(&head->material, type, r));
}

static enum soter_rc
read_stored(struct teehost_stored **out, struct teehost_instance *self,
    struct soter_span id)
{
	struct teehost_head head = { 0 };
	struct soter_reader r;
	uint8_t *bytes = NULL;
	uint64_t version;
	size_t n = 0;
	enum soter_rc rc;

	rc = teehost_store_get(self->setup.store, id, &bytes, &n, &version);
	if (rc != SOTER_OK)
		goto out;
	r = soter_reader(soter_span(bytes, n));
	rc = read_head(&head, &r);
	/* The storage vouches for the bytes, so we wrote them: or did not. */
	if (rc != SOTER_OK && rc != SOTER_E_NOMEM)
		rc = SOTER_E_CORRUPT;
	if (rc != SOTER_OK)
		goto out;
	teehost_keycache_put(self->keys, version, &head,
	    soter_span(r.p, r.left));
	rc = teehost_stored_new(out, self, id, &head, soter_span(r.p, r.left));
out:
	teehost_material_drop(&head.material);
	teehost_store_free(bytes, n);
	return (rc);
}

enum soter_rc
teehost_stored_load(struct teehost_stored **out, struct teehost_instance *self,
    struct soter_span id)
{
	struct teehost_head head;
	struct soter_span data;
	uint64_t version;

	TRY(teehost_store_version(self->setup.store, id, &version));
	if (teehost_keycache_get(self->keys, version, &head, &data))
		return (teehost_stored_new(out, self, id, &head, data));
	return (read_stored(out, self, id));
}

/* ---- writing ----------------------------------------------------------- */

static enum soter_rc
write_all(struct soter_writer *w, const struct teehost_head *head,
    struct soter_span data)
{
	TRY(soter_write_le32(w, TEEHOST_STORED_FORMAT));
	TRY(soter_write_le32(w, head->type));
	TRY(soter_write_le32(w, head->max_bits));
	TRY(soter_write_le32(w, head->usage));
	TRY(teehost_material_write(w, head->material));
	return (soter_write(w, data));
}

enum soter_rc
teehost_stored_save(const struct teehost_stored *s,
    struct teehost_instance *self, const struct teehost_head *head,
    struct soter_span data, bool overwrite)
{
	const struct soter_span id = soter_span(s->id, s->id_n);
	size_t n = HEAD_LEN + teehost_material_size(head->material);
	struct soter_writer w = { 0 };
	uint64_t version, before = 0;
	enum soter_rc rc = SOTER_E_LIMIT;

	if (data.n > TEEHOST_OBJECT_MAX - n)
		goto out;
	w = soter_writer(malloc(n + data.n), n + data.n);
	rc = SOTER_E_NOMEM;
	if (w.p == NULL)
		goto out;
	rc = write_all(&w, head, data);
	if (rc != SOTER_OK)
		goto out;
	if (teehost_store_version(self->setup.store, id, &before) != SOTER_OK)
		before = 0;
	rc = teehost_store_put(self->setup.store, id, soter_written(&w),
	    overwrite);
	if (rc != SOTER_OK)
		goto out;

	/* Its key, ready as it may be, under the new version. */
	teehost_keycache_forget(self->keys, before);
	if (teehost_store_version(self->setup.store, id, &version) == SOTER_OK)
		teehost_keycache_put(self->keys, version, head, data);
out:
	if (w.p != NULL)
		soter_wipe(w.p, w.len);
	free(w.p);
	return (rc);
}
