/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/soter/attk.h"
#include "ta/soter/counter.h"
#include "ta/soter/factory.h"
#include "ta/soter/sign.h"
#include "ta/soter/state.h"
#include "wire/spki.h"

static struct soter_key numbers;

/* ---- look at it -------------------------------------------------------- */

/* Open one of the two objects.  SOTER_E_CORRUPT: it is another device's. */
static enum soter_rc
open_one(TEE_ObjectHandle *out, const struct ta_object_id *id)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	uint8_t data[TA_ID_LEN];
	struct soter_writer w = soter_writer(data, sizeof(data));
	enum soter_rc rc;

	TRY(ta_object_open(&object, TA_ANCHORED, id));
	rc = ta_object_data(object, &w);
	if (rc == SOTER_OK &&
	    !soter_span_equal(soter_written(&w),
		soter_span(ta_state()->device_id, TA_ID_LEN)))
		rc = SOTER_E_CORRUPT;
	if (rc != SOTER_OK) {
		TEE_CloseObject(object);
		return (rc);
	}
	*out = object;
	return (SOTER_OK);
}

/* Is it gone, for good, and not only out of reach for a while? */
static bool
is_lost(enum soter_rc rc)
{
	return (rc == SOTER_E_NOTFOUND || rc == SOTER_E_CORRUPT);
}

enum soter_rc
ta_attk_open(TEE_ObjectHandle *out)
{
	const struct ta_state *state = ta_state();
	struct ta_object_id attk = ta_storage_attk(state->device_id);
	struct ta_object_id copy = ta_storage_copy(state->device_id);
	enum soter_rc rc;

	if (!state->is_provisioned)
		return (SOTER_E_ATTK_NOT_PROVISIONED);
	rc = open_one(out, &attk);
	if (is_lost(rc) && state->has_copy)
		rc = open_one(out, &copy);
	return (is_lost(rc) ? SOTER_E_ATTK_DIGEST_NOT_MATCH : rc);
}

/* Is this object the root that the state names, and does its pair fit? */
static enum soter_rc
check_one(const struct ta_object_id *id)
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	uint8_t digest[TA_SHA256_LEN];
	enum soter_rc rc;

	TRY(open_one(&key, id));
	rc = ta_rsa_public(&numbers, key);
	if (rc == SOTER_OK)
		rc =
		    ta_rsa_digest(digest, soter_span(numbers.n, numbers.n_len));
	if (rc == SOTER_OK &&
	    !soter_span_equal(soter_span(digest, sizeof(digest)),
		soter_span(ta_state()->digest, sizeof(digest))))
		rc = SOTER_E_CORRUPT;
	if (rc == SOTER_OK)
		rc = ta_rsa_check(key);
	TEE_CloseObject(key);
	return (rc == SOTER_E_SIGNATURE ? SOTER_E_CORRUPT : rc);
}

/* ---- make it ----------------------------------------------------------- */

/* SOTER_OK if a root may be made now. */
static enum soter_rc
check_permission(struct soter_span token)
{
	bool is_first = !ta_state()->is_provisioned;

	if (token.n == 0)
		return (is_first ? SOTER_OK : SOTER_E_ATTK_PROVISIONED);
	if (!is_first && ta_factory_has_key() == 0)
		return (SOTER_E_ATTK_PROVISIONED);
	return (ta_factory_check(
	    is_first ? SOTER_FACTORY_GENERATE : SOTER_FACTORY_REPLACE, token));
}

/* Store the key under both names, then let the state name it: it counts. */
static enum soter_rc
store(TEE_ObjectHandle key, const struct ta_state *next)
{
	struct ta_object_id attk = ta_storage_attk(next->device_id);
	struct ta_object_id copy = ta_storage_copy(next->device_id);
	struct soter_span data = soter_span(next->device_id, TA_ID_LEN);

	TRY(ta_object_write(TA_ANCHORED, &attk, key, data));
	if (next->has_copy)
		TRY(ta_object_write(TA_ANCHORED, &copy, key, data));
	return (ta_state_put(next));
}

/*
 * Remove roots that the state does not name: those before, and what a power cut
 * left.  They count for nothing, so a failure does no harm.
 */
static void
clean(const char *kind, const struct ta_object_id *keep)
{
	struct ta_object_id ids[2];
	size_t n, keep_n;

	do {
		if (ta_object_list(TA_ANCHORED, soter_text(kind), ids,
			SOTER_COUNT(ids), &n) != SOTER_OK)
			return;
		keep_n = 0;
		for (size_t i = 0; i < n && i < SOTER_COUNT(ids); i++)
			if (soter_span_equal(soter_span(ids[i].p, ids[i].n),
				soter_span(keep->p, keep->n)))
				keep_n++;
			else if (ta_object_remove(TA_ANCHORED, &ids[i]) !=
			    SOTER_OK)
				return;
	} while (n > keep_n);
}

enum soter_rc
ta_attk_generate(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply)
{
	struct ta_state next = { .is_provisioned = true,
		.has_copy = x->copies == 1 };
	struct ta_object_id attk, copy;
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	enum soter_rc rc;

	(void)caller;
	(void)reply;
	TRY(check_permission(x->token));
	/* State, counter, root: whatever is missing later was there once. */
	TRY(ta_state_put(ta_state()));
	TRY(ta_counter_make());
	TEE_GenerateRandom(next.device_id, sizeof(next.device_id));

	TRY(ta_rsa_make(&key));
	rc = ta_rsa_public(&numbers, key);
	if (rc == SOTER_OK)
		rc = ta_rsa_digest(next.digest,
		    soter_span(numbers.n, numbers.n_len));
	if (rc == SOTER_OK)
		rc = store(key, &next);
	TEE_FreeTransientObject(key);
	if (rc != SOTER_OK)
		return (rc);

	ta_sign_forget_all();
	attk = ta_storage_attk(next.device_id);
	copy = ta_storage_copy(next.device_id);
	clean("attk", &attk);
	clean("copy", &copy);
	return (SOTER_OK);
}

/* ---- keep it ----------------------------------------------------------- */

/* Make the object `to` anew from the object `from`. */
static enum soter_rc
restore(const struct ta_object_id *to, const struct ta_object_id *from)
{
	TEE_ObjectHandle stored = TEE_HANDLE_NULL, key = TEE_HANDLE_NULL;
	enum soter_rc rc;

	TRY(open_one(&stored, from));
	rc = ta_rsa_copy(&key, stored);
	TEE_CloseObject(stored);
	if (rc != SOTER_OK)
		return (rc);
	rc = ta_object_write(TA_ANCHORED, to, key,
	    soter_span(ta_state()->device_id, TA_ID_LEN));
	TEE_FreeTransientObject(key);
	return (rc);
}

enum soter_rc
ta_attk_verify(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	const struct ta_state *state = ta_state();
	struct ta_object_id attk = ta_storage_attk(state->device_id);
	struct ta_object_id copy = ta_storage_copy(state->device_id);
	enum soter_rc first, second;

	(void)caller;
	(void)x;
	(void)reply;
	if (!state->is_provisioned)
		return (SOTER_E_ATTK_NOT_EXIST);
	first = check_one(&attk);
	second = state->has_copy ? check_one(&copy) : SOTER_E_NOTFOUND;
	if (first != SOTER_OK && !is_lost(first))
		return (first);
	if (second != SOTER_OK && !is_lost(second))
		return (second);
	if (first == SOTER_OK && (second == SOTER_OK || !state->has_copy))
		return (SOTER_OK);
	if (first == SOTER_OK)
		return (restore(&copy, &attk));
	if (second == SOTER_OK)
		return (restore(&attk, &copy));
	return (SOTER_E_ATTK_DIGEST_NOT_MATCH);
}

/* ---- show it ----------------------------------------------------------- */

enum soter_rc
ta_attk_export(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	enum soter_rc rc;

	(void)caller;
	(void)x;
	TRY(ta_attk_open(&key));
	rc = ta_rsa_public(&numbers, key);
	TEE_CloseObject(key);
	if (rc != SOTER_OK)
		return (rc);
	return (soter_spki_write_pem(reply, &numbers));
}

enum soter_rc
ta_attk_device_id(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply)
{
	char cpu_id[SOTER_DEVICE_ID_LEN + 1];

	(void)caller;
	(void)x;
	if (!ta_state()->is_provisioned)
		return (SOTER_E_ATTK_NOT_PROVISIONED);
	ta_state_cpu_id(cpu_id);
	return (soter_write(reply, soter_text(cpu_id)));
}
