/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/soter/status.h"
#include "ta/soter/counter.h"
#include "ta/soter/factory.h"
#include "ta/soter/name.h"
#include "ta/soter/sign.h"
#include "ta/code.h"
#include "ta/storage_id.h"
#include "ta/soter/state.h"

/* GP's level of a storage that the REE guards, if anybody does. */
#define ROLLBACK_REE 100

/* What only a storage that may be used can tell. */
static enum soter_rc
look(struct soter_ta_status *x)
{
	size_t asks, authkeys;

	TRY(ta_state_ready(TA_NEED_STATE));
	x->provisioned = ta_state()->is_provisioned ? 1 : 0;
	TRY(ta_object_list(TA_PLAIN, SOTER_SPAN("ask"), NULL, 0, &asks));
	TRY(ta_object_list(TA_PLAIN, SOTER_SPAN("auth"), NULL, 0, &authkeys));
	x->asks = (uint32_t)asks;
	x->authkeys = (uint32_t)authkeys;
	return (SOTER_OK);
}

enum soter_rc
ta_status(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	static struct soter_ta_status status;

	(void)caller;
	(void)x;
	status = (struct soter_ta_status){ .version = SOTER_TA_VERSION,
		.salt_len = SOTER_TA_SALT,
		.factory = ta_factory_has_key(),
		.sessions = ta_sign_count(),
		.counter_block = SOTER_TA_COUNTER_BLOCK };
	if (TEE_GetPropertyAsU32(TEE_PROPSET_TEE_IMPLEMENTATION,
		"gpd.tee.trustedStorage.antiRollback.protectionLevel",
		&status.rollback) != TEE_SUCCESS)
		status.rollback = 0;
	if (!SOTER_TA_PLAIN_GUARDED && status.rollback > ROLLBACK_REE)
		status.rollback = ROLLBACK_REE;
	ta_name_tee(status.tee_n);
	ta_name_version(status.tee_v);
	status.trouble = (uint32_t)ta_code_of_reply(look(&status)) & 0xff;
	return (soter_ta_status_write(reply, &status));
}
