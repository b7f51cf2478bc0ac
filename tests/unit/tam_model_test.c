/* SPDX-License-Identifier: BSD-3-Clause */
#include "tam/model.h"
#include "tests/check.h"

/* ---- a rule as JSON -------------------------------------------------------
 */

#define RULE(more) "{\"id\":\"r\"," more "\"date\":\"2026-11-26\"}"

static const struct {
	const char *what, *text;
	enum soter_rc want;
} texts[] = {
	{ "allow, with its kind",
	    RULE(
		"\"maker\":\"ACME\",\"verdict\":\"allow\",\"support_type\":1,"),
	    SOTER_OK },
	{ "deny, without one", RULE("\"model\":\"X*\",\"verdict\":\"deny\","),
	    SOTER_OK },
	{ "a profile that is built in",
	    RULE("\"verdict\":\"allow\",\"support_type\":3,"
		 "\"profile\":\"huawei\","),
	    SOTER_OK },
	{ "a profile that is not",
	    RULE("\"verdict\":\"allow\",\"support_type\":3,"
		 "\"profile\":\"acme\","),
	    SOTER_E_FIELD_VALUE },
	{ "allow, but what?", RULE("\"verdict\":\"allow\","),
	    SOTER_E_FIELD_MISSING },
	{ "allow nothing", RULE("\"verdict\":\"allow\",\"support_type\":0,"),
	    SOTER_E_FIELD_VALUE },
	{ "a fourth kind", RULE("\"verdict\":\"allow\",\"support_type\":4,"),
	    SOTER_E_FIELD_VALUE },
	{ "no verdict", RULE("\"support_type\":1,"), SOTER_E_FIELD_VALUE },
	{ "another verdict", RULE("\"verdict\":\"maybe\","),
	    SOTER_E_FIELD_VALUE },
	{ "a star in the middle",
	    RULE("\"verdict\":\"deny\",\"model\":\"X*1\","),
	    SOTER_E_FIELD_VALUE },
	{ "a misspelt name would take everything",
	    RULE("\"verdict\":\"deny\",\"modle\":\"X\","),
	    SOTER_E_FIELD_VALUE },
	{ "a number for a model", RULE("\"verdict\":\"deny\",\"model\":1,"),
	    SOTER_E_FIELD_TYPE },
	{ "no date", "{\"id\":\"r\",\"verdict\":\"deny\"}",
	    SOTER_E_FIELD_VALUE },
	{ "a date in another order",
	    "{\"id\":\"r\",\"verdict\":\"deny\",\"date\":\"26-11-2026\"}",
	    SOTER_E_FIELD_VALUE },
	{ "no id", "{\"verdict\":\"deny\",\"date\":\"2026-11-26\"}",
	    SOTER_E_FIELD_VALUE },
	{ "an id with a blank",
	    "{\"id\":\"a b\",\"verdict\":\"deny\",\"date\":\"2026-11-26\"}",
	    SOTER_E_FIELD_VALUE },
};

static void
check_texts(void)
{
	for (size_t i = 0; i < SOTER_COUNT(texts); i++) {
		struct soter_fault fault;
		struct tam_rule x, y;
		uint8_t bytes[TAM_RULE_MAX];
		struct soter_writer w = soter_writer(bytes, sizeof(bytes));

		check_row("rule: %s", texts[i].what);
		CHECK_RC(tam_rule_parse(&x, soter_text(texts[i].text), &fault),
		    texts[i].want);
		if (texts[i].want != SOTER_OK)
			continue;
		CHECK_RC(tam_rule_write(&w, &x), SOTER_OK);
		CHECK_RC(tam_rule_parse(&y, soter_written(&w), NULL), SOTER_OK);
		CHECK(memcmp(&x, &y, sizeof(x)) == 0);
	}
}

/* ---- which one decides ----------------------------------------------------
 */

static struct tam_rule
rule(const char *id, const char *maker, const char *model, const char *display,
    enum tam_verdict verdict)
{
	struct tam_rule x = { .verdict = verdict, .support_type = 1 };

	strcpy(x.id, id);
	strcpy(x.part[SOTER_MODEL_MANUFACTURER], maker);
	strcpy(x.part[SOTER_MODEL_MODEL], model);
	strcpy(x.part[SOTER_MODEL_DISPLAY], display);
	return (x);
}

static const struct {
	const char *what, *maker, *model, *display; /* display NULL: not sent */
	const char *want;			    /* NULL: none */
} asked[] = {
	{ "exactly", "ACME", "X1", "b1", "acme-x1" },
	{ "by its beginning", "ACME", "X2", "b1", "acme-x" },
	{ "a build of a model", "ACME", "X1", "bad-7", "acme-x1-bad" },
	{ "the maker alone", "ACME", "Y", "b1", "acme" },
	{ "another case is another maker", "Acme", "X1", "b1", NULL },
	{ "a maker by its beginning", "BetaCorp", "1", "b1", "beta" },
	{ "a longer beginning", "BetaCorpX", "1", "b1", "beta-corp-x" },
	{ "a model of any maker", "Who", "Clone 9", "b1", "clones" },
	{ "its maker in full weighs more than a beginning", "ACME", "Clone 9",
	    "b1", "acme" },
	{ "same rank: the denial", "Gamma", "G", "b1", "gamma-2" },
	{ "same rank, same verdict: the smaller id", "Delta", "D", "b1",
	    "delta-1" },
	{ "nobody speaks of it", "Nobody", "1", "b1", NULL },
	{ "the older form has no build", "ACME", "X1", NULL, "acme-x1" },
	{ "a build that was not sent is not the denied one", "Epsilon", "E",
	    NULL, "epsilon" },
};

static void
fill(struct tam_registry *r, bool is_reversed)
{
	const struct tam_rule rules[] = {
		rule("acme", "ACME", "", "", TAM_ALLOW),
		rule("acme-x", "ACME", "X*", "", TAM_ALLOW),
		rule("acme-x1", "ACME", "X1", "", TAM_ALLOW),
		rule("acme-x1-bad", "ACME", "X1", "bad-*", TAM_DENY),
		rule("beta", "Beta*", "", "", TAM_ALLOW),
		rule("beta-corp-x", "BetaCorpX*", "", "", TAM_DENY),
		rule("clones", "", "Clone*", "", TAM_DENY),
		rule("gamma-1", "Gamma", "G", "", TAM_ALLOW),
		rule("gamma-2", "Gamma", "G", "", TAM_DENY),
		rule("delta-2", "Delta", "D", "", TAM_ALLOW),
		rule("delta-1", "Delta", "D", "", TAM_ALLOW),
		rule("epsilon", "Epsilon", "", "", TAM_ALLOW),
		rule("epsilon-bad", "Epsilon", "E", "bad", TAM_DENY),
	};
	const size_t n = SOTER_COUNT(rules);

	for (size_t i = 0; i < n; i++)
		CHECK_RC(
		    tam_registry_add(r, &rules[is_reversed ? n - 1 - i : i]),
		    SOTER_OK);
	tam_registry_sort(r);
}

static void
check_found(bool is_reversed)
{
	struct tam_registry *r = NULL;

	check_row("registry: takes the rules%s",
	    is_reversed ? ", the other way round" : "");
	CHECK_RC(tam_registry_new(&r), SOTER_OK);
	fill(r, is_reversed);
	CHECK(tam_registry_n(r) == 13);
	for (size_t i = 0; i < SOTER_COUNT(asked); i++) {
		struct soter_model m = { .parts = 5,
			.part = { soter_text(asked[i].maker),
			    soter_text(asked[i].model), SOTER_SPAN("9"),
			    SOTER_SPAN("V1"), { NULL, 0 } } };
		const struct tam_rule *found;

		if (asked[i].display == NULL)
			m.parts = 2;
		else
			m.part[SOTER_MODEL_DISPLAY] =
			    soter_text(asked[i].display);
		check_row("registry: %s", asked[i].what);
		found = tam_registry_find(r, &m);
		CHECK((found == NULL) == (asked[i].want == NULL));
		if (found != NULL && asked[i].want != NULL)
			CHECK(strcmp(found->id, asked[i].want) == 0);
	}
	tam_registry_free(&r);
	CHECK(r == NULL);
}

int
main(void)
{
	check_texts();
	check_found(false);
	check_found(true);
	return (check_done());
}
