/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/uuid.h -- UUIDs and identities as text.
 */
#ifndef SOTER_TEEHOST_UUID_H
#define SOTER_TEEHOST_UUID_H

#include <tee_api_types.h>

#include "base/span.h"

#define TEEHOST_UUID_TEXT     36			   /* 8-4-4-4-12 */
#define TEEHOST_IDENTITY_TEXT (10 + 1 + TEEHOST_UUID_TEXT) /* at most */

/** 8-4-4-4-12 hex digits of either case, and nothing else. SOTER_E_FORMAT. */
SOTER_MUST_CHECK enum soter_rc teehost_uuid_parse(TEE_UUID *out,
    struct soter_span text);

/** The same in lower case.  SOTER_E_NOSPACE. */
SOTER_MUST_CHECK enum soter_rc teehost_uuid_write(struct soter_writer *w,
    const TEE_UUID *uuid);

/**
 * GP 4.4: a login in decimal, then ":" and a UUID; without them the UUID is
 * all zero.  SOTER_E_FORMAT.
 */
SOTER_MUST_CHECK enum soter_rc teehost_uuid_parse_identity(TEE_Identity *out,
    struct soter_span text);

/** The same, always with the UUID.  SOTER_E_NOSPACE. */
SOTER_MUST_CHECK enum soter_rc teehost_uuid_write_identity(
    struct soter_writer *w, const TEE_Identity *identity);

#endif
