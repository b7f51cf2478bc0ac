/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signing and the sensor (d.2, d.6), and what a device says of itself.
 */
#include <string.h>

#include "device/core/inside.h"

/* A body of numbers of 4 bytes: at most max, and nothing else. */
static enum soter_rc
read_numbers(struct soter_span body, uint32_t *out, size_t max, size_t *n)
{
	struct soter_reader r = soter_reader(body);
	size_t i = 0;

	while (i < max && soter_read_end(&r) != SOTER_OK)
		if (soter_read_le32(&r, &out[i++]) != SOTER_OK)
			return (SOTER_E_SERVICE_ANSWER);
	*n = i;
	return (
	    soter_read_end(&r) == SOTER_OK ? SOTER_OK : SOTER_E_SERVICE_ANSWER);
}

/* ---- signing ------------------------------------------------------------- */

static enum soter_rc
read_session(struct soter_span body, uint64_t *out)
{
	struct soter_reader r = soter_reader(body);
	uint64_t id;

	if (soter_read_le64(&r, &id) != SOTER_OK ||
	    soter_read_end(&r) != SOTER_OK || id == 0 || id > INT64_MAX)
		return (SOTER_E_SERVICE_ANSWER);
	*out = id;
	return (SOTER_OK);
}

struct soter_answer
soter_core_init_sign(struct soter_core *core, const char *kname,
    struct soter_span challenge, unsigned ms, uint64_t *session)
{
	const struct soter_dev_request x = { .call = SOTER_DEV_SIGN_INIT,
		.kname = soter_text(kname),
		.challenge = challenge };
	uint8_t bytes[sizeof(*session)];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	enum soter_rc rc = SOTER_E_ARGUMENT;

	if (x.kname.n > 0 && challenge.n > 0)
		rc = core_call(core, &x, core_end(ms, SOTER_CORE_MS), &w);
	if (rc == SOTER_OK)
		rc = read_session(soter_written(&w), session);
	return (core_answer(SOTER_CORE_INIT_SIGN, rc));
}

struct soter_answer
soter_core_finish_sign(struct soter_core *core, uint64_t session, unsigned ms,
    struct soter_core_signed *out)
{
	const struct soter_dev_request x = { .call = SOTER_DEV_SIGN_FINISH,
		.session = session };

	return (core_answer(SOTER_CORE_FINISH_SIGN,
	    core_fetch(core, &x, core_end(ms, SOTER_CORE_MS), out)));
}

/* A call that names a session and says yes or no. */
static struct soter_answer
of_session(struct soter_core *core, enum soter_core_op op,
    enum soter_dev_call call, uint64_t session, unsigned ms)
{
	const struct soter_dev_request x = { .call = call, .session = session };

	return (core_answer(op,
	    core_call(core, &x, core_end(ms, SOTER_CORE_MS), NULL)));
}

struct soter_answer
soter_core_cancel_sign(struct soter_core *core, uint64_t session, unsigned ms)
{
	return (of_session(core, SOTER_CORE_CANCEL_SIGN, SOTER_DEV_SIGN_CANCEL,
	    session, ms));
}

/* ---- the sensor ---------------------------------------------------------- */

static enum soter_rc
read_state(struct soter_core *core, uint64_t end_ms,
    struct soter_dev_state *out)
{
	const struct soter_dev_request x = { .call = SOTER_DEV_STATE };
	uint8_t bytes[512];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	TRY(core_call(core, &x, end_ms, &w));
	return (soter_dev_state_parse(out, soter_written(&w)) == SOTER_OK
		? SOTER_OK
		: SOTER_E_SERVICE_ANSWER);
}

/* The answer to a miss has no room for it.  0 if nobody says. */
static unsigned
misses_left(struct soter_core *core, uint64_t end_ms)
{
	struct soter_dev_state s;

	if (read_state(core, end_ms, &s) != SOTER_OK ||
	    s.misses > SOTER_MISSES_MAX)
		return (0);
	return (SOTER_MISSES_MAX - s.misses);
}

struct soter_answer
soter_core_auth_begin(struct soter_core *core, uint64_t session,
    enum soter_modality_kind modality, unsigned ms)
{
	const struct soter_dev_request x = { .call = SOTER_DEV_AUTH_BEGIN,
		.session = session,
		.modality = (uint32_t)modality };

	return (core_answer(SOTER_CORE_AUTH_BEGIN,
	    core_call(core, &x, core_end(ms, SOTER_CORE_MS), NULL)));
}

struct soter_answer
soter_core_auth_step(struct soter_core *core, uint64_t session, unsigned ms,
    unsigned *left)
{
	const struct soter_dev_request x = { .call = SOTER_DEV_AUTH_STEP,
		.session = session };
	uint8_t bytes[16];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	const uint64_t end = core_end(ms, SOTER_CORE_MS);
	struct soter_bio_step step;
	enum soter_rc rc;

	core_begin(core);
	rc = core_call(core, &x, end, &w);
	if (rc == SOTER_OK &&
	    soter_bio_step_parse(&step, soter_written(&w)) != SOTER_OK)
		rc = SOTER_E_SERVICE_ANSWER;
	if (rc == SOTER_OK && left != NULL)
		*left = step.left;
	if (rc == SOTER_E_MISS && left != NULL)
		*left = misses_left(core, end);
	core_finish(core);
	return (core_answer(SOTER_CORE_AUTH_STEP, rc));
}

struct soter_answer
soter_core_auth_cancel(struct soter_core *core, uint64_t session, unsigned ms)
{
	return (of_session(core, SOTER_CORE_AUTH_CANCEL, SOTER_DEV_AUTH_CANCEL,
	    session, ms));
}

/* ---- the device ---------------------------------------------------------- */

struct soter_answer
soter_core_is_supported(struct soter_core *core, unsigned ms)
{
	struct soter_dev_state s;
	enum soter_rc rc = read_state(core, core_end(ms, SOTER_CORE_MS), &s);

	/* The TEE's own reason why it does not use its storage. */
	if (rc == SOTER_OK && s.trouble != 0)
		rc = (s.trouble & 0xff) == 0
		    ? SOTER_E_TEE_UNKNOWN
		    : soter_ta_rc(-(int32_t)(s.trouble & 0xff));
	if (rc == SOTER_OK && s.provisioned == 0)
		rc = SOTER_E_ATTK_NOT_PROVISIONED;
	return (core_answer(SOTER_CORE_IS_SUPPORTED, rc));
}

struct soter_answer
soter_core_state(struct soter_core *core, unsigned ms,
    struct soter_device_state *out)
{
	struct soter_dev_state s;
	enum soter_rc rc = read_state(core, core_end(ms, SOTER_CORE_MS), &s);
	struct soter_device_state x;

	if (rc != SOTER_OK)
		return (core_answer(SOTER_CORE_STATE, rc));
	x = (struct soter_device_state){ .modalities = s.modalities,
		.enrolled = s.enrolled,
		.misses = s.misses,
		.freeze_ms = s.freeze_ms,
		.is_simulated = s.simulated != 0,
		.is_provisioned = s.provisioned != 0,
		.has_ask = s.ask != 0,
		.rollback = s.rollback };
	memcpy(x.tee_n, s.tee_n, sizeof(x.tee_n));
	memcpy(x.tee_v, s.tee_v, sizeof(x.tee_v));
	memcpy(x.sensor, s.sensor, sizeof(x.sensor));
	*out = x;
	return (core_answer(SOTER_CORE_STATE, SOTER_OK));
}

struct soter_answer
soter_core_device_id(struct soter_core *core, unsigned ms,
    char out[SOTER_CORE_DEVICE_ID_MAX])
{
	const struct soter_dev_request x = { .call = SOTER_DEV_DEVICE_ID };
	uint8_t bytes[SOTER_CPU_ID_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	enum soter_rc rc = core_call(core, &x, core_end(ms, SOTER_CORE_MS), &w);

	if (rc == SOTER_OK &&
	    (w.len == 0 || memchr(bytes, '\0', w.len) != NULL))
		rc = SOTER_E_SERVICE_ANSWER;
	if (rc == SOTER_OK) {
		memcpy(out, bytes, w.len);
		out[w.len] = '\0';
	}
	return (core_answer(SOTER_CORE_DEVICE_ID, rc));
}

struct soter_answer
soter_core_version(struct soter_core *core, unsigned ms, uint32_t *out)
{
	const struct soter_dev_request x = { .call = SOTER_DEV_VERSION_GET };
	uint8_t bytes[4];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	uint32_t number;
	size_t n;
	enum soter_rc rc = core_call(core, &x, core_end(ms, SOTER_CORE_MS), &w);

	if (rc == SOTER_OK)
		rc = read_numbers(soter_written(&w), &number, 1, &n);
	if (rc == SOTER_OK && n != 1)
		rc = SOTER_E_SERVICE_ANSWER;
	if (rc == SOTER_OK)
		*out = number;
	return (core_answer(SOTER_CORE_VERSION, rc));
}

struct soter_answer
soter_core_extra(struct soter_core *core, const char *key, unsigned ms,
    int32_t out[4], size_t *n)
{
	const struct soter_dev_request x = { .call = SOTER_DEV_EXTRA,
		.key = soter_text(key) };
	uint8_t bytes[SOTER_DEV_EXTRA_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	uint32_t numbers[4];
	size_t count;
	enum soter_rc rc = SOTER_E_ARGUMENT;

	if (x.key.n > 0)
		rc = core_call(core, &x, core_end(ms, SOTER_CORE_MS), &w);
	if (rc == SOTER_OK)
		rc = read_numbers(soter_written(&w), numbers, 4, &count);
	if (rc == SOTER_OK) {
		for (size_t i = 0; i < count; i++)
			out[i] = (int32_t)numbers[i];
		*n = count;
	}
	return (core_answer(SOTER_CORE_VERSION, rc));
}

struct soter_answer
soter_core_forget(struct soter_core *core, uint32_t uid, unsigned ms)
{
	const struct soter_dev_request x = { .call = SOTER_DEV_FORGET,
		.whose = uid };

	return (core_answer(SOTER_CORE_REMOVE_ASK,
	    core_call(core, &x, core_end(ms, SOTER_CORE_MS), NULL)));
}
