/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter-tam, which `soter tam` becomes: the operator's verbs are a program of
 * their own, so that whoever only verifies does not load two data bases.
 */
#include "cli/finish.h"
#include "cli/print.h"
#include "cli/tamverb.h"
#include "service/standard.h"

int
main(int argc, char **argv)
{
	static char verb[] = "tam";

	if (soter_standard_open() != SOTER_OK)
		return (2);
	print_init();
	if (argc > 0)
		argv[0] = verb;
	return (finish(argc > 0 ? tamverb_run(argc, argv) : SOTER_E_ARGUMENT));
}
