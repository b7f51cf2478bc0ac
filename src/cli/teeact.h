/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/teeact.h -- what `soter tee` and `soter sim` do, one function for each
 * action of cli/teeline.h.
 *
 * Each asks the TEE and adds to the answer what there is to say.  It gives
 * back:
 *
 *	SOTER_OK   done; the answer holds what was added
 *	layer 05   the TEE's no; the same
 *	SOTER_E_ARGUMENT, SOTER_E_READ  an error was printed, there is no answer
 *	SOTER_E_NOMEM, SOTER_E_ENGINE   there is no answer
 */
#ifndef SOTER_CLI_TEEACT_H
#define SOTER_CLI_TEEACT_H

#include "cli/teeline.h"
#include "cli/tree.h"

typedef enum soter_rc teeact_run(const struct teeline *line, json_t *to);

/* teekeys.c: the device and the keys */
teeact_run teekeys_status, teekeys_self_test, teekeys_provision, teekeys_nonce,
    teekeys_device_id, teekeys_attk, teekeys_attk_verify, teekeys_ask_generate,
    teekeys_ask_export, teekeys_ask_has, teekeys_ask_remove,
    teekeys_authkey_generate, teekeys_authkey_export, teekeys_authkey_has,
    teekeys_authkey_remove, teekeys_list;

/* teesign.c: a challenge, a touch, a result */
teeact_run teesign_sign, teesign_init, teesign_authenticate, teesign_finish,
    teesign_cancel;

/* teesim.c: the simulated sensor and who manages it */
teeact_run teesim_status, teesim_touch, teesim_enrol, teesim_list,
    teesim_remove, teesim_pin, teesim_unfreeze;

/**
 * Hand an export blob out: its text as claims, its bytes to a file (NULL:
 * nowhere).  SOTER_E_READ also for what is no blob.
 */
SOTER_MUST_CHECK enum soter_rc teekeys_put_blob(json_t *to,
    const char *out_file, struct soter_span blob);

#endif
