/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_json.c -- texts that are no SOTER object, each signed correctly by the
 * key that the verifier trusts.  One row, one lie.
 */
#include <string.h>

#include "generate.h"

#define A "classic-salt20/ask-10115"
#define K "classic-salt20/authkey-10115-pay"
#define R "classic-salt20/result-10115-pay"
#define H "huawei-style/authkey-10316-pay"
#define I "ios/result"

#define T(s)                                                    \
	{                                                       \
		(const uint8_t *)("" s ""), sizeof("" s "") - 1 \
	}

enum op {
	SET,	 /* a: member, b: its new literal */
	DROP,	 /* a: member */
	ADD,	 /* a: member, b: literal; at the end, there already or not */
	REPLACE, /* a: bytes, b: other bytes */
	APPEND,	 /* b: bytes behind the object */
	WHOLE,	 /* b: the whole text */
};

/* clang-format off */
static const struct lie {
	const char *name, *base;
	enum op op;
	const char *a;
	struct soter_span b;
	enum soter_rc want;
	const char *why;
} lies[] = {
	/* A mandatory field is missing. */
	{ "ask-no-cpu_id", A, DROP, "cpu_id", T(""), SOTER_E_FIELD_MISSING, "no owner, no key" },
	{ "key-no-pub_key", K, DROP, "pub_key", T(""), SOTER_E_FIELD_MISSING, "a key without a key" },
	{ "key-no-cpu_id", K, DROP, "cpu_id", T(""), SOTER_E_FIELD_MISSING, "no owner, no key" },
	{ "key-no-counter", K, DROP, "counter", T(""), SOTER_E_FIELD_MISSING, "it could be replayed for ever" },
	{ "key-no-uid", K, DROP, "uid", T(""), SOTER_E_FIELD_MISSING, "no owner, no key" },
	{ "key-name-case", K, REPLACE, "\"counter\"", T("\"Counter\""), SOTER_E_FIELD_MISSING, "names are case-sensitive" },
	{ "key-empty-object", K, WHOLE, "", T("{}"), SOTER_E_FIELD_MISSING, "nothing is there" },
	{ "result-no-raw", R, DROP, "raw", T(""), SOTER_E_FIELD_MISSING, "it could be replayed for any request" },
	{ "result-no-fid", R, DROP, "fid", T(""), SOTER_E_FIELD_MISSING, "only the iOS form goes without a finger" },
	{ "result-no-counter", R, DROP, "counter", T(""), SOTER_E_FIELD_MISSING, "it could be replayed for ever" },
	{ "result-no-tee_n", R, DROP, "tee_n", T(""), SOTER_E_FIELD_MISSING, "the deny list would have nothing to look at" },
	{ "result-no-tee_v", R, DROP, "tee_v", T(""), SOTER_E_FIELD_MISSING, "the deny list would have nothing to look at" },
	{ "result-no-fp_n", R, DROP, "fp_n", T(""), SOTER_E_FIELD_MISSING, "half a pair" },
	{ "result-no-fp_v", R, DROP, "fp_v", T(""), SOTER_E_FIELD_MISSING, "half a pair" },
	{ "result-no-sensor", R, REPLACE, "\"fp_n\":\"TESTFP\",\"fp_v\":\"6516\",", T(""), SOTER_E_FIELD_MISSING, "neither finger nor face module" },
	{ "result-no-cpu_id", R, DROP, "cpu_id", T(""), SOTER_E_FIELD_MISSING, "no owner" },
	{ "result-no-uid", R, DROP, "uid", T(""), SOTER_E_FIELD_MISSING, "no owner" },
	{ "ios-android-uid", I, SET, "uid", T("\"10115\""), SOTER_E_FIELD_MISSING, "an Android owner cannot leave the finger out" },
	{ "ios-lower-case-cpu_id", I, SET, "cpu_id", T("\"01234567-89ab-cdef-0123-456789abcdef\""), SOTER_E_FIELD_MISSING, "not the iOS form, so the finger is missing" },

	/* A field of another type. */
	{ "key-pub_key-null", K, SET, "pub_key", T("null"), SOTER_E_FIELD_TYPE, "null is no key" },
	{ "key-cpu_id-number", K, SET, "cpu_id", T("1"), SOTER_E_FIELD_TYPE, "a device id is text" },
	{ "key-counter-text", K, SET, "counter", T("\"183\""), SOTER_E_FIELD_TYPE, "a counter is a number" },
	{ "key-counter-fraction", K, SET, "counter", T("183.0"), SOTER_E_FIELD_TYPE, "a counter went through a double" },
	{ "key-counter-exponent", K, SET, "counter", T("1.83e2"), SOTER_E_FIELD_TYPE, "a counter went through a double" },
	{ "key-counter-true", K, SET, "counter", T("true"), SOTER_E_FIELD_TYPE, "true is 1 in some languages" },
	{ "key-counter-null", K, SET, "counter", T("null"), SOTER_E_FIELD_TYPE, "null is 0 in some languages" },
	{ "key-counter-array", K, SET, "counter", T("[\"183\"]"), SOTER_E_FIELD_TYPE, "an array is no number" },
	{ "key-uid-true", K, SET, "uid", T("true"), SOTER_E_FIELD_TYPE, "true is no uid" },
	{ "key-salt-text", K, ADD, "rsa_pss_saltlen", T("\"20\""), SOTER_E_FIELD_TYPE, "a salt length is a number" },
	{ "key-salt-fraction", K, ADD, "rsa_pss_saltlen", T("20.0"), SOTER_E_FIELD_TYPE, "a salt length is an integer" },
	{ "result-raw-number", R, SET, "raw", T("1"), SOTER_E_FIELD_TYPE, "a challenge is text" },
	{ "result-fid-number", R, SET, "fid", T("2313170"), SOTER_E_FIELD_TYPE, "a finger id is text: numbers of 64 bits get rounded" },
	{ "result-uid-number", R, SET, "uid", T("10115"), SOTER_E_FIELD_TYPE, "the uid of a result is text" },
	{ "result-tee_v-number", R, SET, "tee_v", T("10010"), SOTER_E_FIELD_TYPE, "a version is text" },

	/* A field stands there twice: two readers would see two values. */
	{ "key-counter-twice", K, ADD, "counter", T("183"), SOTER_E_FIELD_DOUBLED, "even with the same value" },
	{ "key-counter-twice-higher", K, ADD, "counter", T("999"), SOTER_E_FIELD_DOUBLED, "the last one wins in most readers" },
	{ "key-uid-twice", K, ADD, "uid", T("\"10116\""), SOTER_E_FIELD_DOUBLED, "two owners" },
	{ "key-pub_key-twice", K, ADD, "pub_key", T("\"\""), SOTER_E_FIELD_DOUBLED, "two keys" },
	{ "key-unknown-twice", K, REPLACE, "\"counter\"", T("\"x\":1,\"x\":2,\"counter\""), SOTER_E_FIELD_DOUBLED, "unknown fields too" },
	{ "result-raw-twice", R, ADD, "raw", T("\"other\""), SOTER_E_FIELD_DOUBLED, "two challenges" },
	{ "result-fid-twice", R, ADD, "fid", T("\"11\""), SOTER_E_FIELD_DOUBLED, "two fingers" },
	{ "result-raw-injects-fid", R, SET, "raw", T("\"c\",\"fid\":\"11\""), SOTER_E_FIELD_DOUBLED, "a TEE that does not escape the challenge lets the app write a field" },
	{ "result-raw-hides-fid", R, REPLACE, "\"fid\":", T("\"fid\":\"11\",\"x\":\"\",\"fid\":"), SOTER_E_FIELD_DOUBLED, "the same with a field in between" },

	/* Names. */
	{ "key-name-escaped", K, REPLACE, "\"counter\"", T("\"\\u0063ounter\""), SOTER_E_JSON, "an escaped name is one name here and another there" },
	{ "key-name-escaped-twice", K, ADD, "\\u0063ounter", T("999"), SOTER_E_JSON, "a double that hides behind an escape" },
	{ "key-name-too-long", K, ADD, "a23456789b23456789c23456789d23456", T("1"), SOTER_E_LIMIT, "33 bytes" },
	{ "key-33-members", K, REPLACE, "\"}", T("\",\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1,\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,\"q\":1,\"r\":1,\"s\":1,\"t\":1,\"u\":1,\"v\":1,\"w\":1,\"x\":1,\"y\":1,\"z\":1,\"A\":1,\"B\":1,\"C\":1}"), SOTER_E_LIMIT, "one member too many" },

	/* Nesting. */
	{ "key-nested-object", K, ADD, "x", T("{\"counter\":999}"), SOTER_E_JSON_DEPTH, "a search for \"counter\" would find the wrong one" },
	{ "key-nested-array", K, ADD, "x", T("[[]]"), SOTER_E_JSON_DEPTH, "no SOTER object is nested" },
	{ "key-array-of-numbers", K, ADD, "x", T("[1]"), SOTER_E_JSON_DEPTH, "no SOTER object has one" },
	{ "key-array-of-strings", K, ADD, "x", T("[\"y\"]"), SOTER_E_JSON_DEPTH, "only certs is one, and a key has none" },

	/* Bytes around the object. */
	{ "key-trailing-letter", K, APPEND, "", T("x"), SOTER_E_JSON_TRAILING, "signed, but not part of the object" },
	{ "key-trailing-nul", K, APPEND, "", T("\0"), SOTER_E_JSON_TRAILING, "a TEE that signed the end mark of a C string" },
	{ "key-trailing-brace", K, APPEND, "", T("}"), SOTER_E_JSON_TRAILING, "signed, but not part of the object" },
	{ "key-second-object", K, APPEND, "", T("{\"counter\":999}"), SOTER_E_JSON_TRAILING, "two objects" },
	{ "key-trailing-comment", K, APPEND, "", T("//"), SOTER_E_JSON_TRAILING, "JSON has no comments" },
	{ "key-bom-signed", K, REPLACE, "{", T("\xef\xbb\xbf{"), SOTER_E_JSON, "a byte-order mark that was signed with the text" },

	/* Bytes that are no text. */
	{ "result-utf8-ff", R, SET, "tee_n", T("\"\xff\""), SOTER_E_JSON_TEXT, "no UTF-8 has this byte" },
	{ "result-utf8-overlong", R, SET, "tee_n", T("\"\xc0\xaf\""), SOTER_E_JSON_TEXT, "a slash in two bytes" },
	{ "result-utf8-surrogate", R, SET, "tee_n", T("\"\xed\xa0\x80\""), SOTER_E_JSON_TEXT, "half a surrogate pair in UTF-8" },
	{ "result-utf8-above", R, SET, "tee_n", T("\"\xf4\x90\x80\x80\""), SOTER_E_JSON_TEXT, "above the last code point" },
	{ "result-utf8-cut", R, SET, "tee_n", T("\"\xe6\x94\""), SOTER_E_JSON_TEXT, "a sequence without its end" },
	{ "result-latin-1", R, SET, "raw", T("\"caf\xe9\""), SOTER_E_JSON_TEXT, "a challenge in another encoding" },
	{ "result-surrogate-alone", R, SET, "raw", T("\"\\ud83d\""), SOTER_E_JSON_TEXT, "half a surrogate pair in an escape" },
	{ "result-surrogate-turned", R, SET, "raw", T("\"\\udcb6\\ud83d\""), SOTER_E_JSON_TEXT, "the halves in the wrong order" },
	{ "result-nul-escape", R, SET, "raw", T("\"a\\u0000b\""), SOTER_E_JSON_TEXT, "a C program would stop reading there" },
	{ "key-nul-escape", K, REPLACE, "\",\"counter\"", T("\\u0000-other\",\"counter\""), SOTER_E_JSON_TEXT, "another device id behind the NUL" },
	{ "key-nul-raw", K, REPLACE, "\",\"counter\"", T("\0-other\",\"counter\""), SOTER_E_JSON_TEXT, "another device id behind the NUL" },
	{ "result-raw-line-feed", R, SET, "raw", T("\"a\nb\""), SOTER_E_JSON_TEXT, "raw line feeds are taken in pub_key alone" },
	{ "result-raw-tab", R, SET, "tee_n", T("\"a\tb\""), SOTER_E_JSON_TEXT, "a raw control character" },
	{ "key-line-feed-in-cpu_id", K, REPLACE, "\",\"counter\"", T("\n\",\"counter\""), SOTER_E_JSON_TEXT, "raw line feeds are taken in pub_key alone" },
	{ "key-cr-in-pub_key", H, REPLACE, "\n-----END", T("\r\n-----END"), SOTER_E_JSON_TEXT, "line feeds alone are taken there" },

	/* Numbers. */
	{ "key-counter-2-63", K, SET, "counter", T("9223372036854775808"), SOTER_E_JSON_NUMBER, "negative where 64 bits are signed" },
	{ "key-counter-2-64", K, SET, "counter", T("18446744073709551799"), SOTER_E_JSON_NUMBER, "2^64 + 183: wraps to 183" },
	{ "key-counter-huge", K, SET, "counter", T("1e400"), SOTER_E_JSON_NUMBER, "infinity in a double" },
	{ "key-counter-negative", K, SET, "counter", T("-1"), SOTER_E_FIELD_VALUE, "2^64 - 1 where 64 bits are unsigned" },
	{ "key-counter-below", K, SET, "counter", T("-9223372036854775809"), SOTER_E_JSON_NUMBER, "one below the smallest" },
	{ "key-counter-leading-zero", K, SET, "counter", T("0183"), SOTER_E_JSON, "octal in some readers" },
	{ "key-counter-plus", K, SET, "counter", T("+183"), SOTER_E_JSON, "JSON has no plus sign" },
	{ "key-counter-hex", K, SET, "counter", T("0xb7"), SOTER_E_JSON, "JSON has no hex" },
	{ "key-counter-nan", K, SET, "counter", T("NaN"), SOTER_E_JSON, "compares false with everything" },
	{ "key-counter-nothing", K, SET, "counter", T(""), SOTER_E_JSON, "no value at all" },
	{ "key-salt-negative", K, ADD, "rsa_pss_saltlen", T("-1"), SOTER_E_FIELD_VALUE, "-1 means \"as long as the hash\" in OpenSSL" },
	{ "key-salt-2-31", K, ADD, "rsa_pss_saltlen", T("2147483648"), SOTER_E_FIELD_VALUE, "negative where an int is 32 bits" },

	/* The right type, an impossible value. */
	{ "key-cpu_id-empty", K, SET, "cpu_id", T("\"\""), SOTER_E_FIELD_VALUE, "what the Android client uploads when it finds none" },
	{ "key-uid-empty", K, SET, "uid", T("\"\""), SOTER_E_FIELD_VALUE, "no uid" },
	{ "key-uid-leading-zero", K, SET, "uid", T("\"010115\""), SOTER_E_FIELD_VALUE, "two texts for one uid" },
	{ "key-uid-blank", K, SET, "uid", T("\"10115 \""), SOTER_E_FIELD_VALUE, "two texts for one uid" },
	{ "key-uid-negative", K, SET, "uid", T("\"-1\""), SOTER_E_FIELD_VALUE, "what the Android client uploads when it finds none" },
	{ "key-uid-negative-number", K, SET, "uid", T("-1"), SOTER_E_FIELD_VALUE, "the same as a number" },
	{ "key-uid-escaped", K, SET, "uid", T("\"\\u00310115\""), SOTER_E_FIELD_VALUE, "digits need no escape" },
	{ "result-raw-empty", R, SET, "raw", T("\"\""), SOTER_E_FIELD_VALUE, "an empty challenge" },
	{ "result-fid-empty", R, SET, "fid", T("\"\""), SOTER_E_FIELD_VALUE, "no finger" },
	{ "result-fid-letter", R, SET, "fid", T("\"12a\""), SOTER_E_FIELD_VALUE, "a finger id is decimal" },
	{ "result-fid-blank", R, SET, "fid", T("\" 2313170\""), SOTER_E_FIELD_VALUE, "two texts for one finger" },
	{ "result-fid-leading-zero", R, SET, "fid", T("\"02313170\""), SOTER_E_FIELD_VALUE, "two texts for one finger" },
	{ "result-fid-too-long", R, SET, "fid", T("\"184467440737095516160\""), SOTER_E_FIELD_VALUE, "21 digits" },
	{ "result-tee_n-empty", R, SET, "tee_n", T("\"\""), SOTER_E_FIELD_VALUE, "a TEE without a name passes every deny list" },

	/* A field that makes it another kind. */
	{ "key-with-raw", K, ADD, "raw", T("\"c\""), SOTER_E_KIND, "keys have no challenge" },
	{ "key-with-fid", K, ADD, "fid", T("\"11\""), SOTER_E_KIND, "keys have no finger" },
	{ "key-with-certs", K, ADD, "certs", T("[\"x\"]"), SOTER_E_KIND, "the original client rewrites the text of such a key" },
	{ "result-with-pub_key", R, ADD, "pub_key", T("\"x\""), SOTER_E_KIND, "results have no key" },
	{ "result-with-certs", R, ADD, "certs", T("[\"x\"]"), SOTER_E_KIND, "results have no certificates" },

	/* Not the grammar. */
	{ "key-array", K, WHOLE, "", T("[]"), SOTER_E_JSON, "not an object" },
	{ "key-null", K, WHOLE, "", T("null"), SOTER_E_JSON, "not an object" },
	{ "key-only-blanks", K, WHOLE, "", T("  "), SOTER_E_JSON, "not an object" },
	{ "key-no-end", K, REPLACE, "}", T(""), SOTER_E_JSON, "the closing brace is missing" },
	{ "key-comma-behind", K, REPLACE, "}", T(",}"), SOTER_E_JSON, "a comma too many" },
	{ "key-comma-twice", K, REPLACE, ",\"counter\"", T(",,\"counter\""), SOTER_E_JSON, "a comma too many" },
	{ "key-no-colon", K, REPLACE, "\"counter\":", T("\"counter\" "), SOTER_E_JSON, "a colon is missing" },
	{ "key-name-unquoted", K, REPLACE, "\"counter\"", T("counter"), SOTER_E_JSON, "JavaScript, not JSON" },
	{ "key-single-quotes", K, REPLACE, "\"counter\"", T("'counter'"), SOTER_E_JSON, "JavaScript, not JSON" },
	{ "key-comment", K, REPLACE, "\"counter\":", T("\"counter\":/**/"), SOTER_E_JSON, "JavaScript, not JSON" },
	{ "key-unknown-escape", K, REPLACE, "\",\"counter\"", T("\\x41\",\"counter\""), SOTER_E_JSON, "JavaScript, not JSON" },
	{ "key-string-no-end", K, REPLACE, "\"}", T(""), SOTER_E_JSON, "a string without its end" },
};
/* clang-format on */

static void
apply(struct gen_text *t, enum op op, const char *a, struct soter_span b)
{
	switch (op) {
	case SET:
		gen_member_set(t, a, b);
		break;
	case DROP:
		gen_member_drop(t, a);
		break;
	case ADD:
		gen_member_add(t, a, b);
		break;
	case REPLACE:
		gen_replace_once(t, soter_text(a), b);
		break;
	case APPEND:
		gen_add(t, b);
		break;
	case WHOLE:
		gen_set(t, b);
		break;
	}
}

static void
put_lie(struct gen_object *o, const char *name, enum soter_rc want,
    const char *why)
{
	gen_rename(o, "negative/json/%s", name);
	o->c.want = want;
	o->c.why = why;
	gen_put(o);
}

/* A string literal of n times the same character. */
static void
long_string(struct gen_text *t, char c, size_t n)
{
	t->n = 0;
	gen_add_text(t, "\"");
	for (size_t i = 0; i < n; i++)
		gen_add(t, soter_span(&c, 1));
	gen_add_text(t, "\"");
}

/* Lengths just above what the reader takes; see src/wire/limits.h. */
static void
long_lies(void)
{
	static const struct {
		const char *name, *base, *member;
		char c;
		size_t n;
		enum soter_rc want;
		const char *why;
	} rows[] = {
		{ "key-cpu_id-too-long", K, "cpu_id", 'a', 129,
		    SOTER_E_FIELD_VALUE, "129 characters" },
		{ "key-uid-too-long", K, "uid", '1', 33, SOTER_E_FIELD_VALUE,
		    "33 digits" },
		{ "result-tee_n-too-long", R, "tee_n", 'a', 129,
		    SOTER_E_FIELD_VALUE, "129 characters" },
		{ "result-raw-too-long", R, "raw", 'a', 2049,
		    SOTER_E_FIELD_VALUE, "512 characters of 4 bytes, and 1" },
		{ "result-text-too-long", R, "raw", 'a', SOTER_SIGNED_MAX,
		    SOTER_E_LIMIT, "above the limit of a signed text" },
	};
	struct gen_object o;
	struct gen_text value;

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		gen_take(&o, rows[i].base);
		long_string(&value, rows[i].c, rows[i].n);
		gen_member_set(&o.text, rows[i].member, gen_span(&value));
		put_lie(&o, rows[i].name, rows[i].want, rows[i].why);
	}
}

static void
deep_lie(void)
{
	struct gen_object o;
	struct gen_text value = { 0 };

	gen_take(&o, K);
	for (size_t i = 0; i < 4000; i++)
		gen_add_text(&value, "[");
	gen_member_add(&o.text, "x", gen_span(&value));
	put_lie(&o, "key-4000-brackets", SOTER_E_JSON_DEPTH,
	    "ends the stack of a reader that recurses");
}

void
gen_json_lies(void)
{
	struct gen_object o;

	for (size_t i = 0; i < SOTER_COUNT(lies); i++) {
		gen_take(&o, lies[i].base);
		apply(&o.text, lies[i].op, lies[i].a, lies[i].b);
		put_lie(&o, lies[i].name, lies[i].want, lies[i].why);
	}
	long_lies();
	deep_lie();
}
