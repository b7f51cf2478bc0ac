/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "cli/finish.h"
#include "cli/print.h"

/* Layer 07: a no, or nobody who could have said it? */
static bool
is_unanswered(enum soter_rc rc)
{
	return (rc >> 8 == 7 && rc != SOTER_E_CANCELLED &&
	    rc != SOTER_E_UPLOAD_REFUSED && rc != SOTER_E_UNREADABLE);
}

/* The only place where an answer becomes an exit status. */
static int
exit_status(enum soter_rc rc)
{
	if (rc == SOTER_OK)
		return (0);
	return (rc >> 8 == 6 || is_unanswered(rc) ? 2 : 1);
}

int
finish(enum soter_rc rc)
{
	if (rc == SOTER_E_NOMEM || rc == SOTER_E_ENGINE)
		print_error(NULL, "%s; %s", soter_rc_text(rc),
		    soter_code_find(rc)->next);
	/* An answer that nobody got is none. */
	if (fflush(stdout) != 0 || ferror(stdout) != 0) {
		print_error("standard output", "cannot be written: %s",
		    strerror(errno));
		rc = SOTER_E_READ;
	}
	return (exit_status(rc));
}
