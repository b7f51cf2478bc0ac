/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/soter/blob.h"
#include "ta/soter/counter.h"
#include "ta/soter/rsa.h"
#include "ta/soter/state.h"
#include "wire/export.h"
#include "wire/keyjson.h"

#define TEXT_MAX (SOTER_TA_EXPORT_MAX - 4 - SOTER_SIG_LEN)

/* Too large for the stack; one call runs at a time. */
static uint8_t text[TEXT_MAX];
static struct soter_key_json key_json;

/* The announced salt length: nothing is said of the usual one. */
static int32_t
announced(void)
{
	return (SOTER_TA_SALT == SOTER_SALT_DEFAULT ? -1 : SOTER_TA_SALT);
}

static enum soter_rc
put_uid(char out[SOTER_UID_MAX + 1], uint32_t uid)
{
	struct soter_writer w = soter_writer(out, SOTER_UID_MAX);

	TRY(soter_write_decimal(&w, uid));
	out[w.len] = '\0';
	return (SOTER_OK);
}

static enum soter_rc
sign(struct soter_writer *reply, TEE_ObjectHandle signer,
    struct soter_span signed_text)
{
	uint8_t sig[SOTER_SIG_LEN];
	const struct soter_export x = { signed_text, { sig, sizeof(sig) } };

	TRY(ta_rsa_sign(sig, signer, signed_text));
	return (soter_export_write(reply, &x));
}

enum soter_rc
ta_blob_key(struct soter_writer *reply, TEE_ObjectHandle key,
    TEE_ObjectHandle signer, uint32_t uid)
{
	struct soter_writer w = soter_writer(text, sizeof(text));

	TRY(ta_rsa_public(&key_json.key, key));
	ta_state_cpu_id(key_json.cpu_id);
	TRY(put_uid(key_json.uid, uid));
	key_json.salt_len = announced();
	TRY(ta_counter_next(&key_json.counter));

	TRY(soter_key_json_write(&w, &key_json));
	return (sign(reply, signer, soter_written(&w)));
}

enum soter_rc
ta_blob_result(struct soter_writer *reply, struct soter_result_json *x,
    TEE_ObjectHandle signer, uint32_t uid, struct soter_span challenge)
{
	struct soter_writer w = soter_writer(text, sizeof(text));

	ta_state_cpu_id(x->cpu_id);
	TRY(put_uid(x->uid, uid));
	x->salt_len = announced();
	TRY(ta_counter_next(&x->counter));

	TRY(soter_result_json_write(&w, x, challenge));
	return (sign(reply, signer, soter_written(&w)));
}
