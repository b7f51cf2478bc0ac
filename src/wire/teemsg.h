/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/teemsg.h -- what a client and the host TEE say to each other over a
 * Unix stream socket, one connection for each session.
 *
 *	client			manager			process of the TA
 *	  HELLO -------------------> connection and identity ->
 *	  OPEN --------------------------------------------------> the TA
 *	  <------------------------------------------------ REPLY
 *	  INVOKE ------------------------------------------------> the TA
 *	  CANCEL (while it runs) -------------------------------->
 *	  <------------------------------------------------ REPLY
 *	  end of the connection: the session is closed
 *
 * The manager reads HELLO and no byte more, and answers only to refuse.  One
 * request runs at a time; it has a serial number, which its REPLY and its
 * CANCEL repeat; that of OPEN is 1.  All numbers are little-endian:
 *
 *	offset  size  field
 *	0       4     bytes that follow
 *	4       4     kind
 *	8       4     serial
 *	12      n     numbers of the kind, below
 *	        n     bytes of the memory references, in their order
 *
 *	HELLO   version, login, group, UUID in 16 bytes
 *	OPEN    types, then two numbers for each of the four parameters
 *	INVOKE  command, types, parameters
 *	CANCEL  -
 *	REPLY   result, origin, types, parameters
 *
 * The two numbers of a parameter are a and b of a value; size of a memory
 * reference, and in a request 0 for a NULL one, in a reply how many bytes of
 * it follow.  What a direction does not carry is zero.  No identity is in any
 * message: the manager asks the kernel.
 *
 * Ours; the types, results and origins are GP's.
 */
#ifndef SOTER_WIRE_TEEMSG_H
#define SOTER_WIRE_TEEMSG_H

#include "base/span.h"
#include "wire/limits.h"

#define SOTER_TEEMSG_VERSION   1
#define SOTER_TEEMSG_HELLO_LEN 40 /* the whole message */

enum soter_teemsg_kind {
	SOTER_TEEMSG_HELLO = 1,
	SOTER_TEEMSG_OPEN = 2,
	SOTER_TEEMSG_INVOKE = 3,
	SOTER_TEEMSG_CANCEL = 4,
	SOTER_TEEMSG_REPLY = 5,
};

/* GP's parameter types, as the TA sees them. */
enum soter_teemsg_type {
	SOTER_TEEMSG_NONE = 0,
	SOTER_TEEMSG_VALUE_IN = 1,
	SOTER_TEEMSG_VALUE_OUT = 2,
	SOTER_TEEMSG_VALUE_INOUT = 3,
	SOTER_TEEMSG_MEMREF_IN = 5,
	SOTER_TEEMSG_MEMREF_OUT = 6,
	SOTER_TEEMSG_MEMREF_INOUT = 7,
};

struct soter_teemsg_param {
	uint32_t a, b;		/* a value */
	uint32_t size;		/* a memory reference: its size, or the wish */
	bool there;		/* request: not a NULL one */
	struct soter_span data; /* the bytes carried; borrowed */
};

/* One message.  Which members count, the kind says; the others are zero. */
struct soter_teemsg {
	enum soter_teemsg_kind kind;
	uint32_t serial;
	uint32_t login, group; /* HELLO: what the client asks for */
	uint8_t uuid[16];      /* HELLO: the TA, in the order of its text */
	uint32_t command;
	uint32_t result, origin;
	uint32_t types;
	struct soter_teemsg_param params[SOTER_TEE_PARAMS];
};

static inline uint32_t
soter_teemsg_type(uint32_t types, size_t i)
{
	return (types >> (4 * i) & 0xf);
}

/** Does a request carry the bytes of a memory reference of this type? */
static inline bool
soter_teemsg_is_in(uint32_t type)
{
	return (type == SOTER_TEEMSG_MEMREF_IN ||
	    type == SOTER_TEEMSG_MEMREF_INOUT);
}

/** Does a reply? */
static inline bool
soter_teemsg_is_out(uint32_t type)
{
	return (type == SOTER_TEEMSG_MEMREF_OUT ||
	    type == SOTER_TEEMSG_MEMREF_INOUT);
}

/**
 * How long is the message that begins like this?
 *
 * SOTER_E_SHORT   fewer than 4 bytes: it cannot be told yet.
 * SOTER_E_LIMIT   longer than any message.
 * SOTER_E_FORMAT  shorter than any message.
 */
SOTER_MUST_CHECK enum soter_rc soter_teemsg_len(struct soter_span begin,
    size_t *len);

/**
 * Read a whole message.
 *
 * in  as long as soter_teemsg_len() says; borrowed by *out.
 *
 * SOTER_E_SHORT   in ends too early.
 * SOTER_E_LIMIT   a memory reference is above SOTER_TEE_MEMREF_MAX.
 * SOTER_E_FORMAT  anything else that no writer here writes.
 */
SOTER_MUST_CHECK enum soter_rc soter_teemsg_parse(struct soter_teemsg *out,
    struct soter_span in);

/**
 * Append a message without the bytes of its memory references, which the
 * caller sends behind it: params[i].data, in order.
 *
 * SOTER_E_NOSPACE  SOTER_TEEMSG_HEAD_MAX is always enough.
 * SOTER_E_LIMIT    a memory reference is too long.
 * SOTER_E_FORMAT   x is no message that a reader takes.
 */
SOTER_MUST_CHECK enum soter_rc soter_teemsg_write_head(struct soter_writer *w,
    const struct soter_teemsg *x);

/** Append all of a message.  As above. */
SOTER_MUST_CHECK enum soter_rc soter_teemsg_write(struct soter_writer *w,
    const struct soter_teemsg *x);

#endif
