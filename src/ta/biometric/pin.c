/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/biometric/pin.h"
#include "ta/biometric/clock.h"
#include "ta/code.h"

static enum soter_rc
hmac(uint8_t out[BIO_MAC_LEN], TEE_OperationHandle op, TEE_ObjectHandle key,
    const uint8_t secret[BIO_MAC_LEN], struct soter_span message)
{
	TEE_Attribute attribute;
	size_t n = BIO_MAC_LEN;

	TEE_InitRefAttribute(&attribute, TEE_ATTR_SECRET_VALUE, secret,
	    BIO_MAC_LEN);
	TRY(ta_code_of_gp(TEE_PopulateTransientObject(key, &attribute, 1)));
	TRY(ta_code_of_gp(TEE_SetOperationKey(op, key)));
	TEE_MACInit(op, NULL, 0);
	return (ta_code_of_gp(
	    TEE_MACComputeFinal(op, message.p, message.n, out, &n)));
}

/* The MAC of a PIN under the user's key. */
static enum soter_rc
mac(uint8_t out[BIO_MAC_LEN], const struct bio_user *u, struct soter_span pin)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	enum soter_rc rc;

	if ((rc = ta_code_of_gp(TEE_AllocateTransientObject(
		 TEE_TYPE_HMAC_SHA256, 8 * BIO_MAC_LEN, &key))) != SOTER_OK)
		goto out;
	if ((rc = ta_code_of_gp(TEE_AllocateOperation(&op, TEE_ALG_HMAC_SHA256,
		 TEE_MODE_MAC, 8 * BIO_MAC_LEN))) != SOTER_OK)
		goto out;
	rc = hmac(out, op, key, u->pin_key, pin);
out:
	if (op != TEE_HANDLE_NULL)
		TEE_FreeOperation(op);
	if (key != TEE_HANDLE_NULL)
		TEE_FreeTransientObject(key);
	return (rc);
}

uint32_t
bio_pin_left(const struct bio_user *u)
{
	return (bio_clock_left(u->pin_since_ms,
	    u->pin_fails < SOTER_PIN_FAILS_MAX
		? 0
		: u->pin_fails - SOTER_PIN_FAILS_MAX + 1));
}

static enum soter_rc
set_fails(uint32_t user, uint32_t fails)
{
	struct bio_user *u = bio_state_draft_user(bio_state_draft(), user);

	if (u == NULL)
		return (SOTER_E_OTHERS);
	u->pin_fails = fails;
	u->pin_since_ms = bio_clock_ms();
	return (bio_state_commit());
}

enum soter_rc
bio_pin_check(uint32_t user, struct soter_span pin)
{
	const struct bio_user *u = bio_state_user(user);
	uint8_t claimed[BIO_MAC_LEN];

	if (u == NULL || !u->has_pin || pin.n == 0)
		return (SOTER_E_PIN);
	if (bio_pin_left(u) > 0)
		return (SOTER_E_PIN_WAIT);
	TRY(set_fails(user,
	    u->pin_fails < UINT32_MAX ? u->pin_fails + 1 : UINT32_MAX));
	TRY(mac(claimed, u, pin));
	if (TEE_MemCompare(claimed, u->pin_mac, BIO_MAC_LEN) != 0)
		return (SOTER_E_PIN);
	return (set_fails(user, 0));
}

enum soter_rc
bio_pin_set(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	const struct bio_user *old = bio_state_user(x->user);
	struct bio_user *u;

	(void)caller;
	(void)reply;
	if (old != NULL && (old->has_pin || old->fids_n > 0))
		TRY(bio_pin_check(x->user, x->pin));
	else if (x->pin.n > 0)
		return (SOTER_E_PIN);

	u = bio_state_draft_user(bio_state_draft(), x->user);
	if (u == NULL)
		return (SOTER_E_ENROL_FULL);
	TEE_GenerateRandom(u->pin_key, sizeof(u->pin_key));
	TRY(mac(u->pin_mac, u, x->pin_new));
	u->has_pin = true;
	return (bio_state_commit());
}
