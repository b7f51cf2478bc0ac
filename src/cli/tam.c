/* SPDX-License-Identifier: BSD-3-Clause */
/* soter tam: becomes soter-tam, which lies beside it. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/print.h"
#include "cli/verbs.h"

#define PROGRAM "soter-tam"

/* Where this program lies, so that both are of one version. */
static bool
beside(char out[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n <= 0)
		return (false);
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash == NULL)
		return (false);
	slash[1] = '\0';
	n = snprintf(out, PATH_MAX, "%s" PROGRAM, self);
	return (n > 0 && n < PATH_MAX);
}

enum soter_rc
tam_run(int argc, char **argv)
{
	char path[PATH_MAX];

	(void)argc;
	if (beside(path))
		(void)execv(path, argv);
	print_error("tam", PROGRAM " cannot be run: %s; is it installed?",
	    strerror(errno));
	return (SOTER_E_READ);
}
