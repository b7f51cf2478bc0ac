/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "crypto/secret.h"
#include "tam/admin.h"
#include "tam/change.h"
#include "tam/intake.h"
#include "tam/token.h"

#define KEYS_MAX 512

/* Start of a change; the caller adds what was and what shall be. */
static struct tam_change
begin(const struct tam_admin *admin, const char *what, const char *subject)
{
	return ((struct tam_change){ .who = admin->who,
	    .what = soter_text(what),
	    .subject = soter_text(subject),
	    .now_s = admin->now_s });
}

static enum soter_rc
get(const struct tam_admin *admin, enum soter_store_kind kind, const char *key,
    struct soter_writer *w, uint64_t *version)
{
	enum soter_rc rc = soter_store_get(admin->lane, kind, soter_text(key),
	    w, version, admin->ms);

	return (rc == SOTER_E_NOSPACE ? SOTER_E_CORRUPT : rc);
}

/* ---- token keys ---------------------------------------------------------- */

static enum soter_rc
put_keys(const struct tam_admin *admin, struct tam_change *change,
    const struct tam_keys *keys, uint64_t version)
{
	uint8_t bytes[KEYS_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct soter_write write;
	enum soter_rc rc = tam_keys_write(&w, keys);

	if (rc == SOTER_OK) {
		write =
		    (struct soter_write){ .op = version == 0 ? SOTER_PUT_ABSENT
							     : SOTER_PUT_AT,
			    .kind = SOTER_KIND_META,
			    .key = SOTER_SPAN("keys"),
			    .value = soter_written(&w),
			    .at = version };
		change->writes = &write;
		change->n = 1;
		change->is_of_known = true;
		rc = tam_change(admin->lane, change, admin->ms);
	}
	change->writes = NULL;
	soter_wipe(bytes, sizeof(bytes));
	return (rc);
}

enum soter_rc
tam_admin_init(const struct tam_admin *admin)
{
	struct tam_change change = begin(admin, "tam.init", "");
	struct tam_keys keys = { 0 };
	enum soter_rc rc = tam_keys_add(&keys);

	if (rc == SOTER_OK)
		rc = put_keys(admin, &change, &keys, 0);
	soter_wipe(&keys, sizeof(keys));
	return (rc);
}

enum soter_rc
tam_admin_is_ready(struct soter_lane *lane, bool *out)
{
	uint8_t bytes[KEYS_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	enum soter_rc rc = soter_store_get(lane, SOTER_KIND_META,
	    SOTER_SPAN("keys"), &w, NULL, 0);

	soter_wipe(bytes, sizeof(bytes));
	if (rc != SOTER_OK && rc != SOTER_E_NOTFOUND)
		return (rc);
	*out = rc == SOTER_OK;
	return (SOTER_OK);
}

enum soter_rc
tam_admin_rotate(const struct tam_admin *admin)
{
	struct tam_change change = begin(admin, "keys.rotate", "");
	uint8_t bytes[KEYS_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct tam_keys keys = { 0 };
	uint64_t version = 0;
	enum soter_rc rc;

	rc = get(admin, SOTER_KIND_META, "keys", &w, &version);
	if (rc == SOTER_OK)
		rc = tam_keys_parse(&keys, soter_written(&w));
	if (rc == SOTER_OK)
		rc = tam_keys_add(&keys);
	if (rc == SOTER_OK)
		rc = put_keys(admin, &change, &keys, version);
	soter_wipe(bytes, sizeof(bytes));
	soter_wipe(&keys, sizeof(keys));
	return (rc);
}

/* ---- tenants ------------------------------------------------------------- */

#define SUMMARY_MAX (256 + SOTER_JSON_ESCAPE * TAM_NOTE_MAX)

/* What the trail says of a tenant: no salt, no hash. */
static enum soter_rc
summarise(struct soter_writer *w, const struct tam_tenant *x)
{
	TRY(soter_json_write_text(w, "class",
	    soter_text(tam_class_word(x->cls))));
	TRY(soter_json_write_number(w, "rights", x->rights));
	TRY(soter_json_write_number(w, "rate", x->rate));
	TRY(soter_json_write_number(w, "epoch", x->epoch));
	TRY(soter_json_write_text(w, "status",
	    soter_text(x->is_suspended ? "suspended" : "active")));
	TRY(soter_json_write_text(w, "note", soter_text(x->note)));
	return (soter_json_write_end(w));
}

/* Not that of a tenant of the same name who was removed: his tokens may still
 * live. */
static enum soter_rc
first_epoch(uint32_t *out)
{
	uint8_t bytes[4];
	struct soter_reader r = soter_reader(soter_span(bytes, sizeof(bytes)));
	uint32_t number;

	TRY(soter_random(bytes, sizeof(bytes)));
	TRY(soter_read_le32(&r, &number));
	*out = number / 2 + 1; /* it has to grow */
	return (SOTER_OK);
}

/* A server that finds more does not start. */
static enum soter_rc
check_tenants(const struct tam_admin *admin)
{
	uint64_t n = 0;

	TRY(soter_store_count(admin->lane, SOTER_KIND_TENANTS, &n, admin->ms));
	return (n >= TAM_TENANTS_MAX ? SOTER_E_LIMIT : SOTER_OK);
}

enum soter_rc
tam_admin_tenant_add(const struct tam_admin *admin, const char *appid,
    struct tam_tenant *x, char secret[TAM_SECRET_LEN + 1])
{
	struct tam_change change = begin(admin, "tenant.add", appid);
	uint8_t record[TAM_TENANT_MAX], text[SUMMARY_MAX];
	struct soter_writer w = soter_writer(record, sizeof(record));
	struct soter_writer after = soter_writer(text, sizeof(text));
	struct soter_write write;

	TRY(tam_appid_check(soter_text(appid)));
	TRY(check_tenants(admin));
	x->since_s = admin->now_s;
	TRY(first_epoch(&x->epoch));
	TRY(tam_tenant_set_secret(x, secret));
	TRY(tam_tenant_write(&w, x));
	TRY(summarise(&after, x));
	write = (struct soter_write){ .op = SOTER_PUT_ABSENT,
		.kind = SOTER_KIND_TENANTS,
		.key = soter_text(appid),
		.value = soter_written(&w) };
	change.after = soter_written(&after);
	change.writes = &write;
	change.n = 1;
	change.is_of_known = true;
	return (tam_change(admin->lane, &change, admin->ms));
}

static enum soter_rc
tenant_get(const struct tam_admin *admin, const char *appid,
    struct tam_tenant *out, uint64_t *version)
{
	uint8_t bytes[TAM_TENANT_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	if (tam_appid_check(soter_text(appid)) != SOTER_OK)
		return (SOTER_E_NOTFOUND);
	TRY(get(admin, SOTER_KIND_TENANTS, appid, &w, version));
	return (tam_tenant_parse(out, soter_written(&w)));
}

enum soter_rc
tam_admin_tenant_get(const struct tam_admin *admin, const char *appid,
    struct tam_tenant *out)
{
	return (tenant_get(admin, appid, out, NULL));
}

static enum soter_rc
apply(struct tam_tenant *x, enum tam_tenant_change change,
    char secret[TAM_SECRET_LEN + 1])
{
	if (change == TAM_TENANT_SECRET)
		TRY(tam_tenant_set_secret(x, secret));
	if (change == TAM_TENANT_SECRET || change == TAM_TENANT_REVOKE)
		x->epoch++;
	if (change == TAM_TENANT_SUSPEND || change == TAM_TENANT_RESUME)
		x->is_suspended = change == TAM_TENANT_SUSPEND;
	return (SOTER_OK);
}

enum soter_rc
tam_admin_tenant_change(const struct tam_admin *admin, const char *appid,
    enum tam_tenant_change what, char secret[TAM_SECRET_LEN + 1])
{
	static const char *const names[TAM_TENANT_CHANGES] = {
		[TAM_TENANT_SECRET] = "tenant.secret",
		[TAM_TENANT_REVOKE] = "tenant.revoke",
		[TAM_TENANT_SUSPEND] = "tenant.suspend",
		[TAM_TENANT_RESUME] = "tenant.resume",
		[TAM_TENANT_REMOVE] = "tenant.remove",
	};
	struct tam_change change = begin(admin, names[what], appid);
	uint8_t record[TAM_TENANT_MAX], was[SUMMARY_MAX], is[SUMMARY_MAX];
	struct soter_writer w = soter_writer(record, sizeof(record));
	struct soter_writer before = soter_writer(was, sizeof(was));
	struct soter_writer after = soter_writer(is, sizeof(is));
	struct soter_write writes[2];
	struct tam_tenant x;
	uint64_t version;

	TRY(tenant_get(admin, appid, &x, &version));
	TRY(summarise(&before, &x));
	TRY(apply(&x, what, secret));
	TRY(tam_tenant_write(&w, &x));
	writes[0] = (struct soter_write){ .op = SOTER_PUT_AT,
		.kind = SOTER_KIND_TENANTS,
		.key = soter_text(appid),
		.value = soter_written(&w),
		.at = version };
	change.n = 1;
	if (what == TAM_TENANT_REMOVE) {
		/* At this version, and then not at all. */
		writes[1] = writes[0];
		writes[1].op = SOTER_DELETE_PRESENT;
		change.n = 2;
	} else
		TRY(summarise(&after, &x));
	change.before = soter_written(&before);
	change.after = soter_written(&after);
	change.writes = writes;
	change.is_of_known = true;
	return (tam_change(admin->lane, &change, admin->ms));
}

/* ---- devices ------------------------------------------------------------- */

static enum soter_rc
write_statuses(struct soter_writer *w, const struct tam_device *device,
    const char *note)
{
	for (size_t i = 0; i < device->n; i++) {
		const struct tam_root *x = &device->root[i];
		char name[32] = "chain";

		if (x->kind == TAM_ROOT_KEY)
			snprintf(name, sizeof(name), "%s_%u",
			    tam_class_word(x->cls), (unsigned)x->attk_version);
		TRY(soter_json_write_text(w, name,
		    soter_text(tam_status_word(x->status))));
	}
	if (note != NULL)
		TRY(soter_json_write_text(w, "note", soter_text(note)));
	return (w->len == 0 ? SOTER_OK : soter_json_write_end(w));
}

/*
 * What refuses the device as a whole, whoever brought roots of it: a test
 * source that was first must not keep a refusal from production.
 */
static void
add_chain(struct tam_device *device, uint64_t now_s)
{
	/* The intake keeps a place for it; without one the keys are refused all
	 * the same. */
	if (tam_device_has_chain(device) || device->n == TAM_ROOTS_MAX)
		return;
	device->root[device->n++] = (struct tam_root){ .attk_version = 1,
		.cls = SOTER_CLASS_PRODUCTION,
		.status = SOTER_ROOT_ACTIVE,
		.kind = TAM_ROOT_CHAIN,
		.since_s = now_s };
}

/* version: 0 is all of them, and the device as a whole. */
static bool
is_meant(const struct tam_root *x, uint32_t version)
{
	return (version == 0 ||
	    (x->kind == TAM_ROOT_KEY && x->attk_version == version));
}

static enum soter_rc
set_status(struct tam_device *device, uint32_t version,
    enum soter_root_status status)
{
	bool is_found = false;

	for (size_t i = 0; i < device->n; i++)
		if (is_meant(&device->root[i], version)) {
			device->root[i].status = status;
			is_found = true;
		}
	return (is_found ? SOTER_OK : SOTER_E_NOTFOUND);
}

static enum soter_rc
put_device(const struct tam_admin *admin, const char *device_id,
    const struct tam_device *device, uint64_t version)
{
	uint8_t key[SOTER_STORE_KEY_MAX], value[TAM_DEVICE_MAX];
	struct soter_writer k = soter_writer(key, sizeof(key));
	struct soter_writer w = soter_writer(value, sizeof(value));
	struct soter_write write = { .op = version == 0 ? SOTER_PUT_ABSENT
							: SOTER_PUT_AT,
		.kind = SOTER_KIND_ROOTS,
		.at = version };

	TRY(soter_store_key(&k, soter_text(device_id), soter_span(NULL, 0)));
	TRY(tam_device_write(&w, device));
	write.key = soter_written(&k);
	write.value = soter_written(&w);
	return (soter_store_write(admin->lane, &write, 1, admin->ms));
}

enum soter_rc
tam_admin_device_status(const struct tam_admin *admin, const char *device_id,
    uint32_t attk_version, enum soter_root_status status, const char *note)
{
	struct tam_change change = begin(admin, "device.status", device_id);
	uint8_t was[512], is[512 + SOTER_JSON_ESCAPE * TAM_NOTE_MAX];
	struct soter_writer before = soter_writer(was, sizeof(was));
	struct soter_writer after = soter_writer(is, sizeof(is));
	struct tam_device device = { 0 };
	uint64_t version = 0;
	enum soter_rc rc;

	rc = tam_device_get(&device, &version, admin->lane,
	    soter_text(device_id), admin->ms);
	if (rc != SOTER_E_NOTFOUND)
		TRY(rc);
	if (version != 0)
		TRY(write_statuses(&before, &device, NULL));
	if (status != SOTER_ROOT_ACTIVE && attk_version == 0)
		add_chain(&device, admin->now_s);
	TRY(set_status(&device, attk_version, status));
	TRY(write_statuses(&after, &device, note));
	change.before = soter_written(&before);
	change.after = soter_written(&after);
	TRY(tam_change(admin->lane, &change, admin->ms));
	for (size_t i = 0; i < device.n; i++)
		if (is_meant(&device.root[i], attk_version))
			device.root[i].audit = change.number;
	return (put_device(admin, device_id, &device, version));
}
