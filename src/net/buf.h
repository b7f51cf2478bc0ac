/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net/buf.h -- bytes that grow.  All zero is an empty one.
 */
#ifndef SOTER_NET_BUF_H
#define SOTER_NET_BUF_H

#include "base/span.h"

struct net_buf {
	uint8_t *p;
	size_t n;
	size_t cap;
};

/** Make room for n more bytes.  SOTER_E_NOMEM: nothing has changed. */
SOTER_MUST_CHECK enum soter_rc net_buf_room(struct net_buf *b, size_t n);

/** Append.  SOTER_E_NOMEM: nothing has changed. */
SOTER_MUST_CHECK enum soter_rc net_buf_add(struct net_buf *b,
    struct soter_span bytes);

/** Append text of printf's making.  SOTER_E_NOMEM: nothing has changed. */
SOTER_MUST_CHECK enum soter_rc net_buf_print(struct net_buf *b,
    const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Take n bytes off the front. */
void net_buf_drop(struct net_buf *b, size_t n);

/** Give the memory back: empty again. */
void net_buf_free(struct net_buf *b);

#endif
