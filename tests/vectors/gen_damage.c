/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_damage.c -- good objects that were damaged on their way, and the hint
 * that a diagnosis must find.
 */
#include <stdio.h>
#include <string.h>

#include "generate.h"
#include "wire/base64.h"
#include "wire/pem.h"
#include "wire/spki.h"

#define A  "classic-salt20/ask-10115"
#define K  "classic-salt20/authkey-10115-pay"
#define R  "classic-salt20/result-10115-pay"
#define HK "huawei-style/authkey-10316-pay"
#define HR "huawei-style/result-10316-pay"

#define T(s)                                                    \
	{                                                       \
		(const uint8_t *)("" s ""), sizeof("" s "") - 1 \
	}
#define BOM "\xef\xbb\xbf"

/* clang-format off */
/* Every "from" of the signed text became "to". */
static const struct damage {
	const char *name, *base;
	struct soter_span from[3], to[3];
	enum soter_hint hints[GEN_LIST_MAX];
	const char *why;
} damages[] = {
	{ "lf-to-crlf", HK, { T("\n") }, { T("\r\n") }, { SOTER_HINT_CRLF },
	    "a Windows editor or version control rewrote the raw line feeds" },
	{ "crlf-to-lf", "forms/key-crlf", { T("\r\n") }, { T("\n") }, { SOTER_HINT_LF },
	    "version control rewrote the line ends" },
	{ "newline-to-escape", HK, { T("\n") }, { T("\\n") }, { SOTER_HINT_ESCAPED },
	    "a JSON library wrote the raw line feeds as escapes" },
	{ "newline-to-escape-chain", "chain/authkey-10316-pay", { T("\n") }, { T("\\n") }, { SOTER_HINT_ESCAPED },
	    "the same below a certificate chain" },
	{ "escape-to-newline", A, { T("\\n") }, { T("\n") }, { SOTER_HINT_UNESCAPED },
	    "a shell or a printf interpreted the escapes" },
	{ "spaces-after-commas", K, { T(",\"") }, { T(", \"") }, { SOTER_HINT_SPACES },
	    "re-serialised with blanks" },
	{ "spaces-everywhere", R, { T(",\""), T("\":") }, { T(", \""), T("\": ") }, { SOTER_HINT_SPACES },
	    "re-serialised with blanks" },
	{ "spaces-indented", K, { T(",\""), T("{\""), T("}") }, { T(",\n  \""), T("{\n  \""), T("\n}") }, { SOTER_HINT_SPACES },
	    "pretty-printed" },
	{ "spaces-removed-document", "forms/key-document-2017", { T(", \"") }, { T(",\"") }, { SOTER_HINT_SPACES },
	    "the phone wrote blanks after the commas; somebody took them out" },
	{ "spaces-removed", "forms/key-blanks", { T(", \""), T("\": ") }, { T(",\""), T("\":") }, { SOTER_HINT_SPACES },
	    "the phone wrote blanks; somebody took them out" },
	{ "slash-unescaped", K, { T("\\/") }, { T("/") }, { SOTER_HINT_SLASH },
	    "re-serialised by a library that does not escape slashes" },
	{ "slash-escaped", HR, { T("/") }, { T("\\/") }, { SOTER_HINT_SLASH },
	    "re-serialised by a library that escapes slashes" },
	{ "slash-escaped-key", HK, { T("/") }, { T("\\/") }, { SOTER_HINT_SLASH },
	    "re-serialised by a library that escapes slashes but not line feeds" },
	{ "bom", A, { T("{") }, { T(BOM "{") }, { SOTER_HINT_BOM },
	    "saved as UTF-8 with a byte-order mark" },
	{ "lf-added", R, { T("}") }, { T("}\n") }, { SOTER_HINT_NEWLINE_ADDED },
	    "written with echo or an editor" },
	{ "crlf-added", R, { T("}") }, { T("}\r\n") }, { SOTER_HINT_NEWLINE_ADDED },
	    "written with an editor on Windows" },
	{ "newline-cut", "forms/key-newline-behind", { T("}\n") }, { T("}") }, { SOTER_HINT_NEWLINE_CUT },
	    "trimmed before it was verified" },

	/* Two at a time, as programs do it. */
	{ "parsed-and-dumped", K, { T("\\/"), T(",\""), T("\":") }, { T("/"), T(", \""), T("\": ") }, { SOTER_HINT_SLASH, SOTER_HINT_SPACES },
	    "what json.dumps(json.loads(text)) makes of an MTK key" },
	{ "bom-and-lf-added", A, { T("{"), T("}") }, { T(BOM "{"), T("}\n") }, { SOTER_HINT_BOM, SOTER_HINT_NEWLINE_ADDED },
	    "saved by an editor" },
	{ "lf-to-crlf-and-added", HK, { T("\n"), T("}") }, { T("\r\n"), T("}\r\n") }, { SOTER_HINT_CRLF, SOTER_HINT_NEWLINE_ADDED },
	    "saved by an editor on Windows" },

	/* Nothing that happens by accident. */
	{ "counter-changed", R, { T("\"counter\":185") }, { T("\"counter\":186") }, { SOTER_HINT_TEXT },
	    "the content was changed" },
	{ "uid-changed", K, { T("\"10115\"") }, { T("\"10116\"") }, { SOTER_HINT_TEXT },
	    "the content was changed" },
	{ "finger-changed", R, { T("2313170") }, { T("2313171") }, { SOTER_HINT_TEXT },
	    "the content was changed" },
	{ "salt-removed", HR, { T("\"rsa_pss_saltlen\":32,") }, { T("") }, { SOTER_HINT_TEXT },
	    "the content was changed: the salt length must not be stored apart" },
};
/* clang-format on */

static void
put_text(struct gen_object *o, const char *name)
{
	gen_name(o->c.name, "negative/damage/%s", name);
	gen_name(o->c.signed_file, "%s.json", o->c.name);
	gen_file(o->c.signed_file, gen_span(&o->text));
	o->c.want = SOTER_E_SIGNATURE;
	gen_manifest(&o->c);
}

static void
put_damage(const struct damage *d)
{
	struct gen_object o;

	gen_take(&o, d->base);
	for (size_t k = 0; k < SOTER_COUNT(d->from); k++)
		if (d->from[k].n > 0)
			gen_replace_all(&o.text, d->from[k], d->to[k]);
	memcpy(o.c.hints, d->hints, sizeof(o.c.hints));
	o.c.why = d->why;
	put_text(&o, d->name);
}

static void
order(const char *name, const char *base)
{
	struct gen_object o;

	gen_take(&o, base);
	gen_members_sort(&o.text);
	o.c.hints[0] = SOTER_HINT_ORDER;
	o.c.why = "re-serialised by a library that sorts the members";
	put_text(&o, name);
}

/* The 4 bytes that stand in front of the text in the export blob. */
static void
frame(void)
{
	struct gen_object o;
	struct soter_writer w;
	uint8_t head[4];

	gen_take(&o, A);
	w = soter_writer(head, sizeof(head));
	GEN_OK(soter_write_le32(&w, (uint32_t)o.text.n));
	gen_insert(&o.text, 0, soter_written(&w));
	o.c.hints[0] = SOTER_HINT_FRAME;
	o.c.why = "the length of the export blob was left in front";
	put_text(&o, "export-length-in-front");
}

static void
put_sig(const char *name, struct soter_span sig, enum soter_rc want,
    enum soter_hint hint, const char *why)
{
	struct gen_object o;

	gen_take(&o, R);
	gen_name(o.c.name, "negative/damage/%s", name);
	gen_name(o.c.sig_file, "%s.sig", o.c.name);
	gen_file(o.c.sig_file, sig);
	o.c.want = want;
	o.c.hints[0] = hint;
	o.c.why = why;
	gen_manifest(&o.c);
}

static void
wrapped(const struct gen_text *base64, size_t width, const char *end,
    const char *name, const char *why)
{
	struct gen_text t = { 0 };

	for (size_t at = 0; at < base64->n; at += width) {
		size_t n = base64->n - at < width ? base64->n - at : width;

		gen_add(&t, soter_span(base64->p + at, n));
		gen_add_text(&t, end);
	}
	put_sig(name, gen_span(&t), SOTER_E_BASE64, SOTER_HINT_WRAPPED, why);
}

/* What happens to the Base64 of a signature. */
static void
base64_damages(const struct gen_text *base64)
{
	struct gen_text t = *base64;
	struct soter_writer w;

	wrapped(base64, 76, "\n", "base64-wrapped-76",
	    "MIME lines, as base64(1) and Android's DEFAULT write them");
	wrapped(base64, 64, "\r\n", "base64-wrapped-64", "lines as in a PEM");
	gen_replace_all(&t, SOTER_SPAN("+"), SOTER_SPAN(" "));
	put_sig("base64-blank", gen_span(&t), SOTER_E_BASE64, SOTER_HINT_BLANK,
	    "sent in a form without URL-encoding");
	t = *base64;
	gen_replace_all(&t, SOTER_SPAN("+"), SOTER_SPAN("-"));
	gen_replace_all(&t, SOTER_SPAN("/"), SOTER_SPAN("_"));
	put_sig("base64-url-safe", gen_span(&t), SOTER_E_BASE64,
	    SOTER_HINT_URLSAFE, "the URL-safe alphabet with padding");
	t.n -= 2;
	put_sig("base64-url-safe-no-padding", gen_span(&t), SOTER_E_BASE64,
	    SOTER_HINT_URLSAFE, "the URL-safe alphabet as in a JWT");
	w = gen_writer(&t);
	GEN_OK(soter_base64_encode(&w, gen_span(base64)));
	put_sig("base64-twice", soter_written(&w), SOTER_E_BASE64,
	    SOTER_HINT_TWICE, "encoded by the client and again by the server");
	put_sig("base64-cut-255", soter_span(base64->p, 255),
	    SOTER_E_SIG_LENGTH, SOTER_HINT_CUT,
	    "cut by a column of 255 characters");
	put_sig("base64-cut-300", soter_span(base64->p, 300), SOTER_E_BASE64,
	    SOTER_HINT_CUT, "cut by a field of 300 characters");
}

static void
signatures(void)
{
	uint8_t sig[SOTER_SIG_LEN];
	struct gen_pss how = { .salt_len = 20 };
	struct gen_text base64;
	struct gen_object o;
	struct soter_writer w = gen_writer(&base64);

	gen_take(&o, R);
	gen_pss_sign(sig, gen_key(o.signer), gen_span(&o.text), &how, R);
	GEN_OK(soter_base64_encode(&w, soter_span(sig, sizeof(sig))));
	base64.n = w.len;
	base64_damages(&base64);
	put_sig("raw-cut-128", soter_span(sig, 128), SOTER_E_SIG_LENGTH,
	    SOTER_HINT_CUT, "half of the raw signature");
	gen_pkcs1_sign(sig, gen_key(o.signer), gen_span(&o.text),
	    GEN_PKCS1_HONEST);
	put_sig("pkcs1", soter_span(sig, sizeof(sig)), SOTER_E_SIGNATURE,
	    SOTER_HINT_PKCS1, "PKCS#1 v1.5 instead of PSS");
}

/*
 * The label of a key file says CERTIFICATE, as in the published hw_ask.pem.
 * Inside a signed JSON that is refused (negative/key/pem-label-certificate);
 * of a file that a person hands over, the content counts.
 */
static void
label(void)
{
	static const char file[] = "forms/key-file-label.pem";
	uint8_t der[SOTER_SPKI_MAX], pem[SOTER_PEM_KEY_MAX];
	struct soter_writer d = soter_writer(der, sizeof(der));
	struct soter_writer p = soter_writer(pem, sizeof(pem));
	struct gen_object o;

	gen_take(&o, R);
	GEN_OK(soter_spki_write(&d, &gen_key(o.signer)->key));
	GEN_OK(
	    soter_pem_write(&p, SOTER_PEM_LABEL_CERT, soter_written(&d), true));
	gen_file(file, soter_written(&p));
	gen_name(o.c.name, "forms/key-file-label");
	o.c.key = file;
	o.c.hints[0] = SOTER_HINT_LABEL;
	o.c.why = "the label of the key file is wrong, the key is not: a "
		  "program for people reads it and says so";
	gen_manifest(&o.c);
}

void
gen_damage(void)
{
	for (size_t i = 0; i < SOTER_COUNT(damages); i++)
		put_damage(&damages[i]);
	order("members-sorted", K);
	order("members-sorted-result", HR);
	frame();
	signatures();
	label();
}
