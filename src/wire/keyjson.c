/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/keyjson.h"
#include "wire/spki.h"

/* The PEM inside the JSON is a text of its own, read in a second step. */
struct parsed {
	struct soter_key_json x;
	struct soter_span pub_key; /* still escaped */
};

#define AT(name) offsetof(struct parsed, name)

/* clang-format off */
static const struct soter_field table[] = {
	{ "pub_key",         SOTER_FIELD_RAW,     SOTER_FIELD_MUST,  AT(pub_key),    0 },
	{ "cpu_id",          SOTER_FIELD_TEXT,    SOTER_FIELD_MUST,  AT(x.cpu_id),   SOTER_CPU_ID_MAX },
	{ "counter",         SOTER_FIELD_COUNTER, SOTER_FIELD_MUST,  AT(x.counter),  0 },
	{ "uid",             SOTER_FIELD_UID,     SOTER_FIELD_MUST,  AT(x.uid),      SOTER_UID_MAX },
	{ "rsa_pss_saltlen", SOTER_FIELD_SALT,    SOTER_FIELD_MAY,   AT(x.salt_len), 0 },
	{ "raw",             SOTER_FIELD_RAW,     SOTER_FIELD_NEVER, 0, 0 },
	{ "fid",             SOTER_FIELD_RAW,     SOTER_FIELD_NEVER, 0, 0 },
	{ "certs",           SOTER_FIELD_RAW,     SOTER_FIELD_NEVER, 0, 0 },
};
/* clang-format on */

static enum soter_rc
parse_pub_key(struct soter_key *out, struct soter_span value)
{
	uint8_t pem[SOTER_PEM_KEY_MAX];
	struct soter_writer w = soter_writer(pem, sizeof(pem));

	if (soter_json_decode(&w, value) != SOTER_OK)
		return (SOTER_E_LIMIT);
	return (soter_spki_parse_pem(out, soter_written(&w)));
}

enum soter_rc
soter_key_json_parse(struct soter_key_json *out, struct soter_span in,
    struct soter_unknown *unknown, struct soter_fault *fault)
{
	struct parsed parsed = { .x.salt_len = -1 };
	struct soter_json json;

	/* Huawei phones put raw line feeds here, and sign them. */
	TRY(soter_json_parse(&json, in, SOTER_SPAN("pub_key"), fault));
	TRY(soter_fields_read(&parsed, table, SOTER_COUNT(table), &json,
	    unknown, fault));
	soter_fault_field(fault, SOTER_SPAN("pub_key"));
	TRY(parse_pub_key(&parsed.x.key, parsed.pub_key));
	soter_fault_field(fault, SOTER_SPAN(""));

	*out = parsed.x;
	return (SOTER_OK);
}

enum soter_rc
soter_key_json_write(struct soter_writer *w, const struct soter_key_json *x)
{
	struct soter_writer json = soter_writer(w->p + w->len, w->cap - w->len);
	uint8_t pem[SOTER_PEM_KEY_MAX];
	struct soter_writer key = soter_writer(pem, sizeof(pem));

	TRY(soter_spki_write_pem(&key, &x->key));
	TRY(soter_json_write_text(&json, "pub_key", soter_written(&key)));
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
