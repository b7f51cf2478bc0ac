/* SPDX-License-Identifier: BSD-3-Clause */
#include "tam/audit.h"

#define FORM 1

/* ---- an entry ------------------------------------------------------------ */

void
tam_audit_key(uint8_t out[8], uint64_t number)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(number >> (56 - 8 * i));
}

static enum soter_rc
read_be64(struct soter_reader *r, uint64_t *out)
{
	struct soter_span bytes;

	TRY(soter_read_span(r, 8, &bytes));
	*out = 0;
	for (int i = 0; i < 8; i++)
		*out = *out << 8 | bytes.p[i];
	return (SOTER_OK);
}

static enum soter_rc
read_text(struct soter_reader *r, struct soter_span *out, size_t max)
{
	uint8_t low, high;
	size_t n;

	TRY(soter_read_u8(r, &low));
	TRY(soter_read_u8(r, &high));
	n = (size_t)high << 8 | low;
	if (n > max)
		return (SOTER_E_LIMIT);
	return (soter_read_span(r, n, out));
}

static enum soter_rc
read_entry(struct tam_audit *out, struct soter_span key,
    struct soter_span value)
{
	struct soter_reader k = soter_reader(key), r = soter_reader(value);
	struct soter_span hash, random;
	uint8_t form;

	TRY(read_be64(&k, &out->number));
	TRY(soter_read_end(&k));
	TRY(soter_read_u8(&r, &form));
	TRY(soter_read_span(&r, sizeof(out->before_hash), &hash));
	TRY(soter_read_le64(&r, &out->time_s));
	TRY(soter_read_span(&r, sizeof(out->random), &random));
	TRY(read_text(&r, &out->who, TAM_WHO_MAX));
	TRY(read_text(&r, &out->what, TAM_AUDIT_WHAT_MAX));
	TRY(read_text(&r, &out->subject, TAM_AUDIT_TEXT_MAX));
	TRY(read_text(&r, &out->before, TAM_AUDIT_TEXT_MAX));
	TRY(read_text(&r, &out->after, TAM_AUDIT_TEXT_MAX));
	TRY(soter_read_end(&r));
	soter_copy(out->before_hash, hash.p, hash.n);
	soter_copy(out->random, random.p, random.n);
	return (form == FORM ? SOTER_OK : SOTER_E_CORRUPT);
}

enum soter_rc
tam_audit_parse(struct tam_audit *out, struct soter_span key,
    struct soter_span value)
{
	struct tam_audit x;

	if (read_entry(&x, key, value) != SOTER_OK)
		return (SOTER_E_CORRUPT);
	*out = x;
	return (SOTER_OK);
}

static enum soter_rc
write_text(struct soter_writer *w, struct soter_span text, size_t max)
{
	if (text.n > max)
		return (SOTER_E_LIMIT);
	TRY(soter_write_u8(w, (uint8_t)text.n));
	TRY(soter_write_u8(w, (uint8_t)(text.n >> 8)));
	return (soter_write(w, text));
}

enum soter_rc
tam_audit_write(struct soter_writer *w, const struct tam_audit *x)
{
	TRY(soter_write_u8(w, FORM));
	TRY(soter_write(w, soter_span(x->before_hash, SOTER_SHA256_LEN)));
	TRY(soter_write_le64(w, x->time_s));
	TRY(soter_write(w, soter_span(x->random, sizeof(x->random))));
	TRY(write_text(w, x->who, TAM_WHO_MAX));
	TRY(write_text(w, x->what, TAM_AUDIT_WHAT_MAX));
	TRY(write_text(w, x->subject, TAM_AUDIT_TEXT_MAX));
	TRY(write_text(w, x->before, TAM_AUDIT_TEXT_MAX));
	return (write_text(w, x->after, TAM_AUDIT_TEXT_MAX));
}

enum soter_rc
tam_audit_hash(uint8_t out[SOTER_SHA256_LEN], struct soter_span key,
    struct soter_span value)
{
	uint8_t text[8 + TAM_AUDIT_MAX];
	struct soter_writer w = soter_writer(text, sizeof(text));

	TRY(soter_write(&w, key));
	TRY(soter_write(&w, value));
	return (soter_sha256(out, soter_written(&w)));
}

/* ---- the head ------------------------------------------------------------ */

enum soter_rc
tam_head_parse(struct tam_head *out, struct soter_span value)
{
	struct soter_reader r = soter_reader(value);

	if (value.n != TAM_HEAD_LEN || read_be64(&r, &out->number) != SOTER_OK)
		return (SOTER_E_CORRUPT);
	soter_copy(out->hash, r.p, SOTER_SHA256_LEN);
	return (SOTER_OK);
}

void
tam_head_write(uint8_t out[TAM_HEAD_LEN], const struct tam_head *x)
{
	tam_audit_key(out, x->number);
	soter_copy(out + 8, x->hash, SOTER_SHA256_LEN);
}

/* ---- the whole trail ----------------------------------------------------- */

struct check {
	struct tam_audit_found *found;
	enum soter_rc (*each)(void *context, const struct tam_audit *entry);
	void *context;
	struct tam_head said; /* as META had it when the check began */
	uint8_t last[8];      /* key: where the scan goes on */
};

static enum soter_rc
is_bad(struct check *check, uint64_t number, const char *why)
{
	check->found->bad = number;
	check->found->why = why;
	return (SOTER_E_CORRUPT);
}

static enum soter_rc
check_entry(void *context, const struct soter_record *record)
{
	struct check *check = context;
	struct tam_head *head = &check->found->head;
	const uint64_t next = head->number + 1;
	struct tam_audit x;

	if (tam_audit_parse(&x, record->key, record->value) != SOTER_OK)
		return (is_bad(check, next, "it cannot be read"));
	if (x.number != next)
		return (is_bad(check, next, "it is missing"));
	if (!soter_span_equal(soter_span(x.before_hash, SOTER_SHA256_LEN),
		soter_span(head->hash, SOTER_SHA256_LEN)))
		return (is_bad(check, next,
		    "it does not follow on the one before: one of the two was "
		    "changed"));
	if (check->each != NULL)
		TRY(check->each(check->context, &x));
	TRY(tam_audit_hash(head->hash, record->key, record->value));
	head->number = next;
	if (next == check->said.number &&
	    !soter_span_equal(soter_span(head->hash, SOTER_SHA256_LEN),
		soter_span(check->said.hash, SOTER_SHA256_LEN)))
		return (is_bad(check, next,
		    "it is not the one that the head names"));
	soter_copy(check->last, record->key.p, sizeof(check->last));
	return (SOTER_OK);
}

static enum soter_rc
read_head(struct tam_head *out, struct soter_lane *lane)
{
	uint8_t bytes[TAM_HEAD_LEN];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	enum soter_rc rc = soter_store_get(lane, SOTER_KIND_META,
	    SOTER_SPAN("audit"), &w, NULL, 0);

	*out = (struct tam_head){ 0 };
	if (rc == SOTER_E_NOTFOUND)
		return (SOTER_OK);
	if (rc == SOTER_E_NOSPACE)
		return (SOTER_E_CORRUPT);
	TRY(rc);
	return (tam_head_parse(out, soter_written(&w)));
}

static enum soter_rc
scan_all(struct check *check, struct soter_lane *lane)
{
	struct soter_scan scan;

	do {
		scan = (struct soter_scan){ .kind = SOTER_KIND_AUDIT,
			.after = soter_span(check->last,
			    check->found->head.number == 0
				? 0
				: sizeof(check->last)),
			.limit = SOTER_STORE_PAGE,
			.each = check_entry,
			.context = check };
		TRY(soter_store_scan(lane, &scan, 0));
	} while (scan.found == SOTER_STORE_PAGE);
	return (SOTER_OK);
}

/*
 * Entries that came after the head was read are checked, too: each came in one
 * step with a head of its own, so the head of now knows them all.
 */
static enum soter_rc
check_end(struct check *check, struct soter_lane *lane)
{
	const uint64_t last = check->found->head.number;
	struct tam_head now;

	if (last < check->said.number)
		return (is_bad(check, last + 1, "it is missing"));
	TRY(read_head(&now, lane));
	if (last > now.number)
		return (
		    is_bad(check, now.number + 1, "the head does not know it"));
	return (SOTER_OK);
}

enum soter_rc
tam_audit_check(struct tam_audit_found *out, struct soter_lane *lane,
    enum soter_rc (*each)(void *context, const struct tam_audit *entry),
    void *context)
{
	struct check check = { .found = out, .each = each, .context = context };

	*out = (struct tam_audit_found){ 0 };
	if (read_head(&check.said, lane) != SOTER_OK)
		return (is_bad(&check, 0, "the head cannot be read"));
	TRY(scan_all(&check, lane));
	return (check_end(&check, lane));
}
