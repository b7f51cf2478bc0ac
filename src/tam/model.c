/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "soter/verify.h"
#include "tam/model.h"
#include "tam/tenant.h"

/* ---- a rule as JSON ------------------------------------------------------ */

static const char *const part_names[SOTER_MODEL_PARTS] = {
	[SOTER_MODEL_MANUFACTURER] = "maker",
	[SOTER_MODEL_MODEL] = "model",
	[SOTER_MODEL_RELEASE] = "release",
	[SOTER_MODEL_INCREMENTAL] = "incremental",
	[SOTER_MODEL_DISPLAY] = "display",
};

static const struct {
	const char *word;
	enum tam_verdict verdict;
} verdicts[] = { { "allow", TAM_ALLOW }, { "deny", TAM_DENY } };

static enum soter_rc
bad(struct soter_fault *fault, const char *name, enum soter_rc rc)
{
	soter_fault_field(fault, soter_text(name));
	return (rc);
}

/* A text that may be missing or empty, of at most max bytes. */
static enum soter_rc
take_text(char *out, size_t max, const struct soter_json *json,
    const char *name, struct soter_fault *fault)
{
	const struct soter_json_member *m =
	    soter_json_find(json, soter_text(name));
	struct soter_writer w = soter_writer(out, max);

	out[0] = '\0';
	if (m == NULL)
		return (SOTER_OK);
	if (m->type != SOTER_JSON_STRING)
		return (bad(fault, name, SOTER_E_FIELD_TYPE));
	if (soter_json_decode(&w, m->value) != SOTER_OK)
		return (bad(fault, name, SOTER_E_FIELD_VALUE));
	out[w.len] = '\0';
	return (SOTER_OK);
}

/* A * stands at the end or nowhere: else people would expect more of it. */
static bool
is_pattern(const char *text)
{
	const char *star = strchr(text, '*');

	return (star == NULL || star[1] == '\0');
}

static bool
is_date(const char *text)
{
	static const char form[] = "dddd-dd-dd";

	for (size_t i = 0; form[i] != '\0'; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9'
				   : text[i] != form[i])
			return (false);
	return (text[TAM_DATE_LEN] == '\0');
}

static bool
is_profile(const char *name)
{
	const struct soter_profile *profiles;
	size_t n;

	profiles = soter_profiles(&n);
	for (size_t i = 0; i < n; i++)
		if (strcmp(profiles[i].name, name) == 0)
			return (true);
	return (name[0] == '\0');
}

static enum soter_rc
take_verdict(struct tam_rule *x, const struct soter_json *json,
    struct soter_fault *fault)
{
	char word[16];

	TRY(take_text(word, sizeof(word) - 1, json, "verdict", fault));
	for (size_t i = 0; i < SOTER_COUNT(verdicts); i++)
		if (strcmp(word, verdicts[i].word) == 0)
			x->verdict = verdicts[i].verdict;
	return (x->verdict != 0 ? SOTER_OK
				: bad(fault, "verdict", SOTER_E_FIELD_VALUE));
}

/* Which sensors: needed to allow, of no meaning to deny. */
static enum soter_rc
take_type(struct tam_rule *x, const struct soter_json *json,
    struct soter_fault *fault)
{
	const struct soter_json_member *m =
	    soter_json_find(json, SOTER_SPAN("support_type"));

	if (m == NULL && x->verdict == TAM_DENY)
		return (SOTER_OK);
	if (m == NULL)
		return (bad(fault, "support_type", SOTER_E_FIELD_MISSING));
	if (m->type != SOTER_JSON_INTEGER)
		return (bad(fault, "support_type", SOTER_E_FIELD_TYPE));
	if (m->integer < (x->verdict == TAM_DENY ? 0 : 1) || m->integer > 3)
		return (bad(fault, "support_type", SOTER_E_FIELD_VALUE));
	x->support_type = (uint32_t)m->integer;
	return (SOTER_OK);
}

static enum soter_rc
take_patterns(struct tam_rule *x, const struct soter_json *json,
    struct soter_fault *fault)
{
	for (size_t i = 0; i < SOTER_MODEL_PARTS; i++) {
		TRY(take_text(x->part[i], SOTER_MODEL_TEXT_MAX, json,
		    part_names[i], fault));
		if (!is_pattern(x->part[i]))
			return (bad(fault, part_names[i], SOTER_E_FIELD_VALUE));
	}
	return (SOTER_OK);
}

/* A misspelt name would be a pattern that takes everything. */
static enum soter_rc
refuse_unknown(const struct soter_json *json, struct soter_fault *fault)
{
	static const char *const known[] = { "id", "maker", "model", "release",
		"incremental", "display", "verdict", "support_type", "profile",
		"date", "note" };

	for (size_t i = 0; i < json->n; i++) {
		size_t k = 0;

		while (k < SOTER_COUNT(known) &&
		    !soter_span_equal(json->member[i].name,
			soter_text(known[k])))
			k++;
		if (k < SOTER_COUNT(known))
			continue;
		soter_fault_field(fault, json->member[i].name);
		return (SOTER_E_FIELD_VALUE);
	}
	return (SOTER_OK);
}

enum soter_rc
tam_rule_parse(struct tam_rule *out, struct soter_span text,
    struct soter_fault *fault)
{
	struct tam_rule x = { 0 };
	struct soter_json json;

	TRY(soter_json_parse(&json, text, SOTER_SPAN(""), fault));
	TRY(refuse_unknown(&json, fault));
	TRY(take_text(x.id, TAM_RULE_ID_MAX, &json, "id", fault));
	if (tam_appid_check(soter_text(x.id)) != SOTER_OK)
		return (bad(fault, "id", SOTER_E_FIELD_VALUE));
	TRY(take_patterns(&x, &json, fault));
	TRY(take_verdict(&x, &json, fault));
	TRY(take_type(&x, &json, fault));
	TRY(take_text(x.profile, TAM_PROFILE_MAX, &json, "profile", fault));
	if (!is_profile(x.profile))
		return (bad(fault, "profile", SOTER_E_FIELD_VALUE));
	TRY(take_text(x.date, TAM_DATE_LEN, &json, "date", fault));
	if (!is_date(x.date))
		return (bad(fault, "date", SOTER_E_FIELD_VALUE));
	TRY(take_text(x.note, TAM_NOTE_MAX, &json, "note", fault));
	*out = x;
	return (SOTER_OK);
}

enum soter_rc
tam_rule_write(struct soter_writer *w, const struct tam_rule *x)
{
	struct soter_writer o = soter_writer(w->p + w->len, w->cap - w->len);

	TRY(soter_json_write_text(&o, "id", soter_text(x->id)));
	for (size_t i = 0; i < SOTER_MODEL_PARTS; i++)
		TRY(soter_json_write_text(&o, part_names[i],
		    soter_text(x->part[i])));
	TRY(soter_json_write_text(&o, "verdict",
	    soter_text(x->verdict == TAM_ALLOW ? "allow" : "deny")));
	TRY(soter_json_write_number(&o, "support_type", x->support_type));
	TRY(soter_json_write_text(&o, "profile", soter_text(x->profile)));
	TRY(soter_json_write_text(&o, "date", soter_text(x->date)));
	TRY(soter_json_write_text(&o, "note", soter_text(x->note)));
	TRY(soter_json_write_end(&o));
	w->len += o.len;
	return (SOTER_OK);
}

/* ---- which one decides --------------------------------------------------- */

static bool
takes(const char *pattern, struct soter_span text)
{
	size_t n = strlen(pattern);

	if (n == 0)
		return (true);
	if (pattern[n - 1] == '*')
		return (soter_span_starts(text, soter_span(pattern, n - 1)));
	return (soter_span_equal(text, soter_span(pattern, n)));
}

bool
tam_rule_takes(const struct tam_rule *rule, const struct soter_model *model)
{
	for (size_t i = 0; i < SOTER_MODEL_PARTS; i++) {
		/* A part that was not sent is not known to be anything. */
		struct soter_span text =
		    i < model->parts ? model->part[i] : SOTER_SPAN("");

		if (!takes(rule->part[i], text))
			return (false);
	}
	return (true);
}

/* The larger, the more particular. */
static size_t
weight(const struct tam_rule *rule)
{
	size_t exact = 0, characters = 0;

	for (size_t i = 0; i < SOTER_MODEL_PARTS; i++) {
		size_t n = strlen(rule->part[i]);
		bool is_open = n == 0 || rule->part[i][n - 1] == '*';

		exact += !is_open;
		characters += n - (n > 0 && is_open);
	}
	return (
	    exact * 2 * SOTER_MODEL_PARTS * SOTER_MODEL_TEXT_MAX + characters);
}

static int
by_rank(const void *a, const void *b)
{
	const struct tam_rule *x = *(const struct tam_rule *const *)a;
	const struct tam_rule *y = *(const struct tam_rule *const *)b;
	size_t wx = weight(x), wy = weight(y);

	if (wx != wy)
		return (wx > wy ? -1 : 1);
	if (x->verdict != y->verdict)
		return (x->verdict == TAM_DENY ? -1 : 1);
	return (strcmp(x->id, y->id));
}

/* ---- all of them --------------------------------------------------------- */

/*
 * Most rules name a maker exactly, so a device needs to be held only against
 * those of its maker, and against those that name none or a beginning.
 */
struct bucket {
	size_t n, room;
	struct tam_rule **rule; /* by rank, when sorted */
};

#define BUCKETS 1024

struct tam_registry {
	size_t n;
	struct bucket open, exact[BUCKETS];
};

/* FNV-1a. */
static size_t
bucket_of(struct soter_span maker)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < maker.n; i++)
		h = (h ^ maker.p[i]) * 16777619u;
	return (h % BUCKETS);
}

static struct bucket *
place_of(struct tam_registry *registry, const struct tam_rule *rule)
{
	const char *maker = rule->part[SOTER_MODEL_MANUFACTURER];
	size_t n = strlen(maker);

	if (n == 0 || maker[n - 1] == '*')
		return (&registry->open);
	return (&registry->exact[bucket_of(soter_text(maker))]);
}

enum soter_rc
tam_registry_new(struct tam_registry **out)
{
	struct tam_registry *registry = calloc(1, sizeof(*registry));

	if (registry == NULL)
		return (SOTER_E_NOMEM);
	*out = registry;
	return (SOTER_OK);
}

static void
free_bucket(struct bucket *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->rule[i]);
	free(b->rule);
}

void
tam_registry_free(struct tam_registry **registry)
{
	if (*registry == NULL)
		return;
	free_bucket(&(*registry)->open);
	for (size_t i = 0; i < BUCKETS; i++)
		free_bucket(&(*registry)->exact[i]);
	free(*registry);
	*registry = NULL;
}

static enum soter_rc
make_room(struct bucket *b)
{
	size_t room = b->room == 0 ? 4 : 2 * b->room;
	struct tam_rule **more;

	if (b->n < b->room)
		return (SOTER_OK);
	more = realloc(b->rule, room * sizeof(*more));
	if (more == NULL)
		return (SOTER_E_NOMEM);
	b->rule = more;
	b->room = room;
	return (SOTER_OK);
}

enum soter_rc
tam_registry_add(struct tam_registry *registry, const struct tam_rule *rule)
{
	struct bucket *b = place_of(registry, rule);
	struct tam_rule *copy;

	if (registry->n == TAM_RULES_MAX)
		return (SOTER_E_LIMIT);
	TRY(make_room(b));
	copy = malloc(sizeof(*copy));
	if (copy == NULL)
		return (SOTER_E_NOMEM);
	*copy = *rule;
	b->rule[b->n++] = copy;
	registry->n++;
	return (SOTER_OK);
}

static void
sort_bucket(struct bucket *b)
{
	if (b->n > 0)
		qsort(b->rule, b->n, sizeof(struct tam_rule *), by_rank);
}

void
tam_registry_sort(struct tam_registry *registry)
{
	sort_bucket(&registry->open);
	for (size_t i = 0; i < BUCKETS; i++)
		sort_bucket(&registry->exact[i]);
}

size_t
tam_registry_n(const struct tam_registry *registry)
{
	return (registry->n);
}

static const struct tam_rule *
first_in(const struct bucket *b, const struct soter_model *model)
{
	for (size_t i = 0; i < b->n; i++)
		if (tam_rule_takes(b->rule[i], model))
			return (b->rule[i]);
	return (NULL);
}

const struct tam_rule *
tam_registry_find(const struct tam_registry *registry,
    const struct soter_model *model)
{
	const struct tam_rule *a = first_in(&registry->open, model);
	const struct tam_rule *b = first_in(
	    &registry->exact[bucket_of(model->part[SOTER_MODEL_MANUFACTURER])],
	    model);

	if (a == NULL || b == NULL)
		return (a == NULL ? b : a);
	return (by_rank(&a, &b) < 0 ? a : b);
}
