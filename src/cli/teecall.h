/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/teecall.h -- one call to a trusted application, over the GlobalPlatform
 * TEE Client API.
 *
 * What the TEE answers is from outside: its length, its form and its code are
 * checked before anything of it is used.
 */
#ifndef SOTER_CLI_TEECALL_H
#define SOTER_CLI_TEECALL_H

#include <tee_client_api.h>

#include "wire/tacmd.h"

enum teecall_ta {
	TEECALL_SOTER,
	TEECALL_BIO,
};

/* A session; from { .is_open = false } on it may be closed. */
struct teecall {
	bool is_open;
	bool is_quiet; /* its errors are not printed: another one was */
	enum teecall_ta ta;
	TEEC_Context context;
	TEEC_Session session;
	uint8_t reply[SOTER_TA_REPLY_MAX]; /* of the last call */
};

/**
 * Open a session as the user who runs the program; where the TEE knows no
 * users, as nobody.  t must stay where it is until it is closed.
 *
 * SOTER_E_ACCESS, SOTER_E_SECURITY_STATE and other codes of layer 05: the TEE
 *               refuses.
 * SOTER_E_READ  there is no TEE, or not this application: an error that says
 *               what was tried was printed.
 */
SOTER_MUST_CHECK enum soter_rc teecall_open(struct teecall *t,
    enum teecall_ta ta);

/**
 * Send a request and wait for the answer.
 *
 * body  borrowed from t, until the next call; NULL if nobody wants it.
 *
 * A code of layer 05: the application refuses.
 * SOTER_E_ARGUMENT  x is nothing that can be asked; an error was printed.
 * SOTER_E_READ      the TEE died, or its answer is none; the same.
 */
SOTER_MUST_CHECK enum soter_rc teecall_run(struct teecall *t, uint32_t command,
    const struct soter_ta_request *x, struct soter_span *body);

/** Undo something after an error, which is the one that counts. */
void teecall_undo(struct teecall *t, uint32_t command,
    const struct soter_ta_request *x);

/** Open, one call, close; body is copied to out, which may be NULL. */
SOTER_MUST_CHECK enum soter_rc teecall_once(enum teecall_ta ta,
    uint32_t command, const struct soter_ta_request *x,
    struct soter_writer *out);

/** An answer is well formed, but says what cannot be.  SOTER_E_READ. */
SOTER_MUST_CHECK enum soter_rc teecall_nonsense(enum teecall_ta ta);

void teecall_close(struct teecall *t);

#endif
