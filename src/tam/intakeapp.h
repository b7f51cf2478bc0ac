/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/intakeapp.h -- the intake listener: POST /intake/roots, with the lines of
 * wire/rootline.h, by a tenant that may bring roots.  Its class is the class of
 * what it brings.
 *
 * Who may not gets 401, 403 or 429 and the error of e.1; a body of more than
 * TAM_INTAKE_MAX lines 413; otherwise each line has its answer.
 *
 * It waits for the store in its loop: whoever brings roots is few.
 */
#ifndef SOTER_TAM_INTAKEAPP_H
#define SOTER_TAM_INTAKEAPP_H

#include "net/server.h"
#include "tam/known.h"

/* The context of tam_intake_app; borrowed as long as the server. */
struct tam_intake_context {
	struct soter_store *store; /* open for writing */
	struct tam_known *known;
};

extern const struct net_app tam_intake_app;

#endif
