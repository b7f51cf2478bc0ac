/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parts become statements.  One that changes nothing where it says no can share
 * its transaction with others; a group of several must fail as a whole, so its
 * statements are written such that they fail.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/pg.h"

#define OID_BYTES 17
#define OID_INT8  20

/*
 * $1 challenge, $2 counter, $3 its value, $4 decision, $5 its value, $6 and $7
 * versions to begin with.  One statement, one snapshot: a second copy that
 * waited for the first one's challenge sees none, and is asked again.
 */
static const char accept_text[] =
    "WITH seen AS (SELECT value FROM soter_decisions WHERE key = $4),"
    " taken AS (DELETE FROM soter_challenges WHERE key = $1"
    " AND NOT EXISTS (SELECT 1 FROM seen) RETURNING key),"
    " risen AS (INSERT INTO soter_counters (key, version, value)"
    " SELECT $2, $6, $3 FROM taken"
    " ON CONFLICT (key) DO UPDATE SET version = soter_counters.version + 1,"
    " value = excluded.value"
    " WHERE length(soter_counters.value) = length(excluded.value)"
    " AND soter_counters.value < excluded.value RETURNING key),"
    " made AS (INSERT INTO soter_decisions (key, version, value)"
    " SELECT $4, $7, $5 FROM risen RETURNING key)"
    " SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM risen),"
    " (SELECT value FROM seen)";

/* ---- parameters ---------------------------------------------------------- */

#define PARAMS_MAX 7

struct params {
	int n;
	const char *values[PARAMS_MAX];
	int lengths[PARAMS_MAX], formats[PARAMS_MAX];
	uint8_t numbers[PARAMS_MAX][8];
};

static void
add_bytes(struct params *p, struct soter_span bytes)
{
	/* NULL would be no value at all. */
	p->values[p->n] = bytes.n == 0 ? "" : (const char *)bytes.p;
	p->lengths[p->n] = (int)bytes.n;
	p->formats[p->n++] = 1;
}

static void
add_number(struct params *p, uint64_t number)
{
	uint8_t *bytes = p->numbers[p->n];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> (56 - 8 * i));
	add_bytes(p, soter_span(bytes, 8));
}

/* ---- statements ---------------------------------------------------------- */

struct which {
	enum store_pg_variant variant;
	unsigned sql;
	enum soter_store_kind kind;
};

#define ACCEPT STORE_SQLS /* which.sql of accept_text */

static void
name_of(const struct which *w, char name[20])
{
	snprintf(name, 20, "s%u_%u_%u", (unsigned)w->variant, w->sql,
	    (unsigned)w->kind);
}

static bool *
is_prepared(struct store_pg_lane *l, const struct which *w)
{
	return (w->sql == ACCEPT
		? &l->is_accept_prepared
		: &l->is_prepared[w->variant][w->sql][w->kind]);
}

static void
text_of(const struct which *w, char text[2 * STORE_SQL_MAX])
{
	char plain[STORE_SQL_MAX];

	if (w->sql == ACCEPT) {
		snprintf(text, 2 * STORE_SQL_MAX, "%s", accept_text);
		return;
	}
	store_sql_text(plain, w->sql, w->kind, &store_sql_postgresql);
	if (w->variant == STORE_PG_QUIET)
		snprintf(text, 2 * STORE_SQL_MAX, "%s", plain);
	else /* no row: a division by zero ends the transaction */
		snprintf(text, 2 * STORE_SQL_MAX,
		    "WITH w AS (%s) SELECT max(version), 1 / count(*) FROM w",
		    plain);
}

static int
types_of(const struct which *w, Oid types[PARAMS_MAX])
{
	static const struct {
		unsigned sql;
		int n;
		Oid types[PARAMS_MAX];
	} rows[] = {
		{ SOTER_DELETE, 1, { OID_BYTES } },
		{ SOTER_DELETE_PRESENT, 1, { OID_BYTES } },
		{ STORE_SQL_GET, 1, { OID_BYTES } },
		{ STORE_SQL_COUNT, 0, { 0 } },
		{ STORE_SQL_SCAN, 4,
		    { OID_BYTES, OID_BYTES, OID_BYTES, OID_INT8 } },
		{ ACCEPT, 7,
		    { OID_BYTES, OID_BYTES, OID_BYTES, OID_BYTES, OID_BYTES,
			OID_INT8, OID_INT8 } },
	};
	static const Oid put[PARAMS_MAX] = { OID_BYTES, OID_INT8, OID_BYTES };

	for (size_t i = 0; i < SOTER_COUNT(rows); i++)
		if (rows[i].sql == w->sql) {
			memcpy(types, rows[i].types, sizeof(rows[i].types));
			return (rows[i].n);
		}
	memcpy(types, put, sizeof(put));
	return (3);
}

/* ---- segments ------------------------------------------------------------ */

static struct store_pg_segment *
new_segment(enum store_pg_segment_type type)
{
	struct store_pg_segment *segment = calloc(1, sizeof(*segment));

	if (segment != NULL) {
		segment->type = type;
		segment->end = &segment->first;
	}
	return (segment);
}

/* An answer without its question would be taken for that of the next one. */
static void
must_send(struct store_pg_lane *l, int is_sent)
{
	if (is_sent == 0)
		l->is_broken = true;
}

static void
seal(struct store_pg_lane *l, struct store_pg_segment *segment)
{
	must_send(l, PQpipelineSync(l->conn));
	segment->sent_ms = soter_store_now_ms();
	segment->at = segment->first;
	*l->end = segment;
	l->end = &segment->next;
}

enum soter_rc
store_pg_send_check(struct store_pg_lane *l)
{
	struct store_pg_segment *segment = new_segment(STORE_PG_CHECK);

	if (segment == NULL)
		return (SOTER_E_NOMEM);
	must_send(l,
	    PQsendQueryParams(l->conn, store_pg_settings, 0, NULL, NULL, NULL,
		NULL, 1));
	must_send(l,
	    PQsendQueryParams(l->conn, store_pg_schema, 0, NULL, NULL, NULL,
		NULL, 1));
	seal(l, segment);
	return (SOTER_OK);
}

/* In a transaction of its own: nothing before it can keep it from happening. */
static enum soter_rc
prepare(struct store_pg_lane *l, const struct which *w)
{
	char name[20], text[2 * STORE_SQL_MAX];
	struct store_pg_segment *segment;
	Oid types[PARAMS_MAX];
	int n;

	if (*is_prepared(l, w))
		return (SOTER_OK);
	if ((segment = new_segment(STORE_PG_PREPARE)) == NULL)
		return (SOTER_E_NOMEM);
	name_of(w, name);
	text_of(w, text);
	n = types_of(w, types);
	must_send(l, PQsendPrepare(l->conn, name, text, n, types));
	seal(l, segment);
	*is_prepared(l, w) = true;
	return (SOTER_OK);
}

static void
send_one(struct store_pg_lane *l, const struct which *w, const struct params *p)
{
	char name[20];

	name_of(w, name);
	must_send(l,
	    PQsendQueryPrepared(l->conn, name, p->n, p->values, p->lengths,
		p->formats, 1));
}

/* ---- parts --------------------------------------------------------------- */

static size_t
index_of(const struct store_part *part)
{
	return ((size_t)(part - part->job->part));
}

/* How many statements a part has, and which. */
static size_t
statements_of(const struct store_part *part)
{
	const struct store_job *job = part->job;

	return (job->type == STORE_WRITE ? job->write->groups[index_of(part)].n
					 : 1);
}

static struct which
which_of(const struct store_part *part, size_t k)
{
	const struct store_job *job = part->job;
	const struct soter_group *group;

	switch (job->type) {
	case STORE_GET:
		return ((struct which){ STORE_PG_QUIET, STORE_SQL_GET,
		    job->get->gets[index_of(part)].kind });
	case STORE_SCAN:
		return ((struct which){ STORE_PG_QUIET, STORE_SQL_SCAN,
		    job->look->kind });
	case STORE_COUNT:
		return ((struct which){ STORE_PG_QUIET, STORE_SQL_COUNT,
		    job->look->kind });
	case STORE_ACCEPT:
		return ((struct which){ STORE_PG_QUIET, ACCEPT, 0 });
	default:
		group = &job->write->groups[index_of(part)];
		return ((struct which){ group->n > 1 &&
			    store_sql_refusal(group->writes[k].op) != SOTER_OK
			? STORE_PG_STRICT
			: STORE_PG_QUIET,
		    STORE_SQL_WRITE + group->writes[k].op,
		    group->writes[k].kind });
	}
}

static void
send_write(struct store_pg_lane *l, const struct which *w,
    const struct soter_write *x)
{
	struct params p = { .n = 0 };

	add_bytes(&p, x->key);
	if (x->op < SOTER_DELETE) {
		add_number(&p, x->op == SOTER_PUT_AT ? x->at : store_birth());
		add_bytes(&p, x->value);
	}
	send_one(l, w, &p);
}

static void
send_accept(struct store_pg_lane *l, const struct which *w,
    const struct soter_accept *x)
{
	struct params p = { .n = 0 };

	add_bytes(&p, x->challenge);
	add_bytes(&p, x->counter);
	add_number(&p, x->count); /* as bytes: its 8, big-endian */
	add_bytes(&p, x->decision);
	add_bytes(&p, x->decision_is);
	add_number(&p, store_birth());
	add_number(&p, store_birth());
	send_one(l, w, &p);
}

static void
send_scan(struct store_pg_lane *l, const struct which *w,
    const struct soter_scan *scan)
{
	uint8_t bytes[SOTER_STORE_KEY_MAX + 1];
	struct soter_writer end = soter_writer(bytes, sizeof(bytes));
	struct params p = { .n = 0 };

	store_sql_end(&end, scan->prefix);
	add_bytes(&p, scan->after);
	add_bytes(&p, scan->prefix);
	add_bytes(&p, soter_written(&end));
	add_number(&p, scan->limit);
	send_one(l, w, &p);
}

static void
send_part(struct store_pg_lane *l, const struct store_part *part)
{
	const struct store_job *job = part->job;
	size_t i = index_of(part);

	for (size_t k = 0; k < statements_of(part); k++) {
		struct which w = which_of(part, k);
		struct params p = { .n = 0 };

		switch (job->type) {
		case STORE_GET:
			add_bytes(&p, job->get->gets[i].key);
			send_one(l, &w, &p);
			break;
		case STORE_WRITE:
			send_write(l, &w, &job->write->groups[i].writes[k]);
			break;
		case STORE_ACCEPT:
			send_accept(l, &w, &job->accept->accepts[i]);
			break;
		case STORE_SCAN:
			send_scan(l, &w, job->look->scan);
			break;
		default:
			send_one(l, &w, &p);
			break;
		}
	}
}

/* ---- a job --------------------------------------------------------------- */

/* Those of one transaction, linked by next. */
static void
send_parts(struct store_pg_lane *l, struct store_part *first)
{
	struct store_pg_segment *segment = new_segment(STORE_PG_WORK);
	enum soter_rc rc = segment == NULL ? SOTER_E_NOMEM : SOTER_OK;

	for (struct store_part *part = first; part != NULL; part = part->next)
		for (size_t k = 0; k < statements_of(part) && rc == SOTER_OK;
		     k++) {
			struct which w = which_of(part, k);

			rc = prepare(l, &w);
		}
	if (rc != SOTER_OK) {
		free(segment);
		for (struct store_part *next; first != NULL; first = next) {
			next = first->next;
			store_pg_part_end(first, rc);
		}
		return;
	}
	for (struct store_part *part = first; part != NULL; part = part->next) {
		*segment->end = part;
		segment->end = &part->next;
		part->statements = (unsigned)statements_of(part);
		send_part(l, part);
	}
	seal(l, segment);
}

void
store_pg_send_alone(struct store_pg_lane *l, struct store_part *part)
{
	part->next = NULL;
	send_parts(l, part);
}

static bool
is_strict(const struct store_part *part)
{
	return (part->job->type == STORE_WRITE && statements_of(part) > 1);
}

static struct soter_span
first_key(const struct store_part *part)
{
	const struct store_job *job = part->job;
	size_t i = index_of(part);

	switch (job->type) {
	case STORE_GET:
		return (job->get->gets[i].key);
	case STORE_WRITE:
		return (job->write->groups[i].writes[0].key);
	case STORE_ACCEPT:
		return (job->accept->accepts[i].challenge);
	default:
		return (soter_span(NULL, 0));
	}
}

/* By key, those of one key in the order given. */
static int
compare(const void *a, const void *b)
{
	const struct store_part *x = *(struct store_part *const *)a;
	const struct store_part *y = *(struct store_part *const *)b;
	struct soter_span kx = first_key(x), ky = first_key(y);
	size_t n = kx.n < ky.n ? kx.n : ky.n;
	int order = n == 0 ? 0 : memcmp(kx.p, ky.p, n);

	if (order != 0)
		return (order);
	if (kx.n != ky.n)
		return (kx.n < ky.n ? -1 : 1);
	return (x < y ? -1 : 1);
}

/*
 * Who changes the same records as others on other connections does it in the
 * same order: no deadlock, which costs a second each.
 */
static void
send_joined(struct store_pg_lane *l, struct store_part **parts, size_t n)
{
	if (n == 0)
		return;
	if (parts[0]->job->type != STORE_GET)
		qsort(parts, n, sizeof(parts[0]), compare);
	for (size_t i = 0; i < n; i++)
		parts[i]->next = i + 1 < n ? parts[i + 1] : NULL;
	send_parts(l, parts[0]);
}

void
store_pg_send_job(struct store_pg_lane *l, struct store_job *job)
{
	struct store_part *joined[STORE_PG_JOINED], *strict = NULL,
						    **end = &strict, *next;
	size_t n = 0;

	/* No part ends before all were looked at: that would end the job. */
	job->left++;
	for (size_t i = 0; i < job->n; i++) {
		struct store_part *part = &job->part[i];

		if (*store_job_rc(job, i) != STORE_UNDECIDED)
			continue;
		part->job = job;
		part->next = NULL;
		if (is_strict(part)) {
			*end = part;
			end = &part->next;
			continue;
		}
		joined[n++] = part;
		if (n == STORE_PG_JOINED) {
			send_joined(l, joined, n);
			n = 0;
		}
	}
	send_joined(l, joined, n);
	for (; strict != NULL; strict = next) {
		next = strict->next;
		store_pg_send_alone(l, strict);
	}
	store_pg_job_less(job);
}
