/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/soterd/peers.h -- who is connected.
 *
 * What a process has begun ends with its last connection: an app that gives one
 * up, since an answer did not come in time, signs on over the next.
 */
#ifndef SOTER_DEVICE_SOTERD_PEERS_H
#define SOTER_DEVICE_SOTERD_PEERS_H

#include "device/soterd/calls.h"

struct soterd_peer {
	struct soterd_caller who;
	int fd;

	/* Of peers.c. */
	bool is_taken;
	bool has_gone; /* its thread does nothing for it any more */
};

/**
 * A place for one more, until soterd_peers_leave(); NULL: there are too many,
 * or of this uid.
 *
 * fd  the peer's from now on; stays the caller's if there is no place.
 */
struct soterd_peer *soterd_peers_enter(int fd, struct soterd_caller who);

/** It has gone: end what its process has begun, if that has no other one. */
void soterd_peers_leave(struct soterd_peer *peer);

/**
 * Nothing more comes in; what is under way comes to its end, if it does so
 * within SOTERD_END_MS.
 */
void soterd_peers_end(void);

#endif
