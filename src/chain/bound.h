/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chain/bound.h -- a verified key with its owner: the inside of struct
 * soter_ask and struct soter_authkey, which nobody outside chain/ can make.
 */
#ifndef SOTER_CHAIN_BOUND_H
#define SOTER_CHAIN_BOUND_H

#include "chain/link.h"

struct soter_bound {
	struct soter_pubkey *key; /* owned */
	enum soter_class cls;
	bool salt_32_if_absent;
	uint32_t attk_version;
	uint64_t counter;
	char cpu_id[SOTER_CPU_ID_MAX + 1];
	char uid[SOTER_UID_MAX + 1];
};

struct soter_ask {
	struct soter_bound bound;
};

struct soter_authkey {
	struct soter_bound bound;
};

/**
 * Read and check a key JSON whose signature by signer has been verified, and
 * prepare the key in it.  The caller frees out->key.
 *
 * Errors: from the parsers, the salt rule, SOTER_E_SELF, the class, the owner,
 * the counter and the key policy, in that order but for the class, which comes
 * first.
 */
SOTER_MUST_CHECK enum soter_rc soter_bound_accept(struct soter_bound *out,
    const struct soter_signer *signer, struct soter_span text,
    const struct soter_expect *want, struct soter_report *why);

/** The signer that a verified key is for the link below it; borrowed. */
struct soter_signer soter_bound_signer(const struct soter_bound *b);

/** See soter_ask_record() and soter_ask_restore(). */
void soter_bound_record(const struct soter_bound *b,
    enum soter_record_kind kind, struct soter_key_record *out);
SOTER_MUST_CHECK enum soter_rc soter_bound_restore(struct soter_bound *out,
    enum soter_record_kind kind, const struct soter_key_record *record);

#endif
