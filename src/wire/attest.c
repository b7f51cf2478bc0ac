/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/attest.h"
#include "wire/der.h"

#define FORM_EXPLICIT 0xa0 /* [n] EXPLICIT */

enum kind { INTEGER, SET };

/* The tags that the trust rule asks for; all others are skipped. */
#define AT(name) offsetof(struct soter_attest_list, name)

/* clang-format off */
static const struct tag {
	uint32_t number;
	enum kind kind;
	size_t offset;
} tags[] = {
	{   1, SET,     AT(purpose) },
	{   2, INTEGER, AT(algorithm) },
	{   3, INTEGER, AT(key_bits) },
	{   5, SET,     AT(digest) },
	{   6, SET,     AT(padding) },
	{ 200, INTEGER, AT(exponent) },
	{ 702, INTEGER, AT(origin) },
};
/* clang-format on */

#undef AT

/* Tag numbers of one list, as far as it was read. */
struct seen {
	size_t n;
	uint32_t number[SOTER_ATTEST_TAGS_MAX];
};

static enum soter_rc
remember(struct seen *seen, uint32_t number)
{
	for (size_t i = 0; i < seen->n; i++)
		if (seen->number[i] == number)
			return (SOTER_E_DER);
	if (seen->n == SOTER_COUNT(seen->number))
		return (SOTER_E_LIMIT);
	seen->number[seen->n++] = number;
	return (SOTER_OK);
}

/*
 * SET OF INTEGER.  Phones write the purpose 0xFF010001 as the positive number
 * that it is, in five octets; four would make it negative and are refused.
 */
static enum soter_rc
take_set(struct soter_reader *r, struct soter_attest_set *set)
{
	struct soter_reader in;
	struct soter_der x;

	TRY(soter_der_take(r, SOTER_DER_SET, &x));
	in = soter_reader(x.body);
	while (in.left > 0) {
		if (set->n == SOTER_COUNT(set->value))
			return (SOTER_E_LIMIT);
		TRY(soter_der_u32(&in, SOTER_DER_INTEGER,
		    &set->value[set->n++]));
	}
	return (SOTER_OK);
}

static enum soter_rc
take_integer(struct soter_reader *r, int64_t *out)
{
	uint32_t value;

	TRY(soter_der_u32(r, SOTER_DER_INTEGER, &value));
	*out = value;
	return (SOTER_OK);
}

static enum soter_rc
read_known(struct soter_attest_list *list, const struct soter_der *x)
{
	struct soter_reader in = soter_reader(x->body);

	for (size_t i = 0; i < SOTER_COUNT(tags); i++) {
		void *to = (char *)list + tags[i].offset;

		if (tags[i].number != x->tag.number)
			continue;
		if (tags[i].kind == SET)
			TRY(take_set(&in, to));
		else
			TRY(take_integer(&in, to));
		return (soter_der_end(&in));
	}
	return (SOTER_OK);
}

/*
 * AuthorizationList.  Only what is looked up later is read, but no tag may
 * come twice: two readers could take two values.
 */
static enum soter_rc
take_list(struct soter_reader *r, struct soter_attest_list *out)
{
	struct soter_attest_list list = { .algorithm = -1,
		.key_bits = -1,
		.exponent = -1,
		.origin = -1 };
	struct seen seen = { 0 };
	struct soter_reader in;
	struct soter_der sequence, x;

	TRY(soter_der_take(r, SOTER_DER_SEQUENCE, &sequence));
	in = soter_reader(sequence.body);
	while (in.left > 0) {
		TRY(soter_der_next(&in, &x));
		if (x.tag.form != FORM_EXPLICIT)
			return (SOTER_E_DER);
		TRY(remember(&seen, x.tag.number));
		TRY(read_known(&list, &x));
	}
	*out = list;
	return (SOTER_OK);
}

enum soter_rc
soter_attest_parse(struct soter_attest *out, struct soter_span der)
{
	struct soter_reader r = soter_reader(der), in;
	struct soter_der sequence, challenge, unique_id;
	struct soter_attest x;
	uint32_t version;

	TRY(soter_der_take(&r, SOTER_DER_SEQUENCE, &sequence));
	TRY(soter_der_end(&r));
	in = soter_reader(sequence.body);
	TRY(soter_der_u32(&in, SOTER_DER_INTEGER, &version));
	TRY(soter_der_u32(&in, SOTER_DER_ENUMERATED, &x.attestation_level));
	TRY(soter_der_u32(&in, SOTER_DER_INTEGER, &version));
	TRY(soter_der_u32(&in, SOTER_DER_ENUMERATED, &x.keymaster_level));
	TRY(soter_der_take(&in, SOTER_DER_OCTETS, &challenge));
	TRY(soter_der_take(&in, SOTER_DER_OCTETS, &unique_id));
	TRY(take_list(&in, &x.software));
	TRY(take_list(&in, &x.tee));
	TRY(soter_der_end(&in));
	x.challenge = challenge.body;

	*out = x;
	return (SOTER_OK);
}

#define AT(name) offsetof(struct soter_attest_text, name)

/* clang-format off */
static const struct soter_field text_table[] = {
	{ "cpu_id",          SOTER_FIELD_TEXT,    SOTER_FIELD_MUST,  AT(cpu_id),   SOTER_CPU_ID_MAX },
	{ "counter",         SOTER_FIELD_COUNTER, SOTER_FIELD_MUST,  AT(counter),  0 },
	{ "uid",             SOTER_FIELD_DIGITS,  SOTER_FIELD_MUST,  AT(uid),      SOTER_UID_MAX },
	{ "rsa_pss_saltlen", SOTER_FIELD_SALT,    SOTER_FIELD_MAY,   AT(salt_len), 0 },
	{ "pub_key",         SOTER_FIELD_RAW,     SOTER_FIELD_NEVER, 0, 0 },
	{ "raw",             SOTER_FIELD_RAW,     SOTER_FIELD_NEVER, 0, 0 },
	{ "fid",             SOTER_FIELD_RAW,     SOTER_FIELD_NEVER, 0, 0 },
	{ "certs",           SOTER_FIELD_RAW,     SOTER_FIELD_NEVER, 0, 0 },
};
/* clang-format on */

enum soter_rc
soter_attest_text_parse(struct soter_attest_text *out, struct soter_span in,
    struct soter_unknown *unknown, struct soter_fault *fault)
{
	struct soter_attest_text x = { .salt_len = -1 };
	struct soter_json json;

	TRY(soter_json_parse(&json, in, SOTER_SPAN(""), fault));
	TRY(soter_fields_read(&x, text_table, SOTER_COUNT(text_table), &json,
	    unknown, fault));

	*out = x;
	return (SOTER_OK);
}

enum soter_rc
soter_attest_text_write(struct soter_writer *w,
    const struct soter_attest_text *x)
{
	struct soter_writer json = soter_writer(w->p + w->len, w->cap - w->len);

	TRY(soter_json_write_text(&json, "cpu_id", soter_text(x->cpu_id)));
	TRY(soter_json_write_number(&json, "counter", x->counter));
	TRY(soter_json_write_text(&json, "uid", soter_text(x->uid)));
	if (x->salt_len >= 0)
		TRY(soter_json_write_number(&json, "rsa_pss_saltlen",
		    (uint64_t)x->salt_len));
	TRY(soter_json_write_end(&json));
	w->len += json.len;
	return (SOTER_OK);
}
