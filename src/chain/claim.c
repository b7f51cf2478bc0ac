/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/vendor.h"
#include "wire/export.h"
#include "wire/keyjson.h"
#include "wire/result.h"

#include <stdlib.h>

enum soter_rc
soter_signed_split(struct soter_signed *out, struct soter_span blob)
{
	struct soter_export x;

	TRY(soter_export_parse(&x, blob));
	*out = (struct soter_signed){ x.text, x.sig };
	return (SOTER_OK);
}

static void
fill(struct soter_claim *out, enum soter_kind kind, const char *cpu_id,
    const char *uid, uint64_t counter)
{
	*out = (struct soter_claim){ .kind = kind, .counter = counter };
	soter_copy(out->cpu_id, cpu_id, soter_text(cpu_id).n);
	soter_copy(out->uid, uid, soter_text(uid).n);
}

static enum soter_rc
read_key(struct soter_claim *out, struct soter_span text,
    struct soter_report *why)
{
	struct soter_key_json json;
	struct soter_fault fault;
	enum soter_rc rc;

	rc = soter_key_json_parse(&json, text, NULL, &fault);
	if (rc == SOTER_OK)
		fill(out, SOTER_KIND_KEY, json.cpu_id, json.uid, json.counter);
	else
		soter_report_fault(why, &fault);
	return (rc);
}

static enum soter_rc
read_result(struct soter_claim *out, struct soter_span text,
    struct soter_report *why)
{
	struct soter_result_json json;
	struct soter_fault fault;
	enum soter_rc rc;

	rc = soter_result_json_parse(&json, text, NULL, &fault);
	if (rc != SOTER_OK) {
		soter_report_fault(why, &fault);
		return (rc);
	}
	fill(out, SOTER_KIND_RESULT, json.cpu_id, json.uid, json.counter);
	out->is_ios = json.is_ios;
	return (SOTER_OK);
}

/* From the leaf, not from the unsigned copies. */
static enum soter_rc
read_chain(struct soter_claim *out, struct soter_span text,
    struct soter_report *why)
{
	struct soter_vendor_chain *chain = NULL;
	struct soter_attest_text attested;
	struct soter_attest attest;
	enum soter_rc rc = SOTER_E_NOMEM;

	if ((chain = malloc(sizeof(*chain))) == NULL)
		goto out;
	if ((rc = soter_vendor_read(chain, text, why)) != SOTER_OK)
		goto out;
	rc = soter_vendor_text(&attest, &attested, chain, why);
	if (rc != SOTER_OK)
		goto out;
	fill(out, SOTER_KIND_CHAIN, attested.cpu_id, attested.uid,
	    attested.counter);
out:
	free(chain);
	return (rc);
}

/* The field that only this kind has, and must have. */
static const struct {
	const char *field;
	enum soter_rc (*read)(struct soter_claim *, struct soter_span,
	    struct soter_report *);
} kinds[] = {
	{ "certs", read_chain },
	{ "pub_key", read_key },
	{ "raw", read_result },
};

static enum soter_rc
read_claim(struct soter_claim *out, struct soter_span text,
    struct soter_report *why)
{
	struct soter_json json;
	struct soter_fault fault;
	enum soter_rc rc;

	rc = soter_json_parse(&json, text, SOTER_SPAN("pub_key"), &fault);
	if (rc != SOTER_OK) {
		soter_report_fault(why, &fault);
		return (rc);
	}
	for (size_t i = 0; i < SOTER_COUNT(kinds); i++)
		if (soter_json_find(&json, soter_text(kinds[i].field)) != NULL)
			return (kinds[i].read(out, text, why));
	return (SOTER_E_KIND);
}

enum soter_rc
soter_claim_read(struct soter_claim *out, struct soter_span text,
    struct soter_report *why)
{
	struct soter_report unseen;

	if (why == NULL)
		why = &unseen;
	soter_report_begin(why, SOTER_LINK_NONE);
	return (why->rc = read_claim(out, text, why));
}
