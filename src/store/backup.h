/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store/backup.h -- a copy of a store that is in use, and the way back.
 */
#ifndef SOTER_STORE_BACKUP_H
#define SOTER_STORE_BACKUP_H

#include "base/span.h"

/**
 * Copy a store while others use it.  The copy is one state of all that changes
 * and one of the roots; it appears under its name when it is whole and durable.
 *
 * where  a directory: the copy is a directory, a store itself.
 *        A postgresql:// URL: the copy is a dump (store/dump.h).
 * to     a path that is not there; a directory may be there, empty.
 *
 * SOTER_E_EXISTS    to is there.
 * SOTER_E_NOTFOUND  there is no store.
 * SOTER_E_ARGUMENT  no such place; or this process has the directory open.
 * SOTER_E_CORRUPT   the store is damaged; no copy is made.
 * SOTER_E_SCHEMA, SOTER_E_SCHEMA_OLDER, SOTER_E_BUSY, SOTER_E_FULL,
 * SOTER_E_STORAGE, SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc soter_store_backup(const char *where,
    const char *to);

/**
 * Make a store from a copy, after every record of it was read and found whole.
 *
 * from   what soter_store_backup() wrote: a directory or a dump.  Either can go
 *        to either place.
 * where  a directory that is not there or empty, or a database without a store
 *        or with an empty one.
 *
 * SOTER_E_EXISTS    there is a store already.
 * SOTER_E_NOTFOUND  from is not there.
 * SOTER_E_CORRUPT   the copy is damaged, or cut; nothing is made.
 * SOTER_E_FORMAT    from is a file that is no dump.
 * Those of soter_store_backup(), and SOTER_E_OUTCOME (soter_store_load()).
 */
SOTER_MUST_CHECK enum soter_rc soter_store_restore(const char *from,
    const char *where);

#endif
