/* SPDX-License-Identifier: BSD-3-Clause */
/* soter tam: the store as a whole, its keys and its audit trail. */
#include <string.h>

#include "cli/print.h"
#include "cli/tamact.h"
#include "store/backup.h"
#include "store/dump.h"
#include "tam/change.h"
#include "tam/intake.h"

/* ---- made and moved ------------------------------------------------------ */

/* No store, or nobody who has it: not an answer of the store. */
static enum soter_rc
placed(enum soter_rc rc)
{
	return (rc == SOTER_E_NOTFOUND || rc == SOTER_E_ARGUMENT ||
		    rc == SOTER_E_BUSY
		? tamact_no_store(rc)
		: rc);
}

/* The same, where a file is read. */
static enum soter_rc
read_from(const char *file, enum soter_rc rc)
{
	if (rc != SOTER_E_NOTFOUND)
		return (placed(rc));
	print_error(file, "is not there; see `man soter-tam`");
	return (SOTER_E_READ);
}

/* What create() made, or was cut off from making ready. */
static enum soter_rc
make_ready(const struct tamact *tam)
{
	struct tam_admin admin = tam->admin;
	struct soter_store *store = NULL;
	enum soter_rc rc =
	    soter_store_open(&store, tam->where, SOTER_STORE_READ_WRITE);

	if (rc == SOTER_OK)
		rc = soter_lane_open(&admin.lane, store);
	if (rc == SOTER_OK)
		rc = tam_admin_init(&admin);
	soter_lane_close(&admin.lane);
	soter_store_close(&store);
	return (rc);
}

enum soter_rc
tamstore_init(const struct tamline *line, const struct tamact *tam, json_t *to)
{
	enum soter_rc made = soter_store_create(tam->where), rc;

	(void)line;
	(void)to;
	if (made != SOTER_OK && made != SOTER_E_EXISTS)
		return (placed(made));
	rc = make_ready(tam);
	/* Something else is there, and was none of ours. */
	return (made == SOTER_E_EXISTS && rc == SOTER_E_NOTFOUND ? made : rc);
}

enum soter_rc
tamstore_migrate(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	unsigned from = 0, is = 0;

	(void)line;
	TRY(placed(soter_store_migrate(tam->where, &from, &is)));
	TRY(tree_put_number(to, "from", from));
	return (tree_put_number(to, "to", is));
}

enum soter_rc
tamstore_backup(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	(void)to;
	return (placed(soter_store_backup(tam->where, line->operand)));
}

enum soter_rc
tamstore_restore(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	(void)to;
	return (read_from(line->operand,
	    soter_store_restore(line->operand, tam->where)));
}

enum soter_rc
tamstore_export(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	uint64_t n = 0;

	TRY(placed(soter_store_dump(tam->where, line->operand, &n)));
	return (tree_put_number(to, "records", n));
}

enum soter_rc
tamstore_import(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	uint64_t n = 0;

	TRY(read_from(line->operand,
	    soter_store_load(tam->where, line->operand, &n)));
	return (tree_put_number(to, "records", n));
}

enum soter_rc
tamstore_rotate(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	(void)line;
	(void)to;
	return (tam_admin_rotate(&tam->admin));
}

/* ---- how much there is --------------------------------------------------- */

struct tally {
	uint64_t devices;
	uint64_t roots[SOTER_CLASS_PRODUCTION + 1][SOTER_ROOT_REVOKED + 1];
	uint64_t chains[SOTER_ROOT_REVOKED + 1]; /* the TAM keeps no root */
};

static enum soter_rc
count_device(void *context, const struct soter_record *record)
{
	struct tally *tally = context;
	struct tam_device device;

	TRY(tam_device_parse(&device, record->value));
	tally->devices++;
	for (size_t i = 0; i < device.n; i++) {
		const struct tam_root *x = &device.root[i];

		if (x->kind == TAM_ROOT_KEY)
			tally->roots[x->cls][x->status]++;
		else
			tally->chains[x->status]++;
	}
	return (SOTER_OK);
}

static enum soter_rc
put_statuses(json_t *to, const char *name,
    const uint64_t count[SOTER_ROOT_REVOKED + 1])
{
	json_t *object;

	TRY(tree_put_object(to, name, &object));
	for (int i = SOTER_ROOT_ACTIVE; i <= SOTER_ROOT_REVOKED; i++)
		TRY(tree_put_number(object,
		    tam_status_word((enum soter_root_status)i), count[i]));
	return (SOTER_OK);
}

static enum soter_rc
put_devices(json_t *to, const struct tamact *tam)
{
	struct tally tally = { 0 };
	json_t *roots;

	TRY(tamact_scan(tam, SOTER_KIND_ROOTS, TAM_DEVICES_AFTER, count_device,
	    &tally));
	TRY(tree_put_number(to, "devices", tally.devices));
	TRY(tree_put_object(to, "roots", &roots));
	for (int i = SOTER_CLASS_TEST; i <= SOTER_CLASS_PRODUCTION; i++)
		TRY(put_statuses(roots, tam_class_word((enum soter_class)i),
		    tally.roots[i]));
	return (put_statuses(to, "chains", tally.chains));
}

enum soter_rc
tamstore_stats(const struct tamline *line, const struct tamact *tam, json_t *to)
{
	static const struct {
		enum soter_store_kind kind;
		const char *name;
	} rows[] = {
		{ SOTER_KIND_TENANTS, "tenants" },
		{ SOTER_KIND_MODELS, "models" },
		{ SOTER_KIND_AUDIT, "audit_entries" },
	};

	(void)line;
	TRY(tree_put_text(to, "store", soter_store_name(tam->store)));
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		uint64_t n;

		TRY(soter_store_count(tam->admin.lane, rows[i].kind, &n,
		    TAMACT_MS));
		TRY(tree_put_number(to, rows[i].name, n));
	}
	return (put_devices(to, tam));
}

/* ---- the trail ----------------------------------------------------------- */

static enum soter_rc
put_head(json_t *to, const struct tam_audit_found *found)
{
	TRY(tree_put_number(to, "entries", found->head.number));
	return (tree_put_hex(to, "hash",
	    soter_span(found->head.hash, sizeof(found->head.hash))));
}

/* An entry that somebody kept elsewhere: is it still the one? */
struct kept {
	struct tam_head head; /* number 0: none was */
	bool is_same;
};

static enum soter_rc
compare(void *context, const struct tam_audit *x)
{
	struct kept *kept = context;

	if (x->number == kept->head.number + 1)
		kept->is_same = soter_span_equal(
		    soter_span(x->before_hash, SOTER_SHA256_LEN),
		    soter_span(kept->head.hash, SOTER_SHA256_LEN));
	return (SOTER_OK);
}

/* The last one has no entry behind it that would say its hash. */
static enum soter_rc
judge(struct tam_audit_found *found, const struct kept *kept)
{
	const bool is_last = kept->head.number == found->head.number;

	if (kept->head.number == 0 ||
	    (is_last ? soter_span_equal(
			   soter_span(found->head.hash, SOTER_SHA256_LEN),
			   soter_span(kept->head.hash, SOTER_SHA256_LEN))
		     : kept->is_same))
		return (SOTER_OK);
	found->bad = kept->head.number;
	found->why = kept->head.number > found->head.number
	    ? "it was kept elsewhere, and is missing here"
	    : "it is not the one that was kept elsewhere: it or one before "
	      "was changed";
	return (SOTER_E_CORRUPT);
}

enum soter_rc
tamstore_audit_check(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	struct tam_audit_found found = { 0 };
	struct kept kept = { line->head, false };
	enum soter_rc rc =
	    tam_audit_check(&found, tam->admin.lane, compare, &kept);

	if (rc == SOTER_OK)
		rc = judge(&found, &kept);
	if (rc == SOTER_OK)
		return (put_head(to, &found));
	if (found.why == NULL)
		return (rc);
	TRY(tree_put_number(to, "bad_entry", found.bad));
	TRY(tree_put_text(to, "why", found.why));
	return (rc);
}

static enum soter_rc
list_entry(void *context, const struct tam_audit *x)
{
	json_t *one;

	TRY(tree_append_object(context, &one));
	TRY(tree_put_number(one, "number", x->number));
	TRY(tamact_put_time(one, "time", x->time_s));
	TRY(tree_put_span(one, "who", x->who));
	TRY(tree_put_span(one, "what", x->what));
	TRY(tree_put_span(one, "subject", x->subject));
	if (x->before.n > 0)
		TRY(tree_put_span(one, "before", x->before));
	return (
	    x->after.n > 0 ? tree_put_span(one, "after", x->after) : SOTER_OK);
}

enum soter_rc
tamstore_audit_list(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	struct tam_audit_found found = { 0 };
	json_t *all;
	enum soter_rc rc;

	(void)line;
	TRY(tree_put_array(to, "entries", &all));
	rc = tam_audit_check(&found, tam->admin.lane, list_entry, all);
	if (rc != SOTER_OK && found.why != NULL)
		TRY(tree_put_text(to, "why", found.why));
	return (rc);
}
