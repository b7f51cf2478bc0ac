/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What operators change, and what a running process knows of it.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "tam/admin.h"
#include "tam/audit.h"
#include "tam/intake.h"
#include "tam/known.h"
#include "tests/check.h"
#include "tests/records.h"
#include "tests/unit/rsa_maker.h"

static struct records r;
static struct tam_admin admin = { .now_s = 1800000000, .ms = RECORDS_MS };
static struct rsa_maker key, key2, key3;

static uint64_t
entries(void)
{
	struct tam_audit_found found;

	CHECK_RC(tam_audit_check(&found, r.lane, NULL, NULL), SOTER_OK);
	return (found.head.number);
}

static void
check_init(void)
{
	struct tam_known *known = NULL;

	check_row("a store that was never made ready is told so");
	CHECK_RC(tam_known_open(&known, r.store, NULL, NULL), SOTER_E_NOTFOUND);
	check_row("made ready once, and not twice");
	CHECK_RC(tam_admin_init(&admin), SOTER_OK);
	CHECK_RC(tam_admin_init(&admin), SOTER_E_EXISTS);
	CHECK(entries() == 1);
}

static uint32_t wx1_epoch; /* in the end */

static void
check_tenants(void)
{
	struct tam_tenant x = { .cls = SOTER_CLASS_TEST,
		.rights = TAM_RIGHT_ASK,
		.rate = 10 },
			  y;
	char first[TAM_SECRET_LEN + 1], second[TAM_SECRET_LEN + 1];

	check_row("tenant: added once");
	CHECK_RC(tam_admin_tenant_add(&admin, "wx1", &x, first), SOTER_OK);
	CHECK_RC(tam_admin_tenant_add(&admin, "wx1", &x, second),
	    SOTER_E_EXISTS);
	CHECK_RC(tam_admin_tenant_get(&admin, "wx1", &y), SOTER_OK);
	CHECK_RC(tam_tenant_check_secret(&y, soter_text(first)), SOTER_OK);
	wx1_epoch = y.epoch;
	CHECK(y.since_s == admin.now_s);

	check_row("tenant: an appid that cannot be");
	CHECK_RC(tam_admin_tenant_add(&admin, "a b", &x, second),
	    SOTER_E_ARGUMENT);
	CHECK_RC(tam_admin_tenant_get(&admin, "a b", &y), SOTER_E_NOTFOUND);
	CHECK_RC(tam_admin_tenant_get(&admin, "wx", &y), SOTER_E_NOTFOUND);

	check_row("tenant: a new secret ends the old one and its tokens");
	CHECK_RC(
	    tam_admin_tenant_change(&admin, "wx1", TAM_TENANT_SECRET, second),
	    SOTER_OK);
	CHECK_RC(tam_admin_tenant_get(&admin, "wx1", &y), SOTER_OK);
	CHECK_RC(tam_tenant_check_secret(&y, soter_text(first)),
	    SOTER_E_SECRET);
	CHECK_RC(tam_tenant_check_secret(&y, soter_text(second)), SOTER_OK);
	CHECK(y.epoch == wx1_epoch + 1);

	check_row("tenant: revoke, suspend, resume");
	CHECK_RC(
	    tam_admin_tenant_change(&admin, "wx1", TAM_TENANT_REVOKE, NULL),
	    SOTER_OK);
	CHECK_RC(
	    tam_admin_tenant_change(&admin, "wx1", TAM_TENANT_SUSPEND, NULL),
	    SOTER_OK);
	CHECK_RC(tam_admin_tenant_get(&admin, "wx1", &y), SOTER_OK);
	CHECK(y.epoch == wx1_epoch + 2 && y.is_suspended);
	CHECK_RC(
	    tam_admin_tenant_change(&admin, "wx1", TAM_TENANT_RESUME, NULL),
	    SOTER_OK);
	CHECK_RC(tam_admin_tenant_get(&admin, "wx1", &y), SOTER_OK);
	wx1_epoch += 2;
	CHECK(y.epoch == wx1_epoch && !y.is_suspended);

	check_row("tenant: one that is not there");
	CHECK_RC(
	    tam_admin_tenant_change(&admin, "wx2", TAM_TENANT_SUSPEND, NULL),
	    SOTER_E_NOTFOUND);
	check_row("tenant: every change has its entry");
	CHECK(entries() == 6);

	check_row("tenant: another one of the same name has other tokens");
	CHECK_RC(tam_admin_tenant_add(&admin, "wx2", &x, first), SOTER_OK);
	CHECK_RC(tam_admin_tenant_get(&admin, "wx2", &y), SOTER_OK);
	CHECK_RC(
	    tam_admin_tenant_change(&admin, "wx2", TAM_TENANT_REMOVE, NULL),
	    SOTER_OK);
	CHECK_RC(tam_admin_tenant_add(&admin, "wx2", &x, first), SOTER_OK);
	CHECK(x.epoch != y.epoch);
	CHECK_RC(
	    tam_admin_tenant_change(&admin, "wx2", TAM_TENANT_REMOVE, NULL),
	    SOTER_OK);
}

/* ---- what a process knows -------------------------------------------------
 */

static void
nap(void)
{
	const struct timespec t = { 0, 20000000 };

	nanosleep(&t, NULL);
}

/* In the end, since the process looks twice a second. */
static bool
comes_to_know(struct tam_known *known, const char *appid, uint32_t epoch)
{
	for (int i = 0; i < 500; i++) {
		struct tam_view *view = tam_known_view(known);
		const struct tam_app *app =
		    tam_view_find(view, soter_text(appid));
		bool is = epoch == 0
		    ? app == NULL
		    : app != NULL && app->tenant.epoch == epoch;

		tam_view_release(&view);
		if (is)
			return (true);
		nap();
	}
	return (false);
}

static void
check_known(void)
{
	struct tam_known *known = NULL;
	struct tam_view *old;
	const struct tam_app *app;
	struct tam_rate *rate;
	char secret[TAM_SECRET_LEN + 1];
	struct tam_tenant x = { .cls = SOTER_CLASS_PRODUCTION,
		.rights = TAM_RIGHT_INTAKE,
		.rate = 7 };

	check_row("known: all there is at the start");
	CHECK_RC(tam_known_open(&known, r.store, NULL, NULL), SOTER_OK);
	CHECK(tam_known_trouble(known) == NULL);
	old = tam_known_view(known);
	app = tam_view_find(old, SOTER_SPAN("wx1"));
	CHECK(app != NULL && app->tenant.epoch == wx1_epoch);
	CHECK(tam_view_find(old, SOTER_SPAN("wx")) == NULL);
	CHECK(tam_view_tenants(old) == 1 && tam_view_keys(old)->n == 1);
	rate = app->rate;

	check_row("known: a new tenant, and a changed one");
	CHECK_RC(tam_admin_tenant_add(&admin, "f1", &x, secret), SOTER_OK);
	CHECK(comes_to_know(known, "f1", x.epoch));
	CHECK_RC(
	    tam_admin_tenant_change(&admin, "wx1", TAM_TENANT_REVOKE, NULL),
	    SOTER_OK);
	CHECK(comes_to_know(known, "wx1", wx1_epoch + 1));

	check_row("known: an old view stays what it was, a bucket stays empty");
	CHECK(app->tenant.epoch == wx1_epoch);
	{
		struct tam_view *now = tam_known_view(known);

		CHECK(tam_view_find(now, SOTER_SPAN("wx1"))->rate == rate);
		tam_view_release(&now);
	}
	tam_view_release(&old);

	check_row("known: a removed one is gone, and a new key is there");
	CHECK_RC(tam_admin_tenant_change(&admin, "f1", TAM_TENANT_REMOVE, NULL),
	    SOTER_OK);
	CHECK_RC(tam_admin_rotate(&admin), SOTER_OK);
	CHECK(comes_to_know(known, "f1", 0));
	CHECK_RC(tam_admin_tenant_get(&admin, "f1", &x), SOTER_E_NOTFOUND);
	for (int i = 0; i < 500; i++) {
		struct tam_view *now = tam_known_view(known);
		size_t n = tam_view_keys(now)->n;

		tam_view_release(&now);
		if (n == 2)
			break;
		nap();
	}
	old = tam_known_view(known);
	CHECK(tam_view_keys(old)->n == 2);
	tam_view_release(&old);

	check_row("known: one that cannot be read keeps no change from others");
	records_put(&r, SOTER_KIND_TENANTS, SOTER_SPAN("bad"), SOTER_SPAN("x"));
	CHECK_RC(
	    tam_admin_tenant_change(&admin, "wx1", TAM_TENANT_REVOKE, NULL),
	    SOTER_OK);
	CHECK(comes_to_know(known, "wx1", wx1_epoch + 2));
	check_row("known: ... and itself may do nothing, and is told of");
	old = tam_known_view(known);
	CHECK(tam_view_find(old, SOTER_SPAN("bad")) == NULL);
	CHECK(tam_view_tenants(old) == 1);
	tam_view_release(&old);
	for (int i = 0; i < 60; i++, nap()) /* over the next looks, too */
		CHECK(tam_known_trouble(known) != NULL);
	CHECK_RC(records_write(&r, SOTER_DELETE, SOTER_KIND_TENANTS,
		     SOTER_SPAN("bad"), RECORDS_NONE),
	    SOTER_OK);
	CHECK_RC(
	    tam_admin_tenant_change(&admin, "wx1", TAM_TENANT_REVOKE, NULL),
	    SOTER_OK);
	CHECK(comes_to_know(known, "wx1", wx1_epoch + 3));
	CHECK(tam_known_trouble(known) == NULL);
	tam_known_close(&known);
	CHECK(known == NULL);
}

/* ---- models ---------------------------------------------------------------
 */

static void
check_models(void)
{
	static const char text[] =
	    "{\"id\":\"m1\",\"maker\":\"ACME\",\"verdict\":\"allow\","
	    "\"support_type\":1,\"date\":\"2026-11-26\"}";
	struct tam_rule rule;
	uint64_t before = entries();

	check_row("model: put, put again, removed; each with its entry");
	CHECK_RC(tam_rule_parse(&rule, soter_text(text), NULL), SOTER_OK);
	CHECK_RC(tam_admin_models_put(&admin, &rule, 1, NULL), SOTER_OK);
	rule.support_type = 3;
	CHECK_RC(tam_admin_models_put(&admin, &rule, 1, NULL), SOTER_OK);
	CHECK_RC(tam_admin_model_remove(&admin, "m1"), SOTER_OK);
	CHECK_RC(tam_admin_model_remove(&admin, "m1"), SOTER_E_NOTFOUND);
	CHECK_RC(tam_admin_model_remove(&admin, "a b"), SOTER_E_NOTFOUND);
	CHECK(entries() == before + 3);
}

#define RULES 2500 /* more than a page of a scan */

/* Of one type, each for a model of its own. */
static struct tam_rule *
make_rules(uint32_t type)
{
	struct tam_rule *rules = calloc(RULES, sizeof(*rules));

	for (unsigned i = 0; rules != NULL && i < RULES; i++) {
		struct tam_rule *x = &rules[i];

		snprintf(x->id, sizeof(x->id), "r%04u", i);
		snprintf(x->part[SOTER_MODEL_MODEL], SOTER_MODEL_TEXT_MAX,
		    "M%04u", i);
		x->verdict = TAM_ALLOW;
		x->support_type = type;
		strcpy(x->date, "2026-11-26");
	}
	return (rules);
}

static uint32_t
type_of(const struct tam_view *view, const char *name)
{
	const struct soter_model model = { .parts = 2,
		.part = { [SOTER_MODEL_MODEL] = soter_text(name) } };
	const struct tam_rule *rule =
	    tam_registry_find(tam_view_models(view), &model);

	return (rule == NULL ? 0 : rule->support_type);
}

static uint32_t
type_known(struct tam_known *known, const char *name)
{
	struct tam_view *view = tam_known_view(known);
	uint32_t type = type_of(view, name);

	tam_view_release(&view);
	return (type);
}

static void
revoke_known(struct tam_known *known, uint32_t epoch)
{
	CHECK_RC(
	    tam_admin_tenant_change(&admin, "wx1", TAM_TENANT_REVOKE, NULL),
	    SOTER_OK);
	CHECK(comes_to_know(known, "wx1", epoch));
}

static void
check_bad_rule(void)
{
	static const char text[] =
	    "{\"id\":\"m1\",\"model\":\"M1\",\"verdict\":\"allow\","
	    "\"support_type\":1,\"date\":\"2026-11-26\"}";
	struct tam_known *known = NULL;
	struct tam_rule rule;
	struct tam_tenant x;

	CHECK_RC(tam_rule_parse(&rule, soter_text(text), NULL), SOTER_OK);
	CHECK_RC(tam_admin_models_put(&admin, &rule, 1, NULL), SOTER_OK);
	CHECK_RC(tam_admin_tenant_get(&admin, "wx1", &x), SOTER_OK);
	CHECK_RC(tam_known_open(&known, r.store, NULL, NULL), SOTER_OK);

	check_row("known: a rule that cannot be read keeps no revocation back");
	records_put(&r, SOTER_KIND_MODELS, SOTER_SPAN("bad"), SOTER_SPAN("x"));
	revoke_known(known, x.epoch + 1);
	CHECK(tam_known_trouble(known) != NULL);
	check_row("known: ... the rules stay as they were");
	rule.support_type = 3;
	CHECK_RC(tam_admin_models_put(&admin, &rule, 1, NULL), SOTER_OK);
	revoke_known(known, x.epoch + 2);
	CHECK(type_known(known, "M1") == 1);
	check_row("known: ... until all can be read");
	CHECK_RC(tam_admin_model_remove(&admin, "bad"), SOTER_OK);
	revoke_known(known, x.epoch + 3);
	CHECK(type_known(known, "M1") == 3);
	CHECK(tam_known_trouble(known) == NULL);
	tam_known_close(&known);
	CHECK_RC(tam_admin_model_remove(&admin, "m1"), SOTER_OK);
}

/* Two files, in turns, until told to stop. */
static atomic_bool is_over;

static void *
import_in_turns(void *lane)
{
	struct tam_admin mine = admin;
	struct tam_rule *rules[2] = { make_rules(1), make_rules(3) };
	enum soter_rc rc = SOTER_OK;

	mine.lane = lane;
	for (unsigned i = 0; !is_over && rc == SOTER_OK; i++)
		rc = tam_admin_models_put(&mine, rules[i % 2], RULES, NULL);
	free(rules[0]);
	free(rules[1]);
	return (rc == SOTER_OK ? lane : NULL);
}

static void
check_import(void)
{
	struct soter_lane *lane = NULL;
	struct tam_rule *rules = make_rules(1);
	uint64_t before = entries();
	size_t changed = 0;
	pthread_t thread;
	void *done = NULL;

	check_row("models: one change for all, an entry for each");
	CHECK_RC(tam_admin_models_put(&admin, rules, RULES, &changed),
	    SOTER_OK);
	CHECK(changed == RULES && entries() == before + RULES);
	check_row("models: what is there as it is needs none");
	rules[7].support_type = 2;
	CHECK_RC(tam_admin_models_put(&admin, rules, RULES, &changed),
	    SOTER_OK);
	CHECK(changed == 1 && entries() == before + RULES + 1);
	check_row("models: one id twice changes nothing");
	strcpy(rules[RULES - 1].id, rules[0].id);
	rules[0].support_type = 2;
	CHECK_RC(tam_admin_models_put(&admin, rules, RULES, &changed),
	    SOTER_E_CONFLICT);
	CHECK(entries() == before + RULES + 1);
	free(rules);

	check_row("known: never half of a file of rules");
	CHECK_RC(soter_lane_open(&lane, r.store), SOTER_OK);
	CHECK(pthread_create(&thread, NULL, import_in_turns, lane) == 0);
	for (int i = 0; i < 150; i++) {
		struct tam_known *known = NULL;
		struct tam_view *view;

		CHECK_RC(tam_known_open(&known, r.store, NULL, NULL), SOTER_OK);
		view = tam_known_view(known);
		CHECK(type_of(view, "M0000") == type_of(view, "M2499"));
		tam_view_release(&view);
		tam_known_close(&known);
	}
	is_over = true;
	pthread_join(thread, &done);
	CHECK(done != NULL);
	soter_lane_close(&lane);
}

/* ---- devices --------------------------------------------------------------
 */

static enum soter_root_status
status_of(const char *device, size_t i)
{
	struct tam_device d;

	return (tam_device_get(&d, NULL, r.lane, soter_text(device),
		    RECORDS_MS) == SOTER_OK &&
		    i < d.n
		? d.root[i].status
		: (enum soter_root_status)0);
}

/* No place is left for the refusal of the device: its keys are refused. */
static void
check_full_device(void)
{
	uint8_t bytes[TAM_DEVICE_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct tam_device d = { .n = TAM_ROOTS_MAX };

	check_row("device: with as many roots as can be, revoked");
	for (size_t i = 0; i < d.n; i++)
		d.root[i] = (struct tam_root){ .attk_version = (uint32_t)i + 1,
			.cls = SOTER_CLASS_PRODUCTION,
			.status = SOTER_ROOT_ACTIVE,
			.kind = TAM_ROOT_KEY,
			.n = { (uint8_t)(0x80 + i) } };
	CHECK_RC(tam_device_write(&w, &d), SOTER_OK);
	records_put(&r, SOTER_KIND_ROOTS, soter_span("full", sizeof("full")),
	    soter_written(&w));
	CHECK_RC(tam_admin_device_status(&admin, "full", 0, SOTER_ROOT_REVOKED,
		     NULL),
	    SOTER_OK);
	for (size_t i = 0; i < d.n; i++)
		CHECK(status_of("full", i) == SOTER_ROOT_REVOKED);
}

static void
check_devices(void)
{
	struct tam_tenant tenant = { .cls = SOTER_CLASS_TEST,
		.rights = TAM_RIGHT_ASK,
		.rate = 10 };
	char secret[TAM_SECRET_LEN + 1];
	struct tam_intake how = { .who = SOTER_SPAN("f"),
		.cls = SOTER_CLASS_TEST,
		.now_s = 1,
		.ms = RECORDS_MS };
	struct tam_intake_item item = { 0 };
	struct tam_device d;
	uint64_t before;

	strcpy(item.root.device_id, "d1");
	item.root.key = key.pub;
	check_row("device: suspend, resume, revoke");
	CHECK_RC(tam_intake(r.lane, &how, &item, 1), SOTER_OK);
	before = entries();
	CHECK_RC(tam_admin_device_status(&admin, "d1", 0, SOTER_ROOT_SUSPENDED,
		     "lost"),
	    SOTER_OK);
	CHECK(status_of("d1", 0) == SOTER_ROOT_SUSPENDED);
	CHECK_RC(
	    tam_admin_device_status(&admin, "d1", 1, SOTER_ROOT_ACTIVE, NULL),
	    SOTER_OK);
	CHECK(status_of("d1", 0) == SOTER_ROOT_ACTIVE);
	CHECK_RC(
	    tam_admin_device_status(&admin, "d1", 0, SOTER_ROOT_REVOKED, NULL),
	    SOTER_OK);
	CHECK(status_of("d1", 0) == SOTER_ROOT_REVOKED);
	CHECK(entries() == before + 3);

	check_row("device: a version that is not there");
	CHECK_RC(
	    tam_admin_device_status(&admin, "d1", 2, SOTER_ROOT_REVOKED, NULL),
	    SOTER_E_NOTFOUND);
	check_row("device: one that only brings a chain can be refused");
	CHECK_RC(tam_admin_device_status(&admin, "HUAWEI_X-1", 0,
		     SOTER_ROOT_ACTIVE, NULL),
	    SOTER_E_NOTFOUND);
	CHECK_RC(tam_admin_device_status(&admin, "HUAWEI_X-1", 0,
		     SOTER_ROOT_REVOKED, NULL),
	    SOTER_OK);
	CHECK(status_of("HUAWEI_X-1", 0) == SOTER_ROOT_REVOKED);
	check_row("device: ... and it is known since when");
	CHECK_RC(tam_device_get(&d, NULL, r.lane, SOTER_SPAN("HUAWEI_X-1"),
		     RECORDS_MS),
	    SOTER_OK);
	CHECK(d.root[0].since_s == admin.now_s);
	check_row("device: an id that cannot be");
	CHECK_RC(
	    tam_admin_device_status(&admin, "d 1", 0, SOTER_ROOT_REVOKED, NULL),
	    SOTER_E_ARGUMENT);
	check_row("device, tenant: a note of which every byte is an escape");
	memset(tenant.note, 1, TAM_NOTE_MAX);
	CHECK_RC(tam_admin_device_status(&admin, "noted", 0, SOTER_ROOT_REVOKED,
		     tenant.note),
	    SOTER_OK);
	CHECK_RC(tam_admin_tenant_add(&admin, "noted", &tenant, secret),
	    SOTER_OK);
	CHECK_RC(
	    tam_admin_tenant_change(&admin, "noted", TAM_TENANT_REMOVE, NULL),
	    SOTER_OK);
	check_row("device: refused before it had a root, and after");
	strcpy(item.root.device_id, "HUAWEI_X-1");
	item.root.key = key2.pub;
	item.rc = SOTER_OK;
	CHECK_RC(tam_intake(r.lane, &how, &item, 1), SOTER_OK);
	CHECK_RC(item.rc, SOTER_OK);
	CHECK(status_of("HUAWEI_X-1", 1) == SOTER_ROOT_REVOKED);
	CHECK_RC(tam_device_get(&d, NULL, r.lane, SOTER_SPAN("HUAWEI_X-1"),
		     RECORDS_MS),
	    SOTER_OK);
	CHECK(d.root[1].attk_version == 1);
}

/* Whoever brings a root first, a test source too, takes nothing from what an
 * operator says of the device. */
static void
check_refused_devices(void)
{
	struct tam_intake how = { .who = SOTER_SPAN("f"),
		.cls = SOTER_CLASS_TEST,
		.now_s = 1,
		.ms = RECORDS_MS };
	struct tam_intake_item item = { 0 };
	struct tam_device d;

	strcpy(item.root.device_id, "d2");
	item.root.key = key3.pub;
	check_row("device: refused while only a test source knew it");
	CHECK_RC(tam_intake(r.lane, &how, &item, 1), SOTER_OK);
	CHECK_RC(item.rc, SOTER_OK);
	CHECK_RC(
	    tam_admin_device_status(&admin, "d2", 0, SOTER_ROOT_REVOKED, NULL),
	    SOTER_OK);
	how.cls = SOTER_CLASS_PRODUCTION;
	CHECK_RC(tam_intake(r.lane, &how, &item, 1), SOTER_OK);
	CHECK_RC(item.rc, SOTER_OK);
	CHECK_RC(tam_device_get(&d, NULL, r.lane, SOTER_SPAN("d2"), RECORDS_MS),
	    SOTER_OK);
	CHECK(d.n == 3);
	for (size_t i = 0; i < d.n; i++)
		CHECK(d.root[i].status == SOTER_ROOT_REVOKED);
	check_row("device: ... and its chains");
	CHECK(tam_device_has_chain(&d));
	check_row("device: one version says nothing of chains");
	CHECK_RC(
	    tam_admin_device_status(&admin, "d2", 1, SOTER_ROOT_ACTIVE, NULL),
	    SOTER_OK);
	CHECK(status_of("d2", 0) == SOTER_ROOT_ACTIVE &&
	    status_of("d2", 1) == SOTER_ROOT_REVOKED &&
	    status_of("d2", 2) == SOTER_ROOT_ACTIVE);
	check_row("device: all of it is taken back");
	CHECK_RC(
	    tam_admin_device_status(&admin, "d2", 0, SOTER_ROOT_ACTIVE, NULL),
	    SOTER_OK);
	CHECK(status_of("d2", 1) == SOTER_ROOT_ACTIVE);
}

/* ---- as many as there may be ----------------------------------------------
 */

/* Tenants like wx1, written by hand: one by one they would take long. */
static void
fill_tenants(uint64_t n)
{
	struct soter_write *writes = calloc(n, sizeof(*writes));
	char(*names)[12] = calloc(n, sizeof(*names));
	uint8_t bytes[TAM_TENANT_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	CHECK(writes != NULL && names != NULL);
	CHECK_RC(soter_store_get(r.lane, SOTER_KIND_TENANTS, SOTER_SPAN("wx1"),
		     &w, NULL, RECORDS_MS),
	    SOTER_OK);
	for (uint64_t i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "t%u", (unsigned)i);
		writes[i] = (struct soter_write){ .op = SOTER_PUT_ABSENT,
			.kind = SOTER_KIND_TENANTS,
			.key = soter_text(names[i]),
			.value = soter_written(&w) };
	}
	for (uint64_t at = 0; at < n; at += SOTER_STORE_GROUP_MAX)
		CHECK_RC(soter_store_write(r.lane, writes + at,
			     n - at < SOTER_STORE_GROUP_MAX
				 ? n - at
				 : SOTER_STORE_GROUP_MAX,
			     RECORDS_MS),
		    SOTER_OK);
	free(writes);
	free(names);
}

static void
check_many_tenants(void)
{
	struct tam_tenant x = { .cls = SOTER_CLASS_TEST,
		.rights = TAM_RIGHT_ASK,
		.rate = 1 };
	char secret[TAM_SECRET_LEN + 1];
	struct tam_known *known = NULL;
	uint64_t n = 0;

	check_row("tenants: no more than a server can know");
	CHECK_RC(soter_store_count(r.lane, SOTER_KIND_TENANTS, &n, RECORDS_MS),
	    SOTER_OK);
	fill_tenants(TAM_TENANTS_MAX - 1 - n);
	CHECK_RC(tam_admin_tenant_add(&admin, "last", &x, secret), SOTER_OK);
	CHECK_RC(tam_admin_tenant_add(&admin, "more", &x, secret),
	    SOTER_E_LIMIT);
	CHECK_RC(tam_known_open(&known, r.store, NULL, NULL), SOTER_OK);
	tam_known_close(&known);
}

int
main(int argc, char **argv)
{
	rsa_make(&key, 2048);
	rsa_make(&key2, 2048);
	rsa_make(&key3, 2048);
	if (!records_new(&r, argc > 1 ? argv[1] : "embedded"))
		return (check_done());
	records_create(&r);
	records_open(&r, SOTER_STORE_READ_WRITE);
	admin.lane = r.lane;
	admin.who = SOTER_SPAN("tester");
	check_init();
	check_tenants();
	check_known();
	check_models();
	check_bad_rule();
	check_import();
	check_devices();
	check_full_device();
	check_refused_devices();
	check_many_tenants();
	records_end(&r);
	return (check_done());
}
