/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_forms.c -- texts that no phone we know writes, and that are right all
 * the same.  A verifier that is too strict fails here; the damages of
 * gen_damage.c begin with some of them.
 */
#include <string.h>

#include "generate.h"
#include "wire/base64.h"

#define K "classic-salt20/authkey-10115-pay"
#define R "classic-salt20/result-10115-pay"

#define T(s)                                                    \
	{                                                       \
		(const uint8_t *)("" s ""), sizeof("" s "") - 1 \
	}

/* clang-format off */
static const struct form {
	const char *name, *base;
	struct soter_span from[2], to[2];
	const char *raw;	/* of a result: as escaped in the JSON */
	const char *challenge;	/* the same without escapes */
	const char *why;
} forms[] = {
	{ "key-document-2017", K, { T(",\""), T("KEY-----\",") }, { T(", \""), T("KEY-----\\n\",") }, NULL, NULL,
	    "a blank after each comma and a line end behind the PEM, as in the document of 2017" },
	{ "key-blanks", K, { T(",\""), T("\":") }, { T(", \""), T("\": ") }, NULL, NULL,
	    "a blank after each comma and each colon" },
	{ "key-crlf", K, { T(",\""), T("{\"") }, { T(",\r\n  \""), T("{\r\n  \"") }, NULL, NULL,
	    "CR LF between the tokens is white space like any other" },
	{ "key-newline-behind", K, { T("}") }, { T("}\n") }, NULL, NULL,
	    "white space behind the object was signed with it" },
	{ "key-uid-number", K, { T("\"uid\":\"10115\"") }, { T("\"uid\":10115") }, NULL, NULL,
	    "the original reader takes the uid of a key as a number too" },
	{ "key-salt-20-said", K, { T("\"}") }, { T("\",\"rsa_pss_saltlen\":20}") }, NULL, NULL,
	    "20 may be announced as well as left out" },
	{ "key-unknown-fields", K, { T("\"}") }, { T("\",\"v_x\":\"y\",\"v_r\":1.5,\"v_b\":true,\"v_n\":null}") }, NULL, NULL,
	    "vendors add fields: unknown scalars pass and are reported" },
	{ "key-32-members", K, { T("\"}") }, { T("\",\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1,\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,\"q\":1,\"r\":1,\"s\":1,\"t\":1,\"u\":1,\"v\":1,\"w\":1,\"x\":1,\"y\":1,\"z\":1,\"A\":1,\"B\":1}") }, NULL, NULL,
	    "32 members are the most that the reader takes" },
	{ "result-blanks", R, { T(",\"") }, { T(" , \"") }, NULL, NULL,
	    "blanks around the commas, as in the document of 2017" },
	{ "result-face", R, { T("fp_n"), T("fp_v") }, { T("fc_n"), T("fc_v") }, NULL, NULL,
	    "a face instead of a finger" },
	{ "result-unknown-field", R, { T("\"uid\"") }, { T("\"bf_t\":1,\"uid\"") }, NULL, NULL,
	    "a field that was seen on phones and whose meaning nobody knows" },
	{ "result-challenge-text", R, { T("") }, { T("") }, "I'm a demo challenge string", "I'm a demo challenge string",
	    "the challenge of the original samples" },
	{ "result-challenge-escapes", R, { T("") }, { T("") }, "a\\\"b\\\\c\\/d", "a\"b\\c/d",
	    "the challenge is compared after its escapes are undone" },
	{ "result-challenge-fid", R, { T("") }, { T("") }, "x\\\",\\\"fid\\\":\\\"1", "x\",\"fid\":\"1",
	    "a challenge that looks like a field stays a challenge where it is escaped" },
	{ "result-challenge-utf8", R, { T("") }, { T("") }, "\xe6\x94\xaf\xe4\xbb\x98 \xf0\x9f\x92\xb6", "\xe6\x94\xaf\xe4\xbb\x98 \xf0\x9f\x92\xb6",
	    "UTF-8 of up to four bytes, as it is" },
	{ "result-challenge-unicode", R, { T("") }, { T("") }, "\\u652f\\u4ed8 \\ud83d\\udcb6", "\xe6\x94\xaf\xe4\xbb\x98 \xf0\x9f\x92\xb6",
	    "the same challenge in escapes, with a surrogate pair" },
};
/* clang-format on */

static void
put_form(const struct form *f)
{
	struct gen_object o;

	gen_take(&o, f->base);
	for (size_t k = 0; k < 2; k++)
		if (f->from[k].n > 0)
			gen_replace_all(&o.text, f->from[k], f->to[k]);
	if (f->raw != NULL) {
		gen_replace_text(&o.text, o.challenge, f->raw);
		gen_name(o.challenge, "%s", f->challenge);
	}
	gen_rename(&o, "forms/%s", f->name);
	o.c.why = f->why;
	gen_put(&o);
	gen_keep(&o);
}

static void
sorted(void)
{
	struct gen_object o;

	gen_take(&o, K);
	gen_members_sort(&o.text);
	gen_rename(&o, "forms/key-order");
	o.c.why = "the order of the members is the vendor's choice";
	gen_put(&o);
}

/* counter_above is one less: 64 bits must not pass through a double. */
static void
largest_counter(void)
{
	struct gen_object o;

	gen_take(&o, K);
	gen_member_set(&o.text, "counter", SOTER_SPAN("9223372036854775807"));
	gen_rename(&o, "forms/key-counter-largest");
	o.c.counter_above = INT64_MAX - 1;
	o.c.why = "2^63 - 1 is the largest counter";
	gen_put(&o);
}

static void
hex_signature(void)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t sig[SOTER_SIG_LEN];
	char hex[2 * SOTER_SIG_LEN + 1];
	struct gen_object o;
	struct gen_pss how = { .salt_len = 20 };

	gen_take(&o, R);
	gen_pss_sign(sig, gen_key(o.signer), gen_span(&o.text), &how, R);
	for (size_t i = 0; i < sizeof(sig); i++) {
		hex[2 * i] = digits[sig[i] >> 4];
		hex[2 * i + 1] = digits[sig[i] & 15];
	}
	gen_name(o.c.name, "forms/result-signature-hex");
	gen_name(o.c.sig_file, "%s.hex", o.c.name);
	gen_file(o.c.sig_file, soter_span(hex, 2 * SOTER_SIG_LEN));
	o.c.why = "the signature in hex";
	gen_manifest(&o.c);
}

void
gen_forms(void)
{
	for (size_t i = 0; i < SOTER_COUNT(forms); i++)
		put_form(&forms[i]);
	sorted();
	largest_counter();
	hex_signature();
}
