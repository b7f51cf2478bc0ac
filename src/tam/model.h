/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/model.h -- rules about which phones are taken, and the registry of them.
 *
 * A rule speaks of the five parts of a device info (wire/model.h).  For each
 * part it has a pattern: empty takes everything, a text that ends in * takes
 * what begins so, any other text exactly itself.  Of all rules that take a
 * device the most particular one decides: the one whose patterns name more
 * parts exactly, then the one with more characters; a denial before a
 * permission; then the smaller id.
 *
 * In the store and in files a rule is one JSON object, in a file one a line:
 *
 *	{"id":"acme-x1","maker":"ACME","model":"X1*","release":"",
 *	 "incremental":"","display":"","verdict":"allow","support_type":1,
 *	 "profile":"","date":"2026-11-26","note":"passed the selftest"}
 */
#ifndef SOTER_TAM_MODEL_H
#define SOTER_TAM_MODEL_H

#include "tam/bounds.h"
#include "wire/json.h"
#include "wire/model.h"

enum tam_verdict {
	TAM_ALLOW = 1,
	TAM_DENY = 2,
};

struct tam_rule {
	char id[TAM_RULE_ID_MAX + 1]; /* as tam_appid_check() takes it */
	char part[SOTER_MODEL_PARTS][SOTER_MODEL_TEXT_MAX + 1]; /* patterns */
	enum tam_verdict verdict;
	uint32_t support_type;		   /* 1 finger, 2 face, 3 both */
	char profile[TAM_PROFILE_MAX + 1]; /* of soter_profiles(), or empty */
	char date[TAM_DATE_LEN + 1];
	char note[TAM_NOTE_MAX + 1];
};

#define TAM_RULE_MAX 16384 /* bytes of its JSON */

/**
 * Read a rule.
 *
 * The errors of soter_json_parse() and soter_fields_read(); SOTER_E_FIELD_VALUE
 * for an id, verdict, type, date, pattern or profile that cannot be.
 */
SOTER_MUST_CHECK enum soter_rc tam_rule_parse(struct tam_rule *out,
    struct soter_span json, struct soter_fault *fault);

/** Append its JSON.  SOTER_E_NOSPACE. */
SOTER_MUST_CHECK enum soter_rc tam_rule_write(struct soter_writer *w,
    const struct tam_rule *x);

/** Does it take this device? */
bool tam_rule_takes(const struct tam_rule *rule,
    const struct soter_model *model);

/* All rules, for one thread at a time to change and many to ask. */
struct tam_registry;

SOTER_MUST_CHECK enum soter_rc tam_registry_new(struct tam_registry **out);
void tam_registry_free(struct tam_registry **registry);

/** Add a copy of a rule.  SOTER_E_LIMIT, SOTER_E_NOMEM. */
SOTER_MUST_CHECK enum soter_rc tam_registry_add(struct tam_registry *registry,
    const struct tam_rule *rule);

/** After the last one was added, and before the first question. */
void tam_registry_sort(struct tam_registry *registry);

size_t tam_registry_n(const struct tam_registry *registry);

/** The rule that decides, or NULL; borrowed from the registry. */
const struct tam_rule *tam_registry_find(const struct tam_registry *registry,
    const struct soter_model *model);

#endif
