/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter/http.h -- libsoter-http: the functions that a wrapper asks the app's
 * server with (struct soter_network of soter/wrapper.h), over HTTP(S) by
 * libcurl, to the end points of docs/protocol.md b.9.
 *
 * What they return, as soter/wrapper.h wants it: SOTER_E_NETWORK only if no
 * byte of the request went out, or if the server says that it has not looked at
 * it (408, 425, 429); SOTER_E_TIME or SOTER_E_NO_ANSWER if it was asked, and
 * its answer did not come or was none.
 */
#ifndef SOTER_HTTP_H
#define SOTER_HTTP_H

#include "soter/wrapper.h"

#ifdef __cplusplus
extern "C" {
#endif

struct soter_http;

/* Members that are 0 or NULL take what is said behind them. */
struct soter_http_options {
	const char *url;     /* "https://app.example/soter"; needed */
	const char *ca_file; /* PEM of the authorities: the system's */
	/* Sent as pwdDigest where a key is switched on (V15): with an AuthKey,
	 * and with its first result, which then goes to /open_fingerprintpay
	 * instead of /authentication.  Which one that is, this http knows only
	 * of keys that it sent; else soter_http_switch_on() says it.  Nothing.
	 */
	const char *password_digest;
	const char *authorization; /* value of the header: none */
};

/**
 * Make one.  Strings are copied.  http:// is taken for loopback only.
 * SOTER_E_ARGUMENT, SOTER_E_NOMEM.
 */
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_http_new(
    struct soter_http **out, const struct soter_http_options *options);

/** No wrapper may use it any more. */
SOTER_PUBLIC void soter_http_free(struct soter_http **http);

/**
 * The next result of this scene is the first of its key: it goes with the
 * password, as it does by itself after the key went up by this http.  For an
 * app that was ended in between, or that has the key from another process.
 *
 * SOTER_E_ARGUMENT  there is no password_digest.
 * SOTER_E_LIMIT     more than SOTER_SCENES_MAX scenes wait for it.
 */
SOTER_PUBLIC SOTER_MUST_CHECK enum soter_rc soter_http_switch_on(
    struct soter_http *http, int32_t scene);

/** Its functions; they borrow http. */
SOTER_PUBLIC struct soter_network soter_http_network(struct soter_http *http);

#ifdef __cplusplus
}
#endif

#endif
