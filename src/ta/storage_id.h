/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/storage_id.h -- in which of the TEE's storages an object lies; the one
 * choice that differs by platform.
 *
 *	TA_ANCHORED  may not come back older than it was: root, counter, state
 *	TA_PLAIN     may be lost with the user's data: ASKs, AuthKeys
 *
 * The host has one storage for each TA, tied to its anchor.  Where that is not
 * so for TA_PLAIN, SOTER_TA_PLAIN_GUARDED is 0, and the status tells: what the
 * TEE says of its rollback protection may be true of the other storage only.
 */
#ifndef SOTER_TA_STORAGE_ID_H
#define SOTER_TA_STORAGE_ID_H

#ifndef SOTER_TA_PLAIN_GUARDED
#define SOTER_TA_PLAIN_GUARDED 1
#endif

#ifdef SOTER_TA_RPMB
#include "ta/optee/storage_id.h"
#else
#define TA_ANCHORED TEE_STORAGE_PRIVATE
#define TA_PLAIN    TEE_STORAGE_PRIVATE
#endif

#endif
