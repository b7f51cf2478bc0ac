/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Properties: the spans lie inside the input, the signed part in front of the
 * signature, everything claimed inside the signed part; the key is the one
 * that its span encodes; a byte more or less is refused; a failure leaves the
 * output alone.
 * Seeds: tests/vectors/cert/.
 */
#include "fuzz/fuzz.h"
#include "wire/attest.h"
#include "wire/cert.h"
#include "wire/spki.h"

static void
check_spans(const struct soter_cert *x, struct soter_span in)
{
	MUST(fuzz_inside(x->tbs, in) && fuzz_inside(x->sig, in));
	MUST(x->tbs.p + x->tbs.n < x->sig.p);
	MUST(x->sig.n > 0 && x->sig.p + x->sig.n == in.p + in.n);
	MUST(fuzz_inside(x->cn, x->tbs) && fuzz_inside(x->spki, x->tbs));
	MUST(fuzz_inside(x->attestation, x->tbs));
	MUST(x->cn.n == 0 || x->cn.p + x->cn.n <= x->spki.p);
	MUST(
	    x->attestation.n == 0 || x->spki.p + x->spki.n <= x->attestation.p);
}

static void
check_key(const struct soter_cert *x)
{
	uint8_t der[SOTER_SPKI_MAX];
	struct soter_writer w = soter_writer(der, sizeof(der));

	MUST(soter_spki_write(&w, &x->key) == SOTER_OK);
	MUST(soter_span_equal(soter_written(&w), x->spki));
}

/* One byte less, and one byte more. */
static void
check_neighbours(struct soter_span in)
{
	uint8_t longer[SOTER_CERT_MAX + 1] = { 0 };
	struct soter_cert x;

	MUST(soter_cert_parse(&x, soter_span(in.p, in.n - 1)) != SOTER_OK);
	memcpy(longer, in.p, in.n);
	MUST(soter_cert_parse(&x, soter_span(longer, in.n + 1)) != SOTER_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soter_span in = soter_span(data, size);
	struct soter_attest attest;
	struct soter_cert x;
	enum soter_rc rc;

	memset(&x, FUZZ_FILL, sizeof(x));
	rc = soter_cert_parse(&x, in);
	if (rc != SOTER_OK) {
		MUST(rc == SOTER_E_DER || rc == SOTER_E_LIMIT ||
		    rc == SOTER_E_KEY_ALGORITHM || rc == SOTER_E_KEY_SIZE ||
		    rc == SOTER_E_KEY_EXPONENT);
		MUST(fuzz_untouched(&x, sizeof(x)));
		return (0);
	}
	MUST(size <= SOTER_CERT_MAX);
	check_spans(&x, in);
	check_key(&x);
	check_neighbours(in);
	if (soter_attest_parse(&attest, x.attestation) == SOTER_OK)
		MUST(fuzz_inside(attest.challenge, x.attestation));
	return (0);
}
