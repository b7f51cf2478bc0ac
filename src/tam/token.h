/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/token.h -- access tokens that say themselves whom they are for.
 *
 * Any number of processes can check one, with nothing in common but the keys;
 * there is no table of sessions.  A token is hex:
 *
 *	offset  size  field
 *	0       1     1, the form
 *	1       4     number of the key
 *	5       8     end of its life, in seconds of Unix time
 *	13      4     epoch of the tenant: with a larger one it is revoked
 *	17      1..64 appid
 *	then    32    HMAC-SHA-256 of all of this
 *
 * The caller compares epoch and suspension with the tenant's record.
 */
#ifndef SOTER_TAM_TOKEN_H
#define SOTER_TAM_TOKEN_H

#include "crypto/hash.h"
#include "tam/bounds.h"

#define TAM_TOKEN_KEY_LEN  32
#define TAM_TOKEN_HEAD_LEN 17
#define TAM_TOKEN_HEX_MAX \
	(2 * (TAM_TOKEN_HEAD_LEN + TAM_APPID_MAX + SOTER_SHA256_LEN))

/* The last one makes tokens; all check them. */
struct tam_keys {
	size_t n;
	struct {
		uint32_t number;
		uint8_t key[TAM_TOKEN_KEY_LEN];
	} key[TAM_TOKEN_KEYS];
};

/** SOTER_E_CORRUPT unless it is what tam_keys_write() writes. */
SOTER_MUST_CHECK enum soter_rc tam_keys_parse(struct tam_keys *out,
    struct soter_span record);

/** Append the record of the keys.  SOTER_E_NOSPACE. */
SOTER_MUST_CHECK enum soter_rc tam_keys_write(struct soter_writer *w,
    const struct tam_keys *keys);

/** Add a new key, which makes tokens from now on; the oldest one goes if there
 * are too many.  SOTER_E_ENGINE. */
SOTER_MUST_CHECK enum soter_rc tam_keys_add(struct tam_keys *keys);

struct tam_token {
	char appid[TAM_APPID_MAX + 1];
	uint32_t epoch;
	uint64_t ends_s;
};

/**
 * Make one.
 *
 * out  receives its hex digits and a NUL.
 *
 * SOTER_E_ARGUMENT  no key, or an appid that cannot be.
 * SOTER_E_ENGINE
 */
SOTER_MUST_CHECK enum soter_rc tam_token_make(char out[TAM_TOKEN_HEX_MAX + 1],
    const struct tam_keys *keys, const struct tam_token *x);

/**
 * Check one.
 *
 * SOTER_E_TOKEN          none of ours, or changed, or of a key that has gone.
 * SOTER_E_TOKEN_EXPIRED  was good until x->ends_s; *out is written.
 * SOTER_E_ENGINE
 */
SOTER_MUST_CHECK enum soter_rc tam_token_check(struct tam_token *out,
    const struct tam_keys *keys, struct soter_span text, uint64_t now_s);

#endif
