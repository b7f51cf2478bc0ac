/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tee_client_api.h -- the GlobalPlatform TEE Client API 1.0: how a program of
 * the normal world talks to a trusted application.
 *
 * Names, types and values are the standard's (GPD_SPE_007), so that programs
 * written for any TEE compile unchanged.  libsoter-teec finds the TEE at run
 * time, in this order:
 *
 *	$SOTER_TEE_SOCKET		a socket of soter-teed; ignored in
 *					programs that run with raised rights
 *	/dev/tee0			a real TEE, through the system's libteec
 *	/run/soter-tee/teed.sock	soter-teed as a service
 *	$XDG_RUNTIME_DIR/soter-tee/teed.sock
 *					soter-teed of this user
 *
 * The members called imp belong to the library.  Their first part is left to
 * the system's libteec, which works in place when calls are passed on to it.
 */
#ifndef TEE_CLIENT_API_H
#define TEE_CLIENT_API_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

#define TEEC_CONFIG_PAYLOAD_REF_COUNT  4
/* Of one shared memory block; what one call can carry is less. */
#define TEEC_CONFIG_SHAREDMEM_MAX_SIZE ULONG_MAX

typedef uint32_t TEEC_Result;

#define TEEC_SUCCESS		     0x00000000
#define TEEC_ERROR_GENERIC	     0xFFFF0000
#define TEEC_ERROR_ACCESS_DENIED     0xFFFF0001
#define TEEC_ERROR_CANCEL	     0xFFFF0002
#define TEEC_ERROR_ACCESS_CONFLICT   0xFFFF0003
#define TEEC_ERROR_EXCESS_DATA	     0xFFFF0004
#define TEEC_ERROR_BAD_FORMAT	     0xFFFF0005
#define TEEC_ERROR_BAD_PARAMETERS    0xFFFF0006
#define TEEC_ERROR_BAD_STATE	     0xFFFF0007
#define TEEC_ERROR_ITEM_NOT_FOUND    0xFFFF0008
#define TEEC_ERROR_NOT_IMPLEMENTED   0xFFFF0009
#define TEEC_ERROR_NOT_SUPPORTED     0xFFFF000A
#define TEEC_ERROR_NO_DATA	     0xFFFF000B
#define TEEC_ERROR_OUT_OF_MEMORY     0xFFFF000C
#define TEEC_ERROR_BUSY		     0xFFFF000D
#define TEEC_ERROR_COMMUNICATION     0xFFFF000E
#define TEEC_ERROR_SECURITY	     0xFFFF000F
#define TEEC_ERROR_SHORT_BUFFER	     0xFFFF0010
/* The TEE's own, which a client sees too. */
#define TEEC_ERROR_EXTERNAL_CANCEL   0xFFFF0011
#define TEEC_ERROR_TARGET_DEAD	     0xFFFF3024
#define TEEC_ERROR_STORAGE_NO_SPACE  0xFFFF3041

/* Where a result comes from. */
#define TEEC_ORIGIN_API		     0x00000001
#define TEEC_ORIGIN_COMMS	     0x00000002
#define TEEC_ORIGIN_TEE		     0x00000003
#define TEEC_ORIGIN_TRUSTED_APP	     0x00000004

/* Of shared memory: which way it may be used. */
#define TEEC_MEM_INPUT		     0x00000001
#define TEEC_MEM_OUTPUT		     0x00000002

/* Of a parameter. */
#define TEEC_NONE		     0x00000000
#define TEEC_VALUE_INPUT	     0x00000001
#define TEEC_VALUE_OUTPUT	     0x00000002
#define TEEC_VALUE_INOUT	     0x00000003
#define TEEC_MEMREF_TEMP_INPUT	     0x00000005
#define TEEC_MEMREF_TEMP_OUTPUT	     0x00000006
#define TEEC_MEMREF_TEMP_INOUT	     0x00000007
#define TEEC_MEMREF_WHOLE	     0x0000000C
#define TEEC_MEMREF_PARTIAL_INPUT    0x0000000D
#define TEEC_MEMREF_PARTIAL_OUTPUT   0x0000000E
#define TEEC_MEMREF_PARTIAL_INOUT    0x0000000F

/* Of a session: as whom the client comes.  connectionData in brackets. */
#define TEEC_LOGIN_PUBLIC	     0x00000000 /* nobody in particular (NULL) */
#define TEEC_LOGIN_USER		     0x00000001 /* its user (NULL) */
#define TEEC_LOGIN_GROUP	     0x00000002 /* one of its groups (a gid_t) */
#define TEEC_LOGIN_APPLICATION	     0x00000004
#define TEEC_LOGIN_USER_APPLICATION  0x00000005
#define TEEC_LOGIN_GROUP_APPLICATION 0x00000006

#define TEEC_PARAM_TYPES(t0, t1, t2, t3)                              \
	((uint32_t)(t0) | (uint32_t)(t1) << 4 | (uint32_t)(t2) << 8 | \
	    (uint32_t)(t3) << 12)
#define TEEC_PARAM_TYPE_GET(types, i) (((types) >> ((i)*4)) & 0xFU)

typedef struct {
	uint32_t timeLow;
	uint16_t timeMid;
	uint16_t timeHiAndVersion;
	uint8_t clockSeqAndNode[8];
} TEEC_UUID;

typedef struct {
	struct {
		void *reserved[4];
		const void *backend;
		void *state;
	} imp;
} TEEC_Context;

typedef struct {
	struct {
		void *reserved[4];
		const void *backend;
		void *state;
	} imp;
} TEEC_Session;

typedef struct {
	void *buffer;
	size_t size;
	uint32_t flags; /* TEEC_MEM_INPUT, TEEC_MEM_OUTPUT or both */
	struct {
		void *reserved[8];
		const void *backend;
		void *state;
	} imp;
} TEEC_SharedMemory;

typedef struct {
	void *buffer;
	size_t size;
} TEEC_TempMemoryReference;

typedef struct {
	TEEC_SharedMemory *parent;
	size_t size;
	size_t offset;
} TEEC_RegisteredMemoryReference;

typedef struct {
	uint32_t a;
	uint32_t b;
} TEEC_Value;

typedef union {
	TEEC_TempMemoryReference tmpref;
	TEEC_RegisteredMemoryReference memref;
	TEEC_Value value;
} TEEC_Parameter;

typedef struct {
	uint32_t started; /* 0 before each call that may be cancelled */
	uint32_t paramTypes;
	TEEC_Parameter params[TEEC_CONFIG_PAYLOAD_REF_COUNT];
	struct {
		void *reserved[4];
		const void *backend;
		void *state;
	} imp;
} TEEC_Operation;

/**
 * Find the TEE.
 *
 * name  NULL for the order above; "/dev/tee0" for the system's libteec; the
 *       absolute path of a socket of soter-teed.
 *
 * TEEC_ERROR_ITEM_NOT_FOUND  there is no TEE, or none of this name.
 * TEEC_ERROR_COMMUNICATION   there is one, and it does not answer.
 * TEEC_ERROR_ACCESS_DENIED   this user may not talk to it.
 * TEEC_ERROR_OUT_OF_MEMORY
 */
TEEC_Result TEEC_InitializeContext(const char *name, TEEC_Context *context);

/** All sessions closed, all shared memory released before. */
void TEEC_FinalizeContext(TEEC_Context *context);

/**
 * Share memory of the program's own: buffer, size and flags are set by it.
 * TEEC_ERROR_BAD_PARAMETERS, TEEC_ERROR_OUT_OF_MEMORY.
 */
TEEC_Result TEEC_RegisterSharedMemory(TEEC_Context *context,
    TEEC_SharedMemory *sharedMem);

/** The same with memory that the library provides; size and flags are set. */
TEEC_Result TEEC_AllocateSharedMemory(TEEC_Context *context,
    TEEC_SharedMemory *sharedMem);

void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *sharedMem);

/**
 * Open a session with a trusted application.
 *
 * connectionMethod  TEEC_LOGIN_...; the APPLICATION kinds give
 *                   TEEC_ERROR_NOT_SUPPORTED: Linux cannot vouch for a program.
 * operation         parameters; may be NULL.
 * returnOrigin      may be NULL.
 */
TEEC_Result TEEC_OpenSession(TEEC_Context *context, TEEC_Session *session,
    const TEEC_UUID *destination, uint32_t connectionMethod,
    const void *connectionData, TEEC_Operation *operation,
    uint32_t *returnOrigin);

void TEEC_CloseSession(TEEC_Session *session);

/** Threads may share a session; their commands run one after the other. */
TEEC_Result TEEC_InvokeCommand(TEEC_Session *session, uint32_t commandID,
    TEEC_Operation *operation, uint32_t *returnOrigin);

/** Ask, from another thread, that a running call come to an end. */
void TEEC_RequestCancellation(TEEC_Operation *operation);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
