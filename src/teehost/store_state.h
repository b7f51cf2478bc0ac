/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/store_state.h -- the inside of teehost/store.h, for store*.c only.
 *
 * States of a storage:
 *
 *	fresh    the anchor is zero: nothing was ever acknowledged here.  The
 *	         first change makes both slots and anchors an empty index, so
 *	         that objects exist only below an anchor that is not zero
 *	in use   slot N is what the anchor names
 *	broken   an anchor's step ended in an error, and the anchor does not say
 *	         what it did: everything is refused until the next open
 */
#ifndef SOTER_TEEHOST_STORE_STATE_H
#define SOTER_TEEHOST_STORE_STATE_H

#include "teehost/object.h"
#include "teehost/store.h"

/* A slot is as long as one of these times a power of two. */
#define TEEHOST_STORE_SLOT_LEN_MIN 4096
#define TEEHOST_STORE_SLOT_LEN_MAX ((size_t)512 * 1024)

struct teehost_store {
	struct teehost_objects objects;
	struct teehost_anchor *anchor; /* borrowed */
	uint8_t index_key[TEEHOST_KEY_LEN];

	struct teehost_index index;
	uint64_t next_version;		   /* counts failed changes too */
	uint8_t value[TEEHOST_ANCHOR_LEN]; /* of the anchor */
	unsigned slot;			   /* the one that counts */
	size_t slot_len[2];		   /* bytes that the file surely has */
	bool slot_is_there[2];
	bool is_fresh, is_broken;
};

/* Names of the files of the two slots. */
extern const char *const teehost_store_slots[2];

/** What an anchor's step with this digest makes of its value. */
SOTER_MUST_CHECK enum soter_rc teehost_store_extended(
    uint8_t out[TEEHOST_ANCHOR_LEN], struct soter_span value,
    struct soter_span digest);

#endif
