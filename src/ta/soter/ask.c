/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/soter/ask.h"
#include "ta/soter/attk.h"
#include "ta/soter/authkey.h"
#include "ta/soter/blob.h"
#include "ta/soter/sign.h"
#include "ta/soter/state.h"

#define DATA_LEN (2 * TA_ID_LEN) /* device id, ask id */

/* SOTER_E_NOTFOUND: it stood below another root. */
static enum soter_rc
read_id(uint8_t ask_id[TA_ID_LEN], TEE_ObjectHandle ask)
{
	uint8_t data[DATA_LEN];
	struct soter_writer w = soter_writer(data, sizeof(data));

	TRY(ta_object_data(ask, &w));
	if (w.len != sizeof(data))
		return (SOTER_E_CORRUPT);
	if (!soter_span_equal(soter_span(data, TA_ID_LEN),
		soter_span(ta_state()->device_id, TA_ID_LEN)))
		return (SOTER_E_NOTFOUND);
	soter_copy(ask_id, data + TA_ID_LEN, TA_ID_LEN);
	return (SOTER_OK);
}

enum soter_rc
ta_ask_open(TEE_ObjectHandle *out, uint8_t ask_id[TA_ID_LEN], uint32_t uid)
{
	struct ta_object_id id = ta_storage_ask(uid);
	TEE_ObjectHandle ask = TEE_HANDLE_NULL;
	enum soter_rc rc = SOTER_E_NOTFOUND;

	if (ta_state()->is_provisioned)
		rc = ta_object_open(&ask, TA_PLAIN, &id);
	if (rc == SOTER_OK)
		rc = read_id(ask_id, ask);
	if (rc == SOTER_OK) {
		*out = ask;
		return (SOTER_OK);
	}
	TEE_CloseObject(ask);
	return (rc == SOTER_E_NOTFOUND	? SOTER_E_ASK_NOT_READY
		: rc == SOTER_E_CORRUPT ? SOTER_E_KEY_BLOB
					: rc);
}

enum soter_rc
ta_ask_generate(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply)
{
	struct ta_object_id id = ta_storage_ask(x->uid);
	uint8_t data[DATA_LEN];
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	enum soter_rc rc;

	(void)caller;
	(void)reply;
	if (!ta_state()->is_provisioned)
		return (SOTER_E_ATTK_NOT_PROVISIONED);
	soter_copy(data, ta_state()->device_id, TA_ID_LEN);
	TEE_GenerateRandom(data + TA_ID_LEN, TA_ID_LEN);

	TRY(ta_rsa_make(&key));
	rc =
	    ta_object_write(TA_PLAIN, &id, key, soter_span(data, sizeof(data)));
	TEE_FreeTransientObject(key);
	if (rc != SOTER_OK)
		return (rc);

	/* They are void already; this only frees their place. */
	ta_sign_forget_uid(x->uid);
	rc = ta_authkey_remove_uid(x->uid);
	(void)rc;
	return (SOTER_OK);
}

enum soter_rc
ta_ask_export(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	uint8_t ask_id[TA_ID_LEN];
	TEE_ObjectHandle ask = TEE_HANDLE_NULL, attk = TEE_HANDLE_NULL;
	enum soter_rc rc;

	(void)caller;
	rc = ta_ask_open(&ask, ask_id, x->uid);
	if (rc == SOTER_OK)
		rc = ta_attk_open(&attk);
	if (rc == SOTER_OK)
		rc = ta_blob_key(reply, ask, attk, x->uid);
	TEE_CloseObject(attk);
	TEE_CloseObject(ask);
	return (rc);
}

enum soter_rc
ta_ask_has(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	uint8_t ask_id[TA_ID_LEN];
	TEE_ObjectHandle ask = TEE_HANDLE_NULL;

	(void)caller;
	(void)reply;
	TRY(ta_ask_open(&ask, ask_id, x->uid));
	TEE_CloseObject(ask);
	return (SOTER_OK);
}

enum soter_rc
ta_ask_remove_all(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply)
{
	struct ta_object_id id = ta_storage_ask(x->uid);

	(void)caller;
	(void)reply;
	/* First what voids the others. */
	ta_sign_forget_uid(x->uid);
	TRY(ta_object_remove(TA_PLAIN, &id));
	return (ta_authkey_remove_uid(x->uid));
}
