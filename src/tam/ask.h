/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/ask.h -- is this ASK genuine?  The one question of verify_ask, in two
 * steps with the store between them:
 *
 *	tam_ask_read()    which device does it claim to come from?
 *	(the store)       what is known of that device?
 *	tam_ask_judge()   the answer
 */
#ifndef SOTER_TAM_ASK_H
#define SOTER_TAM_ASK_H

#include "soter/verify.h"
#include "tam/root.h"
#include "wire/platform.h"

struct tam_ask {
	struct soter_signed is; /* borrowed from the room it was read into */
	struct soter_claim claimed; /* to look the root up, and for no more */
	bool explain;
};

/**
 * Read the body of verify_ask.
 *
 * room    receives what the body's texts stand for; body.n bytes are enough,
 *         and must live as long as *out.
 * answer  if this fails: what to say.  Else only explain's part is set.
 *
 * SOTER_OK, or the reason that stands in the answer.
 */
SOTER_MUST_CHECK enum soter_rc tam_ask_read(struct tam_ask *out,
    struct soter_span body, struct soter_writer *room,
    struct soter_platform_answer *answer);

/**
 * Judge it by what is known of the device that it claims.
 *
 * device  NULL: nothing is known.
 * cls     of whoever asks.
 *
 * SOTER_OK, or why not, which stands in the answer as far as it may be told;
 * SOTER_E_NOMEM, SOTER_E_ENGINE, SOTER_E_CORRUPT: nothing was judged.
 */
SOTER_MUST_CHECK enum soter_rc tam_ask_judge(
    struct soter_platform_answer *answer, const struct tam_ask *ask,
    const struct tam_device *device, enum soter_class cls);

#endif
