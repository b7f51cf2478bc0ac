/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/check.h -- one check, from the files to the verdict: what `soter verify`
 * and `soter explain` do before they print.
 */
#ifndef SOTER_CLI_CHECK_H
#define SOTER_CLI_CHECK_H

#include "cli/input.h"
#include "cli/keys.h"
#include "cli/request.h"
#include "cli/roots.h"

#define CHECK_NOTES_MAX 8
#define CHECK_NOTE_MAX	240

/* Which accept function gave the verdict. */
enum check_path {
	CHECK_CLASSIC, /* an ASK under device roots */
	CHECK_CHAIN,   /* a chain ASK under a vendor root */
	CHECK_AUTHKEY,
	CHECK_RESULT,
};

/* A verdict and everything it stands on. */
struct check {
	const struct request *request; /* borrowed */
	enum check_path path;
	struct input text, sig; /* owned */
	struct soter_signed in; /* borrowed from them */
	bool is_split;		/* text and signature could be told apart */

	/* What the text says of itself; only looked up by, never believed. */
	enum soter_rc claim_rc;
	struct soter_claim claim;

	/* The signer: one of these, as the path wants.  Owned. */
	struct keys_file key;
	struct roots roots;
	struct soter_ask *ask;
	struct soter_authkey *authkey;
	/* Its owner, where one is known; else empty. */
	char signer_cpu_id[SOTER_CPU_ID_MAX + 1];
	char signer_uid[SOTER_UID_MAX + 1];

	/* Of a key given by --key nobody vouches for more than the person. */
	bool is_key_given;     /* class and status are what the options say */
	bool is_owner_claimed; /* its owner is what the text claims */

	struct soter_pubkey *others[REQUEST_LIST_MAX]; /* owned */

	/* The verdict.  What was accepted is set only if why.rc is SOTER_OK. */
	struct soter_report why;
	struct soter_ask *accepted_ask;		/* owned */
	struct soter_authkey *accepted_authkey; /* owned */
	struct soter_result accepted_result;
	bool is_signer_refused; /* the verdict is about a chain ASK as --key */
	bool is_salt_demanded;	/* refused by --salt, not by a rule */

	size_t notes;
	char note[CHECK_NOTES_MAX][CHECK_NOTE_MAX]; /* sentences of ours */
};

/**
 * Read the files, check, diagnose.
 *
 * request  must outlive *out.
 *
 * SOTER_OK  out->why.rc is the verdict.
 * SOTER_E_READ, SOTER_E_ARGUMENT  no verdict; an error was printed.
 * SOTER_E_NOMEM, SOTER_E_ENGINE   no verdict.
 */
SOTER_MUST_CHECK enum soter_rc check_run(struct check *out,
    const struct request *request);

void check_free(struct check *c);

/**
 * Pass on the answer of a call that only we could have got wrong, or the
 * machine; prints an error if it was us.
 *
 * Gives rc back, or SOTER_E_ARGUMENT.
 */
SOTER_MUST_CHECK enum soter_rc check_call(enum soter_rc rc);

/** Add a sentence to the notes. */
__attribute__((format(printf, 2, 3))) void check_note(struct check *c,
    const char *format, ...);

#endif
