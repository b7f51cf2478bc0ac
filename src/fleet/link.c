/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <unistd.h>

#include "fleet/link.h"

struct fleet_tls {
	SSL_CTX *ctx;
	bool verifies, resumes;
};

/* ---- TLS ---------------------------------------------------------------- */

/* The last ticket is the one to come with: a link has one session at most. */
static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct fleet_link *l = SSL_get_app_data(ssl);

	SSL_SESSION_free(l->session);
	l->session = session;
	return (1); /* taken over */
}

static bool
load_files(SSL_CTX *ctx, const struct fleet_tls_how *how)
{
	if (how->ca != NULL &&
	    SSL_CTX_load_verify_locations(ctx, how->ca, NULL) != 1)
		return (false);
	if (how->cert == NULL)
		return (true);
	return (SSL_CTX_use_certificate_chain_file(ctx, how->cert) == 1 &&
	    SSL_CTX_use_PrivateKey_file(ctx, how->key, SSL_FILETYPE_PEM) == 1);
}

static void
set_modes(SSL_CTX *ctx, const struct fleet_tls_how *how)
{
	SSL_CTX_set_mode(ctx,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ctx, 1);
	/* Some leave without a farewell; the length tells what is whole. */
	SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_verify(ctx,
	    how->ca == NULL ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	if (how->resumes) {
		SSL_CTX_set_session_cache_mode(ctx,
		    SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
		SSL_CTX_sess_set_new_cb(ctx, keep_session);
	} else {
		SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	}
}

enum soter_rc
fleet_tls_new(struct fleet_tls **out, const struct fleet_tls_how *how)
{
	struct fleet_tls *tls = calloc(1, sizeof(*tls));
	enum soter_rc rc = SOTER_E_ENGINE;

	if (tls == NULL ||
	    (tls->ctx = SSL_CTX_new(TLS_client_method())) == NULL ||
	    SSL_CTX_set_min_proto_version(tls->ctx, TLS1_2_VERSION) != 1)
		goto out;
	rc = SOTER_E_READ;
	if (!load_files(tls->ctx, how))
		goto out;
	set_modes(tls->ctx, how);
	tls->verifies = how->ca != NULL;
	tls->resumes = how->resumes;
	*out = tls;
	tls = NULL;
	rc = SOTER_OK;
out:
	ERR_clear_error();
	fleet_tls_free(&tls);
	return (rc);
}

void
fleet_tls_free(struct fleet_tls **tls)
{
	if (*tls == NULL)
		return;
	SSL_CTX_free((*tls)->ctx);
	free(*tls);
	*tls = NULL;
}

/* What a call on it means that did not give what was asked for. */
static enum fleet_io
judge(struct fleet_link *l, int result)
{
	int why = SSL_get_error(l->ssl, result);
	int system = errno;

	ERR_clear_error();
	switch (why) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		l->wants_out = why == SSL_ERROR_WANT_WRITE;
		return (FLEET_IO_LATER);
	case SSL_ERROR_ZERO_RETURN:
		return (FLEET_IO_CLOSED);
	case SSL_ERROR_SYSCALL:
		/* 0 is an end without a farewell. */
		return (system == 0 ? FLEET_IO_CLOSED : FLEET_IO_BROKEN);
	default:
		return (FLEET_IO_BROKEN);
	}
}

/* An address has no SNI, and is compared with the addresses of a certificate.
 */
static bool
is_address(const char *name)
{
	uint8_t out[16];

	return (inet_pton(AF_INET, name, out) == 1 ||
	    inet_pton(AF_INET6, name, out) == 1);
}

static bool
set_name(SSL *ssl, const struct fleet_tls *tls, const char *name)
{
	if (is_address(name))
		return (!tls->verifies ||
		    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) ==
			1);
	if (SSL_set_tlsext_host_name(ssl, name) != 1)
		return (false);
	return (!tls->verifies || SSL_set1_host(ssl, name) == 1);
}

static bool
begin_tls(struct fleet_link *l, const struct fleet_target *target,
    struct fleet_tls *tls)
{
	SSL *ssl = SSL_new(tls->ctx);

	l->ssl = ssl;
	if (ssl == NULL || SSL_set_fd(ssl, l->fd) != 1 ||
	    !set_name(ssl, tls, target->name))
		return (false);
	SSL_set_app_data(ssl, l);
	SSL_set_connect_state(ssl);
	return (!tls->resumes || l->session == NULL ||
	    SSL_set_session(ssl, l->session) == 1);
}

/* ---- the link ----------------------------------------------------------- */

enum fleet_io
fleet_link_open(struct fleet_link *l, const struct fleet_target *target,
    struct fleet_tls *tls)
{
	int one = 1;

	l->fd = socket(target->at.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return (FLEET_IO_BROKEN);
	(void)setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	l->is_connected = false;
	l->wants_out = true;
	if (connect(l->fd, (const struct sockaddr *)&target->at,
		target->at_len) != 0 &&
	    errno != EINPROGRESS)
		return (FLEET_IO_BROKEN);
	if (target->is_tls && !begin_tls(l, target, tls))
		return (FLEET_IO_BROKEN);
	return (FLEET_IO_LATER);
}

static enum fleet_io
finish_connect(struct fleet_link *l)
{
	int failed = 0;
	socklen_t n = sizeof(failed);

	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &failed, &n) != 0 ||
	    failed != 0)
		return (FLEET_IO_BROKEN);
	l->is_connected = true;
	return (FLEET_IO_DONE);
}

enum fleet_io
fleet_link_shake(struct fleet_link *l)
{
	enum fleet_io io;
	int result;

	if (!l->is_connected && (io = finish_connect(l)) != FLEET_IO_DONE)
		return (io);
	l->wants_out = false;
	if (l->ssl == NULL)
		return (FLEET_IO_DONE);
	errno = 0;
	result = SSL_do_handshake(l->ssl);
	return (result == 1 ? FLEET_IO_DONE : judge(l, result));
}

bool
fleet_link_is_resumed(const struct fleet_link *l)
{
	return (l->ssl != NULL && SSL_session_reused(l->ssl) == 1);
}

/* The same for a call of the kernel. */
static enum fleet_io
judge_plain(struct fleet_link *l, ssize_t result, bool is_write, size_t *done)
{
	if (result > 0) {
		*done = (size_t)result;
		return (FLEET_IO_DONE);
	}
	if (result == 0)
		return (FLEET_IO_CLOSED);
	if (errno == EAGAIN || errno == EINTR) {
		l->wants_out = is_write;
		return (FLEET_IO_LATER);
	}
	return (FLEET_IO_BROKEN);
}

enum fleet_io
fleet_link_read(struct fleet_link *l, void *out, size_t n, size_t *got)
{
	int result;

	if (l->ssl == NULL)
		return (judge_plain(l, recv(l->fd, out, n, 0), false, got));
	errno = 0;
	result = SSL_read_ex(l->ssl, out, n, got);
	return (result == 1 ? FLEET_IO_DONE : judge(l, result));
}

bool
fleet_link_has_more(const struct fleet_link *l)
{
	return (l->ssl != NULL && SSL_has_pending(l->ssl) == 1);
}

enum fleet_io
fleet_link_write(struct fleet_link *l, const void *p, size_t n, size_t *put)
{
	int result;

	if (l->ssl == NULL)
		return (
		    judge_plain(l, send(l->fd, p, n, MSG_NOSIGNAL), true, put));
	errno = 0;
	result = SSL_write_ex(l->ssl, p, n, put);
	return (result == 1 ? FLEET_IO_DONE : judge(l, result));
}

void
fleet_link_close(struct fleet_link *l)
{
	/* A session that was not shut down would not be resumed. */
	if (l->ssl != NULL)
		SSL_set_shutdown(l->ssl,
		    SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(l->ssl);
	l->ssl = NULL;
	if (l->fd >= 0)
		(void)close(l->fd);
	l->fd = -1;
	l->is_connected = false;
	ERR_clear_error();
}

void
fleet_link_drop(struct fleet_link *l)
{
	fleet_link_close(l);
	SSL_SESSION_free(l->session);
	l->session = NULL;
}
