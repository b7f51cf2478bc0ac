/* SPDX-License-Identifier: BSD-3-Clause */
/* ta/optee/biometric/user_ta_header_defines.h -- by the name that OP-TEE
 * wants. */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#include <tee_api_defines.h>
#include <tee_api_types.h>

#include "ta/optee/ta_properties.h"
#include "wire/tacmd.h"

#define TA_UUID	       SOTER_BIO_UUID
#define TA_DESCRIPTION "OpenSOTER: fingers and faces"

#define TA_CURRENT_TA_EXT_PROPERTIES \
	SOTER_TA_ROLES{ "soter.sensor", USER_TA_PROP_TYPE_STRING, "sim" },

#endif
