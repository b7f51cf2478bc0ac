/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tam/known.h"

#define TABLE 4096 /* slots; each a list */

/* One per appid, for the life of the process: a change does not refill it. */
struct gauge {
	struct gauge *next;
	char appid[TAM_APPID_MAX + 1];
	struct tam_rate rate;
};

struct slot_app {
	struct slot_app *next;
	struct tam_app app;
};

struct tam_view {
	_Atomic unsigned refs;
	uint64_t version;		  /* of META "known" */
	uint8_t change[SOTER_SHA256_LEN]; /* its value: which change it was */
	size_t change_n;
	enum soter_rc trouble; /* with records that were left out */
	struct tam_keys keys;
	struct tam_registry *models; /* owned, or of the one below */
	struct tam_view *before;     /* held while its models still count */
	size_t tenants;
	struct slot_app *table[TABLE];
};

struct tam_known {
	struct soter_store *store;
	tam_known_tell *tell; /* may be NULL */
	void *context;
	struct soter_lane *lane; /* the thread's, once it runs */
	pthread_t thread;
	struct gauge *gauges[TABLE]; /* the thread's */

	pthread_mutex_t lock; /* of what stands below; some instructions */
	pthread_cond_t changed;
	bool is_closing;
	struct tam_view *view;
	enum soter_rc trouble;
};

/* ---- a view -------------------------------------------------------------- */

/* FNV-1a. */
static size_t
slot_of(struct soter_span appid)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < appid.n; i++)
		h = (h ^ appid.p[i]) * 16777619u;
	return (h % TABLE);
}

struct tam_view *
tam_view_hold(struct tam_view *view)
{
	atomic_fetch_add(&view->refs, 1);
	return (view);
}

void
tam_view_release(struct tam_view **view)
{
	struct tam_view *v = *view;

	*view = NULL;
	if (v == NULL || atomic_fetch_sub(&v->refs, 1) > 1)
		return;
	for (size_t i = 0; i < TABLE; i++)
		while (v->table[i] != NULL) {
			struct slot_app *next = v->table[i]->next;

			free(v->table[i]);
			v->table[i] = next;
		}
	if (v->before != NULL)
		tam_view_release(&v->before);
	else
		tam_registry_free(&v->models);
	soter_wipe(v, sizeof(*v));
	free(v);
}

const struct tam_app *
tam_view_find(const struct tam_view *view, struct soter_span appid)
{
	const struct slot_app *s = view->table[slot_of(appid)];

	while (s != NULL && !soter_span_equal(soter_text(s->app.appid), appid))
		s = s->next;
	return (s == NULL ? NULL : &s->app);
}

const struct tam_keys *
tam_view_keys(const struct tam_view *view)
{
	return (&view->keys);
}

const struct tam_registry *
tam_view_models(const struct tam_view *view)
{
	return (view->models);
}

size_t
tam_view_tenants(const struct tam_view *view)
{
	return (view->tenants);
}

/* ---- reading one --------------------------------------------------------- */

struct load {
	struct tam_known *known;
	struct tam_view *view;
	uint8_t last[SOTER_STORE_KEY_MAX];
	size_t last_n;
};

static struct gauge *
gauge_of(struct tam_known *k, struct soter_span appid)
{
	struct gauge **at = &k->gauges[slot_of(appid)];

	while (
	    *at != NULL && !soter_span_equal(soter_text((*at)->appid), appid))
		at = &(*at)->next;
	if (*at == NULL && (*at = calloc(1, sizeof(**at))) != NULL)
		soter_copy((*at)->appid, appid.p, appid.n);
	return (*at);
}

static enum soter_rc
load_tenant(void *context, const struct soter_record *record)
{
	struct load *load = context;
	struct tam_view *v = load->view;
	struct slot_app **at = &v->table[slot_of(record->key)];
	struct tam_tenant tenant;
	struct gauge *gauge;
	struct slot_app *s;

	soter_copy(load->last, record->key.p, load->last_n = record->key.n);
	/* It may do nothing; that others were revoked is known all the same. */
	if (tam_appid_check(record->key) != SOTER_OK ||
	    tam_tenant_parse(&tenant, record->value) != SOTER_OK) {
		v->trouble = SOTER_E_CORRUPT;
		return (SOTER_OK);
	}
	if (v->tenants == TAM_TENANTS_MAX)
		return (SOTER_E_LIMIT);
	gauge = gauge_of(load->known, record->key);
	s = calloc(1, sizeof(*s));
	if (gauge == NULL || s == NULL) {
		free(s);
		return (SOTER_E_NOMEM);
	}
	s->next = *at;
	*at = s;
	v->tenants++;
	soter_copy(s->app.appid, record->key.p, record->key.n);
	s->app.tenant = tenant;
	s->app.rate = &gauge->rate;
	return (SOTER_OK);
}

static enum soter_rc
load_rule(void *context, const struct soter_record *record)
{
	struct load *load = context;
	struct tam_rule rule;

	if (tam_rule_parse(&rule, record->value, NULL) != SOTER_OK)
		return (SOTER_E_CORRUPT);
	soter_copy(load->last, record->key.p, load->last_n = record->key.n);
	return (tam_registry_add(load->view->models, &rule));
}

_Static_assert(TAM_RULES_MAX < SOTER_STORE_SCAN_MAX,
    "half of a file of rules might be read");

/* In one scan, which is one state, what was changed at one moment. */
static enum soter_rc
load_all(struct load *load, enum soter_store_kind kind,
    enum soter_rc (*each)(void *context, const struct soter_record *record))
{
	struct soter_scan scan;

	load->last_n = 0;
	do {
		scan = (struct soter_scan){ .kind = kind,
			.after = soter_span(load->last, load->last_n),
			.limit = SOTER_STORE_SCAN_MAX,
			.each = each,
			.context = load };
		TRY(soter_store_scan(load->known->lane, &scan, 0));
	} while (scan.found == SOTER_STORE_SCAN_MAX);
	return (SOTER_OK);
}

/* All of them, or those known before: without a rule that denies, another one
 * might allow.  Who was revoked is known all the same. */
static enum soter_rc
load_rules(struct load *load)
{
	struct tam_view *v = load->view, *before = load->known->view;
	enum soter_rc rc = load_all(load, SOTER_KIND_MODELS, load_rule);

	if ((rc != SOTER_E_CORRUPT && rc != SOTER_E_LIMIT) || before == NULL) {
		tam_registry_sort(v->models);
		return (rc);
	}
	tam_registry_free(&v->models);
	v->before =
	    tam_view_hold(before->before != NULL ? before->before : before);
	v->models = v->before->models;
	v->trouble = rc;
	return (SOTER_OK);
}

static enum soter_rc
load_keys(struct load *load)
{
	uint8_t bytes[512];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	enum soter_rc rc = soter_store_get(load->known->lane, SOTER_KIND_META,
	    SOTER_SPAN("keys"), &w, NULL, 0);

	if (rc == SOTER_OK)
		rc = tam_keys_parse(&load->view->keys, soter_written(&w));
	soter_wipe(bytes, sizeof(bytes));
	return (rc == SOTER_E_NOSPACE ? SOTER_E_CORRUPT : rc);
}

/* version: looked at before everything else, so that a change that comes in
 * between is seen the next time. */
static enum soter_rc
load_view(struct tam_view **out, struct tam_known *k, uint64_t version,
    struct soter_span change)
{
	struct load load = { .known = k };
	enum soter_rc rc = SOTER_E_NOMEM;

	load.view = calloc(1, sizeof(*load.view));
	if (load.view == NULL)
		goto out;
	atomic_init(&load.view->refs, 1);
	load.view->version = version;
	soter_copy(load.view->change, change.p, change.n);
	load.view->change_n = change.n;
	if ((rc = tam_registry_new(&load.view->models)) != SOTER_OK)
		goto out;
	if ((rc = load_keys(&load)) != SOTER_OK)
		goto out;
	if ((rc = load_all(&load, SOTER_KIND_TENANTS, load_tenant)) != SOTER_OK)
		goto out;
	if ((rc = load_rules(&load)) != SOTER_OK)
		goto out;
	*out = load.view; /* ownership moves to the caller */
	load.view = NULL;
out:
	tam_view_release(&load.view);
	return (rc);
}

/* ---- what is known now --------------------------------------------------- */

struct tam_view *
tam_known_view(struct tam_known *k)
{
	struct tam_view *view;

	pthread_mutex_lock(&k->lock);
	view = tam_view_hold(k->view);
	pthread_mutex_unlock(&k->lock);
	return (view);
}

const char *
tam_known_trouble(struct tam_known *k)
{
	enum soter_rc rc;

	pthread_mutex_lock(&k->lock);
	rc = k->trouble;
	pthread_mutex_unlock(&k->lock);
	return (rc == SOTER_OK ? NULL : soter_rc_word(rc));
}

/* With a view whose records were not all sound: why, and *out. */
static enum soter_rc
look(struct tam_view **out, struct tam_known *k)
{
	uint8_t bytes[SOTER_SHA256_LEN];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	const struct tam_view *view = k->view;
	uint64_t version = 0;

	TRY(soter_store_get(k->lane, SOTER_KIND_META, SOTER_SPAN("known"), &w,
	    &version, 0));
	/* The version alone can come twice: a standby that took over without
	 * the last changes, a database that was put back. */
	if (view != NULL && version == view->version &&
	    soter_span_equal(soter_written(&w),
		soter_span(view->change, view->change_n)))
		return (view->trouble);
	TRY(load_view(out, k, version, soter_written(&w)));
	return ((*out)->trouble);
}

static void
take(struct tam_known *k, struct tam_view *view, enum soter_rc rc)
{
	struct tam_view *old = NULL;
	enum soter_rc was;

	pthread_mutex_lock(&k->lock);
	was = k->trouble;
	k->trouble = rc;
	if (view != NULL) {
		old = k->view;
		k->view = view;
	}
	pthread_mutex_unlock(&k->lock);
	tam_view_release(&old);
	if (rc != was && k->tell != NULL)
		k->tell(k->context, rc);
}

/* With the lock held: wait for the next look.  False: it is over. */
static bool
rest(struct tam_known *k)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += TAM_FRESH_MS / 2 % 1000 * 1000000l;
	end.tv_sec += TAM_FRESH_MS / 2 / 1000 + end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	while (!k->is_closing &&
	    pthread_cond_timedwait(&k->changed, &k->lock, &end) == 0)
		;
	return (!k->is_closing);
}

static void *
work(void *known)
{
	struct tam_known *k = known;

	pthread_mutex_lock(&k->lock);
	while (rest(k)) {
		struct tam_view *view = NULL;
		enum soter_rc rc;

		pthread_mutex_unlock(&k->lock);
		rc = look(&view, k);
		take(k, view, rc);
		pthread_mutex_lock(&k->lock);
	}
	pthread_mutex_unlock(&k->lock);
	return (NULL);
}

static void
free_gauges(struct tam_known *k)
{
	for (size_t i = 0; i < TABLE; i++)
		while (k->gauges[i] != NULL) {
			struct gauge *next = k->gauges[i]->next;

			free(k->gauges[i]);
			k->gauges[i] = next;
		}
}

enum soter_rc
tam_known_open(struct tam_known **out, struct soter_store *store,
    tam_known_tell *tell, void *context)
{
	struct tam_known *k = calloc(1, sizeof(*k));
	pthread_condattr_t monotonic;
	enum soter_rc rc = SOTER_E_NOMEM;

	if (k == NULL)
		return (SOTER_E_NOMEM);
	k->store = store;
	k->tell = tell;
	k->context = context;
	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&k->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if ((rc = soter_lane_open(&k->lane, store)) != SOTER_OK)
		goto out;
	if ((rc = look(&k->view, k)) != SOTER_OK)
		goto out;
	rc = SOTER_E_NOMEM;
	if (pthread_create(&k->thread, NULL, work, k) != 0)
		goto out;
	*out = k;
	return (SOTER_OK);
out:
	tam_view_release(&k->view);
	free_gauges(k);
	soter_lane_close(&k->lane);
	pthread_cond_destroy(&k->changed);
	pthread_mutex_destroy(&k->lock);
	free(k);
	return (rc);
}

void
tam_known_close(struct tam_known **known)
{
	struct tam_known *k = *known;

	if (k == NULL)
		return;
	pthread_mutex_lock(&k->lock);
	k->is_closing = true;
	pthread_cond_signal(&k->changed);
	pthread_mutex_unlock(&k->lock);
	pthread_join(k->thread, NULL);
	tam_view_release(&k->view);
	free_gauges(k);
	soter_lane_close(&k->lane);
	pthread_cond_destroy(&k->changed);
	pthread_mutex_destroy(&k->lock);
	free(k);
	*known = NULL;
}
