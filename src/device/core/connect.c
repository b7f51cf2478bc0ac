/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a call comes to its connection (d.1).
 *
 *	          connected
 *	   ┌───────────────────────┐
 *	   ▼                       │
 *	READY: a call waits for    │  nobody there for connect_ms
 *	the service, up to         ├───────────────► RESTING: a call tries once
 *	connect_ms, trying again   │                 and fails at once, until
 *	after 10, 10, 20, 30, ...  │◄─────────────── Fibonacci seconds are over
 *	milliseconds               │   time over, or the app says retry
 *
 * So an app whose service is dead does not hang at each call, and one whose
 * service is just starting does not fail.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "device/core/inside.h"

#define REST_FIRST 3  /* Fibonacci(3) = 2 s */
#define REST_MAX_S 30 /* beyond it the delay starts over */
#define STEP_MS	   10
#define STEP_MAX   10 /* Fibonacci(10) * STEP_MS = 550 ms */

static unsigned
fibonacci(unsigned n)
{
	unsigned a = 0, b = 1;

	while (n-- > 0) {
		unsigned c = a + b;

		a = b;
		b = c;
	}
	return (a);
}

static enum soter_rc
try_once(const struct soter_core *core, int *out)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return (SOTER_E_NOMEM);
	/* A backlog that is full is EAGAIN: it does not wait. */
	if (connect(fd, (const struct sockaddr *)&core->at, sizeof(core->at)) ==
	    0) {
		*out = fd;
		return (SOTER_OK);
	}
	error = errno;
	close(fd);
	/* Waiting does not change who may connect. */
	return (error == EACCES || error == EPERM ? SOTER_E_SERVICE_CLOSED
						  : SOTER_E_NO_SERVICE);
}

/* Is it worth waiting?  Counted as a failure if not, or if it was in vain. */
static bool
is_resting(struct soter_core *core)
{
	bool rests;

	pthread_mutex_lock(&core->lock);
	rests = core_now_ms() < core->rest_ms;
	pthread_mutex_unlock(&core->lock);
	return (rests);
}

static void
failed(struct soter_core *core)
{
	unsigned s;

	pthread_mutex_lock(&core->lock);
	s = fibonacci(REST_FIRST + core->failures);
	if (s > REST_MAX_S) {
		core->failures = 0;
		s = fibonacci(REST_FIRST);
	}
	core->failures++;
	core->rest_ms = core_now_ms() + s * 1000;
	pthread_mutex_unlock(&core->lock);
}

static void
succeeded(struct soter_core *core)
{
	pthread_mutex_lock(&core->lock);
	core->failures = 0;
	core->rest_ms = 0;
	pthread_mutex_unlock(&core->lock);
}

void
soter_core_retry(struct soter_core *core)
{
	core_begin(core);
	succeeded(core);
	core_finish(core);
}

/* false: the core ends. */
static bool
pause_ms(const struct soter_core *core, uint64_t ms)
{
	struct pollfd p = { core->stop, POLLIN, 0 };

	return (poll(&p, 1, core_poll_ms(core_now_ms() + ms)) <= 0);
}

enum soter_rc
core_connect(struct soter_core *core, uint64_t end_ms, int *fd)
{
	uint64_t end = core_now_ms() + core->connect_ms;
	const bool waits = !is_resting(core);
	enum soter_rc rc;

	if (end > end_ms)
		end = end_ms;
	for (unsigned n = 1;; n += n < STEP_MAX) {
		uint64_t now, step = fibonacci(n) * STEP_MS;

		rc = try_once(core, fd);
		now = core_now_ms();
		if (rc == SOTER_OK)
			succeeded(core);
		if (rc == SOTER_OK || rc == SOTER_E_NOMEM)
			return (rc);
		if (!waits || rc == SOTER_E_SERVICE_CLOSED || now >= end)
			break;
		if (!pause_ms(core, step < end - now ? step : end - now))
			return (SOTER_E_CANCELLED);
	}
	if (waits)
		failed(core);
	return (rc);
}
