/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every case of tests/vectors/manifest.jsonl through the library: the good ones
 * are accepted, each lie is refused with the word that the manifest expects,
 * and the diagnosis names what it names.  Each signed text and signature of a
 * good case is also flipped bit by bit.
 */
#include <jansson.h>

#include "soter/verify.h"
#include "crypto/hash.h"
#include "tests/unit/vectors.h"
#include "wire/pem.h"
#include "wire/spki.h"

#define FOLDER	  "tests/vectors"
#define LINE_MAX_ 16384
#define LIST_MAX  16

/* One case, ready to be checked any number of times. */
struct subject {
	struct vector text, sig;
	struct soter_signed in;
	bool is_chain, label_is_wrong;
	struct soter_attk *root[LIST_MAX];
	size_t roots;
	struct soter_ask *ask;
	struct soter_authkey *authkey;
	struct soter_profile profile;
	struct soter_result_expect want;
	struct soter_span fid[LIST_MAX];
	struct soter_deny deny[LIST_MAX];
	struct soter_other_key other[LIST_MAX];
	struct soter_pubkey *other_key[LIST_MAX];
	size_t others;
};

static const char *
text_of(json_t *object, const char *name)
{
	return (json_string_value(json_object_get(object, name)));
}

static bool
load(struct vector *v, const char *name)
{
	return (CHECK(name != NULL) && CHECK(vector_read(v, FOLDER, name)));
}

/* The numbers in a PEM, whatever its label says. */
static bool
read_key(struct soter_key *out, const char *name, bool *label_is_wrong)
{
	static struct vector pem;
	uint8_t der[SOTER_SPKI_MAX];
	struct soter_writer w = soter_writer(der, sizeof(der));
	struct soter_span label;

	if (!load(&pem, name) ||
	    !CHECK_RC(soter_pem_parse(&label, &w, vector_span(&pem)), SOTER_OK))
		return (false);
	*label_is_wrong =
	    !soter_span_equal(label, SOTER_SPAN(SOTER_PEM_LABEL_KEY));
	return (CHECK_RC(soter_spki_parse(out, soter_written(&w)), SOTER_OK));
}

static enum soter_class
class_of(const char *word)
{
	return (strcmp(word, "production") == 0 ? SOTER_CLASS_PRODUCTION
						: SOTER_CLASS_TEST);
}

static enum soter_root_status
status_of(const char *word)
{
	return (strcmp(word, "revoked") == 0	 ? SOTER_ROOT_REVOKED
		: strcmp(word, "suspended") == 0 ? SOTER_ROOT_SUSPENDED
						 : SOTER_ROOT_ACTIVE);
}

static void
add_root(struct subject *s, const char *device_id, struct soter_span key,
    uint32_t version, enum soter_class cls, enum soter_root_status status)
{
	const struct soter_attk_record record = { soter_text(device_id),
		version, key, cls, status };

	CHECK_RC(soter_attk_new(&s->root[s->roots], &record), SOTER_OK);
	if (s->root[s->roots] != NULL)
		s->roots++;
}

/* The records of the claimed device, as a TAM would look them up. */
static void
find_roots(struct subject *s, const char *name)
{
	struct soter_claim claim;
	char line[LINE_MAX_], path[512];
	FILE *f;

	if (soter_claim_read(&claim, s->in.text, NULL) != SOTER_OK)
		return;
	snprintf(path, sizeof(path), "%s/%s", FOLDER, name);
	if (!CHECK((f = fopen(path, "r")) != NULL))
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		json_t *row = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

		if (CHECK(row != NULL) &&
		    strcmp(text_of(row, "device_id"), claim.cpu_id) == 0)
			add_root(s, claim.cpu_id,
			    soter_text(text_of(row, "pub_pem")),
			    (uint32_t)json_integer_value(
				json_object_get(row, "attk_version")),
			    class_of(text_of(row, "class")),
			    status_of(text_of(row, "status")));
		json_decref(row);
	}
	fclose(f);
}

static void
set_record(struct subject *s, const struct soter_key *key, const char *link,
    json_t *options)
{
	struct soter_key_record record = { .cls = s->want.key.cls,
		.e = key->e };

	memcpy(record.n, key->n, sizeof(record.n));
	snprintf(record.cpu_id, sizeof(record.cpu_id), "%s",
	    text_of(options, "cpu_id"));
	snprintf(record.uid, sizeof(record.uid), "%s", text_of(options, "uid"));
	if (strcmp(link, "authkey") == 0) {
		record.kind = SOTER_RECORD_ASK;
		CHECK_RC(soter_ask_restore(&s->ask, &record), SOTER_OK);
	} else {
		record.kind = SOTER_RECORD_AUTHKEY;
		CHECK_RC(soter_authkey_restore(&s->authkey, &record), SOTER_OK);
	}
}

static void
set_profile(struct subject *s, const struct soter_key *root)
{
	uint8_t spki[SOTER_SPKI_MAX];
	struct soter_writer w = soter_writer(spki, sizeof(spki));

	s->profile =
	    (struct soter_profile){ .name = "given", .cls = s->want.key.cls };
	CHECK_RC(soter_spki_write(&w, root), SOTER_OK);
	CHECK_RC(soter_sha256(s->profile.root_sha256, soter_written(&w)),
	    SOTER_OK);
}

static void
set_signer(struct subject *s, json_t *line, json_t *options)
{
	const char *link = text_of(line, "link");
	struct soter_key key;

	if (text_of(line, "roots") != NULL)
		find_roots(s, text_of(line, "roots"));
	else if (!read_key(&key, text_of(line, "key"), &s->label_is_wrong))
		return;
	else if (s->is_chain)
		set_profile(s, &key);
	else if (strcmp(link, "ask") == 0)
		add_root(s, text_of(options, "cpu_id"), soter_span(key.n, 256),
		    1, s->want.key.cls, SOTER_ROOT_ACTIVE);
	else
		set_record(s, &key, link, options);
}

/* "tee=NAME=VERSION", as the command takes it. */
static void
set_deny(struct soter_deny *row, const char *text)
{
	static const char *const kinds[] = { "", "tee", "fp", "face",
		"device" };
	const char *name = strchr(text, '=') + 1, *version = strchr(name, '=');

	for (size_t k = 1; k < SOTER_COUNT(kinds); k++)
		if (strncmp(text, kinds[k], (size_t)(name - text - 1)) == 0)
			row->kind = (enum soter_deny_kind)k;
	CHECK(row->kind != 0);
	row->name = soter_text(name);
	if (version != NULL) {
		row->name.n = (size_t)(version - name);
		row->version = soter_text(version + 1);
	}
}

static void
set_want(struct subject *s, json_t *options)
{
	json_t *above = json_object_get(options, "counter_above");
	json_t *value;
	size_t i;

	s->want.key.cls = class_of(text_of(options, "class"));
	s->want.key.cpu_id = soter_text(text_of(options, "cpu_id"));
	s->want.key.uid = soter_text(text_of(options, "uid"));
	s->want.key.has_counter = above != NULL;
	s->want.key.counter_above = (uint64_t)json_integer_value(above);
	s->want.challenge = soter_text(text_of(options, "challenge"));
	s->want.check_finger = json_object_get(options, "fids") != NULL;
	s->want.fids = s->fid;
	json_array_foreach(json_object_get(options, "fids"), i, value)
	    s->fid[s->want.fids_n++] = soter_text(json_string_value(value));
	s->want.deny = s->deny;
	json_array_foreach(json_object_get(options, "deny"), i, value)
	    set_deny(&s->deny[s->want.deny_n++], json_string_value(value));
}

static void
set_others(struct subject *s, json_t *line)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(line, "also"), i, row)
	{
		static struct vector pem;

		if (!load(&pem, text_of(row, "key")))
			continue;
		CHECK_RC(soter_pubkey_new(&s->other_key[s->others],
			     vector_span(&pem)),
		    SOTER_OK);
		s->other[s->others] =
		    (struct soter_other_key){ text_of(row, "name"),
			    s->other_key[s->others] };
		s->others++;
	}
}

static bool
prepare(struct subject *s, json_t *line)
{
	const char *form = text_of(line, "form");
	json_t *options = json_object_get(line, "options");

	memset(s, 0, sizeof(*s));
	s->is_chain = strcmp(form, "chain") == 0;
	if (!load(&s->text, text_of(line, "signed")) ||
	    (text_of(line, "sig") != NULL &&
		!load(&s->sig, text_of(line, "sig"))))
		return (false);
	s->in = (struct soter_signed){ vector_span(&s->text),
		vector_span(&s->sig) };
	set_want(s, options);
	set_signer(s, line, options);
	set_others(s, line);
	return (true);
}

static void
drop(struct subject *s)
{
	for (size_t i = 0; i < s->roots; i++)
		soter_attk_free(&s->root[i]);
	for (size_t i = 0; i < s->others; i++)
		soter_pubkey_free(&s->other_key[i]);
	soter_ask_free(&s->ask);
	soter_authkey_free(&s->authkey);
}

static enum soter_rc
accept(const struct subject *s, struct soter_report *why)
{
	struct soter_authkey *authkey = NULL;
	struct soter_ask *ask = NULL;
	enum soter_rc rc;

	if (s->authkey != NULL)
		return (soter_result_accept(NULL, s->authkey, &s->in, &s->want,
		    why));
	if (s->ask != NULL)
		rc = soter_authkey_accept(&authkey, s->ask, &s->in,
		    &s->want.key, why);
	else if (s->is_chain)
		rc = soter_ask_accept_chain(&ask, &s->profile, 1, s->in.text,
		    &s->want.key, why);
	else
		rc = soter_ask_accept(&ask,
		    (const struct soter_attk *const *)s->root, s->roots, &s->in,
		    &s->want.key, why);
	CHECK((rc == SOTER_OK) == (ask != NULL || authkey != NULL));
	soter_ask_free(&ask);
	soter_authkey_free(&authkey);
	return (rc);
}

/* The manifest's hints are a set: as many, and each of them. */
static void
check_hints(const struct subject *s, json_t *line, const struct soter_report *w)
{
	json_t *wanted = json_object_get(line, "hints"), *word;
	size_t i, found = 0;

	json_array_foreach(wanted, i, word)
	{
		const char *text = json_string_value(word);
		size_t before = found;

		for (size_t k = 0; k < w->hints; k++)
			found += strcmp(soter_code_find(w->hint[k].hint)->word,
				     text) == 0;
		/* The library is given the numbers; the label is the caller's.
		 */
		found +=
		    s->label_is_wrong && strcmp(text, "pem_label_wrong") == 0;
		if (!CHECK(found == before + 1))
			printf("# not found: %s\n", text);
	}
	CHECK(w->hints + s->label_is_wrong == json_array_size(wanted));
}

/* The signer for the diagnosis: that of the link, or the first root. */
static const struct soter_pubkey *
signer_of(const struct subject *s)
{
	return (s->authkey != NULL ? soter_authkey_key(s->authkey)
		: s->ask != NULL   ? soter_ask_key(s->ask)
		: s->roots > 0	   ? soter_attk_key(s->root[0])
				   : NULL);
}

static void
check_flips(struct subject *s, size_t step)
{
	struct vector *parts[] = { &s->text, &s->sig };

	for (size_t p = 0; p < SOTER_COUNT(parts); p++)
		for (size_t bit = 0; bit < parts[p]->n * 8; bit += step) {
			uint8_t *byte = &parts[p]->bytes[bit / 8];
			uint8_t mask = (uint8_t)(1 << bit % 8);

			/* Upper and lower case hex are the same bytes. */
			if (parts[p]->n == SOTER_SIG_HEX_LEN && mask == 0x20 &&
			    (*byte | mask) >= 'a')
				continue;
			*byte ^= mask;
			if (!CHECK(accept(s, NULL) != SOTER_OK))
				printf("# part %zu, bit %zu\n", p, bit);
			*byte ^= mask;
		}
}

static void
check_line(json_t *line)
{
	static struct subject s;
	const char *form = text_of(line, "form");
	json_t *expect = json_object_get(line, "expect");
	struct soter_report why;
	enum soter_rc want = (enum soter_rc)json_integer_value(
	    json_object_get(expect, "number"));

	check_row("%s: %s", text_of(line, "name"), text_of(line, "why"));
	CHECK(strcmp(soter_rc_word(want), text_of(expect, "word")) == 0);
	if (!prepare(&s, line))
		return;
	if (strcmp(form, "blob") == 0) {
		enum soter_rc rc =
		    soter_signed_split(&s.in, vector_span(&s.text));

		if (rc != SOTER_OK) {
			CHECK_RC(rc, want);
			drop(&s);
			return;
		}
	}
	if (!CHECK_RC(accept(&s, &why), want))
		printf("# field %s, cert %d\n", why.field, why.cert);
	CHECK_RC(why.rc, want);
	if (want != SOTER_OK)
		soter_diagnose(&why, signer_of(&s), &s.in, s.other, s.others);
	CHECK_RC(why.rc, want);
	check_hints(&s, line, &why);
	if (want == SOTER_OK && strcmp(form, "text") == 0)
		check_flips(&s, check_step(1));
	else if (want == SOTER_OK && strcmp(form, "chain") == 0)
		check_flips(&s, check_step(check_slow() ? 31 : 1));
	drop(&s);
}

int
main(void)
{
	char line[LINE_MAX_];
	FILE *f = fopen(FOLDER "/manifest.jsonl", "r");

	check_row("the manifest");
	if (!CHECK(f != NULL))
		return (check_done());
	while (fgets(line, sizeof(line), f) != NULL) {
		json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

		if (CHECK(json != NULL))
			check_line(json);
		json_decref(json);
	}
	fclose(f);
	return (check_done());
}
