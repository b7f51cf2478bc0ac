/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <string.h>

#include "cli/print.h"
#include "cli/verdict.h"

/* ------------------------------------------------------------------------- */
/* Which members of a report say something                                   */
/* ------------------------------------------------------------------------- */

static bool
has_numbers(const struct soter_report *why)
{
	return (why->rc == SOTER_E_REPLAY || why->rc == SOTER_E_CHALLENGE ||
	    why->rc == SOTER_E_SALT ||
	    (why->rc == SOTER_E_CHAIN_COPY &&
		strcmp(why->field, "counter") == 0));
}

/* A parser stopped somewhere in the text. */
static bool
has_offset(const struct soter_report *why)
{
	return (why->rc >> 8 == 1 && (why->offset > 0 || why->field[0] != 0));
}

static bool
has_value(const struct soter_finding *f)
{
	return (f->hint == SOTER_HINT_SALT || f->hint == SOTER_HINT_CUT);
}

/* ------------------------------------------------------------------------- */
/* JSON                                                                      */
/* ------------------------------------------------------------------------- */

static enum soter_rc
put_number_if(json_t *to, const char *name, bool is_there, uint64_t value)
{
	if (!is_there)
		return (tree_put(to, name, json_null()));
	return (tree_put_number(to, name, value));
}

static enum soter_rc
put_hint(json_t *hints, const struct soter_finding *f)
{
	const struct soter_code *code = soter_code_find((unsigned)f->hint);
	json_t *to;

	TRY(tree_append_object(hints, &to));
	TRY(tree_put_text(to, "word", code->word));
	TRY(tree_put_number(to, "number", code->number));
	TRY(put_number_if(to, "value", has_value(f), (uint64_t)f->number));
	TRY(tree_put_text(to, "name", f->name));
	TRY(tree_put_text(to, "text", code->text));
	return (tree_put_text(to, "next", code->next));
}

/* Which key it is, so that it can be compared with another output. */
static enum soter_rc
put_record(json_t *to, const struct soter_key_record *r, bool has_class)
{
	struct soter_key key = { .alg = SOTER_ALG_RSA,
		.e = r->e,
		.n_len = sizeof(r->n) };
	uint8_t hash[SOTER_SHA256_LEN];

	soter_copy(key.n, r->n, sizeof(r->n));
	TRY(keys_fingerprint(hash, &key));
	TRY(tree_put_text(to, "cpu_id", r->cpu_id));
	TRY(tree_put_text(to, "uid", r->uid));
	TRY(tree_put_number(to, "counter", r->counter));
	if (has_class)
		TRY(tree_put_text(to, "class",
		    r->cls == SOTER_CLASS_TEST ? "test" : "production"));
	return (tree_put_hex(to, "key_sha256", soter_span(hash, sizeof(hash))));
}

static enum soter_rc
put_result(json_t *to, const struct soter_result *r)
{
	TRY(tree_put_text(to, "cpu_id", r->cpu_id));
	TRY(tree_put_text(to, "uid", r->uid));
	TRY(tree_put_number(to, "counter", r->counter));
	TRY(tree_put_text(to, "fid", r->fid));
	TRY(tree_put_text(to, "tee_n", r->tee_n));
	TRY(tree_put_text(to, "tee_v", r->tee_v));
	TRY(tree_put_text(to, "fp_n", r->fp_n));
	TRY(tree_put_text(to, "fp_v", r->fp_v));
	TRY(tree_put_text(to, "fc_n", r->fc_n));
	TRY(tree_put_text(to, "fc_v", r->fc_v));
	TRY(tree_put_text(to, "bo_t", r->bo_t));
	if (r->bio_epoch == 0)
		return (SOTER_OK);
	return (tree_put_number(to, "bio_epoch", r->bio_epoch));
}

enum soter_rc
verdict_put_object(json_t *to, const struct check *c)
{
	struct soter_key_record record;

	TRY(tree_put_text(to, "kind", soter_link_word(c->request->link)));
	if (c->request->link == SOTER_LINK_RESULT)
		return (put_result(to, &c->accepted_result));
	if (c->request->link == SOTER_LINK_ASK)
		soter_ask_record(c->accepted_ask, &record);
	else
		soter_authkey_record(c->accepted_authkey, &record);
	return (put_record(to, &record, !c->is_key_given));
}

static enum soter_rc
put_report(json_t *to, const struct soter_report *why)
{
	json_t *unknown;

	TRY(tree_put_text(to, "field", why->field));
	TRY(put_number_if(to, "offset", has_offset(why), why->offset));
	TRY(put_number_if(to, "cert", why->cert >= 0, (uint64_t)why->cert));
	TRY(put_number_if(to, "got", has_numbers(why), why->got));
	TRY(put_number_if(to, "want", has_numbers(why), why->want));
	TRY(tree_put_text(to, "seen", why->seen));
	TRY(put_number_if(to, "salt_len", why->opened, why->salt_len));
	TRY(tree_put_bool(to, "salt_quirk", why->salt_quirk));
	TRY(put_number_if(to, "attk_version", why->attk_version > 0,
	    why->attk_version));
	TRY(tree_put_array(to, "unknown", &unknown));
	for (size_t i = 0; i < why->unknown_n && i < SOTER_COUNT(why->unknown);
	     i++)
		TRY(tree_append_text(unknown, why->unknown[i]));
	return (SOTER_OK);
}

enum soter_rc
verdict_put(json_t *to, const struct check *c)
{
	const struct soter_report *why = &c->why;
	const struct soter_code *code = soter_code_find(why->rc);
	json_t *hints, *object, *notes;

	TRY(tree_put_bool(to, "verified", why->rc == SOTER_OK));
	TRY(tree_put_text(to, "word", code->word));
	TRY(tree_put_number(to, "number", code->number));
	TRY(tree_put_text(to, "link", soter_link_word(why->link)));
	TRY(tree_put_text(to, "rule", code->rule));
	TRY(tree_put_text(to, "text", code->text));
	TRY(tree_put_text(to, "next", code->next));
	TRY(put_report(to, why));
	TRY(tree_put_bool(to, "would_match", why->would_match));
	TRY(tree_put_array(to, "hints", &hints));
	for (size_t i = 0; i < why->hints; i++)
		TRY(put_hint(hints, &why->hint[i]));
	if (why->rc == SOTER_OK) {
		TRY(tree_put_object(to, "object", &object));
		TRY(verdict_put_object(object, c));
	}
	TRY(tree_put_array(to, "notes", &notes));
	for (size_t i = 0; i < c->notes; i++)
		TRY(tree_append_text(notes, c->note[i]));
	return (SOTER_OK);
}

/* ------------------------------------------------------------------------- */
/* Words                                                                     */
/* ------------------------------------------------------------------------- */

void
verdict_print_head(const struct check *c)
{
	const struct soter_code *code = soter_code_find(c->why.rc);

	if (c->why.rc == SOTER_OK) {
		print_tone(PRINT_GOOD, "verified");
		putchar('\n');
		return;
	}
	print_tone(PRINT_BAD, "refused");
	printf(": %s (0x%04x)\n", code->word, code->number);
}

static void
print_place(const struct soter_report *why)
{
	static const char *const certs[] = { "the leaf",
		"the device certificate", "the vendor CA", "the vendor root" };

	if (why->cert >= 0 && (size_t)why->cert < SOTER_COUNT(certs))
		print_row("certificate", "%d, %s", why->cert, certs[why->cert]);
	if (why->field[0] != '\0') {
		print_label("field");
		print_quoted(soter_text(why->field));
		if (has_offset(why) && why->offset > 0)
			printf(", at byte %zu", why->offset);
		putchar('\n');
	} else if (has_offset(why))
		print_row("at", "byte %zu", why->offset);
}

/* Why a salt was refused; the field says whether the text announces one. */
static void
print_salt_refused(const struct check *c)
{
	const struct soter_report *why = &c->why;
	uint64_t got = why->got, want = why->want;

	if (c->path == CHECK_CHAIN)
		print_row("salt", "%" PRIu64 " announced, must be 20 or 32",
		    got);
	else if (c->is_salt_demanded)
		print_row("salt",
		    "%" PRIu64 " bytes, must be %" PRIu64 ": --salt demands it",
		    got, want);
	else if (got == want)
		print_row("salt",
		    "%" PRIu64 " bytes, as announced; only 20 and 32 are "
		    "allowed",
		    got);
	else
		print_row("salt",
		    "%" PRIu64 " bytes, must be %" PRIu64
		    ": what the text announces, 20 if it says nothing",
		    got, want);
}

static void
print_salt(const struct check *c)
{
	const struct soter_report *why = &c->why;

	if (why->rc == SOTER_E_SALT)
		print_salt_refused(c);
	else if (why->opened)
		print_row("salt", "%zu bytes%s", why->salt_len,
		    why->salt_quirk ? ", which the text does not announce"
				    : "");
}

static void
print_numbers(const struct soter_report *why)
{
	if (why->rc == SOTER_E_REPLAY && why->got == why->want)
		print_row("counter",
		    "%" PRIu64 ", must be above %" PRIu64 ": the same again",
		    why->got, why->want);
	else if (why->rc == SOTER_E_REPLAY)
		print_row("counter",
		    "%" PRIu64 ", must be above %" PRIu64
		    ": behind by %" PRIu64,
		    why->got, why->want, why->want - why->got);
	else if (why->rc == SOTER_E_CHALLENGE && why->got == why->want)
		print_row("challenge",
		    "%" PRIu64 " bytes, as many as the one "
		    "that was issued, but others",
		    why->got);
	else if (why->rc == SOTER_E_CHALLENGE)
		print_row("challenge", "%" PRIu64 " bytes, must have %" PRIu64,
		    why->got, why->want);
	else if (why->rc == SOTER_E_CHAIN_COPY && has_numbers(why))
		print_row("counter",
		    "%" PRIu64 " in the copy, %" PRIu64 " attested", why->got,
		    why->want);
}

/* The owner that it should have been: the signer's, or the caller's. */
static const char *
find_expected(const struct check *c)
{
	bool is_uid = c->why.rc == SOTER_E_UID;
	const char *signer = is_uid ? c->signer_uid : c->signer_cpu_id;
	const char *wanted = is_uid ? c->request->uid : c->request->cpu_id;

	if (c->why.rc != SOTER_E_CPU_ID && !is_uid)
		return (NULL);
	if (signer[0] != '\0' && strcmp(signer, c->why.seen) != 0)
		return (signer);
	return (wanted);
}

static void
print_seen(const struct check *c)
{
	const char *expected = find_expected(c);

	if (c->why.seen[0] == '\0')
		return;
	print_label("seen");
	print_quoted(soter_text(c->why.seen));
	if (expected != NULL) {
		fputs(", must be ", stdout);
		print_quoted(soter_text(expected));
	}
	putchar('\n');
}

static void
print_unknown(const struct soter_report *why)
{
	if (why->unknown_n == 0)
		return;
	print_label("unknown");
	for (size_t i = 0; i < why->unknown_n && i < SOTER_COUNT(why->unknown);
	     i++) {
		if (i > 0)
			fputs(", ", stdout);
		print_quoted(soter_text(why->unknown[i]));
	}
	if (why->unknown_n > SOTER_COUNT(why->unknown))
		printf(" and %zu more",
		    why->unknown_n - SOTER_COUNT(why->unknown));
	fputs(" (fields that no standard names)\n", stdout);
}

void
verdict_print_facts(const struct check *c)
{
	if (c->why.rc != SOTER_OK) {
		print_place(&c->why);
		print_seen(c);
		print_numbers(&c->why);
	}
	print_salt(c);
	if (c->why.attk_version > 0)
		print_row("attk", "version %" PRIu32, c->why.attk_version);
	print_unknown(&c->why);
}

static void
print_hint(const struct soter_finding *f)
{
	const struct soter_code *code = soter_code_find((unsigned)f->hint);

	printf("    %s (0x%04x): %s", code->word, code->number, code->text);
	if (f->hint == SOTER_HINT_SALT)
		printf(": %" PRId64 " bytes", f->number);
	if (f->hint == SOTER_HINT_CUT)
		printf(": %" PRId64 " of 256", f->number);
	if (f->name[0] != '\0') {
		fputs(": ", stdout);
		print_quoted(soter_text(f->name));
	}
	printf("; %s\n", code->next);
}

static void
print_hints(const struct soter_report *why)
{
	if (why->hints == 0)
		return;
	fputs("  ", stdout);
	print_tone(PRINT_STRONG,
	    why->rc == SOTER_OK	   ? "noticed:"
		: why->would_match ? "would match if:"
				   : "found:");
	putchar('\n');
	for (size_t i = 0; i < why->hints; i++)
		print_hint(&why->hint[i]);
}

/* object: what was verified; else it is empty. */
static void
print_all(const struct check *c, json_t *object)
{
	const struct soter_code *code = soter_code_find(c->why.rc);

	verdict_print_head(c);
	print_row("link", "%s", soter_link_word(c->why.link));
	if (c->why.rc != SOTER_OK) {
		print_row("rule", "%s", code->rule);
		print_row("what", "%s", code->text);
	}
	verdict_print_facts(c);
	tree_print_lines(object, 2);
	print_hints(&c->why);
	for (size_t i = 0; i < c->notes; i++)
		print_row("note", "%s", c->note[i]);
	if (c->why.rc != SOTER_OK)
		print_row("next:", "%s", code->next);
}

/* Nothing is printed before everything is there. */
enum soter_rc
verdict_print(const struct check *c)
{
	json_t *object = json_object();
	enum soter_rc rc = SOTER_E_NOMEM;

	if (object == NULL)
		goto out;
	if (c->why.rc == SOTER_OK &&
	    (rc = verdict_put_object(object, c)) != SOTER_OK)
		goto out;
	json_object_del(object, "kind"); /* the link says it */
	print_all(c, object);
	rc = SOTER_OK;
out:
	json_decref(object);
	return (rc);
}

static enum soter_rc
print_json(const struct check *c, verdict_put_form *put)
{
	json_t *root = json_object();
	enum soter_rc rc = SOTER_E_NOMEM;

	if (root == NULL)
		goto out;
	if ((rc = put(root, c)) != SOTER_OK)
		goto out;
	rc = tree_print_json(root);
out:
	json_decref(root);
	return (rc);
}

enum soter_rc
verdict_answer(const struct request *request, verdict_put_form *put,
    verdict_print_form *print)
{
	struct check c;
	enum soter_rc rc;

	if ((rc = check_run(&c, request)) != SOTER_OK)
		return (rc);
	rc = request->json ? print_json(&c, put) : print(&c);
	if (rc == SOTER_OK)
		rc = c.why.rc;
	check_free(&c);
	return (rc);
}
