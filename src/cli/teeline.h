/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/teeline.h -- the options of `soter tee` and `soter sim`.
 *
 * One table for all of their actions; each row says for which of them it is.
 */
#ifndef SOTER_CLI_TEELINE_H
#define SOTER_CLI_TEELINE_H

#include "cli/options.h"
#include "wire/tacmd.h"

/* The actions, in the order in which they are listed. */
enum teeline_action {
	TEELINE_STATUS,
	TEELINE_SELF_TEST,
	TEELINE_PROVISION,
	TEELINE_NONCE,
	TEELINE_DEVICE_ID,
	TEELINE_ATTK,
	TEELINE_ATTK_VERIFY,
	TEELINE_ASK_GENERATE,
	TEELINE_ASK_EXPORT,
	TEELINE_ASK_HAS,
	TEELINE_ASK_REMOVE,
	TEELINE_AUTHKEY_GENERATE,
	TEELINE_AUTHKEY_EXPORT,
	TEELINE_AUTHKEY_HAS,
	TEELINE_AUTHKEY_REMOVE,
	TEELINE_KEYS,
	TEELINE_SIGN,
	TEELINE_SIGN_INIT,
	TEELINE_AUTHENTICATE,
	TEELINE_SIGN_FINISH,
	TEELINE_SIGN_CANCEL,
	TEELINE_SIM_STATUS,
	TEELINE_SIM_TOUCH,
	TEELINE_SIM_ENROL,
	TEELINE_SIM_LIST,
	TEELINE_SIM_REMOVE,
	TEELINE_SIM_PIN,
	TEELINE_SIM_UNFREEZE,
	TEELINE_ACTIONS,
};

#define TEELINE_BIT(action) (1u << (action))

/* Where a PIN comes from; neither: it is asked for. */
struct teeline_pin {
	const char *text, *file;
};

/* A command line; texts are borrowed from it. */
struct teeline {
	struct soter_ta_request x; /* what the options say, or their defaults */
	const char *operand;
	bool json;
	const char *out_file, *token_file;
	const char *touch; /* NULL: somebody else touches the sensor */
	uint64_t wait_s;
	struct teeline_pin pin, pin_new;
};

/**
 * Read the options of an action; argv[0] is its whole name, "tee ask export".
 *
 * operand    what its one word is called; NULL: it takes none.
 * wants_help set if --help is there; then *out is not.
 *
 * SOTER_E_ARGUMENT after an error was printed.
 */
SOTER_MUST_CHECK enum soter_rc teeline_read(struct teeline *out,
    bool *wants_help, enum teeline_action action, const char *operand, int argc,
    char **argv);

/** Print the options of some actions: TEELINE_BIT() of each. */
void teeline_print_options(unsigned actions);

#endif
