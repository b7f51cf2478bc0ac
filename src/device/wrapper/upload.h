/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/upload.h -- asking the app's server, up to SOTER_TRIES times,
 * with growing pauses, within the task's time.
 */
#ifndef SOTER_DEVICE_WRAPPER_UPLOAD_H
#define SOTER_DEVICE_WRAPPER_UPLOAD_H

#include "device/wrapper/inside.h"

/**
 * ask  one of the network's functions; gets its part of the time that is left,
 *      so that a server that hangs once leaves time for the next try.
 *
 * SOTER_OK, SOTER_E_UPLOAD_REFUSED as it says; what it said at last otherwise.
 * SOTER_E_CANCELLED, SOTER_E_TIME: the task is to end.
 */
enum soter_rc wrapper_upload(struct wrapper_run *run,
    enum soter_rc (*ask)(struct wrapper_run *run, unsigned ms));

#endif
