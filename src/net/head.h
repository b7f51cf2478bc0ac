/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/head.h -- the head of a request, read by rules that leave no two ways.
 *
 * llhttp reads the same bytes after this (net/parse.h).  It takes more than
 * these rules do: no version at all, 0.9, 2.0, folded and empty names, several
 * codings, two Hosts.
 *
 * Source: RFC 9112.  Differs: no absolute-form, no empty line in front of a
 * request, no obsolete folding, no Content-Length that is not canonical; a
 * field that we read stands there once.
 */
#ifndef SOTER_NET_HEAD_H
#define SOTER_NET_HEAD_H

#include "net/http.h"
#include "net/refusal.h"

/* What is kept between the bytes of a head that comes in pieces. */
struct net_scan {
	bool has_cr;   /* the last byte was CR */
	size_t line;   /* bytes of this line so far */
	bool has_line; /* the first line is over */
};

/**
 * Look for the end of a head, and at each byte on the way.
 *
 * in    the bytes that came next.
 * used  how many belong to the head; all, unless *is_whole.
 *
 * NET_NO_LINE_END      CR without LF, or LF without CR.
 * NET_NO_CONTROL       a control character that is no TAB.
 * NET_NO_REQUEST_LINE  the first line is empty.
 */
enum net_refusal net_head_scan(struct net_scan *scan, struct soter_span in,
    size_t *used, bool *is_whole);

/* All that we read of a head; borrowed from it. */
struct net_head {
	enum net_method method;
	unsigned minor; /* HTTP/1.minor: 0 or 1 */
	struct soter_span path, query, host, content_type, authorization;
	bool has_length, is_chunked;
	uint64_t length;
	bool wants_continue; /* Expect: 100-continue of a 1.1 client */
};

/** Read a head that net_head_scan() found whole, with its empty line. */
enum net_refusal net_head_read(struct net_head *out, struct soter_span head);

#endif
