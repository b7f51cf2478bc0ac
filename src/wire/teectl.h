/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/teectl.h -- what the parts of the host TEE say to each other: the
 * manager, the process of a TA, and the one that starts such processes.  Each
 * pair has a socket that keeps messages apart; descriptors travel with them.
 *
 * Every message has the same 64 bytes, little-endian:
 *
 *	offset  size  field
 *	0       4     kind
 *	4       4     serial; an answer repeats that of its question
 *	8       4     number
 *	12      4     code
 *	16      16    uuid
 *	32      32    bytes
 *
 * The manager trusts none that comes from a TA: it knows from the socket which
 * TA speaks, and each may only ask for what is its own.
 */
#ifndef SOTER_WIRE_TEECTL_H
#define SOTER_WIRE_TEECTL_H

#include "base/span.h"

#define SOTER_TEECTL_LEN     64
#define SOTER_TEECTL_FDS_MAX 3

enum soter_teectl_kind {
	/*
	 * Manager to starter: run a process.  uuid: of the TA, for the log;
	 * descriptor: the process's socket to the manager.
	 */
	SOTER_TEECTL_START = 1,
	/*
	 * Manager to process, first: be this TA.  uuid; bytes: its storage key;
	 * number: protection level of the anchor; code: uid that "user:self"
	 * stands for; serial: number of the sealer.  Descriptors: the shared
	 * object, the .conf, the storage directory.
	 */
	SOTER_TEECTL_SETUP = 2,
	/* Manager to process, second.  uuid: gpd.tee.deviceID. */
	SOTER_TEECTL_DEVICE = 3,
	/* Process to manager, once: ready.  code: TEE_Result. */
	SOTER_TEECTL_READY = 4,
	/*
	 * Manager to process: here is a client.  uuid and code: identity and
	 * login; number: uid, UINT32_MAX for a TA.  Descriptor: its connection.
	 */
	SOTER_TEECTL_ADOPT = 5,
	/*
	 * Process to manager.  number: clients that it has taken over, ever.
	 * Until then the manager keeps the connection: if the process dies, the
	 * next one gets it.
	 */
	SOTER_TEECTL_ADOPTED = 6,
	/* Process to manager: the answer comes as SOTER_TEECTL_ANSWER. */
	SOTER_TEECTL_ANCHOR_READ = 7,
	SOTER_TEECTL_ANCHOR_EXTEND = 8, /* bytes: digest */
	SOTER_TEECTL_TA_OPEN = 9,	/* uuid: a session to this TA */
	/*
	 * code: enum soter_rc for an anchor, TEE_Result for a TA.  bytes: the
	 * anchor's value.  Descriptor: a connection to the TA, as a client has
	 * it behind its HELLO.
	 */
	SOTER_TEECTL_ANSWER = 10,
	/* Process to manager: a session to uuid, once opened, is closed. */
	SOTER_TEECTL_TA_CLOSED = 11,
	/* Process to manager: no session is left of this number of ADOPTs. */
	SOTER_TEECTL_IDLE = 12,
	/* Manager to process: close everything and end. */
	SOTER_TEECTL_QUIT = 13,
};

struct soter_teectl {
	enum soter_teectl_kind kind;
	uint32_t serial, number, code;
	uint8_t uuid[16]; /* in the order of its text */
	uint8_t bytes[32];
};

/**
 * Read a message.
 *
 * SOTER_E_SHORT, SOTER_E_FORMAT (no such kind, bytes follow).
 */
SOTER_MUST_CHECK enum soter_rc soter_teectl_parse(struct soter_teectl *out,
    struct soter_span in);

/** Append a message: the inverse.  SOTER_E_NOSPACE. */
SOTER_MUST_CHECK enum soter_rc soter_teectl_write(struct soter_writer *w,
    const struct soter_teectl *x);

#endif
