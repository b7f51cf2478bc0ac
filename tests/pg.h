/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/pg.h -- a PostgreSQL server of a test's own: in a temporary folder, as
 * a user without rights, reached by a Unix socket in that folder alone, with
 * fsync.  tests/pg.py is the same in Python.
 *
 *	struct pg pg;
 *
 *	if (!pg_new(&pg))
 *		...			not installed: skip the rows
 *	pg_start(&pg);
 *	pg_database(&pg, "one", url, sizeof(url));
 *	...
 *	pg_end(&pg);
 *
 * The server dies with the program that started it.  What a test cannot do
 * anything about ends the program.
 */
#ifndef SOTER_TESTS_PG_H
#define SOTER_TESTS_PG_H

#include <stdbool.h>
#include <sys/types.h>

#include "tests/folder.h"

struct pg {
	struct folder folder;
	pid_t pid; /* 0: not running */
	uid_t uid; /* whom root becomes */
	gid_t gid;
};

/** Make the cluster.  false: there is no PostgreSQL 15 on this machine. */
bool pg_new(struct pg *pg);

/** Start the server and wait until it answers. */
void pg_start(struct pg *pg);

/** Stop it as an administrator does: connections are cut, nothing is lost. */
void pg_stop(struct pg *pg);

/** Stop it with SIGKILL. */
void pg_kill(struct pg *pg);

/** Let it stand still (SIGSTOP for all of its processes), or go on. */
void pg_freeze(struct pg *pg, bool is_frozen);

/** Make an empty database, and write its URL. */
void pg_database(struct pg *pg, const char *name, char *url, size_t size);

/** Make an empty schema in a database, and a URL that sees it alone: quick. */
void pg_schema(const char *database_url, const char *name, char *url,
    size_t size);

/** Run SQL in a database, which must succeed. */
void pg_run(const char *url, const char *sql);

/** Stop it, and remove everything. */
void pg_end(struct pg *pg);

#endif
