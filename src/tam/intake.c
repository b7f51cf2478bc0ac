/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "crypto/policy.h"
#include "tam/change.h"
#include "tam/intake.h"
#include "wire/base64.h"

#define PRINT_LEN 13 /* key that a modulus is found by */
#define OWNER_LEN 8  /* value: whose it is */
#define CHUNK	  (SOTER_STORE_BATCH_MAX / 2) /* two reads for each root */

/* What one root needs while it is taken. */
struct part {
	struct tam_intake_item *item;
	uint8_t key[SOTER_STORE_KEY_MAX];
	size_t key_n;
	uint8_t print[PRINT_LEN], owner[OWNER_LEN];
	struct tam_device device; /* as it is, then as it shall be */
	uint64_t version;	  /* in the store; 0: not there */
	bool has_print;		  /* and is its own */
	bool is_due;		  /* to be written */
	uint8_t value[TAM_DEVICE_MAX];
	struct soter_write writes[2];
};

struct job {
	struct soter_lane *lane;
	const struct tam_intake *how;
	size_t n;
	struct part *parts;	    /* owned, as the others */
	struct part **asked;	    /* those that the store is asked about */
	enum soter_rc *answers;	    /* to these */
	struct soter_group *groups; /* those that are to be written */
};

/* ---- keys ---------------------------------------------------------------- */

static enum soter_rc
device_key(uint8_t key[SOTER_STORE_KEY_MAX], size_t *n, struct soter_span id)
{
	struct soter_writer w = soter_writer(key, SOTER_STORE_KEY_MAX);

	TRY(tam_device_id_check(id));
	TRY(soter_store_key(&w, id, soter_span(NULL, 0)));
	*n = w.len;
	return (SOTER_OK);
}

/*
 * The modulus is found by 96 bits of its hash; 64 bits say whose it is: a
 * source that makes two ids of one hash (2^32 tries) may have its own root
 * under both.
 */
static enum soter_rc
set_print(struct part *p, const struct soter_rootline *root,
    enum soter_class cls)
{
	uint8_t hash[SOTER_SHA256_LEN];

	TRY(soter_sha256(hash, soter_span(root->key.n, root->key.n_len)));
	p->print[0] = (uint8_t)cls;
	soter_copy(p->print + 1, hash, PRINT_LEN - 1);
	TRY(soter_sha256(hash, soter_text(root->device_id)));
	soter_copy(p->owner, hash, OWNER_LEN);
	return (SOTER_OK);
}

/* ---- what is there ------------------------------------------------------- */

enum soter_rc
tam_device_get(struct tam_device *out, uint64_t *version,
    struct soter_lane *lane, struct soter_span device_id, unsigned ms)
{
	uint8_t key[SOTER_STORE_KEY_MAX], bytes[TAM_DEVICE_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	enum soter_rc rc;
	size_t n;

	TRY(device_key(key, &n, device_id));
	rc = soter_store_get(lane, SOTER_KIND_ROOTS, soter_span(key, n), &w,
	    version, ms);
	TRY(rc == SOTER_E_NOSPACE ? SOTER_E_CORRUPT : rc);
	return (tam_device_parse(out, soter_written(&w)));
}

/* Two reads for each root: of its device, and of its modulus. */
struct reads {
	struct soter_get *gets;
	struct soter_writer room;
};

static enum soter_rc
reads_new(struct reads *out, size_t n)
{
	const size_t room = n * (TAM_DEVICE_MAX + OWNER_LEN);

	out->gets = calloc(2 * n + 1, sizeof(*out->gets));
	out->room = soter_writer(malloc(room + 1), room);
	return (out->gets == NULL || out->room.p == NULL ? SOTER_E_NOMEM
							 : SOTER_OK);
}

static void
reads_free(struct reads *x)
{
	free(x->gets);
	free(x->room.p);
}

static void
reads_ask(const struct job *job, struct reads *x, struct part *const *parts,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		x->gets[2 * i] = (struct soter_get){ .kind = SOTER_KIND_ROOTS,
			.key = soter_span(parts[i]->key, parts[i]->key_n) };
		x->gets[2 * i + 1] =
		    (struct soter_get){ .kind = SOTER_KIND_ROOTS,
			    .key = soter_span(parts[i]->print, PRINT_LEN) };
	}
	x->room.len = 0;
	soter_store_get_many(job->lane, x->gets, 2 * n, &x->room, job->how->ms);
}

/* ---- what shall be ------------------------------------------------------- */

static const struct tam_root *
find_modulus(const struct tam_device *device, const struct soter_key *key,
    enum soter_class cls)
{
	for (size_t i = 0; i < device->n; i++)
		if (device->root[i].kind == TAM_ROOT_KEY &&
		    device->root[i].cls == cls &&
		    memcmp(device->root[i].n, key->n, SOTER_RSA_LEN) == 0)
			return (&device->root[i]);
	return (NULL);
}

static uint32_t
next_version(const struct tam_device *device, enum soter_class cls)
{
	uint32_t last = 0;

	for (size_t i = 0; i < device->n; i++)
		if (device->root[i].kind == TAM_ROOT_KEY &&
		    device->root[i].cls == cls &&
		    device->root[i].attk_version > last)
			last = device->root[i].attk_version;
	return (last + 1);
}

static bool
has_key(const struct tam_device *device, enum soter_class cls)
{
	for (size_t i = 0; i < device->n; i++)
		if (device->root[i].kind == TAM_ROOT_KEY &&
		    device->root[i].cls == cls)
			return (true);
	return (false);
}

/* A device that was refused as a whole stays so. */
static enum soter_root_status
status_of_new(const struct tam_device *device)
{
	enum soter_root_status worst = SOTER_ROOT_ACTIVE;

	for (size_t i = 0; i < device->n; i++)
		if (device->root[i].kind == TAM_ROOT_CHAIN &&
		    device->root[i].status > worst)
			worst = device->root[i].status;
	return (worst);
}

/* No root takes the place of a refusal that may come. */
static bool
is_full(const struct tam_device *device)
{
	return (device->n + !tam_device_has_chain(device) >= TAM_ROOTS_MAX);
}

/* Add the root to what is known; its answer if there is nothing to write. */
static enum soter_rc
add_root(struct part *p, const struct tam_intake *how)
{
	const struct soter_key *key = &p->item->root.key;
	struct tam_root *r;

	if (find_modulus(&p->device, key, how->cls) != NULL)
		return (SOTER_E_EXISTS);
	if (has_key(&p->device, how->cls) && !how->adds_version)
		return (SOTER_E_ATTK_DIFFERS);
	if (is_full(&p->device))
		return (SOTER_E_LIMIT);
	r = &p->device.root[p->device.n];
	*r = (struct tam_root){ .attk_version =
				    next_version(&p->device, how->cls),
		.cls = how->cls,
		.status = status_of_new(&p->device),
		.kind = TAM_ROOT_KEY,
		.since_s = how->now_s };
	soter_copy(r->n, key->n, SOTER_RSA_LEN);
	p->device.n++;
	return (SOTER_OK);
}

/* An answer about this root, or an error of all? */
static bool
is_verdict(enum soter_rc rc)
{
	return (rc == SOTER_OK || rc == SOTER_E_EXISTS || rc == SOTER_E_LIMIT ||
	    rc == SOTER_E_ARGUMENT || (rc >> 8 == 2 && rc != SOTER_E_ENGINE) ||
	    rc >> 8 == 9);
}

/* By what the store said of it: the answer, or OK if it is to be written. */
static enum soter_rc
judge(const struct job *job, struct part *p, const struct soter_get gets[2])
{
	const struct soter_get *device = &gets[0], *print = &gets[1];

	p->device = (struct tam_device){ 0 };
	p->version = 0;
	if (device->rc == SOTER_OK) {
		TRY(tam_device_parse(&p->device, device->value));
		p->version = device->version;
	} else if (device->rc != SOTER_E_NOTFOUND)
		return (device->rc);
	p->has_print = print->rc == SOTER_OK;
	if (p->has_print) {
		if (!soter_span_equal(print->value,
			soter_span(p->owner, OWNER_LEN)))
			return (SOTER_E_ATTK_SHARED);
	} else if (print->rc != SOTER_E_NOTFOUND)
		return (print->rc);
	return (add_root(p, job->how));
}

static enum soter_rc
look_at(const struct job *job, struct part *const *parts, size_t n,
    enum soter_rc *answers)
{
	struct reads reads;
	enum soter_rc rc = reads_new(&reads, n);

	if (rc != SOTER_OK)
		goto out;
	reads_ask(job, &reads, parts, n);
	for (size_t i = 0; i < n; i++) {
		answers[i] = judge(job, parts[i], &reads.gets[2 * i]);
		if (!is_verdict(answers[i]))
			rc = answers[i];
	}
out:
	reads_free(&reads);
	return (rc);
}

/* What can be said without the store. */
static enum soter_rc
prepare(struct part *p, enum soter_class cls)
{
	const struct soter_rootline *root = &p->item->root;

	TRY(device_key(p->key, &p->key_n, soter_text(root->device_id)));
	TRY(soter_key_policy(&root->key, SOTER_RSA_LEN));
	return (set_print(p, root, cls));
}

/* ---- the trail ----------------------------------------------------------- */

/* Of all that is about to be stored: id, zero byte, modulus. */
static enum soter_rc
hash_roots(uint8_t out[SOTER_SHA256_LEN], const struct job *job)
{
	const size_t room = job->n * (SOTER_CPU_ID_MAX + 1 + SOTER_RSA_LEN);
	struct soter_writer w = { malloc(room), 0, room };
	enum soter_rc rc = w.p == NULL ? SOTER_E_NOMEM : SOTER_OK;

	for (size_t i = 0; rc == SOTER_OK && i < job->n; i++) {
		const struct part *p = &job->parts[i];

		if (!p->is_due)
			continue;
		rc = soter_write(&w, soter_span(p->key, p->key_n));
		if (rc == SOTER_OK)
			rc = soter_write(&w,
			    soter_span(p->item->root.key.n, SOTER_RSA_LEN));
	}
	if (rc == SOTER_OK)
		rc = soter_sha256(out, soter_written(&w));
	free(w.p);
	return (rc);
}

static enum soter_rc
write_entry(uint64_t *number, const struct job *job, size_t due)
{
	const struct soter_rootline *first = NULL;
	uint8_t text[256 + 2 * SOTER_JSON_ESCAPE * SOTER_BATCH_NAME_MAX];
	uint8_t hash[SOTER_SHA256_LEN], base64[64];
	struct soter_writer w = soter_writer(text, sizeof(text));
	struct soter_writer h = soter_writer(base64, sizeof(base64));
	struct tam_change change = { .who = job->how->who,
		.what = SOTER_SPAN("roots.intake"),
		.now_s = job->how->now_s };

	for (size_t i = 0; first == NULL && i < job->n; i++)
		if (job->parts[i].is_due)
			first = &job->parts[i].item->root;
	TRY(hash_roots(hash, job));
	TRY(soter_base64_encode(&h, soter_span(hash, sizeof(hash))));
	TRY(soter_json_write_number(&w, "roots", due));
	TRY(soter_json_write_text(&w, "class",
	    soter_text(tam_class_word(job->how->cls))));
	TRY(soter_json_write_text(&w, "batch", soter_text(first->batch)));
	TRY(soter_json_write_text(&w, "station", soter_text(first->station)));
	TRY(soter_json_write_text(&w, "sha256", soter_written(&h)));
	TRY(soter_json_write_end(&w));
	change.subject = soter_text(first->device_id);
	change.after = soter_written(&w);
	TRY(tam_change(job->lane, &change, job->how->ms));
	*number = change.number;
	return (SOTER_OK);
}

/* ---- writing ------------------------------------------------------------- */

static enum soter_rc
fill(struct part *p, struct soter_group *group, uint64_t number)
{
	struct soter_writer w = soter_writer(p->value, sizeof(p->value));

	p->device.root[p->device.n - 1].audit = number;
	TRY(tam_device_write(&w, &p->device));
	p->writes[0] =
	    (struct soter_write){ .op = p->version == 0 ? SOTER_PUT_ABSENT
							: SOTER_PUT_AT,
		    .kind = SOTER_KIND_ROOTS,
		    .key = soter_span(p->key, p->key_n),
		    .value = soter_written(&w),
		    .at = p->version };
	/* Whose it is was looked at; the first one wins if two come at once. */
	p->writes[1] = (struct soter_write){ .op = SOTER_PUT_ABSENT,
		.kind = SOTER_KIND_ROOTS,
		.key = soter_span(p->print, sizeof(p->print)),
		.value = soter_span(p->owner, sizeof(p->owner)) };
	*group = (struct soter_group){ .writes = p->writes,
		.n = p->has_print ? 1 : 2 };
	return (SOTER_OK);
}

/* Somebody was faster, or the connection was lost: what is there now? */
static enum soter_rc
look_again(const struct job *job, struct part *p, enum soter_rc rc,
    uint64_t number)
{
	const struct tam_root *mine;
	enum soter_rc now;

	if (rc != SOTER_E_EXISTS && rc != SOTER_E_CONFLICT &&
	    rc != SOTER_E_OUTCOME)
		return (rc);
	TRY(look_at(job, &p, 1, &now));
	if (now == SOTER_OK) /* still not there */
		return (rc == SOTER_E_OUTCOME ? rc : SOTER_E_BUSY);
	if (now != SOTER_E_EXISTS || rc != SOTER_E_OUTCOME)
		return (now);
	mine = find_modulus(&p->device, &p->item->root.key, job->how->cls);
	return (mine != NULL && mine->audit == number ? SOTER_OK : now);
}

static void
write_groups(const struct job *job, size_t n)
{
	for (size_t at = 0; at < n; at += SOTER_STORE_BATCH_MAX) {
		size_t left = n - at;

		soter_store_write_many(job->lane, job->groups + at,
		    left < SOTER_STORE_BATCH_MAX ? left : SOTER_STORE_BATCH_MAX,
		    job->how->ms);
	}
}

static enum soter_rc
write_parts(const struct job *job, uint64_t number)
{
	size_t n = 0;

	for (size_t i = 0; i < job->n; i++)
		if (job->parts[i].is_due) {
			TRY(fill(&job->parts[i], &job->groups[n], number));
			job->asked[n++] = &job->parts[i];
		}
	write_groups(job, n);
	for (size_t i = 0; i < n; i++) {
		struct part *p = job->asked[i];
		enum soter_rc rc = job->groups[i].rc;

		if (rc != SOTER_OK)
			rc = look_again(job, p, rc, number);
		if (!is_verdict(rc))
			return (rc);
		p->item->rc = rc;
	}
	return (SOTER_OK);
}

/* ---- all of it ----------------------------------------------------------- */

/* The answers that need no writing; how many roots are to be written. */
static enum soter_rc
sort_out(struct job *job, size_t *due)
{
	size_t n = 0;

	for (size_t i = 0; i < job->n; i++) {
		struct part *p = &job->parts[i];

		if (p->item->rc == SOTER_OK)
			p->item->rc = prepare(p, job->how->cls);
		else
			continue;
		if (!is_verdict(p->item->rc))
			return (p->item->rc);
		if (p->item->rc == SOTER_OK)
			job->asked[n++] = p;
	}
	for (size_t at = 0; at < n; at += CHUNK)
		TRY(look_at(job, job->asked + at,
		    n - at < CHUNK ? n - at : CHUNK, job->answers + at));
	for (size_t i = 0; i < n; i++) {
		job->asked[i]->item->rc = job->answers[i];
		job->asked[i]->is_due = job->answers[i] == SOTER_OK;
		*due += job->asked[i]->is_due;
	}
	return (SOTER_OK);
}

static enum soter_rc
run(struct job *job)
{
	uint64_t number;
	size_t due = 0;

	TRY(sort_out(job, &due));
	if (due == 0)
		return (SOTER_OK);
	TRY(write_entry(&number, job, due));
	return (write_parts(job, number));
}

static enum soter_rc
job_new(struct job *job, struct tam_intake_item *items, size_t n)
{
	job->n = n;
	job->parts = calloc(n + 1, sizeof(*job->parts));
	job->asked = calloc(n + 1, sizeof(*job->asked));
	job->answers = calloc(n + 1, sizeof(*job->answers));
	job->groups = calloc(n + 1, sizeof(*job->groups));
	if (job->parts == NULL || job->asked == NULL || job->answers == NULL ||
	    job->groups == NULL)
		return (SOTER_E_NOMEM);
	for (size_t i = 0; i < n; i++)
		job->parts[i].item = &items[i];
	return (SOTER_OK);
}

enum soter_rc
tam_intake(struct soter_lane *lane, const struct tam_intake *how,
    struct tam_intake_item *items, size_t n)
{
	struct job job = { .lane = lane, .how = how };
	enum soter_rc rc = SOTER_E_LIMIT;

	if (n <= TAM_INTAKE_BATCH)
		rc = job_new(&job, items, n);
	if (rc == SOTER_OK)
		rc = run(&job);
	free(job.parts);
	free(job.asked);
	free(job.answers);
	free(job.groups);
	return (rc);
}
