/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "net/counted.h"
#include "net/link.h"

/* ---- beginning and end -----------------------------------------------------
 */

struct net_link *
net_link_new(int fd, const BIO_METHOD *method, SSL_CTX *context,
    struct net_party *party)
{
	struct net_link *l = calloc(1, sizeof(*l));

	if (l == NULL)
		goto out;
	l->stream = (struct net_stream){ fd, true, true, false };
	l->stage = NET_LINK_SHAKING;
	l->due.owner = l;
	if (context != NULL &&
	    (l->ssl = net_tls_new(context, method, &l->stream)) == NULL)
		goto out;
	l->party = party;
	return (l);
out:
	free(l);
	net_party_drop(party);
	close(fd);
	return (NULL);
}

void
net_link_free(struct net_link *l)
{
	if (l->stage == NET_LINK_OPEN)
		net_conn_end(&l->conn);
	net_due_clear(&l->due);
	SSL_free(l->ssl);
	close(l->stream.fd);
	net_party_drop(l->party);
	free(l);
}

void
net_link_begin(struct net_link *l, struct net_world *w, size_t body_max,
    unsigned app)
{
	l->conn.world = w;
	l->conn.body_max = body_max;
	l->conn.app = app;
	if (l->ssl != NULL) {
		net_due_set(&l->due, &w->dues[NET_DUE_HANDSHAKE], w->now_ms);
		return;
	}
	l->stage = NET_LINK_OPEN;
	net_conn_begin(&l->conn, w, l->party, body_max, app, l);
}

/* ---- TLS -------------------------------------------------------------------
 */

/* Did the library only stop because the socket has no more? */
static bool
is_waiting(struct net_link *l, int rc)
{
	int e = SSL_get_error(l->ssl, rc);

	return (e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE);
}

static void
log_failure(struct net_link *l)
{
	const char *why = ERR_reason_error_string(ERR_peek_error());

	net_count(l->conn.world->tally, NET_N_TLS_FAILED, 1);
	net_world_log(l->conn.world, NET_LOG_INFO, "tls_failed",
	    (const struct net_field[]){
		net_text("why",
		    soter_text(why == NULL ? "connection ended" : why)),
		net_text("peer", l->party->peer.address) },
	    2);
}

static bool
shake(struct net_link *l)
{
	int rc;

	ERR_clear_error();
	rc = SSL_do_handshake(l->ssl);
	if (rc != 1) {
		if (is_waiting(l, rc))
			return (true);
		log_failure(l);
		return (false);
	}
	if (SSL_session_reused(l->ssl))
		net_count(l->conn.world->tally, NET_N_RESUMED, 1);
	net_tls_peer(l->ssl, l->party);
	net_due_clear(&l->due);
	l->stage = NET_LINK_OPEN;
	net_conn_begin(&l->conn, l->conn.world, l->party, l->conn.body_max,
	    l->conn.app, l);
	return (true);
}

/* Like recv(): 0 at the end, -1 with EAGAIN if there is nothing. */
static ssize_t
tls_read(struct net_link *l, uint8_t *bytes, size_t n)
{
	int got;

	ERR_clear_error();
	got = SSL_read(l->ssl, bytes, (int)n);
	if (got > 0)
		return (got);
	switch (SSL_get_error(l->ssl, got)) {
	case SSL_ERROR_ZERO_RETURN:
		return (0);
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		errno = EAGAIN;
		return (-1);
	default:
		errno = ECONNRESET;
		return (-1);
	}
}

static ssize_t
tls_write(struct net_link *l, const uint8_t *bytes, size_t n)
{
	int sent;

	ERR_clear_error();
	sent = SSL_write(l->ssl, bytes, n > INT32_MAX ? INT32_MAX : (int)n);
	if (sent > 0)
		return (sent);
	errno = is_waiting(l, sent) ? EAGAIN : ECONNRESET;
	return (-1);
}

/* ---- reading and writing ---------------------------------------------------
 */

static ssize_t
read_some(struct net_link *l, uint8_t *bytes, size_t n)
{
	return (l->ssl != NULL ? tls_read(l, bytes, n)
			       : net_stream_read(&l->stream, bytes, n));
}

static ssize_t
write_some(struct net_link *l, const uint8_t *bytes, size_t n)
{
	return (l->ssl != NULL ? tls_write(l, bytes, n)
			       : net_stream_write(&l->stream, bytes, n));
}

/* Is there anything to ask for: in the socket, or in the library? */
static bool
can_read(const struct net_link *l)
{
	return (l->stream.can_read ||
	    (l->ssl != NULL && SSL_has_pending(l->ssl) == 1));
}

/* False: the connection has failed. */
static bool
take_input(struct net_link *l, uint8_t *scratch)
{
	size_t taken = 0;

	while (
	    taken < NET_TURN_MAX && net_conn_wants(&l->conn) && can_read(l)) {
		ssize_t n = read_some(l, scratch, NET_READ_MAX);

		if (n < 0)
			return (errno == EAGAIN);
		if (n == 0) {
			net_conn_end_of_input(&l->conn);
			return (true);
		}
		net_count(l->conn.world->tally, NET_N_RECEIVED, n);
		net_conn_input(&l->conn, soter_span(scratch, (size_t)n));
		explicit_bzero(scratch, (size_t)n);
		taken += (size_t)n;
	}
	return (true);
}

static bool
give_output(struct net_link *l)
{
	struct soter_span out;

	while ((out = net_conn_output(&l->conn)).n > 0) {
		ssize_t n = write_some(l, out.p, out.n);

		if (n < 0 && errno != EAGAIN)
			return (false);
		if (n > 0)
			net_count(l->conn.world->tally, NET_N_SENT, n);
		net_conn_sent(&l->conn, n > 0 ? (size_t)n : 0);
		if (n < 0)
			break;
	}
	return (true);
}

/* ---- the last moment --------------------------------------------------------
 */

static bool
linger(struct net_link *l, uint8_t *scratch)
{
	ssize_t n = 0;

	while (l->lingered < NET_LINGER_MAX &&
	    (n = net_stream_read(&l->stream, scratch, NET_READ_MAX)) > 0)
		l->lingered += (size_t)n;
	return (n < 0 && errno == EAGAIN && l->lingered < NET_LINGER_MAX);
}

static bool
say_goodbye(struct net_link *l, uint8_t *scratch)
{
	struct net_world *w = l->conn.world;
	/* Who was told that it is the end may not have read it yet. */
	bool is_rude = l->conn.is_broken;
	bool has_end = l->conn.at_end || !l->conn.is_last;

	net_conn_end(&l->conn);
	l->stage = NET_LINK_LINGERING;
	if (is_rude)
		return (false);
	if (l->ssl != NULL) {
		ERR_clear_error();
		(void)SSL_shutdown(l->ssl);
	}
	if (has_end || shutdown(l->stream.fd, SHUT_WR) != 0)
		return (false);
	net_due_set(&l->due, &w->dues[NET_DUE_LINGER], w->now_ms);
	return (linger(l, scratch));
}

/* ---- what the loop calls
 * ----------------------------------------------------- */

bool
net_link_drive(struct net_link *l, uint8_t *scratch)
{
	if (l->stage == NET_LINK_LINGERING)
		return (linger(l, scratch));
	if (l->stage == NET_LINK_SHAKING) {
		if (!shake(l))
			return (false);
		if (l->stage == NET_LINK_SHAKING)
			return (true);
	}
	net_conn_go_on(&l->conn);
	if (!take_input(l, scratch) || !give_output(l))
		return (false);
	if (net_conn_is_over(&l->conn))
		return (say_goodbye(l, scratch));
	return (true);
}

bool
net_link_has_more(const struct net_link *l)
{
	return (l->stage == NET_LINK_OPEN &&
	    ((net_conn_wants(&l->conn) && can_read(l)) ||
		(l->stream.can_write && net_conn_output(&l->conn).n > 0)));
}

bool
net_link_late(struct net_link *l, enum net_due_kind kind, uint8_t *scratch)
{
	if (kind == NET_DUE_HANDSHAKE || kind == NET_DUE_LINGER) {
		net_count(l->conn.world->tally, NET_N_LATE + kind, 1);
		return (false);
	}
	net_conn_late(&l->conn, kind);
	/* Who has said nothing for so long is not waited for either. */
	if (kind == NET_DUE_IDLE)
		return (false);
	return (net_link_drive(l, scratch));
}
