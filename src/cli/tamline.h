/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/tamline.h -- the options of `soter tam`, one table for all of its
 * actions.
 */
#ifndef SOTER_CLI_TAMLINE_H
#define SOTER_CLI_TAMLINE_H

#include "cli/options.h"
#include "soter/verify.h"
#include "tam/audit.h"

/* The actions, in the order in which they are listed. */
enum tamline_action {
	TAMLINE_INIT,
	TAMLINE_STATS,
	TAMLINE_TENANT_ADD,
	TAMLINE_TENANT_LIST,
	TAMLINE_TENANT_SHOW,
	TAMLINE_TENANT_SECRET,
	TAMLINE_TENANT_REVOKE,
	TAMLINE_TENANT_SUSPEND,
	TAMLINE_TENANT_RESUME,
	TAMLINE_TENANT_REMOVE,
	TAMLINE_MODEL_LIST,
	TAMLINE_MODEL_IMPORT,
	TAMLINE_MODEL_EXPORT,
	TAMLINE_MODEL_REMOVE,
	TAMLINE_MODEL_TEST,
	TAMLINE_DEVICE_SHOW,
	TAMLINE_DEVICE_REVOKE,
	TAMLINE_DEVICE_SUSPEND,
	TAMLINE_DEVICE_RESUME,
	TAMLINE_DEVICE_IMPORT,
	TAMLINE_DEVICE_AUDIT,
	TAMLINE_KEYS_ROTATE,
	TAMLINE_AUDIT_CHECK,
	TAMLINE_AUDIT_LIST,
	TAMLINE_BACKUP,
	TAMLINE_RESTORE,
	TAMLINE_MIGRATE,
	TAMLINE_EXPORT,
	TAMLINE_IMPORT,
	TAMLINE_ACTIONS,
};

#define TAMLINE_BIT(action) (1u << (action))

/* A command line; texts are borrowed from it. */
struct tamline {
	const char *operand;
	bool json;
	const char *store, *who, *note, *out_file;
	enum soter_class cls; /* 0: not given */
	uint8_t rights;
	uint32_t rate, attk_version;
	bool adds_version;
	struct tam_head head; /* kept elsewhere; number 0: not given */
};

/**
 * Read the options of an action; argv[0] is its whole name.  As teeline_read().
 */
SOTER_MUST_CHECK enum soter_rc tamline_read(struct tamline *out,
    bool *wants_help, enum tamline_action action, const char *operand, int argc,
    char **argv);

/** Print the options of some actions: TAMLINE_BIT() of each. */
void tamline_print_options(unsigned actions);

#endif
