/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/upload.h -- asking the app's server, up to SOTER_TRIES times,
 * with growing pauses, within the task's time.
 *
 * A server that was asked, and whose answer is lost, may have done what it was
 * asked.  Questions may be asked again, and so may keys, with a new counter
 * (V16); a result may not: it would be a replay, and its refusal the only
 * answer to a payment that was made.
 */
#ifndef SOTER_DEVICE_WRAPPER_UPLOAD_H
#define SOTER_DEVICE_WRAPPER_UPLOAD_H

#include "device/wrapper/inside.h"

/**
 * ask      one of the network's functions; gets its part of the time that is
 *          left, so that a server that hangs once leaves time for the next try.
 * is_once  it is a result: tried again only after SOTER_E_NETWORK, which says
 *          that nothing came to the server; gets all of the time that is left.
 *
 * SOTER_OK, SOTER_E_UPLOAD_REFUSED as it says; what it said at last otherwise.
 * SOTER_E_NO_ANSWER  is_once: the server may have taken it.
 * SOTER_E_CANCELLED, SOTER_E_TIME: the task is to end; the server has not taken
 * it, if is_once.
 */
enum soter_rc wrapper_upload(struct wrapper_run *run,
    enum soter_rc (*ask)(struct wrapper_run *run, unsigned ms), bool is_once);

#endif
