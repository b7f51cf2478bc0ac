/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/biometric/state.h"
#include "ta/biometric/clock.h"
#include "ta/biometric/template.h"

#define FORMAT	 1
#define USER_LEN (4 + 1 + 2 * BIO_MAC_LEN + 3 * 4 + 8 + 4)
#define ROW_LEN	 12
#define LEN_MAX              \
	(2 * 4 + 3 * 8 + 4 + \
	    SOTER_USERS_MAX * (USER_LEN + SOTER_USER_FIDS_MAX * ROW_LEN))

/* A first fid is random below this, so that two devices seldom agree. */
#define FIRST_FID_MAX 0x7fffffff

static struct {
	bool is_loaded;
	bool has_mark;
	size_t stored_n; /* bytes of the object: it never shrinks */
	struct bio_state x;
} known;
static struct bio_state draft;

/* Both directions; longer than we write, as a newer TA may. */
static uint8_t bytes[2 * LEN_MAX];

void
bio_state_reset(void)
{
	soter_wipe(&known, sizeof(known));
	soter_wipe(&draft, sizeof(draft));
}

const struct bio_state *
bio_state(void)
{
	return (&known.x);
}

/* ---- bytes ------------------------------------------------------------- */

static enum soter_rc
read_fids(struct soter_reader *r, struct bio_user *u)
{
	TRY(soter_read_le32(r, &u->fids_n));
	if (u->fids_n > SOTER_USER_FIDS_MAX)
		return (SOTER_E_LIMIT);
	for (uint32_t i = 0; i < u->fids_n; i++)
		TRY(soter_bio_row_read(r, &u->fids[i]));
	return (SOTER_OK);
}

static enum soter_rc
read_user(struct soter_reader *r, struct bio_user *u)
{
	struct soter_span key, mac;
	uint8_t has_pin;

	TRY(soter_read_le32(r, &u->user));
	TRY(soter_read_u8(r, &has_pin));
	TRY(soter_read_span(r, BIO_MAC_LEN, &key));
	TRY(soter_read_span(r, BIO_MAC_LEN, &mac));
	TRY(soter_read_le32(r, &u->pin_fails));
	TRY(soter_read_le32(r, &u->misses));
	TRY(soter_read_le32(r, &u->freezes));
	TRY(soter_read_le64(r, &u->epoch));
	u->has_pin = has_pin != 0;
	soter_copy(u->pin_key, key.p, key.n);
	soter_copy(u->pin_mac, mac.p, mac.n);
	return (read_fids(r, u));
}

/* What the state is shorter now than it once was. */
static enum soter_rc
read_zeros(struct soter_reader *r)
{
	uint8_t zero;

	while (r->left > 0) {
		TRY(soter_read_u8(r, &zero));
		if (zero != 0)
			return (SOTER_E_FORMAT);
	}
	return (SOTER_OK);
}

static enum soter_rc
parse(struct bio_state *x, struct soter_span in)
{
	struct soter_reader r = soter_reader(in);
	uint32_t format, version;

	TRY(soter_read_le32(&r, &format));
	TRY(soter_read_le32(&r, &version));
	/* Whatever a newer TA wrote behind this is not for us. */
	if (format != FORMAT || version > BIO_VERSION)
		return (SOTER_E_FORMAT);
	TRY(soter_read_le64(&r, &x->next_fid));
	TRY(soter_read_le64(&r, &x->sequence));
	TRY(soter_read_le64(&r, &x->removed));
	TRY(soter_read_le32(&r, &x->users_n));
	if (x->users_n > SOTER_USERS_MAX)
		return (SOTER_E_LIMIT);
	for (uint32_t i = 0; i < x->users_n; i++)
		TRY(read_user(&r, &x->users[i]));
	return (read_zeros(&r));
}

static enum soter_rc
write_user(struct soter_writer *w, const struct bio_user *u)
{
	TRY(soter_write_le32(w, u->user));
	TRY(soter_write_u8(w, u->has_pin ? 1 : 0));
	TRY(soter_write(w, soter_span(u->pin_key, BIO_MAC_LEN)));
	TRY(soter_write(w, soter_span(u->pin_mac, BIO_MAC_LEN)));
	TRY(soter_write_le32(w, u->pin_fails));
	TRY(soter_write_le32(w, u->misses));
	TRY(soter_write_le32(w, u->freezes));
	TRY(soter_write_le64(w, u->epoch));
	TRY(soter_write_le32(w, u->fids_n));
	for (uint32_t i = 0; i < u->fids_n; i++)
		TRY(soter_bio_row_write(w, &u->fids[i]));
	return (SOTER_OK);
}

static enum soter_rc
write_state(struct soter_writer *w, const struct bio_state *x)
{
	TRY(soter_write_le32(w, FORMAT));
	TRY(soter_write_le32(w, BIO_VERSION));
	TRY(soter_write_le64(w, x->next_fid));
	TRY(soter_write_le64(w, x->sequence));
	TRY(soter_write_le64(w, x->removed));
	TRY(soter_write_le32(w, x->users_n));
	for (uint32_t i = 0; i < x->users_n; i++)
		TRY(write_user(w, &x->users[i]));
	while (w->len < known.stored_n)
		TRY(soter_write_u8(w, 0));
	return (SOTER_OK);
}

/* ---- load -------------------------------------------------------------- */

static struct ta_object_id
state_id(void)
{
	return (ta_object_id("state", SOTER_SPAN("")));
}

static struct ta_object_id
mark_id(void)
{
	return (ta_object_id("mark", SOTER_SPAN("")));
}

/* No state is right only where there is nothing else either. */
static enum soter_rc
check_empty(void)
{
	size_t anchored, plain;

	TRY(ta_object_list(TA_ANCHORED, SOTER_SPAN(""), NULL, 0, &anchored));
	TRY(ta_object_list(TA_PLAIN, SOTER_SPAN(""), NULL, 0, &plain));
	return (anchored + plain == 0 ? SOTER_OK : SOTER_E_SECURITY_STATE);
}

static bool
has_mark(void)
{
	struct ta_object_id id = mark_id();
	struct soter_writer nothing = soter_writer(bytes, 1);

	return (ta_object_read(TA_PLAIN, &id, &nothing) == SOTER_OK);
}

/* Durable with the first change that is stored. */
static void
begin(struct bio_state *x)
{
	uint32_t random;

	TEE_GenerateRandom(&random, sizeof(random));
	*x = (struct bio_state){ .next_fid = random % FIRST_FID_MAX + 1 };
}

/* What a power cut has left, the state does not know: it is no template. */
static void
clean(const struct bio_state *x)
{
	/* What cannot be removed now, the next start or change removes. */
	(void)!bio_template_remove(x->next_fid);
	if (x->removed != 0)
		(void)!bio_template_remove(x->removed);
}

static enum soter_rc
load(void)
{
	struct ta_object_id id = state_id();
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	uint64_t now = bio_clock_ms();
	enum soter_rc rc;

	if (known.is_loaded)
		return (SOTER_OK);
	soter_wipe(&draft, sizeof(draft));
	rc = ta_object_read(TA_ANCHORED, &id, &w);
	if (rc == SOTER_E_NOTFOUND) {
		TRY(check_empty());
		begin(&draft);
	} else if (rc != SOTER_OK) {
		return (rc);
	} else {
		if (parse(&draft, soter_written(&w)) != SOTER_OK)
			return (SOTER_E_SECURITY_STATE);
		clean(&draft);
	}
	for (uint32_t i = 0; i < draft.users_n; i++)
		draft.users[i].pin_since_ms = draft.users[i].freeze_since_ms =
		    now;

	known.stored_n = w.len;
	known.has_mark = rc == SOTER_OK && has_mark();
	known.x = draft;
	known.is_loaded = true;
	return (SOTER_OK);
}

enum soter_rc
bio_state_ready(uint32_t needs)
{
	return (needs == BIO_NEED_NOTHING ? SOTER_OK : load());
}

/* ---- users and changes ------------------------------------------------- */

static struct bio_user *
find(struct bio_state *x, uint32_t user)
{
	for (uint32_t i = 0; i < x->users_n; i++)
		if (x->users[i].user == user)
			return (&x->users[i]);
	return (NULL);
}

const struct bio_user *
bio_state_user(uint32_t user)
{
	return (find(&known.x, user));
}

struct bio_state *
bio_state_draft(void)
{
	draft = known.x;
	return (&draft);
}

struct bio_user *
bio_state_draft_user(struct bio_state *x, uint32_t user)
{
	struct bio_user *u = find(x, user);

	if (u != NULL || x->users_n == SOTER_USERS_MAX)
		return (u);
	u = &x->users[x->users_n++];
	*u = (struct bio_user){ .user = user };
	return (u);
}

/* In this order: a mark without a state would lock everybody out. */
static enum soter_rc
store(void)
{
	struct ta_object_id state = state_id(), mark = mark_id();
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	TRY(write_state(&w, &draft));
	TRY(ta_object_update(TA_ANCHORED, &state, soter_written(&w)));
	known.stored_n = w.len;
	if (!known.has_mark)
		TRY(ta_object_update(TA_PLAIN, &mark, SOTER_SPAN("")));
	return (SOTER_OK);
}

enum soter_rc
bio_state_commit(void)
{
	enum soter_rc rc = store();

	soter_wipe(bytes, sizeof(bytes));
	/* Not all storages say what is there after an error: look again. */
	known.is_loaded = false;
	TRY(rc);

	known.x = draft;
	known.has_mark = true;
	known.is_loaded = true;
	return (SOTER_OK);
}
