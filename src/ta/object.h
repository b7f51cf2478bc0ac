/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ta/object.h -- persistent objects as both TAs use them: read whole, written
 * whole in one call, so that a power cut leaves the old one or the new one.
 *
 * An object that must not be lost is never replaced by another of its name: it
 * is changed.  GP wants both to be one step, but OP-TEE 4.10, which keeps its
 * word in the REE store, removes the old object of an RPMB before the new one
 * gets its name, and a power cut in between leaves none.  Changing data is one
 * step in both (docs/optee.md), and one write to the RPMB instead of seven.
 *
 * Handles never stay open between calls: an open handle would keep the object
 * from being replaced.
 */
#ifndef SOTER_TA_OBJECT_H
#define SOTER_TA_OBJECT_H

#include <tee_internal_api.h>

#include "base/span.h"

#define TA_OBJECT_ID_MAX 64 /* GP's TEE_OBJECT_ID_MAX_LEN */

/* A name, on the TA's own stack: one in shared memory would be a panic. */
struct ta_object_id {
	uint8_t p[TA_OBJECT_ID_MAX];
	size_t n;
};

/** An id from a text and, behind it, bytes in hex.  Cut at the limit. */
struct ta_object_id ta_object_id(const char *text, struct soter_span hex);

/**
 * Open an object to read it and to use its key.  Close with TEE_CloseObject().
 *
 * storage  TA_ANCHORED or TA_PLAIN.
 *
 * SOTER_E_NOTFOUND, SOTER_E_CORRUPT (some TEEs have removed it then),
 * SOTER_E_STORAGE, SOTER_E_ROLLBACK, SOTER_E_NOMEM, SOTER_E_OTHERS.
 */
SOTER_MUST_CHECK enum soter_rc ta_object_open(TEE_ObjectHandle *out,
    uint32_t storage, const struct ta_object_id *id);

/**
 * Append the data of an object that was just opened.
 *
 * SOTER_E_CORRUPT  there is more than fits: we never wrote that.
 * Else as ta_object_open(), but never SOTER_E_NOTFOUND.
 */
SOTER_MUST_CHECK enum soter_rc ta_object_data(TEE_ObjectHandle object,
    struct soter_writer *w);

/** Open, read, close. */
SOTER_MUST_CHECK enum soter_rc ta_object_read(uint32_t storage,
    const struct ta_object_id *id, struct soter_writer *w);

/**
 * Write an object whole, in the place of an older one, which must be one that
 * may be lost.
 *
 * key   a transient object whose attributes are stored, or TEE_HANDLE_NULL.
 *       Stays the caller's.
 *
 * SOTER_E_RPMB_NOT_PROVISIONED  there is no such storage in this TEE.
 * SOTER_E_FULL, and as ta_object_open().
 */
SOTER_MUST_CHECK enum soter_rc ta_object_write(uint32_t storage,
    const struct ta_object_id *id, TEE_ObjectHandle key,
    struct soter_span data);

/**
 * Give an object without a key other data; make it if there is none, or what is
 * there is damaged.
 *
 * data  at least as long as what is there: what would be left over behind it
 *       could only be cut off in a second step.
 *
 * SOTER_E_LIMIT, and as ta_object_write().
 */
SOTER_MUST_CHECK enum soter_rc ta_object_update(uint32_t storage,
    const struct ta_object_id *id, struct soter_span data);

/** Remove an object, damaged or not.  SOTER_OK also if there is none. */
SOTER_MUST_CHECK enum soter_rc ta_object_remove(uint32_t storage,
    const struct ta_object_id *id);

/** Remove what counts for nothing; where that fails, it stays. */
void ta_object_discard(uint32_t storage, const struct ta_object_id *id);

/**
 * The ids of a storage that begin with a prefix.  The enumerator is closed
 * again when this returns, so that the caller may remove what it got.
 *
 * ids  receives the first max of them; may be NULL if max is 0.
 * n    receives how many there are, which may be more than max.  A damaged
 *      object may have no name any more; then the empty prefix alone counts
 *      it.
 *
 * Errors as ta_object_open(), but never SOTER_E_NOTFOUND.
 */
SOTER_MUST_CHECK enum soter_rc ta_object_list(uint32_t storage,
    struct soter_span prefix, struct ta_object_id *ids, size_t max, size_t *n);

#endif
