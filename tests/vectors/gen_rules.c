/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_rules.c -- genuine objects in the wrong place: replayed, swapped, under
 * another owner, under a root that is not (or no longer) good.
 */
#include <stdio.h>
#include <string.h>

#include "generate.h"
#include "wire/json.h"

#define A    "classic-salt20/ask-10115"
#define K    "classic-salt20/authkey-10115-pay"
#define R    "classic-salt20/result-10115-pay"
#define L    "classic-salt20/result-10115-login"
#define B    "classic-salt32/result-10115-pay"
#define C    "chain/ask"
#define H    "huawei-style/result-10316-pay"
#define I    "ios/result"

#define SAME INT64_MIN /* the counter_above of the good object */

/* clang-format off */
/* The object is as it was; the verifier expects something else. */
static const struct rule {
	const char *name, *base;
	const char *uid, *cpu_id, *challenge, *fid;	/* NULL: as it was */
	int64_t above;
	enum soter_rc want;
	const char *why;
} rules[] = {
	{ "ask-counter-equal", A, NULL, NULL, NULL, NULL, 181, SOTER_E_REPLAY, "the same ASK again" },
	{ "ask-counter-lower", A, NULL, NULL, NULL, NULL, 182, SOTER_E_REPLAY, "an older ASK" },
	{ "authkey-counter-equal", K, NULL, NULL, NULL, NULL, 183, SOTER_E_REPLAY, "the same AuthKey again" },
	{ "authkey-counter-lower", K, NULL, NULL, NULL, NULL, 1000, SOTER_E_REPLAY, "an older AuthKey" },
	{ "result-counter-equal", R, NULL, NULL, NULL, NULL, 185, SOTER_E_REPLAY, "a replayed result" },
	{ "result-counter-lower", R, NULL, NULL, NULL, NULL, 192, SOTER_E_REPLAY, "a result that a newer one has overtaken" },
	{ "result-counter-largest", R, NULL, NULL, NULL, NULL, INT64_MAX, SOTER_E_REPLAY, "no counter is above the largest one" },
	{ "chain-ask-counter-equal", C, NULL, NULL, NULL, NULL, 38, SOTER_E_REPLAY, "the same chain ASK again" },

	{ "ask-uid", A, "10116", NULL, NULL, NULL, SAME, SOTER_E_UID, "another app's ASK" },
	{ "authkey-uid", K, "10116", NULL, NULL, NULL, SAME, SOTER_E_UID, "another app's AuthKey" },
	{ "result-uid", R, "10116", NULL, NULL, NULL, SAME, SOTER_E_UID, "another app's result" },
	{ "result-uid-prefix", R, "1011", NULL, NULL, NULL, SAME, SOTER_E_UID, "equality, not prefix" },
	{ "result-uid-longer", R, "101150", NULL, NULL, NULL, SAME, SOTER_E_UID, "equality, not prefix" },
	{ "chain-ask-uid", C, "10317", NULL, NULL, NULL, SAME, SOTER_E_UID, "another app's chain ASK" },

	{ "ask-cpu_id", A, NULL, "b", NULL, NULL, SAME, SOTER_E_CPU_ID, "another device's ASK" },
	{ "authkey-cpu_id", K, NULL, "b", NULL, NULL, SAME, SOTER_E_CPU_ID, "another device's AuthKey" },
	{ "result-cpu_id", R, NULL, "b", NULL, NULL, SAME, SOTER_E_CPU_ID, "another device's result" },
	{ "result-cpu_id-case", R, NULL, "A", NULL, NULL, SAME, SOTER_E_CPU_ID, "device ids are case-sensitive" },
	{ "chain-ask-cpu_id", C, NULL, "a", NULL, NULL, SAME, SOTER_E_CPU_ID, "another device's chain ASK" },

	{ "result-challenge", R, NULL, NULL, "00000000000000000000000000000000", NULL, SAME, SOTER_E_CHALLENGE, "signed for another request" },
	{ "result-challenge-prefix", R, NULL, NULL, "-", NULL, SAME, SOTER_E_CHALLENGE, "equality, not prefix" },
	{ "result-challenge-longer", R, NULL, NULL, "+", NULL, SAME, SOTER_E_CHALLENGE, "equality, not prefix" },
	{ "result-challenge-escaped", "forms/result-challenge-escapes", NULL, NULL, "a\\\"b\\\\c\\/d", NULL, SAME, SOTER_E_CHALLENGE, "the spelling in the JSON is not the challenge" },

	{ "result-finger", R, NULL, NULL, NULL, "11", SAME, SOTER_E_FINGER, "a finger that was enrolled later" },
	{ "result-finger-prefix", R, NULL, NULL, NULL, "231317", SAME, SOTER_E_FINGER, "equality, not prefix" },
	{ "result-finger-in-challenge", "forms/result-challenge-fid", NULL, NULL, NULL, "1", SAME, SOTER_E_FINGER, "the finger stands in the challenge only: a search for \"fid\":\" finds it there" },
	{ "ios-finger", I, NULL, NULL, NULL, "11", SAME, SOTER_E_FINGER_NONE, "an iOS result cannot satisfy a finger policy" },
};

/* Signed by one key, offered under another; all genuine. */
static const struct swap {
	const char *name, *base, *key;
	const char *why;
} swaps[] = {
	{ "ask-of-other-app", K, "ask-a-10116", "the backend looked up the ASK of another app" },
	{ "ask-of-other-device", K, "ask-b-10115", "the backend looked up the ASK of another device with the same uid" },
	{ "authkey-of-other-business", R, "authkey-a-10115-login", "signed for pay, offered as login" },
	{ "authkey-of-pay", L, "authkey-a-10115-pay", "signed for login, offered as pay: a touch to log in must not pay" },
	{ "authkey-of-other-app", R, "authkey-a-10116-pay", "the backend looked up the AuthKey of another app" },
	{ "authkey-of-other-device", B, "authkey-a-10115-pay", "a result of device B under an AuthKey of device A" },
	{ "attk-of-other-device", A, "attk-b", "an ASK of device A under the root of device B" },
};

/* Signed correctly by the trusted key, about somebody else. */
static const struct owner {
	const char *name, *base, *member, *literal;
	enum soter_rc want;
	const char *why;
} owners[] = {
	{ "authkey-other-uid", K, "uid", "\"10116\"", SOTER_E_UID, "an ASK signs AuthKeys of its own app alone" },
	{ "authkey-other-cpu_id", K, "cpu_id", "\"00000000000000000000000000000000\"", SOTER_E_CPU_ID, "an ASK signs AuthKeys of its own device alone" },
	{ "result-other-uid", R, "uid", "\"10116\"", SOTER_E_UID, "an AuthKey signs for its own app alone" },
	{ "result-other-cpu_id", R, "cpu_id", "\"00000000000000000000000000000000\"", SOTER_E_CPU_ID, "an AuthKey signs for its own device alone" },
	{ "ask-other-uid", A, "uid", "\"10116\"", SOTER_E_UID, "the account belongs to another app's uid" },
};
/* clang-format on */

/* clang-format off */
/* A row of the deny list; want is SOTER_OK where it names something else. */
static const struct deny {
	const char *name, *base, *row;	/* row NULL: this very device */
	enum soter_rc want;
	const char *why;
} denies[] = {
	{ "negative/deny/tee", R, "tee=OpenSOTER-test-TEE", SOTER_E_DENIED, "every version of this TEE" },
	{ "negative/deny/tee-version", R, "tee=OpenSOTER-test-TEE=10010/1", SOTER_E_DENIED, "this version of this TEE" },
	{ "negative/deny/fingerprint", R, "fp=TESTFP", SOTER_E_DENIED, "every version of this sensor" },
	{ "negative/deny/fingerprint-version", R, "fp=TESTFP=6516", SOTER_E_DENIED, "this version of this sensor" },
	{ "negative/deny/face", H, "face=testbioalgo", SOTER_E_DENIED, "this face module, though a finger was used" },
	{ "negative/deny/face-version", "forms/result-face", "face=TESTFP=6516", SOTER_E_DENIED, "this version of this face module" },
	{ "negative/deny/device", R, NULL, SOTER_E_DENIED, "this device" },
	{ "forms/deny-other-version", R, "tee=OpenSOTER-test-TEE=10010", SOTER_OK, "another version is denied: equality, not prefix" },
	{ "forms/deny-other-kind", R, "fp=OpenSOTER-test-TEE", SOTER_OK, "a sensor of the TEE's name is denied" },
};
/* clang-format on */

/* "-": one character less; "+": one more. */
static void
set_challenge(struct gen_object *o, const char *to)
{
	if (strcmp(to, "-") == 0)
		o->challenge[strlen(o->challenge) - 1] = '\0';
	else if (strcmp(to, "+") == 0)
		gen_name(o->challenge, "%s0", o->challenge);
	else
		gen_name(o->challenge, "%s", to);
}

static void
upper(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'a' && *s <= 'z')
			*s = (char)(*s - 'a' + 'A');
}

/* A capital letter asks for that device's id in capitals. */
static const char *
other_cpu_id(const char *device, char room[GEN_NAME_MAX])
{
	if (*device >= 'a')
		return (gen_cpu_id(*device));
	gen_name(room, "%s", gen_cpu_id((char)(*device - 'A' + 'a')));
	upper(room);
	return (room);
}

static void
put_rule(const struct rule *rule)
{
	char room[GEN_NAME_MAX];
	struct gen_object o;

	gen_take(&o, rule->base);
	if (rule->uid != NULL)
		o.c.uid = rule->uid;
	if (rule->cpu_id != NULL)
		o.c.cpu_id = other_cpu_id(rule->cpu_id, room);
	if (rule->challenge != NULL)
		set_challenge(&o, rule->challenge);
	if (rule->fid != NULL) {
		o.c.fids[0] = rule->fid;
		o.c.fids[1] = NULL;
	}
	if (rule->above != SAME)
		o.c.counter_above = rule->above;
	gen_name(o.c.name, "negative/rule/%s", rule->name);
	o.c.want = rule->want;
	o.c.why = rule->why;
	gen_manifest(&o.c);
}

static void
put_deny(const struct deny *deny)
{
	char room[GEN_NAME_MAX];
	struct gen_object o;

	gen_take(&o, deny->base);
	gen_name(room, "device=%s", o.c.cpu_id);
	gen_name(o.c.name, "%s", deny->name);
	o.c.deny[0] = deny->row != NULL ? deny->row : room;
	o.c.want = deny->want;
	o.c.why = deny->why;
	gen_manifest(&o.c);
}

static void
put_swap(const struct swap *swap)
{
	struct gen_object o;

	gen_take(&o, swap->base);
	gen_name(o.c.name, "negative/swap/%s", swap->name);
	o.c.key = swap->key;
	o.c.also[0] = o.signer;
	o.c.want = SOTER_E_SIGNATURE;
	o.c.hints[0] = SOTER_HINT_OTHER_KEY;
	o.c.why = swap->why;
	gen_manifest(&o.c);
}

static void
put_owner(const struct owner *owner)
{
	struct gen_object o;

	gen_take(&o, owner->base);
	gen_member_set(&o.text, owner->member, soter_text(owner->literal));
	gen_rename(&o, "negative/owner/%s", owner->name);
	o.c.want = owner->want;
	o.c.why = owner->why;
	gen_put(&o);
}

/* What a rooted phone can do to an ASK: put its own key into the text. */
static void
swapped_inside(const char *base, const char *name, const char *why)
{
	struct gen_object o, own;
	struct soter_json json;

	gen_take(&o, base);
	gen_take(&own, "classic-salt32/authkey-10115-pay");
	GEN_OK(
	    soter_json_parse(&json, gen_span(&own.text), SOTER_SPAN(""), NULL));
	/* The literal with its quotes stands around the member's value. */
	gen_member_set(&o.text, "pub_key",
	    soter_span(json.member[0].value.p - 1, json.member[0].value.n + 2));
	gen_name(o.c.name, "negative/swap/%s", name);
	gen_name(o.c.signed_file, "%s.json", o.c.name);
	gen_file(o.c.signed_file, gen_span(&o.text));
	o.c.want = SOTER_E_SIGNATURE;
	o.c.hints[0] = SOTER_HINT_TEXT;
	o.c.why = why;
	gen_manifest(&o.c);
}

/* A whole chain of the attacker's own: right in itself, under no root. */
static void
own_ask(void)
{
	struct gen_object o;

	gen_take(&o, K);
	o.signer = "attacker";
	gen_rename(&o, "negative/swap/authkey-by-own-ask");
	o.c.want = SOTER_E_SIGNATURE;
	o.c.why = "an AuthKey under an ASK that malware made for itself";
	gen_put(&o);
}

void
gen_rule_lies(void)
{
	for (size_t i = 0; i < SOTER_COUNT(rules); i++)
		put_rule(&rules[i]);
	for (size_t i = 0; i < SOTER_COUNT(denies); i++)
		put_deny(&denies[i]);
	for (size_t i = 0; i < SOTER_COUNT(swaps); i++)
		put_swap(&swaps[i]);
	for (size_t i = 0; i < SOTER_COUNT(owners); i++)
		put_owner(&owners[i]);
	swapped_inside(A, "ask-key-inside",
	    "malware put its own key into a genuine ASK");
	swapped_inside(K, "authkey-key-inside",
	    "malware put its own key into a genuine AuthKey");
	own_ask();
}
