/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/admin.h -- what operators change: tenants, token keys, models, the status
 * of devices.  Each change has its entry in the audit trail, and is known to
 * running servers within TAM_FRESH_MS.
 *
 *	in TENANTS: appid -> tam/tenant.h
 *	in MODELS:  id of the rule -> its JSON (tam/model.h)
 *	in META:    "keys" -> tam/token.h; "known" -> hash of the last entry
 */
#ifndef SOTER_TAM_ADMIN_H
#define SOTER_TAM_ADMIN_H

#include "store/store.h"
#include "tam/model.h"
#include "tam/root.h"
#include "tam/tenant.h"

/* Whose hand it is. */
struct tam_admin {
	struct soter_lane *lane;
	struct soter_span who; /* for the trail */
	uint64_t now_s;
	unsigned ms; /* for each step; 0: SOTER_STORE_MS */
};

/*
 * All of these: SOTER_E_BUSY, SOTER_E_CONFLICT (somebody else changed the same
 * thing at the same time; nothing was changed), SOTER_E_OUTCOME (look before
 * repeating), SOTER_E_FULL, SOTER_E_STORAGE, SOTER_E_CORRUPT, SOTER_E_NOMEM,
 * SOTER_E_ENGINE.
 */

/** Make an empty store ready: the first token key, the first entry of the
 * trail.  SOTER_E_EXISTS if it is. */
SOTER_MUST_CHECK enum soter_rc tam_admin_init(const struct tam_admin *admin);

/** Was that done?  Those of soter_store_get(). */
SOTER_MUST_CHECK enum soter_rc tam_admin_is_ready(struct soter_lane *lane,
    bool *out);

/** A new key makes tokens from now on; those of the last TAM_TOKEN_KEYS - 1
 * keys stay good. */
SOTER_MUST_CHECK enum soter_rc tam_admin_rotate(const struct tam_admin *admin);

/**
 * Add a tenant.
 *
 * x       class, rights, rate, note; the rest is filled in.
 * secret  receives its secret, which is kept nowhere; wipe it.
 *
 * SOTER_E_EXISTS, SOTER_E_ARGUMENT; SOTER_E_LIMIT if there are TAM_TENANTS_MAX.
 */
SOTER_MUST_CHECK enum soter_rc tam_admin_tenant_add(
    const struct tam_admin *admin, const char *appid, struct tam_tenant *x,
    char secret[TAM_SECRET_LEN + 1]);

/** SOTER_E_NOTFOUND. */
SOTER_MUST_CHECK enum soter_rc tam_admin_tenant_get(
    const struct tam_admin *admin, const char *appid, struct tam_tenant *out);

enum tam_tenant_change {
	TAM_TENANT_SECRET,  /* a new secret, and tokens are revoked */
	TAM_TENANT_REVOKE,  /* its tokens are good no more */
	TAM_TENANT_SUSPEND, /* it may do nothing */
	TAM_TENANT_RESUME,
	TAM_TENANT_REMOVE,
	TAM_TENANT_CHANGES,
};

/**
 * Change a tenant.
 *
 * secret  for TAM_TENANT_SECRET alone, else NULL.
 *
 * SOTER_E_NOTFOUND
 */
SOTER_MUST_CHECK enum soter_rc tam_admin_tenant_change(
    const struct tam_admin *admin, const char *appid,
    enum tam_tenant_change change, char secret[TAM_SECRET_LEN + 1]);

/**
 * Put each rule in the place of the one with its id, or add it: all of them at
 * one moment, or none.  One that is there as it is needs no entry.
 *
 * rules    no two of the same id.
 * changed  how many were not there as they are; may be NULL.
 *
 * SOTER_E_LIMIT  there would be more than TAM_RULES_MAX.
 */
SOTER_MUST_CHECK enum soter_rc tam_admin_models_put(
    const struct tam_admin *admin, const struct tam_rule *rules, size_t n,
    size_t *changed);

/** SOTER_E_NOTFOUND. */
SOTER_MUST_CHECK enum soter_rc tam_admin_model_remove(
    const struct tam_admin *admin, const char *id);

/**
 * Set the status of a device's roots.  A device that is not known can be
 * revoked, too: then certificate chains that claim it are refused.
 *
 * attk_version  0 for all of them.
 * note          for the trail.
 *
 * SOTER_E_NOTFOUND  no such version; or active, and nothing is known of it.
 * SOTER_E_ARGUMENT  a device id that cannot be.
 */
SOTER_MUST_CHECK enum soter_rc tam_admin_device_status(
    const struct tam_admin *admin, const char *device_id, uint32_t attk_version,
    enum soter_root_status status, const char *note);

#endif
