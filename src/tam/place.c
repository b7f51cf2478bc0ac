/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tam/place.h"

enum soter_rc
tam_place_state(char out[TAM_PLACE_MAX])
{
	const char *service = secure_getenv("STATE_DIRECTORY");
	const char *state = secure_getenv("XDG_STATE_HOME");
	const char *home = secure_getenv("HOME");
	int n;

	if (service != NULL && service[0] == '/' &&
	    strchr(service, ':') == NULL)
		n = snprintf(out, TAM_PLACE_MAX, "%s", service);
	else if (geteuid() == 0)
		n = snprintf(out, TAM_PLACE_MAX, "/var/lib/soter-tam");
	else if (state != NULL && state[0] == '/')
		n = snprintf(out, TAM_PLACE_MAX, "%s/soter-tam", state);
	else if (home != NULL && home[0] == '/')
		n = snprintf(out, TAM_PLACE_MAX, "%s/.local/state/soter-tam",
		    home);
	else
		return (SOTER_E_ARGUMENT);
	return (n > 0 && n < TAM_PLACE_MAX ? SOTER_OK : SOTER_E_LIMIT);
}

enum soter_rc
tam_place_store(char out[TAM_PLACE_MAX])
{
	char folder[TAM_PLACE_MAX];
	int n;

	TRY(tam_place_state(folder));
	n = snprintf(out, TAM_PLACE_MAX, "%s/store", folder);
	return (n > 0 && n < TAM_PLACE_MAX ? SOTER_OK : SOTER_E_LIMIT);
}
