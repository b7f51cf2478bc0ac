/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter/verify.h -- libsoter-verify: check what a phone signed, and learn why
 * not.
 *
 *	ATTK (device root)  signs  ASK (one per app)  signs  AuthKey (one per
 *	business)  signs  result (after a biometric match)
 *
 * Each arrow is one accept function.  It takes the key above, the bytes as they
 * were received, and what the caller expects; it gives the next key, which can
 * be had in no other way, or a reason.  So an AuthKey that nobody verified is
 * not a thing one can hold:
 *
 *	soter_attk_new      device root, from the TAM's records
 *	soter_ask_accept    ... or soter_ask_accept_chain (vendor certificates)
 *	soter_authkey_accept
 *	soter_result_accept yes, this finger, this device, this request
 *
 * ASK and AuthKey are kept in the caller's data base as soter_key_record and
 * come back through soter_ask_restore() and soter_authkey_restore().
 *
 * The library holds no state.  Four duties stay with the caller, because only
 * a data base can fulfil them (docs/protocol.md h.1):
 *   - a challenge is issued for one user, one business and one device, and is
 *     deleted at its first use, whatever the answer (V11);
 *   - the highest accepted counter per device is compared and stored in one
 *     atomic step (V8): pass it as counter_above, and store the new one only if
 *     it is still larger at that moment;
 *   - an AuthKey upload is taken only inside a session that asked for that
 *     business (V6), since no signed field names the business;
 *   - a new ASK for a known owner voids the AuthKeys below the old one (V16).
 *
 * Signatures are RSASSA-PSS, RSA-2048, SHA-256, MGF1-SHA-256.  The salt length
 * is read off the signature's padding and must be what the JSON announces: 20,
 * or 32; 20 if it says nothing.  Certificate dates are not checked: the library
 * has no clock, and a device certificate outlives its dates.
 * * Memory: accepting a key makes one object.  soter_result_accept() allocates
 * nothing of its own (OpenSSL does, inside).  A signed text may be 16 KiB long
 * at most.
 */
#ifndef SOTER_VERIFY_H
#define SOTER_VERIFY_H

#include "soter/soter.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SOTER_VERIFY_CPU_ID_MAX	 128 /* longest device id */
#define SOTER_VERIFY_UID_MAX	 32  /* longest uid text */
#define SOTER_VERIFY_FID_MAX	 20  /* longest finger id */
#define SOTER_VERIFY_NAME_MAX	 128 /* longest TEE, sensor or module name */
#define SOTER_VERIFY_FIELD_MAX	 32  /* longest field name */
#define SOTER_VERIFY_UNKNOWN_MAX 8   /* unknown fields that are named */
#define SOTER_VERIFY_HINT_MAX	 8   /* hints of one diagnosis */
#define SOTER_VERIFY_MODULUS_LEN 256 /* RSA-2048 */

/* Test roots and production roots never meet.  0 is neither: an error. */
enum soter_class {
	SOTER_CLASS_TEST = 1,
	SOTER_CLASS_PRODUCTION = 2,
};

/* The link of the chain at which a check was made. */
enum soter_link {
	SOTER_LINK_NONE = 0,
	SOTER_LINK_ASK = 1,	/* an ASK under its ATTK or vendor root */
	SOTER_LINK_AUTHKEY = 2, /* an AuthKey under its ASK */
	SOTER_LINK_RESULT = 3,	/* a result under its AuthKey */
};

/** "ask", "authkey", "result"; "none" for anything else. */
SOTER_PUBLIC const char *soter_link_word(enum soter_link link);

/*
 * Why.  Filled by every accept function, on success too; the caller provides
 * the memory.  Texts are NUL-terminated.  Nothing in here is secret, but seen
 * and the names may come from the phone: escape them before display.
 */
struct soter_finding {
	enum soter_hint hint;
	int64_t number; /* SOTER_HINT_SALT: the length; SOTER_HINT_CUT: bytes */
	char name[SOTER_VERIFY_FIELD_MAX + 1]; /* SOTER_HINT_OTHER_KEY */
};

struct soter_report {
	enum soter_rc rc;
	enum soter_link link;
	char field[SOTER_VERIFY_FIELD_MAX + 1]; /* concerned field, or empty */
	size_t offset; /* in the text, where a parser stopped; else 0 */
	int cert;      /* concerned certificate, 0 is the leaf; -1 if none */
	uint64_t got;  /* a number that was found: counter, salt length */
	uint64_t want; /* what it should be, or be above (counter) */ /* The
	 text that was refused: owner, fid, denied name; with SOTER_E_CHAIN_COPY
	 the unsigned copy.  Else empty. */
	char seen[SOTER_VERIFY_CPU_ID_MAX + 1];
	bool opened;	 /* the signer made this signature, over some text */
	size_t salt_len; /* which it used; only if opened */
	bool salt_quirk; /* 32 was accepted though not announced */
	uint32_t attk_version; /* of the root that matched */
	size_t unknown_n; /* fields no standard names; may exceed the array */
	char unknown[SOTER_VERIFY_UNKNOWN_MAX][SOTER_VERIFY_FIELD_MAX + 1];

	/* The rest only after soter_diagnose(). */
	bool would_match; /* with all hints undone, the signature is good */
	size_t hints;
	struct soter_finding hint[SOTER_VERIFY_HINT_MAX];
};

/* ------------------------------------------------------------------------- */
/* What came from the phone                                                  */
/* ------------------------------------------------------------------------- */

/*
 * Signed bytes and their signature, borrowed.  text: exactly what the phone
 * gave; never trimmed, parsed or re-encoded.  sig: 256 raw bytes, or their
 * Base64 (344 characters), or hex (512).
 */
struct soter_signed {
	struct soter_span text;
	struct soter_span sig;
};

/**
 * Take an export blob (4 bytes length, text, signature) apart.
 *
 * blob  borrowed by *out.
 *
 * SOTER_E_SHORT, SOTER_E_LIMIT, SOTER_E_FORMAT  not a blob.
 * Source: docs/protocol.md b.1.
 */
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_signed_split(
    struct soter_signed *out, struct soter_span blob);

enum soter_kind {
	SOTER_KIND_KEY = 1,   /* ASK or AuthKey: only the signer differs */
	SOTER_KIND_CHAIN = 2, /* ASK as a certificate chain */
	SOTER_KIND_RESULT = 3,
};

/* What a text says of itself before anybody checked it. */
struct soter_claim {
	enum soter_kind kind;
	char cpu_id[SOTER_VERIFY_CPU_ID_MAX + 1];
	char uid[SOTER_VERIFY_UID_MAX + 1];
	uint64_t counter;
	bool is_ios; /* a result without a finger id */
};

/**
 * Read the claims of a text, to look up the key that should have signed it.
 * Never decide anything else by them.
 *
 * why  may be NULL; rc, field and offset are set on failure.
 * * Errors: every SOTER_E_JSON..., SOTER_E_FIELD..., SOTER_E_KIND (none of the
 * kinds), key and PEM errors, SOTER_E_LIMIT (longer than any signed text); for
 * a chain also SOTER_E_CHAIN_LENGTH, SOTER_E_ATTEST_MISSING, SOTER_E_NOMEM.
 */
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_claim_read(
    struct soter_claim *out, struct soter_span text, struct soter_report *why);

/* ------------------------------------------------------------------------- */
/* Public keys                                                               */
/* ------------------------------------------------------------------------- */

/* A prepared public key: says nothing about where it comes from. */
struct soter_pubkey;

/** * Read a key.  It prepares itself at its first signature, so an accept
 * function may be the first to answer SOTER_E_ENGINE.
 *
 * in  PEM with the label PUBLIC KEY, DER SubjectPublicKeyInfo, or the raw
 *     256-byte modulus (e is then 65537).
 * * SOTER_E_PEM, SOTER_E_PEM_LABEL, SOTER_E_BASE64, SOTER_E_DER  broken.
 * SOTER_E_LIMIT    a PEM of more than 1 KiB.
 * SOTER_E_KEY_...  refused by the key policy: RSA-2048, e = 65537, odd, no
 *                  factor up to 751, no ROCA fingerprint.
 * SOTER_E_NOMEM, SOTER_E_ENGINE.
 * Source: docs/protocol.md V3.
 */
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_pubkey_new(
    struct soter_pubkey **out, struct soter_span in);

SOTER_PUBLIC void soter_pubkey_free(struct soter_pubkey **key);

/* ------------------------------------------------------------------------- */
/* Device roots                                                              */
/* ------------------------------------------------------------------------- */

enum soter_root_status {
	SOTER_ROOT_ACTIVE = 1,
	SOTER_ROOT_SUSPENDED = 2,
	SOTER_ROOT_REVOKED = 3,
};

/* A device root as the TAM keeps it. */
struct soter_attk_record {
	struct soter_span device_id; /* without NUL */
	uint32_t attk_version;
	struct soter_span key; /* as soter_pubkey_new() takes it */
	enum soter_class cls;
	enum soter_root_status status;
};

struct soter_attk;

/**
 * Prepare a device root.  The caller vouches for the record: it came through
 * the factory's channel.
 * * SOTER_E_ARGUMENT  no device id, one that is too long or holds a NUL,
 * unknown class or status. Else the errors of soter_pubkey_new().
 */
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_attk_new(
    struct soter_attk **out, const struct soter_attk_record *record);

/** Its key, for a diagnosis; borrowed. */
SOTER_PUBLIC const struct soter_pubkey *soter_attk_key(
    const struct soter_attk *attk);

SOTER_PUBLIC void soter_attk_free(struct soter_attk **attk);

/*
 * A vendor whose phones bring a certificate chain instead: the pinned root, and
 * the ways in which its phones differ from the standard.
 */
struct soter_profile {
	const char *name;
	uint8_t root_sha256[32]; /* of the root's SubjectPublicKeyInfo */
	enum soter_class cls;
	bool salt_32_if_absent; /* AuthKeys and results that announce no salt
				   may use 32; the report then says so */
};

/** The built-in profiles; static storage.  n receives their number. */
SOTER_PUBLIC const struct soter_profile *soter_profiles(size_t *n);

/* ------------------------------------------------------------------------- */
/* ASK and AuthKey                                                           */
/* ------------------------------------------------------------------------- */

/* What the caller knows about a key that is offered. */
struct soter_expect {
	enum soter_class cls;	  /* of this verifier; must be set */
	struct soter_span cpu_id; /* empty: whatever the signer's owner is */
	struct soter_span uid;	  /* empty: likewise */
	bool has_counter;
	uint64_t counter_above; /* highest accepted so far on this device, keys
				     included; an error without has_counter */
};

struct soter_ask;
struct soter_authkey;

/**
 * Accept an ASK under a device root.
 * * roots, n  all versions of the root known for the claimed device; n may be
 * 0. If one key is there twice, the worse status counts. why       may be NULL.
 * * SOTER_E_ATTK_UNKNOWN    n is 0: nothing can be said about the signature.
 * SOTER_E_LIMIT           a text longer than any signed text.
 * SOTER_E_BASE64, SOTER_E_SIG_LENGTH, SOTER_E_FORMAT  the signature's text.
 * SOTER_E_SIGNATURE       by none of the roots, or over other bytes.
 * SOTER_E_ATTK_REVOKED, SOTER_E_ATTK_SUSPENDED  by a root with that status.
 * SOTER_E_CLASS           by a root of another class.
 * SOTER_E_JSON..., SOTER_E_FIELD..., SOTER_E_KIND, SOTER_E_KEY..., SOTER_E_PEM
 *                         signed, but not an ASK.
 * SOTER_E_SALT            valid under a salt length other than announced.
 * SOTER_E_SELF            the ASK is the root itself.
 * SOTER_E_CPU_ID, SOTER_E_UID, SOTER_E_REPLAY  not what the caller expects.
 * SOTER_E_ARGUMENT, SOTER_E_NOMEM, SOTER_E_ENGINE.
 * Source: docs/protocol.md e.3, h.1.
 */
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_ask_accept(
    struct soter_ask **out, const struct soter_attk *const *roots, size_t n,
    const struct soter_signed *in, const struct soter_expect *want,
    struct soter_report *why);

/**
 * Accept an ASK that comes as a certificate chain, under a pinned vendor root.
 *
 * profiles, n  vendors to accept; soter_profiles() gives the built-in ones.
 * text         the chain JSON as the client uploaded it.
 *
 * SOTER_E_CHAIN_LENGTH, SOTER_E_CHAIN_ROOT, SOTER_E_CHAIN_SIGNATURE,
 * SOTER_E_CHAIN_NAME, SOTER_E_CHAIN_COPY, SOTER_E_ATTEST_...  rule V18.
 * Else as soter_ask_accept().
 * Source: docs/protocol.md b.5, V18.
 */
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_ask_accept_chain(
    struct soter_ask **out, const struct soter_profile *profiles, size_t n,
    struct soter_span text, const struct soter_expect *want,
    struct soter_report *why);

/**
 * Accept an AuthKey under an ASK.  Its owner must be the ASK's.
 *
 * Errors: as soter_ask_accept() without the root's; SOTER_E_SELF if the AuthKey
 * is the ASK itself.
 * Source: docs/protocol.md V5.
 */
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_authkey_accept(
    struct soter_authkey **out, const struct soter_ask *ask,
    const struct soter_signed *in, const struct soter_expect *want,
    struct soter_report *why);

enum soter_record_kind {
	SOTER_RECORD_ASK = 1,
	SOTER_RECORD_AUTHKEY = 2,
};

/* An accepted key as a data base keeps it.  Plain values, no pointers. */
struct soter_key_record {
	enum soter_record_kind kind;
	enum soter_class cls;
	bool salt_32_if_absent;
	uint32_t attk_version; /* 0 for a chain */
	uint64_t counter;
	char cpu_id[SOTER_VERIFY_CPU_ID_MAX + 1];
	char uid[SOTER_VERIFY_UID_MAX + 1];
	uint32_t e;
	uint8_t n[SOTER_VERIFY_MODULUS_LEN]; /* most significant byte first */
};

/** Take the record of an accepted key. */
SOTER_PUBLIC void soter_ask_record(const struct soter_ask *ask,
    struct soter_key_record *out);
SOTER_PUBLIC void soter_authkey_record(const struct soter_authkey *authkey,
    struct soter_key_record *out);

/**
 * Make the key again from the record that was taken from it.  The caller
 * vouches for the record: it lay in a data base that nobody else writes.
 *
 * SOTER_E_ARGUMENT  a record of the other kind, or values that no record has.
 * SOTER_E_KEY_...   the modulus is not that of an accepted key.
 * SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_ask_restore(
    struct soter_ask **out, const struct soter_key_record *record);
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_authkey_restore(
    struct soter_authkey **out, const struct soter_key_record *record);

/** Its key, for a diagnosis; borrowed. */
SOTER_PUBLIC const struct soter_pubkey *soter_ask_key(
    const struct soter_ask *ask);
SOTER_PUBLIC const struct soter_pubkey *soter_authkey_key(
    const struct soter_authkey *authkey);

SOTER_PUBLIC void soter_ask_free(struct soter_ask **ask);
SOTER_PUBLIC void soter_authkey_free(struct soter_authkey **authkey);

/* ------------------------------------------------------------------------- */
/* Results                                                                   */
/* ------------------------------------------------------------------------- */

enum soter_deny_kind {
	SOTER_DENY_TEE = 1,	    /* tee_n, tee_v */
	SOTER_DENY_FINGERPRINT = 2, /* fp_n, fp_v */
	SOTER_DENY_FACE = 3,	    /* fc_n, fc_v */
	SOTER_DENY_DEVICE = 4,	    /* cpu_id; version unused */
};

/* One row of a deny list.  Source: docs/protocol.md V14. */
struct soter_deny {
	enum soter_deny_kind kind;
	struct soter_span name;	   /* must not be empty */
	struct soter_span version; /* empty: every version */
};

struct soter_result_expect {
	struct soter_expect key;       /* as for keys; the owner is in any case
					  that of the AuthKey */
	struct soter_span challenge;   /* as issued; must not be empty */
	bool check_finger;	       /* the finger must be one of fids */
	const struct soter_span *fids; /* an error without check_finger */
	size_t fids_n;
	const struct soter_deny *deny;
	size_t deny_n;
};

/* What a verified result says.  Texts are empty where the field is absent. */
struct soter_result {
	uint64_t counter; /* store it as the device's highest (V8) */
	bool has_fid;
	char fid[SOTER_VERIFY_FID_MAX + 1];
	char cpu_id[SOTER_VERIFY_CPU_ID_MAX + 1];
	char uid[SOTER_VERIFY_UID_MAX + 1];
	char tee_n[SOTER_VERIFY_NAME_MAX + 1], tee_v[SOTER_VERIFY_NAME_MAX + 1];
	char fp_n[SOTER_VERIFY_NAME_MAX + 1], fp_v[SOTER_VERIFY_NAME_MAX + 1];
	char fc_n[SOTER_VERIFY_NAME_MAX + 1], fc_v[SOTER_VERIFY_NAME_MAX + 1];
	char bo_t[SOTER_VERIFY_NAME_MAX + 1];
	uint64_t bio_epoch; /* of the enrolled set; 0: not said (b.3) */
};

/**
 * Accept a result under an AuthKey.
 *
 * out  written only on SOTER_OK; may be NULL.
 * why  may be NULL.
 *
 * In this order: the signature over the received bytes, the class, the shape,
 * the salt, the owner, the deny list, the challenge, the counter, the finger.
 * * SOTER_E_ARGUMENT     no challenge; a deny row of no kind or without a name;
 *                      fids without check_finger.
 * SOTER_E_DENIED       deny list.
 * SOTER_E_CHALLENGE    another challenge than the expected one.
 * SOTER_E_FINGER       check_finger, and the finger is none of fids.
 * SOTER_E_FINGER_NONE  check_finger, and the result names no finger (iOS).
 * Else as soter_authkey_accept().
 * Source: docs/protocol.md V7, V8, V11, V12, V14.
 */
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_result_accept(
    struct soter_result *out, const struct soter_authkey *authkey,
    const struct soter_signed *in, const struct soter_result_expect *want,
    struct soter_report *why);

/* ------------------------------------------------------------------------- */
/* Diagnosis                                                                 */
/* ------------------------------------------------------------------------- */

/* Another key that might have signed; name is for the report. */
struct soter_other_key {
	const char *name;
	const struct soter_pubkey *key;
};

/**
 * After a refusal: find out what would have matched.  Tries, against the
 * signer and the others, the changes that people and programs make on the way:
 * line ends, byte-order mark, re-serialised JSON, mangled Base64.
 *
 * why        as the accept function left it.  Adds hints and would_match;
 *            rc is not touched: a diagnosis never makes a failed check pass.
 *            Does nothing unless rc is about the signature or its text.
 * signer     the key that should have signed; NULL if it is not known.
 * others, n  further candidates, at most 64 are tried; may be NULL, 0.
 * * Costs up to some tens of milliseconds: for people and logs, not for each
 * refusal under attack.
 */
SOTER_PUBLIC void soter_diagnose(struct soter_report *why,
    const struct soter_pubkey *signer, const struct soter_signed *in,
    const struct soter_other_key *others, size_t n);

#ifdef __cplusplus
}
#endif

#endif
