/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GP TEE Internal Core API 4.8 and 4.11: memory, and panic.
 *
 * The TA's blocks lie in lists by address, so that a pointer that TEE_Malloc()
 * never gave is found out without being followed.  New memory is always zero
 * and old memory is wiped: TEE_MALLOC_NO_FILL would save little and could show
 * a TA what lay there before.
 */
#include <stdlib.h>
#include <string.h>

#include "teehost/inside.h"

struct teehost_block {
	struct teehost_block *next;
	size_t n;
	max_align_t bytes[];
};

static struct teehost_block **
list_of(struct teehost_instance *self, const void *bytes)
{
	return (&self->blocks[(uintptr_t)bytes / sizeof(max_align_t) %
	    TEEHOST_BLOCK_LISTS]);
}

/* The link to a block; panics if it is none. */
static struct teehost_block **
find(struct teehost_instance *self, const void *bytes, const char *why)
{
	struct teehost_block **at = list_of(self, bytes);

	while (*at != NULL && (const void *)(*at)->bytes != bytes)
		at = &(*at)->next;
	teehost_must(*at != NULL, why);
	return (at);
}

static void
unlist(struct teehost_instance *self, struct teehost_block **at)
{
	struct teehost_block *b = *at;

	*at = b->next;
	self->heap_bytes -= b->n;
	self->heap_blocks--;
	soter_wipe(b->bytes, b->n);
	free(b);
}

void
teehost_heap_free(struct teehost_instance *instance)
{
	for (size_t i = 0; i < TEEHOST_BLOCK_LISTS; i++)
		while (instance->blocks[i] != NULL)
			unlist(instance, &instance->blocks[i]);
}

/* A block of 0 bytes is one, too: it has an address, and must be freed. */
void *
TEE_Malloc(size_t size, uint32_t hint)
{
	struct teehost_instance *self = teehost_self();
	struct teehost_block *b, **list;

	(void)hint;
	/* Where size_t has 32 bits, heap_max may be all that it can say. */
	if (size > self->heap_max - self->heap_bytes ||
	    size > SIZE_MAX - sizeof(*b))
		return (NULL);
	b = calloc(1, sizeof(*b) + size);
	if (b == NULL)
		return (NULL);
	list = list_of(self, b->bytes);
	b->n = size;
	b->next = *list;
	*list = b;
	self->heap_bytes += size;
	self->heap_blocks++;
	return (b->bytes);
}

void *
TEE_Realloc(void *buffer, size_t newSize)
{
	struct teehost_instance *self = teehost_self();
	size_t n;
	void *bytes;

	if (buffer == NULL)
		return (TEE_Malloc(newSize, TEE_MALLOC_FILL_ZERO));
	n = (*find(self, buffer, "TEE_Realloc: not from TEE_Malloc"))->n;
	bytes = TEE_Malloc(newSize, TEE_MALLOC_FILL_ZERO);
	if (bytes == NULL)
		return (NULL);
	soter_copy(bytes, buffer, n < newSize ? n : newSize);
	unlist(self, find(self, buffer, "TEE_Realloc"));
	return (bytes);
}

void
TEE_Free(void *buffer)
{
	struct teehost_instance *self = teehost_self();

	if (buffer != NULL)
		unlist(self,
		    find(self, buffer, "TEE_Free: not from TEE_Malloc"));
}

void
TEE_MemMove(void *dest, const void *src, size_t size)
{
	if (size > 0)
		memmove(dest, src, size);
}

/*
 * 4.11.7: the time depends on size alone.  Every byte is looked at; the first
 * difference stays, by arithmetic.
 */
int32_t
TEE_MemCompare(const void *buffer1, const void *buffer2, size_t size)
{
	const volatile uint8_t *a = buffer1, *b = buffer2;
	uint32_t first = 0;

	for (size_t i = 0; i < size; i++) {
		uint32_t d = (uint32_t)a[i] - (uint32_t)b[i];
		/* all ones while nothing differed, else zero */
		uint32_t open = ((first | (0 - first)) >> 31) - 1;

		first |= d & open;
	}
	return ((int32_t)first);
}

void
TEE_MemFill(void *buffer, uint32_t x, size_t size)
{
	if (size > 0)
		memset(buffer, (int)(x & 0xff), size);
}

/* ---- rights ------------------------------------------------------------ */

static bool
is_overlap(uintptr_t a, size_t a_n, uintptr_t b, size_t b_n)
{
	return (a_n > 0 && b_n > 0 && (a >= b ? a - b < b_n : b - a < a_n));
}

/* Does it lie in a buffer that the client of this call sees, too? */
static bool
is_shared(const struct teehost_frame *frame, uintptr_t p, size_t n)
{
	for (unsigned i = 0; i < TEE_NUM_PARAMS && frame->params != NULL; i++) {
		uint32_t type = TEE_PARAM_TYPE_GET(frame->types, i);
		const TEE_Param *x = &frame->params[i];

		if (type >= TEE_PARAM_TYPE_MEMREF_INPUT &&
		    is_overlap(p, n, (uintptr_t)x->memref.buffer,
			x->memref.size))
			return (true);
	}
	return (false);
}

/*
 * 4.11.1.  A process cannot ask for the rights of its pages; what can be told
 * is NULL, a range that wraps, and memory that is not the TA's alone.
 */
TEE_Result
TEE_CheckMemoryAccessRights(uint32_t accessFlags, void *buffer, size_t size)
{
	uintptr_t p = (uintptr_t)buffer;

	if (size == 0)
		return (TEE_SUCCESS);
	if (buffer == NULL || size > UINTPTR_MAX - p)
		return (TEE_ERROR_ACCESS_DENIED);
	if ((accessFlags & TEE_MEMORY_ACCESS_ANY_OWNER) == 0 &&
	    is_shared(&teehost_self()->frame, p, size))
		return (TEE_ERROR_ACCESS_DENIED);
	return (TEE_SUCCESS);
}

void
TEE_SetInstanceData(const void *instanceData)
{
	teehost_self()->data = instanceData;
}

void *
TEE_GetInstanceData(void)
{
	return ((void *)(uintptr_t)teehost_self()->data);
}

void
TEE_Panic(TEE_Result panicCode)
{
	teehost_panic(panicCode, "TEE_Panic");
}
