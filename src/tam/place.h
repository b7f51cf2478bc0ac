/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tam/place.h -- where a TAM keeps its things if nobody says; the same for the
 * server and the verbs.
 *
 *	service      $STATE_DIRECTORY (systemd)
 *	root	     /var/lib/soter-tam
 *	a user	     $XDG_STATE_HOME/soter-tam, ~/.local/state/soter-tam
 */
#ifndef SOTER_TAM_PLACE_H
#define SOTER_TAM_PLACE_H

#include "base/rc.h"

#define TAM_PLACE_MAX 1024

/** The folder.  SOTER_E_ARGUMENT: there is no home; SOTER_E_LIMIT. */
SOTER_MUST_CHECK enum soter_rc tam_place_state(char out[TAM_PLACE_MAX]);

/** The store in it.  The same errors. */
SOTER_MUST_CHECK enum soter_rc tam_place_store(char out[TAM_PLACE_MAX]);

#endif
