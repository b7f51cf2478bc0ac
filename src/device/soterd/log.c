/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device/soterd/log.h"

#define NAME "soterd: "

void
soterd_log(const char *format, ...)
{
	char line[512] = NAME;
	size_t n = sizeof(NAME) - 1;
	va_list args;
	int more;

	va_start(args, format);
	more = vsnprintf(line + n, sizeof(line) - n - 1, format, args);
	va_end(args);
	if (more > 0)
		n = strlen(line);
	line[n++] = '\n';
	/* One write: lines of two threads do not mix. */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}
