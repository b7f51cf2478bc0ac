/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire/limits.h -- every limit of the wire formats, once, for both ends.
 *
 * All in bytes unless the comment says otherwise.  Sources are clauses of
 * docs/protocol.md; "ours" marks a choice of this project.
 */
#ifndef SOTER_WIRE_LIMITS_H
#define SOTER_WIRE_LIMITS_H

#include "base/key.h"

#define SOTER_SIGNED_MAX	  (16 * 1024) /* a signed text; ours (b.1: 1 MiB) */
#define SOTER_SIG_LEN		  SOTER_RSA_LEN /* a raw signature, RSA-2048 */
#define SOTER_SIG_BASE64_LEN	  344		/* the same in Base64 */
#define SOTER_SIG_HEX_LEN	  512		/* the same in hex */
#define SOTER_EXPORT_MAX	  (4 + SOTER_SIGNED_MAX + SOTER_SIG_LEN)

#define SOTER_JSON_MEMBERS_MAX	  32 /* members of one object; ours */
#define SOTER_JSON_NAME_MAX	  32 /* a member's name; ours */
#define SOTER_JSON_REAL_MAX	  32 /* a fraction that nobody reads; ours */
#define SOTER_COUNTER_MAX	  INT64_MAX /* read as signed 64 bit (b.2) */

#define SOTER_CPU_ID_MAX	  128 /* c.7: "at least 128 characters" */
#define SOTER_UID_MAX		  32 /* decimal digits, or 32 hex on iOS (b.7) */
#define SOTER_FID_MAX		  20 /* decimal digits of 64 bits */
#define SOTER_NAME_MAX		  128 /* tee_n, tee_v, fp_n, fp_v, fc_n, fc_v, bo_t */
#define SOTER_CHALLENGE_MAX	  2048 /* 512 characters (g.1) of up to 4 bytes */

#define SOTER_PEM_KEY_MAX	  1024 /* PEM text of a public key; ours */
#define SOTER_SPKI_MAX		  640 /* DER of a public key up to RSA-4096; ours */
#define SOTER_CERT_PEM_MAX	  4096 /* PEM text of a certificate; ours */
#define SOTER_CERT_MAX		  3072 /* DER of a certificate; ours */
#define SOTER_CHAIN_CERTS	  4  /* certificates in a chain ASK, exactly */
#define SOTER_CERT_EXTENSIONS_MAX 16 /* extensions of one certificate; ours */
#define SOTER_ATTEST_SET_MAX	  8  /* values of one attested set; ours */
#define SOTER_ATTEST_TAGS_MAX	  64 /* tags of one authorization list; ours */

#define SOTER_MODEL_XML_MAX	  2048 /* device info (b.6); ours */
#define SOTER_MODEL_TEXT_MAX	  256  /* one value of it; ours */

#define SOTER_KNAME_MAX		  127 /* AuthKey name: 128 with its end mark (c.2) */
#define SOTER_TA_CHALLENGE_MAX	  512  /* challenge that our TA signs (g.1) */
#define SOTER_TA_REQUEST_MAX	  1024 /* request to a TA; ours */
#define SOTER_TA_EXPORT_MAX	  4096 /* blob that our TA writes (b.1) */
#define SOTER_TA_REPLY_MAX	  (4 + SOTER_TA_EXPORT_MAX)
#define SOTER_TEE_NAME_MAX	  48 /* tee_n, tee_v, sensor name; ours */
#define SOTER_DEVICE_ID_LEN	  32 /* hex digits of 16 random bytes (k.1.7) */
#define SOTER_FACTORY_NONCE_LEN	  16
#define SOTER_PIN_MIN		  4
#define SOTER_PIN_MAX		  32
#define SOTER_SAMPLE_MAX	  512 /* what a simulated sensor sees; ours */
#define SOTER_UID_AUTHKEYS_MAX	  30  /* AuthKeys of one uid; ours */
#define SOTER_USER_FIDS_MAX	  16  /* templates of one user; ours */

#define SOTER_SESSIONS_MAX	  8	/* signing sessions (k.1.4) */
#define SOTER_UID_SESSIONS_MAX	  2	/* of one uid (k.1.4) */
#define SOTER_SESSION_MS	  60000 /* life of a signing session (k.1.4) */
#define SOTER_MATCH_MS		  10000 /* life of a match (k.1.5) */
#define SOTER_SELF_TEST_MS	  60000 /* one at most in this time; ours */
#define SOTER_COUNTER_BLOCK_MAX	  64	/* values reserved at once (k.1.3) */
#define SOTER_MISSES_MAX	  5	/* then the sensor freezes (d.8) */
#define SOTER_FREEZE_MS		  30000 /* first freeze; doubles (d.8) */
#define SOTER_PIN_FAILS_MAX	  5	/* then each PIN has to wait; ours */
#define SOTER_WAIT_MAX_MS	  3600000 /* no freeze, no wait is longer; ours */
#define SOTER_USERS_MAX		  16	  /* users with a PIN; ours */

#define SOTER_DEV_KEY_MAX	  64   /* name of an extra parameter; ours */
#define SOTER_DEV_REQUEST_MAX	  1024 /* request to the device service; ours */
#define SOTER_DEV_REPLY_MAX	  (12 + SOTER_TA_EXPORT_MAX)
#define SOTER_DEV_VERSION	  1  /* what getVersion says (c.6) */
#define SOTER_DEV_EXTRA_MAX	  16 /* body of getExtraParam: 4 numbers (c.6) */

#define SOTER_TEE_PARAMS	  4 /* parameters of one call (GP) */
#define SOTER_TEE_MEMREF_MAX	  (1024 * 1024) /* one memory reference; ours */
#define SOTER_TEEMSG_HEAD_MAX	  56 /* a message without its memory references */
#define SOTER_TEEMSG_MAX \
	(SOTER_TEEMSG_HEAD_MAX + SOTER_TEE_PARAMS * SOTER_TEE_MEMREF_MAX)

#define SOTER_SALT_DEFAULT                                                 \
	20		   /* bytes of PSS salt when nothing is said (b.4) \
			    */
#define SOTER_SALT_LONG 32 /* the only other length in the field (b.4) */

#endif
