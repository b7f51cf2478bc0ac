/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/spki.h"
#include "wire/der.h"
#include "wire/pem.h"

/* Object identifier 1.2.840.113549.1.1.1, content octets. */
static const uint8_t rsa_encryption[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
	0x01, 0x01, 0x01 };

/* AlgorithmIdentifier; RFC 3279 2.3.1: "The rsaEncryption OID [...] the
 * parameters field MUST have ASN.1 type NULL". */
static enum soter_rc
read_algorithm(struct soter_reader *r)
{
	struct soter_der algorithm, oid, null;
	struct soter_reader in;

	TRY(soter_der_take(r, SOTER_DER_SEQUENCE, &algorithm));
	in = soter_reader(algorithm.body);
	TRY(soter_der_take(&in, SOTER_DER_OID, &oid));
	if (!soter_span_equal(oid.body,
		soter_span(rsa_encryption, sizeof(rsa_encryption))))
		return (SOTER_E_KEY_ALGORITHM);
	TRY(soter_der_take(&in, SOTER_DER_NULL, &null));
	if (null.body.n > 0)
		return (SOTER_E_DER);
	return (soter_der_end(&in));
}

/* A magnitude of at most 32 bits. */
static enum soter_rc
exponent(struct soter_span digits, uint32_t *out)
{
	uint32_t value = 0;

	if (digits.n > sizeof(value))
		return (SOTER_E_KEY_EXPONENT);
	for (size_t i = 0; i < digits.n; i++)
		value = value << 8 | digits.p[i];
	*out = value;
	return (SOTER_OK);
}

/* RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } */
static enum soter_rc
read_rsa(struct soter_key *out, struct soter_span bits)
{
	struct soter_reader in = soter_reader(bits);
	struct soter_der sequence;
	struct soter_span n, e;

	TRY(soter_der_take(&in, SOTER_DER_SEQUENCE, &sequence));
	TRY(soter_der_end(&in));
	in = soter_reader(sequence.body);
	TRY(soter_der_unsigned(&in, &n));
	TRY(soter_der_unsigned(&in, &e));
	TRY(soter_der_end(&in));
	if (n.n == 0 || n.n > SOTER_RSA_LEN_MAX)
		return (SOTER_E_KEY_SIZE);
	TRY(exponent(e, &out->e));
	out->n_len = n.n;
	soter_copy(out->n, n.p, n.n);
	return (SOTER_OK);
}

enum soter_rc
soter_spki_parse(struct soter_key *out, struct soter_span der)
{
	struct soter_key key = { .alg = SOTER_ALG_RSA };
	struct soter_reader in = soter_reader(der);
	struct soter_der spki, bits;

	TRY(soter_der_take(&in, SOTER_DER_SEQUENCE, &spki));
	TRY(soter_der_end(&in));
	in = soter_reader(spki.body);
	TRY(read_algorithm(&in));
	TRY(soter_der_take(&in, SOTER_DER_BIT_STRING, &bits));
	TRY(soter_der_end(&in));
	if (bits.body.n == 0 || bits.body.p[0] != 0) /* unused bits */
		return (SOTER_E_DER);
	TRY(read_rsa(&key, soter_span(bits.body.p + 1, bits.body.n - 1)));

	*out = key;
	return (SOTER_OK);
}

/* An INTEGER of this magnitude, which may begin with zeros. */
static enum soter_rc
write_unsigned(struct soter_writer *w, struct soter_span digits)
{
	uint8_t body[1 + SOTER_RSA_LEN_MAX] = { 0 };
	size_t skip = 0;

	while (skip < digits.n && digits.p[skip] == 0)
		skip++;
	soter_copy(body + 1, digits.p + skip, digits.n - skip);
	/* A first octet of 0x80 and above would make it negative. */
	if (digits.n > skip && body[1] < 0x80)
		return (soter_der_write(w, SOTER_DER_INTEGER,
		    soter_span(body + 1, digits.n - skip)));
	return (soter_der_write(w, SOTER_DER_INTEGER,
	    soter_span(body, 1 + digits.n - skip)));
}

/* The BIT STRING with the RSAPublicKey. */
static enum soter_rc
write_rsa(struct soter_writer *w, const struct soter_key *key)
{
	const uint8_t e[] = { (uint8_t)(key->e >> 24), (uint8_t)(key->e >> 16),
		(uint8_t)(key->e >> 8), (uint8_t)key->e };
	uint8_t numbers[SOTER_SPKI_MAX], bits[SOTER_SPKI_MAX];
	struct soter_writer in = soter_writer(numbers, sizeof(numbers));
	struct soter_writer out = soter_writer(bits, sizeof(bits));

	TRY(write_unsigned(&in, soter_span(key->n, key->n_len)));
	TRY(write_unsigned(&in, soter_span(e, sizeof(e))));
	TRY(soter_write_u8(&out, 0)); /* unused bits */
	TRY(soter_der_write(&out, SOTER_DER_SEQUENCE, soter_written(&in)));
	return (soter_der_write(w, SOTER_DER_BIT_STRING, soter_written(&out)));
}

enum soter_rc
soter_spki_write(struct soter_writer *w, const struct soter_key *key)
{
	uint8_t algorithm[16], body[SOTER_SPKI_MAX];
	struct soter_writer in = soter_writer(algorithm, sizeof(algorithm));
	struct soter_writer out = soter_writer(body, sizeof(body));

	if (key->alg != SOTER_ALG_RSA)
		return (SOTER_E_KEY_ALGORITHM);
	if (key->n_len == 0 || key->n_len > SOTER_RSA_LEN_MAX)
		return (SOTER_E_KEY_SIZE);
	TRY(soter_der_write(&in, SOTER_DER_OID,
	    soter_span(rsa_encryption, sizeof(rsa_encryption))));
	TRY(soter_der_write(&in, SOTER_DER_NULL, soter_span(NULL, 0)));
	TRY(soter_der_write(&out, SOTER_DER_SEQUENCE, soter_written(&in)));
	TRY(write_rsa(&out, key));
	return (soter_der_write(w, SOTER_DER_SEQUENCE, soter_written(&out)));
}

enum soter_rc
soter_spki_parse_pem(struct soter_key *out, struct soter_span pem)
{
	/* As many bytes as the longest text can hold, so they always fit. */
	uint8_t der[SOTER_PEM_KEY_MAX / 4 * 3];
	struct soter_writer w = soter_writer(der, sizeof(der));
	struct soter_span label;

	if (pem.n > SOTER_PEM_KEY_MAX)
		return (SOTER_E_LIMIT);
	TRY(soter_pem_parse(&label, &w, pem));
	if (!soter_span_equal(label, SOTER_SPAN(SOTER_PEM_LABEL_KEY)))
		return (SOTER_E_PEM_LABEL);
	return (soter_spki_parse(out, soter_written(&w)));
}

enum soter_rc
soter_spki_write_pem(struct soter_writer *w, const struct soter_key *key)
{
	uint8_t der[SOTER_SPKI_MAX];
	struct soter_writer spki = soter_writer(der, sizeof(der));

	TRY(soter_spki_write(&spki, key));
	return (soter_pem_write(w, SOTER_PEM_LABEL_KEY, soter_written(&spki),
	    false));
}
