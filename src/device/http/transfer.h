/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/http/transfer.h -- one POST and its answer, by libcurl.
 *
 * https only, and http to this machine; the peer is verified; no redirect is
 * followed; body and time are limited.
 */
#ifndef SOTER_DEVICE_HTTP_TRANSFER_H
#define SOTER_DEVICE_HTTP_TRANSFER_H

#include "base/span.h"

#define HTTP_URL_MAX	1024
#define HTTP_HEADER_MAX 2048
#define HTTP_ANSWER_MAX (64 * 1024)

struct http_server {
	char *url; /* without a slash at its end */
	char *ca_file;
	char *authorization; /* the whole header line */
	bool is_loopback;    /* by http */
};

struct http_answer {
	size_t n;
	uint8_t body[HTTP_ANSWER_MAX];
};

/**
 * Check and copy.  ca_file, authorization: NULL for none.
 *
 * SOTER_E_ARGUMENT  not an URL of https, or of http to this machine; or one
 *                   with a password, a query or a fragment; or a header with a
 *                   line end.
 * SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc http_transfer_open(struct http_server *out,
    const char *url, const char *ca_file, const char *authorization);

void http_transfer_close(struct http_server *server);

/**
 * Send a JSON text.
 *
 * path  to be appended to the URL; begins with a slash.
 * out   its n is written on SOTER_OK: 200, and the body that came.
 *
 * SOTER_E_UPLOAD_REFUSED  4xx: asking again is no use.
 * SOTER_E_NETWORK         it has not been asked: no such name, no connection,
 * no TLS, in time or not; or those of 4xx that mean "later" (408, 425, 429).
 * SOTER_E_TIME            the time limit, after it was asked.
 * SOTER_E_NO_ANSWER       asked, and all else: the connection ended, 3xx, 5xx,
 *                         too long.
 * SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc http_transfer_post(
    const struct http_server *server, const char *path, const char *json,
    unsigned ms, struct http_answer *out);

#endif
