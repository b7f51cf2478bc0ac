/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/soterd/calls.h -- what each call of wire/devmsg.h does.
 */
#ifndef SOTER_DEVICE_SOTERD_CALLS_H
#define SOTER_DEVICE_SOTERD_CALLS_H

#include "device/soterd/options.h"
#include "device/soterd/sessions.h"
#include "wire/devmsg.h"

/** What getExtraParam answers, and who else may say FORGET.  Once, first. */
void soterd_calls_setup(const struct soterd_options *options);

/**
 * Do what is asked for.
 *
 * body  the reply's is appended; room for the form's reply_max.
 *
 * Every error is of layer 05 (c.3).
 */
SOTER_MUST_CHECK enum soter_rc soterd_call(const struct soterd_caller *who,
    const struct soter_dev_request *x, struct soter_writer *body);

/** Whoever began it has gone: so has the signature, and the sensor is free. */
void soterd_calls_end(struct soterd_session s);

#endif
