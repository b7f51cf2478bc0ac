/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The accept functions, with a phone that signs whatever the fuzzer likes.
 *
 *	byte 0	link, salt; from 192 on, the signer signed another text; from
 *		240 on, nobody signed
 *	byte 1	what the caller expects
 *	rest	the signed text; without a signer, text and its signature
 *
 * Properties: a text is accepted exactly if the rules, written down here a
 * second time and in another way, say so; without the signer never; a failure
 * leaves the output alone; reports are whole; a diagnosis changes no verdict.
 * Seeds: tests/fuzz-seeds/accept/.
 */
#include "crypto/policy.h"
#include "fuzz/signer.h"
#include "soter/verify.h"
#include "wire/keyjson.h"
#include "wire/result.h"

/* The owner, the challenge and so on, short so that a fuzzer finds them. */
#define CPU_ID	  "d"
#define UID	  "1"
#define CHALLENGE "c"
#define FID	  "7"
#define COUNTER	  5
#define TEE_BAD	  "evil"

static struct {
	struct soter_attk *attk;
	struct soter_ask *ask[2];	  /* the second with the salt quirk */
	struct soter_authkey *authkey[2]; /* likewise */
	uint8_t modulus[SOTER_RSA_LEN];
} keys;

/* One input, unpacked. */
struct attempt {
	enum soter_link link;
	size_t salt_len;
	bool quirk, genuine;
	struct soter_result_expect want;
	uint8_t sig[SOTER_SIG_LEN];
	struct soter_signed in;
};

static void
make_keys(void)
{
	struct soter_attk_record root = { SOTER_SPAN(CPU_ID), 3,
		soter_span(keys.modulus, sizeof(keys.modulus)),
		SOTER_CLASS_TEST, SOTER_ROOT_ACTIVE };
	struct soter_key_record record = { .cls = SOTER_CLASS_TEST,
		.cpu_id = CPU_ID,
		.uid = UID,
		.e = 65537 };

	if (keys.attk != NULL)
		return;
	signer_modulus(keys.modulus);
	soter_copy(record.n, keys.modulus, sizeof(record.n));
	MUST(soter_attk_new(&keys.attk, &root) == SOTER_OK);
	for (int quirk = 0; quirk <= 1; quirk++) {
		record.salt_32_if_absent = quirk == 1;
		record.kind = SOTER_RECORD_ASK;
		MUST(soter_ask_restore(&keys.ask[quirk], &record) == SOTER_OK);
		record.kind = SOTER_RECORD_AUTHKEY;
		MUST(soter_authkey_restore(&keys.authkey[quirk], &record) ==
		    SOTER_OK);
	}
}

/* If not genuine, over the text with a line feed behind it. */
static void
sign(struct attempt *a, struct soter_span text)
{
	static uint8_t other[SOTER_SIGNED_MAX + 1];
	size_t n = text.n < SOTER_SIGNED_MAX ? text.n : SOTER_SIGNED_MAX;

	soter_copy(other, text.p, n);
	other[n] = '\n';
	signer_sign(a->sig, a->genuine ? text : soter_span(other, n + 1),
	    a->salt_len);
}

static void
unpack(struct attempt *a, const uint8_t *data, size_t size)
{
	static const size_t salts[] = { 20, 32, 0, 1, 19, 21, 33, 222 };
	static struct soter_span fids[1];
	static struct soter_deny deny[1];
	uint8_t how = data[0], want = data[1];
	struct soter_span rest = soter_span(data + 2, size - 2);

	fids[0] = SOTER_SPAN(FID);
	deny[0] = (struct soter_deny){ SOTER_DENY_TEE, SOTER_SPAN(TEE_BAD),
		SOTER_SPAN("") };
	*a = (struct attempt){ .link = (enum soter_link)(1 + how % 3),
		.salt_len = salts[how / 3 % 8],
		.quirk = (how / 24 & 1) != 0,
		.genuine = how < 192 };
	a->want = (struct soter_result_expect){
		.key = { .cls = (want & 1) != 0 ? SOTER_CLASS_PRODUCTION
						: SOTER_CLASS_TEST,
		    .cpu_id = soter_text((want & 2) != 0 ? CPU_ID : ""),
		    .uid = soter_text((want & 4) != 0 ? UID : ""),
		    .has_counter = (want & 8) != 0,
		    .counter_above = (want & 8) != 0 ? COUNTER : 0 },
		.challenge = SOTER_SPAN(CHALLENGE),
		.check_finger = (want & 16) != 0,
		.fids = fids,
		.fids_n = (want & 16) != 0,
		.deny = deny,
		.deny_n = (want & 32) != 0
	};
	a->in =
	    (struct soter_signed){ rest, soter_span(a->sig, sizeof(a->sig)) };
	if (how < 240) {
		sign(a, rest);
		return;
	}
	if (soter_signed_split(&a->in, rest) != SOTER_OK)
		a->in.sig = rest;
}

/* Rules that every link has. */
static bool
is_right(const struct attempt *a, int32_t announced, const char *cpu_id,
    const char *uid, uint64_t counter)
{
	bool quirk = a->quirk && a->link != SOTER_LINK_ASK;
	size_t salt_len = announced >= 0 ? (size_t)announced : 20;
	bool any_uid = a->link == SOTER_LINK_ASK && a->want.key.uid.n == 0;

	return (a->genuine && a->want.key.cls == SOTER_CLASS_TEST &&
	    (a->salt_len == 20 || a->salt_len == 32) &&
	    (a->salt_len == salt_len ||
		(quirk && announced < 0 && a->salt_len == 32)) &&
	    strcmp(cpu_id, CPU_ID) == 0 && (any_uid || strcmp(uid, UID) == 0) &&
	    (!a->want.key.has_counter || counter > COUNTER));
}

static bool
is_right_key(const struct attempt *a)
{
	struct soter_key_json x;

	return (soter_key_json_parse(&x, a->in.text, NULL, NULL) == SOTER_OK &&
	    soter_key_policy(&x.key, SOTER_RSA_LEN) == SOTER_OK &&
	    memcmp(x.key.n, keys.modulus, SOTER_RSA_LEN) != 0 &&
	    is_right(a, x.salt_len, x.cpu_id, x.uid, x.counter));
}

static bool
is_right_result(const struct attempt *a)
{
	struct soter_result_json x;

	return (
	    soter_result_json_parse(&x, a->in.text, NULL, NULL) == SOTER_OK &&
	    soter_json_is(x.raw, SOTER_SPAN(CHALLENGE)) &&
	    (!a->want.check_finger || strcmp(x.fid, FID) == 0) &&
	    (a->want.deny_n == 0 || strcmp(x.tee_n, TEE_BAD) != 0) &&
	    is_right(a, x.salt_len, x.cpu_id, x.uid, x.counter));
}

static void
check_report(const struct soter_report *why, const struct attempt *a,
    enum soter_rc rc)
{
	MUST(why->rc == rc && why->link == a->link && why->cert == -1);
	MUST(memchr(why->field, '\0', sizeof(why->field)) != NULL);
	MUST(memchr(why->seen, '\0', sizeof(why->seen)) != NULL);
	MUST(why->offset <= a->in.text.n);
	MUST(why->unknown_n <= SOTER_JSON_MEMBERS_MAX);
	for (size_t i = 0; i < SOTER_VERIFY_UNKNOWN_MAX; i++)
		MUST(memchr(why->unknown[i], '\0', sizeof(why->unknown[i])) !=
		    NULL);
	MUST(!a->genuine || rc == SOTER_E_LIMIT ||
	    (why->opened && why->salt_len == a->salt_len));
	MUST(!why->salt_quirk || (a->quirk && a->salt_len == 32));
	MUST(why->hints == 0 && !why->would_match);
}

static void
check_diagnosis(const struct soter_report *before, const struct attempt *a)
{
	struct soter_report why = *before;

	soter_diagnose(&why, soter_attk_key(keys.attk), &a->in, NULL, 0);
	MUST(why.rc == before->rc && why.hints <= SOTER_VERIFY_HINT_MAX);
	for (size_t i = 0; i < why.hints; i++) {
		MUST(soter_code_find(why.hint[i].hint) != NULL);
		MUST(memchr(why.hint[i].name, '\0', sizeof(why.hint[i].name)) !=
		    NULL);
	}
	MUST(before->rc != SOTER_OK || why.hints == 0);
}

static enum soter_rc
accept_key(const struct attempt *a, struct soter_report *why)
{
	struct soter_key_record record;
	struct soter_authkey *authkey = NULL;
	struct soter_ask *ask = NULL;
	const struct soter_attk *roots[] = { keys.attk };
	enum soter_rc rc;

	if (a->link == SOTER_LINK_ASK)
		rc =
		    soter_ask_accept(&ask, roots, 1, &a->in, &a->want.key, why);
	else
		rc = soter_authkey_accept(&authkey, keys.ask[a->quirk], &a->in,
		    &a->want.key, why);
	MUST((rc == SOTER_OK) == (ask != NULL || authkey != NULL));
	if (ask != NULL)
		soter_ask_record(ask, &record);
	if (authkey != NULL)
		soter_authkey_record(authkey, &record);
	if (rc == SOTER_OK) {
		MUST(strcmp(record.cpu_id, CPU_ID) == 0);
		MUST(record.cls == SOTER_CLASS_TEST && record.e == 65537);
	}
	soter_ask_free(&ask);
	soter_authkey_free(&authkey);
	MUST((rc == SOTER_OK) == is_right_key(a));
	return (rc);
}

static enum soter_rc
accept_result(const struct attempt *a, struct soter_report *why)
{
	struct soter_result result;
	enum soter_rc rc;

	memset(&result, FUZZ_FILL, sizeof(result));
	rc = soter_result_accept(&result, keys.authkey[a->quirk], &a->in,
	    &a->want, why);
	if (rc != SOTER_OK)
		MUST(fuzz_untouched(&result, sizeof(result)));
	else
		MUST(result.has_fid == (result.fid[0] != '\0') &&
		    strcmp(result.cpu_id, CPU_ID) == 0);
	MUST((rc == SOTER_OK) == is_right_result(a));
	return (rc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soter_report why;
	struct attempt a;
	enum soter_rc rc;

	if (size < 2)
		return (0);
	make_keys();
	unpack(&a, data, size);
	memset(&why, FUZZ_FILL, sizeof(why));
	rc = a.link == SOTER_LINK_RESULT ? accept_result(&a, &why)
					 : accept_key(&a, &why);
	check_report(&why, &a, rc);
	check_diagnosis(&why, &a);
	return (0);
}
