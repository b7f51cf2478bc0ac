/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who may come in, with a clock of the test's own: each refusal, what the log
 * says of it, and what the client hears.
 */
#include "tam/gate.h"
#include "tests/check.h"

#define NOW_S  1800000000u
#define NOW_US 1000000000u
#define RATE   5

/* What a process knows: two tenants of the test, instead of tam/known.c. */
struct tam_view {
	struct tam_keys keys;
	struct tam_app app, source;
};

static struct tam_rate rates[2];
static struct tam_view view;
static char app_secret[TAM_SECRET_LEN + 1], source_secret[TAM_SECRET_LEN + 1];
static struct tam_now now = { NOW_S, NOW_US };

const struct tam_app *
tam_view_find(const struct tam_view *v, struct soter_span appid)
{
	if (soter_span_equal(soter_text(v->app.appid), appid))
		return (&v->app);
	if (soter_span_equal(soter_text(v->source.appid), appid))
		return (&v->source);
	return (NULL);
}

const struct tam_keys *
tam_view_keys(const struct tam_view *v)
{
	return (&v->keys);
}

static void
make_tenant(struct tam_app *x, const char *appid, uint8_t rights,
    struct tam_rate *rate, char secret[TAM_SECRET_LEN + 1])
{
	*x = (struct tam_app){ .tenant = { .cls = SOTER_CLASS_TEST,
				   .rights = rights,
				   .epoch = 7,
				   .rate = RATE },
		.rate = rate };
	strcpy(x->appid, appid);
	if (tam_tenant_set_secret(&x->tenant, secret) != SOTER_OK)
		abort();
}

/* As it is in the morning: buckets full, everybody in good standing. */
static void
make_view(void)
{
	memset(rates, 0, sizeof(rates));
	view = (struct tam_view){ .keys = { .n = 0 } };
	if (tam_keys_add(&view.keys) != SOTER_OK)
		abort();
	make_tenant(&view.app, "shop", TAM_RIGHT_ASK, &rates[0], app_secret);
	make_tenant(&view.source, "line", TAM_RIGHT_INTAKE, &rates[1],
	    source_secret);
	now = (struct tam_now){ NOW_S, NOW_US };
}

/* ---- token --------------------------------------------------------------- */

#define GRANT "grant_type=client_credential"

static struct tam_shut shut;
static char token[TAM_TOKEN_HEX_MAX + 1];
static const struct tam_app *who;

static enum soter_rc
ask_token(const char *query)
{
	char text[400];
	size_t n = 0;

	/* %S stands for the secret. */
	for (const char *c = query; *c != '\0'; c++)
		if (c[0] == '%' && c[1] == 'S') {
			strcpy(text + n, app_secret);
			n += TAM_SECRET_LEN;
			c++;
		} else
			text[n++] = *c;
	shut = (struct tam_shut){ SOTER_OK, SOTER_PLATFORM_FINE };
	token[0] = '\0';
	return (tam_gate_token(token, &who, &shut, &view, soter_span(text, n),
	    now));
}

/* clang-format off */
static const struct {
	const char *what, *query;
	enum soter_rc rc;
	enum soter_platform_error error;
	bool is_known; /* the log can say whom it is about */
} token_lies[] = {
	{ "no query", "", SOTER_E_FIELD_MISSING, SOTER_PLATFORM_E_GRANT_TYPE, false },
	{ "an empty grant_type", "grant_type=&appid=shop&secret=%S", SOTER_E_FIELD_MISSING, SOTER_PLATFORM_E_GRANT_TYPE, false },
	{ "another grant_type", "grant_type=refresh_token&appid=shop&secret=%S", SOTER_E_FIELD_VALUE, SOTER_PLATFORM_E_GRANT_TYPE, false },
	{ "the beginning of a grant_type", "grant_type=client&appid=shop&secret=%S", SOTER_E_FIELD_VALUE, SOTER_PLATFORM_E_GRANT_TYPE, false },
	{ "a grant_type without end", GRANT "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&appid=shop&secret=%S", SOTER_E_NOSPACE, SOTER_PLATFORM_E_GRANT_TYPE, false },
	{ "two grant_types", GRANT "&" GRANT "&appid=shop&secret=%S", SOTER_E_FIELD_DOUBLED, SOTER_PLATFORM_E_GRANT_TYPE, false },
	{ "no appid", GRANT "&secret=%S", SOTER_E_FIELD_MISSING, SOTER_PLATFORM_E_APPID_MISSING, false },
	{ "an empty appid", GRANT "&appid=&secret=%S", SOTER_E_FIELD_MISSING, SOTER_PLATFORM_E_APPID_MISSING, false },
	{ "an unknown appid", GRANT "&appid=shop2&secret=%S", SOTER_E_TENANT, SOTER_PLATFORM_E_APPID, false },
	{ "an appid in capitals", GRANT "&appid=SHOP&secret=%S", SOTER_E_TENANT, SOTER_PLATFORM_E_APPID, false },
	{ "two appids", GRANT "&appid=shop&appid=line&secret=%S", SOTER_E_FIELD_DOUBLED, SOTER_PLATFORM_E_APPID, false },
	{ "two appids, one of them escaped", GRANT "&appid=shop&%61ppid=line&secret=%S", SOTER_E_FIELD_DOUBLED, SOTER_PLATFORM_E_APPID, false },
	{ "an appid with a NUL", GRANT "&appid=shop%00&secret=%S", SOTER_E_FORMAT, SOTER_PLATFORM_E_FORMAT, false },
	{ "an escape that is none", GRANT "&appid=sho%7&secret=%S", SOTER_E_FORMAT, SOTER_PLATFORM_E_FORMAT, false },
	{ "no secret", GRANT "&appid=shop", SOTER_E_FIELD_MISSING, SOTER_PLATFORM_E_SECRET_MISSING, true },
	{ "an empty secret", GRANT "&appid=shop&secret=", SOTER_E_FIELD_MISSING, SOTER_PLATFORM_E_SECRET_MISSING, true },
	{ "a wrong secret", GRANT "&appid=shop&secret=00000000000000000000000000000000", SOTER_E_SECRET, SOTER_PLATFORM_E_SECRET, true },
	{ "a shorter secret", GRANT "&appid=shop&secret=0", SOTER_E_SECRET, SOTER_PLATFORM_E_SECRET, true },
	{ "a longer secret", GRANT "&appid=shop&secret=%S0", SOTER_E_SECRET, SOTER_PLATFORM_E_SECRET, true },
	{ "two secrets", GRANT "&appid=shop&secret=%S&secret=%S", SOTER_E_SECRET, SOTER_PLATFORM_E_SECRET, true },
	{ "another tenant's secret", GRANT "&appid=line&secret=%S", SOTER_E_SECRET, SOTER_PLATFORM_E_SECRET, true },
};
/* clang-format on */

static void
check_token(void)
{
	make_view();
	check_row("token: given to who knows the secret");
	CHECK_RC(ask_token(GRANT "&appid=shop&secret=%S"), SOTER_OK);
	CHECK(token[0] != '\0' && who == &view.app);
	check_row("token: in any order, and with what nobody knows beside it");
	CHECK_RC(ask_token("secret=%S&x=1&appid=shop&" GRANT), SOTER_OK);
	for (size_t i = 0; i < SOTER_COUNT(token_lies); i++) {
		make_view();
		check_row("token: %s", token_lies[i].what);
		CHECK_RC(ask_token(token_lies[i].query), token_lies[i].rc);
		CHECK_RC(shut.rc, token_lies[i].rc);
		CHECK(shut.error == token_lies[i].error);
		CHECK((who != NULL) == token_lies[i].is_known);
		CHECK(token[0] == '\0');
	}
}

static void
check_token_standing(void)
{
	const char *good = GRANT "&appid=shop&secret=%S";

	make_view();
	check_row("token: a suspended tenant gets none");
	view.app.tenant.is_suspended = true;
	CHECK_RC(ask_token(good), SOTER_E_TENANT_SUSPENDED);
	CHECK(shut.error == SOTER_PLATFORM_E_NO_API && token[0] == '\0');

	make_view();
	check_row("token: no more often than its rate");
	for (int i = 0; i < RATE; i++)
		CHECK_RC(ask_token(good), SOTER_OK);
	CHECK_RC(ask_token(good), SOTER_E_RATE);
	CHECK(shut.error == SOTER_PLATFORM_E_RATE && token[0] == '\0');

	make_view();
	check_row("token: who does not know the secret uses up nobody's rate");
	for (int i = 0; i < 100; i++)
		CHECK_RC(ask_token(GRANT "&appid=shop&secret=0"),
		    SOTER_E_SECRET);
	CHECK_RC(ask_token(good), SOTER_OK);

	make_view();
	check_row("token: a server without keys makes none");
	view.keys.n = 0;
	CHECK_RC(ask_token(good), SOTER_E_ARGUMENT);
	CHECK(shut.error == SOTER_PLATFORM_E_SYSTEM && token[0] == '\0');
}

/* ---- everything else ----------------------------------------------------- */

static enum soter_rc
pass(struct soter_span query, struct soter_span header, enum tam_right right)
{
	const struct net_request request = { .query = query,
		.authorization = header };

	shut = (struct tam_shut){ SOTER_OK, SOTER_PLATFORM_FINE };
	return (tam_gate_pass(&who, &shut, &view, &request, right, now));
}

/* With a token in the query. */
static enum soter_rc
pass_with(const char *text, enum tam_right right)
{
	char query[40 + TAM_TOKEN_HEX_MAX];

	snprintf(query, sizeof(query), "access_token=%s", text);
	return (pass(soter_text(query), SOTER_SPAN(""), right));
}

static void
make_token(const char *appid, uint32_t epoch, uint64_t ends_s)
{
	struct tam_token x = { .epoch = epoch, .ends_s = ends_s };

	strcpy(x.appid, appid);
	if (tam_token_make(token, &view.keys, &x) != SOTER_OK)
		abort();
}

/* It was refused with these, or 0 let in. */
static void
check_shut(enum soter_rc got, enum soter_rc rc, enum soter_platform_error error)
{
	CHECK_RC(got, rc);
	CHECK_RC(shut.rc, rc);
	CHECK(shut.error == error);
}

static void
check_pass(void)
{
	char header[40 + TAM_TOKEN_HEX_MAX];

	make_view();
	CHECK_RC(ask_token(GRANT "&appid=shop&secret=%S"), SOTER_OK);
	check_row("pass: with its token, in the query");
	CHECK_RC(pass_with(token, TAM_RIGHT_ASK), SOTER_OK);
	CHECK(who == &view.app);
	check_row("pass: with its token, in the header");
	snprintf(header, sizeof(header), "Bearer %s", token);
	CHECK_RC(pass(SOTER_SPAN(""), soter_text(header), TAM_RIGHT_ASK),
	    SOTER_OK);
	CHECK(who == &view.app);
	check_row("pass: a header that is none of ours");
	memcpy(header, "Digest ", 7);
	check_shut(pass(SOTER_SPAN(""), soter_text(header), TAM_RIGHT_ASK),
	    SOTER_E_TOKEN, SOTER_PLATFORM_E_TOKEN_INVALID);
	check_shut(
	    pass(SOTER_SPAN(""), SOTER_SPAN("Basic c2hvcDp4"), TAM_RIGHT_ASK),
	    SOTER_E_TOKEN, SOTER_PLATFORM_E_TOKEN_INVALID);
	check_shut(pass(SOTER_SPAN(""), SOTER_SPAN("Bearer "), TAM_RIGHT_ASK),
	    SOTER_E_TOKEN, SOTER_PLATFORM_E_TOKEN_INVALID);
	check_shut(pass(SOTER_SPAN(""), SOTER_SPAN("Bearer"), TAM_RIGHT_ASK),
	    SOTER_E_TOKEN, SOTER_PLATFORM_E_TOKEN_INVALID);
	check_row("pass: a header counts alone: a good query does not help");
	snprintf(header, sizeof(header), "access_token=%s", token);
	check_shut(
	    pass(soter_text(header), SOTER_SPAN("Bearer 00"), TAM_RIGHT_ASK),
	    SOTER_E_TOKEN, SOTER_PLATFORM_E_TOKEN_INVALID);
}

static void
check_lies(void)
{
	char text[2 * TAM_TOKEN_HEX_MAX + 40];

	make_view();
	make_token("shop", 7, NOW_S + 60);
	check_row("pass: no token");
	check_shut(pass(SOTER_SPAN(""), SOTER_SPAN(""), TAM_RIGHT_ASK),
	    SOTER_E_FIELD_MISSING, SOTER_PLATFORM_E_TOKEN_MISSING);
	check_shut(pass_with("", TAM_RIGHT_ASK), SOTER_E_FIELD_MISSING,
	    SOTER_PLATFORM_E_TOKEN_MISSING);
	check_row("pass: two tokens");
	snprintf(text, sizeof(text), "access_token=%s&access_token=%s", token,
	    token);
	check_shut(pass(soter_text(text), SOTER_SPAN(""), TAM_RIGHT_ASK),
	    SOTER_E_FIELD_DOUBLED, SOTER_PLATFORM_E_TOKEN_INVALID);
	check_row("pass: a query that is none");
	check_shut(
	    pass(SOTER_SPAN("access_token=%zz"), SOTER_SPAN(""), TAM_RIGHT_ASK),
	    SOTER_E_FORMAT, SOTER_PLATFORM_E_FORMAT);
	check_row("pass: a token that is too long");
	memset(text, '0', TAM_TOKEN_HEX_MAX + 2);
	memcpy(text, "Bearer ", 7);
	check_shut(pass(SOTER_SPAN(""), soter_span(text, TAM_TOKEN_HEX_MAX + 9),
		       TAM_RIGHT_ASK),
	    SOTER_E_TOKEN, SOTER_PLATFORM_E_TOKEN_INVALID);
	check_row("pass: a token with a digit changed");
	token[2] ^= 1;
	check_shut(pass_with(token, TAM_RIGHT_ASK), SOTER_E_TOKEN,
	    SOTER_PLATFORM_E_TOKEN_INVALID);
}

static void
check_stolen(void)
{
	make_view();
	CHECK_RC(ask_token(GRANT "&appid=shop&secret=%S"), SOTER_OK);
	check_row("stolen token: good for TAM_TOKEN_S, and no second longer");
	now.s = NOW_S + TAM_TOKEN_S - 1;
	CHECK_RC(pass_with(token, TAM_RIGHT_ASK), SOTER_OK);
	now.s = NOW_S + TAM_TOKEN_S;
	check_shut(pass_with(token, TAM_RIGHT_ASK), SOTER_E_TOKEN_EXPIRED,
	    SOTER_PLATFORM_E_TOKEN_EXPIRED);
	CHECK(who == NULL);

	now.s = NOW_S;
	check_row("stolen token: not after a revocation");
	view.app.tenant.epoch++;
	check_shut(pass_with(token, TAM_RIGHT_ASK), SOTER_E_TOKEN_REVOKED,
	    SOTER_PLATFORM_E_TOKEN_INVALID);
	check_row("stolen token: nor for a store that was put back");
	view.app.tenant.epoch -= 2;
	check_shut(pass_with(token, TAM_RIGHT_ASK), SOTER_E_TOKEN_REVOKED,
	    SOTER_PLATFORM_E_TOKEN_INVALID);
	view.app.tenant.epoch++;

	check_row("stolen token: not while its tenant is suspended");
	view.app.tenant.is_suspended = true;
	check_shut(pass_with(token, TAM_RIGHT_ASK), SOTER_E_TENANT_SUSPENDED,
	    SOTER_PLATFORM_E_NO_API);
	view.app.tenant.is_suspended = false;

	check_row("stolen token: not after its tenant was removed");
	strcpy(view.app.appid, "other");
	check_shut(pass_with(token, TAM_RIGHT_ASK), SOTER_E_TENANT,
	    SOTER_PLATFORM_E_TOKEN_INVALID);
	CHECK(who == NULL);
}

static void
check_rights(void)
{
	make_view();
	check_row("rights: who asks does not bring roots");
	make_token("shop", 7, NOW_S + 60);
	check_shut(pass_with(token, TAM_RIGHT_INTAKE), SOTER_E_RIGHT,
	    SOTER_PLATFORM_E_NO_API);
	CHECK(who == &view.app);
	check_row("rights: who brings roots does not ask");
	make_token("line", 7, NOW_S + 60);
	check_shut(pass_with(token, TAM_RIGHT_ASK), SOTER_E_RIGHT,
	    SOTER_PLATFORM_E_NO_API);
	CHECK_RC(pass_with(token, TAM_RIGHT_INTAKE), SOTER_OK);

	make_view();
	check_row("rate: no more than RATE in a second, and each its own");
	make_token("shop", 7, NOW_S + 60);
	for (int i = 0; i < RATE; i++)
		CHECK_RC(pass_with(token, TAM_RIGHT_ASK), SOTER_OK);
	check_shut(pass_with(token, TAM_RIGHT_ASK), SOTER_E_RATE,
	    SOTER_PLATFORM_E_RATE);
	make_token("line", 7, NOW_S + 60);
	CHECK_RC(pass_with(token, TAM_RIGHT_INTAKE), SOTER_OK);
	check_row("rate: a second later it may again");
	make_token("shop", 7, NOW_S + 60);
	now.us += 1000000;
	CHECK_RC(pass_with(token, TAM_RIGHT_ASK), SOTER_OK);

	make_view();
	check_row("rate: who was refused has used up nothing");
	make_token("shop", 6, NOW_S + 60); /* revoked */
	for (int i = 0; i < 100; i++)
		CHECK_RC(pass_with(token, TAM_RIGHT_ASK),
		    SOTER_E_TOKEN_REVOKED);
	make_token("shop", 7, NOW_S + 60);
	CHECK_RC(pass_with(token, TAM_RIGHT_ASK), SOTER_OK);
}

static void
check_clock(void)
{
	struct tam_now first = tam_now(), second = tam_now();

	check_row("clock: the wall's, and one that never goes back");
	CHECK(first.s > 1700000000u);
	CHECK(second.us >= first.us);
}

int
main(void)
{
	check_token();
	check_token_standing();
	check_pass();
	check_lies();
	check_stolen();
	check_rights();
	check_clock();
	return (check_done());
}
