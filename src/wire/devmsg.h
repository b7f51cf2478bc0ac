/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/devmsg.h -- what an app's libsoter and the device service soterd say to
 * each other over a Unix stream socket.
 *
 *	request			reply
 *	offset  size  field	offset  size  field
 *	0       4     bytes that follow
 *	4       4     call	4       4     serial of the request
 *	8       4     serial	8       4     code, signed: 0 or a number of c.3
 *	12      4     uid	12      n     body; empty unless code is 0
 *	16      n     fields of the call
 *
 * Numbers are little-endian; a text is its length in 4 bytes, then its bytes.
 * The uid is what the binder interface has in this place, and is ignored, as
 * there: the service asks the kernel who speaks (c.6).  Requests of one
 * connection are answered one after the other.  Calls 1 to 13 have the numbers
 * of the binder interface; ours from 32 on.
 *
 * Source: docs/protocol.md c.6.
 */
#ifndef SOTER_WIRE_DEVMSG_H
#define SOTER_WIRE_DEVMSG_H

#include "base/span.h"
#include "wire/limits.h"

enum soter_dev_call {
	SOTER_DEV_ASK_GENERATE = 1,
	SOTER_DEV_ASK_EXPORT = 2,
	SOTER_DEV_ASK_HAS = 3,
	SOTER_DEV_AUTHKEY_GENERATE = 4,
	SOTER_DEV_AUTHKEY_REMOVE = 5,
	SOTER_DEV_AUTHKEY_EXPORT = 6,
	SOTER_DEV_REMOVE_ALL = 7,
	SOTER_DEV_AUTHKEY_HAS = 8,
	SOTER_DEV_SIGN_INIT = 9,
	SOTER_DEV_SIGN_FINISH = 10,
	SOTER_DEV_DEVICE_ID = 11,
	SOTER_DEV_VERSION_GET = 12,
	SOTER_DEV_EXTRA = 13,
	SOTER_DEV_SIGN_CANCEL = 32,
	SOTER_DEV_AUTH_BEGIN = 33, /* the sensor looks, for a session */
	SOTER_DEV_AUTH_STEP = 34,  /* what it has seen; does not wait */
	SOTER_DEV_AUTH_CANCEL = 35,
	SOTER_DEV_STATE = 36,
	SOTER_DEV_SELF_TEST = 37,
	SOTER_DEV_KEYS_LIST = 38, /* kname of each AuthKey of the caller */
	SOTER_DEV_FORGET =
	    39, /* a package is gone: all keys of its uid; root */
};

enum soter_dev_field {
	SOTER_DEV_END = 0,
	SOTER_DEV_KNAME,     /* text, up to SOTER_KNAME_MAX bytes */
	SOTER_DEV_CHALLENGE, /* text, up to SOTER_TA_CHALLENGE_MAX bytes */
	SOTER_DEV_SESSION,   /* u64 */
	SOTER_DEV_MODALITY,  /* u32, enum soter_modality */
	SOTER_DEV_KEY,	     /* text, up to SOTER_DEV_KEY_MAX bytes */
	SOTER_DEV_WHOSE,     /* u32, a uid */
};

#define SOTER_DEV_FIELDS_MAX 3

/*
 * A request; texts borrowed.  Which members count, the call's form says.  A
 * text may be empty and a session 0: the service has numbers for that (c.6).
 */
struct soter_dev_request {
	enum soter_dev_call call;
	uint32_t serial;
	uint32_t uid; /* ignored */
	uint32_t modality, whose;
	uint64_t session;
	struct soter_span kname, challenge, key;
};

/* One call. */
struct soter_dev_form {
	enum soter_dev_call call;
	const char
	    *name; /* "generateAppSecureKey", as the standard spells it */
	uint8_t fields[SOTER_DEV_FIELDS_MAX + 1]; /* ends with SOTER_DEV_END */
	uint32_t reply_max; /* bytes of the largest body */
};

/** All calls; n receives how many. */
const struct soter_dev_form *soter_dev_forms(size_t *n);

/** The row of a call, or NULL. */
const struct soter_dev_form *soter_dev_form(uint32_t call);

/**
 * How long is the request, or the reply, that begins like this?
 *
 * max  SOTER_DEV_REQUEST_MAX or SOTER_DEV_REPLY_MAX.
 * len  the whole message, its length field included.
 *
 * SOTER_E_SHORT   fewer than 4 bytes: it cannot be told yet.
 * SOTER_E_LIMIT   longer than max.
 * SOTER_E_FORMAT  shorter than any message.
 */
SOTER_MUST_CHECK enum soter_rc soter_dev_len(struct soter_span begin,
    size_t max, size_t *len);

/**
 * Read a whole request.  Members that the form does not name are zero.
 *
 * in  as long as soter_dev_len() says; borrowed by the texts of *out.
 *
 * SOTER_E_SHORT   in ends too early.
 * SOTER_E_LIMIT   a text is too long, or a modality that there is not.
 * SOTER_E_FORMAT  no such call, or bytes follow.
 */
SOTER_MUST_CHECK enum soter_rc soter_dev_request_parse(
    struct soter_dev_request *out, struct soter_span in);

/** Append a request: the inverse.  SOTER_E_NOSPACE, SOTER_E_LIMIT,
 * SOTER_E_FORMAT. */
SOTER_MUST_CHECK enum soter_rc soter_dev_request_write(struct soter_writer *w,
    const struct soter_dev_request *x);

/* A reply; body borrowed. */
struct soter_dev_reply {
	uint32_t serial;
	enum soter_rc code; /* SOTER_OK, or a result of layer 05 */
	struct soter_span body;
};

/**
 * Read a whole reply.
 *
 * SOTER_E_SHORT   in ends too early.
 * SOTER_E_FORMAT  no such code, or a body behind an error.
 */
SOTER_MUST_CHECK enum soter_rc soter_dev_reply_parse(
    struct soter_dev_reply *out, struct soter_span in);

/** Append a reply: the inverse.  SOTER_E_NOSPACE, SOTER_E_FORMAT. */
SOTER_MUST_CHECK enum soter_rc soter_dev_reply_write(struct soter_writer *w,
    const struct soter_dev_reply *x);

/* ---- bodies of replies ------------------------------------------------- */

/*
 * Exports and finishSign: wire/export.h.  initSign: the session, u64.
 * getDeviceId: the device id.  getVersion: u32.  getExtraParam: one i32 for
 * each number.  The list of keys: each kname as a text.  AUTH_STEP: struct
 * soter_bio_step of wire/tacmd.h.  All others: none.
 */

/* Body of SOTER_DEV_STATE: what an app may know about TEE and sensor. */
struct soter_dev_state {
	uint32_t version;  /* of TA soter */
	uint32_t salt_len; /* of what it signs */
	uint32_t rollback; /* GP antiRollback.protectionLevel: 0, 100, 1000 */
	uint32_t provisioned; /* 1: the device has its ATTK */
	uint32_t trouble;     /* 0, or low byte of why storage is not used */
	uint32_t modalities;  /* bit 0: finger, bit 1: face */
	uint32_t enrolled;    /* templates of the caller's user */
	uint32_t misses;      /* since the last match */
	uint32_t freeze_ms;   /* 0: not frozen */
	uint32_t simulated;   /* 1: a simulated sensor */
	uint32_t ask;	      /* 1: the caller has an ASK */
	char tee_n[SOTER_TEE_NAME_MAX + 1], tee_v[SOTER_TEE_NAME_MAX + 1];
	char sensor[SOTER_TEE_NAME_MAX + 1];
};

SOTER_MUST_CHECK enum soter_rc soter_dev_state_parse(
    struct soter_dev_state *out, struct soter_span body);
SOTER_MUST_CHECK enum soter_rc soter_dev_state_write(struct soter_writer *w,
    const struct soter_dev_state *x);

#endif
