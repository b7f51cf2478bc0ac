/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/soter/sign.h"
#include "ta/soter/authkey.h"
#include "ta/soter/blob.h"
#include "ta/soter/name.h"
#include "wire/jsontext.h"

/* The kind of biometric, in bo_t; a finger is the rule and goes unsaid. */
#define FACE "2"

struct match {
	bool is_given;
	uint64_t at_ms; /* TEE time */
	uint64_t fid, epoch;
	uint32_t modality;
	char sensor[SOTER_TEE_NAME_MAX + 1];
	char sensor_version[SOTER_TEE_NAME_MAX + 1];
};

struct session {
	uint64_t id; /* 0: free */
	uint32_t uid;
	uint64_t begin_ms; /* TEE time */
	size_t kname_n, challenge_n;
	uint8_t kname[SOTER_KNAME_MAX];
	uint8_t challenge[SOTER_TA_CHALLENGE_MAX];
	struct match match;
};

static struct session sessions[SOTER_SESSIONS_MAX];
static uint64_t last_sequence; /* of any match that was told */

/* Too large for the stack; one call runs at a time. */
static struct soter_result_json result;

#define EACH(s)                               \
	struct session *s = sessions;         \
	s < sessions + SOTER_COUNT(sessions); \
	s++

static uint64_t
now_ms(void)
{
	TEE_Time now;

	TEE_GetSystemTime(&now);
	return ((uint64_t)now.seconds * 1000 + now.millis);
}

/* A clock that went back has not kept the time either. */
static bool
is_within(uint64_t since_ms, uint64_t now, uint64_t max_ms)
{
	return (now >= since_ms && now - since_ms <= max_ms);
}

static bool
is_live(const struct session *s, uint64_t now)
{
	return (s->id != 0 && is_within(s->begin_ms, now, SOTER_SESSION_MS));
}

static bool
is_matched(const struct session *s, uint64_t now)
{
	return (s->match.is_given &&
	    is_within(s->match.at_ms, now, SOTER_MATCH_MS));
}

static void
end(struct session *s)
{
	soter_wipe(s, sizeof(*s));
}

static struct soter_span
kname_of(const struct session *s)
{
	return (soter_span(s->kname, s->kname_n));
}

static struct session *
find(uint64_t id)
{
	for (EACH(s))
		if (id != 0 && s->id == id)
			return (s);
	return (NULL);
}

/* ---- the ends of sessions ---------------------------------------------- */

void
ta_sign_forget_key(uint32_t uid, struct soter_span kname)
{
	for (EACH(s))
		if (s->id != 0 && s->uid == uid &&
		    soter_span_equal(kname_of(s), kname))
			end(s);
}

void
ta_sign_forget_uid(uint32_t uid)
{
	for (EACH(s))
		if (s->id != 0 && s->uid == uid)
			end(s);
}

void
ta_sign_forget_all(void)
{
	for (EACH(s))
		end(s);
}

void
ta_sign_reset(void)
{
	ta_sign_forget_all();
	last_sequence = 0;
}

uint32_t
ta_sign_count(void)
{
	uint64_t now = now_ms();
	uint32_t n = 0;

	for (EACH(s))
		if (is_live(s, now))
			n++;
	return (n);
}

/* ---- initSign ---------------------------------------------------------- */

/*
 * Would a strict reader take this text in a signed JSON?  The writer's output
 * is read as a reader would.
 */
static enum soter_rc
check_challenge(struct soter_span challenge)
{
	static uint8_t json[6 * SOTER_TA_CHALLENGE_MAX + 2];
	struct soter_writer w = soter_writer(json, sizeof(json));
	struct soter_reader r;
	uint8_t quote;

	TRY(soter_json_write_string(&w, challenge));
	r = soter_reader(soter_written(&w));
	TRY(soter_read_u8(&r, &quote));
	if (soter_jsontext_scan(&r, false) != SOTER_OK || r.left != 1)
		return (SOTER_E_TEE_ARGUMENT);
	return (SOTER_OK);
}

/*
 * A place for a session of this key: its old one; else a free one, if the uid
 * has not got its share.
 */
static struct session *
find_place(uint32_t uid, struct soter_span kname, uint64_t now)
{
	struct session *place = NULL;
	size_t taken = 0;

	for (EACH(s)) {
		if (!is_live(s, now)) {
			/* Free, rather than one that could say -7. */
			if (place == NULL || s->id == 0)
				place = s;
			continue;
		}
		if (s->uid != uid)
			continue;
		if (soter_span_equal(kname_of(s), kname))
			return (s);
		taken++;
	}
	return (taken < SOTER_UID_SESSIONS_MAX ? place : NULL);
}

static uint64_t
new_id(void)
{
	uint64_t id;

	do {
		TEE_GenerateRandom(&id, sizeof(id));
		id &= INT64_MAX;
	} while (id == 0 || find(id) != NULL);
	return (id);
}

enum soter_rc
ta_sign_init(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	uint64_t now = now_ms();
	struct session *s;

	(void)caller;
	TRY(check_challenge(x->challenge));
	TRY(ta_authkey_open(&key, x->uid, x->kname));
	TEE_CloseObject(key);
	s = find_place(x->uid, x->kname, now);
	if (s == NULL)
		return (SOTER_E_IS_AUTHING);

	end(s);
	s->id = new_id();
	s->uid = x->uid;
	s->begin_ms = now;
	s->kname_n = x->kname.n;
	soter_copy(s->kname, x->kname.p, x->kname.n);
	s->challenge_n = x->challenge.n;
	soter_copy(s->challenge, x->challenge.p, x->challenge.n);
	return (soter_write_le64(reply, s->id));
}

/* ---- a match ----------------------------------------------------------- */

enum soter_rc
ta_sign_match(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	uint64_t now = now_ms();
	struct session *s = find(x->session);

	(void)caller;
	(void)reply;
	if (x->sequence <= last_sequence)
		return (SOTER_E_VERIFICATION_FAILED);
	/* Told once, it counts for no other session, taken or not. */
	last_sequence = x->sequence;
	if (s == NULL || !is_live(s, now) || is_matched(s, now) ||
	    soter_user_of_uid(s->uid) != x->user)
		return (SOTER_E_VERIFICATION_FAILED);

	s->match.at_ms = now;
	s->match.fid = x->fid;
	s->match.epoch = x->epoch;
	s->match.modality = x->modality;
	ta_name_copy(s->match.sensor, x->sensor);
	ta_name_copy(s->match.sensor_version, x->sensor_version);
	s->match.is_given = true;
	return (SOTER_OK);
}

/* ---- finishSign -------------------------------------------------------- */

/* The session of this id, if it is this uid's and its time is not over. */
static enum soter_rc
take(struct session **out, uint64_t id, uint32_t uid, uint64_t now)
{
	struct session *s = find(id);

	if (s == NULL || s->uid != uid)
		return (SOTER_E_TEE_UNKNOWN);
	if (!is_live(s, now)) {
		end(s);
		return (SOTER_E_SESSION_OUT_OF_TIME);
	}
	*out = s;
	return (SOTER_OK);
}

/* What the match says, and how the TEE is called. */
static enum soter_rc
fill(struct soter_result_json *x, const struct match *match)
{
	struct soter_writer fid = soter_writer(x->fid, SOTER_FID_MAX);
	bool is_face = match->modality == SOTER_MODALITY_FACE;

	soter_wipe(x, sizeof(*x));
	TRY(soter_write_decimal(&fid, match->fid));
	ta_name_tee(x->tee_n);
	ta_name_version(x->tee_v);
	soter_copy(is_face ? x->fc_n : x->fp_n, match->sensor,
	    sizeof(match->sensor));
	soter_copy(is_face ? x->fc_v : x->fp_v, match->sensor_version,
	    sizeof(match->sensor_version));
	if (is_face)
		soter_copy(x->bo_t, FACE, sizeof(FACE));
#ifdef SOTER_TA_BIO_EPOCH
	x->bio_epoch = match->epoch;
#endif
	return (SOTER_OK);
}

enum soter_rc
ta_sign_finish(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	uint64_t now = now_ms();
	struct session *s;
	enum soter_rc rc;

	(void)caller;
	TRY(take(&s, x->session, x->uid, now));
	if (!is_matched(s, now))
		return (SOTER_E_VERIFICATION_FAILED);
	TRY(fill(&result, &s->match));
	TRY(ta_authkey_open(&key, s->uid, kname_of(s)));
	rc = ta_blob_result(reply, &result, key, s->uid,
	    soter_span(s->challenge, s->challenge_n));
	TEE_CloseObject(key);
	if (rc == SOTER_OK)
		end(s);
	return (rc);
}

enum soter_rc
ta_sign_cancel(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	struct session *s;

	(void)caller;
	(void)reply;
	TRY(take(&s, x->session, x->uid, now_ms()));
	end(s);
	return (SOTER_OK);
}
