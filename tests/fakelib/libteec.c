/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A libteec as the system has one for a real TEE, in what matters to us: the
 * standard's functions, private members in front of which there is nothing,
 * smaller structures than ours, and functions that call each other.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SHOWN	  __attribute__((visibility("default")))

#define BAD_STATE 0xffff0007
#define NOT_FOUND 0xffff0008
#define GENERIC	  0xffff0000

/* The layout of the library that Linux systems with a TEE have. */
typedef struct {
	struct {
		int fd;
		bool reg_mem, memref_null;
	} imp;
} TEEC_Context;

typedef struct {
	void *buffer;
	size_t size;
	uint32_t flags;
	struct {
		int id;
		size_t alloced_size;
		void *shadow_buffer;
		int registered_fd;
		uint32_t flags;
	} imp;
} TEEC_SharedMemory;

typedef struct {
	struct {
		TEEC_Context *ctx;
		uint32_t session_id;
	} imp;
} TEEC_Session;

typedef union {
	struct {
		void *buffer;
		size_t size;
	} tmpref;
	struct {
		TEEC_SharedMemory *parent;
		size_t size, offset;
	} memref;
	struct {
		uint32_t a, b;
	} value;
} TEEC_Parameter;

typedef struct {
	uint32_t started, paramTypes;
	TEEC_Parameter params[4];
	struct {
		TEEC_Session *session;
	} imp;
} TEEC_Operation;

SHOWN uint32_t TEEC_InitializeContext(const char *name, TEEC_Context *ctx);
SHOWN void TEEC_FinalizeContext(TEEC_Context *ctx);
SHOWN uint32_t TEEC_OpenSession(TEEC_Context *ctx, TEEC_Session *session,
    const void *destination, uint32_t method, const void *data,
    TEEC_Operation *operation, uint32_t *origin);
SHOWN void TEEC_CloseSession(TEEC_Session *session);
SHOWN uint32_t TEEC_InvokeCommand(TEEC_Session *session, uint32_t command,
    TEEC_Operation *operation, uint32_t *origin);
SHOWN uint32_t TEEC_RegisterSharedMemory(TEEC_Context *ctx,
    TEEC_SharedMemory *shm);
SHOWN uint32_t TEEC_AllocateSharedMemory(TEEC_Context *ctx,
    TEEC_SharedMemory *shm);
SHOWN void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *shm);
SHOWN void TEEC_RequestCancellation(TEEC_Operation *operation);

static int contexts, sessions, blocks;
static uint8_t block[64];

uint32_t
TEEC_InitializeContext(const char *name, TEEC_Context *ctx)
{
	if (name == NULL || strcmp(name, "/dev/tee7") != 0)
		return (NOT_FOUND);
	contexts++;
	ctx->imp.fd = 41;
	ctx->imp.reg_mem = true;
	ctx->imp.memref_null = true;
	return (0);
}

void
TEEC_FinalizeContext(TEEC_Context *ctx)
{
	if (ctx->imp.fd == 41)
		contexts--;
}

uint32_t
TEEC_RegisterSharedMemory(TEEC_Context *ctx, TEEC_SharedMemory *shm)
{
	if (ctx->imp.fd != 41)
		return (BAD_STATE);
	blocks++;
	memset(&shm->imp, 0xff, sizeof(shm->imp));
	shm->imp.id = 42;
	return (0);
}

uint32_t
TEEC_AllocateSharedMemory(TEEC_Context *ctx, TEEC_SharedMemory *shm)
{
	if (ctx->imp.fd != 41)
		return (BAD_STATE);
	blocks++;
	memset(&shm->imp, 0xff, sizeof(shm->imp));
	shm->imp.id = 43;
	shm->buffer = block;
	return (0);
}

void
TEEC_ReleaseSharedMemory(TEEC_SharedMemory *shm)
{
	if (shm->imp.id == 42 || shm->imp.id == 43)
		blocks--;
	shm->imp.id = -1;
}

/*
 * What is copied for a temporary reference is shared by the library's own
 * function, on the library's own stack.
 */
uint32_t
TEEC_OpenSession(TEEC_Context *ctx, TEEC_Session *session,
    const void *destination, uint32_t method, const void *data,
    TEEC_Operation *operation, uint32_t *origin)
{
	struct {
		TEEC_SharedMemory shm;
		uint8_t behind[256];
	} own;

	(void)destination;
	(void)data;
	memset(&own, 0x55, sizeof(own));
	own.shm.buffer = block;
	own.shm.size = sizeof(block);
	own.shm.flags = 1;
	if (TEEC_RegisterSharedMemory(ctx, &own.shm) != 0)
		return (GENERIC);
	TEEC_ReleaseSharedMemory(&own.shm);
	for (size_t i = 0; i < sizeof(own.behind); i++)
		if (own.behind[i] != 0x55)
			return (GENERIC);
	if (operation != NULL)
		operation->imp.session = session;
	session->imp.ctx = ctx;
	session->imp.session_id = 44 + method;
	sessions++;
	*origin = 4;
	return (0);
}

void
TEEC_CloseSession(TEEC_Session *session)
{
	if (session->imp.ctx->imp.fd == 41 && session->imp.session_id == 45)
		sessions--;
}

/* Command 1 tells how much is open; 2 sums up the memory of a reference. */
uint32_t
TEEC_InvokeCommand(TEEC_Session *session, uint32_t command,
    TEEC_Operation *operation, uint32_t *origin)
{
	TEEC_Parameter *p = operation->params;
	const TEEC_SharedMemory *shm;

	*origin = 4;
	if (session->imp.ctx->imp.fd != 41 || session->imp.session_id != 45)
		return (BAD_STATE);
	operation->imp.session = session;
	if (command == 1) {
		p[0].value.a =
		    (uint32_t)(contexts * 100 + sessions * 10 + blocks);
		return (0);
	}
	shm = p[0].memref.parent;
	if (shm->imp.id != 42 && shm->imp.id != 43)
		return (BAD_STATE);
	p[1].value.a = 0;
	for (size_t i = 0; i < shm->size; i++)
		p[1].value.a += ((const uint8_t *)shm->buffer)[i];
	return (0);
}

void
TEEC_RequestCancellation(TEEC_Operation *operation)
{
	if (operation->imp.session != NULL)
		operation->imp.session->imp.session_id = 0;
}
