/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/span.h"
#include "teehost/log.h"
#include "teehost/options.h"
#include "teehost/sealer.h"

#define USER	       "soter-tee"
#define TCTI	       "device:/dev/tpmrm0"
#define SERVICE_SOCKET "/run/soter-tee/teed.sock"
#define SERVICE_STATE  "/var/lib/soter-tee"
#define NO_GROUP       ((gid_t)-1)

static const char usage[] =
    "usage: soter-teed [option...]\n"
    "\n"
    "Runs trusted applications on this machine.  As root it becomes another\n"
    "user; run by somebody else it serves that user alone.\n"
    "\n"
    "  --socket PATH       where clients connect\n"
    "  --state DIR         keys and storage; of the user alone\n"
    "  --tas DIR           trusted applications: UUID.so with UUID.conf\n"
    "  --conf DIR          a UUID.conf here counts instead of that one\n"
    "  --sealer file|tpm   what keeps the device key\n"
    "  --anchor file|tpm   what notices storage that was put back\n"
    "  --tcti TCTI         which TPM, as tss2 spells it (" TCTI ")\n"
    "  --user NAME|UID     as root: whom to become (" USER ")\n"
    "  --group NAME|GID    who else may connect\n"
    "  --foreground        accepted; it never goes to the background\n"
    "  --help, --version\n";

enum {
	SOCKET = 1,
	STATE,
	TAS,
	CONF,
	SEALER,
	ANCHOR,
	TCTI_IS,
	USER_IS,
	GROUP_IS,
	FOREGROUND,
	HELP,
	VERSION
};

static const struct option names[] = {
	{ "socket", required_argument, NULL, SOCKET },
	{ "state", required_argument, NULL, STATE },
	{ "tas", required_argument, NULL, TAS },
	{ "conf", required_argument, NULL, CONF },
	{ "sealer", required_argument, NULL, SEALER },
	{ "anchor", required_argument, NULL, ANCHOR },
	{ "tcti", required_argument, NULL, TCTI_IS },
	{ "user", required_argument, NULL, USER_IS },
	{ "group", required_argument, NULL, GROUP_IS },
	{ "foreground", no_argument, NULL, FOREGROUND },
	{ "help", no_argument, NULL, HELP },
	{ "version", no_argument, NULL, VERSION },
	{ NULL, 0, NULL, 0 },
};

static enum soter_rc
set_path(char out[PATH_MAX], const char *option, const char *value)
{
	int n;

	n = value[0] == '/' ? snprintf(out, PATH_MAX, "%s", value) : -1;
	if (n > 0 && n < PATH_MAX)
		return (SOTER_OK);
	teehost_log("%s: give a path that begins with /", option);
	return (SOTER_E_ARGUMENT);
}

static enum soter_rc
set_tpm(bool *out, const char *option, const char *value)
{
	if (strcmp(value, "tpm") != 0 && strcmp(value, "file") != 0) {
		teehost_log("%s: file or tpm", option);
		return (SOTER_E_ARGUMENT);
	}
	*out = strcmp(value, "tpm") == 0;
	if (*out && teehost_sealer_find("tpm") == NULL) {
		teehost_log("%s tpm: built without the library of a TPM",
		    option);
		return (SOTER_E_ARGUMENT);
	}
	return (SOTER_OK);
}

static enum soter_rc
take(struct teehost_options *o, int which)
{
	switch (which) {
	case SOCKET:
		return (set_path(o->socket, "--socket", optarg));
	case STATE:
		return (set_path(o->state, "--state", optarg));
	case TAS:
		return (set_path(o->tas, "--tas", optarg));
	case CONF:
		return (set_path(o->conf, "--conf", optarg));
	case SEALER:
		return (set_tpm(&o->tpm_sealer, "--sealer", optarg));
	case ANCHOR:
		return (set_tpm(&o->tpm_anchor, "--anchor", optarg));
	case TCTI_IS:
		o->tcti = optarg;
		return (SOTER_OK);
	case USER_IS:
		o->user = optarg;
		return (SOTER_OK);
	case GROUP_IS:
		o->group = optarg;
		return (SOTER_OK);
	case FOREGROUND:
		return (SOTER_OK);
	case HELP:
		o->is_done = true;
		fputs(usage, stdout);
		return (SOTER_OK);
	case VERSION:
		o->is_done = true;
		puts("soter-teed " SOTER_VERSION);
		return (SOTER_OK);
	default:
		teehost_log("see soter-teed --help");
		return (SOTER_E_ARGUMENT);
	}
}

static bool
is_number(const char *text, uint32_t *out)
{
	uint64_t x;

	/* The largest is the kernel's "none". */
	if (soter_decimal(soter_text(text), UINT32_MAX - 1, &x) != SOTER_OK)
		return (false);
	*out = (uint32_t)x;
	return (true);
}

/* A number stands for itself, with a group of the same number. */
static enum soter_rc
find_user(struct teehost_options *o)
{
	const char *name = o->user == NULL ? USER : o->user;
	const struct passwd *pw;
	uint32_t id;

	if (is_number(name, &id)) {
		pw = getpwuid(id);
		o->uid = id;
		o->gid = pw == NULL ? id : pw->pw_gid;
	} else {
		pw = getpwnam(name);
		if (pw == NULL) {
			teehost_log("there is no user %s: make it, or give"
				    " --user",
			    name);
			return (SOTER_E_ARGUMENT);
		}
		o->uid = pw->pw_uid;
		o->gid = pw->pw_gid;
	}
	if (o->uid == 0) {
		teehost_log("--user: another one than root");
		return (SOTER_E_ARGUMENT);
	}
	return (SOTER_OK);
}

static enum soter_rc
find_group(struct teehost_options *o)
{
	const struct group *gr;
	uint32_t id;

	o->peers = NO_GROUP;
	if (o->group == NULL)
		return (SOTER_OK);
	if (is_number(o->group, &id)) {
		o->peers = id;
		return (SOTER_OK);
	}
	gr = getgrnam(o->group);
	if (gr == NULL) {
		teehost_log("there is no group %s", o->group);
		return (SOTER_E_ARGUMENT);
	}
	o->peers = gr->gr_gid;
	return (SOTER_OK);
}

/* A path below the folder that a variable names, or below one in $HOME. */
static bool
below_home(char out[PATH_MAX], const char *variable, const char *in_home,
    const char *tail)
{
	const char *base = secure_getenv(variable);
	const char *home = secure_getenv("HOME");
	int n = -1;

	if (base != NULL && base[0] == '/')
		n = snprintf(out, PATH_MAX, "%s/%s", base, tail);
	else if (in_home != NULL && home != NULL && home[0] == '/')
		n = snprintf(out, PATH_MAX, "%s/%s/%s", home, in_home, tail);
	if (n <= 0 || n >= PATH_MAX)
		out[0] = '\0';
	return (out[0] != '\0');
}

static enum soter_rc
defaults(struct teehost_options *o, bool is_root)
{
	if (o->tas[0] == '\0')
		TRY(set_path(o->tas, "--tas", SOTER_TA_FOLDER));
	if (o->conf[0] == '\0')
		TRY(set_path(o->conf, "--conf", SOTER_TA_CONF));
	if (is_root) {
		if (o->socket[0] == '\0')
			TRY(set_path(o->socket, "--socket", SERVICE_SOCKET));
		if (o->state[0] == '\0')
			TRY(set_path(o->state, "--state", SERVICE_STATE));
		return (find_user(o));
	}
	if (o->user != NULL) {
		teehost_log("--user is for root");
		return (SOTER_E_ARGUMENT);
	}
	o->uid = geteuid();
	o->gid = getegid();
	/* systemd may hand a socket over: then none is missing. */
	if (o->socket[0] == '\0')
		(void)below_home(o->socket, "XDG_RUNTIME_DIR", NULL,
		    "soter-tee/teed.sock");
	if (o->state[0] == '\0' &&
	    !below_home(o->state, "XDG_STATE_HOME", ".local/state",
		"soter-tee")) {
		teehost_log("HOME is not set: give --state");
		return (SOTER_E_ARGUMENT);
	}
	return (SOTER_OK);
}

enum soter_rc
teehost_options_read(struct teehost_options *out, int argc, char **argv)
{
	int which;

	*out = (struct teehost_options){ .tcti = TCTI };
	while ((which = getopt_long(argc, argv, "", names, NULL)) != -1) {
		TRY(take(out, which));
		if (out->is_done)
			return (SOTER_OK);
	}
	if (optind < argc) {
		teehost_log("%s: not an option; see soter-teed --help",
		    argv[optind]);
		return (SOTER_E_ARGUMENT);
	}
	TRY(defaults(out, geteuid() == 0));
	return (find_group(out));
}
