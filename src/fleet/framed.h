/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/framed.h -- the files of a fleet: a header, then frames, read and
 * written from front to end with the memory of one frame.
 *
 *	offset  size  header
 *	0       8     "OSFLEET", and a letter for the kind of file
 *	8       4     version, 1
 *	12      8     items: devices, or ASKs
 *	20      8     seed that they were made from
 *	28      8     keys: devices that somebody has the key of
 *	36      8     frames that follow
 *	44      4     CRC-32 of these 44 bytes
 *
 *	offset  size  frame
 *	0       4     n, at most FLEET_FRAME_MAX
 *	4       n     content
 *	4+n     4     CRC-32 of the frame's number (8 bytes), n and content
 *
 * All numbers are least significant byte first.  A file that is cut, or in
 * which frames changed places, is refused where that shows.
 */
#ifndef SOTER_FLEET_FRAMED_H
#define SOTER_FLEET_FRAMED_H

#include "base/span.h"

#define FLEET_FRAME_MAX (512 * 1024)
#define FLEET_PATH_MAX	4096

enum fleet_kind {
	FLEET_KIND_DEVICES = 'D',
	FLEET_KIND_ASKS = 'A',
};

struct fleet_head {
	enum fleet_kind kind;
	uint64_t items, seed, keys, frames;
};

struct fleet_writer;
struct fleet_reader;

/**
 * Begin a file.  Until it is finished it has another name, path with ".part".
 *
 * SOTER_E_NOMEM, SOTER_E_STORAGE; SOTER_E_ARGUMENT: the path is too long.
 */
SOTER_MUST_CHECK enum soter_rc fleet_writer_open(struct fleet_writer **out,
    const char *path, const struct fleet_head *head);

/**
 * Append a frame.
 *
 * SOTER_E_LIMIT    longer than FLEET_FRAME_MAX.
 * SOTER_E_FULL, SOTER_E_STORAGE  not written.
 */
SOTER_MUST_CHECK enum soter_rc fleet_writer_put(struct fleet_writer *w,
    struct soter_span content);

/**
 * Put the whole file in its place and free the writer, in any case.
 *
 * SOTER_E_FORMAT   not as many frames as the header promised.
 * SOTER_E_FULL, SOTER_E_STORAGE  there is no such file now, or the old one.
 */
SOTER_MUST_CHECK enum soter_rc fleet_writer_finish(struct fleet_writer **w);

/** Leave nothing behind; NULL inside is accepted. */
void fleet_writer_drop(struct fleet_writer **w);

/**
 * Open a file and check its header.
 *
 * SOTER_E_NOMEM
 * SOTER_E_READ     it cannot be read.
 * SOTER_E_SHORT    it ends in its header.
 * SOTER_E_FORMAT   not such a file, another kind or version.
 * SOTER_E_CORRUPT  the header is damaged.
 */
SOTER_MUST_CHECK enum soter_rc fleet_reader_open(struct fleet_reader **out,
    const char *path, enum fleet_kind kind);

/** Borrowed from the reader. */
const struct fleet_head *fleet_reader_head(const struct fleet_reader *r);

/**
 * The next frame's content; borrowed until the next call.
 *
 * SOTER_E_NOTFOUND  there was the last one, and the file ends there.
 * SOTER_E_SHORT     the file is cut.
 * SOTER_E_LIMIT     a frame above FLEET_FRAME_MAX.
 * SOTER_E_CORRUPT   a damaged frame, or one in another place.
 * SOTER_E_FORMAT    bytes follow the last frame.
 * SOTER_E_READ      the disk.
 */
SOTER_MUST_CHECK enum soter_rc fleet_reader_next(struct fleet_reader *r,
    struct soter_span *out);

void fleet_reader_close(struct fleet_reader **r);

#endif
