/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_padding.c -- signatures by the right key over the right text, with a
 * salt or a padding that the rule does not allow.
 */
#include <stdio.h>
#include <string.h>

#include "generate.h"

#define A    "classic-salt20/ask-10115"
#define K    "classic-salt20/authkey-10115-pay"
#define R    "classic-salt20/result-10115-pay"
#define CK   "chain/authkey-10316-pay"
#define CR   "chain/result-10316-pay"

#define NONE -1

/* clang-format off */
static const struct salt {
	size_t used;
	int announced;
	const char *why;
} salts[] = {
	{ 0, 0, "without salt, and it says so" },
	{ 19, 19, "one less than 20, and it says so" },
	{ 21, 21, "one more than 20, and it says so" },
	{ 222, 222, "as long as fits, and it says so" },
	{ 0, NONE, "without salt" },
	{ 19, NONE, "one less than 20" },
	{ 21, NONE, "one more than 20" },
	{ 31, NONE, "one less than 32" },
	{ 222, NONE, "as long as fits" },
	{ 32, NONE, "32 used, nothing said: probably what issues 68 and 69 saw" },
	{ 32, 20, "32 used, 20 said" },
	{ 20, 32, "20 used, 32 said" },
	{ 20, 222, "20 used, 222 said" },
	{ 20, 19, "20 used, 19 said: the reference verifier raises it to 20" },
	{ 20, 0, "20 used, 0 said: the reference verifier raises it to 20" },
	{ 20, 2147483647, "20 used, the largest int said" },
};

static const struct padding {
	const char *name;
	struct gen_pss how;
	const char *why;
} paddings[] = {
	{ "trailer-cc", { .salt_len = 20, .trailer = 0xcc }, "the trailer of ISO 9796-2 with a hash id" },
	{ "trailer-bd", { .salt_len = 20, .trailer = 0xbd }, "one bit of the trailer" },
	{ "separator-02", { .salt_len = 20, .separator = 0x02 }, "no 0x01 between zeros and salt" },
	{ "separator-81", { .salt_len = 20, .separator = 0x81 }, "no 0x01 between zeros and salt" },
	{ "zeros-dirty", { .salt_len = 20, .dirty_zeros = true }, "a bit in the zeros" },
	{ "top-bit", { .salt_len = 20, .top_bit = true }, "the unused top bit is set" },
	{ "mgf-sha1", { .salt_len = 20, .mgf_sha1 = true }, "masked with SHA-1" },
	{ "hash-sha1", { .salt_len = 20, .hash_sha1 = true }, "SHA-1 throughout" },
};
/* clang-format on */

static void
put_salt(const char *base, const char *word, const struct salt *salt)
{
	char literal[16], said[16] = "nothing";
	struct gen_object o;

	gen_take(&o, base);
	if (salt->announced != NONE) {
		snprintf(literal, sizeof(literal), "%d", salt->announced);
		snprintf(said, sizeof(said), "%d", salt->announced);
		gen_member_add(&o.text, "rsa_pss_saltlen", soter_text(literal));
	}
	gen_rename(&o, "negative/salt/%s-%zu-said-%s", word, salt->used, said);
	o.salt_len = salt->used;
	o.c.want = SOTER_E_SALT;
	o.c.hints[0] = SOTER_HINT_SALT;
	o.c.why = salt->why;
	gen_put(&o);
}

/* Huawei phones of issue 68: they use 32 and do not say so. */
static void
unannounced(const char *base, const char *word)
{
	struct gen_object o;

	gen_take(&o, base);
	gen_member_drop(&o.text, "rsa_pss_saltlen");
	gen_rename(&o, "negative/salt/chain-%s-32-said-nothing", word);
	o.c.want = SOTER_E_SALT;
	o.c.hints[0] = SOTER_HINT_SALT;
	o.c.why = "the ASK's leaf announced 32, this text does not: refused "
		  "unless the vendor's profile names the quirk";
	gen_put(&o);
}

/* A result with a signature that is handed over as it is. */
static void
put_sig(const char *name, struct soter_span sig, enum soter_rc want,
    const char *why)
{
	struct gen_object o;

	gen_take(&o, R);
	gen_name(o.c.name, "negative/padding/%s", name);
	gen_name(o.c.sig_file, "%s.sig", o.c.name);
	gen_file(o.c.sig_file, sig);
	o.c.want = want;
	if (want == SOTER_E_SIG_LENGTH)
		o.c.hints[0] = SOTER_HINT_CUT;
	o.c.why = why;
	gen_manifest(&o.c);
}

static void
sign(uint8_t sig[SOTER_SIG_LEN], const struct gen_pss *how, const char *name)
{
	char label[GEN_NAME_MAX];
	struct gen_object o;

	gen_take(&o, R);
	gen_name(label, "negative/padding/%s", name);
	gen_pss_sign(sig, gen_key(o.signer), gen_span(&o.text), how, label);
}

static void
put_number(const char *name, const BIGNUM *s, const char *why)
{
	uint8_t sig[SOTER_SIG_LEN];

	if (BN_bn2binpad(s, sig, sizeof(sig)) != sizeof(sig))
		gen_die("%s does not fit", name);
	put_sig(name, soter_span(sig, sizeof(sig)), SOTER_E_SIGNATURE, why);
}

/* Signatures as numbers: at and beyond the edges of what is allowed. */
static void
numbers(void)
{
	struct gen_pss how = { .salt_len = 20, .small = true };
	const struct gen_rsa *key = gen_key("authkey-a-10115-pay");
	uint8_t sig[SOTER_SIG_LEN];
	BIGNUM *s = BN_new();

	if (s == NULL)
		gen_die("out of memory");
	BN_zero(s);
	put_number("number-0", s, "0 to any power is 0");
	BN_add_word(s, 1);
	put_number("number-1", s, "1 to any power is 1");
	BN_sub(s, key->n, s);
	put_number("number-n-minus-1", s, "-1 to an odd power is -1");
	put_number("number-n", key->n, "not below the modulus");

	sign(sig, &how, "number-above-n");
	BN_bin2bn(sig, sizeof(sig), s);
	BN_add(s, s, key->n);
	put_number("number-above-n", s, "a good signature plus the modulus");
	BN_free(s);
}

static void
lengths(void)
{
	struct gen_pss how = { .salt_len = 20 };
	uint8_t sig[SOTER_SIG_LEN + 1] = { 0 };
	uint8_t turned[SOTER_SIG_LEN];

	sign(sig + 1, &how, "length");
	put_sig("length-255", soter_span(sig + 1, 255), SOTER_E_SIG_LENGTH,
	    "the last byte is missing");
	put_sig("length-257", soter_span(sig, 257), SOTER_E_BASE64,
	    "a zero in front: no length that a signature has in any form");
	for (size_t i = 0; i < SOTER_SIG_LEN; i++)
		turned[i] = sig[SOTER_SIG_LEN - i];
	put_sig("turned", soter_span(turned, sizeof(turned)), SOTER_E_SIGNATURE,
	    "least significant byte first");
	sig[1] ^= 0x80;
	put_sig("first-bit", soter_span(sig + 1, SOTER_SIG_LEN),
	    SOTER_E_SIGNATURE, "one bit flipped");
	sig[1] ^= 0x80;
	sig[SOTER_SIG_LEN] ^= 0x01;
	put_sig("last-bit", soter_span(sig + 1, SOTER_SIG_LEN),
	    SOTER_E_SIGNATURE, "one bit flipped");
}

void
gen_padding_lies(void)
{
	uint8_t sig[SOTER_SIG_LEN];

	for (size_t i = 0; i < SOTER_COUNT(salts); i++) {
		put_salt(A, "ask", &salts[i]);
		put_salt(K, "authkey", &salts[i]);
		put_salt(R, "result", &salts[i]);
	}
	unannounced(CK, "authkey");
	unannounced(CR, "result");
	for (size_t i = 0; i < SOTER_COUNT(paddings); i++) {
		sign(sig, &paddings[i].how, paddings[i].name);
		put_sig(paddings[i].name, soter_span(sig, sizeof(sig)),
		    SOTER_E_SIGNATURE, paddings[i].why);
	}
	numbers();
	lengths();
}
