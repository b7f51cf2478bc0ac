/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/finish.h -- the end of a command.
 */
#ifndef SOTER_CLI_FINISH_H
#define SOTER_CLI_FINISH_H

#include "base/rc.h"

/**
 * Say what a verb left to be said, see to it that its answer was written, and
 * give the exit status for what it gave back (cli/verbs.h).
 */
int finish(enum soter_rc rc);

#endif
