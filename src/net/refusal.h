/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/refusal.h -- every reason for which src/net itself says no to a request:
 * name, HTTP status, word.  The words stand in answers, logs and metrics, and
 * docs/net.md says which attack each one stops.
 */
#ifndef SOTER_NET_REFUSAL_H
#define SOTER_NET_REFUSAL_H

/* clang-format off */
#define NET_REFUSAL_LIST(X)                                                \
	X(NET_NO_LINE_END, 400, "line_end")                                \
	X(NET_NO_CONTROL, 400, "control_character")                        \
	X(NET_NO_REQUEST_LINE, 400, "request_line")                        \
	X(NET_NO_VERSION, 505, "http_version")                             \
	X(NET_NO_METHOD, 501, "method")                                    \
	X(NET_NO_TARGET, 400, "target")                                    \
	X(NET_NO_TARGET_LONG, 414, "target_long")                          \
	X(NET_NO_HEAD_LONG, 431, "head_long")                              \
	X(NET_NO_HEADERS, 431, "headers_many")                             \
	X(NET_NO_NAME, 400, "header_name")                                 \
	X(NET_NO_FOLDED, 400, "header_folded")                             \
	X(NET_NO_DOUBLED, 400, "header_doubled")                           \
	X(NET_NO_HOST, 400, "host")                                        \
	X(NET_NO_LENGTH, 400, "content_length")                            \
	X(NET_NO_CODING, 501, "transfer_encoding")                         \
	X(NET_NO_BOTH, 400, "length_and_encoding")                         \
	X(NET_NO_EXPECT, 417, "expect")                                    \
	X(NET_NO_UNCLEAR, 400, "unclear")                                  \
	X(NET_NO_BODY_LONG, 413, "body_long")                              \
	X(NET_NO_CHUNK, 400, "chunk")                                      \
	X(NET_NO_CHUNKS, 413, "chunks_many")                               \
	X(NET_NO_TRAILER, 400, "trailer")                                  \
	X(NET_NO_HEADER_TIME, 408, "header_time")                          \
	X(NET_NO_BODY_TIME, 408, "body_time")                              \
	X(NET_NO_APP_TIME, 503, "app_time")                                \
	X(NET_NO_ROOM, 503, "busy")                                        \
	X(NET_NO_ANSWER, 500, "answer")
/* clang-format on */

#define NET_REFUSAL_ENUM(name, status, word) name,

enum net_refusal {
	NET_FINE, /* none of these */
	NET_REFUSAL_LIST(NET_REFUSAL_ENUM) NET_REFUSALS
};

/** Of NET_FINE, 200 and "none". */
int net_refusal_status(enum net_refusal why);
const char *net_refusal_word(enum net_refusal why);

#endif
