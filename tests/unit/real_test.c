/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What real phones signed, under the trust rules: each signature that is known
 * to verify does, with its salt length and no other; every single-bit change of
 * text or signature is refused.
 */
#include "soter/verify.h"
#include "crypto/pss.h"
#include "tests/unit/vectors.h"
#include "wire/keyjson.h"
#include "wire/sigtext.h"
#include "wire/spki.h"

#define MTK    "mtk_tbase_2017/"
#define HUAWEI "huawei_hwhma_2024/"

static const struct {
	const char *what, *text, *sig, *key;
	size_t salt_len;
	bool is_result;
	const char *challenge;
} cases[] = {
	{ "MTK AuthKey under its ASK", MTK "auth_key_json.txt",
	    MTK "auth_key_signature.bin", MTK "ask.pem", 20, false, NULL },
	{ "MTK result under its AuthKey", MTK "final_json.txt",
	    MTK "final_signature.bin", MTK "auth_key.pem", 20, true,
	    "I'm a demo challenge string" },
	{ "Huawei AuthKey under its chain ASK", HUAWEI "hw_auth_key_json.txt",
	    HUAWEI "hw_auth_key_signature.txt", HUAWEI "chain", 32, false,
	    NULL },
	{ "Huawei result under its AuthKey", HUAWEI "hw_final_json.txt",
	    HUAWEI "hw_final_signature.txt", HUAWEI "hw_auth_key.pem", 32, true,
	    "cd99c126b2fa8cc2022b8fbaa288fd37735c824c1712735791" },
};

static const struct soter_expect any = { .cls = SOTER_CLASS_PRODUCTION };

/* The ASK of the Huawei phone, through the whole of rule V18. */
static enum soter_rc
chain_ask(struct soter_ask **out, const char *folder, struct soter_report *why)
{
	static struct vector text;
	const struct soter_profile *profiles;
	size_t n;

	profiles = soter_profiles(&n);
	if (!CHECK(vector_read(&text, folder, HUAWEI "hw_ask_cert_json.txt")))
		return (SOTER_E_READ);
	return (soter_ask_accept_chain(out, profiles, n, vector_span(&text),
	    &any, why));
}

/* A key file and the owner that the object claims, as our data base. */
static void
record_of(struct soter_key_record *out, enum soter_record_kind kind,
    struct soter_span pem, struct soter_span text)
{
	struct soter_claim claim;
	struct soter_key key;

	CHECK_RC(soter_claim_read(&claim, text, NULL), SOTER_OK);
	CHECK_RC(soter_spki_parse_pem(&key, pem), SOTER_OK);
	*out = (struct soter_key_record){ .kind = kind,
		.cls = SOTER_CLASS_PRODUCTION,
		.e = key.e };
	memcpy(out->n, key.n, sizeof(out->n));
	memcpy(out->cpu_id, claim.cpu_id, sizeof(out->cpu_id));
	memcpy(out->uid, claim.uid, sizeof(out->uid));
}

/* One check of one case under keys made beforehand. */
struct keys {
	struct soter_ask *ask;
	struct soter_authkey *authkey;
	const char *challenge;
};

static enum soter_rc
accept(const struct keys *k, const struct soter_signed *in,
    struct soter_report *why)
{
	struct soter_result_expect want = { .key = any,
		.challenge = soter_text(k->challenge) };
	struct soter_authkey *made = NULL;
	enum soter_rc rc;

	if (k->authkey != NULL)
		return (soter_result_accept(NULL, k->authkey, in, &want, why));
	rc = soter_authkey_accept(&made, k->ask, in, &any, why);
	CHECK((rc == SOTER_OK) == (made != NULL));
	soter_authkey_free(&made);
	return (rc);
}

static void
check_other_salts(const struct soter_pubkey *key, const struct soter_signed *in,
    size_t salt_len)
{
	uint8_t sig[SOTER_SIG_LEN];

	CHECK_RC(soter_sig_parse(sig, in->sig), SOTER_OK);
	for (size_t n = 0; n <= 222; n++)
		CHECK_RC(soter_pss_verify(key, in->text,
			     soter_span(sig, sizeof(sig)), n),
		    n == salt_len ? SOTER_OK : SOTER_E_SALT);
}

/* Every bit of the text, then every bit of the signature. */
static void
check_flips(const struct keys *k, struct vector *text, struct vector *sig)
{
	const struct soter_signed in = { vector_span(text), vector_span(sig) };
	struct vector *parts[] = { text, sig };

	for (size_t p = 0; p < SOTER_COUNT(parts); p++)
		for (size_t bit = 0; bit < parts[p]->n * 8;
		     bit += check_step(1)) {
			parts[p]->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (!CHECK(accept(k, &in, NULL) != SOTER_OK))
				printf("# part %zu, bit %zu\n", p, bit);
			parts[p]->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	CHECK_RC(accept(k, &in, NULL), SOTER_OK);
}

static void
check_case(size_t i, const char *folder)
{
	static struct vector text, sig, pem;
	struct keys k = { NULL, NULL, cases[i].challenge };
	struct soter_key_record record;
	struct soter_signed in;
	struct soter_report why;

	check_row("%s", cases[i].what);
	if (!CHECK(vector_read(&text, folder, cases[i].text)) ||
	    !CHECK(vector_read(&sig, folder, cases[i].sig)))
		return;
	in = (struct soter_signed){ vector_span(&text), vector_span(&sig) };
	if (strcmp(cases[i].key, HUAWEI "chain") == 0)
		CHECK_RC(chain_ask(&k.ask, folder, &why), SOTER_OK);
	else if (CHECK(vector_read(&pem, folder, cases[i].key))) {
		record_of(&record,
		    cases[i].is_result ? SOTER_RECORD_AUTHKEY
				       : SOTER_RECORD_ASK,
		    vector_span(&pem), in.text);
		CHECK_RC(cases[i].is_result
			? soter_authkey_restore(&k.authkey, &record)
			: soter_ask_restore(&k.ask, &record),
		    SOTER_OK);
	}
	if (k.ask != NULL || k.authkey != NULL) {
		CHECK_RC(accept(&k, &in, &why), SOTER_OK);
		CHECK(why.salt_len == cases[i].salt_len);
		CHECK(!why.salt_quirk);
		check_other_salts(k.ask != NULL ? soter_ask_key(k.ask)
						: soter_authkey_key(k.authkey),
		    &in, cases[i].salt_len);
		check_row("%s: every bit flipped", cases[i].what);
		check_flips(&k, &text, &sig);
	}
	soter_ask_free(&k.ask);
	soter_authkey_free(&k.authkey);
}

static void
check_chain(const char *folder)
{
	struct soter_key_record record;
	struct soter_ask *ask = NULL;
	struct soter_report why;

	check_row("Huawei chain ASK under the built-in profile");
	if (!CHECK_RC(chain_ask(&ask, folder, &why), SOTER_OK)) {
		printf("# cert %d field %s\n", why.cert, why.field);
		return;
	}
	soter_ask_record(ask, &record);
	CHECK(strcmp(record.cpu_id,
		  "HUAWEI_HWHMA_604a9644-ac64-423d-a718-dab935a1140e-"
		  "3b0e1228") == 0);
	CHECK(strcmp(record.uid, "10316") == 0);
	CHECK(record.counter == 38);
	CHECK(record.cls == SOTER_CLASS_PRODUCTION);
	CHECK(record.salt_32_if_absent);
	soter_ask_free(&ask);
}

/* Every bit of the chain's text. */
static void
check_chain_flips(const char *folder)
{
	static struct vector text;
	const struct soter_profile *profiles;
	size_t n, step = check_step(1);

	check_row("Huawei chain ASK: every %zuth bit flipped", step);
	profiles = soter_profiles(&n);
	if (!CHECK(vector_read(&text, folder, HUAWEI "hw_ask_cert_json.txt")))
		return;
	for (size_t bit = 0; bit < text.n * 8; bit += step) {
		struct soter_ask *ask = NULL;

		text.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (!CHECK(soter_ask_accept_chain(&ask, profiles, n,
			       vector_span(&text), &any, NULL) != SOTER_OK))
			printf("# bit %zu of byte %zu\n", bit % 8, bit / 8);
		text.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		soter_ask_free(&ask);
	}
}

static void
check_unknown_root(const char *folder)
{
	static struct vector text, sig;
	struct soter_ask *ask = NULL;
	struct soter_signed in;

	check_row("MTK ASK: its device root is not public");
	if (!CHECK(vector_read(&text, folder, MTK "ask_json.txt")) ||
	    !CHECK(vector_read(&sig, folder, MTK "ask_signature.bin")))
		return;
	in = (struct soter_signed){ vector_span(&text), vector_span(&sig) };
	CHECK_RC(soter_ask_accept(&ask, NULL, 0, &in, &any, NULL),
	    SOTER_E_ATTK_UNKNOWN);
	CHECK(ask == NULL);
}

int
main(void)
{
	const char *folder = vector_real();

	if (folder == NULL) {
		check_skip("real phones", "SOTER_REAL_VECTORS is not set");
		return (check_done());
	}
	check_chain(folder);
	check_unknown_root(folder);
	for (size_t i = 0; i < SOTER_COUNT(cases); i++)
		check_case(i, folder);
	check_chain_flips(folder);
	return (check_done());
}
