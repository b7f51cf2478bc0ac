/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/manager.h -- the manager: takes clients in, asks the kernel who they
 * are, hands them over to the process of their TA, and keeps what a TA may not
 * have: the anchors and the keys of the others.
 */
#ifndef SOTER_TEEHOST_MANAGER_H
#define SOTER_TEEHOST_MANAGER_H

#include "teehost/catalog.h"

#define TEEHOST_PEERS_MAX     256  /* clients that have not said HELLO */
#define TEEHOST_PEERS_UID_MAX 128  /* of one uid */
#define TEEHOST_PEER_MS	      5000 /* to say it */
#define TEEHOST_STOP_MS	      5000 /* for the TAs to end */

struct teehost_manager_setup {
	struct teehost_catalog *catalog; /* borrowed */
	int listener;			 /* listens, does not block */
	int starter;			 /* teehost/starter.h */
	int signals;			 /* teehost_manager_signals() */
	int epoll;	     /* made before epoll_create() is given up */
	bool is_tpm;	     /* the sealer is a TPM */
	uint32_t protection; /* of the anchors */
	uint8_t device[16];
	uint32_t self; /* uid that the TAs' user:self means */
};

/** Block the signals that stop the manager; fd tells of them. */
SOTER_MUST_CHECK enum soter_rc teehost_manager_signals(int *fd);

/** Run until one of them comes.  An exit status. */
int teehost_manager(const struct teehost_manager_setup *setup);

#endif
