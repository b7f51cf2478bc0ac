/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/keys.h -- a public key in whatever form people have it.
 *
 * A key file is named by the person at the keyboard, who vouches for it; so
 * more is overlooked here than in what comes from a phone: CR LF, text around
 * the PEM block, a wrong label (which is reported).
 */
#ifndef SOTER_CLI_KEYS_H
#define SOTER_CLI_KEYS_H

#include "base/key.h"
#include "cli/input.h"
#include "crypto/hash.h"
#include "soter/verify.h"
#include "wire/limits.h"

#define KEYS_LABEL_MAX 40 /* bytes of a PEM label */

enum keys_form {
	KEYS_SPKI,	  /* SubjectPublicKeyInfo, DER or PEM */
	KEYS_PKCS1,	  /* RSAPublicKey, DER or PEM */
	KEYS_CERTIFICATE, /* the key in it, DER or PEM */
	KEYS_MODULUS,	  /* 256 raw bytes */
	KEYS_JSON,	  /* pub_key of a key JSON, perhaps in an export blob */
	KEYS_CHAIN,	  /* the leaf of a chain ASK: claimed until checked */
};

struct keys_file {
	struct input input; /* owned */
	enum keys_form form;
	struct soter_key key;
	bool is_label_wrong; /* PEM; the content was taken all the same */
	bool is_private;     /* by its label; then it was not looked into */
	/* What a key JSON says of its key; else empty. */
	char cpu_id[SOTER_CPU_ID_MAX + 1];
	char uid[SOTER_UID_MAX + 1];
};

/** "a public key", "a key JSON", ...: with its article. */
const char *keys_form_text(enum keys_form form);

/**
 * Read a key file.  On failure one line on standard error says why.
 *
 * SOTER_E_READ      cannot be read, or nothing that a key can be taken from.
 * SOTER_E_ARGUMENT, SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc keys_read(struct keys_file *out,
    const char *file);

void keys_free(struct keys_file *keys);

/* A PEM block, read with more goodwill than soter_pem_parse() has. */
struct keys_pem {
	char label[KEYS_LABEL_MAX + 1]; /* of the BEGIN line */
	bool is_frame_whole; /* both lines are as they should be, and agree */
	size_t der_len;
	uint8_t der[SOTER_CERT_MAX];
};

/**
 * Read a PEM block: line ends of any system, blanks, and a BEGIN or END line
 * that is not quite one.
 *
 * in  as look_pem() gave it.  *out is unspecified after a failure.
 *
 * SOTER_E_PEM      no END line.
 * SOTER_E_LIMIT    longer than SOTER_CERT_PEM_MAX.
 * SOTER_E_BASE64, SOTER_E_NOSPACE  the content.
 */
SOTER_MUST_CHECK enum soter_rc keys_parse_pem(struct keys_pem *out,
    struct soter_span in);

/** A private key, by its label?  Nobody should show us one. */
bool keys_is_private(const char *label);

/** A label or a frame that does not fit the form? */
bool keys_is_label_wrong(enum keys_form form, const struct keys_pem *pem);

/**
 * Read the key out of DER: SubjectPublicKeyInfo, RSAPublicKey or certificate.
 *
 * Errors: those of soter_spki_parse() where it is none of them.
 */
SOTER_MUST_CHECK enum soter_rc keys_parse_der(enum keys_form *form,
    struct soter_key *key, struct soter_span der);

/**
 * SHA-256 of the key's SubjectPublicKeyInfo, the name by which people compare
 * keys.  SOTER_E_KEY_..., SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc keys_fingerprint(uint8_t out[SOTER_SHA256_LEN],
    const struct soter_key *key);

/**
 * Prepare the key; prints the error, which is about the file.
 *
 * SOTER_E_READ  the key policy refuses it.
 * SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc keys_prepare(struct soter_pubkey **out,
    const struct keys_file *keys, const char *file);

/** Print why a key file cannot be used; SOTER_E_READ, or rc of layer 06. */
SOTER_MUST_CHECK enum soter_rc keys_error(const char *file, enum soter_rc rc);

#endif
