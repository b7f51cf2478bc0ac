/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/known.h -- what a TAM process knows by heart: tenants, token keys, rules
 * about models.
 *
 * All are few and change seldom, and every request needs one of them.  A thread
 * of its own looks each TAM_FRESH_MS / 2 whether somebody changed them
 * (META "known", tam/change.h), and reads them anew if so.  While the store
 *cannot be reached, what was known stays known, and tell() hears of it once.  A
 *tenant whose record cannot be read any more may do nothing, and the rules stay
 *as they were while one of them cannot; that is trouble, too.
 *
 *	view = tam_known_view(known)	for one turn
 *	...
 *	tam_view_release(&view)
 */
#ifndef SOTER_TAM_KNOWN_H
#define SOTER_TAM_KNOWN_H

#include "store/store.h"
#include "tam/model.h"
#include "tam/rate.h"
#include "tam/tenant.h"
#include "tam/token.h"

struct tam_known;
struct tam_view; /* one state of all of it; counted */

/* From the thread, when this changes: why not all that is in the store is
 * known; SOTER_OK: all of it is, again. */
typedef void tam_known_tell(void *context, enum soter_rc rc);

/**
 * Read everything, and begin to look for changes.
 *
 * tell  hears of trouble that comes later, and that it is over; may be NULL.
 *
 * Those of soter_store_scan(), SOTER_E_CORRUPT, SOTER_E_LIMIT, SOTER_E_NOMEM;
 * SOTER_E_NOTFOUND if the store was never made ready for a TAM (tam_init()).
 */
SOTER_MUST_CHECK enum soter_rc tam_known_open(struct tam_known **out,
    struct soter_store *store, tam_known_tell *tell, void *context);

void tam_known_close(struct tam_known **known);

/** What is known now; release it after the turn. */
struct tam_view *tam_known_view(struct tam_known *known);

/** The same once more, for as long as it takes; release it, too. */
struct tam_view *tam_view_hold(struct tam_view *view);
void tam_view_release(struct tam_view **view);

/** NULL, or the word for why not all that is in the store is known. */
const char *tam_known_trouble(struct tam_known *known);

/* A tenant as it is known; lives as long as the view. */
struct tam_app {
	char appid[TAM_APPID_MAX + 1];
	struct tam_tenant tenant;
	struct tam_rate *rate; /* lives as long as the process */
};

/** NULL if there is none of that appid. */
const struct tam_app *tam_view_find(const struct tam_view *view,
    struct soter_span appid);

const struct tam_keys *tam_view_keys(const struct tam_view *view);
const struct tam_registry *tam_view_models(const struct tam_view *view);
size_t tam_view_tenants(const struct tam_view *view);

#endif
