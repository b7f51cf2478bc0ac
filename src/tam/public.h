/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/public.h -- the public listener: the open platform's own paths (e.1 to
 * e.3).  It never writes.
 */
#ifndef SOTER_TAM_PUBLIC_H
#define SOTER_TAM_PUBLIC_H

#include "net/server.h"
#include "tam/known.h"

/* The context of tam_public_app; borrowed as long as the server. */
struct tam_public {
	struct soter_store *store;
	struct tam_known *known;
};

extern const struct net_app tam_public_app;

#endif
