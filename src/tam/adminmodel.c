/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "tam/admin.h"
#include "tam/change.h"

/* A rule that is there, or is to be: its JSON. */
struct text {
	uint8_t p[TAM_RULE_MAX];
	size_t n;
	uint64_t version; /* 0: not there */
};

/* The trail keeps a rule's text as far as it goes. */
static struct soter_span
cut(struct soter_span text)
{
	return (soter_span(text.p,
	    text.n < TAM_AUDIT_TEXT_MAX ? text.n : TAM_AUDIT_TEXT_MAX));
}

static enum soter_rc
read_rule(struct text *out, const struct tam_admin *admin, const char *id)
{
	struct soter_writer w = soter_writer(out->p, sizeof(out->p));
	enum soter_rc rc = soter_store_get(admin->lane, SOTER_KIND_MODELS,
	    soter_text(id), &w, &out->version, admin->ms);

	out->n = w.len;
	if (rc == SOTER_E_NOTFOUND)
		out->version = 0;
	return (rc == SOTER_E_NOSPACE ? SOTER_E_CORRUPT : rc);
}

static enum soter_rc
write_rule(struct text *out, const struct tam_rule *rule)
{
	struct soter_writer w = soter_writer(out->p, sizeof(out->p));

	TRY(tam_rule_write(&w, rule));
	out->n = w.len;
	return (SOTER_OK);
}

/* ---- many at one moment -------------------------------------------------- */

struct put {
	const struct tam_admin *admin;
	struct tam_change *changes; /* owned: one for each that is not there */
	struct soter_write *writes; /* owned: one for each */
	uint8_t **memory;	    /* owned: of its texts */
	size_t n, added;	    /* changes; those of new rules */
};

static enum soter_rc
put_new(struct put *x, const struct tam_admin *admin, size_t n)
{
	x->admin = admin;
	x->changes = calloc(n + 1, sizeof(*x->changes));
	x->writes = calloc(n + 1, sizeof(*x->writes));
	x->memory = calloc(n + 1, sizeof(*x->memory));
	return (x->changes == NULL || x->writes == NULL || x->memory == NULL
		? SOTER_E_NOMEM
		: SOTER_OK);
}

static void
put_free(struct put *x)
{
	for (size_t i = 0; i < x->n; i++)
		free(x->memory[i]);
	free(x->changes);
	free(x->writes);
	free(x->memory);
}

static enum soter_rc
add_change(struct put *x, const char *id, const struct text *before,
    const struct text *after)
{
	uint8_t *memory = malloc(before->n + after->n + 1);
	struct soter_span was, is;

	if (memory == NULL)
		return (SOTER_E_NOMEM);
	soter_copy(memory, before->p, before->n);
	soter_copy(memory + before->n, after->p, after->n);
	was = soter_span(memory, before->n);
	is = soter_span(memory + before->n, after->n);
	x->writes[x->n] =
	    (struct soter_write){ .op = before->version == 0 ? SOTER_PUT_ABSENT
							     : SOTER_PUT_AT,
		    .kind = SOTER_KIND_MODELS,
		    .key = soter_text(id),
		    .value = is,
		    .at = before->version };
	x->changes[x->n] = (struct tam_change){ .who = x->admin->who,
		.what = SOTER_SPAN("model.put"),
		.subject = soter_text(id),
		.before = cut(was),
		.after = cut(is),
		.writes = &x->writes[x->n],
		.n = 1,
		.is_of_known = true,
		.now_s = x->admin->now_s };
	x->added += before->version == 0;
	x->memory[x->n++] = memory;
	return (SOTER_OK);
}

static enum soter_rc
add_rule(struct put *x, const struct tam_rule *rule)
{
	static const struct text none;
	struct text before = none, after = none;
	enum soter_rc rc = read_rule(&before, x->admin, rule->id);

	if (rc != SOTER_E_NOTFOUND)
		TRY(rc);
	TRY(write_rule(&after, rule));
	if (before.version != 0 &&
	    soter_span_equal(soter_span(before.p, before.n),
		soter_span(after.p, after.n)))
		return (SOTER_OK);
	return (add_change(x, rule->id, &before, &after));
}

/* A server that finds more does not start. */
static enum soter_rc
check_number(const struct put *x)
{
	uint64_t there = 0;

	if (x->added == 0)
		return (SOTER_OK);
	TRY(soter_store_count(x->admin->lane, SOTER_KIND_MODELS, &there,
	    x->admin->ms));
	return (there + x->added > TAM_RULES_MAX ? SOTER_E_LIMIT : SOTER_OK);
}

static enum soter_rc
write_all(struct put *x)
{
	if (x->n == 0)
		return (SOTER_OK);
	TRY(check_number(x));
	return (tam_changes(x->admin->lane, x->changes, x->n, x->admin->ms));
}

enum soter_rc
tam_admin_models_put(const struct tam_admin *admin,
    const struct tam_rule *rules, size_t n, size_t *changed)
{
	struct put x = { 0 };
	enum soter_rc rc = put_new(&x, admin, n);

	for (size_t i = 0; rc == SOTER_OK && i < n; i++)
		rc = add_rule(&x, &rules[i]);
	if (rc == SOTER_OK)
		rc = write_all(&x);
	if (rc == SOTER_E_EXISTS) /* it came between, or stands there twice */
		rc = SOTER_E_CONFLICT;
	if (rc == SOTER_OK && changed != NULL)
		*changed = x.n;
	put_free(&x);
	return (rc);
}

/* ---- one ----------------------------------------------------------------- */

enum soter_rc
tam_admin_model_remove(const struct tam_admin *admin, const char *id)
{
	struct text before = { .n = 0 };
	struct soter_write write = { .op = SOTER_DELETE_PRESENT,
		.kind = SOTER_KIND_MODELS,
		.key = soter_text(id) };
	struct tam_change change = { .who = admin->who,
		.what = SOTER_SPAN("model.remove"),
		.subject = soter_text(id),
		.writes = &write,
		.n = 1,
		.is_of_known = true,
		.now_s = admin->now_s };

	if (tam_appid_check(soter_text(id)) != SOTER_OK)
		return (SOTER_E_NOTFOUND);
	TRY(read_rule(&before, admin, id));
	change.before = cut(soter_span(before.p, before.n));
	return (tam_change(admin->lane, &change, admin->ms));
}
