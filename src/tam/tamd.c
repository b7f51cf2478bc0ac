/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter-tamd -- starts the public process and the intake, and ends when one of
 * them does.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "net/outlet.h"
#include "service/standard.h"
#include "service/systemd.h"
#include "store/store.h"
#include "tam/admin.h"
#include "tam/role.h"

/* ---- the store ----------------------------------------------------------- */

static enum soter_rc
complain(const char *about, enum soter_rc rc)
{
	fprintf(stderr, "soter-tamd: %s: %s; %s\n", about, soter_rc_text(rc),
	    soter_code_find(rc)->next);
	return (rc);
}

/* A folder and those above it. */
static void
make_folders(const char *path)
{
	char part[SETUP_TEXT];

	for (size_t i = 1; path[i - 1] != '\0' && i < sizeof(part); i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		(void)mkdir(part,
		    0700); /* whoever needs it says if it failed */
		if (path[i] == '\0')
			break;
	}
}

static enum soter_rc
init_store(const char *where)
{
	struct soter_store *store = NULL;
	struct tam_admin admin = { .who = SOTER_SPAN("soter-tamd"),
		.now_s = (uint64_t)time(NULL) };
	enum soter_rc rc =
	    soter_store_open(&store, where, SOTER_STORE_READ_WRITE);

	if (rc == SOTER_OK)
		rc = soter_lane_open(&admin.lane, store);
	if (rc == SOTER_OK)
		rc = tam_admin_init(&admin);
	soter_lane_close(&admin.lane);
	soter_store_close(&store);
	return (rc == SOTER_E_EXISTS ? SOTER_OK : rc);
}

/* Was it made ready?  SOTER_E_NOTFOUND if there is no store at all. */
static enum soter_rc
look_at_store(const char *where, bool *is_ready)
{
	struct soter_store *store = NULL;
	struct soter_lane *lane = NULL;
	enum soter_rc rc =
	    soter_store_open(&store, where, SOTER_STORE_READ_ONLY);

	if (rc == SOTER_OK)
		rc = soter_lane_open(&lane, store);
	if (rc == SOTER_OK)
		rc = tam_admin_is_ready(lane, is_ready);
	soter_lane_close(&lane);
	soter_store_close(&store);
	return (rc);
}

static enum soter_rc
make_store(const char *where)
{
	enum soter_rc rc = soter_store_create(where);

	if (rc == SOTER_OK || rc == SOTER_E_EXISTS)
		rc = init_store(where);
	if (rc != SOTER_OK)
		return (complain(where, rc));
	fprintf(stderr,
	    "soter-tamd: made a store in %s; add whoever may ask with "
	    "`soter tam tenant add`\n",
	    where);
	return (SOTER_OK);
}

/*
 * A folder that holds no store was left by a restore that was cut off as well
 * as by us, or a disk is not mounted: an empty store would know no device.
 */
static enum soter_rc
no_store(const char *where)
{
	fprintf(stderr,
	    "soter-tamd: %s: there is no store in this folder; as its owner, "
	    "make an empty one with `soter tam init --store %s`, or that of a "
	    "backup with `soter tam restore`\n",
	    where, where);
	return (SOTER_E_NOTFOUND);
}

/*
 * A directory is made if it is missing; a database is somebody else's, and
 * is made with `soter tam init`.
 */
static enum soter_rc
have_store(const struct setup *setup)
{
	bool is_ready = true;
	struct stat st;
	enum soter_rc rc;

	if (setup->store[0] != '/')
		return (SOTER_OK);
	if (stat(setup->store, &st) != 0 && errno == ENOENT)
		return (make_store(setup->store));
	if (look_at_store(setup->store, &is_ready) == SOTER_E_NOTFOUND)
		return (no_store(setup->store));
	/* We were killed after we made it.  All other errors are told by those
	 * who open it. */
	if (is_ready)
		return (SOTER_OK);
	rc = init_store(setup->store);
	return (rc == SOTER_OK ? SOTER_OK : complain(setup->store, rc));
}

/* ---- the processes ------------------------------------------------------- */

struct child {
	pid_t pid; /* 0: none */
	enum tam_role role;
};

static const struct setup_role *
role_of(const struct setup *setup, enum tam_role role)
{
	return (role == TAM_PUBLIC ? &setup->public : &setup->intake);
}

/* Its signals stay blocked: its server reads them, and no other thread. */
static enum soter_rc
start(struct child *child, enum tam_role role, const struct setup *setup)
{
	int ready[2];
	char byte;
	pid_t parent = getpid(), pid;
	ssize_t n;

	if (pipe(ready) != 0)
		return (complain("pipe", SOTER_E_NOMEM));
	pid = fork();
	if (pid < 0)
		return (complain("fork", SOTER_E_NOMEM));
	if (pid == 0) {
		close(ready[0]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		_exit(tam_role_run(role, setup, ready[1]));
	}
	*child = (struct child){ pid, role };
	close(ready[1]);
	do
		n = read(ready[0], &byte, 1);
	while (n < 0 && errno == EINTR);
	close(ready[0]);
	return (n == 1 ? SOTER_OK : SOTER_E_LISTEN); /* it said why */
}

/* A line, or not: whoever should read it may stand still or have gone, and the
 * children are watched all the same. */
__attribute__((format(printf, 1, 2))) static bool
say(const char *format, ...)
{
	struct net_outlet outlet;
	char line[128];
	va_list args;
	bool is_said;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (net_outlet_open(&outlet, NULL) != SOTER_OK)
		return (false);
	is_said = net_outlet_write(&outlet, soter_text(line));
	net_outlet_close(&outlet);
	return (is_said);
}

static void
tell(const struct child *children, size_t n, int signal)
{
	for (size_t i = 0; i < n; i++)
		if (children[i].pid > 0)
			kill(children[i].pid, signal);
}

/* Take in those that ended; true while some are left. */
static bool
reap(struct child *children, size_t n, int *status)
{
	bool is_left = false;
	int how;

	for (size_t i = 0; i < n; i++) {
		if (children[i].pid <= 0)
			continue;
		if (waitpid(children[i].pid, &how, WNOHANG) <= 0) {
			is_left = true;
			continue;
		}
		if (!WIFEXITED(how) || WEXITSTATUS(how) != 0) {
			*status = WIFEXITED(how) ? WEXITSTATUS(how) : 1;
			(void)say("soter-tamd: %s: ended with %s %d\n",
			    tam_role_name(children[i].role),
			    WIFEXITED(how) ? "status" : "signal",
			    WIFEXITED(how) ? WEXITSTATUS(how) : WTERMSIG(how));
		}
		children[i].pid = 0;
	}
	return (is_left);
}

static size_t
count_living(const struct child *children, size_t n)
{
	size_t living = 0;

	for (size_t i = 0; i < n; i++)
		living += children[i].pid > 0;
	return (living);
}

/* Until all have ended: one that ends takes the other along. */
static int
watch(int signals, struct child *children, size_t n)
{
	int status = 0;

	for (;;) {
		size_t before = count_living(children, n);
		struct signalfd_siginfo info;

		if (before == 0)
			return (status);
		if (read(signals, &info, sizeof(info)) != sizeof(info))
			continue;
		if (info.ssi_signo != SIGCHLD)
			tell(children, n, (int)info.ssi_signo);
		else if (reap(children, n, &status) &&
		    count_living(children, n) < before)
			tell(children, n, SIGTERM);
	}
}

static int
run(const struct setup *setup)
{
	struct child children[TAM_ROLES] = { { 0 } };
	sigset_t set;
	size_t n = 0;
	int signals, status;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 ||
	    (signals = signalfd(-1, &set, SFD_CLOEXEC)) < 0)
		return (1);
	for (int role = 0; role < TAM_ROLES; role++) {
		if (role_of(setup, (enum tam_role)role)->listen[0] == '\0')
			continue;
		if (start(&children[n++], (enum tam_role)role, setup) !=
		    SOTER_OK) {
			tell(children, n, SIGTERM);
			status = watch(signals, children, n);
			return (status == 0 ? 2 : status);
		}
	}
	(void)say("soter-tamd: ready\n");
	soter_systemd_notify("READY=1");
	return (watch(signals, children, n));
}

int
main(int argc, char **argv)
{
	static struct setup setup;

	if (soter_standard_open() != SOTER_OK ||
	    setup_read(&setup, argc, argv) != SOTER_OK)
		return (2);
	if (setup.is_done)
		return (0);
	umask(0077);
	make_folders(setup.state);
	if (have_store(&setup) != SOTER_OK)
		return (2);
	return (run(&setup));
}
