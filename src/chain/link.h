/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chain/link.h -- the checks that every link of the chain shares.
 */
#ifndef SOTER_CHAIN_LINK_H
#define SOTER_CHAIN_LINK_H

#include "chain/report.h"
#include "crypto/pubkey.h"

/* The key above, and what it may sign for. */
struct soter_signer {
	const struct soter_pubkey *key;
	enum soter_class cls;
	bool salt_32_if_absent;
	const char *cpu_id; /* NULL: a vendor's root signs for every device */
	const char *uid;    /* NULL: a device root signs for every app */
};

/**
 * The signature over the received bytes, and nothing else: no byte of the text
 * has been interpreted when this answers.  The salt length is read off the
 * padding into why->salt_len; soter_link_salt() judges it later.
 *
 * SOTER_E_LIMIT      a text longer than SOTER_SIGNED_MAX.
 * SOTER_E_BASE64, SOTER_E_FORMAT, SOTER_E_SIG_LENGTH  the signature's text.
 * SOTER_E_SIGNATURE  not by this key over these bytes.
 * SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc soter_link_signature(
    const struct soter_pubkey *key, const struct soter_signed *in,
    struct soter_report *why);

/**
 * The salt rule of docs/protocol.md b.4, after the text was read: the length
 * that was used must be the announced one, 20 if none is, and 20 or 32.
 *
 * announced  -1 if the field is absent.
 * quirk      32 is taken too if none is announced; why->salt_quirk says so.
 *
 * SOTER_E_SALT  with got (used) and want (announced).
 */
SOTER_MUST_CHECK enum soter_rc soter_link_salt(int32_t announced, bool quirk,
    struct soter_report *why);

/** SOTER_E_CLASS unless the signer is of the verifier's class. */
SOTER_MUST_CHECK enum soter_rc soter_link_class(
    const struct soter_signer *signer, const struct soter_expect *want);

/**
 * The owner must be the signer's, and the one that the caller expects.
 * SOTER_E_CPU_ID, SOTER_E_UID.
 */
SOTER_MUST_CHECK enum soter_rc soter_link_owner(
    const struct soter_signer *signer, const struct soter_expect *want,
    const char *cpu_id, const char *uid, struct soter_report *why);

/** SOTER_E_REPLAY unless counter is larger than the highest accepted. */
SOTER_MUST_CHECK enum soter_rc soter_link_counter(
    const struct soter_expect *want, uint64_t counter,
    struct soter_report *why);

/** SOTER_E_ARGUMENT unless the caller's expectation makes sense. */
SOTER_MUST_CHECK enum soter_rc soter_link_expect(
    const struct soter_expect *want);

#endif
