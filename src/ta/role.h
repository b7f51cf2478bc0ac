/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/role.h -- who a client is, and what it may.
 *
 * Decided when a session is opened, from the identity that the TEE reports and
 * the TA's own properties, never from what the client sends.  Kept in the
 * session.  docs/tee.md says which role is which.
 */
#ifndef SOTER_TA_ROLE_H
#define SOTER_TA_ROLE_H

#include <tee_internal_api.h>

#include "base/span.h"

enum ta_role {
	TA_ROLE_ANYONE = 1 << 0,
	TA_ROLE_SERVICE = 1 << 1,
	TA_ROLE_FACTORY = 1 << 2,
	TA_ROLE_ENROLLER = 1 << 3,
	TA_ROLE_BIOMETRIC = 1 << 4, /* TA biometric itself */
	TA_ROLE_OWN = 1 << 5,	    /* development: a user, for its own uid */
};

struct ta_caller {
	uint32_t roles; /* of enum ta_role, any number */
	TEE_UUID uuid;	/* of the client */
};

/**
 * Decide about the client that opens a session now.  A property that is missing
 * gives nobody its role; nobody without a login ever has one.
 *
 * A GP result if the TEE does not say who the client is.
 */
TEE_Result ta_role_decide(struct ta_caller *out);

/**
 * Is the caller the Linux user of this number?  Makes the UUID that
 * TEEC_LOGIN_USER gives to a uid, and compares.
 *
 * SOTER_E_ACCESS  it is another user.
 * SOTER_E_NOMEM, SOTER_E_OTHERS.
 */
SOTER_MUST_CHECK enum soter_rc ta_role_is_user(const struct ta_caller *caller,
    uint32_t uid);

#endif
