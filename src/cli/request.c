/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "cli/print.h"
#include "cli/request.h"
#include "wire/limits.h"

enum {
	OPT_SIGNED = 256,
	OPT_SIG,
	OPT_KEY,
	OPT_ROOTS,
	OPT_PROFILE_ROOT,
	OPT_CHALLENGE,
	OPT_NO_CHALLENGE,
	OPT_COUNTER_ABOVE,
	OPT_UID,
	OPT_CPU_ID,
	OPT_SALT,
	OPT_CLASS,
	OPT_FID,
	OPT_DENY,
	OPT_OTHER_KEY,
	OPT_JSON,
};

/* For whom an option is. */
#define BIT(link) (1u << (link))
#define ASK	  BIT(SOTER_LINK_ASK)
#define AUTHKEY	  BIT(SOTER_LINK_AUTHKEY)
#define RESULT	  BIT(SOTER_LINK_RESULT)

/* clang-format off */
static const struct options_row rows[] = {
	{ OPT_SIGNED, "signed", "FILE", 0, "the exact signed bytes, or an export blob", false },
	{ OPT_SIG, "sig", "FILE", 0, "the signature: raw, Base64 or hex", false },
	{ OPT_KEY, "key", "FILE", 0, "the signer's public key: PEM, DER, JSON, raw", false },
	{ OPT_ROOTS, "roots", "FILE", ASK, "device roots, one JSON object a line", false },
	{ OPT_PROFILE_ROOT, "profile-root", "FILE", AUTHKEY, "vendor root for a chain ASK as --key", false },
	{ OPT_CHALLENGE, "challenge", "TEXT", RESULT, "the challenge that was issued", false },
	{ OPT_NO_CHALLENGE, "no-challenge", NULL, RESULT, "do not check the challenge (old samples)", false },
	{ OPT_COUNTER_ABOVE, "counter-above", "N", 0, "the highest counter accepted so far", false },
	{ OPT_UID, "uid", "U", 0, "the owner's uid must be this one", false },
	{ OPT_CPU_ID, "cpu-id", "ID", 0, "the owner's cpu_id must be this one", false },
	{ OPT_SALT, "salt", "20|32", 0, "demand this salt length", false },
	{ OPT_CLASS, "class", "test|production", 0, "class of this verifier (production)", false },
	{ OPT_FID, "fid", "N", RESULT, "a finger to accept; may be repeated", true },
	{ OPT_DENY, "deny", "KIND=NAME[=VERSION]", RESULT, "refuse a tee, fp, face or device", true },
	{ OPT_OTHER_KEY, "other-key", "NAME=FILE", 0, "another key for the diagnosis to try", true },
	{ OPT_JSON, "json", NULL, 0, "answer with one JSON object", false },
};
/* clang-format on */

void
request_print_options(enum soter_link link)
{
	options_print(rows, SOTER_COUNT(rows),
	    link == SOTER_LINK_NONE ? 0 : BIT(link));
}

static enum soter_rc
take_counter(struct request *r, const struct options *o)
{
	if (soter_decimal(soter_text(o->value), SOTER_COUNTER_MAX,
		&r->counter_above) != SOTER_OK)
		return (options_error(o, "counter-above",
		    "needs a number from 0 to 2^63 - 1"));
	r->has_counter = true;
	return (SOTER_OK);
}

static enum soter_rc
take_salt(struct request *r, const struct options *o)
{
	r->salt = strcmp(o->value, "20") == 0 ? SOTER_SALT_DEFAULT
	    : strcmp(o->value, "32") == 0     ? SOTER_SALT_LONG
					      : 0;
	if (r->salt == 0)
		return (options_error(o, "salt", "must be 20 or 32"));
	return (SOTER_OK);
}

static enum soter_rc
take_class(struct request *r, const struct options *o)
{
	if (strcmp(o->value, "test") == 0)
		r->cls = SOTER_CLASS_TEST;
	else if (strcmp(o->value, "production") == 0)
		r->cls = SOTER_CLASS_PRODUCTION;
	else
		return (
		    options_error(o, "class", "must be test or production"));
	return (SOTER_OK);
}

/* An owner that no record could hold would never match. */
static enum soter_rc
take_cpu_id(struct request *r, const struct options *o)
{
	size_t n = strlen(o->value);

	if (n == 0 || n > SOTER_CPU_ID_MAX)
		return (options_error(o, "cpu-id", "must have 1 to %d bytes",
		    SOTER_CPU_ID_MAX));
	r->cpu_id = o->value;
	return (SOTER_OK);
}

/* Decimal digits, or 32 of lower-case hex on iOS. */
static enum soter_rc
take_uid(struct request *r, const struct options *o)
{
	size_t n = strlen(o->value);

	if (n == 0 || n > SOTER_UID_MAX ||
	    strspn(o->value, "0123456789abcdef") != n)
		return (options_error(o, "uid",
		    "must be a number, or 32 hex digits"));
	r->uid = o->value;
	return (SOTER_OK);
}

static enum soter_rc
take_challenge(struct request *r, const struct options *o)
{
	if (o->value[0] == '\0')
		return (options_error(o, "challenge", "must not be empty"));
	r->challenge = o->value;
	return (SOTER_OK);
}

static enum soter_rc
take_fid(struct request *r, const struct options *o)
{
	uint64_t ignored;

	if (r->fids_n == REQUEST_LIST_MAX)
		return (options_error(o, "fid", "more than %d of them",
		    REQUEST_LIST_MAX));
	if (soter_decimal(soter_text(o->value), UINT64_MAX, &ignored) !=
	    SOTER_OK)
		return (options_error(o, "fid", "must be a decimal number"));
	r->fids[r->fids_n++] = soter_text(o->value);
	return (SOTER_OK);
}

static enum soter_rc
take_deny(struct request *r, const struct options *o)
{
	static const struct {
		const char *word;
		enum soter_deny_kind kind;
	} kinds[] = {
		{ "tee=", SOTER_DENY_TEE },
		{ "fp=", SOTER_DENY_FINGERPRINT },
		{ "face=", SOTER_DENY_FACE },
		{ "device=", SOTER_DENY_DEVICE },
	};
	struct soter_deny row = { 0 };
	const char *name = NULL, *version;

	for (size_t i = 0; i < SOTER_COUNT(kinds); i++)
		if (strncmp(o->value, kinds[i].word, strlen(kinds[i].word)) ==
		    0) {
			row.kind = kinds[i].kind;
			name = o->value + strlen(kinds[i].word);
		}
	if (name == NULL || name[0] == '\0' || name[0] == '=')
		return (options_error(o, "deny",
		    "needs tee=NAME, fp=NAME, face=NAME or device=CPU_ID"));
	if (r->deny_n == REQUEST_LIST_MAX)
		return (options_error(o, "deny", "more than %d of them",
		    REQUEST_LIST_MAX));
	version = strchr(name, '=');
	row.name = soter_text(name);
	if (version != NULL) {
		row.name.n = (size_t)(version - name);
		row.version = soter_text(version + 1);
	}
	if (version != NULL &&
	    (row.version.n == 0 || row.kind == SOTER_DENY_DEVICE))
		return (options_error(o, "deny",
		    row.version.n == 0 ? "the version is empty"
				       : "a device has no version"));
	r->deny[r->deny_n++] = row;
	return (SOTER_OK);
}

static enum soter_rc
take_other_key(struct request *r, const struct options *o)
{
	const char *file = strchr(o->value, '=');
	struct request_other_key *other = &r->others[r->others_n];

	if (file == NULL || file == o->value || file[1] == '\0')
		return (options_error(o, "other-key", "needs NAME=FILE"));
	if (r->others_n == REQUEST_LIST_MAX)
		return (options_error(o, "other-key", "more than %d of them",
		    REQUEST_LIST_MAX));
	other->name = strndup(o->value, (size_t)(file - o->value));
	if (other->name == NULL)
		return (SOTER_E_NOMEM);
	other->file = file + 1;
	r->others_n++;
	return (SOTER_OK);
}

static enum soter_rc
take(struct request *r, const struct options *o, int id)
{
	switch (id) {
	case OPT_SIGNED:
		r->signed_file = o->value;
		break;
	case OPT_SIG:
		r->sig_file = o->value;
		break;
	case OPT_KEY:
		r->key_file = o->value;
		break;
	case OPT_ROOTS:
		r->roots_file = o->value;
		break;
	case OPT_PROFILE_ROOT:
		r->profile_root_file = o->value;
		break;
	case OPT_CHALLENGE:
		return (take_challenge(r, o));
	case OPT_NO_CHALLENGE:
		r->no_challenge = true;
		break;
	case OPT_COUNTER_ABOVE:
		return (take_counter(r, o));
	case OPT_UID:
		return (take_uid(r, o));
	case OPT_CPU_ID:
		return (take_cpu_id(r, o));
	case OPT_SALT:
		return (take_salt(r, o));
	case OPT_CLASS:
		return (take_class(r, o));
	case OPT_FID:
		return (take_fid(r, o));
	case OPT_DENY:
		return (take_deny(r, o));
	case OPT_OTHER_KEY:
		return (take_other_key(r, o));
	case OPT_JSON:
		r->json = true;
		break;
	default:
		return (SOTER_E_ARGUMENT);
	}
	return (SOTER_OK);
}

static bool
find_link(enum soter_link *out, const char *word)
{
	for (enum soter_link link = SOTER_LINK_ASK; link <= SOTER_LINK_RESULT;
	     link++)
		if (strcmp(word, soter_link_word(link)) == 0) {
			*out = link;
			return (true);
		}
	return (false);
}

/* Which options go together. */
static enum soter_rc
check(const struct request *r, const struct options *o)
{
	for (size_t i = 0; i < SOTER_COUNT(rows); i++)
		if ((o->given & 1u << i) != 0 && rows[i].where != 0 &&
		    (rows[i].where & BIT(r->link)) == 0)
			return (options_error(o, rows[i].name,
			    "is not for `soter %s %s`", o->verb,
			    soter_link_word(r->link)));
	if (r->signed_file == NULL)
		return (options_error(o, NULL,
		    "--signed FILE is missing: the bytes that were signed"));
	if (r->link != SOTER_LINK_ASK && r->key_file == NULL)
		return (options_error(o, NULL,
		    "--key FILE is missing: the public key of the %s above",
		    r->link == SOTER_LINK_AUTHKEY ? "ASK" : "AuthKey"));
	if (r->roots_file != NULL && r->key_file != NULL)
		return (options_error(o, "roots",
		    "not together with --key: one of them names the signer"));
	if (r->link != SOTER_LINK_RESULT)
		return (SOTER_OK);
	if (r->challenge != NULL && r->no_challenge)
		return (options_error(o, "no-challenge",
		    "not together with --challenge"));
	if (r->challenge == NULL && !r->no_challenge)
		return (options_error(o, NULL,
		    "--challenge TEXT is missing: without it a replay cannot "
		    "be told; --no-challenge looks at old samples"));
	return (SOTER_OK);
}

static enum soter_rc
read_word(struct request *r, const struct options *o, bool takes_word)
{
	unsigned others = o->given;

	r->word = o->word;
	if (o->word == NULL)
		return (options_error(o, NULL, "needs ask, authkey or result%s",
		    takes_word ? ", a word or a number" : ""));
	if (find_link(&r->link, o->word))
		return (check(r, o));
	if (!takes_word) {
		print_error(o->word,
		    "not one of ask, authkey, result; see "
		    "`soter %s --help`",
		    o->verb);
		return (SOTER_E_ARGUMENT);
	}
	for (size_t i = 0; i < SOTER_COUNT(rows); i++)
		if (rows[i].id == OPT_JSON)
			others &= ~(1u << i);
	if (others != 0)
		return (options_error(o, NULL,
		    "only --json may stand beside a word of the catalogue"));
	return (SOTER_OK);
}

/* --help counts wherever it stands; the link may stand behind it. */
static void
read_help(struct request *r, int argc, char **argv)
{
	r->help = true;
	for (int i = 1; i < argc && r->link == SOTER_LINK_NONE; i++)
		(void)find_link(&r->link, argv[i]);
}

enum soter_rc
request_read(struct request *out, int argc, char **argv, bool takes_word)
{
	struct request r = { .cls = SOTER_CLASS_PRODUCTION };
	enum soter_rc rc = SOTER_OK;
	struct options o;
	int id;

	options_begin(&o, rows, SOTER_COUNT(rows), argc, argv);
	while ((id = options_next(&o)) >= 0) {
		if (id == OPTIONS_HELP) {
			read_help(&r, argc, argv);
			goto done;
		}
		if ((rc = take(&r, &o, id)) != SOTER_OK)
			goto out;
	}
	rc = id == OPTIONS_BAD ? SOTER_E_ARGUMENT
			       : read_word(&r, &o, takes_word);
	if (rc != SOTER_OK)
		goto out;
done:
	*out = r; /* ownership moves to the caller */
	r.others_n = 0;
out:
	request_free(&r);
	return (rc);
}

void
request_free(struct request *r)
{
	for (size_t i = 0; i < r->others_n; i++)
		free(r->others[i].name);
	r->others_n = 0;
}
