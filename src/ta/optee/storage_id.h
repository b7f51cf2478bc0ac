/* SPDX-License-Identifier: BSD-3-Clause */
/* ta/optee/storage_id.h -- OP-TEE's storages; RPMB=0 of ../Makefile. */
#ifndef SOTER_TA_OPTEE_STORAGE_ID_H
#define SOTER_TA_OPTEE_STORAGE_ID_H

#include <tee_api_defines_extensions.h>

#if SOTER_TA_RPMB
#define TA_ANCHORED TEE_STORAGE_PRIVATE_RPMB
#else
#define TA_ANCHORED TEE_STORAGE_PRIVATE_REE
#endif
#define TA_PLAIN TEE_STORAGE_PRIVATE_REE

#endif
