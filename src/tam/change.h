/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/change.h -- changes and their audit entries, in one atomic step.
 *
 * Device roots lie elsewhere than the trail, so no step can hold both: there
 * the entry comes first, and the roots name it.  After a power cut between the
 * two, the trail tells of an intake that did not take place, and its sender,
 * who got no answer, sends again; a root that no entry tells of cannot be.
 */
#ifndef SOTER_TAM_CHANGE_H
#define SOTER_TAM_CHANGE_H

#include "store/store.h"
#include "tam/audit.h"

struct tam_change {
	struct soter_span who, what, subject, before, after; /* of the entry */
	struct soter_write *writes; /* not to ROOTS; may be NULL */
	size_t n;
	/* What the servers know by heart changes: tenants, models, token keys.
	 * They are told by META "known", whose value is then the hash of the
	 * last entry. */
	bool is_of_known;
	uint64_t now_s;

	uint64_t number; /* of the entry that was written */
};

/**
 * Write the entry and the writes.
 *
 * SOTER_E_EXISTS, SOTER_E_CONFLICT, SOTER_E_NOTFOUND  one of the writes said
 *                  no; nothing was written.
 * SOTER_E_CORRUPT  the head of the trail cannot be read.
 * SOTER_E_OUTCOME  nobody knows; look before repeating.
 * SOTER_E_BUSY     nothing was written; also if others change too much.
 * Those of soter_store_write(), SOTER_E_LIMIT for a text too long.
 */
SOTER_MUST_CHECK enum soter_rc tam_change(struct soter_lane *lane,
    struct tam_change *x, unsigned ms);

/**
 * Several changes, all or nothing; each has its entry.
 *
 * The same errors.  SOTER_E_LIMIT also for more than fits into one group: one
 * write for the head, one for "known", and for each change one beside its own.
 */
SOTER_MUST_CHECK enum soter_rc tam_changes(struct soter_lane *lane,
    struct tam_change *x, size_t n, unsigned ms);

#endif
