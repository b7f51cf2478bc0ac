/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/deviceact.h -- what `soter device` does, one function for each action of
 * cli/deviceline.h.
 *
 * Each asks the device service, puts what it was answered into *a, and adds to
 * the tree what else there is to say.  It gives back:
 *
 *	SOTER_OK   *a is the answer, which may be a no
 *	SOTER_E_ARGUMENT, SOTER_E_READ  an error was printed, there is no answer
 *	SOTER_E_NOMEM, SOTER_E_ENGINE   there is no answer
 */
#ifndef SOTER_CLI_DEVICEACT_H
#define SOTER_CLI_DEVICEACT_H

#include "cli/deviceline.h"
#include "cli/tree.h"

typedef enum soter_rc deviceact_run(const struct deviceline *line,
    struct soter_core *core, struct soter_answer *a, json_t *to);

/* devicekeys.c: the device and the keys */
deviceact_run devicekeys_status, devicekeys_supported, devicekeys_selftest,
    devicekeys_id, devicekeys_version, devicekeys_extra,
    devicekeys_ask_generate, devicekeys_ask_export, devicekeys_ask_has,
    devicekeys_ask_valid, devicekeys_ask_remove, devicekeys_authkey_generate,
    devicekeys_authkey_export, devicekeys_authkey_has, devicekeys_authkey_valid,
    devicekeys_authkey_remove, devicekeys_list, devicekeys_forget;

/* devicesign.c: a challenge, a touch, a result */
deviceact_run devicesign_sign;

/* devicetask.c: as an app does it, through the wrapper; core is not used */
deviceact_run devicetask_init, devicetask_prepare, devicetask_authorise,
    devicetask_remove, devicetask_name;

/** What the TEE signed: its claims, and its bytes to --out. */
SOTER_MUST_CHECK enum soter_rc devicekeys_put_signed(json_t *to,
    const struct deviceline *line, const struct soter_core_signed *x);

/** Tell the person what the sensor waits for, or saw. */
void devicesign_tell(enum soter_modality_kind modality,
    enum soter_auth_event event, unsigned left);

#endif
