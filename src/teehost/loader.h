/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * teehost/loader.h -- a TA from its shared object.
 */
#ifndef SOTER_TEEHOST_LOADER_H
#define SOTER_TEEHOST_LOADER_H

#include "teehost/instance.h"

/**
 * Load it and find its five entry points; it stays for good.
 *
 * fd  of the shared object; borrowed.
 *
 * SOTER_E_READ      cannot be loaded; the log says why.
 * SOTER_E_NOTFOUND  an entry point is missing; the log says which.
 */
SOTER_MUST_CHECK enum soter_rc teehost_loader_load(struct teehost_ta *out,
    int fd);

#endif
