/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Diagnosis: what people and programs do to a text or a signature on its way
 * is named, alone and together, and never makes a failed check pass.
 */
#include "tests/unit/phone.h"
#include "wire/base64.h"

static struct rsa_maker ask, authkey, other;
static struct soter_authkey *verifier;

/* What arrived, in memory that a damage may rewrite. */
struct mail {
	struct phone_object signed_by_phone;
	uint8_t text[2 * SOTER_SIGNED_MAX];
	size_t text_n;
	uint8_t sig[2048];
	size_t sig_n;
};

typedef void damage(struct mail *);

static void
replace(struct mail *m, const char *from, const char *to)
{
	uint8_t out[sizeof(m->text)];
	size_t n = 0, from_n = strlen(from), to_n = strlen(to);

	for (size_t i = 0; i < m->text_n;) {
		if (m->text_n - i >= from_n &&
		    memcmp(m->text + i, from, from_n) == 0) {
			memcpy(out + n, to, to_n);
			n += to_n;
			i += from_n;
		} else
			out[n++] = m->text[i++];
	}
	memcpy(m->text, out, n);
	m->text_n = n;
}

static void
insert(struct mail *m, size_t at, const char *bytes, size_t n)
{
	memmove(m->text + at + n, m->text + at, m->text_n - at);
	memcpy(m->text + at, bytes, n);
	m->text_n += n;
}

static void
sig_base64(struct mail *m)
{
	uint8_t in[sizeof(m->sig)];
	struct soter_writer w = soter_writer(m->sig, sizeof(m->sig));

	memcpy(in, m->sig, m->sig_n);
	MUST(soter_base64_encode(&w, soter_span(in, m->sig_n)) == SOTER_OK);
	m->sig_n = w.len;
}

static void
sig_map(struct mail *m, char from, char to)
{
	for (size_t i = 0; i < m->sig_n; i++)
		if (m->sig[i] == (uint8_t)from)
			m->sig[i] = (uint8_t)to;
}

static void
nothing(struct mail *m)
{
	(void)m;
}
static void
crlf(struct mail *m)
{
	replace(m, "\n", "\r\n");
}
static void
lf(struct mail *m)
{
	replace(m, "\r\n", "\n");
}
static void
escape_lf(struct mail *m)
{
	replace(m, "\n", "\\n");
}
static void
unescape_lf(struct mail *m)
{
	replace(m, "\\n", "\n");
}
static void
slash(struct mail *m)
{
	replace(m, "/", "\\/");
}
static void
unslash(struct mail *m)
{
	replace(m, "\\/", "/");
}
static void
space_comma(struct mail *m)
{
	replace(m, ",\"", ", \"");
}
static void
space_both(struct mail *m)
{
	replace(m, ",\"", ", \"");
	replace(m, "\":", "\": ");
}
static void
compact(struct mail *m)
{
	replace(m, ", \"", ",\"");
	replace(m, "\": ", "\":");
}
static void
pretty(struct mail *m)
{
	replace(m, ",\"", ",\n  \"");
	replace(m, "\":", "\" : ");
	replace(m, "{", "{\n  ");
	replace(m, "}", "\n}");
}
static void
bom(struct mail *m)
{
	insert(m, 0, "\xef\xbb\xbf", 3);
}
static void
newline(struct mail *m)
{
	insert(m, m->text_n, "\n", 1);
}
static void
newline_crlf(struct mail *m)
{
	insert(m, m->text_n, "\r\n", 2);
}
static void
cut_newline(struct mail *m)
{
	m->text_n--;
}
static void
cut_crlf(struct mail *m)
{
	m->text_n -= 2;
}
static void
frame(struct mail *m)
{
	char n[4] = { (char)(m->text_n & 0xff), (char)(m->text_n >> 8), 0, 0 };

	insert(m, 0, n, 4);
}
/* The first member goes to the end. */
static void
reorder(struct mail *m)
{
	char *text = (char *)m->text, first[1024];
	char *comma = strstr(text, ",\"fid\""), *end = text + m->text_n - 1;
	size_t n;

	MUST(comma != NULL);
	n = (size_t)(comma - text) - 1;
	memcpy(first, text + 1, n);
	memmove(text + 1, comma + 1, (size_t)(end - comma - 1));
	end = text + m->text_n - 1 - n;
	end[-1] = ',';
	memcpy(end, first, n);
}
static void
python(struct mail *m)
{
	unslash(m);
	space_both(m);
	newline(m);
}
static void
windows(struct mail *m)
{
	bom(m);
	newline(m);
	crlf(m);
}
static void
amount(struct mail *m)
{
	replace(m, "12", "13");
}
static void
cut_text(struct mail *m)
{
	m->text_n -= 20;
}
static void
wrap(struct mail *m)
{
	sig_base64(m);
	for (size_t i = 76; i < m->sig_n; i += 77) {
		memmove(m->sig + i + 1, m->sig + i, m->sig_n - i);
		m->sig[i] = '\n';
		m->sig_n++;
	}
}
static void
sig_newline(struct mail *m)
{
	sig_base64(m);
	m->sig[m->sig_n++] = '\n';
}
static void
url_safe(struct mail *m)
{
	sig_base64(m);
	sig_map(m, '+', '-');
	sig_map(m, '/', '_');
}
static void
url_safe_bare(struct mail *m)
{
	url_safe(m);
	m->sig_n -= 2;
}
static void
blank(struct mail *m)
{
	sig_base64(m);
	sig_map(m, '+', ' ');
}
static void
twice(struct mail *m)
{
	sig_base64(m);
	sig_base64(m);
}
static void
sig_cut(struct mail *m)
{
	sig_base64(m);
	m->sig_n = 255;
}
static void
sig_cut_raw(struct mail *m)
{
	m->sig[0] = 0xff; /* surely no Base64 */
	m->sig_n = 200;
}
static void
sig_gone(struct mail *m)
{
	m->sig_n = 0;
}
static void
sig_junk(struct mail *m)
{
	sig_base64(m);
	memcpy(m->sig + m->sig_n, "junk", 4);
	m->sig_n += 4;
}
static void
sig_star(struct mail *m)
{
	sig_base64(m);
	m->sig[100] = '*';
}
static void
sig_of_300(struct mail *m)
{
	m->sig_n = 300;
	sig_base64(m);
}
static void
sig_of_300_twice(struct mail *m)
{
	m->sig_n = 300;
	sig_base64(m);
	sig_base64(m);
}
static void
sig_cut_twice(struct mail *m)
{
	m->sig_n = 240;
	sig_base64(m);
	sig_base64(m);
}
static void
sig_huge(struct mail *m)
{
	memset(m->sig, 'A', sizeof(m->sig));
	m->sig_n = sizeof(m->sig);
}
static void
sig_hex(struct mail *m)
{
	char hex[2 * SOTER_SIG_LEN + 1];

	for (size_t i = 0; i < SOTER_SIG_LEN; i++)
		sprintf(hex + 2 * i, "%02x", m->sig[i]);
	memcpy(m->sig, hex, m->sig_n = 2 * SOTER_SIG_LEN);
}
static void
hex_cut(struct mail *m)
{
	sig_hex(m);
	m->sig_n = 300;
}
static void
hex_cut_late(struct mail *m)
{
	sig_hex(m);
	m->sig_n = 500;
}
static void
hex_wrapped(struct mail *m)
{
	sig_hex(m);
	memmove(m->sig + 65, m->sig + 64, m->sig_n - 64);
	m->sig[64] = '\n';
	m->sig_n++;
}
static void
wrapped_and_slashed(struct mail *m)
{
	unslash(m);
	wrap(m);
}

#define H(name) SOTER_HINT_##name

/* The texts that a phone signed, before the damage. */
enum form { RESULT, SPACED, LINES, RAW_LF, TAILED, TAILED_CRLF, FORMS };

static const struct {
	const char *what;
	enum form form;
	damage *harm;
	enum soter_rc rc;
	bool would_match;
	enum soter_hint hint[4];
	int64_t number;
} rows[] = {
	{ "nothing", RESULT, nothing, SOTER_OK, false, { 0 }, 0 },
	{ "LF to CRLF", LINES, crlf, SOTER_E_SIGNATURE, true, { H(CRLF) }, 0 },
	{ "CRLF to LF", TAILED_CRLF, lf, SOTER_E_SIGNATURE, true, { H(LF) },
	    0 },
	{ "raw line feed to \\n", RAW_LF, escape_lf, SOTER_E_SIGNATURE, true,
	    { H(ESCAPED) }, 0 },
	{ "\\/ to /", RESULT, unslash, SOTER_E_SIGNATURE, true, { H(SLASH) },
	    0 },
	{ "/ to \\/", SPACED, slash, SOTER_E_SIGNATURE, true, { H(SLASH) }, 0 },
	{ "blanks after commas", RESULT, space_comma, SOTER_E_SIGNATURE, true,
	    { H(SPACES) }, 0 },
	{ "blanks after commas and colons", RESULT, space_both,
	    SOTER_E_SIGNATURE, true, { H(SPACES) }, 0 },
	{ "blanks removed", SPACED, compact, SOTER_E_SIGNATURE, true,
	    { H(SPACES) }, 0 },
	{ "pretty-printed", RESULT, pretty, SOTER_E_SIGNATURE, true,
	    { H(SPACES) }, 0 },
	{ "another order", RESULT, reorder, SOTER_E_SIGNATURE, true,
	    { H(ORDER) }, 0 },
	{ "byte-order mark", RESULT, bom, SOTER_E_SIGNATURE, true, { H(BOM) },
	    0 },
	{ "newline added", RESULT, newline, SOTER_E_SIGNATURE, true,
	    { H(NEWLINE_ADDED) }, 0 },
	{ "CR LF added", RESULT, newline_crlf, SOTER_E_SIGNATURE, true,
	    { H(NEWLINE_ADDED) }, 0 },
	{ "newline cut", TAILED, cut_newline, SOTER_E_SIGNATURE, true,
	    { H(NEWLINE_CUT) }, 0 },
	{ "CR LF cut", TAILED_CRLF, cut_crlf, SOTER_E_SIGNATURE, true,
	    { H(NEWLINE_CUT) }, 0 },
	{ "export length left in front", RESULT, frame, SOTER_E_SIGNATURE, true,
	    { H(FRAME) }, 0 },
	{ "parsed and written by Python", RESULT, python, SOTER_E_SIGNATURE,
	    true, { H(NEWLINE_ADDED), H(SPACES), H(SLASH) }, 0 },
	{ "saved by a Windows editor", LINES, windows, SOTER_E_SIGNATURE, true,
	    { H(BOM), H(CRLF), H(NEWLINE_ADDED) }, 0 },
	{ "the content was changed", RESULT, amount, SOTER_E_SIGNATURE, false,
	    { H(TEXT) }, 0 },
	{ "the text was cut", RESULT, cut_text, SOTER_E_SIGNATURE, false,
	    { H(TEXT) }, 0 },
	{ "signature in Base64", RESULT, sig_base64, SOTER_OK, false, { 0 },
	    0 },
	{ "Base64 wrapped", RESULT, wrap, SOTER_E_BASE64, true, { H(WRAPPED) },
	    0 },
	{ "Base64 with a newline", RESULT, sig_newline, SOTER_E_BASE64, true,
	    { H(WRAPPED) }, 0 },
	{ "Base64 URL-safe", RESULT, url_safe, SOTER_E_BASE64, true,
	    { H(URLSAFE) }, 0 },
	{ "Base64 URL-safe, bare", RESULT, url_safe_bare, SOTER_E_BASE64, true,
	    { H(URLSAFE) }, 0 },
	{ "+ became blank", RESULT, blank, SOTER_E_BASE64, true, { H(BLANK) },
	    0 },
	{ "Base64 twice", RESULT, twice, SOTER_E_BASE64, true, { H(TWICE) },
	    0 },
	{ "Base64 cut in a column of 255", RESULT, sig_cut, SOTER_E_SIG_LENGTH,
	    false, { H(CUT) }, 191 },
	{ "raw signature cut", RESULT, sig_cut_raw, SOTER_E_SIG_LENGTH, false,
	    { H(CUT) }, 200 },
	{ "no signature", RESULT, sig_gone, SOTER_E_SIG_LENGTH, false, { 0 },
	    0 },
	{ "junk behind the padding", RESULT, sig_junk, SOTER_E_BASE64, false,
	    { 0 }, 0 },
	{ "a star in the Base64", RESULT, sig_star, SOTER_E_BASE64, false,
	    { 0 }, 0 },
	{ "Base64 of 300 bytes", RESULT, sig_of_300, SOTER_E_BASE64, false,
	    { 0 }, 0 },
	{ "Base64 of Base64 of 300 bytes", RESULT, sig_of_300_twice,
	    SOTER_E_BASE64, false, { H(TWICE) }, 0 },
	{ "cut, then Base64 twice", RESULT, sig_cut_twice, SOTER_E_BASE64,
	    false, { H(TWICE), H(CUT) }, 0 },
	{ "far too long", RESULT, sig_huge, SOTER_E_BASE64, false, { 0 }, 0 },
	{ "signature in hex", RESULT, sig_hex, SOTER_OK, false, { 0 }, 0 },
	{ "hex cut", RESULT, hex_cut, SOTER_E_BASE64, false, { H(CUT) }, 150 },
	{ "hex cut late", RESULT, hex_cut_late, SOTER_E_BASE64, false,
	    { H(CUT) }, 250 },
	{ "hex in lines", RESULT, hex_wrapped, SOTER_E_BASE64, true,
	    { H(WRAPPED) }, 0 },
	{ "wrapped, and \\/ lost", RESULT, wrapped_and_slashed, SOTER_E_BASE64,
	    true, { H(WRAPPED), H(SLASH) }, 0 },
};

static void
post(struct mail *m, enum form form)
{
	struct soter_result_json x = phone_result_json(12);
	struct phone_object *o = &m->signed_by_phone;

	phone_result(o, &authkey, &x, "order 1/2 of ./.", 20);
	memcpy(m->text, o->text, m->text_n = o->text_n);
	if (form == SPACED) {
		unslash(m);
		space_both(m);
	} else if (form == LINES)
		replace(m, ",\"", ",\n\"");
	else if (form == RAW_LF) /* only keys may; the signature may too */
		replace(m, "order ", "order\n");
	else if (form == TAILED)
		newline(m);
	else if (form == TAILED_CRLF) {
		newline_crlf(m);
		replace(m, ",\"", ",\r\n\"");
	}
	phone_text(o, soter_span(m->text, m->text_n));
	phone_sign(o, &authkey, 20);
	memcpy(m->sig, o->sig, m->sig_n = sizeof(o->sig));
}

static const struct soter_result_expect want = {
	.key = { .cls = SOTER_CLASS_TEST },
	.challenge = { (const uint8_t *)"order 1/2 of ./.", 16 },
};

static struct soter_signed
arrived(const struct mail *m)
{
	return ((struct soter_signed){ soter_span(m->text, m->text_n),
	    soter_span(m->sig, m->sig_n) });
}

static void
check_report(const struct soter_report *why, size_t i)
{
	size_t n = 0;

	while (n < 4 && rows[i].hint[n] != 0)
		n++;
	CHECK(why->hints == n);
	for (size_t k = 0; k < n && k < why->hints; k++)
		if (!CHECK(why->hint[k].hint == rows[i].hint[k]))
			printf("# hint %zu is %s\n", k,
			    soter_code_find(why->hint[k].hint)->word);
	CHECK(why->would_match == rows[i].would_match);
	CHECK(rows[i].number == 0 || why->hint[0].number == rows[i].number);
}

static void
check_rows(void)
{
	static struct mail m;

	for (size_t i = 0; i < SOTER_COUNT(rows); i++) {
		struct soter_report why;
		struct soter_signed in;

		check_row("%s", rows[i].what);
		post(&m, rows[i].form);
		rows[i].harm(&m);
		in = arrived(&m);
		CHECK_RC(soter_result_accept(NULL, verifier, &in, &want, &why),
		    rows[i].rc);
		soter_diagnose(&why, soter_authkey_key(verifier), &in, NULL, 0);
		CHECK_RC(why.rc, rows[i].rc);
		check_report(&why, i);
	}
}

/* A key JSON as Huawei phones write it, its raw line feeds turned to \n. */
static void
check_key_json(void)
{
	static struct mail m;
	struct soter_authkey *out = NULL;
	struct soter_ask *under = NULL;
	struct soter_key_record record;
	struct soter_expect expect = { .cls = SOTER_CLASS_TEST };
	struct soter_report why;
	struct soter_signed in;
	static const struct {
		const char *what;
		damage *before, *after;
		enum soter_hint hint;
	} ways[] = {
		{ "raw line feeds to \\n", unescape_lf, escape_lf, H(ESCAPED) },
		{ "\\n to raw line feeds", nothing, unescape_lf, H(UNESCAPED) },
		{ "raw line feeds to CR LF", unescape_lf, crlf, H(CRLF) },
	};

	soter_authkey_record(verifier, &record);
	record.kind = SOTER_RECORD_ASK;
	memcpy(record.n, ask.pub.n, sizeof(record.n));
	MUST(soter_ask_restore(&under, &record) == SOTER_OK);
	for (size_t i = 0; i < SOTER_COUNT(ways); i++) {
		struct phone_object *o = &m.signed_by_phone;

		check_row("key JSON: %s", ways[i].what);
		phone_key(o, &ask, &authkey, 11, -1, 20);
		memcpy(m.text, o->text, m.text_n = o->text_n);
		ways[i].before(&m);
		phone_text(o, soter_span(m.text, m.text_n));
		phone_sign(o, &ask, 20);
		memcpy(m.sig, o->sig, m.sig_n = 256);
		in = arrived(&m);
		CHECK_RC(soter_authkey_accept(&out, under, &in, &expect, NULL),
		    SOTER_OK);
		soter_authkey_free(&out);
		ways[i].after(&m);
		in = arrived(&m);
		CHECK_RC(soter_authkey_accept(&out, under, &in, &expect, &why),
		    SOTER_E_SIGNATURE);
		soter_diagnose(&why, soter_ask_key(under), &in, NULL, 0);
		CHECK(why.hints == 1 && why.hint[0].hint == ways[i].hint);
		CHECK(why.would_match);
	}
	soter_ask_free(&under);
}

static void
check_other_keys(void)
{
	static struct mail m;
	struct soter_pubkey *k[2] = { NULL, NULL };
	struct soter_other_key others[70];
	struct soter_report why;
	struct soter_signed in;

	MUST(soter_pubkey_new(&k[0], soter_span(other.pub.n, 256)) == SOTER_OK);
	MUST(soter_pubkey_new(&k[1], soter_span(ask.pub.n, 256)) == SOTER_OK);
	for (size_t i = 0; i < 70; i++)
		others[i] = (struct soter_other_key){ "stranger", k[0] };

	check_row("signed by another key of the set");
	post(&m, RESULT);
	phone_sign(&m.signed_by_phone, &ask, 20);
	memcpy(m.sig, m.signed_by_phone.sig, 256);
	in = arrived(&m);
	others[63] = (struct soter_other_key){ "uid 10116", k[1] };
	CHECK_RC(soter_result_accept(NULL, verifier, &in, &want, &why),
	    SOTER_E_SIGNATURE);
	soter_diagnose(&why, soter_authkey_key(verifier), &in, others, 70);
	CHECK(why.hints == 1 && why.would_match);
	CHECK(why.hint[0].hint == SOTER_HINT_OTHER_KEY);
	CHECK(strcmp(why.hint[0].name, "uid 10116") == 0);
	CHECK_RC(why.rc, SOTER_E_SIGNATURE);

	check_row("by another key, over other bytes, signer unknown");
	amount(&m);
	in = arrived(&m);
	soter_diagnose(&why, NULL, &in, others, 70);
	CHECK(why.hints == 2 && !why.would_match);
	CHECK(why.hint[1].hint == SOTER_HINT_TEXT);

	check_row("the 65th candidate is not tried");
	others[63] = others[0];
	others[64] = (struct soter_other_key){ "too late", k[1] };
	soter_diagnose(&why, NULL, &in, others, 70);
	CHECK(why.hints == 0 && !why.would_match);
	soter_pubkey_free(&k[0]);
	soter_pubkey_free(&k[1]);
}

/* Where a hint would be wrong or stand there twice. */
static void
check_restraint(void)
{
	static struct mail m;
	struct soter_result_expect later = want;
	struct soter_other_key same = { "the same key",
		soter_authkey_key(verifier) };
	struct soter_report why;
	struct soter_signed in;

	check_row("a refusal that is not about the signature");
	post(&m, RESULT);
	in = arrived(&m);
	later.key.has_counter = true;
	later.key.counter_above = 99;
	CHECK_RC(soter_result_accept(NULL, verifier, &in, &later, &why),
	    SOTER_E_REPLAY);
	soter_diagnose(&why, soter_authkey_key(verifier), &in, &same, 1);
	CHECK(why.hints == 0 && !why.would_match);
	CHECK_RC(why.rc, SOTER_E_REPLAY);

	check_row("the signer is among the others");
	newline(&m);
	in = arrived(&m);
	CHECK_RC(soter_result_accept(NULL, verifier, &in, &want, &why),
	    SOTER_E_SIGNATURE);
	soter_diagnose(&why, soter_authkey_key(verifier), &in, &same, 1);
	CHECK(why.hints == 1 && why.would_match);
	CHECK(why.hint[0].hint == SOTER_HINT_NEWLINE_ADDED);

	check_row("a diagnosis made twice");
	soter_diagnose(&why, soter_authkey_key(verifier), &in, &same, 1);
	CHECK(why.hints == 1 && why.would_match);

	check_row("another salt, over other bytes");
	post(&m, RESULT);
	phone_sign(&m.signed_by_phone, &authkey, 40);
	memcpy(m.sig, m.signed_by_phone.sig, 256);
	amount(&m);
	in = arrived(&m);
	CHECK_RC(soter_result_accept(NULL, verifier, &in, &want, &why),
	    SOTER_E_SIGNATURE);
	soter_diagnose(&why, soter_authkey_key(verifier), &in, NULL, 0);
	CHECK(why.hints == 2 && !why.would_match);
	CHECK(why.hint[0].hint == SOTER_HINT_SALT && why.hint[0].number == 40);
	CHECK(why.hint[1].hint == SOTER_HINT_TEXT);

	check_row("a padding by chance is not taken for a signature");
	phone_sign(&m.signed_by_phone, &authkey, 210);
	memcpy(m.sig, m.signed_by_phone.sig, 256);
	in = arrived(&m);
	CHECK_RC(soter_result_accept(NULL, verifier, &in, &want, &why),
	    SOTER_E_SIGNATURE);
	soter_diagnose(&why, soter_authkey_key(verifier), &in, NULL, 0);
	CHECK(why.hints == 0 && !why.would_match);
}

static void
check_pkcs1(void)
{
	static const uint8_t der[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
		0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
		0x04, 0x20 };
	static struct mail m;
	uint8_t em[256];
	struct soter_report why;
	struct soter_signed in;

	check_row("PKCS#1 v1.5 instead of PSS");
	post(&m, RESULT);
	memset(em, 0xff, sizeof(em));
	em[0] = 0;
	em[1] = 1;
	em[256 - 32 - sizeof(der) - 1] = 0;
	memcpy(em + 256 - 32 - sizeof(der), der, sizeof(der));
	phone_hash(em + 224, m.text, m.text_n, NULL, 0);
	rsa_sign(&authkey, m.sig, em);
	in = arrived(&m);
	CHECK_RC(soter_result_accept(NULL, verifier, &in, &want, &why),
	    SOTER_E_SIGNATURE);
	soter_diagnose(&why, soter_authkey_key(verifier), &in, NULL, 0);
	CHECK(why.hints == 1 && why.hint[0].hint == SOTER_HINT_PKCS1);
	CHECK_RC(why.rc, SOTER_E_SIGNATURE);
}

static void
check_salt(void)
{
	static const struct {
		size_t used;
		int32_t announced;
	} ways[] = { { 32, -1 }, { 20, 32 }, { 222, -1 }, { 0, 0 } };
	struct soter_report why;

	for (size_t i = 0; i < SOTER_COUNT(ways); i++) {
		struct soter_result_json x = phone_result_json(12);
		struct phone_object o;
		struct soter_signed in;

		check_row("salt %zu used, %d announced", ways[i].used,
		    ways[i].announced);
		x.salt_len = ways[i].announced;
		phone_result(&o, &authkey, &x, "order 1/2 of ./.",
		    ways[i].used);
		in = phone_signed(&o);
		CHECK_RC(soter_result_accept(NULL, verifier, &in, &want, &why),
		    SOTER_E_SALT);
		soter_diagnose(&why, soter_authkey_key(verifier), &in, NULL, 0);
		CHECK_RC(why.rc, SOTER_E_SALT);
		CHECK(why.hints == 1 && why.would_match);
		CHECK(why.hint[0].hint == SOTER_HINT_SALT);
		CHECK(why.hint[0].number == (int64_t)ways[i].used);
	}
}

/* The signature of the usual text shows each letter that can be mangled. */
static bool
is_telling(void)
{
	static struct mail m;

	post(&m, RESULT);
	sig_base64(&m);
	return (memchr(m.sig, '+', m.sig_n) != NULL &&
	    memchr(m.sig, '/', m.sig_n) != NULL);
}

int
main(void)
{
	struct rsa_maker *keys[] = { &ask, &authkey, &other };
	struct soter_key_record record = { .kind = SOTER_RECORD_AUTHKEY,
		.cls = SOTER_CLASS_TEST,
		.e = 65537,
		.cpu_id = PHONE_CPU_ID,
		.uid = PHONE_UID };

	for (size_t i = 0; i < SOTER_COUNT(keys); i++)
		rsa_make(keys[i], 2048);
	while (!is_telling()) {
		rsa_drop(&authkey);
		rsa_make(&authkey, 2048);
	}
	memcpy(record.n, authkey.pub.n, sizeof(record.n));
	MUST(soter_authkey_restore(&verifier, &record) == SOTER_OK);
	check_rows();
	check_key_json();
	check_other_keys();
	check_restraint();
	check_pkcs1();
	check_salt();
	soter_authkey_free(&verifier);
	for (size_t i = 0; i < SOTER_COUNT(keys); i++)
		rsa_drop(keys[i]);
	return (check_done());
}
