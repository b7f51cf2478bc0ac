/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Property: a key has one SubjectPublicKeyInfo: what is read is written back
 * byte for byte, and survives its PEM.  A failure leaves the key alone.
 * Seeds: tests/vectors/spki/.
 */
#include "fuzz/fuzz.h"
#include "wire/spki.h"

static void
check_refused(enum soter_rc rc, const struct soter_key *key)
{
	MUST(fuzz_untouched(key, sizeof(*key)));
	MUST(rc == SOTER_E_DER || rc == SOTER_E_KEY_ALGORITHM ||
	    rc == SOTER_E_KEY_SIZE || rc == SOTER_E_KEY_EXPONENT ||
	    rc == SOTER_E_PEM || rc == SOTER_E_PEM_LABEL ||
	    rc == SOTER_E_BASE64 || rc == SOTER_E_LIMIT);
}

static void
check_pem(const struct soter_key *key)
{
	uint8_t pem[SOTER_PEM_KEY_MAX];
	struct soter_writer w = soter_writer(pem, sizeof(pem));
	struct soter_key back;

	memset(&back, FUZZ_FILL, sizeof(back));
	MUST(soter_spki_write_pem(&w, key) == SOTER_OK);
	MUST(soter_spki_parse_pem(&back, soter_written(&w)) == SOTER_OK);
	MUST(back.alg == key->alg && back.e == key->e);
	MUST(back.n_len == key->n_len);
	MUST(memcmp(back.n, key->n, key->n_len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t der[SOTER_SPKI_MAX];
	struct soter_writer w = soter_writer(der, sizeof(der));
	struct soter_span in = soter_span(data, size);
	struct soter_key key;
	enum soter_rc rc;

	memset(&key, FUZZ_FILL, sizeof(key));
	rc = soter_spki_parse_pem(&key, in);
	if (rc == SOTER_OK)
		check_pem(&key);
	else
		check_refused(rc, &key);

	memset(&key, FUZZ_FILL, sizeof(key));
	rc = soter_spki_parse(&key, in);
	if (rc != SOTER_OK) {
		check_refused(rc, &key);
		return (0);
	}
	MUST(key.n_len > 0 && key.n_len <= SOTER_RSA_LEN_MAX && key.n[0] != 0);
	MUST(soter_spki_write(&w, &key) == SOTER_OK);
	MUST(soter_span_equal(soter_written(&w), in));
	check_pem(&key);
	return (0);
}
