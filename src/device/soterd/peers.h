/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/soterd/peers.h -- who is connected.
 *
 *	enter ──► rests ──work──► at work: a request, from its first byte
 *	          │   ▲             │      to the last one of its answer
 *	          │   └────rest─────┘
 *	          ▼
 *	        leave
 *
 * What a process has begun ends with its last connection: an app that gives one
 * up, since an answer did not come in time, signs on over the next.
 *
 * One that rests is worth little, since its library makes a new one when it
 * needs it.  So where there is no place, the one goes that rests and asked
 * longest ago: of the newcomer's uid, if that has all it may have; else of the
 * uid that has most, and never of one that has no more than the newcomer's.
 * The last one of a process whose signature lives stays, as one at work does.
 */
#ifndef SOTER_DEVICE_SOTERD_PEERS_H
#define SOTER_DEVICE_SOTERD_PEERS_H

#include "device/soterd/calls.h"

struct soterd_peer {
	struct soterd_caller who;
	int fd;

	/* Of peers.c. */
	bool is_taken, is_at_work;
	bool must_go;	   /* its place is another one's as soon as it leaves */
	bool has_gone;	   /* its thread does nothing for it any more */
	uint64_t asked_as; /* the lower, the longer ago */
};

/**
 * A place for one more, until soterd_peers_leave(); NULL: there is none, and
 * nobody has to go, or not within SOTERD_ROOM_MS.
 *
 * fd  the peer's from now on; stays the caller's if there is no place.
 */
struct soterd_peer *soterd_peers_enter(int fd, struct soterd_caller who);

/** It begins to ask.  false: it has to leave, and nothing of it is read. */
bool soterd_peers_work(struct soterd_peer *peer);

/** It has been answered. */
void soterd_peers_rest(struct soterd_peer *peer);

/** It has gone: end what its process has begun, if that has no other one. */
void soterd_peers_leave(struct soterd_peer *peer);

/**
 * Nothing more comes in; what is under way comes to its end, if it does so
 * within SOTERD_END_MS.
 */
void soterd_peers_end(void);

#endif
