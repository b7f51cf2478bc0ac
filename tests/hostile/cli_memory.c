/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loaded in front of the C library: the allocation whose number is in
 * SOTER_FAIL_AT fails, all others succeed.  If it is -1 none fails, and their
 * number is the last line on standard error.  For cli_memory_test.py.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* glibc's own, under the names that it keeps for replacements like this. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static long fail_at = -2; /* -2: not asked yet */
static long count;

static int
fails(void)
{
	const char *at;

	if (fail_at == -2) {
		at = getenv("SOTER_FAIL_AT");
		fail_at = at == NULL ? -1 : strtol(at, NULL, 10);
	}
	if (count++ != fail_at)
		return (0);
	errno = ENOMEM;
	return (1);
}

__attribute__((destructor)) static void
tell(void)
{
	if (fail_at == -1)
		fprintf(stderr, "%ld\n", count);
}

__attribute__((visibility("default"))) void *
malloc(size_t n)
{
	return (fails() ? NULL : __libc_malloc(n));
}

__attribute__((visibility("default"))) void *
calloc(size_t n, size_t size)
{
	return (fails() ? NULL : __libc_calloc(n, size));
}

__attribute__((visibility("default"))) void *
realloc(void *p, size_t n)
{
	return (fails() ? NULL : __libc_realloc(p, n));
}
