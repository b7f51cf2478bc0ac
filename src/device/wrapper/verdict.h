/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/verdict.h -- what a reason says of the key that the core was
 * asked about.  A key that was removed wrongly costs the user his password, and
 * the app a new ASK; so prepare, init and authorise ask this one list.
 */
#ifndef SOTER_DEVICE_WRAPPER_VERDICT_H
#define SOTER_DEVICE_WRAPPER_VERDICT_H

#include "soter/soter.h"

enum wrapper_verdict {
	/* Of the service, the machine, the sensor, the session, the device's
	 * root: another key would not cure it, and no key goes for it. */
	WRAPPER_NO_VERDICT,
	/* Of the TEE, which does not say why: only the twice rule of d.5
	 * believes it, or an app that wants the key anew. */
	WRAPPER_SUSPECT,
	/* Of the key itself: absent, or spoilt, or given out as bytes that
	 * nobody can read. */
	WRAPPER_DEAD,
};

/** rc: SOTER_OK is no verdict, too. */
enum wrapper_verdict wrapper_verdict(enum soter_rc rc);

#endif
