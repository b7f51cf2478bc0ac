/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/vendor.h"
#include "chain/bound.h"
#include "crypto/hash.h"
#include "crypto/pkcs1.h"

#include <stdlib.h>

#define LEAF   0
#define DEVICE 1 /* plays the part of the ATTK */
#define ROOT   (SOTER_CHAIN_CERTS - 1)

enum soter_rc
soter_vendor_read(struct soter_vendor_chain *out, struct soter_span text,
    struct soter_report *why)
{
	struct soter_fault fault;
	enum soter_rc rc;

	rc = soter_chain_ask_parse(&out->ask, text, &out->unknown, &fault);
	if (rc != SOTER_OK) {
		soter_report_fault(why, &fault);
		return (rc);
	}
	for (int i = 0; i < SOTER_CHAIN_CERTS; i++) {
		struct soter_writer der =
		    soter_writer(out->der[i], sizeof(out->der[i]));

		why->cert = i;
		TRY(soter_chain_ask_cert(&der, &out->ask, (size_t)i));
		TRY(soter_cert_parse(&out->cert[i], soter_written(&der)));
	}
	why->cert = -1;
	return (SOTER_OK);
}

enum soter_rc
soter_vendor_text(struct soter_attest *attest, struct soter_attest_text *text,
    const struct soter_vendor_chain *chain, struct soter_report *why)
{
	struct soter_unknown unknown;
	struct soter_fault fault;
	enum soter_rc rc;

	why->cert = LEAF;
	if (chain->cert[LEAF].attestation.n == 0)
		return (SOTER_E_ATTEST_MISSING);
	TRY(soter_attest_parse(attest, chain->cert[LEAF].attestation));
	if (!soter_span_starts(attest->challenge, SOTER_SPAN("{")))
		return (SOTER_E_ATTEST_MISSING);
	rc = soter_attest_text_parse(text, attest->challenge, &unknown, &fault);
	if (rc != SOTER_OK) {
		soter_report_fault(why, &fault);
		return (rc);
	}
	soter_report_unknown(why, &unknown);
	why->cert = -1;
	return (SOTER_OK);
}

/* The root is known by its key alone: names are anybody's to choose. */
static enum soter_rc
find_profile(const struct soter_profile **out,
    const struct soter_profile *profiles, size_t n,
    const struct soter_cert *root)
{
	uint8_t hash[SOTER_SHA256_LEN];

	TRY(soter_sha256(hash, root->spki));
	for (size_t i = 0; i < n; i++)
		if (soter_span_equal(soter_span(hash, sizeof(hash)),
			soter_span(profiles[i].root_sha256, sizeof(hash)))) {
			*out = &profiles[i];
			return (SOTER_OK);
		}
	return (SOTER_E_CHAIN_ROOT);
}

static enum soter_rc
check_signature(const struct soter_cert *cert, const struct soter_cert *issuer)
{
	struct soter_pubkey *key = NULL;
	enum soter_rc rc;

	if ((rc = soter_pubkey_make_issuer(&key, &issuer->key)) != SOTER_OK)
		goto out;
	rc = soter_pkcs1_verify(key, cert->tbs, cert->sig);
	if (rc == SOTER_E_SIGNATURE || rc == SOTER_E_SIG_LENGTH)
		rc = SOTER_E_CHAIN_SIGNATURE;
out:
	soter_pubkey_free(&key);
	return (rc);
}

/* Each by the next one; the root by itself. */
static enum soter_rc
check_signatures(const struct soter_cert cert[SOTER_CHAIN_CERTS],
    struct soter_report *why)
{
	for (int i = 0; i < SOTER_CHAIN_CERTS; i++) {
		why->cert = i;
		TRY(check_signature(&cert[i], &cert[i < ROOT ? i + 1 : ROOT]));
	}
	why->cert = -1;
	return (SOTER_OK);
}

/* Exactly one value, and this one. */
static bool
is_only(const struct soter_attest_set *set, uint32_t value)
{
	return (set->n == 1 && set->value[0] == value);
}

/*
 * V18: "in the TEE-enforced list purpose = exactly {0xFF010001} ... the same
 * tags in the software list do not count".  Without this the SOTER text is one
 * that any app can have attested for an ordinary key.
 */
static enum soter_rc
check_attestation(const struct soter_attest *a)
{
	const struct soter_attest_list *tee = &a->tee;

	if (a->attestation_level != SOTER_ATTEST_LEVEL_TEE ||
	    a->keymaster_level != SOTER_ATTEST_LEVEL_TEE)
		return (SOTER_E_ATTEST_LEVEL);
	if (!is_only(&tee->purpose, SOTER_ATTEST_PURPOSE_SOTER))
		return (SOTER_E_ATTEST_PURPOSE);
	if (tee->algorithm != SOTER_ATTEST_ALG_RSA ||
	    tee->key_bits != SOTER_RSA_LEN * 8 ||
	    !is_only(&tee->digest, SOTER_ATTEST_DIGEST_SHA256) ||
	    !is_only(&tee->padding, SOTER_ATTEST_PADDING_PSS) ||
	    tee->exponent != 65537 || tee->origin != SOTER_ATTEST_ORIGIN_MADE)
		return (SOTER_E_ATTEST_KEY);
	return (SOTER_OK);
}

/* cpu_id is the device certificate's name, '-' and eight hex digits. */
static enum soter_rc
check_name(struct soter_span cn, const char *cpu_id, struct soter_report *why)
{
	struct soter_span id = soter_text(cpu_id);
	bool fits = cn.n > 0 && id.n == cn.n + 9 && soter_span_starts(id, cn) &&
	    id.p[cn.n] == '-';

	for (size_t i = cn.n + 1; fits && i < id.n; i++)
		fits = soter_hex_digit(id.p[i]) != SOTER_HEX_BAD;
	if (fits)
		return (SOTER_OK);
	why->cert = DEVICE;
	return (soter_report_seen(why, SOTER_E_CHAIN_NAME, "cpu_id", id));
}

static enum soter_rc
check_copies(const struct soter_chain_ask *ask,
    const struct soter_attest_text *text, struct soter_report *why)
{
	if (!ask->has_copies)
		return (SOTER_OK);
	if (!soter_span_equal(soter_text(ask->cpu_id),
		soter_text(text->cpu_id)))
		return (soter_report_seen(why, SOTER_E_CHAIN_COPY, "cpu_id",
		    soter_text(ask->cpu_id)));
	if (!soter_span_equal(soter_text(ask->uid), soter_text(text->uid)))
		return (soter_report_seen(why, SOTER_E_CHAIN_COPY, "uid",
		    soter_text(ask->uid)));
	if (ask->counter != text->counter)
		return (soter_report_numbers(why, SOTER_E_CHAIN_COPY, "counter",
		    ask->counter, text->counter));
	return (SOTER_OK);
}

/* The leaf has no salt of its own: its text announces that of the keys below.
 */
static enum soter_rc
check_salt(int32_t announced, struct soter_report *why)
{
	if (announced < 0 || announced == SOTER_SALT_DEFAULT ||
	    announced == SOTER_SALT_LONG)
		return (SOTER_OK);
	return (soter_report_numbers(why, SOTER_E_SALT, "rsa_pss_saltlen",
	    (uint64_t)announced, SOTER_SALT_DEFAULT));
}

/* The signed part: profile, signatures, attestation.  text is then verified. */
static enum soter_rc
check_chain(const struct soter_profile **profile,
    struct soter_attest_text *text, const struct soter_vendor_chain *chain,
    const struct soter_profile *profiles, size_t n, struct soter_report *why)
{
	struct soter_attest attest;

	TRY(find_profile(profile, profiles, n, &chain->cert[ROOT]));
	TRY(check_signatures(chain->cert, why));
	soter_report_unknown(why, &chain->unknown);
	TRY(soter_vendor_text(&attest, text, chain, why));
	TRY(check_attestation(&attest));
	TRY(check_salt(text->salt_len, why));
	TRY(check_name(chain->cert[DEVICE].cn, text->cpu_id, why));
	return (check_copies(&chain->ask, text, why));
}

static enum soter_rc
accept(struct soter_bound *out, const struct soter_vendor_chain *chain,
    const struct soter_profile *profiles, size_t n,
    const struct soter_expect *want, struct soter_report *why)
{
	const struct soter_profile *profile;
	struct soter_attest_text text;
	struct soter_signer signer;

	TRY(check_chain(&profile, &text, chain, profiles, n, why));
	signer = (struct soter_signer){ .cls = profile->cls };
	TRY(soter_link_class(&signer, want));
	TRY(soter_link_owner(&signer, want, text.cpu_id, text.uid, why));
	TRY(soter_link_counter(want, text.counter, why));
	TRY(soter_pubkey_make(&out->key, &chain->cert[LEAF].key));
	if (soter_pubkey_is(out->key, &chain->cert[DEVICE].key))
		return (SOTER_E_SELF);

	out->cls = profile->cls;
	out->salt_32_if_absent = profile->salt_32_if_absent;
	out->counter = text.counter;
	soter_copy(out->cpu_id, text.cpu_id, sizeof(out->cpu_id));
	soter_copy(out->uid, text.uid, sizeof(out->uid));
	return (SOTER_OK);
}

enum soter_rc
soter_ask_accept_chain(struct soter_ask **out,
    const struct soter_profile *profiles, size_t n, struct soter_span text,
    const struct soter_expect *want, struct soter_report *why)
{
	struct soter_vendor_chain *chain = NULL;
	struct soter_report unseen;
	struct soter_ask *ask = NULL;
	enum soter_rc rc;

	if (why == NULL)
		why = &unseen;
	soter_report_begin(why, SOTER_LINK_ASK);
	if ((rc = soter_link_expect(want)) != SOTER_OK)
		goto out;
	rc = SOTER_E_NOMEM;
	if ((ask = calloc(1, sizeof(*ask))) == NULL ||
	    (chain = calloc(1, sizeof(*chain))) == NULL)
		goto out;
	if ((rc = soter_vendor_read(chain, text, why)) != SOTER_OK)
		goto out;
	rc = accept(&ask->bound, chain, profiles, n, want, why);
	if (rc != SOTER_OK)
		goto out;

	*out = ask; /* ownership moves to the caller */
	ask = NULL;
out:
	free(chain);
	soter_ask_free(&ask);
	return (why->rc = rc);
}
