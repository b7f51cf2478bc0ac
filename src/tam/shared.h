/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/shared.h -- moduli that share a prime.  A generator with too little
 * chance in it makes them, and whoever has two of them has the private keys of
 * both: one gcd is enough.  A single key does not show it; whoever keeps all
 * roots can find it out, with all pairs at once.
 *
 *	P        the product of all moduli
 *	P mod n^2, divided by n, is the product of all others modulo n; what it
 *	has in common with n is shared
 *
 * P modulo all n^2 is taken down a tree of products.  So that trees fit into
 * memory the moduli are taken a chunk at a time; what lies outside comes in as
 * one factor at the top of the chunk's tree.
 *
 * Source: docs/protocol.md a (roots); Bernstein, "How to find smooth parts of
 * integers", 2004; Heninger et al., "Mining Your Ps and Qs", USENIX Security
 * 2012.
 */
#ifndef SOTER_TAM_SHARED_H
#define SOTER_TAM_SHARED_H

#include "base/key.h"
#include "base/span.h"

#define TAM_SHARED_CHUNK (UINT64_C(1) << 17) /* its tree has 1 GiB */

struct tam_shared {
	const uint8_t (*moduli)[SOTER_RSA_LEN]; /* 0 shares nothing */
	bool *is_shared; /* set: it shares a prime with another one */
	size_t n;
	size_t chunk; /* 1 or more; the answer does not depend on it */

	/* Called now and then with how much of all is done; may be NULL. */
	void (*step)(void *context, size_t done, size_t all);
	void *context;
};

/**
 * Compare all with all; sets each of is_shared.
 *
 * Memory: 300 bytes for each, and 8 KiB for each of a chunk.  The library of
 * big numbers ends the process if there is not enough.
 *
 * SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc tam_shared_find(const struct tam_shared *x);

/** Do these two share a prime, and are not the same? */
bool tam_shared_pair(const uint8_t a[SOTER_RSA_LEN],
    const uint8_t b[SOTER_RSA_LEN]);

#endif
