/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/keyfile.h -- how a sealer keeps its file: made once, durable before
 * its content is used, and never made anew where something depends on it.
 *
 *	offset  size  field
 *	0       8     "SOTERkf1"
 *	8       4     n, length of the content, little-endian
 *	12      n     content
 *	12+n    32    SHA-256 of everything before: a file that was cut while
 *	              it was made is told from one that was used
 */
#ifndef SOTER_TEEHOST_KEYFILE_H
#define SOTER_TEEHOST_KEYFILE_H

#include "teehost/disk.h"

#define TEEHOST_KEYFILE_MAX 2048 /* bytes of content */

/**
 * Read the content, and make sure that it is durable.
 *
 * file  its name; nobody else may be able to read or write it.
 * out   room for TEEHOST_KEYFILE_MAX bytes.
 *
 * SOTER_E_NOTFOUND  there is none, or one that was cut while it was made; and
 *                   nothing in the folder depends on one: make it.
 * SOTER_E_CORRUPT   there is none, or it is broken, and something depends on
 *                   it: another key file, a TA's folder or its files.
 * SOTER_E_STORAGE   cannot be read, or others can.
 * SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_keyfile_read(struct teehost_disk *disk,
    const char *file, struct soter_writer *out);

/**
 * Write it; on SOTER_OK it is durable.
 * SOTER_E_FULL, SOTER_E_STORAGE, SOTER_E_LIMIT, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc teehost_keyfile_write(struct teehost_disk *disk,
    const char *file, struct soter_span content);

#endif
