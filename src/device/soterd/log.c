/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device/soterd/bounds.h"
#include "device/soterd/clock.h"
#include "device/soterd/log.h"

#define NAME "soterd: "

static void
put(const char *format, va_list args)
{
	char line[512] = NAME;
	size_t n = sizeof(NAME) - 1;

	if (vsnprintf(line + n, sizeof(line) - n - 1, format, args) > 0)
		n = strlen(line);
	line[n++] = '\n';
	/* One write: lines of two threads do not mix. */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}

void
soterd_log(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put(format, args);
	va_end(args);
}

/* ---- those of which there may be too many -------------------------------- */

static struct {
	pthread_mutex_t lock;
	uint64_t end_ms; /* of these */
	unsigned n;
} some = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Which one is it, from 1 on? */
static unsigned
count(void)
{
	uint64_t now = soterd_clock_ms();
	unsigned n;

	pthread_mutex_lock(&some.lock);
	if (now >= some.end_ms) {
		some.end_ms = now + SOTERD_LOG_MS;
		some.n = 0;
	}
	if (some.n <= SOTERD_LOG_LINES)
		some.n++;
	n = some.n;
	pthread_mutex_unlock(&some.lock);
	return (n);
}

void
soterd_log_some(const char *format, ...)
{
	unsigned n = count();
	va_list args;

	if (n > SOTERD_LOG_LINES)
		return;
	va_start(args, format);
	put(format, args);
	va_end(args);
	if (n == SOTERD_LOG_LINES)
		soterd_log("more lines of this kind are left out for %u s",
		    SOTERD_LOG_MS / 1000);
}
