/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/pin.h -- a PIN, from a file, from the terminal, or from the command line.
 */
#ifndef SOTER_CLI_PIN_H
#define SOTER_CLI_PIN_H

#include "cli/teeline.h"

/* Wipe it after use. */
struct pin {
	size_t n;
	uint8_t p[SOTER_PIN_MAX];
};

/**
 * Get a PIN.  On failure one line on standard error says why.
 *
 * from    where; if it says nothing, the terminal is asked.
 * prompt  for the terminal; option  for the message if there is none.
 *
 * SOTER_E_READ      no such file, no terminal, or not SOTER_PIN_MIN to
 *                   SOTER_PIN_MAX bytes.
 * SOTER_E_ARGUMENT, SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc pin_get(struct pin *out,
    const struct teeline_pin *from, const char *prompt, const char *option);

/** Its bytes; borrowed. */
static inline struct soter_span
pin_span(const struct pin *pin)
{
	return (soter_span(pin->p, pin->n));
}

#endif
