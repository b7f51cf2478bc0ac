/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/asks.h -- the file of ASKs, one of each device that somebody has the
 * root's key of, signed beforehand, so that a load run signs nothing.
 *
 * A frame (fleet/framed.h) is the device's number, 8 bytes, least significant
 * first, then the export blob of docs/protocol.md b.1.  The ASKs' own keys are
 * few and come again: nothing under them is checked.
 */
#ifndef SOTER_FLEET_ASKS_H
#define SOTER_FLEET_ASKS_H

#include "base/key.h"
#include "base/span.h"
#include "fleet/framed.h"
#include "wire/keyjson.h"

#define FLEET_ASKS_MAX	100000
#define FLEET_ASK_TEXT	1024 /* JSON of an ASK; some 560 in fact */
#define FLEET_ASK_FRAME (8 + 4 + FLEET_ASK_TEXT + SOTER_SIG_LEN)

struct fleet_ask {
	uint64_t device;	/* its number in the file of devices */
	struct soter_span text; /* borrowed */
	struct soter_span sig;	/* borrowed, SOTER_SIG_LEN */
};

struct fleet_asks; /* all of a file, in memory */

/** Append a frame's content.  SOTER_E_NOSPACE and others of wire/export.h. */
SOTER_MUST_CHECK enum soter_rc fleet_ask_write(struct soter_writer *w,
    const struct fleet_ask *ask);

/** The inverse; borrows from in.  The errors of wire/export.h. */
SOTER_MUST_CHECK enum soter_rc fleet_ask_parse(struct fleet_ask *out,
    struct soter_span in);

/**
 * Read a whole file.
 *
 * SOTER_E_LIMIT  more than FLEET_ASKS_MAX.
 * Else the errors of fleet/framed.h and wire/export.h.
 */
SOTER_MUST_CHECK enum soter_rc fleet_asks_open(struct fleet_asks **out,
    const char *path);

/** At least one. */
size_t fleet_asks_count(const struct fleet_asks *asks);

/** ASK i; borrowed. */
const struct fleet_ask *fleet_asks_at(const struct fleet_asks *asks, size_t i);

void fleet_asks_close(struct fleet_asks **asks);

#endif
