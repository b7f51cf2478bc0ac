/* SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "teehost/loader.h"
#include "teehost/log.h"

/* clang-format off */
static const struct {
	const char *name;
	size_t offset;
} entries[] = {
#define AT(member) offsetof(struct teehost_ta, member)
	{ "TA_CreateEntryPoint",        AT(create) },
	{ "TA_DestroyEntryPoint",       AT(destroy) },
	{ "TA_OpenSessionEntryPoint",   AT(open_session) },
	{ "TA_CloseSessionEntryPoint",  AT(close_session) },
	{ "TA_InvokeCommandEntryPoint", AT(invoke) },
#undef AT
};
/* clang-format on */

/*
 * The manager opened the file: it is the one that it looked at, whatever now
 * lies at its name.
 */
enum soter_rc
teehost_loader_load(struct teehost_ta *out, int fd)
{
	char path[32];
	void *library, *symbol;
	struct teehost_ta ta;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		teehost_log("cannot be loaded: %s", dlerror());
		return (SOTER_E_READ);
	}
	for (size_t i = 0; i < SOTER_COUNT(entries); i++) {
		symbol = dlsym(library, entries[i].name);
		if (symbol == NULL) {
			teehost_log("has no %s", entries[i].name);
			return (SOTER_E_NOTFOUND);
		}
		memcpy((char *)&ta + entries[i].offset, &symbol,
		    sizeof(symbol));
	}
	*out = ta;
	return (SOTER_OK);
}
