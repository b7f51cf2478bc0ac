/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_good.c -- whole chains ATTK -> ASK -> AuthKey -> result, as genuine
 * phones would sign them.
 *
 * The MTK form comes out of src/wire (which is tested against bytes of real
 * phones); the Huawei form, which we only read, is written here by hand.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "generate.h"
#include "wire/base64.h"
#include "wire/export.h"
#include "wire/keyjson.h"
#include "wire/result.h"
#include "wire/spki.h"

#define KEPT_MAX 40

enum style { MTK, HUAWEI, IOS };

/* clang-format off */
static const struct good {
	const char *name;
	const char *link;
	enum style style;
	const char *signer;
	const char *inner;	/* the key inside; NULL in a result */
	char device;
	const char *uid;
	unsigned counter;	/* grows along each device */
	size_t salt_len;
} goods[] = {
	{ "classic-salt20/ask-10115", "ask", MTK, "attk-a", "ask-a-10115", 'a', "10115", 181, 20 },
	{ "classic-salt20/authkey-10115-pay", "authkey", MTK, "ask-a-10115", "authkey-a-10115-pay", 'a', "10115", 183, 20 },
	{ "classic-salt20/result-10115-pay", "result", MTK, "authkey-a-10115-pay", NULL, 'a', "10115", 185, 20 },
	{ "classic-salt20/authkey-10115-login", "authkey", MTK, "ask-a-10115", "authkey-a-10115-login", 'a', "10115", 190, 20 },
	{ "classic-salt20/result-10115-login", "result", MTK, "authkey-a-10115-login", NULL, 'a', "10115", 192, 20 },
	{ "classic-salt20/ask-10116", "ask", MTK, "attk-a", "ask-a-10116", 'a', "10116", 200, 20 },
	{ "classic-salt20/authkey-10116-pay", "authkey", MTK, "ask-a-10116", "authkey-a-10116-pay", 'a', "10116", 203, 20 },
	{ "classic-salt20/result-10116-pay", "result", MTK, "authkey-a-10116-pay", NULL, 'a', "10116", 207, 20 },

	{ "classic-salt32/ask-10115", "ask", MTK, "attk-b", "ask-b-10115", 'b', "10115", 40, 32 },
	{ "classic-salt32/authkey-10115-pay", "authkey", MTK, "ask-b-10115", "authkey-b-10115-pay", 'b', "10115", 42, 32 },
	{ "classic-salt32/result-10115-pay", "result", MTK, "authkey-b-10115-pay", NULL, 'b', "10115", 47, 32 },

	{ "huawei-style/ask-10316", "ask", HUAWEI, "attk-h", "ask-h-10316", 'h', "10316", 38, 32 },
	{ "huawei-style/authkey-10316-pay", "authkey", HUAWEI, "ask-h-10316", "authkey-h-10316-pay", 'h', "10316", 47, 32 },
	{ "huawei-style/result-10316-pay", "result", HUAWEI, "authkey-h-10316-pay", NULL, 'h', "10316", 59, 32 },

	{ "chain/authkey-10316-pay", "authkey", HUAWEI, "leaf-c", "authkey-c-10316-pay", 'c', "10316", 47, 32 },
	{ "chain/result-10316-pay", "result", HUAWEI, "authkey-c-10316-pay", NULL, 'c', "10316", 59, 32 },

	{ "ios/result", "result", IOS, "authkey-i", NULL, 'i', "", 12, 20 },
};
/* clang-format on */

static struct gen_object kept[KEPT_MAX];
static size_t kept_n;

void
gen_keep(const struct gen_object *o)
{
	if (kept_n == KEPT_MAX)
		gen_die("more than %d objects", KEPT_MAX);
	kept[kept_n++] = *o;
}

void
gen_take(struct gen_object *o, const char *name)
{
	for (size_t i = 0; i < kept_n; i++)
		if (strcmp(kept[i].c.name, name) == 0) {
			*o = kept[i];
			if (o->c.challenge != NULL)
				o->c.challenge = o->challenge;
			return;
		}
	gen_die("%s: no such object", name);
}

/* xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx */
static void
uuid(char out[GEN_NAME_MAX], const char *hex)
{
	gen_name(out, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
	    hex + 16, hex + 20);
}

static void
upper(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'a' && *s <= 'f')
			*s = (char)(*s - 'a' + 'A');
}

const char *
gen_cpu_id(char device)
{
	static char ids[26][GEN_NAME_MAX];
	char *id = ids[device - 'a'], label[GEN_NAME_MAX], hex[2 * 20 + 1];

	gen_name(label, "cpu_id/%c", device);
	gen_stream_hex(hex, label, 20);
	switch (device) {
	case 'c': /* certificate chain: the device certificate's name and 8 */
		uuid(id, hex);
		gen_name(id, "TEST_PHONE_%s-%s", id, hex + 32);
		break;
	case 'h':
		gen_name(id, "TEST_PHONE_%.16s-%s", hex, hex + 32);
		break;
	case 'i':
		uuid(id, hex);
		upper(id);
		break;
	default: /* as docs/protocol.md k.1 proposes: 16 bytes */
		gen_name(id, "%.32s", hex);
	}
	return (id);
}

void
gen_key_text(struct gen_text *out, const struct soter_key *key,
    const char *cpu_id, uint64_t counter, const char *uid, int32_t salt_len)
{
	struct soter_key_json x = { .key = *key,
		.counter = counter,
		.salt_len = salt_len };
	struct soter_writer w = gen_writer(out);

	soter_copy(x.cpu_id, cpu_id, strlen(cpu_id));
	soter_copy(x.uid, uid, strlen(uid));
	GEN_OK(soter_key_json_write(&w, &x));
	out->n = w.len;
}

/* The Base64 in one line, raw line feeds around it, no slash escaped. */
void
gen_huawei_key_text(struct gen_text *out, const struct soter_key *key,
    const char *cpu_id, uint64_t counter, const char *uid, int32_t salt_len)
{
	uint8_t der[SOTER_SPKI_MAX], base64[SOTER_PEM_KEY_MAX];
	struct soter_writer d = soter_writer(der, sizeof(der));
	struct soter_writer b = soter_writer(base64, sizeof(base64));
	char text[GEN_TEXT_MAX];

	GEN_OK(soter_spki_write(&d, key));
	GEN_OK(soter_base64_encode(&b, soter_written(&d)));
	snprintf(text, sizeof(text),
	    "{\"pub_key\":\"-----BEGIN PUBLIC KEY-----\n%.*s\n"
	    "-----END PUBLIC KEY-----\",\"cpu_id\":\"%s\",\"counter\":%u,"
	    "\"uid\":\"%s\"",
	    (int)b.len, (const char *)base64, cpu_id, (unsigned)counter, uid);
	gen_set(out, soter_text(text));
	if (salt_len >= 0) {
		snprintf(text, sizeof(text), ",\"rsa_pss_saltlen\":%d",
		    (int)salt_len);
		gen_add_text(out, text);
	}
	gen_add_text(out, "}");
}

static void
mtk_result(struct gen_object *o, const struct good *g)
{
	struct soter_result_json x = { .fid = "2313170",
		.counter = g->counter,
		.tee_n = "OpenSOTER-test-TEE",
		.tee_v = "10010/1",
		.fp_n = "TESTFP",
		.fp_v = "6516",
		.salt_len = g->salt_len == 20 ? -1 : (int32_t)g->salt_len };
	struct soter_writer w = gen_writer(&o->text);

	soter_copy(x.cpu_id, o->c.cpu_id, strlen(o->c.cpu_id));
	soter_copy(x.uid, g->uid, strlen(g->uid));
	GEN_OK(soter_result_json_write(&w, &x, soter_text(o->challenge)));
	o->text.n = w.len;
	o->c.fids[0] = "11";
	o->c.fids[1] = "2313170";
}

static void
huawei_result(struct gen_object *o, const struct good *g)
{
	char text[GEN_TEXT_MAX];

	snprintf(text, sizeof(text),
	    "{\"bo_t\":\"1\",\"raw\":\"%s\",\"fid\":\"761123376\","
	    "\"counter\":%u,\"tee_n\":\"testteeos\",\"tee_v\":\"version_1/0\","
	    "\"fp_n\":\"test_fp\",\"fp_v\":\"test_1.0\","
	    "\"rsa_pss_saltlen\":%zu,\"cpu_id\":\"%s\",\"uid\":\"%s\","
	    "\"fc_n\":\"testbioalgo\",\"fc_v\":\"bioalgo_1.0\"}",
	    o->challenge, g->counter, g->salt_len, o->c.cpu_id, g->uid);
	gen_set(&o->text, soter_text(text));
	o->c.fids[0] = "761123376";
}

/* No fid: only a verifier without a finger policy can say yes. */
static void
ios_result(struct gen_object *o, const struct good *g)
{
	char text[GEN_TEXT_MAX];

	snprintf(text, sizeof(text),
	    "{\"raw\":\"%s\",\"counter\":%u,\"uid\":\"%s\",\"cpu_id\":\"%s\"}",
	    o->challenge, g->counter, o->c.uid, o->c.cpu_id);
	gen_set(&o->text, soter_text(text));
}

static void
key_text(struct gen_object *o, const struct good *g)
{
	const struct soter_key *key = &gen_key(g->inner)->key;
	int32_t salt_len = g->salt_len == 20 ? -1 : (int32_t)g->salt_len;

	(g->style == MTK ? gen_key_text : gen_huawei_key_text)(&o->text, key,
	    o->c.cpu_id, g->counter, g->uid, salt_len);
}

static void
result_text(struct gen_object *o, const struct good *g)
{
	char label[GEN_NAME_MAX];

	gen_name(label, "challenge/%s", g->name);
	gen_stream_hex(o->challenge, label, 16);
	o->c.challenge = o->challenge;
	(g->style == MTK	     ? mtk_result
		: g->style == HUAWEI ? huawei_result
				     : ios_result)(o, g);
}

void
gen_rename(struct gen_object *o, const char *format, ...)
{
	char name[GEN_NAME_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name) - 8, format, args);
	va_end(args);
	gen_name(o->c.name, "%s", name);
	gen_name(o->c.signed_file, "%s.json", name);
	gen_name(o->c.sig_file, "%s.sig", name);
}

static void
sign(uint8_t sig[SOTER_SIG_LEN], const struct gen_object *o)
{
	struct gen_pss how = { .salt_len = o->salt_len };

	gen_pss_sign(sig, gen_key(o->signer), gen_span(&o->text), &how,
	    o->c.name);
}

void
gen_put(const struct gen_object *o)
{
	uint8_t sig[SOTER_SIG_LEN];

	sign(sig, o);
	gen_file(o->c.signed_file, gen_span(&o->text));
	gen_file(o->c.sig_file, soter_span(sig, sizeof(sig)));
	gen_manifest(&o->c);
}

void
gen_put_forms(const struct gen_object *o)
{
	struct gen_case c = o->c;
	uint8_t sig[SOTER_SIG_LEN], out[SOTER_EXPORT_MAX];
	struct soter_export x = { gen_span(&o->text),
		soter_span(sig, sizeof(sig)) };
	struct soter_writer w = soter_writer(out, sizeof(out));

	sign(sig, o);
	GEN_OK(soter_base64_encode(&w, x.sig));
	gen_name(c.name, "%s.b64", o->c.name);
	gen_name(c.sig_file, "%s", c.name);
	gen_file(c.sig_file, soter_written(&w));
	c.why = "the same with the signature in Base64, as clients upload it";
	gen_manifest(&c);

	w.len = 0;
	GEN_OK(soter_export_write(&w, &x));
	gen_name(c.name, "%s.bin", o->c.name);
	gen_name(c.signed_file, "%s", c.name);
	c.sig_file[0] = '\0';
	gen_file(c.signed_file, soter_written(&w));
	c.why = "the same as the export blob that leaves the TEE";
	gen_manifest(&c);
}

void
gen_good(void)
{
	static char ios_uid[2 * 16 + 1];
	struct gen_object o;

	gen_stream_hex(ios_uid, "uid/i", 16);
	for (size_t i = 0; i < SOTER_COUNT(goods); i++) {
		const struct good *g = &goods[i];

		memset(&o, 0, sizeof(o));
		gen_rename(&o, "%s", g->name);
		o.c.link = g->link;
		o.c.key = o.signer = g->signer;
		o.c.cpu_id = gen_cpu_id(g->device);
		o.c.uid = g->style == IOS ? ios_uid : g->uid;
		o.c.counter_above = g->counter - 1;
		o.c.why = "as a genuine phone signs it";
		o.salt_len = g->salt_len;
		if (g->inner != NULL)
			key_text(&o, g);
		else
			result_text(&o, g);
		gen_put(&o);
		gen_put_forms(&o);
		gen_keep(&o);
	}
}
