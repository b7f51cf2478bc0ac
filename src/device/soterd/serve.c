/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "device/soterd/bounds.h"
#include "device/soterd/clock.h"
#include "device/soterd/serve.h"

/* ---- bytes --------------------------------------------------------------- */

/* Wait until fd is ready for it, or the time is over. */
static bool
wait_for(int fd, short events, uint64_t end)
{
	struct pollfd p = { fd, events, 0 };

	for (;;) {
		uint64_t now = soterd_clock_ms();
		int n = poll(&p, 1, now >= end ? 0 : (int)(end - now));

		if (n > 0)
			return (true);
		if (n == 0 || errno != EINTR)
			return (false);
	}
}

static bool
receive(int fd, uint8_t *p, size_t n, uint64_t end)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got;

		if (!wait_for(fd, POLLIN, end))
			return (false);
		got = recv(fd, p + have, n - have, 0);
		if (got == 0 || (got < 0 && errno != EINTR))
			return (false);
		have += got > 0 ? (size_t)got : 0;
	}
	return (true);
}

static bool
send_all(int fd, struct soter_span bytes)
{
	uint64_t end = soterd_clock_ms() + SOTERD_HALF_MS;
	size_t sent = 0;

	while (sent < bytes.n) {
		ssize_t n;

		if (!wait_for(fd, POLLOUT, end))
			return (false);
		n = send(fd, bytes.p + sent, bytes.n - sent,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return (false);
		sent += n > 0 ? (size_t)n : 0;
	}
	return (true);
}

/* ---- one connection ------------------------------------------------------ */

#define LENGTH_LEN 4

/* The next one may take for ever to begin. */
static bool
wait_request(struct soterd_peer *peer)
{
	struct pollfd p = { peer->fd, POLLIN, 0 };

	while (poll(&p, 1, -1) < 0)
		if (errno != EINTR)
			return (false);
	return (soterd_peers_work(peer));
}

/* A whole request; false at the end, or at what can be none. */
static bool
receive_request(int fd, uint8_t bytes[SOTER_DEV_REQUEST_MAX], size_t *n)
{
	const uint64_t end = soterd_clock_ms() + SOTERD_HALF_MS;

	return (receive(fd, bytes, LENGTH_LEN, end) &&
	    soter_dev_len(soter_span(bytes, LENGTH_LEN), SOTER_DEV_REQUEST_MAX,
		n) == SOTER_OK &&
	    receive(fd, bytes + LENGTH_LEN, *n - LENGTH_LEN, end));
}

/* What the frame says can be answered, whatever stands in it. */
static uint32_t
claimed_serial(struct soter_span request)
{
	struct soter_reader r = soter_reader(request);
	uint32_t x, serial;

	if (soter_read_le32(&r, &x) != SOTER_OK ||
	    soter_read_le32(&r, &x) != SOTER_OK ||
	    soter_read_le32(&r, &serial) != SOTER_OK)
		return (0);
	return (serial);
}

static struct soter_dev_reply
answer(const struct soterd_caller *who, struct soter_span request,
    struct soter_writer *body)
{
	struct soter_dev_reply out = { .serial = claimed_serial(request) };
	struct soter_dev_request x;

	out.code = SOTER_E_TEE_ARGUMENT;
	if (soter_dev_request_parse(&x, request) == SOTER_OK)
		out.code = soterd_call(who, &x, body);
	if (out.code == SOTER_OK)
		out.body = soter_written(body);
	return (out);
}

void
soterd_serve_one(struct soterd_peer *peer)
{
	uint8_t request[SOTER_DEV_REQUEST_MAX], bytes[SOTER_DEV_REPLY_MAX];
	uint8_t reply[SOTER_DEV_REPLY_MAX];
	size_t n;

	while (wait_request(peer) && receive_request(peer->fd, request, &n)) {
		struct soter_writer body = soter_writer(bytes, sizeof(bytes));
		struct soter_writer w = soter_writer(reply, sizeof(reply));
		struct soter_dev_reply x =
		    answer(&peer->who, soter_span(request, n), &body);

		if (soter_dev_reply_write(&w, &x) != SOTER_OK ||
		    !send_all(peer->fd, soter_written(&w)))
			break;
		soterd_peers_rest(peer);
	}
}

/* ---- all of them --------------------------------------------------------- */

static void *
thread(void *arg)
{
	soterd_serve_one(arg);
	soterd_peers_leave(arg);
	return (NULL);
}

static bool
begin(struct soterd_peer *p)
{
	pthread_attr_t attr;
	pthread_t id;
	bool ok;

	if (pthread_attr_init(&attr) != 0)
		return (false);
	ok = pthread_attr_setstacksize(&attr, SOTERD_STACK) == 0 &&
	    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) == 0 &&
	    pthread_create(&id, &attr, thread, p) == 0;
	pthread_attr_destroy(&attr);
	return (ok);
}

static void
welcome(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);
	struct soterd_peer *p = NULL;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 &&
	    n == sizeof(peer))
		p = soterd_peers_enter(fd,
		    (struct soterd_caller){ peer.uid, peer.pid });
	if (p == NULL)
		close(fd);
	else if (!begin(p))
		soterd_peers_leave(p);
}

enum soter_rc
soterd_serve(int listener, int stop)
{
	struct pollfd p[] = { { listener, POLLIN, 0 }, { stop, POLLIN, 0 } };

	for (;;) {
		int fd;

		if (poll(p, SOTER_COUNT(p), -1) < 0 && errno != EINTR)
			return (SOTER_E_NOMEM);
		if (p[1].revents != 0)
			break;
		if (p[0].revents == 0)
			continue;
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			welcome(fd);
		else if (errno == EMFILE || errno == ENFILE ||
		    errno == ENOMEM || errno == ENOBUFS)
			poll(NULL, 0, 100); /* somebody will leave */
	}
	soterd_peers_end();
	return (SOTER_OK);
}
