/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/tas.h -- the manager's view of the processes of the TAs.
 *
 *	ABSENT ── first client ──► STARTING ── READY ──► RUNNING
 *	   ▲                          │                    │ IDLE, and no client
 *	   └──── end of its socket ◄──┴── RETIRING ◄── QUIT ┘  since
 *
 * Clients wait while it is STARTING or RETIRING, and are refused while it rests
 * from having died too often.  Its socket ends with it,
 * however it ends, and its clients' connections with it.
 */
#ifndef SOTER_TEEHOST_TAS_H
#define SOTER_TEEHOST_TAS_H

#include <tee_api_types.h>

#include "teehost/catalog.h"
#include "teehost/steps.h"
#include "teehost/waiting.h"
#include "wire/teectl.h"

/*
 * A TA that dies again and again: some times it starts anew at once, then it
 * rests, each time for twice as long.
 */
#define TEEHOST_DEATHS_MAX  4	  /* in a row, without a rest */
#define TEEHOST_REST_MS	    250	  /* the first one */
#define TEEHOST_REST_MAX_MS 8000  /* the longest one */
#define TEEHOST_LIFE_MS	    30000 /* a life so long ends the row */

enum teehost_tas_state {
	TEEHOST_TA_ABSENT = 0,
	TEEHOST_TA_STARTING,
	TEEHOST_TA_RUNNING,
	TEEHOST_TA_RETIRING,
};

/* One process. */
struct teehost_tas_process {
	enum teehost_tas_state state;
	int control;
	uint32_t adopted;		 /* clients sent to it, ever */
	uint32_t taken;			 /* of which it says that it has them */
	unsigned calls[TEEHOST_TAS_MAX]; /* its sessions to others */
	bool has_answer;		 /* one that did not fit yet: */
	struct soter_teectl answer;
	int answer_fd;
};

/* What stays when a process ends. */
struct teehost_tas_lives {
	unsigned deaths; /* in a row */
	uint64_t began_ms, rests_until_ms;
};

struct teehost_tas {
	struct teehost_catalog *catalog; /* borrowed */
	int starter, epoll;
	bool is_tpm;
	uint32_t protection, self;
	uint8_t device[16];
	bool is_stopping;
	uint64_t now_ms; /* set by the caller before it calls */
	struct teehost_steps steps;
	struct teehost_tas_process list[TEEHOST_TAS_MAX];
	struct teehost_tas_lives lives[TEEHOST_TAS_MAX];
	struct teehost_waiting waiting;
};

/**
 * Hand a client's connection over to a TA, and start it if need be.  A client
 * that cannot be taken is told so.
 *
 * ta   its number in the catalog.
 * fd   taken over.
 * uid  of the client; TEEHOST_CONN_UID_OF_TA() for a TA.
 */
void teehost_tas_adopt(struct teehost_tas *tas, size_t ta, int fd,
    const TEE_Identity *client, uint32_t uid);

/** Its socket has something to read, can be written again, or has ended. */
void teehost_tas_event(struct teehost_tas *tas, size_t ta, uint32_t events);

/**
 * The end of a turn of the loop, in which everybody who asked for something was
 * heard: one step of an anchor.
 */
void teehost_tas_turn(struct teehost_tas *tas);

/** ms until the next turn is due, whatever happens; -1: it is not. */
int teehost_tas_wait(const struct teehost_tas *tas);

/** Tell all to end. */
void teehost_tas_stop(struct teehost_tas *tas);

/** How many processes are there? */
size_t teehost_tas_count(const struct teehost_tas *tas);

#endif
