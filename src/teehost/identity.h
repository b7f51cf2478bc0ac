/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/identity.h -- who a client is, in GP's terms.
 *
 * The UUID of a Linux user or group is the version-5 UUID of the text uid=%x
 * or gid=%x in the name space 58ac9ca0-2086-4683-a1b8-ec4bc08e01b6, as the
 * kernel's TEE drivers have it.
 */
#ifndef SOTER_TEEHOST_IDENTITY_H
#define SOTER_TEEHOST_IDENTITY_H

#include <tee_api_types.h>

#include "base/span.h"

#define TEEHOST_UUID_LEN 16

/** A UUID in the order of its text, as messages carry it, and back. */
void teehost_identity_bytes(uint8_t out[TEEHOST_UUID_LEN],
    const TEE_UUID *uuid);
TEE_UUID teehost_identity_uuid(const uint8_t bytes[TEEHOST_UUID_LEN]);

/**
 * The identity of a user, or of a group.
 *
 * login  TEE_LOGIN_USER or TEE_LOGIN_GROUP.
 *
 * SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_identity_of(TEE_Identity *out,
    uint32_t login, uint32_t id);

#endif
