/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/role.h -- one process of soter-tamd: it opens the store as far as it may,
 * and serves one listener.
 */
#ifndef SOTER_TAM_ROLE_H
#define SOTER_TAM_ROLE_H

#include "tam/setup.h"

enum tam_role { TAM_PUBLIC, TAM_INTAKE, TAM_ROLES };

/** "public", "intake". */
const char *tam_role_name(enum tam_role role);

/**
 * Serve until told to stop.
 *
 * ready  a descriptor; one byte is written when connections are accepted.
 *
 * Exit status of the process: 0 told to stop, 1 failed, 2 could not begin.
 */
int tam_role_run(enum tam_role role, const struct setup *setup, int ready);

#endif
