/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/soter/rsa.h -- what TA soter does with RSA-2048 keys, which it only ever
 * holds as handles of the TEE: make, name, sign, verify.
 */
#ifndef SOTER_TA_SOTER_RSA_H
#define SOTER_TA_SOTER_RSA_H

#include <tee_internal_api.h>

#include "base/key.h"
#include "base/span.h"
#include "wire/limits.h"

#define TA_SHA256_LEN 32

/* Bytes of PSS salt in what the TA signs: 20, or 32 as Huawei phones do. */
#ifndef SOTER_TA_SALT
#define SOTER_TA_SALT SOTER_SALT_DEFAULT
#endif

/** SHA-256.  SOTER_E_NOMEM, SOTER_E_OTHERS. */
SOTER_MUST_CHECK enum soter_rc ta_rsa_digest(uint8_t out[TA_SHA256_LEN],
    struct soter_span in);

/**
 * Make a key pair with e = 65537 that signs and verifies, and that nobody can
 * extract, now or after it was stored.
 *
 * out  a transient object; free with TEE_FreeTransientObject().
 * SOTER_E_NOMEM, SOTER_E_OTHERS.
 */
SOTER_MUST_CHECK enum soter_rc ta_rsa_make(TEE_ObjectHandle *out);

/**
 * The same key pair as a transient object, with the same restriction, to store
 * it once more.
 */
SOTER_MUST_CHECK enum soter_rc ta_rsa_copy(TEE_ObjectHandle *out,
    TEE_ObjectHandle key);

/**
 * The public numbers of a key pair; *out is unspecified after a failure.
 * SOTER_E_CORRUPT  not 2048 bits, or another exponent: we never made that.
 */
SOTER_MUST_CHECK enum soter_rc ta_rsa_public(struct soter_key *out,
    TEE_ObjectHandle key);

/**
 * Sign: PSS, SHA-256, SOTER_TA_SALT bytes of salt.
 * SOTER_E_NOMEM, SOTER_E_OTHERS.
 */
SOTER_MUST_CHECK enum soter_rc ta_rsa_sign(uint8_t sig[SOTER_SIG_LEN],
    TEE_ObjectHandle key, struct soter_span text);

/**
 * Verify, under any key that holds a public one.
 * SOTER_E_SIGNATURE, SOTER_E_NOMEM, SOTER_E_OTHERS.
 */
SOTER_MUST_CHECK enum soter_rc ta_rsa_verify(TEE_ObjectHandle key,
    uint32_t salt_len, struct soter_span text, struct soter_span sig);

/** Does the pair belong together?  Signs something that never leaves. */
SOTER_MUST_CHECK enum soter_rc ta_rsa_check(TEE_ObjectHandle key);

/**
 * A public key, e = 65537.
 *
 * modulus  SOTER_RSA_LEN bytes.
 * out      a transient object.
 */
SOTER_MUST_CHECK enum soter_rc ta_rsa_load(TEE_ObjectHandle *out,
    const uint8_t modulus[SOTER_RSA_LEN]);

#endif
