/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "teehost/call.h"
#include "teehost/link.h"

struct teehost_link {
	int fd;
	uint32_t serial;
	bool is_dead;
};

/* Send everything, in order; false if the other end is gone. */
static bool
send_all(int fd, struct soter_span bytes)
{
	struct soter_reader r = soter_reader(bytes);
	struct soter_span gone;

	while (r.left > 0) {
		ssize_t sent = send(fd, r.p, r.left, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 ||
		    soter_read_span(&r, (size_t)sent, &gone) != SOTER_OK)
			return (false);
	}
	return (true);
}

static bool
send_message(int fd, const struct soter_teemsg *x)
{
	uint8_t head[SOTER_TEEMSG_HEAD_MAX];
	struct soter_writer w = soter_writer(head, sizeof(head));

	if (soter_teemsg_write_head(&w, x) != SOTER_OK ||
	    !send_all(fd, soter_written(&w)))
		return (false);
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++)
		if (!send_all(fd, x->params[i].data))
			return (false);
	return (true);
}

/* Nothing came for so long: ask the other TA, once, to come to an end. */
static void
wait_or_cancel(const struct teehost_link *link, uint32_t timeout_ms)
{
	const struct soter_teemsg x = { .kind = SOTER_TEEMSG_CANCEL,
		.serial = link->serial };
	struct pollfd p = { .fd = link->fd, .events = POLLIN };

	if (timeout_ms > INT32_MAX || poll(&p, 1, (int)timeout_ms) != 0)
		return;
	(void)send_message(link->fd, &x);
}

static bool
receive_all(int fd, uint8_t *p, size_t n)
{
	struct soter_writer w = soter_writer(p, n);

	while (w.len < n) {
		ssize_t got = recv(fd, w.p + w.len, n - w.len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return (false);
		w.len += (size_t)got;
	}
	return (true);
}

/* Receive a message into memory of its own. */
static TEE_Result
receive_message(int fd, uint8_t **bytes, size_t *len)
{
	uint8_t begin[4];

	if (!receive_all(fd, begin, sizeof(begin)))
		return (TEE_ERROR_TARGET_DEAD);
	if (soter_teemsg_len(soter_span(begin, sizeof(begin)), len) != SOTER_OK)
		return (TEE_ERROR_COMMUNICATION);
	*bytes = malloc(*len);
	if (*bytes == NULL)
		return (TEE_ERROR_OUT_OF_MEMORY);
	soter_copy(*bytes, begin, sizeof(begin));
	if (!receive_all(fd, *bytes + sizeof(begin), *len - sizeof(begin)))
		return (TEE_ERROR_TARGET_DEAD);
	return (TEE_SUCCESS);
}

/* Is it an answer to this call?  Then its outputs are taken over. */
static TEE_Result
answer(struct teehost_link *link, struct soter_span in, uint32_t types,
    TEE_Param params[TEE_NUM_PARAMS], uint32_t *origin)
{
	struct soter_teemsg reply;

	if (soter_teemsg_parse(&reply, in) != SOTER_OK ||
	    reply.kind != SOTER_TEEMSG_REPLY || reply.serial != link->serial)
		return (TEE_ERROR_COMMUNICATION);
	if (reply.origin == TEE_ORIGIN_TRUSTED_APP &&
	    !teehost_call_take(params, types, &reply))
		return (TEE_ERROR_COMMUNICATION);
	*origin = reply.origin;
	return (reply.result);
}

static TEE_Result
exchange(struct teehost_link *link, struct soter_teemsg *x, uint32_t timeout_ms,
    uint32_t types, TEE_Param params[TEE_NUM_PARAMS], uint32_t *origin)
{
	uint8_t *bytes = NULL;
	TEE_Result result;
	size_t len = 0;

	*origin = TEE_ORIGIN_TEE;
	if (link->is_dead)
		return (TEE_ERROR_TARGET_DEAD);
	x->serial = ++link->serial;
	teehost_call_request(x, types, params);
	for (size_t i = 0; i < TEE_NUM_PARAMS; i++)
		if (x->params[i].size > SOTER_TEE_MEMREF_MAX)
			return (TEE_ERROR_EXCESS_DATA);
	/* It may have answered before it was gone. */
	link->is_dead = !send_message(link->fd, x);
	wait_or_cancel(link, timeout_ms);
	result = receive_message(link->fd, &bytes, &len);
	if (result != TEE_SUCCESS)
		link->is_dead = true;
	else
		result =
		    answer(link, soter_span(bytes, len), types, params, origin);
	if (bytes != NULL)
		explicit_bzero(bytes, len);
	free(bytes);
	return (result);
}

TEE_Result
teehost_link_open(struct teehost_link **out, int fd, uint32_t timeout_ms,
    uint32_t types, TEE_Param params[TEE_NUM_PARAMS], uint32_t *origin)
{
	struct soter_teemsg x = { .kind = SOTER_TEEMSG_OPEN };
	struct teehost_link *link;
	TEE_Result result;

	*origin = TEE_ORIGIN_TEE;
	link = calloc(1, sizeof(*link));
	if (link == NULL) {
		close(fd);
		return (TEE_ERROR_OUT_OF_MEMORY);
	}
	link->fd = fd;
	result = exchange(link, &x, timeout_ms, types, params, origin);
	if (result == TEE_SUCCESS)
		*out = link;
	else
		teehost_link_close(&link);
	return (result);
}

TEE_Result
teehost_link_invoke(struct teehost_link *link, uint32_t timeout_ms,
    uint32_t command, uint32_t types, TEE_Param params[TEE_NUM_PARAMS],
    uint32_t *origin)
{
	struct soter_teemsg x = { .kind = SOTER_TEEMSG_INVOKE,
		.command = command };

	return (exchange(link, &x, timeout_ms, types, params, origin));
}

void
teehost_link_close(struct teehost_link **link)
{
	uint8_t byte;

	if (*link == NULL)
		return;
	if (!(*link)->is_dead && shutdown((*link)->fd, SHUT_WR) == 0)
		while (recv((*link)->fd, &byte, 1, 0) < 0 && errno == EINTR)
			;
	close((*link)->fd);
	free(*link);
	*link = NULL;
}
