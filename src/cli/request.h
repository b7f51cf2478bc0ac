/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/request.h -- what `soter verify` and `soter explain` are asked.
 *
 * The options are a promise to scripts: never rename one, never change what a
 * value means.
 */
#ifndef SOTER_CLI_REQUEST_H
#define SOTER_CLI_REQUEST_H

#include "cli/options.h"
#include "soter/verify.h"

#define REQUEST_LIST_MAX 64 /* of each option that may be repeated */

struct request_other_key {
	char *name; /* owned: NAME of NAME=FILE */
	const char *file;
};

/* Texts are borrowed from the command line. */
struct request {
	enum soter_link link; /* none: --help without a link, or a word */
	const char *word;     /* the first argument that is no option */
	bool help, json;

	const char *signed_file, *sig_file, *key_file;
	const char *roots_file, *profile_root_file;
	const char *challenge, *uid, *cpu_id;
	bool no_challenge;
	bool has_counter;
	uint64_t counter_above;
	unsigned salt; /* demanded length; 0: whatever the rules allow */
	enum soter_class cls;

	size_t fids_n;
	struct soter_span fids[REQUEST_LIST_MAX];
	size_t deny_n;
	struct soter_deny deny[REQUEST_LIST_MAX];
	size_t others_n;
	struct request_other_key others[REQUEST_LIST_MAX];
};

/**
 * Read a command line; argv[0] is the verb.
 *
 * takes_word  the first argument may be something else than a link; then only
 *             --json may stand beside it, and out->word is set.
 *
 * SOTER_E_ARGUMENT after an error was printed; SOTER_E_NOMEM.
 */
SOTER_MUST_CHECK enum soter_rc request_read(struct request *out, int argc,
    char **argv, bool takes_word);

void request_free(struct request *r);

/** Print the options of one link, or all. */
void request_print_options(enum soter_link link);

#endif
