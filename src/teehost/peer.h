/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/peer.h -- a client that has connected and says whom it wants.
 */
#ifndef SOTER_TEEHOST_PEER_H
#define SOTER_TEEHOST_PEER_H

#include <sys/types.h>

#include <tee_api_types.h>

#include "wire/teemsg.h"

struct teehost_peer {
	int fd; /* -1: this place is free */
	uid_t uid;
	gid_t gid;
	uint64_t deadline_ms;
	uint8_t hello[SOTER_TEEMSG_HELLO_LEN];
	size_t n;
};

/** Ask the kernel who is at the other end.  SOTER_E_READ. */
SOTER_MUST_CHECK enum soter_rc teehost_peer_begin(struct teehost_peer *peer,
    int fd, uint64_t deadline_ms);

/**
 * Receive what is there of the HELLO, and not a byte more.
 *
 * SOTER_E_SHORT   not whole yet.
 * SOTER_E_READ    the client is gone.
 * SOTER_E_FORMAT  it is none.
 */
SOTER_MUST_CHECK enum soter_rc teehost_peer_hello(struct teehost_peer *peer,
    struct soter_teemsg *hello);

/**
 * The identity that the TA is told.
 *
 * TEE_ERROR_ACCESS_DENIED   the client is not in the group that it names.
 * TEE_ERROR_NOT_SUPPORTED   Linux cannot vouch for a login of this kind.
 */
TEE_Result teehost_peer_identity(TEE_Identity *out,
    const struct teehost_peer *peer, const struct soter_teemsg *hello);

#endif
