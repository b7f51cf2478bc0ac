/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <tee_internal_api.h>

#include "teehost/conn.h"

#define LENGTH_LEN 4
#define CANCEL_LEN 12

static void
refuse(int fd, uint32_t serial, uint32_t result, uint32_t origin)
{
	const struct soter_teemsg x = { .kind = SOTER_TEEMSG_REPLY,
		.serial = serial,
		.result = result,
		.origin = origin };
	uint8_t bytes[SOTER_TEEMSG_HEAD_MAX];
	struct soter_writer w = soter_writer(bytes, sizeof(bytes));

	if (soter_teemsg_write(&w, &x) == SOTER_OK)
		(void)send(fd, bytes, w.len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Bytes of large buffers that connections of this uid hold, or of every uid. */
static size_t
large(const struct teehost_conns *all, uint32_t uid, bool every)
{
	size_t sum = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct teehost_conn *c = all->list[i];

		if (!every && c->uid != uid)
			continue;
		if (c->in_room > TEEHOST_CONN_LARGE)
			sum += c->in_room;
		if (c->out_n > TEEHOST_CONN_LARGE)
			sum += c->out_n;
	}
	return (sum);
}

static bool
has_room(const struct teehost_conns *all, uint32_t uid, size_t n)
{
	if (n <= TEEHOST_CONN_LARGE)
		return (true);
	if (large(all, uid, false) > TEEHOST_CONNS_UID_LARGE_MAX - n)
		return (false);
	return (large(all, 0, true) <= TEEHOST_CONNS_LARGE_MAX - n);
}

static size_t
count(const struct teehost_conns *all, uint32_t uid)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += all->list[i]->uid == uid;
	return (n);
}

static void
set_deadline(struct teehost_conn *conn, struct teehost_conns *all,
    uint64_t deadline_ms)
{
	conn->deadline_ms = deadline_ms;
	all->has_deadlines = true;
}

enum soter_rc
teehost_conn_new(struct teehost_conn **out, struct teehost_conns *all, int fd,
    uint32_t uid, uint64_t now_ms)
{
	struct teehost_conn *conn = NULL;
	enum soter_rc rc = SOTER_E_FULL;

	if (all->n == TEEHOST_CONNS_MAX ||
	    count(all, uid) >= TEEHOST_CONNS_UID_MAX) {
		teehost_conn_refuse(fd, TEE_ERROR_BUSY, TEE_ORIGIN_TEE);
		goto out;
	}
	rc = SOTER_E_NOMEM;
	conn = calloc(1, sizeof(*conn));
	if (conn == NULL)
		goto out;
	conn->fd = fd;
	conn->uid = uid;
	conn->served = all->served;
	set_deadline(conn, all, now_ms + TEEHOST_CONN_OPEN_MS);
	all->list[all->n++] = conn;
	*out = conn;
	return (SOTER_OK);
out:
	close(fd);
	return (rc);
}

static void
drop(uint8_t **buffer, size_t n)
{
	if (*buffer != NULL)
		explicit_bzero(*buffer, n);
	free(*buffer);
	*buffer = NULL;
}

void
teehost_conn_free(struct teehost_conn **conn, struct teehost_conns *all)
{
	struct teehost_conn *c = *conn;

	if (c == NULL)
		return;
	for (size_t i = 0; i < all->n; i++) {
		if (all->list[i] != c)
			continue;
		all->list[i] = all->list[--all->n];
		break;
	}
	if (c->is_parked)
		all->parked--;
	close(c->fd);
	drop(&c->in, c->in_room);
	drop(&c->out, c->out_n);
	free(c);
	*conn = NULL;
}

/* Receive up to n bytes; SOTER_E_SHORT if none is there now. */
static enum soter_rc
receive(const struct teehost_conn *conn, uint8_t *p, size_t n, size_t *got)
{
	ssize_t r;

	do
		r = recv(conn->fd, p, n, MSG_DONTWAIT);
	while (r < 0 && errno == EINTR);
	if (r > 0) {
		*got = (size_t)r;
		return (SOTER_OK);
	}
	if (r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return (SOTER_E_SHORT);
	return (SOTER_E_READ);
}

static void
unpark(struct teehost_conn *conn, struct teehost_conns *all)
{
	if (conn->is_parked)
		all->parked--;
	conn->is_parked = false;
}

/* The system has no memory for this request: its client hears of it. */
static void
refuse_memory(const struct teehost_conn *conn)
{
	struct soter_reader r = soter_reader(soter_span(conn->in, conn->in_n));
	uint32_t len, kind, serial;

	if (soter_read_le32(&r, &len) == SOTER_OK &&
	    soter_read_le32(&r, &kind) == SOTER_OK &&
	    soter_read_le32(&r, &serial) == SOTER_OK)
		refuse(conn->fd, serial, TEE_ERROR_OUT_OF_MEMORY,
		    TEE_ORIGIN_TEE);
}

/* Make room for n bytes of a request, of which some are there. */
static enum soter_rc
grow(struct teehost_conn *conn, struct teehost_conns *all, size_t n)
{
	uint8_t *bigger;

	if (n <= conn->in_room)
		return (SOTER_OK);
	if (!has_room(all, conn->uid, n)) {
		if (!conn->is_parked)
			all->parked++;
		conn->is_parked = true;
		return (SOTER_E_FULL);
	}
	unpark(conn, all);
	bigger = malloc(n);
	if (bigger == NULL) {
		refuse_memory(conn);
		return (SOTER_E_READ);
	}
	soter_copy(bigger, conn->in, conn->in_n);
	drop(&conn->in, conn->in_room);
	conn->in = bigger;
	conn->in_room = n;
	return (SOTER_OK);
}

/* How long is the request?  SOTER_E_SHORT: nobody can tell yet. */
static enum soter_rc
request_len(struct soter_span begin, size_t *len)
{
	enum soter_rc rc = soter_teemsg_len(begin, len);

	return (rc == SOTER_E_LIMIT ? SOTER_E_FORMAT : rc);
}

/* A CANCEL that comes after the reply means nothing. */
static void
skip_cancels(struct soter_reader *r)
{
	struct soter_reader next = *r;
	struct soter_teemsg x;
	struct soter_span one;

	while (soter_read_span(&next, CANCEL_LEN, &one) == SOTER_OK &&
	    soter_teemsg_parse(&x, one) == SOTER_OK &&
	    x.kind == SOTER_TEEMSG_CANCEL)
		*r = next;
}

/* Keep the beginning of a request; the rest of it has to wait. */
static enum soter_rc
keep_begin(struct teehost_conn *conn, struct teehost_conns *all,
    struct soter_span begin)
{
	if (begin.n == 0)
		return (SOTER_E_SHORT);
	TRY(grow(conn, all, begin.n > LENGTH_LEN ? begin.n : LENGTH_LEN));
	soter_copy(conn->in, begin.p, begin.n);
	conn->in_n = begin.n;
	return (SOTER_E_SHORT);
}

/*
 * The first bytes of a request: nearly always all of it, and then it is never
 * copied.
 */
static enum soter_rc
receive_first(struct teehost_conn *conn, struct teehost_conns *all,
    struct soter_span *request)
{
	size_t got, len, late_n = conn->late_n;
	struct soter_span found, late;
	struct soter_reader r;
	enum soter_rc rc;

	TRY(receive(conn, all->scratch + late_n, sizeof(all->scratch) - late_n,
	    &got));
	soter_copy(all->scratch, conn->late, late_n);
	conn->late_n = 0;
	all->scratch_n = late_n + got;
	r = soter_reader(soter_span(all->scratch, all->scratch_n));
	skip_cancels(&r);
	rc = request_len(soter_span(r.p, r.left), &len);
	if (rc == SOTER_E_SHORT || (rc == SOTER_OK && r.left < len))
		return (keep_begin(conn, all, soter_span(r.p, r.left)));
	TRY(rc);
	TRY(soter_read_span(&r, len, &found));
	if (r.left > sizeof(conn->late))
		return (SOTER_E_FORMAT);
	conn->late_n = r.left;
	TRY(soter_read_span(&r, r.left, &late));
	soter_copy(conn->late, late.p, late.n);
	*request = found;
	return (SOTER_OK);
}

/* More of it. */
static enum soter_rc
receive_more(struct teehost_conn *conn, struct teehost_conns *all,
    struct soter_span *request)
{
	size_t got, len = LENGTH_LEN;
	enum soter_rc rc;

	rc = request_len(soter_span(conn->in, conn->in_n), &len);
	if (rc != SOTER_OK && rc != SOTER_E_SHORT)
		return (rc);
	TRY(grow(conn, all, len));
	TRY(receive(conn, conn->in + conn->in_n, len - conn->in_n, &got));
	conn->in_n += got;
	if (rc != SOTER_OK || conn->in_n < len)
		return (SOTER_E_SHORT);
	*request = soter_span(conn->in, len);
	return (SOTER_OK);
}

/* Look at what came behind the request: nothing but CANCEL may. */
static void
look_at_late(struct teehost_conn *conn)
{
	struct soter_reader r =
	    soter_reader(soter_span(conn->late, conn->late_n));
	struct soter_span one;
	struct soter_teemsg x;

	while (soter_read_span(&r, CANCEL_LEN, &one) == SOTER_OK) {
		if (soter_teemsg_parse(&x, one) != SOTER_OK ||
		    x.kind != SOTER_TEEMSG_CANCEL)
			conn->is_wrong = true;
		else if (x.serial == conn->serial)
			conn->is_cancelled = true;
	}
	memmove(conn->late, r.p, r.left);
	conn->late_n = r.left;
}

enum soter_rc
teehost_conn_receive(struct teehost_conn *conn, struct teehost_conns *all,
    uint64_t now_ms, struct soter_teemsg *x)
{
	struct soter_span request;
	enum soter_rc rc;

	rc = conn->in == NULL ? receive_first(conn, all, &request)
			      : receive_more(conn, all, &request);
	if (rc == SOTER_E_FULL && conn->is_open)
		conn->deadline_ms = 0; /* it is we who keep it waiting */
	if (rc == SOTER_E_SHORT && conn->in != NULL && conn->deadline_ms == 0)
		set_deadline(conn, all, now_ms + TEEHOST_CONN_STALL_MS);
	if (rc != SOTER_OK)
		return (rc);
	conn->is_running = true;
	if (soter_teemsg_parse(x, request) != SOTER_OK)
		return (SOTER_E_FORMAT);
	conn->deadline_ms = 0;
	conn->serial = x->serial;
	conn->is_cancelled = false;
	look_at_late(conn);
	return (SOTER_OK);
}

bool
teehost_conn_is_cancelled(struct teehost_conn *conn)
{
	size_t got;
	enum soter_rc rc;

	if (conn->is_gone || conn->is_cancelled || conn->is_wrong)
		return (true);
	rc = receive(conn, conn->late + conn->late_n,
	    sizeof(conn->late) - conn->late_n, &got);
	if (rc == SOTER_OK) {
		conn->late_n += got;
		look_at_late(conn);
	} else if (rc == SOTER_E_READ) {
		conn->is_gone = true;
	}
	return (conn->is_gone || conn->is_cancelled || conn->is_wrong);
}

/* Keep what is left of the parts behind the first `sent` bytes. */
static enum soter_rc
keep_rest(struct teehost_conn *conn, struct teehost_conns *all, uint64_t now_ms,
    const struct iovec *parts, size_t n, size_t sent)
{
	struct soter_writer w;
	size_t rest = 0;

	for (size_t i = 0; i < n; i++)
		rest += parts[i].iov_len;
	rest -= sent;
	if (!has_room(all, conn->uid, rest))
		return (SOTER_E_NOMEM);
	conn->out = malloc(rest);
	if (conn->out == NULL)
		return (SOTER_E_NOMEM);
	conn->out_n = rest;
	conn->out_at = 0;
	set_deadline(conn, all, now_ms + TEEHOST_CONN_STALL_MS);
	w = soter_writer(conn->out, rest);
	for (size_t i = 0; i < n; i++) {
		struct soter_reader r = soter_reader(
		    soter_span(parts[i].iov_base, parts[i].iov_len));
		struct soter_span skipped, part;
		size_t skip = sent < r.left ? sent : r.left;

		TRY(soter_read_span(&r, skip, &skipped));
		TRY(soter_read_span(&r, r.left, &part));
		TRY(soter_write(&w, part));
		sent -= skip;
	}
	return (SOTER_OK);
}

/* As much as fits now; SOTER_OK with *sent 0 if nothing does. */
static enum soter_rc
send_parts(int fd, struct iovec *parts, size_t n, size_t *sent)
{
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = n };
	ssize_t r;

	do
		r = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
		return (SOTER_E_READ);
	*sent = r < 0 ? 0 : (size_t)r;
	return (SOTER_OK);
}

enum soter_rc
teehost_conn_reply(struct teehost_conn *conn, struct teehost_conns *all,
    uint64_t now_ms, struct soter_teemsg *x)
{
	uint8_t head[SOTER_TEEMSG_HEAD_MAX];
	struct soter_writer w = soter_writer(head, sizeof(head));
	struct iovec parts[1 + SOTER_TEE_PARAMS];
	size_t n = 0, sent, all_n;

	x->kind = SOTER_TEEMSG_REPLY;
	x->serial = conn->serial;
	TRY(soter_teemsg_write_head(&w, x));
	parts[n++] = (struct iovec){ head, w.len };
	all_n = w.len;
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++) {
		struct soter_span data = x->params[i].data;

		if (data.n == 0)
			continue;
		parts[n++] =
		    (struct iovec){ (void *)(uintptr_t)data.p, data.n };
		all_n += data.n;
	}
	TRY(send_parts(conn->fd, parts, n, &sent));
	if (sent == all_n)
		return (SOTER_OK);
	return (keep_rest(conn, all, now_ms, parts, n, sent));
}

enum soter_rc
teehost_conn_flush(struct teehost_conn *conn, struct teehost_conns *all,
    uint64_t now_ms)
{
	struct iovec rest;
	size_t sent;

	if (conn->out == NULL)
		return (SOTER_OK);
	rest = (struct iovec){ conn->out + conn->out_at,
		conn->out_n - conn->out_at };
	TRY(send_parts(conn->fd, &rest, 1, &sent));
	conn->out_at += sent;
	if (sent > 0)
		set_deadline(conn, all, now_ms + TEEHOST_CONN_STALL_MS);
	if (conn->out_at < conn->out_n)
		return (SOTER_E_SHORT);
	drop(&conn->out, conn->out_n);
	conn->out_n = 0;
	conn->deadline_ms = 0;
	return (SOTER_OK);
}

enum soter_rc
teehost_conn_end(struct teehost_conn *conn, struct teehost_conns *all)
{
	if (conn->in == NULL)
		explicit_bzero(all->scratch, all->scratch_n);
	drop(&conn->in, conn->in_room);
	conn->in_n = conn->in_room = 0;
	conn->is_running = false;
	if (conn->is_wrong)
		return (SOTER_E_FORMAT);
	return (conn->is_gone ? SOTER_E_READ : SOTER_OK);
}

struct teehost_conn *
teehost_conn_overdue(struct teehost_conns *all, uint64_t now_ms)
{
	all->has_deadlines = false;
	for (size_t i = 0; i < all->n; i++) {
		struct teehost_conn *conn = all->list[i];

		if (conn->deadline_ms == 0)
			continue;
		all->has_deadlines = true;
		if (conn->deadline_ms <= now_ms)
			return (conn);
	}
	return (NULL);
}

bool
teehost_conn_may_unpark(const struct teehost_conn *conn,
    const struct teehost_conns *all)
{
	size_t len;

	return (conn->is_parked && conn->in != NULL &&
	    soter_teemsg_len(soter_span(conn->in, conn->in_n), &len) ==
		SOTER_OK &&
	    has_room(all, conn->uid, len));
}

void
teehost_conn_refuse(int fd, uint32_t result, uint32_t origin)
{
	refuse(fd, 1, result, origin);
}
