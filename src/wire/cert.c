/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/cert.h"
#include "wire/der.h"
#include "wire/spki.h"

#define VERSION	       0xa0 /* [0] EXPLICIT */
#define EXTENSIONS     0xa3 /* [3] EXPLICIT */
#define VERSION_3      2
#define FORM_PRIMITIVE 0x00 /* universal class */

/*
 * AlgorithmIdentifier of sha256WithRSAEncryption.  RFC 4055 section 5 wants the
 * NULL; Huawei's leaf certificates leave it out.
 */
static const uint8_t sha256_rsa_null[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86,
	0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00 };
static const uint8_t sha256_rsa_bare[] = { 0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86,
	0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b };

/* Object identifiers, content octets: 2.5.4.3, 1.3.6.1.4.1.11129.2.1.17. */
static const uint8_t common_name[] = { 0x55, 0x04, 0x03 };
static const uint8_t key_attestation[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6,
	0x79, 0x02, 0x01, 0x11 };

#define BYTES(array) soter_span(array, sizeof(array))

/* Names of the extensions met so far. */
struct seen {
	size_t n;
	struct soter_span oid[SOTER_CERT_EXTENSIONS_MAX];
};

/* Open an element whose content the caller reads. */
static enum soter_rc
enter(struct soter_reader *r, uint8_t identifier, struct soter_reader *in)
{
	struct soter_der x;

	TRY(soter_der_take(r, identifier, &x));
	*in = soter_reader(x.body);
	return (SOTER_OK);
}

static bool
is_next(const struct soter_reader *r, uint8_t identifier)
{
	return (r->left > 0 && r->p[0] == identifier);
}

static enum soter_rc
take_algorithm(struct soter_reader *r, struct soter_span *out)
{
	struct soter_der x;

	TRY(soter_der_take(r, SOTER_DER_SEQUENCE, &x));
	if (!soter_span_equal(x.whole, BYTES(sha256_rsa_null)) &&
	    !soter_span_equal(x.whole, BYTES(sha256_rsa_bare)))
		return (SOTER_E_DER);
	*out = x.whole;
	return (SOTER_OK);
}

static enum soter_rc
take_version(struct soter_reader *r)
{
	struct soter_reader in;
	uint32_t version;

	TRY(enter(r, VERSION, &in));
	TRY(soter_der_u32(&in, SOTER_DER_INTEGER, &version));
	TRY(soter_der_end(&in));
	return (version == VERSION_3 ? SOTER_OK : SOTER_E_DER);
}

/* AttributeTypeAndValue ::= SEQUENCE { type OID, value ANY } */
static enum soter_rc
take_attribute(struct soter_reader *r, struct soter_span *cn)
{
	struct soter_reader in;
	struct soter_der type, value;

	TRY(enter(r, SOTER_DER_SEQUENCE, &in));
	TRY(soter_der_take(&in, SOTER_DER_OID, &type));
	TRY(soter_der_next(&in, &value));
	TRY(soter_der_end(&in));
	if (!soter_span_equal(type.body, BYTES(common_name)))
		return (SOTER_OK);
	/* Two names: the rule and the reader of a log might see different
	 * ones.  An empty one would hide the first. */
	if (cn->n > 0 || value.body.n == 0 || value.tag.form != FORM_PRIMITIVE)
		return (SOTER_E_DER);
	*cn = value.body;
	return (SOTER_OK);
}

/* Name ::= SEQUENCE OF SET OF AttributeTypeAndValue */
static enum soter_rc
take_subject(struct soter_reader *r, struct soter_span *cn)
{
	struct soter_reader names, set;

	TRY(enter(r, SOTER_DER_SEQUENCE, &names));
	while (names.left > 0) {
		TRY(enter(&names, SOTER_DER_SET, &set));
		while (set.left > 0)
			TRY(take_attribute(&set, cn));
	}
	return (SOTER_OK);
}

static enum soter_rc
remember(struct seen *seen, struct soter_span oid)
{
	for (size_t i = 0; i < seen->n; i++)
		if (soter_span_equal(seen->oid[i], oid))
			return (SOTER_E_DER);
	if (seen->n == SOTER_COUNT(seen->oid))
		return (SOTER_E_LIMIT);
	seen->oid[seen->n++] = oid;
	return (SOTER_OK);
}

/*
 * critical BOOLEAN DEFAULT FALSE.  DER forbids to write a default; Huawei's
 * leaf certificates do so in their last extension.
 */
static enum soter_rc
take_critical(struct soter_reader *r)
{
	struct soter_der x;

	if (!is_next(r, SOTER_DER_BOOLEAN))
		return (SOTER_OK);
	TRY(soter_der_take(r, SOTER_DER_BOOLEAN, &x));
	if (x.body.n != 1 || (x.body.p[0] != 0x00 && x.body.p[0] != 0xff))
		return (SOTER_E_DER);
	return (SOTER_OK);
}

/* Extension ::= SEQUENCE { extnID OID, critical, extnValue OCTET STRING } */
static enum soter_rc
take_extension(struct soter_reader *r, struct seen *seen,
    struct soter_cert *cert)
{
	struct soter_reader in;
	struct soter_der oid, value;

	TRY(enter(r, SOTER_DER_SEQUENCE, &in));
	TRY(soter_der_take(&in, SOTER_DER_OID, &oid));
	TRY(take_critical(&in));
	TRY(soter_der_take(&in, SOTER_DER_OCTETS, &value));
	TRY(soter_der_end(&in));
	TRY(remember(seen, oid.body));
	if (soter_span_equal(oid.body, BYTES(key_attestation)))
		cert->attestation = value.body;
	return (SOTER_OK);
}

/* May be absent, but not empty (RFC 5280: SIZE (1..MAX)). */
static enum soter_rc
take_extensions(struct soter_reader *r, struct soter_cert *cert)
{
	struct soter_reader outer, list;
	struct seen seen = { 0 };

	if (!is_next(r, EXTENSIONS))
		return (SOTER_OK);
	TRY(enter(r, EXTENSIONS, &outer));
	TRY(enter(&outer, SOTER_DER_SEQUENCE, &list));
	TRY(soter_der_end(&outer));
	do {
		TRY(take_extension(&list, &seen, cert));
	} while (list.left > 0);
	return (SOTER_OK);
}

static enum soter_rc
read_tbs(struct soter_cert *cert, struct soter_span body,
    struct soter_span outer_algorithm)
{
	struct soter_reader r = soter_reader(body);
	struct soter_der ignored, spki;
	struct soter_span algorithm;

	TRY(take_version(&r));
	TRY(soter_der_take(&r, SOTER_DER_INTEGER, &ignored)); /* serial */
	TRY(take_algorithm(&r, &algorithm));
	if (!soter_span_equal(algorithm, outer_algorithm))
		return (SOTER_E_DER);
	TRY(soter_der_take(&r, SOTER_DER_SEQUENCE, &ignored)); /* issuer */
	TRY(soter_der_take(&r, SOTER_DER_SEQUENCE, &ignored)); /* validity */
	TRY(take_subject(&r, &cert->cn));
	TRY(soter_der_take(&r, SOTER_DER_SEQUENCE, &spki));
	TRY(soter_spki_parse(&cert->key, spki.whole));
	cert->spki = spki.whole;
	TRY(take_extensions(&r, cert));
	return (soter_der_end(&r));
}

enum soter_rc
soter_cert_parse(struct soter_cert *out, struct soter_span der)
{
	struct soter_cert cert = { 0 };
	struct soter_reader r = soter_reader(der), in;
	struct soter_span algorithm;
	struct soter_der tbs, sig;

	if (der.n > SOTER_CERT_MAX)
		return (SOTER_E_LIMIT);
	TRY(enter(&r, SOTER_DER_SEQUENCE, &in));
	TRY(soter_der_end(&r));
	TRY(soter_der_take(&in, SOTER_DER_SEQUENCE, &tbs));
	TRY(take_algorithm(&in, &algorithm));
	TRY(soter_der_take(&in, SOTER_DER_BIT_STRING, &sig));
	TRY(soter_der_end(&in));
	if (sig.body.n < 2 || sig.body.p[0] != 0) /* unused bits */
		return (SOTER_E_DER);
	cert.tbs = tbs.whole;
	cert.sig = soter_span(sig.body.p + 1, sig.body.n - 1);
	TRY(read_tbs(&cert, tbs.body, algorithm));

	*out = cert;
	return (SOTER_OK);
}
