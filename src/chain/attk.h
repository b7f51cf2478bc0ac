/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/attk.h -- a prepared device root: the inside of struct soter_attk. */
#ifndef SOTER_CHAIN_ATTK_H
#define SOTER_CHAIN_ATTK_H

#include "chain/link.h"

struct soter_attk {
	struct soter_pubkey *key; /* owned */
	enum soter_class cls;
	enum soter_root_status status;
	uint32_t attk_version;
	char device_id[SOTER_CPU_ID_MAX + 1];
};

#endif
