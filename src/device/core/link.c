/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A call takes a connection that rests, or makes one, and leaves it behind for
 * the next; one at which anything was late or odd is closed, so that an answer
 * can never be taken for that of another call.
 */
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "device/core/inside.h"

#define LENGTH_LEN 4

uint64_t
core_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000);
}

/* ---- bytes --------------------------------------------------------------- */

/* Until fd is ready, the time is over, or the core ends. */
static enum soter_rc
wait_for(const struct soter_core *core, int fd, short events, uint64_t end_ms)
{
	for (;;) {
		struct pollfd p[] = { { core->stop, POLLIN, 0 },
			{ fd, events, 0 } };
		uint64_t now = core_now_ms();
		int n = poll(p, 2, now >= end_ms ? 0 : (int)(end_ms - now));

		if (n < 0 && errno != EINTR)
			return (SOTER_E_NOMEM);
		if (n > 0 && p[0].revents != 0)
			return (SOTER_E_CANCELLED);
		if (n > 0)
			return (SOTER_OK);
		if (n == 0)
			return (SOTER_E_TIME);
	}
}

static enum soter_rc
send_all(const struct soter_core *core, int fd, struct soter_span bytes,
    uint64_t end_ms)
{
	size_t sent = 0;

	while (sent < bytes.n) {
		ssize_t n = send(fd, bytes.p + sent, bytes.n - sent,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return (SOTER_E_NO_SERVICE);
		sent += n > 0 ? (size_t)n : 0;
		if (n < 0)
			TRY(wait_for(core, fd, POLLOUT, end_ms));
	}
	return (SOTER_OK);
}

/* have: bytes that are there already; grows. */
static enum soter_rc
receive(const struct soter_core *core, int fd, uint8_t *p, size_t *have,
    size_t want, uint64_t end_ms)
{
	while (*have < want) {
		ssize_t n;

		TRY(wait_for(core, fd, POLLIN, end_ms));
		n = recv(fd, p + *have, want - *have, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
			return (*have == 0 ? SOTER_E_NO_SERVICE
					   : SOTER_E_SERVICE_ANSWER);
		*have += n > 0 ? (size_t)n : 0;
	}
	return (SOTER_OK);
}

static enum soter_rc
receive_reply(const struct soter_core *core, int fd, struct core_reply *out,
    uint64_t end_ms)
{
	size_t have = 0, n;

	TRY(receive(core, fd, out->bytes, &have, LENGTH_LEN, end_ms));
	if (soter_dev_len(soter_span(out->bytes, have), sizeof(out->bytes),
		&n) != SOTER_OK)
		return (SOTER_E_SERVICE_ANSWER);
	TRY(receive(core, fd, out->bytes, &have, n, end_ms));
	if (soter_dev_reply_parse(&out->x, soter_span(out->bytes, n)) !=
	    SOTER_OK)
		return (SOTER_E_SERVICE_ANSWER);
	return (SOTER_OK);
}

/* ---- connections --------------------------------------------------------- */

void
core_link_close(struct soter_core *core)
{
	while (core->idle_n > 0)
		close(core->idle[--core->idle_n]);
}

/* After fork(): what the parent uses is the parent's. */
static void
check_process(struct soter_core *core)
{
	if (core->pid == getpid())
		return;
	core_link_close(core);
	close(core->stop);
	core->stop = eventfd(0, EFD_CLOEXEC);
	core->pid = getpid();
}

/* Nothing may have come, nor the end, while nobody asked. */
static bool
is_quiet(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };

	return (poll(&p, 1, 0) == 0);
}

/* One that rests, or -1. */
static int
take_idle(struct soter_core *core)
{
	int fd = -1;

	pthread_mutex_lock(&core->lock);
	check_process(core);
	while (fd < 0 && core->idle_n > 0) {
		fd = core->idle[--core->idle_n];
		if (!is_quiet(fd)) {
			close(fd);
			fd = -1;
		}
	}
	pthread_mutex_unlock(&core->lock);
	return (fd);
}

static void
give_back(struct soter_core *core, int fd)
{
	pthread_mutex_lock(&core->lock);
	if (!core->is_ending && core->idle_n < CORE_CONNECTIONS) {
		core->idle[core->idle_n++] = fd;
		fd = -1;
	}
	pthread_mutex_unlock(&core->lock);
	if (fd >= 0)
		close(fd);
}

/* ---- a call -------------------------------------------------------------- */

/* Over this connection, which lives on if all went well. */
static enum soter_rc
exchange(struct soter_core *core, int fd, const struct soter_dev_request *x,
    uint64_t end_ms, struct core_reply *out)
{
	uint8_t bytes[SOTER_DEV_REQUEST_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	enum soter_rc rc = SOTER_E_ARGUMENT;

	if (soter_dev_request_write(&w, x) == SOTER_OK)
		rc = send_all(core, fd, soter_written(&w), end_ms);
	if (rc == SOTER_OK)
		rc = receive_reply(core, fd, out, end_ms);
	if (rc == SOTER_OK && out->x.serial != x->serial)
		rc = SOTER_E_SERVICE_ANSWER;
	if (rc == SOTER_OK)
		give_back(core, fd);
	else
		close(fd);
	return (rc);
}

/*
 * One call more than there may be waits for another one's end.  false: its time
 * is over, or the core ends.
 */
static enum soter_rc
enter(struct soter_core *core, uint64_t end_ms, uint32_t *serial)
{
	const struct timespec end = { (time_t)(end_ms / 1000),
		(long)(end_ms % 1000) * 1000000 };
	enum soter_rc rc = SOTER_OK;

	pthread_mutex_lock(&core->lock);
	while (rc == SOTER_OK && !core->is_ending &&
	    core->calls >= CORE_CONNECTIONS)
		if (pthread_cond_timedwait(&core->changed, &core->lock, &end) !=
		    0)
			rc = SOTER_E_TIME;
	if (core->is_ending)
		rc = SOTER_E_CANCELLED;
	if (rc == SOTER_OK) {
		core->calls++;
		*serial = ++core->serial;
	}
	pthread_mutex_unlock(&core->lock);
	return (rc);
}

static void
leave(struct soter_core *core)
{
	pthread_mutex_lock(&core->lock);
	core->calls--;
	pthread_cond_broadcast(&core->changed);
	pthread_mutex_unlock(&core->lock);
}

/*
 * A connection that rested may have died since: a second one is tried.  Each
 * call may be made twice (device/soterd/tee.h).
 */
static enum soter_rc
call(struct soter_core *core, const struct soter_dev_request *x,
    uint64_t end_ms, struct core_reply *out)
{
	int fd = take_idle(core);
	enum soter_rc rc;

	if (fd >= 0) {
		rc = exchange(core, fd, x, end_ms, out);
		if (rc != SOTER_E_NO_SERVICE)
			return (rc);
	}
	TRY(core_connect(core, end_ms, &fd));
	return (exchange(core, fd, x, end_ms, out));
}

enum soter_rc
core_link_call(struct soter_core *core, const struct soter_dev_request *x,
    uint64_t end_ms, struct core_reply *out)
{
	struct soter_dev_request request = *x;
	enum soter_rc rc;

	TRY(enter(core, end_ms, &request.serial));
	rc = call(core, &request, end_ms, out);
	leave(core);
	return (rc);
}
