/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli/tamact.h -- what `soter tam` does, one function for each action of
 * cli/tamline.h.
 *
 * Each adds what there is to say to the tree, and gives back its answer: the
 * reason of a no, or SOTER_OK.  SOTER_E_ARGUMENT and SOTER_E_READ mean that an
 * error was printed and there is no answer; SOTER_E_NOMEM and SOTER_E_ENGINE
 * that there is none.
 */
#ifndef SOTER_CLI_TAMACT_H
#define SOTER_CLI_TAMACT_H

#include "cli/tamline.h"
#include "cli/tree.h"
#include "tam/admin.h"

#define TAMACT_MS 60000 /* for the store, which others use as well */

/* The place of the store, and an open lane with a hand for changes. */
struct tamact {
	const char *where;
	struct soter_store *store; /* NULL for those that work on its place */
	struct tam_admin admin;
};

typedef enum soter_rc tamact_run(const struct tamline *line,
    const struct tamact *tam, json_t *to);

/* tamtenant.c */
tamact_run tamtenant_add, tamtenant_list, tamtenant_show, tamtenant_secret,
    tamtenant_revoke, tamtenant_suspend, tamtenant_resume, tamtenant_remove;

/* tammodel.c */
tamact_run tammodel_list, tammodel_import, tammodel_export, tammodel_remove,
    tammodel_test;

/* tamdevice.c */
tamact_run tamdevice_show, tamdevice_revoke, tamdevice_suspend,
    tamdevice_resume, tamdevice_import;

/* tamroots.c */
tamact_run tamroots_audit;

/* tamstore.c: the store as a whole, and its trail */
tamact_run tamstore_init, tamstore_stats, tamstore_rotate, tamstore_audit_check,
    tamstore_audit_list, tamstore_backup, tamstore_restore, tamstore_migrate,
    tamstore_export, tamstore_import;

/** Say why there is no store: SOTER_E_READ. */
SOTER_MUST_CHECK enum soter_rc tamact_no_store(enum soter_rc rc);

/** Seconds of Unix time as "2026-11-26T04:15:10Z". */
SOTER_MUST_CHECK enum soter_rc tamact_put_time(json_t *to, const char *name,
    uint64_t s);

/**
 * Every record of a kind whose key is behind after (empty: every one), in the
 * order of the keys.  Those of soter_store_scan(), and of each.
 */
SOTER_MUST_CHECK enum soter_rc tamact_scan(const struct tamact *tam,
    enum soter_store_kind kind, struct soter_span after,
    enum soter_rc (*each)(void *context, const struct soter_record *record),
    void *context);

#endif
