/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bytes of one client, in pieces of any size, through a connection of a
 * TA's process.
 *
 * Property: what it hands out are the messages of the stream, in their order,
 * CANCELs that belong to no call left out, however the stream was cut; after
 * the first that is wrong there is none any more.  Nothing is left behind.
 *
 * The first byte says how large the pieces are.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "teehost/conn.h"

static struct teehost_conns all;

/* The next message of the stream that is no CANCEL; false: no whole one. */
static bool
next(struct soter_reader *stream, struct soter_teemsg *x)
{
	struct soter_span one;
	size_t len;

	while (soter_teemsg_len(soter_span(stream->p, stream->left), &len) ==
		SOTER_OK &&
	    soter_read_span(stream, len, &one) == SOTER_OK &&
	    soter_teemsg_parse(x, one) == SOTER_OK)
		if (x->kind != SOTER_TEEMSG_CANCEL)
			return (true);
	return (false);
}

static void
same(const struct soter_teemsg *a, const struct soter_teemsg *b)
{
	MUST(a->kind == b->kind && a->serial == b->serial);
	MUST(a->command == b->command && a->types == b->types);
	MUST(a->result == b->result && a->origin == b->origin);
	for (size_t i = 0; i < SOTER_TEE_PARAMS; i++) {
		MUST(a->params[i].a == b->params[i].a);
		MUST(a->params[i].b == b->params[i].b);
		MUST(a->params[i].size == b->params[i].size);
		MUST(soter_span_equal(a->params[i].data, b->params[i].data));
	}
}

/* One message, or none.  A length that was cut is read before the rest. */
static enum soter_rc
receive(struct teehost_conn *conn, struct soter_teemsg *x)
{
	enum soter_rc rc = SOTER_E_SHORT;
	size_t before;

	do {
		before = conn->in_n;
		rc = teehost_conn_receive(conn, &all, 1, x);
	} while (rc == SOTER_E_SHORT && conn->in_n != before);
	return (rc);
}

/* Receive what is there.  false: the connection is over. */
static bool
take(struct teehost_conn *conn, struct soter_reader *stream)
{
	struct soter_teemsg got, want;
	enum soter_rc rc;

	while ((rc = receive(conn, &got)) == SOTER_OK) {
		if (got.kind != SOTER_TEEMSG_CANCEL) {
			MUST(next(stream, &want));
			same(&got, &want);
		}
		(void)teehost_conn_is_cancelled(conn);
		if (teehost_conn_end(conn, &all) != SOTER_OK)
			return (false);
	}
	MUST(rc == SOTER_E_SHORT || rc == SOTER_E_FORMAT ||
	    rc == SOTER_E_READ || rc == SOTER_E_FULL);
	return (rc == SOTER_E_SHORT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soter_reader left, stream;
	struct teehost_conn *conn = NULL;
	struct soter_span piece;
	size_t n;
	int pair[2];

	if (size < 2 || size > 16384)
		return (0);
	n = data[0] + 1u;
	left = stream = soter_reader(soter_span(data + 1, size - 1));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	MUST(teehost_conn_new(&conn, &all, pair[0], 1, 0) == SOTER_OK);
	while (left.left > 0) {
		MUST(soter_read_span(&left, n < left.left ? n : left.left,
			 &piece) == SOTER_OK);
		MUST(send(pair[1], piece.p, piece.n, MSG_NOSIGNAL) ==
		    (ssize_t)piece.n);
		if (!take(conn, &stream))
			break;
	}
	teehost_conn_free(&conn, &all);
	close(pair[1]);
	MUST(all.n == 0 && all.parked == 0);
	return (0);
}
