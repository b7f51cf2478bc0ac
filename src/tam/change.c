/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "crypto/secret.h"
#include "tam/change.h"

/* One try, with what it has to keep until the store has answered. */
struct attempt {
	struct tam_head head;
	uint64_t head_version; /* 0: there is none yet */
	uint8_t head_bytes[TAM_HEAD_LEN];
	uint8_t (*keys)[8]; /* owned: of each entry */
	uint8_t *values;    /* owned: the entries, one behind the other */
	size_t room;	    /* of these */
	struct soter_write *writes; /* owned: head, entries, the changes' own */
	struct soter_group group;
};

static bool
tells_known(const struct tam_change *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (x[i].is_of_known)
			return (true);
	return (false);
}

static enum soter_rc
attempt_new(struct attempt *a, const struct tam_change *x, size_t n)
{
	size_t writes = 1 + n + tells_known(x, n);

	for (size_t i = 0; i < n; i++) {
		writes += x[i].n;
		a->room += TAM_AUDIT_MAX - 3 * TAM_AUDIT_TEXT_MAX +
		    x[i].subject.n + x[i].before.n + x[i].after.n;
	}
	a->keys = calloc(n, sizeof(*a->keys));
	a->values = malloc(a->room);
	a->writes = calloc(writes, sizeof(*a->writes));
	a->group = (struct soter_group){ .writes = a->writes, .n = writes };
	return (a->keys == NULL || a->values == NULL || a->writes == NULL
		? SOTER_E_NOMEM
		: SOTER_OK);
}

static void
attempt_free(struct attempt *a)
{
	free(a->keys);
	free(a->values);
	free(a->writes);
}

static enum soter_rc
read_head(struct attempt *a, struct soter_lane *lane, unsigned ms)
{
	uint8_t bytes[TAM_HEAD_LEN];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	enum soter_rc rc = soter_store_get(lane, SOTER_KIND_META,
	    SOTER_SPAN("audit"), &w, &a->head_version, ms);

	if (rc == SOTER_E_NOTFOUND) {
		a->head = (struct tam_head){ 0 };
		a->head_version = 0;
		return (SOTER_OK);
	}
	TRY(rc == SOTER_E_NOSPACE ? SOTER_E_CORRUPT : rc);
	return (tam_head_parse(&a->head, soter_written(&w)));
}

/* The entry behind head, which moves on to it. */
static enum soter_rc
add_entry(struct attempt *a, struct soter_writer *values, size_t i,
    struct tam_head *head, const struct tam_change *x)
{
	struct tam_audit entry = { .number = head->number + 1,
		.time_s = x->now_s,
		.who = x->who,
		.what = x->what,
		.subject = x->subject,
		.before = x->before,
		.after = x->after };
	const struct soter_span key = soter_span(a->keys[i], 8);
	const size_t at = values->len;
	struct soter_span value;

	TRY(soter_random(entry.random, sizeof(entry.random)));
	soter_copy(entry.before_hash, head->hash, SOTER_SHA256_LEN);
	TRY(tam_audit_write(values, &entry));
	value = soter_span(values->p + at, values->len - at);
	tam_audit_key(a->keys[i], entry.number);
	TRY(tam_audit_hash(head->hash, key, value));
	head->number = entry.number;
	a->writes[1 + i] = (struct soter_write){ .op = SOTER_PUT_ABSENT,
		.kind = SOTER_KIND_AUDIT,
		.key = key,
		.value = value };
	return (SOTER_OK);
}

/* The entries, the head that names the last one, and the changes' own. */
static enum soter_rc
fill(struct attempt *a, const struct tam_change *x, size_t n)
{
	struct soter_writer values = soter_writer(a->values, a->room);
	struct tam_head next = a->head;
	size_t to = 1 + n;

	for (size_t i = 0; i < n; i++) {
		TRY(add_entry(a, &values, i, &next, &x[i]));
		for (size_t k = 0; k < x[i].n; k++)
			a->writes[to++] = x[i].writes[k];
	}
	tam_head_write(a->head_bytes, &next);
	if (tells_known(x, n))
		a->writes[to] = (struct soter_write){ .op = SOTER_PUT,
			.kind = SOTER_KIND_META,
			.key = SOTER_SPAN("known"),
			.value = soter_span(a->head_bytes + TAM_HEAD_LEN -
				SOTER_SHA256_LEN,
			    SOTER_SHA256_LEN) };
	a->writes[0] =
	    (struct soter_write){ .op = a->head_version == 0 ? SOTER_PUT_ABSENT
							     : SOTER_PUT_AT,
		    .kind = SOTER_KIND_META,
		    .key = SOTER_SPAN("audit"),
		    .value = soter_span(a->head_bytes, sizeof(a->head_bytes)),
		    .at = a->head_version };
	return (SOTER_OK);
}

/*
 * The connection was lost while the database had the group: is our first entry
 * there?  Its random bytes make it ours.
 */
static enum soter_rc
look_for_entry(const struct attempt *a, struct soter_lane *lane, unsigned ms)
{
	uint8_t bytes[TAM_AUDIT_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	enum soter_rc rc = soter_store_get(lane, SOTER_KIND_AUDIT,
	    a->writes[1].key, &w, NULL, ms);

	if (rc == SOTER_OK)
		return (soter_span_equal(soter_written(&w), a->writes[1].value)
			? SOTER_OK
			: SOTER_E_CONFLICT);
	/* Nobody else wrote it: a later try may still come to nothing. */
	return (rc == SOTER_E_NOTFOUND ? SOTER_E_OUTCOME : rc);
}

static enum soter_rc
try_once(struct attempt *a, struct soter_lane *lane, struct tam_change *x,
    size_t n, unsigned ms)
{
	enum soter_rc rc;

	TRY(read_head(a, lane, ms));
	TRY(fill(a, x, n));
	soter_store_write_many(lane, &a->group, 1, ms);
	rc = a->group.rc;
	if (rc == SOTER_E_OUTCOME)
		rc = look_for_entry(a, lane, ms) == SOTER_OK ? SOTER_OK : rc;
	for (size_t i = 0; rc == SOTER_OK && i < n; i++)
		x[i].number = a->head.number + 1 + i;
	return (rc);
}

/* Was it the trail that had moved on, and not one of the caller's writes? */
static bool
has_moved_on(const struct attempt *a, enum soter_rc rc, size_t n)
{
	return ((rc == SOTER_E_CONFLICT || rc == SOTER_E_EXISTS) &&
	    a->group.failed < 1 + n);
}

/* What the store says of it, but for the trail that had moved on: others write
 * to it as well, and whoever loses once too often has not lost for good. */
static enum soter_rc
try_until(struct attempt *a, struct soter_lane *lane, struct tam_change *x,
    size_t n, unsigned ms)
{
	const uint64_t end =
	    soter_store_now_ms() + (ms == 0 ? SOTER_STORE_MS : ms);

	do {
		enum soter_rc rc = try_once(a, lane, x, n, ms);

		if (!has_moved_on(a, rc, n))
			return (rc);
	} while (soter_store_now_ms() < end);
	return (SOTER_E_BUSY);
}

enum soter_rc
tam_changes(struct soter_lane *lane, struct tam_change *x, size_t n,
    unsigned ms)
{
	struct attempt a = { .head_version = 0 };
	enum soter_rc rc = n == 0 ? SOTER_E_ARGUMENT : attempt_new(&a, x, n);

	if (rc == SOTER_OK)
		rc = try_until(&a, lane, x, n, ms);
	attempt_free(&a);
	return (rc);
}

enum soter_rc
tam_change(struct soter_lane *lane, struct tam_change *x, unsigned ms)
{
	return (tam_changes(lane, x, 1, ms));
}
