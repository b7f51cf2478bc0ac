/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/roots.h -- device roots from a file, as a TAM would know them.
 *
 * One JSON object a line:
 *	device_id     string
 *	attk_version  integer, 0 to 2^32 - 1
 *	pub_pem       string, the PEM of the root's public key
 *	class         "test" or "production"
 *	status        "active", "suspended" or "revoked"
 * Other members are left alone if they are no objects, and empty lines too.
 */
#ifndef SOTER_CLI_ROOTS_H
#define SOTER_CLI_ROOTS_H

#include "soter/verify.h"

struct roots {
	size_t n;
	struct soter_attk **attk; /* owned, as each of them */
	uint32_t *version;	  /* owned; of attk[i] */
};

/**
 * Read the roots of one device.
 *
 * cpu_id  whose; NULL for all of them.
 *
 * Every line is checked, whomever it is about.  A root that stands there twice
 * for one device is an error too: its status would depend on the order.
 *
 * SOTER_E_READ  after an error with the line's number was printed.
 * SOTER_E_ARGUMENT, SOTER_E_NOMEM, SOTER_E_ENGINE.
 */
SOTER_MUST_CHECK enum soter_rc roots_read(struct roots *out, const char *file,
    const char *cpu_id);

void roots_free(struct roots *roots);

#endif
