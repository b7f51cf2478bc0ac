/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "net/selfmade.h"
#include "net/tls.h"

/* Forward secrecy and authenticated encryption, nothing else. */
#define SUITES_12 "ECDHE+AESGCM:ECDHE+CHACHA20:!PSK:!SRP"
#define DEPTH_MAX 4 /* certificates between a client and its CA */

/* ---- the stream -----------------------------------------------------------
 */

ssize_t
net_stream_read(struct net_stream *s, void *bytes, size_t n)
{
	ssize_t got;

	if (!s->can_read) {
		errno = EAGAIN;
		return (-1);
	}
	do
		got = recv(s->fd, bytes, n, 0);
	while (got < 0 && errno == EINTR);
	/*
	 * Fewer than there was room for: the socket is empty, and epoll will
	 * say when it is not.  Unless the end was seen already, which it will
	 * not say twice.
	 */
	if ((got < 0 && errno == EAGAIN) ||
	    (got > 0 && (size_t)got < n && !s->has_end))
		s->can_read = false;
	return (got);
}

ssize_t
net_stream_write(struct net_stream *s, const void *bytes, size_t n)
{
	ssize_t sent;

	if (!s->can_write) {
		errno = EAGAIN;
		return (-1);
	}
	do
		sent = send(s->fd, bytes, n, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if ((sent < 0 && errno == EAGAIN) || (sent >= 0 && (size_t)sent < n))
		s->can_write = false;
	return (sent);
}

/* ---- the stream as OpenSSL sees it -----------------------------------------
 */

static int
bio_read(BIO *b, char *bytes, int n)
{
	ssize_t got = net_stream_read(BIO_get_data(b), bytes, (size_t)n);

	BIO_clear_retry_flags(b);
	if (got < 0 && errno == EAGAIN)
		BIO_set_retry_read(b);
	return ((int)got);
}

static int
bio_write(BIO *b, const char *bytes, int n)
{
	ssize_t sent = net_stream_write(BIO_get_data(b), bytes, (size_t)n);

	BIO_clear_retry_flags(b);
	if (sent < 0 && errno == EAGAIN)
		BIO_set_retry_write(b);
	return ((int)sent);
}

static long
bio_ctrl(BIO *b, int command, long number, void *pointer)
{
	(void)b;
	(void)number;
	(void)pointer;
	return (command == BIO_CTRL_FLUSH ? 1 : 0);
}

BIO_METHOD *
net_tls_method(void)
{
	BIO_METHOD *m =
	    BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");

	if (m != NULL && BIO_meth_set_read(m, bio_read) == 1 &&
	    BIO_meth_set_write(m, bio_write) == 1 &&
	    BIO_meth_set_ctrl(m, bio_ctrl) == 1)
		return (m);
	BIO_meth_free(m);
	return (NULL);
}

SSL *
net_tls_new(SSL_CTX *context, const BIO_METHOD *method,
    struct net_stream *stream)
{
	SSL *ssl = SSL_new(context);
	BIO *b = BIO_new(method);

	if (ssl == NULL || b == NULL) {
		SSL_free(ssl);
		BIO_free(b);
		return (NULL);
	}
	BIO_set_data(b, stream);
	BIO_set_init(b, 1);
	SSL_set_bio(ssl, b, b);
	SSL_set_accept_state(ssl);
	return (ssl);
}

/* ---- one listener's rules --------------------------------------------------
 */

/* The library's own words, for what it did not like. */
static const char *
why(void)
{
	unsigned long e = ERR_peek_last_error();
	const char *text = ERR_reason_error_string(e);

	if (ERR_SYSTEM_ERROR(e))
		return (strerror(ERR_GET_REASON(e)));
	return (text == NULL ? "it cannot be used" : text);
}

/*
 * A client that speaks HTTP/1.1 only if it must is told so before it sends
 * anything; and nobody is led to take us for a server of another protocol
 * (ALPACA, 2021).
 */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *n,
    const unsigned char *offered, unsigned offered_n, void *context)
{
	static const unsigned char ours[] = "\x08http/1.1\x08http/1.0";
	unsigned char *chosen;

	(void)ssl;
	(void)context;
	if (SSL_select_next_proto(&chosen, n, ours, sizeof(ours) - 1, offered,
		offered_n) != OPENSSL_NPN_NEGOTIATED)
		return (SSL_TLSEXT_ERR_ALERT_FATAL);
	*out = chosen;
	return (SSL_TLSEXT_ERR_OK);
}

static bool
set_rules(SSL_CTX *c)
{
	static const unsigned char session[] = "soter";

	SSL_CTX_set_security_level(c, 2);
	SSL_CTX_set_options(c,
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
		SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(c,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(c, 1);
	/* Sessions live in tickets: they cost us no memory. */
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(c, choose_protocol, NULL);
	return (SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_cipher_list(c, SUITES_12) == 1 &&
	    SSL_CTX_set_num_tickets(c, 1) == 1 &&
	    SSL_CTX_set_session_id_context(c, session, sizeof(session) - 1) ==
		1);
}

static enum soter_rc
use_selfmade(SSL_CTX *c, const char *folder, struct net_error *error)
{
	X509 *cert = NULL;
	EVP_PKEY *key = NULL;
	enum soter_rc rc = net_selfmade(&cert, &key, folder, error);

	if (rc == SOTER_OK &&
	    (SSL_CTX_use_certificate(c, cert) != 1 ||
		SSL_CTX_use_PrivateKey(c, key) != 1))
		rc = net_fail(error, SOTER_E_ENGINE,
		    "the self-made certificate: %s", why());
	X509_free(cert);
	EVP_PKEY_free(key);
	return (rc);
}

/* A server that stands still, waiting for somebody to type, helps nobody. */
static int
no_passphrase(char *text, int size, int is_writing, void *context)
{
	(void)text;
	(void)size;
	(void)is_writing;
	(void)context;
	return (-1);
}

static enum soter_rc
use_files(SSL_CTX *c, const struct net_tls *tls, struct net_error *error)
{
	if (tls->key == NULL)
		return (net_fail(error, SOTER_E_TLS_FILE,
		    "%s: a certificate needs its key", tls->certificate));
	SSL_CTX_set_default_passwd_cb(c, no_passphrase);
	if (SSL_CTX_use_certificate_chain_file(c, tls->certificate) != 1)
		return (net_fail(error, SOTER_E_TLS_FILE, "%s: %s",
		    tls->certificate, why()));
	if (SSL_CTX_use_PrivateKey_file(c, tls->key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(c) != 1)
		return (net_fail(error, SOTER_E_TLS_FILE, "%s: %s", tls->key,
		    why()));
	return (SOTER_OK);
}

static enum soter_rc
use_client_ca(SSL_CTX *c, const char *path, struct net_error *error)
{
	STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(path);

	if (names == NULL ||
	    SSL_CTX_load_verify_locations(c, path, NULL) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return (
		    net_fail(error, SOTER_E_TLS_FILE, "%s: %s", path, why()));
	}
	SSL_CTX_set_client_CA_list(c, names);
	SSL_CTX_set_verify_depth(c, DEPTH_MAX);
	SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
	    NULL);
	return (SOTER_OK);
}

enum soter_rc
net_tls_context(SSL_CTX **out, const struct net_tls *tls,
    struct net_error *error)
{
	SSL_CTX *c = SSL_CTX_new(TLS_server_method());
	enum soter_rc rc = SOTER_E_NOMEM;

	ERR_clear_error();
	if (c == NULL)
		goto out;
	rc = SOTER_E_ENGINE;
	if (!set_rules(c)) {
		rc = net_fail(error, rc, "TLS: %s", why());
		goto out;
	}
	rc = tls->certificate == NULL ? use_selfmade(c, tls->state, error)
				      : use_files(c, tls, error);
	if (rc == SOTER_OK && tls->client_ca != NULL)
		rc = use_client_ca(c, tls->client_ca, error);
	if (rc != SOTER_OK)
		goto out;
	*out = c;
	c = NULL;
out:
	SSL_CTX_free(c);
	ERR_clear_error();
	return (rc);
}

/* ---- who is who ------------------------------------------------------------
 */

void
net_tls_fingerprint(const SSL_CTX *context, char text[65])
{
	const X509 *cert = SSL_CTX_get0_certificate(context);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	text[0] = '\0';
	if (cert == NULL || X509_digest(cert, EVP_sha256(), digest, &n) != 1 ||
	    n != 32)
		return;
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[digest[i] & 0xf];
	}
	text[64] = '\0';
}

static void
read_subject(const X509 *cert, struct net_party *party)
{
	BIO *b = BIO_new(BIO_s_mem());
	int n = 0;

	if (b != NULL &&
	    X509_NAME_print_ex(b, X509_get_subject_name(cert), 0,
		XN_FLAG_RFC2253) >= 0)
		n = BIO_read(b, party->subject, sizeof(party->subject));
	if (n > 0)
		party->peer.subject = soter_span(party->subject, (size_t)n);
	BIO_free(b);
}

void
net_tls_peer(const SSL *ssl, struct net_party *party)
{
	const X509 *cert = SSL_get0_peer_certificate(ssl);
	unsigned n = 0;

	/* Without a CA none is asked for, and what is sent proves nothing. */
	if (cert == NULL || SSL_get_verify_result(ssl) != X509_V_OK ||
	    (SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER) == 0 ||
	    X509_digest(cert, EVP_sha256(), party->peer.certificate_sha256,
		&n) != 1)
		return;
	party->peer.has_certificate = true;
	read_subject(cert, party);
}
