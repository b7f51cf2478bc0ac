/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/tacmd.h -- what the normal world says to the two trusted applications,
 * and what they answer.
 *
 * Every command has the same GP parameters: one buffer in, one buffer out, two
 * unused.  The request is the command's fields in the order of its form, the
 * reply is
 *
 *	offset  size  field
 *	0       4     code, little-endian signed: 0, or the number of c.3
 *	4       n     body; empty unless code is 0
 *
 * Numbers are little-endian; a text is its length in 4 bytes, then its bytes.
 * TEE_Result only says whether the call took place at all.
 *
 * Commands 1 to 14 have the numbers of the standard's HAL calls; finishSign
 * carries the caller's uid too, which the TA compares with the session's.
 * Source: docs/protocol.md c.1 to c.3, k.1; ours from 15 on.
 */
#ifndef SOTER_WIRE_TACMD_H
#define SOTER_WIRE_TACMD_H

#include "base/span.h"
#include "wire/limits.h"

/* TEE_UUID, as its four fields. */
#define SOTER_TA_UUID                                                  \
	{                                                              \
		0xcc0b2bae, 0x3923, 0x49ff,                            \
		{                                                      \
			0xaa, 0xfb, 0x2e, 0x35, 0x3f, 0xfe, 0xf8, 0x04 \
		}                                                      \
	}
#define SOTER_BIO_UUID                                                 \
	{                                                              \
		0x6d209395, 0xab63, 0x400e,                            \
		{                                                      \
			0x98, 0x2b, 0xab, 0xdf, 0x62, 0xb4, 0x83, 0xb2 \
		}                                                      \
	}

/* TA `soter`. */
enum soter_ta_command {
	SOTER_TA_ATTK_GENERATE = 1,
	SOTER_TA_ATTK_VERIFY = 2,
	SOTER_TA_ATTK_EXPORT = 3,
	SOTER_TA_DEVICE_ID = 4,
	SOTER_TA_ASK_GENERATE = 5,
	SOTER_TA_ASK_EXPORT = 6,
	SOTER_TA_REMOVE_ALL = 7,
	SOTER_TA_ASK_HAS = 8,
	SOTER_TA_AUTHKEY_GENERATE = 9,
	SOTER_TA_AUTHKEY_EXPORT = 10,
	SOTER_TA_AUTHKEY_REMOVE = 11,
	SOTER_TA_AUTHKEY_HAS = 12,
	SOTER_TA_SIGN_INIT = 13,
	SOTER_TA_SIGN_FINISH = 14,
	SOTER_TA_SIGN_CANCEL = 15,
	SOTER_TA_KEYS_LIST = 16, /* kname of each AuthKey of a uid */
	SOTER_TA_STATUS = 17,
	SOTER_TA_SELF_TEST = 18,
	SOTER_TA_FACTORY_NONCE = 19,
	SOTER_TA_MATCH = 32, /* from TA biometric only */
};

/* TA `biometric`. */
enum soter_bio_command {
	SOTER_BIO_STATUS = 1,
	SOTER_BIO_PIN_SET = 2,
	SOTER_BIO_ENROL_BEGIN = 3,
	SOTER_BIO_ENROL_STEP = 4,
	SOTER_BIO_ENROL_CANCEL = 5,
	SOTER_BIO_LIST = 6,
	SOTER_BIO_REMOVE = 7,
	SOTER_BIO_UNFREEZE = 8,
	SOTER_BIO_AUTH_BEGIN = 9,
	SOTER_BIO_AUTH_STEP = 10,
	SOTER_BIO_AUTH_CANCEL = 11,
	SOTER_BIO_SIM_FEED = 32, /* simulated sensor only */
};

/* Both share the fields of a request. */
enum soter_ta_field {
	SOTER_TA_END = 0,
	SOTER_TA_UID,	    /* u32 */
	SOTER_TA_KNAME,	    /* text, 1 to SOTER_KNAME_MAX bytes */
	SOTER_TA_CHALLENGE, /* text, 1 to SOTER_TA_CHALLENGE_MAX bytes */
	SOTER_TA_SESSION,   /* u64 */
	SOTER_TA_COPIES,    /* u32, 0 or 1 */
	SOTER_TA_TOKEN,	    /* text: empty, or a factory token's signature */
	SOTER_TA_USER,	    /* u32 */
	SOTER_TA_FID,	    /* u64, not 0 */
	SOTER_TA_MODALITY,  /* u32, enum soter_modality */
	SOTER_TA_SEQUENCE,  /* u64, grows, over restarts too */
	SOTER_TA_EPOCH,	    /* u64 */
	SOTER_TA_PIN,	  /* text, 0 or SOTER_PIN_MIN to SOTER_PIN_MAX bytes */
	SOTER_TA_PIN_NEW, /* text, SOTER_PIN_MIN to SOTER_PIN_MAX bytes */
	SOTER_TA_SAMPLE,  /* bytes, 1 to SOTER_SAMPLE_MAX */
	SOTER_TA_SENSOR,  /* text, 1 to SOTER_TEE_NAME_MAX: fp_n or fc_n */
	SOTER_TA_SENSOR_VERSION, /* likewise: fp_v or fc_v */
};

#define SOTER_TA_FIELDS_MAX 8

enum soter_modality {
	SOTER_MODALITY_FINGER = 1,
	SOTER_MODALITY_FACE = 2,
};

/* A request; texts borrowed.  Which members count, the command's form says. */
struct soter_ta_request {
	uint32_t uid, user, modality, copies;
	uint64_t session, fid, sequence, epoch;
	struct soter_span kname, challenge, token, pin, pin_new, sample;
	struct soter_span sensor, sensor_version;
};

/* One command of a TA. */
struct soter_ta_form {
	uint32_t command;
	const char *name; /* "generateAskKeyPair", as the standard spells it */
	uint8_t fields[SOTER_TA_FIELDS_MAX + 1]; /* ends with SOTER_TA_END */
	uint32_t reply_max;			 /* bytes of the largest body */
};

/** All commands of TA soter, or of TA biometric; n receives how many. */
const struct soter_ta_form *soter_ta_forms(size_t *n);
const struct soter_ta_form *soter_bio_forms(size_t *n);

/** The row of a command, or NULL. */
const struct soter_ta_form *soter_ta_form(uint32_t command);
const struct soter_ta_form *soter_bio_form(uint32_t command);

/**
 * Read a request.  Members that the form does not name are zero.
 *
 * in  borrowed by the texts of *out.
 *
 * SOTER_E_SHORT   in ends too early.
 * SOTER_E_LIMIT   a text is empty, too short or too long, a number is not one
 *                 that its field takes.
 * SOTER_E_FORMAT  bytes follow.
 */
SOTER_MUST_CHECK enum soter_rc soter_ta_request_parse(
    struct soter_ta_request *out, const struct soter_ta_form *form,
    struct soter_span in);

/** Append a request: the inverse.  SOTER_E_NOSPACE, SOTER_E_LIMIT. */
SOTER_MUST_CHECK enum soter_rc soter_ta_request_write(struct soter_writer *w,
    const struct soter_ta_form *form, const struct soter_ta_request *x);

/**
 * Split a reply into code and body.
 *
 * code  the layer-05 result that the TA gave; SOTER_OK if it was 0.
 * body  borrowed from in.
 *
 * SOTER_E_SHORT   fewer than 4 bytes.
 * SOTER_E_FORMAT  no such code, or a body behind an error.
 */
SOTER_MUST_CHECK enum soter_rc soter_ta_reply_parse(enum soter_rc *code,
    struct soter_span *body, struct soter_span in);

/** The number of c.3 for a result: 0, or minus the low byte, or -1000. */
int32_t soter_ta_code(enum soter_rc rc);

/** The result for such a number: SOTER_OK, or one of layer 05. */
enum soter_rc soter_ta_rc(int32_t code);

/* ---- bodies of replies ------------------------------------------------- */

/*
 * generateAttkKeyPair, verifyAttkKeyPair, generateAskKeyPair, ...: none.
 * exportAttkPublicKey: PEM.  getDeviceId: SOTER_DEVICE_ID_LEN hex digits.
 * exportAskPublicKey, exportAuthKeyPublicKey, finishSign: wire/export.h.
 * initSign: the session, u64.  Factory nonce: SOTER_FACTORY_NONCE_LEN bytes.
 * List of keys: each kname as a text.  List of fingers: struct soter_bio_row,
 * one behind the other.
 */

/* Body of SOTER_TA_STATUS. */
struct soter_ta_status {
	uint32_t version;  /* of the TA */
	uint32_t salt_len; /* of what it signs */
	uint32_t rollback; /* GP antiRollback.protectionLevel: 0, 100, 1000 */
	uint32_t provisioned;	/* 1: the device has its ATTK */
	uint32_t factory;	/* 1: a factory key is built in */
	uint32_t sessions;	/* signing sessions in use */
	uint32_t counter_block; /* values reserved at once */
	uint32_t asks, authkeys;
	uint32_t trouble; /* 0, or low byte of why storage is not used */
	char tee_n[SOTER_TEE_NAME_MAX + 1], tee_v[SOTER_TEE_NAME_MAX + 1];
};

/* Body of SOTER_BIO_STATUS. */
struct soter_bio_status {
	uint32_t version;
	uint32_t pin_set;
	uint32_t pin_wait_ms; /* 0: a PIN may be tried now */
	uint32_t freeze_ms;   /* 0: not frozen */
	uint32_t misses;      /* since the last match */
	uint32_t enrolled;    /* templates of this user */
	uint32_t steps_left;  /* of a running enrolment; 0: none runs */
	uint32_t simulated;   /* 1: a simulated sensor */
	uint64_t epoch;	      /* grows with every change of the enrolled set */
	char sensor[SOTER_TEE_NAME_MAX + 1];
};

/* Body of SOTER_BIO_ENROL_STEP and SOTER_BIO_AUTH_STEP. */
struct soter_bio_step {
	uint32_t left; /* touches still wanted; misses until the freeze */
	uint64_t fid;  /* when enrolled or matched; else 0 */
};

struct soter_bio_row {
	uint64_t fid;
	uint32_t modality;
};

SOTER_MUST_CHECK enum soter_rc soter_ta_status_parse(
    struct soter_ta_status *out, struct soter_span body);
SOTER_MUST_CHECK enum soter_rc soter_ta_status_write(struct soter_writer *w,
    const struct soter_ta_status *x);
SOTER_MUST_CHECK enum soter_rc soter_bio_status_parse(
    struct soter_bio_status *out, struct soter_span body);
SOTER_MUST_CHECK enum soter_rc soter_bio_status_write(struct soter_writer *w,
    const struct soter_bio_status *x);
SOTER_MUST_CHECK enum soter_rc soter_bio_step_parse(struct soter_bio_step *out,
    struct soter_span body);
SOTER_MUST_CHECK enum soter_rc soter_bio_step_write(struct soter_writer *w,
    const struct soter_bio_step *x);

/** Take the next row of a list, or the next kname; false at a clean end. */
SOTER_MUST_CHECK enum soter_rc soter_bio_row_read(struct soter_reader *r,
    struct soter_bio_row *out);
SOTER_MUST_CHECK enum soter_rc soter_bio_row_write(struct soter_writer *w,
    const struct soter_bio_row *x);
SOTER_MUST_CHECK enum soter_rc soter_ta_text_read(struct soter_reader *r,
    struct soter_span *out);

/** A text of at most SOTER_TEE_NAME_MAX bytes, with a NUL behind it.
 * SOTER_E_SHORT, SOTER_E_LIMIT. */
SOTER_MUST_CHECK enum soter_rc soter_ta_name_read(struct soter_reader *r,
    char out[SOTER_TEE_NAME_MAX + 1]);
SOTER_MUST_CHECK enum soter_rc soter_ta_text_write(struct soter_writer *w,
    struct soter_span text);

/* The user profile of a uid, as Android counts them. */
static inline uint32_t
soter_user_of_uid(uint32_t uid)
{
	return (uid / 100000);
}

#endif
