/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/parent.h -- a TA process' side of its socket to the manager.
 */
#ifndef SOTER_TEEHOST_PARENT_H
#define SOTER_TEEHOST_PARENT_H

#include "teehost/anchor.h"
#include "teehost/control.h"

/* Clients that the manager sent while an answer was waited for. */
#define TEEHOST_PARENT_WAITING_MAX 64

struct teehost_parent {
	int fd;
	uint32_t serial;
	uint32_t adopted; /* clients received, ever */
	bool is_quit;	  /* told to end */
	struct {
		struct soter_teectl x;
		int fd;
	} waiting[TEEHOST_PARENT_WAITING_MAX];
	size_t waiting_n;
};

/**
 * The next client: its ADOPT and its connection, which is then the caller's.
 *
 * SOTER_E_NOTFOUND  none now.
 * SOTER_E_READ      the manager is gone, or says QUIT (parent->is_quit).
 */
SOTER_MUST_CHECK enum soter_rc teehost_parent_next(
    struct teehost_parent *parent, struct soter_teectl *x, int *fd);

/**
 * Ask, and wait for the answer.
 *
 * x   the question; becomes the answer.
 * fd  receives the descriptor that came along, or -1; may be NULL.
 *
 * SOTER_E_READ  the manager is gone.
 */
SOTER_MUST_CHECK enum soter_rc teehost_parent_ask(struct teehost_parent *parent,
    struct soter_teectl *x, int *fd);

/** Tell something that has no answer. */
void teehost_parent_tell(struct teehost_parent *parent,
    const struct soter_teectl *x);

/**
 * The anchor of this TA, which the manager has.
 *
 * parent      borrowed.
 * protection  as in struct teehost_anchor_ops.
 *
 * SOTER_E_NOMEM
 */
SOTER_MUST_CHECK enum soter_rc teehost_parent_anchor(
    struct teehost_anchor **out, struct teehost_parent *parent,
    uint32_t protection);

#endif
