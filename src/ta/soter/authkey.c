/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/soter/authkey.h"
#include "ta/soter/ask.h"
#include "ta/soter/blob.h"
#include "ta/soter/rsa.h"
#include "ta/soter/sign.h"

#define DATA_MAX (TA_ID_LEN + SOTER_KNAME_MAX) /* ask id, kname */

/* One uid's objects; too large for the stack. */
static struct ta_object_id ids[SOTER_UID_AUTHKEYS_MAX];

/*
 * The data of an AuthKey that belongs to this ASK.
 *
 * SOTER_E_NOTFOUND  it belongs to an ASK that is no more.
 */
static enum soter_rc
read_kname(struct soter_writer *data, struct soter_span *kname,
    TEE_ObjectHandle key, const uint8_t ask_id[TA_ID_LEN])
{
	struct soter_reader r;
	struct soter_span id;

	TRY(ta_object_data(key, data));
	r = soter_reader(soter_written(data));
	if (soter_read_span(&r, TA_ID_LEN, &id) != SOTER_OK || r.left == 0)
		return (SOTER_E_CORRUPT);
	if (!soter_span_equal(id, soter_span(ask_id, TA_ID_LEN)))
		return (SOTER_E_NOTFOUND);
	*kname = soter_span(r.p, r.left);
	return (SOTER_OK);
}

/*
 * Read the data of an AuthKey; one that does not exist any more goes, if it
 * can. SOTER_E_NOTFOUND then.
 */
static enum soter_rc
meet(const struct ta_object_id *id, struct soter_writer *data,
    struct soter_span *kname, const uint8_t ask_id[TA_ID_LEN])
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	enum soter_rc rc;

	TRY(ta_object_open(&key, TA_PLAIN, id));
	rc = read_kname(data, kname, key, ask_id);
	TEE_CloseObject(key);
	if (rc == SOTER_E_NOTFOUND)
		ta_object_discard(TA_PLAIN, id);
	return (rc);
}

/* Open what has this object id, if it has this name below this ASK. */
static enum soter_rc
open_one(TEE_ObjectHandle *out, const struct ta_object_id *id,
    const uint8_t ask_id[TA_ID_LEN], struct soter_span kname)
{
	uint8_t bytes[DATA_MAX];
	struct soter_writer data = soter_writer(bytes, sizeof(bytes));
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	struct soter_span name;
	enum soter_rc rc;

	TRY(ta_object_open(&key, TA_PLAIN, id));
	rc = read_kname(&data, &name, key, ask_id);
	/* The object's name is a digest: the full one counts. */
	if (rc == SOTER_OK && !soter_span_equal(name, kname))
		rc = SOTER_E_CORRUPT;
	if (rc == SOTER_OK) {
		*out = key;
		return (SOTER_OK);
	}
	TEE_CloseObject(key);
	if (rc == SOTER_E_NOTFOUND)
		ta_object_discard(TA_PLAIN, id);
	return (rc);
}

/* Open an AuthKey and the ASK above it. */
static enum soter_rc
open_both(TEE_ObjectHandle *key, TEE_ObjectHandle *ask, uint32_t uid,
    struct soter_span kname)
{
	struct ta_object_id id;
	uint8_t ask_id[TA_ID_LEN];
	enum soter_rc rc;

	TRY(ta_storage_authkey(&id, uid, kname));
	rc = ta_ask_open(ask, ask_id, uid);
	if (rc == SOTER_E_ASK_NOT_READY)
		return (SOTER_E_AUTH_KEY_NOT_READY);
	if (rc == SOTER_OK)
		rc = open_one(key, &id, ask_id, kname);
	return (rc == SOTER_E_NOTFOUND	? SOTER_E_AUTH_KEY_NOT_READY
		: rc == SOTER_E_CORRUPT ? SOTER_E_KEY_BLOB
					: rc);
}

enum soter_rc
ta_authkey_open(TEE_ObjectHandle *out, uint32_t uid, struct soter_span kname)
{
	TEE_ObjectHandle ask = TEE_HANDLE_NULL;
	enum soter_rc rc;

	rc = open_both(out, &ask, uid, kname);
	TEE_CloseObject(ask);
	return (rc);
}

enum soter_rc
ta_authkey_remove_uid(uint32_t uid)
{
	struct ta_object_id prefix = ta_storage_authkeys(uid);
	size_t n;

	do {
		TRY(ta_object_list(TA_PLAIN, soter_span(prefix.p, prefix.n),
		    ids, SOTER_COUNT(ids), &n));
		for (size_t i = 0; i < n && i < SOTER_COUNT(ids); i++)
			TRY(ta_object_remove(TA_PLAIN, &ids[i]));
	} while (n > SOTER_COUNT(ids));
	return (SOTER_OK);
}

/* ---- commands ---------------------------------------------------------- */

/* Is there room for one more, or is this one there already? */
static enum soter_rc
check_room(uint32_t uid, const struct ta_object_id *id,
    const uint8_t ask_id[TA_ID_LEN])
{
	struct ta_object_id prefix = ta_storage_authkeys(uid);
	struct soter_span kname;
	size_t n, gone = 0;

	TRY(ta_object_list(TA_PLAIN, soter_span(prefix.p, prefix.n), ids,
	    SOTER_COUNT(ids), &n));
	if (n < SOTER_COUNT(ids))
		return (SOTER_OK);
	for (size_t i = 0; i < SOTER_COUNT(ids); i++) {
		uint8_t bytes[DATA_MAX];
		struct soter_writer data = soter_writer(bytes, sizeof(bytes));

		if (soter_span_equal(soter_span(ids[i].p, ids[i].n),
			soter_span(id->p, id->n)))
			return (SOTER_OK);
		if (meet(&ids[i], &data, &kname, ask_id) == SOTER_E_NOTFOUND)
			gone++;
	}
	return (gone > 0 ? SOTER_OK : SOTER_E_LIMIT);
}

enum soter_rc
ta_authkey_generate(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply)
{
	uint8_t bytes[DATA_MAX], ask_id[TA_ID_LEN];
	struct soter_writer data = soter_writer(bytes, sizeof(bytes));
	TEE_ObjectHandle ask = TEE_HANDLE_NULL, key = TEE_HANDLE_NULL;
	struct ta_object_id id;
	enum soter_rc rc;

	(void)caller;
	(void)reply;
	TRY(ta_storage_authkey(&id, x->uid, x->kname));
	TRY(ta_ask_open(&ask, ask_id, x->uid));
	TEE_CloseObject(ask);
	TRY(check_room(x->uid, &id, ask_id));
	TRY(soter_write(&data, soter_span(ask_id, TA_ID_LEN)));
	TRY(soter_write(&data, x->kname));

	TRY(ta_rsa_make(&key));
	rc = ta_object_write(TA_PLAIN, &id, key, soter_written(&data));
	TEE_FreeTransientObject(key);
	if (rc == SOTER_OK)
		ta_sign_forget_key(x->uid, x->kname);
	return (rc);
}

enum soter_rc
ta_authkey_export(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply)
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL, ask = TEE_HANDLE_NULL;
	enum soter_rc rc;

	(void)caller;
	rc = open_both(&key, &ask, x->uid, x->kname);
	if (rc == SOTER_OK)
		rc = ta_blob_key(reply, key, ask, x->uid);
	TEE_CloseObject(key);
	TEE_CloseObject(ask);
	return (rc);
}

enum soter_rc
ta_authkey_has(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL;

	(void)caller;
	(void)reply;
	TRY(ta_authkey_open(&key, x->uid, x->kname));
	TEE_CloseObject(key);
	return (SOTER_OK);
}

enum soter_rc
ta_authkey_remove(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply)
{
	struct ta_object_id id;
	enum soter_rc rc;

	TRY(ta_storage_authkey(&id, x->uid, x->kname));
	/* A damaged key can be removed; one that does not exist cannot. */
	rc = ta_authkey_has(caller, x, reply);
	if (rc != SOTER_OK && rc != SOTER_E_KEY_BLOB)
		return (rc);
	ta_sign_forget_key(x->uid, x->kname);
	return (ta_object_remove(TA_PLAIN, &id));
}

static enum soter_rc
list_one(struct soter_writer *reply, const struct ta_object_id *id,
    const uint8_t ask_id[TA_ID_LEN])
{
	uint8_t bytes[DATA_MAX];
	struct soter_writer data = soter_writer(bytes, sizeof(bytes));
	struct soter_span kname;
	enum soter_rc rc = meet(id, &data, &kname, ask_id);

	/* Whoever names a damaged one will hear that it is. */
	if (rc == SOTER_E_NOTFOUND || rc == SOTER_E_CORRUPT)
		return (SOTER_OK);
	TRY(rc);
	return (soter_ta_text_write(reply, kname));
}

enum soter_rc
ta_authkey_list(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply)
{
	struct ta_object_id prefix = ta_storage_authkeys(x->uid);
	TEE_ObjectHandle ask = TEE_HANDLE_NULL;
	uint8_t ask_id[TA_ID_LEN];
	size_t n;

	(void)caller;
	TRY(ta_ask_open(&ask, ask_id, x->uid));
	TEE_CloseObject(ask);
	TRY(ta_object_list(TA_PLAIN, soter_span(prefix.p, prefix.n), ids,
	    SOTER_COUNT(ids), &n));
	for (size_t i = 0; i < n && i < SOTER_COUNT(ids); i++)
		TRY(list_one(reply, &ids[i], ask_id));
	return (SOTER_OK);
}
