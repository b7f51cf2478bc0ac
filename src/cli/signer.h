/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/signer.h -- from --key and --roots to the typed key above.
 *
 * The person at the keyboard vouches for a key file.  Whose key it is comes
 * from the file where it says so, else from --cpu-id and --uid, else from the
 * claim of the very text that is checked; the notes say which.
 */
#ifndef SOTER_CLI_SIGNER_H
#define SOTER_CLI_SIGNER_H

#include "cli/check.h"

/**
 * The device roots for a classic ASK, into c->roots; none is not an error.
 * The errors of check_run().
 */
SOTER_MUST_CHECK enum soter_rc signer_roots(struct check *c);

/**
 * The vendor root that a key file pins.  It lives as long as *profile.
 * The errors of check_run().
 */
SOTER_MUST_CHECK enum soter_rc signer_pin(struct soter_profile *profile,
    const struct keys_file *key, const char *file, enum soter_class cls);

/**
 * The ASK above an AuthKey, into c->ask.
 *
 * SOTER_OK  also if --key is a chain ASK that is refused: then c->ask is NULL
 *           and c->why says why.
 * Else the errors of check_run().
 */
SOTER_MUST_CHECK enum soter_rc signer_ask(struct check *c);

/** The AuthKey above a result, into c->authkey.  The errors of check_run(). */
SOTER_MUST_CHECK enum soter_rc signer_authkey(struct check *c);

#endif
