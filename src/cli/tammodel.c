/* SPDX-License-Identifier: BSD-3-Clause */
/* soter tam model: the rules that is_support answers by. */
#include <stdlib.h>
#include <string.h>

#include "cli/input.h"
#include "cli/output.h"
#include "cli/print.h"
#include "cli/tamact.h"
#include "wire/rootline.h"

#define RULES_FILE_MAX (16 * 1024 * 1024)

/* ---- files --------------------------------------------------------------- */

struct rules {
	const char *file;
	struct tam_rule *rule;	       /* owned */
	const struct tam_rule **by_id; /* owned: to them, sorted */
	size_t n;
};

/* Line n of a file is wrong. */
static enum soter_rc
complain(const char *file, size_t n, enum soter_rc rc,
    const struct soter_fault *fault)
{
	print_error(file, "line %zu: %s%s%s; %s", n, fault->field,
	    fault->field[0] == '\0' ? "" : ": ", soter_rc_text(rc),
	    "see `man soter-tam`");
	return (SOTER_E_READ);
}

static enum soter_rc
rules_new(struct rules *x, struct soter_span text)
{
	struct soter_span line;
	size_t n = 0;

	while (soter_rootline_next(&text, &line))
		n++;
	x->rule = malloc((n + 1) * sizeof(*x->rule));
	x->by_id = malloc((n + 1) * sizeof(*x->by_id));
	return (x->rule == NULL || x->by_id == NULL ? SOTER_E_NOMEM : SOTER_OK);
}

static enum soter_rc
read_rules(struct rules *x, struct soter_span text)
{
	struct soter_span line;

	while (soter_rootline_next(&text, &line)) {
		struct soter_fault fault = { 0 };
		enum soter_rc rc = tam_rule_parse(&x->rule[x->n], line, &fault);

		if (rc != SOTER_OK)
			return (complain(x->file, x->n + 1, rc, &fault));
		x->by_id[x->n] = &x->rule[x->n];
		x->n++;
	}
	return (SOTER_OK);
}

/* By id, and those of the same in the order of the file. */
static int
compare(const void *a, const void *b)
{
	const struct tam_rule *x = *(const struct tam_rule *const *)a;
	const struct tam_rule *y = *(const struct tam_rule *const *)b;
	int order = strcmp(x->id, y->id);

	return (order != 0 ? order : x < y ? -1 : 1);
}

/* Which of two would count? */
static enum soter_rc
check_ids(struct rules *x)
{
	if (x->n > 0)
		qsort(x->by_id, x->n, sizeof(struct tam_rule *), compare);
	for (size_t i = 1; i < x->n; i++) {
		const struct tam_rule *first = x->by_id[i - 1];
		const struct tam_rule *next = x->by_id[i];

		if (strcmp(first->id, next->id) != 0)
			continue;
		print_error(x->file,
		    "line %zd: id: that of line %zd, too; an id has one rule",
		    next - x->rule + 1, first - x->rule + 1);
		return (SOTER_E_READ);
	}
	return (SOTER_OK);
}

enum soter_rc
tammodel_import(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	struct rules x = { .file = line->operand };
	struct input in = { NULL, 0 };
	size_t changed = 0;
	enum soter_rc rc;

	rc = input_read(&in, line->operand, RULES_FILE_MAX, "rules");
	if (rc == SOTER_OK)
		rc = rules_new(&x, input_span(&in));
	if (rc == SOTER_OK)
		rc = read_rules(&x, input_span(&in));
	if (rc == SOTER_OK)
		rc = check_ids(&x);
	if (rc == SOTER_OK)
		rc = tam_admin_models_put(&tam->admin, x.rule, x.n, &changed);
	if (rc == SOTER_OK)
		rc = tree_put_number(to, "rules", x.n);
	if (rc == SOTER_OK)
		rc = tree_put_number(to, "changed", changed);
	free(x.rule);
	free(x.by_id);
	input_free(&in);
	return (rc);
}

/* A text that grows. */
struct text {
	uint8_t *p;
	size_t n, room, rules;
};

static enum soter_rc
add_line(void *context, const struct soter_record *record)
{
	struct text *t = context;
	size_t need = t->n + record->value.n + 1;

	if (need > t->room) {
		size_t room = 2 * need;
		uint8_t *more = realloc(t->p, room);

		if (more == NULL)
			return (SOTER_E_NOMEM);
		t->p = more;
		t->room = room;
	}
	soter_copy(t->p + t->n, record->value.p, record->value.n);
	t->p[need - 1] = '\n';
	t->n = need;
	t->rules++;
	return (SOTER_OK);
}

enum soter_rc
tammodel_export(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	struct text t = { 0 };
	enum soter_rc rc =
	    tamact_scan(tam, SOTER_KIND_MODELS, SOTER_SPAN(""), add_line, &t);

	if (rc == SOTER_OK)
		rc = output_write(line->out_file, soter_span(t.p, t.n));
	if (rc == SOTER_OK)
		rc = tree_put_number(to, "rules", t.rules);
	free(t.p);
	return (rc);
}

/* ---- one by one ---------------------------------------------------------- */

static enum soter_rc
put_rule(json_t *to, const struct tam_rule *x)
{
	TRY(tree_put_text(to, "id", x->id));
	TRY(tree_put_text(to, "maker", x->part[SOTER_MODEL_MANUFACTURER]));
	TRY(tree_put_text(to, "model", x->part[SOTER_MODEL_MODEL]));
	TRY(tree_put_text(to, "release", x->part[SOTER_MODEL_RELEASE]));
	TRY(tree_put_text(to, "incremental", x->part[SOTER_MODEL_INCREMENTAL]));
	TRY(tree_put_text(to, "display", x->part[SOTER_MODEL_DISPLAY]));
	TRY(tree_put_text(to, "verdict",
	    x->verdict == TAM_ALLOW ? "allow" : "deny"));
	TRY(tree_put_number(to, "support_type", x->support_type));
	TRY(tree_put_text(to, "profile", x->profile));
	TRY(tree_put_text(to, "date", x->date));
	return (tree_put_text(to, "note", x->note));
}

static enum soter_rc
list_one(void *context, const struct soter_record *record)
{
	struct tam_rule rule;
	json_t *one;

	if (tam_rule_parse(&rule, record->value, NULL) != SOTER_OK)
		return (SOTER_E_CORRUPT);
	TRY(tree_append_object(context, &one));
	return (put_rule(one, &rule));
}

enum soter_rc
tammodel_list(const struct tamline *line, const struct tamact *tam, json_t *to)
{
	json_t *all;

	(void)line;
	TRY(tree_put_array(to, "rules", &all));
	return (
	    tamact_scan(tam, SOTER_KIND_MODELS, SOTER_SPAN(""), list_one, all));
}

enum soter_rc
tammodel_remove(const struct tamline *line, const struct tamact *tam,
    json_t *to)
{
	(void)to;
	return (tam_admin_model_remove(&tam->admin, line->operand));
}

/* ---- which one decides --------------------------------------------------- */

static enum soter_rc
add_rule(void *context, const struct soter_record *record)
{
	struct tam_rule rule;

	if (tam_rule_parse(&rule, record->value, NULL) != SOTER_OK)
		return (SOTER_E_CORRUPT);
	return (tam_registry_add(context, &rule));
}

static enum soter_rc
decide(const struct tamact *tam, const struct soter_model *model, json_t *to)
{
	struct tam_registry *registry = NULL;
	const struct tam_rule *rule;
	enum soter_rc rc = tam_registry_new(&registry);

	if (rc == SOTER_OK)
		rc = tamact_scan(tam, SOTER_KIND_MODELS, SOTER_SPAN(""),
		    add_rule, registry);
	if (rc != SOTER_OK)
		goto out;
	tam_registry_sort(registry);
	rule = tam_registry_find(registry, model);
	rc = SOTER_E_MODEL_UNKNOWN;
	if (rule == NULL)
		goto out;
	rc = put_rule(to, rule);
	if (rc == SOTER_OK && rule->verdict == TAM_DENY)
		rc = SOTER_E_MODEL_DENIED;
out:
	tam_registry_free(&registry);
	return (rc);
}

enum soter_rc
tammodel_test(const struct tamline *line, const struct tamact *tam, json_t *to)
{
	struct input in = { NULL, 0 };
	struct soter_model model;
	enum soter_rc rc;

	rc = input_read(&in, line->operand, SOTER_MODEL_XML_MAX, "device info");
	if (rc == SOTER_OK) {
		input_cut_line_end(&in);
		rc = soter_model_parse(&model, input_span(&in));
	}
	if (rc == SOTER_OK)
		rc = decide(tam, &model, to);
	input_free(&in);
	return (rc);
}
