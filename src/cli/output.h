/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/output.h -- bytes for a file that a person named.
 */
#ifndef SOTER_CLI_OUTPUT_H
#define SOTER_CLI_OUTPUT_H

#include "base/span.h"

/**
 * Write bytes to a file, in the place of what was there.  On failure one line
 * on standard error says why.
 *
 * file  "-" is standard output.
 *
 * SOTER_E_READ  not permitted, no such folder, no space: the file may be gone
 *               or hold a part.
 */
SOTER_MUST_CHECK enum soter_rc output_write(const char *file,
    struct soter_span bytes);

#endif
