/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * soter-teed: a TEE of host processes.  This file is the order in which it
 * gives up its rights; what each step does is elsewhere.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/systemd.h"
#include "teehost/conn.h"
#include "teehost/identity.h"
#include "teehost/log.h"
#include "teehost/manager.h"
#include "teehost/options.h"
#include "teehost/place.h"
#include "teehost/process.h"
#include "teehost/sandbox.h"
#include "teehost/starter.h"

#define EXIT_USAGE 2
#define FDS_MAX	   (TEEHOST_CONNS_MAX + 256)

static struct teehost_catalog catalog;

/* The device of a TPM, or NULL. */
static const char *
tpm_device(const struct teehost_options *o)
{
	static const char begin[] = "device:";

	if ((!o->tpm_sealer && !o->tpm_anchor) ||
	    strncmp(o->tcti, begin, sizeof(begin) - 1) != 0)
		return (NULL);
	return (o->tcti + sizeof(begin) - 1);
}

/*
 * tss2 loads the library of a connection each time that it connects; once more
 * here, and it finds it in memory when files are out of reach.
 */
static void
keep_tcti(const struct teehost_options *o)
{
	char name[64];
	int n = (int)strcspn(o->tcti, ":");

	if (!o->tpm_sealer && !o->tpm_anchor)
		return;
	snprintf(name, sizeof(name), "libtss2-tcti-%.*s.so.0", n, o->tcti);
	if (dlopen(name, RTLD_NOW) == NULL)
		teehost_log("%s", dlerror());
}

static enum soter_rc
become(const struct teehost_options *o)
{
	const char *device = tpm_device(o);
	gid_t group = (gid_t)-1;
	struct stat st;

	if (geteuid() != 0)
		return (SOTER_OK);
	if (device != NULL && stat(device, &st) == 0 && st.st_gid != 0)
		group = st.st_gid;
	if (teehost_sandbox_become(o->uid, o->gid, group) == SOTER_OK)
		return (SOTER_OK);
	teehost_log("cannot become user %u: %s", o->uid, strerror(errno));
	return (SOTER_E_ARGUMENT);
}

static void
raise_fds(void)
{
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) != 0 || now.rlim_cur >= FDS_MAX)
		return;
	now.rlim_cur = now.rlim_max < FDS_MAX ? now.rlim_max : FDS_MAX;
	(void)setrlimit(RLIMIT_NOFILE, &now);
}

/* The folder of the socket, where it is removed at the end; -1. */
static int
folder_of(const char *path)
{
	char folder[PATH_MAX];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		return (-1);
	slash[slash == folder] = '\0';
	return (open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/* Nothing but what the manager's work needs, from here on. */
static enum soter_rc
lock_down(const struct teehost_options *o, int state, int folder)
{
	struct teehost_sandbox_path paths[3] = { { .fd = state } };
	const char *device = tpm_device(o);
	bool tpm = o->tpm_sealer || o->tpm_anchor;
	TEE_Identity warm;
	size_t n = 1;
	enum soter_rc rc;

	TRY(teehost_identity_of(&warm, TEE_LOGIN_USER, 0));
	keep_tcti(o);
	teehost_sandbox_memory();
	if (folder >= 0)
		paths[n++].fd = folder;
	if (device != NULL) {
		paths[n].is_device = true;
		paths[n++].fd = open(device, O_PATH | O_CLOEXEC);
	}
	rc = teehost_sandbox_files(paths, n);
	if (device != NULL && paths[n - 1].fd >= 0)
		close(paths[n - 1].fd);
	TRY(rc);
	return (teehost_sandbox_calls(
	    tpm ? TEEHOST_SANDBOX_MANAGER_TPM : TEEHOST_SANDBOX_MANAGER));
}

static void
say_hello(const struct teehost_options *o, uint32_t protection, bool activated)
{
	for (size_t i = 0; i < catalog.n; i++)
		teehost_log("trusted application %s", catalog.list[i].name);
	if (catalog.n == 0)
		teehost_log("%s: no trusted application there", o->tas);
	if (protection == 0)
		teehost_log("no rollback protection: storage that is put back"
			    " is not noticed");
	teehost_log("ready at %s",
	    activated ? "the socket that was handed over" : o->socket);
}

static enum soter_rc
keep(const struct teehost_options *o, int state,
    struct teehost_manager_setup *setup)
{
	const struct teehost_keep how = { .state = state,
		.tcti = o->tcti,
		.sealer = teehost_sealer_find(o->tpm_sealer ? "tpm" : "file"),
		.tpm_anchor = o->tpm_anchor };

	TRY(teehost_catalog_keep(&catalog, &how, setup->device));
	if (catalog.n > 0)
		setup->protection = catalog.list[0].anchor->ops->protection;
	return (SOTER_OK);
}

/* As the service's user: secrets come in after the last fork. */
static enum soter_rc
begin(const struct teehost_options *o, int state, int folder,
    struct teehost_manager_setup *setup)
{
	TRY(teehost_manager_signals(&setup->signals));
	TRY(teehost_catalog_read(&catalog, o->tas, o->conf, o->uid));
	TRY(teehost_starter_new(&setup->starter));
	TRY(keep(o, state, setup));
	setup->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (setup->epoll < 0)
		return (SOTER_E_NOMEM);
	TRY(teehost_place_listen(setup->listener));
	say_hello(o, setup->protection, folder < 0);
	soter_systemd_notify("READY=1");
	return (lock_down(o, state, folder));
}

static int
run(const struct teehost_options *o)
{
	struct teehost_manager_setup setup = { .catalog = &catalog,
		.listener = soter_systemd_listener(),
		.is_tpm = o->tpm_sealer,
		.self = o->uid };
	bool activated = setup.listener >= 0;
	int state = -1, folder = -1, status = EXIT_USAGE;

	teehost_sandbox_close_fds(&setup.listener, 1);
	if (teehost_place_state(&state, o) != SOTER_OK)
		return (EXIT_USAGE);
	if (!activated && teehost_place_bind(&setup.listener, o) != SOTER_OK)
		return (EXIT_USAGE);
	teehost_sandbox_raise_memory();
	raise_fds();
	if (!activated)
		folder = folder_of(o->socket);
	if (become(o) == SOTER_OK &&
	    begin(o, state, folder, &setup) == SOTER_OK)
		status = teehost_manager(&setup);
	soter_systemd_notify("STOPPING=1");
	if (folder >= 0)
		(void)unlinkat(folder, strrchr(o->socket, '/') + 1, 0);
	teehost_catalog_close(&catalog);
	return (status);
}

/* Signals reach every process of a terminal: the manager's word counts. */
static int
run_ta(void)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	return (teehost_process(TEEHOST_STARTER_FD));
}

int
main(int argc, char **argv)
{
	struct teehost_options options;

	/* A TPM or a client that goes away is an error, not our end. */
	signal(SIGPIPE, SIG_IGN);
	if (teehost_sandbox_begin() != SOTER_OK) {
		teehost_log("the kernel refuses to give up rights");
		return (EXIT_USAGE);
	}
	if (argc == 1 && strcmp(argv[0], TEEHOST_STARTER_NAME) == 0)
		return (run_ta());
	if (teehost_options_read(&options, argc, argv) != SOTER_OK)
		return (EXIT_USAGE);
	if (options.is_done)
		return (0);
	return (run(&options));
}
