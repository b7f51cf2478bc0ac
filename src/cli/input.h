/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/input.h -- files and standard input, up to a limit.
 */
#ifndef SOTER_CLI_INPUT_H
#define SOTER_CLI_INPUT_H

#include "base/span.h"

/* Far above what is accepted, so that a long text is judged, not just cut. */
#define INPUT_SIGNED_MAX (1024 * 1024)
#define INPUT_KEY_MAX	 (128 * 1024) /* a signature or a key; a chain fits */
#define INPUT_ROOTS_MAX	 (64 * 1024 * 1024)

struct input {
	uint8_t *p; /* owned; NULL if nothing was read */
	size_t n;
};

/**
 * Read a whole file.  On failure one line on standard error says why, and what
 * to do.
 *
 * file  "-" is standard input, which can be named once.
 * max   bytes; not one more than max + 1 is read of a larger file.
 * what  the thing that should be in it, for the message.
 *
 * SOTER_E_READ      missing, not permitted, a directory, empty, too large.
 * SOTER_E_ARGUMENT  standard input for the second time.
 * SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc input_read(struct input *out, const char *file,
    size_t max, const char *what);

/** The bytes; borrowed. */
static inline struct soter_span
input_span(const struct input *in)
{
	return (soter_span(in->p, in->n));
}

/** Cut one LF or CR LF behind a text; what else is wrong is left to see. */
void input_cut_line_end(struct input *in);

/** in may hold nothing. */
void input_free(struct input *in);

#endif
