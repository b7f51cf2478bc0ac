/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A call takes a connection that rests, or makes one, and leaves it behind for
 * the next; one at which anything was late or odd is not used again, so that an
 * answer can never be taken for that of another call.
 *
 * What a process has begun at the service ends with its last connection (c.6).
 * So one of those is kept open until another one has been answered.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "device/clock.h"
#include "device/core/inside.h"

#define LENGTH_LEN 4

uint64_t
core_now_ms(void)
{
	return (device_clock_ms());
}

/* ---- bytes --------------------------------------------------------------- */

/* A call on its connection. */
struct line {
	const struct soter_core *core;
	int fd;
	uint64_t end_ms;
	bool was_heard; /* the service has, or may have, all of the request */
};

int
core_poll_ms(uint64_t end_ms)
{
	uint64_t now = core_now_ms();

	if (now >= end_ms)
		return (0);
	return (end_ms - now > INT_MAX ? INT_MAX : (int)(end_ms - now));
}

/* Until fd is ready, the time is over, or the core ends. */
static enum soter_rc
wait_for(const struct line *line, short events)
{
	for (;;) {
		struct pollfd p[] = { { line->core->stop, POLLIN, 0 },
			{ line->fd, events, 0 } };
		int n = poll(p, 2, core_poll_ms(line->end_ms));

		if (n < 0 && errno != EINTR)
			return (SOTER_E_NOMEM);
		if (n > 0 && p[0].revents != 0)
			return (SOTER_E_CANCELLED);
		if (n > 0)
			return (SOTER_OK);
		if (n == 0 && core_now_ms() >= line->end_ms)
			return (SOTER_E_TIME);
	}
}

static enum soter_rc
send_all(struct line *line, struct soter_span bytes)
{
	size_t sent = 0;

	while (sent < bytes.n) {
		ssize_t n = send(line->fd, bytes.p + sent, bytes.n - sent,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return (SOTER_E_NO_SERVICE);
		sent += n > 0 ? (size_t)n : 0;
		if (n < 0)
			TRY(wait_for(line, POLLOUT));
	}
	line->was_heard = true;
	return (SOTER_OK);
}

/* have: bytes that are there already; grows. */
static enum soter_rc
receive(struct line *line, uint8_t *p, size_t *have, size_t want)
{
	while (*have < want) {
		ssize_t n;

		TRY(wait_for(line, POLLIN));
		n = recv(line->fd, p + *have, want - *have, MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		/* So the kernel says that nobody has read what was sent. */
		if (n < 0 && errno == ECONNRESET && *have == 0)
			line->was_heard = false;
		if (n <= 0)
			return (*have == 0 ? SOTER_E_NO_SERVICE
					   : SOTER_E_SERVICE_ANSWER);
		*have += (size_t)n;
	}
	return (SOTER_OK);
}

static enum soter_rc
receive_reply(struct line *line, struct core_reply *out)
{
	size_t have = 0, n;

	TRY(receive(line, out->bytes, &have, LENGTH_LEN));
	if (soter_dev_len(soter_span(out->bytes, have), sizeof(out->bytes),
		&n) != SOTER_OK)
		return (SOTER_E_SERVICE_ANSWER);
	TRY(receive(line, out->bytes, &have, n));
	if (soter_dev_reply_parse(&out->x, soter_span(out->bytes, n)) !=
	    SOTER_OK)
		return (SOTER_E_SERVICE_ANSWER);
	return (SOTER_OK);
}

/* ---- connections --------------------------------------------------------- */

static void
close_kept(struct soter_core *core)
{
	if (core->has_kept)
		close(core->kept);
	core->has_kept = false;
}

void
core_link_close(struct soter_core *core)
{
	close_kept(core);
	while (core->idle_n > 0)
		close(core->idle[--core->idle_n]);
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

/* What came of a call over it decides whether it rests, is kept, or ends. */
static void
give_back(struct soter_core *core, int fd, enum soter_rc rc)
{
	pthread_mutex_lock(&core->lock);
	if (rc == SOTER_OK)
		close_kept(core);
	if (rc == SOTER_OK && !core->is_ending &&
	    core->idle_n < CORE_CONNECTIONS) {
		core->idle[core->idle_n++] = fd;
		fd = -1;
	} else if (rc != SOTER_OK && rc != SOTER_E_NO_SERVICE &&
	    !core->has_kept) {
		core->kept = fd;
		core->has_kept = true;
		fd = -1;
	}
	pthread_mutex_unlock(&core->lock);
	if (fd >= 0)
		close(fd);
}

/* ---- a call -------------------------------------------------------------- */

/* A request, as it is sent. */
struct request {
	const struct soter_dev_form *form;
	uint32_t serial;
	uint64_t end_ms;
	struct soter_span bytes;
};

/* Over this connection, which lives on if all went well. */
static enum soter_rc
exchange(struct soter_core *core, int fd, const struct request *x,
    struct core_reply *out, bool *was_heard)
{
	struct line line = { core, fd, x->end_ms, false };
	enum soter_rc rc = send_all(&line, x->bytes);

	if (rc == SOTER_OK)
		rc = receive_reply(&line, out);
	if (rc == SOTER_OK &&
	    (out->x.serial != x->serial || out->x.body.n > x->form->reply_max))
		rc = SOTER_E_SERVICE_ANSWER;
	give_back(core, fd, rc);
	*was_heard = line.was_heard;
	return (rc);
}

/*
 * One call more than there may be waits for another one's end.
 * SOTER_E_TIME, SOTER_E_CANCELLED.
 */
static enum soter_rc
enter(struct soter_core *core, uint64_t end_ms, uint32_t *serial)
{
	const struct timespec end = device_clock_at(end_ms);
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
 * A connection that rested may have died since, and the service may end before
 * it looks at the request: then the call is made on a new one, once.  A request
 * that the service has taken is never sent again, so that no key is made or
 * removed twice.
 */
static enum soter_rc
call(struct soter_core *core, const struct request *x, struct core_reply *out)
{
	int fd = take_idle(core);
	bool was_heard;
	enum soter_rc rc;

	if (fd < 0)
		TRY(core_connect(core, x->end_ms, &fd));
	rc = exchange(core, fd, x, out, &was_heard);
	if (rc != SOTER_E_NO_SERVICE || was_heard)
		return (rc);
	TRY(core_connect(core, x->end_ms, &fd));
	return (exchange(core, fd, x, out, &was_heard));
}

static enum soter_rc
call_with(struct soter_core *core, const struct soter_dev_request *x,
    uint64_t end_ms, struct core_reply *out)
{
	uint8_t bytes[SOTER_DEV_REQUEST_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct soter_dev_request numbered = *x;
	struct request request = { .form = soter_dev_form((uint32_t)x->call),
		.end_ms = end_ms };
	enum soter_rc rc;

	TRY(enter(core, end_ms, &numbered.serial));
	rc = soter_dev_request_write(&w, &numbered);
	request.serial = numbered.serial;
	request.bytes = soter_written(&w);
	if (rc == SOTER_OK)
		rc = call(core, &request, out);
	else
		rc = SOTER_E_ARGUMENT;
	leave(core);
	return (rc);
}

enum soter_rc
core_link_call(struct soter_core *core, const struct soter_dev_request *x,
    uint64_t end_ms, struct core_reply *out)
{
	enum soter_rc rc;

	core_begin(core);
	rc = call_with(core, x, end_ms, out);
	core_finish(core);
	return (rc);
}
