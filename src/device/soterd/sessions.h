/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/soterd/sessions.h -- which process of which uid began which signature.
 *
 * The TA compares the uid as well; here it is compared first, so that somebody
 * else's number does not even reach it, and what an app leaves behind when it
 * goes can be found.
 */
#ifndef SOTER_DEVICE_SOTERD_SESSIONS_H
#define SOTER_DEVICE_SOTERD_SESSIONS_H

#include <sys/types.h>

#include "base/span.h"
#include "device/soterd/bounds.h"

/* Who asks: as the kernel says of the socket, and nothing of the message. */
struct soterd_caller {
	uint32_t uid;
	pid_t pid; /* 0: of a namespace that is not seen from here */
};

struct soterd_session {
	uint64_t id; /* 0: none */
	struct soterd_caller who;
};

/**
 * A signature was begun.  The TA has one for each pair of uid and kname, and so
 * is it here; a uid has SOTERD_UID_SESSIONS at most, so that whoever begins
 * again and again fills nothing.
 *
 * Returns which one is not remembered, and has to end in the TEE, too: the
 * oldest of this uid, where it has too many; x itself, where others fill all
 * rows and none of theirs is over by time; id 0: none.
 */
struct soterd_session soterd_sessions_add(struct soterd_session x,
    struct soter_span kname);

/** Is it one of this uid's? */
bool soterd_sessions_is_of(uint64_t id, uint32_t uid);

/** Has this process begun one that is not over by time? */
bool soterd_sessions_has(struct soterd_caller who);

/** It ended. */
void soterd_sessions_drop(uint64_t id);

/**
 * This process is gone: forget all that it began.  Returns how many of these
 * are not over by time, now in `out`.
 */
size_t soterd_sessions_take(struct soterd_caller who,
    struct soterd_session out[SOTERD_UID_SESSIONS]);

#endif
