/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "device/soterd/calls.h"
#include "device/soterd/log.h"
#include "device/soterd/sensor.h"
#include "device/soterd/tee.h"

static const struct soterd_options *setup;

void
soterd_calls_setup(const struct soterd_options *options)
{
	setup = options;
}

/* The request as the TA takes it: in the caller's name, and no other. */
static struct soter_ta_request
request_of(const struct soterd_caller *who, const struct soter_dev_request *x)
{
	return ((struct soter_ta_request){ .uid = who->uid,
	    .user = soter_user_of_uid(who->uid),
	    .kname = x->kname,
	    .challenge = x->challenge,
	    .session = x->session,
	    .modality = x->modality });
}

/* ---- signatures, and the sensor ----------------------------------------- */

/* Whoever signs no more does not look any more. */
static enum soter_rc
cancel(const struct soter_ta_request *x, struct soter_writer *body)
{
	enum soter_rc rc = soterd_sensor_cancel(x);

	(void)rc;
	return (
	    soterd_tee_call(SOTERD_TA_SOTER, SOTER_TA_SIGN_CANCEL, x, body));
}

void
soterd_calls_end(struct soterd_session s)
{
	const struct soter_ta_request x = { .uid = s.who.uid,
		.user = soter_user_of_uid(s.who.uid),
		.session = s.id };
	uint8_t none[SOTER_TA_REPLY_MAX];
	struct soter_writer w = soter_writer(none, sizeof(none));
	enum soter_rc rc = cancel(&x, &w);

	/* It may have ended by itself. */
	(void)rc;
}

static enum soter_rc
sign_init(const struct soterd_caller *who, const struct soter_dev_request *x,
    struct soter_writer *body)
{
	const struct soter_ta_request request = request_of(who, x);
	struct soterd_session s = { .who = *who };
	struct soterd_session gone;
	struct soter_reader r;

	TRY(soterd_tee_call(SOTERD_TA_SOTER, SOTER_TA_SIGN_INIT, &request,
	    body));
	r = soter_reader(soter_written(body));
	if (soter_read_le64(&r, &s.id) != SOTER_OK ||
	    soter_read_end(&r) != SOTER_OK || s.id == 0)
		return (SOTER_E_TEE_COMMUNICATION);
	gone = soterd_sessions_add(s, x->kname);
	if (gone.id != 0)
		soterd_calls_end(gone);
	return (gone.id == s.id ? SOTER_E_IS_AUTHING : SOTER_OK);
}

/* Without a match the session is still there (c.2). */
static enum soter_rc
sign_finish(const struct soterd_caller *who, const struct soter_dev_request *x,
    struct soter_writer *body)
{
	const struct soter_ta_request request = request_of(who, x);
	enum soter_rc rc = soterd_tee_call(SOTERD_TA_SOTER,
	    SOTER_TA_SIGN_FINISH, &request, body);

	if (rc == SOTER_OK || rc == SOTER_E_TEE_UNKNOWN ||
	    rc == SOTER_E_SESSION_OUT_OF_TIME)
		soterd_sessions_drop(x->session);
	return (rc);
}

static enum soter_rc
sign_cancel(const struct soterd_caller *who, const struct soter_dev_request *x,
    struct soter_writer *body)
{
	const struct soter_ta_request request = request_of(who, x);

	soterd_sessions_drop(x->session);
	return (cancel(&request, body));
}

static enum soter_rc
auth_begin(const struct soterd_caller *who, const struct soter_dev_request *x,
    struct soter_writer *body)
{
	const struct soter_ta_request request = request_of(who, x);

	(void)body;
	return (soterd_sensor_begin(&request));
}

static enum soter_rc
auth_step(const struct soterd_caller *who, const struct soter_dev_request *x,
    struct soter_writer *body)
{
	const struct soter_ta_request request = request_of(who, x);

	return (soterd_sensor_step(&request, body));
}

static enum soter_rc
auth_cancel(const struct soterd_caller *who, const struct soter_dev_request *x,
    struct soter_writer *body)
{
	const struct soter_ta_request request = request_of(who, x);

	(void)body;
	return (soterd_sensor_cancel(&request));
}

/* ---- what is told -------------------------------------------------------- */

static enum soter_rc
version(const struct soterd_caller *who, const struct soter_dev_request *x,
    struct soter_writer *body)
{
	(void)who;
	(void)x;
	return (soter_write_le32(body, SOTER_DEV_VERSION));
}

static enum soter_rc
extra(const struct soterd_caller *who, const struct soter_dev_request *x,
    struct soter_writer *body)
{
	(void)who;
	if (soter_span_equal(x->key, SOTER_SPAN("fingerprint_type")))
		return (soter_write_le32(body, (uint32_t)setup->type));
	if (!soter_span_equal(x->key,
		SOTER_SPAN("fingerprint_hardware_position")))
		return (SOTER_E_TEE_ARGUMENT);
	for (size_t i = 0; setup->has_position && i < 4; i++)
		TRY(soter_write_le32(body, (uint32_t)setup->position[i]));
	return (SOTER_OK);
}

static enum soter_rc
ta_status(const struct soter_ta_request *x, struct soter_dev_state *out)
{
	uint8_t bytes[SOTER_TA_REPLY_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct soter_ta_status ta;
	enum soter_rc rc;

	TRY(soterd_tee_call(SOTERD_TA_SOTER, SOTER_TA_STATUS, x, &w));
	if (soter_ta_status_parse(&ta, soter_written(&w)) != SOTER_OK)
		return (SOTER_E_TEE_COMMUNICATION);
	out->version = ta.version;
	out->salt_len = ta.salt_len;
	out->rollback = ta.rollback;
	out->provisioned = ta.provisioned;
	out->trouble = ta.trouble;
	memcpy(out->tee_n, ta.tee_n, sizeof(out->tee_n));
	memcpy(out->tee_v, ta.tee_v, sizeof(out->tee_v));
	rc = soterd_tee_call(SOTERD_TA_SOTER, SOTER_TA_ASK_HAS, x, &w);
	out->ask = rc == SOTER_OK;
	return (SOTER_OK);
}

static enum soter_rc
bio_status(const struct soter_ta_request *x, struct soter_dev_state *out)
{
	uint8_t bytes[SOTER_TA_REPLY_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct soter_bio_status bio;

	TRY(soterd_tee_call(SOTERD_TA_BIO, SOTER_BIO_STATUS, x, &w));
	if (soter_bio_status_parse(&bio, soter_written(&w)) != SOTER_OK)
		return (SOTER_E_TEE_COMMUNICATION);
	out->enrolled = bio.enrolled;
	out->misses = bio.misses;
	out->freeze_ms = bio.freeze_ms;
	out->simulated = bio.simulated;
	memcpy(out->sensor, bio.sensor, sizeof(out->sensor));
	/* A table of sensors has one of each kind, or none. */
	if (bio.sensor[0] != '\0')
		out->modalities = 1u << (SOTER_MODALITY_FINGER - 1) |
		    1u << (SOTER_MODALITY_FACE - 1);
	return (SOTER_OK);
}

static enum soter_rc
state(const struct soterd_caller *who, const struct soter_dev_request *x,
    struct soter_writer *body)
{
	const struct soter_ta_request request = request_of(who, x);
	struct soter_dev_state out = { 0 };

	TRY(ta_status(&request, &out));
	/* Without a sensor the keys can be asked for all the same. */
	if (bio_status(&request, &out) != SOTER_OK)
		soterd_log_some("no status of the sensor");
	return (soter_dev_state_write(body, &out));
}

/* For root, whose package scripts say that a package is gone, and for us. */
static enum soter_rc
forget(const struct soterd_caller *who, const struct soter_dev_request *x,
    struct soter_writer *body)
{
	const struct soter_ta_request request = { .uid = x->whose };

	if (who->uid != 0 && who->uid != setup->uid)
		return (SOTER_E_ACCESS);
	soterd_log("uid %u: all keys are removed, as uid %u says",
	    (unsigned)x->whose, (unsigned)who->uid);
	return (soterd_tee_call(SOTERD_TA_SOTER, SOTER_TA_REMOVE_ALL, &request,
	    body));
}

/* ---- the table ----------------------------------------------------------- */

#define KNAME	  1u /* -202 if it is empty */
#define CHALLENGE 2u /* -203 */
#define SESSION	  4u /* -204 if it is 0, -1000 if it is somebody else's */

/* clang-format off */
static const struct row {
	enum soter_dev_call call;
	unsigned needs;
	enum soter_ta_command command;	/* of TA soter, if there is no run */
	enum soter_rc (*run)(const struct soterd_caller *who,
	    const struct soter_dev_request *x, struct soter_writer *body);
} rows[] = {
	{ SOTER_DEV_ASK_GENERATE,     0, SOTER_TA_ASK_GENERATE, NULL },
	{ SOTER_DEV_ASK_EXPORT,       0, SOTER_TA_ASK_EXPORT, NULL },
	{ SOTER_DEV_ASK_HAS,          0, SOTER_TA_ASK_HAS, NULL },
	{ SOTER_DEV_AUTHKEY_GENERATE, KNAME, SOTER_TA_AUTHKEY_GENERATE, NULL },
	{ SOTER_DEV_AUTHKEY_REMOVE,   KNAME, SOTER_TA_AUTHKEY_REMOVE, NULL },
	{ SOTER_DEV_AUTHKEY_EXPORT,   KNAME, SOTER_TA_AUTHKEY_EXPORT, NULL },
	{ SOTER_DEV_REMOVE_ALL,       0, SOTER_TA_REMOVE_ALL, NULL },
	{ SOTER_DEV_AUTHKEY_HAS,      KNAME, SOTER_TA_AUTHKEY_HAS, NULL },
	{ SOTER_DEV_SIGN_INIT,        KNAME | CHALLENGE, 0, sign_init },
	{ SOTER_DEV_SIGN_FINISH,      SESSION, 0, sign_finish },
	{ SOTER_DEV_DEVICE_ID,        0, SOTER_TA_DEVICE_ID, NULL },
	{ SOTER_DEV_VERSION_GET,      0, 0, version },
	{ SOTER_DEV_EXTRA,            0, 0, extra },
	{ SOTER_DEV_SIGN_CANCEL,      SESSION, 0, sign_cancel },
	{ SOTER_DEV_AUTH_BEGIN,       SESSION, 0, auth_begin },
	{ SOTER_DEV_AUTH_STEP,        SESSION, 0, auth_step },
	{ SOTER_DEV_AUTH_CANCEL,      SESSION, 0, auth_cancel },
	{ SOTER_DEV_STATE,            0, 0, state },
	{ SOTER_DEV_SELF_TEST,        0, SOTER_TA_SELF_TEST, NULL },
	{ SOTER_DEV_KEYS_LIST,        0, SOTER_TA_KEYS_LIST, NULL },
	{ SOTER_DEV_FORGET,           0, 0, forget },
};
/* clang-format on */

static enum soter_rc
check(const struct row *row, const struct soterd_caller *who,
    const struct soter_dev_request *x)
{
	if ((row->needs & KNAME) != 0 && x->kname.n == 0)
		return (SOTER_E_KNAME_NULL);
	if ((row->needs & CHALLENGE) != 0 && x->challenge.n == 0)
		return (SOTER_E_CHALLENGE_NULL);
	if ((row->needs & SESSION) == 0)
		return (SOTER_OK);
	if (x->session == 0)
		return (SOTER_E_SESSION_NULL);
	return (soterd_sessions_is_of(x->session, who->uid)
		? SOTER_OK
		: SOTER_E_TEE_UNKNOWN);
}

enum soter_rc
soterd_call(const struct soterd_caller *who, const struct soter_dev_request *x,
    struct soter_writer *body)
{
	const struct row *row = rows;
	struct soter_ta_request request;

	while (row < rows + SOTER_COUNT(rows) && row->call != x->call)
		row++;
	if (row == rows + SOTER_COUNT(rows))
		return (SOTER_E_SERVICE);
	TRY(check(row, who, x));
	if (row->run != NULL)
		return (row->run(who, x, body));
	request = request_of(who, x);
	return (soterd_tee_call(SOTERD_TA_SOTER, row->command, &request, body));
}
