/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_chain_lies.c -- certificate chains that must not be believed.  Unless
 * the row says otherwise, every signature in them is good.
 */
#include <stdio.h>
#include <string.h>

#include "generate.h"
#include "wire/attest.h"

#define T(s)                                                    \
	{                                                       \
		(const uint8_t *)("" s ""), sizeof("" s "") - 1 \
	}

#define SOTER	       SOTER_ATTEST_PURPOSE_SOTER
#define KEYMASTER_SIGN 2 /* KM_PURPOSE_SIGN */

/* Values: number of them, then the first two; the empty set. */
#define ONE(x)                     \
	{                          \
		1, { x, 0 }, false \
	}
#define TWO(x, y)                  \
	{                          \
		2, { x, y }, false \
	}
#define ABSENT                     \
	{                          \
		0, { 0, 0 }, false \
	}
#define EMPTY                     \
	{                         \
		0, { 0, 0 }, true \
	}

/* clang-format off */
/* The attestation says something else, in one or two places. */
static const struct fact_lie {
	const char *name;
	struct { enum gen_fact fact; struct gen_values values; } change[2];
	enum soter_rc want;
	const char *why;
} fact_lies[] = {
	{ "level-attestation-software", { { GEN_ATTEST_LEVEL, ONE(0) } }, SOTER_E_ATTEST_LEVEL, "attested by software" },
	{ "level-keymaster-software", { { GEN_KEYMASTER_LEVEL, ONE(0) } }, SOTER_E_ATTEST_LEVEL, "the key lives in software" },
	{ "level-both-software", { { GEN_ATTEST_LEVEL, ONE(0) }, { GEN_KEYMASTER_LEVEL, ONE(0) } }, SOTER_E_ATTEST_LEVEL, "an emulator" },
	{ "level-strongbox", { { GEN_KEYMASTER_LEVEL, ONE(2) } }, SOTER_E_ATTEST_LEVEL, "no SOTER phone has it: exactly 1" },
	{ "purpose-sign", { { GEN_TEE_PURPOSE, ONE(KEYMASTER_SIGN) } }, SOTER_E_ATTEST_PURPOSE, "an ordinary key whose challenge is a SOTER text: any app can have it" },
	{ "purpose-sign-and-soter", { { GEN_TEE_PURPOSE, TWO(KEYMASTER_SIGN, SOTER) } }, SOTER_E_ATTEST_PURPOSE, "the app can sign what it likes with it" },
	{ "purpose-soter-and-sign", { { GEN_TEE_PURPOSE, TWO(SOTER, KEYMASTER_SIGN) } }, SOTER_E_ATTEST_PURPOSE, "the same in the other order" },
	{ "purpose-twice", { { GEN_TEE_PURPOSE, TWO(SOTER, SOTER) } }, SOTER_E_ATTEST_PURPOSE, "exactly one value" },
	{ "purpose-empty", { { GEN_TEE_PURPOSE, EMPTY } }, SOTER_E_ATTEST_PURPOSE, "an empty set" },
	{ "purpose-absent", { { GEN_TEE_PURPOSE, ABSENT } }, SOTER_E_ATTEST_PURPOSE, "the TEE says nothing" },
	{ "purpose-software-list", { { GEN_TEE_PURPOSE, ABSENT }, { GEN_SOFT_PURPOSE, ONE(SOTER) } }, SOTER_E_ATTEST_PURPOSE, "Android says it, not the TEE" },
	{ "purpose-sign-soter-in-software-list", { { GEN_TEE_PURPOSE, ONE(KEYMASTER_SIGN) }, { GEN_SOFT_PURPOSE, ONE(SOTER) } }, SOTER_E_ATTEST_PURPOSE, "Android says it, the TEE says otherwise" },
	{ "purpose-16", { { GEN_TEE_PURPOSE, ONE(16) } }, SOTER_E_ATTEST_PURPOSE, "the number of the Java API, not that of the TEE" },
	{ "algorithm-ec", { { GEN_TEE_ALGORITHM, ONE(3) } }, SOTER_E_ATTEST_KEY, "not RSA" },
	{ "algorithm-absent", { { GEN_TEE_ALGORITHM, ABSENT } }, SOTER_E_ATTEST_KEY, "the TEE says nothing" },
	{ "size-1024", { { GEN_TEE_SIZE, ONE(1024) } }, SOTER_E_ATTEST_KEY, "not 2048" },
	{ "size-absent", { { GEN_TEE_SIZE, ABSENT } }, SOTER_E_ATTEST_KEY, "the TEE says nothing" },
	{ "digest-none", { { GEN_TEE_DIGEST, ONE(0) } }, SOTER_E_ATTEST_KEY, "the app hashes: it can sign any hash" },
	{ "digest-sha1", { { GEN_TEE_DIGEST, ONE(2) } }, SOTER_E_ATTEST_KEY, "not SHA-256" },
	{ "digest-two", { { GEN_TEE_DIGEST, TWO(2, 4) } }, SOTER_E_ATTEST_KEY, "SHA-256 and another" },
	{ "digest-software-list", { { GEN_TEE_DIGEST, ABSENT }, { GEN_SOFT_DIGEST, ONE(4) } }, SOTER_E_ATTEST_KEY, "Android says it, not the TEE" },
	{ "padding-pkcs1", { { GEN_TEE_PADDING, ONE(5) } }, SOTER_E_ATTEST_KEY, "not PSS" },
	{ "padding-two", { { GEN_TEE_PADDING, TWO(3, 5) } }, SOTER_E_ATTEST_KEY, "PSS and another" },
	{ "padding-software-list", { { GEN_TEE_PADDING, ABSENT }, { GEN_SOFT_PADDING, ONE(3) } }, SOTER_E_ATTEST_KEY, "Android says it, not the TEE" },
	{ "exponent-3", { { GEN_TEE_EXPONENT, ONE(3) } }, SOTER_E_ATTEST_KEY, "not 65537" },
	{ "exponent-absent", { { GEN_TEE_EXPONENT, ABSENT } }, SOTER_E_ATTEST_KEY, "the TEE says nothing" },
	{ "origin-imported", { { GEN_TEE_ORIGIN, ONE(2) } }, SOTER_E_ATTEST_KEY, "somebody else has a copy" },
	{ "origin-absent", { { GEN_TEE_ORIGIN, ABSENT } }, SOTER_E_ATTEST_KEY, "the TEE says nothing" },
	{ "origin-software-list", { { GEN_TEE_ORIGIN, ABSENT }, { GEN_SOFT_ORIGIN, ONE(0) } }, SOTER_E_ATTEST_KEY, "Android says it, not the TEE" },
};

/* The attested text is another; member NULL: literal is the whole of it. */
static const struct text_lie {
	const char *name, *member;
	struct soter_span literal;	/* empty: the member is dropped */
	enum soter_rc want;
	const char *why;
} text_lies[] = {
	{ "text-random", NULL, T("0123456789abcdef"), SOTER_E_ATTEST_MISSING, "the challenge of an ordinary key" },
	{ "text-empty", NULL, T(""), SOTER_E_ATTEST_MISSING, "no challenge" },
	{ "text-no-cpu_id", "cpu_id", T(""), SOTER_E_FIELD_MISSING, "no owner" },
	{ "text-no-uid", "uid", T(""), SOTER_E_FIELD_MISSING, "no owner" },
	{ "text-no-counter", "counter", T(""), SOTER_E_FIELD_MISSING, "it could be replayed for ever" },
	{ "text-counter-text", "counter", T("\"38\""), SOTER_E_FIELD_TYPE, "a counter is a number" },
	{ "text-uid-number", "uid", T("10316"), SOTER_E_FIELD_TYPE, "the TEE writes the uid as text; only the client's copy is a number" },
	{ "text-counter-twice", "counter", T("38,\"counter\":38"), SOTER_E_FIELD_DOUBLED, "two counters" },
	{ "text-pub_key", "counter", T("38,\"pub_key\":\"x\""), SOTER_E_KIND, "a key JSON as a challenge" },
	{ "text-salt-0", "rsa_pss_saltlen", T("0"), SOTER_E_SALT, "no salt at all" },
	{ "text-salt-21", "rsa_pss_saltlen", T("21"), SOTER_E_SALT, "neither 20 nor 32" },
	{ "text-trailing", "rsa_pss_saltlen", T("32}{"), SOTER_E_JSON_TRAILING, "bytes behind the object" },
};

/* The device id does not belong to the device certificate. */
static const struct name_lie {
	const char *name;
	const char *cn;		/* NULL: the honest one; "": none at all */
	const char *suffix;	/* behind the honest name; NULL: as it was */
	const char *why;
} name_lies[] = {
	{ "name-other", "TEST_PHONE_00000000-0000-0000-0000-000000000000", NULL, "another phone's device certificate" },
	{ "name-prefix", "TEST_PHONE", NULL, "equality, not prefix" },
	{ "name-one-short", "-", NULL, "the last letter is missing" },
	{ "name-absent", "", NULL, "a device certificate without a name" },
	{ "name-whole-id", "+", NULL, "the certificate is called like the device id" },
	{ "name-7-digits", NULL, "-0123456", "exactly eight hex digits" },
	{ "name-9-digits", NULL, "-012345678", "exactly eight hex digits" },
	{ "name-no-digits", NULL, "", "the certificate's name alone" },
	{ "name-not-hex", NULL, "-0123456g", "exactly eight hex digits" },
	{ "name-no-dash", NULL, "_01234567", "a dash divides them" },
};

/* Which certificates, in which order: 0 leaf, 1 device, 2 CA, 3 root. */
static const struct order_lie {
	const char *name;
	size_t n, cert[5];
	enum soter_rc want;
	const char *why;
} order_lies[] = {
	{ "length-0", 0, { 0 }, SOTER_E_CHAIN_LENGTH, "no certificate" },
	{ "length-1", 1, { 0 }, SOTER_E_CHAIN_LENGTH, "only the leaf" },
	{ "length-3-no-root", 3, { 0, 1, 2 }, SOTER_E_CHAIN_LENGTH, "without the root" },
	{ "length-3-no-device", 3, { 0, 2, 3 }, SOTER_E_CHAIN_LENGTH, "without the device" },
	{ "length-5-root-twice", 5, { 0, 1, 2, 3, 3 }, SOTER_E_CHAIN_LENGTH, "every signature in it is good" },
	{ "length-5-leaf-twice", 5, { 0, 0, 1, 2, 3 }, SOTER_E_CHAIN_LENGTH, "one too many" },
	{ "order-leaf-device", 4, { 1, 0, 2, 3 }, SOTER_E_CHAIN_SIGNATURE, "leaf and device changed places" },
	{ "order-device-ca", 4, { 0, 2, 1, 3 }, SOTER_E_CHAIN_SIGNATURE, "device and CA changed places" },
	{ "order-leaf-ca", 4, { 2, 1, 0, 3 }, SOTER_E_CHAIN_SIGNATURE, "leaf and CA changed places" },
	{ "order-turned", 4, { 3, 2, 1, 0 }, SOTER_E_CHAIN_ROOT, "root first" },
	{ "order-root-ca", 4, { 0, 1, 3, 2 }, SOTER_E_CHAIN_ROOT, "the CA in the root's place" },
	{ "twice-device", 4, { 0, 1, 1, 3 }, SOTER_E_CHAIN_SIGNATURE, "the device twice, the CA not at all" },
	{ "twice-leaf", 4, { 0, 0, 2, 3 }, SOTER_E_CHAIN_SIGNATURE, "the leaf twice, the device not at all" },
	{ "twice-root", 4, { 0, 1, 3, 3 }, SOTER_E_CHAIN_SIGNATURE, "the root twice, the CA not at all" },
	{ "twice-ca", 4, { 0, 1, 2, 2 }, SOTER_E_CHAIN_ROOT, "the CA twice, the root not at all" },
};

/* The chain is good; the JSON around it is not.  First occurrence of from. */
static const struct json_lie {
	const char *name, *from, *to;
	enum soter_rc want;
	const char *why;
} json_lies[] = {
	{ "copy-cpu_id", "\"cpu_id\":\"TEST_PHONE_", "\"cpu_id\":\"TEST_PHONE-", SOTER_E_CHAIN_COPY, "the unsigned copy names another device" },
	{ "copy-uid", "\"uid\":10316", "\"uid\":10317", SOTER_E_CHAIN_COPY, "the unsigned copy names another app" },
	{ "copy-counter", "\"counter\":38", "\"counter\":39", SOTER_E_CHAIN_COPY, "the unsigned copy is newer" },
	{ "copy-uid-missing", ",\"uid\":10316", "", SOTER_E_FIELD_MISSING, "all copies, or none" },
	{ "copy-counter-missing", ",\"counter\":38", "", SOTER_E_FIELD_MISSING, "all copies, or none" },
	{ "copy-of-android-bug", "\"uid\":10316,\"counter\":38", "\"uid\":-1,\"counter\":-1", SOTER_E_FIELD_VALUE, "what the Android client uploads when its search fails" },
	{ "copy-counter-text", "\"counter\":38", "\"counter\":\"38\"", SOTER_E_FIELD_TYPE, "a counter is a number" },
	{ "copy-counter-twice", "\"counter\":38", "\"counter\":38,\"counter\":38", SOTER_E_FIELD_DOUBLED, "two copies" },
	{ "json-pub_key", "\"uid\":10316", "\"uid\":10316,\"pub_key\":\"x\"", SOTER_E_KIND, "chain and key in one" },
	{ "json-trailing", "\"counter\":38}", "\"counter\":38}}", SOTER_E_JSON_TRAILING, "a brace too many" },
};
/* clang-format on */

static void
begin(struct gen_object *o, const char *name, enum soter_rc want,
    const char *why)
{
	char file[GEN_NAME_MAX];

	gen_name(file, "negative/chain/%s", name);
	gen_chain_object(o, file);
	o->c.want = want;
	o->c.why = why;
}

static void
put(const char *name, const struct gen_chain *x, enum soter_rc want,
    const char *why)
{
	struct gen_object o;

	begin(&o, name, want, why);
	gen_chain_make(&o, x);
	gen_chain_put(&o);
}

static void
put_fact(const struct fact_lie *lie)
{
	struct gen_chain x;
	char name[GEN_NAME_MAX];

	gen_chain_honest(&x);
	for (size_t i = 0; i < 2; i++)
		if (i == 0 || lie->change[i].fact != 0)
			x.attest.fact[lie->change[i].fact] =
			    lie->change[i].values;
	gen_name(name, "attest-%s", lie->name);
	put(name, &x, lie->want, lie->why);
}

static void
put_text(const struct text_lie *lie)
{
	struct gen_chain x;

	gen_chain_honest(&x);
	if (lie->member == NULL)
		gen_set(&x.attest.text, lie->literal);
	else if (lie->literal.n == 0)
		gen_member_drop(&x.attest.text, lie->member);
	else
		gen_member_set(&x.attest.text, lie->member, lie->literal);
	put(lie->name, &x, lie->want, lie->why);
}

/* "-": one letter less; "+": the whole device id; "": none. */
static const char *
other_cn(const char *cn, char room[GEN_NAME_MAX])
{
	if (cn[0] == '\0')
		return (NULL);
	gen_name(room, "%s", gen_cpu_id('c'));
	if (cn[0] == '-')
		room[strlen(room) - 10] = '\0';
	return (cn[0] == '-' || cn[0] == '+' ? room : cn);
}

static void
put_name(const struct name_lie *lie)
{
	char room[GEN_NAME_MAX], id[GEN_NAME_MAX];
	struct gen_chain x;
	struct gen_object o;

	gen_chain_honest(&x);
	begin(&o, lie->name, SOTER_E_CHAIN_NAME, lie->why);
	if (lie->suffix != NULL) {
		/* The copy says the same: one lie at a time. */
		gen_name(id, "%s%s", x.device_cn, lie->suffix);
		gen_replace_text(&x.attest.text, o.c.cpu_id, id);
		gen_chain_make(&o, &x);
		gen_replace_text(&o.text, o.c.cpu_id, id);
		o.c.cpu_id = id;
	} else {
		x.device_cn = other_cn(lie->cn, room);
		gen_chain_make(&o, &x);
	}
	gen_chain_put(&o);
}

static void
orders(void)
{
	static struct gen_cert certs[SOTER_CHAIN_CERTS];
	const struct gen_cert *chosen[5];
	char copies[GEN_COPIES_MAX];
	struct gen_chain x;
	struct gen_object o;

	gen_chain_honest(&x);
	gen_chain_certs(certs, &x);
	gen_chain_copies(copies, gen_cpu_id('c'));
	for (size_t i = 0; i < SOTER_COUNT(order_lies); i++) {
		const struct order_lie *lie = &order_lies[i];

		for (size_t k = 0; k < lie->n; k++)
			chosen[k] = &certs[lie->cert[k]];
		begin(&o, lie->name, lie->want, lie->why);
		gen_chain_text(&o.text, chosen, lie->n, copies);
		gen_chain_put(&o);
	}
}

static void
put_json(const struct json_lie *lie)
{
	struct gen_object o;

	gen_take(&o, "chain/ask");
	gen_replace_text(&o.text, lie->from, lie->to);
	gen_name(o.c.name, "negative/chain/%s", lie->name);
	gen_name(o.c.signed_file, "%s.json", o.c.name);
	o.c.want = lie->want;
	o.c.why = lie->why;
	gen_chain_put(&o);
}

/* The same chain with one bit of one certificate's signature flipped. */
static void
broken_signatures(void)
{
	static const char *const names[] = { "signature-leaf",
		"signature-device", "signature-ca", "signature-root" };
	static struct gen_cert certs[SOTER_CHAIN_CERTS];
	const struct gen_cert *all[SOTER_CHAIN_CERTS];
	char copies[GEN_COPIES_MAX];
	struct gen_chain x;
	struct gen_object o;

	gen_chain_honest(&x);
	gen_chain_certs(certs, &x);
	gen_chain_copies(copies, gen_cpu_id('c'));
	for (size_t i = 0; i < SOTER_CHAIN_CERTS; i++)
		all[i] = &certs[i];
	for (size_t i = 0; i < SOTER_CHAIN_CERTS; i++) {
		uint8_t *last = &certs[i].der.p[certs[i].der.n - 1];

		*last ^= 1;
		begin(&o, names[i], SOTER_E_CHAIN_SIGNATURE,
		    "one bit of a certificate's signature is flipped");
		gen_chain_text(&o.text, all, SOTER_CHAIN_CERTS, copies);
		gen_chain_put(&o);
		*last ^= 1;
	}
}

/* Signed by others, or in other ways. */
static void
other_signers(void)
{
	struct gen_chain x;

	gen_chain_honest(&x);
	x.root = x.ca_signer = "other-root";
	put("root-other", &x, SOTER_E_CHAIN_ROOT,
	    "a chain that is good in itself, under a root of the same name");
	gen_chain_honest(&x);
	x.ca_signer = "other-root";
	put("root-other-below", &x, SOTER_E_CHAIN_SIGNATURE,
	    "signed by another root, with the pinned one put on top");
	gen_chain_honest(&x);
	x.device_signer = "device-c";
	put("device-self-signed", &x, SOTER_E_CHAIN_SIGNATURE,
	    "the device certificate signed itself");
	gen_chain_honest(&x);
	x.leaf_signer = "vendor-ca";
	put("leaf-by-ca", &x, SOTER_E_CHAIN_SIGNATURE,
	    "the leaf is not this device's");
	gen_chain_honest(&x);
	x.padding = GEN_PKCS1_GARBAGE;
	put("padding-garbage", &x, SOTER_E_CHAIN_SIGNATURE,
	    "short padding and garbage behind the hash, as in forgeries of "
	    "2006");
	x.padding = GEN_PKCS1_NO_NULL;
	put("padding-no-null", &x, SOTER_E_CHAIN_SIGNATURE,
	    "a DigestInfo without NULL: the padding is compared as a whole");
	x.padding = GEN_PKCS1_TYPE_2;
	put("padding-type-2", &x, SOTER_E_CHAIN_SIGNATURE,
	    "the padding of encryption");
}

static void
leaf_lies(void)
{
	static const struct {
		const char *name;
		enum gen_leaf_lie lie;
		enum soter_rc want;
		const char *why;
	} rows[] = {
		{ "leaf-no-attestation", GEN_LEAF_NO_ATTESTATION,
		    SOTER_E_ATTEST_MISSING, "an ordinary certificate" },
		{ "leaf-two-attestations", GEN_LEAF_TWO_ATTESTATIONS,
		    SOTER_E_DER, "two readers could take two of them" },
		{ "leaf-attestation-torn", GEN_LEAF_TORN_ATTESTATION,
		    SOTER_E_DER, "a KeyDescription that ends too early" },
		{ "leaf-sha1", GEN_LEAF_SHA1_ALGORITHM, SOTER_E_DER,
		    "it says that it was signed with SHA-1" },
		{ "leaf-pss", GEN_LEAF_PSS_SIGNATURE, SOTER_E_CHAIN_SIGNATURE,
		    "signed with PSS" },
	};
	struct gen_chain x;

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		gen_chain_honest(&x);
		x.leaf_lie = rows[i].lie;
		put(rows[i].name, &x, rows[i].want, rows[i].why);
	}
}

/* The certificate holds another key than the attestation speaks of. */
static void
leaf_keys(void)
{
	struct soter_key key;
	struct gen_chain x;

	gen_chain_honest(&x);
	key = gen_key("leaf-c")->key;
	x.leaf_key = &key;
	key.n[SOTER_RSA_LEN - 1] &= 0xfe;
	put("leaf-key-even", &x, SOTER_E_KEY_WEAK, "an even modulus");
	key = gen_key("leaf-c")->key;
	key.e = 3;
	put("leaf-key-exponent-3", &x, SOTER_E_KEY_EXPONENT, "not 65537");
	key = gen_key("vendor-root")->key;
	put("leaf-key-4096", &x, SOTER_E_KEY_SIZE, "not 2048 bits");
	key = gen_key("device-c")->key;
	put("leaf-key-of-device", &x, SOTER_E_SELF,
	    "the device's own key as an ASK");
}

/* The vendor certified a device key that anybody can forge with. */
static void
device_keys(void)
{
	struct soter_key key;
	struct gen_chain x;

	gen_chain_honest(&x);
	key = gen_key("device-c")->key;
	x.device_key = &key;
	key.e = 3;
	put("device-key-exponent-3", &x, SOTER_E_KEY_EXPONENT, "not 65537");
	key = gen_key("device-c")->key;
	key.n[SOTER_RSA_LEN - 1] &= 0xfe;
	put("device-key-even", &x, SOTER_E_KEY_WEAK, "an even modulus");
}

/* One certificate's PEM, or its DER, is damaged inside the JSON. */
static void
damaged_pem(void)
{
	static const struct json_lie rows[] = {
		{ "pem-label", "CERTIFICATE", "PUBLIC KEY", SOTER_E_PEM_LABEL,
		    "all certificates have another label" },
		{ "pem-crlf", "\\n", "\\r\\n", SOTER_E_PEM,
		    "line ends of CR LF inside" },
		{ "pem-star", "MIID", "MI*D", SOTER_E_BASE64,
		    "not a character of Base64" },
	};
	struct gen_object o;

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		gen_take(&o, "chain/ask");
		gen_replace_all(&o.text, soter_text(rows[i].from),
		    soter_text(rows[i].to));
		gen_name(o.c.name, "negative/chain/%s", rows[i].name);
		gen_name(o.c.signed_file, "%s.json", o.c.name);
		o.c.want = rows[i].want;
		o.c.why = rows[i].why;
		gen_chain_put(&o);
	}
}

void
gen_chain_lies(void)
{
	for (size_t i = 0; i < SOTER_COUNT(fact_lies); i++)
		put_fact(&fact_lies[i]);
	for (size_t i = 0; i < SOTER_COUNT(text_lies); i++)
		put_text(&text_lies[i]);
	for (size_t i = 0; i < SOTER_COUNT(name_lies); i++)
		put_name(&name_lies[i]);
	orders();
	for (size_t i = 0; i < SOTER_COUNT(json_lies); i++)
		put_json(&json_lies[i]);
	broken_signatures();
	other_signers();
	leaf_lies();
	leaf_keys();
	device_keys();
	damaged_pem();
}
