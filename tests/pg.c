/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/pg.h"

#define BIN	   "/usr/lib/postgresql/15/bin"
#define WAIT_TRIES 3000 /* of 20 ms: the machine may be busy */
#define WAIT_US	   20000

static void
fail(const struct pg *pg, const char *what)
{
	char command[300];
	int status;

	fprintf(stderr, "pg: %s: %s\n", what, strerror(errno));
	snprintf(command, sizeof(command), "tail -n 20 %s/log >&2",
	    pg->folder.path);
	status = system(command);
	(void)status;
	abort();
}

/* The process that becomes a part of the server. */
static void
become(const struct pg *pg)
{
	char log[200];

	snprintf(log, sizeof(log), "%s/log", pg->folder.path);
	if (getuid() == 0 &&
	    (setgroups(0, NULL) != 0 || setgid(pg->gid) != 0 ||
		setuid(pg->uid) != 0))
		_exit(126);
	/* After the change of user, which clears it. */
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	setenv("LC_ALL", "C", 1);
	if (freopen("/dev/null", "r", stdin) == NULL ||
	    freopen(log, "a", stdout) == NULL ||
	    freopen(log, "a", stderr) == NULL || chdir(pg->folder.path) != 0)
		_exit(126);
	/* Its descriptors are the test's. */
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
}

static pid_t
run(const struct pg *pg, char *const *args)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		fail(pg, "fork");
	if (pid == 0) {
		become(pg);
		execv(args[0], args);
		_exit(127);
	}
	return (pid);
}

static void
find_user(struct pg *pg)
{
	const struct passwd *user = getpwnam("postgres");

	if (user == NULL)
		user = getpwnam("nobody");
	pg->uid = user == NULL ? 65534 : user->pw_uid;
	pg->gid = user == NULL ? 65534 : user->pw_gid;
}

bool
pg_new(struct pg *pg)
{
	char data[200];
	char *args[] = { (char[]){ BIN "/initdb" }, (char[]){ "-D" }, data,
		(char[]){ "-U" }, (char[]){ "soter" }, (char[]){ "-A" },
		(char[]){ "trust" }, (char[]){ "-E" }, (char[]){ "UTF8" },
		(char[]){ "--no-locale" }, (char[]){ "--no-sync" }, NULL };
	int status;

	memset(pg, 0, sizeof(*pg));
	if (access(BIN "/postgres", X_OK) != 0 ||
	    access(BIN "/initdb", X_OK) != 0)
		return (false);
	find_user(pg);
	folder_new(&pg->folder);
	if (getuid() == 0 && chown(pg->folder.path, pg->uid, pg->gid) != 0)
		fail(pg, pg->folder.path);
	snprintf(data, sizeof(data), "%s/data", pg->folder.path);
	if (waitpid(run(pg, args), &status, 0) < 0 || status != 0)
		fail(pg, "initdb");
	return (true);
}

static void
server_url(const struct pg *pg, const char *name, char *url, size_t size)
{
	snprintf(url, size, "postgresql://soter@/%s?host=%s", name,
	    pg->folder.path);
}

void
pg_start(struct pg *pg)
{
	char data[200], sockets[200], url[300];
	char *args[] = { (char[]){ BIN "/postgres" }, (char[]){ "-D" }, data,
		(char[]){ "-k" }, sockets, (char[]){ "-h" }, (char[]){ "" },
		(char[]){ "-c" }, (char[]){ "max_connections=200" },
		(char[]){ "-c" }, (char[]){ "shared_buffers=32MB" },
		(char[]){ "-c" }, (char[]){ "fsync=on" }, NULL };

	snprintf(data, sizeof(data), "%s/data", pg->folder.path);
	snprintf(sockets, sizeof(sockets), "%s", pg->folder.path);
	server_url(pg, "postgres", url, sizeof(url));
	pg->pid = run(pg, args);
	for (int i = 0; i < WAIT_TRIES; i++) {
		if (PQping(url) == PQPING_OK)
			return;
		usleep(WAIT_US);
		/* Children of one that was killed are still there. */
		if (waitpid(pg->pid, NULL, WNOHANG) == pg->pid)
			pg->pid = run(pg, args);
	}
	fail(pg, "it does not start");
}

static void
stop_by(struct pg *pg, int signal_number)
{
	if (pg->pid == 0)
		return;
	kill(pg->pid, signal_number);
	waitpid(pg->pid, NULL, 0);
	pg->pid = 0;
}

void
pg_stop(struct pg *pg)
{
	stop_by(pg, SIGINT);
}

/* Its children, which are not ours, go when they see it. */
void
pg_kill(struct pg *pg)
{
	stop_by(pg, SIGKILL);
}

void
pg_freeze(struct pg *pg, bool is_frozen)
{
	char command[200];
	int status;

	/* Its children have process groups of their own. */
	snprintf(command, sizeof(command),
	    "kill -%s %ld $(ps -o pid= --ppid %ld)",
	    is_frozen ? "STOP" : "CONT", (long)pg->pid, (long)pg->pid);
	status = system(command);
	if (status != 0)
		fail(pg, command);
}

void
pg_run(const char *url, const char *sql)
{
	PGconn *conn = PQconnectdb(url);
	PGresult *result = PQexec(conn, sql);

	if (PQresultStatus(result) != PGRES_COMMAND_OK &&
	    PQresultStatus(result) != PGRES_TUPLES_OK) {
		fprintf(stderr, "pg: %s: %s\n", sql, PQerrorMessage(conn));
		abort();
	}
	PQclear(result);
	PQfinish(conn);
}

void
pg_database(struct pg *pg, const char *name, char *url, size_t size)
{
	char command[200];

	server_url(pg, "postgres", url, size);
	snprintf(command, sizeof(command), "CREATE DATABASE %s", name);
	pg_run(url, command);
	server_url(pg, name, url, size);
}

void
pg_schema(const char *database_url, const char *name, char *url, size_t size)
{
	char command[200];

	snprintf(command, sizeof(command), "CREATE SCHEMA \"%s\"", name);
	pg_run(database_url, command);
	snprintf(url, size, "%s&options=-csearch_path%%3D%s", database_url,
	    name);
}

void
pg_end(struct pg *pg)
{
	pg_stop(pg);
	folder_remove(pg->folder.path);
}
