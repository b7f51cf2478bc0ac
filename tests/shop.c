/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/shop.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/span.h"

#define PEM_MAX	       2048
#define ROOTS_LINE_MAX 1024

struct device {
	char cpu_id[SOTER_VERIFY_CPU_ID_MAX + 1];
	struct soter_attk *root;
	uint64_t counter; /* highest accepted (V8) */
	bool has_counter;
};

struct business {
	int32_t scene;
	struct soter_authkey *key;
	char digest[SHOP_NAME_MAX + 1]; /* "" if none came with the key */
	char fids[SHOP_FIDS][SOTER_VERIFY_FID_MAX + 1];
	size_t fids_n;
};

struct challenge {
	int32_t scene;
	char text[SHOP_CHALLENGE_LEN + 1]; /* "" if it was used */
};

struct account {
	char name[SHOP_NAME_MAX + 1];
	struct device *device;
	struct soter_ask *ask;
	struct soter_key_record owner; /* of the ASK */
	struct business business[SHOP_SCENES];
	size_t businesses;
	struct challenge challenges[SHOP_CHALLENGES];
	size_t next_challenge;
};

struct shop {
	struct device devices[SHOP_DEVICES];
	size_t devices_n;
	struct account accounts[SHOP_ACCOUNTS];
	size_t accounts_n;
};

/* ---- the table of roots -------------------------------------------------- */

static void
die(const char *what, const char *name)
{
	fprintf(stderr, "backend: %s: %s\n", name, what);
	exit(2);
}

static void
add_device(struct shop *shop, const char *cpu_id, const char *file)
{
	struct device *d = &shop->devices[shop->devices_n];
	struct soter_attk_record record = { .device_id = soter_text(cpu_id),
		.attk_version = 1,
		.cls = SOTER_CLASS_TEST,
		.status = SOTER_ROOT_ACTIVE };
	char pem[PEM_MAX];
	FILE *f = fopen(file, "rb");

	if (f == NULL)
		die("cannot be read", file);
	record.key = soter_span(pem, fread(pem, 1, sizeof(pem), f));
	fclose(f);
	if (shop->devices_n == SHOP_DEVICES ||
	    soter_attk_new(&d->root, &record) != SOTER_OK)
		die("is no device root", file);
	snprintf(d->cpu_id, sizeof(d->cpu_id), "%s", cpu_id);
	shop->devices_n++;
}

struct shop *
shop_new(const char *roots)
{
	struct shop *shop = calloc(1, sizeof(*shop));
	char line[ROOTS_LINE_MAX], cpu_id[SOTER_VERIFY_CPU_ID_MAX + 1],
	    file[513];
	FILE *f = fopen(roots, "r");

	if (shop == NULL || f == NULL) {
		free(shop);
		die("cannot be read", roots);
		return (NULL);
	}
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%128s %512s", cpu_id, file) == 2)
			add_device(shop, cpu_id, file);
	fclose(f);
	return (shop);
}

static void
void_authkeys(struct account *a)
{
	for (size_t i = 0; i < a->businesses; i++)
		soter_authkey_free(&a->business[i].key);
	a->businesses = 0;
}

void
shop_free(struct shop **shop)
{
	struct shop *s = *shop;

	if (s == NULL)
		return;
	for (size_t i = 0; i < s->accounts_n; i++) {
		void_authkeys(&s->accounts[i]);
		soter_ask_free(&s->accounts[i].ask);
	}
	for (size_t i = 0; i < s->devices_n; i++)
		soter_attk_free(&s->devices[i].root);
	free(s);
	*shop = NULL;
}

/* ---- who is who ---------------------------------------------------------- */

static struct device *
find_device(struct shop *shop, const char *cpu_id)
{
	for (size_t i = 0; i < shop->devices_n; i++)
		if (strcmp(shop->devices[i].cpu_id, cpu_id) == 0)
			return (&shop->devices[i]);
	return (NULL);
}

/* NULL if there are too many. */
static struct account *
find_account(struct shop *shop, const char *name)
{
	struct account *a;

	for (size_t i = 0; i < shop->accounts_n; i++)
		if (strcmp(shop->accounts[i].name, name) == 0)
			return (&shop->accounts[i]);
	if (shop->accounts_n == SHOP_ACCOUNTS)
		return (NULL);
	a = &shop->accounts[shop->accounts_n++];
	snprintf(a->name, sizeof(a->name), "%s", name);
	return (a);
}

static struct business *
find_business(struct account *a, int32_t scene)
{
	for (size_t i = 0; i < a->businesses; i++)
		if (a->business[i].scene == scene)
			return (&a->business[i]);
	return (NULL);
}

/* What is known of the owner, once there is an ASK. */
static struct soter_expect
expect_owner(const struct account *a)
{
	return ((struct soter_expect){
	    .cls = SOTER_CLASS_TEST,
	    .cpu_id = soter_text(a->owner.cpu_id),
	    .uid = soter_text(a->owner.uid),
	    .has_counter = a->device->has_counter,
	    .counter_above = a->device->counter,
	});
}

static void
count(struct device *device, uint64_t counter)
{
	device->counter = counter;
	device->has_counter = true;
}

/* ---- keys ---------------------------------------------------------------- */

enum soter_rc
shop_take_ask(struct shop *shop, const struct shop_request *r,
    struct soter_report *why)
{
	struct account *a = find_account(shop, r->account);
	const struct soter_attk *roots[1];
	struct soter_expect want = { .cls = SOTER_CLASS_TEST };
	struct soter_ask *ask;
	struct soter_claim claim;
	struct device *d;

	if (a == NULL)
		return (SOTER_E_FULL);
	TRY(soter_claim_read(&claim, r->in.text, why));
	d = find_device(shop, claim.cpu_id);
	if (d != NULL) {
		roots[0] = d->root;
		want.has_counter = d->has_counter;
		want.counter_above = d->counter;
	}
	TRY(soter_ask_accept(&ask, roots, d != NULL, &r->in, &want, why));
	if (d == NULL) {
		soter_ask_free(&ask);
		return (SOTER_E_ATTK_UNKNOWN);
	}
	void_authkeys(a);
	soter_ask_free(&a->ask);
	a->ask = ask;
	a->device = d;
	soter_ask_record(ask, &a->owner);
	count(d, a->owner.counter);
	return (SOTER_OK);
}

enum soter_rc
shop_take_authkey(struct shop *shop, const struct shop_request *r,
    struct soter_report *why)
{
	struct account *a = find_account(shop, r->account);
	struct soter_key_record record;
	struct soter_authkey *key;
	struct soter_expect want;
	struct business *b;

	if (a == NULL || a->ask == NULL)
		return (SOTER_E_NOTFOUND);
	want = expect_owner(a);
	TRY(soter_authkey_accept(&key, a->ask, &r->in, &want, why));
	b = find_business(a, r->scene);
	if (b == NULL && a->businesses == SHOP_SCENES) {
		soter_authkey_free(&key);
		return (SOTER_E_FULL);
	}
	if (b == NULL)
		b = &a->business[a->businesses++];
	else
		soter_authkey_free(&b->key);
	*b = (struct business){ .scene = r->scene, .key = key };
	snprintf(b->digest, sizeof(b->digest), "%s",
	    r->digest == NULL ? "" : r->digest);
	soter_authkey_record(key, &record);
	count(a->device, record.counter);
	return (SOTER_OK);
}

/* ---- results ------------------------------------------------------------- */

enum soter_rc
shop_issue(struct shop *shop, const struct shop_request *r,
    char out[SHOP_CHALLENGE_LEN + 1])
{
	struct account *a = find_account(shop, r->account);
	uint8_t random[SHOP_CHALLENGE_LEN / 2];
	struct challenge *c;

	if (a == NULL)
		return (SOTER_E_FULL);
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return (SOTER_E_ENGINE);
	c = &a->challenges[a->next_challenge];
	a->next_challenge = (a->next_challenge + 1) % SHOP_CHALLENGES;
	c->scene = r->scene;
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(c->text + 2 * i, 3, "%02x", random[i]);
	memcpy(out, c->text, sizeof(c->text));
	return (SOTER_OK);
}

/*
 * Which of the challenges that wait does a result answer?  What it claims only
 * chooses one of those; the one that is chosen is gone, whatever comes of it
 * (V11).
 */
static enum soter_rc
use_challenge(struct account *a, const struct shop_request *r,
    char out[SHOP_CHALLENGE_LEN + 1])
{
	json_t *json =
	    json_loadb((const char *)r->in.text.p, r->in.text.n, 0, NULL);
	const char *claimed = json_string_value(json_object_get(json, "raw"));
	enum soter_rc rc = SOTER_E_CHALLENGE;

	for (size_t i = 0; i < SHOP_CHALLENGES && claimed != NULL; i++) {
		struct challenge *c = &a->challenges[i];

		if (c->text[0] == '\0' || c->scene != r->scene ||
		    strcmp(c->text, claimed) != 0)
			continue;
		memcpy(out, c->text, sizeof(c->text));
		c->text[0] = '\0';
		rc = SOTER_OK;
	}
	json_decref(json);
	return (rc);
}

static void
add_finger(struct business *b, const char *fid)
{
	for (size_t i = 0; i < b->fids_n; i++)
		if (strcmp(b->fids[i], fid) == 0)
			return;
	if (b->fids_n < SHOP_FIDS)
		memcpy(b->fids[b->fids_n++], fid, sizeof(b->fids[0]));
}

/* Is this the request that switches the business on, and by whom? */
static bool
is_opening(const struct business *b, const struct shop_request *r, bool opens)
{
	if (b->digest[0] == '\0')
		return (b->fids_n == 0 || opens);
	return (
	    opens && r->digest != NULL && strcmp(r->digest, b->digest) == 0);
}

enum soter_rc
shop_take_result(struct shop *shop, const struct shop_request *r, bool opens,
    struct soter_report *why)
{
	struct account *a = find_account(shop, r->account);
	struct business *b = a == NULL ? NULL : find_business(a, r->scene);
	char challenge[SHOP_CHALLENGE_LEN + 1];
	struct soter_span fids[SHOP_FIDS];
	struct soter_result_expect want = { .fids = fids };
	struct soter_result result;

	why->link = SOTER_LINK_RESULT;
	if (b == NULL)
		return (SOTER_E_NOTFOUND);
	TRY(use_challenge(a, r, challenge));
	want.key = expect_owner(a);
	want.challenge = soter_text(challenge);
	opens = is_opening(b, r, opens);
	if (!opens && b->fids_n == 0)
		return (SOTER_E_NOTFOUND);
	want.check_finger = !opens;
	if (opens)
		want.fids = NULL;
	for (size_t i = 0; !opens && i < b->fids_n; i++)
		fids[want.fids_n++] = soter_text(b->fids[i]);
	TRY(soter_result_accept(&result, b->key, &r->in, &want, why));
	count(a->device, result.counter);
	if (opens)
		add_finger(b, result.fid);
	return (SOTER_OK);
}
