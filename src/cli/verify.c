/* SPDX-License-Identifier: BSD-3-Clause */
/* soter verify ask|authkey|result: check one link of the chain. */
#include "cli/print.h"
#include "cli/verbs.h"
#include "cli/verdict.h"

static void
help(enum soter_link link)
{
	bool is_one = link != SOTER_LINK_NONE;

	printf("usage: soter verify %s --signed FILE [--sig FILE] [OPTION]...\n"
	       "\n"
	       "Check what a phone signed, and say why not:\n"
	       "  ask      an app's key under its device root or vendor chain\n"
	       "  authkey  the key of one business under its ASK\n"
	       "  result   one approval under its AuthKey\n"
	       "\n",
	    is_one ? soter_link_word(link) : "ask|authkey|result");
	request_print_options(link);
	fputs("\n"
	      "FILE may be - for standard input, once.  Without --key, an ASK\n"
	      "is looked up in --roots, a chain ASK under the vendors' roots.\n"
	      "\n"
	      "Exit status: 0 verified, 1 refused, 2 usage or input.\n",
	    stdout);
}

enum soter_rc
verify_run(int argc, char **argv)
{
	struct request request;
	enum soter_rc rc = SOTER_OK;

	TRY(request_read(&request, argc, argv, false));
	if (request.help)
		help(request.link);
	else
		rc = verdict_answer(&request, verdict_put, verdict_print);
	request_free(&request);
	return (rc);
}
