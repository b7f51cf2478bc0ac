/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/tls.h -- TLS 1.2 and 1.3 by OpenSSL, over a socket that we read and
 * write ourselves.
 */
#ifndef SOTER_NET_TLS_H
#define SOTER_NET_TLS_H

#include <openssl/ssl.h>

#include "net/exchange.h"
#include "net/server.h"

/**
 * What all connections of one listener share: certificate, CA, rules.
 *
 * out  to be freed with SSL_CTX_free().
 *
 * SOTER_E_TLS_FILE  a file cannot be used; error says which and why.
 * SOTER_E_ENGINE, SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc net_tls_context(SSL_CTX **out,
    const struct net_tls *tls, struct net_error *error);

/** SHA-256 of the certificate, for the log: 64 hex digits and a NUL. */
void net_tls_fingerprint(const SSL_CTX *context, char text[65]);

/* A socket, and whether it is worth asking it. */
struct net_stream {
	int fd;
	bool can_read, can_write;
	bool has_end; /* the kernel saw the end: read until it comes */
};

/** How OpenSSL reads and writes a stream; one for a server.  NULL: no memory.
 */
BIO_METHOD *net_tls_method(void);

/**
 * A server's side over a stream, which it borrows, as it does method.
 * NULL: no memory.
 */
SSL *net_tls_new(SSL_CTX *context, const BIO_METHOD *method,
    struct net_stream *stream);

/** Who the client is, if it showed a certificate. */
void net_tls_peer(const SSL *ssl, struct net_party *party);

/** recv() and send() that remember in the stream what the kernel said. */
ssize_t net_stream_read(struct net_stream *s, void *bytes, size_t n);
ssize_t net_stream_write(struct net_stream *s, const void *bytes, size_t n);

#endif
