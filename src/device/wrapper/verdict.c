/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/wrapper/verdict.h"
#include "base/span.h"

#define LAYER_TEE 5 /* nothing else is a TEE's word, but what is said below */

static const struct {
	enum soter_rc rc;
	enum wrapper_verdict verdict;
} table[] = {
	/* The key. */
	{ SOTER_E_ASK_NOT_READY, WRAPPER_DEAD },
	{ SOTER_E_AUTH_KEY_NOT_READY, WRAPPER_DEAD },
	{ SOTER_E_NO_AUTH_KEY_MATCHED, WRAPPER_DEAD },
	{ SOTER_E_KEY_BLOB, WRAPPER_DEAD },
	{ SOTER_E_UNREADABLE, WRAPPER_DEAD },
	/* The TEE is away, is full, or is at work. */
	{ SOTER_E_SERVICE, WRAPPER_NO_VERDICT },
	{ SOTER_E_TEE_COMMUNICATION, WRAPPER_NO_VERDICT },
	{ SOTER_E_TEE_NOMEM, WRAPPER_NO_VERDICT },
	{ SOTER_E_IS_AUTHING, WRAPPER_NO_VERDICT },
	/* It serves nobody, or not this caller. */
	{ SOTER_E_ACCESS, WRAPPER_NO_VERDICT },
	{ SOTER_E_NOT_ENABLED, WRAPPER_NO_VERDICT },
	{ SOTER_E_SECURITY_STATE, WRAPPER_NO_VERDICT },
	{ SOTER_E_RPMB_NOT_PROVISIONED, WRAPPER_NO_VERDICT },
	{ SOTER_E_ATTK_NOT_EXIST, WRAPPER_NO_VERDICT },
	{ SOTER_E_ATTK_DIGEST_NOT_MATCH, WRAPPER_NO_VERDICT },
	{ SOTER_E_ATTK_DIGEST_NOT_READY, WRAPPER_NO_VERDICT },
	{ SOTER_E_ATTK_NOT_PROVISIONED, WRAPPER_NO_VERDICT },
	/* The call, the session, the sensor. */
	{ SOTER_E_TEE_ARGUMENT, WRAPPER_NO_VERDICT },
	{ SOTER_E_SESSION_OUT_OF_TIME, WRAPPER_NO_VERDICT },
	{ SOTER_E_VERIFICATION_FAILED, WRAPPER_NO_VERDICT },
	{ SOTER_E_SENSOR, WRAPPER_NO_VERDICT },
};

enum wrapper_verdict
wrapper_verdict(enum soter_rc rc)
{
	for (size_t i = 0; i < SOTER_COUNT(table); i++)
		if (rc == table[i].rc)
			return (table[i].verdict);
	return ((unsigned)rc >> 8 == LAYER_TEE ? WRAPPER_SUSPECT
					       : WRAPPER_NO_VERDICT);
}
