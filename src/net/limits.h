/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/limits.h -- what a server takes upon itself at most, by name.
 *
 * Bytes unless the comment or the name says otherwise.  A limit that stands in
 * struct net_limits (net/server.h), too, can be set for one server; here is
 * what it is when nobody sets it.  docs/net.md says which attack each one
 * stops.
 */
#ifndef SOTER_NET_LIMITS_H
#define SOTER_NET_LIMITS_H

/* One request. */
#define NET_HEAD_MAX	       8192	   /* request line and headers; 431 */
#define NET_HEADERS_MAX	       64	   /* header fields; 431 */
#define NET_TARGET_MAX	       4096	   /* path and query; 414 */
#define NET_BODY_MAX	       (64 * 1024) /* if the app says nothing; 413 */
#define NET_BODY_TOP	       (16 * 1024 * 1024) /* most that an app may say */
#define NET_CHUNKS_MAX	       1024		  /* chunks of a body; 413 */
#define NET_CHUNK_LINE_MAX     128 /* size and extensions of one; 413 */

/* Its answer. */
#define NET_ANSWER_BODY_MAX    (16 * 1024 * 1024)
#define NET_ANSWER_HEADERS_MAX 8    /* that an app adds */
#define NET_ANSWER_HEAD_MAX    4096 /* all of them */

/* One connection. */
#define NET_PIPELINE_MAX       16 /* requests without an answer; then not read */
#define NET_HELD_MAX \
	(64 * 1024) /* bytes of requests without an answer; then not read */
#define NET_QUEUED_MAX \
	(256 * 1024) /* bytes of answers not yet sent; then others wait */
#define NET_TURN_MAX (64 * 1024) /* read of one connection in one turn */
#define NET_LINGER_MAX                                         \
	(256 * 1024) /* read and forgotten after a last answer \
		      */

/* Absolute deadlines, in milliseconds. */
#define NET_HANDSHAKE_MS     5000 /* TLS, from accept to the last message */
#define NET_HEADER_MS	     5000 /* from the first byte of a head to its last */
#define NET_BODY_MS	     10000 /* from a head's last byte to the body's */
#define NET_IDLE_MS	     60000 /* without a request */
#define NET_APP_MS	     5000  /* for the app to answer; 503 */
#define NET_WRITE_MS	     10000 /* from the first byte not sent to none left */
#define NET_LINGER_MS	     1000  /* for the client to see a last answer */
#define NET_STOP_MS	     10000 /* for what was accepted, when told to stop */

/* One process. */
#define NET_LISTENERS_MAX    16
#define NET_LOOPS_MAX	     64
#define NET_CONNECTIONS	     10000 /* at once; the oldest idle one gives way */
#define NET_PEER_CONNECTIONS 1024  /* of one address (IPv6: of one /64) */
#define NET_REQUESTS                                            \
	4096 /* in the hands of one app, per loop; more get 503 \
	      */
#define NET_BYTES \
	(256 * 1024 * 1024) /* of requests, in all loops; more get 503 */
#define NET_BACKLOG	     1024
#define NET_WATCHES_MAX	     64	 /* of one loop */
#define NET_TIMERS_MAX	     64	 /* of one loop */
#define NET_TURN_REQUESTS    256 /* handed over in one turn */

/* Texts. */
#define NET_LOG_LINE_MAX     2048
#define NET_LOG_PER_S	     100	 /* lines about clients, per loop */
#define NET_LOG_VALUE_MAX    512	 /* of one field, before it is cut */
#define NET_CONF_MAX	     (64 * 1024) /* a configuration file */
#define NET_CONF_LINE_MAX    1024
#define NET_CERT_SUBJECT_MAX 256

#endif
