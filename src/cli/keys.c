/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "chain/vendor.h"
#include "cli/keys.h"
#include "cli/look.h"
#include "cli/print.h"
#include "crypto/pubkey.h"
#include "wire/base64.h"
#include "wire/cert.h"
#include "wire/der.h"
#include "wire/keyjson.h"
#include "wire/pem.h"
#include "wire/spki.h"

/* Each form, what it is called, and the PEM label that it should have. */
static const struct {
	const char *text, *label;
} forms[] = {
	[KEYS_SPKI] = { "a public key", SOTER_PEM_LABEL_KEY },
	[KEYS_PKCS1] = { "a bare RSA public key", "RSA PUBLIC KEY" },
	[KEYS_CERTIFICATE] = { "a certificate", SOTER_PEM_LABEL_CERT },
	[KEYS_MODULUS] = { "a raw modulus", "" },
	[KEYS_JSON] = { "a key JSON", "" },
	[KEYS_CHAIN] = { "a chain ASK", "" },
};

const char *
keys_form_text(enum keys_form form)
{
	return (forms[form].text);
}

bool
keys_is_private(const char *label)
{
	return (strstr(label, "PRIVATE KEY") != NULL);
}

bool
keys_is_label_wrong(enum keys_form form, const struct keys_pem *pem)
{
	return (
	    !pem->is_frame_whole || strcmp(pem->label, forms[form].label) != 0);
}

/* RSAPublicKey ::= SEQUENCE { modulus, publicExponent } (RFC 8017 A.1.1) */
static enum soter_rc
parse_pkcs1(struct soter_key *out, struct soter_span der)
{
	struct soter_key key = { .alg = SOTER_ALG_RSA };
	struct soter_reader r = soter_reader(der), inside;
	struct soter_der sequence;
	struct soter_span n;

	TRY(soter_der_take(&r, SOTER_DER_SEQUENCE, &sequence));
	TRY(soter_der_end(&r));
	inside = soter_reader(sequence.body);
	TRY(soter_der_unsigned(&inside, &n));
	TRY(soter_der_u32(&inside, SOTER_DER_INTEGER, &key.e));
	TRY(soter_der_end(&inside));
	if (n.n == 0 || n.n > sizeof(key.n))
		return (SOTER_E_KEY_SIZE);
	key.n_len = n.n;
	soter_copy(key.n, n.p, n.n);
	*out = key;
	return (SOTER_OK);
}

enum soter_rc
keys_parse_der(enum keys_form *form, struct soter_key *key,
    struct soter_span der)
{
	struct soter_cert cert;

	if (soter_cert_parse(&cert, der) == SOTER_OK) {
		*form = KEYS_CERTIFICATE;
		*key = cert.key;
		return (SOTER_OK);
	}
	if (parse_pkcs1(key, der) == SOTER_OK) {
		*form = KEYS_PKCS1;
		return (SOTER_OK);
	}
	TRY(soter_spki_parse(key, der));
	*form = KEYS_SPKI;
	return (SOTER_OK);
}

/* Take a line without its end, and the blanks and CR in front of that. */
static struct soter_span
take_line(struct soter_span *rest)
{
	struct soter_span line =
	    soter_span(rest->p, look_find(*rest, SOTER_SPAN("\n")));
	size_t used = line.n < rest->n ? line.n + 1 : line.n;

	*rest = soter_span(rest->p + used, rest->n - used);
	while (line.n > 0 &&
	    (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' '))
		line.n--;
	return (line);
}

/*
 * A BEGIN or END line: true if it is whole.  The label goes up to the first
 * dash; a public sample of keys lacks one of the five behind it.
 */
static bool
take_label(char label[KEYS_LABEL_MAX + 1], struct soter_span line,
    struct soter_span head)
{
	size_t n = 0;

	while (head.n + n < line.n && line.p[head.n + n] != '-' &&
	    n < KEYS_LABEL_MAX)
		label[n] = (char)line.p[head.n + n], n++;
	label[n] = '\0';
	return (soter_span_equal(
	    soter_span(line.p + head.n + n, line.n - head.n - n),
	    SOTER_SPAN("-----")));
}

enum soter_rc
keys_parse_pem(struct keys_pem *out, struct soter_span in)
{
	uint8_t text[SOTER_CERT_PEM_MAX];
	struct soter_writer base64 = soter_writer(text, sizeof(text));
	struct soter_writer der = soter_writer(out->der, sizeof(out->der));
	char end[KEYS_LABEL_MAX + 1];
	struct soter_span line = take_line(&in);

	out->is_frame_whole =
	    take_label(out->label, line, SOTER_SPAN("-----BEGIN "));
	for (line = take_line(&in);
	     !soter_span_starts(line, SOTER_SPAN("-----END "));
	     line = take_line(&in)) {
		if (in.n == 0)
			return (SOTER_E_PEM);
		if (soter_write(&base64, line) != SOTER_OK)
			return (SOTER_E_LIMIT);
	}
	if (!take_label(end, line, SOTER_SPAN("-----END ")) ||
	    strcmp(end, out->label) != 0)
		out->is_frame_whole = false;
	TRY(soter_base64_decode(&der, soter_written(&base64)));
	out->der_len = der.len;
	return (SOTER_OK);
}

static enum soter_rc
parse_pem(struct keys_file *out, struct soter_span in)
{
	struct keys_pem pem;
	enum soter_rc rc = keys_parse_pem(&pem, in);

	out->is_private = keys_is_private(pem.label);
	if (out->is_private)
		return (SOTER_E_KIND);
	TRY(rc);
	TRY(keys_parse_der(&out->form, &out->key,
	    soter_span(pem.der, pem.der_len)));
	out->is_label_wrong = keys_is_label_wrong(out->form, &pem);
	return (SOTER_OK);
}

static enum soter_rc
parse_key_json(struct keys_file *out, struct soter_span text)
{
	struct soter_key_json json;

	TRY(soter_key_json_parse(&json, text, NULL, NULL));
	out->form = KEYS_JSON;
	out->key = json.key;
	soter_copy(out->cpu_id, json.cpu_id, sizeof(out->cpu_id));
	soter_copy(out->uid, json.uid, sizeof(out->uid));
	return (SOTER_OK);
}

static enum soter_rc
parse_chain(struct keys_file *out, struct soter_span text)
{
	struct soter_vendor_chain *chain = NULL;
	struct soter_report unseen;
	enum soter_rc rc = SOTER_E_NOMEM;

	if ((chain = malloc(sizeof(*chain))) == NULL)
		goto out;
	if ((rc = soter_vendor_read(chain, text, &unseen)) != SOTER_OK)
		goto out;
	out->form = KEYS_CHAIN;
	out->key = chain->cert[0].key;
out:
	free(chain);
	return (rc);
}

/* A modulus of 2048 bits has its top bit set; no text and no DER has. */
static enum soter_rc
parse(struct keys_file *out, struct soter_span in)
{
	struct soter_signed blob;
	struct soter_span pem;

	if (in.n == SOTER_RSA_LEN && (in.p[0] & 0x80) != 0) {
		out->form = KEYS_MODULUS;
		out->key = (struct soter_key){ .alg = SOTER_ALG_RSA,
			.e = 65537,
			.n_len = SOTER_RSA_LEN };
		soter_copy(out->key.n, in.p, in.n);
		return (SOTER_OK);
	}
	/* The signature in a blob is not looked at: the key above is not here.
	 */
	if (soter_signed_split(&blob, in) == SOTER_OK)
		return (parse_key_json(out, blob.text));
	if (look_is_json(in) && look_has_member(in, "certs"))
		return (parse_chain(out, in));
	if (look_is_json(in))
		return (parse_key_json(out, in));
	if (look_pem(&pem, in))
		return (parse_pem(out, pem));
	if (look_is_text(in))
		return (SOTER_E_PEM);
	return (keys_parse_der(&out->form, &out->key, in));
}

enum soter_rc
keys_error(const char *file, enum soter_rc rc)
{
	const struct soter_code *code = soter_code_find(rc);

	if (rc == SOTER_E_NOMEM || rc == SOTER_E_ENGINE)
		return (rc);
	print_error(file, "no usable public key: %s (%s); %s", code->text,
	    code->word, code->next);
	return (SOTER_E_READ);
}

enum soter_rc
keys_read(struct keys_file *out, const char *file)
{
	struct keys_file keys = { 0 };
	enum soter_rc rc;

	rc = input_read(&keys.input, file, INPUT_KEY_MAX, "a public key");
	if (rc != SOTER_OK)
		goto out;
	rc = parse(&keys, input_span(&keys.input));
	if (keys.is_private) {
		print_error(file,
		    "is a private key; give the public key, and "
		    "keep this one to yourself");
		rc = SOTER_E_READ;
	} else if (rc != SOTER_OK)
		rc = keys_error(file, rc);
	if (rc != SOTER_OK)
		goto out;

	*out = keys; /* ownership moves to the caller */
	keys.input = (struct input){ NULL, 0 };
out:
	keys_free(&keys);
	return (rc);
}

void
keys_free(struct keys_file *keys)
{
	input_free(&keys->input);
}

enum soter_rc
keys_fingerprint(uint8_t out[SOTER_SHA256_LEN], const struct soter_key *key)
{
	uint8_t der[SOTER_SPKI_MAX];
	struct soter_writer w = soter_writer(der, sizeof(der));

	TRY(soter_spki_write(&w, key));
	return (soter_sha256(out, soter_written(&w)));
}

enum soter_rc
keys_prepare(struct soter_pubkey **out, const struct keys_file *keys,
    const char *file)
{
	enum soter_rc rc = soter_pubkey_make(out, &keys->key);

	return (rc == SOTER_OK ? rc : keys_error(file, rc));
}
