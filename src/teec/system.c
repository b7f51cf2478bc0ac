/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The system's libteec, whatever TEE it speaks to.  It works on the caller's
 * own structures: ours begin with room for its private members.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "teec/backend.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct teec_backend table;
static bool loaded;

/* clang-format off */
static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
#define AT(member) offsetof(struct teec_backend, member)
	{ "TEEC_InitializeContext",    AT(initialize) },
	{ "TEEC_FinalizeContext",      AT(finalize) },
	{ "TEEC_OpenSession",          AT(open_session) },
	{ "TEEC_CloseSession",         AT(close_session) },
	{ "TEEC_InvokeCommand",        AT(invoke) },
	{ "TEEC_RegisterSharedMemory", AT(register_memory) },
	{ "TEEC_AllocateSharedMemory", AT(allocate_memory) },
	{ "TEEC_ReleaseSharedMemory",  AT(release_memory) },
	{ "TEEC_RequestCancellation",  AT(cancel) },
#undef AT
};
/* clang-format on */

/*
 * RTLD_DEEPBIND: its functions call each other, and must not find ours of the
 * same name, which would take its structures for ours.
 */
static void
load(void)
{
	static const char *const names[] = { "libteec.so.2", "libteec.so.1" };
	void *library = NULL, *symbol;

	for (size_t i = 0; i < SOTER_COUNT(names) && library == NULL; i++)
		library =
		    dlopen(names[i], RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
	if (library == NULL)
		return;
	for (size_t i = 0; i < SOTER_COUNT(symbols); i++) {
		symbol = dlsym(library, symbols[i].name);
		if (symbol == NULL)
			return;
		memcpy((char *)&table + symbols[i].offset, &symbol,
		    sizeof(symbol));
	}
	loaded = true;
}

const struct teec_backend *
teec_system(void)
{
	if (pthread_once(&once, load) != 0)
		return (NULL);
	return (loaded ? &table : NULL);
}
