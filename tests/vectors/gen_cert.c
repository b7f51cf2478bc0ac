/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_cert.c -- certificates with the oddities of a real vendor's chain: the
 * leaf's issuer is nobody's subject, its algorithm has no NULL, one extension
 * is a single 0x00, another writes DEFAULT FALSE; the device is no CA.
 */
#include <stdio.h>
#include <string.h>

#include "generate.h"
#include "wire/chainask.h"
#include "wire/der.h"
#include "wire/pem.h"
#include "wire/spki.h"

#define UTC_TIME  0x17
#define VERSION_3 SOTER_SPAN("\xa0\x03\x02\x01\x02")

#define SHA256_RSA_NULL \
	SOTER_SPAN(     \
	    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00")
#define SHA256_RSA_BARE \
	SOTER_SPAN("\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b")
#define SHA1_RSA    \
	SOTER_SPAN( \
	    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00")

#define KEY_ATTESTATION SOTER_SPAN("\x2b\x06\x01\x04\x01\xd6\x79\x02\x01\x11")

/* The names of the test vendor. */
#define ROOT_CN		"OpenSOTER Test Root CA"
#define CA_CN		"OpenSOTER Test Equipment CA"
#define LEAF_CN		"A Keymaster Key"
#define LEAF_ISSUER	"Test KeyStore   "

enum critical { CRITICAL_ABSENT, CRITICAL_FALSE, CRITICAL_TRUE };

struct spec {
	struct soter_span serial;
	struct soter_span algorithm;
	bool is_leaf; /* short names */
	const char *issuer, *subject;
	const struct soter_key *key;
	struct gen_text extensions;
	const struct gen_rsa *signer;
	enum gen_pkcs1 padding;
	bool pss;
	const char *label; /* of the salt, if pss */
};

static void
extension(struct gen_text *out, struct soter_span oid, enum critical critical,
    struct soter_span value)
{
	struct gen_text body = { 0 };
	uint8_t flag = critical == CRITICAL_TRUE ? 0xff : 0x00;

	gen_der(&body, SOTER_DER_OID, oid);
	if (critical != CRITICAL_ABSENT)
		gen_der(&body, SOTER_DER_BOOLEAN, soter_span(&flag, 1));
	gen_der(&body, SOTER_DER_OCTETS, value);
	gen_der(out, SOTER_DER_SEQUENCE, gen_span(&body));
}

/* A key identifier: 20 bytes that differ from key to key. */
static struct soter_span
key_id(const struct soter_key *key)
{
	return (soter_span(key->n + 1, 20));
}

static void
authority_extensions(struct gen_text *out, const struct soter_key *key,
    const struct soter_key *issuer, struct soter_span usage, bool is_ca)
{
	struct gen_text id = { 0 }, sequence = { 0 };

	gen_der(&id, 0x80, key_id(issuer));
	gen_der(&sequence, SOTER_DER_SEQUENCE, gen_span(&id));
	extension(out, SOTER_SPAN("\x55\x1d\x23"), CRITICAL_ABSENT,
	    gen_span(&sequence));
	id.n = 0;
	gen_der(&id, SOTER_DER_OCTETS, key_id(key));
	extension(out, SOTER_SPAN("\x55\x1d\x0e"), CRITICAL_ABSENT,
	    gen_span(&id));
	if (is_ca)
		extension(out, SOTER_SPAN("\x55\x1d\x13"), CRITICAL_TRUE,
		    SOTER_SPAN("\x30\x03\x01\x01\xff"));
	extension(out, SOTER_SPAN("\x55\x1d\x0f"),
	    is_ca ? CRITICAL_TRUE : CRITICAL_ABSENT, usage);
}

static void
leaf_extensions(struct gen_text *out, const struct gen_chain *x)
{
	struct gen_text attestation = { 0 };

	gen_attest_write(&attestation, &x->attest);
	if (x->leaf_lie == GEN_LEAF_TORN_ATTESTATION)
		attestation.n--;
	extension(out, SOTER_SPAN("\x55\x1d\x0f"), CRITICAL_ABSENT,
	    SOTER_SPAN("\x03\x02\x00\x00"));
	extension(out, SOTER_SPAN("\x55\x1d\x1f"), CRITICAL_ABSENT,
	    SOTER_SPAN("\x00"));
	if (x->leaf_lie != GEN_LEAF_NO_ATTESTATION)
		extension(out, KEY_ATTESTATION, CRITICAL_ABSENT,
		    gen_span(&attestation));
	if (x->leaf_lie == GEN_LEAF_TWO_ATTESTATIONS)
		extension(out, KEY_ATTESTATION, CRITICAL_ABSENT,
		    gen_span(&attestation));
	/* 2.999.1: the arc for examples, in the place of the vendor's own */
	extension(out, SOTER_SPAN("\x88\x37\x01"), CRITICAL_FALSE,
	    SOTER_SPAN("\x30\x03\x02\x01\x00"));
}

static void
attribute(struct gen_text *out, struct soter_span oid, uint8_t identifier,
    const char *value)
{
	struct gen_text pair = { 0 }, set = { 0 };

	gen_der(&pair, SOTER_DER_OID, oid);
	gen_der(&pair, identifier, soter_text(value));
	gen_der(&set, SOTER_DER_SEQUENCE, gen_span(&pair));
	gen_der(out, SOTER_DER_SET, gen_span(&set));
}

static void
name(struct gen_text *out, const char *cn, bool is_leaf)
{
	struct gen_text all = { 0 };

	if (!is_leaf) {
		attribute(&all, SOTER_SPAN("\x55\x04\x0a"), SOTER_DER_UTF8,
		    "OpenSOTER");
		attribute(&all, SOTER_SPAN("\x55\x04\x0b"), SOTER_DER_UTF8,
		    "worthless test vectors");
	}
	if (cn != NULL)
		attribute(&all, SOTER_SPAN("\x55\x04\x03"),
		    is_leaf ? SOTER_DER_PRINTABLE : SOTER_DER_UTF8, cn);
	gen_der(out, SOTER_DER_SEQUENCE, gen_span(&all));
}

/* Dates nobody checks: a device certificate outlives its own. */
static void
validity(struct gen_text *out)
{
	struct gen_text both = { 0 };

	gen_der(&both, UTC_TIME, SOTER_SPAN("240101000000Z"));
	gen_der(&both, UTC_TIME, SOTER_SPAN("440101000000Z"));
	gen_der(out, SOTER_DER_SEQUENCE, gen_span(&both));
}

static void
to_be_signed(struct gen_text *out, const struct spec *spec)
{
	struct gen_text body = { 0 }, list = { 0 };
	struct soter_writer w;

	gen_add(&body, VERSION_3);
	gen_der(&body, SOTER_DER_INTEGER, spec->serial);
	gen_add(&body, spec->algorithm);
	name(&body, spec->issuer, spec->is_leaf);
	validity(&body);
	name(&body, spec->subject, spec->is_leaf);
	w = gen_writer(&body);
	w.len = body.n;
	GEN_OK(soter_spki_write(&w, spec->key));
	body.n = w.len;
	gen_der(&list, SOTER_DER_SEQUENCE, gen_span(&spec->extensions));
	gen_der(&body, 0xa3, gen_span(&list));
	gen_der(out, SOTER_DER_SEQUENCE, gen_span(&body));
}

static void
certify(struct gen_cert *out, const struct spec *spec)
{
	uint8_t sig[1 + SOTER_RSA_LEN_MAX] = { 0 }; /* no unused bits */
	struct gen_pss how = { .salt_len = 32 };
	struct gen_text tbs = { 0 }, body = { 0 };

	to_be_signed(&tbs, spec);
	if (spec->pss)
		gen_pss_sign(sig + 1, spec->signer, gen_span(&tbs), &how,
		    spec->label);
	else
		gen_pkcs1_sign(sig + 1, spec->signer, gen_span(&tbs),
		    spec->padding);
	gen_add(&body, gen_span(&tbs));
	gen_add(&body, spec->algorithm);
	gen_der(&body, SOTER_DER_BIT_STRING,
	    soter_span(sig, 1 + spec->signer->len));
	out->der.n = 0;
	gen_der(&out->der, SOTER_DER_SEQUENCE, gen_span(&body));
}

static void
leaf(struct gen_cert *out, const struct gen_chain *x)
{
	struct spec spec = { .serial = SOTER_SPAN("\x01"),
		.algorithm = x->leaf_lie == GEN_LEAF_SHA1_ALGORITHM
		    ? SHA1_RSA
		    : SHA256_RSA_BARE,
		.is_leaf = true,
		.issuer = LEAF_ISSUER,
		.subject = LEAF_CN,
		.key =
		    x->leaf_key != NULL ? x->leaf_key : &gen_key(x->leaf)->key,
		.signer = gen_key(x->leaf_signer),
		.padding = x->padding,
		.pss = x->leaf_lie == GEN_LEAF_PSS_SIGNATURE,
		.label = "leaf-pss" };

	leaf_extensions(&spec.extensions, x);
	certify(out, &spec);
}

static void
device(struct gen_cert *out, const struct gen_chain *x)
{
	struct spec spec = { .serial = SOTER_SPAN("\x20\x24\x01\x01\x03"),
		.algorithm = SHA256_RSA_NULL,
		.issuer = CA_CN,
		.subject = x->device_cn,
		.key = x->device_key != NULL ? x->device_key
					     : &gen_key(x->device)->key,
		.signer = gen_key(x->device_signer) };

	authority_extensions(&spec.extensions, spec.key, &gen_key(x->ca)->key,
	    SOTER_SPAN("\x03\x02\x04\xf0"), false);
	certify(out, &spec);
}

static void
authority(struct gen_cert *out, const char *cn, const char *key,
    const char *issuer, const char *signer, struct soter_span serial)
{
	struct spec spec = { .serial = serial,
		.algorithm = SHA256_RSA_NULL,
		.issuer = ROOT_CN,
		.subject = cn,
		.key = &gen_key(key)->key,
		.signer = gen_key(signer) };

	authority_extensions(&spec.extensions, spec.key, &gen_key(issuer)->key,
	    SOTER_SPAN("\x03\x02\x01\x06"), true);
	certify(out, &spec);
}

/* The upper two are the same in nearly all chains, and slow to sign. */
static void
authorities(struct gen_cert out[2], const struct gen_chain *x)
{
	static struct gen_cert kept[2];
	static char kept_for[2 * GEN_NAME_MAX];
	char wanted[2 * GEN_NAME_MAX];

	snprintf(wanted, sizeof(wanted), "%s %s", x->root, x->ca_signer);
	if (strcmp(kept_for, wanted) != 0) {
		authority(&kept[0], CA_CN, x->ca, x->root, x->ca_signer,
		    SOTER_SPAN("\x02"));
		authority(&kept[1], ROOT_CN, x->root, x->root, x->root,
		    SOTER_SPAN("\x01"));
		memcpy(kept_for, wanted, strlen(wanted) + 1);
	}
	out[0] = kept[0];
	out[1] = kept[1];
}

void
gen_chain_certs(struct gen_cert out[SOTER_CHAIN_CERTS],
    const struct gen_chain *x)
{
	leaf(&out[0], x);
	device(&out[1], x);
	authorities(&out[2], x);
}

void
gen_chain_text(struct gen_text *out, const struct gen_cert *const *certs,
    size_t n, const char *copies)
{
	uint8_t pem[SOTER_CERT_PEM_MAX];
	struct soter_writer w;

	gen_set(out, SOTER_SPAN("{\"certs\":["));
	for (size_t i = 0; i < n; i++) {
		struct soter_writer p = soter_writer(pem, sizeof(pem));

		GEN_OK(soter_pem_write(&p, SOTER_PEM_LABEL_CERT,
		    gen_span(&certs[i]->der), true));
		gen_add_text(out, i == 0 ? "" : ",");
		w = gen_writer(out);
		w.len = out->n;
		GEN_OK(soter_json_write_string(&w, soter_written(&p)));
		out->n = w.len;
	}
	gen_add_text(out, "]");
	gen_add_text(out, copies);
	gen_add_text(out, "}");
}
