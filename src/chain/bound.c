/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/bound.h"
#include "wire/keyjson.h"

_Static_assert(SOTER_VERIFY_CPU_ID_MAX == SOTER_CPU_ID_MAX &&
	SOTER_VERIFY_UID_MAX == SOTER_UID_MAX &&
	SOTER_VERIFY_FID_MAX == SOTER_FID_MAX &&
	SOTER_VERIFY_NAME_MAX == SOTER_NAME_MAX &&
	SOTER_VERIFY_FIELD_MAX == SOTER_JSON_NAME_MAX &&
	SOTER_VERIFY_MODULUS_LEN == SOTER_RSA_LEN,
    "the public limits are those of the wire");

static enum soter_rc
parse(struct soter_key_json *out, struct soter_span text,
    struct soter_report *why)
{
	struct soter_unknown unknown;
	struct soter_fault fault;
	enum soter_rc rc;

	rc = soter_key_json_parse(out, text, &unknown, &fault);
	if (rc != SOTER_OK)
		soter_report_fault(why, &fault);
	else
		soter_report_unknown(why, &unknown);
	return (rc);
}

enum soter_rc
soter_bound_accept(struct soter_bound *out, const struct soter_signer *signer,
    struct soter_span text, const struct soter_expect *want,
    struct soter_report *why)
{
	struct soter_key_json json;

	TRY(soter_link_class(signer, want));
	TRY(parse(&json, text, why));
	TRY(soter_link_salt(json.salt_len, signer->salt_32_if_absent, why));
	if (soter_pubkey_is(signer->key, &json.key))
		return (SOTER_E_SELF);
	TRY(soter_link_owner(signer, want, json.cpu_id, json.uid, why));
	TRY(soter_link_counter(want, json.counter, why));
	TRY(soter_pubkey_make(&out->key, &json.key));

	out->cls = signer->cls;
	out->salt_32_if_absent = signer->salt_32_if_absent;
	out->counter = json.counter;
	soter_copy(out->cpu_id, json.cpu_id, sizeof(out->cpu_id));
	soter_copy(out->uid, json.uid, sizeof(out->uid));
	return (SOTER_OK);
}

struct soter_signer
soter_bound_signer(const struct soter_bound *b)
{
	return ((struct soter_signer){ b->key, b->cls, b->salt_32_if_absent,
	    b->cpu_id, b->uid });
}

void
soter_bound_record(const struct soter_bound *b, enum soter_record_kind kind,
    struct soter_key_record *out)
{
	const struct soter_key *key = soter_pubkey_numbers(b->key);

	/* Padding too: people store and compare records as bytes. */
	soter_wipe(out, sizeof(*out));
	out->kind = kind;
	out->cls = b->cls;
	out->salt_32_if_absent = b->salt_32_if_absent;
	out->attk_version = b->attk_version;
	out->counter = b->counter;
	out->e = key->e;
	soter_copy(out->cpu_id, b->cpu_id, sizeof(out->cpu_id));
	soter_copy(out->uid, b->uid, sizeof(out->uid));
	soter_copy(out->n, key->n, sizeof(out->n));
}

/* Decimal digits, or the hex of iOS: nothing that could hurt a log. */
static bool
is_uid(const char *uid)
{
	for (const char *c = uid; *c != '\0'; c++)
		if ((*c < '0' || *c > '9') && (*c < 'a' || *c > 'f'))
			return (false);
	return (uid[0] != '\0');
}

/* Texts end inside their arrays, numbers are in range. */
static bool
is_sound(const struct soter_key_record *r, enum soter_record_kind kind)
{
	bool cpu_id_ends = r->cpu_id[SOTER_CPU_ID_MAX] == '\0';
	bool uid_ends = r->uid[SOTER_UID_MAX] == '\0';

	return (r->kind == kind && cpu_id_ends && uid_ends &&
	    r->cpu_id[0] != '\0' && is_uid(r->uid) &&
	    r->counter <= SOTER_COUNTER_MAX &&
	    (r->cls == SOTER_CLASS_TEST || r->cls == SOTER_CLASS_PRODUCTION));
}

enum soter_rc
soter_bound_restore(struct soter_bound *out, enum soter_record_kind kind,
    const struct soter_key_record *record)
{
	struct soter_key key = { .alg = SOTER_ALG_RSA, .n_len = SOTER_RSA_LEN };

	if (!is_sound(record, kind))
		return (SOTER_E_ARGUMENT);
	key.e = record->e;
	soter_copy(key.n, record->n, sizeof(record->n));
	TRY(soter_pubkey_make(&out->key, &key));

	out->cls = record->cls;
	out->salt_32_if_absent = record->salt_32_if_absent;
	out->attk_version = record->attk_version;
	out->counter = record->counter;
	soter_copy(out->cpu_id, record->cpu_id, sizeof(out->cpu_id));
	soter_copy(out->uid, record->uid, sizeof(out->uid));
	return (SOTER_OK);
}
