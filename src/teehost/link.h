/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/link.h -- a TA's session to another TA: the client's side of
 * wire/teemsg.h, for one thread that waits.
 */
#ifndef SOTER_TEEHOST_LINK_H
#define SOTER_TEEHOST_LINK_H

#include <tee_internal_api.h>

struct teehost_link;

/**
 * Open a session over a connection that the manager gave us.
 *
 * fd          taken over, after an error too.
 * timeout_ms  then the other TA is asked to come to an end, and waited for;
 *             TEE_TIMEOUT_INFINITE.
 * origin      receives where the result comes from.
 */
TEE_Result teehost_link_open(struct teehost_link **out, int fd,
    uint32_t timeout_ms, uint32_t types, TEE_Param params[TEE_NUM_PARAMS],
    uint32_t *origin);

/** As above. */
TEE_Result teehost_link_invoke(struct teehost_link *link, uint32_t timeout_ms,
    uint32_t command, uint32_t types, TEE_Param params[TEE_NUM_PARAMS],
    uint32_t *origin);

/** Close it, and wait until the other TA has. */
void teehost_link_close(struct teehost_link **link);

#endif
