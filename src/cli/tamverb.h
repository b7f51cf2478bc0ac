/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/tamverb.h -- the verb `tam`, of the program soter-tam.
 */
#ifndef SOTER_CLI_TAMVERB_H
#define SOTER_CLI_TAMVERB_H

#include "base/rc.h"

/** As the verbs of cli/verbs.h: argv[0] is "tam". */
SOTER_MUST_CHECK enum soter_rc tamverb_run(int argc, char **argv);

#endif
