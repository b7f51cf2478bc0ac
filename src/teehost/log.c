/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "teehost/log.h"

#define LINE_MAX_LEN 400

static const char *log_name = "soter-teed";

void
teehost_log_name(const char *name)
{
	log_name = name;
}

void
teehost_log(const char *format, ...)
{
	char line[LINE_MAX_LEN + 1];
	va_list args;
	int head, n;

	head = snprintf(line, sizeof(line), "%s: ", log_name);
	if (head < 0 || (size_t)head >= sizeof(line))
		return;
	va_start(args, format);
	n = vsnprintf(line + head, sizeof(line) - (size_t)head, format, args);
	va_end(args);
	if (n < 0)
		return;
	n += head;
	if (n >= LINE_MAX_LEN)
		n = LINE_MAX_LEN - 1;
	for (int i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = ' ';
	line[n] = '\n';
	/* Nobody is left to tell if this fails. */
	if (write(STDERR_FILENO, line, (size_t)n + 1) < 0)
		return;
}
