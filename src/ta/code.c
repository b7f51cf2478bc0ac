/* SPDX-License-Identifier: BSD-3-Clause */
#include "ta/code.h"

/* clang-format off */
static const struct {
	TEE_Result gp;
	enum soter_rc rc;
} of_gp[] = {
	{ TEE_SUCCESS,                       SOTER_OK },
	{ TEE_ERROR_ITEM_NOT_FOUND,          SOTER_E_NOTFOUND },
	{ TEE_ERROR_ACCESS_CONFLICT,         SOTER_E_EXISTS },
	{ TEE_ERROR_CORRUPT_OBJECT,          SOTER_E_CORRUPT },
	{ TEE_ERROR_CORRUPT_OBJECT_2,        SOTER_E_CORRUPT },
	{ TEE_ERROR_STORAGE_NO_SPACE,        SOTER_E_FULL },
	{ TEE_ERROR_STORAGE_NOT_AVAILABLE,   SOTER_E_STORAGE },
	{ TEE_ERROR_STORAGE_NOT_AVAILABLE_2, SOTER_E_STORAGE },
	{ TEE_ERROR_SECURITY,                SOTER_E_ROLLBACK },
	{ TEE_ERROR_OUT_OF_MEMORY,           SOTER_E_NOMEM },
};

static const struct {
	enum soter_rc rc, reply;
} of_reply[] = {
	{ SOTER_E_SHORT,    SOTER_E_TEE_ARGUMENT },
	{ SOTER_E_FORMAT,   SOTER_E_TEE_ARGUMENT },
	{ SOTER_E_LIMIT,    SOTER_E_TEE_ARGUMENT },
	{ SOTER_E_NOSPACE,  SOTER_E_TEE_BUFFER },
	{ SOTER_E_NOTFOUND, SOTER_E_SECURITY_STATE },
	{ SOTER_E_EXISTS,   SOTER_E_SECURITY_STATE },
	{ SOTER_E_CORRUPT,  SOTER_E_SECURITY_STATE },
	{ SOTER_E_ROLLBACK, SOTER_E_SECURITY_STATE },
	{ SOTER_E_FULL,     SOTER_E_TEE_COMMUNICATION },
	{ SOTER_E_STORAGE,  SOTER_E_TEE_COMMUNICATION },
	{ SOTER_E_NOMEM,    SOTER_E_TEE_NOMEM },
};
/* clang-format on */

#define LAYER(rc) ((unsigned)(rc) >> 8)

enum soter_rc
ta_code_of_gp(TEE_Result result)
{
	for (size_t i = 0; i < SOTER_COUNT(of_gp); i++)
		if (of_gp[i].gp == result)
			return (of_gp[i].rc);
	return (SOTER_E_OTHERS);
}

enum soter_rc
ta_code_of_reply(enum soter_rc rc)
{
	if (rc == SOTER_OK || LAYER(rc) == LAYER(SOTER_E_OTHERS))
		return (rc);
	for (size_t i = 0; i < SOTER_COUNT(of_reply); i++)
		if (of_reply[i].rc == rc)
			return (of_reply[i].reply);
	return (SOTER_E_OTHERS);
}
