/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tee_life FOLDER first|again -- the whole life of a device, through the GP TEE
 * Client API: ATTK, device id, ASK, AuthKey, initSign, a touch, finishSign, and
 * each "no" on the way with the number that docs/protocol.md c.3 gives it.
 *
 * first  on a TEE whose storage is empty
 * again  on the same one after it was started anew
 *
 * Nothing here belongs to one TEE: tee_life_test.sh runs it against soter-teed,
 * and linked with another libteec it runs against a real one.  The caller must
 * be everything (service or own, factory, enroller), and the sensor simulated.
 * What was signed is left in FOLDER.  Built with LIFE_VERIFY it is also held
 * against libsoter-verify.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef LIFE_VERIFY
#include "soter/verify.h"
#endif
#include "tests/check.h"
#include "tests/tee.h"
#include "wire/export.h"
#include "wire/keyjson.h"
#include "wire/result.h"
#include "wire/spki.h"

#define PIN   "2580"
#define KNAME "pay"
#define CHALLENGE                          \
	"order-4711: 12.50 to \"B\xc3\xa4" \
	"cker\\Co\""
#define TOUCHES_MAX 32

static const TEEC_UUID soter_uuid = SOTER_TA_UUID, bio_uuid = SOTER_BIO_UUID;
static struct tee soter, bio;
static const char *folder;

/* What was exported, and the numbers in it. */
static struct {
	struct soter_key attk;
	char device_id[SOTER_DEVICE_ID_LEN + 1];
	uint64_t counter; /* the highest that was seen */
	uint64_t fid;
	size_t pem_n, ask_n, authkey_n, result_n;
	uint8_t pem[SOTER_PEM_KEY_MAX], ask[SOTER_TA_EXPORT_MAX],
	    authkey[SOTER_TA_EXPORT_MAX], result[SOTER_TA_EXPORT_MAX];
} life;

/* ---- files -------------------------------------------------------------- */

static void
keep(const char *name, const void *p, size_t n)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "wb");
	if (CHECK(f != NULL)) {
		CHECK(fwrite(p, 1, n, f) == n);
		CHECK(fclose(f) == 0);
	}
}

static void
keep_numbers(void)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%llu %llu\n",
	    (unsigned long long)life.counter, (unsigned long long)life.fid);

	keep("numbers", text, (size_t)n);
	keep("challenge", CHALLENGE, strlen(CHALLENGE));
	keep("device_id", life.device_id, strlen(life.device_id));
}

static void
recall_numbers(void)
{
	unsigned long long counter = 0, fid = 0;
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/numbers", folder);
	f = fopen(path, "r");
	if (CHECK(f != NULL)) {
		CHECK(fscanf(f, "%llu %llu", &counter, &fid) == 2);
		fclose(f);
	}
	life.counter = counter;
	life.fid = fid;
}

/* ---- requests ----------------------------------------------------------- */

/* What every request may name: the caller itself. */
static struct soter_ta_request
mine(void)
{
	struct soter_ta_request x = { .uid = (uint32_t)geteuid(),
		.copies = 1,
		.modality = SOTER_MODALITY_FINGER,
		.kname = tee_text(KNAME),
		.challenge = tee_text(CHALLENGE),
		.pin = tee_text(PIN) };

	x.user = soter_user_of_uid(x.uid);
	return (x);
}

/* One command of TA soter with everything as usual. */
static int32_t
ask(uint32_t command)
{
	struct soter_ta_request x = mine();

	return (tee_soter(&soter, command, &x));
}

static int32_t
ask_session(uint32_t command, uint64_t session)
{
	struct soter_ta_request x = mine();

	x.session = session;
	return (tee_soter(&soter, command, &x));
}

static uint64_t
begin(const char *kname)
{
	struct soter_ta_request x = mine();

	x.kname = tee_text(kname);
	if (tee_soter(&soter, SOTER_TA_SIGN_INIT, &x) != 0)
		return (0);
	return (tee_number(&soter));
}

static int32_t
touch(uint64_t session, const char *finger)
{
	struct soter_ta_request x = mine();
	int32_t code;

	x.session = session;
	x.sample = tee_text(finger);
	code = tee_bio(&bio, SOTER_BIO_AUTH_BEGIN, &x);
	if (code != 0)
		return (code);
	if ((code = tee_bio(&bio, SOTER_BIO_SIM_FEED, &x)) == 0)
		code = tee_bio(&bio, SOTER_BIO_AUTH_STEP, &x);
	if (code != 0)
		(void)tee_bio(&bio, SOTER_BIO_AUTH_CANCEL, &x);
	return (code);
}

/* ---- what came back ----------------------------------------------------- */

/* Take a blob out of the last reply. */
static int
take_blob(uint8_t *to, size_t *n, struct soter_export *parts)
{
	struct soter_span body = tee_body(&soter);

	if (!CHECK(body.n <= SOTER_TA_EXPORT_MAX))
		return (0);
	soter_copy(to, body.p, body.n);
	*n = body.n;
	return (
	    CHECK_RC(soter_export_parse(parts, soter_span(to, *n)), SOTER_OK));
}

/* The text is what wire writes for the values in it, and the owner is right. */
static void
check_key_text(struct soter_span text)
{
	static uint8_t again[SOTER_TA_EXPORT_MAX];
	struct soter_writer w = soter_writer(again, sizeof(again));
	static struct soter_key_json x;
	char uid[16];

	if (!CHECK_RC(soter_key_json_parse(&x, text, NULL, NULL), SOTER_OK))
		return;
	CHECK_RC(soter_key_json_write(&w, &x), SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), text));
	snprintf(uid, sizeof(uid), "%lu", (unsigned long)geteuid());
	CHECK(strcmp(x.uid, uid) == 0);
	CHECK(strcmp(x.cpu_id, life.device_id) == 0);
	CHECK(x.counter > life.counter);
	life.counter = x.counter;
}

static void
check_result_text(struct soter_span text)
{
	static uint8_t again[SOTER_TA_EXPORT_MAX];
	struct soter_writer w = soter_writer(again, sizeof(again));
	static struct soter_result_json x;
	char uid[16], fid[24];

	if (!CHECK_RC(soter_result_json_parse(&x, text, NULL, NULL), SOTER_OK))
		return;
	CHECK_RC(soter_result_json_write(&w, &x, tee_text(CHALLENGE)),
	    SOTER_OK);
	CHECK(soter_span_equal(soter_written(&w), text));
	snprintf(uid, sizeof(uid), "%lu", (unsigned long)geteuid());
	snprintf(fid, sizeof(fid), "%llu", (unsigned long long)life.fid);
	CHECK(strcmp(x.uid, uid) == 0 && strcmp(x.fid, fid) == 0);
	CHECK(strcmp(x.cpu_id, life.device_id) == 0);
	CHECK(x.counter > life.counter);
	life.counter = x.counter;
}

static struct soter_ta_status
status(void)
{
	struct soter_ta_status x;

	memset(&x, 0, sizeof(x));
	CHECK(ask(SOTER_TA_STATUS) == 0);
	CHECK_RC(soter_ta_status_parse(&x, tee_body(&soter)), SOTER_OK);
	return (x);
}

/* ---- the device --------------------------------------------------------- */

static void
new_device(void)
{
	struct soter_ta_status x;

	check_row("a new device has no root, and nothing works without it");
	x = status();
	CHECK(x.provisioned == 0 && x.asks == 0 && x.authkeys == 0);
	CHECK(x.trouble == 0);
	CHECK(ask(SOTER_TA_DEVICE_ID) == -13);
	CHECK(ask(SOTER_TA_ATTK_EXPORT) == -13);
	CHECK(ask(SOTER_TA_ATTK_VERIFY) == -2);
	CHECK(ask(SOTER_TA_ASK_GENERATE) == -13);
	CHECK(ask(SOTER_TA_ASK_HAS) == -5);
	CHECK(ask(SOTER_TA_ASK_EXPORT) == -5);
	CHECK(tee_body(&soter).n == 0);
	CHECK(status().provisioned == 0);

	check_row("the self-test passes");
	CHECK(ask(SOTER_TA_SELF_TEST) == 0);
}

static void
root(void)
{
	static const uint8_t token[SOTER_SIG_LEN] = { 1 };
	struct soter_ta_request x = mine();

	check_row("the root is made once, for life");
	CHECK(ask(SOTER_TA_ATTK_GENERATE) == 0);
	CHECK(ask(SOTER_TA_ATTK_GENERATE) == -20);
	x.copies = 0;
	CHECK(tee_soter(&soter, SOTER_TA_ATTK_GENERATE, &x) == -20);
	x.token = soter_span(token, sizeof(token));
	CHECK(tee_soter(&soter, SOTER_TA_ATTK_GENERATE, &x) != 0);
	CHECK(ask(SOTER_TA_ATTK_VERIFY) == 0);
	CHECK(status().provisioned == 1);
}

/* Also learns them. */
static void
device(void)
{
	struct soter_span body;

	check_row("device id and root are what they should be");
	CHECK(ask(SOTER_TA_DEVICE_ID) == 0);
	body = tee_body(&soter);
	if (CHECK(body.n == SOTER_DEVICE_ID_LEN))
		soter_copy(life.device_id, body.p, body.n);
	for (size_t i = 0; i < body.n; i++)
		CHECK(soter_hex_digit(body.p[i]) != SOTER_HEX_BAD &&
		    (body.p[i] < 'A' || body.p[i] > 'F'));
	CHECK(ask(SOTER_TA_ATTK_EXPORT) == 0);
	body = tee_body(&soter);
	if (CHECK(body.n > 0 && body.n <= sizeof(life.pem))) {
		soter_copy(life.pem, body.p, body.n);
		life.pem_n = body.n;
	}
	CHECK_RC(soter_spki_parse_pem(&life.attk, body), SOTER_OK);
	CHECK(life.attk.n_len == SOTER_SIG_LEN && life.attk.e == 65537);
	keep("attk.pem", life.pem, life.pem_n);
}

/* ---- the keys ----------------------------------------------------------- */

static void
no_keys(void)
{
	struct soter_ta_request x = mine();

	check_row("no key is there before it was made");
	CHECK(ask(SOTER_TA_ASK_HAS) == -5);
	CHECK(ask(SOTER_TA_ASK_EXPORT) == -5 && tee_body(&soter).n == 0);
	CHECK(ask(SOTER_TA_AUTHKEY_GENERATE) == -5);
	CHECK(ask(SOTER_TA_AUTHKEY_HAS) == -6);
	CHECK(ask(SOTER_TA_AUTHKEY_EXPORT) == -6 && tee_body(&soter).n == 0);
	CHECK(ask(SOTER_TA_AUTHKEY_REMOVE) == -6);
	CHECK(tee_soter(&soter, SOTER_TA_SIGN_INIT, &x) == -6);
	CHECK(ask(SOTER_TA_KEYS_LIST) == -5 && tee_body(&soter).n == 0);
	CHECK(ask(SOTER_TA_REMOVE_ALL) == 0);
}

static void
export_ask(void)
{
	struct soter_export parts;

	CHECK(ask(SOTER_TA_ASK_EXPORT) == 0);
	if (take_blob(life.ask, &life.ask_n, &parts))
		check_key_text(parts.text);
	keep("ask.bin", life.ask, life.ask_n);
}

static void
export_authkey(void)
{
	struct soter_export parts;

	CHECK(ask(SOTER_TA_AUTHKEY_EXPORT) == 0);
	if (take_blob(life.authkey, &life.authkey_n, &parts))
		check_key_text(parts.text);
	keep("authkey.bin", life.authkey, life.authkey_n);
}

static void
make_keys(void)
{
	struct soter_ta_request x = mine();
	struct soter_span name;
	struct soter_reader r;

	check_row("an ASK is made");
	CHECK(ask(SOTER_TA_ASK_GENERATE) == 0);
	CHECK(ask(SOTER_TA_ASK_HAS) == 0);
	CHECK(ask(SOTER_TA_AUTHKEY_HAS) == -6);

	check_row("and an AuthKey below it, by this name and no other");
	CHECK(ask(SOTER_TA_AUTHKEY_GENERATE) == 0);
	CHECK(ask(SOTER_TA_AUTHKEY_HAS) == 0);
	x.kname = tee_text(KNAME "2");
	CHECK(tee_soter(&soter, SOTER_TA_AUTHKEY_HAS, &x) == -6);
	CHECK(tee_soter(&soter, SOTER_TA_AUTHKEY_EXPORT, &x) == -6);
	CHECK(ask(SOTER_TA_KEYS_LIST) == 0);
	r = soter_reader(tee_body(&soter));
	CHECK_RC(soter_ta_text_read(&r, &name), SOTER_OK);
	CHECK(r.left == 0 && soter_span_equal(name, tee_text(KNAME)));
}

static void
replace_keys(void)
{
	check_row("a new ASK takes its AuthKeys along");
	CHECK(ask(SOTER_TA_ASK_GENERATE) == 0);
	CHECK(ask(SOTER_TA_AUTHKEY_HAS) == -6);
	CHECK(ask(SOTER_TA_AUTHKEY_EXPORT) == -6);
	CHECK(ask(SOTER_TA_KEYS_LIST) == 0 && tee_body(&soter).n == 0);
	CHECK(ask(SOTER_TA_AUTHKEY_GENERATE) == 0);

	check_row("what removes an AuthKey leaves the ASK");
	CHECK(ask(SOTER_TA_AUTHKEY_REMOVE) == 0);
	CHECK(ask(SOTER_TA_AUTHKEY_REMOVE) == -6);
	CHECK(ask(SOTER_TA_ASK_HAS) == 0);
	CHECK(ask(SOTER_TA_AUTHKEY_GENERATE) == 0);
}

/* Equal texts mean a key that changes; growing counters, one that counts. */
static void
exports(void)
{
	check_row("both are exported, each time with a larger counter");
	export_ask();
	export_authkey();
	export_ask();
}

/* ---- the finger --------------------------------------------------------- */

static void
enrol(void)
{
	struct soter_ta_request x = mine();
	struct soter_bio_step step = { 0, 0 };

	check_row("a finger is enrolled, behind a PIN");
	x.pin_new = tee_text(PIN);
	x.pin = soter_span(NULL, 0);
	CHECK(tee_bio(&bio, SOTER_BIO_PIN_SET, &x) == 0);
	x.pin = tee_text("0000");
	CHECK(tee_bio(&bio, SOTER_BIO_ENROL_BEGIN, &x) != 0);
	x.pin = tee_text(PIN);
	x.sample = tee_text("thumb");
	CHECK(tee_bio(&bio, SOTER_BIO_ENROL_BEGIN, &x) == 0);
	for (int i = 0; i < TOUCHES_MAX && step.fid == 0; i++) {
		CHECK(tee_bio(&bio, SOTER_BIO_SIM_FEED, &x) == 0);
		CHECK(tee_bio(&bio, SOTER_BIO_ENROL_STEP, &x) == 0);
		step = tee_step(&bio);
	}
	CHECK(step.fid != 0);
	life.fid = step.fid;
}

/* ---- signing ------------------------------------------------------------ */

static void
no_touch(void)
{
	struct soter_ta_request x = mine();
	uint64_t session;

	check_row("without a touch nothing is signed (-26), again and again");
	session = begin(KNAME);
	CHECK(session != 0 && session <= INT64_MAX);
	for (int i = 0; i < 3; i++) {
		CHECK(ask_session(SOTER_TA_SIGN_FINISH, session) == -26);
		CHECK(tee_body(&soter).n == 0);
	}

	check_row("nobody touches: the sensor waits, and still no signature");
	x.session = session;
	CHECK(tee_bio(&bio, SOTER_BIO_AUTH_BEGIN, &x) == 0);
	CHECK(tee_bio(&bio, SOTER_BIO_AUTH_STEP, &x) ==
	    soter_ta_code(SOTER_E_WAITING));
	CHECK(ask_session(SOTER_TA_SIGN_FINISH, session) == -26);
	CHECK(tee_bio(&bio, SOTER_BIO_AUTH_CANCEL, &x) == 0);

	check_row("another finger is a miss, and still no signature");
	CHECK(touch(session, "somebody else's") == soter_ta_code(SOTER_E_MISS));
	CHECK(ask_session(SOTER_TA_SIGN_FINISH, session) == -26);

	check_row("a session that is none, or is over, is unknown (-1000)");
	CHECK(ask_session(SOTER_TA_SIGN_FINISH, session ^ 1) == -1000);
	CHECK(ask_session(SOTER_TA_SIGN_FINISH, 0) == -1000);
	CHECK(ask_session(SOTER_TA_SIGN_CANCEL, session ^ 1) == -1000);
	CHECK(ask_session(SOTER_TA_SIGN_CANCEL, session) == 0);
	CHECK(ask_session(SOTER_TA_SIGN_CANCEL, session) == -1000);
	CHECK(ask_session(SOTER_TA_SIGN_FINISH, session) == -1000);
}

static void
finish(uint64_t session)
{
	struct soter_export parts;

	CHECK(ask_session(SOTER_TA_SIGN_FINISH, session) == 0);
	if (take_blob(life.result, &life.result_n, &parts))
		check_result_text(parts.text);
	keep("result.bin", life.result, life.result_n);
}

static void
sign(void)
{
	uint64_t session;

	check_row("a miss, then the finger: the session is signed, once");
	session = begin(KNAME);
	CHECK(ask_session(SOTER_TA_SIGN_FINISH, session) == -26);
	CHECK(touch(session, "nobody's") == soter_ta_code(SOTER_E_MISS));
	CHECK(touch(session, "thumb") == 0);
	CHECK(tee_step(&bio).fid == life.fid);
	finish(session);
	CHECK(ask_session(SOTER_TA_SIGN_FINISH, session) == -1000);
	CHECK(ask_session(SOTER_TA_SIGN_CANCEL, session) == -1000);
}

static void
two_sessions(void)
{
	struct soter_ta_request x = mine();
	uint64_t first, second, third;

	check_row("a touch for one session finishes no other");
	/* Not later: a key may take longer to make than a session lives. */
	x.kname = tee_text("login");
	CHECK(tee_soter(&soter, SOTER_TA_AUTHKEY_GENERATE, &x) == 0);
	x.kname = tee_text("third");
	CHECK(tee_soter(&soter, SOTER_TA_AUTHKEY_GENERATE, &x) == 0);
	first = begin(KNAME);
	second = begin("login");
	CHECK(first != 0 && second != 0 && first != second);
	CHECK(touch(second, "thumb") == 0);
	CHECK(ask_session(SOTER_TA_SIGN_FINISH, first) == -26);

	check_row("a uid has two sessions (-9), a new one of a key replaces");
	CHECK(tee_soter(&soter, SOTER_TA_SIGN_INIT, &x) == -9);
	third = begin(KNAME);
	CHECK(third != 0 && third != first);
	CHECK(ask_session(SOTER_TA_SIGN_FINISH, first) == -1000);

	check_row("and the touched one is still there");
	CHECK(ask_session(SOTER_TA_SIGN_FINISH, second) == 0);
	CHECK(ask_session(SOTER_TA_SIGN_FINISH, third) == -26);
	CHECK(ask_session(SOTER_TA_SIGN_CANCEL, third) == 0);
}

/* ---- libsoter-verify ---------------------------------------------------- */

#ifdef LIFE_VERIFY
static struct soter_signed
split(const uint8_t *blob, size_t n)
{
	struct soter_signed in;

	memset(&in, 0, sizeof(in));
	CHECK_RC(soter_signed_split(&in, soter_span(blob, n)), SOTER_OK);
	return (in);
}

static void
verify_result(const struct soter_authkey *authkey)
{
	struct soter_signed in = split(life.result, life.result_n);
	struct soter_result_expect want = { .key.cls = SOTER_CLASS_TEST,
		.key.has_counter = true,
		.key.counter_above = life.counter - 1,
		.challenge = tee_text(CHALLENGE),
		.check_finger = true,
		.fids_n = 1 };
	struct soter_result result;
	struct soter_span fid;
	char text[24];
	int n;

	n = snprintf(text, sizeof(text), "%llu", (unsigned long long)life.fid);
	fid = soter_span(text, (size_t)n);
	want.fids = &fid;
	CHECK_RC(soter_result_accept(&result, authkey, &in, &want, NULL),
	    SOTER_OK);
	want.key.counter_above = life.counter;
	CHECK_RC(soter_result_accept(&result, authkey, &in, &want, NULL),
	    SOTER_E_REPLAY);
	want.key.has_counter = false;
	want.challenge = tee_text("another");
	want.key.counter_above = 0;
	CHECK_RC(soter_result_accept(&result, authkey, &in, &want, NULL),
	    SOTER_E_CHALLENGE);
}

static void
verify(void)
{
	struct soter_signed in = split(life.ask, life.ask_n);
	struct soter_attk_record record = { .attk_version = 1,
		.cls = SOTER_CLASS_TEST,
		.status = SOTER_ROOT_ACTIVE };
	struct soter_expect want = { .cls = SOTER_CLASS_TEST };
	struct soter_authkey *authkey = NULL;
	struct soter_attk *attk = NULL;
	struct soter_ask *key = NULL;

	check_row("libsoter-verify accepts each link, and no replay");
	record.device_id = tee_text(life.device_id);
	record.key = soter_span(life.pem, life.pem_n);
	if (CHECK_RC(soter_attk_new(&attk, &record), SOTER_OK) &&
	    CHECK_RC(soter_ask_accept(&key,
			 (const struct soter_attk *const *)&attk, 1, &in, &want,
			 NULL),
		SOTER_OK)) {
		in = split(life.authkey, life.authkey_n);
		CHECK_RC(soter_authkey_accept(&authkey, key, &in, &want, NULL),
		    SOTER_OK);
	}
	if (authkey != NULL)
		verify_result(authkey);
	soter_authkey_free(&authkey);
	soter_ask_free(&key);
	soter_attk_free(&attk);
}
#endif

/* ------------------------------------------------------------------------- */

static void
first_life(void)
{
	new_device();
	root();
	device();
	no_keys();
	make_keys();
	replace_keys();
	exports();
	enrol();
	no_touch();
	two_sessions();
	sign();
}

static void
again(void)
{
	struct soter_ta_status x;

	check_row("after a restart everything that was promised is there");
	recall_numbers();
	x = status();
	CHECK(x.provisioned == 1 && x.trouble == 0 && x.sessions == 0);
	CHECK(ask(SOTER_TA_ATTK_GENERATE) == -20);
	CHECK(ask(SOTER_TA_ASK_HAS) == 0);
	CHECK(ask(SOTER_TA_AUTHKEY_HAS) == 0);
	device();
	exports();
	no_touch();
	sign();
}

int
main(int argc, char **argv)
{
	if (argc != 3)
		return (2);
	folder = argv[1];
	check_row("sessions with both trusted applications");
	if (!CHECK(tee_open(&soter, &soter_uuid) == TEEC_SUCCESS) ||
	    !CHECK(tee_open(&bio, &bio_uuid) == TEEC_SUCCESS))
		return (check_done());
	if (strcmp(argv[2], "again") == 0)
		again();
	else
		first_life();
#ifdef LIFE_VERIFY
	verify();
#endif
	check_row("the highest counter and the finger are noted");
	keep_numbers();
	tee_close(&bio);
	tee_close(&soter);
	return (check_done());
}
