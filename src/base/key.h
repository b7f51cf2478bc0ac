/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * base/key.h -- the numbers of a public key, as somebody claims them.
 *
 * The parsers in wire/ fill this in, crypto/ turns it into a prepared key
 * after the key policy has agreed.  The algorithm is a field, so that a later
 * one (ECC P-256 is already on some phones) needs no new plumbing.
 */
#ifndef SOTER_BASE_KEY_H
#define SOTER_BASE_KEY_H

#include "base/rc.h"

#define SOTER_RSA_LEN	  256 /* bytes, modulus of every SOTER key */
#define SOTER_RSA_LEN_MAX 512 /* bytes, modulus of a vendor's root */

enum soter_alg {
	SOTER_ALG_NONE = 0,
	SOTER_ALG_RSA = 1,
};

struct soter_key {
	enum soter_alg alg;
	uint32_t e;
	size_t n_len;		      /* without leading zero bytes */
	uint8_t n[SOTER_RSA_LEN_MAX]; /* most significant byte first */
};

#endif
