/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chain/rewrite.h -- the texts that a received text may have been.
 *
 * A signed text travels through editors, version control, JSON libraries and
 * forms, and arrives changed.  This enumerates what it may have been before,
 * least change first, so that each can be held against the signature.
 */
#ifndef SOTER_CHAIN_REWRITE_H
#define SOTER_CHAIN_REWRITE_H

#include "chain/report.h"

/* Longer texts are not searched; no key or result comes near. */
#define SOTER_REWRITE_TEXT_MAX 4096

/**
 * Try one earlier text.  true: this is it, stop.
 */
typedef bool soter_rewrite_try(void *state, struct soter_span text);

/**
 * Enumerate.  When `attempt` says yes, hint at every change that was undone.
 *
 * text     as received; not tried itself.
 * attempt  called some thousand times at most.
 *
 * true if one was right.
 */
bool soter_rewrite_search(struct soter_report *why, struct soter_span text,
    soter_rewrite_try *attempt, void *state);

#endif
