/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/soter/factory.h -- the maker's word that a root may be made, or replaced.
 *
 * A token is a signature under a key that is built into the TA, over a text
 * that the TA puts together by itself (wire/factory.h) from what it knows: its
 * device id and a nonce of its own, which counts once and lives in RAM.  No key
 * built in, no token.
 */
#ifndef SOTER_TA_SOTER_FACTORY_H
#define SOTER_TA_SOTER_FACTORY_H

#include "ta/call.h"
#include "wire/factory.h"

/** 1 if a factory key is built in. */
uint32_t ta_factory_has_key(void);

/**
 * Is this token the maker's for this device, this purpose and the nonce that
 * was given out last?  The nonce is used up, whatever the answer.
 *
 * SOTER_E_ACCESS  no; also without a nonce, or without a key.
 * SOTER_E_NOMEM, SOTER_E_OTHERS.
 */
SOTER_MUST_CHECK enum soter_rc ta_factory_check(
    enum soter_factory_purpose purpose, struct soter_span token);

/** factoryNonce: a fresh one; the one before counts no more. */
enum soter_rc ta_factory_nonce(const struct ta_caller *caller,
    const struct soter_ta_request *x, struct soter_writer *reply);

/** Forget the nonce: an instance begins. */
void ta_factory_reset(void);

#endif
