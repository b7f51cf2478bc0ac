/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device/wrapper/model.h -- the device info of a Linux device
 * (docs/protocol.md b.6), from where such a device says what it is.
 *
 *	MANUFACTURER		/sys/class/dmi/id/sys_vendor
 *	MODEL			/sys/class/dmi/id/product_name, else
 *				/proc/device-tree/model
 *	VERSION_RELEASE		VERSION_ID of os-release
 *	VERSION_INCREMENTAL	BUILD_ID of it, else VERSION_CODENAME
 *	DISPLAY			PRETTY_NAME of it
 *
 * "unknown" where it does not say.  Quotes, <, >, & and whatever is not a plain
 * character become '_': servers differ in whether they undo an escape.
 */
#ifndef SOTER_DEVICE_WRAPPER_MODEL_H
#define SOTER_DEVICE_WRAPPER_MODEL_H

#include "base/span.h"
#include "wire/limits.h"

/**
 * Write the device info, NUL-terminated.
 *
 * root  "" or a folder that holds etc, usr, sys and proc; for tests.
 */
SOTER_MUST_CHECK enum soter_rc wrapper_model_make(
    char out[SOTER_MODEL_XML_MAX + 1], const char *root);

#endif
