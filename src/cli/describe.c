/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "chain/repair.h"
#include "cli/certs.h"
#include "cli/describe.h"
#include "cli/keys.h"
#include "cli/look.h"
#include "crypto/policy.h"
#include "wire/export.h"
#include "wire/keyjson.h"
#include "wire/model.h"
#include "wire/result.h"
#include "wire/sigtext.h"

/* Shorter texts may be Base64 of anything. */
#define CUT_LEAST 64

static enum soter_rc
begin(json_t *to, const char *kind, const char *what, size_t bytes)
{
	TRY(tree_put_text(to, "kind", kind));
	TRY(tree_put_text(to, "what", what));
	return (tree_put_number(to, "bytes", bytes));
}

static enum soter_rc
put_unknown(json_t *to, const struct soter_unknown *unknown)
{
	json_t *array;

	TRY(tree_put_array(to, "unknown", &array));
	for (size_t i = 0; i < unknown->n; i++) {
		struct soter_fault printable;

		soter_fault_field(&printable, unknown->name[i]);
		TRY(tree_append_text(array, printable.field));
	}
	return (SOTER_OK);
}

static enum soter_rc
put_salt(json_t *to, int32_t salt_len)
{
	if (salt_len < 0)
		return (tree_put(to, "salt_announced", json_null()));
	return (tree_put_number(to, "salt_announced", (uint64_t)salt_len));
}

static enum soter_rc
put_fault(json_t *to, enum soter_rc rc, const struct soter_fault *fault,
    bool *is_whole)
{
	struct soter_report why = { .cert = -1, .offset = fault->offset };

	*is_whole = false;
	soter_copy(why.field, fault->field, sizeof(fault->field));
	return (certs_put_problem(to, rc, &why));
}

static enum soter_rc
put_key_json(json_t *to, struct soter_span in, bool *is_whole)
{
	struct soter_unknown unknown;
	struct soter_fault fault = { 0 };
	struct soter_key_json x;
	json_t *claimed;
	enum soter_rc rc;

	TRY(begin(to, "key_json",
	    "a key JSON: an ASK or an AuthKey, only the signer tells which",
	    in.n));
	rc = soter_key_json_parse(&x, in, &unknown, &fault);
	if (rc != SOTER_OK)
		return (put_fault(to, rc, &fault, is_whole));
	TRY(tree_put_object(to, "claimed", &claimed));
	TRY(tree_put_text(claimed, "cpu_id", x.cpu_id));
	TRY(tree_put_text(claimed, "uid", x.uid));
	TRY(tree_put_number(claimed, "counter", x.counter));
	TRY(put_salt(claimed, x.salt_len));
	TRY(put_unknown(claimed, &unknown));
	return (certs_put_key(claimed, "pub_key", &x.key, false));
}

static enum soter_rc
put_result_texts(json_t *to, const struct soter_result_json *x)
{
	TRY(tree_put_text(to, "fid", x->fid));
	TRY(tree_put_text(to, "tee_n", x->tee_n));
	TRY(tree_put_text(to, "tee_v", x->tee_v));
	TRY(tree_put_text(to, "fp_n", x->fp_n));
	TRY(tree_put_text(to, "fp_v", x->fp_v));
	TRY(tree_put_text(to, "fc_n", x->fc_n));
	TRY(tree_put_text(to, "fc_v", x->fc_v));
	TRY(tree_put_text(to, "bo_t", x->bo_t));
	if (x->bio_epoch == 0)
		return (SOTER_OK);
	return (tree_put_number(to, "bio_epoch", x->bio_epoch));
}

/* The challenge may still be valid: its length is all that is shown. */
static enum soter_rc
put_result_json(json_t *to, struct soter_span in, bool *is_whole)
{
	struct soter_unknown unknown;
	struct soter_fault fault = { 0 };
	struct soter_result_json x;
	json_t *claimed;
	enum soter_rc rc;

	TRY(begin(to, "result_json",
	    "a result JSON: what an AuthKey signs after a match", in.n));
	rc = soter_result_json_parse(&x, in, &unknown, &fault);
	if (rc != SOTER_OK)
		return (put_fault(to, rc, &fault, is_whole));
	TRY(tree_put_object(to, "claimed", &claimed));
	TRY(tree_put_text(claimed, "form", x.is_ios ? "iOS" : "Android"));
	TRY(tree_put_text(claimed, "cpu_id", x.cpu_id));
	TRY(tree_put_text(claimed, "uid", x.uid));
	TRY(tree_put_number(claimed, "counter", x.counter));
	TRY(tree_put_number(claimed, "challenge_bytes",
	    soter_json_text_len(x.raw)));
	TRY(put_result_texts(claimed, &x));
	TRY(put_salt(claimed, x.salt_len));
	return (put_unknown(claimed, &unknown));
}

/* The copies that the client added, and what the leaf says of the same. */
static enum soter_rc
put_chain_claims(json_t *to, const struct soter_vendor_chain *chain)
{
	const struct soter_chain_ask *ask = &chain->ask;
	struct soter_report why = { .cert = -1 };
	struct soter_attest_text text;
	struct soter_attest attest;
	json_t *claimed, *copies;

	TRY(tree_put_object(to, "claimed", &claimed));
	if (soter_vendor_text(&attest, &text, chain, &why) == SOTER_OK)
		TRY(certs_put_text(claimed, &text));
	if (ask->has_copies) {
		TRY(tree_put_object(claimed, "unsigned_copies", &copies));
		TRY(tree_put_text(copies, "cpu_id", ask->cpu_id));
		TRY(tree_put_text(copies, "uid", ask->uid));
		TRY(tree_put_number(copies, "counter", ask->counter));
	}
	TRY(put_unknown(claimed, &chain->unknown));
	return (certs_put_chain(claimed, chain));
}

static enum soter_rc
put_chain_read(json_t *to, struct soter_span in,
    struct soter_vendor_chain *chain, bool *is_whole)
{
	struct soter_report why = { .cert = -1 };
	enum soter_rc rc;

	TRY(begin(to, "chain_ask", "an ASK as a certificate chain", in.n));
	rc = soter_vendor_read(chain, in, &why);
	*is_whole = rc == SOTER_OK;
	if (rc != SOTER_OK)
		return (certs_put_problem(to, rc, &why));
	return (put_chain_claims(to, chain));
}

static enum soter_rc
put_chain(json_t *to, struct soter_span in, bool *is_whole)
{
	struct soter_vendor_chain *chain = malloc(sizeof(*chain));
	enum soter_rc rc = SOTER_E_NOMEM;

	if (chain != NULL)
		rc = put_chain_read(to, in, chain, is_whole);
	free(chain);
	return (rc);
}

/* By the member that only one kind has. */
static enum soter_rc
put_json(json_t *to, struct soter_span in, bool *is_whole)
{
	struct soter_fault fault = { 0 };
	struct soter_json json;
	enum soter_rc rc;

	if (look_has_member(in, "certs"))
		return (put_chain(to, in, is_whole));
	if (look_has_member(in, "pub_key"))
		return (put_key_json(to, in, is_whole));
	if (look_has_member(in, "raw"))
		return (put_result_json(to, in, is_whole));
	*is_whole = false;
	TRY(begin(to, "json", "a JSON text, but none of SOTER's", in.n));
	rc = soter_json_parse(&json, in, SOTER_SPAN(""), &fault);
	return (rc == SOTER_OK ? rc : put_fault(to, rc, &fault, is_whole));
}

static enum soter_rc
put_hints(json_t *to, const struct soter_report *why)
{
	json_t *array;

	TRY(tree_put_array(to, "hints", &array));
	for (size_t i = 0; i < why->hints; i++)
		TRY(tree_append_text(array,
		    soter_code_find((unsigned)why->hint[i].hint)->word));
	return (SOTER_OK);
}

static bool
is_cut(const struct soter_report *why)
{
	return (why->hints > 0 &&
	    why->hint[why->hints - 1].hint == SOTER_HINT_CUT &&
	    why->hint[why->hints - 1].number >= CUT_LEAST);
}

/* true if it is one, perhaps after a repair. */
static bool
is_signature(struct soter_span in, const char **what,
    struct soter_report *damage)
{
	uint8_t sig[SOTER_SIG_LEN];

	if (soter_sig_parse(sig, in) == SOTER_OK) {
		*what = in.n == SOTER_SIG_BASE64_LEN ? "a signature, in Base64"
						     : "a signature, in hex";
		return (true);
	}
	if (!look_is_text(in))
		return (false);
	*what = "a damaged signature: see hints";
	return (soter_repair_signature(sig, in, damage) || is_cut(damage));
}

static enum soter_rc
put_signature(json_t *to, struct soter_span in, bool *is_whole)
{
	struct soter_report damage = { .cert = -1 };
	const char *what;

	if (!is_signature(in, &what, &damage)) {
		*is_whole = false;
		return (begin(to, "unknown", "nothing that SOTER knows", in.n));
	}
	TRY(begin(to, "signature", what, in.n));
	return (put_hints(to, &damage));
}

/* 256 bytes say nothing of themselves. */
static enum soter_rc
put_raw(json_t *to, struct soter_span in)
{
	struct soter_key key = { .alg = SOTER_ALG_RSA,
		.e = 65537,
		.n_len = SOTER_RSA_LEN };

	TRY(begin(to, "raw_256",
	    "256 raw bytes: a signature, or the modulus of a key", in.n));
	soter_copy(key.n, in.p, in.n);
	if (soter_key_policy(&key, SOTER_RSA_LEN) != SOTER_OK)
		return (SOTER_OK);
	return (certs_put_key(to, "as_a_modulus", &key, false));
}

static enum soter_rc
put_der(json_t *to, struct soter_span der, bool *is_whole)
{
	struct soter_report why = { .cert = -1 };
	struct soter_cert cert;
	struct soter_key key;
	enum keys_form form;
	json_t *claimed;
	enum soter_rc rc;

	if ((rc = keys_parse_der(&form, &key, der)) != SOTER_OK) {
		*is_whole = false;
		return (certs_put_problem(to, rc, &why));
	}
	TRY(tree_put_text(to, "content", keys_form_text(form)));
	TRY(tree_put_object(to, "claimed", &claimed));
	if (form != KEYS_CERTIFICATE)
		return (certs_put_key(claimed, "key", &key, true));
	TRY(soter_cert_parse(&cert, der));
	return (certs_put(claimed, &cert));
}

static enum soter_rc
put_pem(json_t *to, struct soter_span in, bool *is_whole)
{
	struct soter_report why = { .cert = -1 };
	struct keys_pem pem;
	struct soter_span der;
	struct soter_key key;
	enum keys_form form;
	enum soter_rc rc;

	TRY(begin(to, "pem", "a PEM block", in.n));
	if ((rc = keys_parse_pem(&pem, in)) != SOTER_OK) {
		*is_whole = false;
		return (certs_put_problem(to, rc, &why));
	}
	der = soter_span(pem.der, pem.der_len);
	TRY(tree_put_text(to, "label", pem.label));
	if (keys_is_private(pem.label))
		return (tree_put_text(to, "content",
		    "a private key: not looked into; keep it to yourself"));
	if (keys_parse_der(&form, &key, der) == SOTER_OK)
		TRY(tree_put_bool(to, "label_is_right",
		    !keys_is_label_wrong(form, &pem)));
	return (put_der(to, der, is_whole));
}

static enum soter_rc
put_blob(json_t *to, struct soter_span in, bool *is_whole)
{
	struct soter_report why = { .cert = -1 };
	struct soter_export x;
	json_t *text;
	enum soter_rc rc;

	TRY(begin(to, "export_blob", "an export blob: length, text, signature",
	    in.n));
	rc = soter_export_parse(&x, in);
	*is_whole = rc == SOTER_OK;
	if (rc != SOTER_OK)
		return (certs_put_problem(to, rc, &why));
	TRY(tree_put_number(to, "signature_bytes", x.sig.n));
	TRY(tree_put_object(to, "text", &text));
	return (describe_put(text, x.text, is_whole));
}

static enum soter_rc
put_model(json_t *to, struct soter_span in, bool *is_whole)
{
	static const char *const names[SOTER_MODEL_PARTS] = { "manufacturer",
		"model", "version_release", "version_incremental", "display" };
	struct soter_report why = { .cert = -1 };
	struct soter_model x;
	json_t *claimed;
	enum soter_rc rc;

	TRY(begin(to, "device_info", "a device info (model_key)", in.n));
	rc = soter_model_parse(&x, in);
	*is_whole = rc == SOTER_OK;
	if (rc != SOTER_OK)
		return (certs_put_problem(to, rc, &why));
	TRY(tree_put_object(to, "claimed", &claimed));
	for (size_t i = 0; i < x.parts; i++)
		TRY(tree_put_span(claimed, names[i], x.part[i]));
	return (SOTER_OK);
}

/* What an editor puts behind a text that should be in one line. */
static struct soter_span
without_line_end(struct soter_span in)
{
	if (in.n == SOTER_SIG_LEN || !look_is_text(in))
		return (in);
	if (in.n > 0 && in.p[in.n - 1] == '\n')
		in.n--;
	if (in.n > 0 && in.p[in.n - 1] == '\r')
		in.n--;
	return (in);
}

enum soter_rc
describe_put(json_t *to, struct soter_span in, bool *is_whole)
{
	struct soter_span pem;

	if (look_is_blob(in))
		return (put_blob(to, in, is_whole));
	if (look_is_json(in))
		return (put_json(to, in, is_whole));
	if (in.n > 4 && look_is_json(soter_span(in.p + 4, in.n - 4)))
		return (put_blob(to, in, is_whole)); /* a broken one */
	if (look_pem(&pem, in))
		return (put_pem(to, pem, is_whole));
	if (soter_span_starts(in, SOTER_SPAN("<deviceinfo>")))
		return (put_model(to, without_line_end(in), is_whole));
	if (in.n == SOTER_SIG_LEN)
		return (put_raw(to, in));
	if (in.n > 1 && in.p[0] == 0x30 && (in.p[1] & 0x80) != 0) {
		TRY(begin(to, "der", "DER", in.n));
		return (put_der(to, in, is_whole));
	}
	return (put_signature(to, without_line_end(in), is_whole));
}
