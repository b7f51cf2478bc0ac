/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/verbs.h -- the verbs, one per file.
 *
 * Each takes its own command line: argv[0] is the verb, and reads it with
 * getopt_long().  It prints its answer to standard output and its errors to
 * standard error, and gives back:
 *
 *	SOTER_OK          yes; an answer was printed
 *	SOTER_E_ARGUMENT, SOTER_E_READ  an error was printed
 *	SOTER_E_NOMEM, SOTER_E_ENGINE   nothing was printed about it
 *	SOTER_E_NO_SERVICE and its like of layer 07  nobody could be asked; an
 *	                  answer that says so was printed
 *	any other         no; the answer says why
 *
 * main() makes an exit status of it.
 */
#ifndef SOTER_CLI_VERBS_H
#define SOTER_CLI_VERBS_H

#include "base/rc.h"

SOTER_MUST_CHECK enum soter_rc verify_run(int argc, char **argv);
SOTER_MUST_CHECK enum soter_rc explain_run(int argc, char **argv);
SOTER_MUST_CHECK enum soter_rc inspect_run(int argc, char **argv);
SOTER_MUST_CHECK enum soter_rc errors_run(int argc, char **argv);
SOTER_MUST_CHECK enum soter_rc tee_run(int argc, char **argv);
SOTER_MUST_CHECK enum soter_rc sim_run(int argc, char **argv);
SOTER_MUST_CHECK enum soter_rc device_run(int argc, char **argv);
SOTER_MUST_CHECK enum soter_rc tam_run(int argc, char **argv);

#endif
