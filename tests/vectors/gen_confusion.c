/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_confusion.c -- each kind of object at each link of the chain, correctly
 * signed by each key that must not sign it.
 *
 * Two sheets.  In the first the verifier holds the right key of the link, as
 * one that looks keys up by owner does: every signature by another key is
 * refused, and an object of another kind is refused even if the right key
 * signed it.  In the second the verifier was talked into trusting the very key
 * that signed: then the kind must give the lie away, or that the key stands
 * under its own signature.
 *
 * Three of the 72 fields are empty, since nothing is wrong in them: the ASK
 * under the ATTK, the AuthKey under the ASK, and the AuthKey under the ATTK.
 * ASK and AuthKey have one shape, and their signer alone tells them apart.
 */
#include <stdio.h>
#include <string.h>

#include "generate.h"

/* clang-format off */
static const struct link {
	const char *word;
	const char *key;	/* the right signer */
	bool of_keys;		/* an object at this link is a key */
} links[] = {
	{ "ask", "attk-a", true },
	{ "authkey", "ask-a-10115", true },
	{ "result", "authkey-a-10115-pay", false },
};

static const struct kind {
	const char *word;
	const char *file;
	const char *own;	/* the key inside */
	bool is_key;
} kinds[] = {
	{ "ask", "classic-salt20/ask-10115", "ask-a-10115", true },
	{ "authkey", "classic-salt20/authkey-10115-pay", "authkey-a-10115-pay", true },
	{ "result", "classic-salt20/result-10115-pay", "", false },
	{ "chain-ask", "chain/ask", "", false },
};

static const struct signer {
	const char *key;
	const char *word;
} signers[] = {
	{ "attk-a", "the device root" },
	{ "ask-a-10115", "the app's own ASK" },
	{ "ask-a-10116", "another app's ASK" },
	{ "attk-b", "another device's root" },
	{ "authkey-a-10115-pay", "an AuthKey" },
	{ "authkey-a-10115-login", "another business's AuthKey" },
};
/* clang-format on */

static void
sign(const struct kind *kind, const struct signer *signer)
{
	struct gen_pss how = { .salt_len = 20 };
	uint8_t sig[SOTER_SIG_LEN];
	char name[GEN_NAME_MAX], file[GEN_NAME_MAX];
	struct gen_object o;

	gen_take(&o, kind->file);
	gen_name(name, "negative/confusion/%s-by-%s", kind->word, signer->key);
	gen_name(file, "%s.sig", name);
	gen_pss_sign(sig, gen_key(signer->key), gen_span(&o.text), &how, name);
	gen_file(file, soter_span(sig, sizeof(sig)));
}

static bool
same(const char *a, const char *b)
{
	return (strcmp(a, b) == 0);
}

/* What a verifier that trusts the signer has to say; SOTER_OK: nothing. */
static enum soter_rc
verdict(const struct kind *kind, const struct link *link,
    const struct signer *signer)
{
	if (link->of_keys != kind->is_key)
		return (SOTER_E_KIND);
	return (same(kind->own, signer->key) ? SOTER_E_SELF : SOTER_OK);
}

static void
put(const struct kind *kind, const struct link *link,
    const struct signer *signer, const char *key)
{
	char why[200];
	struct gen_object o;

	gen_take(&o, kind->file);
	snprintf(why, sizeof(why), "%s at link %s, signed by %s, %s",
	    same(kind->word, "ask")	      ? "an ASK"
		: same(kind->word, "authkey") ? "an AuthKey"
		: same(kind->word, "result")  ? "a result"
					      : "a chain ASK",
	    link->word, signer->word,
	    same(key, link->key) ? "under the right key"
				 : "under the key that signed it");
	gen_name(o.c.name, "negative/confusion/%s-at-%s-by-%s%s", kind->word,
	    link->word, signer->key, same(key, link->key) ? "" : "-trusted");
	gen_name(o.c.sig_file, "negative/confusion/%s-by-%s.sig", kind->word,
	    signer->key);
	o.c.link = link->word;
	o.c.key = key;
	o.c.why = why;
	if (!same(link->word, "result"))
		o.c.challenge = o.c.fids[0] = NULL;
	else if (o.c.challenge == NULL)
		o.c.challenge = "any"; /* a verifier of results must have one */
	if (same(key, signer->key)) {
		o.c.want = verdict(kind, link, signer);
	} else {
		o.c.want = SOTER_E_SIGNATURE;
		o.c.hints[0] = SOTER_HINT_OTHER_KEY;
		o.c.also[0] = signer->key;
	}
	if (o.c.want != SOTER_OK)
		gen_manifest(&o.c);
}

void
gen_confusion(void)
{
	for (size_t k = 0; k < SOTER_COUNT(kinds); k++)
		for (size_t s = 0; s < SOTER_COUNT(signers); s++) {
			sign(&kinds[k], &signers[s]);
			for (size_t l = 0; l < SOTER_COUNT(links); l++) {
				put(&kinds[k], &links[l], &signers[s],
				    links[l].key);
				if (!same(signers[s].key, links[l].key))
					put(&kinds[k], &links[l], &signers[s],
					    signers[s].key);
			}
		}
}
