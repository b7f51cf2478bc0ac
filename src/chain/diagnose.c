/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Diagnosis: after a refusal, find out what would have matched.  Nothing in
 * here can change a verdict; it only adds hints to a report.
 */
#include "chain/repair.h"
#include "chain/rewrite.h"
#include "crypto/pkcs1.h"
#include "crypto/pss.h"

/* Candidates are named by the caller, but perhaps taken from a request. */
#define OTHERS_MAX 64

static bool
is_over(void *pss, struct soter_span text)
{
	return (soter_pss_match(pss, text) == SOTER_OK);
}

static bool
is_pkcs1(const struct soter_pubkey *key, struct soter_span text,
    struct soter_span sig)
{
	return (soter_pkcs1_verify(key, text, sig) == SOTER_OK);
}

/*
 * Is the padding proof enough that this key signed?  One random number in some
 * 65,000 looks like a padding, but with a salt that fills nearly all of it.
 */
#define SALT_PLAUSIBLE 64

static bool
is_by(struct soter_pss *pss, const struct soter_pubkey *key,
    struct soter_span text, struct soter_span sig)
{
	return (soter_pss_open(pss, key, sig) == SOTER_OK &&
	    (pss->salt_len <= SALT_PLAUSIBLE || is_over(pss, text)));
}

/* The key is known; which text did it sign? */
static void
explain_text(struct soter_report *why, struct soter_pss *pss,
    struct soter_span text)
{
	if (pss->salt_len != SOTER_SALT_DEFAULT &&
	    pss->salt_len != SOTER_SALT_LONG)
		soter_report_hint(why, SOTER_HINT_SALT, (int64_t)pss->salt_len,
		    NULL);
	if (is_over(pss, text) ||
	    soter_rewrite_search(why, text, is_over, pss)) {
		why->would_match = true;
		return;
	}
	soter_report_hint(why, SOTER_HINT_TEXT, 0, NULL);
}

/* Is it this key's work?  name is NULL for the key that should have signed. */
static bool
explain_key(struct soter_report *why, const struct soter_pubkey *key,
    const char *name, struct soter_span text, struct soter_span sig)
{
	struct soter_pss pss;
	bool is_pss = is_by(&pss, key, text, sig);

	if (!is_pss && !is_pkcs1(key, text, sig))
		return (false);
	if (name != NULL)
		soter_report_hint(why, SOTER_HINT_OTHER_KEY, 0, name);
	if (is_pss) {
		explain_text(why, &pss, text);
		return (true);
	}
	soter_report_hint(why, SOTER_HINT_PKCS1, 0, NULL);
	why->would_match = true;
	return (true);
}

static bool
is_about_signature(enum soter_rc rc)
{
	return (rc == SOTER_E_BASE64 || rc == SOTER_E_FORMAT ||
	    rc == SOTER_E_SIG_LENGTH || rc == SOTER_E_SIGNATURE);
}

void
soter_diagnose(struct soter_report *why, const struct soter_pubkey *signer,
    const struct soter_signed *in, const struct soter_other_key *others,
    size_t n)
{
	uint8_t bytes[SOTER_SIG_LEN];
	struct soter_span sig = soter_span(bytes, sizeof(bytes));

	why->hints = 0;
	why->would_match = false;
	if (why->rc == SOTER_E_SALT && in->sig.n > 0) { /* a chain has none */
		soter_report_hint(why, SOTER_HINT_SALT, (int64_t)why->salt_len,
		    NULL);
		why->would_match = true;
	}
	if (!is_about_signature(why->rc) ||
	    !soter_repair_signature(bytes, in->sig, why))
		return;
	if (signer != NULL && explain_key(why, signer, NULL, in->text, sig))
		return;
	for (size_t i = 0; i < n && i < OTHERS_MAX; i++)
		if (explain_key(why, others[i].key, others[i].name, in->text,
			sig))
			return;
}
