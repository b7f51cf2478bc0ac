/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "teehost/control.h"

#define FDS_SPACE CMSG_SPACE(sizeof(int) * SOTER_TEECTL_FDS_MAX)

struct teehost_fds
teehost_fds_none(void)
{
	struct teehost_fds fds;

	for (size_t i = 0; i < SOTER_TEECTL_FDS_MAX; i++)
		fds.fd[i] = -1;
	return (fds);
}

void
teehost_fds_close(struct teehost_fds *fds)
{
	for (size_t i = 0; i < SOTER_TEECTL_FDS_MAX; i++)
		if (fds->fd[i] != -1)
			close(fds->fd[i]);
	*fds = teehost_fds_none();
}

int
teehost_fds_take(struct teehost_fds *fds, size_t i)
{
	int fd = fds->fd[i];

	fds->fd[i] = -1;
	return (fd);
}

enum soter_rc
teehost_control_pair(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return (SOTER_E_NOMEM);
	return (SOTER_OK);
}

static void
attach(struct msghdr *message, void *space, const int *fd, size_t n)
{
	struct cmsghdr *c;

	message->msg_control = space;
	message->msg_controllen = CMSG_SPACE(sizeof(int) * n);
	c = CMSG_FIRSTHDR(message);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * n);
	memcpy(CMSG_DATA(c), fd, sizeof(int) * n);
}

enum soter_rc
teehost_control_send(int socket, const struct soter_teectl *x, const int *fd,
    size_t n, bool wait)
{
	alignas(struct cmsghdr) uint8_t space[FDS_SPACE] = { 0 };
	uint8_t bytes[SOTER_TEECTL_LEN];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t sent;

	TRY(soter_teectl_write(&w, x));
	if (n > SOTER_TEECTL_FDS_MAX)
		return (SOTER_E_ARGUMENT);
	if (n > 0)
		attach(&message, space, fd, n);
	do
		sent = sendmsg(socket, &message,
		    MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
	while (sent < 0 && errno == EINTR);
	soter_wipe(bytes, sizeof(bytes));
	if (sent == (ssize_t)sizeof(bytes))
		return (SOTER_OK);
	/* Also too many descriptors that nobody has received yet. */
	if (sent < 0 &&
	    (errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS))
		return (SOTER_E_FULL);
	return (SOTER_E_READ);
}

/* The space holds SOTER_TEECTL_FDS_MAX; the kernel closes what is more. */
static void
detach(struct msghdr *message, struct teehost_fds *fds)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(message);
	size_t n;

	if (c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS || c->cmsg_len < CMSG_LEN(0))
		return;
	n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	if (n > SOTER_TEECTL_FDS_MAX)
		n = SOTER_TEECTL_FDS_MAX;
	memcpy(fds->fd, CMSG_DATA(c), n * sizeof(int));
}

enum soter_rc
teehost_control_receive(int socket, struct soter_teectl *x,
    struct teehost_fds *fds, bool wait)
{
	alignas(struct cmsghdr) uint8_t space[FDS_SPACE];
	uint8_t bytes[SOTER_TEECTL_LEN + 1];
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof(space) };
	enum soter_rc rc;
	ssize_t got;

	*fds = teehost_fds_none();
	do
		got = recvmsg(socket, &message,
		    MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
	while (got < 0 && errno == EINTR);
	if (got < 0 && errno == EAGAIN)
		return (SOTER_E_NOTFOUND);
	if (got <= 0)
		return (SOTER_E_READ);
	detach(&message, fds);
	rc = soter_teectl_parse(x, soter_span(bytes, (size_t)got));
	soter_wipe(bytes, sizeof(bytes));
	if (rc != SOTER_OK) {
		teehost_fds_close(fds);
		return (SOTER_E_FORMAT);
	}
	return (SOTER_OK);
}
