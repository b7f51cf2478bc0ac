/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole surface of TA soter: who may call what.  Forms and limits of the
 * requests stand in wire/tacmd.c, the way of a call in ta/call.h.
 */
#include "ta/call.h"
#include "ta/soter/ask.h"
#include "ta/soter/attk.h"
#include "ta/soter/authkey.h"
#include "ta/soter/counter.h"
#include "ta/soter/factory.h"
#include "ta/soter/selftest.h"
#include "ta/soter/sign.h"
#include "ta/soter/state.h"
#include "ta/soter/status.h"

#define ANYONE	  TA_ROLE_ANYONE
#define FACTORY	  TA_ROLE_FACTORY
#define USERS	  (TA_ROLE_SERVICE | TA_ROLE_OWN)
#define BIOMETRIC TA_ROLE_BIOMETRIC

#define NOTHING	  TA_NEED_NOTHING
#define STATE	  TA_NEED_STATE
#define WRITE	  TA_NEED_WRITE

/* clang-format off */
static const struct ta_call_row rows[] = {
	{ SOTER_TA_ATTK_GENERATE,    FACTORY,         WRITE,   ta_attk_generate },
	{ SOTER_TA_ATTK_VERIFY,      FACTORY,         WRITE,   ta_attk_verify },
	{ SOTER_TA_ATTK_EXPORT,      FACTORY | USERS, STATE,   ta_attk_export },
	{ SOTER_TA_DEVICE_ID,        FACTORY | USERS, STATE,   ta_attk_device_id },
	{ SOTER_TA_ASK_GENERATE,     USERS,           WRITE,   ta_ask_generate },
	{ SOTER_TA_ASK_EXPORT,       USERS,           WRITE,   ta_ask_export },
	{ SOTER_TA_REMOVE_ALL,       USERS,           WRITE,   ta_ask_remove_all },
	{ SOTER_TA_ASK_HAS,          USERS,           STATE,   ta_ask_has },
	{ SOTER_TA_AUTHKEY_GENERATE, USERS,           WRITE,   ta_authkey_generate },
	{ SOTER_TA_AUTHKEY_EXPORT,   USERS,           WRITE,   ta_authkey_export },
	{ SOTER_TA_AUTHKEY_REMOVE,   USERS,           WRITE,   ta_authkey_remove },
	{ SOTER_TA_AUTHKEY_HAS,      USERS,           STATE,   ta_authkey_has },
	{ SOTER_TA_SIGN_INIT,        USERS,           STATE,   ta_sign_init },
	{ SOTER_TA_SIGN_FINISH,      USERS,           WRITE,   ta_sign_finish },
	{ SOTER_TA_SIGN_CANCEL,      USERS,           NOTHING, ta_sign_cancel },
	{ SOTER_TA_KEYS_LIST,        USERS,           STATE,   ta_authkey_list },
	{ SOTER_TA_STATUS,           ANYONE,          NOTHING, ta_status },
	{ SOTER_TA_SELF_TEST,        ANYONE,          NOTHING, ta_selftest },
	{ SOTER_TA_FACTORY_NONCE,    FACTORY,         NOTHING, ta_factory_nonce },
	{ SOTER_TA_MATCH,            BIOMETRIC,       NOTHING, ta_sign_match },
};
/* clang-format on */

static const struct ta_call_table table = { soter_ta_form, rows,
	SOTER_COUNT(rows), ta_state_ready };

TEE_Result
TA_CreateEntryPoint(void)
{
	ta_state_reset();
	ta_counter_reset();
	ta_factory_reset();
	ta_sign_reset();
	ta_selftest_reset();
	return (TEE_SUCCESS);
}

void
TA_DestroyEntryPoint(void)
{
	ta_factory_reset();
	ta_sign_reset();
}

TEE_Result
TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[4], void **session)
{
	(void)params;
	return (ta_call_open(types, session));
}

void
TA_CloseSessionEntryPoint(void *session)
{
	ta_call_close(session);
}

TEE_Result
TA_InvokeCommandEntryPoint(void *session, uint32_t command, uint32_t types,
    TEE_Param params[4])
{
	return (ta_call(&table, session, command, types, params));
}
