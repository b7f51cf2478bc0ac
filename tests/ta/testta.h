/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/ta/testta.h -- a trusted application that only the tests have: it does
 * what a client asks, and what no TA should.
 */
#ifndef SOTER_TESTS_TESTTA_H
#define SOTER_TESTS_TESTTA_H

#define TESTTA_UUID                                                    \
	{                                                              \
		0xe85ec501, 0xebd3, 0x46be,                            \
		{                                                      \
			0x90, 0x59, 0x84, 0xaf, 0x4d, 0xd5, 0x20, 0x53 \
		}                                                      \
	}
#define TESTTA_TEXT   "e85ec501-ebd3-46be-9059-84af4dd52053"

/* Opening with this first value, an input, is refused. */
#define TESTTA_REFUSE 0xdead

enum testta_command {
	/* Any types: values are swapped, memory is inverted or filled. */
	TESTTA_ANY = 1,
	/* Memory in, memory out: the same bytes; TEE_ERROR_SHORT_BUFFER. */
	TESTTA_ECHO,
	/* Memory out: left as it is. */
	TESTTA_LEAVE,
	/* Value out: calls of this session, and of the instance. */
	TESTTA_COUNT,
	/* Memory out: login in 4 bytes, UUID in 16 as GP writes its fields. */
	TESTTA_IDENTITY,
	/* TEE_Panic(); a write to address 0; an endless loop of calls. */
	TESTTA_PANIC,
	TESTTA_CRASH,
	/* Runs until the client cancels; then TEE_ERROR_CANCEL. */
	TESTTA_UNTIL_CANCEL,
	/* Value in: TEE_Malloc of so many bytes, and free again. */
	TESTTA_ALLOCATE,
	/* Memory in: the object "x"; memory out: its content. */
	TESTTA_STORE,
	TESTTA_LOAD,
	/*
	 * Memory in: a UUID; value in: command, and after how many ms to
	 * cancel it (0: never).  Opens a session there, calls, closes.  Value
	 * out: result and origin.  Memory out: of the callee.
	 */
	TESTTA_CALL,
	/* Memory in: a UUID.  Opens a session there and keeps it. */
	TESTTA_HOLD,
	TESTTA_LET_GO,
	/*
	 * Memory in: a UUID.  Opens sessions there until one is refused, and
	 * keeps them.  Value out: how many, and what the last one was told.
	 */
	TESTTA_FLOOD,
	/*
	 * Value in: see tests/ta/forbidden.h; value out: 0, or the errno, now
	 * and when the library was loaded.
	 */
	TESTTA_FORBIDDEN,
	/* Memory in: name of a property of the TEE; memory out: its text. */
	TESTTA_PROPERTY,
};

/* What a locked process must not get. */
enum testta_forbidden {
	TESTTA_OPEN_PASSWD,
	TESTTA_OPEN_RELATIVE, /* ../.. from the storage's directory */
	TESTTA_WRITE_TMP,
	TESTTA_SOCKET_UNIX,
	TESTTA_SOCKET_INET,
	TESTTA_EXEC,
	TESTTA_FORK,
	TESTTA_PTRACE,
	TESTTA_KILL_PARENT,
	TESTTA_SETUID,
	TESTTA_MMAP_EXEC,
	TESTTA_MPROTECT_EXEC,
	TESTTA_MOUNT,
	TESTTA_UNSHARE,
	TESTTA_READ_MEMORY,    /* of its parent */
	TESTTA_CORE,	       /* give itself a core dump again */
	TESTTA_SIGNAL_BY_FILE, /* have a file signal its parent */
	TESTTA_FORBIDDEN_N,
};

#endif
