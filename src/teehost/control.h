/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/control.h -- messages of wire/teectl.h over a socket that keeps them
 * apart, with descriptors.
 */
#ifndef SOTER_TEEHOST_CONTROL_H
#define SOTER_TEEHOST_CONTROL_H

#include "wire/teectl.h"

/* What came with a message.  Each is -1 or owned by the receiver. */
struct teehost_fds {
	int fd[SOTER_TEECTL_FDS_MAX];
};

/** All of them -1. */
struct teehost_fds teehost_fds_none(void);

void teehost_fds_close(struct teehost_fds *fds);

/** Take one out: it is the caller's to close. */
int teehost_fds_take(struct teehost_fds *fds, size_t i);

/** A pair of such sockets, both closed on exec.  SOTER_E_NOMEM. */
SOTER_MUST_CHECK enum soter_rc teehost_control_pair(int pair[2]);

/**
 * Send a message.
 *
 * fd, n  descriptors that travel along; they stay open here.
 * wait   wait for room; else SOTER_E_FULL.
 *
 * SOTER_E_READ  the other end is gone.
 */
SOTER_MUST_CHECK enum soter_rc teehost_control_send(int socket,
    const struct soter_teectl *x, const int *fd, size_t n, bool wait);

/**
 * Receive one message.
 *
 * fds   receives what came along, else all -1.
 * wait  wait for one; else SOTER_E_NOTFOUND.
 *
 * SOTER_E_READ    the other end is gone.
 * SOTER_E_FORMAT  what came is no such message.
 */
SOTER_MUST_CHECK enum soter_rc teehost_control_receive(int socket,
    struct soter_teectl *x, struct teehost_fds *fds, bool wait);

#endif
