/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Taking roots: what is stored, what is refused, and what the trail says of it.
 */
#include "tam/change.h"
#include "tam/intake.h"
#include "tests/check.h"
#include "tests/records.h"
#include "tests/unit/rsa_maker.h"

static struct records r;
static struct rsa_maker keys[9];
static struct tam_intake how = { .cls = SOTER_CLASS_TEST,
	.now_s = 1800000000,
	.ms = RECORDS_MS };

static struct tam_intake_item
item_of(const char *device, const struct rsa_maker *key)
{
	struct tam_intake_item x = { 0 };

	strcpy(x.root.device_id, device);
	strcpy(x.root.batch, "b-1");
	strcpy(x.root.station, "line-3");
	x.root.key = key->pub;
	return (x);
}

/* One root alone. */
static enum soter_rc
bring(const char *device, const struct rsa_maker *key)
{
	struct tam_intake_item x = item_of(device, key);

	CHECK_RC(tam_intake(r.lane, &how, &x, 1), SOTER_OK);
	return (x.rc);
}

static uint64_t
entries(void)
{
	struct tam_audit_found found;

	CHECK_RC(tam_audit_check(&found, r.lane, NULL, NULL), SOTER_OK);
	return (found.head.number);
}

static size_t
versions(const char *device)
{
	struct tam_device d;
	enum soter_rc rc =
	    tam_device_get(&d, NULL, r.lane, soter_text(device), RECORDS_MS);

	return (rc == SOTER_OK ? d.n : 0);
}

static void
check_first(void)
{
	struct tam_device d;
	uint64_t version;

	check_row("a first root is stored, with its class and its entry");
	CHECK_RC(bring("d-1", &keys[0]), SOTER_OK);
	CHECK_RC(
	    tam_device_get(&d, &version, r.lane, SOTER_SPAN("d-1"), RECORDS_MS),
	    SOTER_OK);
	CHECK(d.n == 1 && version != 0);
	CHECK(d.root[0].attk_version == 1 && d.root[0].cls == SOTER_CLASS_TEST);
	CHECK(d.root[0].status == SOTER_ROOT_ACTIVE && d.root[0].audit == 1);
	CHECK(d.root[0].since_s == how.now_s);
	CHECK(memcmp(d.root[0].n, keys[0].pub.n, SOTER_RSA_LEN) == 0);
	CHECK(entries() == 1);

	check_row("the same once more: same, and nothing is written");
	CHECK_RC(bring("d-1", &keys[0]), SOTER_E_EXISTS);
	CHECK(entries() == 1);

	check_row("another root for the same device");
	CHECK_RC(bring("d-1", &keys[1]), SOTER_E_ATTK_DIFFERS);
	CHECK(versions("d-1") == 1 && entries() == 1);

	check_row("the same root for another device");
	CHECK_RC(bring("d-2", &keys[0]), SOTER_E_ATTK_SHARED);
	CHECK(versions("d-2") == 0 && entries() == 1);

	check_row("a device whose id another's begins with");
	CHECK_RC(bring("d-11", &keys[1]), SOTER_OK);
	CHECK(versions("d-11") == 1 && versions("d-1") == 1);
}

static void
check_repair(void)
{
	struct tam_device d;

	check_row("a repair adds a version, and the old one stays");
	how.adds_version = true;
	CHECK_RC(bring("d-1", &keys[2]), SOTER_OK);
	CHECK_RC(
	    tam_device_get(&d, NULL, r.lane, SOTER_SPAN("d-1"), RECORDS_MS),
	    SOTER_OK);
	CHECK(d.n == 2 && d.root[0].attk_version == 1 &&
	    d.root[1].attk_version == 2);
	CHECK(d.root[0].audit != d.root[1].audit);
	check_row("a repair with another device's root is no repair");
	CHECK_RC(bring("d-11", &keys[2]), SOTER_E_ATTK_SHARED);
	CHECK(versions("d-11") == 1);
	how.adds_version = false;
}

/* However many repairs there were, an operator can refuse the device. */
static void
check_room(void)
{
	uint8_t bytes[TAM_DEVICE_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct tam_device d = { .n = TAM_ROOTS_MAX - 1 };

	check_row("a repair leaves room for the refusal of the device");
	for (size_t i = 0; i < d.n; i++)
		d.root[i] = (struct tam_root){ .attk_version = (uint32_t)i + 1,
			.cls = SOTER_CLASS_TEST,
			.status = SOTER_ROOT_ACTIVE,
			.kind = TAM_ROOT_KEY,
			.n = { (uint8_t)(0x80 + i) } };
	CHECK_RC(tam_device_write(&w, &d), SOTER_OK);
	records_put(&r, SOTER_KIND_ROOTS, soter_span("d-7", sizeof("d-7")),
	    soter_written(&w));
	how.adds_version = true;
	CHECK_RC(bring("d-7", &keys[3]), SOTER_E_LIMIT);
	how.adds_version = false;
	CHECK(versions("d-7") == TAM_ROOTS_MAX - 1);
}

/* What a test source brings, or lies about, is nothing to production. */
static void
check_classes(void)
{
	struct tam_device d;

	check_row("class: a test source was first with another root");
	how.cls = SOTER_CLASS_TEST;
	CHECK_RC(bring("d-c1", &keys[4]), SOTER_OK);
	how.cls = SOTER_CLASS_PRODUCTION;
	CHECK_RC(bring("d-c1", &keys[5]), SOTER_OK);
	CHECK_RC(bring("d-c1", &keys[5]), SOTER_E_EXISTS);
	CHECK_RC(bring("d-c1", &keys[3]), SOTER_E_ATTK_DIFFERS);
	CHECK(versions("d-c1") == 2);

	check_row("class: a test source was first with the same root");
	how.cls = SOTER_CLASS_TEST;
	CHECK_RC(bring("d-c2", &keys[6]), SOTER_OK);
	how.cls = SOTER_CLASS_PRODUCTION;
	CHECK_RC(bring("d-c2", &keys[6]), SOTER_OK);
	CHECK_RC(
	    tam_device_get(&d, NULL, r.lane, SOTER_SPAN("d-c2"), RECORDS_MS),
	    SOTER_OK);
	CHECK(d.n == 2 && d.root[0].cls == SOTER_CLASS_TEST &&
	    d.root[1].cls == SOTER_CLASS_PRODUCTION);
	check_row("class: production's first root is version 1 all the same");
	CHECK(d.root[0].attk_version == 1 && d.root[1].attk_version == 1);

	check_row("class: a test source brought the root under another id");
	how.cls = SOTER_CLASS_TEST;
	CHECK_RC(bring("d-c3", &keys[7]), SOTER_OK);
	how.cls = SOTER_CLASS_PRODUCTION;
	CHECK_RC(bring("d-c4", &keys[7]), SOTER_OK);
	CHECK_RC(bring("d-c5", &keys[7]), SOTER_E_ATTK_SHARED);
	how.cls = SOTER_CLASS_TEST;
}

/* Keys that nobody should have made. */
static void
check_keys(void)
{
	struct rsa_maker bad = keys[3];
	static const struct {
		const char *what;
		size_t at;
		uint8_t byte;
		uint32_t e;
		enum soter_rc want;
	} rows[] = {
		{ "an even modulus", 255, 0x02, 65537, SOTER_E_KEY_WEAK },
		{ "a short modulus", 0, 0x01, 65537, SOTER_E_KEY_SIZE },
		{ "exponent 3", 0, 0, 3, SOTER_E_KEY_EXPONENT },
	};
	uint64_t before = entries();

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		check_row("key: %s", rows[i].what);
		bad.pub = keys[3].pub;
		bad.pub.e = rows[i].e;
		if (rows[i].byte != 0)
			bad.pub.n[rows[i].at] = rows[i].byte;
		CHECK_RC(bring("d-3", &bad), rows[i].want);
		CHECK(versions("d-3") == 0);
	}
	check_row("device: an id that cannot be");
	CHECK_RC(bring("d 3", &keys[3]), SOTER_E_ARGUMENT);
	CHECK_RC(bring("", &keys[3]), SOTER_E_ARGUMENT);
	CHECK(entries() == before);
}

/* One batch with everything in it. */
static void
check_batch(void)
{
	struct tam_intake_item x[6];
	uint64_t before = entries();

	check_row("a batch: each root has its own answer, one entry for all");
	x[0] = item_of("d-1", &keys[0]); /* same */
	x[1] = item_of("d-4", &keys[3]); /* new */
	x[2] = item_of("d-4", &keys[3]); /* and again */
	x[3] = item_of("d-5", &keys[3]); /* somebody else's */
	x[4] = item_of("d-1", &keys[1]); /* differs (and is d-11's) */
	x[5] = item_of("d-6", &keys[3]);
	x[5].rc = SOTER_E_JSON; /* a line that could not be read */
	CHECK_RC(tam_intake(r.lane, &how, x, 6), SOTER_OK);
	CHECK_RC(x[0].rc, SOTER_E_EXISTS);
	CHECK_RC(x[1].rc, SOTER_OK);
	CHECK_RC(x[2].rc, SOTER_E_EXISTS);
	CHECK_RC(x[3].rc, SOTER_E_ATTK_SHARED);
	CHECK(x[4].rc == SOTER_E_ATTK_SHARED);
	CHECK_RC(x[5].rc, SOTER_E_JSON);
	CHECK(versions("d-4") == 1 && versions("d-5") == 0 &&
	    versions("d-6") == 0);
	CHECK(entries() == before + 1);
	check_row("a batch: names of which every byte is an escape");
	x[0] = item_of("d-9", &keys[8]);
	memset(x[0].root.batch, 1, SOTER_BATCH_NAME_MAX);
	memset(x[0].root.station, 1, SOTER_BATCH_NAME_MAX);
	CHECK_RC(tam_intake(r.lane, &how, x, 1), SOTER_OK);
	CHECK_RC(x[0].rc, SOTER_OK);
	check_row("a batch: too large is refused as a whole");
	CHECK_RC(tam_intake(r.lane, &how, x, TAM_INTAKE_BATCH + 1),
	    SOTER_E_LIMIT);
}

/* ---- the trail ------------------------------------------------------------
 */

static enum soter_rc
change(const char *what, struct soter_write *writes, size_t n)
{
	struct tam_change x = { .who = SOTER_SPAN("tester"),
		.what = soter_text(what),
		.subject = SOTER_SPAN("s"),
		.before = SOTER_SPAN("b"),
		.after = SOTER_SPAN("a"),
		.writes = writes,
		.n = n,
		.now_s = 1 };

	return (tam_change(r.lane, &x, RECORDS_MS));
}

static enum soter_rc
look_at_entry(void *context, const struct tam_audit *x)
{
	const struct tam_audit **last = context;
	static struct tam_audit copy;
	static uint8_t who[TAM_WHO_MAX];

	copy = *x;
	soter_copy(who, x->who.p, x->who.n);
	copy.who = soter_span(who, x->who.n);
	*last = &copy;
	return (SOTER_OK);
}

static void
check_change(void)
{
	struct soter_write w = { .op = SOTER_PUT_ABSENT,
		.kind = SOTER_KIND_MODELS,
		.key = SOTER_SPAN("m"),
		.value = SOTER_SPAN("1") };
	const struct tam_audit *last = NULL;
	struct tam_audit_found found;
	uint64_t before = entries();

	check_row("a change and its entry come together");
	CHECK_RC(change("model.put", &w, 1), SOTER_OK);
	CHECK(records_is(&r, SOTER_KIND_MODELS, SOTER_SPAN("m"),
	    SOTER_SPAN("1")));
	CHECK_RC(tam_audit_check(&found, r.lane, look_at_entry, &last),
	    SOTER_OK);
	CHECK(found.head.number == before + 1);
	CHECK(
	    last != NULL && soter_span_equal(last->who, SOTER_SPAN("tester")));

	check_row("a change that is refused leaves no entry");
	CHECK_RC(change("model.put", &w, 1), SOTER_E_EXISTS);
	CHECK(entries() == before + 1);
}

/* What somebody does who can write the store, and how it is found. */
static void
check_entry(void)
{
	uint8_t value[TAM_AUDIT_MAX], key[8];
	struct soter_writer w = soter_writer(value, sizeof(value));
	struct tam_audit x = { .number = 7, .who = SOTER_SPAN("root") }, y = x;

	check_row("trail: an entry that is refused leaves the output alone");
	CHECK_RC(tam_audit_write(&w, &x), SOTER_OK);
	tam_audit_key(key, 8);
	CHECK_RC(tam_audit_parse(&y, soter_span(key, 8),
		     soter_span(value, w.len - 1)),
	    SOTER_E_CORRUPT);
	CHECK(memcmp(&x, &y, sizeof(x)) == 0);
	CHECK_RC(tam_audit_parse(&y, soter_span(key, 8), soter_written(&w)),
	    SOTER_OK);
	CHECK(y.number == 8 && soter_span_equal(y.who, x.who));
}

static void
check_tampering(void)
{
	uint8_t key[8], bytes[TAM_AUDIT_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct tam_audit_found found;
	uint64_t n = entries();
	uint8_t last[8], next[TAM_AUDIT_MAX];
	struct soter_writer more = soter_writer(next, sizeof(next));
	struct tam_audit x = { .what = SOTER_SPAN("tam.lie") };

	tam_audit_key(last, n);
	tam_audit_key(key, n - 1);
	CHECK_RC(soter_store_get(r.lane, SOTER_KIND_AUDIT,
		     soter_span(key, sizeof(key)), &w, NULL, RECORDS_MS),
	    SOTER_OK);

	check_row("trail: the time of an entry was changed");
	bytes[40] ^= 1;
	records_put(&r, SOTER_KIND_AUDIT, soter_span(key, 8),
	    soter_written(&w));
	CHECK_RC(tam_audit_check(&found, r.lane, NULL, NULL), SOTER_E_CORRUPT);
	CHECK(found.bad == n);
	bytes[40] ^= 1;

	check_row("trail: an entry was taken out");
	CHECK_RC(records_write(&r, SOTER_DELETE, SOTER_KIND_AUDIT,
		     soter_span(key, 8), RECORDS_NONE),
	    SOTER_OK);
	CHECK_RC(tam_audit_check(&found, r.lane, NULL, NULL), SOTER_E_CORRUPT);
	CHECK(found.bad == n - 1 && found.why != NULL);
	records_put(&r, SOTER_KIND_AUDIT, soter_span(key, 8),
	    soter_written(&w));
	CHECK(entries() == n);

	check_row("trail: the last one was cut off");
	tam_audit_key(key, n);
	w.len = 0;
	CHECK_RC(soter_store_get(r.lane, SOTER_KIND_AUDIT, soter_span(key, 8),
		     &w, NULL, RECORDS_MS),
	    SOTER_OK);
	CHECK_RC(records_write(&r, SOTER_DELETE, SOTER_KIND_AUDIT,
		     soter_span(key, 8), RECORDS_NONE),
	    SOTER_OK);
	CHECK_RC(tam_audit_check(&found, r.lane, NULL, NULL), SOTER_E_CORRUPT);
	CHECK(found.bad == n);

	check_row("trail: the last one was replaced");
	bytes[40] ^= 1; /* in its time */
	records_put(&r, SOTER_KIND_AUDIT, soter_span(key, 8),
	    soter_written(&w));
	CHECK_RC(tam_audit_check(&found, r.lane, NULL, NULL), SOTER_E_CORRUPT);
	CHECK(found.bad == n);
	bytes[40] ^= 1;
	records_put(&r, SOTER_KIND_AUDIT, soter_span(key, 8),
	    soter_written(&w));

	check_row("trail: one was put behind, and the head was not");
	tam_audit_key(key, n + 1);
	records_put(&r, SOTER_KIND_AUDIT, soter_span(key, 8), SOTER_SPAN("x"));
	CHECK_RC(tam_audit_check(&found, r.lane, NULL, NULL), SOTER_E_CORRUPT);
	CHECK_RC(records_write(&r, SOTER_DELETE, SOTER_KIND_AUDIT,
		     soter_span(key, 8), RECORDS_NONE),
	    SOTER_OK);

	check_row("trail: a good one was put behind, and the head was not");
	CHECK_RC(tam_audit_hash(x.before_hash, soter_span(last, 8),
		     soter_written(&w)),
	    SOTER_OK);
	CHECK_RC(tam_audit_write(&more, &x), SOTER_OK);
	records_put(&r, SOTER_KIND_AUDIT, soter_span(key, 8),
	    soter_written(&more));
	CHECK_RC(tam_audit_check(&found, r.lane, NULL, NULL), SOTER_E_CORRUPT);
	CHECK(found.bad == n + 1);

	check_row("trail: ... and the last one was replaced before");
	bytes[40] ^= 1;
	records_put(&r, SOTER_KIND_AUDIT, soter_span(last, 8),
	    soter_written(&w));
	CHECK_RC(tam_audit_hash(x.before_hash, soter_span(last, 8),
		     soter_written(&w)),
	    SOTER_OK);
	more.len = 0;
	CHECK_RC(tam_audit_write(&more, &x), SOTER_OK);
	records_put(&r, SOTER_KIND_AUDIT, soter_span(key, 8),
	    soter_written(&more));
	CHECK_RC(tam_audit_check(&found, r.lane, NULL, NULL), SOTER_E_CORRUPT);
	CHECK(found.bad == n);

	check_row("trail: the head was put back");
	records_put(&r, SOTER_KIND_META, SOTER_SPAN("audit"),
	    SOTER_SPAN("short"));
	CHECK_RC(tam_audit_check(&found, r.lane, NULL, NULL), SOTER_E_CORRUPT);
}

/* ---- many at once ---------------------------------------------------------
 */

#define WRITERS 8
#define CHANGES 25

static void *
writer(void *arg)
{
	struct soter_lane *lane = NULL;
	size_t done = 0;

	(void)arg;
	if (soter_lane_open(&lane, r.store) != SOTER_OK)
		return (NULL);
	for (int i = 0; i < CHANGES; i++) {
		struct tam_change x = { .who = SOTER_SPAN("thread"),
			.what = SOTER_SPAN("test"),
			.now_s = 2 };

		done += tam_change(lane, &x, RECORDS_MS) == SOTER_OK;
	}
	soter_lane_close(&lane);
	return ((void *)(uintptr_t)done);
}

static void
check_many(void)
{
	pthread_t threads[WRITERS];
	uint64_t before = entries();
	size_t done = 0;

	check_row("%d writers: no entry is lost, none comes twice", WRITERS);
	for (size_t i = 0; i < WRITERS; i++)
		CHECK(pthread_create(&threads[i], NULL, writer, NULL) == 0);
	for (size_t i = 0; i < WRITERS; i++) {
		void *n = NULL;

		CHECK(pthread_join(threads[i], &n) == 0);
		done += (size_t)(uintptr_t)n;
	}
	CHECK(done == WRITERS * CHANGES);
	CHECK(entries() == before + done);
}

int
main(int argc, char **argv)
{
	how.who = SOTER_SPAN("factory");
	for (size_t i = 0; i < SOTER_COUNT(keys); i++)
		rsa_make(&keys[i], 2048);
	if (!records_new(&r, argc > 1 ? argv[1] : "embedded"))
		return (check_done());
	records_create(&r);
	records_open(&r, SOTER_STORE_READ_WRITE);
	check_first();
	check_repair();
	check_room();
	check_classes();
	check_keys();
	check_batch();
	check_change();
	check_many();
	check_entry();
	check_tampering();
	records_end(&r);
	return (check_done());
}
