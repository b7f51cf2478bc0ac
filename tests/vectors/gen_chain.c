/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_chain.c -- ASKs as certificate chains: the good ones.  Their lies stand
 * in gen_chain_lies.c.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "generate.h"
#include "wire/chainask.h"
#include "wire/spki.h"

#define COUNTER 38
#define UID	"10316"

/* Makes the software list 123 bytes long, together with what else is in it. */
#define PACKAGE "org.opensoter.testvectors.of.chain.with.a.brace.byte"

void
gen_chain_copies(char out[GEN_COPIES_MAX], const char *cpu_id)
{
	snprintf(out, GEN_COPIES_MAX,
	    ",\"cpu_id\":\"%s\",\"uid\":%s,\"counter\":%d", cpu_id, UID,
	    COUNTER);
}

void
gen_chain_honest(struct gen_chain *x)
{
	static char cn[GEN_NAME_MAX];
	char text[256];

	/* The device id is this name, a dash and eight hex digits. */
	gen_name(cn, "%s", gen_cpu_id('c'));
	cn[strlen(cn) - 9] = '\0';
	memset(x, 0, sizeof(*x));
	x->root = x->ca_signer = "vendor-root";
	x->ca = x->device_signer = "vendor-ca";
	x->device = x->leaf_signer = "device-c";
	x->leaf = "leaf-c";
	x->device_cn = cn;
	snprintf(text, sizeof(text),
	    "{\"cpu_id\":\"%s\",\"counter\":%d,\"uid\":\"%s\","
	    "\"rsa_pss_saltlen\":32}",
	    gen_cpu_id('c'), COUNTER, UID);
	gen_attest_honest(&x->attest, soter_text(text));
}

void
gen_chain_object(struct gen_object *o, const char *file)
{
	memset(o, 0, sizeof(*o));
	gen_rename(o, "%s", file);
	o->c.sig_file[0] = '\0';
	o->c.link = "ask";
	o->c.key = "vendor-root";
	o->c.cpu_id = gen_cpu_id('c');
	o->c.uid = UID;
	o->c.counter_above = COUNTER - 1;
}

void
gen_chain_put(const struct gen_object *o)
{
	gen_file(o->c.signed_file, gen_span(&o->text));
	gen_manifest(&o->c);
}

static void
make(struct gen_object *o, const struct gen_chain *x, const char *copies)
{
	static struct gen_cert certs[SOTER_CHAIN_CERTS];
	const struct gen_cert *all[SOTER_CHAIN_CERTS];

	gen_chain_certs(certs, x);
	for (size_t i = 0; i < SOTER_CHAIN_CERTS; i++)
		all[i] = &certs[i];
	gen_chain_text(&o->text, all, SOTER_CHAIN_CERTS, copies);
}

void
gen_chain_make(struct gen_object *o, const struct gen_chain *x)
{
	char copies[GEN_COPIES_MAX];

	gen_chain_copies(copies, gen_cpu_id('c'));
	make(o, x, copies);
}

/* Written by hand here; src/wire must write the same. */
static void
compare(const struct gen_text *text, const struct gen_chain *x)
{
	static struct gen_cert certs[SOTER_CHAIN_CERTS];
	struct soter_span der[SOTER_CHAIN_CERTS];
	struct soter_chain_ask ask = { .has_copies = true,
		.counter = COUNTER,
		.uid = UID };
	struct gen_text ours;
	struct soter_writer w = gen_writer(&ours);

	gen_chain_certs(certs, x);
	for (size_t i = 0; i < SOTER_CHAIN_CERTS; i++)
		der[i] = gen_span(&certs[i].der);
	gen_name(ask.cpu_id, "%s", gen_cpu_id('c'));
	GEN_OK(soter_chain_ask_write(&w, &ask, der));
	if (!soter_span_equal(soter_written(&w), gen_span(text)))
		gen_die("src/wire writes another chain ASK");
}

/* The certificates by themselves, and what a verifier pins. */
static void
parts(const struct gen_chain *x)
{
	static const char *const names[] = { "leaf", "device", "ca", "root" };
	static struct gen_cert certs[SOTER_CHAIN_CERTS];
	uint8_t spki[SOTER_SPKI_MAX], hash[32];
	struct soter_writer w = soter_writer(spki, sizeof(spki));
	char path[GEN_NAME_MAX], hex[2 * sizeof(hash) + 1];

	gen_chain_certs(certs, x);
	for (size_t i = 0; i < SOTER_CHAIN_CERTS; i++) {
		gen_name(path, "chain/%s.der", names[i]);
		gen_file(path, gen_span(&certs[i].der));
	}
	gen_file("chain/attested.json", gen_span(&x->attest.text));
	GEN_OK(soter_spki_write(&w, &gen_key(x->root)->key));
	if (EVP_Digest(spki, w.len, hash, NULL, EVP_sha256(), NULL) != 1)
		gen_die("SHA-256");
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	gen_file("chain/root.sha256", soter_text(hex));
}

/*
 * The Android client takes the last '{' byte of the extension for the begin of
 * the text.  A software list of 123 bytes has one as its length, and the
 * client uploads nothing that makes sense (issue 67).
 */
static void
brace_byte(void)
{
	struct gen_text der = { 0 };
	struct gen_chain x;
	struct gen_object o;

	gen_chain_honest(&x);
	x.attest.package = PACKAGE;
	gen_attest_write(&der, &x.attest);
	gen_replace_once(&der, SOTER_SPAN("\x04\x00\x30\x7b"),
	    SOTER_SPAN("\x04\x00\x30\x7b")); /* dies if it is not there */
	gen_chain_object(&o, "chain/ask-brace-byte");
	gen_chain_make(&o, &x);
	o.c.why = "the length of the software list is the byte '{': only a "
		  "reader of DER finds the text";
	gen_chain_put(&o);
}

static void
no_copies(const struct gen_chain *x)
{
	struct gen_object o;

	gen_chain_object(&o, "chain/ask-no-copies");
	make(&o, x, "");
	o.c.why = "as the keystore gives it, before the client adds its copies";
	gen_chain_put(&o);
}

/* The salt of the keys below is announced by each of them; 20 is the rule. */
static void
no_salt(void)
{
	struct gen_chain x;
	struct gen_object o;

	gen_chain_honest(&x);
	gen_member_drop(&x.attest.text, "rsa_pss_saltlen");
	gen_chain_object(&o, "chain/ask-no-salt");
	gen_chain_make(&o, &x);
	o.c.why = "the attested text announces no salt length";
	gen_chain_put(&o);
}

void
gen_chain_good(void)
{
	struct gen_chain x;
	struct gen_object o;

	gen_chain_honest(&x);
	gen_chain_object(&o, "chain/ask");
	gen_chain_make(&o, &x);
	compare(&o.text, &x);
	o.c.why = "as a genuine phone and its client upload it";
	gen_chain_put(&o);
	gen_keep(&o);
	parts(&x);
	no_copies(&x);
	no_salt();
	brace_byte();
}
