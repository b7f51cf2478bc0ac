/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/options.h -- the command line of soter-teed, completed by defaults.
 */
#ifndef SOTER_TEEHOST_OPTIONS_H
#define SOTER_TEEHOST_OPTIONS_H

#include <limits.h>
#include <sys/types.h>

#include "base/rc.h"

struct teehost_options {
	/* socket may be empty */
	char socket[PATH_MAX], state[PATH_MAX], tas[PATH_MAX], conf[PATH_MAX];
	const char *tcti;
	const char *user, *group; /* as given, or NULL */
	bool tpm_sealer, tpm_anchor;
	bool is_done; /* --help, --version */

	uid_t uid; /* to run as */
	gid_t gid;
	gid_t peers; /* who may connect; (gid_t)-1: the user alone */
};

/**
 * Read the command line; prints what --help and --version ask for.
 * SOTER_E_ARGUMENT  the log says what is wrong and what to do.
 */
SOTER_MUST_CHECK enum soter_rc teehost_options_read(struct teehost_options *out,
    int argc, char **argv);

#endif
