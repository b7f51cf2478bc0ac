/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The trust rules, each met by an object that breaks exactly that rule and is
 * otherwise correctly signed.
 */
#include "crypto/pubkey.h"
#include "tests/unit/phone.h"
#include "wire/pem.h"
#include "wire/spki.h"

static struct rsa_maker attk, attk2, ask, authkey, stranger;
static const struct soter_expect test_class = { .cls = SOTER_CLASS_TEST };

#define UNTOUCHED ((void *)&test_class)

/* The keys of a good chain, made once through the rules themselves. */
static struct {
	struct soter_attk *attk;
	struct soter_ask *ask;
	struct soter_authkey *authkey;
} good;

static enum soter_rc
offer_ask(const struct soter_attk *const *roots, size_t n,
    const struct phone_object *o, const struct soter_expect *want,
    struct soter_report *why)
{
	struct soter_signed in = phone_signed(o);
	struct soter_ask *out = UNTOUCHED;
	enum soter_rc rc = soter_ask_accept(&out, roots, n, &in, want, why);

	if (rc == SOTER_OK)
		soter_ask_free(&out);
	else
		CHECK(out == UNTOUCHED);
	CHECK(why == NULL || (why->rc == rc && why->link == SOTER_LINK_ASK));
	return (rc);
}

static enum soter_rc
offer_authkey(const struct phone_object *o, const struct soter_expect *want,
    struct soter_report *why)
{
	struct soter_signed in = phone_signed(o);
	struct soter_authkey *out = UNTOUCHED;
	enum soter_rc rc = soter_authkey_accept(&out, good.ask, &in, want, why);

	if (rc == SOTER_OK)
		soter_authkey_free(&out);
	else
		CHECK(out == UNTOUCHED);
	CHECK(why == NULL || why->link == SOTER_LINK_AUTHKEY);
	return (rc);
}

static enum soter_rc
offer_result(const struct phone_object *o,
    const struct soter_result_expect *want, struct soter_report *why)
{
	struct soter_signed in = phone_signed(o);
	struct soter_result out, before;
	enum soter_rc rc;

	memset(&out, 0x5a, sizeof(out));
	before = out;
	rc = soter_result_accept(&out, good.authkey, &in, want, why);
	CHECK(rc == SOTER_OK || memcmp(&out, &before, sizeof(out)) == 0);
	CHECK(rc != SOTER_OK || strcmp(out.cpu_id, PHONE_CPU_ID) == 0);
	CHECK(why == NULL || why->link == SOTER_LINK_RESULT);
	return (rc);
}

static void
make_good(void)
{
	struct phone_object o;
	struct soter_signed in = { { NULL, 0 }, { NULL, 0 } };
	struct soter_report why;

	check_row("a good chain");
	good.attk = phone_root(&attk, PHONE_CPU_ID, 7, SOTER_CLASS_TEST,
	    SOTER_ROOT_ACTIVE);
	phone_key(&o, &attk, &ask, 10, -1, 20);
	in = phone_signed(&o);
	CHECK_RC(soter_ask_accept(&good.ask,
		     (const struct soter_attk *const *)&good.attk, 1, &in,
		     &test_class, &why),
	    SOTER_OK);
	CHECK(why.attk_version == 7 && why.salt_len == 20);
	phone_key(&o, &ask, &authkey, 11, 32, 32);
	in = phone_signed(&o);
	CHECK_RC(soter_authkey_accept(&good.authkey, good.ask, &in, &test_class,
		     &why),
	    SOTER_OK);
	CHECK(why.salt_len == 32 && !why.salt_quirk);
}

static void
check_roots(void)
{
	static const struct {
		const char *what;
		const struct rsa_maker *first, *second;
		enum soter_root_status status;
		enum soter_class cls;
		const char *device;
		enum soter_rc want;
	} rows[] = {
		{ "no root is known", NULL, NULL, SOTER_ROOT_ACTIVE,
		    SOTER_CLASS_TEST, PHONE_CPU_ID, SOTER_E_ATTK_UNKNOWN },
		{ "another device's root", &stranger, NULL, SOTER_ROOT_ACTIVE,
		    SOTER_CLASS_TEST, PHONE_CPU_ID, SOTER_E_SIGNATURE },
		{ "the second version signs", &attk2, &attk, SOTER_ROOT_ACTIVE,
		    SOTER_CLASS_TEST, PHONE_CPU_ID, SOTER_OK },
		{ "the root is revoked", &attk, NULL, SOTER_ROOT_REVOKED,
		    SOTER_CLASS_TEST, PHONE_CPU_ID, SOTER_E_ATTK_REVOKED },
		{ "the root is suspended", &attk, NULL, SOTER_ROOT_SUSPENDED,
		    SOTER_CLASS_TEST, PHONE_CPU_ID, SOTER_E_ATTK_SUSPENDED },
		{ "a production root at a test verifier", &attk, NULL,
		    SOTER_ROOT_ACTIVE, SOTER_CLASS_PRODUCTION, PHONE_CPU_ID,
		    SOTER_E_CLASS },
		{ "the root of another device id", &attk, NULL,
		    SOTER_ROOT_ACTIVE, SOTER_CLASS_TEST, PHONE_CPU_ID "0",
		    SOTER_E_CPU_ID },
	};
	struct phone_object o;

	phone_key(&o, &attk, &ask, 10, -1, 20);
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_attk *root[2] = { NULL, NULL };
		struct soter_report why;
		size_t n = 0;

		check_row("%s", rows[i].what);
		if (rows[i].first != NULL)
			root[n++] = phone_root(rows[i].first, rows[i].device, 1,
			    rows[i].cls, rows[i].status);
		if (rows[i].second != NULL)
			root[n++] = phone_root(rows[i].second, rows[i].device,
			    2, rows[i].cls, rows[i].status);
		CHECK_RC(offer_ask((const struct soter_attk *const *)root, n,
			     &o, &test_class, &why),
		    rows[i].want);
		CHECK(rows[i].want != SOTER_OK || why.attk_version == n);
		soter_attk_free(&root[0]);
		soter_attk_free(&root[1]);
	}
}

/* A backup copy of the root is the same key: the worse status counts. */
static void
check_same_root(void)
{
	static const enum soter_root_status worst[] = { SOTER_ROOT_ACTIVE,
		SOTER_ROOT_SUSPENDED, SOTER_ROOT_REVOKED };
	static const enum soter_rc want[] = { SOTER_OK, SOTER_E_ATTK_SUSPENDED,
		SOTER_E_ATTK_REVOKED };
	struct phone_object o;

	phone_key(&o, &attk, &ask, 10, -1, 20);
	for (size_t a = 0; a < 3; a++)
		for (size_t b = 0; b < 3; b++) {
			struct soter_attk *roots[] = {
				phone_root(&attk, PHONE_CPU_ID, 1,
				    SOTER_CLASS_TEST, worst[a]),
				phone_root(&attk, PHONE_CPU_ID, 2,
				    SOTER_CLASS_TEST, worst[b]),
			};

			check_row("one key twice: status %zu and %zu", a, b);
			CHECK_RC(
			    offer_ask((const struct soter_attk *const *)roots,
				2, &o, &test_class, NULL),
			    want[a > b ? a : b]);
			soter_attk_free(&roots[0]);
			soter_attk_free(&roots[1]);
		}
}

/* b.4 whole: what was used against what is announced. */
static void
check_salts(void)
{
	static const int32_t announced[] = { -1, 0, 19, 20, 21, 32, 222 };
	static const size_t used[] = { 0, 19, 20, 21, 32, 222 };
	struct phone_object o;

	for (size_t a = 0; a < SOTER_COUNT(announced); a++)
		for (size_t u = 0; u < SOTER_COUNT(used); u++) {
			int32_t means = announced[a] < 0 ? 20 : announced[a];
			bool good_pair = (size_t)means == used[u] &&
			    (means == 20 || means == 32);
			struct soter_report why;

			check_row("salt %zu used, %d announced", used[u],
			    announced[a]);
			phone_key(&o, &ask, &authkey, 11, announced[a],
			    used[u]);
			CHECK_RC(offer_authkey(&o, &test_class, &why),
			    good_pair ? SOTER_OK : SOTER_E_SALT);
			CHECK(why.opened && why.salt_len == used[u]);
			CHECK(!why.salt_quirk);
		}
}

/* Only a profile with the quirk lets 32 pass unannounced, and says so. */
static void
check_quirk(void)
{
	static const struct {
		int32_t announced;
		size_t used;
		enum soter_rc want;
		bool quirk;
	} rows[] = {
		{ -1, 20, SOTER_OK, false },
		{ -1, 32, SOTER_OK, true },
		{ 20, 32, SOTER_E_SALT, false },
		{ 32, 20, SOTER_E_SALT, false },
		{ 32, 32, SOTER_OK, false },
		{ -1, 31, SOTER_E_SALT, false },
		{ 0, 32, SOTER_E_SALT, false },
		{ 0, 0, SOTER_E_SALT, false },
	};
	struct soter_key_record record;
	struct soter_ask *plain = good.ask;
	struct phone_object o;

	soter_ask_record(plain, &record);
	record.salt_32_if_absent = true;
	check_row("a record with the salt quirk");
	CHECK_RC(soter_ask_restore(&good.ask, &record), SOTER_OK);
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_report why;

		check_row("quirk: salt %zu used, %d announced", rows[i].used,
		    rows[i].announced);
		phone_key(&o, &ask, &authkey, 11, rows[i].announced,
		    rows[i].used);
		CHECK_RC(offer_authkey(&o, &test_class, &why), rows[i].want);
		CHECK(why.salt_quirk == rows[i].quirk);
	}
	soter_ask_free(&good.ask);
	good.ask = plain;
}

static void
check_key_rules(void)
{
	static const struct {
		const char *what;
		const struct rsa_maker *signer, *key;
		struct soter_expect want;
		enum soter_rc rc;
	} rows[] = {
		{ "AuthKey under the ASK", &ask, &authkey,
		    { .cls = SOTER_CLASS_TEST }, SOTER_OK },
		{ "AuthKey signed by the root", &attk, &authkey,
		    { .cls = SOTER_CLASS_TEST }, SOTER_E_SIGNATURE },
		{ "AuthKey signed by itself", &authkey, &authkey,
		    { .cls = SOTER_CLASS_TEST }, SOTER_E_SIGNATURE },
		{ "the ASK under itself", &ask, &ask,
		    { .cls = SOTER_CLASS_TEST }, SOTER_E_SELF },
		{ "counter is the highest", &ask, &authkey,
		    { .cls = SOTER_CLASS_TEST,
			.has_counter = true,
			.counter_above = 11 },
		    SOTER_E_REPLAY },
		{ "counter is one larger", &ask, &authkey,
		    { .cls = SOTER_CLASS_TEST,
			.has_counter = true,
			.counter_above = 10 },
		    SOTER_OK },
		{ "counter is far behind", &ask, &authkey,
		    { .cls = SOTER_CLASS_TEST,
			.has_counter = true,
			.counter_above = UINT64_MAX },
		    SOTER_E_REPLAY },
		{ "another app is expected", &ask, &authkey,
		    { .cls = SOTER_CLASS_TEST,
			.uid = { (const uint8_t *)"10116", 5 } },
		    SOTER_E_UID },
		{ "the uid is a prefix", &ask, &authkey,
		    { .cls = SOTER_CLASS_TEST,
			.uid = { (const uint8_t *)"1011", 4 } },
		    SOTER_E_UID },
		{ "another device is expected", &ask, &authkey,
		    { .cls = SOTER_CLASS_TEST,
			.cpu_id = { (const uint8_t *)"0123", 4 } },
		    SOTER_E_CPU_ID },
		{ "this owner is expected", &ask, &authkey,
		    { .cls = SOTER_CLASS_TEST,
			.cpu_id = { (const uint8_t *)PHONE_CPU_ID, 32 },
			.uid = { (const uint8_t *)PHONE_UID, 5 } },
		    SOTER_OK },
		{ "a production verifier", &ask, &authkey,
		    { .cls = SOTER_CLASS_PRODUCTION }, SOTER_E_CLASS },
		{ "no class is named", &ask, &authkey,
		    { .cls = (enum soter_class)0 }, SOTER_E_ARGUMENT },
	};
	struct phone_object o;

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		check_row("%s", rows[i].what);
		phone_key(&o, rows[i].signer, rows[i].key, 11, -1, 20);
		CHECK_RC(offer_authkey(&o, &rows[i].want, NULL), rows[i].rc);
	}
	check_row("the root under itself");
	phone_key(&o, &attk, &attk, 11, -1, 20);
	CHECK_RC(offer_ask((const struct soter_attk *const *)&good.attk, 1, &o,
		     &test_class, NULL),
	    SOTER_E_SELF);
}

#define TEXT(s)                                     \
	{                                           \
		(const uint8_t *)(s), sizeof(s) - 1 \
	}

static void
check_result_rules(void)
{
	static const struct soter_span right[] = { TEXT("1"), TEXT("4711") };
	static const struct soter_span wrong[] = { TEXT("471"), TEXT("47110") };
	static const struct soter_deny broken[] = {
		{ (enum soter_deny_kind)0, TEXT("simulated-tee"), TEXT("1") },
		{ SOTER_DENY_DEVICE, TEXT("0123"), { NULL, 0 } },
		{ (enum soter_deny_kind)5, TEXT("simulated-tee"), TEXT("1") },
		{ SOTER_DENY_TEE, { NULL, 0 }, TEXT("1") },
	};
	static const struct soter_deny denied[] = {
		{ SOTER_DENY_TEE, TEXT("simulated-tee"), TEXT("1") },
		{ SOTER_DENY_TEE, TEXT("simulated-tee"), { NULL, 0 } },
		{ SOTER_DENY_FINGERPRINT, TEXT("simulated-sensor"), TEXT("2") },
		{ SOTER_DENY_DEVICE, TEXT(PHONE_CPU_ID), { NULL, 0 } },
		/* the rest does not meet this result */
		{ SOTER_DENY_TEE, TEXT("simulated-tee"), TEXT("2") },
		{ SOTER_DENY_TEE, TEXT("simulated-sensor"), TEXT("2") },
		{ SOTER_DENY_FACE, TEXT("simulated-sensor"), TEXT("2") },
		{ SOTER_DENY_DEVICE, TEXT("0123"), { NULL, 0 } },
	};
#define ANY                             \
	{                               \
		.cls = SOTER_CLASS_TEST \
	}
#define C .challenge = TEXT("order 1/2")
	static const struct {
		const char *what;
		struct soter_result_expect want;
		enum soter_rc rc;
	} rows[] = {
		{ "a good result", { .key = ANY, C }, SOTER_OK },
		{ "another challenge",
		    { .key = ANY, .challenge = TEXT("order 1/3") },
		    SOTER_E_CHALLENGE },
		{ "a challenge that goes on",
		    { .key = ANY, .challenge = TEXT("order 1/22") },
		    SOTER_E_CHALLENGE },
		{ "a challenge that ends early",
		    { .key = ANY, .challenge = TEXT("order 1/") },
		    SOTER_E_CHALLENGE },
		{ "the challenge as it is escaped",
		    { .key = ANY, .challenge = TEXT("order 1\\/2") },
		    SOTER_E_CHALLENGE },
		{ "no challenge is expected", { .key = ANY },
		    SOTER_E_ARGUMENT },
		{ "the finger is listed",
		    { .key = ANY,
			C,
			.check_finger = true,
			.fids = right,
			.fids_n = 2 },
		    SOTER_OK },
		{ "the finger is not listed",
		    { .key = ANY,
			C,
			.check_finger = true,
			.fids = wrong,
			.fids_n = 2 },
		    SOTER_E_FINGER },
		{ "no finger is listed",
		    { .key = ANY, C, .check_finger = true }, SOTER_E_FINGER },
		{ "fingers, but the switch is forgotten",
		    { .key = ANY, C, .fids = wrong, .fids_n = 2 },
		    SOTER_E_ARGUMENT },
		{ "replay",
		    { .key = { .cls = SOTER_CLASS_TEST,
			  .has_counter = true,
			  .counter_above = 12 },
			C },
		    SOTER_E_REPLAY },
		{ "the counter grew",
		    { .key = { .cls = SOTER_CLASS_TEST,
			  .has_counter = true,
			  .counter_above = 11 },
			C },
		    SOTER_OK },
		{ "a counter, but the switch is forgotten",
		    { .key = { .cls = SOTER_CLASS_TEST, .counter_above = 11 },
			C },
		    SOTER_E_ARGUMENT },
		{ "a deny row of no kind",
		    { .key = ANY, C, .deny = broken, .deny_n = 1 },
		    SOTER_E_ARGUMENT },
		{ "a deny row of an unknown kind, behind a good one",
		    { .key = ANY, C, .deny = broken + 1, .deny_n = 2 },
		    SOTER_E_ARGUMENT },
		{ "a deny row without a name",
		    { .key = ANY, C, .deny = broken + 3, .deny_n = 1 },
		    SOTER_E_ARGUMENT },
		{ "a production verifier",
		    { .key = { .cls = SOTER_CLASS_PRODUCTION }, C },
		    SOTER_E_CLASS },
		{ "another app is expected",
		    { .key = { .cls = SOTER_CLASS_TEST, .uid = TEXT("10116") },
			C },
		    SOTER_E_UID },
		{ "denied: TEE of this version",
		    { .key = ANY, C, .deny = denied, .deny_n = 1 },
		    SOTER_E_DENIED },
		{ "denied: TEE of every version",
		    { .key = ANY, C, .deny = denied + 1, .deny_n = 1 },
		    SOTER_E_DENIED },
		{ "denied: sensor",
		    { .key = ANY, C, .deny = denied + 2, .deny_n = 1 },
		    SOTER_E_DENIED },
		{ "denied: device, last of the list",
		    { .key = ANY, C, .deny = denied + 3, .deny_n = 1 },
		    SOTER_E_DENIED },
		{ "a deny list that does not meet it",
		    { .key = ANY, C, .deny = denied + 4, .deny_n = 4 },
		    SOTER_OK },
	};
	struct soter_result_json x = phone_result_json(12);
	struct phone_object o;

	phone_result(&o, &authkey, &x, "order 1/2", 20);
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_report why;

		check_row("%s", rows[i].what);
		CHECK_RC(offer_result(&o, &rows[i].want, &why), rows[i].rc);
		CHECK(strstr(why.seen, "order") == NULL);
		CHECK_RC(offer_result(&o, &rows[i].want, NULL), rows[i].rc);
	}
}

/* Correctly signed by the AuthKey, but with an owner of its own choice. */
static void
check_result_owner(void)
{
	static const struct {
		const char *what, *cpu_id, *uid;
		enum soter_rc rc;
	} rows[] = {
		{ "result of a higher uid", PHONE_CPU_ID, "10116",
		    SOTER_E_UID },
		{ "result of another device", "fedcba98", PHONE_UID,
		    SOTER_E_CPU_ID },
		{ "result of an upper-case device",
		    "0123456789ABCDEF"
		    "0123456789ABCDEF",
		    PHONE_UID, SOTER_E_CPU_ID },
	};
	const struct soter_result_expect want = { .key = test_class,
		.challenge = TEXT("c") };
	struct phone_object o;

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_result_json x = phone_result_json(12);
		struct soter_report why;

		check_row("%s", rows[i].what);
		strcpy(x.cpu_id, rows[i].cpu_id);
		strcpy(x.uid, rows[i].uid);
		phone_result(&o, &authkey, &x, "c", 20);
		CHECK_RC(offer_result(&o, &want, &why), rows[i].rc);
		CHECK(strcmp(why.seen,
			  rows[i].rc == SOTER_E_UID ? rows[i].uid
						    : rows[i].cpu_id) == 0);
	}
}

/* b.7: no finger is named, so a finger policy answers "not available". */
static void
check_ios(void)
{
	static const struct soter_span fids[] = { TEXT("4711") };
	struct soter_result_json x = { .counter = 12,
		.cpu_id = "01234567-89AB-CDEF-0123-456789ABCDEF",
		.uid = "0123456789abcdef0123456789abcdef",
		.salt_len = -1 };
	struct soter_result_expect want = { .key = test_class,
		.challenge = TEXT("c") };
	struct soter_authkey *android = good.authkey;
	struct soter_key_record record;
	struct phone_object o;

	check_row("a result from iOS");
	soter_authkey_record(android, &record);
	strcpy(record.cpu_id, x.cpu_id);
	strcpy(record.uid, x.uid);
	CHECK_RC(soter_authkey_restore(&good.authkey, &record), SOTER_OK);
	phone_result(&o, &authkey, &x, "c", 20);
	struct soter_signed in = phone_signed(&o);
	struct soter_result out;
	CHECK_RC(soter_result_accept(&out, good.authkey, &in, &want, NULL),
	    SOTER_OK);
	CHECK(!out.has_fid && out.fid[0] == '\0' && out.bio_epoch == 0);
	want.check_finger = true;
	want.fids = fids;
	want.fids_n = 1;
	CHECK_RC(soter_result_accept(&out, good.authkey, &in, &want, NULL),
	    SOTER_E_FINGER_NONE);
	soter_authkey_free(&good.authkey);
	good.authkey = android;
}

/* threats.md: each kind at each link, signed by each wrong signer. */
static void
check_confusion(void)
{
	const struct {
		const char *name;
		const struct rsa_maker *key;
	} signers[] = { { "ATTK", &attk }, { "ASK", &ask },
		{ "AuthKey", &authkey }, { "a stranger", &stranger } };
	const struct soter_result_expect want = { .key = test_class,
		.challenge = TEXT("c") };
	const struct soter_attk *const roots[] = { good.attk };
	struct soter_result_json x = phone_result_json(12);
	struct phone_object o;

	for (size_t s = 0; s < SOTER_COUNT(signers); s++) {
		const struct rsa_maker *by = signers[s].key;

		check_row("a key signed by %s at each link", signers[s].name);
		phone_key(&o, by, &authkey, 11, -1, 20);
		CHECK_RC(offer_ask(roots, 1, &o, &test_class, NULL),
		    by == &attk ? SOTER_OK : SOTER_E_SIGNATURE);
		CHECK_RC(offer_authkey(&o, &test_class, NULL),
		    by == &ask ? SOTER_OK : SOTER_E_SIGNATURE);
		CHECK_RC(offer_result(&o, &want, NULL),
		    by == &authkey ? SOTER_E_KIND : SOTER_E_SIGNATURE);

		check_row("a result signed by %s at each link",
		    signers[s].name);
		phone_result(&o, by, &x, "c", 20);
		CHECK_RC(offer_ask(roots, 1, &o, &test_class, NULL),
		    by == &attk ? SOTER_E_KIND : SOTER_E_SIGNATURE);
		CHECK_RC(offer_authkey(&o, &test_class, NULL),
		    by == &ask ? SOTER_E_KIND : SOTER_E_SIGNATURE);
		CHECK_RC(offer_result(&o, &want, NULL),
		    by == &authkey ? SOTER_OK : SOTER_E_SIGNATURE);
	}
}

static void
check_unknown_fields(void)
{
	const struct soter_result_expect want = { .key = test_class,
		.challenge = TEXT("c") };
	struct soter_result_json x = phone_result_json(12);
	struct soter_report why;
	struct phone_object o;

	check_row("unknown scalars pass and are named");
	phone_result(&o, &authkey, &x, "c", 20);
	o.text_n--;
	for (int i = 0; i < 10; i++)
		o.text_n += (size_t)sprintf((char *)o.text + o.text_n,
		    ",\"bf_t%d\":%s", i, i % 2 ? "1.5" : "null");
	o.text[o.text_n++] = '}';
	phone_sign(&o, &authkey, 20);
	CHECK_RC(offer_result(&o, &want, &why), SOTER_OK);
	CHECK(why.unknown_n == 10);
	CHECK(strcmp(why.unknown[0], "bf_t0") == 0);
	CHECK(strcmp(why.unknown[7], "bf_t7") == 0);

	check_row("an unknown field of a key is named too");
	phone_key(&o, &ask, &authkey, 11, -1, 20);
	memcpy(o.text + o.text_n - 1, ",\"x y\":1}", 9);
	o.text_n += 8;
	phone_sign(&o, &ask, 20);
	CHECK_RC(offer_authkey(&o, &test_class, &why), SOTER_OK);
	CHECK(why.unknown_n == 1 && strcmp(why.unknown[0], "x y") == 0);
	CHECK(why.offset == 0 && why.field[0] == '\0');

	check_row("an unknown object does not pass");
	phone_result(&o, &authkey, &x, "c", 20);
	memcpy(o.text + o.text_n - 1, ",\"x\":{}}", 8);
	o.text_n += 7;
	phone_sign(&o, &authkey, 20);
	CHECK_RC(offer_result(&o, &want, &why), SOTER_E_JSON_DEPTH);
	CHECK(strcmp(why.field, "x") == 0 && why.offset > 0);
}

/* Too long to be hashed at all, whoever signed it. */
static void
check_length(void)
{
	const struct soter_result_expect want = { .key = test_class,
		.challenge = TEXT("c") };
	struct soter_result_json x = phone_result_json(12);
	struct phone_object o;

	phone_result(&o, &authkey, &x, "c", 20);
	check_row("a text of the largest size");
	memset(o.text + o.text_n, ' ', SOTER_SIGNED_MAX + 1 - o.text_n);
	o.text_n = SOTER_SIGNED_MAX;
	phone_sign(&o, &authkey, 20);
	CHECK_RC(offer_result(&o, &want, NULL), SOTER_OK);
	check_row("a text of one byte more");
	o.text_n++;
	CHECK_RC(offer_result(&o, &want, NULL), SOTER_E_LIMIT);
}

/* Nothing is accepted for a verifier that does not know its class. */
static void
check_no_class(void)
{
	static const struct soter_expect none = { .cls = (enum soter_class)0 };
	static const struct soter_expect both = { .cls = (enum soter_class)3 };
	const struct soter_attk *const roots[] = { good.attk };
	struct soter_result_json x = phone_result_json(12);
	struct soter_result_expect want = { .key = none,
		.challenge = TEXT("c") };
	struct soter_ask *out = UNTOUCHED;
	struct phone_object o;

	check_row("no class, or an unknown one");
	phone_key(&o, &attk, &ask, 10, -1, 20);
	CHECK_RC(offer_ask(roots, 1, &o, &none, NULL), SOTER_E_ARGUMENT);
	CHECK_RC(offer_ask(roots, 1, &o, &both, NULL), SOTER_E_ARGUMENT);
	CHECK_RC(soter_ask_accept_chain(&out, soter_profiles(NULL), 1,
		     soter_text("{}"), &none, NULL),
	    SOTER_E_ARGUMENT);
	CHECK(out == UNTOUCHED);
	phone_result(&o, &authkey, &x, "c", 20);
	CHECK_RC(offer_result(&o, &want, NULL), SOTER_E_ARGUMENT);
	want.key = both;
	CHECK_RC(offer_result(&o, &want, NULL), SOTER_E_ARGUMENT);
}

static void
check_records(void)
{
	static const struct {
		const char *what;
		size_t at;
		uint8_t value;
		enum soter_rc rc;
	} rows[] = {
#define R(f) offsetof(struct soter_key_record, f)
		{ "as it was taken", 0, SOTER_RECORD_AUTHKEY, SOTER_OK },
		{ "an ASK's record", 0, SOTER_RECORD_ASK, SOTER_E_ARGUMENT },
		{ "no class", R(cls), 0, SOTER_E_ARGUMENT },
		{ "unknown class", R(cls), 3, SOTER_E_ARGUMENT },
		{ "no cpu_id", R(cpu_id), 0, SOTER_E_ARGUMENT },
		{ "no uid", R(uid), 0, SOTER_E_ARGUMENT },
		{ "cpu_id without end", R(cpu_id) + 128, 'x',
		    SOTER_E_ARGUMENT },
		{ "uid without end", R(uid) + 32, 'x', SOTER_E_ARGUMENT },
		{ "uid with an escape", R(uid) + 2, 0x1b, SOTER_E_ARGUMENT },
		{ "an even modulus", R(n) + 255, 2, SOTER_E_KEY_WEAK },
		{ "a short modulus", R(n), 0, SOTER_E_KEY_SIZE },
		{ "another exponent", R(e), 3, SOTER_E_KEY_EXPONENT },
	};
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_authkey *out = UNTOUCHED;
		struct soter_key_record record, again;

		check_row("record: %s", rows[i].what);
		soter_authkey_record(good.authkey, &record);
		((uint8_t *)&record)[rows[i].at] = rows[i].value;
		CHECK_RC(soter_authkey_restore(&out, &record), rows[i].rc);
		if (rows[i].rc != SOTER_OK) {
			CHECK(out == UNTOUCHED);
			continue;
		}
		soter_authkey_record(out, &again);
		CHECK(memcmp(&record, &again, sizeof(record)) == 0);
		CHECK(record.attk_version == 7 && record.counter == 11);
		soter_authkey_free(&out);
		CHECK(out == NULL);
		soter_authkey_free(&out);
	}
}

/* What soter_pubkey_new() takes, each form broken once. */
static void
check_key_forms(void)
{
	uint8_t der[SOTER_SPKI_MAX], pem[SOTER_PEM_KEY_MAX];
	struct soter_writer d = soter_writer(der, sizeof(der));
	struct soter_writer p = soter_writer(pem, sizeof(pem));
	struct soter_writer c = soter_writer(pem + 512, 512);

	MUST(soter_spki_write(&d, &ask.pub) == SOTER_OK);
	MUST(soter_spki_write_pem(&p, &ask.pub) == SOTER_OK && p.len < 512);
	MUST(soter_pem_write(&c, "RSA KEY", soter_written(&d), false) ==
	    SOTER_OK);
	const struct {
		const char *what;
		struct soter_span in;
		enum soter_rc want;
	} rows[] = {
		{ "the modulus", soter_span(ask.pub.n, 256), SOTER_OK },
		{ "DER", soter_written(&d), SOTER_OK },
		{ "PEM", soter_written(&p), SOTER_OK },
		{ "PEM with another label", soter_written(&c),
		    SOTER_E_PEM_LABEL },
		{ "PEM that was cut", soter_span(pem, p.len - 1), SOTER_E_PEM },
		{ "DER that was cut", soter_span(der, d.len - 1), SOTER_E_DER },
		{ "the modulus, one byte short", soter_span(ask.pub.n, 255),
		    SOTER_E_DER },
		{ "nothing", soter_span(NULL, 0), SOTER_E_DER },
	};

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_pubkey *out = UNTOUCHED;

		check_row("key: %s", rows[i].what);
		CHECK_RC(soter_pubkey_new(&out, rows[i].in), rows[i].want);
		if (rows[i].want != SOTER_OK)
			CHECK(out == UNTOUCHED);
		else {
			CHECK(soter_pubkey_is(out, &ask.pub));
			soter_pubkey_free(&out);
			CHECK(out == NULL);
		}
	}
}

static void
check_key_claims(void)
{
	struct soter_claim claim;
	struct phone_object o;
	struct soter_report why;

	check_row("the claims of a key");
	phone_key(&o, &stranger, &authkey, 11, -1, 20);
	memset(&why, 0x5a, sizeof(why));
	CHECK_RC(soter_claim_read(&claim, phone_signed(&o).text, &why),
	    SOTER_OK);
	CHECK(claim.kind == SOTER_KIND_KEY && claim.counter == 11);
	CHECK(strcmp(claim.cpu_id, PHONE_CPU_ID) == 0);
	CHECK(strcmp(claim.uid, PHONE_UID) == 0);
	CHECK(why.rc == SOTER_OK && why.offset == 0 && why.cert == -1);
	check_row("the claims of a broken key");
	o.text[40] = '*';
	CHECK_RC(soter_claim_read(&claim, phone_signed(&o).text, &why),
	    SOTER_E_BASE64);
	CHECK(strcmp(why.field, "pub_key") == 0);
}

static void
check_ask_record(void)
{
	struct soter_key_record record, again;
	struct soter_ask *out = UNTOUCHED;

	check_row("the record of an ASK");
	soter_ask_record(good.ask, &record);
	CHECK_RC(soter_ask_restore(&out, &record), SOTER_OK);
	soter_ask_record(out, &again);
	CHECK(memcmp(&record, &again, sizeof(record)) == 0);
	soter_ask_free(&out);
	CHECK(out == NULL);
	soter_ask_free(&out);
	out = UNTOUCHED;
	record.kind = SOTER_RECORD_AUTHKEY;
	CHECK_RC(soter_ask_restore(&out, &record), SOTER_E_ARGUMENT);
	CHECK(out == UNTOUCHED);
}

static void
check_roots_record(void)
{
	static const char long_id[SOTER_CPU_ID_MAX + 2] = "";
	struct soter_attk_record record = { .device_id = TEXT("d"),
		.key = { attk.pub.n, 256 },
		.cls = SOTER_CLASS_TEST,
		.status = SOTER_ROOT_ACTIVE };
	struct soter_attk *out = UNTOUCHED;

	check_row("root records that make no sense");
	record.cls = (enum soter_class)3;
	CHECK_RC(soter_attk_new(&out, &record), SOTER_E_ARGUMENT);
	record.cls = SOTER_CLASS_TEST;
	record.status = (enum soter_root_status)0;
	CHECK_RC(soter_attk_new(&out, &record), SOTER_E_ARGUMENT);
	record.status = SOTER_ROOT_ACTIVE;
	record.device_id.n = 0;
	CHECK_RC(soter_attk_new(&out, &record), SOTER_E_ARGUMENT);
	record.device_id = soter_span(long_id, SOTER_CPU_ID_MAX + 1);
	CHECK_RC(soter_attk_new(&out, &record), SOTER_E_ARGUMENT);
	record.device_id = soter_span("\0d", 2);
	CHECK_RC(soter_attk_new(&out, &record), SOTER_E_ARGUMENT);
	record.device_id = soter_span(PHONE_CPU_ID "\0other", 38);
	CHECK_RC(soter_attk_new(&out, &record), SOTER_E_ARGUMENT);
	record.device_id = soter_text("d");
	record.key.n = 255;
	CHECK_RC(soter_attk_new(&out, &record), SOTER_E_DER);
	CHECK(out == UNTOUCHED);
}

int
main(void)
{
	struct rsa_maker *keys[] = { &attk, &attk2, &ask, &authkey, &stranger };

	for (size_t i = 0; i < SOTER_COUNT(keys); i++)
		rsa_make(keys[i], 2048);
	make_good();
	check_roots();
	check_same_root();
	check_salts();
	check_quirk();
	check_key_rules();
	check_result_rules();
	check_result_owner();
	check_ios();
	check_confusion();
	check_unknown_fields();
	check_length();
	check_no_class();
	check_records();
	check_ask_record();
	check_key_forms();
	check_key_claims();
	check_roots_record();
	soter_attk_free(&good.attk);
	soter_ask_free(&good.ask);
	soter_authkey_free(&good.authkey);
	for (size_t i = 0; i < SOTER_COUNT(keys); i++)
		rsa_drop(keys[i]);
	return (check_done());
}
