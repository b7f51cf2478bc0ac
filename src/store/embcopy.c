/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "store/changing.h"
#include "store/copy.h"
#include "store/embedded.h"
#include "store/fresh.h"
#include "store/lasting.h"

/* Records of one commit of a sink: their pages fit into the memory. */
#define SINK_COMMIT 10000

/* ---- out ----------------------------------------------------------------- */

struct reading {
	store_each_fn *each;
	void *context;
	enum soter_store_kind kind;
};

static enum soter_rc
pass_on(void *context, const struct soter_record *record)
{
	const struct reading *x = context;

	return (x->each(x->context, x->kind, record));
}

/* In the order of kinds, whichever file they are in. */
static enum soter_rc
read_kinds(struct store_lasting_reader *lasting,
    struct store_changing *changing, struct reading *x)
{
	for (unsigned kind = 1; kind < SOTER_KIND_END; kind++) {
		struct soter_scan scan = { .kind = kind,
			.limit = SIZE_MAX,
			.each = pass_on,
			.context = x };

		x->kind = kind;
		if (soter_kind_row(kind)->place == SOTER_STORE_LASTING)
			TRY(store_lasting_scan(lasting, &scan));
		else
			TRY(store_changing_all(changing, kind, pass_on, x));
	}
	return (SOTER_OK);
}

/* Both files as they are now, however long it takes to read them. */
static enum soter_rc
read_files(struct store_lasting *lasting, struct store_changing *changing,
    struct reading *x)
{
	struct store_lasting_reader *reader = NULL;
	bool is_begun[2] = { false, false };
	enum soter_rc rc;

	if ((rc = store_lasting_reader_open(&reader, lasting)) != SOTER_OK)
		goto out;
	if ((rc = store_changing_read_begin(changing)) != SOTER_OK)
		goto out;
	is_begun[0] = true;
	if ((rc = store_lasting_read_begin(reader)) != SOTER_OK)
		goto out;
	is_begun[1] = true;
	rc = read_kinds(reader, changing, x);
out:
	if (is_begun[1])
		store_lasting_read_end(reader);
	if (is_begun[0])
		store_changing_read_end(changing);
	store_lasting_reader_close(&reader);
	return (rc);
}

static enum soter_rc
read_all(const char *where, store_each_fn *each, void *context)
{
	struct reading x = { .each = each, .context = context };
	struct store_embedded_files files;
	enum soter_rc rc;

	rc = store_embedded_files_open(&files, where);
	if (rc == SOTER_OK)
		rc = read_files(files.lasting, files.changing, &x);
	store_embedded_files_close(&files);
	return (rc);
}

/* ---- in ------------------------------------------------------------------ */

struct store_sink {
	struct store_fresh fresh;
	struct store_lasting *lasting;
	struct store_changing *changing;
	bool is_begun; /* a transaction in each */
	size_t n;      /* records in it */
};

static void
sink_close(struct store_sink **sink)
{
	struct store_sink *s = *sink;

	if (s == NULL)
		return;
	if (s->is_begun) {
		store_lasting_ops.abort(s->lasting);
		store_changing_ops.abort(s->changing);
	}
	store_changing_close(&s->changing);
	store_lasting_close(&s->lasting);
	store_fresh_end(&s->fresh);
	free(s);
	*sink = NULL;
}

static enum soter_rc
sink_begin(struct store_sink *s)
{
	TRY(store_lasting_make_room(s->lasting));
	TRY(store_lasting_ops.begin(s->lasting));
	s->is_begun = true;
	s->n = 0;
	return (store_changing_ops.begin(s->changing));
}

static enum soter_rc
sink_commit(struct store_sink *s)
{
	s->is_begun = false;
	TRY(store_lasting_ops.commit(s->lasting));
	return (store_changing_ops.commit(s->changing));
}

static enum soter_rc
sink_open(struct store_sink **out, const char *where)
{
	struct store_sink *s = calloc(1, sizeof(*s));
	enum soter_rc rc;

	if (s == NULL)
		return (SOTER_E_NOMEM);
	if ((rc = store_fresh_begin(&s->fresh, where)) != SOTER_OK ||
	    (rc = store_lasting_open(&s->lasting, s->fresh.roots,
		 STORE_LASTING_BULK, STORE_LASTING_MAP)) != SOTER_OK ||
	    (rc = store_lasting_migrate(s->lasting, SOTER_STORE_SCHEMA)) !=
		SOTER_OK ||
	    (rc = store_changing_create(&s->changing, s->fresh.changing,
		 SOTER_STORE_SCHEMA, true)) != SOTER_OK ||
	    (rc = sink_begin(s)) != SOTER_OK) {
		sink_close(&s);
		return (rc);
	}
	*out = s;
	return (SOTER_OK);
}

static enum soter_rc
sink_add(struct store_sink *s, enum soter_store_kind kind,
    const struct soter_record *record)
{
	if (++s->n > SINK_COMMIT) {
		TRY(sink_commit(s));
		TRY(sink_begin(s));
	}
	return (soter_kind_row(kind)->place == SOTER_STORE_LASTING
		? store_lasting_add(s->lasting, kind, record)
		: store_changing_add(s->changing, kind, record));
}

static enum soter_rc
sink_finish(struct store_sink *s)
{
	TRY(sink_commit(s));
	TRY(store_lasting_settle(s->lasting));
	TRY(store_changing_settle(s->changing));
	store_changing_close(&s->changing);
	store_lasting_close(&s->lasting);
	return (store_fresh_finish(&s->fresh));
}

const struct store_copy_ops store_embedded_copy = {
	.read_all = read_all,
	.sink_open = sink_open,
	.sink_add = sink_add,
	.sink_finish = sink_finish,
	.sink_close = sink_close,
};

/* ---- a copy as it is ----------------------------------------------------- */

static enum soter_rc
nothing(void *context, enum soter_store_kind kind,
    const struct soter_record *record)
{
	(void)context;
	(void)kind;
	(void)record;
	return (SOTER_OK);
}

/* Every record of the copy, and the structure around them. */
static enum soter_rc
verify(const struct store_fresh *fresh)
{
	struct reading x = { .each = nothing };
	struct store_lasting *lasting = NULL;
	struct store_changing *changing = NULL;
	enum soter_rc rc;

	rc = store_lasting_open(&lasting, fresh->roots, STORE_LASTING_READ,
	    STORE_LASTING_MAP);
	if (rc == SOTER_OK)
		rc = store_changing_open(&changing, fresh->changing, false);
	if (rc == SOTER_OK)
		rc = store_changing_verify(changing);
	if (rc == SOTER_OK)
		rc = read_files(lasting, changing, &x);
	store_changing_close(&changing);
	store_lasting_close(&lasting);
	return (rc);
}

enum soter_rc
store_embedded_backup(const char *where, const char *to)
{
	struct store_fresh fresh = { .dir = -1 };
	struct store_embedded_files files;
	enum soter_rc rc;

	if ((rc = store_embedded_files_open(&files, where)) != SOTER_OK ||
	    (rc = store_fresh_begin(&fresh, to)) != SOTER_OK ||
	    (rc = store_lasting_copy(files.lasting, fresh.roots)) != SOTER_OK ||
	    (rc = store_changing_copy(files.changing, fresh.changing)) !=
		SOTER_OK ||
	    (rc = verify(&fresh)) != SOTER_OK)
		goto out;
	rc = store_fresh_finish(&fresh);
out:
	store_fresh_end(&fresh);
	store_embedded_files_close(&files);
	return (rc);
}
