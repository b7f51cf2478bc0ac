/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fleet/make.h -- a fleet: FILE with its devices, FILE.asks with the ASKs of
 * those that somebody has the key of.
 */
#ifndef SOTER_FLEET_MAKE_H
#define SOTER_FLEET_MAKE_H

#include "base/rc.h"

struct fleet_make {
	uint64_t devices; /* 1 to FLEET_DEVICES_MAX */
	uint64_t keys;	  /* at most devices and FLEET_KEYS_MAX */
	uint64_t seed;	  /* of ids and moduli; keys are not made from it */
	const char *file;
	const char *asks_file;
	const char *keys_file; /* read if it is there, else written */
};

/**
 * Make the files.  Each is there whole, or not at all.
 *
 * SOTER_E_LIMIT  more keys than devices, or a number above its limit.
 * Else the errors of fleet/framed.h, fleet/keys.h and fleet/sieve.h.
 */
SOTER_MUST_CHECK enum soter_rc fleet_make(const struct fleet_make *m);

#endif
