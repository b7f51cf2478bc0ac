/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "device/core/inside.h"
#include "wire/base64.h"
#include "wire/export.h"
#include "wire/fields.h"

/*
 * What an app may want to know of b.2 and b.3.  The key itself and the names of
 * TEE and sensor are for whoever verifies them.
 */
struct claimed {
	struct soter_span what; /* pub_key or raw */
	char cpu_id[SOTER_CPU_ID_MAX + 1];
	char uid[SOTER_UID_MAX + 1];
	char fid[SOTER_FID_MAX + 1];
	uint64_t counter;
	int32_t salt_len; /* -1 if the field is absent */
};

#define AT(name) offsetof(struct claimed, name)
#define OWNER                                                                \
	{ "cpu_id", SOTER_FIELD_TEXT, SOTER_FIELD_MUST, AT(cpu_id),          \
		SOTER_CPU_ID_MAX },                                          \
	    { "uid", SOTER_FIELD_UID, SOTER_FIELD_MUST, AT(uid),             \
		    SOTER_UID_MAX },                                         \
	    { "counter", SOTER_FIELD_COUNTER, SOTER_FIELD_MUST, AT(counter), \
		    0 },                                                     \
	{                                                                    \
		"rsa_pss_saltlen", SOTER_FIELD_SALT, SOTER_FIELD_MAY,        \
		    AT(salt_len), 0                                          \
	}

static const struct soter_field key_fields[] = {
	OWNER,
	{ "pub_key", SOTER_FIELD_RAW, SOTER_FIELD_MUST, AT(what), 0 },
	{ "raw", SOTER_FIELD_RAW, SOTER_FIELD_NEVER, 0, 0 },
	{ "fid", SOTER_FIELD_RAW, SOTER_FIELD_NEVER, 0, 0 },
};

static const struct soter_field result_fields[] = {
	OWNER,
	{ "raw", SOTER_FIELD_RAW, SOTER_FIELD_MUST, AT(what), 0 },
	{ "fid", SOTER_FIELD_DIGITS, SOTER_FIELD_MUST, AT(fid), SOTER_FID_MAX },
	{ "pub_key", SOTER_FIELD_RAW, SOTER_FIELD_NEVER, 0, 0 },
};

static enum soter_rc
read_claims(struct soter_core_signed *out, struct soter_span text,
    bool is_result)
{
	struct claimed x = { .salt_len = -1 };
	struct soter_json json;

	TRY(soter_json_parse(&json, text, SOTER_SPAN("pub_key"), NULL));
	TRY(is_result ? soter_fields_read(&x, result_fields,
			    SOTER_COUNT(result_fields), &json, NULL, NULL)
		      : soter_fields_read(&x, key_fields,
			    SOTER_COUNT(key_fields), &json, NULL, NULL));
	if (is_result)
		TRY(soter_decimal(soter_text(x.fid), UINT64_MAX,
		    &out->claimed_fid));
	out->claimed_counter = x.counter;
	/* Absent means this length, as b.4 says. */
	out->claimed_salt_len =
	    x.salt_len < 0 ? SOTER_SALT_DEFAULT : (uint32_t)x.salt_len;
	memcpy(out->claimed_cpu_id, x.cpu_id, sizeof(x.cpu_id));
	memcpy(out->claimed_uid, x.uid, sizeof(x.uid));
	return (SOTER_OK);
}

enum soter_rc
core_signed_read(struct soter_core_signed *out, struct soter_span blob,
    bool is_result)
{
	struct soter_core_signed x = { 0 };
	struct soter_writer w =
	    soter_writer(x.signature, sizeof(x.signature) - 1);
	struct soter_export e;

	TRY(soter_export_parse(&e, blob));
	if (e.text.n >= sizeof(x.json))
		return (SOTER_E_LIMIT);
	TRY(soter_base64_encode(&w, e.sig));
	TRY(read_claims(&x, e.text, is_result));
	soter_copy(x.json, e.text.p, e.text.n);
	x.json_n = e.text.n;

	*out = x;
	return (SOTER_OK);
}

_Static_assert(sizeof(((struct soter_core_signed *)0)->claimed_cpu_id) ==
	SOTER_CPU_ID_MAX + 1,
    "the header's limit is that of wire/");
_Static_assert(sizeof(((struct soter_core_signed *)0)->claimed_uid) ==
	SOTER_UID_MAX + 1,
    "the header's limit is that of wire/");
