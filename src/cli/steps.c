/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "chain/vendor.h"
#include "cli/steps.h"

typedef bool condition(const struct check *c);

struct step {
	const char *what, *rule;
	condition *fails;    /* does the verdict stand here? */
	condition *is_asked; /* NULL: always */
};

/* ------------------------------------------------------------------------- */
/* Where a verdict stands                                                    */
/* ------------------------------------------------------------------------- */

static bool
is_wire(const struct check *c)
{
	return (c->why.rc >> 8 == 1);
}

static bool
is_key(const struct check *c)
{
	return (c->why.rc >= SOTER_E_KEY_ALGORITHM &&
	    c->why.rc <= SOTER_E_KEY_ROCA);
}

static bool
at_signature_text(const struct check *c)
{
	return (is_wire(c) && !c->why.opened);
}

static bool
at_signature(const struct check *c)
{
	return (c->why.rc == SOTER_E_SIGNATURE);
}

static bool
at_blob(const struct check *c)
{
	return (!c->is_split || c->in.text.n > SOTER_SIGNED_MAX);
}

static bool
at_root(const struct check *c)
{
	return (c->why.rc == SOTER_E_ATTK_UNKNOWN);
}

static bool
at_root_status(const struct check *c)
{
	return (c->why.rc == SOTER_E_ATTK_REVOKED ||
	    c->why.rc == SOTER_E_ATTK_SUSPENDED);
}

static bool
at_class(const struct check *c)
{
	return (c->why.rc == SOTER_E_CLASS);
}

/* The key in the text could not be read; its quality is judged later. */
static bool
at_shape(const struct check *c)
{
	return (is_wire(c) || (is_key(c) && c->why.field[0] != '\0'));
}

static bool
at_salt(const struct check *c)
{
	return (c->why.rc == SOTER_E_SALT && !c->is_salt_demanded);
}

static bool
at_self(const struct check *c)
{
	return (c->why.rc == SOTER_E_SELF);
}

static bool
at_owner(const struct check *c)
{
	return (c->why.rc == SOTER_E_CPU_ID || c->why.rc == SOTER_E_UID);
}

static bool
at_counter(const struct check *c)
{
	return (c->why.rc == SOTER_E_REPLAY);
}

static bool
at_deny(const struct check *c)
{
	return (c->why.rc == SOTER_E_DENIED);
}

static bool
at_challenge(const struct check *c)
{
	return (c->why.rc == SOTER_E_CHALLENGE);
}

static bool
at_finger(const struct check *c)
{
	return (
	    c->why.rc == SOTER_E_FINGER || c->why.rc == SOTER_E_FINGER_NONE);
}

static bool
at_demanded_salt(const struct check *c)
{
	return (c->is_salt_demanded);
}

/* Read the chain again: the report does not say how far it could be read. */
static bool
at_chain_shape(const struct check *c)
{
	struct soter_vendor_chain *chain;
	struct soter_report ignored;
	struct soter_span text =
	    c->is_signer_refused ? input_span(&c->key.input) : c->in.text;
	bool is_readable;

	if (!is_wire(c) && !is_key(c) && c->why.rc != SOTER_E_CHAIN_LENGTH)
		return (false);
	if ((chain = malloc(sizeof(*chain))) == NULL)
		return (true);
	is_readable = soter_vendor_read(chain, text, &ignored) == SOTER_OK;
	free(chain);
	return (!is_readable);
}

static bool
at_chain_root(const struct check *c)
{
	return (c->why.rc == SOTER_E_CHAIN_ROOT);
}

/* An issuer's key that is refused stands here too; the leaf's comes last. */
static bool
at_chain_signatures(const struct check *c)
{
	return (c->why.rc == SOTER_E_CHAIN_SIGNATURE ||
	    (is_key(c) && c->why.cert >= 0));
}

static bool
at_attestation(const struct check *c)
{
	return (is_wire(c) || c->why.rc == SOTER_E_ATTEST_MISSING);
}

static bool
at_attest_level(const struct check *c)
{
	return (c->why.rc == SOTER_E_ATTEST_LEVEL);
}

static bool
at_attest_purpose(const struct check *c)
{
	return (c->why.rc == SOTER_E_ATTEST_PURPOSE);
}

static bool
at_attest_key(const struct check *c)
{
	return (c->why.rc == SOTER_E_ATTEST_KEY);
}

static bool
at_chain_name(const struct check *c)
{
	return (c->why.rc == SOTER_E_CHAIN_NAME);
}

static bool
at_chain_copy(const struct check *c)
{
	return (c->why.rc == SOTER_E_CHAIN_COPY);
}

/* ------------------------------------------------------------------------- */
/* What is checked only if somebody asks                                     */
/* ------------------------------------------------------------------------- */

static bool
asks_counter(const struct check *c)
{
	return (c->request->has_counter && !c->is_signer_refused);
}

static bool
asks_challenge(const struct check *c)
{
	return (!c->request->no_challenge);
}

static bool
asks_finger(const struct check *c)
{
	return (c->request->fids_n > 0);
}

static bool
asks_deny(const struct check *c)
{
	return (c->request->deny_n > 0);
}

/* What the person said of the key cannot be checked against itself. */
static bool
asks_class(const struct check *c)
{
	return (!c->is_key_given);
}

static bool
asks_owner(const struct check *c)
{
	return (!c->is_owner_claimed || c->request->cpu_id != NULL ||
	    c->request->uid != NULL);
}

static bool
asks_salt(const struct check *c)
{
	return (c->request->salt != 0);
}

/* ------------------------------------------------------------------------- */
/* The ways                                                                  */
/* ------------------------------------------------------------------------- */

/* clang-format off */
#define STEP_BLOB	{ "text and signature are there, and not too long", "b.1", at_blob, NULL }
#define STEP_SIG_TEXT	{ "the signature is 256 bytes: raw, Base64 or hex", "V2 V20", at_signature_text, NULL }
#define STEP_CLASS	{ "the signer is of this verifier's class", "h.1 class", at_class, asks_class }
#define STEP_SALT	{ "the salt is as long as the text announces", "b.4", at_salt, NULL }
#define STEP_COUNTER	{ "the counter is above the last one", "V8", at_counter, asks_counter }
#define STEP_KEY	{ "the key in it is RSA-2048, and no weak one", "V3", is_key, NULL }
#define STEP_DEMANDED	{ "the salt is as long as --salt demands", "b.4", at_demanded_salt, asks_salt }

static const struct step classic[] = {
	STEP_BLOB,
	{ "a device root is known", "e.3", at_root, NULL },
	STEP_SIG_TEXT,
	{ "a root of the device signed exactly these bytes", "V1 V2", at_signature, NULL },
	{ "that root is active", "e.3", at_root_status, asks_class },
	STEP_CLASS,
	{ "the text is a key JSON, and nothing else", "h.1 kinds", at_shape, NULL },
	STEP_SALT,
	{ "the key in it is not the signer's own", "h.1 kinds", at_self, NULL },
	{ "the owner is the root's device", "V7", at_owner, asks_owner },
	STEP_COUNTER,
	STEP_KEY,
	STEP_DEMANDED,
};

static const struct step chain[] = {
	{ "the text holds four certificates that can be read", "V18 b.5", at_chain_shape, NULL },
	{ "the chain ends in a pinned vendor root", "V18", at_chain_root, NULL },
	{ "each certificate is signed by the next one", "V18", at_chain_signatures, NULL },
	{ "the leaf attests a SOTER text", "V18", at_attestation, NULL },
	{ "key and attestation live in the TEE", "V18", at_attest_level, NULL },
	{ "the TEE says: a SOTER attest key, and nothing else", "V18", at_attest_purpose, NULL },
	{ "the TEE describes an RSA-2048 PSS SHA-256 key made in it", "V18", at_attest_key, NULL },
	{ "the salt that is announced is one that phones use", "b.4", at_salt, NULL },
	{ "the device certificate's name belongs to the cpu_id", "V18", at_chain_name, NULL },
	{ "the unsigned copies equal what is attested", "V18", at_chain_copy, NULL },
	STEP_CLASS,
	{ "the owner is the one you expect", "V7", at_owner, NULL },
	STEP_COUNTER,
	STEP_KEY,
	{ "the key is not the device certificate's own", "h.1 kinds", at_self, NULL },
};

static const struct step authkey[] = {
	STEP_BLOB,
	STEP_SIG_TEXT,
	{ "the ASK signed exactly these bytes", "V1 V2", at_signature, NULL },
	STEP_CLASS,
	{ "the text is a key JSON, and nothing else", "h.1 kinds", at_shape, NULL },
	STEP_SALT,
	{ "the key in it is not the signer's own", "h.1 kinds", at_self, NULL },
	{ "the owner is the ASK's", "V5 V7", at_owner, asks_owner },
	STEP_COUNTER,
	STEP_KEY,
	STEP_DEMANDED,
};

static const struct step result[] = {
	STEP_BLOB,
	STEP_SIG_TEXT,
	{ "the AuthKey signed exactly these bytes", "V1 V2", at_signature, NULL },
	STEP_CLASS,
	{ "the text is a result JSON, and nothing else", "h.1 kinds", at_shape, NULL },
	STEP_SALT,
	{ "the owner is the AuthKey's", "V7", at_owner, asks_owner },
	{ "neither device, TEE nor sensor is on the deny list", "V14", at_deny, asks_deny },
	{ "the challenge is the one that was issued", "V11", at_challenge, asks_challenge },
	STEP_COUNTER,
	{ "the finger is one of those accepted", "V12", at_finger, asks_finger },
	STEP_DEMANDED,
};
/* clang-format on */

static const struct {
	const struct step *steps;
	size_t n;
} ways[] = {
	[CHECK_CLASSIC] = { classic, SOTER_COUNT(classic) },
	[CHECK_CHAIN] = { chain, SOTER_COUNT(chain) },
	[CHECK_AUTHKEY] = { authkey, SOTER_COUNT(authkey) },
	[CHECK_RESULT] = { result, SOTER_COUNT(result) },
};

_Static_assert(SOTER_COUNT(classic) <= STEPS_MAX &&
	SOTER_COUNT(chain) <= STEPS_MAX,
    "a way fits the caller's array");

const char *
steps_word(enum steps_state state)
{
	static const char *const words[] = { "passed", "failed", "not_reached",
		"not_asked" };

	return (words[state]);
}

size_t
steps_fill(struct steps_row out[STEPS_MAX], const struct check *c)
{
	const struct step *steps = ways[c->path].steps;
	size_t n = ways[c->path].n, failed = n, passed;

	for (size_t i = 0; i < n && c->why.rc != SOTER_OK && failed == n; i++)
		if (steps[i].fails(c))
			failed = i;
	/* A verdict without a step of its own proves nothing. */
	passed = failed < n ? failed : c->why.rc == SOTER_OK ? n : 0;
	for (size_t i = 0; i < n; i++) {
		bool is_asked =
		    steps[i].is_asked == NULL || steps[i].is_asked(c);

		out[i] = (struct steps_row){ steps[i].what, steps[i].rule,
			i == failed	 ? STEPS_FAILED
			    : !is_asked	 ? STEPS_NOT_ASKED
			    : i < passed ? STEPS_PASSED
					 : STEPS_NOT_REACHED };
	}
	return (n);
}
