/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/steps.h -- what the TAs ask of their anchors, in turn.
 *
 * A TPM may keep the manager for as long as it likes, and each step writes
 * memory of it that wears out.  So that a TA which was taken over starves
 * nobody, and does not wear out what the others need:
 *
 *	a TA has one question at a time; what it asks meanwhile is dropped
 *	one is answered in each turn of the manager's loop, TA after TA
 *	steps that wear something out come from a budget of the TA's own
 */
#ifndef SOTER_TEEHOST_STEPS_H
#define SOTER_TEEHOST_STEPS_H

#include "teehost/catalog.h"
#include "wire/teectl.h"

#define TEEHOST_STEPS_MAX 600  /* in a row */
#define TEEHOST_STEP_MS	  1000 /* then one each */

struct teehost_steps {
	struct {
		bool is_asked, costs;
		struct soter_teectl x;
		uint64_t full_ms; /* when its budget is whole again */
	} list[TEEHOST_TAS_MAX];
	size_t next; /* whose turn it is */
};

/**
 * A TA asks.
 *
 * x      SOTER_TEECTL_ANCHOR_READ or SOTER_TEECTL_ANCHOR_EXTEND.
 * costs  it wears something out.
 */
void teehost_steps_ask(struct teehost_steps *steps, size_t ta,
    const struct soter_teectl *x, bool costs);

/** Its process is gone; its budget stays as it is. */
void teehost_steps_forget(struct teehost_steps *steps, size_t ta);

/**
 * The next question, which is then to be answered.
 *
 * ta, x  written if there is one: true.
 */
bool teehost_steps_next(struct teehost_steps *steps, uint64_t now_ms,
    size_t *ta, struct soter_teectl *x);

/** ms until there is one; -1: nobody asks. */
int teehost_steps_wait(const struct teehost_steps *steps, uint64_t now_ms);

#endif
