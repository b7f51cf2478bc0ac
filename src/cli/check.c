/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check.h"
#include "cli/look.h"
#include "cli/print.h"
#include "cli/signer.h"
#include "wire/result.h"

void
check_note(struct check *c, const char *format, ...)
{
	va_list args;

	if (c->notes == CHECK_NOTES_MAX)
		return;
	va_start(args, format);
	vsnprintf(c->note[c->notes++], CHECK_NOTE_MAX, format, args);
	va_end(args);
}

enum soter_rc
check_call(enum soter_rc rc)
{
	if (rc == SOTER_OK || rc == SOTER_E_NOMEM || rc == SOTER_E_ENGINE)
		return (rc);
	print_error(NULL, "%s (%s): this is an error of soter; report it",
	    soter_rc_text(rc), soter_rc_word(rc));
	return (SOTER_E_ARGUMENT);
}

/* ------------------------------------------------------------------------- */
/* Text and signature                                                        */
/* ------------------------------------------------------------------------- */

/* A signature file of its own. */
static enum soter_rc
read_sig(struct check *c, bool is_blob)
{
	if (is_blob) {
		print_error(c->request->signed_file,
		    "is an export blob and carries its signature; leave --sig "
		    "out");
		return (SOTER_E_ARGUMENT);
	}
	TRY(input_read(&c->sig, c->request->sig_file, INPUT_KEY_MAX,
	    "a signature; leave --sig out for a blob or a chain ASK"));
	/* What an editor or echo puts behind a text; never behind raw bytes. */
	if (c->sig.n != SOTER_SIG_LEN && look_is_text(input_span(&c->sig)))
		input_cut_line_end(&c->sig);
	c->in =
	    (struct soter_signed){ input_span(&c->text), input_span(&c->sig) };
	c->is_split = true;
	return (SOTER_OK);
}

/*
 * What was signed, and by which bytes.  A blob that cannot be taken apart is
 * refused, not an error: somebody sent it.
 */
static enum soter_rc
read_signed(struct check *c)
{
	const struct request *r = c->request;
	struct soter_span in;
	bool is_blob;

	TRY(input_read(&c->text, r->signed_file, INPUT_SIGNED_MAX,
	    "the bytes that were signed"));
	in = input_span(&c->text);
	is_blob = look_is_blob(in);
	if (r->sig_file != NULL)
		return (read_sig(c, is_blob));
	if (!is_blob && look_is_json(in)) {
		if (r->link == SOTER_LINK_ASK && look_has_member(in, "certs")) {
			c->path = CHECK_CHAIN;
			c->in.text = in;
			c->is_split = true;
			return (SOTER_OK);
		}
		print_error(r->signed_file,
		    "is a JSON text without its signature; add --sig FILE");
		return (SOTER_E_ARGUMENT);
	}
	c->why = (struct soter_report){ .link = r->link, .cert = -1 };
	c->why.rc = soter_signed_split(&c->in, in);
	c->is_split = c->why.rc == SOTER_OK;
	return (SOTER_OK);
}

/* ------------------------------------------------------------------------- */
/* The links                                                                 */
/* ------------------------------------------------------------------------- */

static struct soter_expect
expectation(const struct request *r)
{
	return ((struct soter_expect){ .cls = r->cls,
	    .cpu_id = soter_text(r->cpu_id),
	    .uid = soter_text(r->uid),
	    .has_counter = r->has_counter,
	    .counter_above = r->counter_above });
}

static enum soter_rc
accept_chain(struct check *c)
{
	struct soter_expect want = expectation(c->request);
	const struct soter_profile *profiles;
	struct soter_profile pinned;
	size_t n;

	if (c->request->salt != 0) {
		print_error("--salt",
		    "a chain ASK is signed without a salt; "
		    "leave it out");
		return (SOTER_E_ARGUMENT);
	}
	profiles = soter_profiles(&n);
	if (c->request->key_file != NULL) {
		TRY(signer_pin(&pinned, &c->key, c->request->key_file,
		    want.cls));
		c->is_key_given = true;
		check_note(c,
		    "class not checked: the vendor root was given by you, "
		    "profile \"given\"");
		profiles = &pinned;
		n = 1;
	}
	c->why.rc = soter_ask_accept_chain(&c->accepted_ask, profiles, n,
	    c->in.text, &want, &c->why);
	return (SOTER_OK);
}

static enum soter_rc
accept_classic(struct check *c)
{
	struct soter_expect want = expectation(c->request);

	TRY(signer_roots(c));
	c->why.rc = soter_ask_accept(&c->accepted_ask,
	    (const struct soter_attk *const *)c->roots.attk, c->roots.n, &c->in,
	    &want, &c->why);
	return (SOTER_OK);
}

static enum soter_rc
accept_ask(struct check *c)
{
	return (c->path == CHECK_CHAIN ? accept_chain(c) : accept_classic(c));
}

static enum soter_rc
accept_authkey(struct check *c)
{
	struct soter_expect want = expectation(c->request);

	TRY(signer_ask(c));
	if (c->is_signer_refused)
		return (SOTER_OK);
	c->why.rc = soter_authkey_accept(&c->accepted_authkey, c->ask, &c->in,
	    &want, &c->why);
	return (SOTER_OK);
}

/*
 * Without --challenge the claimed one is what is expected.  A text that has
 * none is refused for that before the challenge is compared.
 */
static struct soter_span
find_challenge(const struct check *c, struct soter_writer *room)
{
	struct soter_result_json json;

	if (c->request->challenge != NULL)
		return (soter_text(c->request->challenge));
	if (soter_result_json_parse(&json, c->in.text, NULL, NULL) !=
		SOTER_OK ||
	    soter_json_decode(room, json.raw) != SOTER_OK)
		return (SOTER_SPAN("-"));
	return (soter_written(room));
}

static enum soter_rc
accept_result(struct check *c)
{
	const struct request *r = c->request;
	uint8_t claimed[SOTER_CHALLENGE_MAX];
	struct soter_writer room = soter_writer(claimed, sizeof(claimed));
	struct soter_result_expect want = {
		.key = expectation(r),
		.challenge = find_challenge(c, &room),
		.check_finger = r->fids_n > 0,
		.fids = r->fids,
		.fids_n = r->fids_n,
		.deny = r->deny,
		.deny_n = r->deny_n,
	};

	TRY(signer_authkey(c));
	if (r->no_challenge)
		check_note(c, "challenge not checked: this may be a replay");
	c->why.rc = soter_result_accept(&c->accepted_result, c->authkey, &c->in,
	    &want, &c->why);
	return (SOTER_OK);
}

/* ------------------------------------------------------------------------- */
/* After the verdict                                                         */
/* ------------------------------------------------------------------------- */

/* --salt: a valid signature with another length than demanded. */
static void
check_salt(struct check *c)
{
	if (c->request->salt == 0 || c->why.rc != SOTER_OK ||
	    c->why.salt_len == c->request->salt)
		return;
	c->is_salt_demanded = true;
	c->why.rc = SOTER_E_SALT;
	c->why.got = c->why.salt_len;
	c->why.want = c->request->salt;
}

/* A device may have several roots: diagnose by the one that says most. */
static void
diagnose_roots(struct check *c, const struct soter_other_key *others)
{
	struct soter_report best = c->why;

	soter_diagnose(&best, NULL, &c->in, others, c->request->others_n);
	for (size_t i = c->roots.n; i-- > 0;) {
		struct soter_report one = c->why;

		soter_diagnose(&one, soter_attk_key(c->roots.attk[i]), &c->in,
		    NULL, 0);
		if (one.would_match ||
		    (one.hints > best.hints && !best.would_match))
			best = one;
	}
	c->why = best;
}

static void
diagnose(struct check *c)
{
	struct soter_other_key others[REQUEST_LIST_MAX];
	const struct soter_pubkey *signer = NULL;

	for (size_t i = 0; i < c->request->others_n; i++)
		others[i] =
		    (struct soter_other_key){ c->request->others[i].name,
			    c->others[i] };
	if (c->is_signer_refused) /* then it is not about these bytes */
		return;
	if (c->path == CHECK_CLASSIC) {
		diagnose_roots(c, others);
		return;
	}
	if (c->path == CHECK_AUTHKEY)
		signer = soter_ask_key(c->ask);
	if (c->path == CHECK_RESULT)
		signer = soter_authkey_key(c->authkey);
	soter_diagnose(&c->why, signer, &c->in, others, c->request->others_n);
}

/* The label of the key file is a finding too, whatever the verdict. */
static void
hint_label(struct check *c)
{
	if (c->key.is_label_wrong && c->why.hints < SOTER_VERIFY_HINT_MAX)
		c->why.hint[c->why.hints++].hint = SOTER_HINT_LABEL;
}

static void
note_verified(struct check *c)
{
	const struct request *r = c->request;

	if (c->why.salt_quirk)
		check_note(c,
		    "32 bytes of salt, although the text announces "
		    "none: the vendor's profile allows it");
	if (!r->has_counter)
		check_note(c, "counter not checked: no --counter-above");
	if (r->link == SOTER_LINK_RESULT && r->fids_n == 0)
		check_note(c, "finger not checked: no --fid");
}

/* ------------------------------------------------------------------------- */

static enum soter_rc
read_others(struct check *c)
{
	for (size_t i = 0; i < c->request->others_n; i++) {
		const char *file = c->request->others[i].file;
		struct keys_file keys = { 0 };
		enum soter_rc rc = keys_read(&keys, file);

		if (rc == SOTER_OK)
			rc = keys_prepare(&c->others[i], &keys, file);
		keys_free(&keys);
		if (rc != SOTER_OK)
			return (rc);
	}
	return (SOTER_OK);
}

static enum soter_rc
accept(struct check *c)
{
	static enum soter_rc (*const links[])(struct check *) = {
		[SOTER_LINK_ASK] = accept_ask,
		[SOTER_LINK_AUTHKEY] = accept_authkey,
		[SOTER_LINK_RESULT] = accept_result,
	};

	TRY(links[c->request->link](c));
	if (c->why.rc >> 8 == 6)
		return (check_call(c->why.rc));
	check_salt(c);
	if (c->why.rc == SOTER_OK)
		note_verified(c);
	else
		diagnose(c);
	hint_label(c);
	return (SOTER_OK);
}

static enum soter_rc
run(struct check *c)
{
	const char *key_file = c->request->key_file;

	TRY(read_signed(c));
	if (key_file != NULL)
		TRY(keys_read(&c->key, key_file));
	TRY(read_others(c));
	if (!c->is_split) /* a blob that is none: the verdict stands */
		return (SOTER_OK);
	c->claim_rc = soter_claim_read(&c->claim, c->in.text, NULL);
	if (c->claim_rc == SOTER_E_NOMEM || c->claim_rc == SOTER_E_ENGINE)
		return (c->claim_rc);
	return (accept(c));
}

enum soter_rc
check_run(struct check *out, const struct request *request)
{
	static const enum check_path paths[] = {
		[SOTER_LINK_ASK] = CHECK_CLASSIC,
		[SOTER_LINK_AUTHKEY] = CHECK_AUTHKEY,
		[SOTER_LINK_RESULT] = CHECK_RESULT,
	};
	enum soter_rc rc;

	*out =
	    (struct check){ .request = request, .path = paths[request->link] };
	if ((rc = run(out)) != SOTER_OK)
		check_free(out);
	return (rc);
}

void
check_free(struct check *c)
{
	input_free(&c->text);
	input_free(&c->sig);
	keys_free(&c->key);
	roots_free(&c->roots);
	soter_ask_free(&c->ask);
	soter_authkey_free(&c->authkey);
	soter_ask_free(&c->accepted_ask);
	soter_authkey_free(&c->accepted_authkey);
	for (size_t i = 0; i < REQUEST_LIST_MAX; i++)
		soter_pubkey_free(&c->others[i]);
}
