/* SPDX-License-Identifier: BSD-3-Clause */
#include <time.h>

#include "net/query.h"
#include "tam/gate.h"

struct tam_now
tam_now(void)
{
	struct timespec wall, mono;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	return ((struct tam_now){ (uint64_t)wall.tv_sec,
	    (uint64_t)mono.tv_sec * 1000000 + (uint64_t)mono.tv_nsec / 1000 });
}

static enum soter_rc
refuse(struct tam_shut *shut, enum soter_platform_error error, enum soter_rc rc)
{
	*shut = (struct tam_shut){ rc, error };
	return (rc);
}

/* A value of the query; missing, or empty, gets its own error. */
static enum soter_rc
take(struct soter_writer *w, struct soter_span query, const char *name,
    enum soter_platform_error missing, enum soter_platform_error bad,
    struct tam_shut *shut)
{
	enum soter_rc rc = net_query_get(query, name, w);

	if (rc == SOTER_E_NOTFOUND || (rc == SOTER_OK && w->len == 0))
		return (refuse(shut, missing, SOTER_E_FIELD_MISSING));
	if (rc == SOTER_E_FORMAT || rc == SOTER_E_LIMIT)
		return (refuse(shut, SOTER_PLATFORM_E_FORMAT, rc));
	return (rc == SOTER_OK ? SOTER_OK : refuse(shut, bad, rc));
}

static enum soter_rc
check_tenant(const struct tam_app *app, enum tam_right right,
    struct tam_now now, struct tam_shut *shut)
{
	if (app->tenant.is_suspended)
		return (refuse(shut, SOTER_PLATFORM_E_NO_API,
		    SOTER_E_TENANT_SUSPENDED));
	if ((app->tenant.rights & right) == 0)
		return (refuse(shut, SOTER_PLATFORM_E_NO_API, SOTER_E_RIGHT));
	if (tam_rate_take(app->rate, app->tenant.rate, now.us) != SOTER_OK)
		return (refuse(shut, SOTER_PLATFORM_E_RATE, SOTER_E_RATE));
	return (SOTER_OK);
}

/* ---- token --------------------------------------------------------------- */

static enum soter_rc
find_app(const struct tam_app **who, struct tam_shut *shut,
    const struct tam_view *view, struct soter_span query)
{
	uint8_t bytes[TAM_APPID_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	TRY(take(&w, query, "appid", SOTER_PLATFORM_E_APPID_MISSING,
	    SOTER_PLATFORM_E_APPID, shut));
	*who = tam_view_find(view, soter_written(&w));
	return (*who != NULL
		? SOTER_OK
		: refuse(shut, SOTER_PLATFORM_E_APPID, SOTER_E_TENANT));
}

static enum soter_rc
check_secret(const struct tam_app *app, struct soter_span query,
    struct tam_shut *shut)
{
	uint8_t bytes[TAM_SECRET_LEN];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	enum soter_rc rc;

	rc = take(&w, query, "secret", SOTER_PLATFORM_E_SECRET_MISSING,
	    SOTER_PLATFORM_E_SECRET, shut);
	if (rc == SOTER_OK)
		rc = tam_tenant_check_secret(&app->tenant, soter_written(&w));
	else if (rc != SOTER_E_FIELD_MISSING)
		rc = SOTER_E_SECRET;
	soter_wipe(bytes, sizeof(bytes));
	if (rc == SOTER_E_SECRET)
		return (refuse(shut, SOTER_PLATFORM_E_SECRET, rc));
	return (rc == SOTER_OK || rc == SOTER_E_FIELD_MISSING
		? rc
		: refuse(shut, SOTER_PLATFORM_E_SYSTEM, rc));
}

static enum soter_rc
check_grant(struct soter_span query, struct tam_shut *shut)
{
	uint8_t bytes[32];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	TRY(take(&w, query, "grant_type", SOTER_PLATFORM_E_GRANT_TYPE,
	    SOTER_PLATFORM_E_GRANT_TYPE, shut));
	return (
	    soter_span_equal(soter_written(&w), SOTER_SPAN("client_credential"))
		? SOTER_OK
		: refuse(shut, SOTER_PLATFORM_E_GRANT_TYPE,
		      SOTER_E_FIELD_VALUE));
}

enum soter_rc
tam_gate_token(char *token, const struct tam_app **who, struct tam_shut *shut,
    const struct tam_view *view, struct soter_span query, struct tam_now now)
{
	struct tam_token x = { .ends_s = now.s + TAM_TOKEN_S };
	const struct tam_app *app;
	enum soter_rc rc;

	*who = NULL;
	TRY(check_grant(query, shut));
	TRY(find_app(&app, shut, view, query));
	*who = app;
	/* First: whoever knows no more than an appid must not use up its rate.
	 */
	TRY(check_secret(app, query, shut));
	TRY(check_tenant(app, (enum tam_right)app->tenant.rights, now, shut));
	x.epoch = app->tenant.epoch;
	soter_copy(x.appid, app->appid, sizeof(x.appid));
	rc = tam_token_make(token, tam_view_keys(view), &x);
	return (rc == SOTER_OK ? SOTER_OK
			       : refuse(shut, SOTER_PLATFORM_E_SYSTEM, rc));
}

/* ---- everything else ----------------------------------------------------- */

#define BEARER "Bearer "

static enum soter_rc
find_token(struct soter_writer *w, struct tam_shut *shut,
    const struct net_request *request)
{
	struct soter_span header = request->authorization;

	if (header.n == 0)
		return (take(w, request->query, "access_token",
		    SOTER_PLATFORM_E_TOKEN_MISSING,
		    SOTER_PLATFORM_E_TOKEN_INVALID, shut));
	if (!soter_span_starts(header, SOTER_SPAN(BEARER)) ||
	    soter_write(w,
		soter_span(header.p + sizeof(BEARER) - 1,
		    header.n - (sizeof(BEARER) - 1))) != SOTER_OK)
		return (refuse(shut, SOTER_PLATFORM_E_TOKEN_INVALID,
		    SOTER_E_TOKEN));
	return (SOTER_OK);
}

static enum soter_rc
check_token(struct tam_token *out, struct tam_shut *shut,
    const struct tam_view *view, struct soter_span text, uint64_t now_s)
{
	enum soter_rc rc =
	    tam_token_check(out, tam_view_keys(view), text, now_s);

	if (rc == SOTER_E_TOKEN_EXPIRED)
		return (refuse(shut, SOTER_PLATFORM_E_TOKEN_EXPIRED, rc));
	if (rc == SOTER_E_TOKEN)
		return (refuse(shut, SOTER_PLATFORM_E_TOKEN_INVALID, rc));
	return (rc == SOTER_OK ? SOTER_OK
			       : refuse(shut, SOTER_PLATFORM_E_SYSTEM, rc));
}

enum soter_rc
tam_gate_pass(const struct tam_app **who, struct tam_shut *shut,
    const struct tam_view *view, const struct net_request *request,
    enum tam_right right, struct tam_now now)
{
	uint8_t bytes[TAM_TOKEN_HEX_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct tam_token token;

	*who = NULL;
	TRY(find_token(&w, shut, request));
	TRY(check_token(&token, shut, view, soter_written(&w), now.s));
	*who = tam_view_find(view, soter_text(token.appid));
	if (*who == NULL)
		return (refuse(shut, SOTER_PLATFORM_E_TOKEN_INVALID,
		    SOTER_E_TENANT));
	if ((*who)->tenant.epoch != token.epoch)
		return (refuse(shut, SOTER_PLATFORM_E_TOKEN_INVALID,
		    SOTER_E_TOKEN_REVOKED));
	return (check_tenant(*who, right, now, shut));
}
