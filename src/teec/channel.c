/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "teec/channel.h"

#define PATIENCE_MS  5000 /* for a queue that is full, and for a last word */
#define RETRY_MS     10
#define MESSAGES_MAX 2 /* sent in one call: HELLO and OPEN */

static TEEC_Result
connect_error(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
		return (TEEC_ERROR_ITEM_NOT_FOUND);
	case EACCES:
	case EPERM:
		return (TEEC_ERROR_ACCESS_DENIED);
	case EAGAIN:
		return (TEEC_ERROR_BUSY);
	default:
		return (TEEC_ERROR_COMMUNICATION);
	}
}

/* Not for ever: a manager that was stopped has a full queue. */
static int
connect_patiently(int fd, const struct sockaddr_un *to)
{
	const struct timespec pause = { .tv_nsec = RETRY_MS * 1000000L };

	for (int waited = 0;; waited += RETRY_MS) {
		if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0)
			return (0);
		if (errno != EINTR && (errno != EAGAIN || waited > PATIENCE_MS))
			return (errno);
		if (errno == EAGAIN)
			nanosleep(&pause, NULL);
	}
}

TEEC_Result
teec_channel_connect(int *fd, const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	int s, error;

	if (path[0] != '/' || n >= sizeof(to.sun_path))
		return (TEEC_ERROR_BAD_PARAMETERS);
	memcpy(to.sun_path, path, n);
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s == -1)
		return (TEEC_ERROR_OUT_OF_MEMORY);
	error = connect_patiently(s, &to);
	if (error == 0 && fcntl(s, F_SETFL, 0) == -1)
		error = errno;
	if (error != 0) {
		close(s);
		return (connect_error(error));
	}
	*fd = s;
	return (TEEC_SUCCESS);
}

/* Take n bytes off the front of what is still to be sent. */
static void
advance(struct msghdr *message, size_t n)
{
	while (message->msg_iovlen > 0 && n >= message->msg_iov->iov_len) {
		n -= message->msg_iov->iov_len;
		message->msg_iov++;
		message->msg_iovlen--;
	}
	if (message->msg_iovlen > 0) {
		message->msg_iov->iov_base =
		    (uint8_t *)message->msg_iov->iov_base + n;
		message->msg_iov->iov_len -= n;
	}
}

static bool
send_all(int fd, struct iovec *parts, size_t n)
{
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = n };

	while (message.msg_iovlen > 0) {
		ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);

		if (sent >= 0)
			advance(&message, (size_t)sent);
		else if (errno != EINTR)
			return (false);
	}
	return (true);
}

bool
teec_channel_send(int fd, const struct soter_teemsg *messages, size_t n)
{
	uint8_t heads[MESSAGES_MAX * SOTER_TEEMSG_HEAD_MAX];
	struct iovec parts[MESSAGES_MAX * (1 + SOTER_TEE_PARAMS)];
	struct soter_writer w = soter_writer(heads, sizeof(heads));
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		size_t begin = w.len;

		if (used + 1 + SOTER_TEE_PARAMS > SOTER_COUNT(parts) ||
		    soter_teemsg_write_head(&w, &messages[i]) != SOTER_OK)
			return (false);
		parts[used++] = (struct iovec){ heads + begin, w.len - begin };
		for (size_t k = 0; k < SOTER_TEE_PARAMS; k++) {
			struct soter_span data = messages[i].params[k].data;

			if (data.n > 0)
				parts[used++] =
				    (struct iovec){ (void *)(uintptr_t)data.p,
					    data.n };
		}
	}
	return (send_all(fd, parts, used));
}

void
teec_channel_try(int fd, const struct soter_teemsg *message)
{
	uint8_t bytes[SOTER_TEEMSG_HEAD_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	if (soter_teemsg_write(&w, message) == SOTER_OK)
		(void)send(fd, bytes, w.len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Receive until n bytes are there; *have is how many are. */
static bool
fill(int fd, uint8_t *p, size_t n, size_t room, size_t *have)
{
	while (*have < n) {
		ssize_t got = recv(fd, p + *have, room - *have, 0);

		if (got > 0)
			*have += (size_t)got;
		else if (got == 0 || errno != EINTR)
			return (false);
	}
	return (true);
}

TEEC_Result
teec_channel_receive(int fd, size_t max, struct teec_received *out)
{
	uint8_t *p = out->small;
	size_t have = 0, len;

	out->large = NULL;
	if (!fill(fd, p, 4, sizeof(out->small), &have))
		return (TEEC_ERROR_TARGET_DEAD);
	if (soter_teemsg_len(soter_span(p, have), &len) != SOTER_OK ||
	    len > max)
		return (TEEC_ERROR_COMMUNICATION);
	if (len > sizeof(out->small)) {
		out->large = malloc(len);
		if (out->large == NULL)
			return (TEEC_ERROR_OUT_OF_MEMORY);
		soter_copy(out->large, p, have);
		p = out->large;
	}
	if (!fill(fd, p, len, len, &have)) {
		teec_channel_done(out);
		return (TEEC_ERROR_TARGET_DEAD);
	}
	/* One question, one answer: nothing may follow. */
	if (soter_teemsg_parse(&out->x, soter_span(p, have)) != SOTER_OK) {
		teec_channel_done(out);
		return (TEEC_ERROR_COMMUNICATION);
	}
	return (TEEC_SUCCESS);
}

void
teec_channel_done(struct teec_received *received)
{
	free(received->large);
	received->large = NULL;
}

/*
 * A TA that takes one session at a time must have closed this one before the
 * caller opens the next: the end of the connection says that it has.
 */
void
teec_channel_close(int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };
	uint8_t byte;

	if (shutdown(fd, SHUT_WR) == 0 && poll(&end, 1, PATIENCE_MS) == 1)
		(void)recv(fd, &byte, 1, MSG_DONTWAIT);
	close(fd);
}
