/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/soterd/options.h -- the command line of soterd, completed by defaults.
 */
#ifndef SOTER_DEVICE_SOTERD_OPTIONS_H
#define SOTER_DEVICE_SOTERD_OPTIONS_H

#include <limits.h>
#include <sys/types.h>

#include "base/rc.h"

struct soterd_options {
	char socket[PATH_MAX]; /* may be empty */
	const char *user;      /* as given, or NULL */
	bool is_root;	       /* started as root: serves all users */
	bool is_done;	       /* --help, --version */
	uid_t uid;	       /* to run as */
	gid_t gid;
	/* getExtraParam (c.6): what the maker says of the sensor. */
	int32_t type;	     /* 0 undefined, 1 normal, 2 under the screen */
	int32_t position[4]; /* left, top, right, bottom */
	bool has_position;
};

/**
 * Read the command line; prints what --help and --version ask for.
 * SOTER_E_ARGUMENT  the log says what is wrong and what to do.
 */
SOTER_MUST_CHECK enum soter_rc soterd_options_read(struct soterd_options *out,
    int argc, char **argv);

#endif
