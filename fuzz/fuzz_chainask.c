/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Properties: four certificates, each inside the input; what is read is
 * written and read again as the same; a failure leaves the output alone.
 * Seeds: tests/vectors/chainask/.
 */
#include "fuzz/fuzz.h"
#include "wire/chainask.h"

/* The certificates as DER; false if one of them is none. */
static bool
certs(struct soter_span der[SOTER_CHAIN_CERTS], const struct soter_chain_ask *x,
    uint8_t buf[SOTER_CHAIN_CERTS][SOTER_CERT_MAX])
{
	for (size_t i = 0; i < SOTER_CHAIN_CERTS; i++) {
		struct soter_writer w = soter_writer(buf[i], SOTER_CERT_MAX);
		enum soter_rc rc = soter_chain_ask_cert(&w, x, i);

		if (rc != SOTER_OK) {
			MUST(rc == SOTER_E_PEM || rc == SOTER_E_PEM_LABEL ||
			    rc == SOTER_E_BASE64 || rc == SOTER_E_LIMIT);
			MUST(w.len == 0);
			return (false);
		}
		der[i] = soter_written(&w);
	}
	return (true);
}

static void
check_round_trip(const struct soter_chain_ask *x)
{
	static uint8_t a[SOTER_CHAIN_CERTS][SOTER_CERT_MAX];
	static uint8_t b[SOTER_CHAIN_CERTS][SOTER_CERT_MAX];
	static uint8_t text[4 * SOTER_SIGNED_MAX];
	struct soter_span der[SOTER_CHAIN_CERTS], der_back[SOTER_CHAIN_CERTS];
	struct soter_writer w = soter_writer(text, sizeof(text));
	struct soter_chain_ask back;

	if (!certs(der, x, a) || soter_chain_ask_write(&w, x, der) != SOTER_OK)
		return;
	if (w.len > SOTER_SIGNED_MAX)
		return; /* short lines or escapes became longer ones */
	MUST(soter_chain_ask_parse(&back, soter_written(&w), NULL, NULL) ==
	    SOTER_OK);
	MUST(certs(der_back, &back, b));
	for (size_t i = 0; i < SOTER_CHAIN_CERTS; i++)
		MUST(soter_span_equal(der[i], der_back[i]));
	MUST(back.has_copies == x->has_copies && back.counter == x->counter);
	MUST(strcmp(back.cpu_id, x->cpu_id) == 0);
	MUST(strcmp(back.uid, x->uid) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soter_span in = soter_span(data, size);
	struct soter_unknown unknown;
	struct soter_chain_ask x;
	struct soter_fault fault;

	memset(&x, FUZZ_FILL, sizeof(x));
	if (soter_chain_ask_parse(&x, in, &unknown, &fault) != SOTER_OK) {
		MUST(fuzz_untouched(&x, sizeof(x)));
		MUST(memchr(fault.field, '\0', sizeof(fault.field)) != NULL);
		return (0);
	}
	for (size_t i = 0; i < SOTER_CHAIN_CERTS; i++)
		MUST(fuzz_inside(x.cert[i], in));
	for (size_t i = 0; i < unknown.n; i++)
		MUST(fuzz_inside(unknown.name[i], in));
	MUST(x.has_copies == (x.cpu_id[0] != '\0'));
	MUST(x.has_copies == (x.uid[0] != '\0'));
	MUST(x.has_copies || x.counter == 0);
	check_round_trip(&x);
	return (0);
}
