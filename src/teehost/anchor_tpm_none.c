/* SPDX-License-Identifier: BSD-3-Clause */
/* In place of anchor_tpm.c where the TPM's library is missing. */
#include "teehost/anchor.h"

enum soter_rc
teehost_anchor_tpm(struct teehost_anchor **out, const char *tcti,
    const uint8_t owner[16], const uint8_t auth[32])
{
	(void)out;
	(void)tcti;
	(void)owner;
	(void)auth;
	return (SOTER_E_STORAGE);
}
