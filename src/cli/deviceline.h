/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/deviceline.h -- the options of `soter device`, one table for all of its
 * actions.
 */
#ifndef SOTER_CLI_DEVICELINE_H
#define SOTER_CLI_DEVICELINE_H

#include "cli/options.h"
#include "soter/wrapper.h"

/* The actions, in the order in which they are listed. */
enum deviceline_action {
	DEVICELINE_STATUS,
	DEVICELINE_SUPPORTED,
	DEVICELINE_SELFTEST,
	DEVICELINE_ID,
	DEVICELINE_VERSION,
	DEVICELINE_EXTRA,
	DEVICELINE_ASK_GENERATE,
	DEVICELINE_ASK_EXPORT,
	DEVICELINE_ASK_HAS,
	DEVICELINE_ASK_VALID,
	DEVICELINE_ASK_REMOVE,
	DEVICELINE_AUTHKEY_GENERATE,
	DEVICELINE_AUTHKEY_EXPORT,
	DEVICELINE_AUTHKEY_HAS,
	DEVICELINE_AUTHKEY_VALID,
	DEVICELINE_AUTHKEY_REMOVE,
	DEVICELINE_LIST,
	DEVICELINE_SIGN,
	DEVICELINE_INIT,
	DEVICELINE_PREPARE,
	DEVICELINE_AUTHORISE,
	DEVICELINE_REMOVE,
	DEVICELINE_NAME,
	DEVICELINE_FORGET,
	DEVICELINE_ACTIONS,
};

#define DEVICELINE_BIT(action) (1u << (action))

/* A command line; texts are borrowed from it. */
struct deviceline {
	const char *operand;
	bool json;
	const char *socket;
	unsigned ms; /* of each call; 0: what the library takes */
	const char *kname, *challenge, *out_file;
	enum soter_modality_kind modality;
	unsigned wait_s;
	/* The wrapper. */
	const char *server, *ca_file, *auth_file, *digest_file;
	const char *account, *status_dir;
	int32_t scene;
	bool has_scene; /* it was named */
	bool anew, ask_only, all;
};

/**
 * Read the options of an action; argv[0] is its whole name.  As teeline_read().
 */
SOTER_MUST_CHECK enum soter_rc deviceline_read(struct deviceline *out,
    bool *wants_help, enum deviceline_action action, const char *operand,
    int argc, char **argv);

/** Print the options of some actions: DEVICELINE_BIT() of each. */
void deviceline_print_options(unsigned actions);

#endif
