/* SPDX-License-Identifier: BSD-3-Clause */
/* ta/optee/soter/user_ta_header_defines.h -- by the name that OP-TEE wants. */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#include <tee_api_defines.h>
#include <tee_api_types.h>

#include "ta/optee/ta_properties.h"
#include "wire/tacmd.h"

#define TA_UUID			     SOTER_TA_UUID
#define TA_DESCRIPTION		     "OpenSOTER: keys"

#define TA_CURRENT_TA_EXT_PROPERTIES SOTER_TA_ROLES

#endif
