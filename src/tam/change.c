/* SPDX-License-Identifier: BSD-3-Clause */
#include "crypto/secret.h"
#include "tam/change.h"

/* One try, with what it has to keep until the store has answered. */
struct attempt {
	struct tam_head head;
	uint64_t head_version; /* 0: there is none yet */
	uint8_t key[8], head_bytes[TAM_HEAD_LEN];
	uint8_t value[TAM_AUDIT_MAX];
	struct soter_write writes[2 + TAM_CHANGE_WRITES];
	struct soter_group group;
};

#define OWN_WRITES 2 /* head and entry */

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

/* The entry, and the head that names it. */
static enum soter_rc
fill(struct attempt *a, const struct tam_change *x)
{
	struct tam_audit entry = { .number = a->head.number + 1,
		.time_s = x->now_s,
		.who = x->who,
		.what = x->what,
		.subject = x->subject,
		.before = x->before,
		.after = x->after };
	struct soter_writer w = soter_writer(a->value, sizeof(a->value));
	struct tam_head next = { .number = entry.number };
	struct soter_span key = soter_span(a->key, sizeof(a->key));

	TRY(soter_random(entry.random, sizeof(entry.random)));
	soter_copy(entry.before_hash, a->head.hash, SOTER_SHA256_LEN);
	TRY(tam_audit_write(&w, &entry));
	tam_audit_key(a->key, entry.number);
	TRY(tam_audit_hash(next.hash, key, soter_written(&w)));
	tam_head_write(a->head_bytes, &next);
	a->writes[0] =
	    (struct soter_write){ .op = a->head_version == 0 ? SOTER_PUT_ABSENT
							     : SOTER_PUT_AT,
		    .kind = SOTER_KIND_META,
		    .key = SOTER_SPAN("audit"),
		    .value = soter_span(a->head_bytes, sizeof(a->head_bytes)),
		    .at = a->head_version };
	a->writes[1] = (struct soter_write){ .op = SOTER_PUT_ABSENT,
		.kind = SOTER_KIND_AUDIT,
		.key = key,
		.value = soter_written(&w) };
	for (size_t i = 0; i < x->n; i++)
		a->writes[OWN_WRITES + i] = x->writes[i];
	a->group =
	    (struct soter_group){ .writes = a->writes, .n = OWN_WRITES + x->n };
	return (SOTER_OK);
}

/*
 * The connection was lost while the database had the group: is our entry there?
 * Its random bytes make it ours.
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
    unsigned ms)
{
	enum soter_rc rc;

	TRY(read_head(a, lane, ms));
	TRY(fill(a, x));
	soter_store_write_many(lane, &a->group, 1, ms);
	rc = a->group.rc;
	if (rc == SOTER_E_OUTCOME)
		rc = look_for_entry(a, lane, ms) == SOTER_OK ? SOTER_OK : rc;
	if (rc == SOTER_OK)
		x->number = a->head.number + 1;
	return (rc);
}

/* Was it the trail that had moved on, and not one of the caller's writes? */
static bool
has_moved_on(const struct attempt *a, enum soter_rc rc)
{
	return ((rc == SOTER_E_CONFLICT || rc == SOTER_E_EXISTS) &&
	    a->group.failed < OWN_WRITES);
}

/* What the store says of it, but for the trail that had moved on: others write
 * to it as well, and whoever loses once too often has not lost for good. */
static enum soter_rc
try_until(struct attempt *a, struct soter_lane *lane, struct tam_change *x,
    unsigned ms)
{
	const uint64_t end =
	    soter_store_now_ms() + (ms == 0 ? SOTER_STORE_MS : ms);

	do {
		enum soter_rc rc = try_once(a, lane, x, ms);

		if (!has_moved_on(a, rc))
			return (rc);
	} while (soter_store_now_ms() < end);
	return (SOTER_E_BUSY);
}

enum soter_rc
tam_change(struct soter_lane *lane, struct tam_change *x, unsigned ms)
{
	struct attempt a = { .head_version = 0 };
	enum soter_rc rc;

	if (x->n > TAM_CHANGE_WRITES)
		return (SOTER_E_ARGUMENT);
	rc = try_until(&a, lane, x, ms);
	x->failed = 0;
	if (rc == SOTER_OK)
		for (size_t i = 0; i < x->n; i++)
			x->writes[i] = a.writes[OWN_WRITES + i];
	else if (a.group.failed >= OWN_WRITES)
		x->failed = a.group.failed - OWN_WRITES;
	return (rc);
}

struct soter_write
tam_change_known(void)
{
	/* Its version is all that counts. */
	return ((struct soter_write){ .op = SOTER_PUT,
	    .kind = SOTER_KIND_META,
	    .key = SOTER_SPAN("known") });
}
