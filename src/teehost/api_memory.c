/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API 4.11: memory.
 */
#include <string.h>

#include <tee_internal_api.h>

void
TEE_MemMove(void *dest, const void *src, size_t size)
{
	if (size > 0)
		memmove(dest, src, size);
}

/*
 * "... in time that depends on size alone": every byte is looked at, and the
 * first difference is kept by arithmetic.
 */
int32_t
TEE_MemCompare(const void *buffer1, const void *buffer2, size_t size)
{
	const uint8_t *a = buffer1, *b = buffer2;
	int32_t first = 0;

	for (size_t i = 0; i < size; i++) {
		int32_t d = (int32_t)a[i] - (int32_t)b[i];
		/* all ones while nothing differed, else zero */
		int32_t open = ((first | -first) >> 31) ^ -1;

		first |= d & open;
	}
	return (first);
}

void
TEE_MemFill(void *buffer, uint32_t x, size_t size)
{
	if (size > 0)
		memset(buffer, (int)(x & 0xff), size);
}
