/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/waiting.h -- the manager's clients that no process has taken over
 * yet.  Of those of one TA the ones that are on their way to it come first, in
 * the order in which they were sent.
 */
#ifndef SOTER_TEEHOST_WAITING_H
#define SOTER_TEEHOST_WAITING_H

#include "wire/teectl.h"

#define TEEHOST_WAITING_MAX	 512 /* clients, of all TAs */
#define TEEHOST_WAITING_UID_MAX	 128 /* of one uid */
#define TEEHOST_WAITING_SENT_MAX 16  /* on their way to one TA */

struct teehost_waiting_client {
	size_t ta;
	int fd;
	bool is_sent;
	struct soter_teectl adopt; /* number: its uid */
};

struct teehost_waiting {
	struct teehost_waiting_client list[TEEHOST_WAITING_MAX];
	size_t n;
};

/**
 * One more.  Nobody may have more than half of what is free, so that a few
 * users do not fill the list.
 *
 * fd  moves to the list.
 *
 * SOTER_E_FULL  this uid has its share; fd stays with the caller.
 */
SOTER_MUST_CHECK enum soter_rc teehost_waiting_add(
    struct teehost_waiting *waiting, size_t ta, int fd,
    const struct soter_teectl *adopt);

/**
 * Who is to be sent next to a TA: users take turns.  NULL if nobody waits, or
 * enough are on their way.  Borrowed, until the next call.
 */
struct teehost_waiting_client *teehost_waiting_next(
    struct teehost_waiting *waiting, size_t ta);

/**
 * Take the first n of a TA off the list and close their connections.
 *
 * result  each is told so, but for TEE_SUCCESS: a process has it.
 */
void teehost_waiting_drop(struct teehost_waiting *waiting, size_t ta, size_t n,
    uint32_t result);

/** The process that they were sent to is gone.  Are there any? */
bool teehost_waiting_again(struct teehost_waiting *waiting, size_t ta);

#endif
