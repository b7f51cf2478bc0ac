/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bytes.h -- bytes for tests: a notation for DER and other binary input,
 * files, and copies behind whose last byte the heap block ends, so that the
 * sanitizers see a reader that goes one too far.
 */
#ifndef SOTER_TESTS_BYTES_H
#define SOTER_TESTS_BYTES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

struct bytes {
	size_t n;
	uint8_t p[70000];
};

static inline void
bytes_add(struct bytes *b, uint8_t byte)
{
	if (b->n == sizeof(b->p))
		abort(); /* a test that is wrong */
	b->p[b->n++] = byte;
}

/* Put the DER length of everything from `from` on in front of it. */
static inline void
bytes_close(struct bytes *b, size_t from)
{
	size_t n = b->n - from, head = n < 0x80 ? 1 : n < 0x100 ? 2 : 3;

	for (size_t i = 0; i < head; i++)
		bytes_add(b, 0);
	memmove(b->p + from + head, b->p + from, n);
	if (head > 1)
		b->p[from] = (uint8_t)(0x7f + head);
	if (head > 2)
		b->p[from + 1] = (uint8_t)(n >> 8);
	b->p[from + head - 1] = (uint8_t)n;
}

static inline uint8_t
bytes_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, c);

	if (c == '\0' || at == NULL)
		abort();
	return (uint8_t)(at - digits);
}

/*
 * Append what a text of this notation stands for:
 *
 *	30 0a		hex, lower case
 *	{ ... }		a DER length, and then what stands between
 *	'abc'		characters
 *	00*256		the last byte that many times
 */
static inline void
bytes_text(struct bytes *b, const char *text)
{
	size_t open[16], depth = 0;

	for (const char *c = text; *c != '\0'; c++) {
		if (*c == ' ')
			continue;
		if (*c == '{' && depth < 16) {
			open[depth++] = b->n;
		} else if (*c == '}' && depth > 0) {
			bytes_close(b, open[--depth]);
		} else if (*c == '\'') {
			for (c++; *c != '\'' && *c != '\0'; c++)
				bytes_add(b, (uint8_t)*c);
		} else if (*c == '*' && b->n > 0) {
			char *end;
			unsigned long n = strtoul(c + 1, &end, 10);

			for (; n > 1; n--)
				bytes_add(b, b->p[b->n - 1]);
			c = end - 1;
		} else {
			bytes_add(b,
			    (uint8_t)(bytes_digit(c[0]) << 4 |
				bytes_digit(c[1])));
			c++;
		}
	}
	if (depth > 0)
		abort();
}

static inline struct soter_span
bytes_span(const struct bytes *b)
{
	return (soter_span(b->p, b->n));
}

/* A copy that ends where its heap block ends.  Free with bytes_free(). */
static inline struct soter_span
bytes_exact(struct soter_span in)
{
	uint8_t *p = malloc(in.n);

	if (p == NULL && in.n > 0)
		abort();
	soter_copy(p, in.p, in.n);
	return (soter_span(p, in.n));
}

static inline void
bytes_free(struct soter_span exact)
{
	free((void *)(uintptr_t)exact.p);
}

/* Have all n bytes at p this value?  So an output was not touched. */
static inline int
bytes_are(const void *p, size_t n, uint8_t value)
{
	for (size_t i = 0; i < n; i++)
		if (((const uint8_t *)p)[i] != value)
			return (0);
	return (1);
}

/* Does part lie inside whole? */
static inline int
bytes_inside(struct soter_span part, struct soter_span whole)
{
	return (part.n == 0 ||
	    ((uintptr_t)part.p >= (uintptr_t)whole.p && part.n <= whole.n &&
		(uintptr_t)part.p - (uintptr_t)whole.p <= whole.n - part.n));
}

/*
 * Read a file of the vectors that real phones signed.  They are no part of the
 * repository: the environment says where they are.  0 if it does not: then the
 * test skips.  A file that should be there and is not comes out empty, and the
 * test fails.
 */
static inline int
bytes_real(struct bytes *b, const char *name)
{
	const char *folder = getenv("SOTER_REAL_VECTORS");
	char path[1024];
	FILE *f;

	if (folder == NULL || folder[0] == '\0')
		return (0);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	b->n = 0;
	f = fopen(path, "rb");
	if (f == NULL)
		return (1);
	b->n = fread(b->p, 1, sizeof(b->p), f);
	fclose(f);
	return (1);
}

#endif
