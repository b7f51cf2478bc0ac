/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/describe.h -- what a file is and what it says, as a tree.
 *
 * Nothing is verified here; what was read stands under "claimed".  Neither
 * challenges nor signatures are shown.
 */
#ifndef SOTER_CLI_DESCRIBE_H
#define SOTER_CLI_DESCRIBE_H

#include "cli/tree.h"

/**
 * Describe any bytes: members kind, what, bytes, and more by kind.
 *
 * is_whole  set to false if the bytes are broken, or nothing of SOTER's;
 *           set it to true before.
 *
 * SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc describe_put(json_t *to, struct soter_span in,
    bool *is_whole);

#endif
