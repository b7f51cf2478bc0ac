/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "cli/input.h"
#include "cli/print.h"
#include "cli/roots.h"
#include "crypto/pubkey.h"
#include "wire/json.h"

/* A file while it is read. */
struct reading {
	const char *file;
	const char *cpu_id; /* NULL: all */
	size_t line;
	size_t room;
	struct roots roots;
};

static enum soter_rc
bad(const struct reading *r, const char *what)
{
	print_error(r->file, "line %zu: %s", r->line, what);
	return (SOTER_E_READ);
}

/* The value that one of these words stands for. */
struct word {
	const char *word;
	int value;
};

static const struct word classes[] = {
	{ "test", SOTER_CLASS_TEST },
	{ "production", SOTER_CLASS_PRODUCTION },
	{ NULL, 0 },
};

static const struct word statuses[] = {
	{ "active", SOTER_ROOT_ACTIVE },
	{ "suspended", SOTER_ROOT_SUSPENDED },
	{ "revoked", SOTER_ROOT_REVOKED },
	{ NULL, 0 },
};

static int
take_word(const struct soter_json *json, const char *name,
    const struct word *words)
{
	const struct soter_json_member *m =
	    soter_json_find(json, soter_text(name));

	for (; m != NULL && m->type == SOTER_JSON_STRING && words->word != NULL;
	     words++)
		if (soter_json_is(m->value, soter_text(words->word)))
			return (words->value);
	return (0);
}

/* The text of a member; false if it is none, or longer than the room. */
static bool
take_text(const struct soter_json *json, const char *name,
    struct soter_writer *w)
{
	const struct soter_json_member *m =
	    soter_json_find(json, soter_text(name));

	return (m != NULL && m->type == SOTER_JSON_STRING &&
	    soter_json_decode(w, m->value) == SOTER_OK && w->len > 0);
}

static bool
take_version(const struct soter_json *json, uint32_t *out)
{
	const struct soter_json_member *m =
	    soter_json_find(json, SOTER_SPAN("attk_version"));

	if (m == NULL || m->type != SOTER_JSON_INTEGER || m->integer < 0 ||
	    m->integer > UINT32_MAX)
		return (false);
	*out = (uint32_t)m->integer;
	return (true);
}

/* The record borrows from the two writers. */
static enum soter_rc
take_record(const struct reading *r, struct soter_attk_record *out,
    const struct soter_json *json, struct soter_writer *id,
    struct soter_writer *pem)
{
	if (!take_text(json, "device_id", id))
		return (bad(r, "device_id must be a text of 1 to 128 bytes"));
	out->device_id = soter_written(id);
	if (!take_version(json, &out->attk_version))
		return (bad(r,
		    "attk_version must be a number from 0 to "
		    "4294967295"));
	if (!take_text(json, "pub_pem", pem) || pem->p[0] != '-')
		return (bad(r, "pub_pem must be the PEM of a public key"));
	out->key = soter_written(pem);
	out->cls = (enum soter_class)take_word(json, "class", classes);
	if (out->cls == 0)
		return (bad(r, "class must be \"test\" or \"production\""));
	out->status =
	    (enum soter_root_status)take_word(json, "status", statuses);
	if (out->status == 0)
		return (bad(r,
		    "status must be \"active\", \"suspended\" or "
		    "\"revoked\""));
	return (SOTER_OK);
}

/* One device, one version, one key: each is there once. */
static enum soter_rc
check_twice(const struct reading *r, const struct soter_attk *attk,
    uint32_t version)
{
	const struct soter_key *key =
	    soter_pubkey_numbers(soter_attk_key(attk));

	for (size_t i = 0; i < r->roots.n && r->cpu_id != NULL; i++) {
		if (r->roots.version[i] == version)
			return (bad(r,
			    "this attk_version of the device was "
			    "there before"));
		if (soter_pubkey_is(soter_attk_key(r->roots.attk[i]), key))
			return (bad(r,
			    "this key of the device was there "
			    "before"));
	}
	return (SOTER_OK);
}

static enum soter_rc
make_room(struct reading *r)
{
	size_t room = r->room == 0 ? 8 : 2 * r->room;
	struct soter_attk **attk;
	uint32_t *version;

	if (r->roots.n < r->room)
		return (SOTER_OK);
	attk = realloc(r->roots.attk, room * sizeof(*attk));
	if (attk == NULL)
		return (SOTER_E_NOMEM);
	r->roots.attk = attk;
	version = realloc(r->roots.version, room * sizeof(*version));
	if (version == NULL)
		return (SOTER_E_NOMEM);
	r->roots.version = version;
	r->room = room;
	return (SOTER_OK);
}

static enum soter_rc
keep(struct reading *r, const struct soter_attk_record *record)
{
	struct soter_attk *attk = NULL;
	enum soter_rc rc;

	if ((rc = soter_attk_new(&attk, record)) != SOTER_OK) {
		if (rc != SOTER_E_NOMEM && rc != SOTER_E_ENGINE)
			rc = bad(r, soter_rc_text(rc));
		goto out;
	}
	if (r->cpu_id != NULL &&
	    !soter_span_equal(record->device_id, soter_text(r->cpu_id)))
		goto out;
	if ((rc = check_twice(r, attk, record->attk_version)) != SOTER_OK)
		goto out;
	if ((rc = make_room(r)) != SOTER_OK)
		goto out;

	r->roots.attk[r->roots.n] = attk; /* ownership moves to the list */
	r->roots.version[r->roots.n++] = record->attk_version;
	attk = NULL;
out:
	soter_attk_free(&attk);
	return (rc);
}

/*
 * Read by the reader of signed texts: it is strict, and needs no memory that
 * could run out halfway.
 */
static enum soter_rc
read_line(struct reading *r, struct soter_span line)
{
	uint8_t id[SOTER_CPU_ID_MAX], pem[SOTER_PEM_KEY_MAX];
	struct soter_writer id_room = soter_writer(id, sizeof(id));
	struct soter_writer pem_room = soter_writer(pem, sizeof(pem));
	struct soter_attk_record record = { 0 };
	struct soter_json json;
	enum soter_rc rc;

	rc = soter_json_parse(&json, line, SOTER_SPAN(""), NULL);
	if (rc != SOTER_OK)
		return (bad(r, soter_rc_text(rc)));
	TRY(take_record(r, &record, &json, &id_room, &pem_room));
	return (keep(r, &record));
}

static bool
is_blank(struct soter_span line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] != ' ' && line.p[i] != '\t' && line.p[i] != '\r')
			return (false);
	return (true);
}

static enum soter_rc
read_lines(struct reading *r, struct soter_span in)
{
	while (in.n > 0) {
		const uint8_t *lf = memchr(in.p, '\n', in.n);
		size_t n = lf == NULL ? in.n : (size_t)(lf - in.p);
		size_t used = lf == NULL ? n : n + 1;

		r->line++;
		if (!is_blank(soter_span(in.p, n)))
			TRY(read_line(r, soter_span(in.p, n)));
		in = soter_span(in.p + used, in.n - used);
	}
	return (SOTER_OK);
}

enum soter_rc
roots_read(struct roots *out, const char *file, const char *cpu_id)
{
	struct reading r = { .file = file, .cpu_id = cpu_id };
	struct input input = { NULL, 0 };
	enum soter_rc rc;

	rc =
	    input_read(&input, file, INPUT_ROOTS_MAX, "one JSON object a line");
	if (rc != SOTER_OK)
		goto out;
	if ((rc = read_lines(&r, input_span(&input))) != SOTER_OK)
		goto out;

	*out = r.roots; /* ownership moves to the caller */
	r.roots = (struct roots){ 0 };
out:
	roots_free(&r.roots);
	input_free(&input);
	return (rc);
}

void
roots_free(struct roots *roots)
{
	for (size_t i = 0; i < roots->n; i++)
		soter_attk_free(&roots->attk[i]);
	free(roots->attk);
	free(roots->version);
	*roots = (struct roots){ 0 };
}
