/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TA soter's life and its rules, at its entry points: what is signed passes the
 * verifier, and each rule of docs/protocol.md c.2 and k.1 answers its number.
 */
#include "soter/verify.h"
#include "tests/check.h"
#include "tests/keypool.h"
#include "tests/tabox.h"
#include "wire/export.h"
#include "wire/keyjson.h"
#include "wire/result.h"

#define CHALLENGE "c1aac16694a71e3b0dfe66c30dcf9103"

static const struct soter_expect test_class = { .cls = SOTER_CLASS_TEST };

/* What a TAM and a backend hold of the device. */
static struct {
	char cpu_id[SOTER_DEVICE_ID_LEN + 1];
	struct soter_attk *attk;
	struct soter_ask *ask;
	struct soter_authkey *authkey;
} world;

static void
world_forget(void)
{
	soter_attk_free(&world.attk);
	soter_ask_free(&world.ask);
	soter_authkey_free(&world.authkey);
}

static struct soter_span
body(void)
{
	return (soter_span(tabox_last.body, tabox_last.n));
}

static enum soter_rc
service(struct tabox *box, uint32_t command, uint32_t uid, const char *kname)
{
	return (tabox_do(box, TABOX_SERVICE, command, uid, kname));
}

/* The TAM takes root and device id from the factory. */
static void
take_root(struct tabox *box)
{
	struct soter_attk_record record = { .attk_version = 1,
		.cls = SOTER_CLASS_TEST,
		.status = SOTER_ROOT_ACTIVE };

	CHECK_RC(tabox_do(box, TABOX_FACTORY, SOTER_TA_DEVICE_ID, 0, NULL),
	    SOTER_OK);
	if (!CHECK(tabox_last.n == SOTER_DEVICE_ID_LEN))
		return;
	memcpy(world.cpu_id, tabox_last.body, SOTER_DEVICE_ID_LEN);
	CHECK(strspn(world.cpu_id, "0123456789abcdef") == SOTER_DEVICE_ID_LEN);
	CHECK_RC(tabox_do(box, TABOX_FACTORY, SOTER_TA_ATTK_EXPORT, 0, NULL),
	    SOTER_OK);
	record.device_id = soter_text(world.cpu_id);
	record.key = body();
	CHECK_RC(soter_attk_new(&world.attk, &record), SOTER_OK);
}

/* TAM and backend take the two keys. */
static void
take_keys(struct tabox *box, uint32_t uid, const char *kname)
{
	struct soter_signed in;

	CHECK_RC(service(box, SOTER_TA_ASK_EXPORT, uid, NULL), SOTER_OK);
	CHECK_RC(soter_signed_split(&in, body()), SOTER_OK);
	CHECK_RC(soter_ask_accept(&world.ask,
		     (const struct soter_attk *const *)&world.attk, 1, &in,
		     &test_class, NULL),
	    SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_EXPORT, uid, kname), SOTER_OK);
	CHECK_RC(soter_signed_split(&in, body()), SOTER_OK);
	CHECK_RC(soter_authkey_accept(&world.authkey, world.ask, &in,
		     &test_class, NULL),
	    SOTER_OK);
}

/* The last reply is a result that the backend accepts. */
static enum soter_rc
accept_result(struct soter_result *out, const char *challenge)
{
	struct soter_result_expect want = { .key = test_class,
		.challenge = soter_text(challenge) };
	struct soter_signed in;

	TRY(soter_signed_split(&in, body()));
	return (soter_result_accept(out, world.authkey, &in, &want, NULL));
}

static enum soter_rc
sign(struct tabox *box, uint32_t uid, const char *kname, const char *challenge)
{
	uint64_t session;

	TRY(tabox_init(box, uid, kname, challenge, &session));
	TRY(tabox_match(box, session));
	return (tabox_finish(box, uid, session));
}

/* ---- a life ------------------------------------------------------------ */

/* Is the text exactly what wire/ writes of what it says? */
static void
check_wire_form(const char *challenge)
{
	struct soter_export blob;
	struct soter_key_json key;
	struct soter_result_json result;
	uint8_t again[SOTER_TA_EXPORT_MAX];
	struct soter_writer w = soter_writer(again, sizeof(again));

	CHECK_RC(soter_export_parse(&blob, body()), SOTER_OK);
	if (challenge == NULL) {
		CHECK_RC(soter_key_json_parse(&key, blob.text, NULL, NULL),
		    SOTER_OK);
		CHECK_RC(soter_key_json_write(&w, &key), SOTER_OK);
	} else {
		CHECK_RC(
		    soter_result_json_parse(&result, blob.text, NULL, NULL),
		    SOTER_OK);
		CHECK_RC(
		    soter_result_json_write(&w, &result, soter_text(challenge)),
		    SOTER_OK);
	}
	CHECK(soter_span_equal(soter_written(&w), blob.text));
}

static void
test_life(enum tabox_build build, const char *what)
{
	struct soter_result result;
	struct tabox box;

	check_row("a whole life, %s", what);
	tabox_new(&box, &tabox_builds[build]);
	CHECK_RC(tabox_start(&box), SOTER_OK);
	tabox_provision(&box);
	take_root(&box);
	take_keys(&box, TABOX_UID, TABOX_KNAME);
	check_wire_form(NULL);
	CHECK_RC(sign(&box, TABOX_UID, TABOX_KNAME, CHALLENGE), SOTER_OK);
	check_wire_form(CHALLENGE);
	CHECK_RC(accept_result(&result, CHALLENGE), SOTER_OK);
	CHECK(strcmp(result.fid, "7") == 0 && strcmp(result.fp_n, "SIM") == 0);
	CHECK(strcmp(result.tee_n, TABOX_TEE_NAME) == 0);
	CHECK(strcmp(result.tee_v, "1") == 0 && strcmp(result.fp_v, "1") == 0);
	CHECK(result.bo_t[0] == '\0' && result.fc_n[0] == '\0');

	check_row("the same keys after a restart, %s", what);
	tabox_stop(&box);
	CHECK_RC(tabox_start(&box), SOTER_OK);
	CHECK_RC(tabox_do(&box, TABOX_SERVICE, SOTER_TA_DEVICE_ID, 0, NULL),
	    SOTER_OK);
	CHECK(memcmp(tabox_last.body, world.cpu_id, SOTER_DEVICE_ID_LEN) == 0);
	CHECK_RC(sign(&box, TABOX_UID, TABOX_KNAME, "2"), SOTER_OK);
	CHECK_RC(accept_result(&result, "2"), SOTER_OK);
	world_forget();
	tabox_free(&box);
}

static void
test_salt(void)
{
	static const struct {
		enum tabox_build build;
		int32_t announced;
	} rows[] = { { TABOX_USUAL, -1 }, { TABOX_SALT32, 32 } };
	struct soter_export blob;
	struct soter_result_json x;

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct tabox box;

		check_row("announced salt: %d", rows[i].announced);
		tabox_new(&box, &tabox_builds[rows[i].build]);
		CHECK_RC(tabox_start(&box), SOTER_OK);
		tabox_provision(&box);
		CHECK_RC(sign(&box, TABOX_UID, TABOX_KNAME, "c"), SOTER_OK);
		CHECK_RC(soter_export_parse(&blob, body()), SOTER_OK);
		CHECK_RC(soter_result_json_parse(&x, blob.text, NULL, NULL),
		    SOTER_OK);
		CHECK(x.salt_len == rows[i].announced);
		CHECK(x.bio_epoch == 0);
		tabox_free(&box);
	}
}

/* A face says so, with its epoch where the build says so. */
static void
test_face(void)
{
	static const enum tabox_build builds[] = { TABOX_USUAL, TABOX_EPOCH };
	struct soter_ta_request match = { .fid = INT64_MAX,
		.modality = SOTER_MODALITY_FACE,
		.sequence = 9,
		.epoch = INT64_MAX,
		.sensor = SOTER_SPAN("a \"face\"/\x01sensor\xc3\xa9"),
		.sensor_version = SOTER_SPAN("\"\"") };

	for (size_t i = 0; i < SOTER_COUNT(builds); i++) {
		struct soter_export blob;
		struct soter_result_json x;
		struct tabox box;
		uint64_t session;

		check_row("a face, epoch %ssigned", i == 0 ? "not " : "");
		tabox_new(&box, &tabox_builds[builds[i]]);
		CHECK_RC(tabox_start(&box), SOTER_OK);
		tabox_provision(&box);
		CHECK_RC(
		    tabox_init(&box, TABOX_UID, TABOX_KNAME, "c", &session),
		    SOTER_OK);
		match.session = session;
		tabox_call(&box, TABOX_BIOMETRIC, SOTER_TA_MATCH, &match,
		    &tabox_last);
		CHECK_RC(tabox_last.code, SOTER_OK);
		CHECK_RC(tabox_finish(&box, TABOX_UID, session), SOTER_OK);
		CHECK_RC(soter_export_parse(&blob, body()), SOTER_OK);
		CHECK_RC(soter_result_json_parse(&x, blob.text, NULL, NULL),
		    SOTER_OK);
		CHECK(strcmp(x.bo_t, "2") == 0);
		CHECK(strcmp(x.fid, "9223372036854775807") == 0);
		CHECK(strcmp(x.fc_n, "afacesensor") == 0);
		CHECK(strcmp(x.fc_v, "unknown") == 0);
		CHECK(x.fp_n[0] == '\0' && x.fp_v[0] == '\0');
		CHECK(x.bio_epoch == (i == 0 ? 0 : INT64_MAX));
		tabox_free(&box);
	}
}

/* ---- before, and once -------------------------------------------------- */

/* clang-format off */
static const struct {
	enum tabox_who who;
	uint32_t command;
	enum soter_rc fresh;	/* on a device without a root */
	enum soter_rc keyless;	/* with a root, for a uid without keys */
} commands[] = {
	{ TABOX_FACTORY, SOTER_TA_ATTK_VERIFY,      SOTER_E_ATTK_NOT_EXIST,       SOTER_OK },
	{ TABOX_FACTORY, SOTER_TA_ATTK_EXPORT,      SOTER_E_ATTK_NOT_PROVISIONED, SOTER_OK },
	{ TABOX_FACTORY, SOTER_TA_DEVICE_ID,        SOTER_E_ATTK_NOT_PROVISIONED, SOTER_OK },
	{ TABOX_SERVICE, SOTER_TA_ASK_EXPORT,       SOTER_E_ASK_NOT_READY,        SOTER_E_ASK_NOT_READY },
	{ TABOX_SERVICE, SOTER_TA_REMOVE_ALL,       SOTER_OK,                     SOTER_OK },
	{ TABOX_SERVICE, SOTER_TA_ASK_HAS,          SOTER_E_ASK_NOT_READY,        SOTER_E_ASK_NOT_READY },
	{ TABOX_SERVICE, SOTER_TA_AUTHKEY_GENERATE, SOTER_E_ASK_NOT_READY,        SOTER_E_ASK_NOT_READY },
	{ TABOX_SERVICE, SOTER_TA_AUTHKEY_EXPORT,   SOTER_E_AUTH_KEY_NOT_READY,   SOTER_E_AUTH_KEY_NOT_READY },
	{ TABOX_SERVICE, SOTER_TA_AUTHKEY_REMOVE,   SOTER_E_AUTH_KEY_NOT_READY,   SOTER_E_AUTH_KEY_NOT_READY },
	{ TABOX_SERVICE, SOTER_TA_AUTHKEY_HAS,      SOTER_E_AUTH_KEY_NOT_READY,   SOTER_E_AUTH_KEY_NOT_READY },
	{ TABOX_SERVICE, SOTER_TA_KEYS_LIST,        SOTER_E_ASK_NOT_READY,        SOTER_E_ASK_NOT_READY },
	{ TABOX_PUBLIC,  SOTER_TA_STATUS,           SOTER_OK,                     SOTER_OK },
	{ TABOX_PUBLIC,  SOTER_TA_SELF_TEST,        SOTER_OK,                     SOTER_OK },
	{ TABOX_FACTORY, SOTER_TA_FACTORY_NONCE,    SOTER_OK,                     SOTER_OK },
};
/* clang-format on */

static void
test_before(struct tabox *box)
{
	uint64_t session = 77;
	struct soter_span id;
	size_t n;

	for (size_t i = 0; i < SOTER_COUNT(commands); i++) {
		check_row("fresh device: %s",
		    soter_ta_form(commands[i].command)->name);
		CHECK_RC(tabox_do(box, commands[i].who, commands[i].command,
			     10002, "pay"),
		    commands[i].fresh);
	}
	check_row("fresh device: generateAskKeyPair");
	CHECK_RC(service(box, SOTER_TA_ASK_GENERATE, 10002, NULL),
	    SOTER_E_ATTK_NOT_PROVISIONED);
	check_row("fresh device: signing");
	CHECK_RC(tabox_init(box, 10002, "pay", "c", &session),
	    SOTER_E_AUTH_KEY_NOT_READY);
	CHECK_RC(tabox_finish(box, 10002, 1), SOTER_E_TEE_UNKNOWN);
	CHECK_RC(tabox_cancel(box, 10002, 1), SOTER_E_TEE_UNKNOWN);
	check_row("fresh device: nothing of all this was written");
	CHECK(!teehost_store_list(box->store, 0, &id, &n));
}

static void
test_keyless(struct tabox *box)
{
	for (size_t i = 0; i < SOTER_COUNT(commands); i++) {
		check_row("a uid without keys: %s",
		    soter_ta_form(commands[i].command)->name);
		CHECK_RC(tabox_do(box, commands[i].who, commands[i].command,
			     10002, "pay"),
		    commands[i].keyless);
	}
}

static void
test_root_once(struct tabox *box)
{
	uint8_t token[SOTER_SIG_LEN] = { 1 };
	struct soter_span some = soter_span(token, sizeof(token));

	check_row("the root is made once for life");
	take_root(box);
	CHECK_RC(tabox_generate(box, 0, SOTER_SPAN("")),
	    SOTER_E_ATTK_PROVISIONED);
	CHECK_RC(tabox_generate(box, 1, SOTER_SPAN("")),
	    SOTER_E_ATTK_PROVISIONED);
	CHECK_RC(tabox_do(box, TABOX_FACTORY, SOTER_TA_FACTORY_NONCE, 0, NULL),
	    SOTER_OK);
	CHECK_RC(tabox_generate(box, 1, some), SOTER_E_ATTK_PROVISIONED);
	CHECK_RC(tabox_do(box, TABOX_SERVICE, SOTER_TA_DEVICE_ID, 0, NULL),
	    SOTER_OK);
	CHECK(memcmp(tabox_last.body, world.cpu_id, SOTER_DEVICE_ID_LEN) == 0);
	world_forget();
}

/* ---- keys -------------------------------------------------------------- */

static size_t
count_objects(struct tabox *box, const char *prefix)
{
	struct soter_span id;
	size_t n, found = 0;

	for (size_t i = 0; teehost_store_list(box->store, i, &id, &n); i++)
		if (soter_span_starts(id, soter_text(prefix)))
			found++;
	return (found);
}

static void
test_ask_replaced(struct tabox *box)
{
	struct soter_result ignored;
	uint64_t session, other;

	check_row("a new ASK voids what is below the old one");
	CHECK_RC(service(box, SOTER_TA_ASK_GENERATE, 10001, NULL), SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_GENERATE, 10001, "pay"),
	    SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_ASK_GENERATE, 10003, NULL), SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_GENERATE, 10003, "pay"),
	    SOTER_OK);
	take_root(box);
	take_keys(box, 10001, "pay");
	CHECK_RC(tabox_init(box, 10001, "pay", "c", &session), SOTER_OK);
	CHECK_RC(tabox_init(box, 10003, "pay", "c", &other), SOTER_OK);
	CHECK_RC(tabox_match(box, session), SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_ASK_GENERATE, 10001, NULL), SOTER_OK);
	CHECK(count_objects(box, "auth00002711") == 0);
	CHECK(count_objects(box, "auth00002713") == 1);
	CHECK_RC(tabox_finish(box, 10001, session), SOTER_E_TEE_UNKNOWN);
	CHECK_RC(service(box, SOTER_TA_ASK_HAS, 10001, NULL), SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_HAS, 10001, "pay"),
	    SOTER_E_AUTH_KEY_NOT_READY);
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_EXPORT, 10001, "pay"),
	    SOTER_E_AUTH_KEY_NOT_READY);
	CHECK_RC(tabox_init(box, 10001, "pay", "c", &session),
	    SOTER_E_AUTH_KEY_NOT_READY);

	check_row("and leaves another uid alone");
	CHECK_RC(tabox_match(box, other), SOTER_OK);
	CHECK_RC(tabox_finish(box, 10003, other), SOTER_OK);

	check_row("the new one is another key");
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_GENERATE, 10001, "pay"),
	    SOTER_OK);
	CHECK_RC(sign(box, 10001, "pay", "c"), SOTER_OK);
	CHECK_RC(accept_result(&ignored, "c"), SOTER_E_SIGNATURE);
	world_forget();
}

static void
test_authkeys(struct tabox *box)
{
	struct soter_result ignored;
	uint64_t session;

	check_row("an AuthKey of the same name is replaced, its session ends");
	take_root(box);
	take_keys(box, 10001, "pay");
	CHECK_RC(tabox_init(box, 10001, "pay", "c", &session), SOTER_OK);
	CHECK_RC(tabox_match(box, session), SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_GENERATE, 10001, "pay"),
	    SOTER_OK);
	CHECK_RC(tabox_finish(box, 10001, session), SOTER_E_TEE_UNKNOWN);
	CHECK_RC(sign(box, 10001, "pay", "c"), SOTER_OK);
	CHECK_RC(accept_result(&ignored, "c"), SOTER_E_SIGNATURE);
	world_forget();

	check_row("names are compared whole");
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_HAS, 10001, "pa"),
	    SOTER_E_AUTH_KEY_NOT_READY);
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_HAS, 10001, "pay "),
	    SOTER_E_AUTH_KEY_NOT_READY);
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_HAS, 10001, "PAY"),
	    SOTER_E_AUTH_KEY_NOT_READY);
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_HAS, 10001, "pay"), SOTER_OK);

	check_row("one name under two uids is two keys");
	take_root(box);
	take_keys(box, 10001, "pay");
	CHECK_RC(sign(box, 10003, "pay", "c"), SOTER_OK);
	CHECK_RC(accept_result(&ignored, "c"), SOTER_E_SIGNATURE);
	world_forget();

	check_row("removed, with its session; a second time it is not there");
	CHECK_RC(tabox_init(box, 10003, "pay", "c", &session), SOTER_OK);
	CHECK_RC(tabox_match(box, session), SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_REMOVE, 10003, "pay"), SOTER_OK);
	CHECK_RC(tabox_finish(box, 10003, session), SOTER_E_TEE_UNKNOWN);
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_REMOVE, 10003, "pay"),
	    SOTER_E_AUTH_KEY_NOT_READY);
	CHECK_RC(service(box, SOTER_TA_ASK_HAS, 10003, NULL), SOTER_OK);
}

/* Is this kname in the last reply's list? */
static int
listed(const char *kname)
{
	struct soter_reader r = soter_reader(body());
	struct soter_span name;
	int n = 0;

	while (soter_ta_text_read(&r, &name) == SOTER_OK)
		if (soter_span_equal(name, soter_text(kname)))
			n++;
	CHECK(r.left == 0);
	return (n);
}

static void
test_list(struct tabox *box)
{
	char longest[SOTER_KNAME_MAX + 1], name[32];

	memset(longest, 'k', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';

	check_row("list of keys");
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_GENERATE, 10001, longest),
	    SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_KEYS_LIST, 10001, NULL), SOTER_OK);
	CHECK(listed("pay") == 1 && listed(longest) == 1);
	CHECK(tabox_last.n == 4 + 3 + 4 + SOTER_KNAME_MAX);
	CHECK_RC(service(box, SOTER_TA_KEYS_LIST, 10003, NULL), SOTER_OK);
	CHECK(tabox_last.n == 0);

	check_row("one AuthKey too many");
	for (int i = 2; i < SOTER_UID_AUTHKEYS_MAX; i++) {
		snprintf(name, sizeof(name), "key %d", i);
		CHECK_RC(service(box, SOTER_TA_AUTHKEY_GENERATE, 10001, name),
		    SOTER_OK);
	}
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_GENERATE, 10001, "more"),
	    SOTER_E_TEE_ARGUMENT);
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_HAS, 10001, "more"),
	    SOTER_E_AUTH_KEY_NOT_READY);
	check_row("but one that is there can be made anew");
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_GENERATE, 10001, "key 9"),
	    SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_KEYS_LIST, 10001, NULL), SOTER_OK);
	CHECK(listed("key 2") == 1 && listed("key 29") == 1);

	check_row("removeAllUidKey removes all of one uid, twice");
	CHECK_RC(service(box, SOTER_TA_REMOVE_ALL, 10001, NULL), SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_REMOVE_ALL, 10001, NULL), SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_ASK_HAS, 10001, NULL),
	    SOTER_E_ASK_NOT_READY);
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_HAS, 10001, "pay"),
	    SOTER_E_AUTH_KEY_NOT_READY);
	CHECK_RC(service(box, SOTER_TA_ASK_HAS, 10003, NULL), SOTER_OK);
	check_row("and they do not come back with the next ASK");
	CHECK_RC(service(box, SOTER_TA_ASK_GENERATE, 10001, NULL), SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_KEYS_LIST, 10001, NULL), SOTER_OK);
	CHECK(tabox_last.n == 0);
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_GENERATE, 10001, "pay"),
	    SOTER_OK);
}

/* ---- signing sessions -------------------------------------------------- */

static void
test_sessions(struct tabox *box)
{
	uint64_t a, b, c, again;

	CHECK_RC(service(box, SOTER_TA_AUTHKEY_GENERATE, 10001, "open"),
	    SOTER_OK);
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_GENERATE, 10001, "more"),
	    SOTER_OK);
	check_row("two sessions of one uid, not three");
	CHECK_RC(tabox_init(box, 10001, "pay", "1", &a), SOTER_OK);
	CHECK_RC(tabox_init(box, 10001, "open", "2", &b), SOTER_OK);
	CHECK_RC(tabox_init(box, 10001, "more", "3", &c), SOTER_E_IS_AUTHING);
	CHECK(a != 0 && b != 0 && a != b && a <= INT64_MAX && b <= INT64_MAX);

	check_row("a new initSign takes the place of the one for its key");
	CHECK_RC(tabox_init(box, 10001, "pay", "4", &again), SOTER_OK);
	CHECK(again != a && again != b);
	CHECK_RC(tabox_finish(box, 10001, a), SOTER_E_TEE_UNKNOWN);
	CHECK_RC(tabox_finish(box, 10001, b), SOTER_E_VERIFICATION_FAILED);

	check_row("another uid's session is not there, and unharmed");
	CHECK_RC(tabox_match(box, again), SOTER_OK);
	CHECK_RC(tabox_finish(box, 10003, again), SOTER_E_TEE_UNKNOWN);
	CHECK_RC(tabox_cancel(box, 10003, again), SOTER_E_TEE_UNKNOWN);
	CHECK_RC(tabox_finish(box, 10001, 0), SOTER_E_TEE_UNKNOWN);
	CHECK_RC(tabox_finish(box, 10001, again), SOTER_OK);

	check_row("one signature each");
	CHECK_RC(tabox_finish(box, 10001, again), SOTER_E_TEE_UNKNOWN);

	check_row("cancelled");
	CHECK_RC(tabox_cancel(box, 10001, b), SOTER_OK);
	CHECK_RC(tabox_cancel(box, 10001, b), SOTER_E_TEE_UNKNOWN);
	CHECK_RC(tabox_finish(box, 10001, b), SOTER_E_TEE_UNKNOWN);
}

static void
test_session_time(struct tabox *box)
{
	uint64_t a, b;

	check_row("60 s and not longer, and the end is told once");
	CHECK_RC(tabox_init(box, 10001, "pay", "1", &a), SOTER_OK);
	CHECK_RC(tabox_init(box, 10001, "open", "1", &b), SOTER_OK);
	box->now_ms += SOTER_SESSION_MS;
	CHECK_RC(tabox_finish(box, 10001, a), SOTER_E_VERIFICATION_FAILED);
	CHECK_RC(tabox_match(box, a), SOTER_OK);
	box->now_ms += 1;
	CHECK_RC(tabox_finish(box, 10001, a), SOTER_E_SESSION_OUT_OF_TIME);
	CHECK_RC(tabox_finish(box, 10001, a), SOTER_E_TEE_UNKNOWN);
	CHECK_RC(tabox_cancel(box, 10001, b), SOTER_E_SESSION_OUT_OF_TIME);

	check_row("a clock that goes back ends it too");
	CHECK_RC(tabox_init(box, 10001, "pay", "1", &a), SOTER_OK);
	box->now_ms -= 1;
	CHECK_RC(tabox_finish(box, 10001, a), SOTER_E_SESSION_OUT_OF_TIME);

	check_row("sessions whose time is over are free");
	CHECK_RC(tabox_init(box, 10001, "pay", "1", &a), SOTER_OK);
	CHECK_RC(tabox_init(box, 10001, "open", "1", &b), SOTER_OK);
	box->now_ms += SOTER_SESSION_MS + 1;
	CHECK_RC(tabox_init(box, 10001, "more", "1", &a), SOTER_OK);
	CHECK_RC(tabox_cancel(box, 10001, a), SOTER_OK);
}

/* Four apps take all eight; the fifth hears of it, and not as an error of its
 * own. */
static void
test_all_taken(struct tabox *box)
{
	uint64_t ids[SOTER_SESSIONS_MAX], more;

	check_row("all sessions taken");
	for (uint32_t i = 0; i < 5; i++) {
		CHECK_RC(service(box, SOTER_TA_ASK_GENERATE, 20000 + i, NULL),
		    SOTER_OK);
		CHECK_RC(
		    service(box, SOTER_TA_AUTHKEY_GENERATE, 20000 + i, "a"),
		    SOTER_OK);
		CHECK_RC(
		    service(box, SOTER_TA_AUTHKEY_GENERATE, 20000 + i, "b"),
		    SOTER_OK);
	}
	for (uint32_t i = 0; i < SOTER_SESSIONS_MAX; i++)
		CHECK_RC(tabox_init(box, 20000 + i / 2, i % 2 == 0 ? "a" : "b",
			     "c", &ids[i]),
		    SOTER_OK);
	CHECK_RC(tabox_init(box, 20004, "a", "c", &more), SOTER_E_IS_AUTHING);
	CHECK_RC(tabox_do(box, TABOX_PUBLIC, SOTER_TA_STATUS, 0, NULL),
	    SOTER_OK);
	CHECK_RC(tabox_cancel(box, 20001, ids[3]), SOTER_OK);
	CHECK_RC(tabox_init(box, 20004, "a", "c", &more), SOTER_OK);
	CHECK_RC(tabox_match(box, ids[7]), SOTER_OK);
	CHECK_RC(tabox_finish(box, 20003, ids[7]), SOTER_OK);
	for (uint32_t i = 0; i < 5; i++)
		CHECK_RC(service(box, SOTER_TA_REMOVE_ALL, 20000 + i, NULL),
		    SOTER_OK);
	check_row("removeAllUidKey ends sessions");
	CHECK_RC(tabox_finish(box, 20000, ids[0]), SOTER_E_TEE_UNKNOWN);
}

static void
test_challenges(struct tabox *box)
{
	/* clang-format off */
	static const struct {
		const char *what, *text;
		enum soter_rc want;
	} rows[] = {
		{ "letters", "abc", SOTER_OK },
		{ "quotes, slashes, controls", "\"\\/\b\f\n\r\t\x01\x1f\x7f", SOTER_OK },
		{ "UTF-8", "\xe6\x94\xaf\xe4\xbb\x98 \xf0\x9f\x92\xb0", SOTER_OK },
		{ "an end of JSON", "\",\"fid\":\"1\"}", SOTER_OK },
		{ "an escape", "\\u0000", SOTER_OK },
		{ "cut UTF-8", "\xe6\x94", SOTER_E_TEE_ARGUMENT },
		{ "Latin-1", "\xe9", SOTER_E_TEE_ARGUMENT },
		{ "a long form", "\xc0\x80", SOTER_E_TEE_ARGUMENT },
		{ "a surrogate", "\xed\xa0\x80", SOTER_E_TEE_ARGUMENT },
	};
	/* clang-format on */
	struct soter_ta_request nul = { .uid = 10001,
		.kname = SOTER_SPAN("pay"),
		.challenge = SOTER_SPAN("a\0b") };
	static char longest[SOTER_TA_CHALLENGE_MAX + 1];
	struct soter_result result;

	take_root(box);
	take_keys(box, 10001, "pay");
	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		check_row("challenge: %s", rows[i].what);
		CHECK_RC(sign(box, 10001, "pay", rows[i].text), rows[i].want);
		if (rows[i].want == SOTER_OK)
			CHECK_RC(accept_result(&result, rows[i].text),
			    SOTER_OK);
	}
	check_row("challenge: a NUL");
	tabox_call(box, TABOX_SERVICE, SOTER_TA_SIGN_INIT, &nul, &tabox_last);
	CHECK_RC(tabox_last.code, SOTER_E_TEE_ARGUMENT);
	check_row("challenge: 512 control characters, the longest result");
	memset(longest, 1, SOTER_TA_CHALLENGE_MAX);
	CHECK_RC(sign(box, 10001, "pay", longest), SOTER_OK);
	CHECK_RC(accept_result(&result, longest), SOTER_OK);
	world_forget();
}

/* ---- sizes, usage ------------------------------------------------------ */

static void
test_sizes(struct tabox *box)
{
	static const struct {
		enum tabox_who who;
		uint32_t command;
	} rows[] = {
		{ TABOX_SERVICE, SOTER_TA_ASK_GENERATE },
		{ TABOX_SERVICE, SOTER_TA_ASK_EXPORT },
		{ TABOX_SERVICE, SOTER_TA_REMOVE_ALL },
		{ TABOX_SERVICE, SOTER_TA_KEYS_LIST },
		{ TABOX_FACTORY, SOTER_TA_ATTK_EXPORT },
		{ TABOX_PUBLIC, SOTER_TA_STATUS },
	};
	static const uint8_t uid[4] = { 0x11, 0x27 }; /* 10001 */
	uint8_t most[SOTER_TA_REQUEST_MAX + 1] = { 0 };

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		const struct soter_ta_form *form =
		    soter_ta_form(rows[i].command);
		struct soter_span request =
		    soter_span(uid, form->fields[0] == 0 ? 0 : 4);
		uint64_t done = box->power.done;

		check_row("too small a reply buffer: %s", form->name);
		for (size_t room = 0; room < 4 + form->reply_max;
		     room += room < 5 ? 1 : 77) {
			tabox_send(box, rows[i].who, rows[i].command, request,
			    room, &tabox_last);
			CHECK(tabox_last.result == TEE_ERROR_SHORT_BUFFER);
			CHECK(tabox_last.n == 4 + form->reply_max);
		}
		tabox_send(box, rows[i].who, rows[i].command, request,
		    3 + form->reply_max, &tabox_last);
		CHECK(tabox_last.result == TEE_ERROR_SHORT_BUFFER);
		CHECK(box->power.done == done);
	}
	check_row("nothing was done for it; exactly enough is enough");
	CHECK_RC(service(box, SOTER_TA_AUTHKEY_HAS, 10001, "pay"), SOTER_OK);
	tabox_send(box, TABOX_SERVICE, SOTER_TA_KEYS_LIST, soter_span(uid, 4),
	    4 + soter_ta_form(SOTER_TA_KEYS_LIST)->reply_max, &tabox_last);
	CHECK_RC(tabox_last.code, SOTER_OK);

	check_row("the longest request is read, a longer one is not");
	tabox_send(box, TABOX_SERVICE, SOTER_TA_ASK_HAS,
	    soter_span(most, sizeof(most) - 1), SOTER_TA_REPLY_MAX,
	    &tabox_last);
	CHECK_RC(tabox_last.code, SOTER_E_TEE_ARGUMENT);
	tabox_send(box, TABOX_SERVICE, SOTER_TA_ASK_HAS,
	    soter_span(most, sizeof(most)), SOTER_TA_REPLY_MAX, &tabox_last);
	CHECK(tabox_last.result == TEE_ERROR_EXCESS_DATA);
}

/* A real TEE may pass on what soter-teed never would. */
static void
test_no_memory(struct tabox *box)
{
	const uint32_t types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
	    TEE_PARAM_TYPE_MEMREF_OUTPUT, TEE_PARAM_TYPE_NONE,
	    TEE_PARAM_TYPE_NONE);
	uint8_t out[SOTER_TA_REPLY_MAX];

	CHECK_RC(tabox_do(box, TABOX_PUBLIC, SOTER_TA_STATUS, 0, NULL),
	    SOTER_OK);
	for (int i = 0; i < 2; i++) {
		TEE_Param params[4] = { 0 };

		check_row("a size and no buffer: %s",
		    i == 0 ? "request" : "reply");
		params[1].memref.buffer = out;
		params[1].memref.size = sizeof(out);
		params[i].memref.buffer = NULL;
		params[i].memref.size = SOTER_TA_REQUEST_MAX;
		CHECK(teehost_instance_invoke(box->instance,
			  box->sessions[TABOX_PUBLIC], SOTER_TA_STATUS, types,
			  params) == TEE_ERROR_BAD_PARAMETERS);
	}
}

static void
self_test(struct tabox *box)
{
	CHECK_RC(tabox_do(box, TABOX_PUBLIC, SOTER_TA_SELF_TEST, 0, NULL),
	    SOTER_OK);
}

/* Whoever has no role must not keep the TA busy with keys. */
static void
test_self_test(struct tabox *box)
{
	unsigned taken = keypool_taken;

	check_row("a good self-test holds for a minute, for whoever asks");
	self_test(box);
	for (int i = 0; i < 100; i++)
		self_test(box);
	CHECK(keypool_taken == taken + 1);
	box->now_ms += SOTER_SELF_TEST_MS - 1;
	self_test(box);
	CHECK(keypool_taken == taken + 1);
	box->now_ms += 1;
	self_test(box);
	CHECK(keypool_taken == taken + 2);
	check_row("with a clock that went back it is made anew");
	box->now_ms -= 10;
	self_test(box);
	CHECK(keypool_taken == taken + 3);
}

/* Called while the TA runs, so the API works for it. */
static void
look_at_usage(void *state)
{
	struct tabox *box = state;
	struct soter_span id;
	size_t n;

	for (size_t i = 0; teehost_store_list(box->store, i, &id, &n); i++) {
		TEE_ObjectHandle object;
		TEE_ObjectInfo info;

		if (soter_span_starts(id, SOTER_SPAN("state")) ||
		    soter_span_starts(id, SOTER_SPAN("counter")))
			continue;
		if (!CHECK(TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, id.p,
			       id.n, TEE_DATA_FLAG_ACCESS_READ,
			       &object) == TEE_SUCCESS))
			continue;
		CHECK(TEE_GetObjectInfo1(object, &info) == TEE_SUCCESS);
		CHECK(info.objectType == TEE_TYPE_RSA_KEYPAIR);
		CHECK(info.objectUsage == (TEE_USAGE_SIGN | TEE_USAGE_VERIFY));
		TEE_CloseObject(object);
	}
}

static void
test_usage(struct tabox *box)
{
	static const char *const lost[] = { "attk", "copy", NULL };
	uint64_t session;

	for (size_t i = 0; i < SOTER_COUNT(lost); i++) {
		uint8_t name[TEEHOST_OBJECT_ID_MAX];
		struct soter_span id;
		size_t n;

		check_row("no private key can be read%s%s",
		    lost[i] == NULL ? "" : ", made anew: ",
		    lost[i] == NULL ? "" : lost[i]);
		for (size_t k = 0; lost[i] != NULL &&
		     teehost_store_list(box->store, k, &id, &n);
		     k++) {
			if (!soter_span_starts(id, soter_text(lost[i])))
				continue;
			memcpy(name, id.p, id.n);
			CHECK_RC(teehost_store_remove(box->store,
				     soter_span(name, id.n)),
			    SOTER_OK);
			break;
		}
		CHECK_RC(
		    tabox_do(box, TABOX_FACTORY, SOTER_TA_ATTK_VERIFY, 0, NULL),
		    SOTER_OK);
		box->on_time = look_at_usage;
		box->on_time_state = box;
		CHECK_RC(tabox_init(box, TABOX_UID, TABOX_KNAME, "c", &session),
		    SOTER_OK);
		box->on_time = NULL;
		CHECK_RC(tabox_cancel(box, TABOX_UID, session), SOTER_OK);
	}
}

/* ---- status ------------------------------------------------------------ */

static void
test_status(struct tabox *box)
{
	struct soter_ta_status x;

	check_row("status");
	CHECK_RC(tabox_do(box, TABOX_PUBLIC, SOTER_TA_STATUS, 0, NULL),
	    SOTER_OK);
	CHECK_RC(soter_ta_status_parse(&x, body()), SOTER_OK);
	CHECK(x.version == 1 && x.salt_len == 20 && x.rollback == 1000);
	CHECK(x.provisioned == 1 && x.factory == 0 && x.sessions == 0);
	CHECK(x.counter_block == SOTER_COUNTER_BLOCK_MAX && x.trouble == 0);
	CHECK(x.asks == 2 && x.authkeys == 3);
	CHECK(strcmp(x.tee_n, TABOX_TEE_NAME) == 0);
	CHECK(strcmp(x.tee_v, "1") == 0);
}

/* The TEE says 1000, and means the RPMB only. */
static void
test_unguarded(void)
{
	struct soter_ta_status x;
	struct tabox box;

	check_row("keys that may be put back: the status does not say no");
	tabox_new(&box, &tabox_builds[TABOX_UNGUARDED]);
	CHECK_RC(tabox_start(&box), SOTER_OK);
	CHECK_RC(tabox_do(&box, TABOX_PUBLIC, SOTER_TA_STATUS, 0, NULL),
	    SOTER_OK);
	CHECK_RC(soter_ta_status_parse(&x, body()), SOTER_OK);
	CHECK(x.rollback == 100);
	tabox_free(&box);
}

/* What the TA holds when nobody is there: nothing. */
static void
test_leaks(struct tabox *box)
{
	struct teehost_use use;

	check_row("nothing stays open, nothing stays on the heap");
	for (int i = 0; i < TABOX_WHOS; i++)
		if (box->sessions[i] != 0) {
			teehost_instance_close(box->instance,
			    box->sessions[i] - 1);
			box->sessions[i] = 0;
		}
	use = teehost_instance_use(box->instance);
	CHECK(use.sessions == 0 && use.objects == 0 && use.operations == 0);
	CHECK(use.heap_blocks == 0 && use.heap_bytes == 0);
	CHECK(use.enumerators == 0);
}

int
main(int argc, char **argv)
{
	struct tabox box;

	tabox_load(argc, argv);
	test_life(TABOX_USUAL, "salt 20");
	test_life(TABOX_SALT32, "salt 32");
	test_salt();
	test_face();
	test_unguarded();

	tabox_new(&box, &tabox_builds[TABOX_USUAL]);
	if (tabox_start(&box) != SOTER_OK)
		return (1);
	test_before(&box);
	check_row("provisioned");
	CHECK_RC(tabox_generate(&box, 0, SOTER_SPAN("")), SOTER_OK);
	test_keyless(&box);
	test_root_once(&box);
	test_ask_replaced(&box);
	test_authkeys(&box);
	/* From here on keys are counted, not compared. */
	tabox_stop(&box);
	tabox_change(&box, &tabox_builds[TABOX_POOL_USUAL]);
	check_row("the same device with a pool of keys");
	if (!CHECK_RC(tabox_start(&box), SOTER_OK))
		return (check_done());
	test_list(&box);
	test_sessions(&box);
	test_session_time(&box);
	test_all_taken(&box);
	test_challenges(&box);
	test_sizes(&box);
	test_no_memory(&box);
	test_self_test(&box);
	test_status(&box);
	test_leaks(&box);
	tabox_free(&box);

	tabox_new(&box, &tabox_builds[TABOX_POOL_USUAL]);
	if (tabox_start(&box) != SOTER_OK)
		return (1);
	tabox_provision(&box);
	test_usage(&box);
	tabox_free(&box);
	return (check_done());
}
