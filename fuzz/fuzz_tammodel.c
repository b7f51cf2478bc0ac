/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registry of models: lines that begin with '{' are rules, the last one
 * that is none is a device: a model_key, or values with '|' between them.
 *
 * Properties: a rule is in its ranges; written and read again it is the same,
 * byte for byte; the registry finds what tam/model.h says decides, which is
 * looked for here in the plainest way; in whatever order rules were added.
 * Seeds: tests/fuzz-seeds/tammodel.
 */
#include "fuzz/fuzz.h"
#include "tam/model.h"
#include "tam/tenant.h"
#include "wire/rootline.h"

#define RULES 32

/* ---- rules --------------------------------------------------------------- */

static struct soter_span
written(uint8_t room[TAM_RULE_MAX], const struct tam_rule *x)
{
	struct soter_writer w = soter_writer(room, TAM_RULE_MAX);

	MUST(tam_rule_write(&w, x) == SOTER_OK);
	return (soter_written(&w));
}

static bool
read_rule(struct tam_rule *x, struct soter_span line)
{
	static uint8_t first[TAM_RULE_MAX], second[TAM_RULE_MAX];
	struct soter_fault fault;
	struct soter_span text;
	struct tam_rule back;

	memset(x, FUZZ_FILL, sizeof(*x));
	if (tam_rule_parse(x, line, &fault) != SOTER_OK) {
		MUST(fuzz_untouched(x, sizeof(*x)));
		return (false);
	}
	MUST(tam_appid_check(soter_text(x->id)) == SOTER_OK);
	MUST(x->verdict == TAM_ALLOW || x->verdict == TAM_DENY);
	MUST(x->support_type <= 3);
	MUST(x->verdict == TAM_DENY || x->support_type > 0);
	MUST(strlen(x->date) == TAM_DATE_LEN);
	text = written(first, x);
	MUST(tam_rule_parse(&back, text, &fault) == SOTER_OK);
	MUST(soter_span_equal(written(second, &back), text));
	return (true);
}

/* ---- what decides, in the words of the header ---------------------------- */

static bool
is_open(const char *pattern)
{
	size_t n = strlen(pattern);

	return (n == 0 || pattern[n - 1] == '*');
}

static bool
takes(const struct tam_rule *rule, const struct soter_model *model)
{
	for (size_t i = 0; i < SOTER_MODEL_PARTS; i++) {
		struct soter_span text =
		    i < model->parts ? model->part[i] : SOTER_SPAN("");
		const char *pattern = rule->part[i];
		size_t n = strlen(pattern), least = n;

		if (n == 0)
			continue;
		if (is_open(pattern))
			least = n - 1;
		if (text.n < least || (!is_open(pattern) && text.n != n) ||
		    (least > 0 && memcmp(text.p, pattern, least) != 0))
			return (false);
	}
	return (true);
}

static bool
is_before(const struct tam_rule *a, const struct tam_rule *b)
{
	size_t exact[2] = { 0 }, characters[2] = { 0 };
	const struct tam_rule *both[] = { a, b };

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < SOTER_MODEL_PARTS; i++) {
			const char *pattern = both[k]->part[i];

			exact[k] += !is_open(pattern);
			characters[k] += strcspn(pattern, "*");
		}
	if (exact[0] != exact[1])
		return (exact[0] > exact[1]);
	if (characters[0] != characters[1])
		return (characters[0] > characters[1]);
	if (a->verdict != b->verdict)
		return (a->verdict == TAM_DENY);
	return (strcmp(a->id, b->id) < 0);
}

static void
check_find(const struct tam_rule *rules, size_t n,
    const struct soter_model *model, bool is_backwards)
{
	const struct tam_rule *want = NULL, *got;
	struct tam_registry *registry = NULL;

	MUST(tam_registry_new(&registry) == SOTER_OK);
	for (size_t i = 0; i < n; i++) {
		const struct tam_rule *rule =
		    &rules[is_backwards ? n - 1 - i : i];

		MUST(tam_registry_add(registry, rule) == SOTER_OK);
		MUST(tam_rule_takes(rule, model) == takes(rule, model));
		if (takes(rule, model) &&
		    (want == NULL || is_before(rule, want)))
			want = rule;
	}
	MUST(tam_registry_n(registry) == n);
	tam_registry_sort(registry);
	got = tam_registry_find(registry, model);
	MUST((got == NULL) == (want == NULL));
	MUST(got == NULL || strcmp(got->id, want->id) == 0);
	tam_registry_free(&registry);
}

/* ---- devices ------------------------------------------------------------- */

static void
read_model(struct soter_model *out, struct soter_span line)
{
	struct soter_reader r = soter_reader(line);

	if (soter_model_parse(out, line) == SOTER_OK)
		return;
	*out = (struct soter_model){ .parts = SOTER_MODEL_PARTS };
	for (size_t i = 0; i < SOTER_MODEL_PARTS && r.left > 0; i++) {
		struct soter_span bar;
		size_t n = 0;

		while (n < r.left && r.p[n] != '|')
			n++;
		MUST(soter_read_span(&r, n, &out->part[i]) == SOTER_OK);
		if (r.left > 0)
			MUST(soter_read_span(&r, 1, &bar) == SOTER_OK);
	}
}

/* In the store an id is there once. */
static bool
is_known(const struct tam_rule *rules, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rules[i].id, id) == 0)
			return (true);
	return (false);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tam_rule rules[RULES];
	struct soter_span rest = soter_span(data, size), line;
	struct soter_model model = { .parts = SOTER_MODEL_PARTS };
	size_t n = 0;

	while (soter_rootline_next(&rest, &line)) {
		if (line.p[0] != '{')
			read_model(&model, line);
		else if (n < RULES && read_rule(&rules[n], line) &&
		    !is_known(rules, n, rules[n].id))
			n++;
	}
	check_find(rules, n, &model, false);
	check_find(rules, n, &model, true);
	return (0);
}
