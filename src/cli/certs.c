/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "cli/certs.h"
#include "cli/keys.h"
#include "crypto/pkcs1.h"
#include "crypto/policy.h"

static bool
is_machine(enum soter_rc rc)
{
	return (rc == SOTER_E_NOMEM || rc == SOTER_E_ENGINE);
}

static unsigned
count_bits(const struct soter_key *key)
{
	unsigned bits = (unsigned)key->n_len * 8;

	for (uint8_t top = key->n[0]; bits > 0 && (top & 0x80) == 0;
	     top = (uint8_t)(top << 1 | 1))
		bits--;
	return (bits);
}

enum soter_rc
certs_put_key(json_t *to, const char *name, const struct soter_key *key,
    bool is_issuer)
{
	size_t len = is_issuer && key->n_len == SOTER_RSA_LEN_MAX
	    ? SOTER_RSA_LEN_MAX
	    : SOTER_RSA_LEN;
	uint8_t hash[SOTER_SHA256_LEN];
	enum soter_rc policy;
	json_t *object;

	TRY(keys_fingerprint(hash, key));
	policy = soter_key_policy(key, len);
	TRY(tree_put_object(to, name, &object));
	TRY(tree_put_text(object, "algorithm", "RSA"));
	TRY(tree_put_number(object, "bits", count_bits(key)));
	TRY(tree_put_number(object, "e", key->e));
	TRY(tree_put_hex(object, "sha256", soter_span(hash, sizeof(hash))));
	return (tree_put_text(object, "policy", soter_rc_word(policy)));
}

enum soter_rc
certs_put_problem(json_t *to, enum soter_rc rc, const struct soter_report *why)
{
	const struct soter_code *code = soter_code_find(rc);
	json_t *object;

	TRY(tree_put_object(to, "problem", &object));
	TRY(tree_put_text(object, "word", code->word));
	TRY(tree_put_number(object, "number", code->number));
	TRY(tree_put_text(object, "text", code->text));
	TRY(tree_put_text(object, "next", code->next));
	TRY(tree_put_text(object, "field", why->field));
	if (why->offset > 0)
		TRY(tree_put_number(object, "offset", why->offset));
	if (why->cert >= 0)
		TRY(tree_put_number(object, "cert", (uint64_t)why->cert));
	return (SOTER_OK);
}

enum soter_rc
certs_put_text(json_t *to, const struct soter_attest_text *text)
{
	TRY(tree_put_text(to, "cpu_id", text->cpu_id));
	TRY(tree_put_text(to, "uid", text->uid));
	TRY(tree_put_number(to, "counter", text->counter));
	if (text->salt_len < 0)
		return (tree_put(to, "salt_announced", json_null()));
	return (
	    tree_put_number(to, "salt_announced", (uint64_t)text->salt_len));
}

static enum soter_rc
put_set(json_t *to, const char *name, const struct soter_attest_set *set)
{
	json_t *array;

	TRY(tree_put_array(to, name, &array));
	for (size_t i = 0; i < set->n; i++) {
		char hex[16];

		if (set->value[i] < 0x10000) {
			if (json_array_append_new(array,
				json_integer(set->value[i])) != 0)
				return (SOTER_E_NOMEM);
			continue;
		}
		/* Vendor values are known by their hex form. */
		snprintf(hex, sizeof(hex), "0x%08x", (unsigned)set->value[i]);
		TRY(tree_append_text(array, hex));
	}
	return (SOTER_OK);
}

static enum soter_rc
put_tag(json_t *to, const char *name, int64_t value)
{
	if (value < 0)
		return (tree_put(to, name, json_null()));
	return (tree_put_number(to, name, (uint64_t)value));
}

static enum soter_rc
put_list(json_t *to, const char *name, const struct soter_attest_list *list)
{
	json_t *object;

	TRY(tree_put_object(to, name, &object));
	TRY(put_set(object, "purpose", &list->purpose));
	TRY(put_tag(object, "algorithm", list->algorithm));
	TRY(put_tag(object, "key_bits", list->key_bits));
	TRY(put_set(object, "digest", &list->digest));
	TRY(put_set(object, "padding", &list->padding));
	TRY(put_tag(object, "exponent", list->exponent));
	return (put_tag(object, "origin", list->origin));
}

/* The SOTER text in the attestation challenge, where there is one. */
static enum soter_rc
put_challenge(json_t *to, struct soter_span challenge)
{
	struct soter_attest_text text;
	json_t *object;

	if (soter_attest_text_parse(&text, challenge, NULL, NULL) != SOTER_OK)
		return (tree_put_text(to, "soter_text", "none"));
	TRY(tree_put_object(to, "soter_text", &object));
	return (certs_put_text(object, &text));
}

static enum soter_rc
put_attestation(json_t *to, struct soter_span der)
{
	struct soter_report why = { .cert = -1 };
	struct soter_attest attest;
	json_t *object;
	enum soter_rc rc;

	if (der.n == 0)
		return (tree_put(to, "attestation", json_null()));
	TRY(tree_put_object(to, "attestation", &object));
	if ((rc = soter_attest_parse(&attest, der)) != SOTER_OK)
		return (certs_put_problem(object, rc, &why));
	TRY(tree_put_number(object, "level", attest.attestation_level));
	TRY(tree_put_number(object, "keymaster", attest.keymaster_level));
	TRY(put_challenge(object, attest.challenge));
	TRY(put_list(object, "software", &attest.software));
	return (put_list(object, "tee", &attest.tee));
}

enum soter_rc
certs_put(json_t *to, const struct soter_cert *cert)
{
	TRY(tree_put_span(to, "common_name", cert->cn));
	TRY(certs_put_key(to, "key", &cert->key, cert->attestation.n == 0));
	return (put_attestation(to, cert->attestation));
}

static enum soter_rc
is_signed_by(bool *out, const struct soter_cert *cert,
    const struct soter_cert *issuer)
{
	struct soter_pubkey *key = NULL;
	enum soter_rc rc;

	rc = soter_pubkey_make_issuer(&key, &issuer->key);
	if (rc == SOTER_OK)
		rc = soter_pkcs1_verify(key, cert->tbs, cert->sig);
	soter_pubkey_free(&key);
	if (is_machine(rc))
		return (rc);
	*out = rc == SOTER_OK;
	return (SOTER_OK);
}

static enum soter_rc
put_vendor(json_t *to, const struct soter_cert *root)
{
	const struct soter_profile *profiles;
	uint8_t hash[SOTER_SHA256_LEN];
	size_t n;

	profiles = soter_profiles(&n);
	TRY(soter_sha256(hash, root->spki));
	for (size_t i = 0; i < n; i++)
		if (soter_span_equal(soter_span(hash, sizeof(hash)),
			soter_span(profiles[i].root_sha256, sizeof(hash))))
			return (
			    tree_put_text(to, "vendor_root", profiles[i].name));
	return (tree_put_text(to, "vendor_root", "not known"));
}

enum soter_rc
certs_put_chain(json_t *to, const struct soter_vendor_chain *chain)
{
	static const char *const roles[SOTER_CHAIN_CERTS] = { "leaf: the ASK",
		"device: in place of an ATTK", "vendor CA", "vendor root" };
	json_t *array, *object;

	TRY(put_vendor(to, &chain->cert[SOTER_CHAIN_CERTS - 1]));
	TRY(tree_put_array(to, "certificates", &array));
	for (size_t i = 0; i < SOTER_CHAIN_CERTS; i++) {
		size_t next = i + 1 < SOTER_CHAIN_CERTS ? i + 1 : i;
		bool is_signed;

		TRY(is_signed_by(&is_signed, &chain->cert[i],
		    &chain->cert[next]));
		TRY(tree_append_object(array, &object));
		TRY(tree_put_number(object, "cert", i));
		TRY(tree_put_text(object, "role", roles[i]));
		TRY(tree_put_bool(object,
		    next == i ? "signed_by_self" : "signed_by_next",
		    is_signed));
		TRY(certs_put(object, &chain->cert[i]));
	}
	return (SOTER_OK);
}
