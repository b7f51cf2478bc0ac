/* SPDX-License-Identifier: BSD-3-Clause */
#include <tee_internal_api.h>

#include "ta/soter/name.h"
#include "ta/soter/state.h"

#define DESCRIPTION_MAX 256

static bool
is_plain(uint8_t c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-');
}

void
ta_name_copy(char out[SOTER_TEE_NAME_MAX + 1], struct soter_span name)
{
	static const char none[] = "unknown";
	size_t n = 0;

	for (size_t i = 0; i < name.n && n < SOTER_TEE_NAME_MAX; i++)
		if (is_plain(name.p[i]))
			out[n++] = (char)name.p[i];
	if (n == 0) {
		n = sizeof(none) - 1;
		soter_copy(out, none, n);
	}
	out[n] = '\0';
}

void
ta_name_tee(char out[SOTER_TEE_NAME_MAX + 1])
{
	char name[DESCRIPTION_MAX];
	size_t n = sizeof(name);

	/* The length counts the NUL; not every TEE agrees. */
	if (TEE_GetPropertyAsString(TEE_PROPSET_TEE_IMPLEMENTATION,
		"gpd.tee.description", name, &n) != TEE_SUCCESS ||
	    n > sizeof(name))
		n = 0;
	ta_name_copy(out, soter_span(name, n));
}

void
ta_name_version(char out[SOTER_TEE_NAME_MAX + 1])
{
	struct soter_writer w = soter_writer(out, SOTER_TEE_NAME_MAX);

	if (soter_write_decimal(&w, SOTER_TA_VERSION) != SOTER_OK)
		w.len = 0;
	out[w.len] = '\0';
}
