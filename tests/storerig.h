/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/storerig.h -- a secure storage on a model disk, for tests.
 */
#ifndef SOTER_TESTS_STORERIG_H
#define SOTER_TESTS_STORERIG_H

#include <stdlib.h>
#include <string.h>

#include "tests/diskmodel.h"
#include "teehost/store.h"

struct rig {
	struct diskmodel *m;
	bool has_file_anchor; /* else the model's, which protects */
	uint8_t key[TEEHOST_KEY_LEN];
	struct teehost_disk *disk;
	struct teehost_anchor *anchor;
	struct teehost_store *store;
};

static inline void
rig_new(struct rig *rig, bool has_file_anchor)
{
	*rig = (struct rig){ .has_file_anchor = has_file_anchor };
	rig->m = diskmodel_new(NULL);
	memset(rig->key, 0x4b, sizeof(rig->key));
}

/* A process begins. */
static inline enum soter_rc
rig_open(struct rig *rig)
{
	rig->disk = diskmodel_disk(rig->m);
	if (!rig->has_file_anchor)
		rig->anchor = diskmodel_anchor(rig->m);
	else if (teehost_anchor_file(&rig->anchor, rig->disk) != SOTER_OK)
		abort();
	return (
	    teehost_store_open(&rig->store, rig->disk, rig->anchor, rig->key));
}

/* It ends. */
static inline void
rig_close(struct rig *rig)
{
	teehost_store_close(&rig->store);
	if (rig->anchor != NULL)
		rig->anchor->ops->close(&rig->anchor);
	if (rig->disk != NULL)
		rig->disk->ops->close(&rig->disk);
}

static inline enum soter_rc
rig_again(struct rig *rig)
{
	rig_close(rig);
	return (rig_open(rig));
}

static inline void
rig_free(struct rig *rig)
{
	rig_close(rig);
	diskmodel_free(&rig->m);
}

static inline struct soter_span
rig_text(const char *text)
{
	return (soter_span(text, strlen(text)));
}

static inline enum soter_rc
rig_put(struct rig *rig, const char *id, const char *text)
{
	return (
	    teehost_store_put(rig->store, rig_text(id), rig_text(text), true));
}

static inline enum soter_rc
rig_remove(struct rig *rig, const char *id)
{
	return (teehost_store_remove(rig->store, rig_text(id)));
}

/* What get says; SOTER_OK only if the text is this one. */
static inline enum soter_rc
rig_get(struct rig *rig, const char *id, const char *text)
{
	uint8_t *bytes = NULL;
	enum soter_rc rc;
	size_t n = 0;

	rc = teehost_store_get(rig->store, rig_text(id), &bytes, &n, NULL);
	if (rc == SOTER_OK &&
	    !soter_span_equal(soter_span(bytes, n), rig_text(text)))
		abort(); /* never: neither refused nor what was put */
	teehost_store_free(bytes, n);
	return (rc);
}

static inline bool
rig_is_object(const char *name)
{
	return (strlen(name) == 32);
}

/* The one object file that one model has and the other has not, or NULL. */
static inline const char *
rig_new_file(const struct diskmodel *now, const struct diskmodel *before)
{
	for (size_t i = 0; i < diskmodel_count(now); i++) {
		const char *name = diskmodel_name(now, i);

		if (rig_is_object(name) &&
		    diskmodel_look(before, name).p == NULL)
			return (name);
	}
	return (NULL);
}

#endif
