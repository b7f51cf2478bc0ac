/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "tam/ask.h"

/* ---- what is asked ------------------------------------------------------- */

/* Which of the historic errors says this best? */
static enum soter_platform_error
error_of_claim(enum soter_rc rc, const char *field)
{
	if (strcmp(field, "cpu_id") == 0 &&
	    (rc == SOTER_E_FIELD_MISSING || rc == SOTER_E_FIELD_TYPE ||
		rc == SOTER_E_FIELD_VALUE))
		return (SOTER_PLATFORM_E_ASK_DEVICE_ID);
	return (SOTER_PLATFORM_E_ASK_FORMAT);
}

static enum soter_rc
say(struct soter_platform_answer *answer, enum soter_platform_error error,
    enum soter_rc rc)
{
	answer->error = error;
	answer->reason.rc = rc;
	return (rc);
}

static enum soter_rc
decode(struct soter_span *out, struct soter_writer *room,
    struct soter_span escaped)
{
	size_t from = room->len;

	TRY(soter_json_decode(room, escaped));
	*out = soter_span(room->p + from, room->len - from);
	return (SOTER_OK);
}

static enum soter_rc
read_claim(struct tam_ask *ask, struct soter_platform_answer *answer)
{
	struct soter_report why;
	enum soter_rc rc = soter_claim_read(&ask->claimed, ask->is.text, &why);

	if (rc == SOTER_OK && ask->claimed.kind == SOTER_KIND_RESULT)
		return (say(answer, SOTER_PLATFORM_E_ASK_FORMAT, SOTER_E_KIND));
	if (rc == SOTER_OK &&
	    tam_device_id_check(soter_text(ask->claimed.cpu_id)) != SOTER_OK) {
		answer->reason.field = "cpu_id";
		return (say(answer, SOTER_PLATFORM_E_ASK_DEVICE_ID,
		    SOTER_E_FIELD_VALUE));
	}
	if (rc == SOTER_OK)
		return (SOTER_OK);
	if (strcmp(why.field, "cpu_id") == 0)
		answer->reason.field = "cpu_id";
	return (say(answer, error_of_claim(rc, why.field), rc));
}

enum soter_rc
tam_ask_read(struct tam_ask *out, struct soter_span body,
    struct soter_writer *room, struct soter_platform_answer *answer)
{
	struct soter_platform_ask request;
	struct tam_ask ask = { 0 };
	enum soter_rc rc;

	*answer = (struct soter_platform_answer){ .reason.link = "none" };
	if (body.n == 0)
		return (
		    say(answer, SOTER_PLATFORM_E_EMPTY, SOTER_E_FIELD_MISSING));
	rc = soter_platform_ask_parse(&request, body, NULL);
	if (rc != SOTER_OK)
		return (say(answer, SOTER_PLATFORM_E_FORMAT, rc));
	answer->has_reason = ask.explain = request.explain;
	if (!request.has_json)
		return (say(answer, SOTER_PLATFORM_E_ASK_MISSING,
		    SOTER_E_FIELD_MISSING));
	rc = decode(&ask.is.text, room, request.json);
	if (rc == SOTER_OK)
		rc = decode(&ask.is.sig, room, request.signature);
	if (rc != SOTER_OK)
		return (say(answer, SOTER_PLATFORM_E_SYSTEM, rc));
	TRY(read_claim(&ask, answer));
	/* A chain has none: its certificates are signed. */
	if (!request.has_signature && ask.claimed.kind == SOTER_KIND_KEY)
		return (say(answer, SOTER_PLATFORM_E_ASK_SIGNATURE_MISSING,
		    SOTER_E_FIELD_MISSING));
	*out = ask;
	return (SOTER_OK);
}

/* ---- the answer ---------------------------------------------------------- */

/* The same key in the asker's own class? */
static bool
has_own(const struct tam_device *device, const struct tam_root *other,
    enum soter_class cls)
{
	for (size_t i = 0; i < device->n; i++)
		if (device->root[i].kind == TAM_ROOT_KEY &&
		    device->root[i].cls == cls &&
		    memcmp(device->root[i].n, other->n, SOTER_RSA_LEN) == 0)
			return (true);
	return (false);
}

/*
 * Roots of the other class are there to be told apart from unknown ones.  What
 * is said there of a key that is known here, too, counts for nothing.
 */
static bool
is_offered(const struct tam_device *device, const struct tam_root *r,
    enum soter_class cls)
{
	return (r->kind == TAM_ROOT_KEY &&
	    (r->cls == cls || !has_own(device, r, cls)));
}

static enum soter_rc
prepare_roots(struct soter_attk *roots[TAM_ROOTS_MAX], size_t *n,
    const struct tam_ask *ask, const struct tam_device *device,
    enum soter_class cls)
{
	for (size_t i = 0; device != NULL && i < device->n; i++) {
		const struct tam_root *r = &device->root[i];
		const struct soter_attk_record record = {
			.device_id = soter_text(ask->claimed.cpu_id),
			.attk_version = r->attk_version,
			.key = soter_span(r->n, SOTER_RSA_LEN),
			.cls = r->cls,
			.status = r->status
		};
		enum soter_rc rc;

		if (!is_offered(device, r, cls))
			continue;
		rc = soter_attk_new(&roots[*n], &record);
		if (rc != SOTER_OK)
			return (rc == SOTER_E_NOMEM || rc == SOTER_E_ENGINE
				? rc
				: SOTER_E_CORRUPT);
		++*n;
	}
	return (SOTER_OK);
}

static enum soter_rc
judge_key(const struct tam_ask *ask, const struct tam_device *device,
    const struct soter_expect *want, struct soter_report *why)
{
	struct soter_attk *roots[TAM_ROOTS_MAX] = { NULL };
	struct soter_ask *accepted = NULL;
	size_t n = 0;
	enum soter_rc rc = prepare_roots(roots, &n, ask, device, want->cls);

	if (rc == SOTER_OK)
		rc = soter_ask_accept(&accepted,
		    (const struct soter_attk *const *)roots, n, &ask->is, want,
		    why);
	soter_ask_free(&accepted);
	for (size_t i = 0; i < TAM_ROOTS_MAX; i++)
		soter_attk_free(&roots[i]);
	return (rc);
}

/* A chain brings its root along; the operator can refuse its device. */
static enum soter_rc
chain_status(const struct tam_device *device)
{
	enum soter_root_status worst = SOTER_ROOT_ACTIVE;

	for (size_t i = 0; device != NULL && i < device->n; i++)
		if (device->root[i].kind == TAM_ROOT_CHAIN &&
		    device->root[i].status > worst)
			worst = device->root[i].status;
	if (worst == SOTER_ROOT_ACTIVE)
		return (SOTER_OK);
	return (worst == SOTER_ROOT_SUSPENDED ? SOTER_E_ATTK_SUSPENDED
					      : SOTER_E_ATTK_REVOKED);
}

static enum soter_rc
judge_chain(const struct tam_ask *ask, const struct tam_device *device,
    const struct soter_expect *want, struct soter_report *why)
{
	const struct soter_profile *profiles;
	struct soter_ask *accepted = NULL;
	struct soter_key_record record;
	enum soter_rc rc;
	size_t n;

	profiles = soter_profiles(&n);
	rc = soter_ask_accept_chain(&accepted, profiles, n, ask->is.text, want,
	    why);
	if (rc == SOTER_OK) {
		soter_ask_record(accepted, &record);
		/* The claim that the status was looked up by is the same. */
		rc = strcmp(record.cpu_id, ask->claimed.cpu_id) == 0
		    ? chain_status(device)
		    : SOTER_E_CPU_ID;
	}
	soter_ask_free(&accepted);
	return (rc);
}

enum soter_rc
tam_ask_judge(struct soter_platform_answer *answer, const struct tam_ask *ask,
    const struct tam_device *device, enum soter_class cls)
{
	const struct soter_expect want = { .cls = cls };
	struct soter_report why = { .attk_version = 0 };
	enum soter_rc rc = ask->claimed.kind == SOTER_KIND_CHAIN
	    ? judge_chain(ask, device, &want, &why)
	    : judge_key(ask, device, &want, &why);

	if (rc == SOTER_E_NOMEM || rc == SOTER_E_ENGINE ||
	    rc == SOTER_E_CORRUPT)
		return (rc);
	*answer = (struct soter_platform_answer){ .has_reason = ask->explain,
		.reason = { .rc = rc, .link = "ask" },
		.is_verified = rc == SOTER_OK,
		.attk_version = why.attk_version };
	if (rc == SOTER_E_ATTK_UNKNOWN)
		answer->error = SOTER_PLATFORM_E_ASK_NO_ATTK;
	return (rc);
}
