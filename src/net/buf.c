/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/buf.h"

#define LEAST 256

enum soter_rc
net_buf_room(struct net_buf *b, size_t n)
{
	size_t cap = b->cap < LEAST ? LEAST : b->cap;
	uint8_t *p;

	if (n <= b->cap - b->n)
		return (SOTER_OK);
	if (n > SIZE_MAX / 4 - b->n)
		return (SOTER_E_NOMEM);
	while (cap - b->n < n)
		cap *= 2;
	p = realloc(b->p, cap);
	if (p == NULL)
		return (SOTER_E_NOMEM);
	b->p = p;
	b->cap = cap;
	return (SOTER_OK);
}

enum soter_rc
net_buf_add(struct net_buf *b, struct soter_span bytes)
{
	if (bytes.n == 0)
		return (SOTER_OK);
	TRY(net_buf_room(b, bytes.n));
	soter_copy(b->p + b->n, bytes.p, bytes.n);
	b->n += bytes.n;
	return (SOTER_OK);
}

enum soter_rc
net_buf_print(struct net_buf *b, const char *format, ...)
{
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0 || net_buf_room(b, (size_t)n + 1) != SOTER_OK) {
		va_end(again);
		return (SOTER_E_NOMEM);
	}
	vsnprintf((char *)b->p + b->n, (size_t)n + 1, format, again);
	va_end(again);
	b->n += (size_t)n;
	return (SOTER_OK);
}

void
net_buf_drop(struct net_buf *b, size_t n)
{
	b->n -= n;
	if (b->n > 0)
		memmove(b->p, b->p + n, b->n);
}

void
net_buf_free(struct net_buf *b)
{
	free(b->p);
	*b = (struct net_buf){ NULL, 0, 0 };
}
