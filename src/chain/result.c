/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/bound.h"
#include "wire/result.h"

static enum soter_rc
parse(struct soter_result_json *out, struct soter_span text,
    struct soter_report *why)
{
	struct soter_unknown unknown;
	struct soter_fault fault;
	enum soter_rc rc;

	rc = soter_result_json_parse(out, text, &unknown, &fault);
	if (rc != SOTER_OK)
		soter_report_fault(why, &fault);
	else
		soter_report_unknown(why, &unknown);
	return (rc);
}

/* A row that denies nothing was meant to deny something. */
static enum soter_rc
check_want(const struct soter_result_expect *want)
{
	TRY(soter_link_expect(&want->key));
	if (want->challenge.n == 0 || (want->fids_n > 0 && !want->check_finger))
		return (SOTER_E_ARGUMENT);
	for (size_t i = 0; i < want->deny_n; i++)
		if (want->deny[i].name.n == 0 ||
		    want->deny[i].kind < SOTER_DENY_TEE ||
		    want->deny[i].kind > SOTER_DENY_DEVICE)
			return (SOTER_E_ARGUMENT);
	return (SOTER_OK);
}

/* Which fields a row of the deny list speaks of. */
static bool
is_denied(const struct soter_deny *row, const struct soter_result_json *json,
    const char **field, const char **seen)
{
	const struct {
		enum soter_deny_kind kind;
		const char *field, *name, *version;
	} columns[] = {
		{ SOTER_DENY_TEE, "tee_n", json->tee_n, json->tee_v },
		{ SOTER_DENY_FINGERPRINT, "fp_n", json->fp_n, json->fp_v },
		{ SOTER_DENY_FACE, "fc_n", json->fc_n, json->fc_v },
		{ SOTER_DENY_DEVICE, "cpu_id", json->cpu_id, "" },
	};

	for (size_t i = 0; i < SOTER_COUNT(columns); i++) {
		if (columns[i].kind != row->kind ||
		    !soter_span_equal(row->name, soter_text(columns[i].name)))
			continue;
		*field = columns[i].field;
		*seen = columns[i].name;
		return (row->version.n == 0 ||
		    soter_span_equal(row->version,
			soter_text(columns[i].version)));
	}
	return (false);
}

static enum soter_rc
check_denied(const struct soter_result_json *json,
    const struct soter_result_expect *want, struct soter_report *why)
{
	const char *field, *seen;

	for (size_t i = 0; i < want->deny_n; i++)
		if (is_denied(&want->deny[i], json, &field, &seen))
			return (soter_report_seen(why, SOTER_E_DENIED, field,
			    soter_text(seen)));
	return (SOTER_OK);
}

/* The challenge itself never goes into a report: reports are logged. */
static enum soter_rc
check_challenge(const struct soter_result_json *json,
    const struct soter_result_expect *want, struct soter_report *why)
{
	if (soter_json_is(json->raw, want->challenge))
		return (SOTER_OK);
	return (soter_report_numbers(why, SOTER_E_CHALLENGE, "raw",
	    soter_json_text_len(json->raw), want->challenge.n));
}

static enum soter_rc
check_finger(const struct soter_result_json *json,
    const struct soter_result_expect *want, struct soter_report *why)
{
	if (!want->check_finger)
		return (SOTER_OK);
	if (json->fid[0] == '\0')
		return (SOTER_E_FINGER_NONE);
	for (size_t i = 0; i < want->fids_n; i++)
		if (soter_span_equal(want->fids[i], soter_text(json->fid)))
			return (SOTER_OK);
	return (soter_report_seen(why, SOTER_E_FINGER, "fid",
	    soter_text(json->fid)));
}

static void
fill(struct soter_result *out, const struct soter_result_json *json)
{
	*out = (struct soter_result){ .counter = json->counter,
		.has_fid = json->fid[0] != '\0',
		.bio_epoch = json->bio_epoch };
	soter_copy(out->fid, json->fid, sizeof(out->fid));
	soter_copy(out->cpu_id, json->cpu_id, sizeof(out->cpu_id));
	soter_copy(out->uid, json->uid, sizeof(out->uid));
	soter_copy(out->tee_n, json->tee_n, sizeof(out->tee_n));
	soter_copy(out->tee_v, json->tee_v, sizeof(out->tee_v));
	soter_copy(out->fp_n, json->fp_n, sizeof(out->fp_n));
	soter_copy(out->fp_v, json->fp_v, sizeof(out->fp_v));
	soter_copy(out->fc_n, json->fc_n, sizeof(out->fc_n));
	soter_copy(out->fc_v, json->fc_v, sizeof(out->fc_v));
	soter_copy(out->bo_t, json->bo_t, sizeof(out->bo_t));
}

static enum soter_rc
accept(struct soter_result *out, const struct soter_bound *authkey,
    const struct soter_signed *in, const struct soter_result_expect *want,
    struct soter_report *why)
{
	struct soter_signer signer = soter_bound_signer(authkey);
	struct soter_result_json json;

	TRY(check_want(want));
	TRY(soter_link_signature(signer.key, in, why));
	TRY(soter_link_class(&signer, &want->key));
	TRY(parse(&json, in->text, why));
	TRY(soter_link_salt(json.salt_len, signer.salt_32_if_absent, why));
	TRY(soter_link_owner(&signer, &want->key, json.cpu_id, json.uid, why));
	TRY(check_denied(&json, want, why));
	TRY(check_challenge(&json, want, why));
	TRY(soter_link_counter(&want->key, json.counter, why));
	TRY(check_finger(&json, want, why));
	if (out != NULL)
		fill(out, &json);
	return (SOTER_OK);
}

enum soter_rc
soter_result_accept(struct soter_result *out,
    const struct soter_authkey *authkey, const struct soter_signed *in,
    const struct soter_result_expect *want, struct soter_report *why)
{
	struct soter_report unseen;

	if (why == NULL)
		why = &unseen;
	soter_report_begin(why, SOTER_LINK_RESULT);
	return (why->rc = accept(out, &authkey->bound, in, want, why));
}
