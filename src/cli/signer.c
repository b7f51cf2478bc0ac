/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "cli/print.h"
#include "cli/signer.h"
#include "crypto/policy.h"

/*
 * Who owns a key of which nobody knows anything?  A text that claims nothing
 * readable is refused for that, so these names never decide anything.
 */
#define NO_CPU_ID "?"
#define NO_UID	  "0"

/* Where an owner's text came from. */
enum origin { FROM_FILE, FROM_OPTION, FROM_CLAIM };

static enum origin
find_owner(char *to, size_t size, const char *in_file, const char *option,
    const char *claimed)
{
	const char *text = in_file[0] != '\0' ? in_file
	    : option != NULL		      ? option
					      : claimed;

	snprintf(to, size, "%s", text);
	return (in_file[0] != '\0' ? FROM_FILE
		: option != NULL   ? FROM_OPTION
				   : FROM_CLAIM);
}

static void
note_owner(struct check *c, enum origin cpu_id, enum origin uid)
{
	if (c->path != CHECK_CLASSIC && cpu_id == FROM_CLAIM &&
	    uid == FROM_CLAIM)
		check_note(c,
		    "the key was given by you: its owner (cpu_id "
		    "and uid) is taken from the claim");
	else if (cpu_id == FROM_CLAIM)
		check_note(c,
		    "the key was given by you: its owner's cpu_id "
		    "is taken from the claim");
	else if (c->path != CHECK_CLASSIC && uid == FROM_CLAIM)
		check_note(c,
		    "the key was given by you: its owner's uid is "
		    "taken from the claim");
	else
		check_note(c,
		    "the key was given by you: nothing above it was "
		    "checked");
}

/* The class and the status of a key in a file are the person's word. */
static void
note_class(struct check *c)
{
	c->is_key_given = true;
	check_note(c, "class not checked: the key was given by you");
}

/* Both owners go through here, so that output and check cannot differ. */
static void
set_owner(struct check *c)
{
	bool has_claim = c->claim_rc == SOTER_OK;
	enum origin cpu_id, uid = FROM_FILE;

	cpu_id = find_owner(c->signer_cpu_id, sizeof(c->signer_cpu_id),
	    c->key.cpu_id, c->request->cpu_id,
	    has_claim ? c->claim.cpu_id : NO_CPU_ID);
	if (c->path != CHECK_CLASSIC)
		uid =
		    find_owner(c->signer_uid, sizeof(c->signer_uid), c->key.uid,
			c->request->uid, has_claim ? c->claim.uid : NO_UID);
	c->is_owner_claimed = cpu_id == FROM_CLAIM ||
	    (c->path != CHECK_CLASSIC && uid == FROM_CLAIM);
	note_owner(c, cpu_id, uid);
	note_class(c);
}

/* The person says: this is the device's root. */
static enum soter_rc
given_root(struct check *c)
{
	struct soter_attk_record record = {
		.cls = c->request->cls,
		.status = SOTER_ROOT_ACTIVE,
		.key = soter_span(c->key.key.n, c->key.key.n_len),
	};
	enum soter_rc rc;

	if (c->key.form == KEYS_CHAIN) {
		print_error(c->request->key_file,
		    "is a chain ASK, and no "
		    "device root; give the root's public key");
		return (SOTER_E_READ);
	}
	rc = soter_key_policy(&c->key.key, SOTER_RSA_LEN);
	if (rc != SOTER_OK)
		return (keys_error(c->request->key_file, rc));
	c->roots.attk = calloc(1, sizeof(struct soter_attk *));
	c->roots.version = calloc(1, sizeof(uint32_t));
	if (c->roots.attk == NULL || c->roots.version == NULL)
		return (SOTER_E_NOMEM);
	set_owner(c);
	record.device_id = soter_text(c->signer_cpu_id);
	TRY(check_call(soter_attk_new(&c->roots.attk[0], &record)));
	c->roots.n = 1;
	return (SOTER_OK);
}

/*
 * A text that claims no readable device may still be signed by one: then all
 * roots are tried, and the text is refused for its form or its signature.
 */
enum soter_rc
signer_roots(struct check *c)
{
	const struct request *r = c->request;
	const char *cpu_id =
	    c->claim_rc == SOTER_OK ? c->claim.cpu_id : r->cpu_id;

	if (r->key_file != NULL)
		return (given_root(c));
	if (c->claim_rc != SOTER_OK)
		check_note(c,
		    "the text claims no device that can be read "
		    "(%s: %s)",
		    soter_rc_word(c->claim_rc), soter_rc_text(c->claim_rc));
	if (r->roots_file == NULL) {
		check_note(c,
		    "no device roots were given: --roots FILE, or "
		    "--key FILE");
		return (SOTER_OK);
	}
	if (cpu_id != NULL)
		snprintf(c->signer_cpu_id, sizeof(c->signer_cpu_id), "%s",
		    cpu_id);
	return (roots_read(&c->roots, r->roots_file, cpu_id));
}

enum soter_rc
signer_pin(struct soter_profile *profile, const struct keys_file *key,
    const char *file, enum soter_class cls)
{
	*profile = (struct soter_profile){ .name = "given", .cls = cls };
	if (key->form == KEYS_JSON || key->form == KEYS_CHAIN) {
		print_error(file,
		    "is %s; to pin a vendor root, give its "
		    "certificate or public key",
		    keys_form_text(key->form));
		return (SOTER_E_READ);
	}
	return (keys_fingerprint(profile->root_sha256, &key->key));
}

/* A chain ASK as the key above: it is checked as every other. */
static enum soter_rc
chain_as_key(struct check *c)
{
	struct soter_expect want = { .cls = c->request->cls };
	const char *file = c->request->profile_root_file;
	const struct soter_profile *profiles;
	struct soter_profile pinned;
	struct keys_file root = { 0 };
	struct soter_key_record record;
	enum soter_rc rc;
	size_t n;

	profiles = soter_profiles(&n);
	if (file != NULL) {
		if ((rc = keys_read(&root, file)) != SOTER_OK)
			goto out;
		rc = signer_pin(&pinned, &root, file, want.cls);
		if (rc != SOTER_OK)
			goto out;
		c->is_key_given = true;
		check_note(c,
		    "class not checked: the vendor root was given by you");
		profiles = &pinned;
		n = 1;
	}
	rc = soter_ask_accept_chain(&c->ask, profiles, n,
	    input_span(&c->key.input), &want, &c->why);
	if (rc != SOTER_OK) {
		c->is_signer_refused = true;
		c->path = CHECK_CHAIN;
		check_note(c,
		    "the refusal is about the chain ASK that was "
		    "given as --key; the text was not looked at");
		rc =
		    rc == SOTER_E_NOMEM || rc == SOTER_E_ENGINE ? rc : SOTER_OK;
		goto out;
	}
	soter_ask_record(c->ask, &record);
	soter_copy(c->signer_cpu_id, record.cpu_id, sizeof(record.cpu_id));
	soter_copy(c->signer_uid, record.uid, sizeof(record.uid));
out:
	keys_free(&root);
	return (rc);
}

/* The record that a data base would hold of this key. */
static enum soter_rc
make_record(struct check *c, enum soter_record_kind kind,
    struct soter_key_record *out)
{
	enum soter_rc rc = soter_key_policy(&c->key.key, SOTER_RSA_LEN);

	if (rc != SOTER_OK)
		return (keys_error(c->request->key_file, rc));
	set_owner(c);
	*out = (struct soter_key_record){ .kind = kind,
		.cls = c->request->cls,
		.e = c->key.key.e };
	soter_copy(out->cpu_id, c->signer_cpu_id, sizeof(out->cpu_id));
	soter_copy(out->uid, c->signer_uid, sizeof(out->uid));
	soter_copy(out->n, c->key.key.n, sizeof(out->n));
	return (SOTER_OK);
}

enum soter_rc
signer_ask(struct check *c)
{
	struct soter_key_record record;

	if (c->key.form == KEYS_CHAIN)
		return (chain_as_key(c));
	if (c->request->profile_root_file != NULL) {
		print_error(c->request->key_file,
		    "is %s; --profile-root goes with a chain ASK as --key",
		    keys_form_text(c->key.form));
		return (SOTER_E_ARGUMENT);
	}
	TRY(make_record(c, SOTER_RECORD_ASK, &record));
	return (check_call(soter_ask_restore(&c->ask, &record)));
}

enum soter_rc
signer_authkey(struct check *c)
{
	struct soter_key_record record;

	if (c->key.form == KEYS_CHAIN) {
		print_error(c->request->key_file,
		    "is a chain ASK; a result is "
		    "signed by an AuthKey, so give that one");
		return (SOTER_E_READ);
	}
	TRY(make_record(c, SOTER_RECORD_AUTHKEY, &record));
	return (check_call(soter_authkey_restore(&c->authkey, &record)));
}
