/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/http.h -- a request as an app sees it, and the answer it gives.
 *
 * What an app sees has passed every rule of docs/net.md: it is whole, it is
 * within its limits, and no two servers could read it in two ways.  Nothing in
 * it was decoded: a path is compared as it was sent.
 */
#ifndef SOTER_NET_HTTP_H
#define SOTER_NET_HTTP_H

#include "base/span.h"
#include "net/limits.h"

/* The others are answered with 501 before an app hears of them. */
enum net_method { NET_GET, NET_HEAD, NET_POST };

#define NET_SHA256_LEN 32

/* Who sent it. */
struct net_peer {
	struct soter_span address; /* "192.0.2.1", "2001:db8::1", "unix" */
	uint16_t port;		   /* 0 of a Unix socket */
	bool is_tls;
	/*
	 * The client's certificate, verified against the listener's CA file;
	 * without one, nothing of this is set.
	 */
	bool has_certificate;
	uint8_t certificate_sha256[NET_SHA256_LEN]; /* of its DER */
	struct soter_span subject; /* RFC 2253 text, cut at its limit */
};

/*
 * One request.  It lives, with all that its spans borrow from it, until
 * net_answer() was called for it, whatever happens to its connection.  Spans
 * that were not sent are empty.
 */
struct net_request {
	uint64_t id; /* in logs and in X-Request-Id; never used twice */
	enum net_method method;
	struct soter_span path;	 /* begins with '/'; no query */
	struct soter_span query; /* without its '?'; see net/query.h */
	struct soter_span host;	 /* as claimed */
	struct soter_span content_type;
	struct soter_span authorization; /* a secret: never into a log */
	struct soter_span body;
	const struct net_peer *peer;
	void *mine; /* for the app; NULL at first */
};

/* A field that an app adds to an answer; no CR or LF in it. */
struct net_header {
	const char *name;
	const char *value;
};

/* Everything that is 0 or NULL is left out; status must be set. */
struct net_answer {
	int status;		  /* 200 to 599 */
	const char *content_type; /* NULL: application/json */
	struct soter_span body;	  /* copied; not sent in answer to HEAD */
	unsigned retry_after_s;
	const struct net_header *headers;
	size_t n_headers; /* at most NET_ANSWER_HEADERS_MAX */
};

/**
 * Answer a request, exactly once for each one, in the thread of its loop: in
 * turn(), in a watch or timer of the loop, or in thread_end().  The request is
 * gone afterwards.
 *
 * The client may have left, or may have been told 503 because the app's time
 * was over: then the answer is dropped, which harms nobody.  An answer that
 * cannot be sent (beyond its limits, or no memory) becomes a 500.
 */
void net_answer(struct net_request *request, const struct net_answer *answer);

/**
 * A body of this form, for those who have no form of their own:
 * {"error":"WORD","request":"ID"}.  word is JSON text without escapes.
 */
void net_answer_error(struct net_request *request, int status,
    const char *word);

/** Has the client left, or was it told 503?  Then nobody waits for an answer.
 */
bool net_request_is_left(const struct net_request *request);

#endif
