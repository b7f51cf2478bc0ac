/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gen_attest.c -- the KeyDescription extension of a leaf certificate, with
 * every fact in it open to a lie.
 *
 *	SEQUENCE {
 *		INTEGER 2, ENUMERATED level, INTEGER 3, ENUMERATED level,
 *		OCTET STRING SOTER text, OCTET STRING empty,
 *		SEQUENCE software list, SEQUENCE TEE list }
 *
 * Values and order are those of docs/protocol.md b.5.
 */
#include <string.h>

#include "generate.h"
#include "wire/attest.h"
#include "wire/der.h"

/* Tags of the lists that are the same in each leaf. */
#define NO_AUTH_REQUIRED 503
#define CREATION_TIME	 701
#define OS_VERSION	 705
#define OS_PATCH_LEVEL	 706
#define APPLICATION_ID	 709

/* Where each fact stands. */
static const struct place {
	enum gen_fact fact;
	uint32_t tag;
	bool is_set;
} soft[] = {
	{ GEN_SOFT_PURPOSE, 1, true },
	{ GEN_SOFT_DIGEST, 5, true },
	{ GEN_SOFT_PADDING, 6, true },
}, tee[] = {
	{ GEN_TEE_PURPOSE, 1, true },
	{ GEN_TEE_ALGORITHM, 2, false },
	{ GEN_TEE_SIZE, 3, false },
	{ GEN_TEE_DIGEST, 5, true },
	{ GEN_TEE_PADDING, 6, true },
	{ GEN_TEE_EXPONENT, 200, false },
	{ GEN_TEE_ORIGIN, 702, false },
};

void
gen_der(struct gen_text *out, uint8_t identifier, struct soter_span body)
{
	struct soter_writer w = gen_writer(out);

	w.len = out->n;
	GEN_OK(soter_der_write(&w, identifier, body));
	out->n = w.len;
}

/* Explicit [number]; above 30 the number stands in octets of 7 bits. */
static void
tagged(struct gen_text *out, uint32_t number, const struct gen_text *body)
{
	struct gen_text short_form = { 0 };
	const uint8_t high[] = { 0xbf, (uint8_t)(0x80 | number >> 7),
		(uint8_t)(number & 0x7f) };

	if (number < 31) {
		gen_der(out, (uint8_t)(0xa0 | number), gen_span(body));
		return;
	}
	/* Its length and body, behind the longer identifier. */
	gen_der(&short_form, 0, gen_span(body));
	gen_add(out, soter_span(high, sizeof(high)));
	gen_add(out, soter_span(short_form.p + 1, short_form.n - 1));
}

static void
integer(struct gen_text *out, uint8_t identifier, uint64_t value)
{
	uint8_t bytes[9];
	size_t at = sizeof(bytes);

	do {
		bytes[--at] = (uint8_t)value;
		value >>= 8;
	} while (value > 0);
	if (bytes[at] >= 0x80)
		bytes[--at] = 0;
	gen_der(out, identifier, soter_span(bytes + at, sizeof(bytes) - at));
}

static void
tagged_integer(struct gen_text *out, uint32_t number, uint64_t value)
{
	struct gen_text body = { 0 };

	integer(&body, SOTER_DER_INTEGER, value);
	tagged(out, number, &body);
}

static void
fact(struct gen_text *out, const struct place *place,
    const struct gen_values *values)
{
	struct gen_text numbers = { 0 }, set = { 0 };

	if (values->n == 0 && !values->empty)
		return;
	for (size_t i = 0; i < values->n; i++)
		integer(&numbers, SOTER_DER_INTEGER, values->v[i]);
	if (place->is_set)
		gen_der(&set, SOTER_DER_SET, gen_span(&numbers));
	tagged(out, place->tag, place->is_set ? &set : &numbers);
}

/* AttestationApplicationId: one package, one signer's digest. */
static void
application(struct gen_text *out, const char *package)
{
	struct gen_text inner = { 0 }, entry = { 0 }, packages = { 0 };
	struct gen_text digest = { 0 }, all = { 0 }, octets = { 0 };
	struct gen_stream s;
	uint8_t hash[32];

	gen_stream_start(&s, "package-signer");
	gen_stream_read(&s, hash, sizeof(hash));
	gen_der(&inner, SOTER_DER_OCTETS, soter_text(package));
	integer(&inner, SOTER_DER_INTEGER, 1);
	gen_der(&entry, SOTER_DER_SEQUENCE, gen_span(&inner));
	gen_der(&packages, SOTER_DER_SET, gen_span(&entry));
	gen_der(&digest, SOTER_DER_OCTETS, soter_span(hash, sizeof(hash)));
	gen_der(&packages, SOTER_DER_SET, gen_span(&digest));
	gen_der(&all, SOTER_DER_SEQUENCE, gen_span(&packages));
	gen_der(&octets, SOTER_DER_OCTETS, gen_span(&all));
	tagged(out, APPLICATION_ID, &octets);
}

static void
software_list(struct gen_text *out, const struct gen_attest *a)
{
	struct gen_text list = { 0 }, null = { 0 };

	for (size_t i = 0; i < SOTER_COUNT(soft); i++)
		fact(&list, &soft[i], &a->fact[soft[i].fact]);
	gen_der(&null, SOTER_DER_NULL, soter_span(NULL, 0));
	tagged(&list, NO_AUTH_REQUIRED, &null);
	tagged_integer(&list, CREATION_TIME, 1704067200000); /* ms */
	fact(&list, &(struct place){ GEN_SOFT_ORIGIN, 702, false },
	    &a->fact[GEN_SOFT_ORIGIN]);
	if (a->package != NULL)
		application(&list, a->package);
	gen_der(out, SOTER_DER_SEQUENCE, gen_span(&list));
}

static void
tee_list(struct gen_text *out, const struct gen_attest *a)
{
	struct gen_text list = { 0 };

	for (size_t i = 0; i < SOTER_COUNT(tee); i++)
		fact(&list, &tee[i], &a->fact[tee[i].fact]);
	tagged_integer(&list, OS_VERSION, 100000);
	tagged_integer(&list, OS_PATCH_LEVEL, 202401);
	gen_der(out, SOTER_DER_SEQUENCE, gen_span(&list));
}

void
gen_attest_honest(struct gen_attest *a, struct soter_span text)
{
	static const struct gen_values honest[GEN_FACTS] = {
		[GEN_ATTEST_LEVEL] = { 1, { SOTER_ATTEST_LEVEL_TEE }, false },
		[GEN_KEYMASTER_LEVEL] = { 1, { SOTER_ATTEST_LEVEL_TEE },
		    false },
		[GEN_TEE_PURPOSE] = { 1, { SOTER_ATTEST_PURPOSE_SOTER },
		    false },
		[GEN_TEE_ALGORITHM] = { 1, { SOTER_ATTEST_ALG_RSA }, false },
		[GEN_TEE_SIZE] = { 1, { 2048 }, false },
		[GEN_TEE_DIGEST] = { 1, { SOTER_ATTEST_DIGEST_SHA256 }, false },
		[GEN_TEE_PADDING] = { 1, { SOTER_ATTEST_PADDING_PSS }, false },
		[GEN_TEE_EXPONENT] = { 1, { 65537 }, false },
		[GEN_TEE_ORIGIN] = { 1, { SOTER_ATTEST_ORIGIN_MADE }, false },
	};

	memset(a, 0, sizeof(*a));
	memcpy(a->fact, honest, sizeof(honest));
	gen_set(&a->text, text);
}

void
gen_attest_write(struct gen_text *der, const struct gen_attest *a)
{
	struct gen_text all = { 0 };

	integer(&all, SOTER_DER_INTEGER, 2);
	integer(&all, SOTER_DER_ENUMERATED, a->fact[GEN_ATTEST_LEVEL].v[0]);
	integer(&all, SOTER_DER_INTEGER, 3);
	integer(&all, SOTER_DER_ENUMERATED, a->fact[GEN_KEYMASTER_LEVEL].v[0]);
	gen_der(&all, SOTER_DER_OCTETS, gen_span(&a->text));
	gen_der(&all, SOTER_DER_OCTETS, soter_span(NULL, 0));
	software_list(&all, a);
	tee_list(&all, a);
	gen_der(der, SOTER_DER_SEQUENCE, gen_span(&all));
}
