/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz/fuzz.h -- what every harness shares.
 *
 * A harness states a property, not only "does not crash".  The sanitizers see
 * a reader that leaves the input: libFuzzer hands it over in a heap block of
 * its own.
 */
#ifndef SOTER_FUZZ_FUZZ_H
#define SOTER_FUZZ_FUZZ_H

#include <stdlib.h>
#include <string.h>

#include "base/span.h"

#define MUST(c)                  \
	do {                     \
		if (!(c))        \
			abort(); \
	} while (0)

/* What outputs are filled with beforehand, to see that a failure leaves them.
 */
#define FUZZ_FILL 0xa5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Does part lie inside whole? */
static inline bool
fuzz_inside(struct soter_span part, struct soter_span whole)
{
	return (part.n == 0 ||
	    ((uintptr_t)part.p >= (uintptr_t)whole.p && part.n <= whole.n &&
		(uintptr_t)part.p - (uintptr_t)whole.p <= whole.n - part.n));
}

/* Are all n bytes at p still FUZZ_FILL? */
static inline bool
fuzz_untouched(const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((const uint8_t *)p)[i] != FUZZ_FILL)
			return (false);
	return (true);
}

#endif
