/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teec/channel.h -- one connection to soter-teed, and messages over it.
 */
#ifndef SOTER_TEEC_CHANNEL_H
#define SOTER_TEEC_CHANNEL_H

#include "teec/tee_client_api.h"
#include "wire/teemsg.h"

/**
 * Connect to the socket at path; *fd blocks.
 *
 * TEEC_ERROR_ITEM_NOT_FOUND  nobody listens there.
 * TEEC_ERROR_ACCESS_DENIED   this user may not.
 * TEEC_ERROR_BUSY            it did not take us for some seconds.
 * TEEC_ERROR_BAD_PARAMETERS  no path of a socket.
 * TEEC_ERROR_COMMUNICATION, TEEC_ERROR_OUT_OF_MEMORY.
 */
TEEC_Result teec_channel_connect(int *fd, const char *path);

/**
 * Send messages, one behind the other, in as few calls as it takes.  false if
 * the other end is gone; it may have answered before that.
 */
bool teec_channel_send(int fd, const struct soter_teemsg *messages, size_t n);

/** Send without waiting, for a CANCEL.  A lost one is not an error. */
void teec_channel_try(int fd, const struct soter_teemsg *message);

/* A message that was received.  Free with teec_channel_done(). */
struct teec_received {
	struct soter_teemsg x; /* borrows from what follows */
	uint8_t *large;
	uint8_t small[4096 + 512];
};

/**
 * Wait for a message.
 *
 * max  bytes of the longest that makes sense here.
 *
 * TEEC_ERROR_TARGET_DEAD    the other end is gone.
 * TEEC_ERROR_COMMUNICATION  it sent something that is no such message.
 * TEEC_ERROR_OUT_OF_MEMORY  the connection is of no use any more.
 */
TEEC_Result teec_channel_receive(int fd, size_t max, struct teec_received *out);

void teec_channel_done(struct teec_received *received);

/** Say that nothing more comes, wait some seconds for the end, close. */
void teec_channel_close(int fd);

#endif
