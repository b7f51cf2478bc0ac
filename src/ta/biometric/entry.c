/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole surface of TA biometric: who may call what.  Forms and limits of
 * the requests stand in wire/tacmd.c, the way of a call in ta/call.h.
 */
#include "ta/biometric/auth.h"
#include "ta/biometric/enrol.h"
#include "ta/biometric/freeze.h"
#include "ta/biometric/pin.h"
#include "ta/biometric/sensor.h"
#include "ta/biometric/status.h"
#include "ta/biometric/use.h"

#define ANYONE	TA_ROLE_ANYONE
#define MANAGER (TA_ROLE_ENROLLER | TA_ROLE_OWN)
#define SERVICE (TA_ROLE_SERVICE | TA_ROLE_OWN)

#define NOTHING BIO_NEED_NOTHING
#define STATE	BIO_NEED_STATE

#ifndef SOTER_RELEASE
static enum soter_rc
feed(const struct ta_caller *caller, const struct soter_ta_request *x,
    struct soter_writer *reply)
{
	(void)caller;
	(void)reply;
	if (bio_sensor()->feed == NULL)
		return (SOTER_E_SENSOR);
	return (bio_sensor()->feed(x->modality, x->sample));
}
#endif

/* clang-format off */
static const struct ta_call_row rows[] = {
	{ SOTER_BIO_STATUS,       ANYONE,            STATE,   bio_status },
	{ SOTER_BIO_PIN_SET,      MANAGER,           STATE,   bio_pin_set },
	{ SOTER_BIO_ENROL_BEGIN,  MANAGER,           STATE,   bio_enrol_begin },
	{ SOTER_BIO_ENROL_STEP,   MANAGER,           STATE,   bio_enrol_step },
	{ SOTER_BIO_ENROL_CANCEL, MANAGER,           NOTHING, bio_enrol_cancel },
	{ SOTER_BIO_LIST,         MANAGER | SERVICE, STATE,   bio_enrol_list },
	{ SOTER_BIO_REMOVE,       MANAGER,           STATE,   bio_enrol_remove },
	{ SOTER_BIO_UNFREEZE,     MANAGER,           STATE,   bio_freeze_unfreeze },
	{ SOTER_BIO_AUTH_BEGIN,   SERVICE,           STATE,   bio_auth_begin },
	{ SOTER_BIO_AUTH_STEP,    SERVICE,           STATE,   bio_auth_step },
	{ SOTER_BIO_AUTH_CANCEL,  SERVICE,           NOTHING, bio_auth_cancel },
#ifndef SOTER_RELEASE
	{ SOTER_BIO_SIM_FEED,     MANAGER | SERVICE, NOTHING, feed },
#endif
};
/* clang-format on */

static const struct ta_call_table table = { soter_bio_form, rows,
	SOTER_COUNT(rows), bio_state_ready };

/* Without a sensor there is no TA. */
TEE_Result
TA_CreateEntryPoint(void)
{
	bio_state_reset();
	if (bio_sensor_choose() != SOTER_OK)
		return (TEE_ERROR_NOT_SUPPORTED);
	bio_use_end();
	return (TEE_SUCCESS);
}

void
TA_DestroyEntryPoint(void)
{
	bio_use_end();
	bio_state_reset();
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
	bio_use_leave(session);
	ta_call_close(session);
}

TEE_Result
TA_InvokeCommandEntryPoint(void *session, uint32_t command, uint32_t types,
    TEE_Param params[4])
{
	return (ta_call(&table, session, command, types, params));
}
