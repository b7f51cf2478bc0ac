/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store/dump.h -- a whole store in one file, to move it to another place.
 *
 * All numbers are big-endian.
 *
 *	offset  size  field
 *	0       8     "SOTERdp1"
 *	8       4     schema
 *	12      4     CRC-32C of the 12 bytes before
 *
 * then records, in rising (kind, key):
 *
 *	0       1     kind, 1 to 254
 *	1       1     k, length of the key
 *	2       4     n, length of the value
 *	6       8     version
 *	14      k     key
 *	14+k    n     value
 *	14+k+n  4     CRC-32C of all of the record before
 *
 * and at the end, with nothing behind it:
 *
 *	0       1     255
 *	1       8     number of records
 *	9       4     CRC-32C of the CRCs of header and records, in order
 *	13      4     CRC-32C of the 13 bytes before
 *
 * CRCs find accidents.  Who can write the file can write other records: keep it
 * as you keep the store.
 */
#ifndef SOTER_STORE_DUMP_H
#define SOTER_STORE_DUMP_H

#include "base/span.h"

/**
 * Write all records of a store that may be in use: one state of all that
 * changes and one of the roots (PostgreSQL: one state).
 *
 * where  as for soter_store_open().
 * file   a path that is not there; the file appears when it is whole and
 *        durable.
 * count  receives the number of records; may be NULL.
 *
 * SOTER_E_ARGUMENT  no such place; or this process has the directory open.
 * SOTER_E_EXISTS, SOTER_E_NOTFOUND, SOTER_E_CORRUPT, SOTER_E_SCHEMA,
 * SOTER_E_SCHEMA_OLDER, SOTER_E_BUSY, SOTER_E_FULL, SOTER_E_STORAGE,
 * SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc soter_store_dump(const char *where,
    const char *file, uint64_t *count);

/**
 * Make a store from a dump, with the same versions: all of it or nothing.  The
 * whole file is read and found whole before anything is made.
 *
 * where  a directory that is not there or empty, or a database without a store
 *        or with an empty one.
 *
 * SOTER_E_EXISTS    there is a store already (a database: with records).
 * SOTER_E_NOTFOUND  file is not there.
 * SOTER_E_FORMAT    it is no dump.
 * SOTER_E_CORRUPT   it is damaged or cut.
 * SOTER_E_SCHEMA    it was written by a newer program.
 * SOTER_E_BUSY, SOTER_E_FULL, SOTER_E_STORAGE, SOTER_E_NOMEM.
 * SOTER_E_OUTCOME   the connection was lost at the last step: look whether the
 *                   store is there.
 */
SOTER_MUST_CHECK enum soter_rc soter_store_load(const char *where,
    const char *file, uint64_t *count);

#endif
