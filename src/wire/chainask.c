/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/chainask.h"
#include "wire/pem.h"

/* The list of certificates is taken apart in a second step. */
struct parsed {
	struct soter_chain_ask x;
	struct soter_span certs; /* between the brackets */
};

#define AT(name) offsetof(struct parsed, name)

/* clang-format off */
static const struct soter_field table[] = {
	{ "certs",   SOTER_FIELD_STRINGS, SOTER_FIELD_MUST,  AT(certs),     0 },
	{ "cpu_id",  SOTER_FIELD_TEXT,    SOTER_FIELD_MAY,   AT(x.cpu_id),  SOTER_CPU_ID_MAX },
	{ "uid",     SOTER_FIELD_UID,     SOTER_FIELD_MAY,   AT(x.uid),     SOTER_UID_MAX },
	{ "counter", SOTER_FIELD_COUNTER, SOTER_FIELD_MAY,   AT(x.counter), 0 },
	{ "pub_key", SOTER_FIELD_RAW,     SOTER_FIELD_NEVER, 0, 0 },
	{ "raw",     SOTER_FIELD_RAW,     SOTER_FIELD_NEVER, 0, 0 },
	{ "fid",     SOTER_FIELD_RAW,     SOTER_FIELD_NEVER, 0, 0 },
};
/* clang-format on */

static const char *const copies[] = { "cpu_id", "uid", "counter" };

/* All copies or none: half of them could not be compared as a whole. */
static enum soter_rc
check_copies(bool *has_copies, const struct soter_json *json,
    struct soter_fault *fault)
{
	const char *missing = NULL;
	size_t n = 0;

	for (size_t i = 0; i < SOTER_COUNT(copies); i++)
		if (soter_json_find(json, soter_text(copies[i])) != NULL)
			n++;
		else
			missing = copies[i];
	*has_copies = n > 0;
	if (n == 0 || missing == NULL)
		return (SOTER_OK);
	soter_fault_field(fault, soter_text(missing));
	return (SOTER_E_FIELD_MISSING);
}

static enum soter_rc
split_certs(struct parsed *parsed, struct soter_fault *fault)
{
	struct soter_span rest = parsed->certs, cert;
	size_t n = 0;

	while (soter_json_next(&rest, &cert)) {
		if (n < SOTER_CHAIN_CERTS)
			parsed->x.cert[n] = cert;
		n++;
	}
	if (n == SOTER_CHAIN_CERTS)
		return (SOTER_OK);
	soter_fault_field(fault, SOTER_SPAN("certs"));
	return (SOTER_E_CHAIN_LENGTH);
}

enum soter_rc
soter_chain_ask_parse(struct soter_chain_ask *out, struct soter_span in,
    struct soter_unknown *unknown, struct soter_fault *fault)
{
	struct parsed parsed = { 0 };
	struct soter_json json;

	TRY(soter_json_parse(&json, in, SOTER_SPAN(""), fault));
	TRY(soter_fields_read(&parsed, table, SOTER_COUNT(table), &json,
	    unknown, fault));
	TRY(check_copies(&parsed.x.has_copies, &json, fault));
	TRY(split_certs(&parsed, fault));

	*out = parsed.x;
	return (SOTER_OK);
}

enum soter_rc
soter_chain_ask_cert(struct soter_writer *der, const struct soter_chain_ask *x,
    size_t i)
{
	uint8_t text[SOTER_CERT_PEM_MAX];
	struct soter_writer pem = soter_writer(text, sizeof(text));
	struct soter_writer w = *der;
	struct soter_span label;

	if (i >= SOTER_CHAIN_CERTS)
		return (SOTER_E_ARGUMENT);
	if (soter_json_decode(&pem, x->cert[i]) != SOTER_OK)
		return (SOTER_E_LIMIT);
	TRY(soter_pem_parse(&label, &w, soter_written(&pem)));
	if (!soter_span_equal(label, SOTER_SPAN(SOTER_PEM_LABEL_CERT)))
		return (SOTER_E_PEM_LABEL);

	*der = w;
	return (SOTER_OK);
}

static enum soter_rc
write_cert(struct soter_writer *w, struct soter_span der)
{
	uint8_t text[SOTER_CERT_PEM_MAX];
	struct soter_writer pem = soter_writer(text, sizeof(text));

	if (soter_pem_write(&pem, SOTER_PEM_LABEL_CERT, der, true) != SOTER_OK)
		return (SOTER_E_LIMIT);
	return (soter_json_write_string(w, soter_written(&pem)));
}

/* As phones do: a number.  One that no reader takes stays a text. */
static enum soter_rc
write_uid(struct soter_writer *w, const char *uid)
{
	uint64_t number;

	if (soter_decimal(soter_text(uid), INT64_MAX, &number) == SOTER_OK)
		return (soter_json_write_number(w, "uid", number));
	return (soter_json_write_text(w, "uid", soter_text(uid)));
}

enum soter_rc
soter_chain_ask_write(struct soter_writer *w, const struct soter_chain_ask *x,
    const struct soter_span der[SOTER_CHAIN_CERTS])
{
	struct soter_writer json = soter_writer(w->p + w->len, w->cap - w->len);

	TRY(soter_json_write_name(&json, "certs"));
	for (size_t i = 0; i < SOTER_CHAIN_CERTS; i++) {
		TRY(soter_write_u8(&json, i == 0 ? '[' : ','));
		TRY(write_cert(&json, der[i]));
	}
	TRY(soter_write_u8(&json, ']'));
	if (x->has_copies) {
		TRY(soter_json_write_text(&json, "cpu_id",
		    soter_text(x->cpu_id)));
		TRY(write_uid(&json, x->uid));
		TRY(soter_json_write_number(&json, "counter", x->counter));
	}
	TRY(soter_json_write_end(&json));
	w->len += json.len;
	return (SOTER_OK);
}
